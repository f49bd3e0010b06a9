"""Processes that read and check workflows into the cache, while this process does the same from the other end of the list.

Nothing but time depends on them: what they have not done, or cannot keep, is done here. A process is started only when a workflow was
not in the cache: then the engine's modules that read it were imported here.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from packager.app.check import check_language
from packager.app.load import load
from packager.app.options import LoadOptions
from packager.cache import Cache
from packager.errors import PackagerError
from packager.files import MIB
from packager.model.facts import Engine
from packager.worker import NoAnswerError, Worker

_SECONDS = 900.0  # of one workflow; the largest public one takes a tenth of it
_MEMORY = 8192 * MIB
# What reading a workflow imports, and the cache does not.
_READERS = tuple(f"packager.engines.{engine.value.lower()}.closure" for engine in Engine)
_FEWEST = 2  # workflows that are left, for a process to be worth its start


@dataclass(slots=True)
class Primer:
    """Prepares the workflows of `add` in up to `jobs - 1` processes; `take` is called before each is read here, in any order.

    `cache` is the directory that this process uses, None if it keeps nothing; then no process is started.
    """

    cache: Path | None
    jobs: int
    _added: int = 0
    _open: dict[int, tuple[str, LoadOptions]] = field(default_factory=dict)
    _busy: set[int] = field(default_factory=set)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _workers: list[Worker] = field(default_factory=list)
    _closed: bool = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed = True
        for worker in self._workers:
            worker.stop()

    def add(self, sources: Iterable[tuple[str, LoadOptions]]) -> list[int]:
        """The numbers of workflows, by which `take` knows them."""
        with self._changed:
            added = dict(enumerate(sources, self._added))
            self._added += len(added)
            self._open |= added
            return list(added)

    def take(self, number: int) -> None:
        """Wait for a workflow that a process is preparing, and let no process start with it."""
        with self._changed:
            self._open.pop(number, None)
            if not self._workers:
                self._start()
            self._changed.wait_for(lambda: number not in self._busy)

    def _start(self) -> None:
        left = len(self._open)
        if self.cache is None or left < _FEWEST or not any(reader in sys.modules for reader in _READERS):
            return
        for _ in range(min(self.jobs - 1, left // _FEWEST)):
            worker = Worker("packager.app.priming:prime", seconds=_SECONDS, memory=_MEMORY)
            self._workers.append(worker)
            threading.Thread(target=self._work, args=(worker,), daemon=True).start()

    def _work(self, worker: Worker) -> None:
        """Prepare workflows from the end of the list until none is left."""
        usable = True
        while usable and (following := self._next()) is not None:
            number, (path, options) = following
            try:
                worker.ask({"path": path, "cache": str(self.cache), "options": _essentials(options)})
            except NoAnswerError:
                usable = False  # it is read here, where what is wrong with it is reported
            with self._changed:
                self._busy.discard(number)
                self._changed.notify_all()
        worker.close()

    def _next(self) -> tuple[int, tuple[str, LoadOptions]] | None:
        with self._changed:
            if self._closed or not self._open:
                return None
            number, source = self._open.popitem()
            self._busy.add(number)
            return number, source


def _essentials(options: LoadOptions) -> dict[str, str | None]:
    return {"engine": options.engine, "main": options.main, "nextflow_profile": options.nextflow_profile}


def prime(question: object) -> bool:
    """Read and check one workflow, so that the cache has its facts and its verdict: what a process does."""
    assert isinstance(question, dict)
    try:
        loaded = load(question["path"], LoadOptions(**question["options"]), cache=Cache(Path(question["cache"])))
    except PackagerError:
        return False  # the command reports it
    check_language(loaded)
    return True
