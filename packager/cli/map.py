"""`packager map`: the container registry map by itself."""

from __future__ import annotations

from pathlib import Path

import click

from packager import pipeline
from packager.cli.options import FAIL_ON, exit_code, format_option, lines_of, style, write
from packager.diagnostics import PackagerError
from packager.render.report import report_json, report_text, to_json

_MAX_BYTES = 16 * 1024 * 1024


@click.group("map", short_help="Check a container registry map.")
def command() -> None:
    """Work with container registry maps."""


@command.command("validate", short_help="Check a map by itself.")
@click.argument("file", metavar="FILE")
@click.option("--region", metavar="NAME", envvar=["AWS_REGION", "AWS_DEFAULT_REGION"], help="The AWS Region.")
@click.option(
    "--fail-on",
    type=click.Choice(FAIL_ON),
    default="error",
    show_default=True,
    help="The least severity that exits 1.",
)
@format_option("text", "json")
def validate(file: str, region: str | None, fail_on: str, form: str) -> int:
    """Check the registry map FILE: its JSON, its schema, and what its mappings mean. All faults are shown at once."""
    path = Path(file.removeprefix("file://"))
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise PackagerError(f"`{path}` is too large to be a registry map")
        content = path.read_bytes()
    except OSError as error:
        raise PackagerError(f"cannot read `{path}`: {(error.strerror or str(error)).lower()}") from error
    report = pipeline.validate_map(str(path), content, region=region)
    if form == "json":
        write(to_json(report_json(report)))
    else:
        write(report_text(report, style(), lines_of(None)))
    return exit_code(report, fail_on)
