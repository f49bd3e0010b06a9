"""The CreateWorkflow and CreateWorkflowVersion request as frozen data; the only place that knows the API's camelCase."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields
from typing import Any

from packager.model import TemplateParameter
from packager.template import to_body


@dataclass(frozen=True, slots=True)
class ZipDefinition:
    """An inline definition: `size` of the zip in bytes, hashes in hex."""

    size: int
    sha256: str
    content_digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Every member of the request, snake_case; None is not sent.

    `workflow_id` makes it a CreateWorkflowVersion. `tags` are pairs as given, so that a doubled key can be seen.
    `container_registry_map` is the map's own JSON text in canonical form.
    """

    name: str | None = None
    version_name: str | None = None
    workflow_id: str | None = None
    description: str | None = None
    engine: str | None = None
    main: str | None = None
    definition_zip: ZipDefinition | None = None
    definition_uri: str | None = None
    parameter_template: tuple[tuple[str, TemplateParameter], ...] | None = None
    storage_type: str | None = None
    storage_capacity: int | None = None
    accelerators: str | None = None
    tags: tuple[tuple[str, str], ...] | None = None
    container_registry_map: str | None = None
    container_registry_map_uri: str | None = None
    readme_markdown: str | None = None
    workflow_bucket_owner_id: str | None = None
    request_id: str | None = None

    @property
    def operation(self) -> str:
        """The API's operation that this request is for."""
        return "CreateWorkflowVersion" if self.workflow_id is not None else "CreateWorkflow"


# Members that only one of the two operations has (API: CreateWorkflowRequest, CreateWorkflowVersionRequest).
_ONLY_VERSION = ("version_name", "workflow_id")


def camel(member: str) -> str:
    """The API's name of a member."""
    first, *rest = member.split("_")
    return first + "".join(part.capitalize() for part in rest)


def body(request: Request, zip_member: Any = None) -> dict[str, Any]:
    """The request's members by their API names; `zip_member` stands for the zip's bytes."""
    result: dict[str, Any] = {}
    for member in fields(request):
        value = getattr(request, member.name)
        if value is None:
            continue
        if member.name in _ONLY_VERSION and request.operation == "CreateWorkflow":
            continue
        if member.name == "name" and request.operation == "CreateWorkflowVersion":
            continue  # a version has no name of its own
        result[camel(member.name)] = _value(member.name, value, zip_member)
    if not result.get("parameterTemplate", True):
        del result["parameterTemplate"]  # an empty map violates the API's minimum of one
    return result


def _value(member: str, value: Any, zip_member: Any) -> Any:
    if member == "definition_zip":
        return zip_member
    if member == "parameter_template":
        return to_body(value)
    if member == "tags":
        return dict(value)
    if member == "container_registry_map":
        return json.loads(value)
    return value


def printable(request: Request) -> dict[str, Any]:
    """The body for a person: the zip stands as its size and hash."""
    zip_member = None
    if request.definition_zip is not None:
        zip_member = {"size": request.definition_zip.size, "sha256": request.definition_zip.sha256}
    return dict(sorted(body(request, zip_member).items()))


def request_id(request: Request, attempt: int = 0) -> str:
    """The idempotency token: SHA-256 of the canonical request and the attempt's number.

    The zip stands by its content digest, so that another compression is the same request. The attempt rises only after the
    service has FAILED an earlier one, because a repeated token would be answered with that failure.
    """
    zip_member = request.definition_zip.content_digest if request.definition_zip else None
    members = body(request, zip_member)
    members.pop("requestId", None)
    canonical = json.dumps(
        {"operation": request.operation, "attempt": attempt, "request": members},
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )
    return hashlib.sha256(canonical.encode()).hexdigest()
