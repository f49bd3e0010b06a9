"""Calls of processes and workflows with too few or too many channels.

Only calls whose number of channels is certain count: an argument may be multiple channels (all outputs of a process, or of `multiMap`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from packager.engines.nextflow.conditions import Condition
from packager.engines.nextflow.directives import is_misplaced
from packager.engines.nextflow.graph import Graph
from packager.engines.nextflow.harvest import children
from packager.engines.nextflow.sources import PipelineSources
from packager.engines.nextflow.syntax import (
    Assignment,
    Binary,
    ClosureLiteral,
    Declaration,
    Expression,
    ExpressionStatement,
    Function,
    FunctionCall,
    GString,
    Index,
    ListLiteral,
    Literal,
    MapLiteral,
    Name,
    Process,
    Property,
    Statement,
    Ternary,
    TypedName,
    WorkflowBlock,
)

_QUALIFIERS = frozenset({"val", "path", "file", "env", "stdin", "stdout", "tuple", "set", "each", "eval"})
# Operators whose result is multiple channels.
_MULTIPLE = frozenset({"branch", "multiMap", "fork", "separate", "choice", "out"})
_MAX_DEPTH = 12


@dataclass(frozen=True, slots=True)
class WrongCall:
    """A call in the script `path` with another number of channels than the process or workflow has."""

    path: str
    name: str
    expected: int
    passed: int
    start: int
    end: int
    condition: Condition


def wrong_calls(sources: PipelineSources, graph: Graph) -> Iterator[WrongCall]:
    """The wrong calls in the workflows and functions that a run may reach."""
    counts = _Counts(sources, graph)
    for (path, name), outer in graph.reached.items():
        script = sources.script(path)
        for definition in script.definitions if script is not None else ():
            if isinstance(definition, WorkflowBlock | Function) and definition.name == name:
                yield from _of_block(counts, path, definition, outer)


def _of_block(
    counts: _Counts, path: str, definition: WorkflowBlock | Function, outer: tuple[Condition, Mapping[str, Condition]]
) -> Iterator[WrongCall]:
    block = _Block(counts, path)
    calls = block.read(definition)
    for call in calls:
        if not isinstance(call.function, Name) or call.named:
            continue
        expected = counts.inputs(path, call.function.name)
        passed = block.channels_of(call.arguments)
        if expected is None or passed is None or expected == passed:
            continue
        start, end = call.function.start, call.function.end
        condition = outer[1].get(call.function.name, Condition(is_certain=False)).within(outer[0])
        yield WrongCall(path, call.function.name, expected, passed, start, end, condition)


@dataclass(slots=True)
class _Counts:
    """The numbers of inputs and outputs of processes and workflows; None where one is not certain."""

    sources: PipelineSources
    graph: Graph
    _read: dict[tuple[str, str], tuple[int | None, int | None]] = field(default_factory=dict)

    def inputs(self, path: str, name: str) -> int | None:
        """The number of inputs of what a name in a script means."""
        return self._of(path, name)[0]

    def outputs(self, path: str, name: str) -> int | None:
        """The number of outputs of what a name in a script means."""
        return self._of(path, name)[1]

    def _of(self, path: str, name: str) -> tuple[int | None, int | None]:
        key = self.graph.definition_of(path, name)
        if key not in self._read:
            self._read[key] = self._count(*key)
        return self._read[key]

    def _count(self, path: str, name: str) -> tuple[int | None, int | None]:
        script = self.sources.script(path) if path in self.graph.harvests else None
        found = [
            definition
            for definition in (script.definitions if script is not None else ())
            if isinstance(definition, Process | WorkflowBlock) and definition.name == name
        ]
        if len(found) != 1 or script is None or any(fault.everywhere for fault in script.faults):
            return None, None
        (definition,) = found
        labels = ("input", "output") if isinstance(definition, Process) else ("take", "emit")
        is_process = isinstance(definition, Process)
        inputs, outputs = (
            _count_declared(
                [
                    statement
                    for section in definition.sections
                    if section.label == label
                    for statement in section.statements
                ],
                is_process=is_process,
            )
            for label in labels
        )
        return inputs, outputs


def _count_declared(statements: list[Statement], *, is_process: bool) -> int | None:
    """The number of inputs or outputs; None if a statement is something else, or if they have types (a record is one of multiple parts)."""
    if not is_process:
        known = all(isinstance(statement, TypedName | ExpressionStatement | Assignment) for statement in statements)
        return len(statements) if known else None
    number = 0
    for statement in statements:
        expression = statement.expression if isinstance(statement, ExpressionStatement) else None
        name = expression.function if isinstance(expression, FunctionCall) else expression
        if not isinstance(name, Name) or not (name.name in _QUALIFIERS or is_misplaced(name.name)):
            return None
        number += name.name in _QUALIFIERS
    return number


@dataclass(slots=True)
class _Block:
    """The variables of a workflow or function. `single` are the variables that are surely one channel or a value."""

    counts: _Counts
    path: str
    single: set[str] = field(default_factory=set)
    assigned: dict[str, list[Expression | None]] = field(default_factory=dict)

    def read(self, definition: WorkflowBlock | Function) -> list[FunctionCall]:
        """Read the variables; the calls by a plain name, without those in pipes and closures."""
        calls: list[FunctionCall] = []
        if isinstance(definition, WorkflowBlock):
            for section in definition.sections:
                if section.label == "take":
                    self.single |= {name for statement in section.statements if (name := _taken(statement))}
        stack: list[object] = [definition.sections if isinstance(definition, WorkflowBlock) else definition.body]
        while stack:
            node = stack.pop()
            if isinstance(node, tuple):
                stack += reversed(node)
                continue
            if isinstance(node, ClosureLiteral) or (isinstance(node, Binary) and node.operator in ("|", "&")):
                continue
            if isinstance(node, FunctionCall) and isinstance(node.function, Name):
                calls.append(node)
            self._note(node)
            stack += reversed(list(children(node)))
        return calls

    def _note(self, node: object) -> None:
        """Note the value of a variable; None for one of multiple values."""
        match node:
            case Declaration(names=names, value=value):
                for declared in names:
                    self.assigned.setdefault(declared.name, []).append(value if len(names) == 1 else None)
            case Assignment(target=Name(name=name), value=value, operator=operator):
                self.assigned.setdefault(name, []).append(value if operator == "=" else None)
            case Assignment(target=ListLiteral(items=items)):
                for item in items:
                    if isinstance(item, Name):
                        self.assigned.setdefault(item.name, []).append(None)
            case _:
                pass

    def channels_of(self, arguments: tuple[Expression, ...]) -> int | None:
        """The number of channels that arguments are; None if that is not certain."""
        total = 0
        for argument in arguments:
            number = self._channels(argument, 0)
            if number is None:
                return None
            total += number
        return total

    def _channels(self, expression: Expression, depth: int) -> int | None:
        if depth > _MAX_DEPTH:
            return None
        match expression:
            case Literal() | GString() | ListLiteral() | MapLiteral():
                return 1
            case Name(name=name):
                return self._of_variable(name, depth)
            case Property(target=Name(name="params")) | Index(target=Name(name="params")):
                return 1
            case Property(target=Name(name=name), name="out"):
                return self.counts.outputs(self.path, name) or None
            case Property(target=Property(target=Name(), name="out")):
                return 1
            case FunctionCall(function=Name(name=name)):
                if name in ("file", "files"):
                    return 1
                return self.counts.outputs(self.path, name) or None
            case FunctionCall(function=Property(name=method)):
                return None if method in _MULTIPLE else self._of_method(expression, depth)
            case Ternary(then=then, otherwise=otherwise) | Binary(operator="?:", left=then, right=otherwise):
                first, second = self._channels(then, depth + 1), self._channels(otherwise, depth + 1)
                return first if first == second else None
            case _:
                return None

    def _of_method(self, call: FunctionCall, depth: int) -> int | None:
        """The number of channels of `a.map { ... }` and the like: one, if the target is known."""
        target = call.function.target if isinstance(call.function, Property) else None
        if isinstance(target, Name) and target.name in ("channel", "Channel"):
            return 1
        return 1 if target is not None and self._channels(target, depth + 1) == 1 else None

    def _of_variable(self, name: str, depth: int) -> int | None:
        values = self.assigned.get(name)
        if values is None:
            return 1 if name in self.single else None
        for value in values:
            if value is None or self._channels(value, depth + 1) != 1:
                return None
        return 1


def _taken(statement: Statement) -> str:
    if isinstance(statement, TypedName):
        return statement.name
    expression = statement.expression if isinstance(statement, ExpressionStatement) else None
    return expression.name if isinstance(expression, Name) else ""
