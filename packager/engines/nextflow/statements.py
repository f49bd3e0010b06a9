"""The parser of statements in functions, closures, processes and workflows; it continues after an error."""

from __future__ import annotations

from packager.engines.nextflow.control import MODIFIERS, SEPARATORS, ControlParser
from packager.engines.nextflow.cursor import MAX_DEPTH, SyntaxFaultError
from packager.engines.nextflow.lexing import (
    END,
    GSTRING_START,
    INTERPOLATION,
    LINE_END,
    NAME,
    NUMBER,
    STRING,
    SyntaxFault,
)
from packager.engines.nextflow.nested import KEYWORD
from packager.engines.nextflow.operands import ASSIGNING, STARTS_AN_ARGUMENT
from packager.engines.nextflow.syntax import (
    Assignment,
    Binary,
    Cast,
    Declaration,
    DynamicProperty,
    Expression,
    ExpressionStatement,
    Function,
    FunctionCall,
    GString,
    If,
    Import,
    Include,
    IncludedName,
    Index,
    Label,
    Leave,
    ListLiteral,
    Literal,
    Loop,
    MapEntry,
    Name,
    Property,
    Statement,
    Switch,
    Ternary,
    Try,
    TypedName,
    TypeName,
    Unary,
)
from packager.engines.nextflow.typenames import PRIMITIVES

_OPENERS = frozenset({"(", "[", "{", INTERPOLATION})
_CLOSERS = frozenset({")", "]", "}"})
# What may follow the arguments of a command in Groovy, the signs that may begin the last of them, and the values that are not called there.
_CHAINED = frozenset({NAME, STRING, GSTRING_START, NUMBER, "true", "false", "null"})
_MEMBERS = frozenset({"(", "[", ".", "?.", "*."})
_SIGNS = frozenset({"!", "~", "-", "+"})
_NOT_CALLED = (Binary, Cast)


class StatementParser(ControlParser):
    """Reads statements. An error ends only its statement; the parser continues at the next line.

    `may_nest`: a statement looks like the definition of a process.
    """

    may_nest = False

    def recover(self, error: SyntaxFaultError, depth: int) -> None:
        """Record an error, and step to the end of its statement: the end of the line, or the brace that closes the block."""
        self.faults.append(error.fault)
        self.depth = depth
        kinds = self.kinds
        nesting = 0
        while (kind := kinds[self.position]) is not END:
            if kind in _OPENERS:
                nesting += 1
            elif kind in _CLOSERS:
                if nesting == 0 and kind == "}":
                    return
                nesting = max(0, nesting - 1)
            elif nesting == 0 and kind in SEPARATORS:
                return
            self.position += 1

    def block_statements(self) -> tuple[Statement, ...]:
        """The statements up to a closing brace or the end; see `ExpressionParser`."""
        statements: list[Statement] = []
        while True:
            self.separators()
            if self.kind == "}" or self.kind is END:
                return tuple(statements)
            self.guarded(statements)

    def guarded(self, statements: list[Statement]) -> None:
        """Add one statement to `statements`, and read its end; an error is recorded."""
        depth, before = self.depth, self.position
        try:
            statements.append(self.statement())
            if self.kind == "," and isinstance(statements[-1], Assignment):
                # `a = b,` and the next statement: released pipelines have it, and Groovy accepts it.
                self.strict_unexpected(self.start, "a comma after a statement")
                self.position += 1
                return
            self.end_of_statement(statements[-1])
        except SyntaxFaultError as error:
            self.recover(error, depth)
            if self.position == before and self.kind != "}":
                self.position += 1

    def end_of_statement(self, statement: object = None) -> None:
        """Raise an error if something follows on the line; Groovy accepts it after a block."""
        if (
            isinstance(statement, (If, Loop, Try, Switch))
            and self.kind is NAME
            and self.kinds[self.position - 1] == "}"
        ):
            self.strict_unexpected(self.start, "code on the line of a block's end")
            return
        if self.kind not in SEPARATORS and self.kind not in ("}", END) and self.kinds[self.position - 1] != ":":
            raise self.unexpected()

    def statement(self) -> Statement:
        """One statement."""
        kind, start = self.kind, self.start
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise SyntaxFaultError(SyntaxFault(start, start, "the code is nested too deeply"))
        try:
            match kind:
                case "if":
                    return self.read_if()
                case "return":
                    self.position += 1
                    value = None if self._ends_here() else self.expression()
                    return Leave("return", value, start, self.last_end)
                case "throw":
                    self.position += 1
                    value = self.expression()
                    return Leave("throw", value, start, self.last_end)
                case "assert":
                    return self.read_assert()
                case "try":
                    return self.read_try()
                case "def":
                    return self._definition()
                case "(":
                    if self._assigns_multiple():
                        return self._multiple()
                case "import" | "@":
                    return self._groovy_only()
                case _ if kind is NAME:
                    return self._named()
            return self._simple()
        finally:
            self.depth -= 1

    def _ends_here(self) -> bool:
        return self.kind in SEPARATORS or self.kind in ("}", END)

    def _named(self) -> Statement:
        """A statement that begins with a name."""
        word, start = self.value, self.start
        ahead = self.ahead()
        if ahead == ":" and self.ahead(2) != ":":
            return self._label()
        if word == "include" and ahead in ("{", NAME, STRING):
            return self.include()
        if word == KEYWORD and ahead in (NAME, STRING, GSTRING_START):
            self.may_nest = True
            return self._simple()
        if word in ("for", "while") and ahead == "(":
            return self.read_loop()
        if word == "switch" and ahead == "(":
            return self.read_switch()
        if word in ("break", "continue") and (ahead in SEPARATORS or ahead == "}"):
            self.position += 1
            self.strict(f"`{word}` is a reserved word of Groovy", start, self.last_end, late=True)
            return Leave(word, None, start, self.last_end)
        if word in MODIFIERS and ahead in (NAME, "def"):
            while self.kind is NAME and self.value in MODIFIERS and self.ahead() in (NAME, "def"):
                self.position += 1
            self.strict_unexpected(self.tokens.starts[self.position + 1], f"`{word}`")
            return self._definition() if self.kind == "def" else self._declaration(start, self._declared_type())
        if word == "var" and ahead is NAME:
            self.position += 1
            self.strict_unexpected(self.tokens.starts[self.position + 1], "`var`")
            return self._declaration(start, None)
        if (word[:1].isupper() or word in PRIMITIVES or ahead == ".") and self._declares():
            return self._declaration(start, self.type_name())
        return self._simple()

    def _label(self) -> Statement:
        if self.value == "include":
            self.strict_unexpected(self.start, "the keyword `include` as a label")
        label = Label(self.value, self.start, self.tokens.ends[self.position])
        self.position += 2
        return label

    def _groovy_only(self) -> Statement:
        if self.kind == "@":
            self.position += 1
            self.expression()
            self.skip_lines()
            return self.statement()
        raise self.unexpected()

    # Declarations and assignments

    def _declares(self) -> bool:
        """Whether a type and a name follow on one line."""
        mark, depth = self.position, self.depth
        try:
            last = self.type_name().name.partition("<")[0].rpartition(".")[2]
            if (
                self.kind is not NAME
                or self.value == "in"
                or not (last[:1].isupper() or last.rstrip("[]") in PRIMITIVES)
            ):
                return False
            after = self.ahead()
        except SyntaxFaultError:
            return False
        else:
            return after in ("=", "}", ",", END) or after in SEPARATORS
        finally:
            self.position, self.depth = mark, depth

    def _declared_type(self) -> TypeName | None:
        if self.kind is not NAME or self.ahead() not in (NAME, "<", ".", "["):
            return None
        lower = not self.is_type_word()
        type_name = self.type_name()
        if lower:
            self.strict_unexpected(self.start, f"the type `{type_name.name}` in lower case")
        return type_name

    def _definition(self) -> Statement:
        """`def ...`: variables, or a function in a place where strict syntax does not allow it."""
        start = self.start
        self.expect("def")
        if self.kind == "(":
            return self._multiple(start)
        return self._declaration(start, self._declared_type())

    def _declaration(self, start: int, type_name: TypeName | None) -> Statement:
        at, end = self.start, self.tokens.ends[self.position]
        name = Name(self.declared_name(), at, end)
        if self.kind == "(":
            self.strict_unexpected(self.start, "a function inside another block")
            return self.function_rest(name, start)
        if self.kind == ":":
            self.legacy("the type of a variable after its name", self.start, self.tokens.ends[self.position])
            self.position += 1
            type_name = self.typed()
        value = None
        names = [name]
        if self.kind is LINE_END and self.ahead() == "=":
            self.position += 1
        if self.accept("="):
            self.skip_lines()
            value = self._assigned()
        while self.kind == ",":
            self.strict_unexpected(self.start, "more than one variable in a declaration")
            self.position += 1
            self.skip_lines()
            at, end = self.start, self.tokens.ends[self.position]
            names.append(Name(self.declared_name(), at, end))
            if self.accept("="):
                self.skip_lines()
                value = self._assigned()
        return Declaration(tuple(names), type_name, value, start, self.last_end)

    def _assigned(self) -> Expression:
        """The right side of `=`, which in Groovy may be an assignment itself."""
        return self.command_or_assignment()

    def command_or_assignment(self) -> Expression:
        """A value that in Groovy may be a command or an assignment itself."""
        value = self.expression()
        if self.kind in STARTS_AN_ARGUMENT:
            self.strict_unexpected(self.start, "a command as a value")
            value = self.command(value)
        return self.assignment_to(value) if self.kind in ASSIGNING else value

    def assignment_to(self, target: Expression) -> Expression:
        """`= value` after a target, which in Groovy is a value itself."""
        is_place = isinstance(target, (Name, Property, DynamicProperty, Index))
        if not is_place or (
            isinstance(target, Property) and isinstance(target.target, FunctionCall) and target.target.command
        ):
            raise self.unexpected()
        self.strict_unexpected(self.start, "an assignment as a value")
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise SyntaxFaultError(SyntaxFault(self.start, self.start, "the expression is nested too deeply"))
        self.position += 1
        self.skip_lines()
        value = self.command_or_assignment()
        self.depth -= 1
        return Binary("=", target, value, target.start, value.end)

    def function_rest(self, name: Name, start: int) -> Function:
        """A function from its parameters on."""
        self.expect("(")
        parameters = self.parameters(")")
        self.expect(")")
        if self.kind is NAME and self.value == "throws":
            self.strict_unexpected(self.start, "`throws`")
            while self.kind is NAME or self.kind in (".", ","):
                self.position += 1
        if self.kind == "->":
            self.legacy("the type of a function after its parameters", self.start, self.tokens.ends[self.position])
            self.position += 1
            self.typed()
        self.skip_lines()
        self.expect("{")
        body = self.block_statements()
        self.expect("}")
        return Function(name.name, parameters, body, start, self.last_end)

    def _assigns_multiple(self) -> bool:
        index = self.position + 1
        while self.kinds[index] is NAME and self.kinds[index + 1] == ",":
            index += 2
        return (
            index > self.position + 1
            and self.kinds[index] is NAME
            and self.kinds[index + 1] == ")"
            and self.kinds[index + 2] == "="
        )

    def _multiple(self, start: int | None = None) -> Statement:
        """`(a, b) = pair`, or with `start` the rest of `def (a, b) = pair`."""
        opened = self.start
        self.expect("(")
        names = []
        while True:
            if self.kind is NAME and self.ahead() is NAME:
                self.strict_unexpected(self.start, "a type before one of multiple variables")
                self.type_name()
            at, end = self.start, self.tokens.ends[self.position]
            names.append(Name(self.declared_name(), at, end))
            if self.kind == ":":
                self.legacy("the type of a variable after its name", self.start, self.tokens.ends[self.position])
                self.position += 1
                self.typed()
            if self.kind == ",":
                self.strict_line("the comma of a variable")
            if not self.accept(","):
                break
        if start is not None and len(names) == 1:
            self.strict_unexpected(self.start, "one variable in parentheses")
        self.expect(")")
        closed = self.last_end
        value = None
        if start is None or self.kind == "=":
            self.expect("=")
            self.skip_lines()
            value = self._assigned()
        if start is not None:
            return Declaration(tuple(names), None, value, start, self.last_end)
        assert value is not None
        return Assignment(ListLiteral(tuple(names), opened, closed), "=", value, opened, self.last_end)

    def _simple(self) -> Statement:
        """An expression, a command with its arguments, or an assignment."""
        start = self.start
        expression = self.command(self.expression())
        if self.kind == "," and isinstance(expression, Index) and not isinstance(expression.target, FunctionCall):
            # `x[0], [1]` is the command `x [0], [1]`.
            if not isinstance(expression.target, (Name, Property)):
                self.strict_unexpected(expression.target.end, "a command that does not begin with a name")
            self.position += 1
            self.skip_lines()
            first = ListLiteral(expression.items, expression.target.end, expression.end)
            arguments, named = self.arguments("")
            expression = FunctionCall(expression.target, (first, *arguments), named, True, start, self.last_end)
        if isinstance(expression, (Name, Property, DynamicProperty, Index)) and self._assigns():
            self.skip_lines()
            operator = self.kind
            self.position += 1
            self.skip_lines()
            value = self._assigned()
            return Assignment(expression, operator, value, start, self.last_end)
        if isinstance(expression, Ternary) and expression.start == start:
            self._check_nullable(expression)
        return ExpressionStatement(expression, start, self.last_end)

    def _assigns(self) -> bool:
        """Whether an assignment operator follows, perhaps on the next line."""
        index = self.position
        while self.kinds[index] is LINE_END:
            index += 1
        return self.kinds[index] in ASSIGNING

    def _check_nullable(self, choice: Ternary) -> None:
        """Note a statement `x instanceof List ? y : z`: the strict parser reads the command `x instanceof List?` with `y: z`."""
        then, before = choice.then, choice.condition
        if not isinstance(then, (Name, GString)) and not (isinstance(then, Literal) and not _is_number(then.value)):
            return
        while isinstance(before, Binary):
            before = before.right
        type_name = before.type if isinstance(before, Cast) else before
        if not isinstance(type_name, TypeName) or type_name.name in PRIMITIVES:
            return
        if self.tokens.text[before.end : then.start].strip(" \t") == "?":
            self.strict_unexpected(then.start, "a statement that begins with a type check and `?`")

    def command(self, head: Expression) -> Expression:
        """`head` with the arguments that follow it without parentheses, if there are any."""
        if not isinstance(head, FunctionCall):
            if self.kind not in STARTS_AN_ARGUMENT:
                return head
            if isinstance(head, _NOT_CALLED) and not _is_choice(head) and self.kinds[self.position - 1] != ")":
                raise self.unexpected()
            if not isinstance(head, (Name, Property)):  # Groovy calls other values too: `"name" x`
                self.strict_unexpected(self.start, "a command that does not begin with a name")
            if self.kind is NAME and self.ahead() in ("!", "~"):  # `a or !b`, which is `a.or(!b)`
                self.strict_unexpected(self.start, "a command without arguments")
                return self._chain(FunctionCall(head, (), (), True, head.start, head.end))
            arguments, named = self.arguments("")
            call = FunctionCall(head, arguments, named, True, head.start, self.last_end)
            return self._chain(call)
        if self.kind == "," and not head.command:
            # `path("*.png"), emit: x` is one command with its first argument in parentheses.
            self._check_first_argument(head)
            self.position += 1
            self.skip_lines()
            arguments, named = self.arguments("")
            everything = (*head.arguments, *arguments)
            call = FunctionCall(head.function, everything, (*head.named, *named), True, head.start, self.last_end)
            return self._chain(call)
        return self._chain(head)

    def _check_first_argument(self, call: FunctionCall) -> None:
        """Raise an error if the parentheses are not one value: Groovy also reads `tuple(val(a), path(b)), emit: c`."""
        if _has_one_value(call):
            return
        first = call.arguments[0] if call.arguments else None
        is_command = isinstance(first, FunctionCall) and not first.command and _has_one_value(first)
        if not is_command or any(entry.start < first.start for entry in call.named if first is not None):
            raise self.unexpected()
        self.strict_unexpected(self.start, "more than one value in parentheses before a comma")

    def _chain(self, call: FunctionCall) -> Expression:
        """`a b c d`, which Groovy reads as `a(b).c(d)`: the `from` and `into` of DSL1, `optional true`."""
        chained: Expression = call
        while self.kind in _CHAINED:
            written = self.tokens.text[self.start : self.tokens.ends[self.position]].partition("\n")[0]
            self.strict_unexpected(self.start, f"`{written[:40]}` after the arguments of a command")
            if self.kind is NAME:
                function: Expression = Property(chained, self.value, ".", call.start, self.tokens.ends[self.position])
                self.position += 1
            else:
                part = self.primary()
                function = DynamicProperty(chained, part, call.start, part.end)
            if self.kind in _MEMBERS:
                chained = self._postfix(function)
                if self.kind == "," and isinstance(chained, FunctionCall):  # `a b path("x"), emit: y`
                    self.position += 1
                    self.skip_lines()
                    arguments, named = self.arguments("")
                    chained = FunctionCall(
                        chained.function,
                        (*chained.arguments, *arguments),
                        (*chained.named, *named),
                        True,
                        call.start,
                        self.last_end,
                    )
                elif self.kind in STARTS_AN_ARGUMENT and not isinstance(chained, FunctionCall):
                    arguments, named = self.arguments("")
                    chained = FunctionCall(chained, arguments, named, True, call.start, self.last_end)
                continue
            if self.kind not in STARTS_AN_ARGUMENT and self.kind not in _SIGNS:
                return function
            arguments, named = self.arguments("")
            chained = FunctionCall(function, arguments, named, True, call.start, self.last_end)
        return chained

    # Imports and includes

    def read_import(self) -> Import:
        """A Groovy import."""
        start = self.start
        self.position += 1
        if self.kind is NAME and self.value == "static":
            self.strict_unexpected(self.tokens.starts[self.position + 1], "`import static`")
            self.position += 1
        else:
            self.strict(
                "Groovy's `import` is not part of the strict syntax", start, self.tokens.ends[self.position], late=True
            )
        name = ""
        while self.kind is NAME or self.kind in (".", "*", "as"):
            if self.kind == "*":
                self.strict_unexpected(self.start, "`*`")
            name = self.value
            self.position += 1
        if not name:
            raise self.unexpected("a class")
        return Import(name, start, self.last_end)

    def include(self, *, inside: bool = True) -> Include:
        """An include; only legacy scripts may have it `inside` another block."""
        start = self.start
        if inside:
            self.strict_unexpected(start, "an include inside another block")
        self.position += 1
        names: list[IncludedName] = []
        if self.accept("{"):
            self.separators()
            while self.kind != "}":
                if self.kind == "," and names:
                    self.faults.append(self.unexpected("`;` or a new line").fault)
                    self.position += 1
                else:
                    names.append(self._included_name())
                    if self.kind is NAME:
                        raise self.unexpected("`;` or a new line")
                self.separators()
            if not names:
                raise self.unexpected("a name")
            self.position += 1
        elif self.kind is NAME:
            self.strict_unexpected(self.start, "an include without braces")
            names.append(self._included_name())
        else:
            self.strict_unexpected(self.start, "an include without names")
        if self.accept("as"):  # `include { a } as b`
            self.strict_unexpected(self.last_end - 2, "`as` after the braces of an include")
            self.expect(NAME)
        before = self._include_options()
        self._skip_lines_of_include()
        if not names and self.kind is STRING:
            pass  # `include './module'` of early DSL2
        elif self.kind is NAME and self.value == "from":
            self.position += 1
            self._skip_lines_of_include()
        else:
            raise self.unexpected("`from`")
        if self.kind is not STRING:
            self.strict_unexpected(self.start, "an include whose source is not a plain string")
        source: Expression = self.expression()
        after = self._include_options()
        maps, params = (*before[0], *after[0]), (*before[1], *after[1])
        return Include(tuple(names), source, start, self.last_end, params, maps)

    def _line_ends_before(self, kind: str) -> bool:
        """Whether the next token is a line end, and the first one on the next line is of this kind."""
        index = self.position
        while self.kinds[index] is LINE_END:
            index += 1
        return index > self.position and self.kinds[index] == kind

    def _skip_lines_of_include(self) -> None:
        if self.kind is LINE_END:
            self.strict_unexpected(self.start, "a line end inside an include")
            self.skip_lines()

    def _include_options(self) -> tuple[tuple[Expression, ...], tuple[MapEntry, ...]]:
        """The arguments of `addParams(...)` and `params(...)`: the maps, and the entries."""
        maps: tuple[Expression, ...] = ()
        entries: tuple[MapEntry, ...] = ()
        while self.kind is NAME and self.value in ("addParams", "params") and self.ahead() == "(":
            self.strict_unexpected(self.start, f"`{self.value}` of an include")
            self.position += 2
            positional, named = self.arguments(")")
            maps, entries = (*maps, *positional), (*entries, *named)
            self.expect(")")
        return maps, entries

    def _included_name(self) -> IncludedName:
        name, start = self.value, self.start
        self.expect(NAME)
        alias = name
        if self._line_ends_before("as"):
            self.skip_lines()
            self.strict_unexpected(self.start, "a line end before `as` in an include")
        if self.accept("as"):
            self._skip_lines_of_include()
            alias = self.value
            self.expect(NAME)
        return IncludedName(name, alias, start, self.last_end)

    # Typed declarations

    def typed_name(self, what: str = "") -> TypedName:
        """`name`, `name: Type`, `name: Type = value` or `name = value`; `what` describes what a legacy parser does not read."""
        start = self.start
        name = self.declared_name()
        if what and self.kind == ":":
            self.legacy(what, start, self.tokens.ends[self.position])
        type_name = self.typed() if self.accept(":") else None
        value = None
        if self.accept("="):
            self.skip_lines()
            value = self.expression()
        return TypedName(name, type_name, value, start, self.last_end)


def _has_one_value(call: FunctionCall) -> bool:
    """Whether a call has one argument, so that its parentheses can be those of a value."""
    if len(call.arguments) != 1 or call.named:
        return False
    (argument,) = call.arguments
    return not (isinstance(argument, Unary) and argument.operator == "*")


def _is_choice(expression: Expression) -> bool:
    """Whether this is `a ?: b`."""
    return isinstance(expression, Binary) and expression.operator == "?:"


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
