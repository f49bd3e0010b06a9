"""WDL text: source as the parser sees it, escapes in string literals, and pieces of source."""

from __future__ import annotations

import re

_ESCAPE = re.compile(
    r"\\(?:x(?P<hex2>[0-9A-Fa-f]{2})|u(?P<hex4>[0-9A-Fa-f]{4})|U(?P<hex8>[0-9A-Fa-f]{8})"
    r"|(?P<octal>[0-7]{3})|(?P<other>.))",
    re.DOTALL,
)
_NAMED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "a": "\a", "v": "\v"}


def unescape(text: str) -> str:
    """A string literal's content with its escape sequences replaced; unknown ones are left as written."""
    return _ESCAPE.sub(_escaped, text) if "\\" in text else text


def _escaped(match: re.Match[str]) -> str:
    digits = match["hex2"] or match["hex4"] or match["hex8"]
    if digits or match["octal"]:
        code = int(digits, 16) if digits else int(match["octal"], 8)
        return chr(code) if code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else match.group()
    other = match["other"]
    if other in "\\\"'~$>":
        return str(other)
    if other == "\n":
        return ""
    return _NAMED.get(other, match.group())


def normal_lines(text: str) -> str:
    """Text with every line end as a line feed, as Python's text mode, and so the parser, reads it."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def excerpt(lines: list[str], line: int, column: int, end_line: int, end_column: int) -> str:
    """The source between two places (1-based, the end exclusive), as written."""
    if not 1 <= line <= end_line <= len(lines):
        return ""
    if line == end_line:
        return lines[line - 1][column - 1 : end_column - 1]
    inner = lines[line : end_line - 1]
    return "\n".join((lines[line - 1][column - 1 :], *inner, lines[end_line - 1][: end_column - 1]))
