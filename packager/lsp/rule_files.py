"""The pages about the codes as files that an editor can open from a diagnostic."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

import packager.rules  # noqa: F401 - registers its codes
from packager.cache import default_directory
from packager.errors import PackagerError
from packager.files import exists, replacing
from packager.findings.codes import known
from packager.findings.codes.registry import FAMILIES, FAMILY_LENGTH
from packager.lsp.documents import uri_of
from packager.render.rule_pages import family_page


@functools.cache
def address_of(code: str) -> str | None:
    """The address of the page about a code; None if it cannot be written."""
    page = _page(code[:FAMILY_LENGTH])
    return f"{uri_of(page)}#{code.lower()}" if page is not None and code in known() else None


@functools.cache
def _page(family: str) -> Path | None:
    directory = default_directory()
    if directory is None or family not in FAMILIES:
        return None
    text = family_page(list(known().values()), family).encode()
    place = directory / "rules" / hashlib.sha256(text).hexdigest()[:16] / f"{family.lower()}.md"
    if not exists(place):
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            with replacing(place, derived=True) as file:
                file.write(text)
        except (OSError, PackagerError):
            return None
    return place
