"""`packager package`: the definition zip."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from pathlib import Path

import click

from packager.app.check import RefusedError
from packager.app.loaded import Loaded
from packager.app.options import LintOptions
from packager.app.package import lint_for_package, write_package
from packager.archive.plan import explain
from packager.cli.arguments import with_arguments
from packager.cli.given import given_workflows
from packager.cli.help import SectionedCommand
from packager.cli.hints import lint_command, with_paths
from packager.cli.options import (
    account_option,
    file_option,
    format_option,
    load_source,
    no_lint_option,
    pattern_options,
    source_options,
)
from packager.cli.output import errors_of, located, note, show_errors, show_next, write
from packager.cli.progress import working
from packager.findings.report import Report
from packager.images.registry_map import FILE_NAME
from packager.render.next_steps import PackageFacts, after_package
from packager.render.report import report_json, to_json
from packager.render.workflow import list_text, package_json, package_text
from packager.settings.arguments import SourceArguments
from packager.settings.request import workflow_name
from packager.text import safe, safe_path


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageArguments:
    """The options of `packager package`."""

    source: SourceArguments
    lint: LintOptions
    output: str | None
    listing: bool
    explain: tuple[str, ...]
    gate: bool
    form: str


@click.command(
    "package",
    cls=SectionedCommand,
    page="packaging.md",
    examples=(
        ("packager package workflows/calling -o calling.zip", "write the zip and its description"),
        ("packager package workflows/calling --list", "list the files and why they are included"),
    ),
)
@source_options
@account_option
@pattern_options
@file_option("-o", "--output", help="The zip to write; NAME.zip in the current folder if omitted.")
@click.option("--list", "listing", is_flag=True, help="List the files that would be in the zip and why; write nothing.")
@click.option(
    "--explain", metavar="FILE", multiple=True, help="Explain why this file is in the zip or not; write nothing."
)
@no_lint_option
@format_option("text", "json")
@with_arguments(PackageArguments)
def command(arguments: PackageArguments) -> int:
    """Write a minimal, reproducible zip of the workflow at PATH, and its description (FILE.zip.json) next to it.

    The same content gives the same zip: the times, the location and the order of the files do not matter.
    """
    loaded, as_json = load_source(arguments.source), arguments.form == "json"
    if arguments.explain:
        for file in arguments.explain:
            reason = explain(loaded.plan, loaded.tree, loaded.workflow, file, arguments.source.load.exclude)
            write(f"{safe_path(file)}: {safe(reason)}\n")
        return 0
    if arguments.listing:
        write(to_json(package_json(loaded, None, None)) if as_json else list_text(loaded))
        return 0
    report = _lint(loaded, arguments) if arguments.gate else Report(loaded.diagnostics)
    output = arguments.output or f"{workflow_name(arguments.source.path)}.zip"
    written = write_package(loaded, Path(output), derived=arguments.output is None)
    shown = with_paths(report, arguments.source, loaded)
    show_errors(shown, loaded, elsewhere=lint_command(arguments.source))
    _note_map(loaded)
    if as_json:
        write(to_json(package_json(loaded, written, output)))
        return 0
    write(package_text(loaded, written, output))
    mapping = loaded.registry_map
    registry_map = None if mapping is None or loaded.tree.kind == "zip" else loaded.on_disk(mapping.path)
    facts = PackageFacts(output, registry_map, has_region=loaded.region is not None)
    show_next(after_package(given_workflows(), facts))
    return 0


def _note_map(loaded: Loaded) -> None:
    """Write a note that the registry map next to main is not part of the package."""
    mapping = loaded.registry_map
    beside = posixpath.join(posixpath.dirname(loaded.detection.main), FILE_NAME)
    if mapping is not None and mapping.path == beside and loaded.tree.kind != "zip":
        path = loaded.on_disk(mapping.path)
        note(
            f"note: `{path}` is not part of the package, but of the request: submit the zip with `--container-registry-map`,"
            " or set it in packager.toml"
        )


def _lint(loaded: Loaded, arguments: PackageArguments) -> Report:
    """The findings before packaging; if they include errors, they are the result."""
    try:
        with working(f"checking {arguments.source.path}"):
            return lint_for_package(loaded, arguments.lint)
    except RefusedError as error:
        if arguments.form == "json":
            write(to_json(report_json(located(error.report, loaded))))
        else:
            report = with_paths(error.report, arguments.source, loaded)
            command = lint_command(arguments.source)
            write(errors_of(report, loaded, elsewhere=command, fail_on=arguments.lint.fail_on))
        raise
