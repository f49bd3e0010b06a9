"""`packager inputs`: the parameters of a run, and the requests that start runs."""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import click

from packager.app.loaded import Loaded
from packager.app.start_run import PreparedRun, RunOptions, as_request, local_version, prepare_batch, prepare_run
from packager.cli.arguments import with_arguments
from packager.cli.given import given_words, given_workflows
from packager.cli.help import SectionedCommand
from packager.cli.hints import with_paths
from packager.cli.options import fail_on_option, file_option, format_option, load_source, source_options
from packager.cli.output import exit_code, lines_of, located, note, show_findings, show_next, style, write
from packager.cli.run_options import OPTIONS, misplaced_option, run_options
from packager.errors import PackagerError, cannot
from packager.files import read_file, read_stream
from packager.findings.report import Report
from packager.parameters.json_schema import make_schema
from packager.parameters.run_requests import RunFile
from packager.parameters.run_requests import read as read_run_request
from packager.parameters.skeleton import make_skeleton
from packager.render.folding import EVERYTHING
from packager.render.next_steps import RunFacts, after_checked_inputs, after_checked_run, after_inputs, after_start_run
from packager.render.report import report_json, to_json
from packager.render.report_text import report_text
from packager.settings.arguments import SourceArguments
from packager.shell import command_line
from packager.source import MAX_DEFINITION_BYTES
from packager.text import count, safe_json

_START, _BATCH = "--start-run", "--start-run-batch"


@dataclass(frozen=True, slots=True, kw_only=True)
class InputsArguments:
    """The options of `packager inputs`."""

    source: SourceArguments
    run: RunOptions
    every: bool
    schema: bool
    start_run: bool
    start_run_batch: bool
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
@click.option(
    _START, is_flag=True, help="Print a StartRun request, for `aws omics start-run --cli-input-json file://FILE`."
)
@click.option(_BATCH, is_flag=True, help="Print a StartRunBatch request, with a run for each `--parameters`.")
@file_option("--check", help="Check the run parameters, StartRun or StartRunBatch request in this file (`-`: stdin).")
@file_option("-o", "--output", help="Write to this file instead of stdout.")
@run_options
@fail_on_option("With `--check`: minimum severity that makes the exit code 1.")
@format_option("text", "json")
@with_arguments(InputsArguments)
def command(arguments: InputsArguments) -> int:
    """Print a skeleton of the run parameters of the workflow at PATH: required ones first, with placeholders for the values to fill in.

    `--start-run` prints a whole StartRun request, `--start-run-batch` one for multiple runs. `--check FILE` compares any of these with the
    workflow: names, types, structs, file locations, remaining placeholders, and the members of the request.
    """
    _check_options(arguments)
    if arguments.check is not None:
        return _check(arguments.check, arguments)
    loaded = _loaded(arguments.source)
    if arguments.start_run or arguments.start_run_batch:
        return _print_request(loaded, arguments)
    names = {name for name, _ in loaded.parameters.parameters}
    content = (
        make_schema(loaded.workflow, names)
        if arguments.schema
        else make_skeleton(loaded.workflow, names, every=arguments.every)
    )
    write(_as_text(content), arguments.output)
    if not arguments.schema:
        file = _written(arguments)
        if file is not None:
            note(f"{file}: written, {count(len(content), 'parameter')}; replace the placeholders")
        show_next(after_inputs(given_workflows(), file))
    return 0


def _check_options(arguments: InputsArguments) -> None:
    starts = arguments.start_run or arguments.start_run_batch
    exclusive = {
        "--check": arguments.check is not None,
        "--schema": arguments.schema,
        "--all": arguments.every and not starts,
        _START: arguments.start_run,
        _BATCH: arguments.start_run_batch,
    }
    used = [name for name, value in exclusive.items() if value]
    if len(used) > 1:
        raise click.UsageError(f"{used[0]} and {used[1]} cannot be used together")
    option = misplaced_option(starts=starts, checks=arguments.check is not None)
    if option is not None:
        raise click.UsageError(f"{option} needs {_START} or {_BATCH}")
    if arguments.start_run and len(arguments.run.parameters) > 1:
        raise click.UsageError(f"{_START} accepts one --parameters: use {_BATCH} for multiple runs")
    given = given_words(("--record", "--workflow-id", "--version-name", "--default-version"))[::2]
    for first, second in (("--record", "--workflow-id"), ("--record", "--version-name")):
        if first in given and second in given:
            raise click.UsageError(f"{first} and {second} cannot be used together")


def _as_text(content: object) -> str:
    return safe_json(json.dumps(content, ensure_ascii=False, indent=2)) + "\n"


def _written(arguments: InputsArguments) -> str | None:
    """The file that the result was written to."""
    return arguments.output if arguments.output != "-" else None


def _print_request(loaded: Loaded, arguments: InputsArguments) -> int:
    """Print a request that starts runs; what must be on S3, and what comes next, is on stderr."""
    run, file = local_version(loaded, arguments.run, arguments.source.target_name), _written(arguments)
    if arguments.start_run:
        prepared = prepare_run(loaded, run, every=arguments.every)
    else:
        rows_file = f"{file.removesuffix('.json')}.rows.json" if file is not None else None
        prepared = prepare_batch(loaded, run, every=arguments.every, rows_file=rows_file)
        if prepared.rows is not None:
            write(_as_text(prepared.rows), rows_file)
    write(_as_text(prepared.request), arguments.output)
    if file is not None:
        note(f"{file}: written" if prepared.complete else f"{file}: written; replace the placeholders")
    _show_uploads(prepared)
    words = given_words((_START, _BATCH, "--all", *OPTIONS))
    show_next(after_start_run(given_workflows(), words, file))
    return 0


def _show_uploads(prepared: PreparedRun) -> None:
    for name, uri in prepared.uploads:
        note(f"copy the file to S3 before the request is sent: `{command_line(['aws', 's3', 'cp', name, uri])}`")


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
    from packager.app import run_check  # noqa: PLC0415 - a skeleton needs no rules

    source, facts = arguments.source, None
    request = read_run_request(file, read_file(Path(file), MAX_DEFINITION_BYTES))
    if request is None:
        loaded = _loaded(replace(source, load=replace(source.load, run_parameters=file)))
        report = run_check.check_run_parameters(loaded)
    else:
        facts = RunFacts(batch=request.kind is not RunFile.RUN, region=source.load.region)
        known = arguments.run
        if known.record is not None:
            known = local_version(_loaded(source), known, source.target_name)

        def load(profiles: str | None) -> Loaded:
            return _loaded(replace(source, load=replace(source.load, nextflow_profile=profiles)))

        loaded, report = run_check.check_run_request(request, as_request(known), load, source.load.nextflow_profile)
    report = located(with_paths(report, source, loaded), loaded)
    text = (
        to_json(report_json(report))
        if arguments.form == "json"
        else report_text(report, style(never=arguments.output is not None), lines_of(loaded), view=EVERYTHING)
    )
    write(text, arguments.output)
    failed = exit_code(report, arguments.fail_on)
    if arguments.form == "text" and not failed and arguments.check not in (None, "-"):
        checked = str(arguments.check)
        rows = request is not None and request.kind is RunFile.ROWS
        show_next(
            ("" if rows else after_checked_run(checked, facts))
            if facts is not None
            else after_checked_inputs(given_workflows(), checked)
        )
    return failed
