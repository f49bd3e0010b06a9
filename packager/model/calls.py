"""What a workflow calls in which order: the nodes and edges of its picture, the same for every engine."""

from __future__ import annotations

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
    `scattered`: it may run many times; `conditional`: a run may leave it out (both only by what surrounds the call itself).
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
    """A value that flows from one call to another one, between calls of any depth.

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
    """All calls in the order of their ids, and all edges, sorted; `unfollowed` counts inputs of calls whose source is unknown."""

    calls: tuple[Call, ...] = ()
    edges: tuple[CallEdge, ...] = ()
    unfollowed: int = 0
