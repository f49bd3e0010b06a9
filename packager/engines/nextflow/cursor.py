"""A place in the tokens of a file: what stands there, stepping on, and the faults found so far."""

from __future__ import annotations

from packager.engines.nextflow.lexing import END, LINE_END, NAME, STRING, SyntaxFault, Tokens

# Nothing that people write nests deeper; what does would otherwise end the interpreter.
MAX_DEPTH = 100


class SyntaxFaultError(Exception):
    """The text cannot be read on from here; the parser of statements goes on at the next line."""

    def __init__(self, fault: SyntaxFault) -> None:
        super().__init__(fault.message)
        self.fault = fault


class TokenCursor:
    """Steps through tokens. Faults that do not stop the reading are collected in `faults`."""

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
        """Step over a token that must be there."""
        if not self.accept(kind):
            raise self.unexpected(f"`{kind}`" if kind not in (NAME, STRING) else f"a {kind}")

    def close(self, closer: str, opened: int, *, is_index: bool = False) -> None:
        """Step over the bracket that closes the one at offset `opened`, which the error names when it is lines above."""
        if self.accept(closer):
            return
        fault = self.unexpected(f"`{closer}`").fault
        text = self.tokens.text
        lines = text.count("\n", opened, self.start)
        if lines:
            line = text.count("\n", 0, opened) + 1
            message = f"{fault.message}: the `{text[opened]}` of line {line} is not closed, or a comma is missing"
            at = self.last_end if is_index else fault.start
            fault = SyntaxFault(at, max(at, fault.end), message)
        raise SyntaxFaultError(fault)

    def unexpected(self, wanted: str = "") -> SyntaxFaultError:
        """The next token does not fit."""
        index = self.position
        kind = self.kinds[index]
        start, end = self.tokens.starts[index], self.tokens.ends[index]
        what = {END: "end of the file", LINE_END: "end of the line"}.get(kind)
        if what is None:
            what = f"`{self.tokens.text[start:end].splitlines()[0][:40] if end > start else kind}`"
        if kind is LINE_END and self.ahead() is END:
            what = "end of the file"
        message = f"unexpected {what}" + (f", {wanted} is expected here" if wanted else "")
        return SyntaxFaultError(SyntaxFault(start, end, message))

    def strict(self, message: str, start: int, end: int | None = None, *, late: bool = False) -> None:
        """Note what only the strict parser refuses."""
        self.faults.append(SyntaxFault(start, end if end is not None else start, message, strict=True, late=late))

    def strict_unexpected(self, start: int, what: str) -> None:
        """Note that the strict parser cannot read on at `start`."""
        self.strict(f"{what} is not supported by the strict syntax", start)
