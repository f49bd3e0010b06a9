"""The creation itself: one token for one content, so that no repetition makes a twin, and no failure is taken for a success."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from packager.aws import deployments, upsert
from packager.aws.calls import call, error_code
from packager.aws.comparing import UNKNOWN, differing
from packager.aws.delivery import Task
from packager.aws.outcome import reason
from packager.aws.submission import FailedError, InterruptedWaitError, Submission
from packager.aws.upsert import identity, with_token
from packager.deployed import FAILED, Deployed, of_answer
from packager.diagnostics import ServiceError
from packager.parcel import Parcel
from packager.request import Request, body

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient

_MOST_ATTEMPTS = 25


def create(task: Task, request: Request, sent: Request, known: frozenset[str]) -> Submission:
    """Send a request; `sent` is the same with its files on S3, and `known` identifies what was there before.

    A repeated token is answered with what it made the first time; if that FAILED, a further attempt gets a token of its own.

    Raises:
        ServiceError: the service refused, the version's name is taken, or somebody else created a workflow of that name meanwhile.
    """
    client, parcel = task.client, task.parcel
    content = _inline(parcel) if sent.definition_zip is not None else None
    attempt = 0
    while True:
        try:
            answer = call(client, sent.operation, body(sent, content))
        except ServiceError as error:
            if error_code(error.__cause__) != "ConflictException":
                raise
            return _after_conflict(task, request, error)
        seen = _seen(
            task, request, of_answer({**answer, "versionName": request.version_name if request.workflow_id else None})
        )
        earlier = identity(seen) in known
        if not (earlier and seen.status == FAILED) or parcel.fixed_request_id or attempt >= _MOST_ATTEMPTS:
            submission = task.submission("reused" if earlier else "created", seen, request)
            _check_twins(client, submission)
            return submission
        attempt += 1
        task.say(f"an earlier attempt FAILED ({seen.label}); attempt {attempt + 1}")
        request = with_token(request, attempt)
        sent = replace(sent, request_id=request.request_id)


def _seen(task: Task, request: Request, made: Deployed) -> Deployed:
    """What was made, as the service shows it; as the creation answered, where that cannot be had just now.

    Raises:
        InterruptedWaitError: the user interrupted; it has what was made.
    """
    try:
        return deployments.get(task.client, made.workflow_id, made.version_name)
    except ServiceError as error:
        task.say(f"{made.label} is made; {error.message}")
        return made
    except KeyboardInterrupt:
        raise InterruptedWaitError(task.submission("created", made, request)) from None


def _inline(parcel: Parcel) -> bytes:
    assert parcel.zip_file is not None, "a definition without its zip"
    parcel.zip_file.seek(0)
    return parcel.zip_file.read()


def _after_conflict(task: Task, request: Request, error: ServiceError) -> Submission:
    """A version of that name exists: the same one is fine, another is said to be so."""
    if request.workflow_id is None or request.version_name is None:
        raise error
    seen = upsert.version_or_none(task.client, request.workflow_id, request.version_name)
    if seen is None:
        raise error
    if seen.status == FAILED:
        raise ServiceError(
            f"the {seen.label} has FAILED, and its name is taken: {reason(seen)}",
            "`--replace-failed` deletes it and takes its place; or choose another `--version-name`",
        ) from error
    difference = differing(task.client, task.parcel, seen)
    if difference:
        if difference == [UNKNOWN]:
            difference = ["its definition or other things that cannot be compared"]
        raise upsert.taken(seen, difference, chosen=task.parcel.request.version_name is not None) from error
    return task.submission("reused", seen, request)


def _check_twins(client: OmicsClient, submission: Submission) -> None:
    """Somebody else may have created a workflow of that name since we looked; nothing but a look afterwards shows it."""
    request = submission.request
    if request.workflow_id is not None or request.name is None:
        return
    others = upsert.other_workflows(client, request.name, submission.workflow_id)
    if others:
        listed = ", ".join(one.workflow_id for one in others)
        raise FailedError(
            submission,
            f"workflow {submission.workflow_id} was created, and meanwhile somebody else created {listed} of the name `{request.name}`",
            "delete one of them, and submit with `--workflow-id` from then on",
        )
