"""What a workflow calls in which order: the nodes and edges of its picture, the same for every engine."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum

from packager.findings.diagnostic import Place


class CallKind(StrEnum):
    """What a call runs: a task, or a workflow with calls of its own."""

    TASK = "task"
    WORKFLOW = "workflow"


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a task or a sub-workflow.

    `id` is unique in the workflow: the aliases from the main workflow inwards, joined by `/` (`align/sort`). `parent` is the id of the
    sub-workflow call that contains it, "" for a call of the main workflow. `name` is the alias, `callee` the name of the definition.
    `place` is where it is called, `definition` where the task or sub-workflow is defined (no path if that could not be read).
    `scattered`: it may run many times; `conditional`: a run may leave it out (both by what surrounds the call itself, and by the `when:`
    of a Nextflow process).
    """

    id: str
    name: str
    callee: str
    kind: CallKind
    place: Place
    definition: Place = field(default_factory=lambda: Place(""))
    parent: str = ""
    scattered: bool = False
    conditional: bool = False


@dataclass(frozen=True, slots=True, order=True)
class CallEdge:
    """A value that flows from one call to another one, or that decides whether or how often that one runs; between calls of any depth.

    `source` and `target` are ids of calls; an empty `source` is an input of the main workflow, an empty `target` one of its outputs.
    `label` names the output of the source (or the workflow's input) that flows; "" if many do. `known` is False where the text shows
    only that something flows (a channel that passes through code that is not followed).
    """

    source: str
    target: str
    label: str = ""
    known: bool = True


@dataclass(frozen=True, slots=True)
class CallGraph:
    """All calls in the order of their ids, and all edges, sorted.

    An edge connects the innermost calls. The id of a sub-workflow is an end of an edge where its own calls are unknown, where none of
    them uses the value, and where a condition around it decides. `unfollowed` counts inputs of calls whose source is unknown. `unread`
    are the ids of the sub-workflows whose own calls are missing: their file cannot be read, they call themselves, or there are too many.
    """

    calls: tuple[Call, ...] = ()
    edges: tuple[CallEdge, ...] = ()
    unfollowed: int = 0
    unread: tuple[str, ...] = ()


def pack(graph: CallGraph) -> str:
    """A graph as one string: kept facts hold it so, because only a few commands need the calls."""
    paths = sorted({place.path for call in graph.calls for place in (call.place, call.definition)})
    numbers = {path: number for number, path in enumerate(paths)}
    indexes = {call.id: index for index, call in enumerate(graph.calls)} | {"": -1}

    def place(of: Place) -> list[int]:
        return [numbers[of.path], of.line, of.column, of.end_line, of.end_column]

    calls = [
        [
            [call.id, call.name, call.callee, call.kind.value, call.parent, call.scattered, call.conditional],
            place(call.place),
            place(call.definition),
        ]
        for call in graph.calls
    ]
    edges = [[indexes[edge.source], indexes[edge.target], edge.label, edge.known] for edge in graph.edges]
    return json.dumps([paths, calls, edges, graph.unfollowed, graph.unread], separators=(",", ":"))


def unpack(text: str) -> CallGraph:
    """The inverse of `pack`; the empty graph for any other string."""
    try:
        paths, rows, links, unfollowed, unread = json.loads(text)
        calls = []
        for (identifier, name, callee, kind, parent, scattered, conditional), place, definition in rows:
            called, defined = (Place(paths[number], *region) for number, *region in (place, definition))
            calls.append(
                Call(identifier, name, callee, CallKind(kind), called, defined, parent, scattered, conditional)
            )
        ids = [*(call.id for call in calls), ""]  # -1 is the last one
        edges = [CallEdge(ids[source], ids[target], label, known) for source, target, label, known in links]
        return CallGraph(tuple(calls), tuple(edges), unfollowed, tuple(unread))
    except (ValueError, TypeError, IndexError, RecursionError):
        return CallGraph()
