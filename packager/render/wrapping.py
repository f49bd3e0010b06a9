"""Lines for a terminal of a width: wrapped between words, and cut with an ellipsis where a line cannot be wrapped.

A pipe has no width (None): its lines are not wrapped, so that `grep` and editors find a finding on one line.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

ELLIPSIS = "…"
_COLOUR = re.compile(r"\033\[[0-9;]*m")
_COMMAND = re.compile(r"`packager [^`]*`")
_QUOTED = re.compile(r"'[^']*'|\S")
_WORD = re.compile(r"[^`\s]*+`[^`]{1,40}`[^`\s]*+|\S++")  # a short quotation, such as `input { }`, is one word
_BREAKS = "/@:,-_.="  # a name longer than a line is broken after one of these
_FEWEST_COLUMNS = 20


def columns(text: str) -> int:
    """The number of columns of a string on a terminal; colours have none."""
    plain = _COLOUR.sub("", text) if "\033" in text else text
    if plain.isascii():
        return len(plain)
    return sum(map(_char_columns, plain))


def _char_columns(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def beginning(text: str, width: int) -> str:
    """The first characters of a string without colours, as far as they fit into `width` columns."""
    if text.isascii():
        return text[: max(width, 0)]
    for number, char in enumerate(text):
        width -= _char_columns(char)
        if width < 0:
            return text[:number]
    return text


def shortened(text: str, width: int) -> str:
    """A string without colours in at most `width` columns; an ellipsis marks the cut."""
    return text if columns(text) <= width else beginning(text, width - 1).rstrip() + ELLIPSIS


def last_part(text: str, width: int | None) -> str:
    """The end of a string, such as a path, in at most `width` columns; an ellipsis marks the cut."""
    if width is None or columns(text) <= width:
        return text
    return ELLIPSIS + beginning(text[::-1], width - 1)[::-1]


def wrapped(text: str, width: int | None, indent: str = "    ") -> list[str]:
    """A line as one or more lines of at most `width` columns, the later ones indented.

    A command in backticks is continued with a backslash, so that it can be pasted; it is broken at none of its own words. Another short
    quotation stays whole, and so does the first word of the line, which may be a path with a place: a terminal then finds the file.
    """
    if width is None or columns(text) <= width:
        return [text]
    width = max(width, _FEWEST_COLUMNS)
    lines: list[str] = []
    line, used, in_command = "", 0, False
    for word in _words(text, width - len(indent)):
        size, tail = columns(word.text), 2 if word.in_command else 0  # for the backslash after it
        if line and used + 1 + size + tail > width:
            lines.append(f"{line} \\" if in_command else line)
            line, used = "", 0
        before = " " if line else indent if lines else ""
        line, used, in_command = line + before + word.text, used + len(before) + size, word.in_command
    return [*lines, line]


def indented(text: str, width: int | None, indent: str = "  ", more: str = "    ") -> list[str]:
    """`wrapped`, with an indent before all lines, and `more` before the later ones."""
    room = None if width is None else width - len(indent)
    return [indent + line for line in wrapped(text, room, more)]


@dataclass(slots=True)
class _Word:
    """A part of a line that is not broken. `in_command`: the next one belongs to the same command."""

    text: str
    in_command: bool = False


def _words(text: str, room: int) -> list[_Word]:
    words: list[_Word] = []
    end, glued = 0, False
    for command in _COMMAND.finditer(text):
        before = text[end : command.start()]
        _add(words, _plain_words(before, room, first=not words), glued=glued and not before[:1].isspace())
        _add(words, _command_words(command[0]), glued=bool(words) and not text[command.start() - 1].isspace())
        end, glued = command.end(), True
    rest = text[end:]
    _add(words, _plain_words(rest, room, first=not words), glued=glued and not rest[:1].isspace())
    return words


def _add(words: list[_Word], more: Iterable[_Word], *, glued: bool) -> None:
    """Add words; `glued`: the first one belongs to the last word before, such as a comma after a command."""
    for word in more:
        if glued:
            words[-1] = _Word(words[-1].text + word.text, word.in_command)
        else:
            words.append(word)
        glued = False


def _plain_words(text: str, room: int, *, first: bool) -> Iterator[_Word]:
    for number, word in enumerate(_WORD.findall(text)):
        if columns(word) <= room or (first and number == 0):
            yield _Word(word)
        else:
            yield from map(_Word, _parts(word, room))


def _command_words(command: str) -> Iterator[_Word]:
    """The words of a command in backticks; a quoted argument is one word, and so is an option with its value."""
    words: list[str] = []
    end = -1
    for match in _QUOTED.finditer(command):
        if match.start() == end:
            words[-1] += match[0]
        elif words and words[-1].startswith("-") and " " not in words[-1] and not match[0].startswith("-"):
            words[-1] += f" {match[0]}"
        else:
            words.append(match[0])
        end = match.end()
    for number, word in enumerate(words, 1):
        yield _Word(word, in_command=number < len(words))


def _parts(word: str, room: int) -> Iterator[str]:
    """A name that is longer than a line, in parts that fit."""
    while columns(word) > room:
        fitting = len(beginning(word, room))
        at = max((word.rfind(mark, 0, fitting) + 1 for mark in _BREAKS), default=0)
        at = at if at > fitting // 2 else max(fitting, 1)
        yield word[:at]
        word = word[at:]
    if word:
        yield word
