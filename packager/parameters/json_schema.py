"""The JSON Schema (2020-12) of a run's parameters, for editors and validators."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from itertools import count

from packager.findings.redaction import shown_description
from packager.healthomics import limits
from packager.jsondoc.jsontext import Json
from packager.model.facts import Engine, Input, Workflow
from packager.model.value_types import ValueKind, ValueType
from packager.parameters.skeleton import accepted_inputs, default_of, has_plain_default, has_secret_default

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_OBJECT = f"^({'|'.join(limits.WDL_FILE_SCHEMES)}).*[^/]$"
_FOLDER = "^s3://.*/$"
# A run in a VPC may read from other places than S3; the folder that the service mounts is local and allowed.
_NOT_LOCAL = f"^(?!/(?!{limits.DEFINITION_MOUNT[1:]}/)|file:)"
_MAX_DEPTH = 30


def make_schema(workflow: Workflow, names: Collection[str]) -> dict[str, Json]:
    """The JSON Schema of a run's parameters."""
    writer = _Writer(workflow.engine)
    inputs = accepted_inputs(workflow, names)
    schema: dict[str, Json] = {
        "$schema": _DIALECT,
        "title": f"Run parameters of {workflow.name or workflow.main}",
        "type": "object",
        "properties": {
            declared.name: {**writer.schema(declared.value_type), **_annotations(declared)} for declared in inputs
        },
    }
    required: list[Json] = [declared.name for declared in inputs if not declared.optional]
    if required:
        schema["required"] = required
    if workflow.complete:
        schema["additionalProperties"] = False
    if writer.structs:
        schema["$defs"] = dict(sorted(writer.structs.items()))
    return schema


def _annotations(declared: Input) -> dict[str, Json]:
    annotations: dict[str, Json] = (
        {"description": shown_description(declared.name, declared.description, declared.default)}
        if declared.description
        else {}
    )
    if has_plain_default(declared) and not has_secret_default(declared):
        annotations["default"] = default_of(declared)[1]
    return annotations


class _Writer:
    """Writes types as schemas; `structs` are the schemas of structs with a name, each once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.structs: dict[str, Json] = {}
        self._names: dict[ValueType, str] = {}

    def schema(self, expected: ValueType, depth: int = 0) -> dict[str, Json]:
        """The schema of a type."""
        if depth > _MAX_DEPTH:
            return {}
        schema = self._schema(expected, depth)
        if not expected.optional or not schema:
            return schema
        return {"anyOf": [schema, {"type": "null"}]}

    def _schema(self, expected: ValueType, depth: int) -> dict[str, Json]:
        keywords: dict[str, Json] = {name: json.loads(text) for name, text in expected.limits}
        match expected.kind:
            case ValueKind.BOOLEAN | ValueKind.INTEGER | ValueKind.NUMBER | ValueKind.STRING:
                return {"type": str(expected.kind), **keywords}
            case ValueKind.FILE | ValueKind.DIRECTORY:
                return self._file(expected.kind, keywords)
            case ValueKind.ARRAY:
                minimum: dict[str, Json] = {"minItems": expected.at_least} if expected.at_least else {}
                return {"type": "array", "items": self.schema(expected.items[0], depth + 1), **minimum, **keywords}
            case ValueKind.MAP:
                return {"type": "object", "additionalProperties": self.schema(expected.items[1], depth + 1)}
            case ValueKind.PAIR:
                left, right = (self.schema(side, depth + 1) for side in expected.items)
                return _object({"left": left, "right": right}, ["left", "right"])
            case ValueKind.STRUCT:
                return self._struct(expected, depth)
            case ValueKind.ENUM:
                return {"enum": list(expected.choices)}
            case ValueKind.UNION:
                return {"anyOf": [self.schema(choice, depth + 1) for choice in expected.items]}
        return {}

    def _file(self, kind: ValueKind, keywords: dict[str, Json]) -> dict[str, Json]:
        if self._engine is Engine.NEXTFLOW:
            return {"type": "string", "pattern": _NOT_LOCAL, **keywords}
        uri: dict[str, Json] = {"type": "string", "pattern": _OBJECT if kind is ValueKind.FILE else _FOLDER}
        if self._engine is Engine.WDL:
            return uri
        literal: dict[str, Json] = {
            "type": "object",
            "properties": {
                "class": {"const": "File" if kind is ValueKind.FILE else "Directory"},
                "location": uri,
                "path": uri,
            },
            "required": ["class"],
        }
        return {"anyOf": [literal, uri]}

    def _struct(self, expected: ValueType, depth: int) -> dict[str, Json]:
        bare = ValueType(expected.kind, name=expected.name, members=expected.members)
        if not expected.name:
            return self._members(bare, depth)
        if bare not in self._names:
            name = next(name for name in _numbered(expected.name) if name not in self.structs)
            self._names[bare] = name
            self.structs[name] = {}  # reserves the name before its own members are written
            self.structs[name] = self._members(bare, depth)
        return {"$ref": f"#/$defs/{self._names[bare]}"}

    def _members(self, expected: ValueType, depth: int) -> dict[str, Json]:
        properties: dict[str, Json] = {name: self.schema(kind, depth + 1) for name, kind in expected.members}
        return _object(properties, [name for name, kind in expected.members if not kind.optional])


def _object(properties: dict[str, Json], required: list[Json]) -> dict[str, Json]:
    needed: dict[str, Json] = {"required": required} if required else {}
    return {"type": "object", "properties": properties, **needed, "additionalProperties": False}


def _numbered(name: str) -> Iterator[str]:
    """A name, and then the same with numbers for other structs of that name."""
    yield name
    yield from (f"{name}{number}" for number in count(2))
