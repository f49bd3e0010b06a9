"""Edits as a unified diff, and on the disk."""

from __future__ import annotations

import difflib
import operator
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Literal

from packager.errors import PackagerError, cannot
from packager.files import TooLargeError, is_file, read_regular, write
from packager.fix.edits import FileEdit

_Change = tuple[Literal["replace", "delete", "insert", "equal"], int, int, int, int]
_MOST_COMPARED = 5_000  # lines that `difflib` compares within a second, whatever they are


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
    if max(len(before), len(after)) <= _MOST_COMPARED:
        lines = difflib.unified_diff(before, after, f"a/{name}", f"b/{name}")
    else:
        lines = _long_diff(before, after, name)
    for line in lines:
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _long_diff(before: list[str], after: list[str], name: str) -> Iterator[str]:
    """A unified diff of long texts in linear time, which `difflib` does not have: line by line, or one change if lines were added."""
    yield from (f"--- a/{name}\n", f"+++ b/{name}\n")
    for group in _Grouped(list(_changes(before, after))).get_grouped_opcodes():
        (_, first, _, other, _), (_, _, last, _, end) = group[0], group[-1]
        yield f"@@ -{first + 1},{last - first} +{other + 1},{end - other} @@\n"
        for tag, start, stop, new_start, new_stop in group:
            if tag == "equal":
                yield from (f" {line}" for line in before[start:stop])
            else:
                yield from (f"-{line}" for line in before[start:stop])
                yield from (f"+{line}" for line in after[new_start:new_stop])


class _Grouped(difflib.SequenceMatcher[str]):
    """Changes that are known already, for the hunks that `difflib` makes of them."""

    def __init__(self, changes: list[_Change]) -> None:
        super().__init__(None, "", "")
        self._changes = changes

    def get_opcodes(self) -> list[_Change]:
        """The changes."""
        return self._changes


def _changes(before: list[str], after: list[str]) -> Iterator[_Change]:
    """What is equal and what is replaced, as `difflib` describes it."""
    if len(before) == len(after):
        position = 0
        for same, run in groupby(map(operator.eq, before, after)):
            end = position + sum(1 for _ in run)
            yield "equal" if same else "replace", position, end, position, end
            position = end
        return
    start = next((at for at, (old, new) in enumerate(zip(before, after, strict=False)) if old != new), None)
    start = min(len(before), len(after)) if start is None else start
    ends = zip(reversed(before[start:]), reversed(after[start:]), strict=False)
    kept = next((at for at, (old, new) in enumerate(ends) if old != new), None)
    kept = min(len(before), len(after)) - start if kept is None else kept
    yield "equal", 0, start, 0, start
    yield "replace", start, len(before) - kept, start, len(after) - kept
    yield "equal", len(before) - kept, len(before), len(after) - kept, len(after)


def _lines(content: bytes) -> list[str]:
    """Lines as `patch` counts them: each ends with its line feed."""
    lines = content.decode().split("\n")
    return [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
