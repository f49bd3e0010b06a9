"""The parser of closures, and of the parameters that they and functions have."""

from __future__ import annotations

from packager.engines.nextflow.lexing import END, INTERPOLATION, LINE_END, NAME, NUMBER, STRING
from packager.engines.nextflow.syntax import ClosureLiteral, Expression, ExpressionStatement, Parameter, Statement
from packager.engines.nextflow.typenames import TypeParser

_ARROW_WITHIN = 400  # tokens that the parameters of a closure may have
_IN_LAMBDA_PARAMETERS = frozenset(
    {NAME, NUMBER, STRING, LINE_END, ",", "=", ".", "<", ">", "?", "def", "null", "true", "false", "..."}
)


class ClosureParser(TypeParser):
    """Reads closures from tokens."""

    def expression(self, binding: int = 0) -> Expression:
        """An expression; see `ExpressionParser`."""
        raise NotImplementedError  # pragma: no cover

    def closure(self) -> ClosureLiteral:
        """A closure, `{ ... }`."""
        start = self.start
        self.expect("{")
        parameters = self._closure_parameters()
        body = self.block_statements()
        self.expect("}")
        return ClosureLiteral(parameters, body, start, self.last_end)

    def lambda_follows(self) -> bool:
        """Whether a lambda of Java begins here: `x -> ...` or `(x, y) -> ...`."""
        kinds = self.kinds
        index = self.position
        if kinds[index] is NAME:
            return kinds[index + 1] == "->"
        depth = 0
        for kind in kinds[index : index + _ARROW_WITHIN]:
            if kind in ("(", "["):
                depth += 1
            elif kind in (")", "]"):
                depth -= 1
                if depth == 0:
                    return self.ahead(index - self.position + 1) == "->"
            elif kind not in _IN_LAMBDA_PARAMETERS:
                return False
            index += 1
        return False

    def read_lambda(self) -> ClosureLiteral:
        """A lambda of Java, which only Groovy has."""
        start = self.start
        parameters: tuple[Parameter, ...]
        if self.kind is NAME:
            name, end = self.value, self.tokens.ends[self.position]
            self.position += 1
            parameters = (Parameter(name, None, None, start, end),)
            at = self.start
        else:
            self.expect("(")
            at = self.start
            if self.ahead() == ",":  # where the strict parser stops to read an expression in parentheses
                at = self.tokens.starts[self.position + 1]
            parameters = self.parameters(")")
            self.expect(")")
        self.strict_unexpected(at, "a lambda `->` without braces")
        self.expect("->")
        self.skip_lines()
        if self.accept("{"):
            body = self.block_statements()
            self.expect("}")
        else:
            value = self.command_or_assignment()
            body = (ExpressionStatement(value, value.start, value.end),)
        return ClosureLiteral(parameters, body, start, self.last_end)

    def command_or_assignment(self) -> Expression:
        """What Groovy reads as a value; see `StatementParser`."""
        raise NotImplementedError  # pragma: no cover

    def assignment_to(self, target: Expression) -> Expression:
        """An assignment as a value, which only Groovy has; see `StatementParser`."""
        raise NotImplementedError  # pragma: no cover

    def _closure_parameters(self) -> tuple[Parameter, ...] | None:
        if self.kind == "(" or not self._has_arrow():  # `{ (a, b) -> a }` holds a lambda
            return None
        self.skip_lines()
        parameters = self.parameters("->")
        self.skip_lines()
        self.expect("->")
        return parameters

    def _has_arrow(self) -> bool:
        """Whether an arrow follows, so that parameters begin here."""
        depth = 0
        before = "{"
        line_ended = False  # after the last parameter, only the arrow may follow on another line
        for kind in self.kinds[self.position : self.position + _ARROW_WITHIN]:
            if kind == "->" and depth == 0:
                return True
            if line_ended and kind is not LINE_END:
                return False
            if kind in ("(", "[", "{", INTERPOLATION):
                depth += 1
            elif kind in (")", "]", "}"):
                depth -= 1
                if depth < 0:
                    return False
            elif depth == 0 and kind in (";", END):
                return False
            elif depth == 0 and kind is LINE_END and before not in ("{", ","):
                line_ended = True
            if kind is not LINE_END:
                before = kind
        return False

    def parameters(self, closer: str) -> tuple[Parameter, ...]:
        """The parameters of a function or closure."""
        parameters: list[Parameter] = []
        self.skip_lines()
        while self.kind != closer:
            parameters.append(self._parameter())
            self.skip_lines()
            if self.kind == ",":
                self.strict_line("the comma of a parameter")
            if not self.accept(","):
                break
            self.skip_lines()
            if self.kind == closer:
                raise self.unexpected("a parameter")
        return tuple(parameters)

    def _parameter(self) -> Parameter:
        start = self.start
        self.accept("def")
        if self.kind is NAME and self.value in ("final", "var") and self.ahead() is NAME:
            self.position += 1
            self.strict_unexpected(self.start, "`final`")
        type_name = None
        if self.kind is NAME and not self._parameter_name_here():
            lower = not self.is_type_word()
            type_name = self.type_name()
            if lower:
                self.strict_unexpected(self.start, f"the type `{type_name.name}` in lower case")
        if self.kind == "...":
            self.strict_unexpected(self.start, "`...`")
            self.position += 1
        name = self.declared_name()
        if self.kind == ":":
            self.legacy("the type of a parameter after its name", self.start, self.tokens.ends[self.position])
            self.position += 1
            type_name = self.typed()
        end = self.last_end
        default = None
        if self.accept("="):
            self.skip_lines()
            default = self.expression()
            end = default.end
        return Parameter(name, type_name, default, start, end)

    def _parameter_name_here(self) -> bool:
        return self.ahead() not in (NAME, ".", "<", "[", "...")

    def block_statements(self) -> tuple[Statement, ...]:
        """The statements up to a closing brace; see `StatementParser`."""
        raise NotImplementedError  # pragma: no cover
