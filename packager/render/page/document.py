"""The page as a whole: its head, an index of multiple workflows, and as much of each workflow as fits."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

from packager._version import __version__
from packager.render.markup import Markup, element, joined
from packager.render.page.model import ROOMS, ReportedWorkflow, Room
from packager.render.page.parts import table
from packager.render.page.sections import index_row, sections, verdict
from packager.render.page.style import STYLE
from packager.text import count

MOST_BYTES = 1_500_000
_INDEX = ("Workflow", "Engine", "Verdict", "Errors", "Warnings", "Notes", "Tasks")


def report_page(workflows: Sequence[ReportedWorkflow]) -> str:
    """The page about workflows. Where it would be too large to send around, pictures are folded more and lists are cut, with a note."""
    page = ""
    for room in ROOMS:
        page = _document(workflows, room)
        if len(page.encode()) <= MOST_BYTES:
            break
    return page


def _document(workflows: Sequence[ReportedWorkflow], room: Room) -> str:
    title = workflows[0].name if len(workflows) == 1 else count(len(workflows), "workflow")
    skip = element("a", {"href": "#main", "class": "skip"}, "Skip to the content")
    top = element("header", None, element("h1", None, f"{title} on AWS HealthOmics"))
    main = element("main", {"id": "main"}, _content(workflows, room))
    foot = element(
        "footer",
        None,
        f"Made by packager {__version__}. Explain a finding with ",
        element("code", None, "packager rules CODE"),
        ".",
    )
    page = element("html", {"lang": "en"}, _head(title), element("body", None, skip, top, main, foot))
    return f"<!doctype html>\n{page}\n"


def _head(title: str) -> Markup:
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return element(
        "head",
        None,
        element("meta", {"charset": "utf-8"}),
        element("meta", {"http-equiv": "Content-Security-Policy", "content": Markup(policy)}),
        element("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        element("meta", {"name": "referrer", "content": "no-referrer"}),
        element("title", None, f"{title} - packager report"),
        element("style", None, Markup(STYLE)),
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
