"""The bodies of CWL workflows for their graph: steps, and the links between them."""

from __future__ import annotations

from packager.engines.call_graph import UNKNOWN_SOURCE, Body, BodyCall, Ref, Refs, graph_of
from packager.engines.cwl.closure import place_of
from packager.engines.cwl.links import RunOf, linked_names
from packager.engines.cwl.nodes import MappingNode, Node, SequenceNode
from packager.engines.cwl.processes import NamedNode, members, process_name, short
from packager.engines.cwl.values import input_names
from packager.model.calls import CallGraph, CallKind


class ProcessBodies:
    """The bodies of workflows, each made once; `run_of` finds the process that a step runs."""

    def __init__(self, run_of: RunOf) -> None:
        self._run_of = run_of
        self._bodies: dict[int, Body] = {}  # by the identity of a workflow, which its document keeps

    def graph(self, main: MappingNode) -> CallGraph:
        """The steps of the main process; of a tool, the tool itself."""
        if main.string("class") == "Workflow":
            return graph_of(self._body(main))
        name, place = process_name(main), place_of(main)
        inputs = {short(member.name): (Ref("", short(member.name)),) for member in members(main.get("inputs"))}
        outputs = {short(member.name): (Ref(name, short(member.name)),) for member in members(main.get("outputs"))}
        call = BodyCall(name, name, CallKind.TASK, place, place, inputs=inputs)
        return graph_of(Body([call], frozenset(inputs), {}, outputs))

    def _body(self, workflow: MappingNode) -> Body:
        if id(workflow) not in self._bodies:
            steps = [member for member in members(workflow.get("steps")) if isinstance(member.node, MappingNode)]
            inputs = frozenset(short(member.name) for member in members(workflow.get("inputs")))
            links = _Links(workflow, frozenset(short(step.name) for step in steps), inputs)
            outputs = {short(member.name): links.of_output(member.node) for member in members(workflow.get("outputs"))}
            self._bodies[id(workflow)] = Body([self._call(step, links) for step in steps], inputs, {}, outputs)
        return self._bodies[id(workflow)]

    def _call(self, member: NamedNode, links: _Links) -> BodyCall:
        step, name = member.node, short(member.name)
        assert isinstance(step, MappingNode)
        entries = {_last(entry.name): entry.node for entry in members(step.get("in") or step.get("inputs"))}
        sources = {entry: links.of_input(node) for entry, node in entries.items()}
        inputs = {entry: _with_expression(sources, entry, node) for entry, node in entries.items()}
        used = input_names(step.string("when"))
        deciding = [ref for entry, refs in inputs.items() if entry in used or "" in used for ref in refs]
        call = BodyCall(
            name,
            short(step.string("run")) or name,
            CallKind.TASK,
            member.place,
            scattered=step.get("scatter") is not None or step.get("loop") is not None,
            conditional=step.get("when") is not None,
            inputs=inputs,
            deciding=tuple(dict.fromkeys(deciding)),
        )
        process = self._run_of(step)
        if process is not None:
            call.callee = process_name(process, name if process.path == step.path else "")
            call.definition = place_of(process)
            if process.string("class") == "Workflow":
                call.kind = CallKind.WORKFLOW
                call.inside = lambda: self._body(process)
        return call


def _last(identifier: str) -> str:
    """The last part of an identifier, also of one of draft-2 (`#step.input`)."""
    name = short(identifier)
    return name.rpartition(".")[2] if identifier == f"#{name}" else name


def _with_expression(sources: dict[str, Refs], entry: str, node: Node) -> Refs:
    """What an input of a step is made of: its source, and the other inputs that its expression uses."""
    used = input_names(node.string("valueFrom")) if isinstance(node, MappingNode) else ()
    others = sources if "" in used else [name for name in sources if name in used]
    return tuple(dict.fromkeys([*sources[entry], *(ref for name in others for ref in sources[name])]))


class _Links:
    """The links of a workflow: what its steps and outputs name as their sources.

    Drafts of CWL use other fields: an output has a `source` in draft-3, and a link is in `connect` in draft-2.
    """

    def __init__(self, workflow: MappingNode, steps: frozenset[str], inputs: frozenset[str]) -> None:
        self._workflow = workflow
        self._steps = steps
        self._inputs = inputs

    def of_input(self, node: Node) -> Refs:
        """The sources of an input of a step."""
        return self._of(node, "source")

    def of_output(self, node: Node) -> Refs:
        """The sources of an output of the workflow."""
        return self._of(node, "outputSource") or self._of(node, "source")

    def _of(self, node: Node, field: str) -> Refs:
        connected = node.get("connect") if isinstance(node, MappingNode) else None
        links = connected.items if isinstance(connected, SequenceNode) else [connected or node]
        names = [name for link in links for name in linked_names(link, self._workflow, field)]
        return tuple(dict.fromkeys(map(self._ref, names)))

    def _ref(self, name: str) -> Ref:
        for separator in ("/", "."):
            owner, _, last = name.rpartition(separator)
            if owner and short(owner) in self._steps:
                return Ref(short(owner), last)
        last = short(name)
        return Ref("", last) if last in self._inputs else UNKNOWN_SOURCE
