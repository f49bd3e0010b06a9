"""The parser of configs: blocks, assignments, includes and selectors, and the Groovy code of legacy configs."""

from __future__ import annotations

from dataclasses import dataclass

from packager.engines.nextflow.causes import sort_faults
from packager.engines.nextflow.cursor import SyntaxFaultError
from packager.engines.nextflow.lexing import END, KEYWORDS, LINE_END, NAME, STRING, Comment, SyntaxFault, lex
from packager.engines.nextflow.statements import StatementParser
from packager.engines.nextflow.syntax import (
    ConfigAssignment,
    ConfigBlock,
    ConfigInclude,
    Expression,
    ExpressionStatement,
    FunctionCall,
    Name,
    Statement,
)

SELECTORS = ("withName", "withLabel")


@dataclass(frozen=True, slots=True)
class ConfigTree:
    """The statements of a config in order, its comments, and its faults, sorted by place."""

    text: str
    statements: tuple[Statement, ...]
    comments: tuple[Comment, ...]
    faults: tuple[SyntaxFault, ...]


def parse_config(text: str) -> ConfigTree:
    """The syntax tree of a config. Faults are collected, never raised."""
    parser = _ConfigParser(lex(text))
    if text.startswith("#!"):
        parser.strict("unexpected character `#`", 0, 1)
    statements = parser.config()
    return ConfigTree(text, statements, tuple(parser.tokens.comments), sort_faults(parser.tokens, parser.faults))


class _ConfigParser(StatementParser):
    """Reads a config from its start. `inside` counts the enclosing blocks, `groovy` those that only Groovy has, such as `if`."""

    reserves_underscore = False

    def __init__(self, tokens: object) -> None:
        super().__init__(tokens)  # type: ignore[arg-type] # see `lex`
        self.groovy = 0
        self.inside = 0

    def config(self) -> tuple[Statement, ...]:
        statements: list[Statement] = []
        while True:
            statements += self._settings()
            if self.kind is END:
                return tuple(statements)
            self.faults.append(SyntaxFault(self.start, self.start + 1, "unexpected `}`: no block is open"))
            self.position += 1

    def _settings(self) -> tuple[Statement, ...]:
        """The statements of a config up to a closing brace or the end."""
        statements: list[Statement] = []
        while True:
            self.separators()
            if self.kind == "}" or self.kind is END:
                return tuple(statements)
            depth, before = self.depth, self.position
            try:
                statements.append(self._setting())
                if self.kinds[self.position - 1] != "}" or not isinstance(statements[-1], ConfigBlock):
                    self.end_of_statement()
                elif self.kind not in (LINE_END, ";", "}", END):
                    self.strict_unexpected(self.start, "a setting on the line of a block's end")
            except SyntaxFaultError as error:
                self.recover(error, depth)
                if self.position == before and self.kind != "}":
                    self.position += 1

    def _setting(self) -> Statement:
        self.depth += 1
        kind, start = self.kind, self.start
        try:
            if self.depth > 60:
                raise SyntaxFaultError(SyntaxFault(start, start, "the config is nested too deeply"))
            if kind is NAME and self.value == "includeConfig" and self.ahead() not in ("=", "."):
                return self._include()
            if (kind is NAME or kind is STRING) and (path := self._path()):
                return self._named_setting(path, start)
            return self._groovy()
        finally:
            self.depth -= 1

    def _path(self) -> tuple[str, ...]:
        """The dotted name that begins a setting or a block here; else (), and nothing is read."""
        mark = self.position
        path = [self.value]
        self.position += 1
        while self.kind == "." and self.ahead() in (NAME, STRING):
            self.position += 1
            if self.value in KEYWORDS:
                self.strict_unexpected(self.start, f"the keyword `{self.value}` as a setting")
            path.append(self.value)
            self.position += 1
        if self.kind == "{" and self._has_parameters():  # `params.each { name, value -> ... }`
            self.position = mark
            return ()
        if self.kind in ("=", "{") or (self.kind is LINE_END and self.ahead() in ("{", "=")):
            return tuple(path)
        if self.kind == ":" and path[0].startswith("with"):
            return tuple(path)
        self.position = mark
        return ()

    def _has_parameters(self) -> bool:
        """Whether the `{` here begins a closure with parameters."""
        index = self.position + 1
        while self.kinds[index] in (NAME, ",", LINE_END):
            index += 1
        return self.kinds[index] == "->"

    def _named_setting(self, path: tuple[str, ...], start: int) -> Statement:
        if self.kind is LINE_END and self.ahead() == "=":
            self.position += 1
        if self.kind == "=":
            if path[-1] == "includeConfig":  # a setting of that name, which nothing reads
                self.strict_unexpected(self.start, "`includeConfig` with `=`")
            self.position += 1
            self.skip_lines()
            value = self._value()
            return ConfigAssignment(path, value, start, self.last_end)
        if self.kind == ":":
            return self._selected(path[0], start)
        if len(path) > 1:
            self.strict_unexpected(self.start, "a block with a dotted name")
        name, selector = ".".join(path), ""
        for known in SELECTORS:
            if name.startswith(f"{known}:"):
                selector, name = known, name[len(known) + 1 :].strip()
        return self._block(name, selector, start)

    def _value(self) -> Expression:
        return self.command_or_assignment()

    def _selected(self, selector: str, start: int) -> Statement:
        """`withName: PATTERN { ... }`."""
        if not self.inside:  # the legacy parser reads a label, which has no effect
            self.strict(f"`{selector}:` is only allowed inside `process {{ }}`", self.start, self.start + 1)
        if self.ahead() is LINE_END and self.ahead(2) in (NAME, STRING):
            self.position += 1
            self.strict_unexpected(self.start, f"a line end after `{selector}:`")
        self.position += 1
        if self.kind not in (NAME, STRING):  # the legacy parser reads a label and an expression
            self.strict_unexpected(self.start, "a selector without a name or a pattern")
            return self._groovy()
        pattern = self.value
        self.position += 1
        while self.kind in (":", "|") and self.ahead() is NAME:  # `withName: A:B`, an unquoted path
            self.strict_unexpected(self.start, "a pattern without quotes")
            pattern += self.kind + self.tokens.values[self.position + 1]
            self.position += 2
        return self._block(pattern, selector, start)

    def _block(self, name: str, selector: str, start: int) -> ConfigBlock:
        self.skip_lines()
        self.expect("{")
        self.inside += 1
        try:
            statements = self._plugins() if name == "plugins" else self._settings()
        finally:
            self.inside -= 1
        self.expect("}")
        return ConfigBlock(name, selector, statements, start, self.last_end)

    def _plugins(self) -> tuple[Statement, ...]:
        """`id 'name@version'`, one per line."""
        statements: list[Statement] = []
        while True:
            self.separators()
            if self.kind == "}" or self.kind is END:
                return tuple(statements)
            depth, before = self.depth, self.position
            try:
                start = self.start
                if self.kind is NAME and self.ahead() == ":":  # a label to Groovy, which declares no plugin
                    self.position += 1
                    self.strict_unexpected(self.start, "`id:` instead of `id`")
                    self.position += 1
                    self.expression()
                    self.end_of_statement()
                    continue
                expression = self.command(self.expression())
                statements.append(ExpressionStatement(expression, start, self.last_end))
                if not isinstance(expression, FunctionCall):
                    self.strict("expected a plugin as `id 'name@version'`", start, self.last_end, late=True)
                self.end_of_statement()
            except SyntaxFaultError as error:
                self.recover(error, depth)
                if self.position == before and self.kind != "}":
                    self.position += 1

    def _include(self) -> ConfigInclude:
        start = self.start
        if self.groovy:
            self.strict_unexpected(start, "`includeConfig` inside other code")
        self.position += 1
        if self.kind is LINE_END:
            raise self.unexpected("a path")
        source = self.expression()
        return ConfigInclude(source, start, self.last_end)

    # Code of legacy configs

    def _groovy(self) -> Statement:
        """A Groovy statement; the strict parser reports only the outermost."""
        start = self.start
        if self.kind == "import" and not self.groovy and not self.inside:
            imported = self.read_import()
            return ExpressionStatement(Name(imported.name, start, imported.end), start, imported.end)
        if not self.groovy:
            self._report_groovy(start)
        self.groovy += 1
        try:
            return self.statement()
        finally:
            self.groovy -= 1

    def _report_groovy(self, start: int) -> None:
        kind = self.kind
        if kind == "if":
            self.strict("`if` is not part of the strict syntax of configs", start, start + 2, late=True)
        elif kind == "try":
            self.strict("`try` is not part of the strict syntax of configs", start, start + 3, late=True)
        elif kind == "def" and self.ahead(2) == "(":
            self.strict_unexpected(self.tokens.starts[self.position + 2], "a function in a config")
        elif kind == "def":
            self.strict("a variable is not part of the strict syntax of configs", start, start + 3, late=True)
        elif kind is NAME:
            index = self.position + 1
            while self.kinds[index] == "." and self.kinds[index + 1] is NAME:
                index += 2
            self.strict(
                "code is not part of the strict syntax of configs",
                self.tokens.starts[index],
                late=self.kinds[index] is LINE_END,
            )
        else:
            self.strict("code is not part of the strict syntax of configs", start)

    def block_statements(self) -> tuple[Statement, ...]:
        """The statements of a block; in legacy code, settings may be in any block."""
        if not self.groovy:
            return super().block_statements()
        statements: list[Statement] = []
        while True:
            self.separators()
            if self.kind == "}" or self.kind is END:
                return tuple(statements)
            depth, before = self.depth, self.position
            try:
                statements.append(self._setting() if self._is_setting() else self.statement())
                if self.kinds[self.position - 1] != "}":
                    self.end_of_statement()
            except SyntaxFaultError as error:
                self.recover(error, depth)
                if self.position == before and self.kind != "}":
                    self.position += 1

    def _is_setting(self) -> bool:
        if self.kind is not NAME and self.kind is not STRING:
            return False
        if self.value == "includeConfig":
            return True
        mark, faults = self.position, len(self.faults)
        path = self._path()
        is_block = self.kind == "{" or self.kind is LINE_END or self.kind == ":"
        self.position = mark
        del self.faults[faults:]
        # A dotted assignment is a setting in code too; a single name may be a variable of the code.
        return bool(path) and (is_block or len(path) > 1)
