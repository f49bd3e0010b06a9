"""The picture of what differs between two states of a workflow: the calls of both in one graph, with what happened to them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from packager.diff import Comparison
from packager.graph import MOST_BOXES, Box, BoxKind, Picture, picture_of
from packager.model.calls import CallGraph
from packager.render.diff_lines import change_summary
from packager.render.picture.labels import BoxNote, Flows, Notes, common_change, noted
from packager.render.picture.mermaid import flowchart
from packager.render.picture.svg import WIDE, Drawing, drawing_of

_ALL = 1_000_000
_SMALLER = (1, 0.75, 0.55, 0.4)
# What fits into a comment with the rest; Mermaid itself draws 500 links.
_MERMAID_BOXES, _MERMAID_LINKS, _MERMAID_BYTES = (40, 20, 10, 5), 200, 16_000


@dataclass(frozen=True, slots=True)
class ChangedPicture:
    """A picture with what happened to its boxes and links; `left_out` counts the calls without a change that it lacks."""

    picture: Picture
    notes: Notes
    flows: Flows
    left_out: int = 0


def has_picture(comparison: Comparison) -> bool:
    """Whether calls differ, or what flows between them."""
    difference = comparison.difference
    return bool(difference.calls) or any(change.edge.source and change.edge.target for change in difference.edges)


def changed_drawing(comparison: Comparison, rows: Mapping[str, str], most: int = MOST_BOXES) -> tuple[Drawing, int]:
    """The drawing of a difference, and how many calls it lacks; `rows` are the ids to which boxes link, by the ids of calls."""
    best: tuple[Drawing, int] | None = None
    for part in _SMALLER:
        changed = changed_picture(comparison, round(most * part), rows)
        drawing = drawing_of(changed.picture, changed.notes, changed.flows)
        if best is None or drawing.layout.width < best[0].layout.width:
            best = drawing, changed.left_out
        if drawing.layout.width <= WIDE:
            break
    assert best is not None
    return best


def changed_mermaid(comparison: Comparison) -> tuple[str, int]:
    """The difference as a Mermaid flowchart that fits into a comment, and how many calls it lacks; empty if none fits."""
    for most in _MERMAID_BOXES:
        changed = changed_picture(comparison, most, {})
        text = flowchart(changed.picture, changed.notes, changed.flows)
        if len(changed.picture.links) <= _MERMAID_LINKS and len(text.encode()) <= _MERMAID_BYTES:
            return text, changed.left_out
    return "", 0


def changed_picture(comparison: Comparison, most: int, rows: Mapping[str, str]) -> ChangedPicture:
    """The picture of a difference with about `most` boxes: sub-workflows without a change are folded.

    Of a larger one, only what changes and its neighbours are drawn.
    """
    graph, notes = comparison.graph, _notes(comparison, rows)
    opened = set(_around(_touched(comparison)))
    whole = picture_of(graph, most=_ALL, opened=opened)
    flows = _flows(whole, graph, comparison)
    if _size(whole) <= most:
        return ChangedPicture(whole, notes, flows)
    changed = {box.id for box in whole.all_boxes() if noted(box, notes).change}
    changed |= {end for ends in flows for end in ends}
    near = {end for link in whole.links if {link.source, link.target} & changed for end in (link.source, link.target)}
    for kept in (changed | near, changed):
        part = _part(whole, kept)
        if _size(part) <= most:
            return ChangedPicture(part, notes, flows, _members(whole) - _members(part))
    smaller = picture_of(graph, most=most, opened=opened)
    return ChangedPicture(smaller, notes, _flows(smaller, graph, comparison))


def _notes(comparison: Comparison, rows: Mapping[str, str]) -> dict[str, BoxNote]:
    return {
        change.call.id: BoxNote(
            detail=change_summary(change), change=change.kind.value, row=rows.get(change.call.id, "")
        )
        for change in comparison.difference.calls
    }


def _touched(comparison: Comparison) -> Iterator[str]:
    """The ids of all calls that differ, or get or give other values."""
    for call in comparison.difference.calls:
        yield call.call.id
    for change in comparison.difference.edges:
        yield from (end for end in (change.edge.source, change.edge.target) if end)


def _around(calls: Collection[str] | Iterator[str]) -> Iterator[str]:
    for call in calls:
        parts = call.split("/")
        yield from ("/".join(parts[:number]) for number in range(1, len(parts)))


def _flows(picture: Picture, graph: CallGraph, comparison: Comparison) -> dict[tuple[str, str], str]:
    """What happened to each link that differs."""
    boxes: dict[str, str] = {}
    for box in picture.all_boxes():
        boxes.update(dict.fromkeys((box.id,) if box.kind is BoxKind.GROUP else box.members, box.id))
    changes = {change.edge: change.kind.value for change in comparison.difference.edges}
    flows: dict[tuple[str, str], list[str]] = {}
    for edge in graph.edges:
        ends = boxes.get(edge.source, ""), boxes.get(edge.target, "")
        if all(ends) and ends[0] != ends[1]:
            flows.setdefault(ends, []).append(changes.get(edge, ""))
    return {ends: common_change(kinds) for ends, kinds in flows.items() if any(kinds)}


def _size(picture: Picture) -> int:
    return sum(box.kind is not BoxKind.GROUP for box in picture.all_boxes())


def _members(picture: Picture) -> int:
    return sum(len(box.members) for box in picture.all_boxes())


def _part(picture: Picture, kept: Collection[str]) -> Picture:
    """The boxes with these ids, the groups around them, and the links between them."""
    boxes = tuple(_kept(picture.boxes, kept))
    left = {box.id for box in Picture(boxes).all_boxes()}
    links = tuple(link for link in picture.links if link.source in left and link.target in left)
    folded = sum(box.folded for box in Picture(boxes).all_boxes())
    return Picture(boxes, links, folded)


def _kept(boxes: Sequence[Box], kept: Collection[str]) -> Iterator[Box]:
    for box in boxes:
        inner = tuple(_kept(box.inner, kept))
        if inner or box.id in kept:
            yield replace(box, inner=inner)
