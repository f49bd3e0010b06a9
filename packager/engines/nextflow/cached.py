"""The facts and the verdict of a pipeline, kept from an earlier run where that still applies.

The parsers are imported late: a warm run only hashes files.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from packager.cache import Cache
from packager.engines.adapter import DEFAULT_OPTIONS, EngineOptions
from packager.engines.caching import Lookups, Slot, code_digest, kept_or_fresh
from packager.model.facts import Verdict, Workflow
from packager.source import SourceTree

if TYPE_CHECKING:  # the parsers are imported late
    from packager.engines.nextflow.sources import PipelineSources


def read(tree: SourceTree, main: str, cache: Cache, options: EngineOptions = DEFAULT_OPTIONS) -> Workflow:
    """The facts of the pipeline whose main script is `main`; never raises."""
    profiles = options.profiles
    given = options.values()

    def compute(lookups: Lookups) -> tuple[Workflow, bool]:
        from packager.engines.nextflow.facts import read_facts  # noqa: PLC0415 - not needed for a kept answer
        from packager.engines.nextflow.pipeline import parse_pipeline  # noqa: PLC0415 - as above

        pipeline = parse_pipeline(tree, main, profiles, given, cache)
        workflow = read_facts(pipeline, profiles)
        _record(lookups, pipeline.sources)
        return workflow, True

    slot = Slot(cache, "nextflow-facts", _key(tree, main, (*profiles, *map(repr, options.inputs))))
    return kept_or_fresh(slot, tree, Workflow, compute)


def check(tree: SourceTree, workflow: Workflow, cache: Cache, options: EngineOptions = DEFAULT_OPTIONS) -> Verdict:
    """The verdict of Nextflow's own language checks on a workflow that was read; never raises."""

    def compute(lookups: Lookups) -> tuple[Verdict, bool]:
        from packager.engines.nextflow.pipeline import parse_pipeline  # noqa: PLC0415 - not needed for a kept answer
        from packager.engines.nextflow.verdict import check_pipeline  # noqa: PLC0415 - as above

        pipeline = parse_pipeline(tree, workflow.main, options.profiles, cache=cache)
        verdict = check_pipeline(pipeline, workflow)
        _record(lookups, pipeline.sources)
        return verdict, True

    slot = Slot(cache, "nextflow-verdict", _key(tree, workflow.main, options.profiles))
    return kept_or_fresh(slot, tree, Verdict, compute)


def _record(lookups: Lookups, sources: PipelineSources) -> None:
    """Record what a kept answer depends on."""
    lookups.add(sorted(sources.lookups))
    for path in sorted(sources.outside):
        lookups.kind(path)


def _key(tree: SourceTree, main: str, profiles: tuple[str, ...]) -> str:
    """The key of a kept answer: everything that it depends on but the contents of files, such as their names."""
    listing = hashlib.sha256("\0".join(sorted(tree.files)).encode("utf-8", "surrogateescape")).hexdigest()
    return Cache.key(code_digest("engines/nextflow"), main, ",".join(profiles), listing)
