"""What is fetched for `packager vendor`: within bounds, and each at the commit of its branch or tag if the host reports it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from packager.vendor.hosts import Address, is_fixed, pinned, read_references

MAX_FILES = 2000
MAX_TOTAL_BYTES = 256 * 1024 * 1024
_WEB_PAGE = re.compile(rb"\s*+<(?:!doctype html|html)[\s>]", re.IGNORECASE)
Fetch = Callable[[str], bytes]


class FetchError(Exception):
    """A document could not be fetched; the message is the reason. `refused_host` is not allowed; `missing`: the host has no such file."""

    def __init__(self, message: str, *, refused_host: str = "", missing: bool = False) -> None:
        super().__init__(message)
        self.refused_host = refused_host
        self.missing = missing


class Downloads:
    """The requests of one plan."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._commits: dict[str, Mapping[str, str]] = {}
        self._files = 0
        self._bytes = 0

    def get(self, url: str) -> bytes:
        """The content at a URL.

        Raises:
            FetchError: it cannot be fetched, or is too much.
        """
        if self._files >= MAX_FILES:
            raise FetchError(f"more than {MAX_FILES:,} files are needed")
        content = self._fetch(url)
        self._files += 1
        self._bytes += len(content)
        if self._bytes > MAX_TOTAL_BYTES:
            raise FetchError(f"all files together have more than {MAX_TOTAL_BYTES // 1024**2} MiB")
        return content

    def get_document(self, url: str) -> bytes:
        """The content at a URL, if it is a document that a definition can refer to.

        Raises:
            FetchError: as `get`, or it is something else.
        """
        content = self.get(url)
        try:
            content.decode()
        except UnicodeDecodeError:
            raise FetchError("it is not UTF-8 text") from None
        if _WEB_PAGE.match(content) and not urlsplit(url).path.lower().endswith((".html", ".htm")):
            raise FetchError("the host sends a web page (is the repository private?)")
        return content

    def pinned(self, address: Address) -> tuple[str, str]:
        """The URL to fetch, of a fixed commit if that is known, and the commit or ""."""
        if address.repository is None:
            return address.url, ""
        if is_fixed(address):
            return pinned(address, {})
        asked = address.repository.references
        if asked not in self._commits:
            try:
                self._commits[asked] = read_references(self._fetch(asked))
            except FetchError:
                self._commits[asked] = {}  # the file itself tells whether the host can be reached
        return pinned(address, self._commits[asked])
