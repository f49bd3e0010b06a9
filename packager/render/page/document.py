"""The page as a whole: its head, an index of multiple workflows, and as much of each workflow as fits."""

from __future__ import annotations

from collections.abc import Sequence

from packager.render.markup import Markup, element, joined
from packager.render.page.frame import framed
from packager.render.page.model import ROOMS, ReportedWorkflow, Room
from packager.render.page.parts import code, prose, table
from packager.render.page.sections import index_row, sections, verdict
from packager.text import count

MOST_BYTES = 1_500_000
_INDEX = ("Workflow", "Verdict", "Errors", "Warnings", "Notes", "Engine", "Tasks")


def report_page(workflows: Sequence[ReportedWorkflow], unchecked: Sequence[tuple[str, str]] = ()) -> str:
    """The page about workflows; `unchecked` are paths that could not be loaded, with the reasons.

    Where it would be too large to send around, pictures are folded more and lists are cut, with a note.
    """
    page = ""
    for room in ROOMS:
        page = _document(workflows, unchecked, room)
        if len(page.encode()) <= MOST_BYTES:
            break
    return page


def _document(workflows: Sequence[ReportedWorkflow], unchecked: Sequence[tuple[str, str]], room: Room) -> str:
    title = workflows[0].name if len(workflows) == 1 else count(len(workflows), "workflow")
    left_out = [
        element("p", None, element("b", {"class": "fail"}, "Not checked: "), code(path), ": ", prose(reason))
        for path, reason in unchecked[: room.rows]
    ]
    words = "Explain a finding with ", element("code", None, "packager rules CODE"), "."
    return framed(
        f"{title} - packager report",
        f"{title} on AWS HealthOmics",
        joined([*left_out, _content(workflows, room)]),
        *words,
    )


def _content(workflows: Sequence[ReportedWorkflow], room: Room) -> Markup:
    if len(workflows) == 1:
        return joined([verdict(workflows[0]), *sections(workflows[0], "w1", room, level=2)])
    prefixes = [f"w{number}" for number in range(1, len(workflows) + 1)]
    rows = [index_row(workflow, prefix) for workflow, prefix in zip(workflows, prefixes, strict=True)]
    index = table("Workflows", _INDEX, rows, most=len(rows))
    return joined([index, *map(_article, workflows, prefixes, [room] * len(rows))])


def _article(workflow: ReportedWorkflow, prefix: str, room: Room) -> Markup:
    heading = element("h2", {"id": f"{prefix}-name"}, workflow.path)
    content = [heading, verdict(workflow), *sections(workflow, prefix, room, level=3)]
    return element("article", {"id": prefix, "aria-labelledby": f"{prefix}-name"}, content)
