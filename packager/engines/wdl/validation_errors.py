"""Errors of miniwdl's checks in plain English, made from the kind of an error, its node and its types."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from WDL import Error, Expr, StdLib, Tree, Type

from packager.engines.wdl.miniwdl_words import OPERATORS, TYPE_WORDS, WORDS, worded
from packager.text import count, joined

# How many arguments the functions have that miniwdl checks by code of their own.
_ARGUMENTS = {
    **dict.fromkeys(("zip", "cross", "prefix", "suffix", "contains", "contains_key", "chunk"), "2 arguments"),
    **dict.fromkeys(("size", "join_paths"), "1 or 2 arguments"),
    **dict.fromkeys(("read_tsv", "write_tsv"), "1 to 3 arguments"),
}
_LINKS = "_packager_links"
_HINT_OPTIONAL = "use `select_first([VALUE, DEFAULT])`, or `select_all(VALUE)` for an array of optional values"
_HINT_OBJECT = (
    "write `object { NAME: VALUE, ... }` with names that are not quoted: the values of a map are converted to one type"
)
_HINT_ROUND = "use `floor(VALUE)`, `ceil(VALUE)` or `round(VALUE)`"
# What to do about an error of a kind, where that is more than to correct the document.
_HINTS: dict[type[BaseException], str] = {
    Error.MultipleDefinitions: "remove one of the two, or give it another name",
    Error.NoSuchInput: "correct the name, or declare the input in the task or workflow",
    Error.NoSuchTask: "correct the name, or import the document that defines it",
    Error.NoSuchCall: "correct the name of the call",
    Error.UnknownIdentifier: "correct the name, or declare it",
    Error.CircularDependencies: "give it another name than the values that it is made from, or break the circle",
}


def validation_message(error: BaseException, document: Tree.Document | None = None) -> str:
    """What is wrong, or '' for an error that packager does not know; `document` is the one in which it was found."""
    try:
        describe = next((text for kind, text in _KINDS.items() if type(error) is kind), None)
        message = describe(error, document) if describe else ""
    except (AttributeError, KeyError, IndexError, TypeError, AssertionError, RecursionError):
        message = ""
    return message or worded(WORDS, str(error.args[0]) if error.args else "")


def validation_hint(error: BaseException, document: Tree.Document | None = None) -> str:
    """How to fix what is wrong, where more is known than that the document needs a correction; else ''."""
    if isinstance(error, Error.StaticTypeMismatch | Error.IncompatibleOperand):
        return _type_hint(error)
    if isinstance(error, Error.UncallableWorkflow):
        return _uncallable_hint(error, document)
    if isinstance(error, Error.UnknownIdentifier) and worded(WORDS, str(error.args[0]) if error.args else ""):
        return ""
    return next((hint for kind, hint in _HINTS.items() if type(error) is kind), "")


def _type_hint(error: Error.StaticTypeMismatch | Error.IncompatibleOperand) -> str:
    if isinstance(error, Error.IncompatibleOperand):
        operands = error.node.arguments if isinstance(error.node, Expr.Apply) else [error.node]
        types = [each._type for each in operands if isinstance(each, Expr.Base) and each._type is not None]
        return _HINT_OPTIONAL if any(kind.optional for kind in types) else ""
    if isinstance(error.node, Expr.Map) and isinstance(error.expected, Type.StructInstance):
        return _HINT_OBJECT
    if isinstance(error.expected, Type.Int) and isinstance(error.actual, Type.Float):
        return _HINT_ROUND
    actual, expected = str(error.actual), str(error.expected)
    if actual != expected and actual.replace("?", "") == expected:
        return _HINT_OPTIONAL
    is_optional = error.actual.optional and not error.expected.optional
    return _HINT_OPTIONAL if is_optional and error.actual.copy(optional=False).coerces(error.expected, True) else ""


def _uncallable_hint(error: Error.UncallableWorkflow, document: Tree.Document | None) -> str:
    workflow, missing = _called(error.node, document)
    cures = ["pass the inputs in its calls"] if missing else []
    if _lacks_outputs(workflow):
        cures.append("add an `output` section")
    return f"in the called workflow, {' and '.join(cures)}" if cures else ""


def _type_mismatch(error: Error.StaticTypeMismatch, document: Tree.Document | None) -> str:
    special = _unfit_member(error) or worded(TYPE_WORDS, error.message)
    if special:
        special = re.sub(r"'([^']*)'", r"`\1`", special)
        return special.replace("{expected}", _shown(error.expected)).replace("{actual}", _shown(error.actual))
    target = _target(error.node, document)
    if _shown(error.expected) == _shown(error.actual):
        return f"`{_shown(error.actual)}` is not accepted{f' for {target}' if target else ''}"
    return f"expected `{_shown(error.expected)}`{f' for {target}' if target else ''}, got `{_shown(error.actual)}`"


def _unfit_member(error: Error.StaticTypeMismatch) -> str:
    """The first member of a struct that cannot have its value, or ''; miniwdl names any of them, another one in each run."""
    struct, actual = error.expected, error.actual
    while isinstance(struct, Type.Array) and isinstance(actual, Type.Array):
        struct, actual = struct.item_type, actual.item_type
    members = _members(actual)
    if not isinstance(struct, Type.StructInstance) or not struct.members:
        return ""
    needed = {name for name, kind in struct.members.items() if not kind.optional}
    if not needed <= members.keys() <= struct.members.keys():
        return ""  # the members themselves are the problem
    # A type that differs in more than its quantifiers is rejected with and without `check_quant`.
    for check_quant in (False, True):
        for name, kind in struct.members.items():
            if name in members and not members[name].coerces(kind, check_quant):
                return f"expected `{kind}` for the member `{name}` of the struct `{struct.type_name}`, got `{members[name]}`"
    return ""


def _members(kind: Type.Base) -> dict[str, Type.Base]:
    """The members of an object or struct, or of a map literal whose keys are literal."""
    if isinstance(kind, Type.Map):
        return dict.fromkeys(kind.literal_keys or (), kind.item_type[1])
    return dict(kind.members or {}) if isinstance(kind, Type.Object | Type.StructInstance) else {}


def _shown(kind: Type.Base) -> str:
    return str(kind) or "struct"


def _target(node: Error.SourceNode | None, document: Tree.Document | None) -> str:
    """What the value of an expression is used for, or ''."""
    parent = _parent(node, document)
    if isinstance(parent, Tree.Decl):
        return f"`{parent.name}`"
    if isinstance(parent, Tree.Call):
        name = next(name for name, expr in parent.inputs.items() if expr is node)
        return f"the input `{name}` of the call `{parent.name}`"
    if isinstance(parent, Tree.Conditional):
        return "the condition of `if`"
    if isinstance(parent, Expr.Apply) and not parent.function_name.startswith("_"):
        number = next(number for number, each in enumerate(parent.arguments) if each is node)
        return f"argument {number + 1} of `{parent.function_name}()`"
    return ""


def _parent(node: Error.SourceNode | None, document: Tree.Document | None) -> Error.SourceNode | None:
    """The node above a node of a document, or None."""
    link = _links(document).get(id(node))
    return link[0] if link else None


def _links(document: Tree.Document | None) -> dict[int, tuple[Error.SourceNode, Error.SourceNode]]:
    """The nodes of a document, by identity, each after the node above it; collected once, after the check."""
    if document is None:
        return {}
    links: dict[int, tuple[Error.SourceNode, Error.SourceNode]] = document.__dict__.setdefault(_LINKS, {})
    if links:
        return links
    stack: list[Error.SourceNode] = [*document.tasks, *([document.workflow] if document.workflow else [])]
    while stack:
        node = stack.pop()
        children = list(node.children)
        if isinstance(node, Expr.Get) and not children:  # before its type is known, it shows no children
            children = [node.expr]
        for child in children:
            links.setdefault(id(child), (node, child))
        stack += children
    return links


def _unknown_identifier(error: Error.UnknownIdentifier, _document: Tree.Document | None) -> str:
    if worded(WORDS, str(error.args[0])):
        return ""
    return f"`{error.node}` is not defined"


def _no_such_input(error: Error.NoSuchInput, document: Tree.Document | None) -> str:
    call = _parent(error.node, document)
    assert isinstance(call, Tree.Call)
    name = next(name for name, expr in call.inputs.items() if expr is error.node)
    return f"`{'.'.join(call.callee_id)}` has no input `{name}`"


def _no_such_task(error: Error.NoSuchTask, document: Tree.Document | None) -> str:
    if isinstance(error.node, Tree.Call):
        imports = {link.namespace for link in document.imports} if document else set()
        if error.node.callee_id[1:] and error.node.callee_id[0] not in imports:
            return f"the import `{error.node.callee_id[0]}` does not exist"
        return f"the task or workflow `{'.'.join(error.node.callee_id)}` does not exist"
    idents = document.workflow._output_idents if document and document.workflow else []
    names = [".".join(parts[:-1]) for parts in idents if parts[-1] == "*"]
    calls = {call.name for call in _calls(document)}
    return f"the call `{next(name for name in names if name not in calls)}` does not exist"


def _no_such_call(error: Error.NoSuchCall, document: Tree.Document | None) -> str:
    calls = {call.name for call in _calls(document)}
    name = next(name for name in error.node.after if name not in calls)
    return f"the call `{name}` of `after` does not exist"


def _calls(document: Tree.Document | None) -> Iterator[Tree.Call]:
    yield from (child for _above, child in _links(document).values() if isinstance(child, Tree.Call))


def _no_such_function(error: Error.NoSuchFunction, _document: Tree.Document | None) -> str:
    return f"the function `{error.node.function_name}` does not exist in this WDL version"


def _wrong_arity(error: Error.WrongArity, document: Tree.Document | None) -> str:
    name = error.node.function_name
    version = document.effective_wdl_version if document else "1.1"
    return f"expected {_arguments(name, version)} for `{name}()`, got {len(error.node.arguments)}"


def _arguments(name: str, version: str) -> str:
    """How many arguments a function has: "1 argument", "1 or 2 arguments"."""
    types = getattr(getattr(StdLib.TaskOutputs(version), name, None), "argument_types", None)
    if types is not None:
        optional = 0
        while optional < len(types) and types[-1 - optional].optional:
            optional += 1
        least = len(types) - optional
        return f"{least} or {len(types)} arguments" if optional else count(least, "argument")
    if name == "select_first":
        return "1 or 2 arguments" if version not in ("draft-2", "1.0", "1.1") else "1 argument"
    return _ARGUMENTS.get(name, "1 argument")


def _no_such_member(error: Error.NoSuchMember, document: Tree.Document | None) -> str:
    node = error.node
    if isinstance(node, Expr.Get):
        return f"`{node.expr}` (`{_shown(node.expr.type)}`) has no member `{node.member}`"
    link = next(link for link in (document.imports if document else ()) if link.pos == error.pos)
    structs = {binding.name for binding in link.doc.struct_typedefs}
    name = next(name for name, _alias in link.aliases if name not in structs)
    return f"the import `{link.namespace}` has no struct `{name}`"


def _not_an_array(error: Error.NotAnArray, document: Tree.Document | None) -> str:
    parent = _parent(error.node, document)
    target = "`scatter`" if isinstance(parent, Tree.Scatter) else "an index"
    return f"expected an array for {target}, got `{_shown(error.node.type)}`"


def _incompatible_operand(error: Error.IncompatibleOperand, _document: Tree.Document | None) -> str:
    node = error.node
    if isinstance(node, Expr.Placeholder):
        return "an array in a placeholder needs the option `sep`, or the function `sep()`"
    if node._type is not None:  # the operand itself: only logical operators report it
        return f"expected `Boolean` as an operand of `&&` or `||`, got `{node.type}`"
    name = node.function_name
    types = [str(each.type) for each in node.arguments]
    return f"`{OPERATORS.get(name, name)}` does not accept {joined(types)}"


def _uncallable_workflow(error: Error.UncallableWorkflow, document: Tree.Document | None) -> str:
    workflow, missing = _called(error.node, document)
    reasons = ["it has no output section"] if _lacks_outputs(workflow) else []
    if missing:
        more = f" (and {len(missing) - 1} more)" if missing[1:] else ""
        reasons.append(f"{missing[0]}{more} has no value")
    name = ".".join(error.node.callee_id)
    return f"`{name}` cannot be called: {' and '.join(reasons)}" if reasons else ""


def _called(call: Tree.Call, document: Tree.Document | None) -> tuple[Tree.Workflow | None, list[str]]:
    """The workflow that a call names, and the required inputs of its own calls that have no value."""
    links = document.imports if document else ()
    imported = next((link.doc for link in links if link.namespace == call.callee_id[0]), None)
    workflow = imported.workflow if imported else None
    missing = [
        f"the input `{binding.name[len(inner.name) + 1 :]}` of its call `{inner.name}`"
        for inner in getattr(workflow, "incomplete_calls", [])
        for binding in inner.required_inputs
    ]
    return workflow, missing


def _lacks_outputs(workflow: Tree.Workflow | None) -> bool:
    return workflow is not None and workflow.outputs is None and bool(workflow.effective_outputs)


def _circular(error: Error.CircularDependencies, _document: Tree.Document | None) -> str:
    node = error.node
    name = getattr(node, "name", "") or getattr(node, "variable", "")
    if isinstance(node, Tree.StructTypeDef):
        return f"the struct `{name}` contains itself"
    if isinstance(node, Tree.Call) and node.callee is None:
        return f"the workflow calls itself: `{name}`"
    return f"`{name}` depends on itself" if name else "the declarations depend on each other in a circle"


_KINDS: dict[type[BaseException], Callable[..., str]] = {
    Error.StaticTypeMismatch: _type_mismatch,
    Error.IncompatibleOperand: _incompatible_operand,
    Error.UnknownIdentifier: _unknown_identifier,
    Error.NoSuchInput: _no_such_input,
    Error.NoSuchTask: _no_such_task,
    Error.NoSuchCall: _no_such_call,
    Error.NoSuchFunction: _no_such_function,
    Error.NoSuchMember: _no_such_member,
    Error.NotAnArray: _not_an_array,
    Error.WrongArity: _wrong_arity,
    Error.UncallableWorkflow: _uncallable_workflow,
    Error.CircularDependencies: _circular,
}
