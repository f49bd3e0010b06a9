"""Which calls of a workflow or function happen in every run, and which parameters decide on the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from packager.engines.nextflow.evaluation import Environment, evaluate
from packager.engines.nextflow.harvest import children, walk
from packager.engines.nextflow.scripts import Script
from packager.engines.nextflow.syntax import (
    Assignment,
    Binary,
    ClosureLiteral,
    Declaration,
    Function,
    FunctionCall,
    If,
    Include,
    Index,
    Literal,
    Loop,
    Name,
    Process,
    Property,
    Switch,
    Ternary,
    WorkflowBlock,
)
from packager.engines.nextflow.values import UNKNOWN, is_true

_MAX_NAMES = 5  # of the parameters of one call; more say nothing to a reader


@dataclass(frozen=True, slots=True)
class Condition:
    """What decides whether something happens; `names` are the parameters of it, as far as they are known. `is_certain`: nothing decides."""

    is_certain: bool = True
    names: frozenset[str] = frozenset()

    def and_also(self, names: Iterable[str]) -> Condition:
        """The condition with one more condition on parameters."""
        return Condition(is_certain=False, names=_few(self.names, names))

    def within(self, outer: Condition) -> Condition:
        """The condition of something that happens only if the outer condition holds."""
        if outer.is_certain:
            return self
        return outer if self.is_certain else outer.and_also(self.names)

    def or_else(self, other: Condition) -> Condition:
        """The condition of something that happens in two ways."""
        if self.is_certain or other.is_certain:
            return CERTAIN
        return Condition(is_certain=False, names=_few(self.names, other.names))


CERTAIN = Condition()


def _few(first: frozenset[str], second: Iterable[str]) -> frozenset[str]:
    names = first.union(second)
    return names if len(names) <= _MAX_NAMES else frozenset(sorted(names)[:_MAX_NAMES])


def conditions_of_calls(body: object, environment: Environment) -> dict[str, Condition]:
    """The condition of each name that a workflow or function calls."""
    reader = _Reader(environment)
    reader.read(body, CERTAIN)
    return reader.calls


def conditions_of_processes(script: Script, environment: Environment) -> dict[int, Condition]:
    """The condition of each process that a script defines inside other code, by its start; none for code that never runs."""
    reader = _Reader(environment)
    for definition in script.definitions:
        if isinstance(definition, Function):  # its calls are not followed
            reader.read(definition.body, CERTAIN.and_also(()))
        elif not isinstance(definition, Process | WorkflowBlock):
            reader.read(definition, CERTAIN)
    starts = {process.start for process in script.nested}
    return {start: condition for start, condition in reader.commands.items() if start in starts}


def conditions_of_includes(statements: object, environment: Environment) -> dict[int, Condition]:
    """The condition of each include below statements of a script, by its offset; one that no run reaches is missing."""
    reader = _Reader(environment)
    reader.read(statements, CERTAIN)
    return reader.includes


def condition_of(expression: object, environment: Environment, variables: Mapping[str, frozenset[str]]) -> Condition:
    """The condition that an expression is; certain if no run can change it."""
    names = parameters_of(expression, variables)
    if not names and evaluate(expression, environment) is not UNKNOWN:  # type: ignore[arg-type] # every condition is an expression
        return CERTAIN
    return CERTAIN.and_also(names)


def parameters_of(root: object, variables: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """The parameters that code refers to, directly or by a variable."""
    names: set[str] = set()
    if isinstance(root, Name):
        names |= variables.get(root.name, frozenset())
    for node in walk(root):
        match node:
            case Property(target=Name(name="params"), name=name):
                names.add(name)
            case Index(target=Name(name="params"), items=(Literal(value=str(name)),)):
                names.add(name)
            case _:
                pass
        for child in children(node):
            if isinstance(child, Name):
                names |= variables.get(child.name, frozenset())
    return frozenset(names)


@dataclass(slots=True)
class _Reader:
    environment: Environment
    calls: dict[str, Condition] = field(default_factory=dict)
    # By the start of the command, the condition of each definition of a process.
    commands: dict[int, Condition] = field(default_factory=dict)
    includes: dict[int, Condition] = field(default_factory=dict)
    # By variable, the parameters that its value comes from.
    variables: dict[str, frozenset[str]] = field(default_factory=dict)

    def read(self, body: object, outer: Condition) -> None:
        stack: list[tuple[object, Condition]] = [(body, outer)]
        while stack:
            node, condition = stack.pop()
            if isinstance(node, tuple):
                stack += [(item, condition) for item in reversed(node)]
                continue
            self._note(node, condition)
            stack += reversed(list(self._below(node, condition)))

    def _note(self, node: object, condition: Condition) -> None:
        """Note a call or the value of a variable."""
        match node:
            case Declaration(names=(Name(name=name),), value=value) | Assignment(target=Name(name=name), value=value):
                if value is not None and (names := parameters_of(value, self.variables)):
                    self.variables[name] = _few(self.variables.get(name, frozenset()), names)
            case FunctionCall(function=Name(name="process"), command=True, start=start):
                self.commands[start] = condition
            case FunctionCall(function=Name(name=name)) | FunctionCall(function=Property(target=Name(name=name))):
                self._add(name, condition)
            case Include(start=start):
                self.includes[start] = condition
            case Binary(operator="|" | "&", left=left, right=right):
                for side in (left, right):
                    if isinstance(side, Name):
                        self._add(side.name, condition)
            case _:
                pass

    def _add(self, name: str, condition: Condition) -> None:
        before = self.calls.get(name)
        self.calls[name] = condition if before is None else before.or_else(condition)

    def _below(self, node: object, condition: Condition) -> Iterable[tuple[object, Condition]]:
        """The parts of a node, each with its condition."""
        match node:
            case (
                If(condition=test, then=then, otherwise=otherwise)
                | Ternary(condition=test, then=then, otherwise=otherwise)
            ):
                decides = condition_of(test, self.environment, self.variables)
                yield test, condition
                if decides.is_certain:
                    yield (then if is_true(evaluate(test, self.environment)) else otherwise), condition
                else:
                    yield then, decides.within(condition)
                    yield otherwise, decides.within(condition)
            case Switch(subject=subject, body=body):
                yield subject, condition
                yield body, condition_of(subject, self.environment, self.variables).within(condition)
            case Loop(body=body, before=before):
                yield before, condition
                yield body, condition.and_also(parameters_of(before, self.variables))
            case Binary(operator="&&" | "||" | "?:", left=left, right=right):
                yield left, condition
                yield right, condition.and_also(())
            case ClosureLiteral(body=body):
                yield body, condition.and_also(())
            case _:
                yield from ((child, condition) for child in children(node))
