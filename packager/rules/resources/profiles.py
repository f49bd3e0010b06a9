"""Reads a list of resource profiles from its source text, each part with its place; nothing is evaluated."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from packager.findings.diagnostic import Place
from packager.model.facts import Attribute

_TOKEN = re.compile(
    r"""(?P<blank>\s+|\#[^\n]*)
    |(?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
    |(?P<number>-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)
    |(?P<name>[A-Za-z_]\w*)
    |(?P<mark>["'].*|.)  # a quote that is not closed takes the rest: nothing after it is certain""",
    re.VERBOSE | re.DOTALL,
)
_OPENING, _CLOSING = "[{(", "]})"
_MAX_DEPTH = 20


class Kind(StrEnum):
    """What a part is; UNKNOWN if only a run can decide."""

    LIST = "list"
    MAP = "map"
    TEXT = "string"
    NUMBER = "number"
    NAME = "name"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Part:
    """A value in the source: a string or number with its value, a list with its items, a map with its entries."""

    kind: Kind
    place: Place
    value: str | float = ""
    items: tuple[Part, ...] = ()
    entries: tuple[tuple[Part, Part], ...] = ()

    def get(self, key: str) -> Part | None:
        """The value of a quoted key in a map."""
        return next((value for name, value in self.entries if name.kind is Kind.TEXT and name.value == key), None)


def parse(attribute: Attribute) -> Part:
    """The value in an attribute's source text; never raises."""
    return _Parser(attribute).whole()


class _Parser:
    def __init__(self, attribute: Attribute) -> None:
        self._text = attribute.text
        self._place = attribute.place
        self._tokens = [token for token in _TOKEN.finditer(self._text) if token.lastgroup != "blank"]
        self._next = 0

    def whole(self) -> Part:
        part = self._value(0)
        return part if self._peek() == "" else self._part(Kind.UNKNOWN, 0)

    def _peek(self) -> str:
        return self._tokens[self._next].group() if self._next < len(self._tokens) else ""

    def _take(self) -> re.Match[str]:
        self._next += 1
        return self._tokens[self._next - 1]

    def _value(self, depth: int) -> Part:
        """The value that starts here, up to the next comma, colon or bracket."""
        first = self._next
        part = self._simple(depth) if self._peek() and depth < _MAX_DEPTH else None
        if part is not None and (self._peek() or ",") in ",:]}":
            return part
        self._next = first
        self._skip()
        return self._part(Kind.UNKNOWN, first)

    def _simple(self, depth: int) -> Part | None:
        first, token = self._next, self._take()
        text = token.group()
        if text == "object" and self._peek() == "{":
            text = self._take().group()
        if text in "[{":
            return self._inside(first, "]" if text == "[" else "}", depth)
        if token.lastgroup == "number":
            return self._part(Kind.NUMBER, first, float(text))
        if token.lastgroup == "string" and "~{" not in text and "${" not in text:
            return self._part(Kind.TEXT, first, text[1:-1])
        return self._part(Kind.NAME, first, text) if token.lastgroup == "name" else None

    def _inside(self, first: int, end: str, depth: int) -> Part | None:
        items: list[Part] = []
        entries: list[tuple[Part, Part]] = []
        while self._peek() != end:
            item = self._value(depth + 1)
            if end == "]":
                items.append(item)
            elif self._peek() == ":":
                self._take()
                entries.append((item, self._value(depth + 1)))
            else:
                return None
            if self._peek() == ",":
                self._take()
            elif self._peek() != end:
                return None
        self._take()
        kind = Kind.LIST if end == "]" else Kind.MAP
        return self._part(kind, first, items=tuple(items), entries=tuple(entries))

    def _skip(self) -> None:
        """Step over an expression of any form."""
        depth = 0
        while (mark := self._peek()) and (depth or mark not in ",:]}"):
            depth += (mark in _OPENING) - (mark in _CLOSING)
            self._take()

    def _part(
        self,
        kind: Kind,
        first: int,
        value: str | float = "",
        *,
        items: tuple[Part, ...] = (),
        entries: tuple[tuple[Part, Part], ...] = (),
    ) -> Part:
        start = self._tokens[first].start() if first < len(self._tokens) else 0
        end = self._tokens[self._next - 1].end() if self._next else len(self._text)
        line, column = self._position(start)
        end_line, end_column = self._position(max(start, end))
        return Part(kind, Place(self._place.path, line, column, end_line, end_column), value, items, entries)

    def _position(self, index: int) -> tuple[int, int]:
        before = self._text[:index]
        lines = before.count("\n")
        if not lines:
            return self._place.line, self._place.column + index
        return self._place.line + lines, index - before.rindex("\n")
