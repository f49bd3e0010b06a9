"""Parts of what a terminal shows: colours where they are allowed, tables, numbers with their units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from packager.findings.diagnostic import Severity
from packager.render.wrapping import columns, shortened
from packager.text import safe

_GAP = "  "
_NARROWEST = 8
_NARROW_LAST = 24
_SGR = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}


@dataclass(frozen=True, slots=True)
class Style:
    """How text looks: whether it has colours, and the columns of the terminal; None where lines are not wrapped."""

    colour: bool = False
    width: int | None = None

    def paint(self, text: str, *names: str) -> str:
        """The text in those colours."""
        if not self.colour or not text:
            return text
        return f"\033[{';'.join(_SGR[name] for name in names)}m{text}\033[0m"

    def severity(self, severity: Severity) -> str:
        """A severity in its colour."""
        return self.paint(severity.value, "bold", _COLOURS[severity])


def table(rows: Sequence[tuple[str, ...]], indent: str = "  ", width: int | None = None) -> list[str]:
    """Rows of foreign strings as aligned columns; the last column is never padded.

    If the rows are wider than `width`, cells are shortened with an ellipsis: those of the last column, then those of the widest columns.
    """
    if not rows:
        return []
    rows = [tuple(map(safe, row)) for row in rows]
    widths = [max(columns(row[index]) for row in rows) for index in range(len(rows[0]))]
    if width is not None:
        widths = _fitted(widths, width - len(indent) - len(_GAP) * (len(widths) - 1))
        rows = [tuple(shortened(cell, most) for cell, most in zip(row, widths, strict=True)) for row in rows]
    return [
        (
            indent + _GAP.join(cell + " " * (most - columns(cell)) for cell, most in zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _fitted(widths: list[int], room: int) -> list[int]:
    """Widths of columns that fit: the last becomes narrower, then the widest, until all fit or none is wider than a few characters."""
    *others, last = widths
    widths = [*others, min(last, max(room - sum(others), _NARROW_LAST))]
    while sum(widths) > room and max(widths) > _NARROWEST:
        widest = max(widths)
        second = max([width for width in widths if width < widest], default=_NARROWEST)
        number = widths.count(widest)
        excess = -(-(sum(widths) - room) // number)
        narrower = max(widest - excess, second, _NARROWEST)
        widths = [narrower if width == widest else width for width in widths]
        if narrower == widest:
            break
    return widths


def size_text(size: int) -> str:
    """A number of bytes for people, such as `1.5 kB`."""
    if size < 1000:
        return f"{size} B"
    if size < 1_000_000:
        return f"{size / 1000:.1f} kB"
    return f"{size / 1_000_000:.1f} MB"


def cell(value: object) -> str:
    """A table cell; a missing value is a dash."""
    return "-" if value is None or value == "" else safe(str(value))
