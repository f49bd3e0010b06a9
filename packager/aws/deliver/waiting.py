"""Waiting until a workflow is no longer CREATING, with increasing pauses and a deadline."""

from __future__ import annotations

from dataclasses import replace

from packager.aws.client import Client, WrongAnswerError, error_code
from packager.aws.deadline import Deadline, OutOfTimeError
from packager.aws.deliver import deployments
from packager.aws.deliver.prepared import Progress, Watch, unwatched
from packager.aws.deliver.submission import (
    FailedError,
    InterruptedWaitError,
    Submission,
    UnfinishedError,
    concluded,
)
from packager.aws.session import Target, is_loopback, omics_client
from packager.errors import ServiceError
from packager.healthomics.deployed import Deployed
from packager.healthomics.request import Request

_FIRST_PAUSE_SECONDS = 0.5
_FIRST_LOCAL_PAUSE_SECONDS = 0.06  # a little more than what the emulator needs for a small workflow
_LONGEST_PAUSE_SECONDS = 15.0
_PAUSE_GROWTH = 1.5
# Errors after which the status is requested again. Botocore has retried each a few times already.
_PASSING = ("", "ThrottlingException", "InternalServerException", "RequestTimeoutException", "ServiceUnavailable")


def settle(client: Client, deployed: Deployed, deadline: Deadline, say: Progress, watch: Watch = unwatched) -> Deployed:
    """A workflow or version when it is no longer CREATING, or as it is when the time has run out.

    Raises:
        ServiceError: the service refused to show it.
    """
    if deployed.finished or not deadline.left:
        return deployed
    with watch(f"{deployed.label}: {deployed.status}"):
        return _polled(client, deployed, deadline, say)


def _polled(client: Client, deployed: Deployed, deadline: Deadline, say: Progress) -> Deployed:
    pause = _FIRST_LOCAL_PAUSE_SECONDS if is_loopback(client.endpoint_url) else _FIRST_PAUSE_SECONDS
    while not deployed.finished and deadline.left:
        deadline.pause(pause)
        pause = min(pause * _PAUSE_GROWTH, _LONGEST_PAUSE_SECONDS)
        try:
            seen = deployments.get(client, deployed.workflow_id, deployed.version_name)
        except OutOfTimeError:
            break
        except ServiceError as error:
            if isinstance(error, WrongAnswerError) or error_code(error) not in _PASSING:
                raise
            say(f"{deployed.label}: {error.message}; trying again")
            continue
        deployed = seen
    return deployed


def wait_until_settled(
    client: Client, submission: Submission, deadline: Deadline, say: Progress, watch: Watch = unwatched
) -> Submission:
    """A submission that has ended.

    Raises:
        FailedError: the service refused to show it.
        UnfinishedError: it was still CREATING when the time ran out.
        InterruptedWaitError: the user interrupted.
    """
    try:
        deployed = settle(client, submission.deployed, deadline, say, watch)
    except KeyboardInterrupt:
        raise InterruptedWaitError(submission) from None
    except ServiceError as error:
        raise FailedError(
            submission, error.message, error.hint or "the workflow exists; show it with `packager status`"
        ) from error
    submission = replace(submission, deployed=deployed)
    if not deployed.finished:
        raise UnfinishedError(submission, deadline.seconds)
    return submission


def workflows_of(target: Target, *, timeout: float = 600) -> list[Deployed]:
    """All own workflows of an account; `timeout` limits the whole listing, in seconds.

    Raises:
        ServiceError: AWS refused or did not answer in time.
    """
    client = omics_client(target, Deadline.after(timeout))
    try:
        return deployments.private_workflows(client)
    finally:
        client.close()


def status_of(
    workflow_id: str | None,
    version_name: str | None,
    target: Target,
    *,
    name: str | None = None,
    timeout: float = 600,
    wait: bool = False,
    progress: Progress | None = None,
    watch: Watch = unwatched,
) -> Submission:
    """The status of a workflow or version; with `wait`, when it is no longer CREATING. `timeout` limits all of it, in seconds.

    Without an id, `name` names the workflow.

    Raises:
        PackagerError: no workflow or more than one has the name.
        ServiceError: AWS refused or did not answer in time, or it is FAILED, INACTIVE or DELETED.
        StillCreatingError: it is still CREATING.
    """
    deadline = Deadline.after(timeout)
    client = omics_client(target, deadline)
    try:
        workflow_id = workflow_id or deployments.newest_of_name(client, name or "")
        submission = Submission(
            "seen",
            deployments.get(client, workflow_id, version_name),
            Request(workflow_id=workflow_id if version_name else None, version_name=version_name),
            client.region,
        )
        deadline = deadline if wait else Deadline.after(0)
        return concluded(wait_until_settled(client, submission, deadline, progress or (lambda _: None), watch), None)
    finally:
        client.close()
