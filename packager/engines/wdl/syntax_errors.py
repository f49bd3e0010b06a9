"""Syntax errors of miniwdl's parser in plain English: what was expected at a place, and what is there."""

from __future__ import annotations

import re
from collections.abc import Sequence

import lark

from packager.engines.wdl.document_facts import Span

# Terminals of miniwdl's grammars; a keyword is a terminal with its own name in upper case.
_LABELS = {
    "$END": "the end of the file",
    "CNAME": "a name",
    "COLON": "`:`",
    "COMMA": "`,`",
    "DOT": "`.`",
    "EQUAL": "`=`",
    "LBRACE": "`{`",
    "LPAR": "`(`",
    "LSQB": "`[`",
    "RBRACE": "`}`",
    "RPAR": "`)`",
    "RSQB": "`]`",
    "VERSION": "`version`",
    "_EITHER_DELIM": "the end of the string or command",
}
_KEYWORDS = frozenset(
    (
        *("alias", "as", "import", "struct", "task", "workflow"),
        *("after", "call", "else", "if", "in", "scatter", "then"),
        *("command", "hints", "input", "meta", "object", "output", "parameter_meta", "requirements", "runtime"),
    )
)
# What begins an expression; these together are shown as "an expression".
_EXPRESSION = frozenset(
    ("BANG", "CNAME", "FALSE", "FLOAT", "IF", "INT", "LBRACE", "LPAR", "LSQB", "NONE", "NULL", "OBJECT", "TRUE")
)
_MARKS_EXPRESSION = frozenset(("FLOAT", "INT", "LPAR", "TRUE"))
_MARKS_OPERATOR = frozenset(("MINUS", "PLUS", "STAR"))  # an expression may continue; then `[` and `.` are operators too
_MOST_LABELS = 7
_NEXT = re.compile(r"\s*(<<<|>>>|[A-Za-z0-9_]+|\S)")


def syntax_message(error: lark.exceptions.UnexpectedInput, text: str, span: Span) -> str:
    """What is wrong at the place of an error, as "expected X, found Y"."""
    labels = _labels(_terminals(error))
    token = getattr(error, "token", None)
    actual = _LABELS["$END"] if getattr(token, "type", "") == "$END" else _actual(text, span)
    begin = begin_of_string(text.split("\n"), span)
    end = f"; the string that begins in line {begin} ends in this line" if begin else ""
    if not labels:
        return f"unexpected {actual.removeprefix('the ')}{end}"
    expected = labels[0] if len(labels) == 1 else f"{', '.join(labels[:-1])} or {labels[-1]}"
    return f"expected {expected}, found {actual}{end}"


def begin_of_string(lines: Sequence[str], span: Span) -> int:
    """The line in which the string begins that ends in the line of an error: its quote is probably missing there; else 0.

    The place of the error is then inside a string if the line is read alone, and not inside a placeholder.
    """
    if not 1 <= span.line <= len(lines):
        return 0
    before = lines[span.line - 1][: max(0, span.column - 1)]
    in_placeholder = max(before.rfind("~{"), before.rfind("${")) > before.rfind("}")
    if in_placeholder or _quotes(before) % 2 == 0:
        return 0
    for number in range(span.line - 1, 0, -1):
        if quotes := _quotes(lines[number - 1]):
            return number if quotes % 2 else 0
    return 0


def _quotes(line: str) -> int:
    return line.count('"') - line.count('\\"')


def _terminals(error: lark.exceptions.UnexpectedInput) -> frozenset[str]:
    """The names of the terminals that may be at the place of an error."""
    names = getattr(error, "accepts", None) or getattr(error, "expected", None) or getattr(error, "allowed", None)
    return frozenset(map(str, names or ()))


def _labels(terminals: frozenset[str]) -> list[str]:
    """The labels of what may follow, in order; empty where there are too many to help."""
    labels: list[str] = []
    rest = terminals
    if terminals >= _MARKS_EXPRESSION:
        labels.append("an expression")
        rest -= _EXPRESSION
    if terminals >= _MARKS_OPERATOR:
        rest -= {"LSQB", "DOT"}
    if "RBRACE" in rest and rest & {"INPUT", "CALL", "RUNTIME", "META"}:
        return ["`}`"]  # listing the sections that may follow would not help
    if len(rest) > 1:
        rest -= {"$END"}  # the other terminals are more helpful
    labels += sorted(label for name in rest if (label := _label(name)))
    return labels if len(labels) <= _MOST_LABELS else []


def _label(terminal: str) -> str:
    keyword = terminal.lower()
    return _LABELS.get(terminal, f"`{keyword}`" if keyword in _KEYWORDS else "")


def _actual(text: str, span: Span) -> str:
    """What is in the document at a place: the next word or sign."""
    lines = text.split("\n")
    if not 1 <= span.line <= len(lines):
        return _LABELS["$END"]
    rest = "\n".join([lines[span.line - 1][max(0, span.column - 1) :], *lines[span.line :]])
    match = _NEXT.match(rest)
    return f"`{match[1]}`" if match else _LABELS["$END"]
