"""`packager inputs`: the parameters of a run."""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import click

from packager.app.loaded import Loaded
from packager.cli.arguments import with_arguments
from packager.cli.given import given_workflows
from packager.cli.help import SectionedCommand
from packager.cli.options import fail_on_option, file_option, format_option, load_source, source_options
from packager.cli.output import exit_code, lines_of, located, note, show_findings, show_next, style, write
from packager.errors import PackagerError, cannot
from packager.files import read_stream
from packager.findings.report import Report
from packager.parameters.json_schema import make_schema
from packager.parameters.skeleton import make_skeleton
from packager.render.folding import EVERYTHING
from packager.render.next_steps import after_checked_inputs, after_inputs
from packager.render.report import report_json, to_json
from packager.render.report_text import report_text
from packager.settings.arguments import SourceArguments
from packager.source import MAX_DEFINITION_BYTES
from packager.text import count, safe_json


@dataclass(frozen=True, slots=True, kw_only=True)
class InputsArguments:
    """The options of `packager inputs`."""

    source: SourceArguments
    every: bool
    schema: bool
    check: str | None
    output: str | None
    fail_on: str
    form: str


@click.command(
    "inputs",
    cls=SectionedCommand,
    page="parameters.md",
    examples=(
        ("packager inputs workflows/calling -o run.json", "write run parameters to fill in"),
        ("packager inputs workflows/calling --check run.json", "check them before a run"),
    ),
)
@source_options
@click.option("--all", "every", is_flag=True, help="Include the optional parameters, with their defaults.")
@click.option("--schema", is_flag=True, help="Print a JSON Schema (2020-12) instead of a skeleton.")
@file_option("--check", help="Check the run parameters in this file (`-`: stdin).")
@file_option("-o", "--output", help="Write to this file instead of stdout.")
@fail_on_option("With `--check`: minimum severity that makes the exit code 1.")
@format_option("text", "json")
@with_arguments(InputsArguments)
def command(arguments: InputsArguments) -> int:
    """Print a skeleton of the run parameters of the workflow at PATH: required ones first, with placeholders for the values to fill in.

    `--check FILE` compares run parameters with the workflow: names, types, structs, file locations, remaining placeholders.
    """
    flags = {"--check": arguments.check is not None, "--schema": arguments.schema, "--all": arguments.every}
    used = [name for name, value in flags.items() if value]
    if len(used) > 1:
        raise click.UsageError(f"{used[0]} and {used[1]} cannot be used together")
    if arguments.check is not None:
        return _check(arguments.check, arguments)
    loaded = _loaded(arguments.source)
    names = {name for name, _ in loaded.parameters.parameters}
    content = (
        make_schema(loaded.workflow, names)
        if arguments.schema
        else make_skeleton(loaded.workflow, names, every=arguments.every)
    )
    write(safe_json(json.dumps(content, ensure_ascii=False, indent=2)) + "\n", arguments.output)
    if not arguments.schema:
        file = arguments.output if arguments.output != "-" else None
        if file is not None:
            note(f"{file}: written, {count(len(content), 'parameter')}; replace the placeholders")
        show_next(after_inputs(given_workflows(), file))
    return 0


def _loaded(source: SourceArguments) -> Loaded:
    loaded = load_source(source)
    if not loaded.workflow.inputs and not loaded.workflow.complete:
        show_findings(Report(loaded.workflow.diagnostics, loaded.workflow.skipped), loaded)
        raise PackagerError(f"the inputs of `{loaded.detection.main}` are unknown", "fix the findings above")
    return loaded


def _check(file: str, arguments: InputsArguments) -> int:
    if file != "-":
        return _check_file(file, arguments)
    with tempfile.TemporaryDirectory(prefix="packager-") as folder:
        copy = Path(folder) / "stdin"
        copy.write_bytes(_stdin())
        return _check_file(str(copy), arguments)


def _stdin() -> bytes:
    try:
        return read_stream(sys.stdin.buffer, MAX_DEFINITION_BYTES)
    except OSError as error:
        raise cannot("read", "the standard input", error) from error


def _check_file(file: str, arguments: InputsArguments) -> int:
    from packager.app.check import check_run_parameters  # noqa: PLC0415 - a skeleton needs no rules

    source = arguments.source
    loaded = _loaded(replace(source, load=replace(source.load, run_parameters=file)))
    report = located(check_run_parameters(loaded), loaded)
    text = (
        to_json(report_json(report))
        if arguments.form == "json"
        else report_text(report, style(never=arguments.output is not None), lines_of(loaded), view=EVERYTHING)
    )
    write(text, arguments.output)
    failed = exit_code(report, arguments.fail_on)
    if arguments.form == "text" and not failed and arguments.check not in (None, "-"):
        show_next(after_checked_inputs(given_workflows(), str(arguments.check)))
    return failed
