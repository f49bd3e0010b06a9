"""What all pages have: the head with their style and their policy, a heading, and the name of the tool."""

from __future__ import annotations

import base64
import hashlib

from packager._version import __version__
from packager.render.markup import Markup, element
from packager.render.page.style import STYLE


def framed(title: str, heading: str, content: Markup, *foot: str) -> str:
    """A whole page; `foot` is what its last line has after the name of the tool."""
    skip = element("a", {"href": "#main", "class": "skip"}, "Skip to the content")
    top = element("header", None, element("h1", None, heading))
    main = element("main", {"id": "main"}, content)
    last = element("footer", None, f"Made by packager {__version__}. ", foot)
    page = element("html", {"lang": "en"}, _head(title), element("body", None, skip, top, main, last))
    return f"<!doctype html>\n{page}\n"


def _head(title: str) -> Markup:
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return element(
        "head",
        None,
        element("meta", {"charset": "utf-8"}),
        element("meta", {"http-equiv": "Content-Security-Policy", "content": Markup(policy)}),
        element("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        element("meta", {"name": "referrer", "content": "no-referrer"}),
        element("title", None, title),
        element("style", None, Markup(STYLE)),
    )
