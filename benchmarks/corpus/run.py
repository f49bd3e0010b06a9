"""Runs workers over the entries, and keeps each answer in a file, so that an interrupted run goes on where it was."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from threading import Lock
from typing import Any

from benchmarks.corpus.entries import Entry

WORKER = Path(__file__).with_name("worker.py")
PEERS = "peers"


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of one entry, in seconds of wall time and MiB of address space; `jobs` entries at a time."""

    seconds: float = 60.0
    megabytes: int = 4096
    jobs: int = os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Judge:
    """A revision of packager (`root` is the folder with its code), or the reference implementations (`kind` PEERS)."""

    kind: str
    root: Path
    results: Path
    day: str = ""  # for what depends on a day; today if empty


def results_of(judge: Judge) -> dict[str, dict[str, Any]]:
    """What is kept of a run, by the entry's id; a line that was cut off is ignored."""
    kept = {}
    if judge.results.exists():
        for line in judge.results.read_text(encoding="utf-8").splitlines():
            try:
                row = json.loads(line)
            except ValueError:
                continue
            kept[row["id"]] = row
    return kept


def judge_all(judge: Judge, entries: list[Entry], bounds: Bounds) -> dict[str, dict[str, Any]]:
    """The answer for each entry, after asking for those that have none yet."""
    kept = results_of(judge)
    waiting: SimpleQueue[Entry] = SimpleQueue()
    missing = [entry for entry in entries if entry.id not in kept]
    for entry in missing:
        waiting.put(entry)
    lock = Lock()
    with judge.results.open("a", encoding="utf-8") as log, tempfile.TemporaryDirectory() as cache:

        def work() -> None:
            for entry, answer in _answers(judge, waiting, bounds, Path(cache)):
                with lock:
                    log.write(json.dumps({"id": entry.id, **answer}) + "\n")
                    log.flush()
                    kept[entry.id] = {"id": entry.id, **answer}
                    _progress(judge, len(missing) - waiting.qsize(), len(missing))

        with ThreadPoolExecutor(bounds.jobs) as threads:
            for future in [threads.submit(work) for _ in range(bounds.jobs)]:
                future.result()
    return {entry.id: kept[entry.id] for entry in entries}


def _answers(
    judge: Judge, waiting: SimpleQueue[Entry], bounds: Bounds, cache: Path
) -> Iterator[tuple[Entry, dict[str, Any]]]:
    environment = {**os.environ, "PYTHONPATH": str(judge.root), "PYTHONSAFEPATH": "1", "PACKAGER_CACHE_DIR": str(cache)}
    if judge.day:
        environment["PACKAGER_AS_OF"] = judge.day
    command = [sys.executable, str(WORKER), judge.kind, str(bounds.seconds), str(bounds.megabytes)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True) as worker:
        if worker.stdin is None or worker.stdout is None:
            raise AssertionError("both streams are pipes")
        while not waiting.empty():
            entry = waiting.get()
            question = {"folder": str(entry.folder.resolve()), "main": entry.main, "engine": entry.engine}
            worker.stdin.write(json.dumps(question) + "\n")
            worker.stdin.flush()
            answer = worker.stdout.readline()
            if not answer:
                raise RuntimeError(f"the worker for {judge.kind} ended at {entry.id}")
            yield entry, json.loads(answer)
        worker.stdin.close()


def _progress(judge: Judge, done: int, of: int) -> None:
    if sys.stderr.isatty() or done % 100 == 0 or done == of:
        sys.stderr.write(f"{judge.kind}: {done} of {of}\n")
