"""`packager template`: the parameter template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from packager.app.loaded import Loaded
from packager.cli.given import given_workflows, is_next_to_main
from packager.cli.help import SectionedCommand
from packager.cli.hints import command_path, lint_command
from packager.cli.options import file_option, sources_options
from packager.cli.output import note, show_errors, show_findings, show_next, write
from packager.cli.workflows import load_all
from packager.errors import PackagerError
from packager.files import exists
from packager.findings.diagnostic import Diagnostic, Severity
from packager.findings.report import Report
from packager.parameters.template import FILE_NAME, as_service, to_json
from packager.render.next_steps import after_template
from packager.settings.arguments import build
from packager.settings.layers import ConfiguredWorkflow
from packager.settings.loading import LoadedWorkflow
from packager.shell import quoted
from packager.text import count, listed


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateArguments:
    """The options of `packager template`."""

    output: str | None
    update: str | None
    check: str | None
    as_service: bool


@click.command(
    "template",
    cls=SectionedCommand,
    page="parameters.md",
    examples=(
        ("packager template workflows/calling -o parameter-template.json", "write the template"),
        (
            "packager template workflows/calling --update parameter-template.json",
            "update it after a change of the inputs",
        ),
    ),
)
@sources_options
@file_option("-o", "--output", help="Write the template to this file (`-`: stdout).")
@file_option("--update", help="Update this template file, but keep its descriptions, order and formatting.")
@file_option("--check", help="Exit with 1 if `--update` would change this template file.")
@click.option("--as-service", is_flag=True, help="Print exactly what the service would generate.")
def command(chosen: Sequence[ConfiguredWorkflow], **parameters: object) -> int:
    """Print the parameter template of the workflow at PATH: every input, whether it is optional, and its description.

    A hand-written template keeps its own descriptions: `--update` and `--check` compare only names and `optional`. For a folder with
    multiple workflows, they update or check the template next to each main file: FILE is then its name.
    """
    arguments = build(TemplateArguments, parameters)
    files = {"--check": arguments.check, "--update": arguments.update, "--output": arguments.output}
    used = [name for name, value in files.items() if value is not None]
    if len(used) > 1:
        raise click.UsageError(f"{used[0]} and {used[1]} cannot be used together")
    if arguments.update is not None and arguments.as_service:
        raise click.UsageError("--update and --as-service cannot be used together")
    workflows = load_all(chosen)
    if len(workflows) == 1:
        return _one(workflows[0], arguments)
    file = arguments.check or arguments.update
    if file is None:
        names = listed([workflow.source.path for workflow in workflows])
        raise PackagerError(
            f"there are {len(workflows)} workflows: {names}",
            "pass the name or the main file of one: `packager list` shows them",
        )
    if Path(file).name != file:
        raise click.UsageError(
            f"for {len(workflows)} workflows, FILE is the name of the template next to each main file"
        )
    return max(_next(workflow, _next_to_main(workflow, arguments)) for workflow in workflows)


def _next(workflow: LoadedWorkflow, arguments: TemplateArguments) -> int:
    """Update or check the template next to the main file of one of multiple workflows; 1 if it does not exist."""
    if arguments.check is not None and not exists(Path(arguments.check)):
        note(f"{arguments.check} does not exist: create it with `{_command(workflow, '-o', arguments.check)}`")
        return 1
    return _one(workflow, arguments)


def _command(workflow: LoadedWorkflow, options: str, file: str) -> str:
    return f"packager template {command_path(workflow.source)} {options} {quoted(file)}"


def _next_to_main(workflow: LoadedWorkflow, arguments: TemplateArguments) -> TemplateArguments:
    folder = Path(workflow.loaded.on_disk(workflow.loaded.detection.main)).parent
    check, update = (str(folder / file) if file is not None else None for file in (arguments.check, arguments.update))
    return replace(arguments, check=check, update=update)


def _one(workflow: LoadedWorkflow, arguments: TemplateArguments) -> int:
    """Print, update or check the template of one workflow."""
    loaded = workflow.loaded
    if not loaded.workflow.inputs and not loaded.workflow.complete:
        show_findings(Report(loaded.workflow.diagnostics, loaded.workflow.skipped), loaded)
        raise PackagerError(
            f"the inputs of `{loaded.detection.main}` are unknown, so it has no parameter template",
            "fix the findings above",
        )
    elsewhere = f"{lint_command(workflow.source)} --show info"
    show_errors(Report(loaded.template.diagnostics), loaded, elsewhere=elsewhere, notes=True)
    if arguments.update is not None:
        return _update(arguments.update, loaded)
    if arguments.check is not None:
        return _check(arguments.check, workflow, as_service=arguments.as_service)
    parameters = tuple(as_service(loaded.workflow).items()) if arguments.as_service else loaded.template.parameters
    write(to_json(parameters), arguments.output)
    if arguments.output not in (None, "-"):
        _note_written(str(arguments.output), len(parameters), loaded)
    return 0


def _update(path: str, loaded: Loaded) -> int:
    """Update a template file, or write it if it does not exist, and print what was changed."""
    from packager.app.template import update_template  # noqa: PLC0415 - printing a template needs no fixes

    updated = update_template(path, loaded)
    if updated is None:
        write(to_json(loaded.template.parameters), path)
        _note_written(path, len(loaded.template.parameters), loaded)
        return 0
    for change in updated.differences:
        note(f"{path}: {change}")
    if not updated.stale:
        note(f"{path} is up to date")
    return _show_faults(updated.findings)


def _note_written(path: str, parameters: int, loaded: Loaded) -> None:
    """Write a note about a new template file, and the command that checks it with the workflow."""
    note(f"{path}: written, {count(parameters, 'parameter')}")
    automatic = is_next_to_main(path, loaded, FILE_NAME)
    show_next(after_template(given_workflows(), path, automatic=automatic))


def _check(path: str, workflow: LoadedWorkflow, *, as_service: bool) -> int:
    """Print the differences between a template file and the workflow, or what the service would generate; 1 if there are any."""
    from packager.app.template import compare_template, compare_with_service  # noqa: PLC0415 - as above

    compare = compare_with_service if as_service else compare_template
    comparison = compare(path, workflow.loaded)
    for difference in comparison.differences:
        note(f"{path}: {difference}")
    if comparison.stale:
        options = "--as-service -o" if as_service else "--update"
        note(f"{path} is out of date: update it with `{_command(workflow, options, path)}`")
        return 1
    note(f"{path} is up to date")
    return _show_faults(comparison.findings)


def _show_faults(findings: Sequence[Diagnostic]) -> int:
    """Print what the API would reject in a template file, which only its author can fix; 1 if it would."""
    show_findings(Report(tuple(findings)))
    return int(any(finding.severity is Severity.ERROR for finding in findings))
