"""Unified diffs of text files, bounded so that no input makes them long or slow."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from packager.findings.redaction import redacted_lines
from packager.text import count

# Our own limits: what a person reads, and what is compared within a second.
MOST_BYTES = 1024 * 1024
_MOST_LINES = 5_000
_SHOWN_LINES = 400
_WIDEST = 500
_NO_END = "\\ No newline at end of file"


@dataclass(frozen=True, slots=True)
class Patch:
    """The lines of a unified diff without its file names; `note` explains missing lines."""

    path: str
    lines: tuple[str, ...] = ()
    note: str = ""


def patch(path: str, before: bytes | None, after: bytes | None) -> Patch:
    """The unified diff of a file without its secrets; None for the content of a side that does not have the file."""
    old, new = _lines(before), _lines(after)
    if old is None or new is None:
        return Patch(path, note="not text")
    if max(len(old), len(new)) > _MOST_LINES:
        return Patch(path, note="too long to show")
    changed = list(difflib.unified_diff(old, new, n=3, lineterm=""))[2:]
    if not changed and before != after:
        return Patch(path, note="only the values of secrets differ")
    lines = [part[:_WIDEST] for line in changed for part in line.split("\n")]
    if len(lines) > _SHOWN_LINES:
        return Patch(path, tuple(lines[:_SHOWN_LINES]), f"and {count(len(lines) - _SHOWN_LINES, 'more line')}")
    return Patch(path, tuple(lines))


def _lines(content: bytes | None) -> list[str] | None:
    """The lines of a file, the last one with a note if it has no line end; None if the content is not text."""
    if not content:
        return []
    if b"\0" in content:
        return None
    try:
        lines = redacted_lines(content.decode("utf-8")).split("\n")
    except UnicodeDecodeError:
        return None
    if lines[-1]:
        lines[-1] += f"\n{_NO_END}"
    else:
        lines.pop()
    return lines
