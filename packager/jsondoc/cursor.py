"""Where an offset is in a JSON text that may be unfinished: the object or list around it, and the key or value that it is at.

`jsontext` reads a whole document; this reads what somebody is typing. It never fails, and its time is linear in the text.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

from packager.jsondoc.jsontext import Parts

_TOKEN = re.compile(r'"(?:[^"\\\n]|\\[^\n])*+"?+|[{}\[\]:,]|[^\s{}\[\]:,"]++')
_MARKS = frozenset("{}[]:,")
_CLOSES = {"}": "{", "]": "["}


@dataclass(slots=True)
class Member:
    """A member of an object as far as it is typed: its key, the span of the key with its quotes, and the text of a plain value."""

    key: str
    start: int
    end: int
    has_colon: bool = False
    value: str | None = None


@dataclass(slots=True)
class _Container:
    """An object or list. `members` are those of an object, `index` counts the items of a list before the cursor."""

    opener: str
    parent: _Container | None
    name: str | int | None
    members: list[Member] = field(default_factory=list)
    inner: dict[str | int | None, _Container] = field(default_factory=dict)
    index: int = 0
    wants_value: bool = False  # of an object: behind a colon

    @property
    def parts(self) -> Parts:
        """What leads to it."""
        names: list[str | int] = []
        at: _Container | None = self
        while at is not None and at.name is not None:
            names.append(at.name)
            at = at.parent
        return tuple(reversed(names))

    @property
    def slot(self) -> str | int | None:
        """The name of a value that begins here."""
        if self.opener == "[":
            return self.index
        return self.members[-1].key if self.members else ""


@dataclass(frozen=True, slots=True)
class Cursor:
    """What an offset is at. `parts` lead to the object or list around it.

    `at_key`: a key is or would be there; otherwise `parts` and `name` lead to the value that is or would be there. `start` and `end` are
    the span of the token at the offset, which is empty between tokens; `written` is its content without quotes. `members` are
    those of the object, also behind the offset.
    """

    parts: Parts
    name: str | int | None
    at_key: bool
    start: int
    end: int
    written: str
    members: tuple[Member, ...]

    @property
    def value_parts(self) -> Parts:
        """What leads to the value at the offset, or to the value of the key there."""
        return self.parts if self.name is None else (*self.parts, self.name)

    @property
    def has_colon(self) -> bool:
        """Whether a colon follows the key at the offset."""
        return any(member.has_colon for member in self.members if (member.start, member.end) == (self.start, self.end))

    @property
    def other_keys(self) -> frozenset[str]:
        """The keys of the object, without the one at the offset."""
        own = (self.start, self.end) if self.at_key else None
        return frozenset(member.key for member in self.members if (member.start, member.end) != own)

    def value_of(self, key: str) -> str:
        """The plain value of a member of the object, without quotes; empty if it has none."""
        return next((member.value for member in self.members if member.key == key and member.value is not None), "")


@dataclass(slots=True)
class _Place:
    """What the offset is at, while the object around it is still being read."""

    around: _Container | None
    name: str | int | None
    at_key: bool
    start: int
    end: int
    written: str


class _Reader:
    """Reads the JSON once, and notes what the offset is at."""

    def __init__(self, text: str, offset: int, *, inserting: bool) -> None:
        self.text = text
        self.offset = offset
        self.last_start = offset - 1 if inserting else offset  # where the token at the offset begins at the latest
        self.around: _Container | None = None
        self.outermost: _Container | None = None
        self.place: _Place | None = None
        self.value: tuple[Member, int, int] | None = None  # a plain value that may turn out to be the next key
        self.open = {"{": 0, "[": 0}

    def cursor(self) -> Cursor:
        """The cursor, once everything around it is known."""
        for match in _TOKEN.finditer(self.text):
            token, (start, end) = match.group(), match.span()
            if self.place is None and start > self.last_start and start >= self.offset:
                self._note(self.offset, self.offset, "")
            if token in _MARKS:
                self._mark(token, start)
            else:
                self._scalar(token, start, end)
        if self.place is None:
            self._note(self.offset, self.offset, "")
        assert self.place is not None
        place, around = self.place, self.place.around
        members = tuple(around.members) if around is not None else ()
        parts = around.parts if around is not None else ()
        return Cursor(parts, place.name, place.at_key, place.start, place.end, place.written, members)

    def _note(self, start: int, end: int, written: str) -> None:
        around = self.around
        at_key = around is not None and around.opener == "{" and not around.wants_value
        name = written if at_key else around.slot if around is not None else None
        self.place = _Place(around, name, at_key, start, end, written)

    def _scalar(self, token: str, start: int, end: int) -> None:
        content = _content(token)
        is_complete = len(token) > 1 and token[0] == token[-1] == '"'
        if (
            self.place is None
            and start <= self.last_start
            and (self.offset < end or (self.offset == end and not is_complete))
        ):
            self._note(start, end, content)
        around = self.around
        if around is None or around.opener == "[":
            return
        if around.wants_value:
            around.members[-1].value = content
            around.wants_value = False
            self.value = (around.members[-1], start, end)
        else:
            around.members.append(Member(content, start, end))

    def _mark(self, mark: str, start: int) -> None:
        if self.place is None and start == self.offset:
            self._note(start, start, "")
        around, value, self.value = self.around, self.value, None
        if mark in self.open:
            self.around = _Container(mark, around, around.slot if around is not None else None)
            self.outermost = self.outermost or self.around
            self.open[mark] += 1
            if around is not None:
                around.inner[self.around.name] = self.around
                around.wants_value = False
        elif mark in _CLOSES:
            self._close(_CLOSES[mark])
        elif around is not None and mark == ":":
            self._colon(around, value)
        elif around is not None and mark == ",":
            around.wants_value = False
            around.index += 1

    def _colon(self, around: _Container, value: tuple[Member, int, int] | None) -> None:
        """Expect a value. A string before it that was read as a value is a key: the value before it is not written yet."""
        if around.opener == "{" and value is not None:
            owner, start, end = value
            key, owner.value = owner.value or "", None
            around.members.append(Member(key, start, end))
            if self.place is not None and self.place.start == start and self.place.end == end:
                self.place.at_key, self.place.name = True, key
        if around.members:
            around.members[-1].has_colon = True
            around.wants_value = True

    def _close(self, opener: str) -> None:
        """End the innermost object or list of a kind, and all that was left open in it."""
        if not self.open[opener]:
            return
        while self.around is not None:
            closed, self.around = self.around, self.around.parent
            self.open[closed.opener] -= 1
            if closed.opener == opener:
                return


def _content(token: str) -> str:
    """What a string or word means, as far as it is typed."""
    if not token.startswith('"'):
        return token
    try:
        return str(json.loads(token))
    except ValueError:
        return token.strip('"')


def cursor_at(text: str, offset: int, *, inserting: bool = False) -> Cursor:
    """What an offset of a JSON text is at, also in one that is unfinished.

    A token that begins at the offset is there, but not for someone who is `inserting`: what they type comes before it.
    """
    return _Reader(text, offset, inserting=inserting).cursor()


def keys_at(text: str, parts: Parts = ()) -> tuple[str, ...]:
    """The keys of the object that names and indices lead to, also of an unfinished one; none if it is not an object."""
    reader = _Reader(text, len(text), inserting=True)
    reader.cursor()
    found = reader.outermost
    for part in parts:
        found = found.inner.get(part) if found is not None else None
    return tuple(member.key for member in found.members) if found is not None else ()
