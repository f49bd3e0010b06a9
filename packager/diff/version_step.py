"""The version number that a difference asks for, by Semantic Versioning."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from packager.diff.model import ChangeKind, Difference, OutputChange, ParameterKind
from packager.healthomics import limits

# Semantic Versioning 2.0.0, with an optional `v`; build metadata has `+`, which version names do not allow.
_VERSION = re.compile(
    r"(v?)(0|[1-9]\d{0,17})\.(0|[1-9]\d{0,17})\.(0|[1-9]\d{0,17})(-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)
_EXTENDING = (ParameterKind.ADDED_OPTIONAL, ParameterKind.NOW_OPTIONAL, ParameterKind.WIDENED)
_PARAMETER_WORDS = {
    ParameterKind.ADDED_REQUIRED: "new required parameter",
    ParameterKind.REMOVED: "removed parameter",
    ParameterKind.NOW_REQUIRED: "newly required parameter",
    ParameterKind.RETYPED: "other type of parameter",
    ParameterKind.ADDED_OPTIONAL: "new optional parameter",
    ParameterKind.NOW_OPTIONAL: "newly optional parameter",
    ParameterKind.WIDENED: "wider type of parameter",
}
_OUTPUT_WORDS = {
    ChangeKind.ADDED: "new output",
    ChangeKind.REMOVED: "removed output",
    ChangeKind.CHANGED: "other type of output",
}


class Level(StrEnum):
    """The number that increases."""

    MAJOR = "major"
    MINOR = "minor"
    PATCH = "patch"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Reason:
    """What changed, and its name ("" for the workflow as a whole)."""

    what: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """The number that should increase, and every reason of that level."""

    level: Level
    reasons: tuple[Reason, ...] = ()


def step(difference: Difference) -> Step:
    """Major for what breaks a user's runs, minor for what extends the workflow, patch for the rest."""
    for level, changes in (
        (Level.MAJOR, _breaking(difference)),
        (Level.MINOR, _extending(difference)),
        (Level.PATCH, _rest(difference)),
    ):
        reasons = tuple(changes)
        if reasons:
            return Step(level, reasons)
    return Step(Level.NONE)


def _breaking(difference: Difference) -> Iterator[Reason]:
    yield from (Reason(f"other {change.name}", change.after or "") for change in difference.settings if change.breaking)
    yield from (
        Reason(_PARAMETER_WORDS[change.kind], change.name) for change in difference.parameters if change.breaking
    )
    yield from (_output(change) for change in difference.outputs if change.breaking)


def _extending(difference: Difference) -> Iterator[Reason]:
    extending = [change for change in difference.parameters if change.kind in _EXTENDING]
    yield from (Reason(_PARAMETER_WORDS[change.kind], change.name) for change in extending)
    yield from (_output(change) for change in difference.outputs if not change.breaking)


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
    """The next version name; None if the name is not a semantic version, or nothing changed.

    Before 1.0.0 a breaking change increases the second number. A pre-release becomes its release if that is enough.
    """
    version = _VERSION.fullmatch(name or "")
    if version is None or level is Level.NONE:
        return None
    numbers = [int(part) for part in version.groups()[1:4]]
    position = (Level.MAJOR, Level.MINOR, Level.PATCH).index(level)
    if numbers[0] == 0 and level is Level.MAJOR:
        position = 1
    if version[5] is None or any(numbers[position + 1 :]):
        numbers[position] += 1
        numbers[position + 1 :] = [0] * (2 - position)
    text = version[1] + ".".join(map(str, numbers))
    return text if len(text) <= limits.VERSION_NAME_LENGTH[1] else None
