"""The links between steps: which files of which origin a process gets, and step inputs that no process has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from packager.engines.cwl.closure import place_of
from packager.engines.cwl.nodes import MappingNode, Node, ScalarNode, SequenceNode
from packager.engines.cwl.processes import members, nullable, process_name, short, type_text
from packager.engines.cwl.secondary import patterns_of
from packager.engines.cwl.values import has_expression, input_names
from packager.findings.diagnostic import Place
from packager.model.features import Feature, FeatureName
from packager.text import nearest_name

_MAX_DEPTH = 20  # of sub-workflows that hand on an output
RunOf = Callable[[MappingNode], MappingNode | None]  # the process that a step runs


@dataclass(frozen=True, slots=True)
class FileOrigin:
    """Where files come from: an input of main, or the output of a `step`; `declared` are the patterns of its secondary files."""

    name: str
    place: Place
    declared: frozenset[str]
    step: str = ""


Origins = Mapping[str, frozenset[FileOrigin]]  # of the inputs of a process, as far as it gets their files unchanged


def declared_files(main: MappingNode) -> Origins:
    """Main's own inputs that are files, each with itself as its origin."""
    origins: dict[str, frozenset[FileOrigin]] = {}
    for member in members(main.get("inputs")):
        node = member.node
        kind = node.get("type") if isinstance(node, MappingNode) else node
        declared = _declared(node)
        if "File" in type_text(kind) and declared is not None:
            key = main.get("inputs")
            where = key.keys[member.name] if isinstance(key, MappingNode) else node
            name = short(member.name)
            origins[name] = frozenset({FileOrigin(name, place_of(where), declared)})
    return origins


def _declared(parameter: Node) -> frozenset[str] | None:
    """The patterns of the secondary files that a parameter declares; None if an expression decides."""
    secondary = parameter.get("secondaryFiles") if isinstance(parameter, MappingNode) else None
    patterns = [pattern for pattern, _required in patterns_of(secondary)]
    return None if any(has_expression(pattern) for pattern in patterns) else frozenset(patterns)


def lacking(process: MappingNode, name: str, origins: Origins) -> Iterator[Feature]:
    """The secondary files that a process needs and that the origins of its inputs do not declare.

    Steps pass on what they get, so only the declaration where a file enters the workflow, or is made, counts.
    """
    user = process_name(process, name)
    for member in members(process.get("inputs")):
        node = member.node
        if not isinstance(node, MappingNode):
            continue
        needed = {
            pattern
            for pattern, required in patterns_of(node.get("secondaryFiles"))
            if required and not has_expression(pattern)
        }
        optional = nullable(node.get("type"))
        for origin in sorted(
            origins.get(short(member.name), frozenset()), key=lambda origin: (origin.name, origin.place)
        ):
            if optional and not origin.step:
                continue  # a tool that does not need the file may not need its secondary files
            feature = FeatureName.MISSING_SECONDARY_FILE if origin.step else FeatureName.UNDECLARED_SECONDARY_FILE
            for pattern in sorted(needed - origin.declared):
                yield Feature(feature, pattern, origin.place, key=origin.name, reason=user)


class StepOutputs:
    """The secondary files of the outputs of steps; each workflow and each output is looked at once."""

    def __init__(self, run_of: RunOf) -> None:
        self._run_of = run_of
        self._steps: dict[int, dict[str, MappingNode]] = {}  # by the identity of a workflow, which its document keeps
        self._made: dict[tuple[int, str], frozenset[str] | None] = {}

    def handed_on(self, step: MappingNode, workflow: MappingNode, outer: Origins) -> Origins:
        """The origins of the files that a step's process gets unchanged: inputs of its workflow, or outputs of other steps."""
        unchanged: dict[str, frozenset[FileOrigin]] = {}
        for member in members(step.get("in")):
            node = member.node
            if isinstance(node, MappingNode) and node.get("valueFrom") is not None:
                continue  # what comes out may be anything
            origins: set[FileOrigin] = set()
            for name in linked_names(node, workflow, "source"):
                origins |= outer.get(name, frozenset())
                declared = self._of_output(name, workflow, 0)
                if declared is not None:
                    origins.add(FileOrigin(name, member.place, declared, name.partition("/")[0]))
            if origins:
                unchanged[short(member.name)] = frozenset(origins)
        return unchanged

    def _of_output(self, name: str, workflow: MappingNode, depth: int) -> frozenset[str] | None:
        """The patterns of `step/output`; None if it is unknown which secondary files come with the files."""
        key = (id(workflow), name)
        if key not in self._made:
            self._made[key] = None  # for workflows that run each other
            self._made[key] = self._computed(name, workflow, depth) if depth <= _MAX_DEPTH else None
        return self._made[key]

    def _computed(self, name: str, workflow: MappingNode, depth: int) -> frozenset[str] | None:
        step_name, _, output = name.partition("/")
        if id(workflow) not in self._steps:
            steps = members(workflow.get("steps"))
            nodes = {short(each.name): each.node for each in steps if isinstance(each.node, MappingNode)}
            self._steps[id(workflow)] = nodes
        step = self._steps[id(workflow)].get(step_name)
        process = self._run_of(step) if step is not None and output and step.get("when") is None else None
        outputs = members(process.get("outputs")) if process is not None else ()
        parameter = next((each.node for each in outputs if short(each.name) == output), None)
        if process is None or parameter is None:
            return None
        if process.string("class") == "Workflow":
            inner = list(linked_names(parameter, process, "outputSource")) if isinstance(parameter, MappingNode) else []
            return self._of_output(inner[0], process, depth + 1) if len(inner) == 1 else None
        return _of_tool(process, parameter)


def linked_names(node: Node | None, workflow: MappingNode, field: str) -> Iterator[str]:
    """The names that a link has as sources: `input`, or `step/output`."""
    source = node.get(field) if isinstance(node, MappingNode) else node
    prefix = f"{short(workflow.string('id'))}/"
    for item in source.items if isinstance(source, SequenceNode) else [source]:
        if isinstance(item, ScalarNode) and isinstance(item.value, str):
            yield item.value.rpartition("#")[2].removeprefix(prefix)


def _of_tool(process: MappingNode, node: Node) -> frozenset[str] | None:
    """The patterns of an output of a tool; None where an expression makes the file, with secondary files of its own."""
    if process.string("class") != "CommandLineTool":
        return None
    kind = node.get("type") if isinstance(node, MappingNode) else node
    if nullable(kind) or ("File" not in type_text(kind) and type_text(kind) not in ("stdout", "stderr")):
        return None
    binding = node.get("outputBinding") if isinstance(node, MappingNode) else None
    if isinstance(binding, MappingNode) and (binding.get("outputEval") is not None or binding.get("glob") is None):
        return None
    if binding is None and type_text(kind) not in ("stdout", "stderr"):
        return None  # the tool writes `cwl.output.json`, which names the files
    return _declared(node)


def _strings(node: Node | None) -> Iterator[str]:
    """Every string below a node."""
    pending = [node]
    while pending:
        inner = pending.pop()
        if isinstance(inner, ScalarNode) and isinstance(inner.value, str):
            yield inner.value
        elif isinstance(inner, SequenceNode):
            pending.extend(inner.items)
        elif isinstance(inner, MappingNode):
            pending.extend(inner.entries.values())


def unknown_inputs(step: MappingNode, process: MappingNode, name: str) -> Iterator[Feature]:
    """The inputs of a step that its process does not have, and that no expression of the step uses.

    `name` is the name of the process if it has no id.
    """
    user = process_name(process, name)
    declared = [short(member.name) for member in members(process.get("inputs"))]
    if any(name.startswith("$") or not name for name in declared):
        return  # a part of the inputs could not be imported
    entries = list(members(step.get("in")))
    expressions = [
        step.string("when"),
        *(member.node.string("valueFrom") for member in entries if isinstance(member.node, MappingNode)),
        *_strings(step.get("hints")),
        *_strings(step.get("requirements")),
    ]
    used = frozenset[str]().union(*(input_names(text) for text in expressions))
    used |= {name.rpartition("#")[2].rpartition("/")[2] for name in linked_names(step, step, "scatter")}
    free = sorted(set(declared) - {short(member.name) for member in entries})
    for member in entries:
        entry = short(member.name)
        if entry and entry not in declared and entry not in used and "" not in used:
            yield Feature(
                FeatureName.UNKNOWN_STEP_INPUT,
                entry,
                member.place,
                key=user,
                reason=nearest_name(entry, free) or "",
            )
