"""Regular expressions that others wrote, tried only where they cannot take long.

Python's `re` tries every way to match. How many there are is bounded here from the text of a pattern alone: a repetition stops at each
place of the text, an alternative or an optional part doubles the ways, and a group that is repeated as a whole has no bound.
"""

from __future__ import annotations

import re

MAX_PATTERN = 500
_MAX_STEPS = 5_000_000
_ESCAPED = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*+\]", re.DOTALL
)  # single characters, as far as repetition is concerned
_EXTENSION = re.compile(r"\(\?")
_REPEATED_GROUP = re.compile(r"\)[*+{]")


def is_quick(pattern: str, text: str) -> bool:
    """Whether a pattern is sure to be done with a text in a moment, wherever in the text it is looked for."""
    if len(pattern) > MAX_PATTERN:
        return False
    bare = _EXTENSION.sub("(", _ESCAPED.sub("x", pattern))
    if _REPEATED_GROUP.search(bare):
        return False
    repetitions = sum(map(bare.count, "*+{"))
    choices = sum(map(bare.count, "|?"))
    steps: int = (len(text) + 1) ** (repetitions + 1) * 2**choices
    return steps <= _MAX_STEPS
