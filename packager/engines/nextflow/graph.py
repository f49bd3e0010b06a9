"""The scripts of a pipeline, what each defines and includes, and the names under which its processes run."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from packager.engines.nextflow.evaluation import Environment, evaluate
from packager.engines.nextflow.harvest import Harvest, harvest
from packager.engines.nextflow.sources import PROJECT_DIR, PipelineSources, base_names, locate
from packager.engines.nextflow.syntax import Function, Include, Process, TypeDefinition, WorkflowBlock
from packager.engines.references import ReferenceKind, import_candidates
from packager.model.facts import Engine

_MAX_SCRIPTS = 5000
_MAX_INSTANCES = 20_000
_MAX_DEPTH = 40


@dataclass(frozen=True, slots=True)
class IncludeUse:
    """An include of a script.

    `kind`: `local` (`target` is a tree path), `missing` (the expected tree path), `plugin` (its name), `registry`, `remote`, `outside`,
    `absolute`, or `unknown` (only a run knows the source).
    """

    path: str
    include: Include
    kind: str
    target: str


@dataclass(frozen=True, slots=True)
class ProcessInstance:
    """A process that runs: the file and name of its definition, the name that it is included under, and its qualified name."""

    path: str
    process: str
    alias: str
    qualified: str


@dataclass(slots=True)
class Graph:
    """The scripts that main includes, directly or not, in order.

    `defined` has the kind of every definition by script and name, `imported` the script and name of every included name.
    `instances` are those of the entry workflow's call tree, and processes that are included without a known call.
    """

    harvests: dict[str, Harvest] = field(default_factory=dict)
    uses: list[IncludeUse] = field(default_factory=list)
    defined: dict[str, dict[str, str]] = field(default_factory=dict)
    imported: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)
    processes: dict[tuple[str, str], Process] = field(default_factory=dict)
    instances: list[ProcessInstance] = field(default_factory=list)
    home: str = ""


def read_graph(sources: PipelineSources, main: str, home: str) -> Graph:
    """The graph below `main`; `home` is the project's folder."""
    graph = Graph(home=home)
    waiting = deque([main])
    seen = {main}
    while waiting and len(graph.harvests) < _MAX_SCRIPTS:
        path, before = waiting.popleft(), len(graph.uses)
        if not _read(sources, graph, path):
            continue
        for use in graph.uses[before:]:
            if use.kind == "local" and use.target not in seen:
                seen.add(use.target)
                waiting.append(use.target)
    _instantiate(graph, main)
    return graph


def _read(sources: PipelineSources, graph: Graph, path: str) -> bool:
    script = sources.script(path)
    if script is None:
        return False
    content = harvest(script.definitions)
    graph.harvests[path] = content
    defined = graph.defined.setdefault(path, {})
    for definition in script.definitions:
        if isinstance(definition, Process):
            defined[definition.name] = "process"
            graph.processes[path, definition.name] = definition
        elif isinstance(definition, WorkflowBlock) and definition.name:
            defined[definition.name] = "workflow"
        elif isinstance(definition, Function):
            defined[definition.name] = "function"
        elif isinstance(definition, TypeDefinition):
            defined[definition.name] = "type"
    imported = graph.imported.setdefault(path, {})
    for include in content.includes:
        kind, target = _resolve_include(sources, path, graph.home, include)
        graph.uses.append(IncludeUse(path, include, kind, target))
        if kind == "local":
            for name in include.names:
                imported[name.alias] = (target, name.name)
    return True


def _resolve_include(sources: PipelineSources, path: str, home: str, include: Include) -> tuple[str, str]:
    """The kind and target of an include; see `IncludeUse`."""
    source = evaluate(include.source, Environment({}, base_names(path), path))
    if not isinstance(source, str):
        return "unknown", sources.written(path, include.source.start, include.source.end)
    if source.startswith("plugin/"):
        return "plugin", source.removeprefix("plugin/")
    if "://" not in source and not source.startswith((PROJECT_DIR, "/", "./", "../")):
        return "registry", source
    resolved = locate(source, path, home)
    if resolved.kind is not ReferenceKind.LOCAL:
        return resolved.kind.value, source
    for candidate in import_candidates(Engine.NEXTFLOW, resolved.path):
        if sources.exists(candidate):
            return "local", candidate
        sources.lookups.add(candidate)
    return "missing", resolved.path


def _instantiate(graph: Graph, main: str) -> None:
    """Follow the calls of the entry workflow. Without an entry workflow (DSL1), every process of main runs under its own name."""
    # With the callers of each workflow: a workflow that calls itself is not followed again.
    stack: list[tuple[str, str, str, tuple[tuple[str, str], ...]]] = [(main, "", "", ())]
    harvest_of_main = graph.harvests.get(main)
    if harvest_of_main is None:
        return
    if "" not in harvest_of_main.calls:
        graph.instances += [ProcessInstance(path, name, name, name) for path, name in graph.processes]
        return
    seen: set[str] = set()
    while stack and len(seen) < _MAX_INSTANCES:
        path, workflow, prefix, above = stack.pop()
        calls = graph.harvests[path].calls.get(workflow, {}) if path in graph.harvests else {}
        for alias in calls:
            where, name = graph.imported.get(path, {}).get(alias, (path, alias))
            kind = graph.defined.get(where, {}).get(name)
            qualified = f"{prefix}:{alias}" if prefix else alias
            if kind is None or qualified in seen:
                continue
            seen.add(qualified)
            if kind == "process":
                graph.instances.append(ProcessInstance(where, name, alias, qualified))
            elif kind == "workflow" and len(above) < _MAX_DEPTH and (where, name) not in above:
                stack.append((where, name, qualified, (*above, (where, name))))
    _add_uncalled(graph)


def _add_uncalled(graph: Graph) -> None:
    """Add processes that a script includes without a known call: the call may be in code that cannot be read."""
    called = {(instance.path, instance.process) for instance in graph.instances}
    for names in graph.imported.values():
        for alias, (path, name) in names.items():
            if graph.defined.get(path, {}).get(name) == "process" and (path, name) not in called:
                called.add((path, name))
                graph.instances.append(ProcessInstance(path, name, alias, alias))
