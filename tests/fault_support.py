"""Scenarios of what goes wrong between a submission and the service, made from a seed, and what must hold whatever happened."""

from __future__ import annotations

import contextlib
import http.client
import io
import json
import os
import random
import re
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from examples import CORRECT

from packager.aws import session
from packager.cli import main

ROOT = Path(__file__).parent.parent
SETTINGS = {
    "description": "Says hello", "storageType": "STATIC", "storageCapacity": 2400, "tags": {"team": "genomics", "stage": "prod"},
}  # fmt: skip
REGISTRY_MAP = {"registryMappings": [{"upstreamRegistryUrl": "quay.io", "ecrRepositoryPrefix": "quay"}]}
HELLO = CORRECT["main.wdl"]
# Seconds of a run that gives up on a service that never finishes.
_SHORT = "1.5"
READ_SECONDS = 1.0


# --- a server, with faults ----------------------------------------------------------------------------------------------------------


@dataclass
class ProxyFault:
    """The next `count` requests whose line matches `pattern` fail in one way."""

    kind: str  # `error`, `cut_before`, `cut_after` or `kill`
    pattern: str
    count: int


class FaultProxy:
    """Passes requests on to a server, but for those that are to fail.

    With `owner`, every bucket is of that account; `rewrite` changes the bodies of answers.
    """

    def __init__(self, upstream: str, owner: str = "", rewrite: Callable[[bytes], bytes] = bytes) -> None:
        self.owner = owner
        self.rewrite = rewrite
        self.upstream = urlsplit(upstream).netloc
        self.faults: list[ProxyFault] = []
        self.pid = 0
        self._lock = threading.Lock()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle(self) -> None:
                try:
                    super().handle()
                except OSError:
                    return  # the client left, as it may

            def log_message(self, *_: Any) -> None:
                """Nothing."""

            def pass_on(self) -> None:
                proxy.answer(self)

            do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = do_PATCH = pass_on  # noqa: N815 - the base class's names

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()

    def _fault(self, line: str) -> str:
        with self._lock:
            for one in self.faults:
                if one.count and re.search(one.pattern, line):
                    one.count -= 1
                    return one.kind
        return ""

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        kind = self._fault(f"{handler.command} {handler.path}")
        if kind == "kill" and self.pid:
            os.kill(self.pid, signal.SIGKILL)
        if kind == "cut_before":
            self._cut(handler)
            return
        if self.owner and handler.headers.get("x-amz-expected-bucket-owner", self.owner) != self.owner:
            self._send(handler, 403, {}, b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>")
            return
        if kind == "error":
            content = b"<?xml version='1.0'?><Error><Code>InternalError</Code><Message>told to fail</Message></Error>"
            self._send(handler, 500, {}, content)
            return
        connection = http.client.HTTPConnection(self.upstream, timeout=30)
        headers = {
            name: value for name, value in handler.headers.items() if name.lower() not in ("expect", "connection")
        }
        connection.request(handler.command, handler.path, body=body, headers=headers)
        answer = connection.getresponse()
        content = self.rewrite(answer.read())
        if kind == "cut_after":
            self._cut(handler)
        else:
            self._send(handler, answer.status, dict(answer.getheaders()), content)
        connection.close()

    def _send(self, handler: BaseHTTPRequestHandler, status: int, headers: dict[str, str], content: bytes) -> None:
        handler.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                handler.send_header(name, value)
        length = headers.get("Content-Length", str(len(content))) if handler.command == "HEAD" else str(len(content))
        handler.send_header("Content-Length", length)
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(content)

    def _cut(self, handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.rfile.close()
        handler.connection.close()


# --- scenarios ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scenario:
    """What is submitted, and what goes wrong in its first run. Later runs meet what is left of it, then nothing."""

    seed: int
    by: str  # `name` (nothing there), `known-name` (a workflow is there), `id` (a version of a workflow, its name chosen)
    staged: bool
    omics: tuple[dict[str, Any], ...]
    s3: tuple[tuple[str, str, int], ...]
    killed: str  # ``, `upload`, `create`, `wait`
    skew: float

    def __str__(self) -> str:
        faults = [f"{one['kind']}x{one['count']}@{one.get('operation') or 'any'}" for one in self.omics]
        faults += [f"s3 {kind}x{count}@{pattern}" for kind, pattern, count in self.s3]
        killed = [f"killed at {self.killed}"] if self.killed else []
        skew = [f"clock {self.skew:+.0f} s"] if self.skew else []
        return f"{self.by}{' staged' if self.staged else ''}: {', '.join([*faults, *killed, *skew]) or 'nothing'}"


_OPERATIONS = {
    "name": ("CreateWorkflow", "GetWorkflow", "ListWorkflows"),
    "known-name": (
        "CreateWorkflowVersion",
        "GetWorkflowVersion",
        "GetWorkflow",
        "ListWorkflows",
        "ListWorkflowVersions",
    ),
    "id": ("CreateWorkflowVersion", "GetWorkflowVersion"),
}


def scenario(seed: int) -> Scenario:
    """The scenario of a seed, always the same."""
    chance = random.Random(seed)
    by = chance.choice(["name", "known-name", "id"])
    staged = chance.random() < 0.45
    omics = tuple(_omics_fault(chance, by) for _ in range(chance.choice([0, 1, 1, 2, 2, 3])))
    s3: tuple[tuple[str, str, int], ...] = ()
    if staged and (not omics or chance.random() < 0.7):
        s3 = tuple(_s3_fault(chance) for _ in range(chance.choice([1, 1, 2])))
    killed = chance.choice(["upload", "create", "wait"]) if chance.random() < 0.25 else ""
    if killed == "upload" and not staged:
        killed = "create"
    skew = chance.choice([-3600.0, -30.0, 30.0, 86400.0]) if chance.random() < 0.25 else 0.0
    return Scenario(seed, by, staged, omics, s3, killed, skew)


def _omics_fault(chance: random.Random, by: str) -> dict[str, Any]:
    kind = chance.choice(
        [
            "throttle",
            "throttle",
            "server_error",
            "cut_before_write",
            "cut_after_write",
            "cut_after_write",
            "never_finish",
            "fail",
            "delay",
        ]
    )
    if kind in ("never_finish", "fail"):
        return {"kind": kind, "count": 1}
    fault = {"kind": kind, "count": chance.choice([1, 2, 6, 7]), "operation": chance.choice(["", *_OPERATIONS[by]])}
    if kind == "delay":
        fault |= {"count": 1, "delay_seconds": READ_SECONDS * 1.5}
    return fault


def _s3_fault(chance: random.Random) -> tuple[str, str, int]:
    pattern = chance.choice(["^HEAD", "^PUT", r"^PUT .*partNumber=2", "^POST .*uploads", "^POST .*uploadId", "^GET"])
    return chance.choice(["error", "cut_before", "cut_after"]), pattern, chance.choice([1, 2, 6])


# --- running one --------------------------------------------------------------------------------------------------------------


@dataclass
class Run:
    """How one command line ended; `code` is negative for a signal."""

    code: int
    out: str
    err: str

    @property
    def answer(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.out) if self.out.startswith("{") else {}
        return answer


@dataclass
class World:
    """The services of one scenario, and the project that is submitted."""

    emulator: Any
    client: Any
    proxy: FaultProxy
    bucket: str
    folder: Path
    database: Path
    workflow: str = ""
    runs: list[Run] = field(default_factory=list)

    def prepare(self, what: Scenario, project: Callable[[str], None]) -> None:
        """What is there before the first run."""
        project("before")
        if what.by != "name":
            done = self.run([str(self.folder), "--name", "hello"])
            assert done.code == 0, done.err
            self.workflow = done.answer["workflowId"]
            self.runs.clear()
        project("hello")

    def words(self, what: Scenario) -> list[str]:
        """The command line of the scenario."""
        tags = ",".join(f"{key}={value}" for key, value in SETTINGS["tags"].items())  # type: ignore[attr-defined]  # a dict of texts
        words = [
            str(self.folder), "--description", str(SETTINGS["description"]), "--storage-type", str(SETTINGS["storageType"]),
            "--storage-capacity", str(SETTINGS["storageCapacity"]), "--tags", tags,
        ]  # fmt: skip
        if what.by == "id":
            words += ["--workflow-id", self.workflow, "--version-name", "v1", "--replace-failed"]
        else:
            words += ["--name", "hello"]
        if what.staged:
            words += [
                "--staging",
                f"s3://{self.bucket}/flows",
                "--stage",
                "definition",
                "--stage",
                "readme",
                "--stage",
                "registry-map",
            ]
        return words

    def run(self, words: list[str], *, timeout: str = "30", killed: str = "") -> Run:
        """One command line; in a process of its own if it is to be killed at some point."""
        arguments = [
            "submit", *words, "--no-lint", "--format", "json", "--region", "us-east-1",
            "--endpoint-url", self.emulator.endpoint_url, "--timeout", timeout,
        ]  # fmt: skip
        done = self._killed(arguments, killed) if killed else _here(arguments)
        self.runs.append(done)
        return done

    def _killed(self, arguments: list[str], point: str) -> Run:
        command = [sys.executable, "-c", _FAST, *arguments]
        with subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as started:  # fmt: skip
            self.proxy.pid = started.pid
            if point in ("create", "wait"):
                self._kill_at(started, point)
            out, err = started.communicate(timeout=120)
        self.proxy.pid = 0
        return Run(started.returncode, out, err)

    def _kill_at(self, started: subprocess.Popen[str], point: str) -> None:
        """Kill a process just after it has created something: before it reads the answer (a delayed one), or while it waits."""
        before = self.count()
        deadline = time.monotonic() + 30
        while started.poll() is None and time.monotonic() < deadline and self.count() == before:
            time.sleep(0.2)
        if point == "wait":
            time.sleep(3)
        if started.poll() is None:
            started.kill()

    def count(self) -> int:
        """How many workflows and versions there are, whatever became of them; asked past the emulator, which may be told to fail."""
        with contextlib.closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            return int(connection.execute("SELECT count(*) FROM resources").fetchone()[0])

    @contextmanager
    def in_peace(self) -> Iterator[None]:
        """Nothing fails inside of the block, and what is to fail is not used up."""
        faults = self.emulator.faults
        kept = faults.plain()
        faults.clear()
        yield
        faults.set({"skew_seconds": kept["skew_seconds"]})
        for rule in kept["rules"]:
            faults.set(rule)


def _here(arguments: list[str]) -> Run:
    """A command line in this process."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(arguments)
    return Run(code, out.getvalue(), err.getvalue())


# The command line with short waits: the pauses of botocore's retries and of the waiting are a twentieth, and a read times out sooner.
_FAST = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from fault_support import hasten
hasten(setattr)
from packager.cli import main
sys.exit(main(sys.argv[1:]))
"""


def hasten(replace: Callable[[Any, str, Any], Any]) -> None:
    """Short waits."""
    pause = time.sleep
    replace(time, "sleep", lambda seconds: pause(min(seconds, 20.0) / 20))
    replace(session, "DEFAULT_LIMITS", session.Limits(read_seconds=READ_SECONDS))


def play(world: World, what: Scenario, project: Callable[[str], None]) -> list[str]:
    """Run a scenario until it ends well; what was violated on the way."""
    wrong: list[str] = []
    world.prepare(what, project)
    for fault in what.omics:
        world.emulator.faults.set(fault)
    if what.skew:
        world.emulator.faults.set({"skew_seconds": what.skew})
    world.proxy.faults = [ProxyFault(kind, pattern, count) for kind, pattern, count in what.s3]
    if what.killed == "upload":
        world.proxy.faults.append(ProxyFault("kill", "^(PUT|POST)", 1))
    if what.killed == "create":
        world.emulator.faults.set({"kind": "delay", "count": 1, "delay_seconds": 0.8, "operation": _create(what)})
    words = world.words(what)
    for turn in range(6):
        done = world.run(words, timeout=_SHORT if turn == 0 else "10", killed=what.killed if turn == 0 else "")
        with world.in_peace():
            wrong += _judge_run(world, done, killed=bool(what.killed) and turn == 0)
        if done.code == 0:
            break
        if turn >= 1:
            _clear(world)
    else:
        wrong.append(f"it never ended well: {world.runs[-1].err}")
    wrong += _judge_end(world, what)
    return wrong


def _create(what: Scenario) -> str:
    return "CreateWorkflow" if what.by == "name" else "CreateWorkflowVersion"


def _clear(world: World) -> None:
    """Nothing goes wrong any more; what never finishes is given up by whoever owns the account."""
    world.emulator.faults.clear()
    world.proxy.faults = []
    time.sleep(6)  # a twentieth of it: what is about to finish does
    for workflow in _workflows(world):
        for version in _versions(world, workflow["id"]):
            if version["status"] == "CREATING":
                world.client.delete_workflow_version(workflowId=workflow["id"], versionName=version["versionName"])
        if workflow["status"] == "CREATING":
            world.client.delete_workflow(id=workflow["id"])


def _workflows(world: World) -> list[dict[str, Any]]:
    return [
        one for page in world.client.get_paginator("list_workflows").paginate(type="PRIVATE") for one in page["items"]
    ]


def _versions(world: World, workflow: str) -> list[dict[str, Any]]:
    pages = world.client.get_paginator("list_workflow_versions").paginate(workflowId=workflow)
    return [one for page in pages for one in page["items"]]


def _judge_run(world: World, done: Run, *, killed: bool) -> Iterator[str]:
    """The exit code must be the truth, and every failure must say something."""
    if "Traceback" in done.err:
        yield f"a traceback: {done.err}"
    if done.code == -signal.SIGKILL and killed:
        return
    if done.code not in (0, 3, 4):
        yield f"exit code {done.code}: {done.err}"
        return
    if done.code != 0 and not done.err.strip():
        yield f"exit code {done.code} without a word"
    if not done.answer:
        if done.code == 0:
            yield "exit code 0 without an answer"
        return
    answer = done.answer
    seen = _seen(world, answer["workflowId"], answer["versionName"])
    if done.code == 0 and (answer["status"], seen["status"]) != ("ACTIVE", "ACTIVE"):
        yield f"exit code 0, but the service says {seen['status']}"
    if done.code == 4 and answer["status"] != "CREATING":
        yield f"exit code 4 with the status {answer['status']}"
    if done.code == 3 and answer["status"] not in ("FAILED", "INACTIVE", "DELETED") and not answer["resume"]:
        yield f"exit code 3 with the status {answer['status']} and no line to go on with"


def _seen(world: World, workflow: str, version: str | None) -> dict[str, Any]:
    if version is None:
        seen: dict[str, Any] = world.client.get_workflow(id=workflow, export=["DEFINITION", "README"])
    else:
        seen = world.client.get_workflow_version(
            workflowId=workflow, versionName=version, export=["DEFINITION", "README"]
        )
    return seen


def _judge_end(world: World, what: Scenario) -> Iterator[str]:
    """No twin, nothing lost."""
    alive = [one for one in _workflows(world) if one["status"] != "FAILED" and one.get("name") == "hello"]
    if len(alive) != 1:
        yield f"{len(alive)} workflows are named `hello`"
        return
    versions = [one for one in _versions(world, alive[0]["id"]) if one["status"] != "FAILED"]
    expected = 0 if what.by == "name" else 1
    if len(versions) != expected:
        yield f"{len(versions)} versions: {[one['versionName'] for one in versions]}"
        return
    if what.by == "id" and versions[0]["versionName"] != "v1":
        yield f"the version is named {versions[0]['versionName']}"
    answer = world.runs[-1].answer
    seen = _seen(world, answer["workflowId"], answer["versionName"])
    wanted = {**SETTINGS, "containerRegistryMap": REGISTRY_MAP, "engine": "WDL", "main": "main.wdl"}
    for name, value in wanted.items():
        if seen.get(name) != value:
            yield f"{name} is {seen.get(name)!r}, not {value!r}"
    if "who" not in seen.get("parameterTemplate", {}):
        yield "the parameter template is lost"
    if not seen.get("readme"):
        yield "the README is lost"
