"""What an expression over a process's inputs resolves to, as far as defaults tell; nothing is run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_MAX_TEXT = 10_000
_REFERENCE = re.compile(r"""\$\(\s*inputs((?:\.\w+|\[\s*(?:'[^']*'|"[^"]*"|\d+)\s*\])+)\s*\)""")
_PART = re.compile(r"""\.(\w+)|\[\s*(?:'([^']*)'|"([^"]*)"|(\d+))\s*\]""")
_INPUT_NAME = re.compile(r"""\binputs(?:\.(\w+)|\[\s*['"]([^'"]+)['"]\s*\])""")


@dataclass(frozen=True, slots=True)
class InputValue:
    """What an input holds: `value` where it is `known`, unless a run sets another.

    `depends_on` are the main workflow's inputs that decide.
    """

    known: bool
    value: object = None
    depends_on: frozenset[str] = frozenset()


UNKNOWN = InputValue(known=False)


def has_expression(text: str) -> bool:
    """Whether a string contains a parameter reference or JavaScript."""
    return "$(" in text or "${" in text


def interpolate(text: str, inputs: Mapping[str, InputValue]) -> InputValue:
    """A string with its parameter references replaced; unknown if any part is unknown or JavaScript."""
    depends = deciders(text, inputs)
    rest = _REFERENCE.sub("", text)
    if has_expression(rest) or len(text) > _MAX_TEXT:
        return InputValue(known=False, depends_on=depends)
    pieces: list[str] = []
    end = 0
    for match in _REFERENCE.finditer(text):
        value = _follow(match.group(1), inputs)
        if not isinstance(value, str | int | float) or isinstance(value, bool):
            return InputValue(known=False, depends_on=depends)
        pieces += [text[end : match.start()], str(value)]
        end = match.end()
    return InputValue(known=True, value="".join([*pieces, text[end:]]), depends_on=depends)


def input_names(text: str) -> frozenset[str]:
    """The inputs that an expression names; with '' if it may use any."""
    names = [first or second for first, second in _INPUT_NAME.findall(text[:_MAX_TEXT])]
    every = len(re.findall(r"\binputs\b", text)) > len(names)
    return frozenset([*names, ""] if every else names)


def deciders(text: str, inputs: Mapping[str, InputValue]) -> frozenset[str]:
    """The main workflow's inputs that decide what an expression is."""
    named = frozenset(first or second for first, second in _INPUT_NAME.findall(text[:_MAX_TEXT]))
    return frozenset().union(*(inputs.get(name, UNKNOWN).depends_on for name in sorted(named)))


def _follow(path: str, inputs: Mapping[str, InputValue]) -> object:
    """The value at `.name.member[0]`, or None."""
    steps = [first or second or third or int(index) for first, second, third, index in _PART.findall(path)]
    start = inputs.get(str(steps[0]), UNKNOWN)
    value = start.value if start.known else None
    for step in steps[1:]:
        if isinstance(value, dict):
            value = value.get(str(step))
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value
