"""The edges of a WDL workflow by miniwdl's own resolution of names: what the calls in our graph are compared with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import WDL
from WDL import Expr, Tree

Source = tuple[str, str]  # the id of a call with the name of its output, or "" with the name of an input


@dataclass(frozen=True)
class Level:
    """A workflow in the place of a call of it."""

    workflow: Tree.Workflow
    prefix: str = ""
    call: Tree.Call | None = None
    outer: Level | None = None

    def id_of(self, call: Tree.Call) -> str:
        return f"{self.prefix}/{call.name}" if self.prefix else str(call.name)


Node = tuple[
    str, int, bool, bool
]  # the name of the callee, the line, and whether a scatter and a condition surround the call


def flow(path: Path) -> tuple[dict[str, Node], set[tuple[str, str, str]]]:
    """The ids of all calls with what they are, and all edges to tasks and outputs as source, label, target."""
    document = WDL.load(str(path), check_quant=False)
    assert document.workflow is not None
    calls: dict[str, Node] = {}
    edges: set[tuple[str, str, str]] = set()
    waiting = [Level(document.workflow)]
    for level in waiting:
        for call, around in _calls(level.workflow.body, ()):
            target = level.id_of(call)
            assert call.callee is not None
            kinds = {type(section) for section in around}
            calls[target] = (
                str(call.callee.name),
                call.pos.line,
                Tree.Scatter in kinds,
                Tree.Conditional in kinds,
            )
            sources = [source for section in around for source in _of_expr(level, section.expr)]
            for name in call.after:
                after = next(other for other, _ in _calls(level.workflow.body, ()) if other.name == name)
                sources += _of_call(level, after, "")
            if isinstance(call.callee, Tree.Workflow):
                waiting.append(Level(call.callee, target, call, level))
            else:
                sources += [source for expr in call.inputs.values() for source in _of_expr(level, expr)]
            edges |= {(*source, target) for source in sources if source[0] != target}
    for output in document.workflow.outputs or ():
        edges |= {(*source, "") for source in _of_expr(waiting[0], output.expr) if source[0]}
    return calls, edges


def _calls(
    nodes: list[Tree.WorkflowNode], around: tuple[Tree.WorkflowSection, ...]
) -> Iterator[tuple[Tree.Call, tuple[Any, ...]]]:
    for node in nodes:
        if isinstance(node, Tree.WorkflowSection):
            yield from _calls(node.body, (*around, node))
        elif isinstance(node, Tree.Call):
            yield node, around


def _around(workflow: Tree.Workflow, wanted: Tree.WorkflowNode) -> list[Any]:
    """The sections around a node."""
    stack: list[tuple[Any, list[Any]]] = [(node, []) for node in workflow.body]
    while stack:
        node, around = stack.pop()
        if node is wanted:
            return around
        if isinstance(node, Tree.WorkflowSection):
            stack += [(child, [*around, node]) for child in node.body]
    return []


def _of_expr(level: Level, expr: Any) -> list[Source]:
    sources: list[Source] = []
    stack = [expr] if expr is not None else []
    while stack:
        node = stack.pop()
        if isinstance(node, Expr.Ident):
            sources += _of_ident(level, node)
        stack += node.children
    return sources


def _of_ident(level: Level, ident: Expr.Ident) -> list[Source]:
    referee: Any = ident.referee
    while isinstance(referee, Tree.Gather):
        referee = referee.referee
    if isinstance(referee, Tree.Call):
        return _of_call(level, referee, str(ident.name).rpartition(".")[2])
    if isinstance(referee, Tree.Scatter):
        return [
            source
            for section in [referee, *_around(level.workflow, referee)]
            for source in _of_expr(level, section.expr)
        ]
    assert isinstance(referee, Tree.Decl)
    if any(decl is referee for decl in level.workflow.inputs or ()):
        if level.outer is None or level.call is None:
            return [("", str(referee.name))]
        if referee.name in level.call.inputs:
            return _of_expr(level.outer, level.call.inputs[referee.name])
    around = _around(level.workflow, referee)
    return _of_expr(level, referee.expr) + [source for section in around for source in _of_expr(level, section.expr)]


def _of_call(level: Level, call: Tree.Call, output: str) -> list[Source]:
    if not isinstance(call.callee, Tree.Workflow):
        return [(level.id_of(call), output)]
    inner = Level(call.callee, level.id_of(call), call, level)
    outputs = [decl for decl in call.callee.outputs or () if output in ("", decl.name)]
    return [source for decl in outputs for source in _of_expr(inner, decl.expr)]
