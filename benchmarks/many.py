"""Compare `packager lint` of many workflows that are not in the cache by one process and by several: wall time, ratio.

    python -m benchmarks.many                      80 variants of a fixture
    python -m benchmarks.many --corpus DIR         the workflows of a repository

The budget is meant for a machine with two idle cores. The reports have to be the same.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.run import ROOT

LARGEST_RATIO = 0.6
WORKFLOWS = 80


def variants(folder: Path) -> Path:
    """Copies of a fixture that differ, so that none of them is known from another one."""
    for number in range(WORKFLOWS):
        copy = folder / f"flow{number}"
        shutil.copytree(ROOT / "fixtures" / "workflows" / "wdl-variants", copy)
        for document in copy.rglob("*.wdl"):
            text = document.read_text(encoding="utf-8")
            document.write_text(f"{text}\n# variant {number}\n", encoding="utf-8")
    return folder


def lint(folder: Path, jobs: int) -> tuple[float, bytes]:
    """The seconds of a lint with an empty cache, and its report."""
    with tempfile.TemporaryDirectory() as cache:
        command = [sys.executable, "-m", "packager", "lint", ".", "--format", "json", "--jobs", str(jobs)]
        environment = {**os.environ, "XDG_CACHE_HOME": cache, "PYTHONPATH": str(ROOT)}
        started = time.perf_counter()
        done = subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, check=False)
        return time.perf_counter() - started, done.stdout


def main() -> int:
    """Measure and print a Markdown table; 1 if the reports differ."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--corpus", type=Path, help="the folder of a repository")
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    jobs = os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.corpus.resolve() if arguments.corpus else variants(Path(scratch))
        runs = [(lint(folder, 1), lint(folder, jobs)) for _ in range(arguments.repeat)]
    alone, together = (min(run[index][0] for run in runs) for index in (0, 1))
    verdict = "ok" if together <= LARGEST_RATIO * alone else f"over {LARGEST_RATIO} x"
    print(f"| processes | s | ratio | budget |\n| --- | ---: | ---: | --- |\n| 1 | {alone:.2f} | | |")
    print(f"| {jobs} | {together:.2f} | {together / alone:.2f} | {verdict} |")
    return int(len({report for run in runs for _, report in run}) > 1)


if __name__ == "__main__":
    raise SystemExit(main())
