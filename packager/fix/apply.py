"""Edits as a unified diff, and on the disk."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from pathlib import Path

from packager.errors import PackagerError, cannot
from packager.files import TooLargeError, is_file, read_regular, write
from packager.fix.edits import FileEdit


def apply(edits: Iterable[FileEdit]) -> None:
    """Write the files. Each changes at once and wholly, and keeps its permissions; a link stays a link.

    Raises:
        PackagerError: a file lies in a zip, has changed since it was read, or cannot be written. Nothing is written where that
            can be seen before.
    """
    waiting = list(edits)
    for edit in waiting:
        _check(edit)
    for edit in waiting:
        replace(edit.on_disk, edit.after)


def replace(path: Path, content: bytes) -> None:
    """Give a file that is there another content, which appears only when it is complete.

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
            f"cannot mend `{edit.on_disk.as_posix()}`: it lies in a zip", "mend the files it was made from"
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
    """The edits as a unified diff that `patch -p1` and `git apply` take, files in order of their paths."""
    return "".join(line for edit in sorted(edits, key=lambda one: one.on_disk.as_posix()) for line in _diff(edit))


def _diff(edit: FileEdit) -> Iterator[str]:
    # Where the file is reached only through folders above, those are no part of a patch.
    outside = edit.on_disk.is_absolute() or ".." in edit.on_disk.parts
    name = (edit.path if outside else edit.on_disk.as_posix()).lstrip("/")
    before, after = (_lines(content) for content in (edit.before, edit.after))
    for line in difflib.unified_diff(before, after, f"a/{name}", f"b/{name}"):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _lines(content: bytes) -> list[str]:
    """Lines as `patch` counts them: by line feed alone, which each keeps."""
    lines = content.decode().split("\n")
    return [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
