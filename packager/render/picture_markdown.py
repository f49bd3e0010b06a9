"""Pictures in Markdown: Mermaid, which GitHub and GitLab draw, in a part that a reader can fold."""

from __future__ import annotations

import html
from collections.abc import Sequence

from packager.findings.redaction import redacted
from packager.graph import MOST_BOXES
from packager.render.page import ReportedWorkflow
from packager.render.page.model import by_task, picture_notes
from packager.render.picture import legend, mermaid_text
from packager.text import count, safe

# Our own limits: each picture costs time in the browser, and the rest of the document needs room.
_MOST_PICTURES = 10
_MOST_BYTES = 20_000
_BOXES = (MOST_BOXES, 40, 20, 10, 5)
_LONGEST_NAME = 200


def picture_block(title: str, mermaid: str, note: str, *, opened: bool) -> list[str]:
    """A picture with its title and a note below; all text in Mermaid is escaped for it, and so cannot close the block."""
    begin = "<details open>" if opened else "<details>"
    summary = f"<summary>{html.escape(title)}</summary>"
    return [
        begin,
        summary,
        "",
        "```mermaid",
        mermaid.rstrip(),
        "```",
        "",
        *([note, ""] if note else []),
        "</details>",
        "",
    ]


def pictures(workflows: Sequence[ReportedWorkflow]) -> list[str]:
    """The pictures of workflows, folded; the tasks have the colour of their worst finding."""
    with_calls = [workflow for workflow in workflows if workflow.loaded.workflow.graph.calls]
    out = [line for workflow in with_calls[:_MOST_PICTURES] for line in _picture(workflow)]
    left = len(with_calls) - _MOST_PICTURES
    return [*out, f"{count(left, 'more picture')} in the report: `packager report`", ""] if left > 0 else out


def _picture(workflow: ReportedWorkflow) -> list[str]:
    facts = workflow.loaded.workflow
    notes = picture_notes(facts.graph, facts.tasks, by_task(workflow), {})
    for most in _BOXES:
        text, picture = mermaid_text(facts.graph, notes, most=most)
        if len(text.encode()) <= _MOST_BYTES:
            title = (
                f"Picture of {redacted(safe(workflow.path))[:_LONGEST_NAME]} ({count(len(facts.graph.calls), 'call')})"
            )
            return picture_block(title, text, " ".join(legend(picture, facts.graph, doubles=False)), opened=False)
    return []
