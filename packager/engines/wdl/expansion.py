"""How much miniwdl would have to write out to check a document, counted without writing it out.

miniwdl keeps every input and output that a workflow's calls bring along, call by call, and every member of a struct's
members. Both can double with each level: what is beyond the bounds here would take it hours and more memory than a
machine has. The largest public workflows stay two orders of magnitude below the bounds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from WDL import Tree, Type

MAX_BINDINGS = 200_000  # inputs and outputs of the calls below one workflow
MAX_MEMBERS = 5_000  # of one struct, with those of the structs inside of it
MAX_COPIES = 300  # trees of documents that one document imports twice


@dataclass(slots=True)
class Expansion:
    """Counts by document, filled in the order in which documents are checked: imported ones first."""

    bindings: dict[str, int] = field(default_factory=dict)
    structs: dict[str, dict[str, int]] = field(default_factory=dict)

    def beyond(self, path: str, document: Any, imports: list[str]) -> str:
        """Why a document is not checked, or '' if it can be; `imports` are the paths of its imports, in their order."""
        members = self._members(path, document, imports)
        largest = max(members, key=lambda name: members[name], default="")
        self.bindings[path] = self._bindings(document, imports)
        if members.get(largest, 0) > MAX_MEMBERS:
            return f"the struct `{largest}` in `{path}` has more than {MAX_MEMBERS:,} members, counted through the structs inside it"
        if self.bindings[path] > MAX_BINDINGS:
            return f"the calls below the workflow in `{path}` have more than {MAX_BINDINGS:,} inputs and outputs"
        return ""

    def _members(self, path: str, document: Any, imports: list[str]) -> dict[str, int]:
        counts: dict[str, int] = {}
        for imported, target in zip(document.imports, imports, strict=True):
            renamed = {str(theirs): str(ours) for theirs, ours in imported.aliases}
            for name, count in self.structs.get(target, {}).items():
                counts.setdefault(renamed.get(name, name), count)
        own = {str(binding.name): binding.value.members for binding in document.struct_typedefs}
        pending = list(own)
        while pending:  # each struct after those that it holds; a circle, which miniwdl reports, counts once
            name = pending[-1]
            if name in counts:
                pending.pop()
                continue
            parts = [part for kind in own[name].values() for part in _struct_names(kind)]
            open_parts = [part for part in parts if part in own and part not in counts and part not in pending]
            if open_parts:
                pending += open_parts
                continue
            counts[name] = len(own[name]) + sum(counts.get(part, 0) for part in parts)
            pending.pop()
        self.structs[path] = counts
        return counts

    def _bindings(self, document: Any, imports: list[str]) -> int:
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
        """What a call through a namespace brings along: of a task there it is less, which does no harm."""
        return self.bindings.get(namespaces.get(namespace, ""), 0)


def _struct_names(kind: Any) -> list[str]:
    names: list[str] = []
    kinds = [kind]
    while kinds:
        inner = kinds.pop()
        if isinstance(inner, Type.StructInstance):
            names.append(inner.type_name)
        else:
            kinds += inner.parameters
    return names
