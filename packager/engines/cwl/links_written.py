"""The references of a CWL document as they are written, each with its node; nothing that they name is read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from packager.engines.cwl.nodes import MappingNode, Node, ScalarNode, SequenceNode, YamlProblem, parse

_DIRECTIVES = ("$import", "$include", "$mixin")
_MAY_HAVE = re.compile(r"\$(?:import|include|mixin|schemas)\b|\brun\b|\bcwlVersion\b")


@dataclass(frozen=True, slots=True)
class WrittenLink:
    """A reference: `run`, `$import`, `$include`, `$mixin`, `$schemas`, or `File` for the place of a file in a default.

    `optional`: a definition can be used without the file.
    """

    kind: str
    node: ScalarNode
    optional: bool = False


def may_have(text: str) -> bool:
    """Whether a string can be a CWL document, or a part of one, with references."""
    return _MAY_HAVE.search(text) is not None


def links(path: str, text: str) -> Iterator[WrittenLink]:
    """The references of a document, in the order of the text; none if it is not readable."""
    read = parse(path, text)
    if isinstance(read, YamlProblem):
        return
    root = read.root
    seen: set[int] = set()
    pending: list[tuple[Node, str]] = [(root, "")]  # nodes, with `steps` or `step` for those that are
    while pending:
        node, role = pending.pop()
        if isinstance(node, ScalarNode) or id(node) in seen:
            continue
        seen.add(id(node))
        inner = "step" if role == "steps" else ""
        if isinstance(node, SequenceNode):
            pending.extend((item, inner) for item in reversed(node.items))
            continue
        yield from _of_mapping(node, is_step=role == "step", is_root=node is root)
        pending.extend(
            (value, "steps" if key == "steps" and not inner else inner) for key, value in reversed(node.entries.items())
        )


def _of_mapping(node: MappingNode, *, is_step: bool, is_root: bool) -> Iterator[WrittenLink]:
    for kind in _DIRECTIVES:
        yield from _link(kind, node.get(kind))
    if is_step:
        yield from _link("run", node.get("run"))
    if is_root:
        schemas = node.get("$schemas")
        for value in schemas.items if isinstance(schemas, SequenceNode) else [schemas]:
            yield from _link("$schemas", value, optional=True)
    if node.string("class") == "File":
        for key in ("location", "path"):
            yield from _link("File", node.get(key), optional=True)


def _link(kind: str, value: Node | None, *, optional: bool = False) -> Iterator[WrittenLink]:
    if isinstance(value, ScalarNode) and isinstance(value.value, str) and value.value:
        yield WrittenLink(kind, value, optional)
