"""What workflows and functions pass to the processes that they call, by position."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from packager.engines.nextflow.evaluation import Environment
from packager.engines.nextflow.graph import Graph
from packager.engines.nextflow.harvest import walk
from packager.engines.nextflow.script_values import ScriptValues
from packager.engines.nextflow.sources import PipelineSources
from packager.engines.nextflow.syntax import (
    Expression,
    ExpressionStatement,
    Function,
    FunctionCall,
    Name,
    Process,
    TypedName,
    WorkflowBlock,
)

_MAX_DEPTH = 12


@dataclass(frozen=True, slots=True)
class Argument:
    """An expression with the environment of the script that it is in."""

    expression: Expression
    environment: Environment


@dataclass(frozen=True, slots=True)
class _Call:
    path: str
    caller: str
    arguments: tuple[Expression, ...]


@dataclass(slots=True)
class Arguments:
    """The calls in the scripts of a pipeline."""

    sources: PipelineSources
    graph: Graph
    values: ScriptValues
    _calls: dict[tuple[str, str], list[_Call]] = field(default_factory=dict)
    _inputs: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    def _read(self) -> None:
        for path in self.graph.harvests:
            script = self.sources.script(path)
            for definition in script.definitions if script is not None else ():
                if isinstance(definition, Process):
                    self._inputs[path, definition.name] = tuple(_inputs(definition))
                elif isinstance(definition, WorkflowBlock):
                    self._inputs[path, definition.name] = tuple(_takes(definition))
                elif isinstance(definition, Function):
                    self._inputs[path, definition.name] = tuple(item.name for item in definition.parameters)
                if isinstance(definition, WorkflowBlock | Function):
                    self._add_calls(path, definition)
            for process in script.nested if script is not None else ():
                self._inputs.setdefault((path, process.name), tuple(_inputs(process)))

    def _add_calls(self, path: str, definition: WorkflowBlock | Function) -> None:
        for node in walk(definition):
            if isinstance(node, FunctionCall) and isinstance(node.function, Name) and not node.named:
                called = self.graph.definition_of(path, node.function.name)
                if called[1] in self.graph.defined.get(called[0], {}):
                    self._calls.setdefault(called, []).append(_Call(path, definition.name, node.arguments))

    def of(self, path: str, process: str) -> Mapping[str, tuple[Argument, ...]]:
        """The values of the plain inputs of a process in all its calls; inputs of which a call is unknown are left out."""
        if not self._inputs:
            self._read()
        found: dict[str, tuple[Argument, ...]] = {}
        for name in self._inputs.get((path, process), ()):
            values = self._values(path, process, name, 0) if name else None
            if values:
                found[name] = tuple(values)
        return found

    def _values(self, path: str, called: str, name: str, depth: int) -> list[Argument] | None:
        names = self._inputs.get((path, called), ())
        if depth > _MAX_DEPTH or name not in names:
            return None
        position = names.index(name)
        found: list[Argument] = []
        for call in self._calls.get((path, called), ()):
            if len(call.arguments) != len(names):
                return None
            expression = call.arguments[position]
            if isinstance(expression, Name) and expression.name in self._inputs.get((call.path, call.caller), ()):
                outer = self._values(call.path, call.caller, expression.name, depth + 1)
                if outer is None:
                    return None
                found += outer
            else:
                found.append(Argument(expression, self.values.environment(call.path)))
        return found or None


def _inputs(process: Process) -> Iterator[str]:
    """The names of the inputs of a process by position, "" for those that are not a plain `val` or `path`."""
    for section in process.sections:
        if section.label != "input":
            continue
        for statement in section.statements:
            if isinstance(statement, TypedName):
                yield statement.name
            elif isinstance(statement, ExpressionStatement):
                call = statement.expression
                is_plain = (
                    isinstance(call, FunctionCall)
                    and isinstance(call.function, Name)
                    and call.function.name in ("val", "path")
                    and len(call.arguments) == 1
                )
                argument = call.arguments[0] if is_plain and isinstance(call, FunctionCall) else None
                yield argument.name if isinstance(argument, Name) else ""


def _takes(workflow: WorkflowBlock) -> Iterator[str]:
    for section in workflow.sections:
        if section.label != "take":
            continue
        for statement in section.statements:
            if isinstance(statement, TypedName):
                yield statement.name
            elif isinstance(statement, ExpressionStatement):
                yield statement.expression.name if isinstance(statement.expression, Name) else ""
