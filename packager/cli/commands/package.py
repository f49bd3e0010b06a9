"""`packager package`: the definition zip."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from packager.app import load as pipeline
from packager.archive import plan
from packager.cli.options import (
    file_option,
    format_option,
    gate,
    lines_of,
    load,
    name_from,
    no_lint_option,
    pattern_options,
    show_findings,
    source_options,
    style,
    write,
)
from packager.findings.report import Report
from packager.render.report import report_json, report_text, to_json
from packager.render.workflow import list_text, package_json, package_text
from packager.text import safe, safe_path


@click.command("package", short_help="Lint, then write the zip.")
@source_options
@pattern_options
@file_option("-o", "--output", help="The zip to write; NAME.zip in this folder unless given.")
@click.option(
    "--list",
    "listing",
    is_flag=True,
    help="Say what would be in the zip and why, and write nothing.",
)
@click.option(
    "--explain",
    metavar="FILE",
    multiple=True,
    help="Say why a file is in or out, and write nothing.",
)
@no_lint_option
@format_option("text", "json")
def command(path: str, output: str | None, form: str, explain: tuple[str, ...], **settings: Any) -> int:
    """Write the smallest reproducible zip of the workflow at PATH, and beside it its description (FILE.zip.json).

    The same content gives the same zip, whatever the times, modes, folder or order of its files.
    """
    listing, no_lint, exclude = settings.pop("listing"), settings.pop("no_lint"), settings["exclude"]
    loaded = load(path, settings)
    if explain:
        for file in explain:
            reason = plan.explain(loaded.plan, loaded.tree, loaded.workflow, file, exclude)
            write(f"{safe_path(file)}: {safe(reason)}\n")
        return 0
    if listing:
        write(to_json(package_json(loaded, None, None)) if form == "json" else list_text(loaded))
        return 0
    report = Report(loaded.diagnostics)
    if not no_lint:
        try:
            report = gate(loaded, "nothing was written")
        except pipeline.RefusedError as refused:
            write(
                to_json(report_json(refused.report))
                if form == "json"
                else report_text(refused.report, style(), lines_of(loaded))
            )
            raise
    target = output or f"{name_from(path)}.zip"
    written = pipeline.package(loaded, Path(target), derived=output is None)
    show_findings(report, loaded)
    write(to_json(package_json(loaded, written, target)) if form == "json" else package_text(loaded, written, target))
    return 0
