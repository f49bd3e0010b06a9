"""The inputs and outputs that a process or workflow declares, by name, and the channels that those of DSL1 name."""

from __future__ import annotations

from collections.abc import Iterable

from packager.engines.nextflow import builtins
from packager.engines.nextflow.syntax import (
    Assignment,
    Expression,
    ExpressionStatement,
    FunctionCall,
    Literal,
    MapEntry,
    Name,
    Process,
    Property,
    Statement,
    TypedName,
    WorkflowBlock,
)

Callee = Process | WorkflowBlock


def statements_of(definition: Callee, label: str) -> list[Statement]:
    """The statements of a section; empty without it."""
    return [statement for section in definition.sections if section.label == label for statement in section.statements]


def input_names(definition: Callee) -> tuple[str, ...]:
    """The names of the inputs of a workflow; those of a process are numbered."""
    if isinstance(definition, Process):
        return tuple(f"in[{number}]" for number, _ in enumerate(statements_of(definition, "input")))
    names = []
    for statement in statements_of(definition, "take"):
        if isinstance(statement, TypedName):
            names.append(statement.name)
        elif isinstance(statement, ExpressionStatement) and isinstance(statement.expression, Name):
            names.append(statement.expression.name)
        else:
            names.append(f"in[{len(names)}]")
    return tuple(names)


def output_names(definition: Callee) -> tuple[str, ...]:
    """The names of the outputs of a process or workflow; one without a name is numbered."""
    statements = statements_of(definition, "output" if isinstance(definition, Process) else "emit")
    is_process = isinstance(definition, Process)
    return tuple(
        _output_name(each, is_process=is_process) or f"out[{number}]" for number, each in enumerate(statements)
    )


def _output_name(statement: Statement, *, is_process: bool) -> str:
    match statement:
        case TypedName(name=name) | Assignment(target=Name(name=name)):
            return name
        case ExpressionStatement(expression=FunctionCall(named=named)) if is_process:
            return next((name for entry in named if (name := _emitted(entry))), "")
        case ExpressionStatement(expression=Name(name=name)) if not is_process:
            return name
        case _:
            return ""


def _emitted(entry: MapEntry) -> str:
    """The name in `emit: name`."""
    if not isinstance(entry.key, Literal) or entry.key.value != "emit":
        return ""
    if isinstance(entry.value, Name):
        return entry.value.name
    return str(entry.value.value) if isinstance(entry.value, Literal) else ""


def legacy_channels(expression: Expression | None) -> Iterable[tuple[str, tuple[Expression, ...]]]:
    """The `from` and `into` of an input or output of DSL1: `file x from y` is the call `file(x).from(y)`.

    An input without `from` reads the channel of its own name: its method is "".
    """
    match expression:
        case FunctionCall(function=Name(name=name), arguments=(Name(),) as own) if name in builtins.INPUT_QUALIFIERS:
            yield "", own
            return
        case _:
            pass
    while isinstance(expression, FunctionCall):
        if not isinstance(expression.function, Property):
            if isinstance(expression.function, Name) and expression.function.name == "stdout":
                yield "into", expression.arguments
            return
        yield expression.function.name, expression.arguments
        expression = expression.function.target
