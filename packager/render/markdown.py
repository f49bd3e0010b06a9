"""Foreign text in Markdown: in a code span or escaped, so that HTML, links, mentions and other marks in it have no effect."""

from __future__ import annotations

import re

from packager.findings.redaction import redacted
from packager.text import safe

_MARKS = re.compile(r"[&<>\\`*_{}\[\]#+!|~@$]|:(?=//)|(?<=\bwww)\.")


def code_span(text: str, most: int = 200) -> str:
    """Foreign text as a code span, with a fence that its content cannot close; longer text is cut."""
    shown = _shown(text, most)
    if not shown.strip():
        return "*(empty)*"
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    room = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{room}{shown}{room}{fence}"


def prose(text: str, most: int = 2_000) -> str:
    """A sentence with names in backticks, which may be foreign: they become code spans, and no mark in the rest has an effect.

    It belongs after other words: a number, a hyphen or the like at the beginning of a line would start a list.
    """
    parts = _shown(text, most).split("`")
    if len(parts) % 2 == 0:  # a backtick without its pair
        return _escaped("`".join(parts))
    return "".join(_part(part, quoted=bool(number % 2)) for number, part in enumerate(parts))


def table_cell(markdown: str) -> str:
    """Markdown on one line as a cell of a table: a `|` in a code span ends the cell, too."""
    return markdown.replace("|", "\\|")


def _part(part: str, *, quoted: bool) -> str:
    if not quoted:
        return _escaped(part)
    room = " " if part[:1] == " " or part[-1:] == " " else ""
    return f"`{room}{part}{room}`" if part.strip() else _escaped(f"`{part}`")


def _shown(text: str, most: int) -> str:
    shown = redacted(safe(text))
    return f"{shown[:most]}…" if len(shown) > most else shown


def _escaped(text: str) -> str:
    return _MARKS.sub(lambda match: "".join(f"&#{ord(char)};" for char in match[0]), text)
