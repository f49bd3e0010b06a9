"""`packager inspect`: what HealthOmics will see."""

from __future__ import annotations

from dataclasses import dataclass

import click

from packager.cli.arguments import SourceArguments, with_arguments
from packager.cli.hints import lint_command, with_paths
from packager.cli.options import account_option, format_option, load_source, pattern_options, source_options
from packager.cli.output import located, show_errors, style, write
from packager.findings.redaction import redact
from packager.findings.report import Report
from packager.render.report import to_json
from packager.render.workflow import inspect_json, inspect_text


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectArguments:
    """The options of `packager inspect`."""

    source: SourceArguments
    files: bool
    outputs: bool
    form: str


@click.command("inspect")
@source_options
@account_option
@pattern_options
@click.option("--files", is_flag=True, help="List the files of the package, too.")
@click.option("--outputs", is_flag=True, help="List the outputs, too.")
@format_option("text", "json")
@with_arguments(InspectArguments)
def command(arguments: InspectArguments) -> int:
    """Show what HealthOmics will see of the workflow at PATH: a folder, a main file or a zip.

    Prints the engine and the main file (and why they were chosen), parameters, tasks with images and resources, and how many outputs and
    files there are. It checks nothing: use `packager lint` for that.
    """
    loaded = load_source(arguments.source)
    report = redact(Report(loaded.diagnostics, loaded.workflow.skipped))
    if arguments.form == "json":
        write(to_json(inspect_json(loaded, located(report, loaded))))
    else:
        write(inspect_text(loaded, style(), files=arguments.files, outputs=arguments.outputs))
        show_errors(with_paths(report, arguments.source, loaded), loaded, elsewhere=lint_command(arguments.source))
    return 0
