"""`packager status`: what the service says of a workflow or a version."""

from __future__ import annotations

from typing import Any

import click

from packager.cli.endpoint import service, service_options, timeout_option
from packager.cli.options import format_option, note, style
from packager.cli.streams import write_before
from packager.cli.values import in_characters
from packager.errors import ServiceError, StillCreatingError
from packager.render.report import to_json
from packager.render.submission import status_json, status_text


@click.command("status", short_help="What the service says of a workflow.")
@click.argument("workflow_id", metavar="ID", callback=in_characters)
@click.option("--version-name", metavar="NAME", callback=in_characters, help="A version of the workflow.")
@click.option("--wait", is_flag=True, help="Wait until it is ACTIVE or FAILED.")
@timeout_option
@click.option("--region", metavar="NAME", envvar=["AWS_REGION", "AWS_DEFAULT_REGION"], help="The AWS Region.")
@service_options
@format_option("text", "json")
def command(workflow_id: str, version_name: str | None, wait: bool, timeout: float, form: str, **where: Any) -> int:
    """Show the status and the service's own words of the workflow ID, or of a version of it.

    Exit code 0: ACTIVE; 3: FAILED, INACTIVE or DELETED, or refused; 4: still CREATING.
    """
    from packager.aws.deliver.delivery import status_of  # noqa: PLC0415 - boto3 only when something is asked
    from packager.aws.deliver.submission import FailedError, UnfinishedError  # noqa: PLC0415 - as above

    failure: ServiceError | StillCreatingError | None = None
    try:
        with service(where.pop("region"), **where) as target:
            seen = status_of(workflow_id, version_name, target, timeout=timeout, wait=wait, progress=note)
    except (FailedError, UnfinishedError) as error:
        failure, seen = error, error.submission
    write_before(failure, to_json(status_json(seen)) if form == "json" else status_text(seen, style()))
    if failure is not None:
        raise failure
    return 0
