"""The types of Nextflow parameters, from the schema, a typed declaration or a default."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace

from packager.model import value_types
from packager.model.value_types import ANY, ValueKind, ValueType

KINDS = {
    "boolean": value_types.BOOLEAN,
    "integer": value_types.INTEGER,
    "number": value_types.NUMBER,
    "string": value_types.STRING,
}
# Of the formats of Standard.NEXTFLOW_SCHEMA, `path` can be either, and a pattern is not a path.
FORMATS = {"file-path": value_types.FILE, "directory-path": value_types.DIRECTORY}
LIMITS = (
    "pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "minItems",
    "maxItems",
)  # fmt: skip
_MAX_DEPTH = 20
_DECLARED = {
    "Boolean": value_types.BOOLEAN, "boolean": value_types.BOOLEAN, "Integer": value_types.INTEGER, "int": value_types.INTEGER,
    "Long": value_types.INTEGER, "Float": value_types.NUMBER, "Double": value_types.NUMBER, "BigDecimal": value_types.NUMBER,
    "String": value_types.STRING, "Path": value_types.FILE, "MemoryUnit": value_types.STRING, "Duration": value_types.STRING,
}  # fmt: skip


def of_schema(body: object, depth: int = 0) -> ValueType:
    """The type of a property of `nextflow_schema.json`."""
    if not isinstance(body, dict) or depth > _MAX_DEPTH:
        return ANY
    kinds = body.get("type")
    if not isinstance(kinds, list):
        return _of_kind(kinds, body, depth)
    if not all(isinstance(kind, str) for kind in kinds):
        return ANY
    choices = [_of_kind(kind, body, depth) for kind in dict.fromkeys(kinds) if kind != "null"]
    if not choices or ANY in choices:
        return ANY
    value_type = value_types.union(tuple(choices))
    return value_type.or_null() if "null" in kinds else value_type


def _of_kind(kind: object, body: Mapping[str, object], depth: int) -> ValueType:
    """The type of a property that is of one kind."""
    if not isinstance(kind, str):
        return ANY
    values = body.get("enum")
    if kind == "string" and isinstance(values, list) and values and all(isinstance(value, str) for value in values):
        return value_types.enumeration(tuple(values))
    if kind == "array":
        return _limited(value_types.array(of_schema(body.get("items"), depth + 1)), body)
    if kind == "object":
        return value_types.mapping(value_types.STRING, ANY)
    written = body.get("format")
    if kind == "string" and isinstance(written, str) and written in FORMATS:
        return _limited(FORMATS[written], body)
    return _limited(KINDS[kind], body) if kind in KINDS else ANY


def _limited(value_type: ValueType, body: Mapping[str, object]) -> ValueType:
    limits = [(name, body[name]) for name in LIMITS if _is_limit(body.get(name))]
    values = body.get("enum")
    is_number = value_type.kind in (ValueKind.INTEGER, ValueKind.NUMBER)
    if is_number and isinstance(values, list) and values and all(map(_is_number, values)):
        limits.append(("enum", values))
    return replace(value_type, limits=tuple((name, json.dumps(value)) for name, value in limits))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_limit(value: object) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def of_declaration(name: str, depth: int = 0) -> ValueType:
    """The type of a declaration in a typed `params` block."""
    if depth > _MAX_DEPTH:
        return ANY
    if name.endswith("?"):
        return of_declaration(name[:-1], depth + 1).or_null()
    listed = re.fullmatch(r"(?:List|Set|Bag)<(.+)>", name)
    if listed:
        return value_types.array(of_declaration(listed[1], depth + 1))
    if name in ("List", "Set", "Bag"):
        return value_types.array(ANY)
    if name == "Map" or name.startswith("Map<"):
        return value_types.mapping(value_types.STRING, ANY)
    return _DECLARED.get(name, ANY)


def of_default(value: object) -> ValueType:
    """The type of a parameter that has only a default; `false` and null may stand for a value of any type."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ANY
    return value_types.NUMBER


def or_nothing(value_type: ValueType, default: object) -> ValueType:
    """A type that also accepts null, and `false` if that is the default of a parameter that is not a Boolean."""
    if default is False and value_type not in (ANY, value_types.BOOLEAN):
        value_type = value_types.union((value_type, value_types.BOOLEAN))
    return value_type.or_null()
