"""The values of expressions: plain Python values, sizes, durations, closures and `UNKNOWN`, and a budget for computing them.

A definition is foreign input: a few lines of it can describe values without end.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from packager.engines.nextflow.syntax import ClosureLiteral

# Parts of expressions and of values; large real pipelines need a hundredth.
MAX_STEPS = 3_000_000


@dataclass(slots=True)
class Budget:
    """The steps that are left. Without any, all further values are unknown."""

    left: int = MAX_STEPS

    def spend(self, steps: int) -> bool:
        """Spend steps; returns whether enough were left."""
        self.left -= steps
        return self.left >= 0

    @property
    def is_spent(self) -> bool:
        """Whether nothing more is computed."""
        return self.left < 0


@dataclass(frozen=True, slots=True)
class UnknownValue:
    """A value that only a run knows."""


UNKNOWN = UnknownValue()


@dataclass(frozen=True, slots=True, order=True)
class Memory:
    """A size in bytes, as `8.GB` (units are powers of 1,024; reference: process directives, `memory`)."""

    size: float

    @property
    def gib(self) -> float:
        """The size in GiB."""
        return self.size / 1024**3


@dataclass(frozen=True, slots=True, order=True)
class Duration:
    """A time in seconds, as `4.h`."""

    seconds: float


@dataclass(frozen=True, slots=True)
class ClosureValue:
    """A closure with the file of its code, to be evaluated for a task."""

    closure: ClosureLiteral
    path: str


_MEMORY_UNITS = {unit: 1024**power for power, unit in enumerate(("B", "KB", "MB", "GB", "TB", "PB", "EB"))}
_DURATION_UNITS = {
    unit: seconds
    for units, seconds in (
        (("ms", "milli", "millis"), 0.001),
        (("s", "sec", "second", "seconds"), 1.0),
        (("m", "min", "minute", "minutes"), 60.0),
        (("h", "hour", "hours"), 3600.0),
        (("d", "day", "days"), 86400.0),
    )
    for unit in units
}
_MEMORY_TEXT = re.compile(r"\s*+(\d++(?:\.\d++)?+)[\s.]*+([KMGTPE]?)(?:i?B)?\s*+", re.IGNORECASE)
_DURATION_PART = re.compile(r"\s*+(\d++(?:\.\d++)?+)[\s.]*+([a-z]+)\s*+")
_BEYOND = 1e300  # larger than any real amount; larger integers may exceed floating point
MAX_TEXT = 20_000
MAX_WEIGHT = 10_000  # parts of a list or map; larger values are unknown
_MAX_NESTING = 60
_LONGEST_MEASURE = 100  # characters of a size or time
_PER_PART = 16  # characters that weigh as much as a part


def weight_of(value: object, most: int = MAX_WEIGHT) -> int:
    """The size of a value. A part counts each time that it occurs: values share parts, and their text may be far longer than they are.

    A value that is larger than `most`, or nested too deeply to be walked, weighs `most + 1`.
    """
    if not isinstance(value, list | dict):
        return 1 + (len(value) // _PER_PART if isinstance(value, str) else 0)
    weight, level = 1, [value]
    for _ in range(_MAX_NESTING):
        below: list[list[object] | dict[str, object]] = []
        for outer in level:
            weight += len(outer)
            if weight > most:
                return most + 1
            if isinstance(outer, dict):
                weight += sum(map(len, outer)) // _PER_PART
            for part in outer.values() if isinstance(outer, dict) else outer:
                if isinstance(part, str):
                    weight += len(part) // _PER_PART
                elif isinstance(part, list | dict):
                    below.append(part)
        if not below or weight > most:
            return min(weight, most + 1)
        level = below
    return most + 1


def is_computable(value: object, most: int = MAX_WEIGHT) -> bool:
    """Whether a value is small enough to be compared, searched or written as a string."""
    return not isinstance(value, list | dict) or weight_of(value, most) <= most


def holds_unknown(value: object) -> bool:
    """Whether a part of a list or map is unknown, or the list or map is too large to be searched."""
    return isinstance(value, list | dict) and (not is_computable(value) or _holds_unknown(value))


def _holds_unknown(value: list[object] | dict[str, object]) -> bool:
    parts = value.values() if isinstance(value, dict) else value
    return any(part is UNKNOWN or (isinstance(part, list | dict) and _holds_unknown(part)) for part in parts)


def with_unit(number: int | float, unit: str) -> Memory | Duration | None:
    """The value of `8.GB` and `4.h`; None if the unit does not exist or the number is too large."""
    size = _MEMORY_UNITS.get(unit)
    seconds = _DURATION_UNITS.get(unit)
    if not _is_measure(number) or not _is_measure(number * (size or seconds or 1)):
        return None
    if size is not None:
        return Memory(number * size)
    return None if seconds is None else Duration(number * seconds)


def memory_of(value: object) -> Memory | None:
    """A `memory` or `disk` setting as a size; a bare number is bytes. None if it is not a size."""
    if isinstance(value, Memory):
        return value
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return Memory(value) if _is_measure(value) else None
    if isinstance(value, str) and len(value) < _LONGEST_MEASURE and (match := _MEMORY_TEXT.fullmatch(value)):
        return Memory(float(match.group(1)) * _MEMORY_UNITS[match.group(2).upper() + "B"])
    return None


def _is_measure(value: int | float) -> bool:
    """Whether a number can be computed with: it is not NaN and not too large for floating point."""
    return abs(value) < _BEYOND


def duration_of(value: object) -> Duration | None:
    """A `time` setting; a bare number is milliseconds. None if it is not a time."""
    if isinstance(value, Duration):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Duration(value / 1000) if _is_measure(value) else None
    if not isinstance(value, str) or len(value) >= _LONGEST_MEASURE:
        return None
    seconds, position = 0.0, 0
    while match := _DURATION_PART.match(value, position):
        if match.group(2) not in _DURATION_UNITS:
            return None
        seconds += float(match.group(1)) * _DURATION_UNITS[match.group(2)]
        position = match.end()
    return Duration(seconds) if position and position == len(value) else None


def is_true(value: object) -> bool:
    """Groovy's truth of a known value."""
    if isinstance(value, Memory):
        return value.size != 0
    if isinstance(value, Duration):
        return value.seconds != 0
    if isinstance(value, ClosureValue):
        return True
    return bool(value)


def to_text(value: object) -> str | None:
    """A known value as a string; None if it has no known form or is longer than `MAX_TEXT`."""
    text = _written(value) if is_computable(value) else None
    return text if text is None or len(text) <= MAX_TEXT else None


def _written(value: object) -> str | None:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return str(value) if -_BEYOND < value < _BEYOND else None
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else None
    if isinstance(value, Memory):
        return _memory_text(value)
    if isinstance(value, Duration):
        return _duration_text(value)
    if isinstance(value, list):
        items = [_written(item) for item in value]
        return None if None in items else f"[{', '.join(item or '' for item in items)}]"
    if isinstance(value, dict):
        if not value:
            return "[:]"
        entries = [(key, _written(item)) for key, item in value.items()]
        return (
            None
            if any(text is None for _, text in entries)
            else f"[{', '.join(f'{key}:{text}' for key, text in entries)}]"
        )
    return None


def _memory_text(memory: Memory) -> str:
    for unit in ("PB", "TB", "GB", "MB", "KB"):
        if memory.size >= _MEMORY_UNITS[unit]:
            return f"{_short(memory.size / _MEMORY_UNITS[unit])} {unit}"
    return f"{_short(memory.size)} B"


def _duration_text(duration: Duration) -> str:
    left, parts = duration.seconds, []
    for unit, seconds in (("d", 86400), ("h", 3600), ("m", 60)):
        if left >= seconds:
            parts.append(f"{int(left // seconds)}{unit}")
            left %= seconds
    if left or not parts:
        parts.append(f"{_short(left)}s")
    return " ".join(parts)


def _short(number: float) -> str:
    return str(int(number)) if number == int(number) else f"{number:.1f}".rstrip("0").rstrip(".")
