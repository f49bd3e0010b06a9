"""`nextflow_schema.json`: the parameters that a pipeline declares, with their places."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from packager.engines.nextflow.value_types import of_schema
from packager.findings.diagnostic import Diagnostic, Place
from packager.jsondoc import jsontext
from packager.model.facts import Input
from packager.model.features import Feature, FeatureName

SCHEMA_NAME = "nextflow_schema.json"
_PROSE = frozenset(
    {"description", "help_text", "title", "pattern", "errorMessage", "fa_icon", "$id", "$schema", "$ref"}
)
# The drafts that the service reads (Guide.PARAMETER_TEMPLATES).
DRAFTS = ("draft-07", "draft/2020-12")


@dataclass(frozen=True, slots=True)
class SchemaFacts:
    """The inputs of a schema, sorted by name, its problems as features, and whether the service reads it.

    `paths` are strings of the schema that may name other files of the pipeline. `problems`: why it could not be read.
    """

    inputs: tuple[Input, ...] = ()
    features: tuple[Feature, ...] = ()
    readable: bool = False
    paths: tuple[str, ...] = ()
    problems: tuple[Diagnostic, ...] = ()


def read_schema(path: str, content: bytes) -> SchemaFacts:
    """The facts of a schema: every property at the top level and in each group of `$defs` or `definitions`."""
    parsed = jsontext.read(content)
    if isinstance(parsed, jsontext.JsonError):
        place = Place(path, parsed.line, parsed.column)
        return SchemaFacts(features=(Feature(FeatureName.SCHEMA_INVALID, parsed.message, place),))
    if not isinstance(parsed.value, dict):
        return SchemaFacts(features=(Feature(FeatureName.SCHEMA_INVALID, "not a JSON object", Place(path, 1, 1)),))
    features = []
    draft = parsed.value.get("$schema")
    readable = isinstance(draft, str) and any(known in draft for known in DRAFTS)
    if not readable:
        line, column = parsed.place(("$schema",))
        features.append(
            Feature(FeatureName.SCHEMA_DRAFT_UNKNOWN, "" if draft is None else str(draft), Place(path, line, column))
        )
    inputs: dict[str, Input] = {}
    for parts, group in _groups(parsed.value):
        required = group.get("required")
        required_names = {name for name in required if isinstance(name, str)} if isinstance(required, list) else set()
        features += _alternatives(path, parsed, parts, group)
        properties = group.get("properties")
        for name, body in properties.items() if isinstance(properties, dict) else ():
            where = (*parts, "properties", name)
            line, column = parsed.place(where, key=True)
            place = Place(path, line, column, line, column + len(json.dumps(name, ensure_ascii=False)))
            if not isinstance(body, dict):
                features.append(Feature(FeatureName.SCHEMA_INVALID, f"`{name}` is not an object", place))
                continue
            if (wrong := _wrong_type(body)) is not None:
                line, column = parsed.place((*where, "type", *wrong))
                message = f"the type of `{name}` is neither a type name nor a list of type names"
                features.append(Feature(FeatureName.SCHEMA_INVALID, message, Place(path, line, column)))
            if isinstance(body.get("properties"), dict):
                features.append(Feature(FeatureName.SCHEMA_NESTED, name, place))
            inputs.setdefault(name, _input(name, body, name in required_names, place))
    return SchemaFacts(
        tuple(inputs[name] for name in sorted(inputs)),
        tuple(features),
        readable=readable,
        paths=tuple(_paths(parsed.value)),
    )


def _alternatives(
    path: str, parsed: jsontext.JsonText, parts: tuple[str, ...], group: Mapping[str, object]
) -> Iterator[Feature]:
    """The lists of parameters of which a group requires one to be set completely."""
    for keyword in ("anyOf", "oneOf"):
        choices = group.get(keyword)
        names = [choice.get("required") if isinstance(choice, dict) else None for choice in _list(choices)]
        alternatives = tuple(
            tuple(name for name in required if isinstance(name, str))
            for required in names
            if isinstance(required, list)
        )
        if alternatives and len(alternatives) == len(names) and all(alternatives):
            line, column = parsed.place((*parts, keyword), key=True)
            place = Place(path, line, column)
            yield Feature(FeatureName.SCHEMA_ALTERNATIVES, keyword, place, alternatives=alternatives)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _paths(schema: object) -> Iterator[str]:
    """The strings of a schema that may be paths, such as schemas of sample sheets and defaults."""
    stack = [schema]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            stack += [inner for key, inner in value.items() if key not in _PROSE]
        elif isinstance(value, list):
            stack += value
        elif (
            isinstance(value, str) and "/" in value and len(value) < 300 and not any(char in value for char in " \n*^")
        ):
            yield value


def _groups(schema: Mapping[str, object]) -> Iterator[tuple[tuple[str, ...], Mapping[str, object]]]:
    yield (), schema
    for section in ("$defs", "definitions"):
        groups = schema.get(section)
        for name, group in groups.items() if isinstance(groups, dict) else ():
            if isinstance(group, dict):
                yield (section, name), group


def _wrong_type(body: Mapping[str, object]) -> tuple[int, ...] | None:
    """The path below `type` of a value that cannot be a type, () for itself; None if the type is valid or omitted."""
    kind = body.get("type")
    if isinstance(kind, list):
        return next(((index,) for index, name in enumerate(kind) if not isinstance(name, str)), None)
    return None if "type" not in body or isinstance(kind, str) else ()


def _as_json(default: object) -> str | None:
    """A default as JSON; None for a number that JSON cannot hold."""
    try:
        return json.dumps(default, ensure_ascii=False, allow_nan=False)
    except ValueError:
        return None


def _input(name: str, body: Mapping[str, object], required: bool, place: Place) -> Input:
    kind = body.get("type")
    description = body.get("description")
    help_text = body.get("help_text")
    described = description if isinstance(description, str) else ""
    if not described and isinstance(help_text, str):
        described = help_text
    has_default = "default" in body
    fills = body.get("default") not in (None, "")  # an empty default does not give a required parameter a value
    return Input(
        name=name,
        type=kind if isinstance(kind, str) else json.dumps(kind) if kind and _wrong_type(body) is None else "any",
        optional=not required or fills,
        default=_as_json(body["default"]) if has_default else None,
        description=described,
        place=place,
        service_description=description if isinstance(description, str) else "",
        service_optional=not required,  # a default does not count there
        value_type=of_schema(body),
    )
