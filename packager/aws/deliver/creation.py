"""The creation itself: one token per content, so that no retry creates a second workflow, and no failure counts as a success."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from packager.aws.client import Answer, Client, WrongAnswerError, error_code
from packager.aws.deliver import decision, deployments
from packager.aws.deliver.comparison import UNKNOWN, differing
from packager.aws.deliver.decision import identity, with_token
from packager.aws.deliver.prepared import PreparedRequest
from packager.aws.deliver.submission import DeliveryContext, FailedError, Submission, failure_reason
from packager.errors import PackagerError, ServiceError
from packager.healthomics.deployed import FAILED, Deployed, deployed_as_far_as_known
from packager.healthomics.request import Request
from packager.healthomics.request_body import body

_MOST_ATTEMPTS = 25


def create(context: DeliveryContext, request: Request, sent: Request, known: frozenset[str]) -> Submission:
    """Send a request; `sent` is the same with its files on S3, and `known` identifies what existed before.

    The service answers a repeated token with what it created the first time; if that FAILED, a further attempt gets its own token.

    Raises:
        ServiceError: the service refused, the version's name is taken, or someone else created a workflow of that name at the same time.
    """
    content = _zip_content(context.prepared) if sent.definition_zip is not None else None
    attempt = 0
    while True:
        received: list[Answer] = []
        try:
            try:
                context.client.call(sent.operation, body(sent, content), received)
            except ServiceError as error:
                if error_code(error) != "ConflictException":
                    raise
                return _after_conflict(context, request, error)
            created = deployments.read(sent.operation, _with_version_name(request, received[0]))
            if identity(created) not in known:  # whatever happens from here on, something was created
                context.created(context.submission("created", created, request))
            received.clear()
        except BaseException as error:
            _report_created(context, request, received, known, error)
            raise
        seen = _seen(context, created)
        earlier = identity(seen) in known
        if not (earlier and seen.status == FAILED) or context.prepared.fixed_request_id or attempt >= _MOST_ATTEMPTS:
            submission = context.submission("reused" if earlier else "created", seen, request)
            _check_twins(context.client, submission)
            return submission
        attempt += 1
        context.say(f"an earlier attempt FAILED ({seen.label}); attempt {attempt + 1}")
        request = with_token(request, attempt)
        sent = replace(sent, request_id=request.request_id)


def _with_version_name(request: Request, answer: Answer) -> Answer:
    """The answer to a creation with the version's name, which only a version has."""
    return {**answer, "versionName": request.version_name if request.workflow_id else None}


def _report_created(
    context: DeliveryContext, request: Request, received: list[Answer], known: frozenset[str], error: BaseException
) -> None:
    """Report what was, or may have been, created although its answer is broken or the user interrupted."""
    answer = received[0] if received else {}
    workflow_id = request.workflow_id or answer.get("id")
    if not received or not isinstance(workflow_id, str | int):
        if received or isinstance(error, KeyboardInterrupt | WrongAnswerError):
            was = "was" if received else "may have been"
            context.say(f"the workflow {was} created: run the same command again, which continues with it")
        return
    members = {name: answer.get(name) for name in ("arn", "uuid", "status")}
    created = deployed_as_far_as_known(_with_version_name(request, {"id": str(workflow_id), **members}))
    if identity(created) not in known:
        context.created(context.submission("created", created, request))


def _seen(context: DeliveryContext, created: Deployed) -> Deployed:
    """What was created, as the service shows it; as the creation answered if the service cannot show it now."""
    try:
        return deployments.get(context.client, created.workflow_id, created.version_name)
    except ServiceError as error:
        context.say(f"{created.label} was created; {error.message}")
        return created


def _zip_content(prepared: PreparedRequest) -> bytes:
    assert prepared.zip_file is not None, "a definition without its zip"
    prepared.zip_file.seek(0)
    content = prepared.zip_file.read()
    definition = prepared.request.definition_zip
    if definition is not None and hashlib.sha256(content).hexdigest() != definition.sha256:
        raise PackagerError("the zip changed since it was checked; nothing was sent", "run the command again")
    return content


def _after_conflict(context: DeliveryContext, request: Request, error: ServiceError) -> Submission:
    """The submission if a version of that name exists already and is the same.

    Raises:
        ServiceError: it is not the same.
    """
    if request.workflow_id is None or request.version_name is None:
        raise error
    seen = deployments.find_version(context.client, request.workflow_id, request.version_name)
    if seen is None:
        raise error
    if seen.status == FAILED:
        raise ServiceError(
            f"the {seen.label} already exists and has FAILED: {failure_reason(seen)}",
            "use `--replace-failed` to delete and replace it, or choose another `--version-name`",
        ) from error
    difference = differing(context.client, context.prepared, seen)
    if difference:
        if difference == [UNKNOWN]:
            difference = ["its definition, or other parts that cannot be compared"]
        chosen = context.prepared.request.version_name is not None
        raise decision.name_taken(seen, difference, chosen=chosen) from error
    return context.submission("reused", seen, request)


def _check_twins(client: Client, submission: Submission) -> None:
    """Someone else may have created a workflow of that name at the same time; only a look afterwards shows it."""
    request = submission.request
    if request.workflow_id is not None or request.name is None:
        return
    others = decision.other_workflows(client, request.name, submission.workflow_id)
    if others:
        ids = ", ".join(workflow.workflow_id for workflow in others)
        raise FailedError(
            submission,
            f"workflows {submission.workflow_id} and {ids} were created at the same time with the same name `{request.name}`",
            "delete one of them, and submit with `--workflow-id` from now on",
        )
