"""What the strict parser rejects in a script, its processes and its workflows as a whole: sections, their order, loose statements."""

from __future__ import annotations

from collections.abc import Iterator

from packager.engines.nextflow.cursor import TokenCursor
from packager.engines.nextflow.lexing import SyntaxFault
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
_HANDLERS = frozenset({"onComplete", "onError"})
# The orders of a process's sections; the second has the outputs at the end. `script` includes `shell` and `exec`.
_PROCESS_ORDERS = (
    ("input", "stage", "output", "topic", "when", "script", "stub"),
    ("input", "stage", "when", "script", "stub", "output", "topic"),
)


def check_process(parser: TokenCursor, process: Process, *, typed: bool) -> None:
    """Note what the strict parser rejects in a process; `typed`: the script enables static types."""
    labels = [section.label for section in process.sections if section.label]
    directives = process.sections[0].statements
    if not labels and not directives:
        parser.strict("a process needs a script", process.start, late=True)
    kinds = ["script" if label in _SCRIPTS else label for label in labels]
    if not any(_in_order(kinds, order) for order in _PROCESS_ORDERS):
        parser.strict("the sections of the process are out of order, or unknown", process.start, late=True)
    has_script = "script" in kinds
    _check_labels(parser, "process", process.sections)
    if labels and not has_script and "when" not in labels and _last_is_label(process):
        parser.strict(
            "the sections of the process are out of order, or its script is missing", process.start, late=True
        )
    _check_empty(parser, process.sections)
    for section in process.sections:
        if section.label in ("stage", "topic"):
            parser.legacy(f"the section `{section.label}:`", section.start, section.start + len(section.label))
        if typed and section.label not in ("", "when"):
            continue
        _check_section(
            parser, process, section, is_last=section is process.sections[-1], has_script=has_script, alone=not labels
        )


def _check_section(
    parser: TokenCursor, process: Process, section: BlockSection, *, is_last: bool, has_script: bool, alone: bool
) -> None:
    if section.label in ("stage", "topic"):
        parser.strict(f"the section `{section.label}:` needs typed processes", section.start, late=True)
    if section.label == "when" and section.statements and not _is_condition(section.statements):
        parser.strict("`when:` needs one condition, and nothing else", process.start, late=True)
    if section.label not in ("", "input", "output"):
        return
    for index, statement in enumerate(section.statements):
        last = is_last and index == len(section.statements) - 1
        if last and not has_script and _is_script(statement):
            if not (alone and len(section.statements) == 1):
                parser.strict("`script:` is required before the script", statement.start, statement.end, late=True)
        elif isinstance(statement, Label):
            continue
        elif isinstance(statement, TypedName):
            parser.strict("typed inputs and outputs need typed processes", statement.start, statement.end, late=True)
        elif not _is_directive(statement) and not (
            isinstance(statement, ExpressionStatement) and isinstance(statement.expression, Name)
        ):
            what = "a directive" if section.label == "" else f"an {section.label}"
            parser.strict(f"not {what} of a process", statement.start, statement.end, late=True)


def check_workflow(parser: TokenCursor, block: WorkflowBlock, *, typed: bool) -> None:
    """Note what the strict parser rejects in a workflow; `typed`: the script enables static types."""
    start, sections = block.start, block.sections
    labels = [section.label for section in sections if section.label]
    if not _in_order(labels, WORKFLOW_SECTIONS[1:]) or (labels and not {"main", "emit"} & set(labels)):
        parser.strict("the sections of the workflow are out of order, or unknown", start, late=True)
    if labels and sections[0].statements and not any(isinstance(one, Label) for one in sections[0].statements):
        parser.strict("`main:` is required before the statements of a workflow with sections", start, late=True)
    _check_labels(parser, "workflow", sections)
    _check_empty(parser, sections)
    for section in sections:
        at_label = section.start + len(section.label)
        if section.label in _HANDLERS:
            parser.legacy(f"the section `{section.label}:`", section.start, at_label)
        if section.label in ("take", "emit") if not block.name else section.label in ("publish", *_HANDLERS):
            which = "a workflow with a name" if block.name else "the entry workflow"
            parser.strict(f"{which} cannot have a section `{section.label}:`", section.start, at_label, late=True)
        for statement in section.statements if section.label == "take" else ():
            if not _is_name(statement) and not isinstance(statement, (Label, TypedName)):
                message = "a `take:` can only have names"
                parser.faults.append(SyntaxFault(statement.start, statement.end, message, late=True))
        for message, statement in _misplaced(section, typed=typed):
            parser.strict(message, statement.start, statement.end, late=True)


def check_script(parser: TokenCursor, definitions: list[Definition]) -> None:
    """Note what the strict parser rejects in a script as a whole."""
    declares = any(
        not _is_loose(definition) or _is_setting(definition)
        for definition in definitions
        if not isinstance(definition, Import)
    )
    if any(isinstance(definition, ParamsBlock) for definition in definitions):
        for definition in definitions:
            if _is_setting(definition) and not is_flag(definition):
                message = "`params.x = ...` cannot be combined with a `params` block"
                parser.strict(message, definition.start, definition.end, late=True)
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


def _misplaced(section: BlockSection, *, typed: bool) -> Iterator[tuple[str, Statement]]:
    """The statements that a section of a workflow cannot have, each with the reason."""
    for statement in section.statements:
        if section.label in ("take", "emit") and not typed and isinstance(statement, TypedName) and statement.type:
            yield f"a typed `{section.label}:` needs `nextflow.enable.types = true`", statement
        elif section.label == "emit" and len(section.statements) > 1:
            if isinstance(statement, ExpressionStatement) and not isinstance(statement.expression, Name):
                yield "every emit needs a name if a workflow has more than one", statement
        elif section.label == "publish" and not isinstance(statement, (Assignment, Label)):
            yield "a publish statement must be an assignment", statement


def _in_order(labels: list[str], order: tuple[str, ...]) -> bool:
    """Whether the sections are in this order, each at most once."""
    ranks = [order.index(label) if label in order else -1 for label in labels]
    return -1 not in ranks and ranks == sorted(set(ranks))


def _check_labels(parser: TokenCursor, what: str, sections: tuple[BlockSection, ...]) -> None:
    """Note labels that are not those of sections, which no version accepts."""
    for section in sections:
        for statement in section.statements:
            if isinstance(statement, Label):
                message = f"a {what} has no section `{statement.name}:`"
                parser.faults.append(SyntaxFault(statement.start, statement.end, message, late=True))


def _check_empty(parser: TokenCursor, sections: tuple[BlockSection, ...]) -> None:
    """Note sections without a statement; at the end of a block no parser reads them."""
    for section in sections[1:]:
        if section.statements or any(
            fault.everywhere and section.start <= fault.start <= section.end for fault in parser.faults
        ):
            continue
        message, end = f"the section `{section.label}:` is empty", section.start + len(section.label)
        if section is sections[-1]:
            parser.faults.append(SyntaxFault(section.start, end, message))
        else:
            parser.strict(message, section.start, end, late=True)


def _last_is_label(process: Process) -> bool:
    """Whether the process does not end with a script."""
    last = process.sections[-1]
    return last.label == "stub" or not last.statements or not _is_script(last.statements[-1])


def _is_script(statement: Statement) -> bool:
    return isinstance(statement, ExpressionStatement) and isinstance(statement.expression, (Literal, GString))


def _is_condition(statements: tuple[Statement, ...]) -> bool:
    """Whether this is one expression; a command is none."""
    return len(statements) == 1 and any(
        isinstance(statement, ExpressionStatement)
        and not (isinstance(statement.expression, FunctionCall) and statement.expression.command)
        for statement in statements
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


def is_flag(definition: Definition) -> bool:
    """`nextflow.enable.x = ...`."""
    return _is_setting(definition) and _root(definition) == "nextflow"


def _root(definition: Definition) -> str:
    target = definition.target if isinstance(definition, Assignment) else None
    while isinstance(target, Property):
        target = target.target
    return target.name if isinstance(target, Name) else ""


def _is_setting(definition: Definition) -> bool:
    """`params.x = ...` or `nextflow.enable.x = ...`, which are allowed anywhere."""
    if not isinstance(definition, Assignment) or isinstance(definition.target, Name):
        return False
    return _root(definition) in ("params", "nextflow")


def _is_loose(definition: Definition) -> bool:
    return not isinstance(
        definition,
        (Process, WorkflowBlock, ParamsBlock, OutputBlock, TypeDefinition, Import, Function, Include),
    )
