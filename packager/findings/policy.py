"""How a project judges findings otherwise than by default: other severities, and files in which some codes do not count."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from packager.findings.diagnostic import Diagnostic, Severity, in_order
from packager.findings.report import EXTERNAL, Report, Suppressed


@dataclass(frozen=True, slots=True)
class Policy:
    """A project's own judgement; both members by code or family, the longest match first.

    `per_path` has patterns of file names, relative to the configuration's folder, with the codes that do not count there.
    """

    severities: tuple[tuple[str, Severity], ...] = ()
    per_path: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @classmethod
    def of(cls, severities: Mapping[str, str], per_path: Mapping[str, tuple[str, ...]]) -> Policy:
        """A policy from what a configuration says."""
        ordered = sorted(severities.items(), key=lambda one: (-len(one[0]), one[0]))
        return cls(tuple((code, Severity(value)) for code, value in ordered), tuple(sorted(per_path.items())))


NO_POLICY = Policy()
_STARS = ("*", "**")
_PIECE = re.compile(r"\*\*/|\*\*|(?s:.)")


def apply(report: Report, policy: Policy, where: Callable[[str], str]) -> Report:
    """A report as the project judges it. `where` makes a report's path relative to the configuration's folder."""
    if policy == NO_POLICY:
        return report
    kept: list[Diagnostic] = []
    accepted: list[Suppressed] = []
    for found in report.diagnostics:
        path = where(found.path) if found.path else ""
        glob = next(
            (glob for glob, codes in policy.per_path if found.code.startswith(codes) and matches(glob, path)),
            None,
        )
        if glob is not None:
            accepted.append(Suppressed(found, f"ignored in `{glob}`", EXTERNAL))
            continue
        severity = next((value for code, value in policy.severities if found.code.startswith(code)), None)
        kept.append(found if severity is None else replace(found, severity=severity))
    return Report(in_order(kept), report.skipped, tuple(sorted((*report.suppressed, *accepted))))


@functools.lru_cache(maxsize=4096)  # findings come path by path
def matches(glob: str, path: str) -> bool:
    """Whether a file pattern is about a path: `*` and `?` stay within a folder, `**` does not.

    A pattern without `/` is about any folder; one that ends with `/` is about all in that folder. Every character of the path is looked
    at once, whatever the pattern, for there are patterns with which a regular expression would never come to an end.
    """
    pieces = _pieces(glob)
    states = _skipping(pieces, {0})
    for char in path:
        following: set[int] = set()
        for state in states:
            following |= _after(pieces, state, char)
        states = _skipping(pieces, following)
    return len(pieces) in states


@functools.lru_cache(maxsize=1000)
def _pieces(glob: str) -> tuple[str, ...]:
    bare = glob.removeprefix("./").lstrip("/")
    if "/" not in glob:
        bare = f"**/{bare}"
    elif bare.endswith("/"):
        bare += "**"
    pieces: list[str] = []
    for piece in _PIECE.findall(bare):
        last = pieces[-1] if pieces else ""
        if piece == "**" and last == "*":
            pieces[-1] = piece
        elif not (piece == last == "**/" or (piece in _STARS and last in _STARS)):  # once is enough
            pieces.append(piece)
    return tuple(pieces)


def _after(pieces: tuple[str, ...], state: int, char: str) -> set[int]:
    """Where a character leads to; a negative state is within folders that a `**/` stands for."""
    index = state if state >= 0 else -state - 1
    piece = pieces[index] if index < len(pieces) else ""
    if piece == "**/":
        return {-index - 1, index + 1} if char == "/" else {-index - 1}
    if piece in ("*", "**"):
        return {index} if piece == "**" or char != "/" else set()
    return {index + 1} if piece == char or (piece == "?" and char != "/") else set()


def _skipping(pieces: tuple[str, ...], states: set[int]) -> set[int]:
    """The states, and those behind what may stand for nothing."""
    found = set(states)
    for state in states:
        while 0 <= state < len(pieces) and pieces[state] in ("*", "**", "**/"):
            state += 1  # noqa: PLW2901 - one way through the pattern
            found.add(state)
    return found
