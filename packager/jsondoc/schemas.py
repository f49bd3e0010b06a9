"""The JSON Schemas that ship with the tool: their names, their content, and all violations of a value at once."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from packager.errors import PackagerError
from packager.jsondoc.jsontext import Json, Parts
from packager.text import count, joined

_PACKAGE = Path(__file__).resolve().parent.parent
# A wheel has the schemas inside the package, an editable install next to it.
_FOLDERS = (_PACKAGE / "schemas", _PACKAGE.parent / "schemas")
_SUFFIX = ".schema.json"
_TYPES = {"object": "an object", "array": "a list", "string": "a string", "boolean": "true or false"}
_CONTROL = "contains control characters, line ends or tabs"


@dataclass(frozen=True, slots=True)
class Violation:
    """A value that breaks a schema: `parts` lead to it, `keyword` is the schema's, and `limit` the keyword's own value."""

    parts: Parts
    keyword: str
    limit: object
    value: object

    def unknown_members(self, known: Iterable[str]) -> list[str]:
        """The members of an object that are not known, sorted."""
        return sorted(set(self.value).difference(known)) if isinstance(self.value, dict) else []


def describe(violation: Violation, *, pattern: str | None = None) -> str:
    """What is wrong with the value, as the end of a sentence about it; `pattern` is the text for a value that does not match a pattern."""
    limit, value = violation.limit, violation.value
    size = len(value) if isinstance(value, str | list | dict) else 0
    match violation.keyword:
        case "required" if isinstance(limit, list) and isinstance(value, dict):
            return f"has no {' and no '.join(f'`{name}`' for name in limit if name not in value)}"
        case "type":
            return f"is {_kind(value)}, expected {_TYPES.get(str(limit), str(limit))}"
        case "minLength":
            return f"has {count(size, 'character')}, expected at least {limit}"
        case "maxLength":
            return f"has {count(size, 'character')}, at most {limit} are allowed"
        case "maxProperties":
            return f"has {count(size, 'entry', 'entries')}, at most {limit} are allowed"
        case "pattern":
            return pattern or _CONTROL
        case _:
            return "does not match the schema"


def unknown(names: Iterable[str]) -> str:
    """What is wrong with an object with unknown members, as the end of a sentence about it."""
    return f"has the unknown member {joined(list(names))}"


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "a list"
        case _:
            return "an object"


def names() -> tuple[str, ...]:
    """The names of the schemas that ship, sorted."""
    files = (path for folder in _FOLDERS if folder.is_dir() for path in folder.glob(f"*{_SUFFIX}"))
    return tuple(sorted({path.name.removesuffix(_SUFFIX) for path in files}))


@functools.cache
def load(name: str) -> dict[str, Any]:
    """The schema of that name, such as `container-registry-map`.

    Raises:
        PackagerError: the installation lacks it.
    """
    for folder in _FOLDERS:
        path = folder / f"{name}{_SUFFIX}"
        if path.is_file():
            schema: dict[str, Any] = json.loads(path.read_bytes())
            return schema
    raise PackagerError(f"the schema `{name}` is not installed", "reinstall omics-packager")


def properties(name: str, item_of: str = "") -> tuple[str, ...]:
    """The property names of the schema `name`, or of the items of its list property `item_of`."""
    node: Json = load(name)
    for key in ("properties", item_of, "items") if item_of else ():
        node = node.get(key) if isinstance(node, dict) else None
    members = node.get("properties") if isinstance(node, dict) else None
    return tuple(members) if isinstance(members, dict) else ()


def violations(name: str, value: object) -> tuple[Violation, ...]:
    """All violations of the schema `name`, in the value's order.

    Raises:
        PackagerError: the installation lacks the schema.
    """
    errors = [
        Violation(tuple(error.absolute_path), str(error.validator), error.validator_value, error.instance)
        for error in _validator(name).iter_errors(value)
    ]
    # A path may mix names and indices, which do not compare; as text the order is still fixed.
    return tuple(sorted(errors, key=lambda error: ([_key(part) for part in error.parts], error.keyword)))


def _key(part: str | int) -> tuple[int, str]:
    return (part, "") if isinstance(part, int) else (-1, part)


class _Error(Protocol):
    """What is used of jsonschema's errors."""

    @property
    def absolute_path(self) -> Iterable[str | int]: ...
    @property
    def validator(self) -> object: ...
    @property
    def validator_value(self) -> object: ...
    @property
    def instance(self) -> object: ...


class _Validator(Protocol):
    def iter_errors(self, value: object) -> Iterable[_Error]: ...


@functools.cache
def _validator(name: str) -> _Validator:
    import jsonschema  # noqa: PLC0415 - costs 0.1 s, and only few commands need it

    validator: _Validator = jsonschema.Draft202012Validator(load(name))
    return validator
