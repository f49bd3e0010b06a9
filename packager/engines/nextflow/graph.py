"""The scripts of a pipeline, what each defines and includes, and the names under which its processes run."""

from __future__ import annotations

import posixpath
import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from packager.engines.nextflow.choices import possible_values
from packager.engines.nextflow.conditions import (
    CERTAIN,
    Condition,
    conditions_of_calls,
    conditions_of_includes,
    conditions_of_processes,
)
from packager.engines.nextflow.evaluation import Environment
from packager.engines.nextflow.harvest import Harvest, harvest
from packager.engines.nextflow.possible_paths import kind_of_beginning, matching_files
from packager.engines.nextflow.script_values import ScriptValues
from packager.engines.nextflow.scripts import Script
from packager.engines.nextflow.sources import PROJECT_DIR, PipelineSources, base_names, locate
from packager.engines.nextflow.syntax import Function, Include, Literal, Process, TypeDefinition, WorkflowBlock
from packager.engines.references import ReferenceKind, import_candidates
from packager.model.facts import Engine
from packager.source import normalise

# The name of a module in a registry: a scope, and the path of the module.
_MODULE_NAME = re.compile(r"[\w.-]+(?:/[\w.-]+)+")
_MAX_SCRIPTS = 5000
_MAX_INSTANCES = 20_000
_MAX_DEPTH = 40


@dataclass(frozen=True, slots=True)
class IncludeUse:
    """An include of a script.

    `kind`: `local` (`target` is a tree path), `missing` (the expected tree path), `plugin` (its name), `registry`, `remote`, `absolute`,
    `outside` (the path from the root, with `..`), or `unknown` (only a run knows the source). `depends_on` are the parameters that the
    source depends on, `uncertain`: it is one of the scripts that a run may choose. `module` is the name of a registry's module that is
    installed in `modules/`. `condition` is that of an include in an `if`, which only happens in the branch that a run takes.
    """

    path: str
    include: Include
    kind: str
    target: str
    depends_on: tuple[str, ...] = ()
    uncertain: bool = False
    module: str = ""
    condition: Condition = CERTAIN

    @property
    def is_certain(self) -> bool:
        """Whether every run includes this script."""
        return not self.depends_on and not self.uncertain and self.condition.is_certain


@dataclass(frozen=True, slots=True)
class ProcessInstance:
    """A process that runs: the file and key of its definition, the name that it is included under, and its qualified name.

    `condition` is that of its calls, and of the code around its definition.
    """

    path: str
    process: str
    alias: str
    qualified: str
    condition: Condition = CERTAIN


@dataclass(slots=True)
class Graph:
    """The scripts that main includes, directly or not, in order.

    `processes` has the definitions by script and key: the name, and for one more definition of a name in other code, its place too.
    `variants` has the key of each definition by script and name, with the condition of the code around it.
    `defined` has the kind of every definition by script and name, `imported` the script and name of every included name.
    `instances` are those of the entry workflow's call tree, and processes that are included without a known call.
    """

    harvests: dict[str, Harvest] = field(default_factory=dict)
    uses: list[IncludeUse] = field(default_factory=list)
    defined: dict[str, dict[str, str]] = field(default_factory=dict)
    imported: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)
    processes: dict[tuple[str, str], Process] = field(default_factory=dict)
    variants: dict[tuple[str, str], dict[str, Condition]] = field(default_factory=dict)
    # The condition of each process that is defined inside other code, by script and place; none for code that never runs.
    nested: dict[tuple[str, int], Condition] = field(default_factory=dict)
    instances: list[ProcessInstance] = field(default_factory=list)
    home: str = ""
    # The workflows and functions that a run may reach: the condition of each, and those of the calls in it.
    reached: dict[tuple[str, str], tuple[Condition, Mapping[str, Condition]]] = field(default_factory=dict)
    # The scripts that are not included, but may be if a run sets parameters, each with the place of the `include`.
    possible: dict[str, tuple[str, int]] = field(default_factory=dict)

    def definition_of(self, path: str, name: str) -> tuple[str, str]:
        """The script and name of the definition that a name in a script leads to; a script may include what another one includes."""
        seen = set()
        while name not in self.defined.get(path, {}) and (path, name) not in seen:
            seen.add((path, name))
            path, name = self.imported.get(path, {}).get(name, (path, name))
        return path, name


def read_graph(sources: PipelineSources, values: ScriptValues, main: str, home: str) -> Graph:
    """The graph below `main`; `home` is the project's folder."""
    graph = Graph(home=home)
    waiting = deque([main])
    seen = {main}
    while waiting and len(graph.harvests) < _MAX_SCRIPTS:
        path, before = waiting.popleft(), len(graph.uses)
        if not _read(sources, values, graph, path):
            continue
        for use in graph.uses[before:]:
            if use.kind == "local" and use.target not in seen:
                seen.add(use.target)
                waiting.append(use.target)
    _pass_params(values, graph)
    _add_possible(sources, values, graph)
    _instantiate(graph, main, _Calls(sources, values))
    return graph


def _pass_params(values: ScriptValues, graph: Graph) -> None:
    """Pass on the parameters of `addParams` until nothing changes: a script may be included again after what it includes was read."""
    for _ in range(_MAX_DEPTH):
        if not any([values.pass_on(use.path, use.include, use.target) for use in graph.uses if use.kind == "local"]):  # noqa: C419 - pass on all
            return


def _add_possible(sources: PipelineSources, values: ScriptValues, graph: Graph) -> None:
    """Add the scripts that includes name if a run sets the parameters in their paths differently, with what those include."""
    others = Graph(home=graph.home)
    pending = deque(use for use in graph.uses if use.depends_on)
    while pending and len(graph.possible) < _MAX_SCRIPTS:
        use = pending.popleft()
        source = use.include.source
        settings, home = values.settings, graph.home
        names = base_names(use.path)
        open_environment = Environment({}, {**names, **values.variables(use.path)}, use.path, budget=settings.budget)
        paths = list(matching_files(source, values.environment(use.path), settings, sources, home, ".nf"))
        for value in possible_values(source, open_environment)[0]:
            if isinstance(value, str):
                other = _use_of(sources, use.path, home, use.include, value, (), uncertain=True)
                paths += [other.target] if other.kind == "local" else []
        if use.kind == "local":
            paths.append(use.target)
        for path in paths:
            if path in graph.harvests or path in graph.possible:
                continue
            graph.possible[path] = (use.path, use.include.start)
            before = len(others.uses)
            _read(sources, values, others, path)
            # The scripts that it includes are needed with it.
            pending += [replace(below, depends_on=("",)) for below in others.uses[before:]]


def _read(sources: PipelineSources, values: ScriptValues, graph: Graph, path: str) -> bool:
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
            graph.variants[path, definition.name] = {definition.name: CERTAIN}
        elif isinstance(definition, WorkflowBlock) and definition.name:
            defined[definition.name] = "workflow"
        elif isinstance(definition, Function):
            defined[definition.name] = "function"
        elif isinstance(definition, TypeDefinition):
            defined[definition.name] = "type"
    if script.nested:
        _read_nested(graph, path, script, values.environment(path))
    imported = graph.imported.setdefault(path, {})
    top = {definition.start for definition in script.definitions if isinstance(definition, Include)}
    nested = any(include.start not in top for include in content.includes)
    conditions = conditions_of_includes(_statements(script), values.environment(path)) if nested else {}
    for include in content.includes:
        condition = CERTAIN if include.start in top else conditions.get(include.start, CERTAIN.and_also(()))
        for use in _resolve_include(sources, values, path, graph.home, include):
            graph.uses.append(replace(use, condition=condition))
            if use.kind == "local":
                values.pass_on(path, include, use.target)
                for name in include.names:
                    imported.setdefault(name.alias, (use.target, name.name))
    return True


def _read_nested(graph: Graph, path: str, script: Script, environment: Environment) -> None:
    """Add the processes that a script defines inside other code; a name may have more than one definition, one in each branch."""
    conditions = conditions_of_processes(script, environment)
    for process in script.nested:
        graph.defined[path][process.name] = "process"
        if process.start in conditions:
            variants = graph.variants.setdefault((path, process.name), {})
            key = f"{process.name} {process.start}" if variants else process.name
            graph.processes[path, key] = process
            variants[key] = graph.nested[path, process.start] = conditions[process.start]


def _statements(script: Script) -> tuple[object, ...]:
    """The code of a script that runs before its workflows: all but its definitions."""
    named = (Process, WorkflowBlock, Function, TypeDefinition)
    return tuple(definition for definition in script.definitions if not isinstance(definition, named))


def _resolve_include(
    sources: PipelineSources, values: ScriptValues, path: str, home: str, include: Include
) -> list[IncludeUse]:
    """The scripts that an include may name; more than one if only a run decides."""
    environment = values.environment(path)
    possible, complete = possible_values(include.source, environment)
    texts = [value for value in possible if isinstance(value, str)]
    depends_on = () if isinstance(include.source, Literal) else tuple(sorted(environment.used))
    uncertain = len(texts) > 1 or not complete
    uses = [_use_of(sources, path, home, include, text, depends_on, uncertain=uncertain) for text in texts]
    if not texts or not complete:
        written = sources.written(path, include.source.start, include.source.end)
        kind = kind_of_beginning(include.source, environment, values.settings)
        uses.append(IncludeUse(path, include, kind, written.strip("\"'"), depends_on, uncertain=True))
    return uses


def _use_of(
    sources: PipelineSources,
    path: str,
    home: str,
    include: Include,
    source: str,
    depends_on: tuple[str, ...],
    *,
    uncertain: bool,
) -> IncludeUse:
    """An include of one source."""

    def use(kind: str, target: str, module: str = "") -> IncludeUse:
        return IncludeUse(path, include, kind, target, depends_on, uncertain, module)

    if source.startswith("plugin/"):
        return use("plugin", source.removeprefix("plugin/"))
    if "://" not in source and not source.startswith((PROJECT_DIR, "/", "./", "../")):
        installed = normalise(posixpath.join(home, "modules", source, "main.nf"))
        if installed is not None and _MODULE_NAME.fullmatch(source):
            sources.lookups.add(installed)
            if sources.exists(installed):
                return use("local", installed, source)
        return use("registry", source)
    resolved = locate(source, path, home)
    if resolved.kind is ReferenceKind.OUTSIDE:
        above = import_candidates(Engine.NEXTFLOW, resolved.path)
        is_there = any(map(sources.exists_outside, above))
        return use("outside", resolved.path) if is_there else use("missing", source)
    if resolved.kind is not ReferenceKind.LOCAL:
        return use(resolved.kind.value, source)
    for candidate in import_candidates(Engine.NEXTFLOW, resolved.path):
        if sources.exists(candidate):
            return use("local", candidate)
        sources.lookups.add(candidate)
    return use("missing", resolved.path)


@dataclass(slots=True)
class _Calls:
    """The conditions of the calls in workflows and functions."""

    sources: PipelineSources
    values: ScriptValues
    _bodies: dict[str, dict[str, list[object]]] = field(default_factory=dict)
    _conditions: dict[tuple[str, str], dict[str, Condition]] = field(default_factory=dict)

    def of(self, path: str, name: str) -> Mapping[str, Condition]:
        """The condition of each call in a workflow or function of a script; the entry workflow has the name ""."""
        if path not in self._bodies:
            bodies = self._bodies[path] = {}
            script = self.sources.script(path)
            for definition in script.definitions if script is not None else ():
                if isinstance(definition, WorkflowBlock):
                    bodies.setdefault(definition.name, []).append(definition.sections)
                elif isinstance(definition, Function):
                    bodies.setdefault(definition.name, []).append(definition.body)
        if (path, name) not in self._conditions:
            body = tuple(self._bodies[path].get(name, ()))
            self._conditions[path, name] = conditions_of_calls(body, self.values.environment(path))
        return self._conditions[path, name]


def _instantiate(graph: Graph, main: str, conditions: _Calls) -> None:
    """Follow the calls of the entry workflow. Without an entry workflow (DSL1), every process of main runs under its own name."""
    # With the callers of each workflow: a workflow that calls itself is not followed again.
    stack: list[tuple[str, str, str, tuple[tuple[str, str], ...], Condition]] = [(main, "", "", (), CERTAIN)]
    harvest_of_main = graph.harvests.get(main)
    if harvest_of_main is None:
        return
    if "" not in harvest_of_main.calls:
        graph.instances += [
            ProcessInstance(path, key, name, name, condition)
            for (path, name), variants in graph.variants.items()
            for key, condition in variants.items()
        ]
        return
    seen: set[str] = set()
    while stack and len(seen) < _MAX_INSTANCES:
        path, workflow, prefix, above, outer = stack.pop()
        own = conditions.of(path, workflow)
        if before := graph.reached.get((path, workflow)):
            graph.reached[path, workflow] = before[0].or_else(outer), own
        else:
            graph.reached[path, workflow] = outer, own
        calls = graph.harvests[path].calls.get(workflow, {}) if path in graph.harvests else {}
        for alias in calls:
            where, name = graph.definition_of(path, alias)
            kind = graph.defined.get(where, {}).get(name)
            qualified = f"{prefix}:{alias}" if prefix else alias
            # What a function calls runs under the name of the workflow that calls the function.
            key = f"{prefix} {where} {name}" if kind == "function" else qualified
            if kind is None or key in seen:
                continue
            seen.add(key)
            condition = own.get(alias, CERTAIN).within(outer)
            if kind == "function":
                stack.append((where, name, prefix, above, condition))
            elif kind == "process":
                graph.instances += [
                    ProcessInstance(where, key, alias, qualified, defining.within(condition))
                    for key, defining in graph.variants.get((where, name), {}).items()
                ]
            elif kind == "workflow" and len(above) < _MAX_DEPTH and (where, name) not in above:
                stack.append((where, name, qualified, (*above, (where, name)), condition))
    _add_uncalled(graph)


def _add_uncalled(graph: Graph) -> None:
    """Add processes that a script includes without a known call: the call may be in code that cannot be read."""
    called = {(instance.path, graph.processes[instance.path, instance.process].name) for instance in graph.instances}
    for use in graph.uses:
        for included in use.include.names if use.kind == "local" else ():
            path, name = graph.definition_of(use.target, included.name)
            if graph.defined.get(path, {}).get(name) == "process" and (path, name) not in called:
                called.add((path, name))
                maybe = CERTAIN.and_also(())
                graph.instances += [
                    ProcessInstance(path, key, included.alias, included.alias, defining.within(maybe))
                    for key, defining in graph.variants.get((path, name), {}).items()
                ]
