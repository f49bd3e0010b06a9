"""One walk over a syntax tree that collects what later stages ask for: parameters, texts, includes and calls."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from packager.engines.nextflow.syntax import (
    Binary,
    FunctionCall,
    GString,
    Include,
    Index,
    Literal,
    MapEntry,
    Name,
    Property,
    WorkflowBlock,
)

_MAX_TEXT = 400
_METHODS = frozenset({"listFiles"})


@dataclass(slots=True)
class Harvest:
    """What a tree holds.

    `params` has the offset of the first use of each parameter; `texts` the literals that may be paths and all interpolated
    texts; `includes` all includes, nested ones too; `calls` the names that each workflow (by name, "" for the entry) uses as
    functions or in pipes; `templates` the arguments of `template`; `methods` the place of the first call of each method that
    features ask for; `stores` is the place of the first call that says where it stores (`collectFile(storeDir: ...)`).
    """

    params: dict[str, int] = field(default_factory=dict)
    texts: list[Literal | GString] = field(default_factory=list)
    includes: list[Include] = field(default_factory=list)
    calls: dict[str, dict[str, None]] = field(default_factory=dict)
    templates: list[Literal | GString] = field(default_factory=list)
    methods: dict[str, tuple[int, int]] = field(default_factory=dict)
    stores: tuple[int, int] | None = None


def harvest(nodes: tuple[Any, ...]) -> Harvest:
    """What the trees hold, in the order of the text."""
    found = Harvest()
    for node in nodes:
        calls: dict[str, None] = {}
        if isinstance(node, WorkflowBlock):
            calls = found.calls.setdefault(node.name, calls)
        _walk(node, found, calls)
    return found


_CHILDREN: dict[type, tuple[str, ...]] = {}


def _walk(root: Any, found: Harvest, calls: dict[str, None]) -> None:  # noqa: C901 - one branch for each kind of node; a call for each would cost
    stack = [root]
    children = _CHILDREN
    while stack:
        node = stack.pop()
        kind = type(node)
        if kind is tuple:
            stack.extend(reversed(node))
            continue
        if kind is Property:
            if type(node.target) is Name and node.target.name == "params":
                found.params.setdefault(node.name, node.start)
                continue
        elif kind is Index:
            if type(node.target) is Name and node.target.name == "params" and type(node.items[0]) is Literal:
                found.params.setdefault(str(node.items[0].value), node.start)
        elif kind is Literal:
            if type(node.value) is str and _may_be_path(node.value):
                found.texts.append(node)
            continue
        elif kind is GString:
            found.texts.append(node)
        elif kind is FunctionCall:
            function = node.function
            if type(function) is Property and function.name in _METHODS:
                found.methods.setdefault(function.name, (node.start, node.end))
            if node.named and found.stores is None and any(_is_store(entry) for entry in node.named):
                found.stores = (node.start, node.end)
            if type(function) is Property and type(function.target) is Name and function.target.name == "params":
                stack.append(node.named)
                stack.append(node.arguments)  # `params.containsKey(...)` is about all of them
                continue
            if type(node.function) is Name:
                calls[node.function.name] = None
                if (
                    node.function.name == "template"
                    and node.arguments
                    and type(node.arguments[0]) in (Literal, GString)
                ):
                    found.templates.append(node.arguments[0])
        elif kind is Binary:
            if node.operator == "|" and type(node.right) is Name:
                calls[node.right.name] = None
        elif kind is Include:
            found.includes.append(node)
            continue
        names = children.get(kind)
        if names is None:
            names = children[kind] = _child_fields(kind)
        for name in names:
            child = getattr(node, name)
            if child is not None and child != ():
                stack.append(child)


def _is_store(entry: MapEntry) -> bool:
    key = entry.key
    return (type(key) is Literal and key.value == "storeDir") or (type(key) is Name and key.name == "storeDir")


def _may_be_path(text: str) -> bool:
    return (
        2 < len(text) < _MAX_TEXT and ("/" in text or "." in text) and not any(char in text for char in " \n*{}<>|;$")
    )


def _child_fields(kind: type) -> tuple[str, ...]:
    """The fields of a node that hold nodes, last first, so that a stack gives them in order."""
    if not dataclasses.is_dataclass(kind):
        return ()
    plain = {
        "start",
        "end",
        "name",
        "operator",
        "command",
        "word",
        "label",
        "selector",
        "path",
        "name_start",
        "type",
        "value",
    }
    keep = [one.name for one in dataclasses.fields(kind) if one.name not in plain]
    if kind is not Literal and any(one.name == "value" for one in dataclasses.fields(kind)):
        keep.append("value")
    if kind.__name__ == "DynamicProperty":
        keep.append("name")
    return tuple(reversed(keep))
