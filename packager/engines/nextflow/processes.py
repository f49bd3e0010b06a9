"""Processes after the config's selectors: every directive, the image, the resources of the first attempt.

Order, later over earlier (guide: Nextflow workflow definition page): the config's directives for all processes, those of the
process itself, `withLabel` selectors, `withName` selectors.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from packager.engines.nextflow.builtins import DIRECTIVES
from packager.engines.nextflow.choices import call_closure, closure_options, options
from packager.engines.nextflow.evaluation import Environment, evaluate
from packager.engines.nextflow.graph import Graph, Instance
from packager.engines.nextflow.selectors import Selected, Selectors
from packager.engines.nextflow.settings import Selector, Setting, Settings
from packager.engines.nextflow.sources import Sources, base_names
from packager.engines.nextflow.syntax import (
    Assignment,
    Call,
    Closure,
    Entry,
    Expression,
    ExpressionStatement,
    If,
    Literal,
    MapLiteral,
    Name,
    Process,
    Statement,
)
from packager.engines.nextflow.values import UNKNOWN, ClosureValue, Memory, duration_of, is_true, memory_of, to_text
from packager.model.facts import Attribute, ImageStatus, Resources, Task, TaskImage

# Directives that a process may have several of.
_REPEATED = frozenset({"label", "publishDir", "module", "env", "secret", "resourceLabels", "pod"})
# The condition of what a config sets in some cases only: no name, and so never known.
_MAYBE: tuple[Expression, bool] = (Name("", 0, 0), True)
_MAX_COMMON = 100_000  # directives for all processes, counted for each
_REGISTRY_HOST = re.compile(r"[^/]*[.:][^/]*|localhost")


@dataclass(frozen=True, slots=True)
class Directive:
    """A directive as it is written, in a process or in a config; `conditions` are those of the `if`s around it."""

    name: str
    arguments: tuple[Expression, ...]
    named: tuple[Entry, ...]
    path: str
    start: int
    end: int
    conditions: tuple[tuple[Expression, bool], ...] = ()


def directives_of(process: Process, path: str) -> tuple[Directive, ...]:
    """The directives in the body of a process, in order."""
    return tuple(_directives(process.sections[0].statements, path, ())) if process.sections else ()


def _directives(
    statements: Iterable[Statement], path: str, conditions: tuple[tuple[Expression, bool], ...]
) -> Iterable[Directive]:
    for statement in statements:
        if isinstance(statement, If):
            yield from _directives(statement.then, path, (*conditions, (statement.condition, True)))
            yield from _directives(statement.otherwise, path, (*conditions, (statement.condition, False)))
        elif isinstance(statement, Assignment):
            # `errorStrategy = { ... }` in a process sets the directive, in legacy code
            target, value = statement.target, statement.value
            if isinstance(target, Name) and target.name in DIRECTIVES:
                named = value.entries if isinstance(value, MapLiteral) else ()
                arguments = () if isinstance(value, MapLiteral) else (value,)
                yield Directive(target.name, arguments, named, path, statement.start, statement.end, conditions)
        elif isinstance(statement, ExpressionStatement):
            expression = statement.expression
            if isinstance(expression, Call) and isinstance(expression.function, Name):
                yield Directive(
                    expression.function.name,
                    expression.arguments,
                    expression.named,
                    path,
                    statement.start,
                    statement.end,
                    conditions,
                )


def _of_setting(name: str, setting: Setting, *, certain: bool = True) -> Directive:
    value = setting.value
    conditions: tuple[tuple[Expression, bool], ...] = ()
    if setting.conditional or not certain:  # the condition is known to be unknown
        conditions = (_MAYBE,)
    if isinstance(value, MapLiteral):
        return Directive(name, (), value.entries, setting.path, setting.start, setting.end, conditions)
    return Directive(name, (value,), (), setting.path, setting.start, setting.end, conditions)


@dataclass(frozen=True, slots=True)
class Processes:
    """The processes that run, each of their `publishDir`s with what its code may refer to, and selectors that could not be asked."""

    tasks: tuple[Task, ...]
    publishing: tuple[tuple[Directive, Environment], ...]
    unknown: tuple[Selector, ...]  # of which it cannot be told whom they select


@dataclass(slots=True)
class _Context:
    """What all processes share, and the `publishDir`s that were met."""

    sources: Sources
    settings: Settings
    selectors: Selectors
    names: Mapping[str, Any]
    registry: str
    publishing: dict[tuple[str, int], tuple[Directive, Environment]] = field(default_factory=dict)
    # The config's directives for all processes; `known` are those of the language.
    common: dict[str, list[Directive]] = field(default_factory=dict)
    known: dict[str, list[Directive]] = field(default_factory=dict)
    left: int = _MAX_COMMON

    def directives(self) -> dict[str, list[Directive]]:
        """The directives for all processes, for one more process: not those with names of their own where there are very many."""
        self.left -= len(self.common)
        return dict(self.common if self.left >= 0 else self.known)


def processes_of(sources: Sources, graph: Graph, settings: Settings, names: Mapping[str, Any]) -> Processes:
    """The processes that run, each with its directives; one whose names select different images or resources counts several times.

    `names` is what expressions may refer to (`workflow`, `nextflow`, ...).
    """
    registry = settings.value("docker.registry", settings.environment({**base_names(), **names}))
    context = _Context(sources, settings, Selectors(settings), names, registry if isinstance(registry, str) else "")
    context.common = {name: [_of_setting(name, setting)] for name, setting in settings.process.items()}
    context.known = {name: found for name, found in context.common.items() if name in DIRECTIVES}
    by_process: dict[tuple[str, str], list[Instance]] = {}
    for instance in graph.instances:
        by_process.setdefault((instance.path, instance.process), []).append(instance)
    tasks: list[Task] = []
    for key in sorted(by_process):
        tasks += _tasks(context, graph.processes[key], key[0], by_process[key])
    unknown = context.selectors.unknown
    return Processes(
        tuple(tasks),
        tuple(context.publishing[key] for key in sorted(context.publishing)),
        tuple(unknown[rank] for rank in sorted(unknown)),
    )


def _tasks(context: _Context, process: Process, path: str, instances: list[Instance]) -> list[Task]:
    own = directives_of(process, path)
    labels = [text for one in own if one.name == "label" for text in _labels(one)]
    for_labels = context.selectors.by_label(labels)
    found: dict[tuple[tuple[int, bool], ...], Task] = {}
    for instance in instances:
        for_names = context.selectors.by_name({process.name, instance.alias, instance.qualified})
        key = tuple((id(one.selector), one.certain) for one in for_names)
        if key not in found:
            found[key] = _task(context, process, path, instance.alias, own, (*for_labels, *for_names))
    distinct: dict[tuple[Any, ...], Task] = {}
    for task in found.values():
        distinct.setdefault((task.image, task.resources), task)
    tasks = list(distinct.values())
    if len(tasks) == 1:
        (only,) = tasks
        return [Task(process.name, only.place, only.image, only.resources, only.attributes)]
    return tasks


def _labels(directive: Directive) -> Iterable[str]:
    for argument in directive.arguments:
        if isinstance(argument, Literal) and isinstance(argument.value, str):
            yield argument.value


def _by_name(directives: Iterable[Directive]) -> dict[str, list[Directive]]:
    found: dict[str, list[Directive]] = {}
    for one in directives:
        found.setdefault(one.name, []).append(one)
    return found


def _by_selectors(selectors: Iterable[Selected], before: Mapping[str, list[Directive]]) -> dict[str, list[Directive]]:
    """The directives that selectors change: what may apply comes after what was there, what surely applies replaces it."""
    found: dict[str, list[Directive]] = {}
    for selected in selectors:
        for name, setting in selected.selector.settings.items():
            if selected.certain and not setting.conditional:
                found[name] = [_of_setting(name, setting)]
                continue
            if name not in found:
                found[name] = list(before.get(name, ()))
            found[name].append(_of_setting(name, setting, certain=selected.certain))
    return found


def _task(  # noqa: PLR0917 - the process and everything that decides on it
    context: _Context,
    process: Process,
    path: str,
    alias: str,
    own: tuple[Directive, ...],
    selectors: tuple[Selected, ...],
) -> Task:
    effective = context.directives()
    effective |= _by_name(own)
    effective |= _by_selectors(selectors, effective)
    evaluator = _Evaluator(context, process, path, alias, effective)
    for one in effective.get("publishDir", ()):
        environment = evaluator.environment(one.path)
        if evaluator.holds(one, environment) is not False:
            context.publishing.setdefault((one.path, one.start), (one, environment))
    place = context.sources.place(path, process.name_start, process.name_start + len(process.name))
    attributes = tuple(
        evaluator.attribute(one)
        for name in sorted(effective)
        for one in (effective[name] if name in _REPEATED else effective[name][-1:])
    )
    resources = Resources(
        cpu=evaluator.resource("cpus", _cpus),
        memory=evaluator.resource("memory", _gib),
        accelerator_type=evaluator.accelerator("type"),
        accelerator_count=evaluator.accelerator("request"),
        disk=evaluator.resource("disk", _gib),
    )
    return Task(alias, place, evaluator.image(place), resources, attributes)


def _cpus(value: Any) -> Any:
    if isinstance(value, str) and value.strip().isdigit():
        return int(value)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _gib(value: Any) -> Any:
    memory = memory_of(value)
    return None if memory is None else memory.gib


class _Evaluator:
    """Evaluates the directives of one process, for its first attempt."""

    def __init__(
        self, context: _Context, process: Process, path: str, alias: str, effective: dict[str, list[Directive]]
    ) -> None:
        self.context = context
        self.effective = effective
        self.path = path
        ext = self._ext()
        # The "" says that there is more, which is not known.
        task = {"attempt": 1, "process": alias, "name": UNKNOWN, "ext": ext, "": UNKNOWN}
        accelerated = effective.get("accelerator")
        if not accelerated:
            task["accelerator"] = None
        self.names = {**base_names(path), **context.names, "task": task}

    def _ext(self) -> dict[str, Any]:
        """`task.ext`: what is set is not evaluated unless it is a plain value, what is not set is null."""
        found: dict[str, Any] = {}
        for name, directives in self.effective.items():
            last = directives[-1]
            if name.startswith("ext."):
                value = last.arguments[0] if last.arguments else None
                known = isinstance(value, Literal) and not last.conditions
                found[name.removeprefix("ext.")] = value.value if known and isinstance(value, Literal) else UNKNOWN
            elif name == "ext":
                for entry in last.named:
                    if isinstance(entry.key, Literal) and isinstance(entry.value, Literal):
                        found[str(entry.key.value)] = entry.value.value
        return found

    def environment(self, path: str) -> Environment:
        """What the code of a file may refer to."""
        names = self.names if path == self.path else {**self.names, **base_names(path)}
        return self.context.settings.environment(names, path)

    def holds(self, directive: Directive, environment: Environment) -> bool | None:
        """Whether the conditions around a directive hold; None where that is not known."""
        result: bool | None = True
        for condition, wanted in directive.conditions:
            value = evaluate(condition, environment)
            if value is UNKNOWN:
                result = None
            elif is_true(value) is not wanted:
                return False
        return result

    def value(self, directive: Directive) -> Any:
        """What a directive with one argument comes to."""
        if len(directive.arguments) != 1:
            return UNKNOWN
        environment = self.environment(directive.path)
        if directive.conditions and self.holds(directive, environment) is not True:
            return UNKNOWN
        value = evaluate(directive.arguments[0], environment)
        return call_closure(value, environment) if isinstance(value, ClosureValue) else value

    def attribute(self, directive: Directive) -> Attribute:
        """A directive as a fact: its text, and its value where it is plain."""
        value = self.value(directive) if directive.arguments and not directive.named else UNKNOWN
        text = self._text(directive)
        plain = value if isinstance(value, str | int | float | bool) else None
        if plain is None and isinstance(value, Memory):
            plain = to_text(value)
        if directive.name == "time":  # in seconds
            duration = duration_of(value)
            plain = None if duration is None else duration.seconds
        place = self.context.sources.place(directive.path, directive.start, directive.end)
        return Attribute(directive.name, text, place, plain)

    def _text(self, directive: Directive) -> str:
        nodes = (*directive.arguments, *directive.named)
        if not nodes:
            return ""
        start = min(node.start for node in nodes)
        end = max(node.end for node in nodes)
        return self.context.sources.written(directive.path, start, end)[:2000]

    def last(self, name: str) -> Directive | None:
        """The directive of a name that counts."""
        directives = self.effective.get(name)
        return directives[-1] if directives else None

    def resource(self, name: str, convert: Any) -> Attribute | None:
        """A resource with its converted value."""
        directive = self.last(name)
        if directive is None:
            return None
        value = self._limited(name, self.value(directive))
        place = self.context.sources.place(directive.path, directive.start, directive.end)
        return Attribute(name, self._text(directive), place, None if value is UNKNOWN else convert(value))

    def _limited(self, name: str, value: Any) -> Any:
        """A value under `resourceLimits`."""
        limits = self.last("resourceLimits")
        if limits is None or value is UNKNOWN or name not in ("cpus", "memory", "disk"):
            return value
        if limits.conditions and (holds := self.holds(limits, self.environment(limits.path))) is not True:
            return value if holds is False else UNKNOWN
        entry = next((one for one in limits.named if isinstance(one.key, Literal) and one.key.value == name), None)
        if entry is None:
            return value
        limit = evaluate(entry.value, self.environment(limits.path))
        if name == "cpus":
            return min(value, limit) if isinstance(value, int) and isinstance(limit, int) else value
        measured, capped = memory_of(value), memory_of(limit)
        return min(measured, capped) if measured is not None and capped is not None else value

    def accelerator(self, member: str) -> Attribute | None:
        """`accelerator 1, type: 'x'`, or the map of a config."""
        directive = self.last("accelerator")
        if directive is None:
            return None
        environment = self.environment(directive.path)
        entry = next((one for one in directive.named if isinstance(one.key, Literal) and one.key.value == member), None)
        expression: Expression | None = entry.value if entry else None
        if expression is None and member == "request" and directive.arguments:
            expression = directive.arguments[0]
        if expression is None:
            return None
        value = UNKNOWN if _MAYBE in directive.conditions else evaluate(expression, environment)
        if isinstance(value, ClosureValue):
            value = call_closure(value, environment)
        if isinstance(value, dict):
            value = value.get(member, UNKNOWN)
        if value is None or (value is UNKNOWN and isinstance(expression, Closure)):
            return None  # there is none, or what decides is only known when the task runs
        place = self.context.sources.place(directive.path, directive.start, directive.end)
        text = self.context.sources.written(directive.path, expression.start, expression.end)
        plain = value if isinstance(value, str | int) and not isinstance(value, bool) else None
        return Attribute("accelerator" if member == "request" else "accelerator type", text, place, plain)

    # The image

    def image(self, place: Any) -> TaskImage:
        """The container of the process, under Docker."""
        found: list[Any] = []
        complete = True
        used: set[str] = set()
        last: Directive | None = None
        literal = False
        for directive in self.effective.get("container", ()):
            if not directive.arguments:
                continue
            environment = self.environment(directive.path)
            holds = self.holds(directive, environment)
            if holds is False:
                continue
            argument = directive.arguments[0]
            values, whole = _values(argument, environment)
            used |= environment.used
            if holds is None:
                complete = False
            else:
                found, complete = [], True
            found += values
            complete = complete and whole
            last = directive
            literal = isinstance(argument, Literal)
        if last is None:
            return TaskImage(ImageStatus.NONE, place)
        where = self.context.sources.place(last.path, last.arguments[0].start, last.arguments[0].end)
        text = self._text(last)
        images = sorted({image for value in found if (image := self._image(value))})
        depends = tuple(sorted(used))
        if complete and len(images) == 1 and len(found) == 1:
            status = ImageStatus.LITERAL if literal and images[0] == found[0] else ImageStatus.RESOLVED
            return TaskImage(status, where, text, images[0], depends_on=depends)
        if complete and not images:
            return TaskImage(ImageStatus.NONE, where, text)
        return TaskImage(ImageStatus.DYNAMIC, where, text, None, tuple(images), depends)

    def _image(self, value: Any) -> str:
        """An image's name with `docker.registry` before it, where it names no registry."""
        if not isinstance(value, str) or not value.strip():
            return ""
        image = value.strip()
        registry = self.context.registry.rstrip("/")
        if registry and "://" not in image and not image.startswith(("/", "$")):
            head, slash, _ = image.partition("/")
            if not slash or not _REGISTRY_HOST.fullmatch(head):
                return f"{registry}/{image}"
        return image


def _values(argument: Expression, environment: Environment) -> tuple[list[Any], bool]:
    if isinstance(argument, Closure):
        return closure_options(ClosureValue(argument, environment.path), environment)
    return options(argument, environment)
