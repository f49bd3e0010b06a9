"""REST-JSON from the API model: request line to operation, its members, an answer's members."""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

from packager.emulator.errors import ApiError, invalid
from packager.healthomics import api_model

_LABEL = re.compile(r"\{(\w+)(\+?)\}")
Members = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Route:
    """One operation's request line. `labels` are the location names in `pattern`, in order."""

    operation: str
    method: str
    pattern: re.Pattern[str]
    labels: tuple[str, ...]
    literals: int


@functools.cache
def _routes() -> tuple[Route, ...]:
    routes = []
    for name, operation in api_model.service_model()["operations"].items():
        path = operation["http"]["requestUri"].partition("?")[0]
        parts = _LABEL.split(path)
        text = ""
        for literal, label, greedy in zip(parts[::3], [*parts[1::3], ""], [*parts[2::3], ""], strict=True):
            text += re.escape(literal) + (("(.+)" if greedy else "([^/]+)") if label else "")
        labels = tuple(label for label, _ in _LABEL.findall(path))
        literals = sum(len(literal) for literal in parts[::3])
        routes.append(Route(name, operation["http"]["method"], re.compile(text), labels, literals))
    return tuple(sorted(routes, key=lambda route: (-route.literals, route.operation)))


@dataclass(frozen=True, slots=True)
class Call:
    """A request line that was understood: the operation and its labels, still percent-encoded."""

    operation: str
    labels: dict[str, str]
    query: str


def route(method: str, target: str) -> Call:
    """The operation of a request line.

    Raises:
        ApiError: no operation of the model has such a line.
    """
    path, _, query = target.partition("?")
    for candidate in _routes():
        found = candidate.pattern.fullmatch(path) if candidate.method == method else None
        if found:
            return Call(candidate.operation, dict(zip(candidate.labels, found.groups(), strict=True)), query)
    raise ApiError("UnknownOperationException", "no operation of the API has this method and path")


def read_members(call: Call, body: bytes) -> Members:
    """The members of a request by their names in the model, their values not yet validated.

    Members that the model does not know are passed over, as REST-JSON services do; a null is an
    absent member.

    Raises:
        ApiError: the body is not a JSON object, or the request line is not percent-encoded UTF-8.
    """
    model = api_model.service_model()
    name = model["operations"][call.operation].get("input", {}).get("shape")
    shape = model["shapes"][name] if name else {"members": {}}
    query = _query(call.query)
    document = json_object(body)
    members: Members = {}
    for member, reference in shape["members"].items():
        wire = reference.get("locationName", member)
        location = reference.get("location")
        value: Any
        if location == "uri":
            value = _decoded(call.labels[wire])
        elif location == "querystring":
            value = _from_query(query.get(wire), model["shapes"][reference["shape"]])
        elif location is None:
            value = document.get(wire)
        else:
            continue  # headers: no operation that is emulated has any
        if value is not None:
            members[member] = value
    return members


def _decoded(text: str) -> str:
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError as error:
        raise invalid("the path is not percent-encoded UTF-8") from error


def _query(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    try:
        for name, value in parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=200):
            found.setdefault(name, []).append(value)
    except (UnicodeDecodeError, ValueError) as error:
        raise invalid("the query is not percent-encoded UTF-8, or has too many fields") from error
    return found


def _from_query(values: list[str] | None, shape: dict[str, Any]) -> Any:
    if values is None:
        return None
    if shape["type"] == "list":
        return values
    if shape["type"] == "integer" and re.fullmatch(r"-?[0-9]{1,15}", values[-1]):
        return int(values[-1])
    if shape["type"] == "boolean" and values[-1] in ("true", "false"):
        return values[-1] == "true"
    return values[-1]


def json_object(body: bytes) -> Members:
    """A body as a JSON object; nothing at all is an empty one.

    Raises:
        ApiError: it is something else.
    """
    if not body:
        return {}
    try:
        document = json.loads(body.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise ApiError("ValidationException", "the body is not JSON") from error
    if not isinstance(document, dict):
        raise invalid("the body is not a JSON object")
    return document


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def write_members(operation: str, members: Members) -> tuple[int, bytes]:
    """The status and body of an answer, from the members that its output shape has."""
    model = api_model.service_model()["operations"][operation]
    status = int(model["http"].get("responseCode", 200))
    if "output" not in model:
        return status, b""
    known = api_model.members(model["output"]["shape"])
    kept = {name: value for name, value in members.items() if name in known and value is not None}
    if not known:
        return status, b""
    return status, json.dumps(kept).encode()


def kept_members(shape: str, members: Members) -> Members:
    """The members that a structure of the model has and that are known."""
    known = api_model.members(shape)
    return {name: value for name, value in members.items() if name in known and value is not None}
