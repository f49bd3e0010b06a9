"""The thread that checks whole workflows, while the protocol's own thread answers the editor."""

from __future__ import annotations

import gc
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from packager.app.session import CancelledError
from packager.lsp.workflows import CheckedProject, Checker, Snapshot

_TIDY_SECONDS = 5.0  # a tidy takes about a tenth of a second
logger = logging.getLogger(__name__)
Publish = Callable[[Snapshot, str, CheckedProject], None]


@dataclass(slots=True)
class Background:
    """Checks what `take_snapshot` returns when it was requested, and hands the outcome of each project to `publish`.

    A newer request cancels a check that is running; what that has found out so far is kept by the session.
    """

    checker: Checker
    take_snapshot: Callable[[], Snapshot]
    publish: Publish
    finished: Callable[[Snapshot, int], None]
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _requested: int = 0
    _due: float | None = None
    _stopped: bool = False
    _thread: threading.Thread | None = None
    _tidied: float = 0.0

    def start(self) -> None:
        """Start the thread, once."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="checks", daemon=True)
            self._thread.start()

    def request(self, delay: float = 0.0) -> int:
        """Check again after a delay in seconds; the number of the request, which `finished` gets or a later one."""
        with self._changed:
            self._requested += 1
            self._due = time.monotonic() + delay
            self._changed.notify_all()
            return self._requested

    def stop(self) -> None:
        """End the thread after the current stage."""
        with self._changed:
            self._stopped = True
            self._requested += 1
            self._changed.notify_all()

    def _run(self) -> None:
        while (number := self._next()) is not None:
            snapshot = self.take_snapshot()
            try:
                for project in self.checker.projects(snapshot):
                    for outcome in self.checker.check(project, snapshot, lambda: self._requested != number):
                        self.publish(snapshot, project, outcome)
            except CancelledError:
                continue
            except Exception:  # one workflow must not end all checks
                logger.exception("the check failed")
            self.finished(snapshot, number)
            self._tidy()

    def _tidy(self) -> None:
        """Free the syntax trees of the check, which refer to themselves; Python itself would keep hundreds of them."""
        if time.monotonic() - self._tidied > _TIDY_SECONDS:
            gc.collect()
            self._tidied = time.monotonic()

    def _next(self) -> int | None:
        """Wait until a request is due; its number, or None at the end."""
        with self._changed:
            while not self._stopped:
                left = None if self._due is None else self._due - time.monotonic()
                if left is not None and left <= 0:
                    self._due = None
                    return self._requested
                self._changed.wait(left)
            return None
