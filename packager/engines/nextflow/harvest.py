"""One walk over a syntax tree that collects parameters, strings, includes and calls for later stages."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from packager.engines.nextflow.syntax import (
    Binary,
    Function,
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
_RECURSION = frozenset({"recurse", "scan"})  # methods of a process or workflow that call it


@dataclass(slots=True)
class Harvest:
    """The content of a syntax tree.

    `params` has the offset of the first use of each parameter; `strings` the literals that may be paths and all interpolated strings;
    `includes` all includes, nested ones too; `calls` the names that each workflow or function (by name, "" for the entry workflow) uses
    as functions or in pipes; `templates` the arguments of `template`; `methods` the offsets of the first call of each method that
    features report; `stores` those of the first call with a folder to store files in (`collectFile(storeDir: ...)`).
    """

    params: dict[str, int] = field(default_factory=dict)
    strings: list[Literal | GString] = field(default_factory=list)
    includes: list[Include] = field(default_factory=list)
    calls: dict[str, dict[str, None]] = field(default_factory=dict)
    templates: list[Literal | GString] = field(default_factory=list)
    methods: dict[str, tuple[int, int]] = field(default_factory=dict)
    stores: tuple[int, int] | None = None


def harvest(nodes: tuple[Any, ...]) -> Harvest:
    """The content of syntax trees, in source order."""
    result = Harvest()
    for node in nodes:
        calls: dict[str, None] = {}
        if isinstance(node, WorkflowBlock | Function):
            calls = result.calls.setdefault(node.name, calls)
        _walk(node, result, calls)
    return result


def walk(root: object) -> Iterator[object]:
    """A node and all nodes below it that have parts, in source order."""
    stack = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, tuple):
            stack.extend(reversed(node))
        elif names := _children(type(node)):
            yield node
            stack.extend(getattr(node, name) for name in names)


def children(node: object) -> Iterator[object]:
    """The parts of a node, in source order."""
    for name in reversed(_children(type(node))):
        child = getattr(node, name)
        if isinstance(child, tuple):
            yield from child
        elif child is not None:
            yield child


def _walk(root: Any, result: Harvest, calls: dict[str, None]) -> None:  # noqa: C901 - one branch for each kind of node; a call for each would cost
    stack = [root]
    while stack:
        node = stack.pop()
        kind = type(node)
        if kind is tuple:
            stack.extend(reversed(node))
            continue
        if kind is Property:
            if type(node.target) is Name and node.target.name == "params":
                result.params.setdefault(node.name, node.start)
                continue
        elif kind is Index:
            if type(node.target) is Name and node.target.name == "params" and type(node.items[0]) is Literal:
                result.params.setdefault(str(node.items[0].value), node.start)
        elif kind is Literal:
            if type(node.value) is str and _may_be_path(node.value):
                result.strings.append(node)
            continue
        elif kind is GString:
            result.strings.append(node)
        elif kind is FunctionCall:
            function = node.function
            if type(function) is Property and function.name in _RECURSION and type(function.target) is Name:
                calls[function.target.name] = None
            if type(function) is Property and function.name in _METHODS:
                result.methods.setdefault(function.name, (node.start, node.end))
            if node.named and result.stores is None and any(_is_store(entry) for entry in node.named):
                result.stores = (node.start, node.end)
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
                    result.templates.append(node.arguments[0])
        elif kind is Binary:
            if node.operator in ("|", "&"):  # `a | (B & C)`
                for side in (node.left, node.right):
                    if type(side) is Name:
                        calls[side.name] = None
        elif kind is Include:
            result.includes.append(node)
            stack += [node.params, node.param_maps]
            continue
        for name in _children(kind):
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


_CHILDREN: dict[type, tuple[str, ...]] = {}


def _children(kind: type) -> tuple[str, ...]:
    """`_child_fields`, computed once for each kind."""
    names = _CHILDREN.get(kind)
    if names is None:
        names = _CHILDREN[kind] = _child_fields(kind)
    return names


def _child_fields(kind: type) -> tuple[str, ...]:
    """The fields of a node that hold nodes, in reverse, so that a stack returns them in order."""
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
    keep = [item.name for item in dataclasses.fields(kind) if item.name not in plain]
    if kind is not Literal and any(item.name == "value" for item in dataclasses.fields(kind)):
        keep.append("value")
    if kind.__name__ == "DynamicProperty":
        keep.append("name")
    return tuple(reversed(keep))
