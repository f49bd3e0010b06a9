"""What fixes read, what they propose, and how proposals become one edit per file."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Protocol

from packager.files import read_regular
from packager.findings.diagnostic import Diagnostic, Place
from packager.images.registry_map import RegistryMap
from packager.images.usage import ImageUse
from packager.jsondoc.jsonedit import Splice, spliced
from packager.jsondoc.jsontext import BYTE_ORDER_MARK
from packager.model.facts import Workflow
from packager.parameters.run_parameters import RunParameters
from packager.parameters.template import Template, WrittenTemplate
from packager.source import MAX_DEFINITION_BYTES, SourceTree, UnreadableError


class Fixable(Protocol):
    """The parts of a loaded workflow that fixes read."""

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
        """The path of a finding's file from the current folder."""


@dataclass(frozen=True, slots=True)
class FileEdit:
    """A file before and after, and the findings that the edit resolves.

    `path` is the finding's; `on_disk` is the path to the file itself.
    """

    path: str
    before: bytes
    after: bytes
    fixed: tuple[Diagnostic, ...]
    on_disk: Path


@dataclass(frozen=True, slots=True)
class Fix:
    """The splices, by file, that resolve findings only together."""

    fixed: tuple[Diagnostic, ...]
    splices: tuple[tuple[str, Splice], ...]


class Text:
    """A file's text with the places of findings as offsets. A byte order mark stays; places do not count it."""

    def __init__(self, content: bytes) -> None:
        self.text = content.decode()
        mark = len(BYTE_ORDER_MARK) if self.text.startswith(BYTE_ORDER_MARK) else 0
        lines = self.text[mark:].split("\n")
        self._starts = list(accumulate((len(line) + 1 for line in lines), initial=mark))

    def offset(self, line: int, column: int) -> int | None:
        """The offset where a place begins; None if it is outside of the text."""
        if not 0 < line < len(self._starts) or column < 1:
            return None
        offset = self._starts[line - 1] + column - 1
        return offset if offset < self._starts[line] else None

    def span(self, place: Place) -> tuple[int, int] | None:
        """The offsets where a place begins and ends; None if that is unknown or outside of the text."""
        start, end = self.offset(place.line, place.column), self.offset(place.end_line, place.end_column)
        return (start, end) if start is not None and end is not None and start < end else None


class SourceTexts:
    """A source's files as text, each read once."""

    def __init__(self, tree: SourceTree) -> None:
        self._tree = tree
        self._texts: dict[str, Text | None] = {}

    def text(self, path: str) -> Text | None:
        """A file's text; None if the source has no such file, or the file is not text."""
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
    """The findings of these codes in one file."""
    return (finding for finding in diagnostics if finding.path == path and finding.code in codes)


def folded(name: str) -> str:
    """A name without the differences of its spellings: capital letters, `_` and `-`."""
    return name.casefold().replace("_", "").replace("-", "")


def candidate_files(loaded: Fixable, path: str) -> Iterator[tuple[Path, bytes]]:
    """The files that the path of a finding can be: a file of the source, or a file outside that an option names."""
    if loaded.tree.lookup(path) is not None:
        with suppress(UnreadableError):  # reported when the file was read
            yield Path(loaded.on_disk(path)), loaded.tree.read(path)
    with suppress(OSError):
        yield Path(path), read_regular(Path(path), MAX_DEFINITION_BYTES)


def compose(texts: dict[str, str], fixes: Iterable[Fix]) -> Iterator[tuple[str, str, tuple[Diagnostic, ...]]]:
    """Each changed file, its new text, and the resolved findings; a fix that overlaps an earlier one is left for the next pass."""
    chosen: dict[str, list[Splice]] = {}
    fixed: dict[str, list[Diagnostic]] = {}
    for fix in fixes:
        if any(_overlaps(splice, chosen.get(path, ())) for path, splice in fix.splices):
            continue
        for path, splice in fix.splices:
            if splice not in chosen.setdefault(path, []):
                chosen[path].append(splice)
        for finding in fix.fixed:
            fixed.setdefault(finding.path, []).append(finding)
    for path in sorted(chosen):
        after = spliced(texts[path], chosen[path])
        if after != texts[path]:
            yield path, after, tuple(sorted(set(fixed.get(path, ()))))


def _overlaps(splice: Splice, others: Iterable[Splice]) -> bool:
    return any(splice != other and splice.start < other.end and other.start < splice.end for other in others)
