"""The files in the repository to which remote documents are copied."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

from packager.vendor.hosts import Address

FOLDER = "vendor"
_ODD = re.compile(r"[^A-Za-z0-9._+@=-]")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)
_LONGEST = 100


def is_copy(path: str) -> bool:
    """Whether a path is below the folder of copies."""
    return path.startswith(f"{FOLDER}/")


def usual_path(address: Address) -> str:
    """`vendor/HOST/PATH`, with names that every system accepts."""
    parts = urlsplit(address.url)
    segments = [_name(unquote(segment)) for segment in parts.path.split("/") if segment]
    if segments and segments[-1] == "descriptor" and "/PLAIN_" in parts.path:
        segments.append(f"descriptor.{'wdl' if '/PLAIN_WDL/' in parts.path else 'cwl'}")
    return "/".join([FOLDER, _name(parts.netloc), *(segments or ["index"])])


def _name(segment: str) -> str:
    name = _ODD.sub("_", segment)[-_LONGEST:]
    if name.strip(".") == "" or name.lower() == ".git" or name.endswith(".") or _RESERVED.fullmatch(name):
        return f"_{name.replace('.', '_')}"
    return name


class Places:
    """The paths of addresses. Two addresses never share a path, also where a file system ignores case."""

    def __init__(self, known: Iterable[tuple[str, str]]) -> None:
        self._by_url: dict[str, str] = {}
        self._files: set[str] = set()
        self._folders: set[str] = set()
        for url, path in known:
            self._keep(url, path)

    def path(self, address: Address) -> str:
        """The path of an address, the same each time."""
        known = self._by_url.get(address.url)
        if known is not None:
            return known
        usual = usual_path(address)
        digest = hashlib.sha256(address.url.encode()).hexdigest()[:8]
        top, host, rest = usual.split("/", 2)
        apart = f"{top}/{host}/{digest}/{rest}"
        chosen = apart if urlsplit(address.url).query or self._conflicts(usual) else usual
        self._keep(address.url, chosen)
        return chosen

    def _conflicts(self, path: str) -> bool:
        folded = path.lower()
        return folded in self._files | self._folders or any(above in self._files for above in _parents(folded))

    def _keep(self, url: str, path: str) -> None:
        self._by_url[url] = path
        self._files.add(path.lower())
        self._folders.update(_parents(path.lower()))


def _parents(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:end]) for end in range(1, len(parts))]
