"""miniwdl's type check and lint over a closure: each document parsed, checked and linted once."""

from __future__ import annotations

from typing import Any

from packager.cache import Cache, from_plain, to_plain
from packager.engines.wdl.beside import Beside
from packager.engines.wdl.kept import digest, take_parsed, versions_key
from packager.model.facts import Verdict, Workflow
from packager.source import SourceTree

_KIND = "wdl-verdict"


def verdict_of(tree: SourceTree, workflow: Workflow, cache: Cache, lenient: bool) -> Verdict:
    """The verdict of miniwdl on a workflow that was read, as `miniwdl check --no-shellcheck` has it; never raises.

    What `read` already reported is not looked for again. Kept verdicts are found by the hashes of the closure.
    """
    paths = [file.path for file in workflow.files]
    hashes = [digest(tree, path) for path in paths]
    key = Cache.key(*versions_key(), f"lenient={lenient}", workflow.main, *paths, *hashes)
    kept = _kept(cache, key, tree)
    if kept is not None:
        take_parsed(tree)
        return kept
    from packager.engines.wdl.verdict import judge  # noqa: PLC0415 - imports miniwdl, spared when warm

    beside = Beside(tree)
    verdict = judge(tree, workflow, cache, take_parsed(tree), beside, lenient=lenient)
    cache.put(_KIND, key, {"verdict": to_plain(verdict), "beside": beside.asked})
    return verdict


def _kept(cache: Cache, key: str, tree: SourceTree) -> Verdict | None:
    stored: Any = cache.get(_KIND, key)
    asked = stored.get("beside") if isinstance(stored, dict) else None
    if not isinstance(asked, dict):
        return None
    beside = Beside(tree)
    if any(beside.kind(path) != was for path, was in asked.items()):
        return None
    try:
        return from_plain(Verdict, stored.get("verdict"))
    except ValueError:
        return None
