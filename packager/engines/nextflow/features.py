"""The features of a pipeline that rules report on; `FeatureName` documents their members."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator

from packager.engines.nextflow.evaluation import evaluate
from packager.engines.nextflow.graph import Graph
from packager.engines.nextflow.installed_modules import changed_modules
from packager.engines.nextflow.pipeline import Pipeline
from packager.engines.nextflow.processes import Processes, collect_processes
from packager.engines.nextflow.publishing import Published, collect_outputs_and_reports, collect_published
from packager.engines.nextflow.settings import NEXTFLOW_VERSION, Settings, split_dotted
from packager.engines.nextflow.sources import PipelineSources
from packager.engines.nextflow.syntax import (
    Assignment,
    Expression,
    ExpressionStatement,
    FunctionCall,
    GString,
    Literal,
    Name,
    OutputBlock,
    Process,
)
from packager.engines.nextflow.values import UNKNOWN, to_text
from packager.engines.nextflow.versions import choose_version, versions_in
from packager.findings.diagnostic import Place
from packager.model.facts import ImageStatus, Task
from packager.model.features import Feature, FeatureName

# Profiles whose images are for systems that the service does not support.
_OTHER_SYSTEMS = frozenset({"apptainer", "charliecloud", "conda", "sarus", "shifter", "singularity"})
_MAX_PROFILES = 6  # profiles that are tried for images, and for the engine version
_MAX_VALUE, _MAX_FLAG = 500, 100  # characters of a value that rules see
_CONFIGS = {
    "remote": FeatureName.CONFIG_REMOTE,
    "absolute": FeatureName.CONFIG_OUTSIDE,
}
_PARAMETERS = (FeatureName.PUBLISH_PARAM, FeatureName.OUTPUT_DIRECTORY_PARAM)


def collect_features(pipeline: Pipeline, processes: Processes, files: Iterable[str]) -> tuple[Feature, ...]:
    """All features of a pipeline whose processes and files are known, sorted by place."""
    publishing = processes.publishing
    sources, graph, settings = pipeline.sources, pipeline.graph, pipeline.settings
    features = [
        *_versions(pipeline),
        *_unused_config(pipeline),
        *_images_of_profiles(pipeline, processes.tasks),
        *_plugins(sources, graph, settings),
        *changed_modules(sources, graph),
        *_configs(sources, settings),
        *_settings(sources, settings),
        *_flags(sources, graph),
        *_outputs(sources, graph),
        *_targets(sources, settings, publishing),
        *_calls(sources, graph),
        *_bin_calls(sources, graph),
        *_crlf_scripts(sources, files),
    ]
    return tuple(sorted(features, key=lambda feature: (feature.place, feature.name, feature.key, feature.text)))


def _unused_config(pipeline: Pipeline) -> Iterator[Feature]:
    if pipeline.unused_config:
        yield Feature(FeatureName.CONFIG_UNUSED, pipeline.unused_config, Place(pipeline.unused_config))


def _images_of_profiles(pipeline: Pipeline, tasks: tuple[Task, ...]) -> Iterator[Feature]:
    """The tasks without an image that one profile gives an image to: the profile that does it for most of them."""
    missing = {
        (task.name, task.place) for task in tasks if task.runs_container and task.image.status is ImageStatus.NONE
    }
    best, named = "", set[tuple[str, Place]]()
    profiles = [name for name in pipeline.settings.image_profiles if name not in _OTHER_SYSTEMS] if missing else []
    for profile in sorted(profiles, key=lambda name: (name != "docker", profiles.index(name)))[:_MAX_PROFILES]:
        other = pipeline.with_profile(profile)
        found = {
            (task.name, task.place)
            for task in collect_processes(other, other.names).tasks
            if task.image.status is not ImageStatus.NONE
        }
        if len(found & missing) > len(named):
            best, named = profile, found & missing
    for name, place in sorted(named):
        yield Feature(FeatureName.PROFILE_IMAGE, name, place, key=best)


def _versions(pipeline: Pipeline) -> Iterator[Feature]:
    sources, settings, version, main = pipeline.sources, pipeline.settings, pipeline.version, pipeline.main
    place = Place(main, 1, 1) if main in sources.texts else Place(main)
    written = ""
    if pipeline.is_dsl1:
        yield Feature(FeatureName.DSL1, main, place)
    setting = settings.others.get(NEXTFLOW_VERSION)
    if setting is not None:
        place = sources.place(setting.path, setting.start, setting.end)
        written = sources.written(setting.path, setting.value.start, setting.value.end)
        value = settings.value(NEXTFLOW_VERSION, settings.environment())
        choices = " ".join(versions_in(value if isinstance(value, str) else None))
        yield Feature(FeatureName.NEXTFLOW_VERSION, written, place, key=choices)
    before = settings.overridden
    if before is not None and setting is not None:
        earlier = sources.written(before.path, before.value.start, before.value.end)
        value = evaluate(before.value, settings.environment())
        if isinstance(value, str) and choose_version(value).version != version.version:
            overridden = sources.place(before.path, before.start, before.end)
            yield Feature(FeatureName.NEXTFLOW_VERSION_OVERRIDDEN, earlier, overridden)
    yield Feature(
        FeatureName.ENGINE_VERSION,
        version.version or "",
        place,
        key=version.kind,
        reason=version.reason,
        alternatives=tuple(_versions_of_profiles(pipeline)),
    )


def _versions_of_profiles(pipeline: Pipeline) -> Iterator[tuple[str, str]]:
    """The profiles with which the service chooses another version, and that version."""
    for profile in pipeline.settings.version_profiles[:_MAX_PROFILES]:
        settings = pipeline.with_profile(profile).settings
        value = settings.value(NEXTFLOW_VERSION, settings.environment())
        version = choose_version(value if isinstance(value, str) else None, dsl1=pipeline.is_dsl1).version
        if version not in (None, pipeline.version.version):
            yield profile, version or ""


def _plugins(sources: PipelineSources, graph: Graph, settings: Settings) -> Iterator[Feature]:
    for plugin in settings.plugins:
        place = sources.place(plugin.path, plugin.start, plugin.end)
        yield Feature(FeatureName.PLUGIN, plugin.version, place, key=plugin.name)
    for use in graph.uses:
        if use.kind == "plugin":
            place = sources.place(use.path, use.include.start, use.include.end)
            names = tuple(sorted(use.condition.names))
            conditional = not use.condition.is_certain
            yield Feature(FeatureName.PLUGIN_INCLUDE, use.target, place, conditional=conditional, depends_on=names)


def _configs(sources: PipelineSources, settings: Settings) -> Iterator[Feature]:
    for name, place in settings.profiles.items():
        yield Feature(FeatureName.PROFILE, name, sources.place(place.path, place.start, place.end))
    for name, setting in settings.of_profiles():
        at = sources.place(setting.path, setting.start, setting.end)
        yield Feature(FeatureName.PROFILE_SETTING, setting.profile, at, key=name)
    for include in settings.includes:
        applied = not include.profile or include.profile in settings.applied
        if include.kind in _CONFIGS and applied and not include.tried:
            at = sources.place(include.path, include.start, include.end)
            names = tuple(sorted({*include.depends_on, *include.decided_by}))
            conditional, switch = include.conditional, include.switch
            yield Feature(
                _CONFIGS[include.kind], include.target, at, key=switch, conditional=conditional, depends_on=names
            )
        if applied and include.is_unread:
            at = sources.place(include.path, include.start, include.end)
            yield Feature(FeatureName.CONFIG_UNREAD, include.target, at)


def _settings(sources: PipelineSources, settings: Settings) -> Iterator[Feature]:
    environment = settings.environment()
    for name, setting in settings.others.items():
        value = UNKNOWN if setting.conditional else evaluate(setting.value, environment)
        text = None if value is UNKNOWN else to_text(value)
        if text is None:
            text = sources.written(setting.path, setting.value.start, setting.value.end)
        place = sources.place(setting.path, setting.start, setting.end)
        yield Feature(FeatureName.SETTING, text[:_MAX_VALUE], place, key=name)


def _targets(sources: PipelineSources, settings: Settings, publishing: tuple[Published, ...]) -> Iterator[Feature]:
    features = [*collect_published(sources, settings, publishing), *collect_outputs_and_reports(sources, settings)]
    yield from features
    if not features:  # nothing is published, unless a run sets parameters that choose other configs
        yield from _published_by_other_configs(sources, settings)
    for name in sorted({feature.text for feature in features if feature.name in _PARAMETERS}):
        setting = settings.param_settings.get(name)
        if setting is not None:
            yield Feature(FeatureName.OUTPUT_DEFAULT, name, sources.place(setting.path, setting.start, setting.end))


def _published_by_other_configs(sources: PipelineSources, settings: Settings) -> Iterator[Feature]:
    for path, (importer, start) in settings.possible.items():
        if "publishDir" in (sources.text(path) or ""):
            yield Feature(FeatureName.PUBLISH_UNKNOWN, "", sources.place(importer, start, start))


def _flags(sources: PipelineSources, graph: Graph) -> Iterator[Feature]:
    """`nextflow.preview.x = true` and the like in scripts."""
    for path in graph.harvests:
        script = sources.script(path)
        for definition in script.definitions if script else ():
            if (
                isinstance(definition, Assignment)
                and (name := split_dotted(definition.target))
                and name[0] == "nextflow"
            ):
                value = sources.written(path, definition.value.start, definition.value.end)
                place = sources.place(path, definition.start, definition.end)
                yield Feature(FeatureName.FLAG, value[:_MAX_FLAG], place, key=".".join(name))


def _calls(sources: PipelineSources, graph: Graph) -> Iterator[Feature]:
    for path, harvest in graph.harvests.items():
        if "listFiles" in harvest.methods:
            yield Feature(FeatureName.LIST_FILES, path, sources.place(path, *harvest.methods["listFiles"]))
    stores = next(
        ((path, harvest.stores) for path, harvest in graph.harvests.items() if harvest.stores is not None), None
    )
    if stores is not None:
        path, (start, end) = stores
        yield Feature(FeatureName.STORE_CALL, path, sources.place(path, start, end))


def _bin_calls(sources: PipelineSources, graph: Graph) -> Iterator[Feature]:
    """Calls of scripts of `bin/` that are not executable: lines of a process that begin with their name."""
    home = posixpath.join(graph.home, "bin")
    names = {
        posixpath.basename(path): path
        for path, file in sources.tree.files.items()
        if posixpath.dirname(path) == home and not file.executable
    }
    if not names:
        return
    pattern = re.compile(
        r"^[ \t]*(" + "|".join(map(re.escape, sorted(names, key=len, reverse=True))) + r")(?=[ \t\\\n])", re.M
    )
    seen: set[str] = set()
    for path in sorted({path for path, _ in graph.processes}):
        for match in pattern.finditer(sources.texts[path]):
            name = match.group(1)
            if name not in seen:
                seen.add(name)
                yield Feature(FeatureName.BIN_CALL, names[name], sources.place(path, match.start(1), match.end(1)))


def _crlf_scripts(sources: PipelineSources, files: Iterable[str]) -> Iterator[Feature]:
    """Scripts that are run by name and whose first line has a carriage return at its end or a byte-order mark before it."""
    for path in files:
        folders = path.split("/")[:-1]
        if "templates" not in folders and folders[-1:] != ["bin"]:  # folders below `bin/` are not on the path
            continue
        first = sources.first_line(path)
        marked = first.startswith(b"\xef\xbb\xbf#!")
        if marked or (first.startswith(b"#!") and first.endswith(b"\r")):
            text = first.decode("utf-8-sig", "replace").rstrip("\r")
            yield Feature(FeatureName.CRLF_SCRIPT, text[:_MAX_FLAG], Place(path, 1, 1), key="mark" if marked else "")


def _outputs(sources: PipelineSources, graph: Graph) -> Iterator[Feature]:
    for path in graph.harvests:
        script = sources.script(path)
        for definition in script.definitions if script else ():
            if isinstance(definition, OutputBlock):
                place = sources.place(path, definition.start, definition.start + len("output"))
                yield Feature(FeatureName.OUTPUT_BLOCK, str(len(definition.targets)), place)
                for target in definition.targets:
                    place = sources.place(path, target.start, target.end)
                    yield Feature(FeatureName.OUTPUT_TARGET, _path_of(target.settings), place, key=target.name)
            elif isinstance(definition, Process):
                yield from _deep_outputs(sources, path, definition)
        for process in script.nested if script else ():
            yield from _deep_outputs(sources, path, process)


def _path_of(settings: tuple[object, ...]) -> str:
    """The `path` of an output target if it is a plain string, else empty."""
    for statement in settings:
        expression = statement.expression if isinstance(statement, ExpressionStatement) else None
        if (
            isinstance(expression, FunctionCall)
            and isinstance(expression.function, Name)
            and expression.function.name == "path"
        ):
            value = expression.arguments[0] if expression.arguments else None
            if isinstance(value, Literal) and isinstance(value.value, str):
                return value.value
    return ""


def _deep_outputs(sources: PipelineSources, path: str, process: Process) -> Iterator[Feature]:
    for section in process.sections:
        if section.label != "output":
            continue
        for statement in section.statements:
            if isinstance(statement, ExpressionStatement):
                for text in _strings(statement.expression):
                    if "**" in _plain(text):
                        yield Feature(FeatureName.DEEP_OUTPUT, _plain(text), sources.place(path, text.start, text.end))


def _strings(expression: Expression) -> Iterator[Literal | GString]:
    if isinstance(expression, FunctionCall):
        for argument in expression.arguments:
            yield from _strings(argument)
    elif isinstance(expression, GString) or (isinstance(expression, Literal) and isinstance(expression.value, str)):
        yield expression


def _plain(text: Literal | GString) -> str:
    if isinstance(text, Literal):
        return str(text.value)
    return "".join(part if isinstance(part, str) else "${}" for part in text.parts)
