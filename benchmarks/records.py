"""What the last run measured on this machine, so that the next one shows what became slower."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator, Mapping
from pathlib import Path

RECORD = Path(__file__).parent.parent / ".bench" / f"{platform.node() or 'machine'}-{platform.python_version()}.json"
# Runs of one machine differ by less than this.
NOISE = 0.15

Key = tuple[str, str, str]  # workflow, work, clock


def read() -> dict[Key, float]:
    """Seconds by workflow, work and clock; empty before the first run."""
    if not RECORD.exists():
        return {}
    rows = json.loads(RECORD.read_text(encoding="utf-8"))
    return {(row["workflow"], row["work"], row["clock"]): float(row["seconds"]) for row in rows}


def write(seconds: Mapping[Key, float]) -> None:
    """Keep this run's seconds; rows that it did not measure stay as they are."""
    rows = [
        {"workflow": workflow, "work": work, "clock": clock, "seconds": round(value, 4)}
        for (workflow, work, clock), value in sorted({**read(), **seconds}.items())
    ]
    RECORD.parent.mkdir(exist_ok=True)
    RECORD.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def change(before: float | None, after: float) -> str:
    """How a row compares with the last run: `1.02`, or `1.40 slower`."""
    if not before:
        return "-"
    ratio = after / before
    word = " slower" if ratio > 1 + NOISE else " faster" if ratio < 1 - NOISE else ""
    return f"{ratio:.2f}{word}"


def slower(before: Mapping[Key, float], after: Mapping[Key, float]) -> Iterator[str]:
    """The rows that take clearly longer than in the last run."""
    for key, seconds in after.items():
        if key in before and seconds > (1 + NOISE) * before[key]:
            yield f"{key[0]}, {key[1]}: {before[key]:.2f} s before, {seconds:.2f} s now"
