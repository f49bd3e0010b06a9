"""Directives of processes as they are written, and their values for the first attempt of a task."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from packager.engines.nextflow.builtins import DIRECTIVES, FORMER_DIRECTIVES
from packager.engines.nextflow.choices import call_closure, possible_results, possible_values
from packager.engines.nextflow.evaluation import Environment, evaluate
from packager.engines.nextflow.script_values import ScriptValues
from packager.engines.nextflow.settings import ConfigSetting, Settings
from packager.engines.nextflow.sources import PipelineSources, base_names
from packager.engines.nextflow.syntax import (
    Assignment,
    ClosureLiteral,
    Expression,
    ExpressionStatement,
    FunctionCall,
    If,
    Literal,
    MapEntry,
    MapLiteral,
    Name,
    Process,
    Statement,
)
from packager.engines.nextflow.values import UNKNOWN, ClosureValue, Memory, duration_of, is_true, memory_of, to_text
from packager.findings.diagnostic import Place
from packager.model.facts import Attribute, ImageStatus, TaskImage
from packager.model.image_reference import read_name

# The condition of a setting that a config makes in some cases only: a name that nothing defines, so that it stays unknown.
_MAYBE: tuple[Expression, bool] = (Name("", 0, 0), True)
_REGISTRY_HOST = re.compile(r"[^/]*[.:][^/]*|localhost")
_MAX_TEXT = 2000
_EXT = re.compile(r"\bext\??\.(\w+)")
_READING_EXT = ("container", "accelerator")
# Directives whose names are not those of inputs or outputs.
_MISPLACED = DIRECTIVES - {"each", "env", "eval", "file", "path", "set", "stdin", "stdout", "tuple", "val"}


@dataclass(frozen=True, slots=True)
class Directive:
    """A directive as it is written, in a process or in a config; `conditions` are those of the `if`s around it.

    `variables` are the variables of a config at its place.
    """

    name: str
    arguments: tuple[Expression, ...]
    named: tuple[MapEntry, ...]
    path: str
    start: int
    end: int
    conditions: tuple[tuple[Expression, bool], ...] = ()
    variables: Mapping[str, object] = field(default_factory=dict, compare=False, repr=False)


def is_misplaced(name: str) -> bool:
    """Whether a statement after `input:` or `output:` is a directive and not an input or output."""
    return name in _MISPLACED


def read_directives(process: Process, path: str) -> tuple[Directive, ...]:
    """The directives in the body of a process, in order; up to 25.10, also those after `input:` or `output:`."""
    directives: list[Directive] = []
    for section in process.sections:
        if not section.label:
            directives += _directives(section.statements, path, ())
        elif section.label in ("input", "output"):
            found = _directives(section.statements, path, ())
            directives += [directive for directive in found if is_misplaced(directive.name)]
    return tuple(directives)


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
            if isinstance(target, Name) and (target.name in DIRECTIVES or target.name in FORMER_DIRECTIVES):
                named = value.entries if isinstance(value, MapLiteral) else ()
                arguments = () if isinstance(value, MapLiteral) else (value,)
                yield Directive(target.name, arguments, named, path, statement.start, statement.end, conditions)
        elif isinstance(statement, ExpressionStatement):
            expression = statement.expression
            if isinstance(expression, FunctionCall) and isinstance(expression.function, Name):
                yield Directive(
                    expression.function.name,
                    expression.arguments,
                    expression.named,
                    path,
                    statement.start,
                    statement.end,
                    conditions,
                )


def make_directive(name: str, setting: ConfigSetting, *, certain: bool = True) -> Directive:
    """The directive that a config sets; without `certain`, it may or may not apply."""
    value = setting.value
    conditions: tuple[tuple[Expression, bool], ...] = ()
    if setting.conditional or not certain:
        conditions = (_MAYBE,)
    arguments, named = ((), value.entries) if isinstance(value, MapLiteral) else ((value,), ())
    return Directive(name, arguments, named, setting.path, setting.start, setting.end, conditions, setting.variables)


@dataclass(frozen=True, slots=True)
class ProcessContext:
    """The context that all processes share: `names` is what code may refer to, `registry` the `docker.registry` or empty.

    `overrides`: the registry replaces the one that an image names. `values` are the variables and parameters of scripts.
    """

    sources: PipelineSources
    settings: Settings
    names: Mapping[str, object]
    registry: str
    values: ScriptValues
    overrides: bool = False


class DirectiveEvaluator:
    """Evaluates the directives of one process, for its first attempt; `effective` are the directives that apply, by name."""

    def __init__(
        self,
        context: ProcessContext,
        path: str,
        alias: str,
        effective: Mapping[str, list[Directive]],
        hidden: Collection[str] = (),
    ) -> None:
        self.context = context
        self.effective = effective
        self.path = path
        self.hidden = hidden
        self._own: Environment | None = None
        # The "" marks a map of which only some members are known.
        task: dict[str, object] = {"attempt": 1, "process": alias, "name": UNKNOWN, "": UNKNOWN}
        if not effective.get("accelerator"):
            task["accelerator"] = None
        self.names: dict[str, object] = {**base_names(path), **context.names, "task": task}
        self.ext_parameters: set[str] = set()
        ext: dict[str, object] = {}
        task["ext"] = ext
        self._read_ext(ext)

    def _read_ext(self, ext: dict[str, object]) -> None:
        """Fill `task.ext` as far as it is known; what is not set is null. Only what the image needs is computed, closures last."""
        entries = list(self.ext_entries())
        mentioned = self._mentioned(entries)
        ext[""] = UNKNOWN  # until all is read
        later: list[tuple[tuple[str, ...], Directive, Expression]] = []
        for keys, directive, expression in entries:
            if isinstance(expression, Literal) and not directive.conditions:
                _put(ext, keys, expression.value)
            elif directive.conditions or keys[0] not in mentioned:
                _put(ext, keys, UNKNOWN)
            else:
                later.append((keys, directive, expression))
        del ext[""]
        for keys, *_ in later:
            _put(ext, keys, UNKNOWN)
        for keys, directive, expression in sorted(later, key=lambda entry: isinstance(entry[2], ClosureLiteral)):
            environment = self.environment_of(directive)
            value = evaluate(expression, environment)
            if isinstance(value, ClosureValue):
                value = call_closure(value, environment)
            self.ext_parameters |= self._deciding(directive, environment)
            _put(ext, keys, value)

    def ext_entries(self) -> Iterator[tuple[tuple[str, ...], Directive, Expression]]:
        """The settings of `ext`, each with its keys below `task.ext`."""
        for name, directives in self.effective.items():
            directive = directives[-1]
            if name != "ext" and not name.startswith("ext."):
                continue
            keys = tuple(name.split(".")[1:])
            if directive.arguments and keys:
                yield keys, directive, directive.arguments[0]
            for entry in directive.named:
                if isinstance(entry.key, Literal):
                    yield (*keys, str(entry.key.value)), directive, entry.value

    def _mentioned(self, entries: Iterable[tuple[tuple[str, ...], Directive, Expression]]) -> set[str]:
        """The members of `task.ext` that the image needs, directly or by other members."""
        texts = {keys[0]: self._text(directive) for keys, directive, _ in entries}
        reading = [directive for name in _READING_EXT for directive in self.effective.get(name, ())]
        pending = [name for directive in reading for name in _EXT.findall(self._text(directive))]
        mentioned: set[str] = set()
        while pending:
            name = pending.pop()
            if name not in mentioned:
                mentioned.add(name)
                pending += _EXT.findall(texts.get(name, ""))
        return mentioned

    def environment_of(self, directive: Directive) -> Environment:
        """What the code of a directive may refer to."""
        return self.environment(directive.path).with_names(directive.variables)

    def _deciding(self, directive: Directive, environment: Environment) -> set[str]:
        """The parameters of a run that decide on a value."""
        return self.context.values.deciding(directive.path, environment.used)

    def environment(self, path: str) -> Environment:
        """What the code of a file may refer to: in a script, also what the script sets."""
        if path != self.path:
            return self.context.settings.environment({**self.names, **base_names(path)}, path)
        if self._own is None:
            outer = self.context.values.environment(path, self.names)
            hidden = {name: UNKNOWN for name in self.hidden if name not in self.names}
            self._own = Environment(outer.params, {**outer.names, **hidden}, path, budget=outer.budget)
        return self._own.unused()

    def holds(self, directive: Directive, environment: Environment) -> bool | None:
        """Whether the conditions around a directive hold; None if that is unknown."""
        result: bool | None = True
        for condition, expected in directive.conditions:
            value = evaluate(condition, environment)
            if value is UNKNOWN:
                result = None
            elif is_true(value) is not expected:
                return False
        return result

    def value(self, directive: Directive, used: set[str] | None = None) -> object:
        """The value of a directive with one argument, or `UNKNOWN`; adds the parameters that it comes from to `used`."""
        if len(directive.arguments) != 1:
            return UNKNOWN
        environment = self.environment_of(directive)
        if directive.conditions and self.holds(directive, environment) is not True:
            return UNKNOWN
        value = evaluate(directive.arguments[0], environment)
        value = call_closure(value, environment) if isinstance(value, ClosureValue) else value
        if used is not None:
            used |= self._deciding(directive, environment)
        return value

    def attribute(self, directive: Directive) -> Attribute:
        """A directive as a fact: its text, and its value if that is plain."""
        value = self.value(directive) if directive.arguments and not directive.named else UNKNOWN
        plain: str | int | float | bool | None = value if isinstance(value, str | int | float | bool) else None
        if plain is None and isinstance(value, Memory):
            plain = to_text(value)
        if directive.name == "time":  # in seconds
            duration = duration_of(value)
            plain = None if duration is None else duration.seconds
        return Attribute(directive.name, self._text(directive), self._place(directive), plain)

    def _text(self, directive: Directive) -> str:
        nodes = (*directive.arguments, *directive.named)
        if not nodes:
            return ""
        start = min(node.start for node in nodes)
        end = max(node.end for node in nodes)
        return self.context.sources.written(directive.path, start, end)[:_MAX_TEXT]

    def _place(self, directive: Directive) -> Place:
        return self.context.sources.place(directive.path, directive.start, directive.end)

    def last(self, name: str) -> Directive | None:
        """The last directive of a name, which is the one that applies."""
        directives = self.effective.get(name)
        return directives[-1] if directives else None

    # Resources

    def cpus(self) -> Attribute | None:
        """The number of CPUs."""
        return self._resource("cpus", _cpus)

    def size(self, name: str) -> Attribute | None:
        """The `memory` or `disk` in GiB."""
        return self._resource(name, _gib)

    def _resource(self, name: str, convert: Callable[[object], int | float | None]) -> Attribute | None:
        directive = self.last(name)
        if directive is None:
            return None
        used: set[str] = set()
        value = self._limited(name, self.value(directive, used))
        number = None if value is UNKNOWN else convert(value)
        return Attribute(name, self._text(directive), self._place(directive), number, tuple(sorted(used)))

    def _limited(self, name: str, value: object) -> object:
        """A value capped by `resourceLimits`."""
        limits = self.last("resourceLimits")
        if limits is None or value is UNKNOWN or name not in ("cpus", "memory", "disk"):
            return value
        if limits.conditions and (holds := self.holds(limits, self.environment_of(limits))) is not True:
            return value if holds is False else UNKNOWN
        entry = _entry(limits, name)
        if entry is None:
            return value
        limit = evaluate(entry.value, self.environment_of(limits))
        if name == "cpus":
            return min(value, limit) if isinstance(value, int) and isinstance(limit, int) else value
        size, most = memory_of(value), memory_of(limit)
        return min(size, most) if size is not None and most is not None else value

    def accelerator(self, member: str) -> Attribute | None:
        """The `request` (number) or `type` of `accelerator 1, type: 'x'`, or of the map of a config."""
        directive = self.last("accelerator")
        if directive is None:
            return None
        environment = self.environment_of(directive)
        entry = _entry(directive, member)
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
        if value is None or (value is UNKNOWN and isinstance(expression, ClosureLiteral)):
            return None  # no accelerator, or only the running task decides
        text = self.context.sources.written(directive.path, expression.start, expression.end)
        plain = value if isinstance(value, str | int) and not isinstance(value, bool) else None
        name = "accelerator" if member == "request" else "accelerator type"
        return Attribute(
            name, text, self._place(directive), plain, tuple(sorted(self._deciding(directive, environment)))
        )

    # The image

    def image(self, place: Place) -> TaskImage:
        """The container image of the process at `place`, under Docker."""
        values: list[object] = []
        complete = True
        used: set[str] = set()
        last: Directive | None = None
        literal = False
        for directive in self.effective.get("container", ()):
            if not directive.arguments:
                continue
            environment = self.environment_of(directive)
            holds = self.holds(directive, environment)
            if holds is False:
                continue
            argument = directive.arguments[0]
            possible, is_all = _possible_values(argument, environment)
            if "null" in possible and not isinstance(argument, Literal):  # made of something that is set elsewhere
                possible, is_all = [value for value in possible if value != "null"], False
            used |= self._deciding(directive, environment)
            if _EXT.search(self._text(directive)):
                used |= self.ext_parameters
            if holds is None:
                complete = False
            else:
                values, complete = [], True
            values += possible
            complete = complete and is_all
            last = directive
            literal = isinstance(argument, Literal)
        if last is None:
            return TaskImage(ImageStatus.NONE, place)
        at = self.context.sources.place(last.path, last.arguments[0].start, last.arguments[0].end)
        text = self._text(last)
        images = sorted({image for value in values if (image := self._image_name(value))})
        depends = tuple(sorted(used))
        if complete and len(images) == 1 and len(values) == 1:
            status = ImageStatus.LITERAL if literal and images[0] == values[0] else ImageStatus.RESOLVED
            return TaskImage(status, at, text, read_name(images[0]), depends_on=depends)
        if complete and not images:
            return TaskImage(ImageStatus.NONE, at, text, depends_on=depends)
        return TaskImage(ImageStatus.DYNAMIC, at, text, None, tuple(map(read_name, images)), depends)

    def _image_name(self, value: object) -> str:
        """An image's name, with `docker.registry` before it if it has no registry."""
        if not isinstance(value, str) or not value.strip():
            return ""
        image = value.strip()
        registry = self.context.registry.rstrip("/")
        if registry and "://" not in image and not image.startswith(("/", "$")):
            head, slash, rest = image.partition("/")
            if not slash or not _REGISTRY_HOST.fullmatch(head):
                return f"{registry}/{image}"
            if self.context.overrides:
                return f"{registry}/{rest}"
        return image


def _put(ext: dict[str, object], keys: tuple[str, ...], value: object) -> None:
    """Set a member of `task.ext`, or a member of a map in it."""
    if len(keys) == 1:
        ext[keys[0]] = value
        return
    outer = ext.get(keys[0])
    ext[keys[0]] = {**(outer if isinstance(outer, dict) else {}), keys[1]: value if len(keys) == 2 else UNKNOWN}


def _entry(directive: Directive, key: str) -> MapEntry | None:
    return next((entry for entry in directive.named if isinstance(entry.key, Literal) and entry.key.value == key), None)


def _possible_values(argument: Expression, environment: Environment) -> tuple[list[object], bool]:
    if isinstance(argument, ClosureLiteral):
        return possible_results(ClosureValue(argument, environment.path), environment)
    return possible_values(argument, environment)


def _cpus(value: object) -> int | float | None:
    if isinstance(value, str) and value.strip().isdigit():
        return int(value)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _gib(value: object) -> float | None:
    memory = memory_of(value)
    return None if memory is None else memory.gib
