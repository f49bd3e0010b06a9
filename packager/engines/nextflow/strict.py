"""What the strict parser rejects in a script, its processes and its workflows as a whole: sections, their order, loose statements."""

from __future__ import annotations

from collections.abc import Iterator

from packager.engines.nextflow.cursor import TokenCursor
from packager.engines.nextflow.syntax import (
    Assignment,
    BlockSection,
    Definition,
    ExpressionStatement,
    Function,
    FunctionCall,
    GString,
    Import,
    Include,
    Label,
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

PROCESS_SECTIONS = ("", "input", "stage", "output", "topic", "when", "script", "shell", "exec", "stub")
_SCRIPTS = frozenset({"script", "shell", "exec"})
WORKFLOW_SECTIONS = ("", "take", "main", "emit", "publish", "onComplete", "onError")


def check_process(parser: TokenCursor, process: Process) -> None:
    """Note what the strict parser rejects in a process."""
    labels = [section.label for section in process.sections if section.label]
    directives = process.sections[0].statements
    if not labels and not directives:
        parser.strict("a process needs a script", process.start, late=True)
    _check_order(parser, process.sections, PROCESS_SECTIONS, "process", process.start)
    has_script = any(label in _SCRIPTS for label in labels)
    if any(isinstance(statement, Label) for section in process.sections for statement in section.statements):
        parser.strict("the sections of the process are out of order, or unknown", process.start, late=True)
    if sum(label in _SCRIPTS for label in labels) > 1 or (
        labels and not has_script and "when" not in labels and _last_is_label(process)
    ):
        parser.strict(
            "the sections of the process are out of order, or its script is missing", process.start, late=True
        )
    for section in process.sections:
        _check_section(
            parser, process, section, is_last=section is process.sections[-1], has_script=has_script, alone=not labels
        )


def _check_section(
    parser: TokenCursor, process: Process, section: BlockSection, *, is_last: bool, has_script: bool, alone: bool
) -> None:
    if section.label in ("stage", "topic"):
        parser.strict(f"the section `{section.label}:` needs typed processes", section.start, late=True)
    if section.label == "when" and any(_is_command(statement) for statement in section.statements):
        parser.strict("`when:` needs a condition", process.start, late=True)
    if section.label not in ("", "input", "output"):
        return
    for index, statement in enumerate(section.statements):
        last = is_last and index == len(section.statements) - 1
        if last and not has_script and _is_script(statement):
            if not (alone and len(section.statements) == 1):
                parser.strict("`script:` is required before the script", statement.start, statement.end, late=True)
        elif isinstance(statement, TypedName) or (isinstance(statement, Label) and section.label != ""):
            parser.strict("typed inputs and outputs need typed processes", statement.start, statement.end, late=True)
        elif not _is_directive(statement) and not (
            isinstance(statement, ExpressionStatement) and isinstance(statement.expression, Name)
        ):
            what = "a directive" if section.label == "" else f"an {section.label}"
            parser.strict(f"not {what} of a process", statement.start, statement.end, late=True)


def check_workflow(parser: TokenCursor, block: WorkflowBlock) -> None:
    """Note what the strict parser rejects in a workflow."""
    start, sections = block.start, block.sections
    _check_order(parser, sections, WORKFLOW_SECTIONS, "workflow", start)
    labels = [section.label for section in sections]
    if len(labels) > 1 and sections[0].statements and labels[1] != "take":
        parser.strict("`main:` is required before the statements of a workflow with sections", start, late=True)
    if any(isinstance(statement, Label) for section in sections for statement in section.statements):
        parser.strict("the sections of the workflow are out of order, or unknown", start, late=True)
    for section in sections:
        for message, statement in _misplaced(section):
            parser.strict(message, statement.start, statement.end, late=True)


def check_script(parser: TokenCursor, definitions: list[Definition]) -> None:
    """Note what the strict parser rejects in a script as a whole."""
    declares = any(
        not _is_loose(definition)
        for definition in definitions
        if not isinstance(definition, Import) and not _is_setting(definition)
    )
    entry = None
    for definition in definitions:
        if isinstance(definition, WorkflowBlock) and not definition.name:
            if entry is not None:
                parser.strict(
                    "the entry workflow is defined more than once", definition.start, definition.start + 8, late=True
                )
            entry = definition
    if not declares:
        return
    for definition in definitions:
        if _is_loose(definition) and not _is_setting(definition):
            parser.strict(
                "a script cannot mix statements and definitions",
                definition.start,
                definition.end,
                late=True,
            )


def _misplaced(section: BlockSection) -> Iterator[tuple[str, Statement]]:
    """The statements that a section of a workflow cannot have, each with the reason."""
    for statement in section.statements:
        if section.label == "take" and not _is_name(statement):
            yield "a `take:` can only have names", statement
        elif section.label == "emit" and len(section.statements) > 1:
            if isinstance(statement, ExpressionStatement) and not isinstance(statement.expression, Name):
                yield "every emit needs a name if a workflow has more than one", statement
        elif section.label == "publish" and not isinstance(statement, (Assignment, Label)):
            yield "a publish statement must be an assignment", statement


def _check_order(
    parser: TokenCursor, sections: tuple[BlockSection, ...], order: tuple[str, ...], word: str, start: int
) -> None:
    ranks = [order.index(section.label) if section.label in order else -1 for section in sections]
    if -1 in ranks or ranks != sorted(set(ranks)):
        parser.strict(f"the sections of the {word} are out of order, or unknown", start, late=True)


def _last_is_label(process: Process) -> bool:
    """Whether the process does not end with a script."""
    last = process.sections[-1]
    return last.label == "stub" or not last.statements or not _is_script(last.statements[-1])


def _is_script(statement: Statement) -> bool:
    return isinstance(statement, ExpressionStatement) and isinstance(statement.expression, (Literal, GString))


def _is_command(statement: Statement) -> bool:
    return (
        isinstance(statement, ExpressionStatement)
        and isinstance(statement.expression, FunctionCall)
        and statement.expression.command
    )


def _is_name(statement: Statement) -> bool:
    if isinstance(statement, TypedName):
        return statement.value is None
    return isinstance(statement, ExpressionStatement) and isinstance(statement.expression, Name)


def _is_directive(statement: Statement) -> bool:
    return isinstance(statement, ExpressionStatement) and (
        isinstance(statement.expression, Name)
        or (isinstance(statement.expression, FunctionCall) and isinstance(statement.expression.function, Name))
    )


def _is_setting(definition: Definition) -> bool:
    """`params.x = ...` or `nextflow.enable.x = ...`, which are allowed anywhere."""
    if not isinstance(definition, Assignment):
        return False
    target = definition.target
    while isinstance(target, Property):
        target = target.target
    return target is not definition.target and isinstance(target, Name) and target.name in ("params", "nextflow")


def _is_loose(definition: Definition) -> bool:
    return not isinstance(
        definition,
        (Process, WorkflowBlock, ParamsBlock, OutputBlock, TypeDefinition, Import, Function, Include),
    )
