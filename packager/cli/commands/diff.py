"""`packager diff`: the local workflow compared with a deployed version."""

from __future__ import annotations

from dataclasses import dataclass

import click

from packager.app.check import changed_copies
from packager.cli.arguments import with_arguments
from packager.cli.endpoint import ServiceArguments, open_service, service_options, timeout_option
from packager.cli.given import given_workflows
from packager.cli.help import SectionedCommand
from packager.cli.options import (
    account_option,
    file_option,
    format_option,
    in_characters,
    load_source,
    pattern_options,
    source_options,
)
from packager.cli.output import show_findings, show_next, style, write
from packager.cli.request_options import setting_options
from packager.diff import Comparison
from packager.healthomics.request import Request
from packager.render.diff import diff_json, diff_text
from packager.render.diff_markdown import diff_markdown
from packager.render.next_steps import after_diff
from packager.render.page import diff_page
from packager.render.report import to_json
from packager.render.terminal import Style
from packager.settings.arguments import SourceArguments

_FAIL_ON = ("breaking", "any", "never")


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffArguments:
    """The options of `packager diff`."""

    source: SourceArguments
    request: Request
    against_version: str | None
    patch: bool
    output: str | None
    fail_on: str
    service: ServiceArguments
    timeout: float
    form: str


@click.command(
    "diff",
    cls=SectionedCommand,
    page="submitting.md",
    examples=(
        ("packager diff workflows/calling --name calling", "compare with the newest ACTIVE version"),
        (
            "packager diff workflows/calling --name calling --format markdown --fail-on breaking",
            "a comment for a pull request",
        ),
    ),
    own=("name", "version_name", "workflow_id"),
)
@source_options
@click.option("--workflow-id", metavar="ID", callback=in_characters, help="The deployed workflow.")
@click.option(
    "--name",
    callback=in_characters,
    help="Exact name of the deployed workflow, without `--workflow-id`; that of the file or folder if omitted.",
)
@click.option(
    "--version-name",
    "against_version",
    metavar="NAME",
    callback=in_characters,
    help="The deployed version; the newest ACTIVE one if omitted.",
)
@click.option("--patch", "-p", is_flag=True, help="Show the differences in text files, line by line.")
@click.option(
    "--fail-on",
    type=click.Choice(_FAIL_ON),
    default="never",
    show_default=True,
    help="Differences that make the exit code 1.",
)
@pattern_options
@setting_options
@account_option
@service_options
@timeout_option
@file_option("-o", "--output", help="The file to write; stdout if omitted.")
@format_option("text", "json", "markdown", "html")
@with_arguments(DiffArguments)
def command(arguments: DiffArguments) -> int:
    """Compare the workflow at PATH with a deployed version: parameters, outputs, images, files, settings.

    Shows which differences break users of the deployed version, and suggests the next version number. Settings that you omit are not
    compared. `--format markdown` is for a comment on a pull request; `--format html` is one page with a picture of the calls that differ,
    and the lines of the files.
    """
    if arguments.patch and arguments.form not in ("text", "html"):
        raise click.UsageError("--patch needs the format text or html")
    loaded = load_source(arguments.source)
    with open_service(loaded.region, arguments.service, cache=loaded.cache) as target:
        from packager.app.diff import compare_with_deployed  # noqa: PLC0415 - boto3 only when the service is asked

        comparison = compare_with_deployed(
            loaded,
            arguments.request,
            target,
            version_name=arguments.against_version,
            patches=arguments.patch or arguments.form == "html",
            timeout=arguments.timeout,
        )
    write(_rendered(comparison, arguments, loaded.tree.kind), arguments.output)
    show_findings(changed_copies(loaded), loaded)
    difference = comparison.difference
    if arguments.form == "text":
        choice = [("--workflow-id", comparison.deployed.workflow_id)]
        show_next(after_diff(given_workflows(), identical=difference.identical, choice=choice))
    if arguments.fail_on == "breaking":
        return int(difference.breaking)
    return int(arguments.fail_on == "any" and not difference.identical)


def _rendered(comparison: Comparison, arguments: DiffArguments, kind: str) -> str:
    path = arguments.source.path
    if arguments.form == "json":
        return to_json(diff_json(comparison, {"path": path, "kind": kind}))
    if arguments.form == "html":
        return diff_page(comparison, path)
    if arguments.form == "markdown":
        return diff_markdown(comparison, path)
    return diff_text(comparison, style() if arguments.output in (None, "-") else Style())
