"""What a picture of a workflow shows: boxes in boxes, and the links between them; large sub-workflows are folded."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from packager.model.calls import Call, CallEdge, CallGraph, CallKind

MOST_BOXES = 80  # what a person can still follow on one page
_DEEPEST = 20  # groups in groups
INPUTS, OUTPUTS, REST = (
    "<inputs>",
    "<outputs>",
    "<more>",
)  # ids of boxes that are not calls: no name of a call has these characters


class BoxKind(StrEnum):
    """What a box stands for: a task, a sub-workflow with its calls, one whose calls are folded, or something that is not a call."""

    TASK = "task"
    GROUP = "group"
    FOLDED = "folded"
    INPUTS = "inputs"
    OUTPUTS = "outputs"
    REST = "rest"


@dataclass(frozen=True, slots=True)
class Box:
    """A box of the picture.

    `call` is None for what is not a call. `inner` are the boxes in a group; `members` are the ids of the calls that the box stands for,
    itself and those that are folded into it.
    """

    id: str
    kind: BoxKind
    call: Call | None = None
    inner: tuple[Box, ...] = ()
    members: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name as written; empty for what is not a call."""
        return self.call.name if self.call else ""

    @property
    def folded(self) -> int:
        """The number of calls that are folded into the box."""
        return len(self.members) - (self.kind is BoxKind.FOLDED) if self.kind in (BoxKind.FOLDED, BoxKind.REST) else 0


@dataclass(frozen=True, slots=True, order=True)
class Link:
    """All values that flow from one box to another one; `known` is False if none of them is known for sure."""

    source: str
    target: str
    labels: tuple[str, ...] = ()
    known: bool = True


@dataclass(frozen=True, slots=True)
class Picture:
    """The boxes of the main workflow, and all links, sorted. `folded` counts the calls that have no box of their own."""

    boxes: tuple[Box, ...] = ()
    links: tuple[Link, ...] = ()
    folded: int = 0

    def all_boxes(self) -> Iterator[Box]:
        """All boxes, a group before the boxes in it."""
        waiting = list(reversed(self.boxes))
        while waiting:
            box = waiting.pop()
            yield box
            waiting += reversed(box.inner)


def picture_of(
    graph: CallGraph, *, most: int = MOST_BOXES, ends: bool = False, opened: Collection[str] | None = None
) -> Picture:
    """The picture of a workflow's calls with about `most` boxes; `ends` adds the inputs and outputs of the workflow.

    `opened` are the ids of the sub-workflows that may be drawn with their calls; None: all.
    """
    children = _children(graph)
    opened = _opened(children, most, opened)
    boxes = _boxes(children, opened, "", most)
    visible = {member: box.id for box in _leaves(boxes) for member in box.members}
    visible |= {call: call for call in opened}
    if ends:
        visible[""] = ""
    links = _links(graph.edges, visible)
    if ends:
        sources, targets = {link.source for link in links}, {link.target for link in links}
        boxes = (
            *((Box(INPUTS, BoxKind.INPUTS),) if INPUTS in sources else ()),
            *boxes,
            *((Box(OUTPUTS, BoxKind.OUTPUTS),) if OUTPUTS in targets else ()),
        )
    return Picture(boxes, links, sum(box.folded for box in _leaves(boxes)))


def _children(graph: CallGraph) -> dict[str, list[Call]]:
    """The calls in each sub-workflow, by its id; those of the main workflow by the empty id."""
    known = {call.id for call in graph.calls}
    children: dict[str, list[Call]] = {}
    for call in graph.calls:
        children.setdefault(call.parent if call.parent in known else "", []).append(call)
    return children


def _opened(children: Mapping[str, Sequence[Call]], most: int, allowed: Collection[str] | None) -> set[str]:
    """The ids of the sub-workflows that are drawn with their calls: the outer ones first, then the small ones."""
    opened: set[str] = set()
    shown = len(children.get("", ()))
    waiting: list[tuple[int, int, str]] = []

    def add(parent: str, depth: int) -> None:
        for call in children.get(parent, ()):
            if (
                call.id in children
                and call.id not in opened
                and depth < _DEEPEST
                and (allowed is None or call.id in allowed)
            ):
                heapq.heappush(waiting, (depth, len(children[call.id]), call.id))

    add("", 0)
    while waiting:
        depth, size, call = heapq.heappop(waiting)
        if shown + size - 1 <= most and call not in opened:
            opened.add(call)
            shown += size - 1
            add(call, depth + 1)
    return opened


def _boxes(children: Mapping[str, Sequence[Call]], opened: set[str], parent: str, most: int) -> tuple[Box, ...]:
    boxes: list[Box] = []
    calls = children.get(parent, ())
    shown = calls if len(calls) <= most else calls[: most - 1]
    for call in shown:
        if call.id in opened:
            inner = _boxes(children, opened, call.id, most)
            boxes.append(Box(call.id, BoxKind.GROUP, call, inner, (call.id,)))
        else:
            kind = BoxKind.FOLDED if call.kind is CallKind.WORKFLOW else BoxKind.TASK
            boxes.append(Box(call.id, kind, call, (), tuple(_below(children, call.id))))
    rest = [member for call in calls[len(shown) :] for member in _below(children, call.id)]
    if rest:
        boxes.append(Box(f"{parent}/{REST}", BoxKind.REST, None, (), tuple(rest)))
    return tuple(boxes)


def _below(children: Mapping[str, Sequence[Call]], call: str) -> Iterator[str]:
    """The id of a call, and those of all calls in it."""
    waiting, seen = [call], {call}
    while waiting:
        identity = waiting.pop()
        yield identity
        inner = [each.id for each in children.get(identity, ()) if each.id not in seen]
        seen.update(inner)
        waiting += reversed(inner)


def _leaves(boxes: Sequence[Box]) -> Iterator[Box]:
    for box in Picture(tuple(boxes)).all_boxes():
        if box.kind is not BoxKind.GROUP:
            yield box


def _links(edges: Sequence[CallEdge], visible: Mapping[str, str]) -> tuple[Link, ...]:
    """The links between visible boxes, the edges of each together."""
    labels: dict[tuple[str, str], set[str]] = {}
    known: set[tuple[str, str]] = set()
    for edge in edges:
        if edge.source not in visible or edge.target not in visible:
            continue
        pair = visible[edge.source] or INPUTS, visible[edge.target] or OUTPUTS
        if pair[0] == pair[1] or pair == (INPUTS, OUTPUTS):
            continue
        labels.setdefault(pair, set()).update([edge.label] if edge.label else [])
        if edge.known:
            known.add(pair)
    return tuple(Link(*pair, tuple(sorted(labels[pair])), pair in known) for pair in sorted(labels))
