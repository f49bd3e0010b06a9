"""The point in time at which a command gives up, even if a service never answers.

The timeouts of a client limit only a single wait for bytes. Nothing limits a service that sends a byte now and then, a chain of
credentials that hangs, or the pauses between retries. So each call runs in its own thread, which is abandoned when the time is up.
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
# How long an interruption is delayed while something is created.
_GRACE_SECONDS = 5.0


class OutOfTimeError(ServiceError):
    """The time ran out before the service answered. Exit code 3, unless something was created."""


@dataclass(frozen=True, slots=True)
class Clock:
    """The time in seconds, and a way to let it pass; a test passes its own."""

    now: Callable[[], float]
    sleep: Callable[[float], None]


# `time.sleep` is looked up at each call: a test that shortens the pauses of botocore shortens ours too.
SYSTEM_CLOCK = Clock(time.monotonic, lambda seconds: time.sleep(seconds))  # noqa: PLW0108 - as above


@dataclass(frozen=True, slots=True)
class Deadline:
    """A point in time by a clock, and the seconds that the command had until then."""

    at: float
    seconds: float
    clock: Clock = SYSTEM_CLOCK

    @classmethod
    def after(cls, seconds: float, clock: Clock = SYSTEM_CLOCK) -> Deadline:
        """The deadline that is this many seconds from now."""
        return cls(clock.now() + seconds, seconds, clock)

    @property
    def left(self) -> float:
        """The seconds that are left."""
        return max(0.0, self.at - self.clock.now())

    def pause(self, seconds: float) -> None:
        """Wait this many seconds, but not beyond the deadline."""
        self.clock.sleep(min(seconds, self.left))

    def run(self, what: str, function: Callable[[], Value], received: list[Value] | None = None) -> Value:
        """The result of a function, which is abandoned when the time is up.

        `what` is its name in messages. The result is in `received` as soon as it exists, even if this thread is interrupted at that
        moment; with `received`, an interruption is delayed for some seconds until the result exists.

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
            if received is not None and not (results or errors):
                # The call in progress may have changed something: the answer shows what.
                done.acquire(timeout=min(self.left, _GRACE_SECONDS))
            raise
        if errors:
            raise errors[0]
        return results[-1]

    def passed(self, what: str) -> OutOfTimeError:
        """The error that the time is up."""
        return OutOfTimeError(
            f"no response to {what} within {self.seconds:g} s",
            "run the same command again, with a larger `--timeout`",
        )


NO_DEADLINE = Deadline(math.inf, math.inf)
