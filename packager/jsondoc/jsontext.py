"""JSON with places: the value, the span of every value and member, and duplicate keys."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from json.decoder import scanstring  # type: ignore[attr-defined]  # typeshed leaves it out; it is in every CPython
from typing import Any, TypeAlias

from packager.errors import PackagerError

# What JSON can hold, as `json.loads` gives it.
Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None
Parts: TypeAlias = tuple[str | int, ...]
BYTE_ORDER_MARK = "\ufeff"
WHITE = " \t\r\n"
_MAX_DEPTH = 200
_ESCAPES_HALF = re.compile(r"\\u[dD][89a-fA-F]")
_HALF = re.compile("[\ud800-\udfff]")
# What `json` reports, by the start of its message.
_SYNTAX_ERRORS = {
    "Expecting value": "expected a value",
    "Expecting property name": "expected a name in double quotes",
    "Expecting ':'": "expected `:`",
    "Expecting ','": "expected `,` or the closing bracket",
    "Extra data": "expected the end of the file",
    "Illegal trailing comma": "`,` before the closing bracket",
    "Unterminated string": "the string has no closing quote",
    "Invalid control character": "a control character in a string, which must be escaped",
    "Invalid \\u": "invalid `\\u` escape",
    "Invalid \\": "invalid `\\` escape",
}


@dataclass(frozen=True, slots=True)
class JsonError:
    """Why a document is not JSON, with a 1-based place."""

    message: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class LoneSurrogateError(JsonError):
    """A string or key contains half of a surrogate pair: JSON can write that, but it is not a character and UTF-8 cannot encode it."""


@dataclass(frozen=True, slots=True)
class JsonNode:
    """The span of a value, and its content if it is an object or a list."""

    start: int
    end: int
    members: tuple[JsonMember, ...] = ()
    items: tuple[JsonNode, ...] = ()

    def member(self, key: str) -> JsonMember | None:
        """The member of that name."""
        return next((member for member in self.members if member.key == key), None)


@dataclass(frozen=True, slots=True)
class JsonMember:
    """A member of an object: its key, the key's span with its quotes, and its value."""

    key: str
    start: int
    end: int
    node: JsonNode


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A key that occurs again in its object: the names and indices that lead to it, and its place."""

    parts: Parts
    line: int
    column: int

    @property
    def name(self) -> str:
        """The key."""
        return str(self.parts[-1])


@dataclass(frozen=True, slots=True)
class JsonText:
    """A JSON text with its value and the spans of its values. `text` still has its byte order mark, if it has one."""

    value: Json
    text: str
    root: JsonNode
    duplicates: tuple[Duplicate, ...]
    _lines: _Lines = field(repr=False, compare=False)
    _members: dict[int, dict[str, JsonMember]] = field(default_factory=dict, repr=False, compare=False)

    def place(self, parts: Parts, *, key: bool = False) -> tuple[int, int]:
        """The 1-based line and column of a value (or of its key), or of the nearest value around it."""
        start, _ = self._nearest(parts, key=key)
        return self._lines.place(start)

    def span(self, parts: Parts) -> tuple[tuple[int, int], tuple[int, int]]:
        """The places of the start and of the end of a value, or of the nearest value around it."""
        start, node = self._nearest(parts)
        return self._lines.place(start), self._lines.place(node.end)

    def _nearest(self, parts: Parts, *, key: bool = False) -> tuple[int, JsonNode]:
        """Where a value (or its key) starts, and its node; of the nearest value around it if it does not exist."""
        node, start = self.root, self.root.start
        for part in parts:
            if isinstance(part, int):
                if part >= len(node.items):
                    break
                node = node.items[part]
                start = node.start
            else:
                member = self._member(node, part)
                if member is None:
                    break
                node = member.node
                start = member.start if key else node.start
        return start, node

    def _member(self, node: JsonNode, key: str) -> JsonMember | None:
        """A member by its key; the last one if the key occurs again, whose value JSON readers use."""
        if id(node) not in self._members:
            self._members[id(node)] = {member.key: member for member in node.members}
        return self._members[id(node)].get(key)

    def part(self, *names: str) -> JsonText | None:
        """The value that these names lead to, with its places in the whole document; None if it does not exist."""
        return self.at(names)

    def at(self, names: Parts) -> JsonText | None:
        """`part` for names and indices."""
        value, node = self.value, self.root
        for name in names:
            if isinstance(name, int):
                if not isinstance(value, list) or name >= len(node.items):
                    return None
                value, node = value[name], node.items[name]
                continue
            member = self._member(node, name)
            if member is None or not isinstance(value, dict):
                return None
            value, node = value[name], member.node
        inner = tuple(
            Duplicate(duplicate.parts[len(names) :], duplicate.line, duplicate.column)
            for duplicate in self.duplicates
            if duplicate.parts[: len(names)] == names and len(duplicate.parts) > len(names)
        )
        return JsonText(value, self.text, node, inner, self._lines)

    def empty(self, parts: Parts) -> JsonText:
        """An object without members at the place of a value, for a member that a document could have there."""
        _, node = self._nearest(parts)
        return JsonText({}, self.text, JsonNode(node.start, node.end), (), self._lines)


@dataclass(frozen=True, slots=True)
class JsonPart:
    """A value in a file: the file's path, and the value with its places in the file."""

    path: str
    text: JsonText

    def __str__(self) -> str:
        """The path."""
        return self.path


def json_text(value: Json, text: str, root: JsonNode, duplicates: Sequence[tuple[Parts, int]] = ()) -> JsonText:
    """A value that was read from YAML or another notation of JSON, with the spans of its values in the source."""
    lines = _Lines(text, 0)
    return JsonText(value, text, root, tuple(Duplicate(parts, *lines.place(at)) for parts, at in duplicates), lines)


def pointer_of(parts: Parts | list[str | int]) -> str:
    """A JSON pointer (RFC 6901) from its parts."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def read(content: bytes) -> JsonText | JsonError:
    """A UTF-8 JSON text with places, or why it is not one; never raises."""
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        before = content[: error.start]
        return JsonError("not UTF-8", before.count(b"\n") + 1, error.start - before.rfind(b"\n"))
    start = len(BYTE_ORDER_MARK) if text.startswith(BYTE_ORDER_MARK) else 0
    try:
        value = json.loads(text[start:], parse_constant=_refuse)
    except json.JSONDecodeError as error:
        return JsonError(_described(error.msg), error.lineno, error.colno)
    except _ConstantError as error:
        return JsonError(str(error), 1, 1)
    except ValueError:
        return JsonError("a number has too many digits", 1, 1)
    except RecursionError:
        return JsonError("nested too deeply", 1, 1)
    lines = _Lines(text, start)
    scanner = _Scanner(text)
    try:
        root = scanner.value(scanner.skip(start), (), 0)
    except _TooDeepError:
        return JsonError(f"nested more than {_MAX_DEPTH} levels deep", 1, 1)
    if scanner.half is not None:
        message = "half of a surrogate pair (`\\ud800` to `\\udfff`) is not a character"
        return LoneSurrogateError(message, *lines.place(scanner.half))
    duplicates = tuple(Duplicate(parts, *lines.place(index)) for parts, index in scanner.duplicates)
    return JsonText(value, text, root, duplicates, lines)


class _TooDeepError(Exception):
    pass


class _ConstantError(ValueError):
    pass


def value_of(content: bytes) -> Any:
    """The value of UTF-8 JSON, where places do not matter.

    Raises:
        ValueError: it is not JSON.
    """
    parsed = read(content)
    if isinstance(parsed, JsonError):
        raise ValueError(parsed.message)  # noqa: TRY004 - of content, not of a type
    return parsed.value


def has_half_character(text: str) -> bool:
    """Whether a string contains half of a surrogate pair, or a byte of a file name or argument that is not UTF-8."""
    return _HALF.search(text) is not None


def _refuse(constant: str) -> None:
    raise _ConstantError(f"`{constant}` is not JSON")


def _described(message: str) -> str:
    """A syntax error in this tool's words."""
    return next((words for start, words in _SYNTAX_ERRORS.items() if message.startswith(start)), "invalid syntax")


class _Lines:
    """The places of offsets in a document; a byte order mark before `start` does not count."""

    def __init__(self, text: str, start: int) -> None:
        self._starts = [start]
        self._starts.extend(index + 1 for index, char in enumerate(text) if char == "\n")

    def place(self, index: int) -> tuple[int, int]:
        """The 1-based line and column of an offset."""
        line = bisect_right(self._starts, index)
        return line, index - self._starts[line - 1] + 1


class _Scanner:
    """The spans of a document that is known to be JSON, in one pass."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.duplicates: list[tuple[Parts, int]] = []
        self.half: int | None = None
        self._may_have_half = _ESCAPES_HALF.search(text) is not None

    def value(self, index: int, parts: Parts, depth: int) -> JsonNode:
        """The value that starts at `index`."""
        if depth > _MAX_DEPTH:
            raise _TooDeepError
        opener = self.text[index]
        if opener == "{":
            return self._object(index, parts, depth)
        if opener == "[":
            return self._list(index, parts, depth)
        if opener == '"':
            return JsonNode(index, self._string(index)[1])
        end = index
        while end < len(self.text) and self.text[end] not in ",]}" + WHITE:
            end += 1
        return JsonNode(index, end)

    def _object(self, start: int, parts: Parts, depth: int) -> JsonNode:
        members: list[JsonMember] = []
        seen: set[str] = set()
        index = self.skip(start + 1)
        while self.text[index] != "}":
            key, end = self._string(index)
            if key in seen:
                self.duplicates.append(((*parts, key), index))
            seen.add(key)
            node = self.value(self.skip(self.skip(end) + 1), (*parts, key), depth + 1)
            members.append(JsonMember(key, index, end, node))
            index = self._next(node.end)
        return JsonNode(start, index + 1, members=tuple(members))

    def _list(self, start: int, parts: Parts, depth: int) -> JsonNode:
        items: list[JsonNode] = []
        index = self.skip(start + 1)
        while self.text[index] != "]":
            items.append(self.value(index, (*parts, len(items)), depth + 1))
            index = self._next(items[-1].end)
        return JsonNode(start, index + 1, items=tuple(items))

    def _string(self, index: int) -> tuple[str, int]:
        """The string that starts at `index`, and the index after it."""
        text, after = scanstring(self.text, index + 1, True)
        if self._may_have_half and self.half is None and has_half_character(text):
            self.half = index
        return text, int(after)

    def _next(self, index: int) -> int:
        """The index of the next item or of the closing bracket."""
        index = self.skip(index)
        return self.skip(index + 1) if self.text[index] == "," else index

    def skip(self, index: int) -> int:
        """The index after white space."""
        while index < len(self.text) and self.text[index] in WHITE:
            index += 1
        return index


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
