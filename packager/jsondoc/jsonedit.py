"""Edits of a JSON text that change one member and leave every other byte as it is.

A text is read once into the spans of its values (`parse`); each edit is a `Splice` of that text, and `spliced` applies several that
do not overlap. What is added looks like what stands beside it: line ends, indentation, the space behind colons and commas.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from json.decoder import scanstring  # type: ignore[attr-defined]  # typeshed leaves it out; it is in every CPython
from typing import Any

from packager.jsondoc import jsontext

_WHITE = " \t\r\n"
_INDENT = "  "
BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True, slots=True, order=True)
class Splice:
    """A part of a text and what takes its place; an empty part is an insertion."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Node:
    """The span of a value, and what it holds if it is an object or a list."""

    start: int
    end: int
    members: tuple[Member, ...] = ()
    items: tuple[Node, ...] = ()

    def member(self, key: str) -> Member | None:
        """The member of that name."""
        return next((one for one in self.members if one.key == key), None)


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an object: its key, the key's span with its quotes, and its value."""

    key: str
    start: int
    end: int
    node: Node


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON text with the spans of its values. `text` still has its byte order mark, if it came with one."""

    text: str
    root: Node

    def value(self, node: Node) -> Any:
        """What a node says."""
        return json.loads(self.text[node.start : node.end])

    def is_object(self, node: Node) -> bool:
        """Whether a node is an object, possibly an empty one."""
        return self.text[node.start] == "{"

    def rename(self, member: Member, key: str) -> Splice:
        """Call a member otherwise."""
        return Splice(member.start, member.end, _rendered(key))

    def replace(self, node: Node, value: Any) -> Splice:
        """Give a node another value, on one line."""
        return Splice(node.start, node.end, _rendered(value))

    def remove(self, node: Node, keys: Iterable[str]) -> tuple[Splice, ...]:
        """Take members out of an object, each with the comma and the line that it had for itself."""
        gone = set(keys)
        members = node.members
        if members and all(one.key in gone for one in members):
            return (Splice(node.start + 1, node.end - 1, ""),)
        found = []
        kept_before = False
        for index, one in enumerate(members):
            if one.key not in gone:
                kept_before = True
            elif kept_before:
                found.append(Splice(members[index - 1].node.end, one.node.end, ""))
            else:
                found.append(Splice(one.start, members[index + 1].start, ""))
        return tuple(found)

    def add(self, node: Node, values: Mapping[str, Any]) -> tuple[Splice, ...]:
        """Put new members into an object: where they belong if its keys are sorted, else behind the last one.

        A value is a simple one, or an object of simple ones.
        """
        if not values:
            return ()
        if not node.members:
            return (self._filled(node, values),)
        style = self._style(node)
        keys = [one.key for one in node.members]
        is_sorted = keys == sorted(keys)
        found = []
        for key, value in sorted(values.items()) if is_sorted else values.items():
            position = bisect_left(keys, key) if is_sorted else len(keys)
            written = f"{_rendered(key)}{style.colon}{self._rendered_beside(node, style, value)}"
            if position:
                end = node.members[position - 1].node.end
                found.append(Splice(end, end, style.separator + written))
            else:
                start = node.members[0].start
                found.append(Splice(start, start, written + style.separator))
        return tuple(found)

    def _filled(self, node: Node, values: Mapping[str, Any]) -> Splice:
        """An empty object with its first members."""
        space = " " if not self.root.members or self._style(self.root).colon.endswith(" ") else ""
        style = _Style("", f",{space}", f":{space}", "")
        if node == self.root:
            line_end = "\r\n" if "\r\n" in self.text else "\n"
            style = _Style(line_end + _INDENT, f",{line_end}{_INDENT}", ": ", line_end)
        written = [
            f"{_rendered(key)}{style.colon}{self._rendered_beside(node, style, value)}" for key, value in values.items()
        ]
        return Splice(node.start, node.end, f"{{{style.lead}{style.separator.join(written)}{style.tail}}}")

    def _style(self, node: Node) -> _Style:
        """How an object that has members is laid out."""
        members = node.members
        colon = self.text[members[0].end : members[0].node.start]
        lead = self.text[node.start + 1 : members[0].start]
        between = [self.text[before.node.end : after.start] for before, after in pairwise(members)]
        if between:
            separator = Counter(between).most_common(1)[0][0]
        elif "\n" in lead:
            separator = f",{lead}"
        else:
            separator = ", " if colon.endswith(" ") else ","
        return _Style(lead, separator, colon, self.text[members[-1].node.end : node.end - 1])

    def _rendered_beside(self, node: Node, style: _Style, value: Any) -> str:
        """A value as its neighbours in an object are written."""
        if not isinstance(value, Mapping):
            return _rendered(value)
        objects = [one.node for one in node.members if one.node.members]
        model = next((one for one in objects if len(one.members) > 1), objects[0] if objects else None)
        inner = style.inner() if model is None else self._style(model)
        written = inner.separator.join(f"{_rendered(key)}{inner.colon}{_rendered(one)}" for key, one in value.items())
        return f"{{{inner.lead}{written}{inner.tail}}}"


@dataclass(frozen=True, slots=True)
class _Style:
    """The text before an object's first member, between two, between key and value, and behind the last member."""

    lead: str
    separator: str
    colon: str
    tail: str

    def inner(self) -> _Style:
        """How an object inside would be laid out."""
        before, line_end, indent = self.separator.rpartition("\n")
        if not line_end:
            return _Style("", ", " if self.separator.endswith(" ") else ",", self.colon, "")
        line_end = "\r\n" if before.endswith("\r") else "\n"
        indent = indent[: len(indent) - len(indent.lstrip(_WHITE))]
        outer = self.tail.rpartition("\n")[2]
        unit = indent.removeprefix(outer) if indent.startswith(outer) and indent != outer else _INDENT
        lead = f"{line_end}{indent}{unit}"
        return _Style(lead, f",{lead}", self.colon, f"{line_end}{indent}")


def parse(content: bytes) -> Document | jsontext.JsonError:
    """The spans of a UTF-8 JSON text, or why it cannot be edited: not JSON, or a name that occurs twice."""
    read = jsontext.read(content)
    if isinstance(read, jsontext.JsonError):
        return read
    if read.duplicates:
        pointer, line, column = read.duplicates[0]
        return jsontext.JsonError(f"the name `{pointer.rpartition('/')[2]}` occurs twice", line, column)
    text = content.decode()
    return Document(text, _node(text, _skip(text, len(BYTE_ORDER_MARK) if text.startswith(BYTE_ORDER_MARK) else 0)))


def spliced(text: str, splices: Iterable[Splice]) -> str:
    """A text with all splices applied; insertions at one place keep their order.

    Raises:
        ValueError: two of them overlap.
    """
    parts = []
    done = 0
    for one in sorted(splices, key=lambda one: (one.start, one.end)):
        if one.start < done:
            raise ValueError("splices overlap")
        parts += [text[done : one.start], one.text]
        done = one.end
    return "".join([*parts, text[done:]])


def _node(text: str, index: int) -> Node:
    """The value that starts at an index; the text is known to be JSON of bounded depth."""
    opener = text[index]
    if opener == "{":
        return _object(text, index)
    if opener == "[":
        return _list(text, index)
    if opener == '"':
        return Node(index, scanstring(text, index + 1, True)[1])
    end = index
    while end < len(text) and text[end] not in ",]}" + _WHITE:
        end += 1
    return Node(index, end)


def _object(text: str, start: int) -> Node:
    members = []
    index = _skip(text, start + 1)
    while text[index] != "}":
        key, end = scanstring(text, index + 1, True)
        node = _node(text, _skip(text, _skip(text, end) + 1))
        members.append(Member(key, index, end, node))
        index = _next(text, node.end)
    return Node(start, index + 1, members=tuple(members))


def _list(text: str, start: int) -> Node:
    items = []
    index = _skip(text, start + 1)
    while text[index] != "]":
        items.append(_node(text, index))
        index = _next(text, items[-1].end)
    return Node(start, index + 1, items=tuple(items))


def _next(text: str, index: int) -> int:
    """Where the next item or the closing bracket stands."""
    index = _skip(text, index)
    return _skip(text, index + 1) if text[index] == "," else index


def _skip(text: str, index: int) -> int:
    while index < len(text) and text[index] in _WHITE:
        index += 1
    return index


def _rendered(value: Any) -> str:
    """A simple value as JSON; half of a surrogate pair, which UTF-8 cannot hold, stays escaped."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value)
    return text
