"""The config's `withName` and `withLabel` selectors, asked for the names and labels of processes."""

from __future__ import annotations

import re
from collections.abc import Iterable

from packager.engines.nextflow.settings import Selector, Settings

_SIMPLE = re.compile(r"[\w-]+")
_TAIL = re.compile(r"(?<![A-Za-z0-9_])[A-Za-z0-9_]+\Z")
_NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:-")


class Selectors:
    """The selectors of a config, asked for names again and again."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.labels = [one for one in settings.selectors if one.kind == "withLabel"]
        self.exact: dict[str, list[tuple[int, Selector]]] = {}
        self.tails: dict[str, list[tuple[int, Selector, re.Pattern[str]]]] = {}
        self.others: list[tuple[int, Selector, re.Pattern[str]]] = []
        self.seen: dict[str, tuple[tuple[int, Selector], ...]] = {}
        for rank, one in enumerate(settings.selectors):
            if one.kind != "withName":
                continue
            if _SIMPLE.fullmatch(one.pattern) or (set(one.pattern) <= _NAME_CHARACTERS):
                self.exact.setdefault(one.pattern, []).append((rank, one))
            elif (pattern := _pattern(one.pattern)) is not None:
                tail = _TAIL.search(one.pattern)
                if tail and one.pattern[: tail.start()].endswith(":") and "|" not in _outside_parentheses(one.pattern):
                    self.tails.setdefault(tail.group(), []).append((rank, one, pattern))
                else:
                    self.others.append((rank, one, pattern))

    def by_label(self, labels: Iterable[str]) -> list[Selector]:
        """The `withLabel` selectors that match one of the labels, in order."""
        labels = list(labels)
        return [one for one in self.labels if any(_matches(one.pattern, label) for label in labels)]

    def by_name(self, names: Iterable[str]) -> list[Selector]:
        """The `withName` selectors that match one of the names, in order."""
        found: dict[int, Selector] = {}
        for name in names:
            found.update(self._of_name(name))
        return [found[rank] for rank in sorted(found)]

    def _of_name(self, name: str) -> tuple[tuple[int, Selector], ...]:
        if name not in self.seen:
            found = list(self.exact.get(name, ()))
            candidates = (*self.tails.get(name.rpartition(":")[2], ()), *self.others)
            found += [(rank, one) for rank, one, pattern in candidates if _applies(one.pattern, pattern, name)]
            self.seen[name] = tuple(found)
        return self.seen[name]


def _outside_parentheses(pattern: str) -> str:
    depth, kept = 0, []
    for char in pattern:
        depth += char == "("
        if not depth:
            kept.append(char)
        depth -= char == ")"
    return "".join(kept)


def _pattern(text: str) -> re.Pattern[str] | None:
    """A selector's pattern, where it is a regular expression that Python reads alike."""
    written = text.removeprefix("!")
    if len(written) > 500 or re.search(r"[+*}]\s*\)\s*[+*{]", written):  # nested repetition may take forever
        return None
    try:
        return re.compile(written)
    except (re.error, OverflowError, RecursionError):
        return None


def _applies(text: str, pattern: re.Pattern[str], name: str) -> bool:
    return bool(pattern.fullmatch(name)) is not text.startswith("!")


def _matches(text: str, name: str) -> bool:
    if text == name:
        return True
    pattern = _pattern(text)
    return pattern is not None and _applies(text, pattern, name)
