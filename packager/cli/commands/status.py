"""`packager status`: the status of a workflow or a version in the service."""

from __future__ import annotations

from dataclasses import dataclass

import click

from packager.cli.arguments import with_arguments
from packager.cli.endpoint import ServiceArguments, open_service, service_options, timeout_option
from packager.cli.help import SectionedCommand
from packager.cli.options import format_option, in_characters, region_option, show_option, view_of
from packager.cli.output import note, show_next, style, write
from packager.cli.progress import waiting
from packager.cli.streams import write_before
from packager.errors import ServiceError, StillCreatingError
from packager.render.next_steps import after_status_list
from packager.render.report import to_json
from packager.render.submission import (
    resume_line,
    start_run_line,
    status_json,
    status_text,
    workflows_json,
    workflows_text,
)
from packager.settings.account_and_region import check_region
from packager.text import safe


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusArguments:
    """The options of `packager status`."""

    workflow_id: str | None
    name: str | None
    version_name: str | None
    wait: bool
    timeout: float
    region: str | None
    service: ServiceArguments
    show: tuple[str, ...]
    form: str


@click.command(
    "status",
    cls=SectionedCommand,
    page="submitting.md",
    examples=(
        ("packager status", "all workflows"),
        ("packager status 1234567 --version-name v1.2 --wait", "wait until a version is ACTIVE or FAILED"),
    ),
    own=("name", "version_name", "workflow_id"),
)
@click.argument("workflow_id", metavar="[ID]", required=False, callback=in_characters)
@click.option("--name", metavar="NAME", callback=in_characters, help="Exact name of the workflow, instead of ID.")
@click.option("--version-name", metavar="NAME", callback=in_characters, help="A version of the workflow.")
@click.option("--wait", is_flag=True, help="Wait until it is ACTIVE or FAILED.")
@timeout_option
@region_option
@service_options
@show_option
@format_option("text", "json")
@with_arguments(StatusArguments)
def command(arguments: StatusArguments) -> int:
    """Show the status and the status message of the workflow ID, or of a version of it; without ID or `--name`, list all workflows.

    Exit code 0: ACTIVE; 3: FAILED, INACTIVE or DELETED, or AWS refused; 4: still CREATING.
    """
    if arguments.workflow_id is not None and arguments.name is not None:
        raise click.UsageError("ID and --name cannot be used together")
    if arguments.region is not None and not arguments.service.local and arguments.service.endpoint_url is None:
        check_region(arguments.region)
    if arguments.workflow_id is None and arguments.name is None:
        return _list(arguments)
    return _show(arguments)


def _list(arguments: StatusArguments) -> int:
    """Print all workflows of the account."""
    from packager.aws.deliver.waiting import workflows_of  # noqa: PLC0415 - boto3 only when the service is asked

    for option, value in (("--version-name", arguments.version_name), ("--wait", arguments.wait)):
        if value:
            raise click.UsageError(f"{option} needs ID or --name")
    with open_service(arguments.region, arguments.service) as target:
        workflows = workflows_of(target, timeout=arguments.timeout)
    if arguments.form == "json":
        write(to_json(workflows_json(workflows)))
        return 0
    write(workflows_text(workflows, style()))
    if workflows:
        newest = max(workflows, key=lambda workflow: workflow.created or 0)
        show_next(after_status_list(newest.workflow_id, _service_options(arguments)))
    return 0


def _service_options(arguments: StatusArguments) -> list[tuple[str, str]]:
    """The options of this command that name the service, for the next command."""
    flags = {"--region": arguments.region, **arguments.service.flags()}
    return [(name, "" if value is True else str(value)) for name, value in flags.items() if value]


def _show(arguments: StatusArguments) -> int:
    """Print the status of one workflow or version."""
    from packager.aws.deliver.submission import FailedError, UnfinishedError  # noqa: PLC0415 - boto3 only when the service is asked
    from packager.aws.deliver.waiting import status_of  # noqa: PLC0415 - as above

    failure: ServiceError | StillCreatingError | None = None
    try:
        with open_service(arguments.region, arguments.service) as target:
            submission = status_of(
                arguments.workflow_id,
                arguments.version_name,
                target,
                name=arguments.name,
                timeout=arguments.timeout,
                wait=arguments.wait,
                progress=note,
                watch=waiting,
            )
    except (FailedError, UnfinishedError) as error:
        failure, submission = error, error.submission
    as_json = arguments.form == "json"
    view = view_of(arguments.show, "warning", quiet=False, fail_on=())
    write_before(failure, to_json(status_json(submission)) if as_json else status_text(submission, style(), view))
    if isinstance(failure, UnfinishedError):
        failure.hint = safe(f"wait for it with `{resume_line(submission, arguments.service.flags())}`")
    if failure is not None:
        raise failure
    if not as_json and not arguments.service.local:
        show_next(start_run_line(submission))
    return 0
