"""Checks of workflows again and again, as an editor, an agent or `lint --watch` needs them: only what changed is checked again.

A session keeps two things: results by content in memory (`SessionCache`), and the outcome of each workflow, which is used again while
everything that it was made of is the same. What a session returns is always what `load` and `check_workflow` would return.
"""

from __future__ import annotations

import os
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from packager.app.load import load
from packager.app.loaded import Loaded
from packager.app.options import LintOptions, LoadOptions
from packager.app.outcome import CheckedWorkflow, check_workflow
from packager.app.session_cache import MEMORY_BYTES, SessionCache
from packager.cache import NO_CACHE, Cache
from packager.files import MIB
from packager.findings.baseline import Accepted
from packager.source import NO_OVERLAY, DirectoryTree, Overlay, RecordingOverlay, SourceTree
from packager.source.boundaries import enclosing_folders

_MOST_BYTES = 16 * MIB  # of all definitions whose facts are kept; facts in memory have about ten times their size
_MOST_OUTCOMES = 500
_UNSETTLED_NS = (
    100_000_000  # a file that was written so shortly before it was read may change without another time of change
)

Status = (
    tuple[int, int, int, int] | None
)  # of a place on disk: time of change, size, identity and mode; None if nothing is there


class CancelledError(Exception):
    """A check was cancelled between two of its stages."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A workflow with its findings, as one content of its files gives them."""

    loaded: Loaded
    checked: CheckedWorkflow


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What was judged, and what it was made of: the status of files and folders on disk, and the unsaved texts."""

    judged: Judged
    statuses: dict[str, Status]
    unsaved: dict[str, bytes]
    scope: frozenset[str]
    weight: int


@dataclass(slots=True)
class Session:
    """Checks workflows repeatedly. One thread at a time may use it.

    `places` are all files and folders that decided about the outcomes since `forget_places`, also about failures: while none of them
    changes, neither does any outcome.
    """

    below: Cache = NO_CACHE
    memory: int = MEMORY_BYTES
    cache: SessionCache = field(init=False)
    places: set[str] = field(default_factory=set)
    _outcomes: OrderedDict[tuple[str, LoadOptions, LintOptions], _Outcome] = field(default_factory=OrderedDict)

    def __post_init__(self) -> None:
        self.cache = SessionCache(self.below, limit=self.memory)

    def judge(
        self,
        path: str,
        options: LoadOptions,
        lint: LintOptions,
        accepted: Accepted | None = None,
        *,
        is_cancelled: Callable[[], bool] = lambda: False,
    ) -> Judged:
        """The workflow at a path with its findings; `accepted` is the content of its baseline.

        Raises:
            PackagerError: as `load`.
            CancelledError: `is_cancelled` became true; what was done so far is kept.
        """

        def between() -> None:
            if is_cancelled():
                raise CancelledError

        key = (path, replace(options, overlay=NO_OVERLAY), lint)
        kept = self._outcomes.get(key)
        if kept is not None and not lint.online and _is_current(kept, options.overlay):
            self._outcomes.move_to_end(key)
            self.places.update(kept.statuses)
            return replace(kept.judged, checked=replace(kept.judged.checked, accepted=accepted))
        self._outcomes.pop(key, None)
        overlay = RecordingOverlay(options.overlay.contents)
        self.cache.saves = not overlay.contents
        before = time.time_ns()
        tree: SourceTree | None = None
        try:
            between()
            loaded = load(path, replace(options, overlay=overlay), cache=self.cache)
            tree = loaded.tree
            between()
            checked = check_workflow(loaded, lint, accepted, between=between)
        finally:
            places = _places(path, overlay, tree)
            self.places.update(places)
        judged = Judged(loaded, checked)
        # A file that changed after it was read is not settled, so its new status is never taken for that of the content that was read.
        known = statuses(places)
        if are_settled(known, before):
            scope = frozenset(os.path.realpath(place) for place in places)
            weight = sum(entry.size for entry in loaded.plan.entries)
            self._keep(key, _Outcome(judged, known, _relevant(overlay, scope, tree), scope, weight))
        tree.release()
        return judged

    def _keep(self, key: tuple[str, LoadOptions, LintOptions], outcome: _Outcome) -> None:
        self._outcomes[key] = outcome
        weight = sum(kept.weight for kept in self._outcomes.values())
        while len(self._outcomes) > 1 and (weight > _MOST_BYTES or len(self._outcomes) > _MOST_OUTCOMES):
            weight -= self._outcomes.popitem(last=False)[1].weight

    def forget_places(self) -> None:
        """Empty `places`."""
        self.places.clear()


def statuses(places: Iterable[str]) -> dict[str, Status]:
    """The status of files and folders, to be compared with their status later."""
    return {place: _status(place) for place in sorted(places)}


def are_settled(known: Mapping[str, Status], moment: int) -> bool:
    """Whether places were written long enough before a moment (in nanoseconds): then a change after it shows in their status."""
    now = time.time_ns()  # a time of change in the future, by the clock of another machine, never settles
    return not any(status is not None and moment - _UNSETTLED_NS < status[0] <= now for status in known.values())


def _is_current(outcome: _Outcome, overlay: Overlay) -> bool:
    tree = outcome.judged.loaded.tree
    return _relevant(overlay, outcome.scope, tree) == outcome.unsaved and all(
        _status(place) == status for place, status in outcome.statuses.items()
    )


def _relevant(overlay: Overlay, scope: frozenset[str], tree: SourceTree) -> dict[str, bytes]:
    """The unsaved texts that can decide about an outcome."""
    top = f"{tree.boundary}{os.sep}" if isinstance(tree, DirectoryTree) and tree.listed_folders else None
    return {
        path: content
        for path, content in overlay.contents.items()
        if path in scope or (top is not None and path.startswith(top))
    }


def _places(path: str, overlay: RecordingOverlay, tree: SourceTree | None) -> set[str]:
    """The files that were read, and the folders in which others could appear that would have been read."""
    places = {os.path.abspath(path), *overlay.asked}  # noqa: PTH100 - links are kept
    if isinstance(tree, DirectoryTree):
        root = Path(os.path.abspath(tree.root))  # noqa: PTH100 - as above
        places |= {str(folder) for folder in enclosing_folders(root)}
        places |= {str(root / file) for file in tree.files} if tree.listed_folders else set()
    return places | {folder for place in places for folder in _existing_folder(place)}


def _existing_folder(place: str) -> Iterator[str]:
    """The nearest folder above a place that exists: it changes when the place, or a folder on its way, appears."""
    folder = os.path.dirname(place)  # noqa: PTH120 - of strings, many times
    while folder and not os.path.isdir(folder):  # noqa: PTH112 - as above
        folder = os.path.dirname(folder)  # noqa: PTH120 - as above
    if folder:
        yield folder


def _status(place: str) -> Status:
    try:
        status = os.stat(place)  # noqa: PTH116 - as above
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino, status.st_mode
