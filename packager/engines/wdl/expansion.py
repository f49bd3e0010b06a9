"""How much miniwdl would have to keep to check a document, counted before it is called.

miniwdl keeps every input and output of a workflow's calls, call by call, and every member of a struct's members.
Both can double with each level. It also lists, for each section of a workflow, all names next to it, and its lints
compare each declaration with all others. Beyond the bounds here it would take hours and more memory than a machine
has. The largest public workflows are far below the bounds.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from WDL import Error, Expr, Tree, Type

MAX_BINDINGS = 200_000  # inputs and outputs of the calls below one workflow
MAX_MEMBERS = 5_000  # of one struct, with those of the structs inside of it
MAX_MEMBERS_OF_ALL = 400_000  # of all structs of a document, counted in the same way
MAX_NAMES = 400_000  # that declarations and calls make, each as often as a section of a workflow lists it
MAX_STEPS = 2_000_000  # names that sections pass on, each again for every section around them: about ten seconds
MAX_LINT_STEPS = 50_000_000  # of miniwdl's lints that compare declarations with each other: about ten seconds
MAX_LEVELS_UNAIDED = 10  # of literals, members and ifs, with miniwdl unchanged: its time doubles with each
MAX_NAMES_UNAIDED = 5_000  # with miniwdl unchanged: its memory grows quadratically
MAX_COPIES = 300  # trees of documents that one document imports twice


@dataclass(slots=True)
class Expansion:
    """Counts by document, filled in the order in which documents are checked: imported ones first.

    `aided` is whether miniwdl's repeated work is avoided (see `fast_miniwdl`); unchanged, it can process less.
    """

    aided: bool = True
    bindings: dict[str, int] = field(default_factory=dict)
    structs: dict[str, dict[str, int]] = field(default_factory=dict)

    def beyond(self, path: str, document: Tree.Document, imports: list[str]) -> str:
        """Why a document is not checked, or '' if it can be; `imports` are the paths of its imports, in their order."""
        members = self._members(path, document, imports)
        largest = max(members, key=lambda name: members[name], default="")
        self.bindings[path] = self._bindings(document, imports)
        own = sum(members[str(binding.name)] for binding in document.struct_typedefs)
        if members.get(largest, 0) > MAX_MEMBERS:
            return f"the struct `{largest}` in `{path}` has more than {MAX_MEMBERS:,} members, including those of structs inside it"
        if own > MAX_MEMBERS_OF_ALL:
            return f"the structs of `{path}` have more than {MAX_MEMBERS_OF_ALL:,} members, including those of structs inside them"
        if self.bindings[path] > MAX_BINDINGS:
            return f"the calls in the workflow of `{path}` have more than {MAX_BINDINGS:,} inputs and outputs"
        most = MAX_NAMES if self.aided else MAX_NAMES_UNAIDED
        names, steps = _names(document, members)
        if names > most:
            return f"the sections of the workflow in `{path}` see more than {most:,} names, members of structs included"
        if steps > MAX_STEPS:
            return (
                f"the workflow in `{path}` has so many names in deeply nested sections that miniwdl would take minutes"
            )
        if not self.aided and _levels(document) > MAX_LEVELS_UNAIDED:
            return f"`{path}` nests values more than {MAX_LEVELS_UNAIDED} levels deep, which the installed miniwdl checks too slowly"
        return ""

    def _members(self, path: str, document: Tree.Document, imports: list[str]) -> dict[str, int]:
        counts: dict[str, int] = {}
        for imported, target in zip(document.imports, imports, strict=True):
            renamed = {str(theirs): str(ours) for theirs, ours in imported.aliases}
            for name, count in self.structs.get(target, {}).items():
                counts.setdefault(renamed.get(name, name), count)
        own = {str(binding.name): binding.value.members for binding in document.struct_typedefs}
        for struct in own:  # each after those that it contains; in a circle, which miniwdl reports, each counts once
            way = [struct] if struct not in counts else []
            while way:
                name = way[-1]
                parts = [part for kind in own[name].values() for part in _struct_names(kind)]
                part = next((part for part in parts if part in own and part not in counts and part not in way), None)
                if part is not None:
                    way.append(part)
                    continue
                counts[name] = len(own[name]) + sum(counts.get(part, 0) for part in parts)
                way.pop()
        self.structs[path] = counts
        return counts

    def _bindings(self, document: Tree.Document, imports: list[str]) -> int:
        workflow = document.workflow
        if workflow is None:
            return 0
        tasks = {str(task.name): len(task.inputs or task.postinputs) + len(task.outputs) for task in document.tasks}
        namespaces = {
            str(imported.namespace): target for imported, target in zip(document.imports, imports, strict=True)
        }
        total = len(workflow.inputs or ()) + len(workflow.outputs or ())
        nodes = list(workflow.body)
        while nodes:
            node = nodes.pop()
            if isinstance(node, Tree.Call):
                first = str(node.callee_id[0])
                total += 1 + (tasks.get(first, 0) if len(node.callee_id) == 1 else self._called(namespaces, first))
            elif isinstance(node, Tree.WorkflowSection):
                nodes += node.body
        return total

    def _called(self, namespaces: dict[str, str], namespace: str) -> int:
        """How many inputs and outputs a call through a namespace has; too many for a task, which does no harm."""
        return self.bindings.get(namespaces.get(namespace, ""), 0)


def beyond_lints(document: Tree.Document) -> bool:
    """Whether miniwdl's lints would take too long: they compare each declaration with its neighbours, structs and tasks."""
    executables = [*document.tasks, *((document.workflow,) if document.workflow else ())]
    structs, others = len(list(document.struct_typedefs)), len(document.imports) + len(executables)
    steps = len(executables) * (len(executables) + _STRUCT_STEPS * structs)
    for executable in executables:
        declared = len(executable.inputs or ()) + len(executable.outputs or ())
        body = len(executable.body if isinstance(executable, Tree.Workflow) else executable.postinputs)
        steps += (declared + body) * (2 * declared + _STRUCT_STEPS * structs + others)
    return steps > MAX_LINT_STEPS


_NESTING = (Expr.Array, Expr.Pair, Expr.Map, Expr.Struct, Expr.Get, Expr.IfThenElse)


def _levels(document: Tree.Document) -> int:
    """How deeply values are nested in a document."""
    deepest = 0
    nodes: list[tuple[Error.SourceNode, int]] = [
        (node, 0) for node in (*document.tasks, document.workflow) if node is not None
    ]
    while nodes:
        node, levels = nodes.pop()
        levels += isinstance(node, _NESTING)
        deepest = max(deepest, levels)
        children = [node.expr] if isinstance(node, Expr.Get) else node.children  # it hides its own before the check
        nodes += [(child, levels) for child in children]
    return deepest


_STRUCT_STEPS = 10  # comparing with a struct takes so much longer than with a declaration


def _names(document: Tree.Document, members: dict[str, int]) -> tuple[int, int]:
    """How many names miniwdl creates for a document, and how often its sections pass one on.

    A section gets the names next to it, and passes its own on; miniwdl repeats that for each section around it.
    """

    def created(declarations: list[Tree.Decl] | None) -> int:
        structs = (_struct_name(declaration.type) for declaration in declarations or ())
        return sum(1 + (members.get(name, 0) if name else 0) for name in structs)

    total = sum(created([*(task.inputs or ()), *task.postinputs, *task.outputs]) for task in document.tasks)
    workflow = document.workflow
    if workflow is None:
        return total, 0
    outputs = {str(task.name): len(task.outputs) for task in document.tasks}

    def within(body: list[Tree.WorkflowNode], depth: int) -> tuple[int, int, int]:
        """The names that a body passes on, those that are created for it and for the sections in it, and the steps."""
        inner = [within(node.body, depth + 1) for node in body if isinstance(node, Tree.WorkflowSection)]
        calls = [node for node in body if isinstance(node, Tree.Call)]
        own = created([node for node in body if isinstance(node, Tree.Decl)]) + sum(
            1 + outputs.get(str(call.callee_id[0]), 1) for call in calls
        )
        own += sum(passed for passed, _, _ in inner)
        names = own * (1 + len(inner)) + sum(names for _, names, _ in inner)
        return own, names, own * depth + sum(steps for _, _, steps in inner)

    _, names, steps = within(workflow.body, 0)
    return total + created(workflow.inputs) + names + created(workflow.outputs), steps


def _struct_name(kind: Type.Base) -> str:
    """The name of the struct that a type is, or ''."""
    return str(kind.type_name) if isinstance(kind, Type.StructInstance) else ""


def _struct_names(kind: Type.Base) -> list[str]:
    names: list[str] = []
    kinds = [kind]
    while kinds:
        inner = kinds.pop()
        if isinstance(inner, Type.StructInstance):
            names.append(inner.type_name)
        else:
            kinds += inner.parameters
    return names
