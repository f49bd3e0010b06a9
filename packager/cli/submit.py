"""`packager submit`: create the workflow or a version of it, and wait."""

from __future__ import annotations

import contextlib
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from packager import limits, pipeline
from packager.cli.local import emulator_database
from packager.cli.options import (
    file_option,
    format_option,
    lines_of,
    load,
    name_from,
    no_lint_option,
    note,
    pattern_options,
    show_findings,
    source_options,
    style,
    write,
)
from packager.diagnostics import PackagerError, ServiceError, StillCreatingError
from packager.loaded import Loaded
from packager.render.report import report_json, report_text, to_json
from packager.render.submission import dry_run_json, submission_json, submission_text
from packager.request import Request

if TYPE_CHECKING:
    from packager.aws.session import Target

_LOCAL_REGION = "us-east-1"


def _tags(_: click.Context, __: click.Parameter, value: str | None) -> tuple[tuple[str, str], ...] | None:
    """`k=v,k2=v2` as pairs; a doubled key stays, for the rule that says so."""
    if value is None:
        return None
    pairs = []
    for part in value.split(","):
        key, equals, text = part.partition("=")
        if not equals:
            raise click.BadParameter(f"`{part}` is not KEY=VALUE")
        pairs.append((key.strip(), text.strip()))
    return tuple(pairs)


def _text_or_file(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    if value is None or not value.startswith("file://"):
        return value
    path = Path(value.removeprefix("file://"))
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PackagerError(f"cannot read `{path}`: {error}") from error


@click.command("submit", short_help="Create the workflow or the version.")
@source_options
@pattern_options
@click.option("--name", help="The workflow's name; the file's or folder's unless given.")
@click.option("--version-name", metavar="NAME", help="The version's name, with `--workflow-id`.")
@click.option("--workflow-id", metavar="ID", help="Create a version of this workflow instead of a new one.")
@click.option("--description", metavar="TEXT", help="What the workflow does.")
@click.option("--definition-uri", metavar="S3-URI", help="The zip is there; PATH serves the checks only.")
@click.option("--storage-type", metavar="TYPE", help=f"One of {', '.join(limits.STORAGE_TYPES)}.")
@click.option("--storage-capacity", type=int, metavar="GIB", help="The size of STATIC storage.")
@click.option("--accelerators", metavar="KIND", help=f"One of {', '.join(limits.ACCELERATORS)}.")
@click.option("--tags", metavar="K=V,...", callback=_tags, help="Tags of the workflow or version.")
@click.option("--container-registry-map-uri", metavar="S3-URI", help="The registry map is there.")
@click.option(
    "--readme-markdown",
    metavar="TEXT",
    callback=_text_or_file,
    help="The README, or file://FILE; `README.md` beside main is found.",
)
@click.option(
    "--workflow-bucket-owner-id",
    metavar="ID",
    help="The account that owns the bucket of `--definition-uri`.",
)
@click.option(
    "--request-id",
    metavar="TOKEN",
    help="The idempotency token; worked out from the content unless given.",
)
@click.option("--profile", metavar="NAME", envvar="AWS_PROFILE", help="The AWS profile.")
@click.option("--endpoint-url", metavar="URL", help="Another endpoint of the service.")
@click.option("--local", is_flag=True, help="Submit to the embedded emulator: no account is needed.")
@file_option("--db", "database", help="The embedded emulator's state, with `--local`.")
@click.option("--dry-run", is_flag=True, help="Print the request and send nothing.")
@click.option("--no-wait", is_flag=True, help="Do not wait until the workflow is ACTIVE.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0),
    default=600,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait.",
)
@no_lint_option
@format_option("text", "json")
def command(path: str, form: str, **options: Any) -> int:
    """Lint and package the workflow at PATH, create it (or a version of it) in HealthOmics, and wait until it is ACTIVE.

    A zip is sent as it is. Sending the same again makes no twin: the request's token is worked out from its content. The
    README.md beside main is sent along.
    """
    gate = not options.pop("no_lint")
    dry_run, local, no_wait = options.pop("dry_run"), options.pop("local"), options.pop("no_wait")
    timeout, profile, endpoint = (
        options.pop("timeout"),
        options.pop("profile"),
        options.pop("endpoint_url"),
    )
    database = options.pop("database")
    if local and endpoint:
        raise click.UsageError("--local and --endpoint-url do not go together")
    settings = _settings(path, options)
    loaded = load(path, options)
    try:
        prepared = pipeline.prepare(loaded, settings, check=gate, gate=gate)
    except pipeline.RefusedError as refused:
        write(
            to_json(report_json(refused.report))
            if form == "json"
            else report_text(refused.report, style(), lines_of(loaded))
        )
        raise
    if dry_run:
        write(to_json(dry_run_json(prepared.request, prepared.report)))
        if form == "text":
            show_findings(prepared.report, loaded)
        return 0
    show_findings(prepared.report, loaded)
    with _target(loaded, local, database, profile, endpoint) as target:
        return _send(prepared, target, form, timeout, wait=not no_wait, fixed=settings.request_id is not None)


def _settings(path: str, options: dict[str, Any]) -> Request:
    """What the command line says of the request; the names are the request's own."""
    members = (
        "name", "version_name", "workflow_id", "description", "definition_uri", "storage_type", "storage_capacity",
        "accelerators", "tags", "container_registry_map_uri", "readme_markdown", "workflow_bucket_owner_id", "request_id",
    )  # fmt: skip
    given = {member: options.pop(member) for member in members}
    if given["workflow_id"] is None and given["name"] is None:
        given["name"] = name_from(path)
    return Request(**given)


@contextlib.contextmanager
def _target(
    loaded: Loaded, local: bool, database: str | None, profile: str | None, endpoint: str | None
) -> Iterator[Target]:
    from packager.aws.session import Target  # noqa: PLC0415 - boto3 only when something is sent

    if not local:
        yield Target(loaded.region, profile, endpoint)
        return
    from packager.emulator import serve  # noqa: PLC0415 - only for `--local`

    region = loaded.region or _LOCAL_REGION
    path = Path(database) if database else emulator_database()
    with serve(path, region=region, cache=loaded.cache) as running:
        yield Target(region, None, running.endpoint_url, static_credentials=True)


def _send(
    prepared: pipeline.Prepared,
    target: Target,
    form: str,
    timeout: float,
    *,
    wait: bool,
    fixed: bool,
) -> int:
    from packager.aws.omics import FailedError, UnfinishedError, send  # noqa: PLC0415 - boto3 only when something is sent

    failure: ServiceError | StillCreatingError | None = None
    try:
        submission = send(
            prepared.request,
            prepared.zip_bytes,
            target,
            fixed_request_id=fixed,
            wait=wait,
            timeout=timeout,
            progress=note,
        )
    except (FailedError, UnfinishedError) as error:
        failure, submission = error, error.submission
    except KeyboardInterrupt:
        note(f"to go on waiting, run it again: {_again()}")
        raise
    write(to_json(submission_json(submission, prepared.report)) if form == "json" else submission_text(submission))
    if isinstance(failure, UnfinishedError):
        note(f"to go on waiting, run it again: {_again()}")
    if failure is not None:
        raise failure
    return 0


def _again() -> str:
    return shlex.join(["packager", *sys.argv[1:]])
