"""What the channels in a workflow are made of: its statements, read in order, without values.

A value is what it may be made of: outputs of calls, inputs (`take:`), parameters. Operators pass channels on; what passes through a
function that cannot be read is kept, but marked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Protocol

from packager.engines.call_graph import UNKNOWN_SOURCE, Ref, Refs, is_main_input, main_input
from packager.engines.nextflow import builtins
from packager.engines.nextflow.captures import captures_of
from packager.engines.nextflow.syntax import (
    Assignment,
    Binary,
    Cast,
    ClosureLiteral,
    Declaration,
    DynamicProperty,
    Expression,
    ExpressionStatement,
    FunctionCall,
    GString,
    If,
    Index,
    Leave,
    ListLiteral,
    Literal,
    Loop,
    MapEntry,
    MapLiteral,
    Name,
    New,
    Property,
    Statement,
    Switch,
    Ternary,
    Try,
    TypedName,
    Unary,
)

MAX_STEPS = 500_000  # expressions, and parts of values, of all workflows of a pipeline: about two seconds
_MAX_DEPTH = 150  # of expressions in expressions, those of called functions included
_MAX_DECIDING = 20  # values that decide whether a call runs; more say nothing to a reader
# Factories, and operators of earlier versions.
_PASSING = builtins.OPERATORS | {
    "bind", "choice", "close", "countBy", "create", "cross", "empty", "fork", "from", "fromFilePairs", "fromLineage", "fromList",
    "fromPath", "fromSRA", "groupBy", "interval", "into", "of", "phase", "separate", "spread", "times", "toDouble", "toFloat",
    "toLong", "value", "watchPath",
}  # fmt: skip
_NAMING = frozenset({"set", "tap", "into", "separate", "choice"})  # they assign the channel to names
_SHOWING = frozenset({"dump", "subscribe", "view"})  # they pass the channel on, whatever their arguments are
_RECURSION = frozenset({"recurse", "scan"})
_LOOPS = frozenset({"each", "eachWithIndex", "times"})  # methods of Groovy that run a closure, which may call processes
_WITHOUT_PARTS = frozenset({Literal, str})  # expressions that are made of no channel
_PLAIN = builtins.VARIABLES | builtins.FUNCTIONS | {"task", "it", "this", "super"}


class Callables(Protocol):
    """What the names in a script mean."""

    def define(self, start: int) -> bool:
        """Note the process that the command at a place of the script defines; False if it defines none."""

    def is_callable(self, name: str) -> bool:
        """Whether a name is a process or a workflow."""

    def call(self, name: str, arguments: Sequence[Refs], node: Expression) -> Refs:
        """Note a call of a process or workflow, and return its outputs."""

    def outputs(self, name: str) -> tuple[str, ...] | None:
        """The names of the outputs of what was called under a name; None if they are unknown."""

    def apply(self, name: str, arguments: Sequence[Refs], reader: ChannelReader) -> Refs | None:
        """The result of a function; None if it cannot be read."""


@dataclass(slots=True)
class Variables:
    """The variables of a block, with those around it."""

    outer: Variables | None = None
    own: dict[str, Refs] = field(default_factory=dict)

    def get(self, name: str) -> Refs | None:
        """What a variable is made of; None if it is unknown."""
        scope: Variables | None = self
        while scope is not None:
            if name in scope.own:
                return scope.own[name]
            scope = scope.outer
        return None


@dataclass(slots=True)
class Budget:
    """The steps that are left for reading a pipeline: without any, values are unknown."""

    left: int = MAX_STEPS


def _alternatives(statement: If) -> tuple[list[Expression], list[Sequence[Statement]]]:
    """The conditions and the bodies of an `if`, of which a run takes one, without recursion: chains of `else if` can be long."""
    conditions = [statement.condition]
    bodies: list[Sequence[Statement]] = [statement.then]
    rest: Sequence[Statement] = statement.otherwise
    while len(rest) == 1 and isinstance(rest[0], If):
        conditions.append(rest[0].condition)
        bodies.append(rest[0].then)
        rest = rest[0].otherwise
    return conditions, [*bodies, rest]


class ChannelReader:
    """Reads the statements of a workflow or function.

    `loops` is above 0 inside of code that may run many times; `deciding` is what decides whether, or how often, the code runs.
    """

    def __init__(
        self, callables: Callables, variables: Variables, budget: Budget, caller: ChannelReader | None = None
    ) -> None:
        self._callables = callables
        self.variables = variables
        self.budget = budget
        self.depth: int = caller.depth if caller is not None else 0
        self.loops: int = caller.loops if caller is not None else 0
        self.deciding: Refs = caller.deciding if caller is not None else ()
        self._testing = False  # a condition is read: its methods only look at a value
        self.returned: list[Refs] = []

    # Statements

    def run(self, statements: Iterable[Statement | object]) -> Refs:
        """Read statements; the value of the last one."""
        last: Refs = ()
        for statement in statements:
            last = self._statement(statement)
        return last

    def _statement(self, statement: object) -> Refs:
        if type(statement) is ExpressionStatement:
            return self.value(statement.expression)
        match statement:
            case Declaration(names=names, value=value):
                made = self.value(value) if value is not None else ()
                for name in names:
                    self.variables.own[name.name] = made
                return made
            case Assignment(target=target, operator=operator, value=value):
                return self._assign(target, operator, self.value(value))
            case TypedName(name=name, value=value) if value is not None:
                self.variables.own[name] = self.value(value)
                return self.variables.own[name]
            case Leave(word="return", value=value):
                self.returned.append(self.value(value) if value is not None else ())
                return self.returned[-1]
            case _:
                return self._block(statement)

    def _block(self, statement: object) -> Refs:
        match statement:
            case If():
                conditions, bodies = _alternatives(statement)
                return self._branches(bodies, [self._test(condition) for condition in conditions])
            case Switch(subject=subject, body=body):
                return self._branches((body, ()), (self._test(subject),))
            case Loop(before=before, body=body):
                self.loops += 1
                deciding = (self.union(*map(self._statement, before)),)
                made = self._branches((body, ()), deciding)
                made = self.union(made, self._branches((body, ()), deciding))  # with what the first time assigned
                self.loops -= 1
                return made
            case Try(body=body, catches=catches, final=final):
                made = self.run(body)
                self._branches(([part for caught in catches for part in caught.body], ()))
                self.run(final)
                return made
            case _:
                return ()

    def _test(self, condition: Expression) -> Refs:
        """What a condition is made of."""
        outer, self._testing = self._testing, True
        made = self.value(condition)
        self._testing = outer
        return made

    def _decide(self, by: Refs) -> None:
        """Add what decides whether the code that follows runs."""
        if len(self.deciding) < _MAX_DECIDING:
            self.deciding = self.union(self.deciding, tuple(ref for ref in by if ref != UNKNOWN_SOURCE))

    def _branches(self, branches: Sequence[Sequence[Statement]], conditions: Sequence[Refs] = ()) -> Refs:
        """Read alternatives, each with what decides on it; a variable is then what any of them assigned, or what it was before."""
        outer, deciding = self.variables, self.deciding
        values: list[Refs] = []
        assigned: dict[str, list[Refs]] = {}
        for number, branch in enumerate(branches):
            if number < len(conditions):
                self._decide(conditions[number])
            self.variables = Variables(outer)
            values.append(self.run(branch))
            for name, value in self.variables.own.items():
                assigned.setdefault(name, []).append(value)
        self.variables, self.deciding = outer, deciding
        for name, parts in assigned.items():
            before = outer.get(name) if len(parts) < len(branches) else None
            outer.own[name] = self.union(*([before] if before is not None else []), *parts)
        return self.union(*values)

    def _assign(self, target: Expression, operator: str, value: Refs) -> Refs:
        match target:
            case Name(name=name):
                before = self.variables.get(name) if operator != "=" else None
                self.variables.own[name] = self.union(before or (), value)
            case ListLiteral(items=items):
                for item in items:
                    self._assign(item, operator, value)
            case (
                Property(target=Name(name=name))
                | Index(target=Name(name=name))
                | DynamicProperty(target=Name(name=name))
            ):
                before = self.variables.get(name)
                if before is not None:
                    self.variables.own[name] = self.union(before, value)
            case _:
                pass
        return value

    # Values

    def union(self, *values: Refs) -> Refs:
        """All that any of the values is made of."""
        values = tuple(filter(None, values))
        if len(values) < 2:
            return values[0] if values else ()
        united = dict.fromkeys(chain.from_iterable(values))
        self.budget.left -= len(united)
        return tuple(united)

    def value(self, expression: Expression | MapEntry | str) -> Refs:
        """What an expression is made of."""
        budget = self.budget
        budget.left -= 1
        if self.depth > _MAX_DEPTH or budget.left < 0:
            return (UNKNOWN_SOURCE,)
        links: list[Any] = []  # from the outermost to the innermost: chains may be long
        node = expression
        while (inner := _target(node)) is not None:
            links.append(node)
            node = inner
        self.depth += 1
        made = () if type(node) is Literal else self._operand(node)
        while links:
            made = self._further(links.pop(), made)
        self.depth -= 1
        return made

    def _all(self, expressions: Iterable[Expression | MapEntry | str]) -> Refs:
        values = [self.value(part) for part in expressions if type(part) not in _WITHOUT_PARTS]
        return self.union(*values) if values else ()

    def _operand(self, node: object) -> Refs:
        if type(node) is Name:
            return self._name(node.name)
        match node:
            case FunctionCall(function=Name(name=name)):
                return self._call(name, node)
            case Ternary(condition=condition, then=then, otherwise=otherwise):
                deciding = self.deciding
                self._decide(self._test(condition))
                made = self._all((then, otherwise))
                self.deciding = deciding
                return made
            case ListLiteral(items=items):
                return self._all(items)
            case MapLiteral(entries=entries):
                return self._all(entry.value for entry in entries)
            case MapEntry(value=value):
                return self.value(value)
            case GString(parts=parts):
                return self._all(parts)
            case Cast(operand=operand) | Unary(operand=operand):
                return self.value(operand)
            case New(arguments=arguments):
                return unsure(self._all(arguments))
            case ClosureLiteral():
                return self._captured(node)
            case _:
                return ()

    def _captured(self, closure: ClosureLiteral) -> Refs:
        """What a closure uses of the code around it, and may put into what it makes."""
        captures = captures_of(closure)
        self.budget.left -= captures.steps
        variables = (self.variables.get(name) or () for name in captures.variables)
        return self.union(*variables, tuple(map(main_input, captures.parameters)))

    def _name(self, name: str) -> Refs:
        made = self.variables.get(name)
        if made is not None:
            return made
        if self._callables.is_callable(name):
            return self._outputs(name)
        if name == "params":
            return (main_input(""),)
        if name in _PLAIN or name[:1].isupper() or name in builtins.PACKAGES:
            return ()
        return () if self._callables.apply(name, (), self) is not None else (UNKNOWN_SOURCE,)

    def _outputs(self, name: str) -> Refs:
        outputs = self._callables.outputs(name)
        return (Ref(name, outputs[0] if outputs is not None and len(outputs) == 1 else ""),)

    def _further(self, node: Any, target: Refs) -> Refs:
        """The value of an expression that begins with another one."""
        kind = type(node)
        if kind is FunctionCall and type(node.function) is Property:
            return self._method(node.function.name, node, target)
        if kind is Property:
            return self._property(node, target)
        match node:
            case Index(target=Name(name="params"), items=(Literal(value=str(name)),)):
                return (main_input(name),)
            case Index(items=(Literal(value=int(number)),)):
                return tuple(self._numbered(ref, number) for ref in target)
            case Binary(operator="|", left=left, right=right):
                if (
                    isinstance(left, Name)
                    and self.variables.get(left.name) is None
                    and self._callables.is_callable(left.name)
                ):
                    target = self._callables.call(left.name, (), left)
                return self._pipe(right, target)
            case Binary(operator="=", left=left, right=right):
                return self._assign(left, "=", self.value(right))
            case Binary(right=right):
                return self.union(target, self.value(right)) if not isinstance(right, ClosureLiteral) else target
            case FunctionCall(arguments=arguments):
                return unsure(self.union(target, self._all(arguments)))
            case _:
                return target

    def _property(self, node: Property, target: Refs) -> Refs:
        if type(node.target) is Name and node.target.name == "params":
            return (main_input(node.name),)
        for ref in target:
            if not ref.name:
                return tuple(dict.fromkeys([self._member(ref, node.name) for ref in target]))
        return target

    def _member(self, ref: Ref, name: str) -> Ref:
        """`.name` of all outputs of a call; of a channel, a part of it."""
        if ref.name or not ref.call or is_main_input(ref) or name == "out":
            return ref
        outputs = self._callables.outputs(ref.call)
        return Ref(ref.call, name, ref.known) if outputs is None or name in outputs else ref

    def _numbered(self, ref: Ref, number: int) -> Ref:
        if ref.name or not ref.call or is_main_input(ref):
            return ref
        outputs = self._callables.outputs(ref.call)
        return Ref(ref.call, outputs[number], ref.known) if outputs is not None and 0 <= number < len(outputs) else ref

    # Calls

    def _arguments(self, arguments: Iterable[Expression]) -> list[Refs]:
        """The values of arguments; all outputs of a call are as many arguments."""
        values: list[Refs] = []
        for argument in arguments:
            value = self.value(argument)
            outputs = None
            if len(value) == 1 and value[0].call and not value[0].name and not is_main_input(value[0]):
                outputs = self._callables.outputs(value[0].call)
            values += [(Ref(value[0].call, name, value[0].known),) for name in outputs] if outputs else [value]
        return values

    def _call(self, name: str, node: FunctionCall, piped: Refs | None = None) -> Refs:
        """`name(arguments)`, and `piped | name(arguments)`."""
        if name == "process" and self._callables.define(node.start):
            return ()
        before = self.variables.get(name)
        if before is None and self._callables.is_callable(name):
            values = self._arguments(node.arguments)
            return self._callables.call(name, values if piped is None else self._spread(piped, values), node)
        if piped is not None and name in _PASSING:
            return self._operator(name, node, piped)
        self._closures(node.arguments)
        values = [self.value(argument) for argument in node.arguments] + [
            self.value(entry.value) for entry in node.named
        ]
        values += [piped] if piped is not None else []
        if name in builtins.FUNCTIONS:
            return self.union(*values)
        result = self._callables.apply(name, values, self) if before is None else None
        return unsure(self.union(before or (), *values)) if result is None else result

    def _spread(self, piped: Refs, others: Sequence[Refs]) -> list[Refs]:
        outputs = None
        if len(piped) == 1 and piped[0].call and not piped[0].name and not is_main_input(piped[0]):
            outputs = self._callables.outputs(piped[0].call)
        first = [(Ref(piped[0].call, name, piped[0].known),) for name in outputs] if outputs else [piped]
        return [*first, *others]

    def _pipe(self, right: Expression, piped: Refs) -> Refs:
        match right:
            case Name(name=name):
                if self.variables.get(name) is None and self._callables.is_callable(name):
                    return self._callables.call(name, self._spread(piped, ()), right)
                if name in _PASSING:
                    return piped
                applied = self._callables.apply(name, (piped,), self)
                return unsure(piped) if applied is None else applied
            case FunctionCall(function=Name(name=name)):
                return self._call(name, right, piped)
            case Binary(operator="&", left=left, right=other):
                return self.union(self._pipe(left, piped), self._pipe(other, piped))
            case _:
                return self.union(piped, self.value(right))

    def _method(self, method: str, node: FunctionCall, target: Refs) -> Refs:
        """`target.method(arguments)`."""
        owner = node.function.target if isinstance(node.function, Property) else None
        if isinstance(owner, Name) and self.variables.get(owner.name) is None:
            if method in _RECURSION and self._callables.is_callable(owner.name):
                self.loops += 1
                made = self._callables.call(owner.name, self._arguments(node.arguments), node)
                self.loops -= 1
                return made
            if owner.name in ("channel", "Channel") and method == "topic":
                return (UNKNOWN_SOURCE,)
            if method == "fromSamplesheet" and node.arguments and isinstance(node.arguments[0], Literal):
                return (main_input(str(node.arguments[0].value)),)
        if method in _PASSING:
            return self._operator(method, node, target)
        self._closures(node.arguments, target if method in _LOOPS else None)
        values = self.union(target, self._all((*node.arguments, *node.named)))
        return values if method in _LOOPS or self._testing else unsure(values)

    def _operator(self, name: str, node: FunctionCall, target: Refs) -> Refs:
        if name in _NAMING:
            for argument in node.arguments:
                for assigned in _named(argument):
                    self.variables.own[assigned] = target
            return target
        return target if name in _SHOWING else self.union(target, self._all((*node.arguments, *node.named)))

    def _closures(self, arguments: Iterable[Expression], items: Refs | None = None) -> None:
        """Read closures that may call processes; `items` is what they get."""
        for argument in arguments if items is not None else ():
            if isinstance(argument, ClosureLiteral):
                outer, deciding = self.variables, self.deciding
                self._decide(items or ())
                names = [parameter.name for parameter in argument.parameters or ()] or ["it"]
                self.variables = Variables(outer, dict.fromkeys(names, items or ()))
                self.loops += 1
                self.run(argument.body)
                self.loops -= 1
                outer.own |= {name: value for name, value in self.variables.own.items() if name not in names}
                self.variables, self.deciding = outer, deciding


def unsure(refs: Refs) -> Refs:
    """A value after code that cannot be read; a parameter's value remains one."""
    return tuple(ref if is_main_input(ref) or ref == UNKNOWN_SOURCE else ref._replace(known=False) for ref in refs)


def _target(node: Expression | MapEntry | str) -> Expression | None:  # comparing types is faster than `match`
    """The expression that another one begins with."""
    kind = type(node)
    if kind is Property or kind is Index or kind is DynamicProperty:
        return node.target  # type: ignore[union-attr]
    if kind is Binary:
        return node.left  # type: ignore[union-attr]
    if kind is FunctionCall:
        function: Expression = node.function  # type: ignore[union-attr]
        if type(function) is Property:
            return function.target
        return None if type(function) is Name else function
    return None


def _named(argument: Expression) -> Iterable[str]:
    """The names that `set { name }` or `into(a, b)` assigns."""
    if isinstance(argument, Name):
        yield argument.name
    elif isinstance(argument, ClosureLiteral):
        for statement in argument.body:
            if isinstance(statement, ExpressionStatement) and isinstance(statement.expression, Name):
                yield statement.expression.name
