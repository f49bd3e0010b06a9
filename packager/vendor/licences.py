"""Licences of copied files: where the licence file of a repository may be, and the line about the licence in a file."""

from __future__ import annotations

import re

from packager.vendor.hosts import Address

_NAMES = ("LICENSE", "LICENSE.md", "LICENSE.txt", "LICENCE", "COPYING")
_HEADER_LINES = 60
_LONGEST = 120
_IDENTIFIER = re.compile(r"SPDX-License-Identifier:[ \t]*+([^\n]++)")
_NOTICE = re.compile(r"^(?:copyright\b|\(c\)|©|licensed under\b)", re.IGNORECASE)


def licence_addresses(address: Address, inside: str) -> tuple[Address, ...]:
    """Where the licence of a file's repository may be; `inside` is the reference, as in the URL."""
    if address.repository is None:
        return ()
    repository = address.repository
    return tuple(Address(f"{repository.raw}/{inside}/{name}", repository, f"{inside}/{name}") for name in _NAMES)


def header_notice(content: bytes) -> str:
    """The SPDX identifier in the comments at the start of a document, or else the first line about copyright; "" if it has neither."""
    lines = _first_lines(content)
    comments = [line.lstrip("#/*; \t").rstrip("*/ \t") for line in lines if line.startswith(("#", "//", "/*", "*"))]
    match = _IDENTIFIER.search("\n".join(comments))
    if match is not None:
        return match[1].strip()[:_LONGEST]
    return next((line for line in comments if _NOTICE.match(line)), "")[:_LONGEST]


def title_of(content: bytes) -> str:
    """The first line of a licence file that has text."""
    titles = (line.lstrip("# \t") for line in _first_lines(content))
    return next((title for title in titles if any(map(str.isalnum, title))), "")[:_LONGEST]


def _first_lines(content: bytes) -> list[str]:
    text = content[: _HEADER_LINES * 500].decode("utf-8", "replace").lstrip("\ufeff")
    return [line.strip() for line in text.splitlines()[:_HEADER_LINES]]
