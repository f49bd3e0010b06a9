"""`packager status`: the status of a workflow or a version in the service."""

from __future__ import annotations

from dataclasses import dataclass

import click

from packager.cli.arguments import with_arguments
from packager.cli.endpoint import ServiceArguments, open_service, service_options, timeout_option
from packager.cli.options import format_option, in_characters, region_option, show_option, view_of
from packager.cli.output import note, style
from packager.cli.streams import write_before
from packager.errors import ServiceError, StillCreatingError
from packager.render.report import to_json
from packager.render.submission import status_json, status_text


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusArguments:
    """The options of `packager status`."""

    workflow_id: str
    version_name: str | None
    wait: bool
    timeout: float
    region: str | None
    service: ServiceArguments
    show: tuple[str, ...]
    form: str


@click.command("status")
@click.argument("workflow_id", metavar="ID", callback=in_characters)
@click.option("--version-name", metavar="NAME", callback=in_characters, help="A version of the workflow.")
@click.option("--wait", is_flag=True, help="Wait until it is ACTIVE or FAILED.")
@timeout_option
@region_option
@service_options
@show_option
@format_option("text", "json")
@with_arguments(StatusArguments)
def command(arguments: StatusArguments) -> int:
    """Show the status and the status message of the workflow ID, or of a version of it.

    Exit code 0: ACTIVE; 3: FAILED, INACTIVE or DELETED, or AWS refused; 4: still CREATING.
    """
    from packager.aws.deliver.submission import FailedError, UnfinishedError  # noqa: PLC0415 - boto3 only when the service is asked
    from packager.aws.deliver.waiting import status_of  # noqa: PLC0415 - as above

    failure: ServiceError | StillCreatingError | None = None
    try:
        with open_service(arguments.region, arguments.service) as target:
            submission = status_of(
                arguments.workflow_id,
                arguments.version_name,
                target,
                timeout=arguments.timeout,
                wait=arguments.wait,
                progress=note,
            )
    except (FailedError, UnfinishedError) as error:
        failure, submission = error, error.submission
    as_json = arguments.form == "json"
    view = view_of(arguments.show, "warning", quiet=False, fail_on=())
    write_before(failure, to_json(status_json(submission)) if as_json else status_text(submission, style(), view))
    if failure is not None:
        raise failure
    return 0
