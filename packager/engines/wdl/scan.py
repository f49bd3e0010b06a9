"""A quick scan of one WDL file: its version, its workflow and its imports, without the parser.

Comments, strings with their placeholders, commands and metadata are skipped, so that what looks like an import in
them never counts as one.
"""

from __future__ import annotations

import contextlib
import re
from bisect import bisect_left
from functools import cached_property

from packager.model.facts import Engine, Scan, ScannedReference

# Every alternative starts with a plain character, and none is a group: only then does `re` skip to the next candidate
# quickly. The first characters of a match show which alternative it is.
_GAPS = r"(?:\s|\#[^\n]*\n)*+"
_TOKEN = re.compile(
    rf"""\#[^\n]*|"|'|\{{|\}}|<<<
    |command(?<!\wcommand){_GAPS}(?:\{{|<<<)
    |meta(?<!\wmeta){_GAPS}\{{
    |parameter_meta(?<!\wparameter_meta){_GAPS}\{{
    |import\b(?<!\wimport)
    |workflow(?<!\wworkflow)(?:\s|\#[^\n]*\n)++[A-Za-z][A-Za-z0-9_]*
    |task\b(?<!\wtask)
    |struct\b(?<!\wstruct)
    |sep(?<!\wsep)\s*=\s*(?=["'])
    |default(?<!\wdefault)\s*=\s*(?=["'])
    |true(?<!\wtrue)\s*=\s*(?=["'])
    |false(?<!\wfalse)\s*=\s*(?=["'])""",
    re.VERBOSE,
)
_NAME = re.compile(r"(?<![A-Za-z0-9_])[A-Za-z0-9_]+\Z")
_META = re.compile(r"""\#[^\n]*|["'{}]""")
_GAP = re.compile(_GAPS)
_VERSION = re.compile(r"\A(?:[^\S\n]*+(?:\#[^\n]*+)?\n)*+[ \t]*+version[ \t]++(\S+)")
_PLAIN = {quote: re.compile(rf"(?:\\.|[^\\{quote}])*{quote}", re.DOTALL) for quote in "\"'"}
_OPENINGS = frozenset(('"', "'", "<<<"))
_MAX_DEPTH = 200
_ESCAPE = re.compile(
    r"\\(?:x(?P<hex2>[0-9A-Fa-f]{2})|u(?P<hex4>[0-9A-Fa-f]{4})|U(?P<hex8>[0-9A-Fa-f]{8})"
    r"|(?P<octal>[0-7]{3})|(?P<other>.))",
    re.DOTALL,
)
_NAMED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "a": "\a", "v": "\v"}


def quoted(text: str) -> tuple[tuple[int, int], ...]:
    """The offsets of strings and commands in a document, from their opening to behind their closing; never raises."""
    scanner = _Scanner(text, draft2=_VERSION.match(text) is None)
    with contextlib.suppress(_TruncatedError):
        scanner.block(0, 0)
    return tuple(sorted(scanner.bodies))


def import_literals(text: str) -> tuple[tuple[int, int, str], ...]:
    """The imports of a document: the offsets of what is between the quotes, and the URI that it means; never raises.

    A byte order mark and line ends of any system count as they are in `text`.
    """
    code = re.sub("^\ufeff", " ", re.sub("\r(?!\n)", "\n", text))
    scanner = _Scanner(code, draft2=_VERSION.match(code) is None)
    with contextlib.suppress(_TruncatedError):
        scanner.block(0, 0)
    return tuple(scanner.imports)


def statement_offsets(text: str) -> tuple[int, ...]:
    """The offsets of the imports, structs, tasks and workflows of a document; never raises.

    A statement whose end is not found is the last one.
    """
    scanner = _Scanner(text, draft2=_VERSION.match(text) is None)
    with contextlib.suppress(_TruncatedError):
        scanner.block(0, 0)
    return tuple(scanner.statements)


class _TruncatedError(Exception):
    """The text ends inside a string, a command or a block, or nests too deeply: the scan ends there."""


def scan(path: str, content: bytes) -> Scan | None:
    """What a WDL file is; None for a file with another extension that does not look like WDL. Never raises."""
    text = content.decode("utf-8", "replace").removeprefix("\ufeff").replace("\r\n", "\n")
    text = text.replace("\r", "\n")
    version = _VERSION.match(text)
    if not path.lower().endswith(".wdl") and version is None:
        return None
    scanner = _Scanner(text, draft2=version is None)
    # What precedes the broken end still counts; the parser reports what is wrong.
    with contextlib.suppress(_TruncatedError):
        scanner.block(0, 0)
    if not path.lower().endswith(".wdl") and not scanner.is_definition:
        return None
    return Scan(
        engine=Engine.WDL,
        entry="workflow" if scanner.name else "",
        name=scanner.name,
        version=version.group(1) if version else "",
        references=tuple(scanner.references),
    )


class _Scanner:
    def __init__(self, text: str, *, draft2: bool) -> None:
        self.text = text
        self.name = ""
        self.is_definition = False
        self.references: list[ScannedReference] = []
        self.bodies: list[tuple[int, int]] = []
        self.imports: list[tuple[int, int, str]] = []
        self.statements: list[int] = []
        starts = r"[$]\{" if draft2 else r"[~$]\{"
        self._string = {
            quote: re.compile(rf"\\.|(?P<placeholder>{starts})|(?P<end>{quote})", re.DOTALL) for quote in "\"'"
        }
        self._braces = re.compile(rf"(?P<placeholder>{starts})|(?P<end>\}})")
        starts = r"\$\{" if draft2 else r"~\{"
        self._heredoc = re.compile(rf"(?P<placeholder>{starts})|(?P<end>>>>)")

    @cached_property
    def _line_ends(self) -> list[int]:
        """The offset of the line end before each line; searched once, because a document may have many imports."""
        return [-1, *(match.start() for match in re.finditer("\n", self.text))]

    def block(self, index: int, depth: int, *, placeholder: bool = False) -> int:
        """The index behind the brace that closes the code that begins at `index`; notes what the code holds."""
        if depth > _MAX_DEPTH:
            raise _TruncatedError
        pending = 0
        while match := _TOKEN.search(self.text, index):
            index = match.end()
            mark = match.group()
            if mark == "}":
                if depth and not pending:
                    return index
                pending = max(0, pending - 1)
            elif mark == "{":
                pending += 1
            elif mark in _OPENINGS or mark.startswith("command"):
                index = self._body(self._pattern(mark), index, depth)
            elif mark.endswith("{") and not mark.startswith("#"):
                index = self._metadata(index)
            elif mark.rstrip().endswith("="):
                if placeholder and not mark.startswith("#"):
                    index = self._plain(index)[1]
            elif depth == 0 and pending == 0:
                index = self._statement(mark, match, index)
        if depth:
            raise _TruncatedError
        return index

    def _pattern(self, opening: str) -> re.Pattern[str]:
        if opening in self._string:
            return self._string[opening]
        return self._braces if opening.endswith("{") else self._heredoc

    def _statement(self, mark: str, match: re.Match[str], index: int) -> int:
        if mark == "import" or mark.startswith(("workflow", "task", "struct")):
            self.statements.append(match.start())
        if mark.startswith("workflow"):
            named = _NAME.search(mark)
            self.name = self.name or (named.group() if named else "")
            self.is_definition = True
        elif mark in ("task", "struct"):
            self.is_definition = True
        elif mark == "import":
            gap = _GAP.match(self.text, index)
            start = gap.end() if gap else index
            if self.text[start : start + 1] in ('"', "'"):
                self.is_definition = True
                content, index = self._plain(start)
                self.imports.append((start + 1, index - 1, unescape(content)))
                line = bisect_left(self._line_ends, match.start())
                column = match.start() - self._line_ends[line - 1]
                self.references.append(ScannedReference("import", unescape(content), line, column))
        return index

    def _plain(self, start: int) -> tuple[str, int]:
        """The raw content of the string without placeholders that starts at `start`, and the index behind it."""
        match = _PLAIN[self.text[start]].match(self.text, start + 1)
        if match is None:
            raise _TruncatedError
        self.bodies.append((start, match.end()))
        return match.group()[:-1], match.end()

    def _body(self, pattern: re.Pattern[str], index: int, depth: int) -> int:
        start = index
        while match := pattern.search(self.text, index):
            index = match.end()
            if match.lastgroup == "end":
                self.bodies.append((start, index))
                return index
            if match.lastgroup == "placeholder":
                index = self.block(index, depth + 1, placeholder=True)
        raise _TruncatedError

    def _metadata(self, index: int) -> int:
        depth = 1
        while match := _META.search(self.text, index):
            index = match.end()
            mark = match.group()
            if mark in ('"', "'"):
                index = self._plain(match.start())[1]
            elif mark == "{":
                depth += 1
            elif mark == "}":
                depth -= 1
                if not depth:
                    return index
        raise _TruncatedError


def unescape(text: str) -> str:
    """A string literal's content with its escape sequences replaced; unknown ones are left as written."""
    return _ESCAPE.sub(_escaped, text) if "\\" in text else text


def _escaped(match: re.Match[str]) -> str:
    digits = match["hex2"] or match["hex4"] or match["hex8"]
    if digits or match["octal"]:
        code = int(digits, 16) if digits else int(match["octal"], 8)
        return chr(code) if code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else match.group()
    other = match["other"]
    if other in "\\\"'~$>":
        return str(other)
    if other == "\n":
        return ""
    return _NAMED.get(other, match.group())
