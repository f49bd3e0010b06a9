"""The values that an evaluation comes to: plain Python values, sizes, durations, closures, and what is not known."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from packager.engines.nextflow.syntax import Closure


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that only a run tells."""


UNKNOWN = Unknown()


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
    """A closure with the file whose code it is, to be evaluated for a task."""

    closure: Closure
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
_BEYOND = 1e300  # no amount of anything; an integer beyond may be more than floating point holds


def with_unit(number: int | float, unit: str) -> Memory | Duration | None:
    """`8.GB` and `4.h`; None where the unit is none."""
    if unit in _MEMORY_UNITS:
        return Memory(number * _MEMORY_UNITS[unit])
    if unit in _DURATION_UNITS:
        return Duration(number * _DURATION_UNITS[unit])
    return None


def memory_of(value: object) -> Memory | None:
    """A `memory` or `disk` setting as a size; a bare number is bytes. None where it cannot be told."""
    if isinstance(value, Memory):
        return value
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return Memory(value) if _is_measure(value) else None
    if isinstance(value, str) and (match := _MEMORY_TEXT.fullmatch(value)):
        return Memory(float(match.group(1)) * _MEMORY_UNITS[match.group(2).upper() + "B"])
    return None


def _is_measure(value: int | float) -> bool:
    """Whether a number can be computed with: it is one, and no integer beyond what floating point holds."""
    return abs(value) < _BEYOND


def duration_of(value: object) -> Duration | None:
    """A `time` setting; a bare number is milliseconds. None where it cannot be told."""
    if isinstance(value, Duration):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Duration(value / 1000) if _is_measure(value) else None
    if not isinstance(value, str):
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
    """A known value as it stands in a text; None where that cannot be told."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int):
        return str(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else None
    if isinstance(value, Memory):
        return _memory_text(value)
    if isinstance(value, Duration):
        return _duration_text(value)
    if isinstance(value, list):
        items = [to_text(item) for item in value]
        return None if None in items else f"[{', '.join(item or '' for item in items)}]"
    if isinstance(value, dict):
        if not value:
            return "[:]"
        entries = [(key, to_text(item)) for key, item in value.items()]
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
