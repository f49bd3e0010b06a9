"""The facts and the verdict of a WDL workflow, kept from an earlier run where that still applies.

What needs miniwdl is imported late: a warm run only hashes files.
"""

from __future__ import annotations

from packager.cache import Cache
from packager.engines.adapter import DEFAULT_OPTIONS, EngineOptions
from packager.engines.caching import Lookups, Slot, file_digest, kept_or_fresh
from packager.engines.wdl.kept import take_parsed, versions_key
from packager.model.facts import Verdict, Workflow
from packager.source import SourceTree


def read(tree: SourceTree, main: str, cache: Cache, options: EngineOptions = DEFAULT_OPTIONS) -> Workflow:
    """The facts of the workflow in the WDL document `main`; never raises."""
    given = options.values()

    def compute(lookups: Lookups) -> tuple[Workflow, bool]:
        from packager.engines.wdl.closure import walk  # noqa: PLC0415 - not needed for a kept answer
        from packager.engines.wdl.facts import link  # noqa: PLC0415 - as above

        closure = walk(lookups, main, cache)
        return link(closure, main, given), closure.keepable

    key = Cache.key(*versions_key(), main, file_digest(tree, main), *map(repr, options.inputs))
    return kept_or_fresh(Slot(cache, "wdl-facts", key), tree, Workflow, compute)


def check(tree: SourceTree, workflow: Workflow, cache: Cache, options: EngineOptions = DEFAULT_OPTIONS) -> Verdict:
    """The verdict of miniwdl, as `miniwdl check --no-shellcheck` gives it, on a workflow that was read; never raises.

    What `read` already reported is not checked again. Lenient: missing `?` and the like pass, and types that do not match only warn,
    because the lenient engine converts some of them.
    """

    def compute(lookups: Lookups) -> tuple[Verdict, bool]:
        from packager.engines.wdl.verdict import judge  # noqa: PLC0415 - imports miniwdl

        return judge(lookups, workflow, cache, take_parsed(tree), lenient=options.lenient), True

    paths = [file.path for file in workflow.files]
    hashes = [file_digest(tree, path) for path in paths]
    key = Cache.key(*versions_key(), f"lenient={options.lenient}", workflow.main, *paths, *hashes)
    verdict = kept_or_fresh(Slot(cache, "wdl-verdict", key), tree, Verdict, compute)
    take_parsed(tree)  # a kept verdict did not use them
    return verdict
