"""The inputs and outputs that documents declare, by the lines in which they begin: what cwltool warns about, and works as it is written."""

from __future__ import annotations

from dataclasses import dataclass

from packager.engines.cwl.containers import parsed
from packager.engines.cwl.nodes import MappingNode, Node, ScalarNode, SequenceNode, YamlProblem
from packager.engines.cwl.processes import PROCESS_CLASSES, members, short
from packager.source import SourceTree, UnreadableError

_Places = dict[int, "_Parameter"]


@dataclass(frozen=True, slots=True)
class _Parameter:
    """`shared`: a tool has an input and an output of this name; `has_default`: the value is never null."""

    shared: bool
    has_default: bool


class DeclaredParameters:
    """The parameters of the documents of a tree; each document is read when it is asked for."""

    def __init__(self, tree: SourceTree) -> None:
        self._tree = tree
        self._documents: dict[str, _Places] = {}

    def is_shared(self, path: str, line: int) -> bool:
        """Whether a tool has both an input and an output of the name that the line of a document declares."""
        parameter = self._at(path, line)
        return parameter is not None and parameter.shared

    def has_default(self, path: str, line: int) -> bool:
        """Whether the line of a document declares an input with a default, so that its value is never null."""
        parameter = self._at(path, line)
        return parameter is not None and parameter.has_default

    def _at(self, path: str, line: int) -> _Parameter | None:
        if path not in self._documents:
            self._documents[path] = self._read(path)
        return self._documents[path].get(line)

    def _read(self, path: str) -> _Places:
        try:
            read = parsed(self._tree.text(path))
        except UnreadableError:
            return {}
        return {} if isinstance(read, YamlProblem) else _parameters(read.root)


def _parameters(root: Node) -> _Places:
    places: _Places = {}
    seen: set[int] = set()
    pending: list[Node] = [root]
    while pending:
        node = pending.pop()
        if isinstance(node, ScalarNode) or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, SequenceNode):
            pending.extend(node.items)
            continue
        if node.string("class") in PROCESS_CLASSES:
            _add(node, places)
        pending.extend(node.entries.values())
    return places


def _add(process: MappingNode, places: _Places) -> None:
    """Add the parameters of a process, each by the line of its name and by that of its content."""
    inputs, outputs = list(members(process.get("inputs"))), list(members(process.get("outputs")))
    both = {short(each.name) for each in inputs} & {short(each.name) for each in outputs}
    is_tool = process.string("class") != "Workflow"
    for member in [*inputs, *outputs]:
        default = member.node.get("default") if isinstance(member.node, MappingNode) else None
        has_default = default is not None and not (isinstance(default, ScalarNode) and default.value is None)
        parameter = _Parameter(is_tool and short(member.name) in both, has_default)
        for line in (member.place.line, member.node.line):
            places.setdefault(line, parameter)
