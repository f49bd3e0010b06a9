"""Runtime attributes that a section sets more than once: miniwdl keeps the last one, and its tree no longer shows the others."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packager.engines.wdl.scan import quoted

_WORD = re.compile(
    r"\#[^\n]*+|(?P<open>[{\[(])|(?P<close>[}\])])|(?<![A-Za-z0-9_])(?P<key>[A-Za-z][A-Za-z0-9_]*+)\s*+:"
)
_KEY = re.compile(r"(?<![A-Za-z0-9_])([A-Za-z][A-Za-z0-9_]*+)\s*+:")


def repeated_keys(section: str, version: str) -> Iterator[tuple[str, int]]:
    """The keys of a section's source (`runtime { ... }`) that occurred before in it, each with its offset."""
    names = _KEY.findall(section)
    if len(set(names)) == len(names):
        return  # the quick way, for nearly all
    statement = f"version {version}\n" if version else ""
    strings = [(start - len(statement), end - len(statement)) for start, end in quoted(statement + section)]
    depth, index, seen = 0, 0, set[str]()
    while match := _WORD.search(section, index):
        inside = next((end for start, end in strings if start <= match.start() < end), None)
        if inside is not None:
            index = inside
            continue
        index = match.end()
        if match["open"]:
            depth += 1
        elif match["close"]:
            depth -= 1
        elif match["key"] and depth == 1:
            if match["key"] in seen:
                yield match["key"], match.start()
            seen.add(match["key"])
