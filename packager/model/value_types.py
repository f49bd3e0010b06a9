"""The types of run parameters: what a value may be as JSON carries it, the same for every engine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class ValueKind(StrEnum):
    """What a value is. ANY: nothing is known, or everything is taken."""

    ANY = "any"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    NUMBER = "number"
    STRING = "string"
    FILE = "file"
    DIRECTORY = "directory"
    ARRAY = "array"
    MAP = "map"
    STRUCT = "struct"
    PAIR = "pair"
    ENUM = "enum"
    UNION = "union"


@dataclass(frozen=True, slots=True)
class ValueType:
    """The type of a value.

    `name` is a struct's or record's own. `items` are the element of an array, key and value of a map, left and right of a pair, the
    choices of a union. `members` are those of a struct, in its order. `choices` are the values of an enum. `at_least` is the least length
    of an array. `limits` are further keywords of JSON Schema with their values as JSON text.
    """

    kind: ValueKind
    optional: bool = False
    name: str = ""
    items: tuple[ValueType, ...] = ()
    members: tuple[tuple[str, ValueType], ...] = ()
    choices: tuple[str, ...] = ()
    at_least: int = 0
    limits: tuple[tuple[str, str], ...] = ()

    def or_null(self) -> ValueType:
        """The same type that also takes null."""
        return replace(self, optional=True)

    @property
    def text(self) -> str:
        """The type as a message calls it."""
        match self.kind:
            case ValueKind.ARRAY:
                return f"a list of {self.items[0].plural}" if self.items else "a list"
            case ValueKind.MAP:
                return "an object of names and values"
            case ValueKind.PAIR:
                return "an object with `left` and `right`"
            case ValueKind.STRUCT:
                return f"a `{self.name}` object" if self.name else "an object"
            case ValueKind.ENUM:
                return f"one of {', '.join(f'`{one}`' for one in self.choices)}"
            case ValueKind.UNION:
                return " or ".join(one.text for one in self.items)
        return _TEXTS[self.kind]

    @property
    def plural(self) -> str:
        """Several values of the type, as a message calls them."""
        return _PLURALS.get(self.kind, "values")


_TEXTS = {
    ValueKind.ANY: "anything",
    ValueKind.BOOLEAN: "true or false",
    ValueKind.INTEGER: "an integer",
    ValueKind.NUMBER: "a number",
    ValueKind.STRING: "a string",
    ValueKind.FILE: "a file",
    ValueKind.DIRECTORY: "a directory",
}
_PLURALS = {
    ValueKind.BOOLEAN: "true or false",
    ValueKind.INTEGER: "integers",
    ValueKind.NUMBER: "numbers",
    ValueKind.STRING: "strings",
    ValueKind.FILE: "files",
    ValueKind.DIRECTORY: "directories",
    ValueKind.ARRAY: "lists",
    ValueKind.MAP: "objects",
    ValueKind.STRUCT: "objects",
    ValueKind.PAIR: "objects",
}

ANY = ValueType(ValueKind.ANY)
BOOLEAN = ValueType(ValueKind.BOOLEAN)
INTEGER = ValueType(ValueKind.INTEGER)
NUMBER = ValueType(ValueKind.NUMBER)
STRING = ValueType(ValueKind.STRING)
FILE = ValueType(ValueKind.FILE)
DIRECTORY = ValueType(ValueKind.DIRECTORY)


def array(item: ValueType, *, at_least: int = 0) -> ValueType:
    """A list."""
    return ValueType(ValueKind.ARRAY, items=(item,), at_least=at_least)


def mapping(key: ValueType, value: ValueType) -> ValueType:
    """An object of any names."""
    return ValueType(ValueKind.MAP, items=(key, value))


def struct(name: str, members: tuple[tuple[str, ValueType], ...]) -> ValueType:
    """An object of these members."""
    return ValueType(ValueKind.STRUCT, name=name, members=members)


def enumeration(choices: tuple[str, ...], name: str = "") -> ValueType:
    """One of some texts."""
    return ValueType(ValueKind.ENUM, name=name, choices=choices)


def union(choices: tuple[ValueType, ...]) -> ValueType:
    """A value of one of several types; of one alone, that type."""
    optional = any(one.optional for one in choices)
    if len(choices) == 1:
        return choices[0]
    return ValueType(ValueKind.UNION, optional=optional, items=choices)


def takes(wanted: ValueType, given: ValueType) -> bool:
    """Whether every value of one type is a value of another; null is not looked at, but inside of it."""
    if wanted.kind is ValueKind.ANY or given.kind is ValueKind.ANY:
        return wanted.kind is ValueKind.ANY
    if ValueKind.UNION in (wanted.kind, given.kind):
        return all(any(takes(one, choice) for one in _choices(wanted)) for choice in _choices(given))
    if given.kind is ValueKind.ENUM and wanted.kind in (ValueKind.ENUM, ValueKind.STRING):
        return wanted.kind is ValueKind.STRING or set(given.choices) <= set(wanted.choices)
    if wanted.kind is ValueKind.STRUCT and given.kind is ValueKind.STRUCT:
        return _takes_members(dict(wanted.members), dict(given.members))
    widened = (wanted.kind, given.kind) == (ValueKind.NUMBER, ValueKind.INTEGER)
    return (
        (wanted.kind is given.kind or widened)
        and wanted.at_least <= given.at_least
        and set(wanted.limits) <= set(given.limits)
        and all(_takes_inside(one, other) for one, other in zip(wanted.items, given.items, strict=True))
    )


def _choices(one: ValueType) -> tuple[ValueType, ...]:
    return one.items if one.kind is ValueKind.UNION else (one,)


def _takes_inside(wanted: ValueType, given: ValueType) -> bool:
    return (wanted.optional or not given.optional) and takes(wanted, given)


def _takes_members(wanted: dict[str, ValueType], given: dict[str, ValueType]) -> bool:
    new = [kind for name, kind in wanted.items() if name not in given]
    return all(kind.optional for kind in new) and all(
        name in wanted and _takes_inside(wanted[name], kind) for name, kind in given.items()
    )
