"""The text of the WDL checker: placed lines, the outline of the documents with their warnings, excerpts of the source.

The checker of the service writes as miniwdl does: errors as `(main.wdl Ln 12 Col 3) ...`, warnings as `(Ln 6, Col 5) Name, ...` below a
line with the document's name. It is not documented which line ends and indents a status message keeps, so both forms are read.
"""

from __future__ import annotations

import re
from dataclasses import replace

from packager.findings.diagnostic import Severity
from packager.healthomics.status_messages.message import ServiceMessage

_FILE = r"[^\s:()]{1,400}\.(?:wdl|nf|cwl|config|ya?ml|json)"
_LN = r"Ln (?P<line>\d{1,9}),? Col (?P<column>\d{1,9})"
# A place with the file name before it, and the place alone.
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
# Names of miniwdl's checks; for any other name the form of its line decides.
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
# Warnings that have no place end before a `;` that follows.
_AFTER_WARNING = re.compile(
    r"(?<=draft-2 assumed);\s+|;\s+(?=no input param)|;\s+(?=[A-Z][A-Za-z]+(?: \(suppressed\))?, )"
)
_NO_INPUTS = re.compile(r"\bno input parameters (?:(?:was|were|are) )?(?:found|detected|defined)\b", re.IGNORECASE)
_MAX_GROWN = 4000
_LEVELS = {"error": Severity.ERROR, "warning": Severity.WARNING, "warn": Severity.WARNING}


def read(text: str) -> list[ServiceMessage]:
    """The messages in the checker's text, in its order."""
    if "\n" not in text and _PLACE.search(text):
        text = _LOST_LINE_END.sub("\n", text)
    reader = _CheckerReader()
    lines = text.split("\n")
    for number, line in enumerate(lines):
        carets = _CARETS.fullmatch(lines[number + 1]) if number + 1 < len(lines) else None
        reader.line(line, len(carets[1]) if carets else 0)
    return reader.messages


class _CheckerReader:
    """Reads lines from top to bottom; knows the document that a line is about, and the message that it may continue."""

    def __init__(self) -> None:
        self.messages: list[ServiceMessage] = []
        self._documents: list[tuple[int, str]] = []
        self._open = False  # whether a line without a place belongs to the last message

    def line(self, line: str, carets: int) -> None:
        """Read a line; `carets` is the number of carets below it, which mark an excerpt of the source."""
        text = line.strip()
        indent = len(line) - len(line.lstrip())
        if not text or _CARETS.fullmatch(line):
            return
        if carets and self.messages:
            self._excerpt(text, carets)
            return
        if (hint := _HINT.fullmatch(text)) is not None and self.messages:
            self.messages[-1] = replace(self.messages[-1], hint=hint[1])
        elif _SUGGESTION.match(text):
            self._add(ServiceMessage(text.removeprefix("* "), Severity.INFO), continues=False)
        elif (document := _DOCUMENT.fullmatch(text)) is not None:
            self._document(indent, document["path"])
        elif indent and self._documents and _SCOPE.fullmatch(text):
            self._documents = [document for document in self._documents if document[0] < indent]
        else:
            for part in _parts(text):
                self._part(part, indent)

    def _document(self, indent: int, path: str) -> None:
        self._documents = [document for document in self._documents if document[0] < indent]
        self._documents.append((indent, path))
        self._open = False

    def _path(self, indent: int) -> str:
        """The document that a line with this indent is about."""
        return next((path for own, path in reversed(self._documents) if own < indent), "")

    def _add(self, message: ServiceMessage, *, continues: bool) -> None:
        self.messages.append(message)
        self._open = continues

    def _excerpt(self, text: str, carets: int) -> None:
        last = self.messages[-1]
        end = last.column + carets if last.column else 0
        self.messages[-1] = replace(last, message=f"{last.message}, in `{text}`", end_column=end)

    def _part(self, text: str, indent: int) -> None:
        if (placed := _PLACED.search(text)) is not None:
            self._placed(placed, indent)
        elif (colons := _COLONS.fullmatch(text)) is not None:
            severity = _LEVELS.get((colons["level"] or "").lower()) or _severity(colons["rest"])
            message = ServiceMessage(
                colons["rest"], severity, colons["path"], int(colons["line"]), int(colons["column"] or 0)
            )
            self._add(message, continues=severity is not Severity.WARNING)
        elif (inside := _IN_FILE.fullmatch(text)) is not None:
            self._add(ServiceMessage(inside["rest"], _severity(inside["rest"]), inside["path"]), continues=True)
        elif (line := _LINE.fullmatch(text)) is not None and self._path(indent + 1):
            place = (self._path(indent + 1), int(line["line"]), int(line["column"] or 0))
            self._add(ServiceMessage(line["rest"], _severity(line["rest"]), *place), continues=True)
        else:
            self._unplaced(text, indent)

    def _placed(self, match: re.Match[str], indent: int) -> None:
        before, rest = match.string[: match.start()].strip(), match.string[match.end() :]
        own = match["path"] or ""
        if not own and (document := _DOCUMENT.fullmatch(before.rstrip(":"))) is not None:
            self._document(indent, document["path"])
            before, own = "", document["path"]
        severity = _severity(rest) or _LEVELS.get(before.rstrip(": ").lower())
        if severity is None and not match["path"] and _NAMED.match(rest):
            severity = Severity.WARNING  # the outline has warnings only
        path = own or self._path(indent)
        line, column = int(match["line"]), int(match["column"])
        message = " ".join(part for part in (before, rest) if part)
        if not path:  # a place in a file that is not named
            message, line, column = f"{message} (line {line}, column {column})", 0, 0
        continues = severity is not Severity.WARNING
        self._add(ServiceMessage(message, severity, path.removeprefix("./"), line, column), continues=continues)

    def _unplaced(self, text: str, indent: int) -> None:
        severity = _severity(text)
        continues = self._open or (indent > 0 and self.messages and self.messages[-1].severity is not None)
        if continues and severity is None:
            last = self.messages[-1]
            if len(last.message) < _MAX_GROWN:  # more would not be shown
                self.messages[-1] = replace(last, message=f"{last.message} {text}".strip())
        else:
            self._add(ServiceMessage(text, severity), continues=severity is not Severity.WARNING)


def _parts(text: str) -> list[str]:
    """The messages of one line, in order."""
    starts = [match.start() for match in _PLACE.finditer(text)]
    first = text[: starts[0]].rstrip() if starts else ""
    cuts = starts if first.endswith(";") else starts[1:]
    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    return [part.strip() for piece in pieces for part in _AFTER_WARNING.split(piece.rstrip("; ")) if part.strip(" ;")]


def _severity(text: str) -> Severity | None:
    """The severity that the words themselves express; None if they do not."""
    named = _NAMED.match(text)
    if named is not None and named["suppressed"]:
        return Severity.INFO
    if named is not None and named["name"] in _WARNINGS | _ERRORS:
        return Severity.WARNING if named["name"] in _WARNINGS else Severity.ERROR
    if _NO_INPUTS.search(text):
        return Severity.WARNING
    level = _LEVEL.match(text)
    return _LEVELS.get(level["level"].lower(), Severity.INFO) if level is not None else None
