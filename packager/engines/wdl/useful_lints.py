"""Which of miniwdl's lints are about code that a run reaches, and matter to a run in HealthOmics."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator

from WDL import Error, Expr, Tree, Type

# Style, and what other engines may reject: nothing in a run of the service depends on it.
WITHOUT_EFFECT = (
    "NonemptyCoercion",
    "NameCollision",
    "ForwardReference",
    "UnnecessaryQuantifier",
    "SelectArray",
    "Deprecated",
)
# Which members a Map or a JSON file has is known only in a run: an author who read the lint could do nothing about it.
WITHOUT_CURE = ("UnverifiedStruct",)
_IN_STORAGE = ("s3://", "omics://")
_HERE_DOCUMENT = re.compile(r"(?<!<)<<(-?)[ \t]*+[\"']?([A-Za-z_]\w*+)")  # not `<<<`, nor a shift such as `1 << 3`
_CONCATENATIONS = ("_add", "_interpolation_add")

Reached = frozenset[tuple[str, str]]  # the document's name for miniwdl, and the name of a task or workflow
_EVERY = "*"  # is not a name


def reached_by(document: Tree.Document | None) -> Reached | None:
    """The tasks and workflows that the workflow of a document calls, directly or not; None if it has no workflow."""
    if document is None or document.workflow is None:
        return None
    seen: dict[int, Tree.Task | Tree.Workflow] = {}
    pending = [document.workflow]
    while pending:
        executable = pending.pop()
        if id(executable) not in seen:
            seen[id(executable)] = executable
            pending += [call.callee for call in _calls(executable) if call.callee is not None]
    return frozenset((executable.pos.abspath, executable.name) for executable in seen.values())


def names_of(document: str, reached: Reached | None) -> list[str]:
    """The names of what is reached in a document, sorted."""
    return [_EVERY] if reached is None else sorted(name for path, name in reached if path == document)


def _calls(executable: Tree.Task | Tree.Workflow) -> Iterator[Tree.Call]:
    pending = list(executable.body) if isinstance(executable, Tree.Workflow) else []
    while pending:
        node = pending.pop()
        if isinstance(node, Tree.Call):
            yield node
        elif isinstance(node, Tree.WorkflowSection):
            pending += node.body


def is_reached(node: Error.SourceNode, reached: Reached | None) -> bool:
    """Whether a run can reach a node: it is in a reached task or workflow, or outside of all of them."""
    owner = _owner(node)
    return reached is None or owner is None or (owner.pos.abspath, owner.name) in reached


def matters(lint: str, node: Error.SourceNode, pos: Error.SourcePosition) -> bool:
    """Whether a lint about a node, at a place in it, can matter to a run in HealthOmics."""
    decide = _DECISIONS.get(lint)
    return decide is None or decide(node, pos)


def _owner(node: Error.SourceNode | None) -> Tree.Task | Tree.Workflow | None:
    while node is not None and not isinstance(node, Tree.Task | Tree.Workflow):
        node = getattr(node, "parent", None)
    return node


def _has_files(kind: Type.Base) -> bool:
    """Whether a type is or contains File or Directory; each struct in it is looked at once."""
    pending, structs = [kind], set[str]()
    while pending:
        part = pending.pop()
        if isinstance(part, Type.File | Type.Directory):
            return True
        if not isinstance(part, Type.StructInstance):
            pending += part.parameters
        elif part.type_name not in structs:
            structs.add(part.type_name)
            pending += (part.members or {}).values()
    return False


def _loses_a_file(node: Error.SourceNode, pos: Error.SourcePosition) -> bool:
    """Whether a workflow makes a String of a File, which is then neither copied to a task nor exported."""
    if isinstance(node, Tree.Call):
        return any(_has_files(value.type) for value in node.inputs.values() if value.pos == pos)
    if isinstance(_owner(node), Tree.Task):
        return False
    if isinstance(node, Tree.Decl):
        return node.expr is not None and _has_files(node.expr.type)
    return isinstance(node, Expr.Array) and any(_has_files(item.type) for item in node.items)


def _may_not_be_readable(node: Error.SourceNode, pos: Error.SourcePosition) -> bool:
    """Whether a String that becomes a File is not surely a URI; literal ones are the subject of a rule."""
    if isinstance(node, Tree.Decl):
        return node.expr is None or not (_is_uri(node.expr) or _begins_in_storage(node.expr))
    if isinstance(node, Tree.Call):
        return not any(_begins_in_storage(value) for value in node.inputs.values() if value.pos == pos)
    return True


def _is_uri(value: Expr.Base) -> bool:
    literal = value.literal if isinstance(value, Expr.String) else None
    return literal is not None and "://" in literal.value


def _begins_in_storage(value: Expr.Base) -> bool:
    while isinstance(value, Expr.Apply) and value.function_name in _CONCATENATIONS:
        value = value.arguments[0]
    if not isinstance(value, Expr.String) or len(value.parts) < 2:
        return False
    first = value.parts[1]  # after the quotation mark
    return isinstance(first, str) and first.startswith(_IN_STORAGE)


def _brings_no_struct(node: Error.SourceNode, pos: Error.SourcePosition) -> bool:
    """Whether an import also has no struct that its importer uses; miniwdl does not count one that another import has too."""
    imported = next((each for each in node.imports if each.pos == pos), None)
    if imported is None or imported.doc is None:
        return True
    brought = {binding.name for binding in imported.doc.struct_typedefs if not binding.value.imported}
    brought |= {new for old, new in imported.aliases if old in brought}
    return not brought & _used_structs(node)


def _used_structs(document: Tree.Document) -> set[str]:
    pending: list[Error.SourceNode] = [*document.tasks, *([document.workflow] if document.workflow else [])]
    used: set[str] = set()
    while pending:
        node = pending.pop()
        if isinstance(node, Tree.Decl):
            used |= {part.type_name for part in _written_structs(node.type)}
        elif isinstance(node, Tree.Task):
            pending += [*(node.inputs or []), *node.postinputs, *node.outputs]
        elif isinstance(node, Tree.Workflow):
            pending += [*(node.inputs or []), *node.body, *(node.outputs or [])]
        elif isinstance(node, Tree.WorkflowSection):
            pending += node.body
    for binding in document.struct_typedefs:
        if not binding.value.imported:
            used |= {part.type_name for kind in binding.value.members.values() for part in _written_structs(kind)}
    return used


def _written_structs(kind: Type.Base) -> Iterator[Type.StructInstance]:
    """The structs that a type names."""
    if isinstance(kind, Type.StructInstance):
        yield kind
        return
    for part in kind.parameters:
        yield from _written_structs(part)


def _is_forgotten(node: Error.SourceNode, _pos: Error.SourcePosition) -> bool:
    """Whether an unused declaration is neither a File that a task needs next to another, nor the version of the workflow."""
    owner = _owner(node)
    if isinstance(owner, Tree.Task):
        return not _has_files(node.type)
    return node.expr is None or not node.name.lower().endswith("version")


def _loses_files(node: Error.SourceNode, _pos: Error.SourcePosition) -> bool:
    """Whether an unused call makes files; a call without any is made for its effect."""
    return any(_has_files(output.value) for output in node.effective_outputs)


def _hides_an_end(node: Error.SourceNode, _pos: Error.SourcePosition) -> bool:
    """Whether the end of a here-document is indented, which the shell does not accept; `<<-` only accepts tabs."""
    text = "".join(part if isinstance(part, str) else "~" for part in node.command.parts)
    begun: re.Match[str] | None = None
    for line in text.split("\n"):
        if begun is None:
            begun = _HERE_DOCUMENT.search(line)
        elif line.strip() == begun[2]:
            indent = line[: line.index(begun[2])]
            if indent.strip("\t") if begun[1] else indent:
                return True
            begun = None
    return False


def _is_misread(node: Error.SourceNode, pos: Error.SourcePosition) -> bool:
    """Whether a runtime value is not just a String that holds a number of CPUs."""
    name, value = next((name, value) for name, value in node.runtime.items() if value.pos == pos)
    if name != "cpu" or not isinstance(value.type, Type.String):
        return True
    return isinstance(value, Expr.String) and value.literal is not None


def _is_no_input(node: Error.SourceNode, _pos: Error.SourcePosition) -> bool:
    """Whether nothing can set a declaration: without an input section, declarations without a value are the inputs."""
    owner = _owner(node)
    inputs: Collection[object] | None = None if owner is None else owner.inputs
    return inputs is not None


_DECISIONS: dict[str, Callable[[Error.SourceNode, Error.SourcePosition], bool]] = {
    "StringCoercion": _loses_a_file,
    "FileCoercion": _may_not_be_readable,
    "UnusedImport": _brings_no_struct,
    "UnusedDeclaration": _is_forgotten,
    "UnusedCall": _loses_files,
    "MixedIndentation": _hides_an_end,
    "UnexpectedRuntimeValue": _is_misread,
    "UnboundDeclaration": _is_no_input,
}
