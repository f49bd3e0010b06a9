"""Processes that read and check workflows into the cache, while this process does the same from the other end of the list.

Nothing but time depends on them: what they have not done, or cannot keep, is done here. A process is started only when a workflow was
not in the cache: then the engine's modules that read it were imported here.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
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


class _State(StrEnum):
    OPEN = "open"
    BUSY = "busy"
    DONE = "done"


@dataclass(slots=True)
class _Item:
    question: dict[str, object]
    state: _State = _State.OPEN


@dataclass(slots=True)
class Primer:
    """Prepares the workflows of `add` in up to `jobs - 1` processes; `take` is called before each is read here, in any order.

    `cache` is the directory that this process uses, None if it keeps nothing; then no process is started.
    """

    cache: Path | None
    jobs: int
    _items: dict[int, _Item] = field(default_factory=dict)
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
            first = len(self._items)
            for path, options in sources:
                self._items[len(self._items)] = _Item({"path": path, "cache": str(self.cache), **_essentials(options)})
            return list(range(first, len(self._items)))

    def take(self, number: int) -> None:
        """Wait for a workflow that a process is preparing, and let no process start with it."""
        with self._changed:
            if not self._workers:
                self._start()
            item = self._items[number]
            if item.state is _State.OPEN:
                item.state = _State.DONE
            self._changed.wait_for(lambda: item.state is _State.DONE)

    def _start(self) -> None:
        left = sum(item.state is _State.OPEN for item in self._items.values()) - 1
        if self.cache is None or left < _FEWEST or not any(reader in sys.modules for reader in _READERS):
            return
        for _ in range(min(self.jobs - 1, left // _FEWEST)):
            worker = Worker("packager.app.priming:prime", seconds=_SECONDS, memory=_MEMORY)
            self._workers.append(worker)
            threading.Thread(target=self._work, args=(worker,), daemon=True).start()

    def _work(self, worker: Worker) -> None:
        """Prepare workflows from the end of the list until none is left."""
        while (item := self._next()) is not None:
            usable = True
            try:
                worker.ask(item.question)
            except NoAnswerError:
                usable = False  # it is read here, where what is wrong with it is reported
            with self._changed:
                item.state = _State.DONE
                self._changed.notify_all()
            if not usable:
                break
        worker.close()

    def _next(self) -> _Item | None:
        with self._changed:
            if self._closed:
                return None
            for item in reversed(self._items.values()):
                if item.state is _State.OPEN:
                    item.state = _State.BUSY
                    return item
            return None


def _essentials(options: LoadOptions) -> dict[str, object]:
    return {"engine": options.engine, "main": options.main, "nextflow_profile": options.nextflow_profile}


def prime(question: object) -> bool:
    """Read and check one workflow, so that the cache has its facts and its verdict: what a process does."""
    assert isinstance(question, dict)
    options = LoadOptions(
        engine=question["engine"], main=question["main"], nextflow_profile=question["nextflow_profile"]
    )
    try:
        loaded = load(question["path"], options, cache=Cache(Path(question["cache"])))
    except PackagerError:
        return False  # the command reports it
    check_language(loaded)
    return True
