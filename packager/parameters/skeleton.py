"""The parameters of a run: a skeleton to fill in, and a JSON Schema (2020-12) that editors and validators understand.

A skeleton has the required parameters first and then, if asked for, the optional ones with their defaults, each kind in the order of
the definition. Values that only the user knows are placeholders, which `--check` finds again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from typing import Any

from packager.findings.redaction import REDACTED, redacted, shown_value
from packager.healthomics import limits
from packager.model.facts import Engine, Input, Workflow
from packager.model.value_types import ValueKind, ValueType
from packager.parameters.value_check import Trouble, faults

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_OBJECT = f"^({'|'.join(limits.WDL_FILE_SCHEMES)}).*[^/]$"
_FOLDER = "^s3://.*/$"
# Where a run in a VPC may read more than S3; what the service mounts is there, too.
_NOT_LOCAL = f"^(?!/(?!{limits.DEFINITION_MOUNT[1:]}/)|file:)"
_TO_FILL = "<text>"
_UNFIT = (Trouble.PLACEHOLDER, Trouble.TYPE, Trouble.CONVERTED, Trouble.MEMBER)
_MAX_DEPTH = 30


def accepted(workflow: Workflow, names: Collection[str]) -> tuple[Input, ...]:
    """The inputs that a run may set, which are those of the parameter template, in the order of the definition."""
    return tuple(one for one in workflow.inputs if one.name in names)


def skeleton(workflow: Workflow, names: Collection[str], *, every: bool = False) -> dict[str, Any]:
    """The parameters of a run, to be filled in; the optional ones only if `every` one is asked for.

    An optional one whose default only a run works out is left out: no value here could stand for it.
    """
    inputs = accepted(workflow, names)
    found = {one.name: _placeholder(one.value_type, one.name, workflow.engine) for one in inputs if not one.optional}
    if every:
        optional = [one for one in inputs if one.optional]
        found |= {one.name: _default(one, workflow.engine) for one in optional if one.default is None or _is_plain(one)}
    return found


def _default(one: Input, engine: Engine) -> Any:
    """The default of an optional input, null where it has none; where results go, what the service exports."""
    if engine is Engine.NEXTFLOW and one.name in limits.NEXTFLOW_OUTPUT_PARAMETERS:
        return limits.NEXTFLOW_PUBLISH_DIR
    known, value = default_of(one)
    if not known or not _is_secret(one):
        return value
    # Neither what is secret nor a value that would pass for it: `--check` finds this one again.
    return (
        REDACTED
        if one.value_type.kind in (ValueKind.STRING, ValueKind.ANY)
        else _placeholder(one.value_type, one.name, engine)
    )


def _is_secret(one: Input) -> bool:
    return one.default is not None and shown_value(one.name, one.default) != one.default


def _is_plain(one: Input) -> bool:
    """Whether the default is a value that says the same in a run's parameters as in the definition."""
    known, value = default_of(one)
    return known and not any(fault.trouble in _UNFIT for fault in faults(value, one.value_type))


def default_of(one: Input) -> tuple[bool, Any]:
    """Whether the default is a value that JSON can carry, and that value."""
    if one.default is None:
        return False, None
    try:
        return True, json.loads(one.default, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return False, None


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _placeholder(wanted: ValueType, name: str, engine: Engine, depth: int = 0) -> Any:
    """A value of a type, with placeholders where only the user knows more."""
    if depth > _MAX_DEPTH:
        return None

    def inner(kind: ValueType, of: str = name) -> Any:
        return _placeholder(kind, of, engine, depth + 1)

    match wanted.kind:
        case ValueKind.ARRAY:
            return [inner(wanted.items[0])]
        case ValueKind.MAP:
            return {_key(wanted.items[0]): inner(wanted.items[1])}
        case ValueKind.PAIR:
            return {"left": inner(wanted.items[0]), "right": inner(wanted.items[1])}
        case ValueKind.STRUCT:
            return {member: inner(kind, member) for member, kind in wanted.members if not kind.optional}
        case ValueKind.UNION:
            return inner(wanted.items[0])
    return _plain_placeholder(wanted, name, engine)


def _plain_placeholder(wanted: ValueType, name: str, engine: Engine) -> Any:
    match wanted.kind:
        case ValueKind.BOOLEAN:
            return False
        case ValueKind.INTEGER | ValueKind.NUMBER:
            return _number(wanted)
        case ValueKind.ENUM:
            return wanted.choices[0]
        case ValueKind.FILE | ValueKind.DIRECTORY:
            if engine is Engine.NEXTFLOW and name in limits.NEXTFLOW_OUTPUT_PARAMETERS:
                return limits.NEXTFLOW_PUBLISH_DIR
            folder = wanted.kind is ValueKind.DIRECTORY
            uri = f"s3://BUCKET/PATH/TO/{name}{'/' if folder else _extension(wanted)}"
            return {"class": "Directory" if folder else "File", "location": uri} if engine is Engine.CWL else uri
    return _TO_FILL


def _extension(wanted: ValueType) -> str:
    """The file extension that a pattern of the schema asks for, if one does; empty else."""
    pattern = dict(wanted.limits).get("pattern")
    found = re.search(r"\\\.\(?((?:[A-Za-z0-9]\??)+)", json.loads(pattern)) if pattern else None
    return f".{found[1].replace('?', '')}" if found else ""


def _number(wanted: ValueType) -> Any:
    """0, or the nearest number that the schema allows."""
    given = {name: json.loads(text) for name, text in wanted.limits}
    least, most = given.get("minimum"), given.get("maximum")
    if isinstance(least, int | float) and least > 0:
        return least
    return most if isinstance(most, int | float) and most < 0 else 0


def _key(kind: ValueType) -> str:
    return "0" if kind.kind in (ValueKind.INTEGER, ValueKind.NUMBER) else "<name>"


def schema(workflow: Workflow, names: Collection[str]) -> dict[str, Any]:
    """The JSON Schema of a run's parameters."""
    structs: dict[str, Any] = {}
    writer = _Writer(workflow.engine, structs)
    inputs = accepted(workflow, names)
    whole: dict[str, Any] = {
        "$schema": _DIALECT,
        "title": f"Run parameters of {workflow.name or workflow.main}",
        "type": "object",
        "properties": {one.name: {**writer.schema(one.value_type), **_annotations(one)} for one in inputs},
    }
    required = [one.name for one in inputs if not one.optional]
    if required:
        whole["required"] = required
    if workflow.complete:
        whole["additionalProperties"] = False
    if structs:
        whole["$defs"] = dict(sorted(structs.items()))
    return whole


def _annotations(one: Input) -> dict[str, Any]:
    found: dict[str, Any] = {"description": redacted(one.description)} if one.description else {}
    return found | {"default": default_of(one)[1]} if _is_plain(one) and not _is_secret(one) else found


class _Writer:
    """Writes types as schemas; structs with a name are written once, into `structs`."""

    def __init__(self, engine: Engine, structs: dict[str, Any]) -> None:
        self._engine = engine
        self._structs = structs
        self._names: dict[ValueType, str] = {}

    def schema(self, wanted: ValueType, depth: int = 0) -> dict[str, Any]:
        """The schema of a type."""
        if depth > _MAX_DEPTH:
            return {}
        found = self._schema(wanted, depth)
        if not wanted.optional or not found:
            return found
        return {"anyOf": [found, {"type": "null"}]}

    def _schema(self, wanted: ValueType, depth: int) -> dict[str, Any]:
        further = {name: json.loads(text) for name, text in wanted.limits}
        match wanted.kind:
            case ValueKind.BOOLEAN | ValueKind.INTEGER | ValueKind.NUMBER | ValueKind.STRING:
                return {"type": str(wanted.kind), **further}
            case ValueKind.FILE | ValueKind.DIRECTORY:
                return self._file(wanted.kind, further)
            case ValueKind.ARRAY:
                least = {"minItems": wanted.at_least} if wanted.at_least else {}
                return {"type": "array", "items": self.schema(wanted.items[0], depth + 1), **least, **further}
            case ValueKind.MAP:
                return {"type": "object", "additionalProperties": self.schema(wanted.items[1], depth + 1)}
            case ValueKind.PAIR:
                left, right = (self.schema(one, depth + 1) for one in wanted.items)
                return _object({"left": left, "right": right}, ["left", "right"])
            case ValueKind.STRUCT:
                return self._struct(wanted, depth)
            case ValueKind.ENUM:
                return {"enum": list(wanted.choices)}
            case ValueKind.UNION:
                return {"anyOf": [self.schema(one, depth + 1) for one in wanted.items]}
        return {}

    def _file(self, kind: ValueKind, further: dict[str, Any]) -> dict[str, Any]:
        if self._engine is Engine.NEXTFLOW:
            return {"type": "string", "pattern": _NOT_LOCAL, **further}
        uri = {"type": "string", "pattern": _OBJECT if kind is ValueKind.FILE else _FOLDER}
        if self._engine is Engine.WDL:
            return uri
        named = "File" if kind is ValueKind.FILE else "Directory"
        literal = {
            "type": "object",
            "properties": {"class": {"const": named}, "location": uri, "path": uri},
            "required": ["class"],
        }
        return {"anyOf": [literal, uri]}

    def _struct(self, wanted: ValueType, depth: int) -> dict[str, Any]:
        bare = ValueType(wanted.kind, name=wanted.name, members=wanted.members)
        if not wanted.name:
            return self._members(bare, depth)
        if bare not in self._names:
            name = next(one for one in _numbered(wanted.name) if one not in self._structs)
            self._names[bare] = name
            self._structs[name] = {}  # takes the name before its own members are written
            self._structs[name] = self._members(bare, depth)
        return {"$ref": f"#/$defs/{self._names[bare]}"}

    def _members(self, wanted: ValueType, depth: int) -> dict[str, Any]:
        properties = {name: self.schema(kind, depth + 1) for name, kind in wanted.members}
        return _object(properties, [name for name, kind in wanted.members if not kind.optional])


def _object(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    needed = {"required": required} if required else {}
    return {"type": "object", "properties": properties, **needed, "additionalProperties": False}


def _numbered(name: str) -> Iterator[str]:
    """A name, and further ones for other structs of that name."""
    yield name
    number = 2
    while True:
        yield f"{name}{number}"
        number += 1
