"""A parser of the regular expressions that mean the same in Java, Groovy and Python."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from packager.patterns.syntax import ASCII, Assertion, Characters, Choice, Concatenation, Demands, Group, Node, Repeat

MAX_PATTERN = 1_000  # characters
_MAX_DEPTH = 30
_MAX_COUNT = 1_000

_DIGITS = frozenset("0123456789")
_WORD = _DIGITS | frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
_SPACE = frozenset(" \t\n\x0b\f\r")
_CLASSES = {"d": _DIGITS, "w": _WORD, "s": _SPACE}
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "a": "\a"}
_QUANTIFIERS = ("*", "+", "?", "{")
_BLANKS = re.compile(r"[ \t\n\x0b\f\r]+")
_COUNTED = re.compile(r"\{([0-9]{1,4})(?:(,)([0-9]{0,4}))?\}")
_CODE = re.compile(r"x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}")
_FLAGS = re.compile(r"\(\?([imsx]+)\)")
_SCOPED = re.compile(r"\(\?([imsx]*)(?:-([imsx]+))?:")
_NAMED = re.compile(r"\(\?(P?)<([A-Za-z][A-Za-z0-9]*)>")


class Unsupported(Exception):  # noqa: N818 - a result, not an error
    """The pattern is not valid, or does not mean the same everywhere."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A pattern's tree, its groups, its demands, and the same pattern in Python's syntax."""

    root: Node
    count: int
    names: dict[str, int]
    demands: Demands
    native: str


def parse_pattern(text: str) -> Parsed:
    """The tree of a pattern.

    Raises:
        Unsupported: see there.
    """
    if len(text) > MAX_PATTERN:
        raise Unsupported
    parser = _PatternParser(text)
    flags = frozenset[str]()
    while match := _FLAGS.match(text, parser.at):
        flags |= frozenset(match.group(1))
        parser.at = match.end()
    root = parser.choice(flags, 0)
    if parser.at < len(text):
        raise Unsupported
    return Parsed(root, parser.count, parser.names, Demands(**dict.fromkeys(parser.demands, True)), parser.native())


@dataclass(slots=True)
class _PatternParser:
    text: str
    at: int = 0
    count: int = 0
    names: dict[str, int] = field(default_factory=dict)
    demands: set[str] = field(default_factory=set)
    java_names: list[int] = field(default_factory=list)  # where `(?<` must be `(?P<` for Python

    def native(self) -> str:
        text = self.text
        for position in reversed(self.java_names):
            text = f"{text[:position]}P{text[position:]}"
        return text

    def choice(self, flags: frozenset[str], depth: int) -> Node:
        """Branches up to a closing parenthesis or the end."""
        if depth > _MAX_DEPTH:
            raise Unsupported
        branches = [self._sequence(flags, depth)]
        while self.text.startswith("|", self.at):
            self.at += 1
            branches.append(self._sequence(flags, depth))
        return branches[0] if len(branches) == 1 else Choice(tuple(branches))

    def _sequence(self, flags: frozenset[str], depth: int) -> Node:
        parts: list[Node] = []
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            char = self.text[self.at]
            if "x" in flags and char in " \t\n\x0b\f\r#":
                if char == "#":
                    raise Unsupported
                self.at += 1
                continue
            parts.append(self._quantified(self._atom(char, flags, depth), flags))
        return parts[0] if len(parts) == 1 else Concatenation(tuple(parts))

    def _atom(self, char: str, flags: frozenset[str], depth: int) -> Node:
        if self.text.startswith(("(?<!", "(?<="), self.at):
            return self._behind(flags, depth)
        if char == "(":
            return self._group(flags, depth)
        if char == "[":
            return self._class(flags)
        if char == "\\":
            return self._escape(flags)
        if char in "*+?{":
            raise Unsupported
        self.at += 1
        if char == ".":
            if "s" in flags:
                return Characters(ASCII, negated=True)
            self.demands.add("no_line_ends")
            return Characters(ASCII - {"\n"}, negated=True)
        if char in "^$":
            self.demands |= {"no_line_ends"} if char == "$" or "m" in flags else set()
            self.demands |= {"no_last_newline", "not_empty"} if char == "^" and "m" in flags else set()
            return Assertion(f"m{char}" if "m" in flags else char)
        return self._characters({char}, [], flags, negated=False)

    def _behind(self, flags: frozenset[str], depth: int) -> Node:
        """A look at the one character before a place."""
        kind = "<!" if self.text[self.at + 3] == "!" else "<"
        self.at += 4
        if self.at >= len(self.text) or self.text[self.at] in "()|":
            raise Unsupported
        node = self._atom(self.text[self.at], flags, depth)
        if not isinstance(node, Characters) or not self.text.startswith(")", self.at):
            raise Unsupported
        self.at += 1
        return Assertion(kind, node)

    def _group(self, flags: frozenset[str], depth: int) -> Node:
        number = 0
        if scoped := _SCOPED.match(self.text, self.at):
            on, off = frozenset(scoped.group(1)), frozenset(scoped.group(2) or "")
            if on & off:
                raise Unsupported
            flags = (flags | on) - off
            self.at = scoped.end()
        else:
            self.count += 1
            number = self.count
            if named := _NAMED.match(self.text, self.at):
                if named.group(2) in self.names:
                    raise Unsupported
                self.names[named.group(2)] = number
                if not named.group(1):
                    self.java_names.append(self.at + 2)
                self.at = named.end()
            elif self.text.startswith("(?", self.at):
                raise Unsupported
            else:
                self.at += 1
        body = self.choice(flags, depth + 1)
        if not self.text.startswith(")", self.at):
            raise Unsupported
        self.at += 1
        # A group of its own even where nothing is remembered: what is in it is one part to a quantifier.
        return Group(number, body) if number else Concatenation((body,))

    def _quantified(self, atom: Node, flags: frozenset[str]) -> Node:
        if self._is_quantified_later(flags):
            raise Unsupported
        quantifier = self._quantifier()
        if quantifier is None:
            return atom
        if isinstance(atom, Assertion):
            raise Unsupported
        least, most = quantifier
        lazy = self.text.startswith("?", self.at)
        self.at += lazy
        if self.text.startswith(_QUANTIFIERS, self.at) or self._is_quantified_later(flags):
            raise Unsupported
        return Repeat(least, most, lazy, atom)

    def _is_quantified_later(self, flags: frozenset[str]) -> bool:
        """Whether white space that counts for nothing is before a quantifier: read in more than one way."""
        following = _BLANKS.match(self.text, self.at) if "x" in flags else None
        return following is not None and self.text.startswith(_QUANTIFIERS, following.end())

    def _quantifier(self) -> tuple[int, int | None] | None:
        char = self.text[self.at : self.at + 1]
        if char == "{":
            match = _COUNTED.match(self.text, self.at)
            if match is None:
                raise Unsupported
            self.at = match.end()
            least = int(match.group(1))
            most = least if not match.group(2) else int(match.group(3)) if match.group(3) else None
            if (most is not None and most < least) or max(least, most or 0) > _MAX_COUNT:
                raise Unsupported
            return least, most
        if not char or char not in "*+?":
            return None
        self.at += 1
        return (1 if char == "+" else 0), (1 if char == "?" else None)

    # Characters

    def _escape(self, flags: frozenset[str]) -> Node:
        char = self.text[self.at + 1 : self.at + 2]
        if char and char in "AZbB":
            self.at += 2
            self.demands |= {"b": {"ascii"}, "B": {"ascii", "not_empty"}, "Z": {"no_line_ends", "no_last_newline"}}.get(
                char, set()
            )
            return Assertion(char)
        members = self._escaped()
        if isinstance(members, str):
            return self._characters({members}, [], flags, negated=False)
        return Characters(members)

    def _escaped(self) -> str | frozenset[str]:
        """The character, or the class, of an escape inside or outside of brackets."""
        char = self.text[self.at + 1 : self.at + 2]
        if char.lower() in _CLASSES and char:
            self.at += 2
            self.demands |= {"ascii", "no_separators"} if char in "sS" else {"ascii"}
            members = _CLASSES[char.lower()]
            return members if char.islower() else ASCII - members
        if match := _CODE.match(self.text, self.at + 1):
            self.at = match.end()
            return chr(int(match.group()[1:], 16))
        if not char or (char not in _CONTROLS and (char in _WORD - {"_"} or char >= "\x80")):
            raise Unsupported
        self.at += 2
        return _CONTROLS.get(char, char)

    def _class(self, flags: frozenset[str]) -> Node:
        """A class in brackets, without Java's nested classes and intersections."""
        self.at += 1
        negated = self.text.startswith("^", self.at)
        self.at += negated
        if self.text.startswith("]", self.at):
            raise Unsupported
        members: set[str] = set()
        ranges: list[tuple[str, str]] = []
        while not self.text.startswith("]", self.at):
            first = self._member(flags)
            if not self._begins_range():
                members |= {first} if isinstance(first, str) else first
                continue
            self.at += 1
            last = self._member(flags)
            if not isinstance(first, str) or not isinstance(last, str) or last < first:
                raise Unsupported
            ranges.append((first, last))
        self.at += 1
        return self._characters(members, ranges, flags, negated=negated)

    def _begins_range(self) -> bool:
        return self.text.startswith("-", self.at) and not self.text.startswith("]", self.at + 1)

    def _member(self, flags: frozenset[str]) -> str | frozenset[str]:
        char = self.text[self.at : self.at + 1]
        if char == "\\":
            return self._escaped()
        doubled = char in ("&", "|", "~", "-") and self.text.startswith(char * 2, self.at)
        if not char or char == "[" or doubled or ("x" in flags and char in " \t\n\x0b\f\r#"):
            raise Unsupported
        self.at += 1
        return char

    def _characters(
        self, members: set[str], ranges: list[tuple[str, str]], flags: frozenset[str], *, negated: bool
    ) -> Characters:
        of_ascii = {char for char in members if char < "\x80"}
        beyond = [(char, char) for char in members if char >= "\x80"]
        for first, last in ranges:
            of_ascii |= {char for char in ASCII if first <= char <= last}
            if last >= "\x80":
                beyond.append((max(first, "\x80"), last))
        if "i" in flags:
            if beyond:
                raise Unsupported
            self.demands.add("ascii")
            of_ascii |= {char.lower() for char in of_ascii} | {char.upper() for char in of_ascii}
        accepted = ASCII - of_ascii if negated else frozenset(of_ascii)
        return Characters(accepted, tuple(sorted(beyond)), negated)
