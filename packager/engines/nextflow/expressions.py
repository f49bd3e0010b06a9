"""The parser of expressions: operator precedence over tokens, with closures handed to the parser of statements."""

from __future__ import annotations

import re

from packager.engines.nextflow.cursor import MAX_DEPTH, SyntaxFaultError
from packager.engines.nextflow.lexing import (
    END,
    GSTRING_END,
    GSTRING_PATH,
    GSTRING_START,
    GSTRING_TEXT,
    INTERPOLATION,
    KEYWORDS,
    LINE_END,
    NAME,
    NUMBER,
    STRING,
    Fault,
)
from packager.engines.nextflow.syntax import (
    Binary,
    Call,
    Cast,
    Closure,
    DynamicProperty,
    Entry,
    Expression,
    GString,
    Index,
    ListLiteral,
    Literal,
    MapLiteral,
    Name,
    New,
    Parameter,
    Property,
    Statement,
    Ternary,
    TypeName,
    Unary,
)
from packager.engines.nextflow.typenames import PRIMITIVES, TypeParser

# How strongly each operator binds (Groovy's documented precedence), and whether a line may begin with it.
_PRECEDENCE = {
    "?": 1, "?:": 1, "||": 2, "&&": 3, "|": 4, "^": 5, "&": 6,
    "==": 7, "!=": 7, "<=>": 7, "===": 7, "!==": 7, "=~": 7, "==~": 7,
    "in": 8, "!in": 8, "instanceof": 8, "!instanceof": 8, "as": 8, "<": 8, ">": 8, "<=": 8, ">=": 8,
    "<<": 9, ">>": 9, ">>>": 9, "..": 9, "..<": 9, "<..": 9,
    "+": 10, "-": 10, "*": 11, "/": 11, "%": 11, "**": 13,
}  # fmt: skip
_UNARY = frozenset({"-", "+", "!", "~", "++", "--", "*"})
_UNARY_BINDS = 12
_POWER_BINDS = 13
_NEVER_BEGIN_A_LINE = frozenset({"+", "-"})
_NOT_IN_STRICT = frozenset({"<..", "===", "!=="})
ASSIGNING = frozenset({"=", "+=", "-=", "*=", "/=", "%=", "**=", "&=", "|=", "^=", "<<=", "?="})
_MEMBER = frozenset({".", "?.", "*.", ".&", ".@", "::"})
_FRACTION = re.compile(r"\d[\d_]*(?:[eE][+-]?\d+)?[gGdDfF]?")
_LITERALS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
# Words of Groovy that the strict parser takes for names, and then refuses as names.
RESERVED = frozenset(
    {
        "abstract", "break", "case", "class", "const", "continue", "default", "do", "extends", "final", "finally", "for", "goto",
        "implements", "interface", "native", "package", "private", "protected", "public", "static", "super", "switch",
        "synchronized", "this", "throws", "transient", "void", "volatile", "while",
    }
)  # fmt: skip
_STARTS_AN_ARGUMENT = frozenset(
    {NAME, NUMBER, STRING, GSTRING_START, "[", "true", "false", "null", "new", "{", "!", "~"}
)  # fmt: skip


class ExpressionParser(TypeParser):
    """Reads expressions from tokens."""

    def expression(self, binding: int = 0) -> Expression:
        """An expression whose operators bind more strongly than `binding`."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise SyntaxFaultError(Fault(self.start, self.start, "the expression is nested too deeply"))
        kinds = self.kinds
        left = self._unary() if kinds[self.position] in _UNARY else self._postfix(self._primary())
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
        if operator == "?":
            self.skip_lines()
            then = self.expression()
            self.skip_lines()
            self.expect(":")
            self.skip_lines()
            otherwise = self.expression(power - 1)
            return Ternary(left, then, otherwise, start, otherwise.end)
        if operator in ("as", "instanceof", "!instanceof"):
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
        operand = self.expression(_UNARY_BINDS)
        return Unary(operator, operand, start, operand.end)

    def _postfix(self, target: Expression) -> Expression:  # noqa: C901 - one branch for each thing that may follow
        """Members, indexes, calls and closures that follow an operand."""
        kinds = self.kinds
        while True:
            kind = kinds[self.position]
            if kind in _MEMBER:
                target = self._member(target)
            elif kind == "(":
                if isinstance(target, (Literal, GString, ListLiteral, MapLiteral)):
                    self.strict_unexpected(self.start, "a call of something that is no function")
                target = self._call(target)
            elif kind == "[":
                self.position += 1
                items = self._items("]")
                if not items:
                    raise SyntaxFaultError(
                        Fault(self.last_end - 1, self.last_end, "unexpected `]`, an index is expected here")
                    )
                target = Index(target, items, target.start, self.last_end)
            elif kind == "{" and isinstance(target, (Name, Property, Call)):
                closure = self.closure()
                target = _with_closure(target, closure)
            elif kind == "?" and self.ahead() == "[" and self.tokens.starts[self.position + 1] == self.start + 1:
                # `a?[0]` is a safe index; with a colon behind it, it was the ternary `a ?[0] : b`.
                mark = self.position
                self.position += 2
                items = self._items("]")
                if kinds[self.position] == ":":
                    self.position = mark
                    return target
                self.strict_unexpected(self.start, "a safe index `?[`")
                target = Index(target, items, target.start, self.last_end)
            elif kind in ("++", "--") and isinstance(target, (Name, Property, Index)):
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
                    and isinstance(target, Call)
                    and not target.command
                    and self.tokens.text[target.end - 1] == ")"
                ):
                    self.position = index
                    target = _with_closure(target, self.closure())
                else:
                    return target
            else:
                return target

    def _member(self, target: Expression) -> Expression:
        operator = self.kind
        at = self.position
        self.position += 1
        if operator in (".&", ".@", "::"):
            self.strict_unexpected(self.tokens.starts[at], f"`{operator}`")
        if self.kind == "@":
            self.position += 1
        if self.kind is LINE_END or "\n" in self.tokens.text[self.tokens.ends[at] : self.start]:
            self.strict_unexpected(
                self.tokens.starts[at] if self.kind is LINE_END else self.start, "a line end after a dot"
            )
            self.skip_lines()
        kind = self.kind
        if kind is NAME:
            name, end = self.value, self.tokens.ends[self.position]
            self.position += 1
            if name in _NO_MEMBER:
                self.strict_unexpected(self.last_end - len(name), f"the keyword `{name}` as a member")
            return Property(target, name, operator, target.start, end)
        if kind is STRING:
            name, end = self.value, self.tokens.ends[self.position]
            self.position += 1
            return Property(target, name, operator, target.start, end)
        if kind is GSTRING_START:
            dynamic = self._gstring()
            return DynamicProperty(target, dynamic, target.start, dynamic.end)
        if kind == "(":
            self.strict_unexpected(self.start, "a computed member")
            inner = self._parenthesized()
            return DynamicProperty(target, inner, target.start, inner.end)
        self.position = at
        start = target.start
        raise SyntaxFaultError(
            Fault(start, self.tokens.ends[at], "the expression is incomplete: a name must follow the dot")
        )

    def _call(self, function: Expression) -> Call:
        opened = self.start
        self.expect("(")
        arguments, named = self.arguments(")")
        self.close(")", opened)
        return Call(function, arguments, named, False, function.start, self.last_end)

    def arguments(self, closer: str) -> tuple[tuple[Expression, ...], tuple[Entry, ...]]:
        """Arguments up to a closing bracket, or (without one, `closer` being "") to the end of a command."""
        arguments: list[Expression] = []
        named: list[Entry] = []
        if closer:
            self.skip_lines()
        while not closer or self.kind != closer:
            entry = self.entry()
            if isinstance(entry, Entry):
                named.append(entry)
            else:
                arguments.append(entry)
            if closer:
                self.skip_lines()
            if not self.accept(","):
                break
            self.skip_lines()
        return tuple(arguments), tuple(named)

    def entry(self) -> Expression | Entry:
        """An element of a list or of arguments, or a `key: value`."""
        start = self.start
        kind = self.kind
        if kind == "*" and self.ahead() == ":":
            self.strict_unexpected(start, "the spread operator `*:`")
            self.position += 2
            spread = self.expression()
            return Unary("*", spread, start, spread.end)
        key: Expression
        if self.ahead() == ":" and (kind is NAME or kind in KEYWORDS):
            if kind in _NO_MEMBER:
                self.strict_unexpected(start, f"the keyword `{kind}` as a key")
            key = Literal(self.value, start, self.tokens.ends[self.position])
            self.position += 1
        else:
            key = self.expression()
            if self.kind == "=" and isinstance(key, Name):  # `f(x, by=1)`: Groovy assigns, and passes the value
                self.strict_unexpected(self.start, "an assignment as a value")
                self.position += 1
                value = self.expression()
                return Binary("=", key, value, start, value.end)
            if self.kind != ":":
                return key
            if kind != "(" and not isinstance(key, (Literal, GString)):
                self.strict_unexpected(self.start, "an expression without parentheses as a key")
        self.position += 1
        if self.kind is LINE_END:  # only in a command: in brackets there are no line ends
            self.strict_unexpected(self.start, "a line end after the colon")
            self.skip_lines()
        value = self.expression()
        return Entry(key, value, start, value.end)

    def _items(self, closer: str) -> tuple[Expression, ...]:
        """The expressions up to a closing bracket."""
        opened = self.last_end - 1
        items, named = self.arguments(closer)
        self.close(closer, opened, is_index=True)
        if named:
            raise SyntaxFaultError(Fault(named[0].start, named[0].end, "unexpected `:`"))
        return items

    def _primary(self) -> Expression:  # noqa: C901 - one branch for each kind of token
        kind, start = self.kind, self.start
        end = self.tokens.ends[self.position]
        if kind is NAME:
            name = self.value
            if name == "include":
                self.strict_unexpected(start, "the keyword `include` as a name")
            elif name in RESERVED:
                self.strict(f"`{name}` is a word of Groovy and no name", start, end, late=True)
            self.position += 1
            return Name(name, start, end)
        if kind is STRING:
            value = self.value
            self.position += 1
            return Literal(value, start, end)
        if kind is NUMBER:
            self.position += 1
            return Literal(_number(self.tokens.values[self.position - 1]), start, end)
        if kind is GSTRING_START:
            return self._gstring()
        if kind == "{":
            return self.closure()
        if kind == "[":
            return self._list_or_map()
        if kind == "(":
            return self._parenthesized()
        if kind in _LITERALS:
            self.position += 1
            return Literal(_LITERALS[kind], start, end)
        if kind == "new":
            return self._new()
        if kind == ".":  # `.5`
            if (
                self.ahead() is NUMBER
                and self.tokens.starts[self.position + 1] == end
                and _FRACTION.fullmatch(self.tokens.values[self.position + 1])
            ):
                self.position += 2
                return Literal(_number("0." + self.tokens.values[self.position - 1]), start, self.last_end)
        elif kind == "->":
            raise self.unexpected("an expression")
        raise self.unexpected()

    def _gstring(self) -> GString:
        start = self.start
        self.position += 1
        parts: list[str | Expression] = []
        while True:
            kind = self.kind
            if kind is GSTRING_TEXT:
                parts.append(self.value)
            elif kind is GSTRING_PATH:
                parts.append(_path(self.value, self.start + 1))
            elif kind is INTERPOLATION:
                self.position += 1
                self.skip_lines()
                if self.kind == "}":
                    self.strict_unexpected(self.start, "`${}` without an expression")
                else:
                    parts.append(self._interpolated())
                if self.kind in (LINE_END, ";"):
                    while self.kind in (LINE_END, ";"):
                        self.position += 1
                    self.strict_unexpected(self.start, "a line end or `;` before the `}` of a text")
                if self.kind != "}":
                    raise self.unexpected("`}`")
            elif kind is GSTRING_END:
                self.position += 1
                return GString(tuple(parts), start, self.last_end)
            else:
                raise self.unexpected()
            self.position += 1

    def _interpolated(self) -> Expression:
        if self.kind == "->":
            start = self.start
            self.position += 1
            body = self.expression()
            self.strict_unexpected(start, "a closure in a text")
            return body
        return self.expression()

    def _list_or_map(self) -> Expression:
        start = self.start
        self.position += 1
        if self.kind == ":":
            self.position += 1
            self.expect("]")
            return MapLiteral((), start, self.last_end)
        if self.kind == ",":
            raise self.unexpected("an element")
        items, entries = self.arguments("]")
        if entries and items and not all(isinstance(item, Unary) and item.operator == "*" for item in items):
            at = items[0].end if items[0].start > entries[0].start else entries[0].key.end
            raise SyntaxFaultError(Fault(at, at + 1, "a list cannot hold both values and `key: value`"))
        self.close("]", start)
        if entries:
            return MapLiteral(entries, start, self.last_end)
        return ListLiteral(items, start, self.last_end)

    def _parenthesized(self) -> Expression:
        start = self.start
        type_name = self._cast_type()
        if type_name is not None:
            if self.kind != "(":
                self.strict_unexpected(self.start, "a cast `(Type) value`")
            operand = self.expression(_UNARY_BINDS)
            return Cast(type_name, operand, start, operand.end)
        self.expect("(")
        inner = self.expression()
        self.skip_lines()
        if self.kind in ASSIGNING:
            self.strict_unexpected(self.start, "an assignment as a value")
            self.position += 1
            value = self.expression()
            inner = Binary("=", inner, value, inner.start, value.end)
        self.close(")", start)
        if self.kind == "->":
            raise self.unexpected()
        return inner

    def _cast_type(self) -> TypeName | None:
        """The type of a cast, if one opens here; it is then behind the next token."""
        index = self.position + 1
        kinds, values = self.kinds, self.tokens.values
        if kinds[index] is not NAME:
            return None
        while kinds[index] is NAME and kinds[index + 1] == ".":
            index += 2
        if kinds[index] is not NAME or not (values[index][:1].isupper() or values[index] in PRIMITIVES):
            return None
        mark = self.position
        self.position += 1
        try:
            type_name = self.type_name()
        except SyntaxFaultError:
            self.position = mark
            return None
        if (
            not self.accept(")")
            or (self.kind not in _STARTS_AN_ARGUMENT and self.kind != "(")
            or self.kind in ("{", "!", "~")
        ):
            self.position = mark
            return None
        if self.kind == "[" and self.tokens.starts[self.position] == self.last_end:  # `(X)[0]`
            self.position = mark
            return None
        return type_name

    def _new(self) -> Expression:
        start = self.start
        self.position += 1
        type_name = self.type_name(dimensions=False)
        if self.kind == "[":
            self.strict_unexpected(self.start, "an array")
            self.position += 1
            size = self._items("]")
            while self.accept("["):
                size += self._items("]")
            return New(type_name, size, (), start, self.last_end)
        self.expect("(")
        arguments, named = self.arguments(")")
        self.expect(")")
        if self.kind == "{":
            self.strict_unexpected(self.start, "an anonymous class")
            arguments += (self.closure(),)
        return New(type_name, arguments, named, start, self.last_end)

    # Closures

    def closure(self) -> Closure:
        """`{ ... }` as a value."""
        start = self.start
        self.expect("{")
        parameters = self._closure_parameters()
        body = self.block_statements()
        self.expect("}")
        return Closure(parameters, body, start, self.last_end)

    def _closure_parameters(self) -> tuple[Parameter, ...] | None:
        if not self._has_arrow():
            return None
        self.skip_lines()
        parameters = self.parameters("->")
        self.skip_lines()
        self.expect("->")
        return parameters

    def _has_arrow(self) -> bool:
        """Whether an arrow ends the parameters that would stand here."""
        depth = 0
        before = "{"
        for kind in self.kinds[self.position : self.position + 400]:
            if kind == "->" and depth == 0:
                return True
            if kind in ("(", "[", "{", INTERPOLATION):
                depth += 1
            elif kind in (")", "]", "}"):
                depth -= 1
                if depth < 0:
                    return False
            elif depth == 0 and (kind in (";", END) or (kind is LINE_END and before not in ("{", ",", LINE_END))):
                return False
            before = kind
        return False

    def parameters(self, closer: str) -> tuple[Parameter, ...]:
        """The parameters of a function or closure."""
        found: list[Parameter] = []
        self.skip_lines()
        while self.kind != closer:
            found.append(self._parameter())
            self.skip_lines()
            if not self.accept(","):
                break
            self.skip_lines()
            if self.kind == closer:
                self.strict_unexpected(self.start, "a comma after the last parameter")
        return tuple(found)

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
        name = self.value
        self.expect(NAME)
        if self.accept(":"):
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
        """The statements up to a closing brace; the parser of statements has them."""
        raise NotImplementedError  # pragma: no cover


_NO_MEMBER = frozenset({"assert", "catch", "else", "enum", "if", "new", "throw", "try"})


def _with_closure(target: Expression, closure: Closure) -> Call:
    if isinstance(target, Call) and not target.command:
        return Call(target.function, (*target.arguments, closure), target.named, False, target.start, closure.end)
    return Call(target, (closure,), (), False, target.start, closure.end)


def _path(text: str, start: int) -> Expression:
    """`a.b.c` in a text, after its `$`."""
    first, *rest = text.split(".")
    expression: Expression = Name(first, start, start + len(first))
    end = start + len(first)
    for part in rest:
        end += len(part) + 1
        expression = Property(expression, part, ".", start, end)
    return expression


def _number(text: str) -> int | float:
    lower = text.replace("_", "").lower()
    if len(lower) > 400:  # beyond any number; int() of it would be slow
        return float("inf")
    if lower.startswith(("0x", "0b")):
        return int(lower.rstrip("gli"), 0)
    kind = lower[-1:]
    digits = lower.rstrip("glidf")
    if kind in "df" or not digits.isdigit():
        return float(digits)
    return int(digits)
