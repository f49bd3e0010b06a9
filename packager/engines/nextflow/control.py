"""The parser of `if`, `assert`, `try`, loops and `switch`."""

from __future__ import annotations

from packager.engines.nextflow.cursor import SyntaxFaultError
from packager.engines.nextflow.expressions import ExpressionParser
from packager.engines.nextflow.lexing import END, LINE_END, NAME
from packager.engines.nextflow.syntax import (
    Assert,
    Catch,
    ClosureLiteral,
    Declaration,
    Expression,
    FunctionCall,
    If,
    Loop,
    Name,
    Statement,
    Switch,
    Try,
)

SEPARATORS = frozenset({LINE_END, ";"})
MODIFIERS = frozenset({"final", "private", "public", "protected", "static", "abstract", "synchronized"})


class ControlParser(ExpressionParser):
    """Reads the statements that decide which others run; those are read by `StatementParser`."""

    def statement(self) -> Statement:
        """One statement; see `StatementParser`."""
        raise NotImplementedError  # pragma: no cover

    def guarded(self, statements: list[Statement]) -> None:
        """One statement and its end; see `StatementParser`."""
        raise NotImplementedError  # pragma: no cover

    def separators(self) -> None:
        """Step over line ends and semicolons."""
        while self.kinds[self.position] in SEPARATORS:
            self.position += 1

    def body(self) -> tuple[Statement, ...]:
        """The block, or the single statement, after a condition."""
        self.skip_lines()
        if self.kind == "{":
            self.position += 1
            statements = self.block_statements()
            self.expect("}")
            return statements
        return (self.statement(),)

    def _condition(self) -> Expression:
        self.expect("(")
        self.skip_lines()
        condition = self.value_in_brackets()
        self.skip_lines()
        self.expect(")")
        return condition

    def read_if(self) -> If:
        """An `if` with its branches."""
        branches: list[tuple[Expression, tuple[Statement, ...], int]] = []
        otherwise: tuple[Statement, ...] = ()
        while True:
            start = self.start
            self.expect("if")
            condition = self._condition()
            branches.append((condition, self.body(), start))
            mark = self.position
            self.separators()
            if self.kind != "else":
                self.position = mark
                break
            self.position += 1
            self.skip_lines()
            if self.kind != "if":
                otherwise = self.body()
                break
        end = self.last_end
        for condition, then, start in reversed(branches):
            otherwise = (If(condition, then, otherwise, start, end),)
        result = otherwise[0]
        assert isinstance(result, If)
        return result

    def read_assert(self) -> Assert:
        """An assertion."""
        start = self.start
        self.position += 1
        condition = self.expression()
        message = None
        if self.accept(":"):
            self.skip_lines()
            message = self.expression()
        elif self.kind == ",":
            self.strict_unexpected(self.start, "`,` in an assertion")
            self.position += 1
            self.skip_lines()
            message = self.expression()
        return Assert(condition, message, start, self.last_end)

    def read_try(self) -> Try:
        """A `try` with its `catch` and `finally`."""
        start = self.start
        self.position += 1
        resources = self._resources() if self.kind == "(" else ()
        body = (*resources, *self.body())
        catches = []
        final: tuple[Statement, ...] = ()
        while True:
            mark = self.position
            self.skip_lines()
            if self.kind == "catch":
                catches.append(self._catch())
            elif self.kind is NAME and self.value == "finally" and self.ahead() in ("{", LINE_END):
                self.strict_unexpected(self.start, "`finally`")
                self.position += 1
                final = self.body()
            else:
                self.position = mark
                break
        return Try(body, tuple(catches), final, start, self.last_end)

    def _resources(self) -> tuple[Statement, ...]:
        """The resources of `try (def x = ...)`, which only Groovy has."""
        resources: list[Statement] = []
        self.expect("(")
        while self.kind != ")":
            if self.accept(";") or self.accept(LINE_END):
                continue
            start = self.start
            self.accept("def")
            while self.kind is NAME and self.value in MODIFIERS:
                self.position += 1
            if self.kind is NAME and self.ahead() in (NAME, "<", ".", "["):
                self.type_name()
            self.strict_unexpected(self.start, "a `try` with resources")
            name = Name(self.value, self.start, self.tokens.ends[self.position])
            self.expect(NAME)
            self.expect("=")
            value = self.expression()
            resources.append(Declaration((name,), None, value, start, value.end))
        self.expect(")")
        return tuple(resources)

    def _catch(self) -> Catch:
        start = self.start
        self.position += 1
        self.expect("(")
        name = ""
        if self.kind is NAME and self.ahead() == ":":
            name = self.value
            self.position += 1
            self.legacy("the type of an exception after its name", self.start, self.tokens.ends[self.position])
            self.position += 1
            while self.kind is NAME or self.kind in (".", "|"):
                self.position += 1
        while self.kind != ")":
            if self.kind not in (NAME, ".", "|"):
                raise self.unexpected()
            name = self.value
            if self.kind is NAME:
                self.strict_underscore(self.start)
            self.position += 1
        self.expect(")")
        return Catch(name, self.body(), start, self.last_end)

    def read_loop(self) -> Loop:
        """A `for` or `while` loop, which only Groovy has."""
        word, start = self.value, self.start
        self.strict(
            f"`{word}` loops are not part of the strict syntax", start, self.tokens.ends[self.position], late=True
        )
        self.position += 1
        self.expect("(")
        before: list[Statement] = []
        while self.kind != ")":
            if self.accept(";"):
                continue
            variable = self._loop_variable()
            if variable is not None:
                value = self.expression()
                before.append(Declaration((variable,), None, value, variable.start, value.end))
            else:
                before.append(self.statement())
            self.accept(",")
        self.expect(")")
        body = () if self.accept(";") else self.body()
        return Loop(word, tuple(before), body, start, self.last_end)

    def _loop_variable(self) -> Name | None:
        """The variable of `x in ...`, `def x in ...`, `Type x : ...`; the collection is then the next token."""
        mark = self.position
        self.accept("def")
        while self.kind is NAME and self.value in MODIFIERS:
            self.position += 1
        if (
            self.kind is NAME
            and self.ahead() in (NAME, "<", ".", "[")
            and self.tokens.values[self.position + 1] != "in"
        ):
            try:
                self.type_name()
            except SyntaxFaultError:
                self.position = mark
                return None
        if self.kind is NAME and (self.ahead() == ":" or self.tokens.values[self.position + 1] == "in"):
            name = Name(self.value, self.start, self.tokens.ends[self.position])
            if self.position != mark:
                self.strict_unexpected(self.start, "a loop over a declared variable")
            self.position += 2
            return name
        self.position = mark
        return None

    def read_switch(self) -> Switch:
        """A `switch`, which only Groovy has."""
        start = self.start
        self.position += 1
        subject = self._condition()
        self.skip_lines()
        self.expect("{")
        cases: list[Expression] = []
        body: list[Statement] = []
        while True:
            self.separators()
            if self.kind in ("}", END):
                break
            if self.kind is NAME and self.value in ("case", "default") and self.ahead() != "=":
                is_case = self.value == "case"
                self.position += 1
                if is_case:
                    cases += self._case()
                if not cases or len(cases) == 1:
                    self.strict_unexpected(self.start, "`switch`")
                if self.accept("->"):
                    self._arrow_branch(body)
                else:
                    self.expect(":")
                continue
            self.guarded(body)
        self.expect("}")
        return Switch(subject, tuple(cases), tuple(body), start, self.last_end)

    def _case(self) -> list[Expression]:
        """The values of a `case`."""
        values: list[Expression] = []
        while True:
            if self.kind is NAME and self.ahead() == "->":  # not a lambda
                values.append(Name(self.value, self.start, self.tokens.ends[self.position]))
                self.position += 1
            else:
                values.append(self.expression())
            if not self.accept(","):
                return values
            self.skip_lines()

    def _arrow_branch(self, body: list[Statement]) -> None:
        """What follows `case x ->`: a block or a statement."""
        self.skip_lines()
        if self.kind == "{":
            body += self.body()
        else:
            self.guarded(body)

    def switch_value(self) -> Expression:
        """A `switch` as a value: a closure that is called at once."""
        self.strict_unexpected(self.tokens.ends[self.position], "`switch` as a value")
        switch = self.read_switch()
        closure = ClosureLiteral(None, (switch,), switch.start, switch.end)
        return FunctionCall(closure, (), (), False, switch.start, switch.end)
