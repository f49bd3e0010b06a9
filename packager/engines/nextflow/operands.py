"""The parser of operands: names, numbers, strings, lists, maps, casts and closures, with the arguments of calls.

Operators are read by `expressions`, the statements of a closure by `statements`.
"""

from __future__ import annotations

import re

from packager.engines.nextflow.closures import ClosureParser
from packager.engines.nextflow.cursor import MAX_DEPTH, SyntaxFaultError
from packager.engines.nextflow.lexing import (
    GSTRING_END,
    GSTRING_PATH,
    GSTRING_START,
    GSTRING_TEXT,
    INTERPOLATION,
    KEYWORDS,
    LINE_END,
    NAME,
    NUMBER,
    RESERVED,
    STRING,
    SyntaxFault,
)
from packager.engines.nextflow.syntax import (
    Cast,
    Expression,
    FunctionCall,
    GString,
    ListLiteral,
    Literal,
    MapEntry,
    MapLiteral,
    Name,
    New,
    Property,
    TypeName,
    Unary,
)
from packager.engines.nextflow.typenames import PRIMITIVES

UNARY_BINDS = 12  # how strongly a unary operator and a cast bind
ASSIGNING = frozenset({"=", "+=", "-=", "*=", "/=", "%=", "**=", "&=", "|=", "^=", "<<=", ">>=", ">>>=", "?="})
# Keywords that the strict parser does not accept as a member or a key.
NOT_MEMBERS = frozenset({"assert", "catch", "else", "enum", "if", "new", "throw", "try"})
STARTS_AN_ARGUMENT = frozenset(
    {NAME, NUMBER, STRING, GSTRING_START, "[", "true", "false", "null", "new", "{", "!", "~"}
)  # fmt: skip
_FRACTION = re.compile(r"\d[\d_]*(?:[eE][+-]?\d+)?[gGdDfF]?")
_BAD_OCTAL = re.compile(r"0[\d_]*[89][\d_]*[gGlLiI]?")
_OCTAL = re.compile(r"0[0-7]+")
_LITERALS: dict[str, bool | None] = {"true": True, "false": False, "null": None}


class OperandParser(ClosureParser):
    """Reads operands from tokens."""

    def arguments(self, closer: str) -> tuple[tuple[Expression, ...], tuple[MapEntry, ...]]:
        """Arguments up to a closing bracket; with an empty `closer`, up to the end of a command."""
        arguments: list[Expression] = []
        named: list[MapEntry] = []
        if closer:
            self.skip_lines()
        while not closer or self.kind != closer:
            entry = self.entry(first=closer == ")" and not arguments and not named, in_list=closer == "]")
            if isinstance(entry, MapEntry):
                named.append(entry)
            else:
                arguments.append(entry)
            if closer:
                self.skip_lines()
            comma = self.position
            if not self.accept(","):
                break
            self.skip_lines()
            if self.kind == closer and self.begins_line(comma):
                self.strict_unexpected(self.start, "a line end or a comment before the last comma")
        return tuple(arguments), tuple(named)

    def _on_one_line(self) -> bool:
        return "\n" not in self.tokens.text[self.last_end : self.start]

    def entry(self, *, first: bool = False, in_list: bool = False) -> Expression | MapEntry:
        """An element of a list or of arguments, or a `key: value`.

        `first`: Groovy accepts a command as the first argument. `in_list`: the strict parser reads a key in square brackets as a name.
        """
        start = self.start
        kind = self.kind
        if kind == "*" and self.ahead() == ":":
            self.strict_unexpected(start, "the spread operator `*:`")
            self.position += 2
            spread = self.expression()
            return Unary("*", spread, start, spread.end)
        key: Expression
        if self.ahead() == ":" and (kind is NAME or kind in KEYWORDS):
            self._check_word_as_key(in_list=in_list)
            key = Literal(self.value, start, self.tokens.ends[self.position])
            self.position += 1
        else:
            key = self.expression()
            if self.kind in ASSIGNING:  # `f(x, by=1)`: Groovy assigns, and passes the value
                return self.assignment_to(key)
            if first and self.kind in STARTS_AN_ARGUMENT and self.kind != "[" and self._on_one_line():
                self.strict_unexpected(self.start, "a command as a value")
                return self.command(key)
            if self.kind != ":":
                return key
            if kind != "(" and not isinstance(key, (Literal, GString)):
                self.strict_unexpected(self.start, "an expression without parentheses as a key")
        if self.begins_line(self.position):
            self.strict_unexpected(self.start, "a line end before the colon")
        self.position += 1
        if self.kind is LINE_END or self.begins_line(self.position):
            self.strict_unexpected(self.last_end, "a line end after the colon")
            self.skip_lines()
        value = self.expression()
        if self.kind in ASSIGNING:
            value = self.assignment_to(value)
        return MapEntry(key, value, start, value.end)

    def _check_word_as_key(self, *, in_list: bool) -> None:
        """Note a bare word that the strict parser does not accept as a key."""
        word, start = self.value, self.start
        if self.kind in NOT_MEMBERS:
            self.strict_unexpected(start, f"the keyword `{word}` as a key")
        elif in_list and word in RESERVED:
            self.strict(f"`{word}` is a reserved word of Groovy, write the key in quotes", start, late=True)
        elif in_list:
            self.strict_underscore(start)

    def items(self, closer: str) -> tuple[Expression, ...]:
        """The expressions up to a closing bracket."""
        opened = self.last_end - 1
        items, named = self.arguments(closer)
        self.close(closer, opened, is_index=True)
        if named:
            raise SyntaxFaultError(SyntaxFault(named[0].start, named[0].end, "unexpected `:`"))
        return items

    def primary(self) -> Expression:  # noqa: C901 - one branch for each kind of token
        """The operand that the next token begins."""
        kind, start = self.kind, self.start
        end = self.tokens.ends[self.position]
        if kind is NAME:
            if self.kinds[self.position + 1] == "->":
                return self.read_lambda()
            name = self.value
            if name == "include":
                self.strict_unexpected(start, "the keyword `include` as a name")
            elif name == "switch" and self.ahead() == "(":
                return self.switch_value()
            elif name in RESERVED:
                self.strict(f"`{name}` is a reserved word of Groovy", start, end, late=True)
            self.strict_underscore(start)
            self.position += 1
            return Name(name, start, end)
        if kind is STRING:
            value = self.value
            self.position += 1
            return Literal(value, start, end)
        if kind is NUMBER:
            self.position += 1
            written = self.tokens.values[self.position - 1]
            if _BAD_OCTAL.fullmatch(written):
                raise SyntaxFaultError(SyntaxFault(start, end, f"`{written}` is not an octal number"))
            return Literal(_number(written), start, end)
        if kind is GSTRING_START:
            return self.gstring()
        if kind == "{":
            return self.closure()
        if kind == "[":
            return self._list_or_map()
        if kind == "(":
            return self.parenthesized()
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

    def gstring(self) -> GString:
        """A string with interpolation."""
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
                if (self.kind is LINE_END and self.ahead() != "}") or self.begins_line(self.position):
                    self.strict_unexpected(self.start, "a line end or a comment after `${`")
                self.skip_lines()
                if self.kind == "}":
                    self.strict_unexpected(self.start, "`${}` without an expression")
                else:
                    parts.append(self._interpolated())
                if self.kind in (LINE_END, ";") or self.begins_line(self.position):
                    while self.kind in (LINE_END, ";"):
                        self.position += 1
                    self.strict_unexpected(self.start, "a line end or `;` before the `}` of a string")
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
            self.strict_unexpected(start, "a closure in a string")
            return body
        return self.value_in_brackets()

    def value_in_brackets(self) -> Expression:
        """A value in parentheses or in a string, where Groovy also reads `f(a), b: c`: a command whose first argument is in parentheses."""
        value = self.command_or_assignment()
        if self.kind == "," and isinstance(value, FunctionCall) and not value.command:
            self.strict_unexpected(self.start, "a command in parentheses")
            value = self.command(value)
        return value

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
            raise SyntaxFaultError(SyntaxFault(at, at + 1, "a list cannot have both values and `key: value`"))
        self.close("]", start)
        if entries:
            return MapLiteral(entries, start, self.last_end)
        return ListLiteral(items, start, self.last_end)

    def parenthesized(self) -> Expression:
        """An expression in parentheses, a cast, or a lambda with parameters in parentheses."""
        start = self.start
        if self.lambda_follows():
            return self.read_lambda()
        type_name = self._cast_type()
        if type_name is not None:
            if self.kind != "(":
                self.strict_unexpected(self.start, "a cast `(Type) value`")
            operand = self.expression(UNARY_BINDS)
            return Cast(type_name, operand, start, operand.end)
        self.expect("(")
        inner = self.value_in_brackets()
        self.skip_lines()
        self.close(")", start)
        if self.kind == "->":
            raise self.unexpected()
        return inner

    def _cast_type(self) -> TypeName | None:
        """The type of a cast that opens here, else None and nothing is read."""
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
            or (self.kind not in STARTS_AN_ARGUMENT and self.kind != "(")
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
            size = self.items("]")
            while self.accept("["):
                size += self.items("]")
            if not size and self.kind == "{":
                size = self._array_values()
            return New(type_name, size, (), start, self.last_end)
        self.expect("(")
        arguments, named = self.arguments(")")
        self.expect(")")
        if self.kind == "{":
            self.strict_unexpected(self.start, "an anonymous class")
            arguments += (self.closure(),)
        return New(type_name, arguments, named, start, self.last_end)

    def _array_values(self) -> tuple[Expression, ...]:
        """The values of `new int[] {1, 2}`, with those of inner arrays."""
        values: list[Expression] = []
        self.expect("{")
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise SyntaxFaultError(SyntaxFault(self.start, self.start, "the expression is nested too deeply"))
        self.skip_lines()
        while self.kind != "}":
            if self.kind == "{":
                values += self._array_values()
            else:
                values.append(self.expression())
            self.skip_lines()
            if not self.accept(","):
                break
            self.skip_lines()
        self.depth -= 1
        self.expect("}")
        return tuple(values)

    def command(self, head: Expression) -> Expression:
        """`head` with the arguments that follow it; see `StatementParser`."""
        raise NotImplementedError  # pragma: no cover

    def switch_value(self) -> Expression:
        """A `switch` as a value; see `ControlParser`."""
        raise NotImplementedError  # pragma: no cover


def _path(text: str, start: int) -> Expression:
    """`a.b.c` in a string, after its `$`."""
    first, *rest = text.split(".")
    expression: Expression = Name(first, start, start + len(first))
    end = start + len(first)
    for part in rest:
        end += len(part) + 1
        expression = Property(expression, part, ".", start, end)
    return expression


def _number(text: str) -> int | float:
    lower = text.replace("_", "").lower()
    if len(lower) > 400:  # too large for any use; `int` would be slow
        return float("inf")
    if lower.startswith(("0x", "0b")):
        return int(lower.rstrip("gli"), 0)
    kind = lower[-1:]
    digits = lower.rstrip("glidf")
    if kind not in "df" and _OCTAL.fullmatch(digits):
        return int(digits, 8)
    if kind in "df" or not digits.isdigit():
        return float(digits)
    return int(digits)
