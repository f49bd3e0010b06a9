"""`packager lint`: every offline check."""

from __future__ import annotations

from typing import Any

import click

from packager import codes, pipeline
from packager.cli.options import (
    FAIL_ON,
    exit_code,
    format_option,
    lines_of,
    load,
    pattern_options,
    source_options,
    style,
    write,
)
from packager.diagnostics import PackagerError
from packager.render.report import report_json, report_text, to_json
from packager.report import select


@click.command("lint", short_help="Every offline check.")
@source_options
@pattern_options
@click.option(
    "--fail-on",
    type=click.Choice(FAIL_ON),
    default="error",
    show_default=True,
    help="The least severity that exits 1.",
)
@click.option(
    "--select",
    "chosen",
    metavar="CODE",
    multiple=True,
    help="Only these codes or families; may be repeated.",
)
@click.option(
    "--ignore",
    "ignored",
    metavar="CODE",
    multiple=True,
    help="Not these codes or families; may be repeated.",
)
@format_option("text", "json")
def command(
    path: str,
    form: str,
    fail_on: str,
    chosen: tuple[str, ...],
    ignored: tuple[str, ...],
    **settings: Any,
) -> int:
    """Check the workflow at PATH (a directory, a main file or a zip) for all that the service rejects or a run dies of.

    Offline: no account, no Docker, no JVM, and nothing of the workflow is run. What could not be checked is listed with
    the reason.
    """
    for code in (*chosen, *ignored):
        if not any(known.startswith(code) for known in codes.known()):
            raise PackagerError(f"no code starts with `{code}`", "`packager rules` lists them")
    loaded = load(path, settings)
    report = select(pipeline.lint(loaded), chosen=chosen, ignored=ignored)
    if form == "json":
        write(to_json(report_json(report)))
    else:
        write(report_text(report, style(), lines_of(loaded)))
    return exit_code(report, fail_on)
