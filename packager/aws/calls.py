"""One call of the service at a time, and every refusal in words that help."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import botocore.exceptions

from packager.diagnostics import ServiceError

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


def call(client: OmicsClient, operation: str, members: dict[str, Any]) -> dict[str, Any]:
    """One call of the service.

    Raises:
        ServiceError: it was refused or did not arrive; the cause is botocore's error.
    """
    method, needed = _METHODS[operation]
    try:
        answer: dict[str, Any] = getattr(client, method)(**members)
    except botocore.exceptions.ClientError as error:
        code = error_code(error)
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
            f"{operation} did not get an answer: {_SECRET.sub('//', str(error))}",
            "run the same command again: it goes on with what was created, and makes no second workflow"
            if operation.startswith("Create")
            else "look at the network, the Region and the endpoint",
        ) from error
    except AttributeError as error:
        # botocore's parser takes for granted that the answer is an object, and trips over a list.
        raise _not_the_service(operation, "it is not an object") from error
    if not all(isinstance(answer.get(name), kind) for name, kind in needed.items()):
        raise _not_the_service(operation, f"{' and '.join(needed)} are missing")
    return answer


def pages(client: OmicsClient, operation: str, members: dict[str, Any]) -> list[dict[str, Any]]:
    """The items of all pages of a list.

    Raises:
        ServiceError: see `call`; or the pages do not end.
    """
    found: list[dict[str, Any]] = []
    token: str | None = None
    seen: set[str] = set()
    while True:
        answer = call(client, operation, members if token is None else {**members, "startingToken": token})
        found += [item for item in answer["items"] if isinstance(item, dict)]
        token = answer.get("nextToken")
        if not token:
            return found
        if token in seen:
            raise _not_the_service(operation, "its pages go round in a circle")
        seen.add(token)


def error_code(error: BaseException | None) -> str:
    """The service's code of a refusal; empty if it was none."""
    if isinstance(error, botocore.exceptions.ClientError):
        return str(error.response.get("Error", {}).get("Code", "Unknown"))
    return ""


def _not_the_service(operation: str, why: str) -> ServiceError:
    return ServiceError(
        f"the answer to {operation} is not the service's: {why}",
        "look at the endpoint (`--endpoint-url`, `AWS_ENDPOINT_URL_OMICS`)",
    )
