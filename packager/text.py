"""Text for messages: foreign text, such as a file name or a message of the service, made safe to print, and common phrases.

Two programs read what is printed. A terminal obeys control characters, and shows text in another order where directional marks say so. A
CI runner obeys workflow commands: GitHub obeys a line that begins with `::`, after white space or not, and both GitHub and Azure
obey `##[...]` and `##vso[...]` anywhere in a line.

`safe` is for each foreign string: it stays on one line. `inert` is for a whole output just before it is written, and accepts any text.
`safe_json` is for JSON text, whose value does not change.

`count`, `listed` and `joined` make the phrases that messages share: a number with its noun, and names in a row. `nearest_name` is for
"did you mean". `camel_case` turns a name of packager into one of an API.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Sequence

_NAMED = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}
_OLD_COMMAND = re.compile(r"##(?=[A-Za-z]*\[)")
_COLOUR = r"\033\[[0-9;]*m"
_COLOURS = re.compile(f"({_COLOUR})")
_COMMAND = re.compile(rf"^((?:{_COLOUR}|\s)*):(?=(?:{_COLOUR})*:)")
_LINE_END = re.compile(r"(\r?\n)")
_DIRECTIONS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_MOST_COMPARISONS = 50_000  # of names with names: a second or two
_LONGEST_NAME = 200
_LAST_BYTE, _LAST_OF_FOUR_DIGITS = 0xFF, 0xFFFF


def count(number: int, noun: str, plural: str | None = None) -> str:
    """A number with its noun: "1 file", "2 files", "1,000 entries" (`plural` where it is not the noun with an `s`)."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def listed(names: Sequence[str], most: int = 3, *, quote: bool = True) -> str:
    """The first names, in backticks unless `quote` is false, and how many more: "`a`, `b`, `c` and 4 more"."""
    shown = ", ".join(f"`{name}`" if quote else name for name in names[:most])
    return f"{shown} and {len(names) - most:,} more" if len(names) > most else shown


def joined(names: Sequence[str]) -> str:
    """All names in backticks: "`a`, `b` and `c`"."""
    quoted = [f"`{name}`" for name in names]
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)


def nearest_name(name: str, candidates: Collection[str], *, names: int = 1) -> str | None:
    """The candidate that a misspelt name is closest to; None if none is close.

    `names` is how many names are compared with these candidates in all: of very many, none is looked for, because the time grows with
    the product, and a report of so many helps nobody.
    """
    if names * len(candidates) > _MOST_COMPARISONS or len(name) > _LONGEST_NAME:
        return None
    import difflib  # noqa: PLC0415 - only for a misspelt name

    near = difflib.get_close_matches(name, [each for each in candidates if len(each) <= _LONGEST_NAME], 1)
    return near[0] if near else None


def camel_case(name: str) -> str:
    """A snake_case name in camelCase: `storageType`."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def safe(text: str) -> str:
    """Foreign text on one line: control, format and unassigned characters are escaped, and nothing in it is a command."""
    if not text.isprintable():
        text = "".join(_escape(char) if _is_harmful(char) else char for char in text)
    return _OLD_COMMAND.sub(r"#\\x23", text) if "##" in text else text


def safe_path(path: str) -> str:
    """A path that may begin a line: it never forms a command there, and stays the path of the same file."""
    shown = safe(path)
    return f"./{shown}" if shown.lstrip().startswith("::") else shown


def inert(text: str, *, colour: bool = False, commands: bool = False, exact: bool = False) -> str:
    """A whole output with nothing in it that a terminal or a CI runner obeys, except the colours and commands of this tool.

    Line ends stay, so a foreign string has to be `safe` before it becomes part of the output. Tabs stay, too. `exact`: another program
    reads it character by character, such as a patch; characters that are only invisible (a byte-order mark, joiners) stay.
    """
    escaped = _is_obeyed if exact else _is_harmful
    return "".join(
        part if number % 2 else _inert_line(part, escaped, colour=colour, commands=commands)
        for number, part in enumerate(_LINE_END.split(text))
    )


def _inert_line(line: str, escaped: Callable[[str], bool], *, colour: bool, commands: bool) -> str:
    if not line.isprintable():
        parts = _COLOURS.split(line) if colour else [line]
        line = "".join(
            part if number % 2 else "".join(_escape(char) if char != "\t" and escaped(char) else char for char in part)
            for number, part in enumerate(parts)
        )
    if not commands:
        line = _COMMAND.sub(r"\1\\x3a", line)
    return _OLD_COMMAND.sub(r"#\\x23", line) if "##" in line else line


def safe_json(text: str) -> str:
    """JSON of the same value in which foreign characters are escaped as JSON escapes them."""
    if not text.replace("\n", "").isprintable():
        text = "".join(_escape_in_json(char) if char not in "\n\r\t" and _is_harmful(char) else char for char in text)
    return _OLD_COMMAND.sub(r"#\\u0023", text) if "##" in text else text


def _is_harmful(char: str) -> bool:
    return not char.isprintable() and unicodedata.category(char) != "Zs"


def _is_obeyed(char: str) -> bool:
    """Whether a character has an effect: controls, ends of lines, marks of direction, and half of a surrogate pair."""
    return unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") or char in _DIRECTIONS


def _escape(char: str) -> str:
    number = ord(char)
    if char in _NAMED:
        return _NAMED[char]
    if number <= _LAST_BYTE:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number <= _LAST_OF_FOUR_DIGITS else f"\\U{number:08x}"


def _escape_in_json(char: str) -> str:
    """Characters beyond four digits are two halves, as JSON writes them."""
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
