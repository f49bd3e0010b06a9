"""How much work a function does, counted in calls of functions: the same on every machine, and bounded."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class TooMuchWorkError(BaseException):
    """The bound was passed. Not an Exception, so that nothing under test takes it for its own failure."""


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
