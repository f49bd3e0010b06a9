"""One document through miniwdl's parser: its tree, its facts, or what is wrong with it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import lark
from WDL import Error, Expr, Tree, _grammar, _parser

from packager.cache import Cache
from packager.engines.wdl import grammar
from packager.engines.wdl.document_facts import DocumentFacts, ImportFact, Span, Trouble
from packager.engines.wdl.extraction import document_facts
from packager.engines.wdl.scan import scan

_NEWEST = "1.2"  # what a version that miniwdl does not know is read as, to have its facts all the same
_TOO_DEEP = "nested too deeply to be parsed"
_MOST_NAMED = 80  # characters of an expression that an error is about


def parse(text: str, abspath: str, cache: Cache, *, version: str | None = None) -> Tree.Document:
    """A document's tree, of the version that it declares unless another is given.

    Raises:
        Exception: as miniwdl's parser; see `trouble_of`.
    """
    text = _normal_lines(text)
    grammar.prepare(version or declared_version(text) or "draft-2", cache)
    return _parser.parse_document(text, version=version, uri=abspath, abspath=abspath)


def _normal_lines(text: str) -> str:
    """Text with every line end as a line feed, as Python's text mode, and so the parser, reads it."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def declared_version(text: str) -> str:
    """The version that miniwdl will take from the first line that is not empty and not a comment, '' if none."""
    for line in text.split("\n"):
        bare = line.strip()
        if bare and not bare.startswith("#"):
            return bare[8:] if bare.startswith("version ") else ""
    return ""


def read_document(text: str, abspath: str, cache: Cache) -> tuple[DocumentFacts, Tree.Document | None]:
    """A document's facts, and its tree where miniwdl would parse it just so; never raises."""
    text = _normal_lines(text)
    declared = declared_version(text)
    tolerant = None
    if declared and declared not in _grammar.versions:
        bare = declared.split()[0] if declared.split() else ""
        tolerant = bare if bare in _grammar.versions else _NEWEST
    marked = text.startswith("\ufeff")
    try:
        document = parse(text.removeprefix("\ufeff"), abspath, cache, version=tolerant)
    except Exception as error:  # noqa: BLE001 - whatever the parser makes of hostile text is the user's to mend
        return _broken(text, declared, error), None
    try:
        found = document_facts(document)
    except RecursionError as error:
        return _broken(text, declared, error), None
    exact = tolerant is None and not marked
    return (found if tolerant is None else replace(found, version=declared.strip())), (document if exact else None)


def _broken(text: str, declared: str, error: Exception) -> DocumentFacts:
    """What is known of a document that cannot be parsed: its version and the imports that the scanner sees."""
    seen = scan("x.wdl", text.encode("utf-8", "replace"))
    imports = tuple(ImportFact(one.text, "", Span(one.line, one.column)) for one in (seen.references if seen else ()))
    return DocumentFacts(
        version=(seen.version if seen else "") or declared.strip(),
        imports=imports,
        trouble=trouble_of(error, text),
    )


def trouble_of(error: BaseException, text: str) -> Trouble:
    """A parser's or checker's exception as message and place."""
    pos: Any = getattr(error, "pos", None)
    span = Span()
    if isinstance(pos, Error.SourcePosition):
        span = _span(pos, text)
    if isinstance(error, RecursionError) or isinstance(error.__context__, RecursionError):
        return Trouble(_TOO_DEEP, span)
    subject = f"{type(error).__name__} {_named(getattr(error, 'node', None))}".rstrip()
    if isinstance(error, lark.exceptions.LarkError) or not str(error).strip():
        return Trouble(f"cannot be parsed ({type(error).__name__})", span, subject)
    return Trouble(message_of(str(error)), span, subject)


def _named(node: Any) -> str:
    """The name of a node, or the beginning of an expression; "" where it has neither."""
    try:
        text = getattr(node, "name", None) or (str(node) if isinstance(node, Expr.Base) else "")
    except RecursionError:
        return ""
    return text[:_MOST_NAMED] if isinstance(text, str) else ""


def _span(pos: Any, text: str) -> Span:
    numbers = [
        value if isinstance(value, int) and value > 0 else 0
        for value in (pos.line, pos.column, pos.end_line, pos.end_column)
    ]
    if not numbers[0] and text.strip():  # the parser met the end of the text
        lines = text.rstrip().split("\n")
        return Span(len(lines), len(lines[-1]) + 1)
    return Span(*numbers) if (numbers[2], numbers[3]) > (numbers[0], numbers[1]) else Span(*numbers[:2])


_PLACE = re.compile(r"(?:, *+|(?<! ) *+)\(?at line \d+,? col(?:umn)? \d+\)?\.?")
_EXPECTED = re.compile(r"Expected one of:((?:\s*+\*\s*+\S++)++)")


def message_of(text: str) -> str:
    """A miniwdl message on one line: without the place, the excerpt and lark's unordered list, which is sorted."""
    first, _, rest = text.strip().partition("\n")
    expected = _EXPECTED.search(rest)
    message = _PLACE.sub("", first).strip().rstrip(".")
    if not expected:
        tail = "" if "^" in rest else " ".join(rest.split())
        return f"{message} {tail}".strip()
    names = sorted(expected.group(1).replace("*", " ").split())
    return f"{message}; expected one of {', '.join(names)}"
