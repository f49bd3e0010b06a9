"""The engine version that HealthOmics chooses for `manifest.nextflowVersion`.

Source: Guide.LANGUAGE_VERSIONS. An exact supported version is used; a range chooses the first supported version in the
service's order of preference; a missing or invalid one means the default; a range with `!` that no version meets fails the run.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from packager.engines.nextflow.lexing import NAME, lex
from packager.engines.nextflow.scan import names_channels
from packager.engines.nextflow.scripts import Script
from packager.engines.nextflow.syntax import Assignment, Include, Literal, Process, Property, WorkflowBlock
from packager.healthomics import limits

_NUMBER = re.compile(r"[0-9]{1,20}")
_CLAUSE = re.compile(
    r"\s*+(>=|<=|!=|>|<|==|=|~>|\^|~)?\s*+v?(\d++(?:\.\d++){0,2}+)((?:\.\d++)*+(?:[-.][A-Za-z][\w.-]*)?)(\.?\+)?\s*+"
)


@dataclass(frozen=True, slots=True)
class EngineVersion:
    """The version that the service runs a pipeline with, None if the run fails; `reason` explains it to users.

    `kind`: `exact`, `range`, `missing`, `unparsable`, `unsupported` (no version meets it; it is not documented that the
    default is then used), `unsatisfiable` (no version meets it, and it begins with `!`).
    """

    version: str | None
    kind: str
    reason: str


def choose_version(written: str | None, *, dsl1: bool = False) -> EngineVersion:
    """The version for the value of `manifest.nextflowVersion`, None if it is not set."""
    default = limits.NEXTFLOW_DSL1 if dsl1 else limits.NEXTFLOW_DEFAULT
    if written is None or not written.strip():
        return EngineVersion(default, "missing", "`manifest.nextflowVersion` is not set")
    text = written.strip()
    forced = text.startswith("!")
    clauses = _clauses(text.removeprefix("!"))
    if clauses is None:
        return EngineVersion(default, "unparsable", f"`{written}` is not a version or a range of versions")
    if len(clauses) == 1 and clauses[0][0] in ("", "=", "==") and len(clauses[0][1]) > 1:
        number = clauses[0][1]
        for version in limits.NEXTFLOW_PREFERENCE:
            if _parts(version)[: len(number)] == number:
                return EngineVersion(version, "exact", f"`{written}` is supported")
    for version in limits.NEXTFLOW_PREFERENCE:
        if all(_meets(_parts(version), sign, number) for sign, number in clauses):
            return EngineVersion(version, "range", f"the first supported version that matches `{written}`")
    if forced:
        return EngineVersion(
            None, "unsatisfiable", f"no supported version matches `{written}`, and the `!` makes the run fail"
        )
    return EngineVersion(default, "unsupported", f"no supported version matches `{written}`")


def versions_in(written: str | None) -> tuple[str, ...]:
    """The supported versions that meet the value of `manifest.nextflowVersion`, in the service's order of preference."""
    clauses = _clauses((written or "").strip().removeprefix("!")) or []
    return tuple(
        version
        for version in limits.NEXTFLOW_PREFERENCE
        if clauses and all(_meets(_parts(version), sign, number) for sign, number in clauses)
    )


def is_strict(version: str | None) -> bool:
    """Whether a version uses the strict parser by default."""
    return is_at_least(version, limits.NEXTFLOW_STRICT)


def is_at_least(version: str | None, lowest: str) -> bool:
    """Whether a version is not older than another one; False if it is unknown."""
    return version is not None and _parts(version) >= _parts(lowest)


def uses_dsl1(script: Script | None) -> bool:
    """Whether a script is in DSL1: it sets `nextflow.enable.dsl = 1`, or its processes name channels and no workflow calls them."""
    if script is None:
        return False
    for definition in script.definitions:
        if (
            isinstance(definition, Assignment)
            and isinstance(definition.target, Property)
            and definition.target.name == "dsl"
        ):
            return isinstance(definition.value, Literal) and definition.value.value == 1
        if isinstance(definition, (WorkflowBlock, Include)):
            return False
    processes = [definition for definition in script.definitions if isinstance(definition, Process)]
    if not processes:  # they may be inside code that cannot be read
        return names_channels(script.text)
    processes += script.nested
    return any(_process_names_channels(script, definition) for definition in processes)


def _process_names_channels(script: Script, process: Process) -> bool:
    for section in process.sections:
        if section.label in ("input", "output"):
            tokens = lex(script.text[section.start : section.end])
            if any(
                kind is NAME and word in ("from", "into")
                for kind, word in zip(tokens.kinds, tokens.values, strict=True)
            ):
                return True
    return False


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in _NUMBER.findall(version))  # a version from a cache may be any string


def _clauses(text: str) -> list[tuple[str, tuple[int, ...]]] | None:
    """The comparisons of a range; None if it is invalid."""
    clauses: list[tuple[str, tuple[int, ...]]] = []
    pieces = [piece for piece in re.split(r",|(?<=[\w+])\s+(?=[<>=!~^])", text) if piece.strip()]
    for piece in pieces:
        match = _CLAUSE.fullmatch(piece)
        if match is None or len(match.group(2)) > 20:
            return None
        sign = match.group(1) or (">=" if match.group(4) else "")
        clauses.append((sign, _parts(match.group(2))))
    return clauses or None


def _meets(version: tuple[int, ...], sign: str, number: tuple[int, ...]) -> bool:
    width = max(len(version), len(number))
    left = version + (0,) * (width - len(version))
    right = number + (0,) * (width - len(number))
    match sign:
        case ">=":
            return left >= right
        case ">":
            return left > right
        case "<=":
            return left <= right
        case "<":
            return left < right
        case "!=":
            return left != right
        case "~>" | "~" | "^":  # the last part may grow
            kept = max(1, len(number) - 1)
            return left >= right and left[:kept] == right[:kept]
        case _:
            return version[: len(number)] == number
