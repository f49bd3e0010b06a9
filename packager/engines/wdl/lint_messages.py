"""The message of each of miniwdl's lints, made from the node that it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from WDL import Error, Expr, Lint, StdLib, Tree, Type

from packager.engines.wdl.miniwdl_words import OPERATORS
from packager.text import joined, listed

_MOST_INPUTS = 5  # names of inputs in a message
# The types of runtime attributes that miniwdl expects.
_RUNTIME_TYPES = {
    "cpu": (Type.Int, Type.Float, Type.String),
    "memory": (Type.Int, Type.String),
    "docker": (Type.String, Type.Array),
    "gpu": (Type.Boolean,),
}


@dataclass(frozen=True, slots=True)
class LintPlace:
    """Where a lint is: the node that miniwdl reports, and the place in it."""

    node: Error.SourceNode
    pos: Error.SourcePosition


@dataclass(frozen=True, slots=True)
class _Use:
    """A value and what it is used for, with both types."""

    target: str
    expected: Type.Base
    actual: Type.Base


def lint_message(lint: str, place: LintPlace) -> str:
    """What a lint is about, or '' if packager does not know it or its node does not look as expected."""
    describe = _MESSAGES.get(lint)
    try:
        return describe(place) if describe else ""
    except (AttributeError, IndexError, KeyError, TypeError):
        return ""


def _use(place: LintPlace) -> _Use:
    node, pos = place.node, place.pos
    if isinstance(node, Tree.Decl):
        return _Use(f"`{node.name}`", node.type, node.expr.type)
    if isinstance(node, Tree.Call):
        name, expr = _input_at(node, pos)
        return _Use(_input(node, name), node.callee.available_inputs[name].type, expr.type)
    number, argument = next((number, each) for number, each in enumerate(node.arguments) if each.pos == pos)
    target = f"argument {number + 1} of `{node.function_name}()`"
    if node.function_name == "size":
        return _Use(target, Type.File(), argument.type)
    library = StdLib.TaskOutputs(Lint._find_doc(node).effective_wdl_version)
    return _Use(target, getattr(library, node.function_name).argument_types[number], argument.type)


def _input_at(call: Tree.Call, pos: Error.SourcePosition) -> tuple[str, Expr.Base]:
    return next((name, expr) for name, expr in call.inputs.items() if expr.pos == pos)


def _input(call: Tree.Call, name: str) -> str:
    return f"the input `{name}` of the call `{call.name}`"


def _converted(place: LintPlace) -> str:
    use = _use(place)
    return f"`{use.actual}` is converted to `{use.expected}` for {use.target}"


def _expected(place: LintPlace) -> str:
    use = _use(place)
    return f"expected `{use.expected}` for {use.target}, got `{use.actual}`"


def _string_coercion(place: LintPlace) -> str:
    node = place.node
    if isinstance(node, Expr.Array):
        types = sorted({str(item.type) for item in node.items})
        return f"an array has items of the types {joined(types)}; all are converted to `String`"
    return _converted(place)


def _non_string_keys(place: LintPlace) -> str:
    node = place.node
    if isinstance(node, Tree.Decl):
        target, kind = f"`{node.name}`", node.type
    elif isinstance(node, Tree.Call):
        name, _expr = _input_at(node, place.pos)
        target, kind = _input(node, name), node.callee.available_inputs[name].type
    else:
        target, kind = f"argument 1 of `{node.function_name}()`", node.arguments[0].type
    verb = "is" if isinstance(kind, Type.Map) and kind.item_type[0] != Type.String() else "contains"
    return f"{target} {verb} `{next(_non_string_maps(kind))}`, whose keys are not strings"


def _non_string_maps(kind: Type.Base) -> Iterator[Type.Map]:
    if isinstance(kind, Type.Map) and kind.item_type[0] != Type.String():
        yield kind
    for part in kind.parameters:
        yield from _non_string_maps(part)


def _optional_coercion(place: LintPlace) -> str:
    node = place.node
    if isinstance(node, Expr.Apply) and node.function_name in OPERATORS:
        types = joined([str(each.type) for each in node.arguments])
        return f"`{OPERATORS[node.function_name]}` has an optional operand: {types}"
    return _expected(place)


def _incomplete_call(place: LintPlace) -> str:
    call = place.node
    missing = sorted({decl.name for decl in call.callee.required_inputs} - set(call.inputs))
    noun = "input" if len(missing) == 1 else "inputs"
    return f"the call `{call.name}` omits the required {noun} {listed(missing, _MOST_INPUTS)}"


def _import_at(place: LintPlace) -> Tree.DocImport:
    return next(each for each in place.node.imports if each.pos == place.pos)


def _unused_import(place: LintPlace) -> str:
    return f"nothing in the import `{_import_at(place).namespace}` is used"


def _unused_declaration(place: LintPlace) -> str:
    decl = place.node
    inputs = getattr(getattr(decl, "parent", None), "inputs", None) or []
    kind = "input" if any(each is decl for each in inputs) else "declaration"
    return f"the {kind} `{decl.name}` is not used"


def _unused_call(place: LintPlace) -> str:
    return f"the outputs of the call `{place.node.name}` are not used"


def _mixed_indentation(place: LintPlace) -> str:
    return f"the command of `{place.node.name}` is indented with both tabs and spaces"


def _runtime_value(place: LintPlace) -> str:
    name, value = next((name, expr) for name, expr in place.node.runtime.items() if expr.pos == place.pos)
    types = _RUNTIME_TYPES[name]
    if not isinstance(value.type, types):
        expected = " or ".join(f"`{kind.__name__}`" for kind in types)
        return f"expected {expected} for `{name}`, got `{value.type}`"
    if name == "memory":
        return f"expected a size such as `8 GiB` for `memory`, got {_literal(value)}"
    return f"expected `Int` for `{name}`, got {_literal(value)}"


def _literal(expr: Expr.Base) -> str:
    """The text of a string without expressions, else its type."""
    parts = expr.parts[1:-1] if isinstance(expr, Expr.String) else []
    return f'"{parts[0]}"' if len(parts) == 1 and isinstance(parts[0], str) else f"`{expr.type}`"


def _unbound_declaration(place: LintPlace) -> str:
    return f"`{place.node.name}` is declared outside the input section and has no value"


_MESSAGES: dict[str, Callable[[LintPlace], str]] = {
    "StringCoercion": _string_coercion,
    "FileCoercion": _converted,
    "ArrayCoercion": _converted,
    "NonStringKeyMapJSON": _non_string_keys,
    "OptionalCoercion": _optional_coercion,
    "IncompleteCall": _incomplete_call,
    "UnusedImport": _unused_import,
    "UnusedDeclaration": _unused_declaration,
    "UnusedCall": _unused_call,
    "MixedIndentation": _mixed_indentation,
    "UnexpectedRuntimeValue": _runtime_value,
    "UnboundDeclaration": _unbound_declaration,
}
