"""The text of the WDL checker: placed lines, the outline of the documents with their warnings, excerpts of the source.

The checker of the service speaks as miniwdl does: errors as `(main.wdl Ln 12 Col 3) ...`, warnings as `(Ln 6, Col 5) Name, ...` below a
line with the document's name. What of its line ends and indents a status message keeps is not documented, so both ways are read.
"""

from __future__ import annotations

import re
from dataclasses import replace

from packager.findings.diagnostic import Severity
from packager.healthomics.status_messages.saying import Saying

_FILE = r"[^\s:()]{1,400}\.(?:wdl|nf|cwl|config|ya?ml|json)"
_LN = r"Ln (?P<line>\d{1,9}),? Col (?P<column>\d{1,9})"
# A place with what stands right before it, and the place alone.
_PLACE = re.compile(rf"(?:(?<!\S){_FILE}:? )?\((?:[^()\n]{{1,400}} )?{_LN}\)")
_PLACED = re.compile(rf"\((?:(?P<path>[^()\n]{{1,400}}) )?{_LN}\)[:,]?\s*")
_COLONS = re.compile(
    rf"(?:(?P<level>error|warning|info)\b:? +)?(?P<path>{_FILE}):(?P<line>\d{{1,9}})(?::(?P<column>\d{{1,9}}))?:?\s+(?P<rest>.*)",
    re.IGNORECASE,
)
_IN_FILE = re.compile(rf"\((?P<path>{_FILE})\)\s+(?P<rest>.*)")
_LINE = re.compile(r"Line (?P<line>\d{1,9})(?:,? Col(?:umn)? (?P<column>\d{1,9}))?[,:]\s*(?P<rest>.*)", re.IGNORECASE)
_DOCUMENT = re.compile(rf"(?:[\w.]+ : )?(?P<path>{_FILE})")
_SCOPE = re.compile(r"(?:(?:workflow|task) \w+|call [\w.]+(?: as \w+)?|scatter \w+)(?: \(not called\))?|if")
_NAMED = re.compile(r"(?P<name>[A-Z][A-Za-z]+)(?P<suppressed> \(suppressed\))?(?:, |$)")
_LEVEL = re.compile(r"\W?(?P<level>error|warning|warn|info|note)\b", re.IGNORECASE)
_CARETS = re.compile(r"\s*(\^+)\s*")
_HINT = re.compile(r"\* Hint: (.*)")
_SUGGESTION = re.compile(r"\* Suggestion: ")
# Where a line may have ended: before an indent, around carets, before a hint.
_LOST_LINE_END = re.compile(r"(?<=\S) (?= {3,}\S)|(?<=\S) (?= *\^+(?: |$))|(?<=\^) (?=\S)|(?<=\S) (?=\* Hint: )")
# Names of miniwdl's checks; one that is not among them is judged by the form of its line.
_WARNINGS = frozenset(
    {
        "StringCoercion", "FileCoercion", "ArrayCoercion", "UnverifiedStruct", "NonStringKeyMapJSON", "OptionalCoercion",
        "NonemptyCoercion", "IncompleteCall", "NameCollision", "UnusedImport", "ImportNewerWDL", "ForwardReference",
        "UnusedDeclaration", "UnusedCall", "UnnecessaryQuantifier", "CommandShellCheck", "MixedIndentation", "SelectArray",
        "UnknownRuntimeKey", "UnexpectedRuntimeValue", "MissingVersion", "UnboundDeclaration", "Deprecated",
    }
)  # fmt: skip
_ERRORS = frozenset(
    {
        "SyntaxError", "ImportError", "ValidationError", "InvalidType", "IndeterminateType", "NoSuchTask", "NoSuchCall",
        "NoSuchFunction", "WrongArity", "NotAnArray", "NoSuchMember", "StaticTypeMismatch", "IncompatibleOperand",
        "UnknownIdentifier", "NoSuchInput", "UncallableWorkflow", "MultipleDefinitions", "StrayInputDeclaration",
        "CircularDependencies",
    }
)  # fmt: skip
# Words of warnings that have no place: they end before a `;` that follows.
_AFTER_WARNING = re.compile(
    r"(?<=draft-2 assumed);\s+|;\s+(?=no input param)|;\s+(?=[A-Z][A-Za-z]+(?: \(suppressed\))?, )"
)
_NO_INPUTS = re.compile(r"\bno input parameters (?:(?:was|were|are) )?(?:found|detected|defined)\b", re.IGNORECASE)
_MAX_GROWN = 4000
_LEVELS = {"error": Severity.ERROR, "warning": Severity.WARNING, "warn": Severity.WARNING}


def read(text: str) -> list[Saying]:
    """What a text says, in its own order."""
    if "\n" not in text and _PLACE.search(text):
        text = _LOST_LINE_END.sub("\n", text)
    reader = _Reader()
    lines = text.split("\n")
    for number, line in enumerate(lines):
        carets = _CARETS.fullmatch(lines[number + 1]) if number + 1 < len(lines) else None
        reader.line(line, len(carets[1]) if carets else 0)
    return reader.found


class _Reader:
    """Reads lines from top to bottom; knows the document that a line is about, and what a line may go on."""

    def __init__(self) -> None:
        self.found: list[Saying] = []
        self._documents: list[tuple[int, str]] = []
        self._open = False  # whether a line without a place belongs to what was said last

    def line(self, line: str, carets: int) -> None:
        """Read a line; `carets`: so many stand below it, which makes it an excerpt of the source."""
        text = line.strip()
        indent = len(line) - len(line.lstrip())
        if not text or _CARETS.fullmatch(line):
            return
        if carets and self.found:
            self._excerpt(text, carets)
            return
        if (hint := _HINT.fullmatch(text)) is not None and self.found:
            self.found[-1] = replace(self.found[-1], hint=hint[1])
        elif _SUGGESTION.match(text):
            self._say(Saying(text.removeprefix("* "), Severity.INFO), goes_on=False)
        elif (document := _DOCUMENT.fullmatch(text)) is not None:
            self._document(indent, document["path"])
        elif indent and self._documents and _SCOPE.fullmatch(text):
            self._documents = [one for one in self._documents if one[0] < indent]
        else:
            for part in _parts(text):
                self._part(part, indent)

    def _document(self, indent: int, path: str) -> None:
        self._documents = [one for one in self._documents if one[0] < indent]
        self._documents.append((indent, path))
        self._open = False

    def _path(self, indent: int) -> str:
        """The document that a line with this indent is about."""
        return next((path for own, path in reversed(self._documents) if own < indent), "")

    def _say(self, saying: Saying, *, goes_on: bool) -> None:
        self.found.append(saying)
        self._open = goes_on

    def _excerpt(self, text: str, carets: int) -> None:
        last = self.found[-1]
        end = last.column + carets if last.column else 0
        self.found[-1] = replace(last, message=f"{last.message}, in `{text}`", end_column=end)

    def _part(self, text: str, indent: int) -> None:
        if (placed := _PLACED.search(text)) is not None:
            self._placed(placed, indent)
        elif (colons := _COLONS.fullmatch(text)) is not None:
            severity = _LEVELS.get((colons["level"] or "").lower()) or _severity(colons["rest"])
            saying = Saying(colons["rest"], severity, colons["path"], int(colons["line"]), int(colons["column"] or 0))
            self._say(saying, goes_on=severity is not Severity.WARNING)
        elif (inside := _IN_FILE.fullmatch(text)) is not None:
            self._say(Saying(inside["rest"], _severity(inside["rest"]), inside["path"]), goes_on=True)
        elif (line := _LINE.fullmatch(text)) is not None and self._path(indent + 1):
            place = (self._path(indent + 1), int(line["line"]), int(line["column"] or 0))
            self._say(Saying(line["rest"], _severity(line["rest"]), *place), goes_on=True)
        else:
            self._unplaced(text, indent)

    def _placed(self, found: re.Match[str], indent: int) -> None:
        before, rest = found.string[: found.start()].strip(), found.string[found.end() :]
        own = found["path"] or ""
        if not own and (document := _DOCUMENT.fullmatch(before.rstrip(":"))) is not None:
            self._document(indent, document["path"])
            before, own = "", document["path"]
        severity = _severity(rest) or _LEVELS.get(before.rstrip(": ").lower())
        if severity is None and not found["path"] and _NAMED.match(rest):
            severity = Severity.WARNING  # the outline has warnings only
        path = own or self._path(indent)
        line, column = int(found["line"]), int(found["column"])
        message = " ".join(part for part in (before, rest) if part)
        if not path:  # a place in a file that is not named
            message, line, column = f"{message} (line {line}, column {column})", 0, 0
        goes_on = severity is not Severity.WARNING
        self._say(Saying(message, severity, path.removeprefix("./"), line, column), goes_on=goes_on)

    def _unplaced(self, text: str, indent: int) -> None:
        severity = _severity(text)
        goes_on = self._open or (indent > 0 and self.found and self.found[-1].severity is not None)
        if goes_on and severity is None:
            last = self.found[-1]
            if len(last.message) < _MAX_GROWN:  # more would not be shown
                self.found[-1] = replace(last, message=f"{last.message} {text}".strip())
        else:
            self._say(Saying(text, severity), goes_on=severity is not Severity.WARNING)


def _parts(text: str) -> list[str]:
    """The things that one line says, one after another."""
    starts = [found.start() for found in _PLACE.finditer(text)]
    first = text[: starts[0]].rstrip() if starts else ""
    cuts = starts if first.endswith(";") else starts[1:]
    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    return [part.strip() for piece in pieces for part in _AFTER_WARNING.split(piece.rstrip("; ")) if part.strip(" ;")]


def _severity(text: str) -> Severity | None:
    """What the words themselves tell; None: nothing."""
    named = _NAMED.match(text)
    if named is not None and named["suppressed"]:
        return Severity.INFO
    if named is not None and named["name"] in _WARNINGS | _ERRORS:
        return Severity.WARNING if named["name"] in _WARNINGS else Severity.ERROR
    if _NO_INPUTS.search(text):
        return Severity.WARNING
    level = _LEVEL.match(text)
    return _LEVELS.get(level["level"].lower(), Severity.INFO) if level is not None else None
