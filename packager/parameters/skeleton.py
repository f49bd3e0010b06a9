"""A skeleton of a run's parameters: the values to fill in are placeholders, which `inputs --check` finds again.

It has the required parameters first and then, on request, the optional ones with their defaults, each in the order of the definition.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence

from packager.findings.redaction import REDACTED, shown_value
from packager.healthomics import limits
from packager.jsondoc.jsontext import Json
from packager.model.facts import Engine, Input, Workflow
from packager.model.value_types import ValueKind, ValueType
from packager.parameters.value_check import FaultKind, check_value

_TO_FILL = "<text>"
_UNFIT = (FaultKind.PLACEHOLDER, FaultKind.TYPE, FaultKind.CONVERTED, FaultKind.MEMBER)
_MAX_DEPTH = 30
_MOST_CHOICES = 8


def accepted_inputs(workflow: Workflow, names: Collection[str]) -> tuple[Input, ...]:
    """The inputs that a run may set, which are those of the parameter template, in the order of the definition."""
    return tuple(declared for declared in workflow.inputs if declared.name in names)


def make_skeleton(workflow: Workflow, names: Collection[str], *, every: bool = False) -> dict[str, Json]:
    """The parameters of a run, to be filled in; with `every` also the optional ones.

    An optional parameter whose default is known only during a run is left out: no value here is equivalent to it.
    """
    inputs, engine = accepted_inputs(workflow, names), workflow.engine
    required = [declared for declared in inputs if not declared.optional]
    optional = [declared for declared in inputs if declared.optional and every]
    return {declared.name: _placeholder(declared.value_type, declared.name, engine) for declared in required} | {
        declared.name: _default(declared, engine)
        for declared in optional
        if declared.default is None or has_plain_default(declared)
    }


def _default(declared: Input, engine: Engine) -> Json:
    """The default of an optional input, null if it has none; for output folders, the folder that the service exports."""
    if engine is Engine.NEXTFLOW and declared.name in limits.NEXTFLOW_OUTPUT_PARAMETERS:
        return limits.NEXTFLOW_PUBLISH_DIR
    known, value = default_of(declared)
    if not known or not has_secret_default(declared):
        return value
    # Neither the secret nor a value that could be mistaken for it: `--check` finds this placeholder again.
    return (
        REDACTED
        if declared.value_type.kind in (ValueKind.STRING, ValueKind.ANY)
        else _placeholder(declared.value_type, declared.name, engine)
    )


def has_secret_default(declared: Input) -> bool:
    """Whether the default looks like a secret, which is never printed."""
    return declared.default is not None and shown_value(declared.name, declared.default) != declared.default


def has_plain_default(declared: Input) -> bool:
    """Whether the default is a value that means the same in a run's parameters as in the definition."""
    known, value = default_of(declared)
    return known and not any(fault.kind in _UNFIT for fault in check_value(value, declared.value_type))


def default_of(declared: Input) -> tuple[bool, Json]:
    """Whether the default is a JSON value, and that value."""
    if declared.default is None:
        return False, None
    try:
        return True, json.loads(declared.default, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return False, None


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _placeholder(expected: ValueType, name: str, engine: Engine, depth: int = 0) -> Json:
    """A value of a type, with placeholders where only the user knows more."""
    if depth > _MAX_DEPTH:
        return None

    def inner(kind: ValueType, member: str = name) -> Json:
        return _placeholder(kind, member, engine, depth + 1)

    match expected.kind:
        case ValueKind.ARRAY:
            return [inner(expected.items[0])]
        case ValueKind.MAP:
            return {_key(expected.items[0]): inner(expected.items[1])}
        case ValueKind.PAIR:
            return {"left": inner(expected.items[0]), "right": inner(expected.items[1])}
        case ValueKind.STRUCT:
            return {member: inner(kind, member) for member, kind in expected.members if not kind.optional}
        case ValueKind.UNION:
            return inner(expected.items[0])
    return _plain_placeholder(expected, name, engine)


def _plain_placeholder(expected: ValueType, name: str, engine: Engine) -> Json:
    match expected.kind:
        case ValueKind.BOOLEAN:
            return False
        case ValueKind.INTEGER | ValueKind.NUMBER:
            return _number(expected)
        case ValueKind.ENUM:
            return _choice(expected.choices)
        case ValueKind.FILE | ValueKind.DIRECTORY:
            if engine is Engine.NEXTFLOW and name in limits.NEXTFLOW_OUTPUT_PARAMETERS:
                return limits.NEXTFLOW_PUBLISH_DIR
            folder = expected.kind is ValueKind.DIRECTORY
            uri = f"s3://BUCKET/PATH/TO/{name}{'/' if folder else _extension(expected)}"
            return {"class": "Directory" if folder else "File", "location": uri} if engine is Engine.CWL else uri
    return _TO_FILL


def _extension(expected: ValueType) -> str:
    """The file extension that a pattern of the schema asks for, "" for none."""
    pattern = dict(expected.limits).get("pattern")
    extension = re.search(r"\\\.\(?((?:[A-Za-z0-9]\??)+)", json.loads(pattern)) if pattern else None
    return f".{extension[1].replace('?', '')}" if extension else ""


def _choice(choices: Sequence[object]) -> str:
    """A placeholder with the values to choose from; which one is right is for the user to decide."""
    shown = "|".join(str(choice).replace("<", "").replace(">", "") for choice in choices[:_MOST_CHOICES])
    return f"<{shown}|...>" if len(choices) > _MOST_CHOICES else f"<{shown}>"


def _number(expected: ValueType) -> int | float | str:
    """0, or the nearest number that the schema allows; a placeholder if it lists them."""
    keywords = {name: json.loads(text) for name, text in expected.limits}
    choices = keywords.get("enum")
    if isinstance(choices, list):
        return _choice(choices)
    minimum, maximum = keywords.get("minimum"), keywords.get("maximum")
    if isinstance(minimum, int | float) and minimum > 0:
        return minimum
    above = keywords.get("exclusiveMinimum")
    if isinstance(above, int | float) and above >= 0:
        return above + 1
    return maximum if isinstance(maximum, int | float) and maximum < 0 else 0


def _key(expected: ValueType) -> str:
    return "0" if expected.kind in (ValueKind.INTEGER, ValueKind.NUMBER) else "<name>"
