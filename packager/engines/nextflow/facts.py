"""From a main script to the facts of its pipeline; a reading that still holds is taken from the cache."""

from __future__ import annotations

import difflib
import hashlib
import posixpath
from collections.abc import Iterator
from typing import Any, cast

from packager._version import __version__
from packager.cache import Cache, from_plain, to_plain
from packager.engines.nextflow import dsl1
from packager.engines.nextflow.budget import MAX_STEPS
from packager.engines.nextflow.closure import closure, whole_tree
from packager.engines.nextflow.evaluation import evaluate
from packager.engines.nextflow.features import features_of
from packager.engines.nextflow.graph import Graph, Use, read_graph
from packager.engines.nextflow.parameters import inputs_of
from packager.engines.nextflow.processes import processes_of
from packager.engines.nextflow.schema import SCHEMA_NAME, SchemaFacts, read_schema
from packager.engines.nextflow.settings import PROJECT_DIR, ConfigUse, Selector, Settings, read_settings
from packager.engines.nextflow.sources import Sources
from packager.engines.nextflow.syntax import OutputBlock
from packager.engines.nextflow.values import UNKNOWN
from packager.engines.nextflow.versions import EngineVersion, choose
from packager.findings.codes import finding_at
from packager.findings.diagnostic import Diagnostic, Place, Severity, Skipped
from packager.model.facts import Engine, Input, Output, Workflow
from packager.model.features import Feature, FeatureName
from packager.source import SourceTree, UnreadableError

_KIND = "nextflow-facts"
_SHOWN = 60
_OF_VALUES = ("IMG001", "RES001")  # stand for the checks of images and resources
_FORMAT = "8"  # raised when the facts of the same files change


_Parsed = tuple[Sources, Graph, Settings]


def read(tree: SourceTree, main: str, cache: Cache, profiles: tuple[str, ...] = ()) -> Workflow:
    """The facts of the pipeline whose main script is `main`; never raises."""
    key = Cache.key(*key_of(tree, main, profiles))
    kept = kept_value(cache, _KIND, key, tree)
    if kept is not None:
        try:
            return from_plain(Workflow, kept)
        except ValueError:
            pass
    sources, graph, settings = parse(tree, main, profiles)
    workflow = _workflow(sources, graph, settings, main, profiles)
    keep_value(cache, _KIND, key, sources, to_plain(workflow))
    return workflow


def parse(tree: SourceTree, main: str, profiles: tuple[str, ...]) -> tuple[Sources, Graph, Settings]:
    """The pipeline's files, parsed; once for a tree: `read` and `check` ask for the same."""
    parsed = cast(dict[tuple[str, tuple[str, ...]], _Parsed], tree.kept.setdefault(_KIND, {}))
    if (main, profiles) not in parsed:
        sources = Sources(tree)
        home = posixpath.dirname(main)
        settings = read_settings(sources, posixpath.join(home, "nextflow.config"), profiles)
        parsed[main, profiles] = sources, read_graph(sources, main, home), settings
    return parsed[main, profiles]


def key_of(tree: SourceTree, main: str, profiles: tuple[str, ...]) -> tuple[str, ...]:
    """What a kept result depends on besides the contents of files: which files there are, too."""
    listing = hashlib.sha256("\0".join(sorted(tree.files)).encode("utf-8", "surrogateescape")).hexdigest()
    return (__version__, _FORMAT, main, ",".join(profiles), listing)


def kept_value(cache: Cache, kind: str, key: str, tree: SourceTree) -> Any:
    """A kept value whose files are all as they were; else None."""
    stored: Any = cache.get(kind, key)
    asked = stored.get("asked") if isinstance(stored, dict) else None
    if not isinstance(asked, dict) or any(_digest(tree, path) != was for path, was in asked.items()):
        return None
    return stored.get("value")


def keep_value(cache: Cache, kind: str, key: str, sources: Sources, value: Any) -> None:
    """Keep a value that depends on the files that were read."""
    cache.put(kind, key, {"value": value, "asked": sources.asked})


def _digest(tree: SourceTree, path: str) -> str:
    if tree.lookup(path) is None:
        return ""
    try:
        return tree.sha256(path)
    except UnreadableError:
        return ""


def _workflow(sources: Sources, graph: Graph, settings: Settings, main: str, profiles: tuple[str, ...]) -> Workflow:
    schema = _schema(sources, main)
    is_dsl1 = dsl1.is_first_language(sources.script(main))
    version = engine_version(settings, is_dsl1=is_dsl1)
    names = known_names(settings, version)
    diagnostics = [*_unreadable(sources), *_syntax(sources), *_includes(sources, graph), *_configs(sources, settings)]
    diagnostics += [_unknown_profile(one, settings, main) for one in profiles if one not in settings.profiles]
    whole = not sources.problems and not any(
        not fault.strict for script in sources.scripts.values() for fault in script.faults
    )
    complete = whole and all(use.kind in ("local", "plugin") for use in graph.uses)
    files = {one.path: one for one in whole_tree(sources.tree, main)} if not whole else {}
    files |= {one.path: one for one in closure(sources, graph, settings, schema, main)}
    inputs = inputs_of(sources, graph, settings, schema, main, names)
    diagnostics += _missed(inputs, main)
    processes = processes_of(sources, graph, settings, names)
    diagnostics += [_unknown_selector(sources, one) for one in processes.unknown]
    script = sources.script(main)
    return Workflow(
        engine=Engine.NEXTFLOW,
        main=main,
        name=_name(sources, settings, main),
        language_version=version.version or "",
        inputs=inputs,
        outputs=tuple(_outputs(sources, main)),
        tasks=processes.tasks,
        files=tuple(files[path] for path in sorted(files)),
        versions=tuple((path, "1" if is_dsl1 else "2") for path in sorted(graph.harvests)),
        features=(
            *schema.features,
            *features_of(sources, graph, settings, version, main, processes.publishing, is_dsl1=is_dsl1),
        ),
        diagnostics=tuple(diagnostics),
        skipped=tuple(_skipped(settings, complete=complete)),
        complete=complete,
        place=Place(main, 1, 1) if script is not None else Place(main),
    )


def engine_version(settings: Settings, *, is_dsl1: bool) -> EngineVersion:
    """The version that the service will run the pipeline with."""
    written = settings.value("manifest.nextflowVersion", settings.environment())
    return choose(written if isinstance(written, str) else None, dsl1=is_dsl1)


def known_names(settings: Settings, version: EngineVersion) -> dict[str, Any]:
    """What scripts and configs may refer to and what is known of it: HealthOmics runs every task in a container, as Docker does."""
    environment = settings.environment()
    manifest: dict[str, Any] = {"": UNKNOWN}
    for name, setting in settings.others.items():
        if name.startswith("manifest.") and not setting.conditional:
            manifest[name.removeprefix("manifest.")] = evaluate(setting.value, environment)
    return {
        "workflow": {
            "containerEngine": "docker",
            "profile": ",".join(settings.applied) or "standard",
            "projectDir": PROJECT_DIR,
            "launchDir": "${launchDir}",
            "manifest": manifest,
            "stubRun": False,
            "": UNKNOWN,
        },
        "nextflow": {"version": UNKNOWN, "": UNKNOWN},
        "manifest": manifest,
    }


def _schema(sources: Sources, main: str) -> SchemaFacts:
    path = posixpath.join(posixpath.dirname(main), SCHEMA_NAME)
    if sources.tree.lookup(path) is None:
        sources.asked.setdefault(path, "")
        return SchemaFacts(features=(Feature(FeatureName.SCHEMA_MISSING, path, Place(main)),))
    try:
        content = sources.tree.read(path)
        sources.asked[path] = sources.tree.sha256(path)
    except UnreadableError as error:
        return SchemaFacts(features=(Feature(FeatureName.SCHEMA_INVALID, str(error), Place(path)),))
    return read_schema(path, content)


def _name(sources: Sources, settings: Settings, main: str) -> str:
    written = settings.value("manifest.name", settings.environment())
    if isinstance(written, str) and written.strip():
        return written.strip()
    return posixpath.basename(posixpath.dirname(main) or sources.tree.name.rstrip("/")) or main


def _outputs(sources: Sources, main: str) -> Iterator[Output]:
    script = sources.script(main)
    for one in script.definitions if script else ():
        if isinstance(one, OutputBlock):
            for target in one.targets:
                yield Output(target.name, "Path", sources.place(main, target.start, target.start + len(target.name)))


# Findings


def _unreadable(sources: Sources) -> Iterator[Diagnostic]:
    for path, problem in sorted(sources.problems.items()):
        yield finding_at(Place(path), "NXF008", f"the file cannot be read: {problem}")


def _syntax(sources: Sources) -> Iterator[Diagnostic]:
    for path, parsed in sorted((sources.scripts | sources.configs).items()):
        for fault in parsed.faults:
            if not fault.strict:
                place = sources.place(path, fault.start, fault.end)
                yield finding_at(place, "NXF001", fault.message, subject=fault.about(parsed.text))


_WHY = {
    "missing": ("NXF004", "the included script `{}` is not there"),
    "registry": ("NXF005", "the module `{}` is one of a registry, which is never asked"),
    "remote": ("NXF005", "the script `{}` is on the network, which is never asked"),
    "absolute": ("NXF006", "the script `{}` is an absolute path of a machine"),
    "outside": ("NXF006", "the script `{}` lies outside of the source"),
}


def _includes(sources: Sources, graph: Graph) -> Iterator[Diagnostic]:
    for use in graph.uses:
        source = use.include.source
        place = sources.place(use.path, source.start, source.end)
        if use.kind in _WHY:
            code, message = _WHY[use.kind]
            yield finding_at(place, code, message.format(use.target), subject=use.target)
        elif use.kind == "local":
            yield from _unknown_names(sources, graph, use)


def _unknown_names(sources: Sources, graph: Graph, use: Use) -> Iterator[Diagnostic]:
    """Included names that the script does not define; what it includes itself does not count."""
    script = sources.scripts.get(use.target)
    if script is None or any(not fault.strict for fault in script.faults):
        return
    for name in use.include.names:
        if name.name not in graph.defined[use.target]:
            place = sources.place(use.path, name.start, name.end)
            message = f"`{use.target}` does not define `{name.name}`"
            yield finding_at(place, "NXF007", message, subject=f"{use.target} {name.name}")


def _configs(sources: Sources, settings: Settings) -> Iterator[Diagnostic]:
    """Configs that are not there. Those of profiles that are not applied are said once for each file."""
    others: dict[str, list[ConfigUse]] = {}
    for include in settings.includes:
        if include.kind != "missing":
            continue
        if include.profile and include.profile not in settings.applied:
            others.setdefault(include.path, []).append(include)
            continue
        message = f"the included config `{include.target}` is not there"
        place = sources.place(include.path, include.start, include.end)
        severity = Severity.WARNING if include.conditional else Severity.ERROR
        yield finding_at(place, "NXF009", message, severity=severity, subject=include.target)
    for path, includes in others.items():
        first = includes[0]
        message = f"the config `{first.target}` of the profile `{first.profile}` is not there"
        if len(includes) > 1:
            message += f", nor {len(includes) - 1} more of other profiles"
        yield finding_at(sources.place(path, first.start, first.end), "NXF009", message, severity=Severity.WARNING)


def _unknown_profile(profile: str, settings: Settings, main: str) -> Diagnostic:
    near = difflib.get_close_matches(profile, sorted(settings.profiles), 1)
    hint = f"did you mean `{near[0]}`?" if near else None
    return finding_at(Place(main), "NXF021", f"there is no profile `{profile}`", hint=hint, subject=profile)


def _unknown_selector(sources: Sources, selector: Selector) -> Diagnostic:
    """Say that nothing is known of whom a selector selects: what it sets counts as possible, never as certain."""
    place = sources.place(selector.path, selector.start, selector.end)
    head = Place(place.path, place.line, place.column)
    shown = selector.pattern if len(selector.pattern) <= _SHOWN else f"{selector.pattern[: _SHOWN - 1]}…"
    message = f"cannot determine which processes `{selector.kind}: '{shown}'` selects"
    return finding_at(head, "NXF047", message, subject=f"{selector.kind} {selector.pattern}")


def _missed(inputs: tuple[Input, ...], main: str) -> Iterator[Diagnostic]:
    """Say which parameters the service's own generation would not find."""
    missed = [one for one in inputs if not one.service_visible]
    if missed:
        shown = ", ".join(f"`{one.name}`" for one in missed[:5]) + (
            f" and {len(missed) - 5} more" if len(missed) > 5 else ""
        )
        place = next((one.place for one in missed if one.place.path), Place(main))
        yield finding_at(
            place,
            "NXF020",
            f"the template that the service generates would lack {len(missed)} parameter{'s' if len(missed) != 1 else ''}: {shown}",
        )


def _skipped(settings: Settings, *, complete: bool) -> Iterator[Skipped]:
    if not complete:
        yield Skipped("NXF003", "a script or an include could not be read: names that it defines are not known")
    reasons = []
    if settings.shortened:
        reasons.append(
            "the configs include more files than are read, or are nested too deeply: what the rest sets is not known"
        )
    if settings.budget.is_spent:
        reasons.append(f"the values of the pipeline take more than {MAX_STEPS:,} steps to work out: not all are known")
    for reason in reasons:
        for code in _OF_VALUES:
            yield Skipped(code, reason)
