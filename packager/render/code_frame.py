"""The line of code that a finding is about, with carets below the part that counts."""

from __future__ import annotations

from collections.abc import Callable

from packager.findings.diagnostic import Diagnostic
from packager.findings.redaction import redacted
from packager.render.terminal import Style
from packager.render.wrapping import ELLIPSIS, beginning, columns
from packager.text import safe

Lines = Callable[[str], list[str] | None]
_FRAME_COLUMNS = 120  # of a pipe
_LONGEST_LINE = 100_000  # a longer one is data
_LONGEST_SECRET = 300  # characters next to the shown part in which a secret may begin or end
_MAX_CARETS = 60
_BEFORE_CARET = 24


def code_frame(finding: Diagnostic, style: Style, lines: Lines) -> list[str]:
    """One or two lines, or none if the place is not known, a secret is near it, or the terminal is too narrow.

    The code is cut if it is wider than the terminal. It has no carets if they would be below all of it.
    """
    text = (lines(finding.path) or []) if finding.line and finding.column else []
    line = text[finding.line - 1].rstrip("\r\n") if 0 < finding.line <= len(text) else ""
    start, end = finding.column - 1, _end(finding, line)
    if not line or start > len(line) or len(line) > _LONGEST_LINE:
        return []
    gutter = f"{finding.line:>5} "
    room = (style.width or _FRAME_COLUMNS) - len(gutter) - 2
    first = max(start - _BEFORE_CARET, 0) if columns(line[:end]) >= room else 0
    if room < 2 * _BEFORE_CARET or _has_secret(
        finding, line[max(first - _LONGEST_SECRET, 0) : first + room + _LONGEST_SECRET]
    ):
        return []
    before, marked, after = _cut(line.replace("\t", " "), (start, end), first, room)
    shown = before + marked + after
    if safe(shown) != shown:
        return []  # escaped characters would move the caret
    code = f"{style.paint(gutter + '|', 'dim')} {shown}".rstrip()
    if not (before + after).strip():
        return [code]
    caret = "^" * min(max(columns(marked), 1), _MAX_CARETS)
    blank = style.paint(" " * len(gutter) + "|", "dim")
    return [code, f"{blank} {' ' * columns(before)}{style.paint(caret, 'bold')}"]


def _end(finding: Diagnostic, line: str) -> int:
    """Where the marked part of a line ends: the end of the place, of the line if the place goes on, or one character."""
    place, start, length = finding.place, finding.column - 1, len(line.rstrip())
    if not place.end_line:
        return start + 1
    return max(start + 1, min(place.end_column - 1, length) if place.end_line == place.line else length)


def _has_secret(finding: Diagnostic, nearby: str) -> bool:
    return finding.code.startswith("SEC") or redacted(nearby) != nearby


def _cut(line: str, span: tuple[int, int], first: int, room: int) -> tuple[str, str, str]:
    """The text before, above and after the carets, from a first character as far as it fits; an ellipsis marks each cut."""
    start, end = span[0] - first, span[1] - first
    head, shown, tail = ELLIPSIS if first else "", line[first:] if span[1] >= len(line) else line[first:].rstrip(), ""
    if columns(shown) > room - len(head):
        shown, tail = beginning(shown, room - len(head) - 1), ELLIPSIS
    if tail and len(shown) <= end:
        return head + shown[:start], shown[start:end] + tail, ""
    return head + shown[:start], shown[start:end], shown[end:] + tail
