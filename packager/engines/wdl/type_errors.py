"""The errors of miniwdl's type check, also those that it does not look for once it has found others."""

from __future__ import annotations

from collections.abc import Callable

from WDL import Error, Tree

# Errors of an expression: the inputs and outputs of the task around it have their types all the same.
_OF_EXPRESSIONS = (
    Error.IncompatibleOperand,
    Error.IndeterminateType,
    Error.NoSuchFunction,
    Error.NoSuchMember,
    Error.NotAnArray,
    Error.StaticTypeMismatch,
    Error.UnknownIdentifier,
    Error.WrongArity,
)


def document_errors(document: Tree.Document, *, lenient: bool) -> list[Exception]:
    """The errors of a document whose imports are known; miniwdl itself does not check a workflow after an error in a task.

    Raises:
        RecursionError: there are too many levels.
    """
    errors = _errors_of(lambda: document.typecheck(check_quant=not lenient))
    workflow = document.workflow
    names = {task.name for task in document.tasks}
    if errors and workflow is not None and workflow.name not in names and are_in_tasks(document, errors):
        more = _errors_of(lambda: workflow.typecheck(document, check_quant=not lenient))
        errors += [error for error in more if isinstance(error, Error.ValidationError)]
    return errors


def task_errors(document: Tree.Document, *, lenient: bool) -> list[Exception]:
    """The errors in the tasks of a document some of whose imports are unknown: without them, its tasks lack only structs.

    Raises:
        RecursionError: there are too many levels.
    """
    workflow, document.workflow = document.workflow, None
    try:
        errors = _errors_of(lambda: document.typecheck(check_quant=not lenient))
    finally:
        document.workflow = workflow
    return [
        error
        for error in errors
        if isinstance(error, Error.ValidationError) and not isinstance(error, Error.InvalidType)
    ]


def are_in_tasks(document: Tree.Document, errors: list[Exception]) -> bool:
    """Whether all errors are in expressions of tasks: what imports the document can call them as if it had none."""
    regions = [((task.pos.line, task.pos.column), (task.pos.end_line, task.pos.end_column)) for task in document.tasks]

    def is_inside(error: Exception) -> bool:
        pos = getattr(error, "pos", None)
        return pos is not None and any(begin <= (pos.line, pos.column) <= end for begin, end in regions)

    return all(isinstance(error, _OF_EXPRESSIONS) and is_inside(error) for error in errors)


def _errors_of(check: Callable[[], None]) -> list[Exception]:
    try:
        check()
    except Error.MultipleValidationErrors as errors:
        return list(errors.exceptions)
    except RecursionError:  # how deep miniwdl can go depends on the caller, so this is not a verdict
        raise
    except Exception as error:  # noqa: BLE001 - any failure of miniwdl is a verdict on the document
        return [error]
    return []
