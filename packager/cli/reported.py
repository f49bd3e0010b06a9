"""Workflows with their findings as a report shows them."""

from __future__ import annotations

from packager.app.outcome import CheckedWorkflow, unaccepted
from packager.cli.hints import with_paths
from packager.cli.output import lines_of, located
from packager.render.page import ReportedWorkflow
from packager.settings.loading import LoadedWorkflow


def reported(workflow: LoadedWorkflow, checked: CheckedWorkflow, *, pasteable: bool) -> ReportedWorkflow:
    """A workflow with the findings that no baseline accepts; `pasteable`: hints name the workflow as the user did."""
    report = unaccepted(checked)
    if pasteable:
        report = with_paths(report, workflow.source, workflow.loaded)
    shown = located(report, workflow.loaded)
    return ReportedWorkflow(workflow.source.path, workflow.loaded, shown, lines_of(workflow.loaded))
