"""The thread that turns CREATING into ACTIVE or FAILED, also for what an earlier process left unfinished."""

from __future__ import annotations

import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from packager.cache import Cache
from packager.emulator import time_limit
from packager.emulator.fetching import DefinitionSources
from packager.emulator.processing import process
from packager.emulator.records import Resource, Result
from packager.emulator.store import Store

_POLL_SECONDS = 1.0  # how soon the work of another process that ended is taken up
_JOIN_SECONDS = 10.0
# How often a definition is tried if it ends the whole process, such as by a crash in C code.
_MOST_ATTEMPTS = 3
_INTERNAL = "internal error of the emulator while it processed the definition"


class BackgroundWorker:
    """One thread, which no definition can stop. If two processes process the same definition, the first to finish counts.

    `seconds` is how long one definition may take.
    """

    def __init__(
        self, store: Store, sources: DefinitionSources, cache: Cache, log: Callable[[str], None], seconds: float
    ) -> None:
        self._store = store
        self._sources = sources
        self._cache = cache
        self._log = log
        self._seconds = seconds
        self._attempt: int | None = None
        self._wake = threading.Event()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="packager-emulator-worker", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Look for work now."""
        self._wake.set()

    def stop(self) -> None:
        """End after the definition at hand; the next start takes up what is left."""
        self._stopped = True
        self._wake.set()
        self._thread.join(_JOIN_SECONDS)
        attempt = self._attempt
        if attempt is not None and self._thread.is_alive():
            try:
                self._store.forget_attempt(attempt)  # it was not the definition that ended this process
            except Exception:  # noqa: BLE001 - as in `_run`
                self._log(traceback.format_exc())

    def _run(self) -> None:
        while not self._stopped:
            self._wake.clear()
            pause = _POLL_SECONDS
            try:
                pause = self._round()
            except Exception:  # noqa: BLE001 - the thread must outlive a locked or vanished database
                self._log(traceback.format_exc())
            self._wake.wait(pause)

    def _round(self) -> float:
        """Process what is due; how long to wait for the next."""
        due, next_ready = self._store.pending(time.time())
        for resource in due:
            if self._stopped:
                break
            try:
                self._process(resource)
            except Exception:  # noqa: BLE001 - one that cannot be finished must not keep the next ones from it
                self._log(traceback.format_exc())
        if next_ready is None:
            return _POLL_SECONDS
        return min(_POLL_SECONDS, max(0.0, next_ready - time.time()))

    def _process(self, resource: Resource) -> None:
        broken, self._attempt = self._store.begin_attempt(resource.sequence, time.time(), self._seconds)
        # A file that is still open elsewhere, in a thread that was left alone, cannot be removed on Windows.
        with tempfile.TemporaryDirectory(prefix="packager-emulator-", ignore_cleanup_errors=True) as folder:
            if broken >= _MOST_ATTEMPTS:
                result = Result("FAILED", f"the emulator ended {broken} times while it processed the definition")
            else:
                result = self._result(resource, Path(folder))
            try:
                self._store.finish(resource.sequence, result)
            except Exception:  # noqa: BLE001 - a result that cannot be stored must not be worked out for ever
                self._log(traceback.format_exc())
                self._store.finish(resource.sequence, Result("FAILED", _INTERNAL))
        self._attempt = None

    def _result(self, resource: Resource, folder: Path) -> Result:
        if resource.failure is not None:
            return Result("FAILED", resource.failure, resource.members.get("engine"), resource.members.get("main"))

        def process_definition() -> Result:
            if resource.definition is not None:
                self._write(resource.definition, folder / "definition.zip")
            return process(resource.members, folder, self._sources, self._cache)

        try:
            return time_limit.run(process_definition, self._seconds)
        except time_limit.TooLongError:
            message = f"the emulator gave up: the definition was not processed within {self._seconds:g} seconds"
            return Result("FAILED", message, resource.members.get("engine"), resource.members.get("main"))
        except BaseException:  # noqa: BLE001 - our bug must not leave the workflow CREATING for ever
            self._log(traceback.format_exc())
            return Result("FAILED", _INTERNAL)

    def _write(self, sha256: str, target: Path) -> None:
        stored = self._store.blob(sha256)
        with target.open("wb") as file:
            for piece in stored[1] if stored else ():
                file.write(piece)
