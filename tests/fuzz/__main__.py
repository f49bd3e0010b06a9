"""Fuzz every reader for a while: `python tests/fuzz --seconds 60`, or the targets that are named.

Each input is made from a number, so `--input TARGET:NUMBER` makes it again. What breaks a law is kept in `.fuzz/`. Batches run in forked
processes with bounds on memory; an input that takes too long is a failure.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path
from random import Random
from types import FrameType

sys.path.insert(0, str(Path(__file__).parent.parent))

from fuzz import growth
from fuzz.targets import ROOT, Target, targets

BATCH_SECONDS = 20.0
INPUT_SECONDS = 20
MEGABYTES = 3072
KEPT = ROOT / ".fuzz"


class TooSlowError(BaseException):
    """An input took longer than its bound; no `except Exception` catches it."""


def _too_slow(_signal: int, _frame: FrameType | None) -> None:
    raise TooSlowError


def made(target: Target, number: int) -> tuple[Random, str, bytes]:
    """The input of a number: its generator, the name of its seed, its content."""
    random = Random(f"{target.name}:{number}")
    seed, content = random.choice(target.seeds)
    return random, seed, target.mutate(random, content)


def check(target: Target, number: int) -> str:
    """Why an input breaks a law; empty if it breaks none."""
    random, seed, content = made(target, number)
    signal.alarm(INPUT_SECONDS)
    try:
        target.check(random, seed, content)
    except TooSlowError:
        return f"took more than {INPUT_SECONDS} s"
    except MemoryError:
        return f"needed more than {MEGABYTES} MiB"
    except Exception:  # noqa: BLE001 - whatever it is, it is a failure
        return traceback.format_exc()
    finally:
        signal.alarm(0)
    return ""


def batch(target: Target, first: int, until: float) -> int:
    """Check inputs from a number on until the time is over; the number of the next one. Runs in a forked process."""
    number = first
    while time.monotonic() < until:
        progress(number)
        reason = check(target, number)
        if reason:
            keep(target, number, reason)
        number += 1
    progress(number)
    return number


def progress(number: int) -> None:
    """Note the number that is checked now, for the case that the process ends."""
    os.pwrite(3, f"{number:>20}".encode(), 0)


def keep(target: Target, number: int, reason: str) -> None:
    """Write an input and why it failed into `.fuzz/`, and one line to stderr."""
    _random, seed, content = made(target, number)
    KEPT.mkdir(exist_ok=True)
    name = f"{target.name}-{number}"
    (KEPT / name).write_bytes(content)
    (KEPT / f"{name}.txt").write_text(f"seed: {seed}\n\n{reason}", encoding="utf-8", errors="replace")
    sys.stderr.write(f"{target.name}:{number}: {reason.strip().splitlines()[-1][:200]}\n")


def run_batch(target: Target, first: int, seconds: float) -> int:
    """The number after the last input of a batch in a process of its own; a process that is killed is a failure of its last input."""
    with tempfile.TemporaryFile() as noted:
        os.dup2(noted.fileno(), 3)
        child = os.fork()
        if child == 0:
            resource.setrlimit(resource.RLIMIT_AS, (MEGABYTES << 20, MEGABYTES << 20))
            signal.signal(signal.SIGALRM, _too_slow)
            with contextlib.suppress(KeyboardInterrupt):
                batch(target, first, time.monotonic() + seconds)
            os._exit(0)
        status = os.waitpid(child, 0)[1]
        reached = int(os.pread(3, 20, 0) or first)
        if status:
            keep(target, reached, f"the process ended with status {status}")
            reached += 1
    return reached


def fuzz(names: list[str], seconds: float, first: int) -> int:
    """Fuzz the targets in turn; prints how many inputs each got, and returns how many failures are new."""
    failures = len(list(KEPT.glob("*.txt")))
    until = time.monotonic() + seconds
    share = min(BATCH_SECONDS, seconds / len(names))
    reached = dict.fromkeys(names, first)
    while time.monotonic() < until:
        for name in names:
            reached[name] = run_batch(targets()[name], reached[name], share)
    for name, number in reached.items():
        print(f"{name}: {number - first} inputs, {first} to {number - 1}")
    print(f"{sum(reached.values()) - first * len(names)} inputs in all")
    return len(list(KEPT.glob("*.txt"))) - failures


def print_growth() -> int:
    """Print the table of growth, and return how many constructs grow too fast."""
    print("| construct | size | s | doubled s | ratio |\n| --- | ---: | ---: | ---: | ---: |")
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        for found in growth.table(Path(folder)):
            failures += found.ratio > growth.MOST_RATIO
            mark = " (too fast)" if found.ratio > growth.MOST_RATIO else ""
            print(
                f"| {found.name}{mark} | {found.size} | {found.before:.3f} | {found.after:.3f} | {found.ratio:.1f} |",
                flush=True,
            )
    return failures


def main() -> int:
    """Fuzz, measure growth, or make one input again; 1 after a failure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(targets()))
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--first", type=int, help="the number of the first input; the time of day if omitted")
    parser.add_argument("--growth", action="store_true", help="measure what doubling each construct costs")
    parser.add_argument(
        "--input", metavar="TARGET:NUMBER", help="write this input to stdout, and why it fails to stderr"
    )
    options = parser.parse_args()
    if options.growth:
        return int(print_growth() > 0)
    if options.input:
        name, _, number = options.input.partition(":")
        signal.signal(signal.SIGALRM, _too_slow)
        sys.stdout.buffer.write(made(targets()[name], int(number))[2])
        sys.stderr.write(reason := check(targets()[name], int(number)))
        return int(bool(reason))
    first = options.first if options.first is not None else int(time.time()) * 1000
    return int(fuzz(options.targets or list(targets()), options.seconds, first) > 0)


if __name__ == "__main__":
    sys.exit(main())
