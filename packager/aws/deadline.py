"""A point in time at which a command gives up, whatever a service does or fails to do until then.

The timeouts of a client bound one wait for bytes. A service that sends a byte now and then, a chain of credentials that hangs and the
pauses between retries are bounded by nothing. So each call runs in a thread of its own, and is left alone when the time is up.
"""

from __future__ import annotations

import _thread
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from packager.errors import ServiceError

Value = TypeVar("Value")

# How often a wait wakes up: on Windows, ^C does not interrupt the wait for a thread.
_SLICE_SECONDS = 0.5
# How long an interruption is held back while something is created.
_GRACE_SECONDS = 5.0


class OutOfTimeError(ServiceError):
    """The time ran out before the service answered. Exit code 3, unless something was created."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A point in time by the monotonic clock, and the seconds that there were until then."""

    at: float
    seconds: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        """So many seconds from now."""
        return cls(time.monotonic() + seconds, seconds)

    @property
    def left(self) -> float:
        """The seconds that are left."""
        return max(0.0, self.at - time.monotonic())

    def run(self, what: str, function: Callable[[], Value], received: list[Value] | None = None) -> Value:
        """The result of a function, which is left alone when the time is up.

        `what` is how messages call it. The result is in `received` as soon as it exists, also when this thread is interrupted at that
        very moment; with `received`, an interruption is held back for some seconds until the result is there.

        Raises:
            OutOfTimeError: the time is up.
        """
        if not self.left:
            raise self.passed(what)
        results: list[Value] = [] if received is None else received
        errors: list[BaseException] = []
        # A bare lock and a bare thread: an interruption in the middle of the code of an event would break it, and a `Thread` has one.
        done = threading.Lock()
        done.acquire()

        def work() -> None:
            try:
                results.append(function())
            except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
                errors.append(error)
            finally:
                done.release()

        try:
            _thread.start_new_thread(work, ())
            while not done.acquire(timeout=min(self.left, _SLICE_SECONDS)):
                if not self.left:
                    raise self.passed(what)
        except KeyboardInterrupt:
            if received is not None and not (
                results or errors
            ):  # what is under way may have changed something: the answer shows what
                done.acquire(timeout=min(self.left, _GRACE_SECONDS))
            raise
        if errors:
            raise errors[0]
        return results[-1]

    def passed(self, what: str) -> OutOfTimeError:
        """The error that the time is up."""
        return OutOfTimeError(
            f"{what} did not get an answer: the time ran out ({self.seconds:g} s)",
            "run the same command again, with a larger `--timeout`",
        )


NO_DEADLINE = Deadline(math.inf, math.inf)
