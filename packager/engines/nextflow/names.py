"""Names that nothing defines, as far as Nextflow's own language checks report them.

Functions, processes and workflows are known in the whole script; variables from their declaration on, within their block.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from packager.engines.nextflow import builtins
from packager.engines.nextflow.configs import Config
from packager.engines.nextflow.expressions import RESERVED
from packager.engines.nextflow.lexing import Fault
from packager.engines.nextflow.scripts import Script
from packager.engines.nextflow.syntax import (
    Assert,
    Assignment,
    Binary,
    Call,
    Cast,
    Closure,
    ConfigAssignment,
    ConfigBlock,
    ConfigInclude,
    Declaration,
    Definition,
    DynamicProperty,
    Expression,
    ExpressionStatement,
    Function,
    GString,
    If,
    Import,
    Include,
    Index,
    Leave,
    ListLiteral,
    Literal,
    Loop,
    MapLiteral,
    Name,
    New,
    OutputBlock,
    ParamsBlock,
    Process,
    Property,
    Section,
    Statement,
    Switch,
    Ternary,
    Try,
    TypeDefinition,
    TypedName,
    TypeName,
    Unary,
    WorkflowBlock,
)

# The kinds of places where names differ.
_SCRIPT, _FUNCTION, _WORKFLOW, _PROCESS, _CONFIG, _CONFIG_PROCESS = range(6)
_QUALIFIERS_WITH_NAME = frozenset({"val", "path", "file", "each"})


@dataclass(slots=True)
class _Scope:
    """The variables of a block; `home` is where an assignment without `def` declares its variable."""

    names: set[str] = field(default_factory=set)
    home: bool = False
    closure: bool = False


def undefined_in_script(script: Script, included: Mapping[str, str], classes: Iterable[str] = ()) -> tuple[Fault, ...]:
    """What a script uses and nothing defines, and what it declares twice.

    `included` are the names that its includes bring, each with its kind (`process`, `workflow`, `function`, or "" when
    it is not known); `classes` those of `lib/`.
    """
    resolver = _Resolver(set(classes))
    resolver.script(script, included)
    return tuple(sorted(set(resolver.faults), key=lambda fault: (fault.start, fault.message)))


def undefined_in_config(config: Config, classes: Iterable[str] = ()) -> tuple[Fault, ...]:
    """What a config uses and nothing defines."""
    resolver = _Resolver(set(classes))
    resolver.context = _CONFIG
    resolver.settings(config.statements, in_process=False)
    return tuple(sorted(set(resolver.faults), key=lambda fault: (fault.start, fault.message)))


class _Resolver:
    """Walks a tree with the scopes that are open, innermost last."""

    def __init__(self, classes: set[str]) -> None:
        self.faults: list[Fault] = []
        self.callables: dict[str, str] = {}
        self.classes = classes
        self.scopes: list[_Scope] = []
        self.context = _SCRIPT

    def fault(self, message: str, start: int, end: int) -> None:
        """Note a finding; all of them are the strict language's."""
        self.faults.append(Fault(start, end, message, strict=True, late=True))

    # Definitions

    def script(self, script: Script, included: Mapping[str, str]) -> None:
        """A whole script."""
        for name, kind in included.items():
            self.callables[name] = kind
        for one in script.definitions:
            self._define(one)
        loose: list[Statement] = []
        for one in script.definitions:
            if isinstance(one, Function):
                self._function(one)
            elif isinstance(one, Process):
                self._process(one)
            elif isinstance(one, WorkflowBlock):
                self._workflow(one)
            elif isinstance(one, ParamsBlock):
                self._params(one)
            elif isinstance(one, OutputBlock):
                self._output(one)
            elif not isinstance(one, (TypeDefinition, Import, Include)):
                loose.append(one)
        self._block(loose, _Scope(home=True), _WORKFLOW)

    def _define(self, one: Definition) -> None:
        if isinstance(one, (TypeDefinition, Import)):
            self.classes.add(one.name)
        if isinstance(one, (Process, Function, WorkflowBlock)) and one.name:
            if one.name in self.callables:
                self.fault(f"`{one.name}` is already declared", one.start, one.start + len(one.name))
            kind = (
                "process" if isinstance(one, Process) else "workflow" if isinstance(one, WorkflowBlock) else "function"
            )
            self.callables[one.name] = kind

    def _function(self, one: Function) -> None:
        scope = _Scope()
        self._open(scope, _FUNCTION)
        self._parameters(one.parameters)
        self._statements(one.body)
        self._close()

    def _workflow(self, block: WorkflowBlock) -> None:
        outer = self._open(_Scope(home=True), _WORKFLOW)
        sections = {section.label: section for section in block.sections}
        for statement in _statements_of(sections, "take"):
            if isinstance(statement, TypedName):
                self._declare(statement.name, statement.start, statement.end)
            elif isinstance(statement, ExpressionStatement) and isinstance(statement.expression, Name):
                name = statement.expression
                self._declare(name.name, name.start, name.end)
        for label in ("", "main"):
            self._statements(_statements_of(sections, label))
        for label in ("emit", "publish"):
            for statement in _statements_of(sections, label):
                self._value_of(statement)
        for label in ("onComplete", "onError"):
            self._statements(_statements_of(sections, label))
        self._close(outer)

    def _value_of(self, statement: Statement) -> None:
        """An emit: only its value is looked up, its name is an output's."""
        if isinstance(statement, Assignment):
            self.expression(statement.value)
        elif isinstance(statement, TypedName):
            if statement.value is not None:
                self.expression(statement.value)
            elif statement.type is None:
                self._use(Name(statement.name, statement.start, statement.end))
        else:
            self._statement(statement)

    def _params(self, block: ParamsBlock) -> None:
        for param in block.params:
            if param.value is not None:
                outer = self._open(_Scope(), _SCRIPT)
                self.expression(param.value)
                self._close(outer)

    def _output(self, block: OutputBlock) -> None:
        for target in block.targets:
            for statement in target.settings:
                if isinstance(statement, ExpressionStatement) and isinstance(statement.expression, Call):
                    call = statement.expression
                    outer = self._open(_Scope(), _SCRIPT)
                    for argument in call.arguments:
                        if not (isinstance(argument, Closure) and argument.parameters is None):
                            self.expression(argument)
                    self._close(outer)

    # Processes

    def _process(self, process: Process) -> None:
        scope = _Scope(home=True)
        outer = self._open(scope, _PROCESS)
        sections = {section.label: section for section in process.sections}
        later: list[Expression] = []
        for statement in _statements_of(sections, "input"):
            self._input(statement, later)
        for expression in later:
            self.expression(expression)
        for statement in _statements_of(sections, "when"):
            self._statement(statement)
        for label in ("script", "shell", "exec", "stub"):
            self._block(_statements_of(sections, label), _Scope())
        for statement in _statements_of(sections, ""):
            self._directive(statement, is_script=_is_last_script(process, statement))
        for statement in _statements_of(sections, "output"):
            self._qualified(statement, builtins.OUTPUT_QUALIFIERS, "output")
        self._close(outer)

    def _input(self, statement: Statement, later: list[Expression]) -> None:
        if isinstance(statement, TypedName):
            self._declare(statement.name, statement.start, statement.end)
            return
        if isinstance(statement, ExpressionStatement) and isinstance(statement.expression, Call):
            self._input_call(statement.expression, later)

    def _input_call(self, call: Call, later: list[Expression]) -> None:
        """Declare what an input names; `later` takes what can only be looked up when all inputs are known."""
        word = call.function.name if isinstance(call.function, Name) else ""
        if word not in builtins.INPUT_QUALIFIERS:
            self.fault(f"`{word}` is no input of a process", call.function.start, call.function.end)
        arguments = list(call.arguments)
        if word == "tuple":
            for argument in arguments:
                if isinstance(argument, Call):
                    self._input_call(argument, later)
                elif isinstance(argument, Name) and argument.name not in builtins.INPUT_QUALIFIERS:
                    self._declare(argument.name, argument.start, argument.end)
        elif word in _QUALIFIERS_WITH_NAME:
            for argument in arguments:
                if isinstance(argument, Call):  # `each path(x)`
                    self._input_call(argument, later)
                elif isinstance(argument, Name):
                    self._declare(argument.name, argument.start, argument.end)
                else:
                    later.append(argument)
        else:
            later += arguments
        later += [entry.value for entry in call.named]

    def _directive(self, statement: Statement, *, is_script: bool) -> None:
        if is_script or not isinstance(statement, ExpressionStatement):
            self._statement(statement)
            return
        expression = statement.expression
        if isinstance(expression, Call) and isinstance(expression.function, Name):
            word = expression.function
            if word.name not in builtins.DIRECTIVES:
                self.fault(f"`{word.name}` is no directive of a process", word.start, word.end)
            self._arguments(expression)
        elif isinstance(expression, Name):
            if expression.name not in builtins.DIRECTIVES:
                self.fault(f"`{expression.name}` is no directive of a process", expression.start, expression.end)
        else:
            self.expression(expression)

    def _qualified(self, statement: Statement, words: frozenset[str], what: str) -> None:
        if not isinstance(statement, ExpressionStatement):
            return
        expression = statement.expression
        if isinstance(expression, Call) and isinstance(expression.function, Name):
            word = expression.function
            if word.name not in words:
                self.fault(f"`{word.name}` is no {what} of a process", word.start, word.end)
            for argument in expression.arguments:
                if (
                    isinstance(argument, Call)
                    and isinstance(argument.function, Name)
                    and argument.function.name in words
                ):
                    self._arguments(argument)
                elif not (isinstance(argument, Name) and argument.name in words):
                    self.expression(argument)
            for entry in expression.named:
                if not (
                    isinstance(entry.key, Literal)
                    and entry.key.value in ("emit", "topic")
                    and isinstance(entry.value, Name)
                ):
                    self.expression(entry.value)

    def _arguments(self, call: Call) -> None:
        for argument in call.arguments:
            self.expression(argument)
        for entry in call.named:
            if not (
                isinstance(entry.key, Literal)
                and entry.key.value in ("emit", "topic")
                and isinstance(entry.value, Name)
            ):
                self.expression(entry.value)

    # Scopes

    def _open(self, scope: _Scope, context: int) -> int:
        outer, self.context = self.context, context
        self.scopes.append(scope)
        return outer

    def _close(self, outer: int = _SCRIPT) -> None:
        self.scopes.pop()
        self.context = outer

    def _known(self, name: str) -> bool:
        return any(name in scope.names for scope in self.scopes)

    def _declare(self, name: str, start: int, end: int) -> None:
        """Declare a variable in the innermost block."""
        if name != "it" and self._known(name):
            self.fault(f"`{name}` is already declared", start, end)
        if self.scopes:
            self.scopes[-1].names.add(name)

    def _parameters(self, parameters: Iterable[object]) -> None:
        for parameter in parameters:
            default = getattr(parameter, "default", None)
            if default is not None:
                self.expression(default)
            self._declare(getattr(parameter, "name", ""), getattr(parameter, "start", 0), getattr(parameter, "end", 0))

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
            self.fault(f"the variable `{name}` of a closure should be declared with `def`", target.start, target.end)
            self.scopes[0].names.add(name)
        else:
            self.fault(f"`{name}` is assigned but not declared", target.start, target.end)

    # Statements

    def _block(self, statements: Iterable[Statement], scope: _Scope, context: int | None = None) -> None:
        outer = self._open(scope, self.context if context is None else context)
        self._statements(statements)
        self._close(outer)

    def _statements(self, statements: Iterable[Statement]) -> None:
        for statement in statements:
            self._statement(statement)

    def _statement(self, statement: Statement) -> None:  # noqa: C901 - one branch for each kind of statement
        match statement:
            case ExpressionStatement():
                self.expression(statement.expression)
            case Assignment():
                self._assignment(statement)
            case Declaration():
                if statement.value is not None:
                    self.expression(statement.value)
                for name in statement.names:
                    self._declare(name.name, name.start, name.end)
            case If():
                branch = statement
                while True:  # `else if` chains can be long
                    self.expression(branch.condition)
                    self._block(branch.then, _Scope())
                    if len(branch.otherwise) == 1 and isinstance(branch.otherwise[0], If):
                        branch = branch.otherwise[0]
                        continue
                    self._block(branch.otherwise, _Scope())
                    break
            case Leave():
                if statement.value is not None:
                    self.expression(statement.value)
            case Assert():
                self.expression(statement.condition)
                if statement.message is not None:
                    self.expression(statement.message)
            case Try():
                self._block(statement.body, _Scope())
                for catch in statement.catches:
                    self._block(catch.body, _Scope({catch.name}))
                self._block(statement.final, _Scope())
            case Loop():
                self._block((*statement.before, *statement.body), _Scope())
            case Switch():
                self.expression(statement.subject)
                for case in statement.cases:
                    self.expression(case)
                self._block(statement.body, _Scope())
            case Function():
                self._block(statement.body, _Scope({one.name for one in statement.parameters}))
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
        """Everything that an expression uses. Chains are walked without recursion: they can be long."""
        stack: list[Expression] = [expression]
        while stack:
            one = stack.pop()
            match one:
                case Name():
                    self._use(one)
                case Property():
                    if not self._is_qualified_class(one):
                        stack.append(one.target)
                case DynamicProperty():
                    stack += (one.name, one.target)
                case Index():
                    stack += (*reversed(one.items), one.target)
                case Call():
                    self._call(one, stack)
                case GString():
                    stack += [part for part in reversed(one.parts) if not isinstance(part, str)]
                case ListLiteral():
                    stack += reversed(one.items)
                case MapLiteral():
                    for entry in reversed(one.entries):
                        stack += (entry.value, entry.key)
                case Unary():
                    if one.operator in ("++", "--") and isinstance(one.operand, Name):
                        self._assign(one.operand)
                    else:
                        stack.append(one.operand)
                case Binary():
                    if one.operator == "|":
                        self._piped(one.right, stack)
                    else:
                        stack.append(one.right)
                    stack.append(one.left)
                case Ternary():
                    stack += (one.otherwise, one.then, one.condition)
                case Cast():
                    self._type(one.type, one.start)
                    stack.append(one.operand)
                case New():
                    self._type(one.type, one.start)
                    stack += reversed(one.arguments)
                    stack += [entry.value for entry in reversed(one.named)]
                case Closure():
                    self._closure(one)
                case _:
                    pass

    def _piped(self, right: Expression, stack: list[Expression]) -> None:
        """The right side of a pipe is called: an operator, a process, a workflow, or a call of one."""
        if isinstance(right, Name) and not self._known(right.name):
            self._use_callable(right)
        else:
            stack.append(right)

    def _closure(self, closure: Closure) -> None:
        self.scopes.append(_Scope(closure=True))
        if closure.parameters is None:
            self.scopes[-1].names.add("it")
        else:
            self._parameters(closure.parameters)
        self._statements(closure.body)
        self.scopes.pop()

    def _call(self, call: Call, stack: list[Expression]) -> None:
        function = call.function
        word = function.name if isinstance(function, (Name, Property)) else ""
        # What is pushed last is looked at first: what is called, then its arguments in order.
        stack += [entry.value for entry in reversed(call.named)]
        for argument in reversed(call.arguments):
            if word in ("set", "tap") and isinstance(argument, Closure) and (name := _only_name(argument)):
                self._set(name)
            else:
                stack.append(argument)
        if isinstance(function, Name):
            self._use_callable(function)
        elif not isinstance(function, Property):
            stack.append(function)
        elif not self._is_qualified_class(function):
            stack.append(function.target)

    def _set(self, name: Name) -> None:
        for scope in reversed(self.scopes):
            if scope.home:
                scope.names.add(name.name)
                return

    def _use(self, name: Name) -> None:
        """A name as a value."""
        word = name.name
        if word in RESERVED or self._known(word) or word in builtins.CLASSES or word in self.classes:
            return
        if self.context in (_CONFIG, _CONFIG_PROCESS):
            in_closure = any(scope.closure for scope in self.scopes)
            if word in builtins.CONFIG_VARIABLES or (in_closure and self.context == _CONFIG_PROCESS):
                return
        elif (
            word in builtins.VARIABLES
            or word in self.callables
            or word in builtins.FUNCTIONS
            or (self.context == _PROCESS and word in ("task", "template"))
            or (self.context == _WORKFLOW and word in builtins.OPERATORS)
        ):
            return
        if word in builtins.PACKAGES:
            return
        self.fault(f"`{word}` is not defined", name.start, name.end)

    def _use_callable(self, name: Name) -> None:
        """A name that is called."""
        word = name.name
        if word in ("this", "super"):
            return
        if self.context in (_CONFIG, _CONFIG_PROCESS):
            if word in builtins.CONFIG_FUNCTIONS:
                return
        elif (
            word in self.callables
            or word in builtins.FUNCTIONS
            or (self.context == _PROCESS and word == "template")
            or (self.context == _WORKFLOW and word in builtins.OPERATORS)
        ):
            kind = self.callables.get(word)
            if kind in ("process", "workflow") and self.context != _WORKFLOW:
                self.fault(f"the {kind} `{word}` can only be called from a workflow", name.start, name.end)
            return
        if self._known(word) and self.context == _CONFIG_PROCESS:
            return
        self.fault(f"`{word}` is not defined", name.start, name.end)

    def _type(self, type_name: TypeName, start: int) -> None:
        word = type_name.name.partition("<")[0].rstrip("?[]")
        if "." in word or word in builtins.CLASSES or word in self.classes or not word[:1].isupper():
            return
        self.fault(f"the class `{word}` is not defined", start, type_name.end)

    def _is_qualified_class(self, one: Property) -> bool:
        """Whether this is `package.Class`, or a member of one."""
        target: Expression = one
        while isinstance(target, Property):
            target = target.target
        return (
            isinstance(target, Name)
            and target.name in builtins.PACKAGES
            and not self._known(target.name)
            and target.name != "nextflow"
        )

    # Configs

    def settings(self, statements: Iterable[Statement], *, in_process: bool) -> None:
        """The settings of a config or of a block in it."""
        for statement in statements:
            match statement:
                case ConfigAssignment():
                    inside = in_process or statement.path[0] == "process"
                    self.context = _CONFIG_PROCESS if inside else _CONFIG
                    self.expression(statement.value)
                case ConfigInclude():
                    self.context = _CONFIG
                    self.expression(statement.source)
                case ConfigBlock() if statement.name != "plugins" or statement.selector:
                    inside = in_process or statement.name == "process"
                    self.settings(statement.statements, in_process=inside)
                case _:
                    pass


def _statements_of(sections: Mapping[str, Section], label: str) -> tuple[Statement, ...]:
    section = sections.get(label)
    return section.statements if section else ()


def _is_last_script(process: Process, statement: Statement) -> bool:
    """Whether a statement among the directives is the process's script."""
    return isinstance(statement, ExpressionStatement) and isinstance(statement.expression, (Literal, GString))


def _only_name(closure: Closure) -> Name | None:
    if len(closure.body) == 1 and isinstance(closure.body[0], ExpressionStatement):
        expression = closure.body[0].expression
        if isinstance(expression, Name):
            return expression
    return None
