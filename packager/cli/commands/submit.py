"""`packager submit`: create the workflow or a version of it, unless the same is there, and wait."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from packager.app import load as pipeline
from packager.app.loaded import Loaded
from packager.aws.deliver.prepared import STAGEABLE, Parcel
from packager.cli.endpoint import service, service_options, timeout_option
from packager.cli.options import (
    account_option,
    file_option,
    format_option,
    lines_of,
    load,
    no_lint_option,
    note,
    optional_source_options,
    pattern_options,
    show_findings,
    style,
    write,
)
from packager.cli.request_options import request_options, settings_of
from packager.cli.streams import write_before
from packager.cli.submission_reporter import Reporting, SubmissionLog
from packager.errors import PackagerError
from packager.healthomics.request import Request
from packager.render.report import report_json, report_text, to_json
from packager.render.submission import dry_run_json

if TYPE_CHECKING:
    from packager.aws.deliver.options import Delivery
    from packager.aws.session import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class _How:
    """How to submit, and what to do with the outcome: the options that are no members of the request."""

    carry_over: bool
    replace_failed: bool
    staging: str | None
    staged: tuple[str, ...]
    profile: str | None
    endpoint_url: str | None
    local: bool
    database: str | None
    dry_run: bool
    no_wait: bool
    timeout: float
    record: str | None
    promote_from: str | None
    form: str
    target_name: str | None


@click.command("submit", short_help="Create the workflow or the version.")
@optional_source_options
@pattern_options
@request_options
@click.option("--carry-over", is_flag=True, help="Take along what the newest version has and you do not name.")
@click.option("--replace-failed", is_flag=True, help="Delete a FAILED version of the chosen `--version-name` first.")
@click.option("--staging", metavar="S3-URI", help="`s3://BUCKET/PREFIX`: where to put what is too large for a request.")
@click.option(
    "--stage",
    "staged",
    type=click.Choice(STAGEABLE),
    multiple=True,
    help="Put this there whatever its size; may be repeated.",
)
@account_option
@service_options
@click.option("--dry-run", is_flag=True, help="Print the request and send nothing.")
@click.option("--no-wait", is_flag=True, help="Do not wait until the workflow is ACTIVE.")
@timeout_option
@file_option("--record", help="Append what was done to this file, as a line of JSON.")
@click.option(
    "--promote-from",
    metavar="TARGET",
    help="Refuse anything but the content that, by the file of `--record`, became ACTIVE in this target.",
)
@no_lint_option
@format_option("text", "json")
def command(path: str, form: str, **options: Any) -> int:
    """Lint and package the workflow at PATH, create it (or a version of it) in HealthOmics, and wait until it is ACTIVE.

    If the account has a workflow of that name (or with `--workflow-id`), a version of it is created; if the same content and
    configuration is there already, nothing is. A zip is sent as it is. PATH may be left out with `--definition-uri` or
    `--definition-repository`. The README.md beside main is sent along.
    """
    gate = not options.pop("no_lint")
    written = options.pop("cli_input")
    names = [field.name for field in fields(_How) if field.name != "form"]
    how = _How(form=form, **{name: options.pop(name) for name in names})
    _check_options(how)
    settings = settings_of(path, options, written)
    loaded, parcel = _prepared(path, settings, options, how, gate=gate)
    with parcel:
        if how.dry_run:
            write(to_json(dry_run_json(parcel.request, parcel.report)))
            if form == "text":
                show_findings(parcel.report, loaded)
            return 0
        show_findings(parcel.report, loaded)
        _check_promotion(parcel, how)
        region, cache = (loaded.region, loaded.cache) if loaded else (options["region"], None)
        where: dict[str, Any] = {
            "profile": how.profile,
            "endpoint_url": how.endpoint_url,
            "local": how.local,
            "database": how.database,
        }
        with service(region, **where, cache=cache, new=True) as target:
            return _send(parcel, target, _delivery(options, how), how)


def _check_options(how: _How) -> None:
    if how.local and how.endpoint_url:
        raise click.UsageError("--local and --endpoint-url do not go together")
    if how.staged and not how.staging:
        raise click.UsageError("--stage needs --staging")
    if how.promote_from and not how.record:
        raise click.UsageError("--promote-from needs --record")
    if how.staging:
        from packager.aws.deliver.staging import staging_of  # noqa: PLC0415 - boto3 only where something is staged

        staging_of(how.staging)


def _prepared(
    path: str, settings: Request, options: dict[str, Any], how: _How, *, gate: bool
) -> tuple[Loaded | None, Parcel]:
    """The request, ready to be sent; findings that stand in the way are shown."""
    loaded = None
    try:
        if not path:
            names = ("parameter_template", "container_registry_map", "region", "account", "policy")
            return None, pipeline.prepare_remote(settings, **{name: options[name] for name in names})
        loaded = load(path, options)
        staging = how.staging is not None
        return loaded, pipeline.prepare(loaded, settings, check=gate, gate=gate, staging=staging, staged=how.staged)
    except pipeline.RefusedError as refused:
        text = (
            to_json(report_json(refused.report))
            if how.form == "json"
            else report_text(refused.report, style(), lines_of(loaded))
        )
        write_before(refused, text)
        raise


def _check_promotion(parcel: Parcel, how: _How) -> None:
    """What must hold before anything is sent: the record can be written, and the content is the one to promote."""
    if how.record is None:
        return
    from packager.project import submission_log  # noqa: PLC0415 - only where there are records

    path = Path(how.record)
    if how.promote_from is not None:
        definition = parcel.request.definition_zip
        if definition is None:
            raise PackagerError(
                "what lies elsewhere cannot be promoted: its content is not known", "give the zip as PATH"
            )
        own_zip = definition.sha256 if parcel.as_given else None
        before = submission_log.check_promotion(path, how.promote_from, definition.content_digest, own_zip)
        note(f"the same content became ACTIVE in `{how.promote_from}` at {before.get('time')}")
    submission_log.check_writable(path)


def _delivery(options: dict[str, Any], how: _How) -> Delivery:
    from packager.aws.deliver.options import Delivery  # noqa: PLC0415 - boto3 only when something is sent
    from packager.aws.deliver.staging import staging_of  # noqa: PLC0415 - as above

    return Delivery(
        wait=not how.no_wait,
        timeout=how.timeout,
        staging=staging_of(how.staging) if how.staging else None,
        staged=frozenset(how.staged),
        account=options["account"],
        carry_over=how.carry_over,
        replace_failed=how.replace_failed,
        identify=how.record is not None,
    )


def _send(parcel: Parcel, target: Target, delivery: Delivery, how: _How) -> int:
    from packager.aws.deliver.delivery import deliver  # noqa: PLC0415 - boto3 only when something is sent
    from packager.aws.deliver.submission import FailedError, InterruptedWaitError, UnfinishedError  # noqa: PLC0415 - as above

    where = {"--profile": how.profile, "--endpoint-url": how.endpoint_url, "--local": how.local, "--db": how.database}
    reporting = Reporting(
        form=how.form,
        record=how.record,
        target_name=how.target_name,
        where=where,
        local=how.local,
        wait=delivery.wait,
    )
    log = SubmissionLog(parcel, reporting)
    try:
        submission = deliver(parcel, target, delivery, progress=note, created=log.created)
        log.end(submission, None)
    except (FailedError, UnfinishedError, InterruptedWaitError) as error:
        log.end(error.submission, error)
    except BaseException as error:
        if log.latest is None or log.ended:
            raise
        log.end(log.latest, error)
    return 0
