"""Operators on plain values: numbers, texts, lists, maps, memory and durations."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from packager.engines.nextflow.values import MAX_TEXT, UNKNOWN, Duration, Memory, to_text

_MAX_PARTS = 10_000  # of a list or map that operators make

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge
}  # fmt: skip
_NUMBERS: dict[str, Callable[[Any, Any], Any]] = {
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": operator.mod,
}


def arithmetic(word: str, left: Any, right: Any) -> Any:
    """What a binary operator makes of two known values, or `UNKNOWN`."""
    try:
        made = _arithmetic(word, left, right)
    except (ArithmeticError, ValueError):  # beyond what a number can be
        return UNKNOWN
    return UNKNOWN if isinstance(made, complex) else made


def _arithmetic(word: str, left: Any, right: Any) -> Any:  # noqa: C901 - one line for each kind of operand
    if word == "+" and (isinstance(left, str) or isinstance(right, str)):
        texts = to_text(left), to_text(right)
        if texts[0] is None or texts[1] is None or len(texts[0]) + len(texts[1]) > MAX_TEXT:
            return UNKNOWN
        return texts[0] + texts[1]
    if word == "+" and isinstance(left, list) and isinstance(right, list):
        return left + right if len(left) + len(right) <= _MAX_PARTS else UNKNOWN
    if word == "+" and isinstance(left, dict) and isinstance(right, dict):
        return {**left, **right} if len(left) + len(right) <= _MAX_PARTS else UNKNOWN
    for kind in (Memory, Duration):
        if isinstance(left, kind) or isinstance(right, kind):
            return _with_unit_arithmetic(word, left, right, kind)
    if not (is_number(left) and is_number(right)):
        if word in _COMPARE and isinstance(left, str) and isinstance(right, str):
            return _COMPARE[word](left, right)
        return UNKNOWN
    if word in _COMPARE:
        return _COMPARE[word](left, right)
    if word == "+":
        return left + right
    if word == "**":
        return left**right if abs(left) < 1e6 and 0 <= right < 64 else UNKNOWN
    if word in _NUMBERS and not (word in "/%" and right == 0):
        found = _NUMBERS[word](left, right)
        return int(found) if isinstance(found, float) and found == int(found) and abs(found) < 1e15 else found
    return UNKNOWN


def is_number(value: Any) -> bool:
    """Whether it is a number that can be computed with."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300


def _with_unit_arithmetic(word: str, left: Any, right: Any, kind: type[Memory] | type[Duration]) -> Any:
    def amount(value: Any) -> float | None:
        if isinstance(value, Memory):
            return value.size
        if isinstance(value, Duration):
            return value.seconds
        return float(value) if is_number(value) else None

    first, second = amount(left), amount(right)
    if first is None or second is None:
        return UNKNOWN
    if word in _COMPARE and isinstance(left, kind) and isinstance(right, kind):
        return _COMPARE[word](first, second)
    both = isinstance(left, kind) and isinstance(right, kind)
    if word == "/" and second and isinstance(left, kind):
        made = first / second
        return made if both else _of_kind(kind, made)
    if (word == "*" and not both) or (word in "+-" and both):
        return _of_kind(kind, _NUMBERS[word](first, second) if word != "+" else first + second)
    return UNKNOWN


def _of_kind(kind: type[Memory] | type[Duration], value: float) -> Any:
    return kind(value) if is_number(value) else UNKNOWN


def to_number(value: Any, kind: type[int] | type[float]) -> Any:
    """A number, or a text that is one."""
    if is_number(value):
        return kind(value)
    if isinstance(value, str) and len(value) < 40:
        try:
            return kind(value.strip())
        except ValueError:
            return UNKNOWN
    return UNKNOWN
