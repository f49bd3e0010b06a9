"""The CreateWorkflow and CreateWorkflowVersion request as frozen data; the only place that knows the API's camelCase."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from packager.errors import PackagerError
from packager.jsondoc import jsontext
from packager.model.facts import TemplateParameter, template_body


@dataclass(frozen=True, slots=True)
class ZipDefinition:
    """An inline definition: `size` of the zip in bytes, hashes in hex."""

    size: int
    sha256: str
    content_digest: str


@dataclass(frozen=True, slots=True)
class Repository:
    """A definition in a Git repository (API: DefinitionRepository).

    `reference` is the type (BRANCH, TAG or COMMIT) and the value; None: the latest commit of the default branch. `exclude` are
    patterns of files to leave out; None: not given.
    """

    connection_arn: str
    full_repository_id: str
    reference: tuple[str, str] | None = None
    exclude: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Every member of the request, snake_case; None is not sent.

    `workflow_id` makes it a CreateWorkflowVersion. `tags` are pairs as given, so that a doubled key can be seen.
    `container_registry_map` is the map's own JSON text in canonical form. `extra` are members that a newer API has, with their
    values as JSON text.
    """

    name: str | None = None
    version_name: str | None = None
    workflow_id: str | None = None
    description: str | None = None
    engine: str | None = None
    main: str | None = None
    definition_zip: ZipDefinition | None = None
    definition_uri: str | None = None
    definition_repository: Repository | None = None
    parameter_template: tuple[tuple[str, TemplateParameter], ...] | None = None
    parameter_template_path: str | None = None
    storage_type: str | None = None
    storage_capacity: int | None = None
    accelerators: str | None = None
    tags: tuple[tuple[str, str], ...] | None = None
    container_registry_map: str | None = None
    container_registry_map_uri: str | None = None
    readme_markdown: str | None = None
    readme_path: str | None = None
    readme_uri: str | None = None
    workflow_bucket_owner_id: str | None = None
    request_id: str | None = None
    extra: tuple[tuple[str, str], ...] = ()

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
        if value is None or member.name == "extra":
            continue
        if member.name in _ONLY_VERSION and request.operation == "CreateWorkflow":
            continue
        if member.name == "name" and request.operation == "CreateWorkflowVersion":
            continue  # a version has no name of its own
        result[camel(member.name)] = _value(member.name, value, zip_member)
    if not result.get("parameterTemplate", True):
        del result["parameterTemplate"]  # an empty map violates the API's minimum of one
    return result | {name: json.loads(text) for name, text in request.extra}


def _value(member: str, value: Any, zip_member: Any) -> Any:
    if member == "definition_zip":
        return zip_member
    if member == "parameter_template":
        return template_body(value)
    if member == "tags":
        return dict(value)
    if member == "container_registry_map":
        return json.loads(value)
    if member == "definition_repository":
        return _repository(value)
    return value


def _repository(repository: Repository) -> dict[str, Any]:
    members: dict[str, Any] = {
        "connectionArn": repository.connection_arn,
        "fullRepositoryId": repository.full_repository_id,
    }
    if repository.reference is not None:
        members["sourceReference"] = dict(zip(("type", "value"), repository.reference, strict=True))
    if repository.exclude is not None:
        members["excludeFilePatterns"] = list(repository.exclude)
    return members


def known_members() -> dict[str, str]:
    """The fields of `Request` by their API names, without `extra`."""
    return {camel(member.name): member.name for member in fields(Request) if member.name != "extra"}


def of_members(members: Mapping[str, Any]) -> Request:
    """A request of its members by their API names: what `body` makes, read back. The zip is not among them.

    Raises:
        PackagerError: a member has not the API's type, or is none that is known.
    """
    known = known_members()
    given: dict[str, Any] = {}
    for name, value in members.items():
        if name not in known or name == "definitionZip":
            raise PackagerError(f"`{name}` is no member of the request that can be read here")
        try:
            given[known[name]] = _read(known[name], value)
        except (TypeError, KeyError, AttributeError, ValueError) as error:
            raise PackagerError(f"`{name}` has not the form that the API wants") from error
    return Request(**given)


def _read(member: str, value: Any) -> Any:
    match member:
        case "parameter_template":
            entries = {str(name): _parameter(entry) for name, entry in value.items()}
            return tuple(sorted(entries.items(), key=lambda one: one[0]))
        case "tags":
            return tuple(sorted((str(key), _text(text)) for key, text in value.items()))
        case "container_registry_map":
            return canonical_json(dict(value))
        case "definition_repository":
            return _read_repository(value)
        case "storage_capacity":
            if not isinstance(value, int) or isinstance(value, bool):
                raise TypeError(member)
            return value
    return _text(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _parameter(entry: Any) -> TemplateParameter:
    if not entry.keys() <= {"description", "optional"} or not isinstance(entry.get("optional") or False, bool):
        raise ValueError(entry)
    return TemplateParameter(_text(entry.get("description") or ""), bool(entry.get("optional")))


def _read_repository(value: Any) -> Repository:
    reference = value.get("sourceReference")
    exclude = value.get("excludeFilePatterns")
    known = {"connectionArn", "fullRepositoryId", "sourceReference", "excludeFilePatterns"}
    if not value.keys() <= known or not (exclude is None or isinstance(exclude, list)):
        raise ValueError(value)
    return Repository(
        connection_arn=_text(value["connectionArn"]),
        full_repository_id=_text(value["fullRepositoryId"]),
        reference=(_text(reference["type"]), _text(reference["value"])) if reference is not None else None,
        exclude=tuple(_text(pattern) for pattern in exclude) if exclude is not None else None,
    )


def canonical_json(value: Any) -> str:
    """JSON text that is the same for equal values, and that has a form in bytes.

    Raises:
        PackagerError: a string in it holds what is not a character.
    """
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    if jsontext.has_half_character(text):
        raise PackagerError(
            f"{_half_character_in(value) or 'the request'} holds bytes that are not UTF-8, or half of a surrogate pair",
            "write it in characters",
        )
    return text


def _half_character_in(value: Any) -> str:
    """The name of the innermost member with such a string; empty if it has no name."""
    members = (
        value.items() if isinstance(value, dict) else [("", one) for one in value] if isinstance(value, list) else ()
    )
    for name, inner in members:
        if jsontext.has_half_character(json.dumps([name, inner], ensure_ascii=False)):
            return _half_character_in(inner) or f"`{name}`"
    return ""


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
    canonical = canonical_json({"operation": request.operation, "attempt": attempt, "request": members})
    return hashlib.sha256(canonical.encode()).hexdigest()
