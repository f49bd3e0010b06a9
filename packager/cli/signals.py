"""Signals that end a command: each is handled as ^C, so that what was done is reported whoever stops it."""

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
    """The signals of this system that ask a process to end, ^C among them."""
    return [signal.Signals[name] for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


def ignore() -> None:
    """From now on, nothing of that kind has an effect: the process is about to end with a code that tells of the interruption."""
    for one in _ending():
        signal.signal(one, signal.SIG_IGN)  # which, unlike a handler, stays until the very end of the interpreter


@contextlib.contextmanager
def ending_as_interruption() -> Iterator[None]:
    """Inside of the block, SIGTERM and SIGHUP do what ^C does, unless whoever started the process has chosen something else for one.

    Some send both at once. What comes right behind the first one has no effect, also after the block: the way out is not to be
    interrupted.
    """
    last = -math.inf

    def interrupt(_: int, __: FrameType | None) -> None:
        nonlocal last
        earlier, last = last, time.monotonic()
        if last - earlier > _TOGETHER_SECONDS:
            raise KeyboardInterrupt

    with _handled(
        [one for one in _ending() if signal.getsignal(one) in (signal.SIG_DFL, signal.default_int_handler)],
        interrupt,
        lambda: last < 0,
    ):
        yield


@contextlib.contextmanager
def held_back() -> Iterator[list[int]]:
    """Inside of the block, interruptions have no effect for a moment: a few lines are about to be written, and must be.

    They are kept in the list, for whoever goes on afterwards. Where nobody reads the lines, the next interruption ends that.
    """
    begun = time.monotonic()
    held: list[int] = []

    def interrupt(number: int, _: FrameType | None) -> None:
        held.append(number)
        if time.monotonic() - begun > _TOGETHER_SECONDS:
            raise KeyboardInterrupt

    with _handled([one for one in _ending() if callable(signal.getsignal(one))], interrupt):
        yield held


@contextlib.contextmanager
def _handled(
    signals: list[signal.Signals], handler: Handler, restored: Callable[[], bool] = lambda: True
) -> Iterator[None]:
    """Inside of the block, a handler of our own; after it the one before, if that is to be `restored`."""
    if threading.current_thread() is not threading.main_thread():  # only there can handlers be set
        yield
        return
    before = {one: signal.signal(one, handler) for one in signals}
    try:
        yield
    finally:
        for one, earlier in before.items() if restored() else ():
            signal.signal(one, earlier)
