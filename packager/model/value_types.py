"""The types of run parameters: what a value may be as JSON carries it, the same for every engine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class ValueKind(StrEnum):
    """What a value is. ANY: nothing is known, or everything is allowed."""

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

    `name` is the name of a struct or record. `items` are the element of an array, key and value of a map, left and right of a pair, the
    choices of a union. `members` are those of a struct, in its order. `choices` are the values of an enum. `at_least` is the minimum length
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
        """The same type that also allows null."""
        return replace(self, optional=True)

    @property
    def text(self) -> str:
        """The type as messages name it."""
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
                return f"one of {', '.join(f'`{choice}`' for choice in self.choices)}"
            case ValueKind.UNION:
                return " or ".join(item.text for item in self.items)
        return _TEXTS[self.kind]

    @property
    def plural(self) -> str:
        """Values of the type in the plural, as messages name them."""
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
    """An object with any names."""
    return ValueType(ValueKind.MAP, items=(key, value))


def struct(name: str, members: tuple[tuple[str, ValueType], ...]) -> ValueType:
    """An object with these members."""
    return ValueType(ValueKind.STRUCT, name=name, members=members)


def enumeration(choices: tuple[str, ...], name: str = "") -> ValueType:
    """One of some strings."""
    return ValueType(ValueKind.ENUM, name=name, choices=choices)


def union(choices: tuple[ValueType, ...]) -> ValueType:
    """A value of any of these types; a single type as itself."""
    optional = any(choice.optional for choice in choices)
    if len(choices) == 1:
        return choices[0]
    return ValueType(ValueKind.UNION, optional=optional, items=choices)


def accepts(expected: ValueType, actual: ValueType) -> bool:
    """Whether every value of `actual` is a value of `expected`; null counts only inside of it."""
    if expected.kind is ValueKind.ANY or actual.kind is ValueKind.ANY:
        return expected.kind is ValueKind.ANY
    if ValueKind.UNION in (expected.kind, actual.kind):
        return all(any(accepts(outer, inner) for outer in _choices(expected)) for inner in _choices(actual))
    if actual.kind is ValueKind.ENUM and expected.kind in (ValueKind.ENUM, ValueKind.STRING):
        return expected.kind is ValueKind.STRING or set(actual.choices) <= set(expected.choices)
    if expected.kind is ValueKind.STRUCT and actual.kind is ValueKind.STRUCT:
        return _accepts_members(dict(expected.members), dict(actual.members))
    widened = (expected.kind, actual.kind) == (ValueKind.NUMBER, ValueKind.INTEGER)
    return (
        (expected.kind is actual.kind or widened)
        and expected.at_least <= actual.at_least
        and set(expected.limits) <= set(actual.limits)
        and all(_accepts_inside(outer, inner) for outer, inner in zip(expected.items, actual.items, strict=True))
    )


def _choices(kind: ValueType) -> tuple[ValueType, ...]:
    return kind.items if kind.kind is ValueKind.UNION else (kind,)


def _accepts_inside(expected: ValueType, actual: ValueType) -> bool:
    return (expected.optional or not actual.optional) and accepts(expected, actual)


def _accepts_members(expected: dict[str, ValueType], actual: dict[str, ValueType]) -> bool:
    new = [kind for name, kind in expected.items() if name not in actual]
    return all(kind.optional for kind in new) and all(
        name in expected and _accepts_inside(expected[name], kind) for name, kind in actual.items()
    )
