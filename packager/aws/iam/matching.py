"""Patterns of policies, matched three-valued: yes, no, or not known because a part of the value is not."""

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
    """All of them; nothing matches trivially."""
    return min(matches, key=lambda one: one.value, default=Match.YES)


def some(matches: Iterable[Match]) -> Match:
    """Any of them; of none, none does."""
    return max(matches, key=lambda one: one.value, default=Match.NO)


@dataclass(frozen=True, slots=True)
class Value:
    """A text of a request; with `open_end` only how it begins is known."""

    text: str
    open_end: bool = False


# What a pattern holds that only the service fills in (`${aws:PrincipalTag/x}`).
_VARIABLE = "${"


def like(pattern: str, value: Value, *, any_case: bool = False) -> Match:
    """Whether a pattern with `*` and `?` matches a whole value."""
    if _VARIABLE in pattern:
        return Match.MAYBE
    text = value.text
    if any_case:
        pattern, text = pattern.lower(), text.lower()
    # The places in the pattern that reading the text so far may have come to.
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
        return Match.YES  # a star takes whatever comes
    return Match.MAYBE


def _skipping(places: set[int], pattern: str) -> set[int]:
    """With the places behind stars, which may stand for nothing."""
    found = set(places)
    for place in places:
        while place < len(pattern) and pattern[place] == "*":
            place += 1  # noqa: PLW2901 - walks on from each place
            found.add(place)
    return found


def equal(expected: str, value: Value, *, any_case: bool = False) -> Match:
    """Whether a value is a text exactly."""
    if _VARIABLE in expected:
        return Match.MAYBE
    text = value.text
    if any_case:
        expected, text = expected.lower(), text.lower()
    if not value.open_end:
        return Match.YES if expected == text else Match.NO
    return Match.MAYBE if expected.startswith(text) else Match.NO


_ARN_PARTS = 6


def arn_like(pattern: str, value: Value) -> Match:
    """Whether an ARN matches a pattern part by part: a star stays within its part, save in the last."""
    patterns, parts = pattern.split(":", _ARN_PARTS - 1), value.text.split(":", _ARN_PARTS - 1)
    if len(patterns) < _ARN_PARTS or len(parts) < _ARN_PARTS:
        return Match.MAYBE  # what a shorter pattern means is not documented
    last = like(patterns[-1], Value(parts[-1], value.open_end))
    return every([*(like(one, Value(part)) for one, part in zip(patterns[:-1], parts[:-1], strict=True)), last])
