"""Signals that end a command: each is handled like ^C, so that what was done is always reported."""

from __future__ import annotations

import contextlib
import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType

_TOGETHER_SECONDS = 2.0
Handler = Callable[[int, FrameType | None], None]


def _ending() -> list[signal.Signals]:
    """The signals of this system that ask a process to end, including ^C."""
    return [signal.Signals[name] for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


def ignore() -> None:
    """Ignore these signals from now on: the process is about to end with the exit code of an interruption."""
    for number in _ending():
        signal.signal(number, signal.SIG_IGN)  # which, unlike a handler, stays until the end of the interpreter


@contextlib.contextmanager
def ending_as_interruption() -> Iterator[None]:
    """Inside the block, SIGTERM and SIGHUP do what ^C does, unless the parent process has chosen something else for one of them.

    Some programs send both at once. A signal right after the first one has no effect, even after the block: the end of the command
    must not be interrupted.
    """
    last = -math.inf

    def interrupt(_: int, __: FrameType | None) -> None:
        nonlocal last
        earlier, last = last, time.monotonic()
        if last - earlier > _TOGETHER_SECONDS:
            raise KeyboardInterrupt

    with _handled(
        [number for number in _ending() if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler)],
        interrupt,
        lambda: last < 0,
    ):
        yield


@contextlib.contextmanager
def held_back() -> Iterator[list[int]]:
    """Inside the block, interruptions have no effect for a moment: a few lines must be written.

    The signals are kept in the list, for the code after the block. If nobody reads the lines, the next interruption ends the block.
    """
    begun = time.monotonic()
    held: list[int] = []

    def interrupt(number: int, _: FrameType | None) -> None:
        held.append(number)
        if time.monotonic() - begun > _TOGETHER_SECONDS:
            raise KeyboardInterrupt

    with _handled([number for number in _ending() if callable(signal.getsignal(number))], interrupt):
        yield held


@contextlib.contextmanager
def _handled(
    signals: list[signal.Signals], handler: Handler, restored: Callable[[], bool] = lambda: True
) -> Iterator[None]:
    """Inside the block, another handler; after it the earlier handler, if that is to be `restored`."""
    if threading.current_thread() is not threading.main_thread():  # only there can handlers be set
        yield
        return
    before = {number: signal.signal(number, handler) for number in signals}
    try:
        yield
    finally:
        for number, earlier in before.items() if restored() else ():
            signal.signal(number, earlier)
