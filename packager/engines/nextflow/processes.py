"""The processes that run, with the config's selectors applied: directives, image, and the resources of the first attempt.

Order, later over earlier (Guide.NEXTFLOW): the config's directives for all processes, those of the
process itself, `withLabel` selectors, `withName` selectors.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from packager.engines.light_commands import is_light
from packager.engines.nextflow.arguments import Arguments
from packager.engines.nextflow.builtins import DIRECTIVES, FORMER_DIRECTIVES
from packager.engines.nextflow.conditions import CERTAIN, Condition, condition_of, parameters_of
from packager.engines.nextflow.directives import (
    Directive,
    DirectiveEvaluator,
    ProcessContext,
    make_directive,
    read_directives,
)
from packager.engines.nextflow.graph import ProcessInstance
from packager.engines.nextflow.harvest import walk
from packager.engines.nextflow.pipeline import Pipeline
from packager.engines.nextflow.publishing import Published
from packager.engines.nextflow.selectors import Selected, Selectors
from packager.engines.nextflow.settings import Selector
from packager.engines.nextflow.sources import base_names
from packager.engines.nextflow.syntax import (
    ExpressionStatement,
    FunctionCall,
    GString,
    Literal,
    Name,
    Process,
    Property,
    TypedName,
)
from packager.engines.nextflow.versions import is_at_least
from packager.healthomics import limits
from packager.model.facts import ImageStatus, Resources, Task, TaskImage

# Directives that a process may have more than once.
_REPEATED = frozenset({"label", "publishDir", "module", "env", "secret", "resourceLabels", "pod"})
_SCRIPTS = ("script", "shell")  # the section with the script; without it, the last statement is the script
_MAX_COMMON = 100_000  # directives for all processes, counted for each


@dataclass(frozen=True, slots=True)
class Processes:
    """The processes that run, their enabled `publishDir`s with the environment of each, and the selectors of unknown effect.

    `whens` has the conditions of the sections `when:` by qualified name, of those that a run decides.
    """

    tasks: tuple[Task, ...]
    publishing: tuple[Published, ...]
    unknown: tuple[Selector, ...]
    whens: Mapping[str, Condition]


@dataclass(slots=True)
class _Collector:
    """Collects the `publishDir`s of all processes, and limits how often the directives for all processes are copied.

    `common` are the config's directives for all processes, `known` those of them that are directives of the language.
    """

    context: ProcessContext
    arguments: Arguments
    selectors: Selectors
    common: dict[str, list[Directive]]
    known: dict[str, list[Directive]]
    publishing: dict[tuple[str, int], Published] = field(default_factory=dict)
    whens: dict[str, Condition] = field(default_factory=dict)
    left: int = _MAX_COMMON

    def directives(self) -> dict[str, list[Directive]]:
        """The directives for all processes, to be changed for one process; only known ones after very many copies."""
        self.left -= len(self.common)
        return dict(self.common if self.left >= 0 else self.known)


def collect_processes(pipeline: Pipeline, names: Mapping[str, object]) -> Processes:
    """The processes that run, each with its directives; one task per different image or resources of a process.

    `names` is what expressions may refer to (`workflow`, `nextflow`, ...).
    """
    settings = pipeline.settings
    environment = settings.environment({**base_names(), **names})
    registry = settings.value("docker.registry", environment)
    overrides = settings.value("docker.registryOverride", environment) is True and is_at_least(
        pipeline.version.version, limits.NEXTFLOW_REGISTRY_OVERRIDE
    )
    registry = registry if isinstance(registry, str) else ""
    context = ProcessContext(pipeline.sources, settings, names, registry, pipeline.values, overrides)
    common = {name: [make_directive(name, setting)] for name, setting in settings.process.items()}
    known = {name: directives for name, directives in common.items() if name in DIRECTIVES or name in FORMER_DIRECTIVES}
    arguments = Arguments(pipeline.sources, pipeline.graph, pipeline.values)
    collector = _Collector(context, arguments, Selectors(settings), common, known)
    by_process: dict[tuple[str, str], list[ProcessInstance]] = {}
    for instance in pipeline.graph.instances:
        by_process.setdefault((instance.path, instance.process), []).append(instance)
    tasks: list[Task] = []
    for key in sorted(by_process):
        tasks += _tasks(collector, pipeline.graph.processes[key], by_process[key])
    publishing, unknown = collector.publishing, collector.selectors.unknown
    return Processes(
        tuple(tasks),
        tuple(publishing[key] for key in sorted(publishing)),
        tuple(unknown[rank] for rank in sorted(unknown)),
        collector.whens,
    )


def _tasks(collector: _Collector, process: Process, instances: list[ProcessInstance]) -> list[Task]:
    own = read_directives(process, instances[0].path)
    labels = [label for directive in own if directive.name == "label" for label in _labels(directive)]
    for_labels = collector.selectors.by_label(labels)
    by_selectors: dict[tuple[tuple[int, bool], ...], Task] = {}
    conditions: dict[tuple[tuple[int, bool], ...], Condition] = {}
    for instance in instances:
        for_names = collector.selectors.by_name({process.name, instance.alias, instance.qualified})
        key = tuple((id(selected.selector), selected.certain) for selected in for_names)
        conditions[key] = conditions[key].or_else(instance.condition) if key in conditions else instance.condition
        if key not in by_selectors:
            by_selectors[key] = _task(collector, process, instance, own, (*for_labels, *for_names))
        if not (when := _own_condition(by_selectors[key])).is_certain:
            collector.whens[instance.qualified] = when
    distinct: dict[tuple[TaskImage, Resources], tuple[Task, Condition]] = {}
    for key, task in by_selectors.items():
        kind = (task.image, task.resources)
        first, condition = distinct.get(kind, (task, conditions[key]))
        distinct[kind] = first, condition.or_else(conditions[key])
    tasks = [_with_condition(task, condition) for task, condition in distinct.values()]
    if len(tasks) == 1:
        (only,) = tasks
        return [replace(only, name=process.name)]
    return tasks


def _with_condition(task: Task, condition: Condition) -> Task:
    """A task with what decides whether it runs, which includes its own `when:`."""
    condition = condition.within(_own_condition(task))
    return replace(task, conditional=not condition.is_certain, depends_on=tuple(sorted(condition.names)))


def _own_condition(task: Task) -> Condition:
    """The condition of the process itself, which its task has until the conditions of calls are added."""
    return Condition(not task.conditional, frozenset(task.depends_on))


def _labels(directive: Directive) -> Iterable[str]:
    for argument in directive.arguments:
        if isinstance(argument, Literal) and isinstance(argument.value, str):
            yield argument.value


def _by_name(directives: Iterable[Directive]) -> dict[str, list[Directive]]:
    by_name: dict[str, list[Directive]] = {}
    for directive in directives:
        by_name.setdefault(directive.name, []).append(directive)
    return by_name


def _by_selectors(selectors: Iterable[Selected], before: Mapping[str, list[Directive]]) -> dict[str, list[Directive]]:
    """The directives that selectors change: a possible one is added to those before, a certain one replaces them."""
    changed: dict[str, list[Directive]] = {}
    for selected in selectors:
        for name, setting in selected.selector.settings.items():
            if selected.certain and not setting.conditional:
                changed[name] = [make_directive(name, setting)]
                continue
            if name not in changed:
                changed[name] = list(before.get(name, ()))
            changed[name].append(make_directive(name, setting, certain=selected.certain))
    return changed


def _task(
    collector: _Collector,
    process: Process,
    instance: ProcessInstance,
    own: tuple[Directive, ...],
    selectors: tuple[Selected, ...],
) -> Task:
    inputs, at = _inputs(process), (instance.path, instance.process)
    effective = collector.directives()
    effective |= _by_name(own)
    effective |= _by_selectors(selectors, effective)
    evaluator = DirectiveEvaluator(collector.context, instance.path, instance.alias, effective, inputs)
    when = _when(process, evaluator, instance.path)
    for directive in effective.get("publishDir", ()):
        environment = evaluator.environment_of(directive)
        key = (directive.path, directive.start)
        if key not in collector.publishing and evaluator.holds(directive, environment) is not False:
            passed = collector.context.values.passed(directive.path)
            collector.publishing[key] = Published(
                directive, environment, at, inputs, collector.arguments, when.names, passed
            )
    name_end = process.name_start + len(process.name)
    place = collector.context.sources.place(instance.path, process.name_start, name_end)
    attributes = tuple(
        evaluator.attribute(directive)
        for name in sorted(effective)
        for directive in (effective[name] if name in _REPEATED else effective[name][-1:])
    )
    resources = Resources(
        cpu=evaluator.cpus(),
        memory=evaluator.size("memory"),
        accelerator_type=evaluator.accelerator("type"),
        accelerator_count=evaluator.accelerator("request"),
        disk=evaluator.size("disk"),
    )
    runs_container = not any(section.label == "exec" for section in process.sections)
    image = evaluator.image(place) if runs_container else TaskImage(ImageStatus.NONE, place)
    return Task(
        instance.alias,
        place,
        image,
        resources,
        attributes,
        runs_container,
        conditional=not when.is_certain,
        depends_on=tuple(sorted(when.names)),
        light=_is_light(process),
    )


def _is_light(process: Process) -> bool:
    """Whether the script is one string whose programs only handle files."""
    written = [section for section in process.sections if section.label in _SCRIPTS] or process.sections[-1:]
    match written[-1].statements[-1:] if written else ():
        case (ExpressionStatement(expression=Literal(value=str(script))),):
            return is_light(script)
        case (ExpressionStatement(expression=GString(parts=parts)),):
            return is_light("".join(part if isinstance(part, str) else "$" for part in parts))
        case _:
            return False


def _when(process: Process, evaluator: DirectiveEvaluator, path: str) -> Condition:
    """The condition of the section `when:`."""
    condition = CERTAIN
    for section in process.sections:
        if section.label == "when":
            for statement in section.statements:
                if isinstance(statement, ExpressionStatement):
                    expression = statement.expression
                    own = condition_of(expression, evaluator.environment(path), {})
                    own = own if own.is_certain else own.and_also(_parameters_of_ext(expression, evaluator))
                    condition = own.within(condition)
    return condition


def _parameters_of_ext(expression: object, evaluator: DirectiveEvaluator) -> frozenset[str]:
    """The parameters behind `task.ext.name` in an expression, which the config sets."""
    keys = {
        node.name
        for node in walk(expression)
        if isinstance(node, Property) and isinstance(node.target, Property) and node.target.name == "ext"
    }
    names: set[str] = set()
    for entry, directive, value in evaluator.ext_entries() if keys else ():
        if entry[0] in keys:
            names |= parameters_of(value, {})
            names |= {name for condition, _ in directive.conditions for name in parameters_of(condition, {})}
    return frozenset(names)


def _inputs(process: Process) -> frozenset[str]:
    """The names of the inputs of a process, and of what they are qualified with."""
    names: set[str] = set()
    pending: list[object] = [
        statement for section in process.sections if section.label == "input" for statement in section.statements
    ]
    while pending:
        match pending.pop():
            case ExpressionStatement(expression=inner):
                pending.append(inner)
            case FunctionCall(arguments=arguments):
                pending += arguments
            case Name(name=name) | TypedName(name=name):
                names.add(name)
            case _:
                pass
    return frozenset(names)
