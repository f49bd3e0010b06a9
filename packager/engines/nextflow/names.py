"""Names that nothing defines, as Nextflow's own language checks report them.

Functions, processes and workflows are known in the whole script; variables from their declaration on, within their block.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from packager.engines.nextflow import builtins
from packager.engines.nextflow.configs import ConfigTree
from packager.engines.nextflow.lexing import SyntaxFault
from packager.engines.nextflow.scopes import (
    CONFIG,
    CONFIG_PROCESS,
    FUNCTION,
    PROCESS,
    SCRIPT,
    WORKFLOW,
    NameScope,
    ScopeWalker,
)
from packager.engines.nextflow.scripts import Script
from packager.engines.nextflow.syntax import (
    Assignment,
    BlockSection,
    ClosureLiteral,
    ConfigAssignment,
    ConfigBlock,
    ConfigInclude,
    Definition,
    Expression,
    ExpressionStatement,
    Function,
    FunctionCall,
    GString,
    Import,
    Include,
    Literal,
    Name,
    OutputBlock,
    ParamsBlock,
    Process,
    Property,
    Statement,
    TypeDefinition,
    TypedName,
    WorkflowBlock,
)

_QUALIFIERS_WITH_NAME = frozenset({"val", "path", "file", "each"})


def check_script_names(
    script: Script, included: Mapping[str, str], classes: Iterable[str] = ()
) -> tuple[SyntaxFault, ...]:
    """The names that a script uses and nothing defines, and those that it declares twice.

    `included` maps the names of its includes to their kinds (`process`, `workflow`, `function`, or empty if unknown); `classes` are
    those of `lib/`.
    """
    resolver = _Resolver(set(classes))
    resolver.script(script, included)
    return tuple(sorted(set(resolver.faults), key=lambda fault: (fault.start, fault.message)))


def check_config_names(config: ConfigTree, classes: Iterable[str] = ()) -> tuple[SyntaxFault, ...]:
    """The names that a config uses and nothing defines."""
    resolver = _Resolver(set(classes))
    resolver.context = CONFIG
    resolver.settings(config.statements, in_process=False)
    return tuple(sorted(set(resolver.faults), key=lambda fault: (fault.start, fault.message)))


class _Resolver(ScopeWalker):
    """Walks the definitions of a script, or the settings of a config. `typed`: the script enables static types."""

    typed = False

    def script(self, script: Script, included: Mapping[str, str]) -> None:
        """A whole script."""
        for name, kind in included.items():
            self.callables[name] = kind
        for definition in script.definitions:
            self._define(definition)
        loose: list[Statement] = []
        for definition in script.definitions:
            if isinstance(definition, Function):
                self._function(definition)
            elif isinstance(definition, Process):
                self._process(definition)
            elif isinstance(definition, WorkflowBlock):
                self._workflow(definition)
            elif isinstance(definition, ParamsBlock):
                self._params(definition)
            elif isinstance(definition, OutputBlock):
                self._output(definition)
            elif isinstance(definition, Assignment) and (flag := _flag(definition)):
                if flag not in builtins.FEATURE_FLAGS:
                    message = f"`{flag}` is not a feature flag"
                    self.fault(message, definition.start, definition.end, directive=flag)
                self.typed = self.typed or flag.endswith(".types")
            elif not isinstance(definition, (TypeDefinition, Import, Include)):
                loose.append(definition)
        self.block(loose, NameScope(home=True), WORKFLOW)

    def _define(self, definition: Definition) -> None:
        if isinstance(definition, (TypeDefinition, Import)):
            self.classes.add(definition.name)
        if isinstance(definition, (Process, Function, WorkflowBlock)) and definition.name:
            if definition.name in self.callables:
                self.fault(
                    f"`{definition.name}` is already declared",
                    definition.start,
                    definition.start + len(definition.name),
                )
            kind = (
                "process"
                if isinstance(definition, Process)
                else "workflow"
                if isinstance(definition, WorkflowBlock)
                else "function"
            )
            self.callables[definition.name] = kind

    def _function(self, definition: Function) -> None:
        scope = NameScope()
        self.open_scope(scope, FUNCTION)
        self.parameters(definition.parameters)
        self.statements(definition.body)
        self.close_scope()

    def _workflow(self, block: WorkflowBlock) -> None:
        outer = self.open_scope(NameScope(home=True), WORKFLOW)
        sections = {section.label: section for section in block.sections}
        for statement in _statements_of(sections, "take"):
            if isinstance(statement, TypedName):
                self.declare(statement.name, statement.start, statement.end)
            elif isinstance(statement, ExpressionStatement) and isinstance(statement.expression, Name):
                name = statement.expression
                self.declare(name.name, name.start, name.end)
        for label in ("", "main"):
            self.statements(_statements_of(sections, label))
        for label in ("emit", "publish"):
            for statement in _statements_of(sections, label):
                self._value_of(statement)
        for label in ("onComplete", "onError"):
            self.statements(_statements_of(sections, label))
        self.close_scope(outer)

    def _value_of(self, statement: Statement) -> None:
        """Look up the value of an emit; its name is the name of an output."""
        if isinstance(statement, Assignment):
            self.expression(statement.value)
        elif isinstance(statement, TypedName):
            if statement.value is not None:
                self.expression(statement.value)
            elif statement.type is None:
                self.use(Name(statement.name, statement.start, statement.end))
        else:
            self.statement(statement)

    def _params(self, block: ParamsBlock) -> None:
        for param in block.params:
            if param.value is not None:
                outer = self.open_scope(NameScope(), SCRIPT)
                self.expression(param.value)
                self.close_scope(outer)

    def _output(self, block: OutputBlock) -> None:
        for target in block.targets:
            for statement in target.settings:
                if isinstance(statement, ExpressionStatement) and isinstance(statement.expression, FunctionCall):
                    call = statement.expression
                    outer = self.open_scope(NameScope(), SCRIPT)
                    for argument in call.arguments:
                        if not (isinstance(argument, ClosureLiteral) and argument.parameters is None):
                            self.expression(argument)
                    self.close_scope(outer)

    # Processes

    def _process(self, process: Process) -> None:
        scope = NameScope(home=True)
        outer = self.open_scope(scope, PROCESS)
        sections = {section.label: section for section in process.sections}
        later: list[Expression] = []
        for statement in _statements_of(sections, "input"):
            self._input(statement, later)
        for expression in later:
            self.expression(expression)
        for statement in _statements_of(sections, "when"):
            self.statement(statement)
        for label in ("script", "shell", "exec", "stub"):
            self.block(_statements_of(sections, label), NameScope())
        for statement in _statements_of(sections, ""):
            self._directive(statement, is_script=_is_last_script(process, statement))
        for statement in () if self.typed else _statements_of(sections, "output"):
            self._qualified(statement, builtins.OUTPUT_QUALIFIERS, "output")
        self.close_scope(outer)

    def _input(self, statement: Statement, later: list[Expression]) -> None:
        if isinstance(statement, TypedName):
            self.declare(statement.name, statement.start, statement.end)
            return
        if isinstance(statement, ExpressionStatement) and isinstance(statement.expression, FunctionCall):
            self._input_call(statement.expression, later)

    def _input_call(self, call: FunctionCall, later: list[Expression]) -> None:
        """Declare the names of an input; expressions that need all inputs are added to `later`."""
        word = call.function.name if isinstance(call.function, Name) else ""
        if word not in builtins.INPUT_QUALIFIERS:
            self.fault(f"`{word}` is not an input of a process", call.function.start, call.function.end)
        arguments = list(call.arguments)
        if word == "tuple":
            for argument in arguments:
                if isinstance(argument, FunctionCall):
                    self._input_call(argument, later)
                elif isinstance(argument, Name) and argument.name not in builtins.INPUT_QUALIFIERS:
                    later.append(argument)
        elif word in _QUALIFIERS_WITH_NAME:
            for argument in arguments:
                if isinstance(argument, FunctionCall):  # `each path(x)`
                    self._input_call(argument, later)
                elif isinstance(argument, Name):
                    self.declare(argument.name, argument.start, argument.end)
                else:
                    later.append(argument)
        else:
            later += arguments
        later += [entry.value for entry in call.named]

    def _directive(self, statement: Statement, *, is_script: bool) -> None:
        if is_script or not isinstance(statement, ExpressionStatement):
            self.statement(statement)
            return
        expression = statement.expression
        if isinstance(expression, FunctionCall) and isinstance(expression.function, Name):
            self._directive_name(expression.function)
            self._arguments(expression)
        elif isinstance(expression, Name):
            self._directive_name(expression)
        else:
            self.expression(expression)

    def _directive_name(self, word: Name) -> None:
        if word.name not in builtins.DIRECTIVES:
            message = f"`{word.name}` is not a directive of a process"
            self.fault(message, word.start, word.end, directive=word.name)

    def _qualified(self, statement: Statement, words: frozenset[str], what: str) -> None:
        if not isinstance(statement, ExpressionStatement):
            return
        expression = statement.expression
        if isinstance(expression, FunctionCall) and isinstance(expression.function, Name):
            word = expression.function
            if word.name not in words:
                self.fault(f"`{word.name}` is not an {what} of a process", word.start, word.end)
            for argument in expression.arguments:
                if (
                    isinstance(argument, FunctionCall)
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

    def _arguments(self, call: FunctionCall) -> None:
        for argument in call.arguments:
            self.expression(argument)
        for entry in call.named:
            if not (
                isinstance(entry.key, Literal)
                and entry.key.value in ("emit", "topic")
                and isinstance(entry.value, Name)
            ):
                self.expression(entry.value)

    def settings(self, statements: Iterable[Statement], *, in_process: bool) -> None:
        """The settings of a config or of a block in it."""
        for statement in statements:
            match statement:
                case ConfigAssignment():
                    inside = in_process or statement.path[0] == "process"
                    self.context = CONFIG_PROCESS if inside else CONFIG
                    self.expression(statement.value)
                case ConfigInclude():
                    self.context = CONFIG
                    self.expression(statement.source)
                case ConfigBlock() if statement.name != "plugins" or statement.selector:
                    inside = in_process or statement.name == "process"
                    self.settings(statement.statements, in_process=inside)
                case _:
                    pass


def _flag(definition: Assignment) -> str:
    """The name of a feature flag of Nextflow, such as `nextflow.enable.dsl`; else empty."""
    parts: list[str] = []
    target = definition.target
    while isinstance(target, Property):
        parts.append(target.name)
        target = target.target
    return ".".join(("nextflow", *reversed(parts))) if isinstance(target, Name) and target.name == "nextflow" else ""


def _statements_of(sections: Mapping[str, BlockSection], label: str) -> tuple[Statement, ...]:
    section = sections.get(label)
    return section.statements if section else ()


def _is_last_script(process: Process, statement: Statement) -> bool:
    """Whether a statement among the directives is the process's script."""
    return isinstance(statement, ExpressionStatement) and isinstance(statement.expression, (Literal, GString))
