"""The texts of a picture: names, what a task requests, marks of what may be left out or runs many times, and findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from packager.findings.diagnostic import Severity
from packager.graph import Box, BoxKind, Link, Picture, tasks_of
from packager.model.calls import Call, CallGraph
from packager.model.facts import Attribute, Task
from packager.text import count, safe

_MOST_NAMES = 8


@dataclass(frozen=True, slots=True)
class BoxNote:
    """What is known about a call: the task's request in a few words, its worst finding, how many it has, and the id of its row.

    `change`: `added`, `removed` or `changed` in a picture of a difference; of a box for multiple calls, `changed` if they
    are not alike.
    """

    detail: str = ""
    severity: Severity | None = None
    findings: int = 0
    row: str = ""
    change: str = ""


Notes = Mapping[str, BoxNote]  # by the ids of calls
Flows = Mapping[tuple[str, str], str]  # what happened to links, by the ids of their boxes
_NOTHING = BoxNote()


def notes_of(graph: CallGraph, tasks: Sequence[Task]) -> dict[str, BoxNote]:
    """What each task requests, by the ids of its calls."""
    return {call: BoxNote(detail=requested(task)) for call, task in tasks_of(graph, tasks).items()}


def requested(task: Task) -> str:
    """What a task requests in a few words: `8 vCPU, 32 GiB, 1 GPU`; empty if it sets nothing."""
    resources = task.resources
    amounts = ((resources.cpu, "vCPU"), (resources.memory, "GiB"), (resources.accelerator_count, "GPU"))
    return ", ".join(_amount(attribute, unit) for attribute, unit in amounts if attribute is not None)


def _amount(attribute: Attribute, unit: str) -> str:
    return f"? {unit}" if attribute.number is None else f"{round(attribute.number, 2):g} {unit}"


def noted(box: Box, notes: Notes) -> BoxNote:
    """What is known about a box: of the call, or of all calls that are folded into it."""
    members = [notes.get(member, _NOTHING) for member in box.members]
    severities = [note.severity for note in members if note.severity is not None]
    own = notes.get(box.id, _NOTHING)
    worst = min(severities, key=lambda severity: severity.rank, default=None)
    change = common_change([note.change for note in members])
    return BoxNote(own.detail, worst, sum(note.findings for note in members), own.row, change)


def common_change(changes: Sequence[str]) -> str:
    """What happened to all of them together: the same as to each, else `changed`; empty if nothing did."""
    different = set(changes)
    return different.pop() if len(different) == 1 else "changed" if different else ""


def title(box: Box) -> str:
    """The name of a box."""
    if box.call is not None:
        return safe(box.call.name)
    return {BoxKind.INPUTS: "inputs", BoxKind.OUTPUTS: "outputs"}.get(box.kind, f"{box.folded} more calls")


def detail(box: Box, notes: Notes) -> str:
    """The second line of a box: what the task requests, or how many calls are folded; of a group, its definition if the name differs."""
    if box.call is None:
        return ""
    if box.kind is BoxKind.FOLDED:
        calls = count(box.folded, "call") if box.folded else "no calls known"
        return ", ".join(word for word in (noted(box, notes).change, calls) if word)
    if box.kind is BoxKind.GROUP:
        return notes.get(box.id, _NOTHING).change or (safe(box.call.callee) if box.call.callee != box.call.name else "")
    return notes.get(box.id, _NOTHING).detail or (safe(box.call.callee) if box.call.callee != box.call.name else "")


def marks(call: Call | None) -> list[str]:
    """What is special about a call."""
    if call is None:
        return []
    return [
        *(["may run many times"] if call.scattered else []),
        *(["a condition decides whether it runs"] if call.conditional else []),
    ]


def findings_words(note: BoxNote) -> str:
    """How many findings a box has, and how bad they are; empty without findings."""
    if note.severity is None:
        return ""
    return f"{count(note.findings, 'finding')}, worst: {note.severity.value}"


def description(box: Box, notes: Notes) -> str:
    """All about a box in one line, for a tooltip."""
    note = noted(box, notes)
    call = box.call
    definition = f"calls {call.callee}" if call and call.callee != call.name else ""
    words = [call.id if call else title(box), definition, detail(box, notes) if not definition else note.detail]
    return "; ".join(safe(word) for word in (*words, *marks(call), findings_words(note)) if word)


def link_description(links: Sequence[Link]) -> str:
    """What flows along a line, for a tooltip."""
    shown = [f"{link.source} → {link.target}{_values(link)}" for link in links[:_MOST_NAMES]]
    more = [f"and {len(links) - _MOST_NAMES} more"] if len(links) > _MOST_NAMES else []
    return "; ".join(safe(word) for word in (*shown, *more))


def _values(link: Link) -> str:
    if not link.labels:
        return "" if link.known else " (not certain)"
    shown = ", ".join(link.labels[:_MOST_NAMES])
    more = f" and {len(link.labels) - _MOST_NAMES} more" if len(link.labels) > _MOST_NAMES else ""
    return f": {shown}{more}" + ("" if link.known else " (not certain)")


def legend(picture: Picture, graph: CallGraph, *, left_out: int = 0, doubles: bool = True) -> list[str]:
    """What a reader has to know about a picture, in sentences; `left_out` lines are not drawn, and `doubles`: it has double boxes."""
    boxes = list(picture.all_boxes())
    calls = [box.call for box in boxes if box.call is not None]
    out = []
    if doubles and any(call.scattered for call in calls):
        out.append("A double box may run many times.")
    if any(call.conditional for call in calls):
        out.append("A dashed box runs only if a condition holds.")
    if any(not link.known for link in picture.links):
        out.append("A dashed line is a value that flows through code that is not followed.")
    if left_out:
        lines = count(left_out, "line is", "lines are")
        out.append(f"{lines} left out where other lines lead from the same start to the same end.")
    if picture.folded:
        out.append(f"{count(picture.folded, 'call is', 'calls are')} folded.")
    if graph.unfollowed:
        unknown = count(graph.unfollowed, "input of a call has", "inputs of calls have")
        out.append(f"{unknown} an unknown source and no line.")
    return out
