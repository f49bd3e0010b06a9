"""Bounds on work: how much a function does, counted in calls of functions, and alarms that turn a hang into a failure."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class TooMuchWorkError(BaseException):
    """The bound was passed. Not an Exception, so that nothing under test takes it for its own failure."""


class HangError(Exception):
    """What was to be done took too long."""


@contextmanager
def alarm(seconds: float, *, processor: bool = False) -> Iterator[None]:
    """Stop what runs in the block after a time, where the system can. `processor`: of the processor, as the machine may be busy."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> None:
        raise HangError(f"no end after {seconds:g} s")

    number, timer = (signal.SIGPROF, signal.ITIMER_PROF) if processor else (signal.SIGALRM, signal.ITIMER_REAL)
    before = signal.signal(number, stop)
    signal.setitimer(timer, seconds)
    try:
        yield
    finally:
        signal.setitimer(timer, 0)
        signal.signal(number, before)


class Work:
    """The number of calls so far."""

    def __init__(self) -> None:
        self.calls = 0


@contextmanager
def counted(at_most: int) -> Iterator[Work]:
    """Count the calls in the block; more than `at_most` fail it, so that a hang is a failure and not a hang."""
    work = Work()
    before = sys.getprofile()

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        if event in ("call", "c_call"):
            work.calls += 1
            if work.calls > at_most:
                sys.setprofile(None)
                raise TooMuchWorkError(f"more than {at_most:,} calls")

    sys.setprofile(count)
    try:
        yield work
    finally:
        sys.setprofile(before)


def growth(action: Callable[[int], object], size: int, *, at_most: int = 3_000_000) -> float:
    """How many times the work of `action(size)` is in `action(2 * size)`, beyond what it costs at size 1."""
    works = []
    for number in (1, size, 2 * size):
        with counted(at_most) as work:
            action(number)
        works.append(work.calls)
    base, single, double = works
    return (double - base) / max(single - base, base // 10, 1)
