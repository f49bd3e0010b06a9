"""Edits of a JSON text that change one member and leave every other byte as it is.

`parse` reads a document once into the spans of its values; each edit is a `Splice` of its text, and `spliced` applies splices that
do not overlap. Additions are laid out like the text next to them: line ends, indentation, the space after colons and commas.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from packager.jsondoc.jsontext import WHITE, JsonError, JsonMember, JsonNode, read

_INDENT = "  "


@dataclass(frozen=True, slots=True, order=True)
class Splice:
    """A part of the text and its replacement; an empty part is an insertion."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class JsonDocument:
    """A JSON text with the spans of its values. `text` still has its byte order mark, if it has one."""

    text: str
    root: JsonNode

    def value(self, node: JsonNode) -> object:
        """The value of a node."""
        return json.loads(self.text[node.start : node.end])

    def is_object(self, node: JsonNode) -> bool:
        """Whether a node is an object, possibly an empty one."""
        return self.text[node.start] == "{"

    def rename(self, member: JsonMember, key: str) -> Splice:
        """The splice that renames a member."""
        return Splice(member.start, member.end, _rendered(key))

    def replace(self, node: JsonNode, value: object) -> Splice:
        """The splice that gives a node another value, on one line."""
        return Splice(node.start, node.end, _rendered(value))

    def remove(self, node: JsonNode, keys: Iterable[str]) -> tuple[Splice, ...]:
        """The splices that remove members of an object, each with its comma and its line."""
        gone = set(keys)
        members = node.members
        if members and all(member.key in gone for member in members):
            return (Splice(node.start + 1, node.end - 1, ""),)
        splices = []
        kept_before = False
        for index, member in enumerate(members):
            if member.key not in gone:
                kept_before = True
            elif kept_before:
                splices.append(Splice(members[index - 1].node.end, member.node.end, ""))
            else:
                splices.append(Splice(member.start, members[index + 1].start, ""))
        return tuple(splices)

    def add(self, node: JsonNode, values: Mapping[str, object], *, at_end: bool = False) -> tuple[Splice, ...]:
        """The splices that add members to an object: in order if its keys are sorted, else (or `at_end`) after the last member.

        A value is a scalar, an object of scalars, or a list of such objects.
        """
        if not values:
            return ()
        if not node.members:
            return (self._filled(node, values),)
        style = self._style(node)
        keys = [member.key for member in node.members]
        is_sorted = keys == sorted(keys) and not at_end
        splices = []
        for key, value in sorted(values.items()) if is_sorted else values.items():
            position = bisect_left(keys, key) if is_sorted else len(keys)
            written = f"{_rendered(key)}{style.colon}{self._rendered_beside(node, style, value)}"
            if position:
                end = node.members[position - 1].node.end
                splices.append(Splice(end, end, style.separator + written))
            else:
                start = node.members[0].start
                splices.append(Splice(start, start, written + style.separator))
        return tuple(splices)

    def append(self, node: JsonNode, objects: Sequence[Mapping[str, object]]) -> Splice:
        """The splice that adds objects of scalars to the end of a list."""
        if not node.items:
            line = self.text[self.text.rfind("\n", 0, node.start) + 1 : node.start]
            indent = line[: len(line) - len(line.lstrip(" \t"))]
            return Splice(node.start, node.end, _list(objects, f"{self._line_end}{indent}"))
        first, last = node.items[0], node.items[-1]
        lead = self.text[node.start + 1 : first.start]
        separator = f",{lead}" if "\n" in lead else ", "
        if len(node.items) > 1:
            separator = self.text[node.items[-2].end : last.start]
        style = self._style(last) if last.members else _Style("", ", ", ": ", "")
        return Splice(last.end, last.end, "".join(separator + style.object(members) for members in objects))

    @property
    def _line_end(self) -> str:
        return "\r\n" if "\r\n" in self.text else "\n"

    def _filled(self, node: JsonNode, values: Mapping[str, object]) -> Splice:
        """The splice that gives an empty object its first members."""
        space = " " if not self.root.members or self._style(self.root).colon.endswith(" ") else ""
        style = _Style("", f",{space}", f":{space}", "")
        if node == self.root:
            line_end = self._line_end
            style = _Style(line_end + _INDENT, f",{line_end}{_INDENT}", ": ", line_end)
        written = [
            f"{_rendered(key)}{style.colon}{self._rendered_beside(node, style, value)}" for key, value in values.items()
        ]
        return Splice(node.start, node.end, f"{{{style.lead}{style.separator.join(written)}{style.tail}}}")

    def _style(self, node: JsonNode) -> _Style:
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

    def _rendered_beside(self, node: JsonNode, style: _Style, value: object) -> str:
        """A value, laid out like its neighbours in an object."""
        if isinstance(value, list):
            return _list(value, f"{self._line_end}{style.indent}")
        if not isinstance(value, Mapping):
            return _rendered(value)
        objects = [member.node for member in node.members if member.node.members]
        model = next((inner for inner in objects if len(inner.members) > 1), objects[0] if objects else None)
        inner = style.inner() if model is None else self._style(model)
        return inner.object(value)


@dataclass(frozen=True, slots=True)
class _Style:
    """The text before an object's first member, between two, between key and value, and after the last member."""

    lead: str
    separator: str
    colon: str
    tail: str

    @property
    def indent(self) -> str:
        """The white space before a member on a line of its own."""
        return self.lead.rpartition("\n")[2] if "\n" in self.lead else ""

    def object(self, members: Mapping[str, object]) -> str:
        """An object of scalars in this layout."""
        written = self.separator.join(
            f"{_rendered(key)}{self.colon}{_rendered(value)}" for key, value in members.items()
        )
        return f"{{{self.lead}{written}{self.tail}}}"

    def inner(self) -> _Style:
        """How an object inside would be laid out."""
        before, line_end, indent = self.separator.rpartition("\n")
        if not line_end:
            return _Style("", ", " if self.separator.endswith(" ") else ",", self.colon, "")
        line_end = "\r\n" if before.endswith("\r") else "\n"
        indent = indent[: len(indent) - len(indent.lstrip(WHITE))]
        outer = self.tail.rpartition("\n")[2]
        unit = indent.removeprefix(outer) if indent.startswith(outer) and indent != outer else _INDENT
        lead = f"{line_end}{indent}{unit}"
        return _Style(lead, f",{lead}", self.colon, f"{line_end}{indent}")


def parse(content: bytes) -> JsonDocument | JsonError:
    """The spans of a UTF-8 JSON text, or why it cannot be edited: it is not JSON, or a name occurs twice."""
    parsed = read(content)
    if isinstance(parsed, JsonError):
        return parsed
    for duplicate in parsed.duplicates:
        return JsonError(f"the name `{duplicate.name}` occurs twice", duplicate.line, duplicate.column)
    return JsonDocument(parsed.text, parsed.root)


def spliced(text: str, splices: Iterable[Splice]) -> str:
    """The text with all splices applied; insertions at one place keep their order.

    Raises:
        ValueError: two of them overlap.
    """
    parts = []
    done = 0
    for splice in sorted(splices, key=lambda splice: (splice.start, splice.end)):
        if splice.start < done:
            raise ValueError("splices overlap")
        parts += [text[done : splice.start], splice.text]
        done = splice.end
    return "".join([*parts, text[done:]])


def _list(objects: Sequence[Mapping[str, object]], line_start: str) -> str:
    """A list of objects, one member per line, whose closing bracket has the indentation of `line_start`."""
    return line_start.join(json.dumps(list(objects), ensure_ascii=False, indent=len(_INDENT)).split("\n"))


def _rendered(value: object) -> str:
    """A scalar as JSON; half of a surrogate pair, which UTF-8 cannot encode, stays escaped."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value)
    return text
