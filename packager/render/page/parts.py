"""Parts that sections of a page share: tables, places, prose with code in it, and things that fold."""

from __future__ import annotations

import re
from collections.abc import Sequence

from packager.findings.diagnostic import Severity
from packager.render.markup import Markup, element, joined, text
from packager.text import count

_CODE = re.compile(r"`([^`\n]*)`")
_LONGEST = 600
Cell = str | Sequence[str]


def prose(words: str) -> Markup:
    """Text in which what is in backticks is code."""
    parts = _CODE.split(words)
    return joined(element("code", None, text(part)) if number % 2 else text(part) for number, part in enumerate(parts))


def paragraphs(words: str) -> list[Markup]:
    """Text as paragraphs, which empty lines divide."""
    return [element("p", None, prose(" ".join(part.split()))) for part in words.split("\n\n") if part.strip()]


def breakable(value: object) -> Markup:
    """A path, an image or the like: where it is too long for its line, it continues after a slash."""
    return Markup(text(value, _LONGEST).replace("/", "/<wbr>"))


def code(value: object) -> Markup:
    """A name or a value from the workflow."""
    return element("code", None, breakable(value))


def place(path: str, line: int = 0) -> Markup:
    """A file, and a line in it."""
    return element("span", {"class": "place"}, breakable(f"{path}:{line}" if line else path))


def badge(severity: Severity) -> Markup:
    """A severity as a word in its colour."""
    return element("span", {"class": f"badge {severity.value}"}, severity.value)


def table(
    label: str, heads: Sequence[str], rows: Sequence[Sequence[Cell]], *, ids: Sequence[str] = (), most: int
) -> Markup:
    """A table that scrolls if it is too wide; of more than `most` rows, the rest is counted.

    The first cell is the head of its row. A column in which nothing is known is left out.
    """
    used = [number for number in range(len(heads)) if not number or any(joined(cells[number]) for cells in rows[:most])]
    head = element("tr", None, [element("th", {"scope": "col"}, heads[number]) for number in used])
    body = [
        element("tr", {"id": ids[number] if ids else None}, _cells([cells[column] for column in used]))
        for number, cells in enumerate(rows[:most])
    ]
    drawn = scrolling(label, element("table", None, element("thead", None, head), element("tbody", None, body)))
    return joined([drawn, more(len(rows) - most, "row")])


def _cells(cells: Sequence[Cell]) -> list[Markup]:
    first, *rest = cells
    return [element("th", {"scope": "row"}, first), *(element("td", None, cell) for cell in rest)]


def scrolling(label: str, *children: str) -> Markup:
    """Something wide that a keyboard can scroll."""
    return element("div", {"class": "scroll", "tabindex": "0", "role": "group", "aria-label": label}, children)


def more(number: int, noun: str) -> Markup:
    """A note about what the page has no room for; empty if that is nothing."""
    if number <= 0:
        return Markup()
    return element("p", {"class": "more"}, f"{count(number, f'more {noun}')} not shown. JSON output has everything.")


def folded(summary: Cell, *children: str, opened: bool = False, identity: str | None = None) -> Markup:
    """A part that a reader opens."""
    return element("details", {"open": opened, "id": identity}, element("summary", None, summary), children)


def section(identity: str, title: str, content: str, *, level: int) -> Markup:
    """A section with its heading."""
    return element("section", {"id": identity}, element(f"h{level}", {"class": "part"}, title), content)
