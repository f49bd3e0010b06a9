"""Compare the scan for secrets with `detect-secrets scan`: wall time, peak memory, ratio, and the number of alarms.

    python -m benchmarks.secrets                  our own fixtures
    python -m benchmarks.secrets --corpus DIR     the files below DIR

The peer is not installed with packager: `pip install detect-secrets`, or name its program in `DETECT_SECRETS`. Each program runs in a
process of its own on the same files; both are offline.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.run import BIN, ROOT, measure
from packager.findings.credentials import secrets

LARGEST_RATIO = 0.5
_MAX_BYTES = 1024 * 1024


def texts(folder: Path) -> Iterator[bytes]:
    """The content of each text file below a folder, as far as it is searched."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and ".git" not in path.relative_to(folder).parts:
            with path.open("rb") as file:
                content = file.read(_MAX_BYTES)
            if b"\0" not in content[:8000]:
                yield content


def peer_program() -> str | None:
    """The peer's program, if it is installed."""
    named = os.environ.get("DETECT_SECRETS") or str(BIN / "detect-secrets")
    return shutil.which(named) or shutil.which("detect-secrets")


def main() -> int:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--corpus", type=Path, default=ROOT / "fixtures" / "workflows", help="a folder with files")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--count", action="store_true", help="scan the files and print the number of alarms")
    arguments = parser.parse_args()
    folder = arguments.corpus.resolve()
    if arguments.count:
        print(sum(len(secrets(content)) for content in texts(folder)))
        return 0
    ours = [sys.executable, "-m", "benchmarks.secrets", "--count", "--corpus", str(folder)]
    cost = measure(ours, arguments.repeat, {"PYTHONPATH": str(ROOT)}, cpu=True)
    alarms = subprocess.run(ours, capture_output=True, text=True, check=True, cwd=ROOT).stdout.strip()
    print("| program | s | MB | alarms | ratio | budget |")
    print("| --- | ---: | ---: | ---: | ---: | --- |")
    program = peer_program()
    if program is None:
        print(f"| packager | {cost.seconds:.2f} | {cost.megabytes:.0f} | {alarms} | - | |")
        print("| detect-secrets | left out: not installed | | | | |")
        return 0
    command = [program, "-C", str(folder), "scan", "--all-files", "--no-verify", "."]
    peer = measure(command, arguments.repeat, {}, cpu=True)
    results = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)["results"]
    ratio = cost.seconds / peer.seconds
    verdict = "ok" if ratio <= LARGEST_RATIO else f"over {LARGEST_RATIO} x"
    print(f"| packager | {cost.seconds:.2f} | {cost.megabytes:.0f} | {alarms} | {ratio:.2f} | {verdict} |")
    print(f"| detect-secrets | {peer.seconds:.2f} | {peer.megabytes:.0f} | {sum(map(len, results.values()))} | | |")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
