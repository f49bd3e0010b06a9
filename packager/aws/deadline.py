"""A point in time at which a command gives up, whatever a service does or fails to do until then.

The timeouts of a client bound one wait for bytes. A service that sends a byte now and then, a chain of credentials that hangs and the
pauses between retries are bounded by nothing. So each call runs in a thread of its own, and is left alone when the time is up.
"""

from __future__ import annotations

import _thread
import json
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from packager.errors import ServiceError

Value = TypeVar("Value")

# How often a wait wakes up: on Windows, ^C does not interrupt the wait for a thread.
_SLICE_SECONDS = 0.5
# How long an interruption is held back while something is created.
_GRACE_SECONDS = 5.0
_CREATED = 201  # HTTP


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


class Bounded:
    """A client of boto3 whose calls end at a deadline."""

    def __init__(self, client: Any, deadline: Deadline) -> None:
        self._client = client
        self.deadline = deadline

    def __getattr__(self, name: str) -> Any:
        """What the client has; its operations end at the deadline."""
        value = getattr(self._client, name)
        if name not in self._client.meta.method_to_api_mapping:
            return value
        operation = self._client.meta.method_to_api_mapping[name]
        return lambda **members: self.deadline.run(operation, lambda: value(**members))

    def invoke(self, method: str, members: dict[str, Any], received: list[dict[str, Any]] | None) -> dict[str, Any]:
        """Call an operation; see `Deadline.run`. What was created is in `received`, too, if boto3 cannot read the answer."""
        operation = self._client.meta.method_to_api_mapping[method]
        function = getattr(self._client, method)
        if received is None:
            return self.deadline.run(operation, lambda: function(**members))
        bodies: list[bytes] = []

        def keep(response_dict: dict[str, Any], **_: Any) -> None:
            if response_dict.get("status_code") == _CREATED:
                bodies.append(response_dict["body"])

        event = f"before-parse.{self._client.meta.service_model.service_id.hyphenize()}.{operation}"
        self._client.meta.events.register(event, keep)
        try:
            return self.deadline.run(operation, lambda: function(**members), received)
        except BaseException:
            if bodies and not received:
                received.append(_members(bodies[-1]))
            raise
        finally:
            self._client.meta.events.unregister(event, keep)

    def until(self, deadline: Deadline) -> Bounded:
        """The same client with another deadline."""
        return Bounded(self._client, deadline)


def _members(body: bytes) -> dict[str, Any]:
    """The members of a JSON document, as far as it is one."""
    try:
        document = json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def deadline_of(client: Any) -> Deadline:
    """The deadline of a client; none for a plain one of boto3."""
    return client.deadline if isinstance(client, Bounded) else NO_DEADLINE
