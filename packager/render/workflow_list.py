"""The workflows of a repository, as text and JSON: `packager list`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from packager.project.discovery import DiscoveredWorkflow, WorkflowKind
from packager.render.report import SCHEMA_VERSION, tool
from packager.render.terminal import Style, table
from packager.text import count

_MANY = {WorkflowKind.LIBRARY: "libraries"}


def list_json(workflows: Sequence[DiscoveredWorkflow]) -> dict[str, object]:
    """The output of `list --format json`; the main files are relative to the current folder."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "tool": tool(),
        "workflows": [
            {
                "name": workflow.name,
                "kind": workflow.kind.value,
                "engine": workflow.engine.value,
                "main": workflow.main_path,
            }
            for workflow in workflows
        ],
    }


def list_text(workflows: Sequence[DiscoveredWorkflow], style: Style) -> str:
    """The text output of `list`: one workflow per line, then the number of each kind, and the next command."""
    rows = [("NAME", "KIND", "ENGINE", "MAIN")]
    rows += [(workflow.name, workflow.kind.value, workflow.engine.value, workflow.main_path) for workflow in workflows]
    kinds = Counter(workflow.kind for workflow in workflows)
    numbers = [
        count(kinds[kind], kind.value) if kind not in _MANY or kinds[kind] == 1 else f"{kinds[kind]:,} {_MANY[kind]}"
        for kind in WorkflowKind
        if kinds[kind]
    ]
    head, *lines = table(rows, indent="")
    return "\n".join([style.paint(head, "bold"), *lines, style.paint(", ".join(numbers), "bold")]) + "\n"
