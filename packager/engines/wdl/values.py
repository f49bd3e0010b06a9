"""What an expression resolves to without running anything, as far as literals and defaults tell.

A result is the set of values that it may have, whether others are possible too, and the inputs that decide.
"""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import product

from packager.engines.wdl.functions import (
    FUNCTIONS,
    MAX_OPTIONS,
    MAX_TEXT,
    Members,
    UnknownError,
    as_text,
    at,
    key_text,
    select_first,
)

_MAX_DEPTH = 60
_MAX_NESTED = 100  # including the declarations that a declaration is made from
_MAX_WEIGHT = 20_000  # of one value: its parts, and one for each 8 characters in them
_INT = range(-(2**63), 2**63)


@dataclass(frozen=True, slots=True)
class ValueSet:
    """The values that an expression may have; `more` when others are possible, and the inputs that decide."""

    options: tuple[object, ...] = ()
    more: bool = False
    depends: frozenset[str] = frozenset()

    @property
    def known(self) -> bool:
        """Whether it can only be one value."""
        return len(self.options) == 1 and not self.more


UNKNOWN = ValueSet(more=True)
Lookup = Callable[[str], ValueSet]


def union(values: list[ValueSet]) -> ValueSet:
    """The values of any of these sets."""
    options: list[object] = []
    for value in values:
        for option in value.options:
            if len(options) > MAX_OPTIONS:
                break
            if not any(_same(option, other) for other in options):
                options.append(option)
    return ValueSet(
        tuple(options[:MAX_OPTIONS]),
        any(value.more for value in values) or len(options) > MAX_OPTIONS,
        frozenset().union(*(value.depends for value in values)),
    )


def _same(left: object, right: object) -> bool:
    return type(left) is type(right) and bool(left == right)


class _Nesting(threading.local):
    """How many evaluations are nested: those of one declaration, and of the declarations that it names."""

    depth = 0


_nesting = _Nesting()


def evaluate(expr: object, lookup: Lookup, depth: int = 0) -> ValueSet:
    """What an expression (see `document_facts`) resolves to; never raises."""
    if _nesting.depth >= _MAX_NESTED:
        return UNKNOWN
    _nesting.depth += 1
    try:
        return _evaluated(expr, lookup, depth)
    finally:
        _nesting.depth -= 1


def _evaluated(expr: object, lookup: Lookup, depth: int) -> ValueSet:
    if depth > _MAX_DEPTH or not isinstance(expr, list) or not expr:
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
        arguments = [evaluate(argument, lookup, step) for argument in parts[1]]
        function = FUNCTIONS.get(parts[0])
        if function is None:
            return ValueSet(more=True, depends=union(arguments).depends)
        return _combine(arguments, function)
    if kind == "text":
        return _string(parts[0], lookup, step)
    if kind == "get":
        return _member(parts, lookup, step)
    if kind == "at":
        return _at(evaluate(parts[0], lookup, step), evaluate(parts[1], lookup, step))
    return _collection(kind, parts, lookup, step)


def _collection(kind: object, parts: list[object], lookup: Lookup, step: int) -> ValueSet:
    items = parts if kind == "pair" or not parts else parts[0]
    if not isinstance(items, list):
        return UNKNOWN
    if kind == "array":
        values = [evaluate(item, lookup, step) for item in items]
        return _combine(values, lambda *options: list(options))
    if kind == "pair":
        return _members(zip(("left", "right"), [evaluate(item, lookup, step) for item in items], strict=False))
    if kind == "object":
        return _members([(name, evaluate(member, lookup, step)) for name, member in items], closed=True)
    if kind == "map":
        keys = [evaluate(key, lookup, step) for key, _ in items]
        values = [evaluate(value, lookup, step) for _, value in items]
        if not all(key.known for key in keys):
            return ValueSet(more=True, depends=union([*keys, *values]).depends)
        named = _members(zip([key_text(key.options[0]) for key in keys], values, strict=True))
        return ValueSet(named.options, named.more, named.depends | union(keys).depends)
    return UNKNOWN


def _members(members: Iterable[tuple[str, ValueSet]], *, closed: bool = False) -> ValueSet:
    """A value whose members are known or not, each for itself; it depends on nothing until a member is used."""
    named = dict(members)
    value = Members(tuple(named.items()), closed)
    if _is_small(value):
        return ValueSet((value,))
    return ValueSet(more=True, depends=union(list(named.values())).depends)


def _picked(owner: ValueSet, name: str) -> ValueSet:
    """The member of each possible owner, and what decides it and the owner."""
    values = [ValueSet(more=owner.more, depends=owner.depends)]
    for option in owner.options:
        if not isinstance(option, Members):
            values.append(UNKNOWN)
            continue
        member = dict(option.members).get(name)
        absent = ValueSet((None,)) if option.closed else UNKNOWN
        values.append(member if isinstance(member, ValueSet) else absent)
    return union(values)


def _at(collection: ValueSet, index: ValueSet) -> ValueSet:
    """The member of an Array or a Map."""
    if index.known and any(isinstance(option, Members) for option in collection.options):
        picked = _picked(collection, key_text(index.options[0]))
        return ValueSet(picked.options, picked.more, picked.depends | index.depends)
    return _combine([collection, index], at)


def _combine(values: list[ValueSet], function: Callable[..., object]) -> ValueSet:
    """A function applied to every combination of its arguments' values."""
    depends: frozenset[str] = frozenset().union(*(value.depends for value in values))
    more = any(value.more for value in values)
    if math.prod(len(value.options) for value in values) > MAX_OPTIONS:
        return ValueSet(more=True, depends=depends)
    results = []
    for arguments in product(*(value.options for value in values)):
        try:
            result = function(*arguments)
        except (UnknownError, TypeError, ValueError, ArithmeticError, LookupError, RecursionError, re.error):
            more = True
            continue
        if not _is_small(result):
            more = True
            continue
        results.append(ValueSet((result,)))
    combined = union(results)
    return ValueSet(combined.options, more or combined.more, depends)


def _is_small(result: object) -> bool:
    """Whether a result is small enough to go on with: each step may double its arguments."""
    if isinstance(result, str):
        return len(result) <= MAX_TEXT
    if isinstance(result, int):
        return result in _INT
    return not isinstance(result, list | Members) or _weight(result) <= _MAX_WEIGHT


def _weight(value: object) -> int:
    """How much a value holds, counted up to just over the bound; what it holds twice counts twice."""
    weight, pending = 0, [value]
    while pending and weight <= _MAX_WEIGHT:
        part = pending.pop()
        weight += 1 + (len(part) // 8 if isinstance(part, str) else 0)
        parts: Iterable[object] = ()
        if isinstance(part, list):
            parts = part
        elif isinstance(part, Members):
            parts = [member for _, member in part.members]
        elif isinstance(part, ValueSet):
            parts = part.options
        held = list(parts)
        weight += len(held) if len(held) > _MAX_WEIGHT else 0
        pending.extend(held)
    return weight


def _choice(parts: list[object], lookup: Lookup, depth: int) -> ValueSet:
    condition = evaluate(parts[0], lookup, depth)
    if condition.known and isinstance(condition.options[0], bool):
        chosen = evaluate(parts[1] if condition.options[0] else parts[2], lookup, depth)
        return ValueSet(chosen.options, chosen.more, chosen.depends | condition.depends)
    either = union([evaluate(parts[1], lookup, depth), evaluate(parts[2], lookup, depth)])
    return ValueSet(either.options, either.more, either.depends | condition.depends)


def _lazy(name: str, arguments: list[list[object]], lookup: Lookup, depth: int) -> ValueSet:
    """Functions whose later arguments do not matter once an earlier one decides."""
    if name == "select_first":
        items = arguments[0][1] if arguments and arguments[0][0] == "array" else None
        if not isinstance(items, list):
            return _combine([evaluate(arguments[0], lookup, depth)], select_first)
        return _first_of([evaluate(argument, lookup, depth) for argument in (*items, *arguments[1:])])
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
    combined = union(possible)
    return ValueSet(combined.options, combined.more, depends)


def _string(parts: list[object], lookup: Lookup, depth: int) -> ValueSet:
    pieces: list[ValueSet] = []
    for part in parts:
        if isinstance(part, list):
            expr, options = part
            value = evaluate(expr, lookup, depth)
            pieces.append(_combine([value], lambda option, options=options: _interpolated(option, options)))
        else:
            pieces.append(ValueSet((part,)))
    return _combine(pieces, lambda *strings: "".join(strings)) if pieces else ValueSet(("",))


def _interpolated(value: object, options: dict[str, str]) -> str:
    if value is None:
        return options.get("default", "")
    if isinstance(value, bool) and "true" in options and "false" in options:
        return options["true" if value else "false"]
    if isinstance(value, list):
        if "sep" not in options:
            raise UnknownError
        return options["sep"].join(as_text(item) for item in value)
    return as_text(value)


def _member(parts: list[object], lookup: Lookup, depth: int) -> ValueSet:
    """A member of an object or pair, or an output of a call, which `lookup` knows as `call.output`."""
    owner, name = parts[0], parts[1]
    if isinstance(owner, list) and owner[:1] == ["name"]:
        output = lookup(f"{owner[1]}.{name}")
        if output is not UNKNOWN:
            return output

    return _picked(evaluate(owner, lookup, depth), str(name))
