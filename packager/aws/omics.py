"""Creating a workflow or a version, and waiting until the service has made up its mind."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import botocore.exceptions

from packager.aws.session import Target, omics_client
from packager.diagnostics import ServiceError, StillCreatingError
from packager.request import Request, body, request_id

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient

__all__ = ["Progress", "Submission", "Target", "send", "status_of"]

Progress = Callable[[str], None]

_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 15.0
_PAUSE_GROWTH = 1.5
_MOST_ATTEMPTS = 25
_CLOCK_TOLERANCE_SECONDS = 2
_FINAL = ("ACTIVE", "FAILED", "INACTIVE", "DELETED")
_HINTS = {
    "AccessDeniedException": "the caller needs `omics:CreateWorkflow` or `omics:CreateWorkflowVersion`, the matching Get, "
    "and `omics:TagResource` when tags are given",
    "ResourceNotFoundException": "look at the workflow id, the Region and the account",
    "ServiceQuotaExceededException": "remove workflows or versions that are not needed, or ask for a higher quota",
    "ThrottlingException": "try again in a while",
    "ValidationException": "the service's own words say which member it refused",
    "ExpiredTokenException": "renew the credentials",
    "UnrecognizedClientException": "look at the credentials and the Region",
}


@dataclass(frozen=True, slots=True)
class Submission:
    """What became of a request. `action` is `created`, or `reused` when it had been made before."""

    action: str
    workflow_id: str
    version_name: str | None
    arn: str
    uuid: str | None
    tags: tuple[tuple[str, str], ...]
    status: str
    status_message: str
    request: Request
    region: str
    account: str


class FailedError(ServiceError):
    """The workflow became FAILED (or ended otherwise); `submission` has the service's words."""

    def __init__(self, submission: Submission) -> None:
        super().__init__(
            f"the workflow became {submission.status}: {submission.status_message or 'no reason was given'}"
        )
        self.submission = submission


class UnfinishedError(StillCreatingError):
    """Still CREATING when the time ran out; `submission` says what."""

    def __init__(self, submission: Submission, seconds: float) -> None:
        super().__init__(f"the workflow `{submission.workflow_id}` is still {submission.status} after {seconds:.0f} s")
        self.submission = submission


def send(
    request: Request,
    zip_bytes: bytes | None,
    target: Target,
    *,
    fixed_request_id: bool = False,
    wait: bool = True,
    timeout: float = 600,
    progress: Progress | None = None,
) -> Submission:
    """Send a request and wait for ACTIVE.

    Sending the same request again is answered with what it made the first time; if that FAILED, a new attempt with
    a new token is made (unless the token is fixed by the user).

    Raises:
        ServiceError: AWS refused, or the workflow became FAILED.
        StillCreatingError: it was still CREATING after `timeout` seconds.
    """
    say = progress or (lambda _: None)
    client = omics_client(target)
    try:
        submission = _create(client, request, zip_bytes, fixed_request_id, say)
        if not wait:
            return submission
        return _wait(client, submission, timeout, say)
    finally:
        client.close()


def status_of(
    workflow_id: str,
    version_name: str | None,
    target: Target,
    *,
    timeout: float = 0,
    progress: Progress | None = None,
) -> Submission:
    """What the service says of a workflow or a version, after at most `timeout` seconds of waiting for the end of CREATING.

    Raises:
        ServiceError: AWS refused, or it is FAILED, INACTIVE or DELETED.
        StillCreatingError: it is still CREATING.
    """
    request = Request(workflow_id=workflow_id if version_name else None, version_name=version_name)
    client = omics_client(target)
    try:
        seen = _get(client, workflow_id, version_name)
        found = _submission(client, request, seen, "seen")
        return _wait(client, found, timeout, progress or (lambda _: None))
    finally:
        client.close()


def _create(client: OmicsClient, request: Request, zip_bytes: bytes | None, fixed: bool, say: Progress) -> Submission:
    attempt = 0
    while True:
        started = time.time()
        try:
            answer = _call(client, request.operation, body(request, zip_bytes))
            ended = time.time()
        except ServiceError as error:
            if error.__cause__ is None or _code(error.__cause__) != "ConflictException":
                raise
            return _after_conflict(client, request, error)
        workflow_id = answer.get("workflowId") or answer["id"]
        seen = _get(client, workflow_id, request.version_name if request.workflow_id else None)
        earlier = _made_before(seen, started, ended, answer)
        if not (earlier and seen["status"] == "FAILED") or fixed or attempt >= _MOST_ATTEMPTS:
            return _submission(client, request, {**answer, **seen}, "reused" if earlier else "created")
        attempt += 1
        say(f"an earlier attempt FAILED ({workflow_id}); attempt {attempt + 1}")
        request = replace(request, request_id=request_id(replace(request, request_id=None), attempt))


def _made_before(seen: dict[str, Any], started: float, ended: float, answer: dict[str, Any]) -> bool:
    """Whether what the service shows is older than our call (from `started` to `ended` by our clock), by its clock."""
    created = seen.get("creationTime")
    if not isinstance(created, datetime):
        return False
    offset = 0.0
    date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    if date:
        answered = parsedate_to_datetime(date).timestamp()
        if not started - _CLOCK_TOLERANCE_SECONDS <= answered <= ended + _CLOCK_TOLERANCE_SECONDS:
            offset = answered - ended
    # A time without a fraction may be cut to the second: it is then as late as that second's end.
    resolution = 0.0 if created.microsecond else 1.0
    return created.astimezone(UTC).timestamp() + resolution < started + offset


def _after_conflict(client: OmicsClient, request: Request, error: ServiceError) -> Submission:
    """A version of that name exists: the same one is fine, another is said to be so."""
    if request.workflow_id is None or request.version_name is None:
        raise error
    seen = _get(client, request.workflow_id, request.version_name)
    differing = _differences(request, seen)
    if not differing:
        return _submission(client, request, seen, "reused")
    raise ServiceError(
        f"the version `{request.version_name}` of workflow {request.workflow_id} exists already and differs in "
        f"{', '.join(differing)}",
        "versions cannot be changed: choose another `--version-name`",
    ) from error


# How members of a request show in what the service returns, where the two can be compared.
_COMPARED = (
    "description", "engine", "main", "parameterTemplate", "storageType", "storageCapacity", "accelerators", "tags",
    "containerRegistryMap",
)  # fmt: skip


def _differences(request: Request, seen: dict[str, Any]) -> list[str]:
    """The members in which a deployed version differs from a request, as far as can be told."""
    sent = body(request, None)
    differing = [name for name in _COMPARED if name in sent and sent[name] != seen.get(name)]
    differing += [name for name in ("description", "accelerators") if name not in sent and seen.get(name)]
    digest = str(seen.get("digest") or "").removeprefix("sha256:").lower()
    if request.definition_zip is not None and digest != request.definition_zip.sha256:
        differing.append("its definition" if digest else "its definition (the service shows no digest)")
    return differing


def _wait(client: OmicsClient, submission: Submission, timeout: float, say: Progress) -> Submission:
    deadline = time.monotonic() + timeout
    pause = _FIRST_PAUSE_SECONDS
    while submission.status not in _FINAL:
        left = deadline - time.monotonic()
        if left <= 0:
            raise UnfinishedError(submission, timeout)
        time.sleep(min(pause, left))
        pause = min(pause * _PAUSE_GROWTH, _LONGEST_PAUSE_SECONDS)
        seen = _get(client, submission.workflow_id, submission.version_name)
        if seen["status"] != submission.status:
            say(f"{submission.workflow_id}: {seen['status']}")
        submission = replace(
            submission,
            status=seen["status"],
            status_message=seen.get("statusMessage") or "",
            uuid=seen.get("uuid"),
        )
    if submission.status != "ACTIVE":
        raise FailedError(submission)
    return submission


def _get(client: OmicsClient, workflow_id: str, version_name: str | None) -> dict[str, Any]:
    if version_name is None:
        return _call(client, "GetWorkflow", {"id": workflow_id})
    return _call(client, "GetWorkflowVersion", {"workflowId": workflow_id, "versionName": version_name})


def _submission(client: OmicsClient, request: Request, seen: dict[str, Any], action: str) -> Submission:
    arn = str(seen.get("arn", ""))
    parts = arn.split(":")
    return Submission(
        action=action,
        workflow_id=str(seen.get("workflowId") or seen["id"]),
        version_name=request.version_name if request.workflow_id else None,
        arn=arn,
        uuid=seen.get("uuid"),
        tags=tuple(sorted((seen.get("tags") or {}).items())),
        status=str(seen["status"]),
        status_message=str(seen.get("statusMessage") or ""),
        request=request,
        region=client.meta.region_name,
        account=parts[4] if len(parts) > 4 else "",
    )


# Each operation's method, and the members without which its answer is not the service's.
_METHODS = {
    "CreateWorkflow": ("create_workflow", ("id", "status")),
    "CreateWorkflowVersion": ("create_workflow_version", ("workflowId", "status")),
    "GetWorkflow": ("get_workflow", ("id", "status")),
    "GetWorkflowVersion": ("get_workflow_version", ("workflowId", "status")),
}


def _call(client: OmicsClient, operation: str, members: dict[str, Any]) -> dict[str, Any]:
    """One call of the service.

    Raises:
        ServiceError: it was refused or did not arrive; the cause is botocore's error.
    """
    method, needed = _METHODS[operation]
    try:
        answer: dict[str, Any] = getattr(client, method)(**members)
    except botocore.exceptions.ClientError as error:
        code = _code(error)
        details = error.response.get("ResponseMetadata", {})
        message = error.response.get("Error", {}).get("Message") or "no reason was given"
        raise ServiceError(
            f"{operation} was refused: {code}: {message} (request id {details.get('RequestId', 'unknown')})",
            _HINTS.get(code, ""),
        ) from error
    except botocore.exceptions.NoCredentialsError as error:
        raise ServiceError("no AWS credentials were found", "log in first, or give `--profile`") from error
    except botocore.exceptions.ParamValidationError as error:
        raise ServiceError(f"{operation} cannot be sent: {error}") from error
    except (botocore.exceptions.BotoCoreError, OSError) as error:
        raise ServiceError(
            f"{operation} did not get an answer: {error}",
            "run the same command again: it goes on with what was created, and makes no second workflow",
        ) from error
    except AttributeError as error:
        # botocore's parser takes for granted that the answer is an object, and trips over a list.
        raise _not_the_service(operation, "it is not an object") from error
    if not all(isinstance(answer.get(name), str) for name in needed):
        raise _not_the_service(operation, f"{' and '.join(needed)} are missing")
    return answer


def _not_the_service(operation: str, why: str) -> ServiceError:
    return ServiceError(
        f"the answer to {operation} is not the service's: {why}",
        "look at the endpoint (`--endpoint-url`, `AWS_ENDPOINT_URL_OMICS`)",
    )


def _code(error: BaseException) -> str:
    if isinstance(error, botocore.exceptions.ClientError):
        return str(error.response.get("Error", {}).get("Code", "Unknown"))
    return ""
