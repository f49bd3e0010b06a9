"""The parser of expressions: operators by their precedence, and the members, indexes and calls that follow an operand."""

from __future__ import annotations

from packager.engines.nextflow.cursor import MAX_DEPTH, SyntaxFaultError
from packager.engines.nextflow.lexing import (
    GSTRING_START,
    LINE_END,
    NAME,
    STRING,
    SyntaxFault,
)
from packager.engines.nextflow.operands import ASSIGNING, NOT_MEMBERS, UNARY_BINDS, OperandParser
from packager.engines.nextflow.syntax import (
    Binary,
    Cast,
    ClosureLiteral,
    DynamicProperty,
    Expression,
    FunctionCall,
    GString,
    Index,
    ListLiteral,
    Literal,
    MapLiteral,
    Name,
    Property,
    Ternary,
    Unary,
)

# How strongly each operator binds (Groovy's documented precedence).
_PRECEDENCE = {
    "?": 1, "?:": 1, "||": 2, "&&": 3, "|": 4, "^": 5, "&": 6,
    "==": 7, "!=": 7, "<=>": 7, "===": 7, "!==": 7, "=~": 7, "==~": 7,
    "in": 8, "!in": 8, "instanceof": 8, "!instanceof": 8, "as": 8, "<": 8, ">": 8, "<=": 8, ">=": 8,
    "<<": 9, ">>": 9, ">>>": 9, "..": 9, "..<": 9, "<..": 9, "<..<": 9,
    "+": 10, "-": 10, "*": 11, "/": 11, "%": 11, "**": 13,
}  # fmt: skip
_UNARY = frozenset({"-", "+", "!", "~", "++", "--", "*"})
_NEVER_BEGIN_A_LINE = frozenset({"+", "-"})
_NOT_IN_STRICT = frozenset({"<..", "<..<", "===", "!=="})
_MEMBER = frozenset({".", "?.", "*.", ".&", ".@", "::"})


class ExpressionParser(OperandParser):
    """Reads expressions from tokens."""

    def expression(self, binding: int = 0) -> Expression:
        """An expression whose operators bind more strongly than `binding`."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise SyntaxFaultError(SyntaxFault(self.start, self.start, "the expression is nested too deeply"))
        kinds = self.kinds
        left = self._unary() if kinds[self.position] in _UNARY else self._postfix(self.primary())
        while True:
            index = self.position
            operator = kinds[index]
            if operator is LINE_END:
                while kinds[index] is LINE_END:
                    index += 1
                operator = kinds[index]
                if operator in _NEVER_BEGIN_A_LINE:
                    break
            if operator is NAME and self.tokens.values[index] == "in":
                operator = "in"
            power = _PRECEDENCE.get(operator)
            if power is None or power <= binding:
                break
            self.position = index + 1
            left = self._binary(operator, power, left, index)
        self.depth -= 1
        return left

    def _binary(self, operator: str, power: int, left: Expression, index: int) -> Expression:
        start = left.start
        if operator == ">":
            starts, kinds = self.tokens.starts, self.kinds
            while (
                len(operator) < 3
                and kinds[self.position] == ">"
                and starts[self.position] == starts[index] + len(operator)
            ):
                operator += ">"
                self.position += 1
            power = _PRECEDENCE[operator]
        if operator in _NOT_IN_STRICT:
            self.strict_unexpected(self.tokens.starts[index], f"`{operator}`")
        if operator in _NEVER_BEGIN_A_LINE and self.begins_line(index):  # in brackets, where Groovy ignores line ends
            self.strict_unexpected(self.tokens.starts[index], f"`{operator}` at the beginning of a line")
        if operator == "?":
            self.skip_lines()
            then = self.expression()
            if self.kind in ASSIGNING:
                then = self.assignment_to(then)
            self.skip_lines()
            self.expect(":")
            self.skip_lines()
            otherwise = self.expression(power - 1)
            return Ternary(left, then, otherwise, start, otherwise.end)
        if operator in ("as", "instanceof", "!instanceof"):
            self.skip_lines()
            type_name = self.type_name()
            if operator == "as":
                return Cast(type_name, left, start, type_name.end)
            return Binary(operator, left, type_name, start, type_name.end)
        self.skip_lines()
        right = self.expression(power - 1 if operator == "?:" else power)
        return Binary(operator, left, right, start, right.end)

    def _unary(self) -> Expression:
        operator, start = self.kind, self.start
        if operator == "*":
            self.strict_unexpected(start, "the spread operator `*`")
        self.position += 1
        operand = self.expression(UNARY_BINDS)
        return Unary(operator, operand, start, operand.end)

    def _postfix(self, target: Expression) -> Expression:  # noqa: C901 - one branch for each thing that may follow
        """Members, indexes, calls and closures that follow an operand."""
        kinds = self.kinds
        while True:
            kind = kinds[self.position]
            if kind in _MEMBER:
                target = self._member(target)
            elif kind == "(":
                if isinstance(target, (ListLiteral, MapLiteral)) or (
                    isinstance(target, Literal) and not isinstance(target.value, str)
                ):
                    self.strict_unexpected(self.start, "a call of a value that is not a function")
                target = self._call(target)
            elif kind == "[":
                self.position += 1
                if self.kind != "]" and self.begins_line(self.position):
                    self.strict_unexpected(self.last_end, "a line end or a comment before an index")
                items = self.items("]")
                if not items:  # `Object[]` as a value
                    self.strict_unexpected(self.last_end - 1, "an index without a value")
                target = Index(target, items, target.start, self.last_end)
            elif kind == "{" and self._takes_closure(target):
                closure = self.closure()
                target = _with_closure(target, closure)
            elif kind == "?" and self.ahead() == "[" and self.tokens.starts[self.position + 1] == self.start + 1:
                # `a?[0]` is a safe index; if a colon follows, it is the ternary `a ?[0] : b`.
                mark = self.position
                self.position += 2
                items = self.items("]")
                if kinds[self.position] == ":":
                    self.position = mark
                    return target
                self.strict_unexpected(self.start, "a safe index `?[`")
                target = Index(target, items, target.start, self.last_end)
            elif kind in ("++", "--") and isinstance(target, (Name, Property, Index, Literal, GString)):
                self.position += 1
                self.strict_unexpected(self.last_end, f"`{kind}` after a variable")
                target = Unary(kind, target, target.start, self.last_end)
            elif kind is LINE_END:
                index = self.position
                while kinds[index] is LINE_END:
                    index += 1
                if kinds[index] in _MEMBER:
                    self.position = index
                elif (
                    kinds[index] == "{"
                    and isinstance(target, FunctionCall)
                    and not target.command
                    and self.tokens.text[target.end - 1] == ")"
                ):
                    self.position = index
                    target = _with_closure(target, self.closure())
                else:
                    return target
            else:
                return target

    @staticmethod
    def _takes_closure(target: Expression) -> bool:
        """Whether a closure after `target` is its argument; Groovy calls strings too."""
        return isinstance(target, (Name, Property, DynamicProperty, FunctionCall, GString)) or (
            isinstance(target, Literal) and isinstance(target.value, str)
        )

    def _member(self, target: Expression) -> Expression:
        operator = self.kind
        at = self.position
        self.position += 1
        if operator in (".&", ".@", "::"):
            self.strict_unexpected(self.tokens.starts[at], f"`{operator}`")
        if self.kind == "@":
            self.position += 1
        if self.kind is LINE_END or self.begins_line(self.position):
            self.strict_unexpected(
                self.tokens.starts[at] if self.kind is LINE_END else self.start, "a line end after a dot"
            )
            self.skip_lines()
        kind = self.kind
        if kind is NAME:
            name, end = self.value, self.tokens.ends[self.position]
            self.position += 1
            if name in NOT_MEMBERS:
                self.strict_unexpected(self.last_end - len(name), f"the keyword `{name}` as a member")
            return Property(target, name, operator, target.start, end)
        if kind is STRING:
            name, end = self.value, self.tokens.ends[self.position]
            self.position += 1
            return Property(target, name, operator, target.start, end)
        if kind is GSTRING_START:
            self.strict_unexpected(self.start, "a computed member")
            dynamic = self.gstring()
            return DynamicProperty(target, dynamic, target.start, dynamic.end)
        if kind == "(":
            self.strict_unexpected(self.start, "a computed member")
            inner = self.parenthesized()
            return DynamicProperty(target, inner, target.start, inner.end)
        self.position = at
        start = target.start
        raise SyntaxFaultError(
            SyntaxFault(start, self.tokens.ends[at], "the expression is incomplete, expected a name after the dot")
        )

    def _call(self, function: Expression) -> FunctionCall:
        opened = self.start
        self.expect("(")
        arguments, named = self.arguments(")")
        self.close(")", opened)
        return FunctionCall(function, arguments, named, False, function.start, self.last_end)


def _with_closure(target: Expression, closure: ClosureLiteral) -> FunctionCall:
    if isinstance(target, FunctionCall) and not target.command:
        return FunctionCall(
            target.function, (*target.arguments, closure), target.named, False, target.start, closure.end
        )
    return FunctionCall(target, (closure,), (), False, target.start, closure.end)
