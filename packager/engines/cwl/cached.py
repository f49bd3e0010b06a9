"""The kept answer of `read`, proven still right, or a fresh one; without YAML where a kept one serves."""

from __future__ import annotations

from typing import Any

from packager._version import __version__
from packager.cache import Cache, from_plain, to_plain
from packager.engines.cwl.lookups import Lookups, digest
from packager.findings.codes import finding
from packager.model.facts import Engine, Workflow
from packager.source import SourceTree

_KIND = "cwl-facts"
_FORMAT = "6"  # raised when the facts of the same files change


def read(tree: SourceTree, main: str, cache: Cache) -> Workflow:
    """The facts of the workflow (or tool) that the CWL document `main` holds; never raises."""
    key = Cache.key(__version__, _FORMAT, main, digest(tree, main))
    kept = _kept(cache, key, tree)
    if kept is not None:
        return kept
    from packager.engines.cwl.facts import gather  # noqa: PLC0415 - imports yaml, which a warm read spares

    lookups = Lookups(tree)
    try:
        workflow = gather(lookups, main)
    except RecursionError:  # the caller left us little of the stack
        deep = finding("CWL014", "the definition is nested too deeply", path=main)
        return Workflow(Engine.CWL, main, "", "", diagnostics=(deep,), complete=False)
    stored = {"workflow": to_plain(workflow), "files": lookups.files, "folders": lookups.folders}
    cache.put(_KIND, key, stored)
    return workflow


def _kept(cache: Cache, key: str, tree: SourceTree) -> Workflow | None:
    """The stored reading if all that it asked of the tree has the same answer still."""
    stored: Any = cache.get(_KIND, key)
    if not isinstance(stored, dict):
        return None
    files, folders = stored.get("files"), stored.get("folders")
    if not isinstance(files, dict) or not isinstance(folders, dict):
        return None
    if not Lookups(tree).hold(files, folders):
        return None
    try:
        return from_plain(Workflow, stored.get("workflow"))
    except ValueError:
        return None
