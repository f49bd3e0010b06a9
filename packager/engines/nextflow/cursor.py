"""A position in the tokens of a file, and the faults so far."""

from __future__ import annotations

from packager.engines.nextflow.lexing import END, LINE_END, NAME, RESERVED, STRING, SyntaxFault, Tokens

# People do not write deeper nesting, and it would exceed the stack of the interpreter.
MAX_DEPTH = 100


class SyntaxFaultError(Exception):
    """The parser cannot continue here; `StatementParser` continues at the next line."""

    def __init__(self, fault: SyntaxFault) -> None:
        super().__init__(fault.message)
        self.fault = fault


class TokenCursor:
    """Steps through tokens. Faults that do not stop the parser are collected in `faults`."""

    # Whether the strict parser rejects the name `_`: in scripts.
    reserves_underscore = True

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.kinds = tokens.kinds
        self.position = 0
        self.depth = 0
        self.faults = list(tokens.faults)

    @property
    def kind(self) -> str:
        """The kind of the next token."""
        return self.kinds[self.position]

    @property
    def value(self) -> str:
        """The text of the next token."""
        return self.tokens.values[self.position]

    @property
    def start(self) -> int:
        """Where the next token starts."""
        return self.tokens.starts[self.position]

    @property
    def last_end(self) -> int:
        """Where the token before the next one ends."""
        return self.tokens.ends[self.position - 1] if self.position else 0

    def ahead(self, count: int = 1) -> str:
        """The kind of a token after the next one."""
        index = self.position + count
        return self.kinds[index] if index < len(self.kinds) else END

    def begins_line(self, index: int) -> bool:
        """Whether a token begins a line for the strict parser, to which a comment is a line end; one after a backslash does not count."""
        between = self.tokens.text[self.tokens.ends[index - 1] : self.tokens.starts[index]]
        if "\n" not in between and "/*" not in between:
            return False
        return "/" in between or "\n" in between.replace("\\\r\n", "").replace("\\\n", "")

    def strict_line(self, what: str) -> None:
        """Record that only the strict parser rejects a line end, or a comment, before the next token."""
        if self.begins_line(self.position):
            self.strict_unexpected(self.start, f"a line end or a comment before {what}")

    def skip_lines(self) -> None:
        """Step over line ends."""
        while self.kinds[self.position] is LINE_END:
            self.position += 1

    def accept(self, kind: str) -> bool:
        """Step over the next token if it is of this kind."""
        if self.kinds[self.position] == kind:
            self.position += 1
            return True
        return False

    def expect(self, kind: str) -> None:
        """Step over a required token."""
        if not self.accept(kind):
            raise self.unexpected(f"`{kind}`" if kind not in (NAME, STRING) else f"a {kind}")

    def declared_name(self) -> str:
        """The name that a declaration gives to something, which cannot be a reserved word."""
        name, start = self.value, self.start
        self.expect(NAME)
        if name in RESERVED:
            self.faults.append(SyntaxFault(start, self.last_end, f"expected a name, found the reserved word `{name}`"))
        elif name == "_" and self.reserves_underscore:
            self.strict("`_` is reserved and cannot be a name", start, self.last_end, late=True)
        return name

    def strict_underscore(self, start: int) -> None:
        """Record that the strict parser rejects the next token if it is the name `_`."""
        if self.value == "_" and self.reserves_underscore:
            self.strict("`_` is reserved and cannot be a name", start, start + 1, late=True)

    def close(self, closer: str, opened: int, *, is_index: bool = False) -> None:
        """Step over the bracket that closes the one at offset `opened`; the error names that one if it is on another line."""
        if self.accept(closer):
            return
        fault = self.unexpected(f"`{closer}`").fault
        text = self.tokens.text
        lines = text.count("\n", opened, self.start)
        if lines:
            line = text.count("\n", 0, opened) + 1
            message = f"{fault.message}: the `{text[opened]}` of line {line} is not closed, or a comma is missing"
            at = self.last_end if is_index else fault.start
            fault = SyntaxFault(at, max(at, fault.end), message, opened=opened)
        raise SyntaxFaultError(fault)

    def unexpected(self, expected: str = "") -> SyntaxFaultError:
        """The error for a next token that does not fit."""
        index = self.position
        kind = self.kinds[index]
        start, end = self.tokens.starts[index], self.tokens.ends[index]
        shown = {END: "end of the file", LINE_END: "end of the line"}.get(kind)
        if shown is None:
            shown = f"`{self.tokens.text[start:end].splitlines()[0][:40] if end > start else kind}`"
        if kind is LINE_END and self.ahead() is END:
            shown = "end of the file"
        message = f"expected {expected}, found {shown}" if expected else f"unexpected {shown}"
        return SyntaxFaultError(SyntaxFault(start, end, message))

    def strict(self, message: str, start: int, end: int | None = None, *, late: bool = False) -> None:
        """Record a fault that only the strict parser reports."""
        self.faults.append(SyntaxFault(start, end if end is not None else start, message, strict=True, late=late))

    def legacy(self, what: str, start: int, end: int | None = None) -> None:
        """Record code that only the strict parser reads."""
        self.faults.append(SyntaxFault(start, end if end is not None else start, what, legacy=True))

    def strict_unexpected(self, start: int, what: str) -> None:
        """Record that the strict parser cannot continue at `start`."""
        self.strict(f"{what} is not supported by the strict syntax", start)
