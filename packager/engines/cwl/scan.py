"""A quick scan of a CWL document: what it is, and which files it refers to; imports no YAML library.

Reads lines, keeping the path of keys by indentation; block scalars, quoted strings and comments are skipped, and flow
collections (including JSON) are read token by token. Only a file that may refer to another is read completely.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from packager.model.facts import Engine, Scan, ScannedReference

_VERSION = b"cwlVersion"
_DIRECTIVES = frozenset({"$import", "$include", "$mixin"})
_TOOLS = frozenset({"CommandLineTool", "ExpressionTool", "Operation"})
_MAX_BYTES = 4 * 1024 * 1024  # of a longer document, only this much is read
_MAX_LEVELS = 200  # of nested collections, as in `nodes`
_MAX_KEY = 1024  # YAML's own bound for a key on one line
_INTERESTING = re.compile(r"\$(?:import|include|mixin|graph)\b|\brun\b[\"']?\s*:")
_TOP = re.compile(r"^[\"']?(cwlVersion|class|id)[\"']?[ \t]*:[ \t]+([^\s#]\S*)", re.MULTILINE)
_FLOW_ROOT = re.compile(r"(?:\s|#[^\n]*\n|---\s)*[{\[]")
_DOUBLE, _SINGLE = r'"(?:[^"\\]|\\.)*"', r"'(?:[^']|'')*'"
_KEY = re.compile(rf"({_DOUBLE}|{_SINGLE}|[^\s#&*!|>%@`{{}}\[\],\"'][^\n]*?(?=:(?:[ \t]|$)))[ \t]*+:(?=[ \t]|$)")
_PROPERTIES = re.compile(r"(?:[&!][^\s,\[\]{}]*[ \t]+)+")
_ANCHOR = re.compile(r"&(\S+)")
_BLOCK = re.compile(r"[|>][-+0-9]*[ \t]*(?:#.*)?$")
_COMMENT = re.compile(r"(?:^|[ \t])#.*$")
_QUOTED = re.compile(rf"{_DOUBLE}|{_SINGLE}", re.DOTALL)
_FLOW = re.compile(
    rf"(?P<skip>\s+|(?<=\s)\#[^\n]*)|(?P<quoted>{_DOUBLE}|{_SINGLE})|(?P<mark>[\[\]{{}},]|:(?=[\s,\[\]{{}}\"']|$))"
    r"|(?P<plain>(?:[^\s,\[\]{}:\"']|:(?=[^\s,\[\]{}]))(?:[^\n,\[\]{}:]|:(?=[^\s,\[\]{}]))*)|(?P<other>.)",
    re.DOTALL,
)
_NULL = re.compile(r"~|null|Null|NULL|")
_BOOL = re.compile(r"true|True|TRUE|false|False|FALSE")
_INT = re.compile(r"[-+]?(?:0b[01_]+|0o?[0-7_]+|[0-9_]+|0x[0-9a-fA-F_]+)")
_FLOAT = re.compile(
    r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[0-9][0-9_]*[eE][-+]?[0-9]+"
    r"|\.[0-9_]+(?:[eE][-+][0-9]+)?|\.(?:inf|Inf|INF))|\.(?:nan|NaN|NAN)"
)
_PLAIN_START = frozenset("-+0123456789.~nNtTfF")
_MAX_NUMBER_LENGTH = 400  # Python refuses to convert integers of thousands of digits


def scan(path: str, content: bytes) -> Scan | None:
    """What a document is and refers to; see `adapter.Scanner`."""
    library = path.endswith(".cwl")
    if not library and _VERSION not in content:
        return None
    text = content[:_MAX_BYTES].decode("utf-8-sig", "replace").replace("\r\n", "\n")
    seen = _Seen()
    if _INTERESTING.search(text) or _FLOW_ROOT.match(text):
        _Lines(text, seen).read()
    else:
        for key, value in _TOP.findall(text):
            seen.scalar((key,), value.strip("\"'"), 0, 0)
    if not library and (not seen.version or seen.is_foreign()):
        return None
    entry = seen.entry() if seen.version else ""
    return Scan(Engine.CWL, entry, seen.name, seen.version, tuple(seen.references))


class _Seen:
    """What the scalars of a document show."""

    def __init__(self) -> None:
        self.version = ""
        self.name = ""
        self.kind = ""
        self.graph: set[str] = set()
        self.references: list[ScannedReference] = []

    def scalar(self, path: tuple[str, ...], value: str, line: int, column: int) -> None:
        """A scalar value at a path of keys (`-` for an item of a list)."""
        key = path[-1]
        if key in _DIRECTIVES or (key == "run" and len(path) >= 3 and path[-3] == "steps"):
            if value and "\n" not in value and not value.startswith("#"):
                self.references.append(ScannedReference(key, value, line, column))
        elif len(path) == 1:
            if key == "cwlVersion":
                self.version = self.version or value
            elif key == "class":
                self.kind = self.kind or value
            elif key == "id":
                self.name = self.name or value.rpartition("#")[2].rpartition("/")[2]
        elif len(path) == 3 and path[:2] == ("$graph", "-"):
            if key == "class":
                self.graph.add(value)
            elif key == "id" and value.rpartition("#")[2] == "main":
                self.graph.add("#main")

    def is_foreign(self) -> bool:
        """Whether the document is another tool's description, such as that of a Nextflow pipeline, which borrows the form of CWL."""
        return self.kind[:1].islower() and ":" not in self.kind  # classes of CWL begin with a capital

    def entry(self) -> str:
        """`workflow`, `tool`, or '' for what cannot be run."""
        if self.kind == "Workflow" or self.graph & {"Workflow", "#main"}:
            return "workflow"
        return "tool" if self.kind in _TOOLS or self.graph & _TOOLS else ""


@dataclass(slots=True)
class _OpenKey:
    """A key or list item whose value is being read; `dash`: it is an item."""

    column: int
    key: str
    dash: bool = False


class _Lines:
    """One pass over the lines of a document."""

    def __init__(self, text: str, seen: _Seen) -> None:
        self.text = text
        self.seen = seen
        self.stack: list[_OpenKey] = []
        self.anchors: dict[str, tuple[str, int, int]] = {}
        self.position = 0
        self.number = 0
        self.waiting: tuple[int, tuple[str, ...]] | None = None  # a key whose value may be on the next line

    def read(self) -> None:
        """Report every scalar that may matter to `seen`."""
        skip: int | None = None
        while self.position < len(self.text):
            end = self.text.find("\n", self.position)
            end = len(self.text) if end < 0 else end
            start, self.position = self.position, end + 1
            self.number += 1
            line = self.text[start:end].rstrip()
            bare = line.lstrip(" ")
            if not bare or bare[0] == "#" or bare.startswith(("---", "%")):
                continue
            column = len(line) - len(bare)
            if skip is not None and column > skip:
                continue
            skip = self._line(start, line, column)

    def _line(self, start: int, line: str, column: int) -> int | None:
        """Read one line that has content; returns the indentation above which lines belong to a block scalar."""
        while line.startswith("-", column) and (len(line) == column + 1 or line[column + 1] in " \t"):
            while self.stack and (
                self.stack[-1].column > column or (self.stack[-1].column == column and self.stack[-1].dash)
            ):
                self.stack.pop()
            self.stack.append(_OpenKey(column, "-", dash=True))
            self.waiting = None
            below = column
            column += 1
            while column < len(line) and line[column] in " \t":
                column += 1
            if _BLOCK.match(line, column):
                return below
        key = _KEY.match(line, column, column + _MAX_KEY)
        if key is None:
            self._value(start, line, column, None)
            return None
        while self.stack and self.stack[-1].column >= column:
            self.stack.pop()
        self.stack.append(_OpenKey(column, _unquoted(key.group(1))))
        self.waiting = None
        after = key.end()
        while after < len(line) and line[after] in " \t":
            after += 1
        value = _PROPERTIES.match(line, after)
        if _BLOCK.match(line, value.end() if value else after):
            return column
        self._value(start, line, after, column)
        return None

    def _path(self) -> tuple[str, ...]:
        return tuple(key.key for key in self.stack)

    def _value(self, start: int, line: str, column: int, key_column: int | None) -> None:
        """A value that begins at a column of a line, or a line of its own below its key."""
        begin = column
        properties = _PROPERTIES.match(line, column)
        if properties:
            column = properties.end()
        rest = line[column:]
        if key_column is None:
            if self.waiting is None and rest[:1] not in ("{", "[", '"', "'"):
                return
            path = self.waiting[1] if self.waiting else self._path()
        else:
            path = self._path()
        self.waiting = None
        if not rest or rest[0] == "#":
            self.waiting = (column, path)
            return
        if rest[0] in "{[":
            self._flow(start + column, column, path)
            return
        where = (self.number, begin + 1)
        if rest[0] in "\"'":
            quoted = _QUOTED.match(self.text, start + column)
            if quoted is None:
                self.position = len(self.text)  # never closed: the rest is one broken string
                return
            self._pass_to(quoted.end())
            text = _unquoted(quoted.group())
        elif rest[0] == "*":
            text, *place = self.anchors.get(rest[1:].split()[0], ("", 0, 0)) if len(rest) > 1 else ("", 0, 0)
            where = (place[0], place[1])
        else:
            text = _plain(rest)
        if properties and (anchor := _ANCHOR.search(properties.group())):
            self.anchors[anchor.group(1)] = (text, *where)
        if path and text:
            self.seen.scalar(path, text, *where)

    def _pass_to(self, end: int) -> None:
        """Continue behind a value that may span lines."""
        if end > self.position:
            self.number += self.text.count("\n", self.position - 1, end)
            line_end = self.text.find("\n", end)
            self.position = len(self.text) if line_end < 0 else line_end + 1

    def _flow(  # noqa: C901 - one branch per kind of token
        self, start: int, column: int, path: tuple[str, ...]
    ) -> None:
        """Read a flow collection, and continue behind its end."""
        levels: list[list[str]] = []  # of each open collection, its bracket and the current key
        number, line_start = self.number, start - column
        last: tuple[str, int, int] | None = None
        keyed = False
        end = len(self.text)
        for token in _FLOW.finditer(self.text, start):
            kind, written = token.lastgroup, token.group()
            if kind == "skip":
                if "\n" in written:
                    number += written.count("\n")
                    line_start = token.start() + written.rindex("\n") + 1
                continue
            if kind in ("quoted", "plain"):
                text = _unquoted(written) if kind == "quoted" else _plain(written)
                last = (text, number, token.start() - line_start + 1)
                if "\n" in written:
                    number += written.count("\n")
                    line_start = token.start() + written.rindex("\n") + 1
                continue
            if kind == "other":
                continue
            if written == ":":
                if levels and last is not None:
                    levels[-1][1], keyed, last = last[0], True, None
                continue
            if written in "{[":
                if len(levels) >= _MAX_LEVELS:
                    break  # deeper than a document can be read
                levels.append([written, "" if written == "{" else "-"])
                keyed, last = False, None
                continue
            if last is not None and keyed and levels and levels[-1][0] == "{":
                self.seen.scalar((*path, *(level[1] for level in levels)), *last)
            last, keyed = None, False
            if written in "}]":
                levels.pop()
                if not levels:
                    end = token.end()
                    break
        self._pass_to(end)


def _plain(written: str) -> str:
    """An unquoted scalar without a comment behind it; '' when it is not a string."""
    text = _COMMENT.sub("", written).rstrip()
    return text if isinstance(plain_value(text), str) else ""


def _unquoted(text: str) -> str:
    """A scalar without its quotes."""
    if text[:1] == "'":
        return text[1:-1].replace("''", "'")
    if text[:1] == '"':
        try:
            return str(json.loads(text, strict=False))
        except ValueError:
            return text[1:-1]
    return text.rstrip()


def plain_value(text: str) -> str | int | float | bool | None:
    """The value of an unquoted scalar."""
    if text and text[0] not in _PLAIN_START:
        return text
    if _NULL.fullmatch(text):
        return None
    if _BOOL.fullmatch(text):
        return text[0] in "tT"
    if len(text) > _MAX_NUMBER_LENGTH:
        return text
    if _INT.fullmatch(text) and text.strip("+-_"):
        return _integer(text)
    if _FLOAT.fullmatch(text):
        plain = text.replace("_", "").lower()
        return float(plain.replace(".inf", "inf").replace(".nan", "nan"))
    return text


def _integer(text: str) -> int | str:
    sign = -1 if text[0] == "-" else 1
    digits = text.lstrip("+-").replace("_", "")
    try:
        for prefix, base in (("0b", 2), ("0x", 16), ("0o", 8)):
            if digits.startswith(prefix):
                return sign * int(digits[2:], base)
        return sign * int(digits)
    except ValueError:
        return text
