"""A request as the members of the API, and back: the only place that writes and reads the API's own forms."""

from __future__ import annotations

import json
from collections.abc import Mapping

from packager.errors import PackagerError
from packager.healthomics.request import BY_API_NAME, MEMBERS, DefinitionRepository, Form, Request
from packager.jsondoc.jsontext import canonical_json
from packager.model.facts import TemplateParameter, template_body


def body(request: Request, zip_member: object = None) -> dict[str, object]:
    """The request's members by their API names; `zip_member` is sent in place of the zip's description."""
    members = {
        member.api: _sent(member.form, value, zip_member)
        for member in MEMBERS
        if member.operation in (None, request.operation) and (value := member.value(request)) is not None
    }
    if not members.get("parameterTemplate", True):
        del members["parameterTemplate"]  # an empty map violates the API's minimum of one
    return members | {name: json.loads(text) for name, text in request.extra}


def _sent(form: Form, value: object, zip_member: object) -> object:
    match form:
        case Form.ZIP:
            return zip_member
        case Form.TEMPLATE:
            assert isinstance(value, tuple)
            return template_body(value)
        case Form.TAGS:
            assert isinstance(value, tuple)
            return dict(value)
        case Form.REGISTRY_MAP:
            assert isinstance(value, str)
            return json.loads(value)
        case Form.REPOSITORY:
            assert isinstance(value, DefinitionRepository)
            return _sent_repository(value)
    return value


def _sent_repository(repository: DefinitionRepository) -> dict[str, object]:
    members: dict[str, object] = {
        "connectionArn": repository.connection_arn,
        "fullRepositoryId": repository.full_repository_id,
    }
    if repository.reference is not None:
        members["sourceReference"] = dict(zip(("type", "value"), repository.reference, strict=True))
    if repository.exclude is not None:
        members["excludeFilePatterns"] = list(repository.exclude)
    return members


def printable(request: Request) -> dict[str, object]:
    """The body for a person: the zip by its size and hash."""
    zip_member = None
    if request.definition_zip is not None:
        zip_member = {"size": request.definition_zip.size, "sha256": request.definition_zip.sha256}
    return dict(sorted(body(request, zip_member).items()))


def of_members(members: Mapping[str, object]) -> Request:
    """The request that has these members by their API names: the inverse of `body`, without the zip.

    Raises:
        PackagerError: a member is unknown, or does not have the API's type.
    """
    values: dict[str, object] = {}
    for name, value in members.items():
        member = BY_API_NAME.get(name)
        if member is None or member.form is Form.ZIP:
            raise PackagerError(f"`{name}` is not a member of the request that can be read here")
        try:
            values[member.field] = _read(member.form, value)
        except (TypeError, KeyError, ValueError) as error:
            raise PackagerError(f"`{name}` does not have the form that the API expects") from error
    return Request(**values)  # type: ignore[arg-type]  # `_read` checks each by its form


def _read(form: Form, value: object) -> object:
    match form:
        case Form.TEMPLATE:
            entries = {str(name): _read_parameter(entry) for name, entry in _mapping(value).items()}
            return tuple(sorted(entries.items(), key=lambda entry: entry[0]))
        case Form.TAGS:
            return tuple(sorted((str(key), _text(text)) for key, text in _mapping(value).items()))
        case Form.REGISTRY_MAP:
            return canonical_json(dict(_mapping(value)))
        case Form.REPOSITORY:
            return _read_repository(_mapping(value))
        case Form.INTEGER:
            if not isinstance(value, int) or isinstance(value, bool):
                raise TypeError(value)
            return value
    return _text(value)


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise TypeError(value)
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _read_parameter(value: object) -> TemplateParameter:
    entry = _mapping(value)
    optional = entry.get("optional") or False
    if not entry.keys() <= {"description", "optional"} or not isinstance(optional, bool):
        raise ValueError(value)
    return TemplateParameter(_text(entry.get("description") or ""), optional)


def read_repository(members: Mapping[str, object]) -> DefinitionRepository:
    """A repository of its members by their API names.

    Raises:
        PackagerError: a member does not have the API's type.
    """
    repository = of_members({"definitionRepository": members}).definition_repository
    assert repository is not None  # it is the only member
    return repository


def _read_repository(members: Mapping[str, object]) -> DefinitionRepository:
    reference, exclude = members.get("sourceReference"), members.get("excludeFilePatterns")
    known = {"connectionArn", "fullRepositoryId", "sourceReference", "excludeFilePatterns"}
    if not members.keys() <= known or not (exclude is None or isinstance(exclude, list)):
        raise ValueError(members)
    return DefinitionRepository(
        connection_arn=_text(members["connectionArn"]),
        full_repository_id=_text(members["fullRepositoryId"]),
        reference=(_text(_mapping(reference)["type"]), _text(_mapping(reference)["value"]))
        if reference is not None
        else None,
        exclude=tuple(_text(pattern) for pattern in exclude) if exclude is not None else None,
    )
