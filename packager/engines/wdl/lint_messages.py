"""The message of each of miniwdl's lints, made from the node that it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from WDL import Error, Expr, Lint, StdLib, Tree, Type

from packager.engines.wdl.miniwdl_words import OPERATORS
from packager.text import joined, listed

_MOST_INPUTS = 5  # names of inputs in a message
_RENAMED = {"docker": "container", "returnCodes": "return_codes"}
# The types of runtime attributes that miniwdl expects.
_RUNTIME_TYPES = {
    "cpu": (Type.Int, Type.Float, Type.String),
    "memory": (Type.Int, Type.String),
    "docker": (Type.String, Type.Array),
    "gpu": (Type.Boolean,),
}
_INSTEAD_OF_OPTION = {
    "sep": "`sep()`",
    "default": "`select_first()`",
    "true": "`if ... then ... else`",
    "false": "`if ... then ... else`",
}


@dataclass(frozen=True, slots=True)
class LintPlace:
    """Where a lint is: the node that miniwdl reports, the place in it, and how many of the same lint precede it there."""

    node: Error.SourceNode
    pos: Error.SourcePosition
    ordinal: int = 0


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
    if isinstance(node, Expr.Apply) and node.function_name in OPERATORS and place.pos == node.pos:
        other = next(each.type for each in node.arguments if not isinstance(each.type, Type.String))
        return f"`+` joins a `String` with `{other}`"
    if isinstance(node, Expr.Array):
        types = sorted({str(item.type) for item in node.items})
        return f"an array has items of the types {joined(types)}; all are converted to `String`"
    return _converted(place)


def _file_coercion(place: LintPlace) -> str:
    node = place.node
    if isinstance(node, Tree.Decl) and isinstance(node.expr, Expr.String):
        literal = node.expr.literal
        if literal and "://" in literal.value:
            return f"the default of `{node.name}` is a URI, which not every engine accepts"
    return _converted(place)


def _unverified_struct(place: LintPlace) -> str:
    return f"{_converted(place)}; its members are not checked"


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


def _nonempty_coercion(place: LintPlace) -> str:
    return f"{_expected(place)}, which may be empty"


def _incomplete_call(place: LintPlace) -> str:
    call = place.node
    missing = sorted({decl.name for decl in call.callee.required_inputs} - set(call.inputs))
    noun = "input" if len(missing) == 1 else "inputs"
    return f"the call `{call.name}` omits the required {noun} {listed(missing, _MOST_INPUTS)}"


def _name_collision(place: LintPlace) -> str:
    node = place.node
    document = Lint._find_doc(node)
    if isinstance(node, Tree.Document):
        name = _import_at(place).namespace
        return f"the import `{name}` has the name of {_structs(document, name)[place.ordinal]}"
    name = node.variable if isinstance(node, Tree.Scatter) else node.name
    others = ["an import" for each in document.imports if each.namespace == name]
    if isinstance(node, Tree.Decl | Tree.Scatter):
        if document.workflow and document.workflow.name == name:
            others.append("the workflow")
        others += ["a task" for task in document.tasks if task.name == name]
    others += _structs(document, name)
    kinds = {
        Tree.Call: "the call",
        Tree.Decl: "the declaration",
        Tree.Scatter: "the scatter variable",
        Tree.Task: "the task",
        Tree.Workflow: "the workflow",
    }
    return f"{kinds[type(node)]} `{name}` has the name of {others[place.ordinal]}"


def _structs(document: Tree.Document, name: str) -> list[str]:
    """What the structs of a name are called in a message."""
    same = (binding.value for binding in document.struct_typedefs if binding.name == name)
    return ["an imported struct" if struct.imported else "a struct" for struct in same]


def _import_at(place: LintPlace) -> Tree.DocImport:
    return next(each for each in place.node.imports if each.pos == place.pos)


def _unused_import(place: LintPlace) -> str:
    return f"nothing in the import `{_import_at(place).namespace}` is used"


def _newer_import(place: LintPlace) -> str:
    imported = _import_at(place)
    versions = imported.doc.effective_wdl_version, place.node.effective_wdl_version
    return f"the import `{imported.namespace}` has WDL version {versions[0]}, newer than {versions[1]} of this document"


def _forward_reference(place: LintPlace) -> str:
    referee = place.node.referee
    if isinstance(referee, Tree.Gather):
        referee = referee.final_referee
    what = "the call" if isinstance(referee, Tree.Call) else "its declaration"
    return f"`{place.node.name}` is used before {what} in line {referee.pos.line}"


def _unused_declaration(place: LintPlace) -> str:
    decl = place.node
    inputs = getattr(getattr(decl, "parent", None), "inputs", None) or []
    kind = "input" if any(each is decl for each in inputs) else "declaration"
    return f"the {kind} `{decl.name}` is not used"


def _unused_call(place: LintPlace) -> str:
    return f"the outputs of the call `{place.node.name}` are not used"


def _unnecessary_quantifier(place: LintPlace) -> str:
    decl = place.node
    owner = decl
    while not isinstance(owner, Tree.Task | Tree.Workflow):
        owner = owner.parent
    is_input = owner.inputs is None or any(each is decl for each in owner.inputs)
    subject = f"the input `{decl.name}` has a default" if is_input else f"`{decl.name}` always has a value"
    return f"{subject}, so `{decl.type}` does not need its `?`"


def _mixed_indentation(place: LintPlace) -> str:
    return f"the command of `{place.node.name}` is indented with both tabs and spaces"


def _select_array(place: LintPlace) -> str:
    call = place.node
    return f"`{call.function_name}()` is applied to `{call.arguments[0].type}`, which has no optional items"


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


def _deprecated(place: LintPlace) -> str:
    node = place.node
    if isinstance(node, Expr.Placeholder):
        options = sorted(node.options)
        instead = " and ".join(dict.fromkeys(_INSTEAD_OF_OPTION[option] for option in options))
        noun, verb = ("option", "is") if len(options) == 1 else ("options", "are")
        return f"the placeholder {noun} {joined(options)} {verb} deprecated since WDL 1.1; use {instead}"
    if isinstance(node, Expr.Struct):
        return "`object` is deprecated since WDL 1.1; use a struct"
    name = next((name for name in _RENAMED if name in node.runtime and node.runtime[name].pos == place.pos), "")
    if name:
        return f"`{name}` is deprecated since WDL 1.2; use `{_RENAMED[name]}`"
    return "the `runtime` section is deprecated since WDL 1.2; use `requirements` and `hints`"


_MESSAGES: dict[str, Callable[[LintPlace], str]] = {
    "StringCoercion": _string_coercion,
    "FileCoercion": _file_coercion,
    "ArrayCoercion": _converted,
    "UnverifiedStruct": _unverified_struct,
    "NonStringKeyMapJSON": _non_string_keys,
    "OptionalCoercion": _optional_coercion,
    "NonemptyCoercion": _nonempty_coercion,
    "IncompleteCall": _incomplete_call,
    "NameCollision": _name_collision,
    "UnusedImport": _unused_import,
    "ImportNewerWDL": _newer_import,
    "ForwardReference": _forward_reference,
    "UnusedDeclaration": _unused_declaration,
    "UnusedCall": _unused_call,
    "UnnecessaryQuantifier": _unnecessary_quantifier,
    "MixedIndentation": _mixed_indentation,
    "SelectArray": _select_array,
    "UnexpectedRuntimeValue": _runtime_value,
    "UnboundDeclaration": _unbound_declaration,
    "Deprecated": _deprecated,
}
