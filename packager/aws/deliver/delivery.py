"""Delivering a request: decide, stage, create, wait, and compare what came of it with what was meant."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from packager.aws.deadline import Deadline, OutOfTimeError
from packager.aws.deliver import decision as upsert
from packager.aws.deliver import deployments, outcome, staged_members
from packager.aws.deliver.creation import create
from packager.aws.deliver.options import Created, Delivery, Task, ignore
from packager.aws.deliver.prepared import Parcel
from packager.aws.deliver.staging import Progress
from packager.aws.deliver.submission import FailedError, InterruptedWaitError, Submission, UnfinishedError
from packager.aws.deliver.waiting import settle
from packager.aws.identity import Caller, caller_of, check_account
from packager.aws.session import Target, is_loopback, omics_client
from packager.errors import ServiceError
from packager.healthomics.deployed import Deployed
from packager.healthomics.request import Request

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient


# How long to ask who the caller is, where nothing but a record needs it.
_IDENTIFY_SECONDS = 20.0


def deliver(
    parcel: Parcel,
    target: Target,
    delivery: Delivery,
    *,
    progress: Progress | None = None,
    created: Created = ignore,
) -> Submission:
    """Create the workflow or a version of it, unless the same is there already, and wait for ACTIVE.

    `created` is called as soon as something was created, and whenever more is known of it: whatever is raised then, this is there.

    Raises:
        PackagerError: the credentials are of another account, or several workflows have the name; nothing was sent.
        ServiceError: AWS refused, or the workflow became FAILED, or is not what was meant, or the time ran out before anything
            was created. A `FailedError` has what was created.
        StillCreatingError: it was still CREATING when the time ran out.
        InterruptedWaitError: the user interrupted after something was created.
    """
    deadline = Deadline.after(delivery.timeout)
    client = omics_client(target, deadline)
    latest: list[Submission] = []

    def note(submission: Submission) -> None:
        latest.append(submission)
        created(submission)

    try:
        caller = _caller(parcel, target, delivery, deadline)
        task = Task(client, parcel, target, caller, progress or (lambda _: None), note)
        return _deliver(task, delivery, deadline)
    except (FailedError, UnfinishedError, InterruptedWaitError):
        raise
    except (ServiceError, KeyboardInterrupt) as error:
        if not latest:
            raise
        raise _with_submission(error, latest[-1], deadline) from error
    finally:
        client.close()


def _deliver(task: Task, delivery: Delivery, deadline: Deadline) -> Submission:
    submission = _submit(task, delivery, deadline)
    if submission.action == "created":
        task.created(submission)
    if delivery.wait:
        submission = _wait(task.client, submission, deadline, task.say)
    return outcome.judged(submission, task.parcel) if submission.deployed.finished else submission


def _with_submission(
    error: ServiceError | KeyboardInterrupt, submission: Submission, deadline: Deadline
) -> FailedError | UnfinishedError | InterruptedWaitError:
    """An error that has what was created before it."""
    if isinstance(error, KeyboardInterrupt):
        return InterruptedWaitError(submission)
    if isinstance(error, OutOfTimeError):
        return UnfinishedError(submission, deadline.seconds)
    return FailedError(submission, error.message, error.hint)


def status_of(
    workflow_id: str,
    version_name: str | None,
    target: Target,
    *,
    timeout: float = 600,
    wait: bool = False,
    progress: Progress | None = None,
) -> Submission:
    """What the service says of a workflow or a version; with `wait`, at the end of CREATING. All of it takes at most `timeout` seconds.

    Raises:
        ServiceError: AWS refused or did not answer in time, or it is FAILED, INACTIVE or DELETED.
        StillCreatingError: it is still CREATING.
    """
    deadline = Deadline.after(timeout)
    client = omics_client(target, deadline)
    try:
        found = Submission(
            "seen",
            deployments.get(client, workflow_id, version_name),
            Request(workflow_id=workflow_id if version_name else None, version_name=version_name),
            client.meta.region_name,
        )
        deadline = deadline if wait else Deadline.after(0)
        return outcome.judged(_wait(client, found, deadline, progress or (lambda _: None)), None)
    finally:
        client.close()


def _caller(parcel: Parcel, target: Target, delivery: Delivery, deadline: Deadline) -> Caller | None:
    """Who submits, where that must be known before anything is sent; the embedded emulator knows nobody."""
    if target.static_credentials:
        return None
    owner_needed = staged_members.needs_bucket(parcel, delivery) and parcel.request.workflow_bucket_owner_id is None
    if delivery.account is not None or owner_needed:
        caller = caller_of(target, deadline)
        if delivery.account is not None:
            check_account(caller, delivery.account)
        return caller
    if delivery.identify:
        try:
            return caller_of(target, Deadline.after(min(_IDENTIFY_SECONDS, deadline.left / 4)))
        except ServiceError:
            return None  # a record without a name is better than no submission
    return None


def _submit(task: Task, delivery: Delivery, deadline: Deadline) -> Submission:
    """Decide, and send what is not there already."""

    def settled(deployed: Deployed) -> Deployed:
        if not deployed.finished:
            task.say(f"{deployed.label} is {deployed.status}; waiting before anything is decided")
        found = settle(task.client, deployed, deadline, task.say)
        if not found.finished:
            raise UnfinishedError(task.submission("seen", found, task.parcel.request), deadline.seconds)
        return found

    parcel = task.parcel
    decision = upsert.decide(task.client, parcel, settled, carry_over=delivery.carry_over)
    request = decision.request
    if decision.existing is not None:
        if request.definition_zip is None:
            task.say("what lies at the definition's place may have changed since: only a new version would have it")
        return task.submission("reused", decision.existing, request)
    report = outcome.beforehand(decision, parcel.policy)
    owner = parcel.request.workflow_bucket_owner_id or (task.caller.account if task.caller else None)
    with_s3 = not is_loopback(task.client.meta.endpoint_url) or "AWS_ENDPOINT_URL_S3" in os.environ
    if request.definition_uri is not None and owner is not None and with_s3:
        staged_members.check_definition(request.definition_uri, task, owner)
    sent = staged_members.staged(request, task, delivery, owner)
    known = decision.known
    if decision.failed is not None and delivery.replace_failed:
        task.say(f"deleting the {decision.failed.label}, which has FAILED")
        deployments.delete_version(task.client, decision.failed)
        known -= {upsert.identity(decision.failed)}
    return replace(create(task, request, sent, known), report=report)


def _wait(client: OmicsClient, submission: Submission, deadline: Deadline, say: Progress) -> Submission:
    try:
        deployed = settle(client, submission.deployed, deadline, say)
    except KeyboardInterrupt:
        raise InterruptedWaitError(submission) from None
    except ServiceError as error:
        raise FailedError(
            submission, error.message, error.hint or "what was made is there: see it with `packager status`"
        ) from error
    submission = replace(submission, deployed=deployed)
    if not deployed.finished:
        raise UnfinishedError(submission, deadline.seconds)
    return submission
