"""Additions merged into the text of a registry map, which otherwise stays byte for byte."""

from __future__ import annotations

import json
from collections.abc import Sequence

from packager.images.registry_map.generation import Additions, NewImage, NewRegistry
from packager.jsondoc.jsonedit import Splice, parse, spliced
from packager.jsondoc.jsontext import JsonError


def new_text(additions: Additions) -> str:
    """A map with these entries alone, as the text of a file."""
    lists = {name: entries for name, entries in _lists(additions).items() if entries}
    return json.dumps(lists, ensure_ascii=False, indent=2) + "\n"


def merged(content: bytes, additions: Additions) -> bytes:
    """A map's text with these entries after its own.

    Raises:
        ValueError: the text is not a registry map (see `reading.read`).
    """
    document = parse(content)
    if isinstance(document, JsonError) or not document.is_object(document.root):
        raise ValueError("not a registry map")
    lacking: dict[str, object] = {}
    splices: list[Splice] = []
    for name, entries in _lists(additions).items():
        member = document.root.member(name)
        if not entries:
            continue
        if member is None:
            lacking[name] = entries
        else:
            splices.append(document.append(member.node, entries))
    splices += document.add(document.root, lacking, at_end=True)
    return spliced(document.text, splices).encode()


def _lists(additions: Additions) -> dict[str, list[dict[str, str]]]:
    return {
        "registryMappings": _members(additions.registry_mappings),
        "imageMappings": _members(additions.image_mappings),
    }


def _members(entries: Sequence[NewRegistry | NewImage]) -> list[dict[str, str]]:
    return [entry.members() for entry in entries]
