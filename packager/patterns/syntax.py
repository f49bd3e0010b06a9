"""The parts of a regular expression, and what is known about it before it is matched."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

ASCII = frozenset(map(chr, range(128)))
_LINE_ENDS = frozenset("\r\x85\u2028\u2029")  # of Java; Python knows `\n` alone
_SEPARATORS = frozenset("\x1c\x1d\x1e\x1f")  # white space of Python; Java knows six characters
_FEW = 20  # a repetition with fewer counts as that many choices, with more as one for each character


@dataclass(frozen=True, slots=True)
class Characters:
    """One character of a set: ASCII characters are listed, others are in ranges (or outside of them)."""

    ascii: frozenset[str]
    beyond: tuple[tuple[str, str], ...] = ()
    negated: bool = False  # `beyond` are those that do not match

    def matches(self, char: str) -> bool:
        """Whether the character is in the set."""
        if char < "\x80":
            return char in self.ascii
        return any(first <= char <= last for first, last in self.beyond) is not self.negated


@dataclass(frozen=True, slots=True)
class Assertion:
    """A place between characters: one of `^`, `$`, `A`, `Z`, `b`, `B`, and `m^`, `m$` for those of lines.

    `<` and `<!`: after a character of a set, or not after one.
    """

    kind: str
    characters: Characters | None = None


@dataclass(frozen=True, slots=True)
class Concatenation:
    """Parts in a row."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """The first branch with which the rest matches."""

    branches: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A part whose span is remembered."""

    number: int
    body: Node


@dataclass(frozen=True, slots=True)
class Repeat:
    """A repeated part: `most` is None without a limit."""

    least: int
    most: int | None
    lazy: bool
    body: Node


Node = Characters | Assertion | Concatenation | Choice | Group | Repeat


@dataclass(frozen=True, slots=True)
class Demands:
    """What a string must be like for Java and Python to agree on it."""

    ascii: bool = False  # Python's `\\w`, `\\d`, `\\s`, `\\b` and `i` know Unicode
    no_separators: bool = False  # `\\s`
    no_line_ends: bool = False  # `.`, `$`: but for `\\n`
    no_last_newline: bool = False  # `\\Z`, and `^` of lines
    not_empty: bool = False  # `\\B`, and `^` of lines

    def are_met(self, text: str) -> bool:
        """Whether Java and Python agree on this string."""
        is_ascii = text.isascii()
        if is_ascii and text.isprintable() and text:
            return True
        if (self.ascii and not is_ascii) or (self.not_empty and not text):
            return False
        if self.no_separators and not _SEPARATORS.isdisjoint(text):
            return False
        if self.no_line_ends and not _LINE_ENDS.isdisjoint(text):
            return False
        return not (self.no_last_newline and text.endswith("\n"))


@dataclass(frozen=True, slots=True)
class Cost:
    """In how many ways a backtracking engine may try a string of `n` characters: at most `factor * n ** degree`."""

    factor: float
    degree: int

    def at(self, length: int, *, starts: int) -> float:
        """The same for a string of this length, tried from `starts` places."""
        if self.degree > 6:
            return inf
        return self.factor * float(length + 1) ** self.degree * starts


def cost_of(node: Node) -> Cost:
    """The bound on how much a backtracking engine may try; infinite if repetitions are nested."""
    match node:
        case Concatenation():
            factor, degree = 1.0, 0
            for part in node.parts:
                cost = cost_of(part)
                factor, degree = min(factor * cost.factor, inf), degree + cost.degree
            return Cost(factor, degree)
        case Choice():
            costs = [cost_of(branch) for branch in node.branches]
            return Cost(sum(cost.factor for cost in costs), max(cost.degree for cost in costs))
        case Group():
            return cost_of(node.body)
        case Repeat():
            return _cost_of_repeat(node)
        case _:
            return Cost(1.0, 0)


def _cost_of_repeat(node: Repeat) -> Cost:
    body = cost_of(node.body)
    if node.most is not None and node.most <= 1:
        return Cost(body.factor + 1, body.degree)
    if body != Cost(1.0, 0) or may_be_empty(node.body):
        return Cost(inf, 0)
    if node.most is not None and node.most - node.least < _FEW:
        return Cost(1.0 + node.most - node.least, 0)
    return Cost(1.0, 1)


def literal_of(node: Node) -> str:
    """The longest string that is in every match, as far as it is written in one piece outside of groups."""
    parts = node.parts if isinstance(node, Concatenation) else (node,)
    runs = [""]
    for part in parts:
        if isinstance(part, Characters) and len(part.ascii) == 1 and not part.beyond and not part.negated:
            runs[-1] += next(iter(part.ascii))
        else:
            runs.append("")
    return max(runs, key=len)


def may_be_empty(node: Node) -> bool:
    """Whether the part may match the empty string."""
    match node:
        case Characters():
            return False
        case Assertion():
            return True
        case Concatenation():
            return all(may_be_empty(part) for part in node.parts)
        case Choice():
            return any(may_be_empty(branch) for branch in node.branches)
        case Group():
            return may_be_empty(node.body)
        case Repeat():
            return node.least == 0 or may_be_empty(node.body)


def loops_on_nothing(node: Node) -> bool:
    """Whether a part that may be empty is repeated: engines differ on when such a loop ends."""
    match node:
        case Concatenation():
            return any(loops_on_nothing(part) for part in node.parts)
        case Choice():
            return any(loops_on_nothing(branch) for branch in node.branches)
        case Group():
            return loops_on_nothing(node.body)
        case Repeat():
            often = node.most is None or node.most > 1
            return (often and may_be_empty(node.body)) or loops_on_nothing(node.body)
        case _:
            return False
