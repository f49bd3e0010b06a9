"""From a main WDL file to the facts of its workflow; a reading that still holds is taken from the cache."""

from __future__ import annotations

from typing import Any

from packager.cache import Cache, from_plain, to_plain
from packager.engines.wdl.kept import digest, versions_key
from packager.model.facts import Workflow
from packager.source import SourceTree

_KIND = "wdl-facts"


def read(tree: SourceTree, main: str, cache: Cache) -> Workflow:
    """The facts of the workflow in the WDL document `main`; never raises."""
    key = Cache.key(*versions_key(), main, digest(tree, main))
    kept = _kept(cache, key, tree)
    if kept is not None:
        return kept
    from packager.engines.wdl.closure import walk  # noqa: PLC0415 - spared when the reading was kept
    from packager.engines.wdl.facts import link  # noqa: PLC0415 - as above

    closure = walk(tree, main, cache)
    workflow = link(closure, main)
    if closure.keepable:
        cache.put(_KIND, key, {"workflow": to_plain(workflow), "asked": closure.asked})
    return workflow


def _kept(cache: Cache, key: str, tree: SourceTree) -> Workflow | None:
    stored: Any = cache.get(_KIND, key)
    asked = stored.get("asked") if isinstance(stored, dict) else None
    if not isinstance(asked, dict) or any(digest(tree, path) != was for path, was in asked.items()):
        return None
    try:
        return from_plain(Workflow, stored.get("workflow"))
    except ValueError:
        return None
