"""`packager inspect`: what HealthOmics will see."""

from __future__ import annotations

from collections.abc import Sequence

import click

from packager.app.loaded import Loaded
from packager.cli.given import given_workflows
from packager.cli.help import SectionedCommand
from packager.cli.hints import lint_command, with_paths
from packager.cli.options import account_option, format_option, pattern_options, sources_options
from packager.cli.output import located, show_errors, show_next, style, write
from packager.cli.workflows import load_all
from packager.findings.redaction import redact
from packager.findings.report import Report
from packager.render.next_steps import after_inspect
from packager.render.report import to_json
from packager.render.workflow import inspect_all_json, inspect_json, inspect_text, workflows_text
from packager.settings.layers import ConfiguredWorkflow


@click.command(
    "inspect",
    cls=SectionedCommand,
    page="first-workflow.md",
    examples=(
        ("packager inspect workflows/calling", "engine, main file, parameters and tasks"),
        ("packager inspect workflows/calling --target prod", "the same with the registry map of a target"),
    ),
    own=("outputs",),
)
@sources_options
@account_option
@pattern_options
@click.option("--files", is_flag=True, help="List the files of the package, too.")
@click.option("--outputs", is_flag=True, help="List the outputs, too.")
@format_option("text", "json")
def command(chosen: Sequence[ConfiguredWorkflow], *, files: bool, outputs: bool, form: str, **_: object) -> int:
    """Show what HealthOmics will see of the workflow at PATH: a folder, a main file or a zip.

    Prints the engine and the main file (and why they were chosen), parameters, tasks with images and resources, and how many outputs and
    files there are; of more than one workflow, a table. It checks nothing: use `packager lint` for that.
    """
    workflows = load_all(chosen)
    loaded = [workflow.loaded for workflow in workflows]
    reports = [redact(Report(each.diagnostics, each.workflow.skipped)) for each in loaded]
    if form == "json":
        write(to_json(_json(loaded, reports)))
        return 0
    if len(workflows) > 1:
        write(workflows_text([(each.source.path, each.loaded) for each in workflows], style()))
        show_next(after_inspect(given_workflows()))
        return 0
    source = workflows[0].source
    write(inspect_text(loaded[0], style(), files=files, outputs=outputs))
    show_errors(with_paths(reports[0], source, loaded[0]), loaded[0], elsewhere=lint_command(source))
    show_next(after_inspect(given_workflows()))
    return 0


def _json(workflows: Sequence[Loaded], reports: Sequence[Report]) -> dict[str, object]:
    """The facts of one workflow, or of all in a list."""
    facts = [inspect_json(loaded, located(report, loaded)) for loaded, report in zip(workflows, reports, strict=True)]
    return facts[0] if len(facts) == 1 else inspect_all_json(facts)
