"""JSON with places: the value, the line and column of every member, and duplicate keys."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from dataclasses import dataclass
from json.decoder import scanstring  # type: ignore[attr-defined]  # typeshed leaves it out; it is in every CPython
from typing import Any, TypeAlias

from packager.errors import PackagerError

# What JSON can hold, as `json.loads` gives it.
Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None
_MAX_DEPTH = 200
_LONGEST_POINTER = 1_000  # characters: a pointer repeats every key around it, so that longer ones are not kept
_WHITE = " \t\r\n"
_ESCAPES_HALF = re.compile(r"\\u[dD][89a-fA-F]")
_HALF = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class JsonError:
    """Why a text is not JSON, with a 1-based place."""

    message: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class LoneSurrogateError(JsonError):
    """A string or key of the text holds half of a surrogate pair. JSON can write that, but it is not a character: UTF-8 has none for it."""


@dataclass(frozen=True, slots=True)
class JsonText:
    """A JSON text that was read.

    `places` and `key_places` map a JSON pointer to the 1-based (line, column) of the value and of its key, but for pointers
    that are very long; `duplicates` lists the pointer (where it is very long the key's own) and place of every key that occurs again.
    """

    value: Any
    places: dict[str, tuple[int, int]]
    key_places: dict[str, tuple[int, int]]
    duplicates: tuple[tuple[str, int, int], ...]

    def place(self, pointer: str, *, key: bool = False) -> tuple[int, int]:
        """The place of a value (or of its key), or of the nearest member around it."""
        if len(pointer) > _LONGEST_POINTER:
            pointer = pointer[: _LONGEST_POINTER + 1].rpartition("/")[0]
        while pointer and pointer not in self.places:
            pointer = pointer.rpartition("/")[0]
        if key and pointer in self.key_places:
            return self.key_places[pointer]
        return self.places.get(pointer, (1, 1))


def pointer_of(parts: list[str | int] | tuple[str | int, ...]) -> str:
    """A JSON pointer (RFC 6901) from its parts."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def read(content: bytes) -> JsonText | JsonError:
    """Read UTF-8 JSON with places; never raises."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        return JsonError("not UTF-8", before.count(b"\n") + 1, error.start - before.rfind(b"\n"))
    try:
        value = json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        return JsonError(_lower_first(error.msg), error.lineno, error.colno)
    except (ValueError, RecursionError) as error:
        return JsonError("nested too deeply" if isinstance(error, RecursionError) else str(error), 1, 1)
    reader = _Places(text)
    try:
        reader.value(reader.skip(0), "", 0)
    except _TooDeepError:
        return JsonError(f"nested more than {_MAX_DEPTH} levels deep", 1, 1)
    if reader.half is not None:
        return LoneSurrogateError("half of a surrogate pair (`\\ud800` to `\\udfff`) is not a character", *reader.half)
    return JsonText(value, reader.places, reader.key_places, tuple(reader.duplicates))


class _TooDeepError(Exception):
    pass


def value_of(content: bytes) -> Any:
    """The value of UTF-8 JSON, where nobody asks for places.

    Raises:
        ValueError: it is not JSON.
    """
    parsed = read(content)
    if isinstance(parsed, JsonError):
        raise ValueError(parsed.message)  # noqa: TRY004 - of content, not of a type
    return parsed.value


def has_half_character(text: str) -> bool:
    """Whether a string holds half of a surrogate pair, or a byte of a file name or argument that is not UTF-8."""
    return _HALF.search(text) is not None


def canonical_json(value: object) -> str:
    """JSON text that is the same for equal values and can be encoded as UTF-8.

    Raises:
        PackagerError: a string in it has a part that is not a character.
    """
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    if has_half_character(text):
        raise PackagerError(
            f"{_name_with_half_character(value) or 'a string'} has bytes that are not UTF-8, or half of a surrogate pair",
            "write it in characters",
        )
    return text


def _name_with_half_character(value: object) -> str:
    """The name of the innermost member with such a string; empty if it has no name."""
    members = (
        value.items() if isinstance(value, dict) else (("", item) for item in value) if isinstance(value, list) else ()
    )
    for name, inner in members:
        if has_half_character(json.dumps([name, inner], ensure_ascii=False)):
            return _name_with_half_character(inner) or f"`{name}`"
    return ""


def _refuse(constant: str) -> None:
    raise ValueError(f"`{constant}` is not JSON")


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


def _below(pointer: str | None, own: str) -> str | None:
    """The pointer of a member, or None where it is longer than is kept."""
    return None if pointer is None or len(pointer) + len(own) > _LONGEST_POINTER else pointer + own


class _Places:
    """A second pass over a text that is known to be JSON, for its places alone."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.places: dict[str, tuple[int, int]] = {}
        self.key_places: dict[str, tuple[int, int]] = {}
        self.duplicates: list[tuple[str, int, int]] = []
        self.half: tuple[int, int] | None = None
        self._may_have_half = _ESCAPES_HALF.search(text) is not None
        self._starts = [0]
        self._starts.extend(index + 1 for index, char in enumerate(text) if char == "\n")

    def at(self, index: int) -> tuple[int, int]:
        line = bisect_right(self._starts, index)
        return line, index - self._starts[line - 1] + 1

    def skip(self, index: int) -> int:
        while index < len(self.text) and self.text[index] in _WHITE:
            index += 1
        return index

    def value(self, index: int, pointer: str | None, depth: int) -> int:
        """Note the value that starts at `index`, and those in it, unless the pointer is None; the index behind it."""
        if depth > _MAX_DEPTH:
            raise _TooDeepError
        if pointer is not None:
            self.places[pointer] = self.at(index)
        opener = self.text[index]
        if opener == '"':
            return self._string(index)[1]
        if opener == "{":
            return self._members(index, pointer, depth)
        if opener == "[":
            return self._items(index, pointer, depth)
        while index < len(self.text) and self.text[index] not in ",]}" + _WHITE:
            index += 1
        return index

    def _string(self, index: int) -> tuple[str, int]:
        """The string that starts at `index`, and the index behind it."""
        text, after = scanstring(self.text, index + 1, True)
        if self._may_have_half and self.half is None and has_half_character(text):
            self.half = self.at(index)
        return text, int(after)

    def _members(self, index: int, pointer: str | None, depth: int) -> int:
        seen = set()
        index = self.skip(index + 1)
        while self.text[index] != "}":
            key, after = self._string(index)
            own = pointer_of((key,))
            inner = _below(pointer, own)
            if key in seen:
                self.duplicates.append((own if inner is None else inner, *self.at(index)))
            seen.add(key)
            if inner is not None:
                self.key_places[inner] = self.at(index)
            index = self.skip(self.value(self.skip(self.skip(after) + 1), inner, depth + 1))
            if self.text[index] == ",":
                index = self.skip(index + 1)
        return index + 1

    def _items(self, index: int, pointer: str | None, depth: int) -> int:
        index = self.skip(index + 1)
        count = 0
        while self.text[index] != "]":
            index = self.skip(self.value(index, _below(pointer, f"/{count}"), depth + 1))
            count += 1
            if self.text[index] == ",":
                index = self.skip(index + 1)
        return index + 1
