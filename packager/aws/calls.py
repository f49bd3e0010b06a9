"""One call of the service at a time, and every refusal in words that help."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import botocore.exceptions

from packager.aws.answers import AnswerTooLongError, reason_of, shortened
from packager.aws.deadline import Bounded
from packager.errors import ServiceError

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient

# Each operation's method, and the members without which its answer is not the service's, with their types.
_METHODS: dict[str, tuple[str, dict[str, type]]] = {
    "CreateWorkflow": ("create_workflow", {"id": str, "status": str}),
    "CreateWorkflowVersion": ("create_workflow_version", {"workflowId": str, "status": str}),
    "GetWorkflow": ("get_workflow", {"id": str, "status": str}),
    "GetWorkflowVersion": ("get_workflow_version", {"workflowId": str, "status": str}),
    "ListWorkflows": ("list_workflows", {"items": list}),
    "ListWorkflowVersions": ("list_workflow_versions", {"items": list}),
    "DeleteWorkflowVersion": ("delete_workflow_version", {}),
}
# Our own bound of a listing. A page has up to 100 items, and the quotas are 1,000 workflows, and 1,000 versions of each.
MAX_PAGES = 1000
_SECRET = re.compile(r"//[^/@\s]+@")  # a name and a password in the address of an endpoint
_HINTS = {
    "AccessDeniedException": "the caller needs `omics:CreateWorkflow` or `omics:CreateWorkflowVersion`, the matching Get and "
    "List, and `omics:TagResource` when tags are given",
    "ResourceNotFoundException": "look at the workflow id, the Region and the account",
    "ServiceQuotaExceededException": "remove workflows or versions that are not needed, or ask for a higher quota",
    "ThrottlingException": "try again in a while",
    "ValidationException": "the service's own words say which member it refused",
    "ExpiredTokenException": "renew the credentials",
    "UnrecognizedClientException": "look at the credentials and the Region",
}


class WrongAnswerError(ServiceError):
    """What answers is not the service, or its answer is broken: to ask again is pointless."""


def call(
    client: OmicsClient, operation: str, members: dict[str, Any], received: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    """One call of the service. `received` gets the answer as soon as it is there, whatever happens then.

    Raises:
        ServiceError: it was refused or did not arrive (the cause is botocore's error), or the answer has the wrong form.
    """
    method, needed = _METHODS[operation]
    try:
        answer = _answer(client, method, members, received)
    except botocore.exceptions.ClientError as error:
        code = error_code(error)
        details = error.response.get("ResponseMetadata", {})
        raise ServiceError(
            f"{operation} was refused: {code}: {reason_of(error)} (request id {details.get('RequestId', 'unknown')})",
            _HINTS.get(code, ""),
        ) from error
    except botocore.exceptions.NoCredentialsError as error:
        raise ServiceError("no AWS credentials were found", "log in first, or give `--profile`") from error
    except botocore.exceptions.ParamValidationError as error:
        raise ServiceError(f"{operation} cannot be sent: {error}") from error
    except (botocore.exceptions.BotoCoreError, OSError) as error:
        raise ServiceError(
            f"{operation} did not get an answer: {shortened(_SECRET.sub('//', str(error)))}",
            "run the same command again: it goes on with what was created, and makes no second workflow"
            if operation.startswith("Create")
            else "look at the network, the Region and the endpoint",
        ) from error
    except ServiceError:
        raise
    except AnswerTooLongError as error:
        raise not_the_service(operation, f"it has {error}") from error
    except Exception as error:  # botocore's parser trips over a broken answer in many ways
        raise not_the_service(operation, f"it has the wrong form ({type(error).__name__})") from error
    if not all(isinstance(answer.get(name), kind) for name, kind in needed.items()):
        raise not_the_service(operation, f"{' and '.join(needed)} are missing")
    return answer


def _answer(client: Any, method: str, members: dict[str, Any], received: list[dict[str, Any]] | None) -> dict[str, Any]:
    if isinstance(client, Bounded):
        return client.invoke(method, members, received)
    answer: dict[str, Any] = getattr(client, method)(**members)
    if received is not None:
        received.append(answer)
    return answer


def pages(client: OmicsClient, operation: str, members: dict[str, Any]) -> list[dict[str, Any]]:
    """The items of all pages of a list.

    Raises:
        ServiceError: see `call`; or the pages do not end, or come twice.
    """
    found: list[dict[str, Any]] = []
    token: str | None = None
    seen: set[str] = set()
    for _ in range(MAX_PAGES):
        answer = call(client, operation, members if token is None else {**members, "startingToken": token})
        found += [item for item in answer["items"] if isinstance(item, dict)]
        token = answer.get("nextToken")
        if not token:
            return found
        if not isinstance(token, str):
            raise not_the_service(operation, "`nextToken` is not a string")
        if token in seen:
            raise not_the_service(operation, "a `nextToken` comes twice, so the pages never end")
        seen.add(token)
    raise not_the_service(operation, f"it has more than {MAX_PAGES:,} pages")


def error_code(error: BaseException | None) -> str:
    """The service's code of a refusal; empty if it was none."""
    if isinstance(error, botocore.exceptions.ClientError):
        return str(error.response.get("Error", {}).get("Code", "Unknown"))
    return ""


def not_the_service(operation: str, why: str) -> WrongAnswerError:
    """The error that an answer is not one of the service."""
    return WrongAnswerError(
        f"the answer to {operation} is not the service's: {why}",
        "look at the endpoint (`--endpoint-url`, `AWS_ENDPOINT_URL_OMICS`)",
    )
