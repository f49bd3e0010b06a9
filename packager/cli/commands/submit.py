"""`packager submit`: create the workflow or a version of it, unless the same exists, and wait."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from packager.app.build import prepare
from packager.app.check import RefusedError
from packager.app.loaded import Loaded
from packager.app.options import LoadOptions, SubmitOptions
from packager.aws.deliver.prepared import STAGEABLE, staging_of
from packager.cli.arguments import with_arguments
from packager.cli.endpoint import ServiceArguments, look_for_service, open_service, service_options, timeout_option
from packager.cli.given import given_workflows
from packager.cli.help import SectionedCommand
from packager.cli.hints import lint_command, with_paths
from packager.cli.options import (
    account_option,
    file_option,
    format_option,
    load_source,
    negated,
    no_lint_option,
    pattern_options,
    source_options,
)
from packager.cli.output import errors_of, located, note, show_next, write
from packager.cli.progress import waiting
from packager.cli.request_options import request_options
from packager.cli.streams import write_before, write_stderr
from packager.findings.report import Report
from packager.healthomics.request import Request
from packager.render.next_steps import after_submit
from packager.render.report import report_json, to_json
from packager.render.submission import dry_run_json, resume_line
from packager.settings.arguments import SourceArguments

if TYPE_CHECKING:
    from packager.aws.session import Target

_REQUEST = ("REQ",)  # the family of findings about the request


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitArguments:
    """The options of `packager submit`."""

    source: SourceArguments
    request: Request
    submit: SubmitOptions
    service: ServiceArguments
    dry_run: bool
    form: str


@click.command(
    "submit",
    cls=SectionedCommand,
    page="submitting.md",
    examples=(
        ("packager submit workflows/calling --local", "try it on the embedded emulator, without an account"),
        (
            "packager submit workflows/calling --target prod --storage-type DYNAMIC",
            "create the workflow, or a version of it",
        ),
    ),
)
@source_options
@pattern_options
@request_options
@click.option("--carry-over", is_flag=True, help="Keep the settings of the newest version that you do not set.")
@click.option(
    "--replace-failed", is_flag=True, help="First delete the version with this `--version-name` if it is FAILED."
)
@click.option("--staging", metavar="S3-URI", help="`s3://BUCKET/PREFIX` for content that is too large for a request.")
@click.option(
    "--stage",
    "staged",
    type=click.Choice(STAGEABLE),
    multiple=True,
    help="Upload this to `--staging` even if it is small; can be repeated.",
)
@account_option
@service_options
@click.option("--dry-run", is_flag=True, help="Print the request and send nothing.")
@click.option("--no-wait", "wait", is_flag=True, callback=negated, help="Do not wait until the workflow is ACTIVE.")
@timeout_option
@file_option("--record", help="Append the submission to this file, as one line of JSON.")
@click.option(
    "--promote-from",
    metavar="TARGET",
    help="Submit only if the same content became ACTIVE in this target, according to the `--record` file.",
)
@no_lint_option
@format_option("text", "json")
@with_arguments(SubmitArguments)
def command(arguments: SubmitArguments) -> int:
    """Lint and package the workflow at PATH, create it (or a version of it) in HealthOmics, and wait until it is ACTIVE.

    If the account has a workflow of that name (or with `--workflow-id`), a version of it is created, unless one with the same content
    and configuration exists. If PATH is a zip, it is sent as is. You can omit PATH with `--definition-uri` or
    `--definition-repository`. The README.md next to the main file is sent too.
    """
    _check_options(arguments)
    loaded = load_source(arguments.source) if arguments.source.path else None
    definition = loaded or arguments.source.load
    try:
        if arguments.dry_run:
            return _print_request(definition, arguments)
        known = look_for_service(
            definition.region, arguments.service, given_workflows(), timeout=arguments.submit.timeout
        )
        return _submit(definition, arguments, known)
    except RefusedError as error:
        if arguments.form == "json":
            write_before(error, to_json(report_json(located(error.report, loaded))))
        else:
            write_before(error, _errors(error.report, arguments, loaded))
        raise


def _check_options(arguments: SubmitArguments) -> None:
    options = arguments.submit
    if arguments.service.local and arguments.service.endpoint_url:
        raise click.UsageError("--local and --endpoint-url cannot be used together")
    if options.staged and not options.staging:
        raise click.UsageError("--stage needs --staging")
    if options.promote_from and not options.record:
        raise click.UsageError("--promote-from needs --record")
    if options.staging:
        staging_of(options.staging)


def _print_request(definition: Loaded | LoadOptions, arguments: SubmitArguments) -> int:
    loaded = definition if isinstance(definition, Loaded) else None
    with prepare(definition, arguments.request, arguments.submit) as prepared:
        write(to_json(dry_run_json(prepared.request, located(prepared.report, loaded))))
        if arguments.form == "text":
            _show(prepared.report, arguments, loaded)
    return 0


def _show(report: Report, arguments: SubmitArguments, loaded: Loaded | None) -> None:
    write_stderr(_errors(report, arguments, loaded, stderr=True))


def _errors(report: Report, arguments: SubmitArguments, loaded: Loaded | None, *, stderr: bool = False) -> str:
    """The errors, and all warnings that `lint` does not show: those about the request, or all if the definition is not local."""
    report = with_paths(report, arguments.source, loaded)
    own = _REQUEST if loaded is not None else ("",)
    fail_on = arguments.submit.lint.fail_on
    return errors_of(report, loaded, elsewhere=lint_command(arguments.source), own=own, fail_on=fail_on, stderr=stderr)


def _submit(definition: Loaded | LoadOptions, arguments: SubmitArguments, known: Target | None) -> int:
    from packager.app.submit import submit  # noqa: PLC0415 - boto3 only when something is sent
    from packager.cli.submission_reporter import SubmissionReporter  # noqa: PLC0415 - as above

    service, loaded = arguments.service, definition if isinstance(definition, Loaded) else None

    def connect() -> AbstractContextManager[Target]:
        return open_service(definition.region, service, cache=loaded.cache if loaded else None, new=True, known=known)

    reporter = SubmissionReporter(
        progress=note,
        watch=waiting,
        form=arguments.form,
        flags=service.flags(),
        local=service.local,
        loaded=loaded,
        show_report=lambda report: _show(report, arguments, loaded),
    )
    submission = submit(definition, arguments.request, connect, options=arguments.submit, listener=reporter)
    if arguments.form == "text" and not submission.deployed.finished:
        show_next(resume_line(submission, service.flags()))
    elif arguments.form == "text" and loaded is not None:
        workflow_id = None if service.local else submission.workflow_id
        show_next(after_submit(given_workflows(), workflow_id, submission.version_name))
    return 0
