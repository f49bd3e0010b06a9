"""The facts and the verdict of a pipeline, kept from an earlier run where that still applies.

The parsers are imported late: a warm run only hashes files.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Mapping
from typing import TypeVar

from packager._version import __version__
from packager.cache import Cache, from_plain, to_plain
from packager.model.facts import Verdict, Workflow
from packager.source import SourceTree, UnreadableError

T = TypeVar("T")

_FORMAT = "9"  # raised when the facts of the same files change


def read(tree: SourceTree, main: str, cache: Cache, *, profiles: tuple[str, ...] = ()) -> Workflow:
    """The facts of the pipeline whose main script is `main`; never raises."""

    def compute() -> tuple[Workflow, Mapping[str, str]]:
        from packager.engines.nextflow.facts import read_facts  # noqa: PLC0415 - not needed for a kept answer
        from packager.engines.nextflow.pipeline import parse_pipeline  # noqa: PLC0415 - as above

        pipeline = parse_pipeline(tree, main, profiles)
        return read_facts(pipeline, profiles), pipeline.sources.digests

    key = _key(tree, main, profiles)
    return _kept_or_fresh(tree, Workflow, compute, cache=cache, kind="nextflow-facts", key=key)


def check(
    tree: SourceTree, workflow: Workflow, cache: Cache, *, lenient: bool = False, profiles: tuple[str, ...] = ()
) -> Verdict:
    """The verdict of Nextflow's own language checks on a workflow that was read; never raises."""
    del lenient  # the service has one engine for Nextflow

    def compute() -> tuple[Verdict, Mapping[str, str]]:
        from packager.engines.nextflow.pipeline import parse_pipeline  # noqa: PLC0415 - not needed for a kept answer
        from packager.engines.nextflow.verdict import check_pipeline  # noqa: PLC0415 - as above

        pipeline = parse_pipeline(tree, workflow.main, profiles)
        return check_pipeline(pipeline, workflow), pipeline.sources.digests

    key = _key(tree, workflow.main, profiles)
    return _kept_or_fresh(tree, Verdict, compute, cache=cache, kind="nextflow-verdict", key=key)


def _key(tree: SourceTree, main: str, profiles: tuple[str, ...]) -> str:
    """The key of a kept answer: everything that it depends on but the contents of files, such as their names."""
    listing = hashlib.sha256("\0".join(sorted(tree.files)).encode("utf-8", "surrogateescape")).hexdigest()
    return Cache.key(__version__, _FORMAT, main, ",".join(profiles), listing)


def _kept_or_fresh(
    tree: SourceTree,
    shape: type[T],
    compute: Callable[[], tuple[T, Mapping[str, str]]],
    *,
    cache: Cache,
    kind: str,
    key: str,
) -> T:
    """The kept answer where every file that it depends on is unchanged, else a fresh one with the hashes of its files."""
    stored = cache.get(kind, key)
    if isinstance(stored, dict) and _is_unchanged(tree, stored.get("digests")):
        with contextlib.suppress(ValueError):
            return from_plain(shape, stored.get("value"))
    answer, digests = compute()
    cache.put(kind, key, {"value": to_plain(answer), "digests": digests})
    return answer


def _is_unchanged(tree: SourceTree, digests: object) -> bool:
    return isinstance(digests, dict) and all(_digest(tree, path) == digest for path, digest in digests.items())


def _digest(tree: SourceTree, path: str) -> str:
    if tree.lookup(path) is None:
        return ""
    try:
        return tree.sha256(path)
    except UnreadableError:
        return ""
