"""What a use case gets: one dataclass with the values of its settings, made by the names of its fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from typing import TYPE_CHECKING, TypeVar, get_type_hints

from packager.app.options import LoadOptions

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Arguments = TypeVar("Arguments", bound="DataclassInstance")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceArguments:
    """The workflow that a command is about, and the target that was named. `path` is empty if the definition is not local."""

    path: str
    no_cache: bool
    load: LoadOptions
    target_name: str | None = None


def build(kind: type[Arguments], values: Mapping[str, object]) -> Arguments:
    """A dataclass of the values with the names of its fields.

    A field whose type is another dataclass, and that has no value of its own, is built of the same values. A field without a value has
    its default. The types of the values are those that the options declare.
    """
    hints = _types_of_fields(kind)
    members: dict[str, object] = {}
    for field in fields(kind):
        inner = hints[field.name]
        if field.name in values:
            members[field.name] = values[field.name]
        elif isinstance(inner, type) and is_dataclass(inner):
            members[field.name] = build(inner, values)
    make: Callable[..., Arguments] = kind
    return make(**members)


@cache
def _types_of_fields(kind: type[object]) -> dict[str, object]:
    """The types of a dataclass's fields by name; evaluating them takes longer than all the rest."""
    return get_type_hints(kind)
