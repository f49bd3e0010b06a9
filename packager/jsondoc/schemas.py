"""The JSON Schemas that ship with the tool: found, loaded, and applied with all errors at once."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packager.errors import PackagerError

_PACKAGE = Path(__file__).resolve().parent.parent
# A wheel carries the schemas inside the package; an editable install has them beside it.
_FOLDERS = (_PACKAGE / "schemas", _PACKAGE.parent / "schemas")
_SUFFIX = ".schema.json"


@dataclass(frozen=True, slots=True)
class Violation:
    """One way in which a value breaks a schema.

    `parts` lead to the offending value, `keyword` is the schema's (`required`, `maxLength`, ...),
    `limit` the keyword's own value, `value` what was found, and `message` the validator's words.
    """

    parts: tuple[str | int, ...]
    keyword: str
    limit: Any
    value: Any
    message: str


def names() -> tuple[str, ...]:
    """The names of the schemas that ship, sorted."""
    found = {
        path.name.removesuffix(_SUFFIX) for folder in _FOLDERS if folder.is_dir() for path in folder.glob(f"*{_SUFFIX}")
    }
    return tuple(sorted(found))


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
    raise PackagerError(f"the schema `{name}` is not installed", "install omics-packager again")


def violations(name: str, value: Any) -> tuple[Violation, ...]:
    """Every way in which `value` breaks the schema `name`, in the value's order.

    Raises:
        PackagerError: the installation lacks the schema.
    """
    found = [
        Violation(
            tuple(error.absolute_path),
            str(error.validator),
            error.validator_value,
            error.instance,
            error.message,
        )
        for error in _validator(name).iter_errors(value)
    ]
    # A path may mix names and indices, which do not compare; as text the order is still fixed.
    return tuple(sorted(found, key=lambda one: ([_key(part) for part in one.parts], one.keyword)))


def _key(part: str | int) -> tuple[int, str]:
    return (part, "") if isinstance(part, int) else (-1, part)


@functools.cache
def _validator(name: str) -> Any:
    import jsonschema  # noqa: PLC0415 - costs 0.1 s, and only few commands read such a file

    return jsonschema.Draft202012Validator(load(name))
