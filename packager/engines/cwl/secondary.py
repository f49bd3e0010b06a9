"""Secondary files: the patterns that a parameter declares, and the names that they give."""

from __future__ import annotations

from collections.abc import Iterator

from packager.engines.cwl.nodes import MappingNode, Node, ScalarNode, SequenceNode


def patterns_of(node: Node | None) -> Iterator[tuple[str, bool]]:
    """The patterns of a `secondaryFiles`, each with whether the file is required."""
    for item in node.items if isinstance(node, SequenceNode) else [node]:
        if isinstance(item, ScalarNode) and isinstance(item.value, str):
            yield item.value.removesuffix("?"), not item.value.endswith("?")
        elif isinstance(item, MappingNode) and (pattern := item.string("pattern")):
            required = item.get("required")
            must = required is None or (isinstance(required, ScalarNode) and required.value is True)
            yield pattern.removesuffix("?"), must and not pattern.endswith("?")


def secondary_name(name: str, pattern: str) -> str:
    """The name of a file's secondary file: each leading `^` removes an extension, and the rest is appended."""
    suffix = pattern.lstrip("^")
    for _ in range(len(pattern) - len(suffix)):
        name = name.rpartition(".")[0] or name
    return name + suffix


def file_literals(node: Node | None) -> Iterator[MappingNode]:
    """The File literals that a default is: one, or those of a list."""
    for item in node.items if isinstance(node, SequenceNode) else [node]:
        if isinstance(item, MappingNode) and item.string("class") == "File":
            yield item


def location_of(literal: MappingNode) -> ScalarNode | None:
    """The `location` of a File or Directory literal, or else its `path`."""
    for key in ("location", "path"):
        value = literal.get(key)
        if isinstance(value, ScalarNode) and isinstance(value.value, str):
            return value
    return None
