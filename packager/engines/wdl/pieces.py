"""The top-level parts of a document, to parse only those that changed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from packager.cache import NO_CACHE
from packager.engines.wdl.document_facts import ParseError
from packager.engines.wdl.parsing import declared_version, is_empty, knows_version, normal_lines, parse
from packager.engines.wdl.reading import read_document
from packager.engines.wdl.recovery import all_errors, is_known_correct, remember_correct
from packager.engines.wdl.scan import statement_offsets


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a document, and the line and column from 0 where it begins."""

    text: str
    line: int
    column: int


def errors_of_text(text: str) -> tuple[ParseError, ...]:
    """The errors that keep a document from being parsed; those that need the whole document are not found.

    A part that was parsed before is not parsed again.
    """
    text = normal_lines(text)
    version = declared_version(text.removeprefix("\ufeff"))
    if text.startswith("\ufeff") or is_empty(text) or not knows_version(text):
        return read_document(text, "document.wdl", NO_CACHE)[0].errors
    for piece in _pieces(text):
        error = _error_of(piece, version)
        if error is not None:
            return all_errors(text, version, error, NO_CACHE)
    return ()


def _pieces(text: str) -> Iterator[_Piece]:
    """What is before the first statement, and each statement with what follows it; the first line is never divided."""
    offsets = [0]
    with contextlib.suppress(RecursionError):
        offsets += [offset for offset in statement_offsets(text) if text.find("\n", 0, offset) >= 0]
    for start, end in zip(offsets, [*offsets[1:], len(text)], strict=True):
        line = text.count("\n", 0, start)
        yield _Piece(text[start:end], line, start - (text.rfind("\n", 0, start) + 1))


def _error_of(piece: _Piece, version: str) -> Exception | None:
    if is_known_correct(version, piece.text):
        return None
    document = piece.text
    if piece.line:
        # The version decides about the grammar; the empty lines keep the places.
        head = f"version {version}\n" if version else "\n"
        document = head + "\n" * (piece.line - 1) + " " * piece.column + piece.text
    elif is_empty(document):
        return None
    try:
        parse(document, "document.wdl", NO_CACHE)
    except Exception as error:  # noqa: BLE001 - as in `reading.read_document`
        return error
    remember_correct(version, piece.text)
    return None
