"""The parts of a process document: its class, its inputs and outputs with their types, its requirements."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from packager.engines.cwl.closure import place_of, stem
from packager.engines.cwl.nodes import MappingNode, Node, ScalarNode, SequenceNode, plain
from packager.engines.cwl.value_types import named_types, value_type
from packager.findings.diagnostic import Place
from packager.model.facts import Input, Output

TASK_CLASSES = frozenset({"CommandLineTool", "ExpressionTool"})
PROCESS_CLASSES = TASK_CLASSES | {"Workflow", "Operation"}
_MAX_TYPE_DEPTH = 20
_TYPES = "SchemaDefRequirement"


def short(identifier: str) -> str:
    """The last part of an identifier: `#main/reads` is `reads`."""
    return identifier.rpartition("#")[2].rpartition("/")[2]


def compact(node: Node) -> str:
    """A node as compact JSON text."""
    return json.dumps(plain(node), ensure_ascii=False, separators=(",", ":"), default=str)


def written(node: Node) -> str:
    """A scalar as it was written, anything else as compact JSON."""
    return node.text if isinstance(node, ScalarNode) else compact(node)


@dataclass(frozen=True, slots=True)
class NamedNode:
    """An entry of a field that may be a list or a map; `name` is its key or id."""

    name: str
    node: Node
    place: Place


def members(node: Node | None, key: str = "id") -> Iterator[NamedNode]:
    """The entries of an `idMap`: a list of mappings with `key`, or a mapping of names to them."""
    if isinstance(node, MappingNode):
        for name, value in node.entries.items():
            yield NamedNode(name, value, place_of(node.keys[name]))
    elif isinstance(node, SequenceNode):
        for item in node.items:
            if isinstance(item, MappingNode):
                yield NamedNode(item.string(key), item, place_of(item))


def process_name(process: MappingNode, fallback: str = "") -> str:
    """A process's own name: its id, else the name of its step, else its file's stem."""
    return short(process.string("id")) or fallback or stem(process.path)


def doc_text(process: MappingNode, *names: str) -> str:
    """The first of the named strings that a process has; a list of lines is joined."""
    for name in names:
        node = process.get(name)
        if isinstance(node, ScalarNode) and isinstance(node.value, str) and node.value.strip():
            return node.value.strip()
        if isinstance(node, SequenceNode):
            lines = [item.text for item in node.items if isinstance(item, ScalarNode)]
            if lines:
                return "\n".join(lines).strip()
    return ""


def type_text(node: Node | None, depth: int = 0) -> str:
    """A type as one line in the type language of CWL itself: `File[]`, `string?`, `int | string`, `enum`, `record`."""
    if depth > _MAX_TYPE_DEPTH:
        return "..."
    if isinstance(node, ScalarNode):
        return short(node.text) if "#" in node.text else node.text
    if isinstance(node, SequenceNode):
        choices = [type_text(item, depth + 1) for item in node.items]
        others = [choice for choice in choices if choice != "null"]
        text = " | ".join(others) or "null"
        if len(others) < len(choices) and others:
            return f"{text}?" if len(others) == 1 else f"({text})?"
        return text
    if not isinstance(node, MappingNode):
        return ""
    inner = node.get("type")
    if isinstance(inner, ScalarNode) and inner.text == "array":
        items = type_text(node.get("items"), depth + 1)
        return f"({items})[]" if " | " in items or items.endswith("?") else f"{items}[]"
    return type_text(inner, depth + 1)


def nullable(node: Node | None) -> bool:
    """Whether a type allows null."""
    if isinstance(node, ScalarNode):
        return node.text == "null" or node.text.endswith("?")
    if isinstance(node, SequenceNode):
        return any(nullable(item) for item in node.items)
    return isinstance(node, MappingNode) and isinstance(inner := node.get("type"), SequenceNode) and nullable(inner)


def _has_default(parameter: MappingNode) -> Node | None:
    default = parameter.get("default")
    return None if isinstance(default, ScalarNode) and default.value is None else default


def inputs_of(process: MappingNode) -> tuple[Input, ...]:
    """The declared inputs, in the order of the document.

    An input is optional if cwltool lets a user omit it: its type allows null, or it has a default.
    """
    inputs = []
    schemas = (entry for entry in requirements_of(process, "requirements") if entry.kind == _TYPES)
    named = named_types(next((schema.node.get("types") for schema in schemas), None))
    for member in members(process.get("inputs")):
        node = member.node
        parameter = node if isinstance(node, MappingNode) else None
        kind = parameter.get("type") if parameter else node
        default = _has_default(parameter) if parameter else None
        inputs.append(
            Input(
                name=short(member.name),
                type=type_text(kind),
                optional=nullable(kind) or default is not None,
                default=compact(default) if default is not None else None,
                description=doc_text(parameter, "doc", "label") if parameter else "",
                place=member.place,
                service_description=doc_text(parameter, "label") if parameter else "",
                value_type=value_type(kind, named),
            )
        )
    return tuple(inputs)


def outputs_of(process: MappingNode) -> tuple[Output, ...]:
    """The declared outputs, in the order of the document."""
    return tuple(
        Output(
            short(member.name),
            type_text(member.node.get("type") if isinstance(member.node, MappingNode) else member.node),
            member.place,
        )
        for member in members(process.get("outputs"))
    )


@dataclass(frozen=True, slots=True)
class Requirement:
    """A requirement or hint: its class without prefix or namespace, its fields, and its class as written."""

    kind: str
    node: MappingNode
    place: Place
    name: str


def requirements_of(process: MappingNode, field: str) -> tuple[Requirement, ...]:
    """The entries of `requirements` or `hints`."""
    requirements = []
    for member in members(process.get(field), "class"):
        node = member.node
        if not isinstance(node, MappingNode):
            node = MappingNode(member.place.path, member.place.line, member.place.column, {}, {})
        kind = re.split(r"[#:/]", member.name)[-1]
        requirements.append(Requirement(kind, node, member.place, member.name))
    return tuple(requirements)


@dataclass(frozen=True, slots=True)
class RequirementScope:
    """The requirements and hints that apply to a process, outermost first (CWL, requirements and hints).

    A requirement wins over every hint; among equals the innermost wins.
    """

    requirements: tuple[Requirement, ...] = ()
    hints: tuple[Requirement, ...] = ()

    def inside(self, process: MappingNode) -> RequirementScope:
        """The scope within a process or step."""
        return RequirementScope(
            self.requirements + requirements_of(process, "requirements"),
            self.hints + requirements_of(process, "hints"),
        )

    def find(self, kind: str) -> Requirement | None:
        """The requirement or hint of a class that counts, or None."""
        for group in (self.requirements, self.hints):
            for requirement in reversed(group):
                if requirement.kind == kind:
                    return requirement
        return None

    def effective(self) -> tuple[Requirement, ...]:
        """The requirement or hint of each class that counts, by class."""
        kinds = sorted({requirement.kind for requirement in self.requirements + self.hints})
        return tuple(requirement for kind in kinds if (requirement := self.find(kind)))
