"""The data of a report as JSON."""

from __future__ import annotations

from collections.abc import Sequence

from packager.findings.diagnostic import Severity
from packager.render.images import images_json
from packager.render.page.model import ReportedWorkflow
from packager.render.report import SCHEMA_VERSION, tool
from packager.render.workflow import inspect_json

_OF_THE_DOCUMENT = ("schemaVersion", "tool")


def workflows_json(workflows: Sequence[ReportedWorkflow]) -> dict[str, object]:
    """The output of `report --format json`: what `inspect` and `images` show of each workflow, with all findings."""
    return {"schemaVersion": SCHEMA_VERSION, "tool": tool(), "reports": [_members(workflow) for workflow in workflows]}


def _members(workflow: ReportedWorkflow) -> dict[str, object]:
    facts = inspect_json(workflow.loaded, workflow.report)
    images = images_json([workflow.loaded], workflow.report)
    return {
        **{name: value for name, value in facts.items() if name not in _OF_THE_DOCUMENT},
        "path": workflow.path,
        "name": workflow.loaded.workflow.name,
        "summary": {severity.value: workflow.report.count(severity) for severity in Severity},
        "images": images["images"],
    }
