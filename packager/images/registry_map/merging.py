"""Entries put into the text of a registry map; what stands there stays, byte for byte."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from packager.images.registry_map.generation import Additions
from packager.jsondoc.jsonedit import Document, Node, Splice, parse, spliced
from packager.jsondoc.jsontext import JsonError

_INDENT = "  "
_Entries = Sequence[Mapping[str, str]]


def new_text(additions: Additions) -> str:
    """A map of nothing but these entries, as a file."""
    lists = {name: list(entries) for name, entries in _lists(additions) if entries}
    return json.dumps(lists, ensure_ascii=False, indent=len(_INDENT)) + "\n"


def merged(content: bytes, additions: Additions) -> bytes:
    """A map's text with these entries behind its own.

    Raises:
        ValueError: the text is no registry map (see `reading.read`).
    """
    document = parse(content)
    if isinstance(document, JsonError) or not document.is_object(document.root):
        raise ValueError("not a registry map")
    lacking = {}
    splices = []
    for name, entries in _lists(additions):
        member = document.root.member(name)
        if not entries:
            continue
        if member is None:
            lacking[name] = entries
        else:
            splices.append(_appended(document, member.node, entries))
    splices += _new_lists(document, lacking)
    return spliced(document.text, splices).encode()


def _lists(additions: Additions) -> tuple[tuple[str, _Entries], ...]:
    return (
        ("registryMappings", [one.members() for one in additions.registry_mappings]),
        ("imageMappings", [one.members() for one in additions.image_mappings]),
    )


def _appended(document: Document, node: Node, entries: _Entries) -> Splice:
    """Entries behind the last one of a list, laid out like it."""
    text = document.text
    if not node.items:
        return Splice(node.start, node.end, _list(entries, _indent(text, node.start), _line_end(text)))
    last = node.items[-1]
    lead = text[node.start + 1 : node.items[0].start]
    separator = text[node.items[-2].end : last.start] if len(node.items) > 1 else f",{lead}" if "\n" in lead else ", "
    written = [separator + _entry(document, last, entry) for entry in entries]
    return Splice(last.end, last.end, "".join(written))


def _entry(document: Document, model: Node, members: Mapping[str, str]) -> str:
    """An entry as a neighbour is written: on one line, or a member on each."""
    text = document.text
    if model.members and "\n" in text[model.start : model.end]:
        first, last = model.members[0], model.members[-1]
        lead, tail = text[model.start + 1 : first.start], text[last.node.end : model.end - 1]
        between = text[first.node.end : model.members[1].start] if len(model.members) > 1 else f",{lead}"
        return f"{{{lead}{between.join(_members(members))}{tail}}}"
    return f"{{{', '.join(_members(members))}}}"


def _members(members: Mapping[str, str]) -> list[str]:
    return [f"{_text(name)}: {_text(value)}" for name, value in members.items()]


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _new_lists(document: Document, lists: Mapping[str, _Entries]) -> list[Splice]:
    """Lists that the map does not have, behind its last member."""
    if not lists:
        return []
    text, root = document.text, document.root
    line_end = _line_end(text)
    if not root.members:
        written = f",{line_end}{_INDENT}".join(_named(name, lists[name], _INDENT, line_end) for name in lists)
        return [Splice(root.start, root.end, f"{{{line_end}{_INDENT}{written}{line_end}}}")]
    last = root.members[-1]
    lead = text[root.start + 1 : root.members[0].start]
    indent = lead.rpartition("\n")[2] if "\n" in lead else ""
    separator = f",{lead}" if "\n" in lead else ", "
    added = "".join(separator + _named(name, lists[name], indent, line_end) for name in lists)
    return [Splice(last.node.end, last.node.end, added)]


def _named(name: str, entries: _Entries, indent: str, line_end: str) -> str:
    return f"{_text(name)}: {_list(entries, indent, line_end)}"


def _list(entries: _Entries, indent: str, line_end: str) -> str:
    """A list of entries, a member on each line, at an indentation."""
    lines = json.dumps(list(entries), ensure_ascii=False, indent=len(_INDENT)).split("\n")
    return (line_end + indent).join(lines)


def _indent(text: str, index: int) -> str:
    """The white space that the line of an index begins with."""
    line = text[text.rfind("\n", 0, index) + 1 : index]
    found = re.match(r"[ \t]*", line)
    return found.group() if found else ""


def _line_end(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"
