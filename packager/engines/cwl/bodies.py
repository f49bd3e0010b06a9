"""The bodies of CWL workflows for their graph: steps, and the links between them."""

from __future__ import annotations

from packager.engines.call_graph import UNKNOWN_SOURCE, Body, BodyCall, Ref, Refs, graph_of
from packager.engines.cwl.closure import place_of
from packager.engines.cwl.links import RunOf, linked_names
from packager.engines.cwl.nodes import MappingNode, Node
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
            outputs = {
                short(member.name): links.of(member.node, "outputSource") for member in members(workflow.get("outputs"))
            }
            self._bodies[id(workflow)] = Body([self._call(step, links) for step in steps], inputs, {}, outputs)
        return self._bodies[id(workflow)]

    def _call(self, member: NamedNode, links: _Links) -> BodyCall:
        step, name = member.node, short(member.name)
        assert isinstance(step, MappingNode)
        inputs = {short(entry.name): links.of(entry.node, "source") for entry in members(step.get("in"))}
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


class _Links:
    """The links of a workflow: what its steps and outputs name as their sources."""

    def __init__(self, workflow: MappingNode, steps: frozenset[str], inputs: frozenset[str]) -> None:
        self._workflow = workflow
        self._steps = steps
        self._inputs = inputs

    def of(self, node: Node, field: str) -> Refs:
        """The sources of an input of a step (`source`) or of an output (`outputSource`)."""
        return tuple(dict.fromkeys(map(self._ref, linked_names(node, self._workflow, field))))

    def _ref(self, name: str) -> Ref:
        owner, _, last = name.rpartition("/")
        step = short(owner)
        if owner and step in self._steps:
            return Ref(step, last)
        return Ref("", last) if last in self._inputs else UNKNOWN_SOURCE
