"""`packager package`: the definition zip."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from pathlib import Path

import click
from click.core import ParameterSource

from packager.app.check import RefusedError
from packager.app.loaded import Loaded
from packager.app.options import LintOptions
from packager.app.package import lint_for_package, write_package
from packager.archive.plan import explain
from packager.aws.deliver.prepared import staging_of
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
    profile_option,
    source_options,
)
from packager.cli.output import errors_of, located, note, show_errors, show_next, write
from packager.cli.progress import working
from packager.errors import PackagerError
from packager.findings.report import Report
from packager.images.registry_map import FILE_NAME
from packager.render.next_steps import PackageFacts, after_package, after_staging
from packager.render.report import report_json, to_json
from packager.render.workflow import list_text, package_json, package_text
from packager.settings.arguments import SourceArguments
from packager.settings.request import workflow_name
from packager.text import safe, safe_path


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadArguments:
    """Where the zip is uploaded to, and as who."""

    stage: bool
    staging: str | None
    profile: str | None
    storage_url: str | None
    workflow_bucket_owner_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageArguments:
    """The options of `packager package`."""

    source: SourceArguments
    lint: LintOptions
    output: str | None
    listing: bool
    explain: tuple[str, ...]
    upload: UploadArguments
    gate: bool
    form: str


@click.command(
    "package",
    cls=SectionedCommand,
    page="packaging.md",
    examples=(
        ("packager package workflows/calling -o calling.zip", "write the zip and its description"),
        (
            "packager package workflows/calling --stage --staging s3://lab-bucket/workflows",
            "upload the zip and print its URI",
        ),
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
@click.option(
    "--stage", is_flag=True, help="Upload the zip to `--staging` and print its URI; write no file without `-o`."
)
@click.option("--staging", metavar="S3-URI", help="`s3://BUCKET/PREFIX` for the zip; its name there is its SHA-256.")
@click.option(
    "--workflow-bucket-owner-id",
    metavar="ID",
    help="Account that owns the bucket of `--staging`; the caller's if omitted.",
)
@profile_option
@click.option("--endpoint-url", "storage_url", metavar="URL", help="Endpoint URL of S3 and STS, with `--stage`.")
@no_lint_option
@format_option("text", "json")
@with_arguments(PackageArguments)
def command(arguments: PackageArguments) -> int:
    """Write a minimal, reproducible zip of the workflow at PATH, and its description (FILE.zip.json) next to it.

    The same content gives the same zip: the times, the location and the order of the files do not matter.

    With `--stage`, the zip is uploaded to S3 under its SHA-256, where `submit --staging` and the code of `export` expect it. What is there
    already is not uploaded again. A zip at PATH is uploaded as is.
    """
    _check_staging(arguments)
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
    output = arguments.output
    if output is not None and arguments.upload.stage and loaded.tree.kind == "zip":
        raise PackagerError("--stage uploads a zip as is, and writes none", "leave out `-o`")
    if output is None and not arguments.upload.stage:
        output = f"{workflow_name(arguments.source.path)}.zip"
    written = None if output is None else write_package(loaded, Path(output), derived=arguments.output is None)
    show_errors(with_paths(report, arguments.source, loaded), loaded, elsewhere=lint_command(arguments.source))
    if arguments.upload.stage:
        return _stage(loaded, arguments)
    assert written is not None
    assert output is not None
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


def _check_staging(arguments: PackageArguments) -> None:
    if not arguments.upload.stage:
        if click.get_current_context().get_parameter_source("staging") is ParameterSource.COMMANDLINE:
            raise click.UsageError("--staging needs --stage")
        return
    if arguments.listing or arguments.explain:
        raise click.UsageError("--stage cannot be used with --list or --explain, which write nothing")
    if arguments.upload.staging is None:
        raise click.UsageError("--stage needs --staging, or `staging` in packager.toml")
    staging_of(arguments.upload.staging)


def _stage(loaded: Loaded, arguments: PackageArguments) -> int:
    """Upload the zip, and print its URI."""
    from packager.app.staging import StagingOptions, stage_definition  # noqa: PLC0415 - boto3 only when something is sent

    options = arguments.upload
    assert options.staging is not None
    package, staged = stage_definition(
        loaded,
        StagingOptions(
            staging=options.staging,
            region=loaded.region,
            profile=options.profile,
            endpoint_url=options.storage_url,
            account=loaded.account,
            owner=options.workflow_bucket_owner_id,
        ),
        progress=note,
    )
    if arguments.form == "json":
        place = {"uri": staged.uri, "reused": staged.reused, "bucketOwner": staged.owner}
        write(to_json({**package_json(loaded, package, arguments.output), "staged": place}))
        return 0
    write(package_text(loaded, package, arguments.output or staged.uri.rpartition("/")[2]))
    if staged.reused:
        note("this zip is on S3 already: nothing was uploaded")
    write(f"{safe(staged.uri)}\n")
    show_next(after_staging(given_workflows(), options.staging))
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
            return lint_for_package(loaded, arguments.lint, rebuilt=not arguments.upload.stage)
    except RefusedError as error:
        if arguments.form == "json":
            write(to_json(report_json(located(error.report, loaded))))
        else:
            report = with_paths(error.report, arguments.source, loaded)
            command = lint_command(arguments.source)
            write(errors_of(report, loaded, elsewhere=command, fail_on=arguments.lint.fail_on))
        raise
