"""`packager inspect`: what HealthOmics will see."""

from __future__ import annotations

from typing import Any

import click

from packager.cli.options import (
    account_option,
    format_option,
    load,
    pattern_options,
    show_findings,
    source_options,
    style,
    write,
)
from packager.findings.redaction import redact
from packager.findings.report import Report
from packager.render.report import to_json
from packager.render.workflow import inspect_json, inspect_text


@click.command("inspect", short_help="What HealthOmics will see.")
@source_options
@account_option
@pattern_options
@format_option("text", "json")
def command(path: str, form: str, **settings: Any) -> int:
    """Show what HealthOmics will see of the workflow at PATH: a directory, a main file or a zip.

    Engine and main with the reason, parameters, outputs, tasks with images and resources, and the files of the package. Nothing
    is judged here: that is `packager lint`.
    """
    loaded = load(path, settings)
    report = redact(Report(loaded.diagnostics, loaded.workflow.skipped))
    if form == "json":
        write(to_json(inspect_json(loaded, report)))
    else:
        write(inspect_text(loaded, style()))
        show_findings(report, loaded)
    return 0
