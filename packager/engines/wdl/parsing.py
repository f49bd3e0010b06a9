"""Parsing of one document by miniwdl: its tree, its facts, or what is wrong with it."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

import lark
from WDL import Error, Expr, Tree, _grammar, _parser

from packager.cache import Cache
from packager.engines.wdl import grammar
from packager.engines.wdl.document_facts import ParseError, Span
from packager.engines.wdl.syntax_errors import syntax_message
from packager.engines.wdl.validation_errors import validation_hint, validation_message

if TYPE_CHECKING:
    from packager.engines.wdl.fast_parser import Grammar

NEWEST = "1.2"  # used for a version that miniwdl does not know, so that the document still has facts
_TOO_DEEP = "nested too deeply to be parsed"
MARK = "\ufeff"
_MARKED = ParseError(
    "the document begins with a byte-order mark",
    Span(1, 1),
    "ByteOrderMark",
    "save the file as UTF-8 without a byte-order mark",
)
_MAX_NAME = 80  # characters of an expression that an error is about


def parse(text: str, abspath: str, cache: Cache, *, version: str | None = None) -> Tree.Document:
    """A document's tree, in the version that it declares if `version` is omitted.

    Raises:
        Exception: as miniwdl's parser; see `parse_error_of`.
    """
    text = normal_lines(text)
    declared = declared_version(text) or None
    language = version or declared or "draft-2"
    tables = _fast_grammar(language, cache)
    if tables is not None:
        with contextlib.suppress(Exception):  # lark decides what is wrong, and where
            return tables.parse(text, language, declared, abspath)
    grammar.prepare(language, cache)
    return _parser.parse_document(text, version=version, uri=abspath, abspath=abspath)


def _fast_grammar(version: str, cache: Cache) -> Grammar | None:
    """The grammar of a language version for our own parser, or None if lark must parse."""
    try:
        from packager.engines.wdl.fast_grammars import fast_grammar  # noqa: PLC0415 - it uses private names of lark and miniwdl
    except (ImportError, AttributeError):
        return None
    return fast_grammar(version, cache)


def normal_lines(text: str) -> str:
    """Text with every line end as a line feed, as Python's text mode and the parser read it."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def declared_version(text: str) -> str:
    """The version that miniwdl reads from the first line that is not empty and not a comment, or ''."""
    for line in text.split("\n"):
        bare = line.strip()
        if bare and not bare.startswith("#"):
            return bare[8:] if bare.startswith("version ") else ""
    return ""


def is_empty(text: str) -> bool:
    """Whether a document has nothing but white space and comments."""
    return all(not line.strip() or line.lstrip().startswith("#") for line in normal_lines(text).split("\n"))


def knows_version(text: str) -> bool:
    """Whether miniwdl knows the version that a document declares."""
    declared = declared_version(text)
    return not declared or declared in _grammar.versions


def parse_error_of(error: BaseException, text: str, document: Tree.Document | None = None) -> ParseError:
    """A parser's or checker's exception as message and place; `document` is the one that was checked."""
    pos: Error.SourcePosition | None = getattr(error, "pos", None)
    span = Span()
    if isinstance(pos, Error.SourcePosition):
        span = _span(pos, text)
    if isinstance(error, RecursionError) or isinstance(error.__context__, RecursionError):
        return ParseError(_TOO_DEEP, span)
    if text.startswith(MARK):
        return _MARKED
    subject = f"{type(error).__name__} {_named(getattr(error, 'node', None))}".rstrip()
    if isinstance(error.__context__, lark.exceptions.UnexpectedInput) and text:
        return ParseError(syntax_message(error.__context__, text, span), span, subject)
    if type(error).__module__ != Error.__name__ or not str(error).strip():
        return ParseError(f"miniwdl fails on the document ({type(error).__name__})", span, subject)
    message = validation_message(error, document) or message_of(str(error))
    return ParseError(message, span, subject, validation_hint(error, document))


def _named(node: Error.SourceNode | None) -> str:
    """The name of a node, or the beginning of an expression; "" for other nodes."""
    try:
        text = getattr(node, "name", None) or (str(node) if isinstance(node, Expr.Base) else "")
    except RecursionError:
        return ""
    return text[:_MAX_NAME] if isinstance(text, str) else ""


def _span(pos: Error.SourcePosition, text: str) -> Span:
    numbers = [
        value if isinstance(value, int) and value > 0 else 0
        for value in (pos.line, pos.column, pos.end_line, pos.end_column)
    ]
    if not numbers[0] and text.strip():  # the parser reached the end of the text
        lines = text.rstrip().split("\n")
        return Span(len(lines), len(lines[-1]) + 1)
    return Span(*numbers) if (numbers[2], numbers[3]) > (numbers[0], numbers[1]) else Span(*numbers[:2])


_PLACE = re.compile(r"(?:, *+|(?<! ) *+)\(?at line \d+,? col(?:umn)? \d+\)?\.?")


def message_of(text: str) -> str:
    """A miniwdl message on one line, without the place and the excerpt, and in lower case."""
    first, _, rest = text.strip().partition("\n")
    message = _PLACE.sub("", first).strip().rstrip(".")
    tail = "" if "^" in rest else " ".join(rest.split())
    message = f"{message} {tail}".strip()
    return message[:1].lower() + message[1:] if message[1:2].islower() else message
