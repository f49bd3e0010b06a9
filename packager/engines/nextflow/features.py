"""Facts of a pipeline that rules have a word on, as features.

`dsl1`; `nextflow-version` (as written) and `engine-version` (what the service takes, and why); `plugin` (`name@version`, as
declared) and `plugin-include` (its name); `profile` (its name); `config-remote`, `config-outside`, `config-unknown` (the target of an
`includeConfig`); `setting` (`dotted.name=value` of a config outside of `params` and `process`; the value as far as it is known, else
as written); `output-target` (`name=path` of an output block); `deep-output` (a process output with `**`).
"""

from __future__ import annotations

from collections.abc import Iterator

from packager.engines.nextflow.evaluation import Environment, evaluate
from packager.engines.nextflow.graph import Graph
from packager.engines.nextflow.settings import Settings, base_names
from packager.engines.nextflow.sources import Sources
from packager.engines.nextflow.syntax import (
    Call,
    Expression,
    ExpressionStatement,
    GString,
    Literal,
    Name,
    OutputBlock,
    Process,
)
from packager.engines.nextflow.values import UNKNOWN, to_text
from packager.engines.nextflow.versions import EngineVersion
from packager.model import Feature, Place

_VERSION = "manifest.nextflowVersion"


def features_of(
    sources: Sources, graph: Graph, settings: Settings, version: EngineVersion, main: str, *, is_dsl1: bool
) -> tuple[Feature, ...]:
    """All features, sorted by place."""
    found = [
        *_versions(sources, settings, version, main, is_dsl1=is_dsl1),
        *_plugins(sources, graph, settings),
        *_configs(sources, settings),
        *_settings(sources, settings),
        *_outputs(sources, graph),
    ]
    return tuple(sorted(found, key=lambda one: (one.place, one.name, one.text)))


def _versions(
    sources: Sources, settings: Settings, version: EngineVersion, main: str, *, is_dsl1: bool
) -> Iterator[Feature]:
    place = Place(main, 1, 1) if main in sources.texts else Place(main)
    if is_dsl1:
        yield Feature("dsl1", main, place)
    setting = settings.others.get(_VERSION)
    if setting is not None:
        place = sources.place(setting.path, setting.start, setting.end)
        written = sources.written(setting.path, setting.value.start, setting.value.end)
        yield Feature("nextflow-version", written, place)
    yield Feature("engine-version", f"{version.version or 'none'}: {version.kind}: {version.reason}", place)


def _plugins(sources: Sources, graph: Graph, settings: Settings) -> Iterator[Feature]:
    for plugin in settings.plugins:
        text = f"{plugin.name}@{plugin.version}" if plugin.version else plugin.name
        yield Feature("plugin", text, sources.place(plugin.path, plugin.start, plugin.end))
    for use in graph.uses:
        if use.kind == "plugin":
            yield Feature("plugin-include", use.target, sources.place(use.path, use.include.start, use.include.end))


def _configs(sources: Sources, settings: Settings) -> Iterator[Feature]:
    for name, place in settings.profiles.items():
        yield Feature("profile", name, sources.place(place.path, place.start, place.end))
    for include in settings.includes:
        if include.kind in ("remote", "outside", "unknown"):
            place_of = sources.place(include.path, include.start, include.end)
            yield Feature(f"config-{include.kind}", include.target, place_of)


def _settings(sources: Sources, settings: Settings) -> Iterator[Feature]:
    environment = Environment(settings.params, base_names())
    for name, setting in settings.others.items():
        value = UNKNOWN if setting.conditional else evaluate(setting.value, environment)
        text = None if value is UNKNOWN else to_text(value)
        if text is None:
            text = sources.written(setting.path, setting.value.start, setting.value.end)
        yield Feature("setting", f"{name}={text[:500]}", sources.place(setting.path, setting.start, setting.end))


def _outputs(sources: Sources, graph: Graph) -> Iterator[Feature]:
    for path in graph.harvests:
        script = sources.script(path)
        for one in script.definitions if script else ():
            if isinstance(one, OutputBlock):
                for target in one.targets:
                    text = f"{target.name}={_path_of(target.settings)}"
                    yield Feature("output-target", text, sources.place(path, target.start, target.end))
            elif isinstance(one, Process):
                yield from _deep_outputs(sources, path, one)


def _path_of(settings: tuple[object, ...]) -> str:
    """The `path` of an output target, as far as it is a plain text."""
    for statement in settings:
        expression = statement.expression if isinstance(statement, ExpressionStatement) else None
        if (
            isinstance(expression, Call)
            and isinstance(expression.function, Name)
            and expression.function.name == "path"
        ):
            value = expression.arguments[0] if expression.arguments else None
            if isinstance(value, Literal) and isinstance(value.value, str):
                return value.value
    return ""


def _deep_outputs(sources: Sources, path: str, process: Process) -> Iterator[Feature]:
    for section in process.sections:
        if section.label != "output":
            continue
        for statement in section.statements:
            if isinstance(statement, ExpressionStatement):
                for text in _texts(statement.expression):
                    if "**" in _plain(text):
                        yield Feature("deep-output", _plain(text), sources.place(path, text.start, text.end))


def _texts(expression: Expression) -> Iterator[Literal | GString]:
    if isinstance(expression, Call):
        for argument in expression.arguments:
            yield from _texts(argument)
    elif isinstance(expression, GString) or (isinstance(expression, Literal) and isinstance(expression.value, str)):
        yield expression


def _plain(text: Literal | GString) -> str:
    if isinstance(text, Literal):
        return str(text.value)
    return "".join(part if isinstance(part, str) else "${}" for part in text.parts)
