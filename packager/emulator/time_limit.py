"""A function with a time limit, in its own thread."""

from __future__ import annotations

import contextlib
import ctypes
import threading
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")

_TRIES = 3
_PAUSE_SECONDS = 0.5


class TooLongError(Exception):
    """The time was up before the function returned."""


def run(function: Callable[[], Value], seconds: float) -> Value:
    """The result of a function.

    Raises:
        TooLongError: it took longer than `seconds`. Its thread is ended, or, where that is not possible, left alone.
    """
    results: list[Value] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            results.append(function())
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
            errors.append(error)

    thread = threading.Thread(target=work, name="packager-emulator-definition", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        _end(thread)
        raise TooLongError
    if errors:
        raise errors[0]
    return results[0]


def _end(thread: threading.Thread) -> None:
    """Let a thread end at its next step in Python, so that it stops computing what nobody waits for.

    CPython alone can do this. A thread that is inside of C code ends when it comes back from there.
    """
    for _ in range(_TRIES):
        if thread.ident is None or not thread.is_alive():
            return
        with contextlib.suppress(AttributeError):
            # Of all exceptions, this one ends a thread without a message on stderr.
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit))
        thread.join(_PAUSE_SECONDS)
