"""Places of findings, in lines and code points from 1, and positions of the protocol, in lines from 0 and the units of an encoding."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from lsprotocol import types

from packager.findings.diagnostic import Place

_LINE_END = re.compile(r"\r\n|\n|\r")
_WORD = re.compile(r"""["']?[\w./:@$-]+["']?""")


def _utf_8(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _utf_16(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


_UNITS: dict[str, Callable[[str], int]] = {
    types.PositionEncodingKind.Utf8.value: _utf_8,
    types.PositionEncodingKind.Utf16.value: _utf_16,
    types.PositionEncodingKind.Utf32.value: len,
}


def lines_of(text: str) -> list[str]:
    """The lines of a file as the protocol counts them, without their ends and without a byte order mark."""
    return _LINE_END.split(text.removeprefix("\ufeff"))


@dataclass(frozen=True, slots=True)
class Positions:
    """The positions of one text in the encoding that client and server agreed on."""

    lines: list[str]
    encoding: str

    @classmethod
    def of(cls, text: str, encoding: str) -> Positions:
        """The positions of a file."""
        return cls(lines_of(text), encoding)

    def position(self, line: int, column: int) -> types.Position:
        """The position of a line and a column, both from 1; the nearest one if the text has no such place."""
        if line < 1 or not self.lines:
            return types.Position(0, 0)
        index = min(line, len(self.lines)) - 1
        before = self.lines[index][: max(column - 1, 0)] if line <= len(self.lines) else self.lines[index]
        return types.Position(index, _UNITS[self.encoding](before))

    def range(self, place: Place) -> types.Range:
        """The range of a place; without an end, the word that begins there, and of a whole file its first line."""
        if not place.line:
            end = _UNITS[self.encoding](self.lines[0]) if self.lines else 0
            return types.Range(types.Position(0, 0), types.Position(0, end))
        start = self.position(place.line, place.column)
        if place.end_line:
            return types.Range(start, self.position(place.end_line, place.end_column))
        line = self.lines[start.line] if start.line < len(self.lines) else ""
        word = _WORD.match(line, max(place.column - 1, 0))
        end_column = word.end() + 1 if word and place.column else len(line) + 1
        return types.Range(start, self.position(place.line, end_column))

    def place(self, position: types.Position) -> tuple[int, int]:
        """The line and the column, both from 1, of a position; the nearest one if the text has no such position."""
        if position.line >= len(self.lines):
            return len(self.lines), len(self.lines[-1]) + 1
        line = self.lines[position.line]
        measure = _UNITS[self.encoding]
        if line.isascii() or self.encoding == types.PositionEncodingKind.Utf32.value:
            return position.line + 1, min(position.character, len(line)) + 1
        units = 0
        for column, char in enumerate(line, 1):
            if units >= position.character:
                return position.line + 1, column
            units += measure(char)
        return position.line + 1, len(line) + 1

    def span(self, start: int, end: int) -> types.Range:
        """The range between two offsets of the text with its lines ended by line feeds."""
        return types.Range(self._at(start), self._at(end))

    def _at(self, offset: int) -> types.Position:
        for number, line in enumerate(self.lines, 1):
            if offset <= len(line):
                return self.position(number, offset + 1)
            offset -= len(line) + 1
        return self.position(len(self.lines), len(self.lines[-1]) + 1)
