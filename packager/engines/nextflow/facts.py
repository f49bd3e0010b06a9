"""The facts of a pipeline, and the findings about files and includes that come with them."""

from __future__ import annotations

import difflib
import posixpath
from collections.abc import Iterator

from packager.engines.nextflow.closure import collect_files, collect_tree
from packager.engines.nextflow.features import collect_features
from packager.engines.nextflow.graph import Graph, IncludeUse
from packager.engines.nextflow.parameters import collect_inputs
from packager.engines.nextflow.pipeline import Pipeline
from packager.engines.nextflow.processes import collect_processes
from packager.engines.nextflow.schema import SCHEMA_NAME, SchemaFacts, read_schema
from packager.engines.nextflow.settings import ConfigUse, Selector, Settings
from packager.engines.nextflow.sources import PipelineSources
from packager.engines.nextflow.syntax import OutputBlock
from packager.findings.codes import finding_at
from packager.findings.diagnostic import Diagnostic, Place, Severity, Skipped
from packager.model.facts import Engine, Input, Output, Workflow
from packager.model.features import Feature, FeatureName
from packager.source import UnreadableError
from packager.text import count, listed

_SHOWN = 60
_VALUE_CHECKS = ("IMG001", "RES001")  # reported as skipped for all checks of images and resources


def read_facts(pipeline: Pipeline, profiles: tuple[str, ...]) -> Workflow:
    """The facts of a pipeline that was parsed with these profiles; never raises."""
    sources, graph, settings, main = pipeline.sources, pipeline.graph, pipeline.settings, pipeline.main
    schema = _schema(sources, main)
    names = pipeline.names
    diagnostics = [*_unreadable(sources), *_syntax(sources), *_includes(sources, graph), *_configs(sources, settings)]
    diagnostics += [_unknown_profile(name, settings, main) for name in profiles if name not in settings.profiles]
    whole = not sources.problems and not any(
        not fault.strict for script in sources.scripts.values() for fault in script.faults
    )
    complete = whole and all(use.kind in ("local", "plugin") for use in graph.uses)
    files = {file.path: file for file in collect_tree(sources.tree, main)} if not whole else {}
    files |= {file.path: file for file in collect_files(pipeline, schema)}
    inputs = collect_inputs(pipeline, schema, names)
    processes = collect_processes(pipeline, names)
    diagnostics += _missed(inputs, main)
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
        features=(*schema.features, *collect_features(pipeline, processes.publishing)),
        diagnostics=tuple(diagnostics),
        skipped=tuple(_skipped(settings, complete=complete)),
        complete=complete,
        place=Place(main, 1, 1) if sources.script(main) is not None else Place(main),
    )


def _schema(sources: PipelineSources, main: str) -> SchemaFacts:
    path = posixpath.join(posixpath.dirname(main), SCHEMA_NAME)
    sources.lookups.add(path)
    if sources.tree.lookup(path) is None:
        return SchemaFacts(features=(Feature(FeatureName.SCHEMA_MISSING, path, Place(main)),))
    try:
        content = sources.tree.read(path)
    except UnreadableError as error:
        return SchemaFacts(features=(Feature(FeatureName.SCHEMA_INVALID, str(error), Place(path)),))
    return read_schema(path, content)


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
        yield finding_at(Place(path), "NXF008", f"the file cannot be read: {problem}")


def _syntax(sources: PipelineSources) -> Iterator[Diagnostic]:
    for path, parsed in sorted((sources.scripts | sources.configs).items()):
        for fault in parsed.faults:
            if not fault.strict:
                place = sources.place(path, fault.start, fault.end)
                yield finding_at(place, "NXF001", fault.message, subject=fault.subject(parsed.text))


_WHY = {
    "missing": ("NXF004", "the included script `{}` does not exist"),
    "registry": ("NXF005", "the module `{}` is in a module registry, not in the repository"),
    "remote": ("NXF005", "the script `{}` is on the network, not in the repository"),
    "absolute": ("NXF006", "the script `{}` is an absolute path"),
    "outside": ("NXF006", "the script `{}` is outside the source"),
}


def _includes(sources: PipelineSources, graph: Graph) -> Iterator[Diagnostic]:
    for use in graph.uses:
        source = use.include.source
        place = sources.place(use.path, source.start, source.end)
        if use.kind in _WHY:
            code, message = _WHY[use.kind]
            yield finding_at(place, code, message.format(use.target), subject=use.target)
        elif use.kind == "local":
            yield from _unknown_names(sources, graph, use)


def _unknown_names(sources: PipelineSources, graph: Graph, use: IncludeUse) -> Iterator[Diagnostic]:
    """Included names that the script does not define itself."""
    script = sources.scripts.get(use.target)
    if script is None or any(not fault.strict for fault in script.faults):
        return
    for name in use.include.names:
        if name.name not in graph.defined[use.target]:
            place = sources.place(use.path, name.start, name.end)
            message = f"`{use.target}` does not define `{name.name}`"
            yield finding_at(place, "NXF007", message, subject=f"{use.target} {name.name}")


def _configs(sources: PipelineSources, settings: Settings) -> Iterator[Diagnostic]:
    """Missing configs. Those of profiles that are not applied are one finding per file."""
    others: dict[str, list[ConfigUse]] = {}
    for include in settings.includes:
        if include.kind != "missing":
            continue
        if include.profile and include.profile not in settings.applied:
            others.setdefault(include.path, []).append(include)
            continue
        message = f"the included config `{include.target}` does not exist"
        place = sources.place(include.path, include.start, include.end)
        severity = Severity.WARNING if include.conditional else Severity.ERROR
        yield finding_at(place, "NXF009", message, severity=severity, subject=include.target)
    for path, includes in others.items():
        first = includes[0]
        message = f"the config `{first.target}` of the profile `{first.profile}` does not exist"
        if len(includes) > 1:
            message += f" ({len(includes) - 1} more missing)"
        yield finding_at(sources.place(path, first.start, first.end), "NXF009", message, severity=Severity.WARNING)


def _unknown_profile(profile: str, settings: Settings, main: str) -> Diagnostic:
    near = difflib.get_close_matches(profile, sorted(settings.profiles), 1)
    hint = f"did you mean `{near[0]}`?" if near else None
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
    if missed:
        names = listed([parameter.name for parameter in missed])
        place = next((parameter.place for parameter in missed if parameter.place.path), Place(main))
        message = f"the template that the service generates lacks {count(len(missed), 'parameter')}: {names}"
        yield finding_at(place, "NXF020", message)


def _skipped(settings: Settings, *, complete: bool) -> Iterator[Skipped]:
    if not complete:
        yield Skipped("NXF003", "a script or an include cannot be read: the names that it defines are unknown")
    reasons = []
    if settings.shortened:
        reasons.append("the configs include too many files or are nested too deeply: some settings are unknown")
    if settings.budget.is_spent:
        reasons.append("the values of the pipeline need too many steps to compute: some are unknown")
    for reason in reasons:
        for code in _VALUE_CHECKS:
            yield Skipped(code, reason)
