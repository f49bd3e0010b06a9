"""Which optional values surely exist where they are used: those that a condition around them tests with `defined()`."""

from __future__ import annotations

from WDL import Error, Expr, Tree

_OPERATORS = frozenset(("_add", "_sub", "_mul", "_div", "_land", "_lor"))
Names = frozenset[str]  # expressions as written, such as `x` and `call.output`


def tested_names(condition: Expr.Base) -> Names:
    """What a condition tests with `defined()`, alone or with `&&`."""
    if isinstance(condition, Expr.Apply) and condition.function_name == "defined" and len(condition.arguments) == 1:
        return frozenset((str(condition.arguments[0]),))
    if isinstance(condition, Expr.Apply) and condition.function_name == "_land":
        return tested_names(condition.arguments[0]) | tested_names(condition.arguments[1])
    return frozenset()


def guarded_children(node: Error.SourceNode) -> tuple[list[Error.SourceNode], Names]:
    """The children of a node that are used only if a condition holds, and what that condition tests."""
    if isinstance(node, Expr.IfThenElse):
        return [node.consequent], tested_names(node.condition)
    if isinstance(node, Tree.Conditional):
        return [child for child in node.children if child is not node.expr], tested_names(node.expr)
    return [], frozenset()


def surely_exists(user: Error.SourceNode, pos: Error.SourcePosition, names: Names) -> bool:
    """Whether the optional values that `user` uses at a place are among the tested names."""
    return bool(names) and all(_exists(value, names) for value in _values(user, pos))


def _values(user: Error.SourceNode, pos: Error.SourcePosition) -> list[Expr.Base]:
    if isinstance(user, Expr.Apply):
        if user.function_name in _OPERATORS:
            return list(user.arguments)
        return [argument for argument in user.arguments if argument.pos == pos] or list(user.arguments)
    if isinstance(user, Tree.Call):
        return [value for value in user.inputs.values() if value.pos == pos] or list(user.inputs.values())
    return [user.expr] if isinstance(user, Tree.Decl) else []


def _exists(value: Expr.Base, names: Names) -> bool:
    if not value.type.optional:
        return True
    if isinstance(value, Expr.Apply) and value.function_name in _OPERATORS:
        return all(_exists(argument, names) for argument in value.arguments)
    return isinstance(value, Expr.Get | Expr.Ident) and str(value) in names
