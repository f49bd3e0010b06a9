"""The creation itself: one token for one content, so that no repetition makes a twin, and no failure is taken for a success."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from packager.aws.calls import WrongAnswerError, call, error_code
from packager.aws.deliver import decision, deployments
from packager.aws.deliver.comparison import UNKNOWN, differing
from packager.aws.deliver.decision import identity, with_token
from packager.aws.deliver.options import Task
from packager.aws.deliver.outcome import reason
from packager.aws.deliver.prepared import Parcel
from packager.aws.deliver.submission import FailedError, Submission
from packager.errors import PackagerError, ServiceError
from packager.healthomics.deployed import FAILED, Deployed, deployed_as_far_as_known
from packager.healthomics.request import Request, body

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient

_MOST_ATTEMPTS = 25


def create(task: Task, request: Request, sent: Request, known: frozenset[str]) -> Submission:
    """Send a request; `sent` is the same with its files on S3, and `known` identifies what was there before.

    A repeated token is answered with what it made the first time; if that FAILED, a further attempt gets a token of its own.

    Raises:
        ServiceError: the service refused, the version's name is taken, or somebody else created a workflow of that name meanwhile.
    """
    content = _inline(task.parcel) if sent.definition_zip is not None else None
    attempt = 0
    while True:
        received: list[dict[str, Any]] = []
        try:
            try:
                call(task.client, sent.operation, body(sent, content), received)
            except ServiceError as error:
                if error_code(error.__cause__) != "ConflictException":
                    raise
                return _after_conflict(task, request, error)
            made = deployments.read(sent.operation, _named(request, received[0]))
            if identity(made) not in known:  # whatever happens from here on, something was created
                task.created(task.submission("created", made, request))
            received.clear()
        except BaseException as error:
            _tell(task, request, received, known, error)
            raise
        seen = _seen(task, made)
        earlier = identity(seen) in known
        if not (earlier and seen.status == FAILED) or task.parcel.fixed_request_id or attempt >= _MOST_ATTEMPTS:
            submission = task.submission("reused" if earlier else "created", seen, request)
            _check_twins(task.client, submission)
            return submission
        attempt += 1
        task.say(f"an earlier attempt FAILED ({seen.label}); attempt {attempt + 1}")
        request = with_token(request, attempt)
        sent = replace(sent, request_id=request.request_id)


def _named(request: Request, answer: dict[str, Any]) -> dict[str, Any]:
    """The answer to a creation with the version's name, which only a version has."""
    return {**answer, "versionName": request.version_name if request.workflow_id else None}


def _tell(
    task: Task, request: Request, received: list[dict[str, Any]], known: frozenset[str], error: BaseException
) -> None:
    """Report what was created, though its answer is not as it should be, or the user interrupted; or that something may have been."""
    answer = received[0] if received else {}
    workflow_id = request.workflow_id or answer.get("id")
    if not received or not isinstance(workflow_id, str | int):
        if received or isinstance(error, KeyboardInterrupt | WrongAnswerError):
            was = "was" if received else "may have been"
            task.say(f"it {was} created: run the same command again, which goes on with what was created")
        return
    members = {name: answer.get(name) for name in ("arn", "uuid", "status")}
    made = deployed_as_far_as_known(_named(request, {"id": str(workflow_id), **members}))
    if identity(made) not in known:
        task.created(task.submission("created", made, request))


def _seen(task: Task, made: Deployed) -> Deployed:
    """What was made, as the service shows it; as the creation answered, where that cannot be had just now."""
    try:
        return deployments.get(task.client, made.workflow_id, made.version_name)
    except ServiceError as error:
        task.say(f"{made.label} is made; {error.message}")
        return made


def _inline(parcel: Parcel) -> bytes:
    assert parcel.zip_file is not None, "a definition without its zip"
    parcel.zip_file.seek(0)
    content = parcel.zip_file.read()
    definition = parcel.request.definition_zip
    if definition is not None and hashlib.sha256(content).hexdigest() != definition.sha256:
        raise PackagerError("the zip changed since it was checked; nothing was sent", "run it again")
    return content


def _after_conflict(task: Task, request: Request, error: ServiceError) -> Submission:
    """A version of that name exists: the same one is fine, another is said to be so."""
    if request.workflow_id is None or request.version_name is None:
        raise error
    seen = decision.version_or_none(task.client, request.workflow_id, request.version_name)
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
        raise decision.taken(seen, difference, chosen=task.parcel.request.version_name is not None) from error
    return task.submission("reused", seen, request)


def _check_twins(client: OmicsClient, submission: Submission) -> None:
    """Somebody else may have created a workflow of that name since we looked; nothing but a look afterwards shows it."""
    request = submission.request
    if request.workflow_id is not None or request.name is None:
        return
    others = decision.other_workflows(client, request.name, submission.workflow_id)
    if others:
        listed = ", ".join(one.workflow_id for one in others)
        raise FailedError(
            submission,
            f"workflow {submission.workflow_id} was created, and meanwhile somebody else created {listed} of the name `{request.name}`",
            "delete one of them, and submit with `--workflow-id` from then on",
        )
