"""The `withName` and `withLabel` selectors of a config, matched with the names and labels of processes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from packager.engines.nextflow.settings import Selector, Settings
from packager.patterns.pattern import LEAST_EFFORT, Pattern, compile_pattern

_SIMPLE = re.compile(r"[\w-]+")
_TAIL = re.compile(r"(?<![A-Za-z0-9_])[A-Za-z0-9_]+\Z")
_NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:-")
# The limit on the effort of all comparisons for a pipeline, in the unit of `packager.patterns`.
_MAX_EFFORT = 20_000_000
_PER_SELECTED = 20
_UNSUPPORTED = 10


# The directives that the facts of a process come from.
_ESSENTIAL = frozenset({"container", "cpus", "memory", "disk", "accelerator", "resourceLimits"})


@dataclass(frozen=True, slots=True)
class Selected:
    """A selector that applies to a process; without `certain`, it only may apply."""

    selector: Selector
    certain: bool


@dataclass(frozen=True, slots=True)
class _Ranked:
    """A selector with its rank among all selectors and its pattern, which is None if it is unsupported.

    `quick` matches names of up to `longest` printable ASCII characters; every matching name contains `literal`.
    """

    rank: int
    selector: Selector
    pattern: Pattern | None
    negated: bool
    quick: Callable[[str], object] | None
    longest: int
    literal: str


class Selectors:
    """The selectors of a config, matched with many names. `unknown` collects the selectors of unknown effect.

    When the effort is spent, `rest` replaces all selectors that were not compared: it may apply to every process.
    """

    def __init__(self, settings: Settings) -> None:
        self.labels: list[_Ranked] = []
        self.exact: dict[str, list[_Ranked]] = {}
        self.tails: dict[str, list[_Ranked]] = {}
        self.others: list[_Ranked] = []
        self.seen: dict[str, dict[int, Selected]] = {}
        self.of_labels: dict[str, dict[int, Selected]] = {}
        self.unknown: dict[int, Selector] = {}
        self.effort = _MAX_EFFORT
        self.all = settings.selectors
        self.rest: Selector | None = None
        for rank, selector in enumerate(settings.selectors):
            text = selector.pattern
            plain = not _is_pattern(text)
            pattern = None if plain else compile_pattern(_body(text))
            quick = pattern.native.fullmatch if pattern is not None and pattern.native is not None else None
            longest = pattern.longest if pattern is not None else 0
            literal = pattern.literal if pattern is not None else ""
            ranked = _Ranked(rank, selector, pattern, text.startswith("!"), quick, longest, literal)
            if selector.kind != "withName":
                self.labels.append(ranked)
            elif plain:
                self.exact.setdefault(text, []).append(ranked)
            elif tail := _tail(text):
                self.tails.setdefault(tail, []).append(ranked)
            else:
                self.others.append(ranked)

    def by_label(self, labels: Iterable[str]) -> list[Selected]:
        """The `withLabel` selectors that match any of the labels, in order."""
        return self._in_order([self._of_label(label) for label in labels])

    def by_name(self, names: Iterable[str]) -> list[Selected]:
        """The `withName` selectors that match any of the names, in order."""
        return self._in_order([self._of_name(name) for name in sorted(names)])

    def _in_order(self, groups: list[dict[int, Selected]]) -> list[Selected]:
        """The selectors by rank, each once; a selector is certain if it is certain for any of the names."""
        self.effort -= _PER_SELECTED * sum(
            len(selected.selector.settings) for group in groups for selected in group.values()
        )
        if self.effort < 0:
            return [Selected(self._rest(), certain=False)] if self.all else []
        by_rank: dict[int, Selected] = {}
        for group in groups:
            for rank, selected in group.items():
                if rank not in by_rank or selected.certain:
                    by_rank[rank] = selected
        return [by_rank[rank] for rank in sorted(by_rank)]

    def _of_label(self, label: str) -> dict[int, Selected]:
        if label not in self.of_labels:
            self.of_labels[label] = self._matching(self.labels, label)
        return self.of_labels[label]

    def _of_name(self, name: str) -> dict[int, Selected]:
        if name not in self.seen:
            candidates = (*self.tails.get(name.rpartition(":")[2], ()), *self.others)
            exact = {ranked.rank: Selected(ranked.selector, certain=True) for ranked in self.exact.get(name, ())}
            self.seen[name] = exact | self._matching(candidates, name)
        return self.seen[name]

    def _matching(self, candidates: Iterable[_Ranked], name: str) -> dict[int, Selected]:
        matches: dict[int, Selected] = {}
        is_plain = name.isascii() and name.isprintable()
        for ranked in candidates:
            if is_plain and name and ranked.literal not in name and not ranked.negated and self.effort >= 0:
                self.effort -= 1
                if ranked.selector.pattern == name:
                    matches[ranked.rank] = Selected(ranked.selector, certain=True)
                continue
            if is_plain and ranked.quick is not None and 0 < len(name) <= ranked.longest and self.effort >= 0:
                self.effort -= LEAST_EFFORT
                if (ranked.quick(name) is None) is ranked.negated or ranked.selector.pattern == name:
                    matches[ranked.rank] = Selected(ranked.selector, certain=True)
                continue
            if self.effort < 0:
                return {**matches, len(self.all): Selected(self._rest(), certain=False)}
            applies = self._applies(ranked, name)
            if applies is None:
                self.unknown[ranked.rank] = ranked.selector
            if applies is not False:
                matches[ranked.rank] = Selected(ranked.selector, certain=applies is True)
        return matches

    def _applies(self, ranked: _Ranked, name: str) -> bool | None:
        """Whether a selector applies to a name: Nextflow matches the whole name, and negates the result after a `!`."""
        text = ranked.selector.pattern
        if text == name:
            return True
        if ranked.pattern is None:
            self.effort -= _UNSUPPORTED
            return None if _is_pattern(text) else False
        self.effort -= ranked.pattern.effort(len(name))
        matches = ranked.pattern.fullmatch(name)
        return None if matches is None else matches is not ranked.negated

    def _rest(self) -> Selector:
        """A selector with the last setting of each essential directive of all selectors."""
        if self.rest is None:
            settings = {
                name: setting
                for selector in self.all
                for name, setting in selector.settings.items()
                if name in _ESSENTIAL
            }
            last = self.all[-1]
            self.rest = Selector(last.kind, "*", settings, last.path, last.start, last.end)
            self.unknown[len(self.all)] = self.rest
        return self.rest


def _body(text: str) -> str:
    return text[1:].strip() if text.startswith("!") else text


def _is_pattern(text: str) -> bool:
    return not (_SIMPLE.fullmatch(text) or set(text) <= _NAME_CHARACTERS)


def _tail(text: str) -> str:
    """The last part of every name that a pattern can match; empty if names with different last parts can match."""
    tail = _TAIL.search(text)
    if tail is None or text.startswith("!") or "(?" in text or not text[: tail.start()].endswith(":"):
        return ""
    return "" if "|" in _outside_parentheses(text) else tail.group()


def _outside_parentheses(pattern: str) -> str:
    depth, kept = 0, []
    for char in pattern:
        depth += char == "("
        if not depth:
            kept.append(char)
        depth -= char == ")"
    return "".join(kept)
