"""Long tables and random examples of which `make test` takes a sample; `make faults` plays all."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import pytest


class Thoroughness:
    """Whether all random examples are tried."""

    is_full = False


def examples(number: int) -> int:
    """How many random examples of a law are tried: a third in `make test`, where the laws are many."""
    return number if Thoroughness.is_full else max(15, number // 3)


def sampled(rows: Iterable[Any], sample: Collection[Any]) -> list[Any]:
    """The rows as parameters of a test; those that are not in the sample are left to `make faults`."""
    table = list(rows)
    missing = [row for row in sample if row not in table]
    assert not missing, f"not in the table: {missing}"
    return [row if row in sample else pytest.param(row, marks=pytest.mark.faults) for row in table]


def every(step: int, rows: Iterable[Any]) -> list[Any]:
    """The rows as parameters of a test; all but every `step`-th are left to `make faults`."""
    return [
        row if number % step == 0 else pytest.param(row, marks=pytest.mark.faults) for number, row in enumerate(rows)
    ]
