"""Judges one workflow after the other, each in a forked process with bounds on time and memory. A program of its own.

It imports the packager that PYTHONPATH names, of any revision, and uses nothing of it but the command line. Each line of stdin is
a question (`{"folder", "main", "engine"}`), each line of stdout its answer.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import select
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

Answer = dict[str, Any]


def judged(question: dict[str, str]) -> Answer:
    """What packager reports about the workflow, and the facts that it reads."""
    from packager.cli import main  # noqa: PLC0415 - the revision under test

    os.chdir(question["folder"])
    path = question["main"]
    code, lint = _output(main, ["lint", path, "--format", "json", "--fail-on", "never"])
    answer: Answer = {"exit": code, "findings": [], "skipped": []}
    if lint is not None:
        answer["findings"] = [
            [row["code"], row["severity"], row["path"], row["line"], row["message"]] for row in lint["diagnostics"]
        ]
        answer["skipped"] = sorted({row["code"] for row in lint["skipped"]})
    code, facts = _output(main, ["inspect", path, "--format", "json"])
    answer["exit"] = max(answer["exit"], code)
    if facts is not None:
        answer["parameters"] = [[row["name"], row["type"], row["optional"]] for row in facts["parameters"]]
        answer["images"] = [
            [task["name"], task["image"]["status"], task["image"]["reference"]] for task in facts["tasks"]
        ]
        answer["files"] = [row["path"] for row in facts["files"]]
    with tempfile.TemporaryDirectory() as scratch:
        archive = str(Path(scratch) / "workflow.zip")
        code, package = _output(main, ["package", path, "--no-lint", "--format", "json", "-o", archive])
    answer["exit"] = max(answer["exit"], code)
    answer["digest"] = package["contentDigest"] if package else None
    return answer


def judged_by_peer(question: dict[str, str]) -> Answer:
    """Whether the reference implementation accepts the main file, and the class of its error."""
    os.chdir(question["folder"])
    judge = {"WDL": _miniwdl, "CWL": _cwltool}.get(question["engine"])
    return {"exit": 0, "peer": judge(question["main"]) if judge else None}


def _miniwdl(path: str) -> str:
    import WDL  # noqa: PLC0415 - only for WDL

    try:
        WDL.load(path)
    except Exception as error:  # noqa: BLE001 - any failure is its verdict
        return type(error).__name__
    return ""


def _cwltool(path: str) -> str:
    from cwltool.main import main  # noqa: PLC0415 - only for CWL

    quiet = io.StringIO()
    arguments = ["--validate", "--disable-js-validation", "--skip-schemas", path]
    code = main(arguments, stdout=quiet, stderr=quiet)
    return "" if code == 0 else f"exit code {code}"


def _prepare_peers() -> None:
    """Import them, and load the schemas of CWL, before the first fork."""
    import WDL  # noqa: F401, PLC0415 - as above
    from cwltool.process import get_schema  # noqa: PLC0415 - as above

    for version in ("v1.0", "v1.1", "v1.2"):
        get_schema(version)


def _prepare_packager() -> None:
    import packager.cli.group  # noqa: F401, PLC0415 - the revision under test

    with contextlib.suppress(ImportError):
        import WDL  # noqa: F401, PLC0415 - slow to import


def _output(main: Callable[[list[str]], int], arguments: list[str]) -> tuple[int, Any]:
    with tempfile.TemporaryFile() as captured:
        kept = os.dup(1)
        os.dup2(captured.fileno(), 1)
        try:
            code = main(arguments)
            sys.stdout.flush()
        finally:
            os.dup2(kept, 1)
            os.close(kept)
        captured.seek(0)
        text = captured.read()
    try:
        return code, json.loads(text)
    except ValueError:
        return code, None


def answered(
    question: dict[str, str], judge: Callable[[dict[str, str]], Answer], seconds: float, megabytes: int
) -> Answer:
    """The answer of `judge` from a process of its own; `ended` is `time` or `killed` if it gave none."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _be_child(question, judge, writing, megabytes)
    os.close(writing)
    answer = _received(reading, time.monotonic() + seconds)
    os.close(reading)
    if answer is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
    _pid, _status, usage = os.wait4(child, 0)
    if answer is None:
        answer = b'{"ended": "time"}'
    result: Answer = json.loads(answer) if answer else {"ended": "killed"}
    result.update(seconds=round(usage.ru_utime + usage.ru_stime, 2), megabytes=usage.ru_maxrss // 1024)
    return result


def _be_child(
    question: dict[str, str], judge: Callable[[dict[str, str]], Answer], writing: int, megabytes: int
) -> None:
    os.setsid()
    resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    devnull = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(devnull, stream)
    try:
        answer = judge(question)
    except MemoryError:
        answer = {"ended": "memory"}
    except BaseException:  # noqa: BLE001 - whatever it is, it belongs into the report
        answer = {"ended": "exception", "trace": traceback.format_exc()[-2000:]}
    with os.fdopen(writing, "wb") as pipe:
        pipe.write(json.dumps(answer).encode())
    os._exit(0)


def _received(reading: int, until: float) -> bytes | None:
    parts: list[bytes] = []
    while (left := until - time.monotonic()) > 0:
        if not select.select([reading], [], [], left)[0]:
            return None
        part = os.read(reading, 1 << 16)
        if not part:
            return b"".join(parts)
        parts.append(part)
    return None


def serve(kind: str, seconds: float, megabytes: int) -> None:
    """Answer the questions of stdin until it ends."""
    judge = judged_by_peer if kind == "peers" else judged
    (_prepare_peers if kind == "peers" else _prepare_packager)()
    for line in sys.stdin:
        answer = answered(json.loads(line), judge, seconds, megabytes)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))
