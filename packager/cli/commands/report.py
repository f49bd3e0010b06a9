"""`packager report`: one page about workflows to send around."""

from __future__ import annotations

import sys
import webbrowser
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from packager.app.options import LintOptions
from packager.app.outcome import check_workflow, read_baselines
from packager.cli.help import SectionedCommand
from packager.cli.options import (
    account_option,
    baseline_option,
    file_option,
    format_option,
    pattern_options,
    select_options,
    sources_options,
)
from packager.cli.output import note, write
from packager.cli.reported import reported
from packager.cli.workflows import load_all
from packager.detect import NoWorkflowError
from packager.findings.diagnostic import Severity
from packager.render.page import ReportedWorkflow, report_page, workflows_json
from packager.render.report import to_json
from packager.settings.arguments import build
from packager.settings.layers import ConfiguredWorkflow
from packager.text import count


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportArguments:
    """The options of `packager report`."""

    output: str | None
    opens: bool
    form: str


@click.command(
    "report",
    cls=SectionedCommand,
    page="pictures.md",
    examples=(
        ("packager report -o report.html", "one page about all workflows of the repository"),
        (
            "packager report workflows/calling --target prod -o calling.html",
            "one workflow, with the images of a target",
        ),
    ),
)
@sources_options
@account_option
@pattern_options
@select_options
@baseline_option
@file_option("-o", "--output", help="The file to write; stdout if omitted.")
@click.option("--open", "opens", is_flag=True, help="Open the page in the browser, if this is a terminal.")
@format_option("html", "json")
def command(chosen: Sequence[ConfiguredWorkflow], **parameters: object) -> int:
    """Write one HTML page about the workflows at PATH, to send to others or to attach to a pull request.

    The page has the verdict, a picture of the calls, tasks with the smallest instance type that fits, images with where they are pulled
    from, parameters, findings and files. It needs no network and no script. The exit code is 0 also if the workflow has errors: use
    `packager lint` as a gate.
    """
    arguments = build(ReportArguments, parameters)
    to_file = arguments.output not in (None, "-")
    if arguments.opens and not (to_file and arguments.form == "html"):
        raise click.UsageError("--open needs -o FILE and the format html")
    workflows = _all_reported(chosen, pasteable=arguments.form == "html")
    write(to_json(workflows_json(workflows)) if arguments.form == "json" else report_page(workflows), arguments.output)
    if to_file:
        errors = sum(workflow.report.count(Severity.ERROR) for workflow in workflows)
        warnings = sum(workflow.report.count(Severity.WARNING) for workflow in workflows)
        note(
            f"{arguments.output}: {count(len(workflows), 'workflow')}, {count(errors, 'error')}, {count(warnings, 'warning')}"
        )
    if arguments.opens and arguments.output and sys.stdout.isatty():
        webbrowser.open(Path(arguments.output).resolve().as_uri())
    return 0


def _all_reported(chosen: Sequence[ConfiguredWorkflow], *, pasteable: bool) -> list[ReportedWorkflow]:
    """All workflows with their findings; of more than one PATH, those without a workflow are left out with a note.

    Raises:
        PackagerError: a workflow cannot be loaded, or no PATH has one.
    """
    workflows: list[ReportedWorkflow] = []
    empty: list[NoWorkflowError] = []
    for configured in chosen:
        try:
            workflows += _reported(configured, pasteable=pasteable)
        except NoWorkflowError as error:
            note(f"{configured.path}: left out: it has no workflow")
            empty.append(error)
    if not workflows:
        raise empty[0]
    return workflows


def _reported(configured: ConfiguredWorkflow, *, pasteable: bool) -> Iterator[ReportedWorkflow]:
    """The workflows at one PATH with the findings that `lint` reports for them; `pasteable`: hints name the workflow as the user did."""
    options = build(LintOptions, configured.arguments())
    (accepted,) = read_baselines([options])
    for workflow in load_all([configured]):
        checked = check_workflow(workflow.loaded, options, accepted, progress=note)
        yield reported(workflow, checked, pasteable=pasteable)
