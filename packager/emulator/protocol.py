"""The wire protocols: REST-JSON from the API model, and the query protocol of STS for GetCallerIdentity."""

from __future__ import annotations

import functools
import json
import re
import uuid
from dataclasses import dataclass
from urllib.parse import parse_qs, parse_qsl, unquote
from xml.sax.saxutils import escape

from packager.emulator.errors import ApiError, invalid
from packager.emulator.records import Members
from packager.healthomics import api_model

_STS_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
_STS_USER = "emulator"
_LABEL = re.compile(r"\{(\w+)(\+?)\}")


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
class OperationCall:
    """The operation of a request line and its labels, still percent-encoded."""

    operation: str
    labels: dict[str, str]
    query: str


def route(method: str, target: str) -> OperationCall:
    """The operation of a request line.

    Raises:
        ApiError: no operation of the model has such a line.
    """
    path, _, query = target.partition("?")
    for candidate in _routes():
        match = candidate.pattern.fullmatch(path) if candidate.method == method else None
        if match:
            return OperationCall(candidate.operation, dict(zip(candidate.labels, match.groups(), strict=True)), query)
    raise ApiError("UnknownOperationException", "no operation of the API has this method and path")


def read_members(call: OperationCall, body: bytes) -> Members:
    """The members of a request by their names in the model, their values not yet validated.

    Members that the model does not know are ignored, as REST-JSON services do; a null is an
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
        value: object
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
    values: dict[str, list[str]] = {}
    try:
        for name, value in parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=200):
            values.setdefault(name, []).append(value)
    except (UnicodeDecodeError, ValueError) as error:
        raise invalid("the query is not percent-encoded UTF-8, or has too many fields") from error
    return values


def _from_query(values: list[str] | None, shape: api_model.Shape) -> object:
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
    """A body as a JSON object; an empty body is an empty object.

    Raises:
        ApiError: it is not a JSON object.
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


def answer_sts(body: bytes, account: str) -> tuple[int, bytes]:
    """The status and the XML that STS answers to a form; an action other than GetCallerIdentity is refused by its name."""
    try:
        action = parse_qs(body.decode("utf-8"), max_num_fields=100).get("Action", [""])[0]
    except ValueError:
        action = ""
    if action != "GetCallerIdentity":
        message = escape(
            f"the emulator answers only GetCallerIdentity, not {action[:60] or 'a call without an action'}"
        )
        error = f"<Error><Type>Sender</Type><Code>InvalidAction</Code><Message>{message}</Message></Error>"
        return 400, _document(
            f'<ErrorResponse xmlns="{_STS_NAMESPACE}">{error}<RequestId>{uuid.uuid4()}</RequestId></ErrorResponse>'
        )
    result = f"<Arn>arn:aws:iam::{account}:user/{_STS_USER}</Arn><UserId>AIDAEMULATEDEMULATED</UserId><Account>{account}</Account>"
    return 200, _document(
        f'<GetCallerIdentityResponse xmlns="{_STS_NAMESPACE}"><GetCallerIdentityResult>{result}</GetCallerIdentityResult>'
        f"<ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
    )


def _document(text: str) -> bytes:
    """XML has no control characters, not even escaped ones."""
    return "".join(char if char.isprintable() else "?" for char in text).encode("utf-8", "replace")
