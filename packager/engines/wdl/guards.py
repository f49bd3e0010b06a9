"""Which optional values surely exist where they are used: a condition tests them with `defined()`, or both ways of an `if` set them."""

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
    values = _values(user, pos)
    return bool(values) and all(_exists(value, names) for value in values)


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
    if not isinstance(value, Expr.Get | Expr.Ident):
        return False
    return str(value) in names or _has_both_ways(value)


def _has_both_ways(value: Expr.Base) -> bool:
    """Whether a name stands for `if c then a else b` where `a` surely exists if `c` holds, and `b` always."""
    declaration = _meaning(value)
    choice = declaration.expr if isinstance(declaration, Tree.Decl) else None
    if not isinstance(choice, Expr.IfThenElse) or choice.alternative.type.optional:
        return False
    return not choice.consequent.type.optional or _is_made_if(choice.consequent, str(choice.condition))


def _meaning(value: Expr.Base) -> Error.SourceNode | None:
    """What a name refers to: a declaration, a call, or what a section makes of one."""
    name = value.expr if isinstance(value, Expr.Get) else value
    return name.referee if isinstance(name, Expr.Ident) else None


def _is_made_if(value: Expr.Base, condition: str) -> bool:
    """Whether a value is optional only because a section with that condition makes it."""
    made = _meaning(value)
    if not isinstance(made, Tree.Gather) or not isinstance(made.section, Tree.Conditional):
        return False
    if str(made.section.expr) != condition:
        return False
    if isinstance(made.referee, Tree.Decl):
        return not made.referee.type.optional
    if not isinstance(made.referee, Tree.Call):
        return False
    name = str(value).rpartition(".")[2]
    return any(each.name == name and not each.value.optional for each in made.referee.callee.effective_outputs)
