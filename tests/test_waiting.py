"""Waiting for a workflow, with a clock of the test's own."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from conftest import Cli
from emulator_support import zipped
from examples import CORRECT

from packager.aws.deadline import Clock, Deadline
from packager.aws.deliver import deployments
from packager.aws.deliver.waiting import settle
from packager.aws.session import Target, omics_client
from packager.cli import progress
from packager.emulator import RunningEmulator


@dataclass
class TestClock:
    """A clock that passes only when somebody sleeps; `pauses` are the seconds of each sleep."""

    __test__ = False

    time: float = 0.0
    pauses: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.time += seconds

    def deadline(self, seconds: float) -> Deadline:
        return Deadline.after(seconds, Clock(lambda: self.time, self.sleep))


@pytest.fixture
def unfinished(emulator: RunningEmulator, client: Any) -> str:
    """A workflow that stays CREATING."""
    emulator.faults.set({"never_finish": 1})
    return str(client.create_workflow(name="calling", definitionZip=zipped(CORRECT), requestId="r")["id"])


def test_pauses_grow_up_to_the_deadline(emulator: RunningEmulator, unfinished: str) -> None:
    clock = TestClock()
    deadline = clock.deadline(100)
    omics = omics_client(Target("us-east-1", None, emulator.endpoint_url, static_credentials=True))
    deployed = deployments.get(omics, unfinished, None)
    assert settle(omics, deployed, deadline, lambda _: None).status == "CREATING"
    assert sum(clock.pauses) == pytest.approx(100)
    assert clock.pauses[0] < 0.1  # the emulator is on this machine
    growing = clock.pauses[:-1]  # the last one ends at the deadline
    assert all(after == pytest.approx(min(before * 1.5, 15)) for before, after in itertools.pairwise(growing))
    assert max(growing) == 15


def test_without_time_nothing_is_asked_again(emulator: RunningEmulator, unfinished: str, tmp_path: Path) -> None:
    clock = TestClock()
    omics = omics_client(Target("us-east-1", None, emulator.endpoint_url, static_credentials=True))
    deployed = deployments.get(omics, unfinished, None)
    assert settle(omics, deployed, clock.deadline(0), lambda _: None) == deployed
    assert clock.pauses == []


def test_the_wait_is_watched(emulator: RunningEmulator, unfinished: str) -> None:
    clock, watched = TestClock(), []
    omics = omics_client(Target("us-east-1", None, emulator.endpoint_url, static_credentials=True))
    deployed = deployments.get(omics, unfinished, None)

    @contextmanager
    def watch(text: str) -> Iterator[None]:
        watched.append(text)
        yield
        watched.append("end")

    settle(omics, deployed, clock.deadline(10), lambda _: None, watch)
    assert watched == [f"workflow {unfinished}: CREATING", "end"]


def test_a_log_gets_a_line_per_minute(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(progress, "_LOG_SECONDS", 0.02)
    with progress.waiting("workflow 7: CREATING"):
        time.sleep(0.15)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) >= 2
    assert set(lines) == {"workflow 7: CREATING (0 s)"}
    monkeypatch.setattr(progress, "_LOG_SECONDS", 60.0)
    with progress.waiting("workflow 7: CREATING"):
        pass
    assert capsys.readouterr().err == ""


def test_the_id_is_shown_before_the_wait(cli: Cli, emulator: RunningEmulator, in_folder: Path) -> None:
    (in_folder / "main.wdl").write_text("version 1.0\nworkflow w {\n}\n")
    emulator.faults.set({"never_finish": 1})
    arguments = ("submit", "main.wdl", "--endpoint-url", emulator.endpoint_url, "--timeout", "0.5")
    unfinished = cli(*arguments)
    assert unfinished.code == 4
    lines = unfinished.err.splitlines()
    created = next(line for line in lines if line.startswith("created workflow "))
    assert created == "created workflow 1000001; waiting until it is ACTIVE"
    assert "created workflow" not in cli(*arguments, "--name", "other", "-q").err


def test_what_is_not_waited_for_can_be_waited_for(cli: Cli, emulator: RunningEmulator, in_folder: Path) -> None:
    (in_folder / "main.wdl").write_text("version 1.0\nworkflow w {\n}\n")
    emulator.faults.set({"never_finish": 1})
    service = ("--endpoint-url", emulator.endpoint_url)
    waiting = f"packager status 1000001 --wait --region us-east-1 --endpoint-url {emulator.endpoint_url}"
    assert cli("submit", "main.wdl", "--no-wait", *service).err.endswith(f"next: `{waiting}`\n")
    unfinished = cli("status", "1000001", *service)
    assert unfinished.code == 4
    expected = f"error: the workflow 1000001 is still CREATING\nhint: wait for it with `{waiting}`\n"
    assert unfinished.err == expected
