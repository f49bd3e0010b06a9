"""The folders of a pipeline's results and reports: the known beginning of each path, or the parameter that it begins with."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from packager.engines.nextflow.arguments import Arguments
from packager.engines.nextflow.directives import Directive
from packager.engines.nextflow.evaluation import Environment, evaluate
from packager.engines.nextflow.settings import ConfigSetting, Settings
from packager.engines.nextflow.sources import PipelineSources
from packager.engines.nextflow.syntax import (
    Binary,
    Cast,
    ClosureLiteral,
    Expression,
    ExpressionStatement,
    FunctionCall,
    GString,
    If,
    Index,
    Leave,
    ListLiteral,
    Literal,
    MapEntry,
    MapLiteral,
    Name,
    Property,
    Statement,
    Ternary,
)
from packager.engines.nextflow.values import UNKNOWN, is_true
from packager.model.features import Feature, FeatureName

_MAX_DEPTH = 12
_MAX_PATH = 300
_REPORTS = ("report", "timeline", "trace", "dag")
# The features of a path by the kind of its head.
_PUBLISHED = {
    "path": FeatureName.PUBLISH_PATH,
    "param": FeatureName.PUBLISH_PARAM,
    "unknown": FeatureName.PUBLISH_UNKNOWN,
}
_DIRECTORY = {
    "path": FeatureName.OUTPUT_DIRECTORY_PATH,
    "param": FeatureName.OUTPUT_DIRECTORY_PARAM,
    "unknown": FeatureName.OUTPUT_DIRECTORY_UNKNOWN,
}
_REPORTED = {
    "path": FeatureName.REPORT_PATH,
    "param": FeatureName.REPORT_PARAM,
    "unknown": FeatureName.REPORT_UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of a path: `kind` is `path` (`text` is its known part), `param` (`text` is the parameter) or `unknown`."""

    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Published:
    """An enabled `publishDir` with its environment, and the inputs of its process, whose values `arguments` knows.

    `when` are the parameters of the process's `when:` section, `passed` those that includes pass to its script (`addParams`).
    """

    directive: Directive
    environment: Environment
    process: tuple[str, str]
    inputs: Collection[str]
    arguments: Arguments
    when: frozenset[str] = frozenset()
    passed: Mapping[str, tuple[object, frozenset[str]]] = field(default_factory=dict)


def _heads(expression: Expression, published: Published, settings: Settings) -> Iterator[Head]:
    """The possible beginnings of the path of a `publishDir`; for one that begins with an input, those of what calls pass."""
    first = expression
    if isinstance(first, GString):
        part = next((part for part in first.parts if part != ""), "")
        first = part if not isinstance(part, str) else first
    if (name := _param(first)) in published.passed:
        yield _of_passed(*published.passed[name], expression, published.environment)
        return
    is_input = isinstance(first, Name) and first.name in published.inputs
    passed = (
        published.arguments.of(*published.process).get(first.name, ()) if is_input and isinstance(first, Name) else ()
    )
    if not passed:
        yield from find_heads(expression, published.environment, settings)
    for argument in passed:
        for head in find_heads(argument.expression, argument.environment, settings):
            # Of multiple calls, some may never happen.
            kind, text = ("unknown", "") if head.kind == "path" and len(passed) > 1 else (head.kind, head.text)
            yield Head(kind, text, expression.start, expression.end)


def _of_passed(value: object, names: frozenset[str], expression: Expression, environment: Environment) -> Head:
    """The beginning of a path that an include passes: the parameter of a run that it comes from, if that is the only one."""
    if not names and isinstance(value, str):
        return Head("path", value[:_MAX_PATH], expression.start, expression.end)
    name = next(iter(names)) if len(names) == 1 else ""
    default = environment.params.get(name)
    is_beginning = not isinstance(value, str) or not isinstance(default, str) or value.startswith(default)
    kind = "param" if name and is_beginning else "unknown"
    return Head(kind, name if is_beginning else "", expression.start, expression.end)


def find_heads(expression: Expression, environment: Environment, settings: Settings, depth: int = 0) -> Iterator[Head]:
    """The possible beginnings of the path that is the value of an expression; none if the value is null."""
    if depth > _MAX_DEPTH or environment.budget.is_spent:
        yield Head("unknown", "", expression.start, expression.end)
        return
    match expression:
        case GString():
            yield from _of_text(expression, environment, settings, depth + 1)
        case Ternary():
            yield from _of_choice(expression, environment, settings, depth + 1)
        case ClosureLiteral():
            yield from _of_body(expression.body, environment, settings, depth + 1)
        case (
            Binary(operator="+" | "?:", left=inner)
            | Cast(operand=inner)
            | FunctionCall(function=Name(name="file"), arguments=(inner, *_))
        ):
            yield from find_heads(inner, environment, settings, depth + 1)
        case _ if name := _param(expression):
            yield from _of_param(name, expression, environment, settings, depth + 1)
        case _:
            yield from _of_value(expression, environment)


def _of_value(expression: Expression, environment: Environment) -> Iterator[Head]:
    """The beginning of a computed path; if it depends on parameters, the one that the path begins with."""
    inner = environment.unused()
    value = evaluate(expression, inner)
    if isinstance(value, str) and not inner.used:
        yield Head("path", value[:_MAX_PATH], expression.start, expression.end)
    elif value is not None:
        defaults = {name: environment.params.get(name) for name in sorted(inner.used)}
        first = [
            name
            for name, text in defaults.items()
            if isinstance(text, str) and text and isinstance(value, str) and value.startswith(text)
        ]
        yield Head("param" if first else "unknown", first[0] if first else "", expression.start, expression.end)


def _of_choice(choice: Ternary, environment: Environment, settings: Settings, depth: int) -> Iterator[Head]:
    """The beginnings of `a ? b : c`; if parameters decide, only those that are a parameter."""
    inner = environment.unused()
    condition = evaluate(choice.condition, inner)
    taken = [choice.then] if condition is UNKNOWN or is_true(condition) else []
    taken += [choice.otherwise] if condition is UNKNOWN or not is_true(condition) else []
    heads_of_both = [head for branch in taken for head in find_heads(branch, environment, settings, depth)]
    decided = not inner.used and condition is not UNKNOWN
    kept = heads_of_both if decided else [head for head in heads_of_both if head.kind == "param"]
    yield from kept or ([Head("unknown", "", choice.start, choice.end)] if heads_of_both else [])


def _of_text(text: GString, environment: Environment, settings: Settings, depth: int) -> Iterator[Head]:
    """The beginnings of a string: those of its first part."""
    first = next((part for part in text.parts if part != ""), "")
    if isinstance(first, str):
        yield Head("path", _known(text, environment), text.start, text.end)
        return
    for head in find_heads(first, environment, settings, depth):
        known = _known(text, environment) if head.kind == "path" else ""
        yield Head(head.kind, known or head.text, text.start, text.end)


def _of_body(
    statements: tuple[Statement, ...], environment: Environment, settings: Settings, depth: int
) -> Iterator[Head]:
    """The beginnings of the path that a closure returns."""
    last = statements[-1] if statements else None
    if isinstance(last, ExpressionStatement):
        yield from find_heads(last.expression, environment, settings, depth)
    elif isinstance(last, Leave) and last.value is not None:
        yield from find_heads(last.value, environment, settings, depth)
    elif isinstance(last, If) and depth <= _MAX_DEPTH:
        yield from _of_body(last.then, environment, settings, depth + 1)
        yield from _of_body(last.otherwise, environment, settings, depth + 1)


def _of_param(
    name: str, expression: Expression, environment: Environment, settings: Settings, depth: int
) -> Iterator[Head]:
    """A parameter, or the parameter that its default begins with (`tracedir = "${params.outdir}/pipeline_info"`)."""
    setting = settings.param_settings.get(name)
    if setting is not None and isinstance(setting.value, GString | Property):
        inner = settings.environment(path=setting.path)
        params = [head for head in find_heads(setting.value, inner, settings, depth) if head.kind == "param"]
        if params:
            yield from (Head("param", head.text, expression.start, expression.end) for head in params)
            return
    yield Head("param", name, expression.start, expression.end)


def _param(expression: Expression) -> str:
    """`x` of `params.x` and `params['x']`, else ""."""
    target = expression.target if isinstance(expression, Property | Index) else None
    if not isinstance(target, Name) or target.name != "params":
        return ""
    if isinstance(expression, Property):
        return expression.name
    item = expression.items[0] if isinstance(expression, Index) and expression.items else None
    return item.value if isinstance(item, Literal) and isinstance(item.value, str) else ""


def _known(text: GString, environment: Environment) -> str:
    """The beginning of a string up to the first unknown part."""
    beginning = ""
    for part in text.parts:
        value = part if isinstance(part, str) else evaluate(part, environment)
        if not isinstance(value, str):
            break
        beginning += value
    return beginning[:_MAX_PATH]


def collect_published(
    sources: PipelineSources, settings: Settings, publishing: Iterable[Published]
) -> Iterator[Feature]:
    """The features of `publishDir`s: every path, and each parameter once."""
    seen: set[tuple[str, str, str, int]] = set()
    for published in publishing:
        directive = published.directive
        names = _deciding(published)
        for expression in _paths(directive, published.environment):
            for head in _heads(expression, published, settings):
                where = (directive.path, head.start) if head.kind != "param" else ("", 0)
                if (head.kind, head.text, *where) in seen:
                    continue
                seen.add((head.kind, head.text, *where))
                place = sources.place(directive.path, head.start, head.end)
                yield Feature(_PUBLISHED[head.kind], head.text, place, depends_on=names if head.kind == "path" else ())


def _deciding(published: Published) -> tuple[str, ...]:
    """The parameters that decide whether anything is published, sorted."""
    environment = published.environment.unused()
    for expression in (
        *(condition for condition, _ in published.directive.conditions),
        *(entry.value for entry in published.directive.named if _key(entry) == "enabled"),
    ):
        evaluate(expression, environment)
    return tuple(sorted(environment.used | published.when))


def _paths(directive: Directive, environment: Environment) -> Iterator[Expression]:
    """The paths of a `publishDir` in any of its forms; none if it is disabled."""
    if directive.arguments:
        yield from () if _disabled(directive.named, environment) else _of_argument(directive.arguments[0], environment)
    else:
        yield from _of_entries(directive.named, environment)


def _of_argument(argument: Expression, environment: Environment) -> Iterator[Expression]:
    if isinstance(argument, ListLiteral):
        for item in argument.items:
            yield from _of_argument(item, environment)
    elif isinstance(argument, MapLiteral):
        yield from _of_entries(argument.entries, environment)
    else:
        yield argument


def _of_entries(entries: tuple[MapEntry, ...], environment: Environment) -> Iterator[Expression]:
    if not _disabled(entries, environment):
        yield from (entry.value for entry in entries if _key(entry) == "path")


def _disabled(entries: tuple[MapEntry, ...], environment: Environment) -> bool:
    return any(_key(entry) == "enabled" and evaluate(entry.value, environment) is False for entry in entries)


def _key(entry: MapEntry) -> str:
    key = entry.key
    if isinstance(key, Name):
        return key.name
    return str(key.value) if isinstance(key, Literal) else ""


def collect_outputs_and_reports(sources: PipelineSources, settings: Settings) -> Iterator[Feature]:
    """The features of `outputDir` and of the enabled reports in the config."""
    environment = settings.environment()
    directory = settings.others.get("outputDir")
    if directory is not None:
        for head in find_heads(directory.value, environment, settings):
            place = sources.place(directory.path, head.start, head.end)
            yield Feature(_DIRECTORY[head.kind], head.text, place)
    for scope in _REPORTS:
        if settings.value(f"{scope}.enabled", environment) is not True:
            continue
        setting = settings.others.get(f"{scope}.file")
        if setting is None:
            switch = settings.others[f"{scope}.enabled"]
            place = sources.place(switch.path, switch.start, switch.end)
            yield Feature(FeatureName.REPORT_PATH, "", place, key=scope)
            continue
        for head in () if setting.conditional else find_heads(setting.value, environment, settings):
            place = sources.place(setting.path, setting.start, setting.end)
            yield Feature(_REPORTED[head.kind], head.text, place, key=scope)
        if scope == "dag" and (format_ := _suffix(setting)):
            yield Feature(FeatureName.DAG_FORMAT, format_, sources.place(setting.path, setting.start, setting.end))


def _suffix(setting: ConfigSetting) -> str:
    """The suffix of a file name, without the dot; empty if it is not a plain string."""
    value = setting.value
    last = value.parts[-1] if isinstance(value, GString) else value.value if isinstance(value, Literal) else None
    return posixpath.splitext(last)[1][1:].lower() if isinstance(last, str) else ""
