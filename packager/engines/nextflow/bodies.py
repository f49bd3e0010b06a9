"""The bodies of Nextflow workflows for their graph: calls of processes and workflows, and the channels between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from packager.engines.call_graph import UNKNOWN_SOURCE, Body, BodyCall, Ref, Refs, graph_of
from packager.engines.nextflow.channels import Budget, ChannelReader, Variables, unsure
from packager.engines.nextflow.conditions import Condition
from packager.engines.nextflow.pipeline import Pipeline
from packager.engines.nextflow.ports import Callee, input_names, legacy_channels, output_names, statements_of
from packager.engines.nextflow.syntax import (
    Binary,
    Expression,
    ExpressionStatement,
    Function,
    FunctionCall,
    Name,
    Process,
    Statement,
    WorkflowBlock,
)
from packager.findings.diagnostic import Place
from packager.model.calls import CallEdge, CallGraph, CallKind

_MAX_NESTING = 8  # of functions in functions
Key = tuple[str, str]  # the script and name of a definition; the entry workflow has the name ""


def graph_of_pipeline(pipeline: Pipeline, whens: Mapping[str, Condition]) -> CallGraph:
    """The calls of the entry workflow; in DSL1, the processes of main.

    `whens` has the conditions of the sections `when:` by the qualified names of processes.
    """
    bodies = _Bodies(pipeline)
    graph = graph_of(bodies.legacy() if pipeline.is_dsl1 else bodies.of((pipeline.main, "")) or Body())
    return _with_sections(graph, whens) if whens else graph


def _with_sections(graph: CallGraph, whens: Mapping[str, Condition]) -> CallGraph:
    """A graph with the conditions of processes themselves."""
    calls = []
    edges = {(edge.source, edge.target): edge for edge in graph.edges}
    for call in graph.calls:
        when = whens.get(call.id.replace("/", ":")) if call.kind is CallKind.TASK else None
        calls.append(replace(call, conditional=True) if when is not None else call)
        for name in when.names if when is not None else ():
            before = edges.get(("", call.id))
            label = name if before is None or before.label == name else ""
            edges["", call.id] = CallEdge("", call.id, label)
    return replace(graph, calls=tuple(calls), edges=tuple(sorted(edges.values())))


class _Bodies:
    """The bodies of the workflows of a pipeline, each made once, and what their scripts define."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        self.budget = Budget()
        self.callees: dict[Key, Callee] = {}
        self.functions: dict[Key, Function] = {}
        self.nested: dict[tuple[str, int], Process] = {}  # by the place of the command that defines it
        self.unread: dict[str, set[str]] = {}  # the names that a script includes, and whose definition cannot be read
        self._outputs: dict[Key, tuple[str, ...]] = {}
        self._keys: dict[Key, Key] = {}
        self._bodies: dict[Key, Body] = {}
        self._variables: dict[str, Variables] = {}
        for path in pipeline.graph.harvests:
            script = pipeline.sources.script(path)
            for definition in script.definitions if script is not None else ():
                if isinstance(definition, Process | WorkflowBlock):
                    self.callees.setdefault((path, definition.name), definition)
                elif isinstance(definition, Function):
                    self.functions.setdefault((path, definition.name), definition)
            for process in script.nested if script is not None else ():
                self.callees.setdefault((path, process.name), process)
                self.nested[path, process.start] = process
        for use in pipeline.graph.uses:
            missing = self.unread.setdefault(use.path, set())
            if use.kind == "local":
                missing.update(name.alias for name in use.include.names if not self._is_defined(use.target, name.name))
            elif use.kind != "plugin":
                missing.update(name.alias for name in use.include.names)

    def _is_defined(self, path: str, name: str) -> bool:
        where, original = self.key(path, name)
        return original in self.pipeline.graph.defined.get(where, {})

    def of(self, key: Key) -> Body | None:
        """The body of a workflow."""
        workflow = self.callees.get(key)
        if not isinstance(workflow, WorkflowBlock):
            return None
        if key not in self._bodies:
            self._bodies[key] = _WorkflowReader(self, key[0], key[1]).read(workflow)
        return self._bodies[key]

    def legacy(self) -> Body:
        """The body of a main script in DSL1, whose processes name the channels that they read and write."""
        main = self.pipeline.main
        reader = _WorkflowReader(self, main, "", runs_definitions=True)
        script = self.pipeline.sources.script(main)
        for definition in script.definitions if script is not None else ():
            if isinstance(definition, Process):
                reader.run_process(definition)
            else:
                reader.channels.run((definition,))
        followed = reader.calls
        for process in script.nested if script is not None else ():
            if process.name not in followed:  # its function is not called, or cannot be followed
                reader.define(process.start)
        return Body(list(reader.calls.values()))

    def variables(self, path: str) -> Variables:
        """The variables that a script assigns outside of workflows."""
        if path not in self._variables:
            self._variables[path] = variables = Variables()
            script = self.pipeline.sources.script(path)
            reader = _WorkflowReader(self, path, "", variables)
            for definition in script.definitions if script is not None else ():
                if not isinstance(definition, Process | WorkflowBlock | Function):
                    reader.channels.run((definition,))
        return self._variables[path]

    def outputs(self, key: Key) -> tuple[str, ...] | None:
        """The names of the outputs of a process or workflow; None if its definition cannot be read."""
        if key not in self._outputs and key in self.callees:
            self._outputs[key] = output_names(self.callees[key])
        return self._outputs.get(key)

    def key(self, path: str, name: str) -> Key:
        """The script and name of the definition that a name in a script leads to."""
        if (path, name) not in self._keys:
            self._keys[path, name] = self.pipeline.graph.definition_of(path, name)
        return self._keys[path, name]

    def place(self, key: Key) -> Place:
        """The place of a definition's name."""
        definition = self.callees[key]
        return self.pipeline.sources.place(key[0], definition.name_start, definition.name_start + len(key[1]))


@dataclass(slots=True)
class _Frame:
    """The script that the code being read is in, the conditions of its calls, and whether a condition decides on all of them."""

    path: str
    conditions: Mapping[str, Condition]
    conditional: bool = False
    nesting: int = 0


@dataclass(slots=True)
class _Called:
    """What a name of a workflow runs; `key` is None if its definition cannot be read."""

    call: BodyCall
    key: Key | None
    inputs: dict[str, Refs] = field(default_factory=dict)


class _WorkflowReader:
    """Reads a workflow, with the functions that it calls; what names mean depends on the script that is read."""

    def __init__(
        self,
        bodies: _Bodies,
        path: str,
        name: str,
        variables: Variables | None = None,
        *,
        runs_definitions: bool = False,
    ) -> None:
        self._bodies = bodies
        self._runs_definitions = runs_definitions
        self._frame = _Frame(path, self._conditions((path, name)))
        self._called: dict[str, _Called] = {}
        self._results: dict[tuple[Key, tuple[Refs, ...]], Refs] = {}
        outer = variables if variables is not None else Variables(bodies.variables(path))
        self.channels = ChannelReader(self, outer, bodies.budget)

    @property
    def calls(self) -> dict[str, BodyCall]:
        """The calls so far, by name."""
        return {name: called.call for name, called in self._called.items()}

    def read(self, workflow: WorkflowBlock) -> Body:
        """The body of a workflow."""
        inputs = input_names(workflow)
        self.channels.variables.own |= {name: (Ref("", name),) for name in inputs}
        outputs: dict[str, Refs] = {}
        published: dict[str, Refs] = {}
        for section in workflow.sections:
            if section.label in ("", "main"):
                self.channels.run(section.statements)
            elif section.label == "emit":
                names = output_names(workflow)
                for name, statement in zip(names, section.statements, strict=False):
                    outputs[name] = self.channels.run((statement,))
            elif section.label == "publish":
                for number, statement in enumerate(section.statements):
                    published[str(number)] = self._published(statement)
        if not workflow.name:
            outputs |= published
        return Body(list(self.calls.values()), frozenset(inputs), {}, outputs)

    def _published(self, statement: Statement) -> Refs:
        """What `name = channel` and `channel >> 'target'` publish."""
        if isinstance(statement, ExpressionStatement) and isinstance(statement.expression, Binary):
            return self.channels.value(statement.expression.left)
        return self.channels.run((statement,))

    def run_process(self, process: Process) -> BodyCall:
        """Read a process of DSL1, which runs with the channels that it names."""
        key = (self._frame.path, process.name)
        place = self._bodies.place(key)
        called = self._called.setdefault(
            process.name, _Called(BodyCall(process.name, process.name, CallKind.TASK, place, place), key)
        )
        number = len(called.inputs)
        for label in ("input", "output"):
            for statement in statements_of(process, label):
                expression = statement.expression if isinstance(statement, ExpressionStatement) else None
                for method, arguments in legacy_channels(expression):
                    if label == "input" and method in ("from", ""):
                        called.inputs[f"in[{number}]"] = self.channels.union(*map(self.channels.value, arguments))
                        number += 1
                    elif label == "output" and method == "into":
                        for argument in arguments:
                            if isinstance(argument, Name):
                                self.channels.variables.own[argument.name] = (Ref(process.name, argument.name),)
        called.call.inputs = called.inputs
        return called.call

    # What the reader of channels asks (`Callables`)

    def define(self, start: int) -> bool:
        """Note the process that the command at a place of the script defines, which in DSL1 runs; False if it defines none."""
        place = self._frame.path, start
        process = self._bodies.nested.get(place)
        if process is None:
            return False
        condition = self._bodies.pipeline.graph.nested.get(place)
        if self._runs_definitions and condition is not None:
            call = self.run_process(process)
            call.conditional |= not condition.is_certain
            self._note_deciding(call)
        return True

    def _note_deciding(self, call: BodyCall) -> None:
        """Note what decides whether, or how often, a call of the code being read happens."""
        call.scattered |= self.channels.loops > 0
        if call.scattered or call.conditional:
            call.deciding = self.channels.union(call.deciding, self.channels.deciding)

    def is_callable(self, name: str) -> bool:
        """Whether a name is a process or a workflow."""
        return self._key(name) in self._bodies.callees or self._is_unread(name)

    def _key(self, name: str) -> Key:
        return self._bodies.key(self._frame.path, name)

    def _is_unread(self, name: str) -> bool:
        """Whether the definition of an included name cannot be read and, as it is written, is a process or a workflow."""
        return name in self._bodies.unread.get(self._frame.path, ()) and name.isupper()

    def outputs(self, name: str) -> tuple[str, ...] | None:
        """The names of the outputs of what was called under a name; None if they are unknown."""
        called = self._called.get(name)
        key = called.key if called is not None else self._key(name)
        return self._bodies.outputs(key) if key is not None else None

    def call(self, name: str, arguments: Sequence[Refs], node: Expression) -> Refs:
        """Note a call of a process or workflow, and return its outputs."""
        called = self._called.get(name) or self._called.setdefault(name, self._new(name, node))
        callee = self._bodies.callees.get(called.key) if called.key is not None else None
        inputs = input_names(callee) if callee is not None else ()
        for number, value in enumerate(arguments):
            key = inputs[number] if number < len(inputs) else f"in[{number}]"
            called.inputs[key] = self.channels.union(called.inputs.get(key, ()), value)
        called.call.inputs = called.inputs
        called.call.conditional |= self._frame.conditional
        self._note_deciding(called.call)
        outputs = self.outputs(name)
        return (Ref(name, outputs[0] if outputs is not None and len(outputs) == 1 else ""),)

    def _new(self, name: str, node: Expression) -> _Called:
        bodies = self._bodies
        at = node.function if isinstance(node, FunctionCall) else node
        place = bodies.pipeline.sources.place(self._frame.path, at.start, at.end)
        key = self._key(name)
        callee = bodies.callees.get(key)
        own, defining = self._frame.conditions.get(name), bodies.pipeline.graph.variants.get(key, {}).values()
        conditional = any(not each.is_certain for each in (*defining, *([own] if own is not None else ())))
        call = BodyCall(name, key[1], CallKind.TASK, place, conditional=conditional)
        if callee is None:
            return _Called(call, None)
        call.definition = bodies.place(key)
        if isinstance(callee, WorkflowBlock):
            call.kind = CallKind.WORKFLOW
            call.inside = lambda: bodies.of(key)
        return _Called(call, key)

    def apply(self, name: str, arguments: Sequence[Refs], reader: ChannelReader) -> Refs | None:
        """The result of a function; None if it cannot be read."""
        key = self._key(name)
        function = self._bodies.functions.get(key)
        if function is None:
            return None
        if self._frame.nesting >= _MAX_NESTING or self._bodies.budget.left < 0:
            return unsure(reader.union(*arguments))
        memo = key, tuple(arguments)
        if memo not in self._results:
            self._results[memo] = (UNKNOWN_SOURCE,)  # for a function that calls itself
            self._results[memo] = self._apply(key, function, arguments, reader)
        return self._results[memo]

    def _apply(self, key: Key, function: Function, arguments: Sequence[Refs], reader: ChannelReader) -> Refs:
        frame, condition = self._frame, self._frame.conditions.get(function.name)
        conditional = frame.conditional or (condition is not None and not condition.is_certain)
        variables = Variables(self._bodies.variables(key[0]))
        for number, parameter in enumerate(function.parameters):
            given = arguments[number] if number < len(arguments) else ()
            variables.own[parameter.name] = given
        self._frame = _Frame(key[0], self._conditions(key), conditional, frame.nesting + 1)
        inner = ChannelReader(self, variables, self._bodies.budget, reader)
        outer, self.channels = self.channels, inner
        last = inner.run(function.body)
        self.channels, self._frame = outer, frame
        return outer.union(last, *inner.returned)

    def _conditions(self, key: Key) -> Mapping[str, Condition]:
        """The conditions of the calls in a workflow or function."""
        reached = self._bodies.pipeline.graph.reached.get(key)
        return reached[1] if reached is not None else {}
