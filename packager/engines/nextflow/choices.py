"""The value of a closure, and every value that an expression may have if only a run decides among them."""

from __future__ import annotations

from packager.engines.nextflow.evaluation import MAX_DEPTH, Environment, can_read, evaluate
from packager.engines.nextflow.syntax import (
    Assignment,
    Binary,
    ClosureLiteral,
    Declaration,
    Expression,
    ExpressionStatement,
    FunctionCall,
    GString,
    If,
    Leave,
    Name,
    Statement,
    Ternary,
)
from packager.engines.nextflow.values import MAX_TEXT, UNKNOWN, ClosureValue, is_true, to_text

_MAX_OPTIONS = 16
_NOTHING = object()


def call_closure(value: ClosureValue, environment: Environment) -> object:
    """The result of a closure without arguments, or `UNKNOWN`."""
    return _result(value.closure.body, environment.within(value.path), 0)


def possible_values(expression: Expression, environment: Environment) -> tuple[list[object], bool]:
    """The values that an expression may have, and whether these are all."""
    values, complete = _options(expression, environment, 0)
    distinct: list[object] = []
    for value in values:
        if not can_read(environment, value):
            return distinct[:_MAX_OPTIONS], False
        if value not in distinct:
            distinct.append(value)
        if len(distinct) > _MAX_OPTIONS:
            return distinct[:_MAX_OPTIONS], False
    return distinct, complete


def possible_results(value: ClosureValue, environment: Environment) -> tuple[list[object], bool]:
    """The values that a closure may return, and whether these are all."""
    return _options_of_body(value.closure.body, environment.within(value.path), 0)


def _result(statements: tuple[Statement, ...], environment: Environment, depth: int) -> object:
    """The result of the body of a closure, or `UNKNOWN`."""
    result, _ = _run(statements, environment, depth)
    return UNKNOWN if result is _NOTHING else result


def _run(statements: tuple[Statement, ...], environment: Environment, depth: int) -> tuple[object, bool]:
    """The result of the statements of a closure (`_NOTHING` if they have no value, `UNKNOWN` if a run decides), and whether they return."""
    if depth > MAX_DEPTH:
        return UNKNOWN, True
    result: object = _NOTHING
    names = environment.names
    for statement in statements:
        match statement:
            case ExpressionStatement():
                result = evaluate(statement.expression, environment, depth + 1)
            case Declaration() if len(statement.names) == 1 and isinstance(names, dict):
                value = UNKNOWN if statement.value is None else evaluate(statement.value, environment, depth + 1)
                names[statement.names[0].name] = value
            case Assignment() if isinstance(statement.target, Name) and isinstance(names, dict):
                known = statement.operator == "="
                names[statement.target.name] = evaluate(statement.value, environment, depth + 1) if known else UNKNOWN
                result = names[statement.target.name]
            case Leave() if statement.word == "return":
                value = None if statement.value is None else evaluate(statement.value, environment, depth + 1)
                return value, True
            case If():
                condition = evaluate(statement.condition, environment, depth + 1)
                if condition is UNKNOWN:
                    return UNKNOWN, True
                branch = statement.then if is_true(condition) else statement.otherwise
                result, returns = _run(branch, environment, depth + 1)
                if returns:
                    return result, True
            case _:
                return UNKNOWN, True
    return result, False


def _options_of_body(
    statements: tuple[Statement, ...], environment: Environment, depth: int
) -> tuple[list[object], bool]:
    """The values that the body of a closure may return, and whether these are all."""
    value = _result(statements, environment.within(environment.path), depth)
    if value is not UNKNOWN:
        return [value], True
    values: list[object] = []
    complete, returns = _collect(statements, environment, depth, values, is_last=True)
    return values, complete and (returns or bool(values))


def _collect(
    statements: tuple[Statement, ...], environment: Environment, depth: int, values: list[object], *, is_last: bool
) -> tuple[bool, bool]:
    """Collect what statements may return, the last one without `return` too; whether that is all, and whether they surely return."""
    if depth > MAX_DEPTH:
        return False, False
    complete = True
    names = environment.names
    for index, statement in enumerate(statements):
        ends = is_last and index == len(statements) - 1
        match statement:
            case ExpressionStatement() if ends:
                options, all_options = _options(statement.expression, environment, depth + 1)
                values += options
                return complete and all_options, True
            case Leave() if statement.word == "return":
                if statement.value is None:
                    values.append(None)
                    return complete, True
                options, all_options = _options(statement.value, environment, depth + 1)
                values += options
                return complete and all_options, True
            case Declaration() if len(statement.names) == 1 and isinstance(names, dict):
                value = UNKNOWN if statement.value is None else evaluate(statement.value, environment, depth + 1)
                names[statement.names[0].name] = value
            case Assignment() if isinstance(statement.target, Name) and isinstance(names, dict):
                names[statement.target.name] = (
                    evaluate(statement.value, environment, depth + 1) if statement.operator == "=" else UNKNOWN
                )
            case If():
                complete_branches, returned = _collect_branches(statement, environment, depth, values, is_last=ends)
                complete = complete and complete_branches
                if returned:
                    return complete, True
            case ExpressionStatement():
                pass  # its value is lost
            case _:
                complete = False
    return complete, False


def _collect_branches(
    statement: If, environment: Environment, depth: int, values: list[object], *, is_last: bool
) -> tuple[bool, bool]:
    condition = evaluate(statement.condition, environment, depth + 1)
    if condition is not UNKNOWN:
        branch = statement.then if is_true(condition) else statement.otherwise
        return _collect(branch, environment, depth + 1, values, is_last=is_last)
    before = dict(environment.names)
    ends = []
    for branch in (statement.then, statement.otherwise):
        inner = environment.within(environment.path)
        ends.append(_collect(branch, inner, depth + 1, values, is_last=is_last))
        for name, value in inner.names.items():  # a variable that a branch sets is unknown after it
            if isinstance(environment.names, dict) and before.get(name, UNKNOWN) is not value:
                environment.names[name] = UNKNOWN
    return all(end[0] for end in ends), all(end[1] for end in ends)


def _options(expression: Expression, environment: Environment, depth: int) -> tuple[list[object], bool]:
    if depth > MAX_DEPTH or environment.budget.is_spent:
        return [], False
    value = evaluate(expression, environment)
    if isinstance(value, ClosureValue):
        return _options_of_body(value.closure.body, environment.within(environment.path), depth + 1)
    if value is not UNKNOWN:
        return [value], True
    match expression:
        case FunctionCall(function=ClosureLiteral() as closure, arguments=()):  # `{ ... }()`
            return _options_of_body(closure.body, environment.within(environment.path), depth + 1)
        case Ternary():
            condition = evaluate(expression.condition, environment)
            if condition is not UNKNOWN:
                chosen = expression.then if is_true(condition) else expression.otherwise
                return _options(chosen, environment, depth + 1)
            then, all_then = _options(expression.then, environment, depth + 1)
            other, all_other = _options(expression.otherwise, environment, depth + 1)
            return then + other, all_then and all_other
        case Binary(operator="?:"):
            left, all_left = _options(expression.left, environment, depth + 1)
            right, all_right = _options(expression.right, environment, depth + 1)
            return [item for item in left if is_true(item)] + right, all_left and all_right
        case GString():
            return _options_of_text(expression, environment, depth)
    return [], False


def _options_of_text(text: GString, environment: Environment, depth: int) -> tuple[list[object], bool]:
    heads = [""]
    complete = True
    for part in text.parts:
        if isinstance(part, str):
            values: list[object] = [part]
        else:
            values, all_values = _options(part, environment, depth + 1)
            complete = complete and all_values
        texts = [written for value in values if (written := to_text(value)) is not None]
        if not texts or len(heads) * len(texts) > _MAX_OPTIONS:
            return [], False
        if max(map(len, heads)) + max(map(len, texts)) > MAX_TEXT or not environment.budget.spend(
            sum(map(len, heads)) // 16
        ):
            return [], False
        heads = [head + tail for head in heads for tail in texts]
    return list(heads), complete
