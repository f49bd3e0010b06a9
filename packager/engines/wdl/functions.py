"""WDL's operators and standard library functions, as far as they are the same without running anything.

A function that raises `UnknownError`, or any error of its arguments' types, has no known value.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass

from packager.patterns.pattern import compile_pattern

MAX_OPTIONS = 16
MAX_TEXT = 4096


class UnknownError(Exception):
    """The function's value is unknown, or the function would fail."""


@dataclass(frozen=True, slots=True)
class Members:
    """A struct, an object, a Pair or a Map, of which each member is what it may be: a `values.ValueSet`.

    `closed`: a member that is not here is null (an optional one of a struct), not unknown.
    """

    members: tuple[tuple[str, object], ...]
    closed: bool = False


def as_text(value: object) -> str:
    """A value as a placeholder inserts it.

    Raises:
        UnknownError: it is not a primitive value.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.6f}"
    if isinstance(value, str | int):
        return str(value)
    raise UnknownError


def at(collection: object, index: object) -> object:
    """The member of an Array at an index."""
    items = _list(collection)
    if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < len(items):
        raise UnknownError
    return items[index]


def key_text(value: object) -> str:
    """The key of a Map as a string that distinguishes types."""
    return f"{type(value).__name__}:{value}" if not isinstance(value, str) else value


def select_first(values: object) -> object:
    """The first value that is not null."""
    for value in _list(values):
        if value is not None:
            return value
    raise UnknownError


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise UnknownError
    return value


def _number(value: object) -> int | float:
    if not isinstance(value, int | float):
        raise UnknownError
    return value


def _add(left: object, right: object) -> object:
    if left is None or right is None:
        raise UnknownError
    if isinstance(left, str) or isinstance(right, str):
        return as_text(left) + as_text(right)
    return _number(left) + _number(right)


def _interpolation_add(left: object, right: object) -> object:
    return None if left is None or right is None else _add(left, right)


def _divide(left: object, right: object) -> object:
    if isinstance(left, int) and isinstance(right, int):
        return left // right
    return _number(left) / _number(right)


def _power(left: object, right: object) -> object:
    base, exponent = _number(left), _number(right)
    if abs(base) > 1000 or abs(exponent) > 64:
        raise UnknownError
    return base**exponent


def _negate(value: object) -> object:
    return not value if isinstance(value, bool) else -_number(value)


def _compare(function: Callable[..., bool]) -> Callable[[object, object], bool]:
    def compare(left: object, right: object) -> bool:
        if left is None or right is None:
            raise UnknownError
        return function(left, right)

    return compare


def _equal(left: object, right: object) -> bool:
    if _is_open(left) or _is_open(right):
        raise UnknownError
    return left == right


def _is_open(value: object) -> bool:
    """Whether members of a value may be unknown."""
    return isinstance(value, Members) or (isinstance(value, list) and any(map(_is_open, value)))


def _substitute(text: object, pattern: object, replacement: object) -> str:
    """`sub`, where every engine surely reads the regular expression alike, in time linear in the text."""
    if not isinstance(text, str) or not isinstance(pattern, str) or not isinstance(replacement, str):
        raise UnknownError
    if "\\" in replacement:
        raise UnknownError
    compiled = compile_pattern(pattern)
    replaced = compiled.replace(text, replacement, max_length=MAX_TEXT, references="python") if compiled else None
    if replaced is None:
        raise UnknownError
    return replaced


def _basename(path: object, suffix: str = "") -> str:
    if not isinstance(path, str):
        raise UnknownError
    name = path.rsplit("/", 1)[-1]
    return name.removesuffix(suffix) if suffix else name


def _length(value: object) -> int:
    return len(value.members if isinstance(value, Members) else _list(value))


def _range(number: object) -> list[int]:
    if not isinstance(number, int) or number > MAX_OPTIONS:
        raise UnknownError
    return list(range(number))


FUNCTIONS: dict[str, Callable[..., object]] = {
    "_add": _add,
    "_interpolation_add": _interpolation_add,
    "_sub": lambda left, right: _number(left) - _number(right),
    "_mul": lambda left, right: _number(left) * _number(right),
    "_div": _divide,
    "_rem": lambda left, right: _number(left) % _number(right),
    "_pow": _power,
    "_negate": _negate,
    "_eqeq": _equal,
    "_neq": lambda left, right: not _equal(left, right),
    "_lt": _compare(operator.lt),
    "_lte": _compare(operator.le),
    "_gt": _compare(operator.gt),
    "_gte": _compare(operator.ge),
    "defined": lambda value: value is not None,
    "select_all": lambda values: [value for value in values if value is not None],
    "sub": _substitute,
    "basename": _basename,
    "ceil": math.ceil,
    "floor": math.floor,
    "round": lambda number: math.floor(number + 0.5),
    "min": min,
    "max": max,
    "length": _length,
    "range": _range,
    "flatten": lambda arrays: [value for array in arrays for value in array],
    "sep": lambda separator, values: separator.join(as_text(value) for value in values),
    "prefix": lambda prefix, values: [prefix + as_text(value) for value in values],
    "suffix": lambda suffix, values: [as_text(value) + suffix for value in values],
}
