"""The scopes of a Nextflow file: a walk through statements and expressions with the names that are defined in each place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from packager.engines.nextflow import builtins
from packager.engines.nextflow.lexing import RESERVED, SyntaxFault
from packager.engines.nextflow.syntax import (
    Assert,
    Assignment,
    Binary,
    Cast,
    ClosureLiteral,
    Declaration,
    DynamicProperty,
    Expression,
    ExpressionStatement,
    Function,
    FunctionCall,
    GString,
    If,
    Index,
    Leave,
    ListLiteral,
    Literal,
    Loop,
    MapLiteral,
    Name,
    New,
    Property,
    Statement,
    Switch,
    Ternary,
    Try,
    TypeName,
    Unary,
)

# The contexts, which have different names.
SCRIPT, FUNCTION, WORKFLOW, PROCESS, CONFIG, CONFIG_PROCESS = range(6)


@dataclass(slots=True)
class NameScope:
    """The variables of a block; in a `home`, an assignment without `def` declares its variable."""

    names: set[str] = field(default_factory=set)
    home: bool = False
    closure: bool = False


class ScopeWalker:
    """Walks a tree with the scopes that are open, innermost last."""

    def __init__(self, classes: set[str]) -> None:
        self.faults: list[SyntaxFault] = []
        self.callables: dict[str, str] = {}
        self.classes = classes
        self.scopes: list[NameScope] = []
        self.context = SCRIPT

    def fault(self, message: str, start: int, end: int, *, directive: str = "") -> None:
        """Record a fault, which only strict syntax has."""
        self.faults.append(SyntaxFault(start, end, message, strict=True, late=True, directive=directive))

    # Scopes

    def open_scope(self, scope: NameScope, context: int) -> int:
        """Enter a block; returns the context around it."""
        outer, self.context = self.context, context
        self.scopes.append(scope)
        return outer

    def close_scope(self, outer: int = SCRIPT) -> None:
        """Leave the innermost block."""
        self.scopes.pop()
        self.context = outer

    def _known(self, name: str) -> bool:
        return any(name in scope.names for scope in self.scopes)

    def declare(self, name: str, start: int, end: int) -> None:
        """Declare a variable in the innermost block."""
        if name != "it" and self._known(name):
            self.fault(f"`{name}` is already declared", start, end)
        if self.scopes:
            self.scopes[-1].names.add(name)

    def parameters(self, parameters: Iterable[object]) -> None:
        """Declare the parameters of a function or closure."""
        for parameter in parameters:
            default = getattr(parameter, "default", None)
            if default is not None:
                self.expression(default)
            self.declare(getattr(parameter, "name", ""), getattr(parameter, "start", 0), getattr(parameter, "end", 0))

    def _assign(self, target: Name) -> None:
        """An assignment to a bare name, which may declare it."""
        name = target.name
        if self._known(name):
            return
        for scope in reversed(self.scopes):
            if scope.home:
                if any(inner.closure for inner in self.scopes[self.scopes.index(scope) :]):
                    break
                scope.names.add(name)
                return
        if any(scope.closure for scope in self.scopes):
            self.fault(f"declare the variable `{name}` of the closure with `def`", target.start, target.end)
            self.scopes[0].names.add(name)
        else:
            self.fault(f"`{name}` is assigned but not declared", target.start, target.end)

    # Statements

    def block(self, statements: Iterable[Statement], scope: NameScope, context: int | None = None) -> None:
        """Statements in a block of their own."""
        outer = self.open_scope(scope, self.context if context is None else context)
        self.statements(statements)
        self.close_scope(outer)

    def statements(self, statements: Iterable[Statement]) -> None:
        """Statements, in order."""
        for statement in statements:
            self.statement(statement)

    def statement(self, statement: Statement) -> None:  # noqa: C901 - one branch for each kind of statement
        """One statement."""
        match statement:
            case ExpressionStatement():
                self.expression(statement.expression)
            case Assignment():
                self._assignment(statement)
            case Declaration():
                if statement.value is not None:
                    self.expression(statement.value)
                for name in statement.names:
                    self.declare(name.name, name.start, name.end)
            case If():
                branch = statement
                while True:  # `else if` chains can be long
                    self.expression(branch.condition)
                    self.block(branch.then, NameScope())
                    if len(branch.otherwise) == 1 and isinstance(branch.otherwise[0], If):
                        branch = branch.otherwise[0]
                        continue
                    self.block(branch.otherwise, NameScope())
                    break
            case Leave():
                if statement.value is not None:
                    self.expression(statement.value)
            case Assert():
                self.expression(statement.condition)
                if statement.message is not None:
                    self.expression(statement.message)
            case Try():
                self.block(statement.body, NameScope())
                for catch in statement.catches:
                    self.block(catch.body, NameScope({catch.name}))
                self.block(statement.final, NameScope())
            case Loop():
                self.block((*statement.before, *statement.body), NameScope())
            case Switch():
                self.expression(statement.subject)
                for case in statement.cases:
                    self.expression(case)
                self.block(statement.body, NameScope())
            case Function():
                self.block(statement.body, NameScope({parameter.name for parameter in statement.parameters}))
            case _:
                pass

    def _assignment(self, statement: Assignment) -> None:
        self.expression(statement.value)
        targets = statement.target.items if isinstance(statement.target, ListLiteral) else (statement.target,)
        for target in targets:
            if isinstance(target, Name):
                self._assign(target)
            elif not self._is_handler(target):
                self.expression(target)

    def _is_handler(self, target: Expression) -> bool:
        return isinstance(target, Property) and isinstance(target.target, Name) and target.target.name == "workflow"

    # Expressions

    def expression(self, expression: Expression) -> None:  # noqa: C901 - one branch for each kind of node
        """Look up everything that an expression uses, without recursion: chains can be long."""
        stack: list[Expression] = [expression]
        while stack:
            node = stack.pop()
            match node:
                case Name():
                    self.use(node)
                case Property():
                    if not self._is_qualified_class(node):
                        stack.append(node.target)
                case DynamicProperty():
                    stack += (node.name, node.target)
                case Index():
                    stack += (*reversed(node.items), node.target)
                case FunctionCall():
                    self._call(node, stack)
                case GString():
                    stack += [part for part in reversed(node.parts) if not isinstance(part, str)]
                case ListLiteral():
                    stack += reversed(node.items)
                case MapLiteral():
                    for entry in reversed(node.entries):
                        stack += (entry.value, entry.key)
                case Unary():
                    if node.operator in ("++", "--") and isinstance(node.operand, Name):
                        self._assign(node.operand)
                    else:
                        stack.append(node.operand)
                case Binary():
                    if node.operator == "|":
                        self._piped(node.right, stack)
                    else:
                        stack.append(node.right)
                    stack.append(node.left)
                case Ternary():
                    stack += (node.otherwise, node.then, node.condition)
                case Cast():
                    self._type(node.type, node.start)
                    stack.append(node.operand)
                case New():
                    self._type(node.type, node.start)
                    stack += reversed(node.arguments)
                    stack += [entry.value for entry in reversed(node.named)]
                case ClosureLiteral():
                    self._closure(node)
                case _:
                    pass

    def _piped(self, right: Expression, stack: list[Expression]) -> None:
        """The right side of a pipe, which is called: an operator, a process, a workflow, or a call of these."""
        if isinstance(right, Name) and not self._known(right.name):
            self._use_callable(right)
        else:
            stack.append(right)

    def _closure(self, closure: ClosureLiteral) -> None:
        self.scopes.append(NameScope(closure=True))
        if closure.parameters is None:
            self.scopes[-1].names.add("it")
        else:
            self.parameters(closure.parameters)
        self.statements(closure.body)
        self.scopes.pop()

    def _call(self, call: FunctionCall, stack: list[Expression]) -> None:
        function = call.function
        word = function.name if isinstance(function, (Name, Property)) else ""
        # The stack returns first what is pushed last: the function, then its arguments in order.
        stack += [entry.value for entry in reversed(call.named)]
        for argument in reversed(call.arguments):
            if word in ("set", "tap") and isinstance(argument, ClosureLiteral) and (name := _only_name(argument)):
                self._set(name)
            else:
                stack.append(argument)
        if isinstance(function, Name):
            self._use_callable(function)
        elif isinstance(function, Literal):  # `"name" { ... }`
            self._use_callable(Name(str(function.value), function.start, function.end))
        elif not isinstance(function, Property):
            stack.append(function)
        elif not self._is_qualified_class(function):
            stack.append(function.target)

    def _set(self, name: Name) -> None:
        for scope in reversed(self.scopes):
            if scope.home:
                scope.names.add(name.name)
                return

    def use(self, name: Name) -> None:
        """Look up a name that is used as a value."""
        word = name.name
        if word in RESERVED or self._known(word) or word in builtins.CLASSES or word in self.classes:
            return
        if self.context in (CONFIG, CONFIG_PROCESS):
            in_closure = any(scope.closure for scope in self.scopes)
            if word in builtins.CONFIG_VARIABLES or (in_closure and self.context == CONFIG_PROCESS):
                return
            if in_closure and (word in builtins.VARIABLES or word in builtins.FUNCTIONS):
                return
        elif (
            word in builtins.VARIABLES
            or word in self.callables
            or word in builtins.FUNCTIONS
            or (self.context == PROCESS and word in ("task", "template"))
            or (self.context == WORKFLOW and word in builtins.OPERATORS)
        ):
            return
        if word in builtins.PACKAGES:
            return
        self.fault(f"`{word}` is not defined", name.start, name.end)

    def _use_callable(self, name: Name) -> None:
        """Look up a name that is called."""
        word = name.name
        if word in ("this", "super"):
            return
        if self.context in (CONFIG, CONFIG_PROCESS):
            in_closure = any(scope.closure for scope in self.scopes)
            if word in builtins.CONFIG_FUNCTIONS or (in_closure and word in builtins.FUNCTIONS):
                return
        elif (
            word in self.callables
            or word in builtins.FUNCTIONS
            or (self.context == PROCESS and word == "template")
            or (self.context == WORKFLOW and word in builtins.OPERATORS)
        ):
            kind = self.callables.get(word)
            if kind in ("process", "workflow") and self.context != WORKFLOW:
                self.fault(f"the {kind} `{word}` can only be called from a workflow", name.start, name.end)
            return
        if self._known(word) and self.context == CONFIG_PROCESS:
            return
        self.fault(f"`{word}` is not defined", name.start, name.end)

    def _type(self, type_name: TypeName, start: int) -> None:
        word = type_name.name.partition("<")[0].rstrip("?[]")
        if "." in word or word in builtins.CLASSES or word in self.classes or not word[:1].isupper():
            return
        self.fault(f"the class `{word}` is not defined", start, type_name.end)

    def _is_qualified_class(self, node: Property) -> bool:
        """Whether this is `package.Class`, or a member of such a class."""
        target: Expression = node
        while isinstance(target, Property):
            target = target.target
        return (
            isinstance(target, Name)
            and target.name in builtins.PACKAGES
            and not self._known(target.name)
            and target.name != "nextflow"
        )


def _only_name(closure: ClosureLiteral) -> Name | None:
    if len(closure.body) == 1 and isinstance(closure.body[0], ExpressionStatement):
        expression = closure.body[0].expression
        if isinstance(expression, Name):
            return expression
    return None
