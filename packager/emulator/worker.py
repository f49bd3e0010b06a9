"""The thread that turns CREATING into ACTIVE or FAILED, also what an earlier process left."""

from __future__ import annotations

import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from packager.cache import Cache
from packager.emulator.creation import process
from packager.emulator.records import Resource, Result
from packager.emulator.sources import Sources
from packager.emulator.store import Store

_POLL_SECONDS = 1.0  # how soon the work of another process that ended is taken up
_JOIN_SECONDS = 10.0


class Worker:
    """One thread. Where two processes process the same definition, the first to finish counts."""

    def __init__(self, store: Store, sources: Sources, cache: Cache, log: Callable[[str], None]) -> None:
        self._store = store
        self._sources = sources
        self._cache = cache
        self._log = log
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
            with tempfile.TemporaryDirectory(prefix="packager-emulator-") as folder:
                self._store.finish(resource.sequence, self._result(resource, Path(folder)))
        if next_ready is None:
            return _POLL_SECONDS
        return min(_POLL_SECONDS, max(0.0, next_ready - time.time()))

    def _result(self, resource: Resource, folder: Path) -> Result:
        if resource.told is not None:
            return Result("FAILED", resource.told, resource.members.get("engine"), resource.members.get("main"))
        try:
            if resource.definition is not None:
                self._write(resource.definition, folder / "definition.zip")
            return process(resource.members, folder, self._sources, self._cache)
        except Exception:  # noqa: BLE001 - our bug must not leave the workflow CREATING for ever
            self._log(traceback.format_exc())
            return Result("FAILED", "internal error of the emulator while it processed the definition")

    def _write(self, sha256: str, target: Path) -> None:
        stored = self._store.blob(sha256)
        with target.open("wb") as file:
            for piece in stored[1] if stored else ():
                file.write(piece)
