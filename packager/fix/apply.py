"""Edits as a unified diff, and on the disk."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from pathlib import Path

from packager.errors import PackagerError, cannot
from packager.files import TooLargeError, is_file, read_regular, write
from packager.fix.edits import FileEdit


def apply(edits: Iterable[FileEdit]) -> None:
    """Write the files, each atomically. A file keeps its permissions, and a link stays a link.

    Raises:
        PackagerError: a file is in a zip, has changed since it was read, or cannot be written. All files are checked before
            the first one is written.
    """
    pending = list(edits)
    for edit in pending:
        _check(edit)
    for edit in pending:
        replace(edit.on_disk, edit.after)


def replace(path: Path, content: bytes) -> None:
    """Replace the content of an existing file, atomically.

    Raises:
        PackagerError: it cannot be written.
    """
    try:
        path.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise cannot("write", f"`{path}`", error) from error
    write(path, content)


def _check(edit: FileEdit) -> None:
    if any(is_file(parent) for parent in edit.on_disk.parents):
        raise PackagerError(
            f"cannot fix `{edit.on_disk.as_posix()}` in a zip", "fix the files that the zip was made from"
        )
    try:
        now: bytes | None = read_regular(edit.on_disk, len(edit.before))
    except TooLargeError:
        now = None
    except OSError as error:
        raise cannot("read", f"`{edit.on_disk}`", error) from error
    if now != edit.before:
        raise PackagerError(f"`{edit.on_disk}` has changed since it was read", "run the command again")


def diff_text(edits: Iterable[FileEdit]) -> str:
    """The edits as a unified diff for `patch -p1` and `git apply`, files in order of their paths."""
    return "".join(line for edit in sorted(edits, key=lambda edit: edit.on_disk.as_posix()) for line in _diff(edit))


def _diff(edit: FileEdit) -> Iterator[str]:
    # A path that leads through folders above the current one does not belong in a patch.
    outside = edit.on_disk.is_absolute() or ".." in edit.on_disk.parts
    name = (edit.path if outside else edit.on_disk.as_posix()).lstrip("/")
    before, after = (_lines(content) for content in (edit.before, edit.after))
    for line in difflib.unified_diff(before, after, f"a/{name}", f"b/{name}"):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _lines(content: bytes) -> list[str]:
    """Lines as `patch` counts them: each ends with its line feed."""
    lines = content.decode().split("\n")
    return [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
