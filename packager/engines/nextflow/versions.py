"""The engine version that HealthOmics chooses for `manifest.nextflowVersion`.

Source: user guide, language versions page. An exact supported version is used; a range takes the first supported version in the
service's order of preference; what is missing or cannot be read takes the default; a `!` that nothing meets fails the run.
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
    """What the service will run: `version` is the one that will be used, None where the run fails; `reason` says why, for people.

    `kind`: `exact`, `range`, `missing`, `unparsable`, `unsupported` (nothing meets it; that the default is then used is not
    documented), `unsatisfiable` (nothing meets it and it begins with `!`).
    """

    version: str | None
    kind: str
    reason: str


def choose(written: str | None, *, dsl1: bool = False) -> EngineVersion:
    """The version for `manifest.nextflowVersion` as written (None: it is not)."""
    default = limits.NEXTFLOW_DSL1 if dsl1 else limits.NEXTFLOW_DEFAULT
    if written is None or not written.strip():
        return EngineVersion(default, "missing", "`manifest.nextflowVersion` is not set")
    text = written.strip()
    forced = text.startswith("!")
    clauses = _clauses(text.removeprefix("!"))
    if clauses is None:
        return EngineVersion(default, "unparsable", f"`{written}` cannot be read as a version or a range")
    if len(clauses) == 1 and clauses[0][0] in ("", "=", "==") and len(clauses[0][1]) > 1:
        number = clauses[0][1]
        for version in limits.NEXTFLOW_PREFERENCE:
            if _parts(version)[: len(number)] == number:
                return EngineVersion(version, "exact", f"`{written}` is supported")
    for version in limits.NEXTFLOW_PREFERENCE:
        if all(_meets(_parts(version), sign, number) for sign, number in clauses):
            return EngineVersion(version, "range", f"the first supported version that meets `{written}`")
    if forced:
        return EngineVersion(
            None, "unsatisfiable", f"no supported version meets `{written}`, and the `!` makes the run fail"
        )
    return EngineVersion(default, "unsupported", f"no supported version meets `{written}`, the default is used")


def is_strict(version: str | None) -> bool:
    """Whether a version reads with the strict parser unless a run asks for the other."""
    return version is not None and _parts(version) >= _parts(limits.NEXTFLOW_STRICT)


def is_first_language(script: Script | None) -> bool:
    """Whether only the first language reads the script: it says so, or its processes name channels and no workflow calls them."""
    if script is None:
        return False
    for one in script.definitions:
        if isinstance(one, Assignment) and isinstance(one.target, Property) and one.target.name == "dsl":
            return isinstance(one.value, Literal) and one.value.value == 1
        if isinstance(one, (WorkflowBlock, Include)):
            return False
    processes = [one for one in script.definitions if isinstance(one, Process)]
    if not processes:  # they may stand in an `if`
        return names_channels(script.text)
    return any(_process_names_channels(script, one) for one in processes)


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
    return tuple(int(part) for part in _NUMBER.findall(version))  # one from a cache may be anything


def _clauses(text: str) -> list[tuple[str, tuple[int, ...]]] | None:
    """The comparisons of a range; None where it cannot be read."""
    found: list[tuple[str, tuple[int, ...]]] = []
    pieces = [piece for piece in re.split(r",|(?<=[\w+])\s+(?=[<>=!~^])", text) if piece.strip()]
    for piece in pieces:
        match = _CLAUSE.fullmatch(piece)
        if match is None or len(match.group(2)) > 20:
            return None
        sign = match.group(1) or (">=" if match.group(4) else "")
        found.append((sign, _parts(match.group(2))))
    return found or None


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
