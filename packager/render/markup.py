"""HTML and SVG as text in which everything foreign is escaped: `element` is the only way to make it."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping

from packager.text import safe

_WITHOUT_END = ("meta", "wbr")
_LONGEST = 2000


class Markup(str):
    """Finished HTML or SVG; any other string is text."""

    __slots__ = ()


def text(value: object, longest: int = _LONGEST) -> Markup:
    """A value as text on one line: escaped, with invisible characters shown, and cut where it is too long to read."""
    plain = str(value)
    shown = plain if len(plain) <= longest else f"{plain[: longest - 1]}…"
    return Markup(html.escape(safe(shown), quote=True))


def element(name: str, attributes: Mapping[str, object] | None = None, *children: str | Iterable[str]) -> Markup:
    """An element with its attributes and children, each of which is text unless it is markup.

    An attribute whose value is None or False is left out, and one whose value is True has no value. Links lead to places of the same page.

    Raises:
        ValueError: a link leads out of the page (an internal error).
    """
    begin = f"<{name}{''.join(_attribute(*pair) for pair in (attributes or {}).items())}>"
    if name in _WITHOUT_END:
        return Markup(begin)
    return Markup(f"{begin}{joined(children)}</{name}>")


def joined(children: Iterable[str | Iterable[str]]) -> Markup:
    """Children of an element one after another."""
    return Markup(
        "".join(
            (child if isinstance(child, Markup) else text(child)) if isinstance(child, str) else joined(child)
            for child in children
        )
    )


def _attribute(name: str, value: object) -> str:
    if value is None or value is False:
        return ""
    if value is True:
        return f" {name}"
    if name in ("href", "src") and not str(value).startswith("#"):
        raise ValueError(f"{name} leads out of the page")
    return f' {name}="{text(value)}"'
