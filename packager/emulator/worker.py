"""The thread that turns CREATING into ACTIVE or FAILED, also what an earlier process left."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable

from packager.cache import Cache
from packager.emulator.creation import Outcome, process
from packager.emulator.store import Resource, Store

_POLL_SECONDS = 1.0  # how soon the work of another process that ended is taken up
_JOIN_SECONDS = 10.0


class Worker:
    """One thread. Where two processes process the same definition, the first to finish counts."""

    def __init__(self, store: Store, cache: Cache, log: Callable[[str], None]) -> None:
        self._store = store
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
            outcome = self._outcome(resource)
            self._store.finish(
                resource.sequence,
                status=outcome.status,
                message=outcome.message,
                engine=outcome.engine,
                main=outcome.main,
                template=outcome.template,
            )
        if next_ready is None:
            return _POLL_SECONDS
        return min(_POLL_SECONDS, max(0.0, next_ready - time.time()))

    def _outcome(self, resource: Resource) -> Outcome:
        try:
            content = self._store.blob(resource.definition) if resource.definition else None
            return process(resource.members, content, self._cache)
        except Exception:  # noqa: BLE001 - our bug must not leave the workflow CREATING for ever
            self._log(traceback.format_exc())
            return Outcome("FAILED", "internal error of the emulator while it processed the definition")
