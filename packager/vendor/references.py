"""The references of a document to other documents, with their places in its text, and how they are replaced."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from packager.engines.cwl import links_written
from packager.engines.wdl.scan import import_literals, scan
from packager.model.facts import Engine

_REMOTE = re.compile(r"https?://", re.IGNORECASE)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_SUFFIXES = (".wdl", ".cwl", ".yml", ".yaml", ".json")
MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference: its kind, what it names without `#part`, and where that is in the text. The line is for messages.

    `optional`: a definition can be used without the file. `span` is None if the text cannot be replaced, such as in a folded string.
    """

    kind: str
    target: str
    line: int
    span: tuple[int, int] | None
    optional: bool = False

    @property
    def is_remote(self) -> bool:
        """Whether it is a URL of the web."""
        return _REMOTE.match(self.target) is not None

    @property
    def is_relative(self) -> bool:
        """Whether it is a path relative to its document."""
        return not _SCHEME.match(self.target) and not self.target.startswith("/")


def may_refer(path: str) -> bool:
    """Whether a file's name is one of a document that can refer to others."""
    return path.lower().endswith(_SUFFIXES)


def references(path: str, content: bytes) -> tuple[Reference, ...]:
    """The references of a document; empty for a file that is not WDL, CWL, or a part of a CWL document. Never raises."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return ()  # reported by lint
    name = path.lower()
    if name.endswith(".wdl") or (not name.endswith(_SUFFIXES[1:]) and _is_wdl(path, content)):
        return tuple(_of_wdl(text))
    return tuple(_of_cwl(path, text))


def _is_wdl(path: str, content: bytes) -> bool:
    scanned = scan(path, content)
    return scanned is not None and scanned.engine is Engine.WDL


def _of_wdl(text: str) -> Iterator[Reference]:
    for start, end, uri in import_literals(text):
        yield Reference("import", uri, text.count("\n", 0, start) + 1, (start, end))


def _of_cwl(path: str, text: str) -> Iterator[Reference]:
    if not links_written.may_have(text):
        return
    mark = len(MARK) if text.startswith(MARK) else 0
    starts = [mark, *(match.end() for match in _BREAK.finditer(text, mark))]
    seen: set[tuple[int, int]] = set()
    for link in links_written.links(path, text[mark:]):
        target = link.node.text.partition("#")[0]
        value = str(link.node.value).partition("#")[0]
        if not value or (link.node.line, link.node.column) in seen or link.node.line > len(starts):
            continue
        seen.add((link.node.line, link.node.column))
        begin = starts[link.node.line - 1] + link.node.column - 1
        end = starts[min(link.node.end_line, len(starts)) - 1] + link.node.end_column - 1
        at = text.find(value, begin, end)
        single = target == value and at >= 0 and text.count(value, begin, end) == 1
        yield Reference(link.kind, value, link.node.line, (at, at + len(value)) if single else None, link.optional)


def replaced(content: bytes, changes: Iterable[tuple[tuple[int, int], str]]) -> bytes:
    """A document with the text at these places replaced, and every other byte kept."""
    text = content.decode()
    parts: list[str] = []
    position = 0
    for (start, end), new in sorted(changes):
        parts += [text[position:start], new]
        position = end
    return "".join([*parts, text[position:]]).encode()
