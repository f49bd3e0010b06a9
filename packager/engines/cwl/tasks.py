"""The tasks that the main process reaches, with their images and resources, and the features on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from packager.engines.cwl.closure import DocumentLoader, place_of
from packager.engines.cwl.features import absolute_names, command_with_blanks, requirement_feature, undocumented
from packager.engines.cwl.links import Origins, StepOutputs, declared_files, lacking, unknown_inputs
from packager.engines.cwl.nodes import MappingNode, Node, ScalarNode, SequenceNode, plain
from packager.engines.cwl.processes import (
    PROCESS_CLASSES,
    TASK_CLASSES,
    NamedNode,
    Requirement,
    RequirementScope,
    members,
    process_name,
    requirements_of,
    short,
    written,
)
from packager.engines.cwl.values import UNKNOWN, InputValue, deciders, has_expression, interpolate
from packager.engines.light_commands import is_light_command
from packager.findings.diagnostic import Place
from packager.model.facts import Attribute, ImageStatus, Resources, Role, Task, TaskImage
from packager.model.features import Feature, FeatureName
from packager.model.image_reference import read_name

MAX_VISITS = 20_000  # processes of steps, each as often as it is run; the largest public workflow has under 500
MAX_STEP_DEPTH = 60
_MIB_PER_GIB = 1024
_Reached = TypeVar("_Reached", Task, Feature)
_BEYOND = 1e300  # larger than any amount; a larger integer may not fit a float


class ProcessWalker:
    """Follows steps from the main process and gathers tasks and features."""

    def __init__(self, loader: DocumentLoader, main_path: str) -> None:
        self.loader = loader
        self.main_path = main_path
        # With the inputs that decide whether a run reaches each; None if every run does.
        self._tasks: dict[Task, frozenset[str] | None] = {}
        self._absolute_names: dict[Feature, frozenset[str] | None] = {}
        self._deciding: frozenset[str] | None = None
        self._features: dict[Feature, None] = {}
        self.overflow = False
        self.visits = 0
        self._running: list[int] = []
        self._origins: Origins = {}
        self._outputs = StepOutputs(self.process_of)
        self._runs: dict[int, Node | None] = {}  # the process of each `run` that names one, by identity

    def begin(self, main: MappingNode, given: Mapping[str, object]) -> None:
        """Visit the main process; a run has given some of its inputs a value."""
        self._origins = declared_files(main)
        inputs = initial(main)
        inputs |= {name: InputValue(True, value, frozenset({name})) for name, value in given.items() if name in inputs}
        self.visit(main, "", RequirementScope(), inputs)

    def found(self) -> tuple[Task, ...]:
        """The tasks so far."""
        return tuple(
            task if names is None else replace(task, conditional=True, depends_on=tuple(sorted(names)))
            for task, names in self._tasks.items()
        )

    @property
    def features(self) -> tuple[Feature, ...]:
        """The features so far."""
        absolute = (
            feature if names is None else replace(feature, conditional=True, depends_on=tuple(sorted(names)))
            for feature, names in self._absolute_names.items()
        )
        return (*self._features, *absolute)

    def visit(self, process: MappingNode, name: str, scope: RequirementScope, inputs: Mapping[str, InputValue]) -> None:
        """Visit a process that is run with `inputs` inside `scope`; `name` is its name if it has no id."""
        self.visits += 1
        if self.visits > MAX_VISITS or len(self._running) > MAX_STEP_DEPTH:
            self.overflow = True
            return
        kind = process.string("class")
        inner = scope.inside(process)
        self._note(process)
        self._note_absolute_names(process, inner)
        if self._running:
            self._features |= dict.fromkeys(lacking(process, name, self._origins))
        if kind in TASK_CLASSES:
            self._features |= dict.fromkeys(command_with_blanks(process))
            task = _task(process, name, inner, inputs)
            self._reach(self._tasks, task)
        elif kind == "Operation":
            place = place_of(process.keys["class"])
            self._features[Feature(FeatureName.OPERATION, process_name(process, name), place)] = None
        elif kind == "Workflow":
            self._running.append(id(process))
            for member in members(process.get("steps")):
                self._step(member, process, inner, inputs, name)
            self._running.pop()

    def _reach(self, table: dict[_Reached, frozenset[str] | None], item: _Reached) -> None:
        """Note what is reached here, with the inputs that decide whether a run reaches it; None if every run does."""
        before = table.get(item, frozenset())
        surely = before is None or self._deciding is None
        table[item] = None if surely else (before or frozenset()) | (self._deciding or frozenset())

    def _step(
        self,
        member: NamedNode,
        workflow: MappingNode,
        scope: RequirementScope,
        inputs: Mapping[str, InputValue],
        path: str,
    ) -> None:
        step, step_name = member.node, short(member.name)
        if not isinstance(step, MappingNode):
            return
        self._note(step)
        run = step.get("run")
        name = f"{path}/{step_name}" if path else step_name
        embedded = isinstance(run, MappingNode)
        process = self.process_of(step)
        if process is None:
            return
        if id(process) in self._running:
            node = run if isinstance(run, ScalarNode) else step
            self.loader.report("CWL008", node, f"the step `{step_name}` runs the workflow that it is part of")
            return
        values = _bound(step, workflow, process, inputs)
        declared = {short(entry.name): entry.node for entry in members(process.get("inputs"))}
        for entry in members(step.get("in")):
            parameter = declared.get(short(entry.name))
            if isinstance(entry.node, MappingNode) and isinstance(parameter, MappingNode):
                default, patterns = entry.node.get("default"), parameter.get("secondaryFiles")
                self.loader.add_secondary_files(short(entry.name), default, patterns)
        if not embedded and "name" in process.entries:
            self.loader.report(
                "CWL001", process.keys["name"], "the field `name` is not allowed in a process; use `id` or `label`"
            )
        own = "" if process.path != step.path else name
        self._features |= dict.fromkeys(unknown_inputs(step, process, name if embedded else own))
        outer, self._origins = self._origins, self._outputs.handed_on(step, workflow, self._origins)
        deciding = self._deciding
        if step.get("when") is not None:
            self._deciding = (self._deciding or frozenset()) | deciders(step.string("when"), values)
        if (names := _emptying(step, values)) is not None:
            self._deciding = (self._deciding or frozenset()) | names
        self._note_absolute_names(step, scope.inside(step))
        self.visit(process, name if embedded else own, scope.inside(step), values)
        self._origins, self._deciding = outer, deciding

    def process_of(self, step: MappingNode) -> MappingNode | None:
        """The process that a step runs, if it can be read."""
        run = step.get("run")
        if isinstance(run, ScalarNode):
            if id(run) not in self._runs:
                self._runs[id(run)] = self._referred(run) if isinstance(run.value, str) else None
            run = self._runs[id(run)]
        return run if isinstance(run, MappingNode) and run.string("class") in PROCESS_CLASSES else None

    def _referred(self, run: ScalarNode) -> Node | None:
        """The process that a `run` names."""
        text = str(run.value)
        path = self.loader.local(run, "run")
        if path is None:
            return None
        reason = f"`run` in `{run.path}` line {run.line}"
        role = Role.MAIN if path == self.main_path else Role.DEFINITION
        root = self.loader.document(path, role, reason)
        return choose(self.loader, root, text.partition("#")[2]) if root is not None else None

    def _note_absolute_names(self, node: MappingNode, scope: RequirementScope) -> None:
        """The files that a process or a step stages at absolute paths."""
        version = self._version(node)
        for requirement in requirements_of(node, "requirements"):
            for feature in absolute_names(requirement, scope, version):
                self._reach(self._absolute_names, feature)

    def _note(self, node: MappingNode) -> None:
        """The features that a process's or step's own requirements make."""
        version = self._version(node)
        for field in ("requirements", "hints"):
            for requirement in requirements_of(node, field):
                feature = requirement_feature(requirement, version)
                if feature is not None:
                    self._features[feature] = None
                if field == "requirements":
                    self._features |= dict.fromkeys(undocumented(requirement))
        loop = node.get("loop")
        if loop is not None and node.get("run") is not None:
            self._features[Feature(FeatureName.LOOP, self._version(node), place_of(loop))] = None

    def _version(self, node: MappingNode) -> str:
        versions = self.loader.loaded.versions
        return versions.get(node.path) or versions.get(self.main_path, "")


def choose(loader: DocumentLoader, root: Node, name: str) -> MappingNode | None:
    """The process of a document: the named one, `#main` of a graph, or the document itself."""
    if name:
        node = loader.fragment(root, name)
        return node if isinstance(node, MappingNode) and "$graph" not in node.entries else None
    graph = root.get("$graph") if isinstance(root, MappingNode) else root
    if isinstance(graph, SequenceNode):
        processes = [item for item in graph.items if isinstance(item, MappingNode)]
        for process in processes:
            if process.string("id").rpartition("#")[2] == "main":
                return process
        return processes[0] if len(processes) == 1 else None
    return root if isinstance(root, MappingNode) else None


def initial(process: MappingNode) -> dict[str, InputValue]:
    """The main process's inputs: their defaults, which a run may replace."""
    return {name: InputValue(value.known, value.value, frozenset({name})) for name, value in _defaults(process).items()}


def _defaults(process: MappingNode) -> dict[str, InputValue]:
    defaults = {}
    for member in members(process.get("inputs")):
        default = member.node.get("default") if isinstance(member.node, MappingNode) else None
        value = plain(default) if default is not None else None
        defaults[short(member.name)] = InputValue(known=value is not None, value=value)
    return defaults


def _bound(
    step: MappingNode, workflow: MappingNode, process: MappingNode, outer: Mapping[str, InputValue]
) -> dict[str, InputValue]:
    """The values of the inputs of a step's process: what the step links to them, else their own defaults."""
    values = _defaults(process)
    for member in members(step.get("in")):
        name = short(member.name)
        node = member.node
        source: Node | None = node
        default: Node | None = None
        if isinstance(node, MappingNode):
            source, default = node.get("source"), node.get("default")
        linked = _linked(source, workflow, outer)
        value = linked
        if linked is None or (not linked.known and default is not None):
            depends = linked.depends_on if linked else frozenset()
            own = values.get(name, UNKNOWN)
            value = InputValue(known=True, value=plain(default), depends_on=depends) if default is not None else own
        elif not linked.known and values.get(name, UNKNOWN).known and linked.depends_on:
            # An optional input that no run sets passes null, and null lets the tool's own default count.
            value = InputValue(known=True, value=values[name].value, depends_on=linked.depends_on)
        if isinstance(node, MappingNode) and node.get("valueFrom") is not None:
            value = _value_from(node.string("valueFrom"), value or UNKNOWN)
        values[name] = value or UNKNOWN
    return values


def _emptying(step: MappingNode, values: Mapping[str, InputValue]) -> frozenset[str] | None:
    """The inputs that decide whether the arrays of a `scatter` are empty; None if it is certain that no array is."""
    scatter = step.get("scatter")
    nodes = scatter.items if isinstance(scatter, SequenceNode) else [scatter]
    names = [short(node.value) for node in nodes if isinstance(node, ScalarNode) and isinstance(node.value, str)]
    open_values = [value for value in (values.get(name, UNKNOWN) for name in names) if not _is_filled(value)]
    return frozenset().union(*(value.depends_on for value in open_values)) if open_values else None


def _is_filled(value: InputValue) -> bool:
    """Whether a value is certainly an array with elements."""
    return value.known and not value.depends_on and isinstance(value.value, list) and bool(value.value)


def _value_from(text: str, own: InputValue) -> InputValue:
    if text.strip() == "$(self)":
        return own
    if has_expression(text) or not text:
        return InputValue(known=False, depends_on=own.depends_on)
    return InputValue(known=True, value=text)


def _linked(source: Node | None, workflow: MappingNode, outer: Mapping[str, InputValue]) -> InputValue | None:
    """The value of a single source that is an input of the workflow; None without any source."""
    if isinstance(source, SequenceNode):
        if len(source.items) != 1:
            return UNKNOWN if source.items else None
        source = source.items[0]
    if not isinstance(source, ScalarNode) or not isinstance(source.value, str):
        return None
    name = source.value.rpartition("#")[2].removeprefix(f"{short(workflow.string('id'))}/")
    return outer.get(name, UNKNOWN)


def _task(process: MappingNode, name: str, scope: RequirementScope, inputs: Mapping[str, InputValue]) -> Task:
    runs_container = process.string("class") == "CommandLineTool"
    place = place_of(process)
    return Task(
        name=process_name(process, name),
        place=place,
        image=_image(scope.find("DockerRequirement") if runs_container else None, place, inputs),
        resources=_resources(scope),
        attributes=tuple(_attributes(scope)),
        runs_container=runs_container,
        light=runs_container and _is_light(process, scope),
    )


def _is_light(process: MappingNode, scope: RequirementScope) -> bool:
    """Whether the program of a tool, which no shell runs, only handles files."""
    words: list[Node | None] = []
    for field in ("baseCommand", "arguments"):
        value = process.get(field)
        words += value.items[:2] if isinstance(value, SequenceNode) else [value] if value is not None else []
    command = [str(word.value) if isinstance(word, ScalarNode) else "" for word in words[:2]]
    return is_light_command(command) and scope.find("ShellCommandRequirement") is None


def _image(requirement: Requirement | None, place: Place, inputs: Mapping[str, InputValue]) -> TaskImage:
    if requirement is None:
        return TaskImage(ImageStatus.NONE, place)
    pull = requirement.node.get("dockerPull")
    if not isinstance(pull, ScalarNode) or not isinstance(pull.value, str) or not pull.value.strip():
        return TaskImage(ImageStatus.NONE, requirement.place)
    text = pull.value.strip()
    if not has_expression(text):
        return TaskImage(ImageStatus.LITERAL, place_of(pull), text, read_name(text))
    image = interpolate(text, inputs)
    depends = tuple(sorted(image.depends_on))
    if image.known and image.value and not has_expression(str(image.value)):
        return TaskImage(ImageStatus.RESOLVED, place_of(pull), text, read_name(str(image.value)), depends_on=depends)
    return TaskImage(ImageStatus.DYNAMIC, place_of(pull), text, depends_on=depends)


def _attribute(requirement: Requirement | None, *fields: str, per: int | None = None) -> Attribute | None:
    """The first of these fields that a requirement has; `per` divides a number."""
    for field in fields if requirement else ():
        assert requirement is not None
        node = requirement.node.get(field)
        if node is None:
            continue
        value = node.value if isinstance(node, ScalarNode) else None
        if isinstance(value, str) and has_expression(value):
            value = None
        if per is not None:
            is_number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _BEYOND
            value = float(value) / per if is_number and value is not None else None
        place = place_of(node)
        return Attribute(field, written(node), place, value)
    return None


def _resources(scope: RequirementScope) -> Resources:
    """What the service reads: minima first, because its own samples use either."""
    needs = scope.find("ResourceRequirement")
    cuda = scope.find("CUDARequirement")
    return Resources(
        cpu=_attribute(needs, "coresMin", "coresMax"),
        memory=_attribute(needs, "ramMin", "ramMax", per=_MIB_PER_GIB),
        accelerator_type=_attribute(cuda, "cudaComputeCapability"),
        accelerator_count=_attribute(cuda, "cudaDeviceCountMin"),
        disk=_attribute(needs, "tmpdirMin", per=_MIB_PER_GIB),
    )


def _attributes(scope: RequirementScope) -> list[Attribute]:
    """Every field of every effective requirement, as `Class.field`; of a class without fields, the class."""
    attributes = []
    for requirement in scope.effective():
        kind = requirement.kind
        fields = [key for key in requirement.node.entries if key != "class"]
        if not fields:
            attributes.append(Attribute(kind, "", requirement.place))
        for key in fields:
            node = requirement.node.entries[key]
            value = node.value if isinstance(node, ScalarNode) else None
            if isinstance(value, str) and has_expression(value):
                value = None
            attributes.append(Attribute(f"{kind}.{key}", written(node), place_of(node), value))
    return attributes
