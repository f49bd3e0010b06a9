"""Regular expressions that come from a definition, matched in linear time.

A definition is foreign input: its patterns never reach an engine that backtracks without a bound on the cost. Only the syntax that
Java, Groovy and Python share is supported; for everything else the answer is `None` (unknown), which is neither a match nor a miss.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Literal

from packager.patterns.automaton import Automaton
from packager.patterns.machine import Span, Steps, accepts, leftmost
from packager.patterns.parsing import Parsed, Unsupported, parse_pattern
from packager.patterns.program import MAX_PROGRAM, Program, compile_program, size_of
from packager.patterns.syntax import Cost, cost_of, literal_of, loops_on_nothing

MAX_TEXT = 100_000  # characters; longer strings are not searched
MAX_STEPS = 1_000_000  # for one answer
_CHEAP = 5_000  # ways in which Python's engine may try to match
_LONGEST = 1_000  # characters of a name
LEAST_EFFORT = 20
_WORDS = re.compile(r"[A-Za-z0-9_:,;@%/ -]+(?:\|[A-Za-z0-9_:,;@%/ -]+)*")

Replacement = Literal["java", "python"]


@dataclass(frozen=True)
class Pattern:
    """A regular expression. Every answer may be None: unknown, because the dialects differ on this string or the steps ran out."""

    text: str
    parsed: Parsed
    words: frozenset[str]  # the alternatives, if the pattern is only a list of words
    cost: Cost
    # Python's own pattern, if it can match strings of some length with few tries, and the greatest such length.
    native: re.Pattern[str] | None = field(compare=False)
    longest: int = field(compare=False)
    literal: str = field(compare=False)  # a part of every match
    # It repeats a part that may be empty: engines end such loops differently, which changes the span of a match, but not whether it exists.
    loops: bool = False

    @cached_property
    def program(self) -> Program:
        """The pattern as instructions."""
        return compile_program(self.parsed.root, self.parsed.count)

    @cached_property
    def automata(self) -> tuple[Automaton, Automaton] | None:
        """The automata for a part of a string and for a whole string; None if the pattern has assertions."""
        if self.program.asserts:
            return None
        return Automaton(self.program, anywhere=True), Automaton(self.program, anywhere=False)

    def fullmatch(self, text: str) -> bool | None:
        """Whether the pattern matches the whole string."""
        if self.words:
            return text in self.words
        return None if self.loops else self._answer(text, whole=True)

    def effort(self, length: int) -> int:
        """The maximum cost of `fullmatch` for a string of this length, in steps of the machine."""
        if self.words or length <= self.longest:
            return LEAST_EFFORT
        if self.automata is not None and not self.automata[True].is_full:
            return LEAST_EFFORT + length
        return len(self.program.operations) * (length + 1)

    def search(self, text: str) -> bool | None:
        """Whether the pattern matches somewhere in the string."""
        if len(self.words) == 1:
            return all(word in text for word in self.words)
        return self._answer(text, whole=False)

    def spans(self, text: str, *, groups: bool = False) -> Iterator[Span] | None:
        """The matches from left to right: start and end of each, and with `groups` those of its groups.

        The iterator raises `ExhaustedError` if the steps ran out, or if the engines differ on what follows an empty match.
        """
        if self.loops or not self._is_alike(text):
            return None
        return self._spans(text, groups=groups)

    def replace(
        self,
        text: str,
        replacement: str,
        *,
        first_only: bool = False,
        max_length: int = MAX_TEXT,
        references: Replacement = "java",
    ) -> str | None:
        r"""The string with its matches replaced; None also if that is longer than `max_length`.

        `references` is the syntax of the replacement: "java" (`$1`, `${name}`, a backslash quotes) or "python" (`\1`, `\g<name>`).
        """
        template = _TEMPLATES[references](replacement, self)
        spans = (
            None
            if template is None
            else self.spans(text, groups=any(isinstance(part, int) and part > 0 for part in template))
        )
        if template is None or spans is None:
            return None
        parts: list[str] = []
        length = position = 0
        try:
            for span in spans:
                pieces = [text[position : span[0]], *_filled(template, text, span)]
                parts += pieces
                length += sum(map(len, pieces))
                position = span[1]
                if length > max_length:
                    return None
                if first_only:
                    break
        except ExhaustedError:
            return None
        return "".join((*parts, text[position:])) if length + len(text) - position <= max_length else None

    def _answer(self, text: str, *, whole: bool) -> bool | None:
        if not self._is_alike(text):
            return None
        if self.literal not in text:
            return False
        if self.native is not None and _is_cheap(self.cost, len(text), starts=1 if whole else len(text) + 1):
            return (self.native.fullmatch(text) if whole else self.native.search(text)) is not None
        if len(self.program.operations) * (len(text) + 1) > MAX_STEPS:
            return None
        if self.automata is not None:
            return self.automata[whole].accepts(text)
        return accepts(self.program, text, whole=whole)

    def _is_alike(self, text: str) -> bool:
        return len(text) <= MAX_TEXT and self.parsed.demands.are_met(text)

    def _spans(self, text: str, *, groups: bool) -> Iterator[Span]:
        """After an empty match Java moves on, while Python tries a match at the same place that is not empty: they agree if that fails."""
        steps = Steps(MAX_STEPS)
        position = 0
        while position <= len(text):
            span = self._leftmost(text, position, steps, groups=groups)
            if span is None:
                if steps.left < 0:
                    raise ExhaustedError
                return
            start, end = span[0], span[1]
            yield span
            position = end
            if start == end:
                longer = leftmost(self.program, text, end, steps, longer=True)
                if longer is not None or steps.left < 0:
                    raise ExhaustedError
                position += 1

    def _leftmost(self, text: str, position: int, steps: Steps, *, groups: bool) -> Span | None:
        if self.native is not None and _is_cheap(self.cost, len(text), starts=len(text) + 1):
            match = self.native.search(text, position)
            if match is None:
                return None
            count = self.parsed.count if groups else 0
            return tuple(at for group in range(count + 1) for at in match.span(group))
        return leftmost(self.program, text, position, steps, groups=groups)


class ExhaustedError(Exception):
    """The next matches are unknown."""


@lru_cache(maxsize=256)
def compile_pattern(text: str) -> Pattern | None:
    """The compiled pattern; None if it is not valid, not supported or too large."""
    try:
        parsed = parse_pattern(text)
        cost = cost_of(parsed.root)
        native = re.compile(parsed.native) if _is_cheap(cost, 1, starts=1) else None
    except (Unsupported, re.error):
        return None
    if size_of(parsed.root) > MAX_PROGRAM:
        return None
    loops = loops_on_nothing(parsed.root)
    native = None if loops else native
    longest = 0
    while native is not None and longest < _LONGEST and _is_cheap(cost, longest + 50, starts=1):
        longest += 50
    words = frozenset(text.split("|")) if _WORDS.fullmatch(text) else frozenset[str]()
    return Pattern(text, parsed, words, cost, native, longest, literal_of(parsed.root), loops)


def _is_cheap(cost: Cost, length: int, *, starts: int) -> bool:
    """Whether Python's own engine may match such a string: it tries little in total, or a bounded number of ways at each place."""
    ways = cost.at(length, starts=starts)
    return ways <= _CHEAP or (cost.degree == 0 and cost.factor <= _CHEAP // 50 and length <= MAX_TEXT)


# Replacements: strings and numbers of groups

_Template = list[str | int]
_JAVA = re.compile(r"\\(?s:(?P<quoted>.))|\$(?P<number>[0-9]+)|\$\{(?P<name>[A-Za-z][A-Za-z0-9]*)\}|(?P<wrong>[\\$])")
_PYTHON = re.compile(
    r"\\(?:(?P<quoted>[\\ntr])|(?P<number>[1-9][0-9]?)(?![0-9])|g<(?:(?P<digits>[0-9]{1,3})|(?P<name>[A-Za-z_][A-Za-z0-9_]*))>)|(?P<wrong>\\)"
)
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\"}


def _java_template(text: str, pattern: Pattern) -> _Template | None:
    parts: _Template = []
    position = 0
    for match in _JAVA.finditer(text):
        parts.append(text[position : match.start()])
        position = match.end()
        if match["wrong"]:
            return None
        if match["quoted"]:
            parts.append(match["quoted"])
        elif match["name"]:
            if match["name"] not in pattern.parsed.names:
                return None
            parts.append(pattern.parsed.names[match["name"]])
        else:  # the first digit is a group, and further digits as long as a group of that number exists
            digits = match["number"]
            size = 1
            while size < len(digits) and size < 4 and int(digits[: size + 1]) <= pattern.parsed.count:
                size += 1
            if int(digits[:size]) > pattern.parsed.count:
                return None
            parts += [int(digits[:size]), digits[size:]]
    return [*parts, text[position:]]


def _python_template(text: str, pattern: Pattern) -> _Template | None:
    parts: _Template = []
    position = 0
    for match in _PYTHON.finditer(text):
        parts.append(text[position : match.start()])
        position = match.end()
        if match["wrong"]:
            return None
        if match["quoted"]:
            parts.append(_CONTROLS[match["quoted"]])
            continue
        number = match["number"] or match["digits"]
        group = pattern.parsed.names.get(match["name"], -1) if number is None else int(number)
        if not 0 <= group <= pattern.parsed.count:
            return None
        parts.append(group)
    return [*parts, text[position:]]


_TEMPLATES = {"java": _java_template, "python": _python_template}


def _filled(template: _Template, text: str, span: Span) -> Iterator[str]:
    """The pieces of a replacement; a group without a match is empty."""
    for part in template:
        if isinstance(part, str):
            yield part
        elif span[2 * part] >= 0:
            yield text[span[2 * part] : span[2 * part + 1]]
