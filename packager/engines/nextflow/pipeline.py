"""A parsed pipeline: its files, the graph of its scripts, and its config."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import cast

from packager.cache import NO_CACHE, Cache
from packager.engines.nextflow.config_reader import read_settings
from packager.engines.nextflow.evaluation import evaluate
from packager.engines.nextflow.graph import Graph, read_graph
from packager.engines.nextflow.scan import naming_config
from packager.engines.nextflow.script_values import ScriptValues
from packager.engines.nextflow.settings import NEXTFLOW_VERSION, Settings
from packager.engines.nextflow.sources import PROJECT_DIR, PipelineSources
from packager.engines.nextflow.values import UNKNOWN
from packager.engines.nextflow.versions import EngineVersion, choose_version, is_strict, uses_dsl1, versions_in
from packager.healthomics import limits
from packager.source import SourceTree

_MEMORY = "nextflow-pipelines"


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The parsed files of the pipeline whose main script is `main`.

    `version` is the Nextflow that the service runs it with; `is_dsl1`: it is in DSL1, Nextflow's first language.
    """

    main: str
    sources: PipelineSources
    graph: Graph
    settings: Settings
    values: ScriptValues
    version: EngineVersion
    is_dsl1: bool
    # A config in a higher folder that names the main script; the service does not read it.
    unused_config: str = ""

    @property
    def names(self) -> Mapping[str, object]:
        """The names that scripts and configs may refer to; tasks run in containers, as Docker runs them."""
        manifest: dict[str, object] = {"": UNKNOWN}
        environment = self.settings.environment()
        for name, setting in self.settings.others.items():
            if name.startswith("manifest.") and not setting.conditional:
                manifest[name.removeprefix("manifest.")] = evaluate(setting.value, environment)
        return {
            "workflow": {
                "containerEngine": "docker",
                "profile": ",".join(self.settings.applied) or "standard",
                "projectDir": PROJECT_DIR,
                "launchDir": "${launchDir}",
                "manifest": manifest,
                "stubRun": False,
                "": UNKNOWN,
            },
            "nextflow": {"version": UNKNOWN, "": UNKNOWN},
            "manifest": manifest,
        }

    @property
    def unless_strict(self) -> str:
        """The end of a message about a pipeline that needs a version with the strict parser: how a run gets one, empty if none can.

        A run can request any version; the pipeline is made for those in its range, or for all if it has none.
        """
        written = self.settings.value(NEXTFLOW_VERSION, self.settings.environment())
        choices = versions_in(written if isinstance(written, str) else None)
        if self.version.kind in ("missing", "unparsable"):
            choices = limits.NEXTFLOW_PREFERENCE
        readers = sorted(number for number in choices if is_strict(number))
        return f" (unless a run requests Nextflow {' or '.join(readers)})" if readers else ""

    def with_profile(self, profile: str) -> Pipeline:
        """The same pipeline with one more profile applied; a run that names a profile does not get `standard`."""
        profiles = (*(name for name in self.settings.applied if name != "standard"), profile)
        path = posixpath.join(posixpath.dirname(self.main), "nextflow.config")
        settings = read_settings(self.sources, path, profiles)
        return replace(self, settings=settings, values=ScriptValues(self.sources, settings, self.main))


def parse_pipeline(
    tree: SourceTree,
    main: str,
    profiles: tuple[str, ...],
    given: Mapping[str, object] = MappingProxyType({}),
    cache: Cache = NO_CACHE,
) -> Pipeline:
    """The parsed pipeline; parsed once per tree, because facts and verdict need the same. `given` are parameters of a run."""
    if given:
        return _parse(PipelineSources(tree, given, cache), main, profiles)
    parsed = cast(dict[tuple[str, tuple[str, ...]], Pipeline], tree.kept.setdefault(_MEMORY, {}))
    if (main, profiles) not in parsed:
        parsed[main, profiles] = _parse(PipelineSources(tree, cache=cache), main, profiles)
    return parsed[main, profiles]


def _parse(sources: PipelineSources, main: str, profiles: tuple[str, ...]) -> Pipeline:
    home = posixpath.dirname(main)
    settings = read_settings(sources, posixpath.join(home, "nextflow.config"), profiles)
    values = ScriptValues(sources, settings, main)
    graph = read_graph(sources, values, main, home)
    is_dsl1 = uses_dsl1(sources.script(main))
    written = settings.value("manifest.nextflowVersion", settings.environment())
    version = choose_version(written if isinstance(written, str) else None, dsl1=is_dsl1)
    return Pipeline(main, sources, graph, settings, values, version, is_dsl1, _unused_config(sources, main))


def _unused_config(sources: PipelineSources, main: str) -> str:
    config = naming_config(main, sources.content)
    beside = posixpath.join(posixpath.dirname(main), "nextflow.config")
    return "" if config is None or config == beside or sources.exists(beside) else config
