"""What strict mode surely refuses in the JavaScript of CWL expressions. Tokens are read; nothing is run.

A name counts as declared when any expression or library of the definition declares it anywhere, so that an assignment is
reported only if no part of the definition declares its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MAX_TEXT = 200_000  # longer code is a library in one line, which others have tested
MAX_TOKENS = 100_000  # of all expressions together; the largest public workflow has a third
_LONGEST = 500  # tokens of a declaration; in code with a longer declaration every name counts as declared

_TOKEN = re.compile(
    r"""(?P<space>[\s\ufeff]+|//[^\n]*|/\*[\s\S]*?(?:\*/|\Z))
    |(?P<name>[A-Za-z_$][\w$]*)
    |(?P<number>0[xXbBoO][\da-fA-F_]+|\d[\d_]*(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)
    |(?P<text>"(?:[^"\\\n]|\\[\s\S])*"?|'(?:[^'\\\n]|\\[\s\S])*'?|`(?:[^`\\]|\\[\s\S])*`?)
    |(?P<mark>=>|===|!==|==|!=|<=|>=|\+\+|--|\+=|-=|\*=|/=|%=|&&|\|\||\?\.|\.\.\.|[^\s])""",
    re.VERBOSE,
)
_PATTERN = re.compile(r"/(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.){0,100}\]){1,300}/[a-z]*")
# Before a slash that begins a pattern and does not divide.
_BEFORE_PATTERN = frozenset(
    [
        *"(,=:[!&|?{};+-*%~^<>",
        "=>",
        "==",
        "===",
        "!=",
        "!==",
        "&&",
        "||",
        "+=",
        "-=",
        "return",
        "typeof",
        "case",
        "in",
        "of",
    ]
)
_DECLARING = frozenset({"var", "let", "const"})
_PREDEFINED = frozenset({"inputs", "self", "runtime", "undefined", "null", "true", "false", "this"})
# Code without any of these need not be read token by token.
_ASSIGNMENT = re.compile(r"(?<![.\w$])([A-Za-z_$][\w$]*)\s*=(?![=>])")
_DECLARATION = re.compile(r"\b(?:var|let|const)\s+([A-Za-z_$][\w$]*)")
_OTHER_SUSPICIONS = re.compile(r"\bwith\s*\(|(?<![\w.$])0\d|\bfor\s*\(\s*[A-Za-z_$][\w$]*\s+(?:in|of)\b")
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_LEGACY_OCTAL = re.compile(r"0\d+")


@dataclass(frozen=True, slots=True)
class Token:
    """A token: its kind (`name`, `number`, `text`, `mark`), its text, and where it begins."""

    kind: str
    text: str
    start: int


@dataclass(frozen=True, slots=True)
class Sloppy:
    """What strict mode refuses, as it is written, and where in the text."""

    what: str
    start: int
    length: int


def suspicious(text: str) -> bool:
    """Whether code may contain what strict mode refuses; a quick test, which strings and comments can mislead."""
    assigned = set(_ASSIGNMENT.findall(text)) - _PREDEFINED
    return bool(assigned - set(_DECLARATION.findall(text))) or _OTHER_SUSPICIONS.search(text) is not None


def tokens(text: str) -> list[Token]:
    """The tokens of code, without spaces and comments; never raises."""
    read: list[Token] = []
    position = 0
    while position < len(text):
        if text[position] == "/" and text[position + 1 : position + 2] not in ("/", "*") and _begins_pattern(read):
            pattern = _PATTERN.match(text, position)
            if pattern is not None:
                read.append(Token("text", pattern.group(), position))
                position = pattern.end()
                continue
        match = _TOKEN.match(text, position)
        if match is None:
            position += 1
            continue
        if match.lastgroup and match.lastgroup != "space":
            read.append(Token(match.lastgroup, match.group(), position))
        position = match.end()
    return read


def _begins_pattern(before: list[Token]) -> bool:
    return not before or (before[-1].kind in ("mark", "name") and before[-1].text in _BEFORE_PATTERN)


def declared(code: list[Token]) -> set[str]:
    """Every name that the code declares, somewhere: too many rather than too few."""
    names: set[str] = set()
    for index, token in enumerate(code):
        if token.kind == "name" and token.text in _DECLARING:
            more = _declarators(code, index + 1)
        elif token.kind == "name" and token.text in ("function", "class", "catch"):
            more = _names_until_body(code, index + 1)
        elif token.text == "=>":
            more = _arrow_parameters(code, index - 1)
        elif token.text == "typeof" and index + 1 < len(code):
            asked = code[index + 1 : index + 3]  # code that asks whether a name exists sets it only where it does
            more = {next((token.text for token in asked if token.kind == "name"), "")}
        else:
            continue
        if more is None:
            return {token.text for token in code if token.kind == "name"}
        names |= more
    return names


def _declarators(code: list[Token], index: int) -> set[str] | None:
    """The names of `a = 1, {b, c} = d`, up to the statement's end; None if that is too far."""
    names: set[str] = set()
    depth, expected, pattern = 0, True, False
    for token in code[index : index + _LONGEST]:
        if token.text in _OPENING:
            pattern = pattern or (depth == 0 and expected)
            depth += 1
        elif token.text in _CLOSING:
            depth -= 1
            if depth < 0:
                return names
            if depth == 0:
                pattern, expected = False, False
        elif depth == 0 and (token.text == ";" or token.text in _DECLARING):
            return names
        elif token.text == "," and depth == 0:
            expected = True
        elif token.kind == "name" and (pattern or (expected and depth == 0)):
            names.add(token.text)
            expected = expected and pattern
        elif depth == 0:
            expected = False
    return None if index + _LONGEST < len(code) else names


def _names_until_body(code: list[Token], index: int) -> set[str] | None:
    """The name and the parameters of a function, or the name of what is caught; None if that is too far."""
    names: set[str] = set()
    depth = 0
    for token in code[index : index + _LONGEST]:
        depth += (token.text in ("(", "[")) - (token.text in (")", "]"))
        if token.text == "{" and depth == 0:
            return names
        if token.kind == "name":
            names.add(token.text)
    return None if index + _LONGEST < len(code) else names


def _arrow_parameters(code: list[Token], index: int) -> set[str] | None:
    if index < 0 or code[index].text != ")":
        return {code[index].text} if index >= 0 else set()
    names: set[str] = set()
    depth = 0
    for token in reversed(code[max(0, index + 1 - _LONGEST) : index + 1]):
        depth += (token.text == ")") - (token.text == "(")
        if token.kind == "name":
            names.add(token.text)
        if depth == 0:
            return names
    return None if index + 1 > _LONGEST else names


def sloppy(code: list[Token], names: set[str]) -> Iterator[Sloppy]:
    """What strict mode surely refuses in code, where `names` are declared somewhere; of each name the first place."""
    reported: set[str] = set()
    for index, token in enumerate(code):
        before = code[index - 1].text if index else ""
        after = code[index + 1].text if index + 1 < len(code) else ""
        if token.kind == "number" and _LEGACY_OCTAL.fullmatch(token.text):
            yield Sloppy(token.text, token.start, len(token.text))
        if token.kind != "name" or before in (".", "?."):
            continue
        if token.text == "with" and after == "(" and before in ("", ";", "{", "}", ")"):
            yield Sloppy("with (...)", token.start, 4)
        elif _is_assigned(before, after, code, index) and token.text not in names | _PREDEFINED | reported:
            reported.add(token.text)
            yield Sloppy(f"{token.text} {after}", token.start, len(token.text))


def _is_assigned(before: str, after: str, code: list[Token], index: int) -> bool:
    if after == "=":
        return True
    in_loop = before == "(" and index > 1 and code[index - 2].text == "for"
    return in_loop and after in ("in", "of")
