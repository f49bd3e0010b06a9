"""The processes that a script defines inside other code: in an `if`, a loop, a closure or a function.

Versions before 26.04 read them, and a process exists as soon as the code around its definition has run. The syntax tree has them as what
Groovy reads: the command `process` with a call of the process's name, whose argument is a closure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from packager.engines.nextflow.harvest import walk
from packager.engines.nextflow.syntax import (
    BlockSection,
    ClosureLiteral,
    Definition,
    FunctionCall,
    GString,
    Label,
    Literal,
    Name,
    Process,
    Statement,
    WorkflowBlock,
)

KEYWORD = "process"


def nested_processes(definitions: Iterable[Definition], labels: frozenset[str]) -> tuple[Process, ...]:
    """The processes that are defined inside of other definitions, in source order; `labels` are the names of sections.

    Each starts where its command starts.
    """
    return tuple(
        process
        for definition in definitions
        if not isinstance(definition, Process | WorkflowBlock)
        for node in walk(definition)
        if isinstance(node, FunctionCall) and (process := _defined_by(node, labels)) is not None
    )


def _defined_by(node: FunctionCall, labels: frozenset[str]) -> Process | None:
    """The process that a command defines."""
    match node:
        case FunctionCall(
            function=Name(name="process"),
            arguments=(
                FunctionCall(
                    function=Name() | Literal(value=str()) | GString() as named,
                    arguments=(ClosureLiteral(parameters=None) as body,),
                    named=(),
                ) as call,
            ),
            named=(),
            command=True,
        ):
            sections = tuple(_sections(body, labels))
            quoted = not isinstance(named, Name)
            return Process(_name(named), sections, call.function.start + quoted, node.start, node.end)
        case _:
            return None


def _name(written: Name | Literal | GString) -> str:
    """The name of a process; each computed part is shown as `${...}`."""
    match written:
        case Name(name=name) | Literal(value=str(name)):
            return name
        case GString(parts=parts):
            return "".join(part if isinstance(part, str) else "${...}" for part in parts)
        case _:
            return ""


def _sections(body: ClosureLiteral, labels: frozenset[str]) -> Iterator[BlockSection]:
    """The statements of a process by section."""
    label, start = "", body.start
    statements: list[Statement] = []
    for statement in body.body:
        if isinstance(statement, Label) and statement.name in labels:
            yield BlockSection(label, tuple(statements), start, statement.start)
            label, start, statements = statement.name, statement.start, []
        else:
            statements.append(statement)
    yield BlockSection(label, tuple(statements), start, body.end)
