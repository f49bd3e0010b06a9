"""What a report is about: workflows with their findings, and how much of them a page has room for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from packager.app.loaded import Loaded
from packager.findings.diagnostic import Diagnostic, Severity
from packager.findings.report import Report
from packager.graph import tasks_of
from packager.model.calls import CallGraph
from packager.model.facts import Task
from packager.render.code_frame import Lines
from packager.render.picture import BoxNote, notes_of


@dataclass(frozen=True, slots=True)
class ReportedWorkflow:
    """A workflow with its findings, whose paths are relative to the current folder.

    `path` is the workflow as the user named it; `lines` returns the lines of a file for code frames.
    """

    path: str
    loaded: Loaded
    report: Report
    lines: Lines

    @property
    def name(self) -> str:
        """The name of the workflow, or its main file."""
        return self.loaded.workflow.name or self.loaded.detection.main


@dataclass(frozen=True, slots=True)
class Room:
    """How much a page shows of each workflow: boxes of its picture, rows of a table, findings of one code, and code frames of them."""

    boxes: int
    rows: int
    findings: int
    frames: int


# From the preferred room to the smallest.
ROOMS = (
    Room(80, 2000, 100, 20),
    Room(60, 500, 40, 8),
    Room(40, 150, 15, 4),
    Room(20, 60, 6, 2),
    Room(10, 20, 3, 1),
    Room(5, 5, 1, 0),
)


def findings_of(task: Task, workflow: ReportedWorkflow, *, alone: bool) -> list[Diagnostic]:
    """The findings about a task: those that name it, and those at its places; `alone`: its file defines no other task or workflow."""
    on_disk = workflow.loaded.on_disk
    home = on_disk(task.place.path)
    resources = task.resources
    parts = (resources.cpu, resources.memory, resources.accelerator_type, resources.accelerator_count, resources.disk)
    places = {(on_disk(part.place.path), part.place.line) for part in (task.image, *task.attributes, *parts) if part}

    def is_about(finding: Diagnostic) -> bool:
        if (finding.path, finding.line) in places:
            return True
        if finding.path != home or not finding.line:
            return False
        if finding.subject.split(".")[0] == task.name:
            return True
        if task.place.end_line > task.place.line:
            return task.place.line <= finding.line <= task.place.end_line
        return alone and finding.line >= task.place.line

    return [finding for finding in workflow.report.diagnostics if is_about(finding)]


def by_task(workflow: ReportedWorkflow) -> dict[int, list[Diagnostic]]:
    """The findings about each task, by its number among the tasks."""
    tasks = workflow.loaded.workflow.tasks
    defined: dict[str, int] = {}
    for task in tasks:
        defined[task.place.path] = defined.get(task.place.path, 0) + 1
    callers = {call.place.path for call in workflow.loaded.workflow.graph.calls}
    return {
        number: findings_of(task, workflow, alone=defined[task.place.path] == 1 and task.place.path not in callers)
        for number, task in enumerate(tasks)
    }


def picture_notes(
    graph: CallGraph, tasks: Sequence[Task], findings: Mapping[int, Sequence[Diagnostic]], rows: Mapping[int, str]
) -> dict[str, BoxNote]:
    """What the picture shows of each call: its request, its findings, and a link to the row of its task."""
    numbers = {id(task): number for number, task in enumerate(tasks)}
    requests = notes_of(graph, tasks)
    notes = {}
    for call, task in tasks_of(graph, tasks).items():
        number = numbers[id(task)]
        found = [finding for finding in findings[number] if finding.severity is not Severity.INFO]
        worst = min((finding.severity for finding in found), key=lambda severity: severity.rank, default=None)
        notes[call] = replace(requests[call], severity=worst, findings=len(found), row=rows.get(number, ""))
    return notes
