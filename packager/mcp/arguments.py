"""The arguments of a tool: their JSON Schema, and the check of what a client sent, in words that help it to call again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from packager.errors import PackagerError
from packager.text import joined, nearest_name

_MOST_FILES = 1000
_MOST_CHARACTERS = 8 * 1024 * 1024  # of all files together


class Kind(StrEnum):
    """What a value is."""

    TEXT = "a string"
    TEXTS = "an array of strings"
    FLAG = "true or false"
    NUMBER = "an integer"
    OBJECT = "an object"
    FILES = "an object of paths and texts"


_SCHEMAS: dict[Kind, dict[str, object]] = {
    Kind.TEXT: {"type": "string"},
    Kind.TEXTS: {"type": "array", "items": {"type": "string"}},
    Kind.FLAG: {"type": "boolean"},
    Kind.NUMBER: {"type": "integer"},
    Kind.OBJECT: {"type": "object"},
    Kind.FILES: {"type": "object", "additionalProperties": {"type": "string"}, "maxProperties": _MOST_FILES},
}


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a tool; `bounds` of a number are inclusive."""

    name: str
    kind: Kind
    description: str
    choices: tuple[str, ...] = ()
    bounds: tuple[int, int] | None = None
    default: object = None
    required: bool = False

    def schema(self) -> dict[str, object]:
        """Its JSON Schema."""
        schema = {**_SCHEMAS[self.kind], "description": self.description}
        if self.choices:
            schema["enum"] = list(self.choices)
        if self.bounds is not None:
            schema |= {"minimum": self.bounds[0], "maximum": self.bounds[1]}
        if self.default is not None:
            schema["default"] = self.default
        return schema


def schema_of(arguments: Sequence[Argument]) -> dict[str, object]:
    """The JSON Schema of all arguments of a tool."""
    return {
        "type": "object",
        "properties": {argument.name: argument.schema() for argument in arguments},
        "required": [argument.name for argument in arguments if argument.required],
        "additionalProperties": False,
    }


def checked(values: Mapping[str, object], arguments: Sequence[Argument]) -> dict[str, object]:
    """The value of each argument, the default where none was sent; null is the same as nothing.

    Raises:
        PackagerError: a name is unknown, a value has the wrong type, or a required one is missing.
    """
    known = {argument.name: argument for argument in arguments}
    for name in values:
        if name not in known:
            near = nearest_name(name, known)
            hint = f"did you mean `{near}`?" if near else f"the arguments are {joined(list(known))}"
            raise PackagerError(f"unknown argument `{name}`", hint)
    found = {}
    for name, argument in known.items():
        value = values.get(name)
        if value is None and argument.required:
            raise PackagerError(f"the argument `{name}` is missing", argument.description)
        if value is not None:
            _check(argument, value)
        found[name] = argument.default if value is None else value
    return found


def _check(argument: Argument, value: object) -> None:
    if not _is_of_kind(value, argument.kind):
        raise PackagerError(f"`{argument.name}`: expected {argument.kind}", argument.description)
    if argument.choices and value not in argument.choices:
        raise PackagerError(f"`{argument.name}`: expected one of {joined(list(argument.choices))}")
    if argument.bounds is not None and isinstance(value, int):
        low, high = argument.bounds
        if not low <= value <= high:
            raise PackagerError(f"`{argument.name}`: expected an integer from {low} to {high}")
    if argument.kind is Kind.FILES and isinstance(value, dict):
        _check_size(argument, value)


def _check_size(argument: Argument, files: Mapping[str, str]) -> None:
    if len(files) > _MOST_FILES or sum(map(len, files.values())) > _MOST_CHARACTERS:
        raise PackagerError(
            f"`{argument.name}`: more than {_MOST_FILES:,} files or {_MOST_CHARACTERS:,} characters",
            "write them to a folder, and pass its path",
        )


def _is_of_kind(value: object, kind: Kind) -> bool:
    match kind:
        case Kind.TEXT:
            return isinstance(value, str)
        case Kind.TEXTS:
            return isinstance(value, list) and all(isinstance(item, str) for item in value)
        case Kind.FLAG:
            return isinstance(value, bool)
        case Kind.NUMBER:
            return isinstance(value, int) and not isinstance(value, bool)
        case Kind.OBJECT:
            return isinstance(value, dict)
        case Kind.FILES:
            return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())
