"""What a difference means for the number of a version, by the terms of Semantic Versioning."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from packager.diff.model import Difference, Kind, OutputChange, ParameterKind
from packager.healthomics import limits

# Semantic Versioning 2.0.0, with an optional `v`; build metadata has `+`, which no version name may hold.
_VERSION = re.compile(
    r"(v?)(0|[1-9]\d{0,17})\.(0|[1-9]\d{0,17})\.(0|[1-9]\d{0,17})(-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)
_EXTENDING = (ParameterKind.ADDED_OPTIONAL, ParameterKind.NOW_OPTIONAL, ParameterKind.WIDENED)
_PARAMETER_WORDS = {
    ParameterKind.ADDED_REQUIRED: "new required parameter",
    ParameterKind.REMOVED: "removed parameter",
    ParameterKind.NOW_REQUIRED: "now required parameter",
    ParameterKind.RETYPED: "other type of parameter",
    ParameterKind.ADDED_OPTIONAL: "new optional parameter",
    ParameterKind.NOW_OPTIONAL: "now optional parameter",
    ParameterKind.WIDENED: "wider type of parameter",
}
_OUTPUT_WORDS = {Kind.ADDED: "new output", Kind.REMOVED: "removed output", Kind.CHANGED: "other type of output"}


class Level(StrEnum):
    """Which number rises."""

    MAJOR = "major"
    MINOR = "minor"
    PATCH = "patch"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: what happened, and to what ("" for the workflow as a whole)."""

    what: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """The number that should rise, and every reason of that weight."""

    level: Level
    reasons: tuple[Reason, ...] = ()


def step(difference: Difference) -> Step:
    """Major for what breaks a user's runs, minor for what extends the workflow, patch for the rest."""
    for level, found in (
        (Level.MAJOR, _breaking(difference)),
        (Level.MINOR, _extending(difference)),
        (Level.PATCH, _rest(difference)),
    ):
        reasons = tuple(found)
        if reasons:
            return Step(level, reasons)
    return Step(Level.NONE)


def _breaking(difference: Difference) -> Iterator[Reason]:
    yield from (Reason(f"other {one.name}", one.after or "") for one in difference.settings if one.breaking)
    yield from (Reason(_PARAMETER_WORDS[one.kind], one.name) for one in difference.parameters if one.breaking)
    yield from (_output(one) for one in difference.outputs if one.breaking)


def _extending(difference: Difference) -> Iterator[Reason]:
    yield from (Reason(_PARAMETER_WORDS[one.kind], one.name) for one in difference.parameters if one.kind in _EXTENDING)
    yield from (_output(one) for one in difference.outputs if not one.breaking)


def _output(change: OutputChange) -> Reason:
    return Reason(_OUTPUT_WORDS[change.kind], change.name)


def _rest(difference: Difference) -> Iterator[Reason]:
    for part, words in (
        (difference.images, "other images"),
        (difference.files, "other files"),
        (difference.settings, "other settings"),
        (difference.parameters, "other descriptions of parameters"),
    ):
        if part:
            yield Reason(words)


def next_version(name: str | None, level: Level) -> str | None:
    """The version name after a step; None where the name is no semantic version, or nothing changed.

    Before 1.0.0 what breaks raises the second number. A pre-release becomes its release where that is step enough.
    """
    found = _VERSION.fullmatch(name or "")
    if found is None or level is Level.NONE:
        return None
    numbers = [int(part) for part in found.groups()[1:4]]
    position = (Level.MAJOR, Level.MINOR, Level.PATCH).index(level)
    if numbers[0] == 0 and level is Level.MAJOR:
        position = 1
    if found[5] is None or any(numbers[position + 1 :]):
        numbers[position] += 1
        numbers[position + 1 :] = [0] * (2 - position)
    text = found[1] + ".".join(map(str, numbers))
    return text if len(text) <= limits.VERSION_NAME_LENGTH[1] else None
