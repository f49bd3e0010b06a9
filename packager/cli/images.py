"""`packager images`: every image and where it will be pulled from."""

from __future__ import annotations

from typing import Any

import click

from packager.cli.options import (
    account_option,
    format_option,
    load,
    show_findings,
    source_options,
    style,
    write,
)
from packager.render.report import to_json
from packager.render.workflow import images_json, images_text
from packager.report import Report


@click.command("images", short_help="Every image, and what it resolves to.")
@source_options
@account_option
@format_option("text", "json")
def command(path: str, form: str, **settings: Any) -> int:
    """List every image of the workflow at PATH, the tasks that use it, and what it resolves to under the registry map."""
    loaded = load(path, settings)
    # What hides an image matters here: files that could not be read, and the map's own faults.
    hiding = tuple(found for found in loaded.diagnostics if not found.code.startswith(("TPL", "ZIP016")))
    report = Report(hiding, loaded.workflow.skipped)
    if form == "json":
        write(to_json(images_json(loaded, report)))
    else:
        write(images_text(loaded, style()))
        show_findings(report, loaded)
    return 0
