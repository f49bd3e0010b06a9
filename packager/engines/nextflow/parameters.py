"""The parameters of a pipeline, merged from everything that declares them.

The default is the one of a profile, else of the config (later over earlier), else of the typed `params` block, else of a script's
`params.x = ...`, else of the schema. Type and description are those of the schema, else of the typed block, else of the default and
the comment next to it. A parameter is required if nothing gives it a default and the schema or the typed block requires it, or if the
main script uses it and nothing declares it.
"""

from __future__ import annotations

import json
import math
import posixpath
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field

from packager.engines.nextflow.evaluation import Environment, evaluate
from packager.engines.nextflow.graph import Graph
from packager.engines.nextflow.lexing import Comment
from packager.engines.nextflow.pipeline import Pipeline
from packager.engines.nextflow.schema import SchemaFacts
from packager.engines.nextflow.sources import PipelineSources, base_names
from packager.engines.nextflow.syntax import (
    Assignment,
    ConfigAssignment,
    ConfigBlock,
    Expression,
    Literal,
    MapLiteral,
    Name,
    ParamsBlock,
    Property,
    TypedName,
)
from packager.engines.nextflow.value_types import of_declaration, of_default, or_nothing
from packager.engines.nextflow.values import UNKNOWN, Duration, Memory, is_computable, to_text
from packager.findings.diagnostic import Place
from packager.model.facts import Input
from packager.model.value_types import ANY

_MAX_DEFAULT = 2000


@dataclass(slots=True)
class _Declared:
    """The declarations of one parameter, by source."""

    schema: Input | None = None
    typed: tuple[str, TypedName] | None = None
    assigned: tuple[str, Expression, int, int] | None = None  # in a script
    used: tuple[str, int] | None = None


@dataclass(slots=True)
class _Table:
    by_name: dict[str, _Declared] = field(default_factory=dict)

    def declared(self, name: str) -> _Declared:
        return self.by_name.setdefault(name, _Declared())


@dataclass(frozen=True, slots=True)
class _Visible:
    """The parameters that the service's template generation finds, and whether each has a default."""

    from_schema: bool
    defaults: Mapping[str, bool]


def collect_inputs(pipeline: Pipeline, schema: SchemaFacts, names: Mapping[str, object]) -> tuple[Input, ...]:
    """The parameters, sorted by name."""
    sources, graph, settings = pipeline.sources, pipeline.graph, pipeline.settings
    table = _Table()
    for parameter in schema.inputs:
        table.declared(parameter.name).schema = parameter
    has_schema = bool(schema.inputs)
    typed = _scripts(pipeline, table)
    for name, value in settings.params.items():
        if has_schema and isinstance(value, dict) and name not in table.by_name:
            continue  # tables of the config, such as `genomes`: the schema lists what a run may set
        table.declared(name)
    if not has_schema and not typed:
        for path, harvest in graph.harvests.items():
            for name, offset in harvest.params.items():
                if pipeline.values.is_passed(path, name):
                    continue  # a run cannot set it
                declared = table.declared(name)
                declared.used = declared.used or (path, offset)
    visible = _visible(sources, graph, schema, pipeline.main)
    environment = settings.environment({**base_names(), **names})
    return tuple(_input(name, table.by_name[name], pipeline, visible, environment) for name in sorted(table.by_name))


def _scripts(pipeline: Pipeline, table: _Table) -> bool:
    """Add what scripts declare to the table; returns whether a script has a typed block."""
    typed = False
    for path in pipeline.graph.harvests:
        script = pipeline.sources.script(path)
        for definition in script.definitions if script else ():
            if isinstance(definition, ParamsBlock):
                typed = True
                for param in definition.params:
                    declared = table.declared(param.name)
                    declared.typed = declared.typed or (path, param)
            elif isinstance(definition, Assignment) and (name := _param_name(definition.target)):
                if pipeline.values.is_passed(path, name):
                    continue
                declared = table.declared(name)
                declared.assigned = declared.assigned or (path, definition.value, definition.start, definition.end)
    return typed


def _param_name(target: Expression) -> str:
    """`x` of `params.x`, or "" for anything else."""
    if isinstance(target, Property) and isinstance(target.target, Name) and target.target.name == "params":
        return target.name
    return ""


def _visible(  # noqa: C901 - one branch for each shape of the documented rule
    sources: PipelineSources, graph: Graph, schema: SchemaFacts, main: str
) -> _Visible:
    """What the service finds (Guide.PARAMETER_TEMPLATES): the schema, else main and the config next to it."""
    if schema.readable:
        return _Visible(from_schema=True, defaults={})
    defaults: dict[str, bool] = {}
    harvest = graph.harvests.get(main)
    script = sources.script(main)
    for name in harvest.params if harvest else ():
        defaults[name] = False
    for definition in script.definitions if script else ():
        if isinstance(definition, Assignment) and (name := _param_name(definition.target)):
            defaults[name] = True
        elif isinstance(definition, ParamsBlock):
            for param in definition.params:
                defaults[param.name] = param.value is not None
    config = sources.config(posixpath.join(posixpath.dirname(main), "nextflow.config"))
    for statement in config.statements if config else ():
        if isinstance(statement, ConfigAssignment) and statement.path[0] == "params":
            if len(statement.path) == 2:
                defaults[statement.path[1]] = True
            elif len(statement.path) == 1 and isinstance(statement.value, MapLiteral):
                defaults |= {
                    str(entry.key.value): True for entry in statement.value.entries if isinstance(entry.key, Literal)
                }
        elif isinstance(statement, ConfigBlock) and statement.name == "params":
            for inner in statement.statements:
                if isinstance(inner, ConfigAssignment) and len(inner.path) == 1:
                    defaults[inner.path[0]] = True
    return _Visible(from_schema=False, defaults=defaults)


def _input(name: str, declared: _Declared, pipeline: Pipeline, visible: _Visible, environment: Environment) -> Input:
    schema = declared.schema
    has_default, value, place, comment = _default(name, declared, pipeline, environment)
    if schema is not None:
        optional = schema.optional or (has_default and value not in (None, "") and value is not UNKNOWN)
        kind, description = schema.type, schema.description or comment
        place = schema.place
        default = _as_json(value) if has_default and value is not None else schema.default
        accepted = schema.value_type
    elif declared.typed is not None:
        type_name = declared.typed[1].type
        kind = type_name.name if type_name is not None else _kind(value)
        optional = has_default or kind.endswith("?")
        accepted = of_declaration(kind) if type_name is not None else of_default(value)
        description, default = comment, _as_json(value) if has_default else None
    else:
        kind = _kind(value) if has_default else "any"
        # A parameter that only modules use is null if a run omits it; the service requires every parameter that main uses.
        optional = has_default or name not in visible.defaults
        accepted = of_default(value) if has_default else ANY
        description, default = comment, _as_json(value) if has_default else None
    if visible.from_schema:
        seen, service_optional = schema is not None, schema.service_optional if schema else None
    else:
        seen, service_optional = name in visible.defaults, visible.defaults.get(name)
    return Input(
        name=name,
        type=kind,
        optional=optional,
        default=default,
        description=description,
        place=place,
        service_description=schema.service_description if schema and visible.from_schema else "",
        service_visible=seen,
        service_optional=service_optional,
        value_type=or_nothing(accepted, value) if optional else accepted,
    )


def _default(
    name: str, declared: _Declared, pipeline: Pipeline, environment: Environment
) -> tuple[bool, object, Place, str]:
    """Whether there is a default, its value, the place of the declaration, and the comment on it."""
    sources, settings = pipeline.sources, pipeline.settings
    setting = settings.param_settings.get(name)
    typed = declared.typed
    if typed is not None:
        path, param = typed
        place = sources.place(path, param.start, param.start + len(param.name))
        comment = _comment_above(sources, path, param.start) or _comment_after(sources, path, param.end)
        if setting is not None:
            return True, settings.params[name], place, comment
        if param.value is None:
            return False, UNKNOWN, place, comment
        return True, evaluate(param.value, environment), place, comment
    if setting is not None:
        place = sources.place(setting.path, setting.start, setting.end)
        return True, settings.params[name], place, _comment_after(sources, setting.path, setting.end)
    if declared.assigned is not None:
        path, value, start, end = declared.assigned
        return True, evaluate(value, environment), sources.place(path, start, end), _comment_after(sources, path, end)
    if declared.used is not None:
        path, offset = declared.used
        return False, UNKNOWN, sources.place(path, offset, offset + len("params.") + len(name)), ""
    return False, UNKNOWN, Place(""), ""


def _kind(value: object) -> str:
    """The type of a default, by the names of JSON Schema."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    if isinstance(value, str | Memory | Duration):
        return "string"
    if isinstance(value, list):
        return "array"
    return "object" if isinstance(value, Mapping) else "any"


def _as_json(value: object) -> str | None:
    """A default as JSON; None for null and for values that only a run knows."""
    if value is None or value is UNKNOWN or not is_computable(value, _MAX_DEFAULT):
        return None
    if isinstance(value, Memory | Duration):
        value = to_text(value)
    try:
        text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    except (TypeError, ValueError):
        return None
    return text if len(text) <= _MAX_DEFAULT and not (isinstance(value, float) and not math.isfinite(value)) else None


# Comments


def _comments(sources: PipelineSources, path: str) -> tuple[Comment, ...]:
    if path in sources.scripts:
        return sources.scripts[path].comments
    return sources.configs[path].comments if path in sources.configs else ()


def _comment_after(sources: PipelineSources, path: str, end: int) -> str:
    """The comment after a declaration, on the line of its end."""
    comments = _comments(sources, path)
    index = bisect_right([comment.start for comment in comments], end - 1)
    text = sources.texts[path]
    if (
        index < len(comments)
        and "\n" not in text[end : comments[index].start]
        and not text[end : comments[index].start].strip(" \t,")
    ):
        return _words(text[comments[index].start : comments[index].end])
    return ""


def _comment_above(sources: PipelineSources, path: str, start: int) -> str:
    """The comment, or the line comments, directly above a declaration."""
    comments = _comments(sources, path)
    text = sources.texts[path]
    index = bisect_right([comment.start for comment in comments], start) - 1
    lines: list[str] = []
    below = start
    while index >= 0:
        comment = comments[index]
        between = text[comment.end : below]
        line_start = text.rfind("\n", 0, comment.start) + 1
        if between.strip() or between.count("\n") > 1 or text[line_start : comment.start].strip():
            break
        lines.insert(0, _words(text[comment.start : comment.end]))
        below = comment.start
        index -= 1
    return " ".join(line for line in lines if line)


def _words(comment: str) -> str:
    """The text of a comment without its delimiters."""
    if comment.startswith("//"):
        return comment.lstrip("/").strip()
    inner = comment.removeprefix("/*").removesuffix("*/")
    return " ".join(line.strip().lstrip("*").strip() for line in inner.splitlines()).strip("* ")
