"""Operators on known values: numbers, strings, lists, maps, memory sizes and durations."""

from __future__ import annotations

import operator
from typing import TypeGuard

from packager.engines.nextflow.values import MAX_TEXT, UNKNOWN, Duration, Memory, to_text

_MAX_PARTS = 10_000  # of a list or map that operators make
_MAX_NUMBER = 1e300
_MAX_INTEGER = 1e15  # below it, floating point holds every integer
_MAX_BASE, _MAX_EXPONENT = 1e6, 64

_COMPARE = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_NUMBERS = {"-": operator.sub, "*": operator.mul, "/": operator.truediv, "%": operator.mod}


def arithmetic(word: str, left: object, right: object) -> object:
    """The result of a binary operator on two known values, or `UNKNOWN`."""
    try:
        result = _arithmetic(word, left, right)
    except (ArithmeticError, ValueError):  # beyond what a number can be
        return UNKNOWN
    return UNKNOWN if isinstance(result, complex) else result


def _arithmetic(word: str, left: object, right: object) -> object:  # noqa: C901 - one line for each kind of operand
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
        return left**right if abs(left) < _MAX_BASE and 0 <= right < _MAX_EXPONENT else UNKNOWN
    if word in _NUMBERS and not (word in "/%" and right == 0):
        number = _NUMBERS[word](left, right)
        is_whole = isinstance(number, float) and number == int(number) and abs(number) < _MAX_INTEGER
        return int(number) if is_whole else number
    return UNKNOWN


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether a value is a number of a size that can be computed with."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _MAX_NUMBER


def _with_unit_arithmetic(word: str, left: object, right: object, kind: type[Memory] | type[Duration]) -> object:
    def amount(value: object) -> float | None:
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
        quotient = first / second
        return quotient if both else _of_kind(kind, quotient)
    if (word == "*" and not both) or (word in "+-" and both):
        return _of_kind(kind, _NUMBERS[word](first, second) if word != "+" else first + second)
    return UNKNOWN


def _of_kind(kind: type[Memory] | type[Duration], value: float) -> object:
    return kind(value) if is_number(value) else UNKNOWN


def to_number(value: object, kind: type[int] | type[float]) -> object:
    """A number, or a string that holds one, as a number of this kind; else `UNKNOWN`."""
    if is_number(value):
        return kind(value)
    if isinstance(value, str) and len(value) < 40:
        try:
            return kind(value.strip())
        except ValueError:
            return UNKNOWN
    return UNKNOWN
