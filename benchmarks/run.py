"""Compare packager with `miniwdl check` and `cwltool --validate`: wall time, peak memory, ratio.

    python -m benchmarks.run                      our own fixtures
    python -m benchmarks.run --corpus DIR         every workflow found below DIR as well (or DIR itself if it is a main file)
    python -m benchmarks.run --corpus DIR --most 5 --repeat 1
    python -m benchmarks.run --cpu                CPU time instead of wall time, on a machine that does other work too

    PEER_COMMAND="my-checker {}" python -m benchmarks.run --corpus DIR

The last sets what Nextflow pipelines are compared with: `{}` stands for the pipeline's folder. Without it they have no peer.

Every figure is the best of `--repeat` runs, each in a process of its own. "cold" has an empty cache, "warm" the second run's.
`BUDGETS` has the budgets; a row over its budget is marked. The column "last run" compares with what was measured last on this machine
(`.bench/`).
"""

from __future__ import annotations

import argparse
import os
import resource
import shlex
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks import records
from packager.detect import locate
from packager.errors import PackagerError
from packager.model.facts import Engine

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
PEERS = {Engine.WDL: ("miniwdl", "check", "--no-shellcheck"), Engine.CWL: ("cwltool", "--validate")}

# work, engine -> (largest ratio to the peer, or None; largest seconds where the peer takes less than 2 s or there is no ratio)
BUDGETS: dict[tuple[str, Engine], tuple[float | None, float | None]] = {
    ("inspect cold", Engine.WDL): (0.5, 0.6),
    ("lint cold", Engine.WDL): (0.65, 0.8),
    ("lint warm", Engine.WDL): (None, 0.45),
    ("inspect cold", Engine.CWL): (0.15, None),
    ("lint cold", Engine.CWL): (0.5, None),
    ("lint warm", Engine.CWL): (None, 0.45),
    # nf-core/sarek; smaller pipelines take less.
    ("inspect cold", Engine.NEXTFLOW): (None, 1.5),
    ("lint cold", Engine.NEXTFLOW): (None, 2.0),
    ("lint warm", Engine.NEXTFLOW): (None, 0.6),
    **{("submit --dry-run warm", engine): (None, 0.6) for engine in Engine},
    # Twice `inspect warm` of nf-core/sarek and 0.3 s.
    **{("report warm", engine): (None, 1.3) for engine in Engine},
}
SMALL_PEER_SECONDS = 2.0
START_UP_RATIO = 2


@dataclass(frozen=True)
class Cost:
    """What a process took: seconds of wall time (with `--cpu`, of CPU time), MB of memory at its peak."""

    seconds: float
    megabytes: float


def measure(command: list[str], repeat: int, environment: dict[str, str], *, cpu: bool) -> Cost:
    """The best of several runs of a command, whatever its verdict. `cpu`: by the CPU time of the process and its children."""
    best: Cost | None = None
    for _ in range(repeat):
        started = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **environment}
        )
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0  # it was waited for just above
        seconds = usage.ru_utime + usage.ru_stime if cpu else time.perf_counter() - started
        cost = Cost(seconds, _megabytes(usage))
        if best is None or cost.seconds < best.seconds:
            best = cost
    assert best is not None
    return best


def _megabytes(usage: resource.struct_rusage) -> float:
    return usage.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)


def workflows(folder: Path, most: int) -> list[tuple[Engine, Path]]:
    """The WDL and CWL mains below a folder, largest first, and Nextflow pipelines; at most so many of each engine."""
    if folder.is_file():
        found = locate(str(folder)).detection
        return [(found.engine, folder)]
    chosen: list[tuple[Engine, Path]] = []
    for engine, suffix, mark in ((Engine.WDL, "*.wdl", b"workflow "), (Engine.CWL, "*.cwl", b"class: Workflow")):
        paths = sorted(
            (path for path in folder.rglob(suffix) if path.is_file() and mark in path.read_bytes()),
            key=lambda path: (path.stat().st_size, path),
        )
        step = max(1, len(paths) // most)
        chosen += [(engine, path) for path in paths[::-1][::step][:most]]
    pipelines = sorted(path.parent / "main.nf" for path in folder.rglob("nextflow.config"))
    return chosen + [(Engine.NEXTFLOW, path) for path in pipelines if path.is_file()][:most]


def peer_command(engine: Engine, main: Path) -> list[str] | None:
    """What a workflow is compared with; None without a peer."""
    if engine is Engine.NEXTFLOW:
        command = os.environ.get("PEER_COMMAND", "")
        return [word.replace("{}", str(main.parent)) for word in shlex.split(command)] or None
    return [str(BIN / PEERS[engine][0]), *PEERS[engine][1:], str(main)]


def rows(engine: Engine, main: Path, repeat: int, *, cpu: bool) -> list[tuple[str, Cost, Cost | None]]:
    """Each piece of work with its cost and the peer's, if there is one."""
    packager = [sys.executable, "-m", "packager"]
    with tempfile.TemporaryDirectory() as scratch:
        warm = {"XDG_CACHE_HOME": f"{scratch}/warm", "PYTHONPATH": str(ROOT)}
        compared = peer_command(engine, main)
        peer = measure(compared, repeat, {}, cpu=cpu) if compared else None
        measured: list[tuple[str, Cost, Cost | None]] = []
        for work, arguments in (
            ("inspect", ("inspect", str(main))),
            ("lint", ("lint", str(main), "--fail-on", "never")),
        ):
            cold = measure([*packager, *arguments, "--no-cache"], repeat, warm, cpu=cpu)
            measured.append((f"{work} cold", cold, peer))
            measure([*packager, *arguments], 1, warm, cpu=cpu)
            measured.append((f"{work} warm", measure([*packager, *arguments], repeat, warm, cpu=cpu), peer))
        page = [*packager, "report", str(main), "-o", f"{scratch}/page.html"]
        measure(page, 1, warm, cpu=cpu)
        measured.append(("report warm", measure(page, repeat, warm, cpu=cpu), peer))
        target = f"{scratch}/x.zip"
        done = measure([*packager, "package", str(main), "-o", target, "--no-lint"], repeat, warm, cpu=cpu)
        measured.append(("package warm", done, peer))
        dry_run = [*packager, "submit", target, "--dry-run", "--region", "us-east-1"]
        measure(dry_run, 1, warm, cpu=cpu)
        measured.append(("submit --dry-run warm", measure(dry_run, repeat, warm, cpu=cpu), peer))
    return measured


def start_up(repeat: int, *, cpu: bool) -> tuple[Cost, Cost]:
    """What `packager --help` costs, and importing click alone."""
    environment = {"PYTHONPATH": str(ROOT)}
    ours = measure([sys.executable, "-m", "packager", "--help"], 3 * repeat, environment, cpu=cpu)
    return ours, measure([sys.executable, "-c", "import click"], 3 * repeat, environment, cpu=cpu)


def verdict(engine: Engine, work: str, cost: Cost, peer: Cost | None) -> str:
    """Whether a row keeps its budget."""
    ratio, seconds = BUDGETS.get((work, engine), (None, None))
    if ratio is not None and peer is not None and (seconds is None or peer.seconds > SMALL_PEER_SECONDS):
        return "ok" if cost.seconds <= ratio * peer.seconds else f"over {ratio} x"
    if seconds is not None:
        return "ok" if cost.seconds <= seconds else f"over {seconds} s"
    return ""


def main() -> int:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--corpus", type=Path, help="a folder with workflows, or a main file")
    parser.add_argument("--most", type=int, default=8, help="workflows of each engine from the corpus")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--cpu", action="store_true", help="compare CPU time: for a machine that does other work too")
    arguments = parser.parse_args()
    fixtures = ROOT / "fixtures" / "workflows"
    chosen = [
        (Engine.WDL, fixtures / "wdl-variants" / "main.wdl"),
        (Engine.CWL, fixtures / "cwl-records" / "main.cwl"),
        (Engine.CWL, fixtures / "cwl-packed" / "main.cwl"),
        (Engine.NEXTFLOW, fixtures / "nextflow-modules" / "main.nf"),
    ]
    if arguments.corpus:
        chosen += workflows(arguments.corpus.resolve(), arguments.most)
    print("| workflow | work | packager s | last run | peer s | ratio | packager MB | peer MB | budget |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |")
    clock = "cpu" if arguments.cpu else "wall"
    before, after = records.read(), {}
    ours, click = start_up(arguments.repeat, cpu=arguments.cpu)
    budget = "ok" if ours.seconds <= START_UP_RATIO * click.seconds else f"over {START_UP_RATIO} x"
    print_row(
        "packager",
        "--help",
        ours,
        click,
        records.change(before.get(("packager", "--help", clock)), ours.seconds),
        budget,
    )
    after["packager", "--help", clock] = ours.seconds
    for engine, path in chosen:
        try:
            locate(str(path))
        except PackagerError as error:
            print(f"| {path.name} | left out: {error.message} |")
            continue
        name = f"{path.parent.name}/{path.name}"
        for work, cost, peer in rows(engine, path, arguments.repeat, cpu=arguments.cpu):
            change = records.change(before.get((name, work, clock)), cost.seconds)
            print_row(name, work, cost, peer, change, verdict(engine, work, cost, peer))
            after[name, work, clock] = cost.seconds
    for line in records.slower(before, after):
        print(f"slower: {line}")
    records.write(after)
    return 0


def print_row(workflow: str, work: str, cost: Cost, peer: Cost | None, change: str, budget: str) -> None:
    """Print one row of the table."""
    seconds, ratio, megabytes = ("-", "-", "-") if peer is None else _against(cost, peer)
    print(
        f"| {workflow} | {work} | {cost.seconds:.2f} | {change} | {seconds} | {ratio} "
        f"| {cost.megabytes:.0f} | {megabytes} | {budget} |",
        flush=True,
    )


def _against(cost: Cost, peer: Cost) -> tuple[str, str, str]:
    """The peer's seconds, the ratio, the peer's MB."""
    return f"{peer.seconds:.2f}", f"{cost.seconds / peer.seconds:.2f}", f"{peer.megabytes:.0f}"


if __name__ == "__main__":
    raise SystemExit(main())
