"""Failing on purpose: what a client must be able to stand, told to the emulator beforehand."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from packager.diagnostics import PackagerError

KINDS = ("throttle", "server_error", "cut_after_write", "never_finish")
_MAX = 1_000_000


class Faults:
    """How many of the next calls fail, by kind; safe for several threads.

    `throttle`: a ThrottlingException (429) instead of an answer. `server_error`: an
    InternalServerException (500). `cut_after_write`: the change is made, then the connection is
    reset without an answer; counts only calls that change something. `never_finish`: what is
    created stays CREATING for good.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left = dict.fromkeys(KINDS, 0)

    def set(self, wanted: Mapping[str, object]) -> dict[str, int]:
        """Set the numbers of the named kinds; what is left of all.

        Raises:
            PackagerError: an unknown kind or not a number.
        """
        numbers: dict[str, int] = {}
        for kind, number in wanted.items():
            if kind not in KINDS:
                raise PackagerError(f"no fault is called `{kind[:40]}`", f"one of {', '.join(KINDS)}")
            if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= _MAX:
                raise PackagerError(f"the fault `{kind}` needs a number from 0 to {_MAX}")
            numbers[kind] = number
        with self._lock:
            self._left.update(numbers)
            return dict(self._left)

    def clear(self) -> None:
        """No faults any more."""
        with self._lock:
            self._left = dict.fromkeys(KINDS, 0)

    def left(self) -> dict[str, int]:
        """How many of each are still to come."""
        with self._lock:
            return dict(self._left)

    def take(self, kind: str) -> bool:
        """Use up one fault of a kind, if there is one left."""
        with self._lock:
            if not self._left[kind]:
                return False
            self._left[kind] -= 1
            return True
