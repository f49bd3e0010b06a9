"""Edits as a unified diff, and on the disk."""

from __future__ import annotations

import difflib
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from packager.diagnostics import PackagerError, cannot
from packager.filekinds import is_file
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
    temporary = None
    try:
        target = path.resolve(strict=True)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).chmod(target.stat().st_mode & 0o7777)
        Path(temporary).replace(target)
        temporary = None
    except OSError as error:
        raise cannot("write", f"`{path}`", error) from error
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


def _check(edit: FileEdit) -> None:
    if any(is_file(parent) for parent in edit.on_disk.parents):
        raise PackagerError(
            f"cannot mend `{edit.on_disk.as_posix()}`: it lies in a zip", "mend the files it was made from"
        )
    try:
        now = edit.on_disk.read_bytes()
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
