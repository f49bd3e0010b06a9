"""Patterns of policies, matched three-valued: yes, no, or unknown because a part of the value is unknown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class Match(Enum):
    """Whether something matches."""

    NO = 0
    MAYBE = 1
    YES = 2

    def __invert__(self) -> Match:
        return Match(2 - self.value)


def every(matches: Iterable[Match]) -> Match:
    """Whether all of them match; true of none."""
    return min(matches, key=lambda match: match.value, default=Match.YES)


def some(matches: Iterable[Match]) -> Match:
    """Whether any of them matches; false of none."""
    return max(matches, key=lambda match: match.value, default=Match.NO)


@dataclass(frozen=True, slots=True)
class RequestValue:
    """A string of a request; with `open_end` only its beginning is known."""

    text: str
    open_end: bool = False


# A variable, which only the service fills in (`${aws:PrincipalTag/x}`).
_VARIABLE = "${"


def like(pattern: str, value: RequestValue, *, any_case: bool = False) -> Match:
    """Whether a pattern with `*` and `?` matches a whole value."""
    if _VARIABLE in pattern:
        return Match.MAYBE
    text = value.text
    if any_case:
        pattern, text = pattern.lower(), text.lower()
    # The positions in the pattern that the text so far can have reached.
    places = _skipping({0}, pattern)
    for char in text:
        following = {
            place if pattern[place] == "*" else place + 1
            for place in places
            if place < len(pattern) and pattern[place] in ("*", "?", char)
        }
        places = _skipping(following, pattern)
        if not places:
            return Match.NO
    if not value.open_end:
        return Match.YES if len(pattern) in places else Match.NO
    if any(place < len(pattern) and not pattern[place:].strip("*") for place in places):
        return Match.YES  # a star matches anything
    return Match.MAYBE


def _skipping(places: set[int], pattern: str) -> set[int]:
    """The places with those behind stars, which can match nothing."""
    reached = set(places)
    for place in places:
        while place < len(pattern) and pattern[place] == "*":
            place += 1  # noqa: PLW2901 - walks on from each place
            reached.add(place)
    return reached


def equal(expected: str, value: RequestValue, *, any_case: bool = False) -> Match:
    """Whether a value equals a string exactly."""
    if _VARIABLE in expected:
        return Match.MAYBE
    text = value.text
    if any_case:
        expected, text = expected.lower(), text.lower()
    if not value.open_end:
        return Match.YES if expected == text else Match.NO
    return Match.MAYBE if expected.startswith(text) else Match.NO


_ARN_PARTS = 6


def arn_like(pattern: str, value: RequestValue) -> Match:
    """Whether an ARN matches a pattern part by part: a star stays within its part, except in the last one."""
    patterns, parts = pattern.split(":", _ARN_PARTS - 1), value.text.split(":", _ARN_PARTS - 1)
    if len(patterns) < _ARN_PARTS or len(parts) < _ARN_PARTS:
        return Match.MAYBE  # what a shorter pattern means is not documented
    last = like(patterns[-1], RequestValue(parts[-1], value.open_end))
    return every([*(like(own, RequestValue(part)) for own, part in zip(patterns[:-1], parts[:-1], strict=True)), last])
