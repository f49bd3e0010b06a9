"""One call of an AWS service at a time: bounded in time and size, checked, and every failure as one error type.

An endpoint that sends data without end fills no memory (`MAX_BYTES`), and an answer that is not the service's own is an error.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeAlias

import botocore.exceptions
import urllib3.exceptions

from packager.aws.deadline import NO_DEADLINE, Deadline
from packager.errors import ServiceError
from packager.text import joined

Answer: TypeAlias = dict[str, object]

# Our own limits. A page of a hundred workflows or manifests has less than a megabyte.
MAX_BYTES = 32 * 1024 * 1024
MAX_PAGES = 1000  # a page has up to 100 items, and the quotas are 1,000 workflows, and 1,000 versions of each
_CHUNK_BYTES = 256 * 1024
_LONGEST_DETAIL = 1000  # characters; AWS's own have some hundred
_CREATED = 201  # HTTP
_FIRST_ERROR_STATUS = 300
_SPACE = re.compile(r"\s+")
_SECRET = re.compile(r"//[^/@\s]+@")  # a name and a password in the address of an endpoint
# The members that an answer of the service always has, with their types. In ECR, a list without entries is empty, not absent.
_REQUIRED: Mapping[str, Mapping[str, type]] = {
    "CreateWorkflow": {"id": str, "status": str},
    "CreateWorkflowVersion": {"workflowId": str, "status": str},
    "GetWorkflow": {"id": str, "status": str},
    "GetWorkflowVersion": {"workflowId": str, "status": str},
    "ListWorkflows": {"items": list},
    "ListWorkflowVersions": {"items": list},
    "GetCallerIdentity": {"Account": str, "Arn": str},
    "BatchGetImage": {"images": list},
    "DescribeImages": {"imageDetails": list},
    "DescribePullThroughCacheRules": {"pullThroughCacheRules": list},
    "DescribeRepositoryCreationTemplates": {"repositoryCreationTemplates": list},
    "GetDownloadUrlForLayer": {"downloadUrl": str},
    "GetRegistryPolicy": {"policyText": str},
    "GetRepositoryPolicy": {"policyText": str},
    "DescribeSecret": {"ARN": str},
}
_HINTS = {
    "AccessDeniedException": "the caller needs `omics:CreateWorkflow` or `omics:CreateWorkflowVersion`, the matching Get and "
    "List, and `omics:TagResource` if there are tags",
    "ResourceNotFoundException": "check the workflow ID, the Region and the account",
    "ServiceQuotaExceededException": "delete workflows or versions that are not needed, or request a higher quota",
    "ThrottlingException": "try again later",
    "ValidationException": "correct the request member that the service names",
    "ExpiredTokenException": "renew the credentials",
    "UnrecognizedClientException": "check the credentials and the Region",
}
_LOG_IN = "log in (for example with `aws sso login`), or use `--profile`"
# How messages name the other services: an operation of HealthOmics stands alone.
_LABELS = {"s3": "S3 ", "sts": "STS ", "ecr": "ECR ", "secretsmanager": "Secrets Manager "}


class Failure(StrEnum):
    """Why a call has no answer."""

    REFUSED = "refused"
    NO_CREDENTIALS = "no credentials"
    CREDENTIALS_FAILED = "credentials failed"  # there are some, but they could not be retrieved
    NOT_SENT = "not sent"  # botocore rejects the members
    UNREACHED = "unreached"
    UNREADABLE = "unreadable"  # botocore cannot read the answer, or fails for another reason of its own
    WRONG_ANSWER = "wrong answer"


class CallError(ServiceError):
    """A call that has no answer. `detail` is AWS's reason or botocore's, on one line.

    `code` is AWS's error code ("" if nothing was refused), `status` the HTTP status, and `operation` what was refused: that can be
    another operation than the one called, such as AssumeRole of a profile.
    """

    def __init__(
        self,
        message: str,
        hint: str,
        failure: Failure,
        *,
        detail: str = "",
        code: str = "",
        status: int = 0,
        operation: str = "",
    ) -> None:
        super().__init__(message, hint)
        self.failure = failure
        self.detail = detail
        self.code = code
        self.status = status
        self.operation = operation


class WrongAnswerError(CallError):
    """The endpoint is not the service, or its answer is broken: a retry is pointless."""


def wrong_answer(operation: str, reason: str, service: str = "omics") -> WrongAnswerError:
    """The error that an answer is not the service's."""
    variable = f"AWS_ENDPOINT_URL_{service.upper()}"
    hint = (
        f"check the endpoint (`--endpoint-url`, `{variable}`)"
        if service == "omics"
        else f"check the endpoint (`{variable}`)"
    )
    message = f"unexpected response to {_LABELS.get(service, '')}{operation}: {reason}"
    return WrongAnswerError(message, hint, Failure.WRONG_ANSWER, detail=reason, operation=operation)


def error_code(error: BaseException | None) -> str:
    """AWS's error code of a refused call; empty for anything else."""
    return error.code if isinstance(error, CallError) else ""


class Client:
    """A client of one service in one Region. Calls end at the deadline."""

    def __init__(self, boto: Any, deadline: Deadline = NO_DEADLINE) -> None:
        """Wrap a client of boto3, whose answers get the limit `MAX_BYTES`; what is streamed (an object of S3) has none."""
        if not isinstance(boto._endpoint.http_session, _BoundedSession):
            boto._endpoint.http_session = _BoundedSession(boto._endpoint.http_session)
        self._boto = boto
        self._methods = {operation: method for method, operation in boto.meta.method_to_api_mapping.items()}
        self.deadline = deadline
        self.region: str = boto.meta.region_name
        self.endpoint_url: str = boto.meta.endpoint_url
        self.service: str = boto.meta.service_model.service_name

    def close(self) -> None:
        """Close every connection."""
        self._boto.close()

    def with_deadline(self, deadline: Deadline) -> Client:
        """The same client with another deadline."""
        return Client(self._boto, deadline)

    def call(self, operation: str, members: Mapping[str, object], received: list[Answer] | None = None) -> Answer:
        """The answer to an operation, which is named as in the API.

        `received` gets the answer as soon as it arrives, even if this thread is interrupted then; if something was created, and
        botocore cannot read the answer, it gets the members that can be read.

        Raises:
            CallError: the call was refused or has no answer, or the answer lacks a required member.
            OutOfTimeError: the deadline has passed.
        """
        try:
            answer = self._send(operation, members, received)
        except ServiceError:
            raise
        except Exception as error:
            raise _error(self.service, operation, error) from error
        required = _REQUIRED.get(operation, {})
        if not all(isinstance(answer.get(name), kind) for name, kind in required.items()):
            absent = [name for name in required if answer.get(name) is None]
            reason = f"it lacks {joined(absent)}" if absent else "it has the wrong form"
            raise wrong_answer(operation, reason, self.service)
        return answer

    def _send(self, operation: str, members: Mapping[str, object], received: list[Answer] | None) -> Answer:
        method = getattr(self._boto, self._methods[operation])
        if received is None:
            return self.deadline.run(operation, lambda: method(**members))
        bodies: list[bytes] = []

        def keep(response_dict: dict[str, Any], **_: object) -> None:
            if response_dict.get("status_code") == _CREATED:
                bodies.append(response_dict["body"])

        event = f"before-parse.{self._boto.meta.service_model.service_id.hyphenize()}.{operation}"
        self._boto.meta.events.register(event, keep)
        try:
            return self.deadline.run(operation, lambda: method(**members), received)
        except BaseException:
            if bodies and not received:
                received.append(_readable_members(bodies[-1]))
            raise
        finally:
            self._boto.meta.events.unregister(event, keep)

    def pages(self, operation: str, members: Mapping[str, object]) -> list[Answer]:
        """The items of all pages of a listing of HealthOmics.

        Raises:
            CallError: see `call`; or the pages never end.
        """
        entries: list[Answer] = []
        seen: set[str] = set()
        following: dict[str, object] = {}
        for _ in range(MAX_PAGES):
            answer = self.call(operation, {**members, **following})
            entries += objects(answer.get("items"))
            next_token = answer.get("nextToken")
            if not next_token:
                return entries
            if not isinstance(next_token, str):
                raise wrong_answer(operation, "`nextToken` is not a string")
            if next_token in seen:
                raise wrong_answer(operation, "a `nextToken` is repeated, so the pages never end")
            seen.add(next_token)
            following = {"startingToken": next_token}
        raise wrong_answer(operation, f"it has more than {MAX_PAGES:,} pages")


def objects(value: object) -> list[Answer]:
    """The objects in a list of an answer."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _readable_members(body: bytes) -> Answer:
    """The members of a JSON document, as far as it is an object."""
    try:
        document = json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _error(service: str, operation: str, error: Exception) -> CallError:
    """What botocore raised, as our own error; a broken answer makes its parser fail in many ways."""
    label = f"{_LABELS.get(service, '')}{operation}"
    match error:
        case botocore.exceptions.ClientError():
            return _refusal(service, label, error)
        case botocore.exceptions.NoCredentialsError() | botocore.exceptions.PartialCredentialsError():
            return credentials_error(None)
        case botocore.exceptions.ParamValidationError():
            detail = _one_line(error)
            return CallError(f"{label} cannot be sent: {detail}", "", Failure.NOT_SENT, detail=detail)
        case AnswerTooLongError():
            return wrong_answer(operation, f"it has {error}", service)
        case (
            botocore.exceptions.CredentialRetrievalError()
            | botocore.exceptions.TokenRetrievalError()
            | botocore.exceptions.SSOError()
            | botocore.exceptions.RefreshWithMFAUnsupportedError()
        ):
            failure = Failure.CREDENTIALS_FAILED
        case (
            botocore.exceptions.ConnectionError()
            | botocore.exceptions.HTTPClientError()
            | botocore.exceptions.InvalidRegionError()
        ):
            failure = Failure.UNREACHED
        case botocore.exceptions.BotoCoreError() | OSError():
            failure = Failure.UNREADABLE
        case _:
            return wrong_answer(operation, f"it has the wrong form ({type(error).__name__})", service)
    detail = _one_line(error)
    return CallError(f"no response to {label}: {detail}", _retry_hint(service, operation), failure, detail=detail)


def credentials_error(error: Exception | None) -> CallError:
    """Why credentials are missing: nobody has any (None), or botocore failed to retrieve them."""
    if error is None or isinstance(error, botocore.exceptions.PartialCredentialsError):
        return CallError("no AWS credentials were found", _LOG_IN, Failure.NO_CREDENTIALS)
    if isinstance(error, botocore.exceptions.ClientError):
        return _refusal("sts", f"STS {error.operation_name}", error)
    known = isinstance(error, botocore.exceptions.BotoCoreError)
    detail = _one_line(error) if known else f"what provides them gave an unreadable answer ({type(error).__name__})"
    return CallError(
        f"cannot retrieve the AWS credentials: {detail}", _LOG_IN, Failure.CREDENTIALS_FAILED, detail=detail
    )


def _refusal(service: str, label: str, error: botocore.exceptions.ClientError) -> CallError:
    """The error of a refused call; the only place that reads AWS's error code."""
    response: dict[str, Any] = dict(error.response)
    code, words = response.get("Error", {}).get("Code", "Unknown"), response.get("Error", {}).get("Message")
    metadata = response.get("ResponseMetadata", {})
    detail = _shortened(" ".join(str(words).split())) if words else ""
    message = (
        f"{label} failed: {code}: {detail or 'no reason was given'} (request id {metadata.get('RequestId', 'unknown')})"
    )
    return CallError(
        message,
        _HINTS.get(str(code), "") if service == "omics" else "renew the credentials" if service == "sts" else "",
        Failure.REFUSED,
        detail=detail,
        code=str(code),
        status=int(metadata.get("HTTPStatusCode") or 0),
        operation=str(error.operation_name),
    )


def _retry_hint(service: str, operation: str) -> str:
    if service == "s3":
        return "run the same command again: it reuses what was uploaded"
    if operation.startswith("Create"):
        return "run the same command again: it continues with the created workflow, and does not create a second one"
    return "check the network, the Region and the endpoint"


def _one_line(error: Exception) -> str:
    return _shortened(_SECRET.sub("//", _SPACE.sub(" ", str(error).strip())))


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_DETAIL else f"{text[:_LONGEST_DETAIL]}…"


class AnswerTooLongError(Exception):
    """An answer has more than `MAX_BYTES`; no further attempt is made."""


class _BoundedSession:
    """What sends a client's requests, as botocore creates it, except that the bodies of answers are read here."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def send(self, request: Any) -> Any:
        """The answer to a request."""
        is_stream = request.stream_output
        request.stream_output = True
        response = self._session.send(request)
        if not is_stream or response.status_code >= _FIRST_ERROR_STATUS:
            response._content = _read_body(request, response)
        return response

    def close(self) -> None:
        """Close every connection."""
        self._session.close()


def _read_body(request: Any, response: Any) -> bytes:
    """A whole body. Errors are raised as botocore itself raises them, so that it retries the same ones."""
    pieces, left = [], MAX_BYTES
    try:
        for piece in response.raw.stream(_CHUNK_BYTES):
            left -= len(piece)
            if left < 0:
                response.raw.close()
                raise AnswerTooLongError(f"more than {MAX_BYTES:,} bytes")
            pieces.append(piece)
    except urllib3.exceptions.ReadTimeoutError as error:
        raise botocore.exceptions.ReadTimeoutError(endpoint_url=request.url, error=error) from error
    except urllib3.exceptions.ProtocolError as error:
        raise botocore.exceptions.ConnectionClosedError(
            error=error, request=request, endpoint_url=request.url
        ) from error
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise botocore.exceptions.HTTPClientError(error=error) from error
    return b"".join(pieces)
