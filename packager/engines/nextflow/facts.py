"""The facts of a pipeline, and the findings about files and includes that come with them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import replace

from packager.engines.nextflow.arity import wrong_calls
from packager.engines.nextflow.bodies import graph_of_pipeline
from packager.engines.nextflow.closure import collect_files, collect_tree
from packager.engines.nextflow.conditions import Condition
from packager.engines.nextflow.features import collect_features
from packager.engines.nextflow.graph import IncludeUse
from packager.engines.nextflow.parameters import collect_inputs
from packager.engines.nextflow.pipeline import Pipeline
from packager.engines.nextflow.processes import collect_processes
from packager.engines.nextflow.schema import SCHEMA_NAME, SchemaFacts, read_schema
from packager.engines.nextflow.settings import ConfigUse, Selector, Settings
from packager.engines.nextflow.sources import PipelineSources
from packager.engines.nextflow.syntax import OutputBlock
from packager.engines.nextflow.values import UNKNOWN
from packager.engines.nextflow.versions import is_strict
from packager.findings.codes import finding_at
from packager.findings.diagnostic import Diagnostic, Place, Severity, Skipped, show_places
from packager.model.calls import pack
from packager.model.facts import Engine, Input, Output, Workflow
from packager.model.features import Feature, FeatureName
from packager.shell import quoted
from packager.source import NotTextError, OversizedError, UnreadableError, unreadable_file
from packager.text import count, joined, listed, nearest_name

_ABOUT_VALIDATION = frozenset(
    {
        "help",
        "helpFull",
        "help_full",
        "schema_ignore_params",
        "showHidden",
        "show_hidden",
        "show_hidden_params",
        "validate_params",
        "version",
    }
)
_SHOWN = 60
_MOST_FAULTS = 50  # of one file; nobody reads more, and binary data in a config would give thousands
_VALUE_CHECKS = ("IMG001", "RES001")  # reported as skipped for all checks of images and resources


def read_facts(pipeline: Pipeline, profiles: tuple[str, ...]) -> Workflow:
    """The facts of a pipeline that was parsed with these profiles; never raises."""
    sources, graph, settings, main = pipeline.sources, pipeline.graph, pipeline.settings, pipeline.main
    schema = _schema(sources, main)
    names = pipeline.names
    diagnostics = [
        *_unreadable(sources),
        *schema.problems,
        *_syntax(pipeline),
        *_includes(pipeline),
        *_outside(pipeline),
    ]
    diagnostics += _configs(sources, settings)
    diagnostics += () if pipeline.is_dsl1 else _wrong_calls(pipeline)
    if pipeline.unused_config:
        diagnostics.append(_unused_config(pipeline))
    diagnostics += [_unknown_profile(name, settings, main) for name in profiles if name not in settings.profiles]
    scripts, configs = _unread_scripts(pipeline), _unread_configs(pipeline)
    unread = (*scripts, *configs)
    files = {file.path: file for file in collect_tree(sources.tree, main)} if _may_need_more(pipeline) else {}
    files |= {file.path: file for file in collect_files(pipeline, schema)}
    inputs = collect_inputs(pipeline, schema, names)
    processes = collect_processes(pipeline, names)
    features = (*_with_conditions(pipeline, schema.features), *collect_features(pipeline, processes, sorted(files)))
    diagnostics += () if pipeline.is_dsl1 else _missed(inputs, main)
    diagnostics += [_unknown_selector(sources, selector) for selector in processes.unknown]
    return Workflow(
        engine=Engine.NEXTFLOW,
        main=main,
        name=_name(sources, settings, main),
        language_version=pipeline.version.version or "",
        inputs=inputs,
        outputs=tuple(_outputs(sources, main)),
        tasks=processes.tasks,
        files=tuple(files[path] for path in sorted(files)),
        versions=tuple((path, "1" if pipeline.is_dsl1 else "2") for path in sorted(graph.harvests)),
        features=features,
        diagnostics=tuple(diagnostics),
        skipped=tuple(_skipped(settings, scripts, configs, features)),
        complete=not unread,
        unread=unread,
        place=Place(main, 1, 1) if sources.script(main) is not None else Place(main),
        packed_graph=pack(graph_of_pipeline(pipeline, processes.whens)),
    )


def _schema(sources: PipelineSources, main: str) -> SchemaFacts:
    path = posixpath.join(posixpath.dirname(main), SCHEMA_NAME)
    sources.lookups.add(path)
    if sources.tree.lookup(path) is None:
        return SchemaFacts(features=(Feature(FeatureName.SCHEMA_MISSING, path, Place(main)),))
    try:
        content = sources.tree.read(path)
    except UnreadableError as error:
        return SchemaFacts(problems=(unreadable_file(path, error),))
    return read_schema(path, content)


def _with_conditions(pipeline: Pipeline, features: tuple[Feature, ...]) -> Iterator[Feature]:
    """The features of the schema; alternatives of which a default is unknown are conditional."""
    params = pipeline.values.environment(pipeline.main).params
    for feature in features:
        is_open = feature.name is FeatureName.SCHEMA_ALTERNATIVES and any(
            params.get(name) is UNKNOWN for names in feature.alternatives for name in names
        )
        yield replace(feature, conditional=True) if is_open else feature


def _name(sources: PipelineSources, settings: Settings, main: str) -> str:
    written = settings.value("manifest.name", settings.environment())
    if isinstance(written, str) and written.strip():
        return written.strip()
    return posixpath.basename(posixpath.dirname(main) or sources.tree.name.rstrip("/")) or main


def _outputs(sources: PipelineSources, main: str) -> Iterator[Output]:
    script = sources.script(main)
    for definition in script.definitions if script else ():
        if isinstance(definition, OutputBlock):
            for target in definition.targets:
                yield Output(target.name, "Path", sources.place(main, target.start, target.start + len(target.name)))


# Findings


def _unreadable(sources: PipelineSources) -> Iterator[Diagnostic]:
    for path, problem in sorted(sources.problems.items()):
        if isinstance(problem, NotTextError | OversizedError):
            yield finding_at(Place(path), "NXF008", f"the file cannot be read: {problem}")
        else:
            yield unreadable_file(path, problem)


def _syntax(pipeline: Pipeline) -> Iterator[Diagnostic]:
    sources = pipeline.sources
    read = {*pipeline.graph.harvests, *pipeline.settings.files, pipeline.main} - pipeline.settings.only_with.keys()
    for path, parsed in sorted((sources.scripts | sources.configs).items()):
        faults = [fault for fault in parsed.faults if fault.everywhere]
        severity = None if path in read else Severity.WARNING  # only other parameters or profiles need it
        for number, fault in enumerate(faults[:_MOST_FAULTS], 1):
            place = sources.place(path, fault.start, fault.end)
            more = len(faults) - number if number == _MOST_FAULTS else 0
            rest = f"; the file has {count(more, 'more syntax error')}" if more else ""
            message = f"{fault.message}{rest}{pipeline.settings.only_in_profile(path)}"
            subject, hint = fault.subject(parsed.text), fault.cure or None
            yield finding_at(place, "NXF001", message, severity=severity, hint=hint, subject=subject)


def _may_need_more(pipeline: Pipeline) -> bool:
    """Whether the pipeline may need files that nothing names, because a part of it is unknown."""
    sources = pipeline.sources
    return (
        bool(sources.problems or pipeline.unused_config or pipeline.settings.budget.is_spent)
        or any(fault.everywhere for script in sources.scripts.values() for fault in script.faults)
        or any(use.kind == "unknown" for use in pipeline.graph.uses)
        or any(include.kind == "unknown" for include in pipeline.settings.includes)
    )


def _unread_scripts(pipeline: Pipeline) -> tuple[Place, ...]:
    """The places where the names of a script are unknown: files, and includes."""
    sources = pipeline.sources
    places = [Place(path) for path in sources.problems]
    for path, script in sources.scripts.items():
        places += [sources.place(path, fault.start, fault.end) for fault in script.faults if fault.everywhere][:1]
    for use in pipeline.graph.uses:
        if use.kind not in ("local", "plugin"):
            places.append(sources.place(use.path, use.include.source.start, use.include.source.end))
    return tuple(sorted(set(places)))


def _unread_configs(pipeline: Pipeline) -> tuple[Place, ...]:
    """The places of the includes of configs of the pipeline that only a run knows, or that surely cannot be read."""
    sources, settings = pipeline.sources, pipeline.settings
    return tuple(
        sources.place(include.path, include.start, include.end)
        for include in settings.includes
        if include.is_unread and (not include.profile or include.profile in settings.applied)
    )


_WHY = {
    "missing": ("NXF004", "the included script `{}` does not exist"),
    "registry": ("NXF005", "the module `{}` is in a module registry, not in the repository"),
    "remote": ("NXF005", "the script `{}` is on the network, not in the repository"),
    "absolute": ("NXF006", "the script `{}` is an absolute path"),
}


def _includes(pipeline: Pipeline) -> Iterator[Diagnostic]:
    sources = pipeline.sources
    for use in pipeline.graph.uses:
        source = use.include.source
        place = sources.place(use.path, source.start, source.end)
        if use.kind in _WHY:
            code, message = _WHY[use.kind]
            message, hint = message.format(use.target), _hint(use)
            severity = None if use.is_certain else Severity.WARNING
            if use.depends_on or use.uncertain:
                on = f"depends on {_parameters(use.depends_on)}" if use.depends_on else "is chosen by the run"
                message = f"{message}; the path {on}"
            else:
                message += _when(use.condition)
            yield finding_at(place, code, message, hint=hint, severity=severity, subject=use.target)
        elif use.kind == "unknown":
            yield _computed("script", place, use.target, use.depends_on)
        elif use.kind == "local":
            if use.module:
                yield from _module(pipeline, use)
            yield from _unknown_names(pipeline, use)


def _hint(use: IncludeUse) -> str | None:
    """How an include of a script that is not in the repository is resolved; None for the usual hint of its code."""
    if use.kind == "registry":
        return f"install the module in the repository with `nextflow module install {quoted(use.target)}`, and include it by its path"
    if use.kind == "remote":
        return "download the script into the repository, and include it by a path that starts with `./` or `../`"
    return None


def _wrong_calls(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """The calls with too few or too many channels."""
    for call in wrong_calls(pipeline.sources, pipeline.graph):
        message = f"`{call.name}` has {count(call.expected, 'input')}, but the call passes {call.passed}"
        message += _when(call.condition, "called")
        severity = None if call.condition.is_certain else Severity.WARNING
        place = pipeline.sources.place(call.path, call.start, call.end)
        yield finding_at(place, "NXF063", message, severity=severity, subject=call.name)


def _outside(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """The scripts and configs outside of the source: one finding for all that are as many levels above its root."""
    sources, settings = pipeline.sources, pipeline.settings
    levels: dict[tuple[int, bool], list[tuple[Place, str, str]]] = {}

    def add(what: str, target: str, place: Place, *, is_possible: bool) -> None:
        levels.setdefault((target.count("../"), is_possible), []).append((place, what, target))

    for use in pipeline.graph.uses:
        if use.kind == "outside":
            place = sources.place(use.path, use.include.source.start, use.include.source.end)
            add("script", use.target, place, is_possible=not use.is_certain)
    for config in settings.includes:
        applied = not config.profile or config.profile in settings.applied
        if config.kind == "outside" and applied and not config.tried:
            place = sources.place(config.path, config.start, config.end)
            add("config", config.target, place, is_possible=not config.is_certain)
    for (_, is_possible), found in levels.items():
        place, what, target = min(found)
        more = len({target for _, _, target in found}) - 1
        message = f"the {what} `{target}` is outside the source" + (f" ({more} more)" if more else "")
        message += "; other parameters or a condition decide whether it is needed" if is_possible else ""
        yield finding_at(place, "NXF006", message, severity=Severity.WARNING if is_possible else None, subject=target)


def _when(condition: Condition, happens: str = "included") -> str:
    """The end of a message about what a condition decides; empty if nothing does."""
    if condition.names:
        return f" (depends on {joined(sorted(condition.names))})"
    return "" if condition.is_certain else f" (if it is {happens})"


def _computed(what: str, place: Place, written: str, depends_on: tuple[str, ...]) -> Diagnostic:
    """The finding about an include with a path that only a run knows."""
    shown = written if len(written) <= _SHOWN else f"{written[: _SHOWN - 1]}…"
    on = f"depends on {_parameters(depends_on)}" if depends_on else "is computed"
    return finding_at(place, "NXF060", f"which {what} is included {on}: `{shown}`", subject=written)


def _parameters(names: tuple[str, ...]) -> str:
    return joined([f"params.{name}" for name in names])


def _module(pipeline: Pipeline, use: IncludeUse) -> Iterator[Diagnostic]:
    """An include of an installed module by its name, which Nextflow knows from 26.04 on."""
    sources = pipeline.sources
    place = sources.place(use.path, use.include.source.start, use.include.source.end)
    folder = posixpath.dirname(use.target)
    description = posixpath.join(folder, "meta.yml")
    by_path = posixpath.relpath(folder, posixpath.dirname(use.path) or ".")
    by_path = by_path if by_path.startswith("../") else f"./{by_path}"
    sources.lookups.add(description)
    if pipeline.version.version is not None and not is_strict(pipeline.version.version):
        message = f"only Nextflow 26.04 includes a module by its name (`{use.module}`), and the service chooses an older version"
        hint = f"include it by its path, `{by_path}`"
        unless = pipeline.unless_strict
        severity = Severity.WARNING if unless or not use.is_certain else None
        yield finding_at(place, "NXF005", message + unless, hint=hint, severity=severity, subject=use.module)
    elif not sources.exists(description):
        message = f"the installed module `{use.module}` has no `meta.yml`, so Nextflow rejects it as corrupted"
        hint = f"add `{description}`, or install the module again with `nextflow module install {use.module}`"
        yield finding_at(place, "NXF005", message, hint=hint, subject=use.module)
    else:
        message = (
            f"the module `{use.module}` is included by its name, but HealthOmics lists module registries as unsupported"
        )
        hint = f"no action is needed if a run accepts it; to be sure, include the module by its path, `{by_path}`"
        yield finding_at(place, "NXF005", message, hint=hint, severity=Severity.INFO, subject=use.module)


def _unknown_names(pipeline: Pipeline, use: IncludeUse) -> Iterator[Diagnostic]:
    """Included names that the script does not define itself; up to 25.10, it may also include them from another script."""
    sources, graph = pipeline.sources, pipeline.graph
    script = sources.scripts.get(use.target)
    if script is None or any(fault.everywhere for fault in script.faults):
        return
    for name in use.include.names:
        if name.name in graph.defined.get(use.target, {}):
            continue
        place = sources.place(use.path, name.start, name.end)
        subject = f"{use.target} {name.name}"
        path, original = graph.definition_of(use.target, name.name)
        if original not in graph.defined.get(path, {}) and path in graph.harvests:
            severity = None if use.is_certain else Severity.WARNING
            message = f"`{use.target}` does not define `{name.name}`{_when(use.condition)}"
            found = finding_at(place, "NXF007", message, severity=severity, subject=subject)
            yield replace(found, paths=(use.target,))
        elif is_strict(pipeline.version.version):
            message = f"`{use.target}` includes `{name.name}`, but does not define it"
            hint = f"include `{original}` from `{path}`"
            found = finding_at(place, "NXF007", message, hint=hint, subject=subject)
            yield replace(found, paths=(use.target, path))


def _configs(sources: PipelineSources, settings: Settings) -> Iterator[Diagnostic]:
    """Missing configs. Those of profiles that are not applied are one finding per file."""
    others: dict[str, list[ConfigUse]] = {}
    for include in settings.includes:
        if include.kind == "unknown" and (not include.profile or include.profile in settings.applied):
            place = sources.place(include.path, include.start, include.end)
            yield _computed("config", place, include.target, include.depends_on)
        if include.kind != "missing":
            continue
        if include.profile and include.profile not in settings.applied:
            if not include.depends_on:  # a run that uses the profile sets what the path depends on
                others.setdefault(include.path, []).append(include)
            continue
        message = f"the included config `{include.target}` does not exist"
        if include.depends_on:
            message += f"; the path depends on {_parameters(include.depends_on)}"
        elif include.decided_by:
            message += f" (depends on {joined(include.decided_by)})"
        place = sources.place(include.path, include.start, include.end)
        severity = Severity.ERROR if include.is_certain else Severity.WARNING
        yield finding_at(place, "NXF009", message, severity=severity, subject=include.target)
    for path, includes in others.items():
        first = includes[0]
        message = f"the config `{first.target}` of the profile `{first.profile}` does not exist"
        if len(includes) > 1:
            message += f" ({len(includes) - 1} more missing)"
        place = sources.place(path, first.start, first.end)
        hint = f"add the file, or remove the profile; a run that uses `{first.profile}` fails"
        yield finding_at(place, "NXF009", message, hint=hint, severity=Severity.INFO)


def _unused_config(pipeline: Pipeline) -> Diagnostic:
    """The finding about a config that names the main script in a folder below it."""
    path, main = pipeline.unused_config, pipeline.main
    lines = (pipeline.sources.content(path) or b"").decode("utf-8", "replace").splitlines()
    line = next((number for number, text in enumerate(lines, 1) if "mainScript" in text), 1)
    message = f"`{path}` names `{main}` as the main script, but the service reads only a config next to that: this one is not read"
    return replace(finding_at(Place(path, line, 1), "NXF061", message, subject=main), paths=(path, main))


def _unknown_profile(profile: str, settings: Settings, main: str) -> Diagnostic:
    near = nearest_name(profile, sorted(settings.profiles))
    hint = f"did you mean `{near}`?" if near else None
    return finding_at(Place(main), "NXF021", f"the profile `{profile}` does not exist", hint=hint, subject=profile)


def _unknown_selector(sources: PipelineSources, selector: Selector) -> Diagnostic:
    """A selector of unknown effect: its settings count as possible, never as certain."""
    place = sources.place(selector.path, selector.start, selector.end)
    head = Place(place.path, place.line, place.column)
    shown = selector.pattern if len(selector.pattern) <= _SHOWN else f"{selector.pattern[: _SHOWN - 1]}…"
    message = f"cannot determine which processes `{selector.kind}: '{shown}'` selects"
    return finding_at(head, "NXF047", message, subject=f"{selector.kind} {selector.pattern}")


def _missed(inputs: tuple[Input, ...], main: str) -> Iterator[Diagnostic]:
    """The parameters that the service's template generation does not find."""
    missed = [parameter for parameter in inputs if not parameter.service_visible]
    if any(not _is_about_validation(parameter.name) for parameter in missed):
        names = listed([parameter.name for parameter in missed])
        place = next((parameter.place for parameter in missed if parameter.place.path), Place(main))
        message = f"the template that the service generates lacks {count(len(missed), 'parameter')}: {names}"
        yield finding_at(place, "NXF020", message)


def _is_about_validation(parameter: str) -> bool:
    """Whether a parameter is one of those by which the schema plugins and nf-core's template print help and validate, which no run sets."""
    return parameter in _ABOUT_VALIDATION or parameter.startswith("validation")


# Folders that only a run knows, by the rules that check them.
_OPEN_FOLDERS = (
    ("NXF027", "results are published", (FeatureName.PUBLISH_UNKNOWN, FeatureName.OUTPUT_DIRECTORY_UNKNOWN)),
    ("NXF032", "reports are written", (FeatureName.REPORT_UNKNOWN,)),
)


def _skipped(
    settings: Settings, scripts: tuple[Place, ...], configs: tuple[Place, ...], features: tuple[Feature, ...]
) -> Iterator[Skipped]:
    for code, what, names in _OPEN_FOLDERS:
        if places := sorted({feature.place for feature in features if feature.name in names}):
            reason = f"where {what} ({show_places(places)}) is known only when the workflow runs"
            yield Skipped(code, reason, (places[0].path,))
    if scripts:
        reason = f"a script or an include cannot be read ({show_places(scripts)}): its names are unknown"
        yield Skipped("NXF003", reason, (scripts[0].path,))
    reasons = []
    if configs:
        reasons.append(f"a config cannot be read ({show_places(configs)}): some settings are unknown")
    if settings.shortened:
        reasons.append("the configs include too many files or are nested too deeply: some settings are unknown")
    if settings.budget.is_spent:
        reasons.append("the values of the pipeline need too many steps to compute: some are unknown")
    for reason in reasons:
        for code in _VALUE_CHECKS:
            yield Skipped(code, reason, tuple(place.path for place in configs[:1]))
