"""What a fix needs to know, what it proposes, and how several of them become one edit of a file."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Protocol

from packager.findings.diagnostic import Diagnostic, Place
from packager.images.reference import ImageUse
from packager.images.registry_map import RegistryMap
from packager.jsondoc.jsonedit import BYTE_ORDER_MARK, Splice, spliced
from packager.model.facts import Workflow
from packager.parameters.run_parameters import RunParameters
from packager.parameters.template import Template, WrittenTemplate
from packager.source import SourceTree, UnreadableError


class Fixable(Protocol):
    """What fixes look at: the parts of a loaded workflow."""

    @property
    def tree(self) -> SourceTree:
        """The source."""

    @property
    def workflow(self) -> Workflow:
        """The facts of the definition."""

    @property
    def template(self) -> Template:
        """The derived template."""

    @property
    def written_template(self) -> WrittenTemplate | None:
        """The template file, if there is one."""

    @property
    def registry_map(self) -> RegistryMap | None:
        """The registry map, if there is one."""

    @property
    def run_parameters(self) -> RunParameters | None:
        """The file of run parameters, if one was named."""

    @property
    def images(self) -> tuple[ImageUse, ...]:
        """Every image with its users."""

    def on_disk(self, path: str) -> str:
        """A path of a finding, as it is reached from the current folder."""


@dataclass(frozen=True, slots=True)
class FileEdit:
    """A file before and after, and the findings that are gone with it.

    `path` is the finding's; `on_disk` is where the file lies.
    """

    path: str
    before: bytes
    after: bytes
    fixed: tuple[Diagnostic, ...]
    on_disk: Path


@dataclass(frozen=True, slots=True)
class Cure:
    """The splices, by file, that together end some findings: all of them or none."""

    fixed: tuple[Diagnostic, ...]
    splices: tuple[tuple[str, Splice], ...]


class Text:
    """A file's text with the places of findings as offsets. A byte order mark stays, and no finding counts it."""

    def __init__(self, content: bytes) -> None:
        self.text = content.decode()
        mark = len(BYTE_ORDER_MARK) if self.text.startswith(BYTE_ORDER_MARK) else 0
        lines = self.text[mark:].split("\n")
        self._starts = list(accumulate((len(line) + 1 for line in lines), initial=mark))

    def offset(self, line: int, column: int) -> int | None:
        """Where a place begins; None outside of the text."""
        if not 0 < line < len(self._starts) or column < 1:
            return None
        offset = self._starts[line - 1] + column - 1
        return offset if offset < self._starts[line] else None

    def span(self, place: Place) -> tuple[int, int] | None:
        """Where a place begins and ends; None where that is not known or outside of the text."""
        start, end = self.offset(place.line, place.column), self.offset(place.end_line, place.end_column)
        return (start, end) if start is not None and end is not None and start < end else None


class Sources:
    """The texts of a source's files, each read once."""

    def __init__(self, tree: SourceTree) -> None:
        self._tree = tree
        self._texts: dict[str, Text | None] = {}

    def text(self, path: str) -> Text | None:
        """A file's text; None where it is no file of the source, or no text."""
        if path not in self._texts:
            self._texts[path] = self._read(path)
        return self._texts[path]

    def _read(self, path: str) -> Text | None:
        if self._tree.lookup(path) is None:
            return None
        try:
            return Text(self._tree.read(path))
        except (UnreadableError, UnicodeDecodeError):
            return None


def reported(diagnostics: Iterable[Diagnostic], path: str, codes: Collection[str]) -> Iterator[Diagnostic]:
    """The findings of some codes in one file."""
    return (found for found in diagnostics if found.path == path and found.code in codes)


def composed(texts: dict[str, str], cures: Iterable[Cure]) -> Iterator[tuple[str, str, tuple[Diagnostic, ...]]]:
    """Each file that changes, its text afterwards, and what is fixed there; a cure that overlaps an earlier one waits."""
    taken: dict[str, list[Splice]] = {}
    fixed: dict[str, list[Diagnostic]] = {}
    for cure in cures:
        if any(_overlaps(splice, taken.get(path, ())) for path, splice in cure.splices):
            continue
        for path, splice in cure.splices:
            if splice not in taken.setdefault(path, []):
                taken[path].append(splice)
        for found in cure.fixed:
            fixed.setdefault(found.path, []).append(found)
    for path in sorted(taken):
        after = spliced(texts[path], taken[path])
        if after != texts[path]:
            yield path, after, tuple(sorted(set(fixed.get(path, ()))))


def _overlaps(splice: Splice, others: Iterable[Splice]) -> bool:
    return any(splice != one and splice.start < one.end and one.start < splice.end for one in others)
