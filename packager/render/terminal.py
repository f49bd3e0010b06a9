"""Parts of what a terminal shows: colours where they are allowed, tables, numbers with their units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from packager.findings.diagnostic import Severity
from packager.text import safe

_SGR = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}


@dataclass(frozen=True, slots=True)
class Style:
    """Whether text has colours."""

    colour: bool = False

    def paint(self, text: str, *names: str) -> str:
        """The text in those colours."""
        if not self.colour or not text:
            return text
        return f"\033[{';'.join(_SGR[name] for name in names)}m{text}\033[0m"

    def severity(self, severity: Severity) -> str:
        """A severity in its colour."""
        return self.paint(severity.value, "bold", _COLOURS[severity])


def table(rows: Sequence[tuple[str, ...]], indent: str = "  ") -> list[str]:
    """Rows of foreign strings as aligned columns; the last column is never padded."""
    if not rows:
        return []
    rows = [tuple(map(safe, row)) for row in rows]
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]) - 1)]
    return [
        (indent + "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]])).rstrip()
        for row in rows
    ]


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
