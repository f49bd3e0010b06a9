"""What an expression comes to without running anything, as far as literals and defaults tell.

A result is a set of values that it may have, whether others are possible too, and the inputs that decide.
"""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any

from packager.patterns import compile_pattern

_MAX_OPTIONS = 16
_MAX_DEPTH = 60
_MAX_NESTED = 100  # on the way from a declaration to those that it is made from, too
_MAX_TEXT = 4096
_MAX_WEIGHT = 20_000  # of one value: its parts, and the characters in them by eights
_INT = range(-(2**63), 2**63)


@dataclass(frozen=True, slots=True)
class ValueSet:
    """The values that an expression may have; `more` when others are possible, and the inputs that decide."""

    options: tuple[Any, ...] = ()
    more: bool = False
    depends: frozenset[str] = frozenset()

    @property
    def known(self) -> bool:
        """Whether it can only be one value."""
        return len(self.options) == 1 and not self.more


UNKNOWN = ValueSet(more=True)
Lookup = Callable[[str], ValueSet]


class _UnknownError(Exception):
    """The function's value is not known, or it would fail."""


def union(values: list[ValueSet]) -> ValueSet:
    """What may be any of several values."""
    options: list[Any] = []
    for value in values:
        for option in value.options:
            if len(options) > _MAX_OPTIONS:
                break
            if not any(_same(option, one) for one in options):
                options.append(option)
    return ValueSet(
        tuple(options[:_MAX_OPTIONS]),
        any(value.more for value in values) or len(options) > _MAX_OPTIONS,
        frozenset().union(*(value.depends for value in values)),
    )


def _same(left: Any, right: Any) -> bool:
    return type(left) is type(right) and bool(left == right)


class _Nesting(threading.local):
    """How many expressions are being evaluated inside each other: those of one declaration, and of those that it names."""

    depth = 0


_nesting = _Nesting()


def evaluate(expr: Any, lookup: Lookup, depth: int = 0) -> ValueSet:
    """What an expression (see `facts`) comes to; never raises."""
    if _nesting.depth >= _MAX_NESTED:
        return UNKNOWN
    _nesting.depth += 1
    try:
        return _evaluated(expr, lookup, depth)
    finally:
        _nesting.depth -= 1


def _evaluated(expr: Any, lookup: Lookup, depth: int) -> ValueSet:
    if depth > _MAX_DEPTH or not isinstance(expr, list | tuple) or not expr:
        return UNKNOWN
    kind, *parts = expr
    step = depth + 1
    if kind == "value":
        return ValueSet((parts[0],))
    if kind == "name":
        return lookup(parts[0])
    if kind == "if":
        return _choice(parts, lookup, step)
    if kind == "when":
        return _choice([*parts, ["value", None]], lookup, step)
    if kind == "apply" and parts[0] in ("_land", "_lor", "select_first"):
        return _lazy(parts[0], parts[1], lookup, step)
    if kind == "apply":
        inner = [evaluate(one, lookup, step) for one in parts[1]]
        function = _FUNCTIONS.get(parts[0])
        if function is None:
            return ValueSet(more=True, depends=union(inner).depends)
        return _combine(inner, function)
    if kind == "text":
        return _text(parts[0], lookup, step)
    if kind == "get":
        return _member(parts, lookup, step)
    if kind == "at":
        return _combine([evaluate(one, lookup, step) for one in parts], _at)
    return _collection(kind, parts, lookup, step)


def _collection(kind: Any, parts: list[Any], lookup: Lookup, step: int) -> ValueSet:
    if kind in ("array", "pair"):
        items = parts[0] if kind == "array" else parts
        inner = [evaluate(one, lookup, step) for one in items]
        return _combine(inner, lambda *values: list(values))
    if kind == "object":
        names = [name for name, _ in parts[0]]
        inner = [evaluate(one, lookup, step) for _, one in parts[0]]
        return _combine(inner, lambda *values: dict(zip(names, values, strict=True)))
    if kind == "map":
        inner = [evaluate(one, lookup, step) for pair in parts[0] for one in pair]
        return _combine(inner, _mapping)
    return UNKNOWN


def _combine(inner: list[ValueSet], function: Callable[..., Any]) -> ValueSet:
    """A function applied to every combination of its arguments' values."""
    depends: frozenset[str] = frozenset().union(*(value.depends for value in inner))
    more = any(value.more for value in inner)
    if math.prod(len(value.options) for value in inner) > _MAX_OPTIONS:
        return ValueSet(more=True, depends=depends)
    results = []
    for arguments in product(*(value.options for value in inner)):
        try:
            result = function(*arguments)
        except (_UnknownError, TypeError, ValueError, ArithmeticError, LookupError, RecursionError, re.error):
            more = True
            continue
        if not _is_handy(result):
            more = True
            continue
        results.append(ValueSet((result,)))
    found = union(results)
    return ValueSet(found.options, more or found.more, depends)


def _is_handy(result: Any) -> bool:
    """Whether a result is small enough to go on with; each step may double what it is given."""
    if isinstance(result, str):
        return len(result) <= _MAX_TEXT
    if isinstance(result, int):
        return result in _INT
    return not isinstance(result, list | dict) or _weight(result) <= _MAX_WEIGHT


def _weight(value: Any) -> int:
    """How much a value holds, as far as it is not too much; what it holds twice counts twice."""
    weight, pending = 0, [value]
    while pending and weight <= _MAX_WEIGHT:
        part = pending.pop()
        weight += 1 + (len(part) // 8 if isinstance(part, str) else 0)
        if isinstance(part, list | dict):
            weight += len(part) if len(part) > _MAX_WEIGHT else 0
            pending.extend(part.values() if isinstance(part, dict) else part)
    return weight


def _choice(parts: list[Any], lookup: Lookup, depth: int) -> ValueSet:
    condition = evaluate(parts[0], lookup, depth)
    if condition.known and isinstance(condition.options[0], bool):
        chosen = evaluate(parts[1] if condition.options[0] else parts[2], lookup, depth)
        return ValueSet(chosen.options, chosen.more, chosen.depends | condition.depends)
    either = union([evaluate(parts[1], lookup, depth), evaluate(parts[2], lookup, depth)])
    return ValueSet(either.options, either.more, either.depends | condition.depends)


def _lazy(name: str, arguments: list[Any], lookup: Lookup, depth: int) -> ValueSet:
    """Functions that a later argument cannot change once an earlier one decides."""
    if name == "select_first":
        items = arguments[0][1] if arguments and arguments[0][0] == "array" else None
        if items is None:
            return _combine([evaluate(arguments[0], lookup, depth)], _select_first)
        return _first_of([evaluate(one, lookup, depth) for one in (*items, *arguments[1:])])
    left = evaluate(arguments[0], lookup, depth)
    stop = name == "_lor"
    if left.known and left.options[0] is stop:
        return left
    right = evaluate(arguments[1], lookup, depth)
    if right.known and right.options[0] is stop and not left.known:
        return ValueSet((stop,), False, left.depends | right.depends)
    return _combine([left, right], (lambda a, b: a or b) if stop else (lambda a, b: a and b))


def _first_of(values: list[ValueSet]) -> ValueSet:
    possible: list[ValueSet] = []
    depends: frozenset[str] = frozenset()
    for value in values:
        depends |= value.depends
        present = tuple(option for option in value.options if option is not None)
        possible.append(ValueSet(present, value.more))
        if not value.more and len(present) == len(value.options) and present:
            break
    else:
        possible.append(UNKNOWN)
    found = union(possible)
    return ValueSet(found.options, found.more, depends)


def _text(parts: list[Any], lookup: Lookup, depth: int) -> ValueSet:
    inner: list[ValueSet] = []
    for part in parts:
        if isinstance(part, str):
            inner.append(ValueSet((part,)))
            continue
        expr, options = part
        value = evaluate(expr, lookup, depth)
        inner.append(_combine([value], lambda one, options=options: _interpolated(one, options)))
    return _combine(inner, lambda *texts: "".join(texts)) if inner else ValueSet(("",))


def _interpolated(value: Any, options: dict[str, str]) -> str:
    if value is None:
        return options.get("default", "")
    if isinstance(value, bool) and "true" in options and "false" in options:
        return options["true" if value else "false"]
    if isinstance(value, list):
        if "sep" not in options:
            raise _UnknownError
        return options["sep"].join(_as_text(one) for one in value)
    return _as_text(value)


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.6f}"
    if isinstance(value, str | int):
        return str(value)
    raise _UnknownError


def _member(parts: list[Any], lookup: Lookup, depth: int) -> ValueSet:
    """A member of an object or pair, or an output of a call, which `lookup` knows as `call.output`."""
    if parts[0][:1] in (["name"], ("name",)):
        output = lookup(f"{parts[0][1]}.{parts[1]}")
        if output is not UNKNOWN:
            return output
    inner = evaluate(parts[0], lookup, depth)

    def pick(value: Any) -> Any:
        if isinstance(value, dict):
            return value[parts[1]]
        if isinstance(value, list) and len(value) == 2 and parts[1] in ("left", "right"):
            return value[parts[1] == "right"]
        raise _UnknownError

    return _combine([inner], pick)


def _at(collection: Any, index: Any) -> Any:
    if isinstance(collection, list):
        if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < len(collection):
            raise _UnknownError
        return collection[index]
    return collection[_key(index)] if isinstance(collection, dict) else None


def _key(value: Any) -> str:
    return f"{type(value).__name__}:{value}" if not isinstance(value, str) else value


def _mapping(*values: Any) -> dict[str, Any]:
    return {_key(key): value for key, value in zip(values[::2], values[1::2], strict=True)}


def _add(left: Any, right: Any) -> Any:
    if left is None or right is None:
        raise _UnknownError
    if isinstance(left, str) or isinstance(right, str):
        return _as_text(left) + _as_text(right)
    return left + right


def _interpolation_add(left: Any, right: Any) -> Any:
    return None if left is None or right is None else _add(left, right)


def _divide(left: Any, right: Any) -> Any:
    if isinstance(left, int) and isinstance(right, int):
        return left // right
    return left / right


def _select_first(values: Any) -> Any:
    return (
        next(value for value in values if value is not None) if any(value is not None for value in values) else _fail()
    )


def _fail() -> Any:
    raise _UnknownError


def _substitute(text: Any, pattern: Any, replacement: Any) -> str:
    """`sub`, where every engine surely takes the regular expression alike, in time that grows with the text."""
    if not all(isinstance(one, str) for one in (text, pattern, replacement)) or "\\" in replacement:
        raise _UnknownError
    compiled = compile_pattern(pattern)
    replaced = compiled.replace(text, replacement, max_length=_MAX_TEXT, references="python") if compiled else None
    if replaced is None:
        raise _UnknownError
    return replaced


def _basename(path: Any, suffix: str = "") -> str:
    if not isinstance(path, str):
        raise _UnknownError
    name = path.rsplit("/", 1)[-1]
    return name.removesuffix(suffix) if suffix else name


def _compare(function: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def compare(left: Any, right: Any) -> bool:
        if left is None or right is None:
            raise _UnknownError
        return function(left, right)

    return compare


def _length(value: Any) -> int:
    return len(value) if isinstance(value, list | dict) else _fail()


def _power(left: Any, right: Any) -> Any:
    if abs(left) > 1000 or abs(right) > 64:
        raise _UnknownError
    return left**right


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "_add": _add,
    "_interpolation_add": _interpolation_add,
    "_sub": lambda a, b: a - b,
    "_mul": lambda a, b: a * b if not isinstance(a, str | list) and not isinstance(b, str | list) else _fail(),
    "_div": _divide,
    "_rem": lambda a, b: a % b if not isinstance(a, str) else _fail(),
    "_pow": _power,
    "_negate": lambda a: not a if isinstance(a, bool) else -a,
    "_eqeq": lambda a, b: a == b,
    "_neq": lambda a, b: a != b,
    "_lt": _compare(lambda a, b: a < b),
    "_lte": _compare(lambda a, b: a <= b),
    "_gt": _compare(lambda a, b: a > b),
    "_gte": _compare(lambda a, b: a >= b),
    "defined": lambda a: a is not None,
    "select_all": lambda values: [value for value in values if value is not None],
    "sub": _substitute,
    "basename": _basename,
    "ceil": math.ceil,
    "floor": math.floor,
    "round": lambda a: math.floor(a + 0.5),
    "min": min,
    "max": max,
    "length": _length,
    "range": lambda n: list(range(n)) if n <= _MAX_OPTIONS else _fail(),
    "flatten": lambda values: [one for inner in values for one in inner],
    "sep": lambda separator, values: separator.join(_as_text(one) for one in values),
    "prefix": lambda prefix, values: [prefix + _as_text(one) for one in values],
    "suffix": lambda suffix, values: [_as_text(one) + suffix for one in values],
}
