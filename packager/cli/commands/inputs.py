"""`packager inputs`: the parameters of a run."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import click

from packager.app import load as pipeline
from packager.app.loaded import Loaded
from packager.cli.options import (
    FAIL_ON,
    exit_code,
    file_option,
    format_option,
    lines_of,
    load,
    show_findings,
    source_options,
    style,
    write,
)
from packager.errors import PackagerError, cannot
from packager.files import read_stream
from packager.findings.report import Report
from packager.parameters.json_schema import make_schema
from packager.parameters.skeleton import make_skeleton
from packager.render.report import report_json, report_text, to_json
from packager.source import MAX_DEFINITION_BYTES
from packager.text import safe_json


@click.command("inputs", short_help="Run parameters: a skeleton, a schema, a check.")
@source_options
@click.option("--all", "every", is_flag=True, help="The optional parameters too, with their defaults.")
@click.option("--schema", is_flag=True, help="A JSON Schema (2020-12) instead of a skeleton.")
@file_option("--check", help="Check the run parameters in this file (`-`: stdin).")
@file_option("-o", "--output", help="Write there instead of stdout.")
@click.option(
    "--fail-on",
    type=click.Choice(FAIL_ON),
    default="error",
    show_default=True,
    help="With `--check`: the least severity that exits 1.",
)
@format_option("text", "json")
def command(  # noqa: PLR0917 - the options
    path: str,
    every: bool,
    schema: bool,
    check: str | None,
    output: str | None,
    fail_on: str,
    form: str,
    **settings: Any,
) -> int:
    """Print a skeleton of the run parameters of the workflow at PATH, required ones first, with placeholders where only you know the value.

    `--check FILE` holds run parameters against the workflow: names, types, structs, where files are, what is still to be filled in.
    """
    given = [name for name, value in (("--check", check is not None), ("--schema", schema), ("--all", every)) if value]
    if len(given) > 1:
        raise click.UsageError(f"{given[0]} and {given[1]} do not go together")
    if check is not None:
        return _check(path, check, fail_on, form, output, settings)
    loaded = _loaded(path, settings)
    names = {name for name, _ in loaded.parameters.parameters}
    flow = loaded.workflow
    made = make_schema(flow, names) if schema else make_skeleton(flow, names, every=every)
    write(safe_json(json.dumps(made, ensure_ascii=False, indent=2)) + "\n", output)
    return 0


def _loaded(path: str, settings: dict[str, Any]) -> Loaded:
    loaded = load(path, settings)
    if not loaded.workflow.inputs and not loaded.workflow.complete:
        show_findings(Report(loaded.workflow.diagnostics, loaded.workflow.skipped), loaded)
        raise PackagerError(f"the inputs of `{loaded.detection.main}` are not known", "mend what is shown above")
    return loaded


def _check(  # noqa: PLR0917 - as above
    path: str, file: str, fail_on: str, form: str, output: str | None, settings: dict[str, Any]
) -> int:
    if file == "-":
        with tempfile.TemporaryDirectory(prefix="packager-") as folder:
            taken = Path(folder) / "stdin"
            taken.write_bytes(_stdin())
            loaded = _loaded(path, {**settings, "run_parameters": str(taken)})
            return _judge(loaded, fail_on, form, output)
    return _judge(_loaded(path, {**settings, "run_parameters": file}), fail_on, form, output)


def _stdin() -> bytes:
    try:
        return read_stream(sys.stdin.buffer, MAX_DEFINITION_BYTES)
    except OSError as error:
        raise cannot("read", "the standard input", error) from error


def _judge(loaded: Loaded, fail_on: str, form: str, output: str | None) -> int:
    report = pipeline.check_run_parameters(loaded)
    text = (
        to_json(report_json(report))
        if form == "json"
        else report_text(report, style(never=output is not None), lines_of(loaded))
    )
    write(text, output)
    return exit_code(report, fail_on)
