"""The task that each call of a workflow runs."""

from __future__ import annotations

from collections.abc import Sequence

from packager.model.calls import CallGraph, CallKind
from packager.model.facts import Task


def tasks_of(graph: CallGraph, tasks: Sequence[Task]) -> dict[str, Task]:
    """The task of each call, by the call's id, if it is known."""
    by_place = {(task.place.path, task.place.line, task.name): task for task in tasks}
    by_name: dict[str, list[Task]] = {}
    for task in tasks:
        by_name.setdefault(task.name, []).append(task)
    found: dict[str, Task] = {}
    for call in graph.calls:
        where = call.definition.path, call.definition.line
        alike = by_name.get(call.name) or by_name.get(call.callee) or []
        exact = (by_place.get((*where, call.name)), by_place.get((*where, call.callee)))
        candidates = [each for each in exact if each is not None] or (alike if len(alike) == 1 else [])
        if call.kind is CallKind.TASK and candidates:
            found[call.id] = candidates[0]
    return found
