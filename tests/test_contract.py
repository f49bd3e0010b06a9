"""The suite of the service's expected answers: asked of the emulator, also of one with other facts; and its runner."""

from __future__ import annotations

import io
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from contract import runner
from contract.__main__ import PROBES, arguments, connected, main
from contract.account import PREFIX, TAG, NotOursError
from contract.case import Case, expect
from contract.definitions import NF_ZIP
from contract.runner import CASES, constants, key_of, plan
from contract_support import Turn, turned
from emulator_support import PATIENCE_SECONDS, client, control, running
from test_citations import MENTION, SOURCES, paragraphs

ANSWER_CWL = Turn(answer={"engine": "CWL"})
REFUSED = Turn(refuse="ValidationException")
NO_VERSION = Turn("CreateWorkflowVersion", "ConflictException")
TAKEN = Turn("CreateWorkflowVersion", recode="ValidationException")
FAILED = Turn(answer={"status": "FAILED", "statusMessage": "turned"})
ACTIVE = Turn(answer={"status": "ACTIVE", "statusMessage": "turned"})


def mapped(host: str) -> Turn:
    """A service that keeps another host."""
    mapping = {"upstreamRegistryUrl": host, "ecrRepositoryPrefix": "quay"}
    return Turn(answer={"containerRegistryMap": {"registryMappings": [mapping]}})


# What each probe observes of the emulator; then what it observes of a service that answers in another way.
OBSERVED: dict[str, tuple[object, Turn, object]] = {
    "cwl-1-3": ("FAILED", ACTIVE, "ACTIVE"),
    "cwl-multiplier": ("ACTIVE", FAILED, "FAILED"),
    "cwl-operation": ("ACTIVE", FAILED, "FAILED"),
    "deletion-creating": ("accepted", Turn("DeleteWorkflow", "ConflictException"), "ConflictException"),
    "deletion-versions": ("ConflictException", Turn("DeleteWorkflow", "ValidationException"), "ValidationException"),
    "digest": (True, Turn(answer={"digest": "sha256:0"}), False),
    "image-count": ("ACTIVE", REFUSED, "ValidationException"),
    "image-twice": ("ACTIVE", REFUSED, "ValidationException"),
    "image-untagged": ("ACTIVE", FAILED, "FAILED"),
    "nextflow-22-04": ("ACTIVE", FAILED, "FAILED"),
    "nextflow-23-10": ("ACTIVE", FAILED, "FAILED"),
    "nextflow-default": ("ACTIVE", FAILED, "FAILED"),
    "nextflow-dsl1": ("ACTIVE", REFUSED, "ValidationException"),
    "nextflow-unsatisfiable": ("ACTIVE", FAILED, "FAILED"),
    "readme-path": ("ACTIVE", REFUSED, "ValidationException"),
    "registry-case": ("QUAY.IO", mapped("quay.io"), "quay.io"),
    "registry-count": ("ACTIVE", REFUSED, "ValidationException"),
    "registry-credential": ("nvcr.io", REFUSED, "ValidationException"),
    "registry-docker-io": ("docker.io", mapped("registry-1.docker.io"), "registry-1.docker.io"),
    "registry-scheme": ("https://quay.io", mapped("quay.io"), "quay.io"),
    "registry-twice": ("ACTIVE", FAILED, "FAILED"),
    "registry-unknown": ("registry.example.org", REFUSED, "ValidationException"),
    "request-id-reused": ("ConflictException", Turn(forgetful=True), "another workflow"),
    "storage-capacity": (None, Turn(answer={"storageCapacity": 1200}), 1200),
    "storage-dynamic": (1200, Turn(drop=["storageCapacity"]), None),
    "storage-rounding": (5000, Turn(answer={"storageCapacity": 7200}), 7200),
    "storage-type": (None, Turn(answer={"storageType": "DYNAMIC"}), "DYNAMIC"),
    "tag-prefix-case": ("ValidationException", Turn(drop=["tags"]), "ACTIVE"),
    "template-empty": ("ValidationException", Turn(drop=["parameterTemplate"]), "ACTIVE"),
    "template-entries": ((1, 2000), Turn(refuse="ValidationException", over=40_000), (1, 1001)),
    "template-no-description": ("ACTIVE", REFUSED, "ValidationException"),
    "template-path": ("ACTIVE", REFUSED, "ValidationException"),
    "template-unknown-name": ("ACTIVE", FAILED, "FAILED"),
    "version-name-taken": ("ConflictException", TAKEN, "ValidationException"),
    "version-of-failed": ("ACTIVE", NO_VERSION, "ConflictException"),
    "version-while-creating": ("ACTIVE", NO_VERSION, "ConflictException"),
    "wdl-1-2": ("FAILED", ACTIVE, "ACTIVE"),
    "wdl-cpu": ("ACTIVE", FAILED, "FAILED"),
    "wdl-directory": ("ACTIVE", FAILED, "FAILED"),
    "wdl-disk": ("ACTIVE", FAILED, "FAILED"),
    "wdl-fallback": ("FAILED", ACTIVE, "ACTIVE"),
    "wdl-nullable": (True, Turn(answer={"parameterTemplate": {"x": {"optional": False}}}), False),
    "zip-absolute": ("ACTIVE", FAILED, "FAILED"),
    "zip-case": ("ACTIVE", FAILED, "FAILED"),
    "zip-climbs": ("ACTIVE", REFUSED, "ValidationException"),
    "zip-duplicates": ("first", FAILED, "FAILED"),
    "zip-link": ("FAILED", ACTIVE, "ACTIVE"),
    "zip-prefix": ("ACTIVE", FAILED, "FAILED"),
    "zip-size": (4_400_000, Turn(refuse="ValidationException", over=5_000_000), 4 * 1024 * 1024),
}


@dataclass
class Output:
    """The lines of a command, and how it ended."""

    code: int
    text: str

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()


def contract(endpoint_url: str, *arguments: str) -> Output:
    out = io.StringIO()
    with redirect_stdout(out):
        code = main(["--endpoint-url", endpoint_url, *arguments])
    return Output(code, out.getvalue())


@contextmanager
def asked(endpoint_url: str, cases: tuple[Case, ...]) -> Iterator[tuple[runner.Result, set[str]]]:
    """The result of asking an endpoint, and the ids of what was created."""
    lines: list[str] = []
    with connected(arguments(["--endpoint-url", endpoint_url])) as (account, _):
        result = runner.run(account, cases, PROBES, lines.append)
        assert result.good, "\n".join(line for line in lines if not line.startswith(("as expected", "observed")))
        yield result, account.created


def values(result: runner.Result) -> dict[str, object]:
    return {probe.key: observation.value for probe, observation in result.observed}


def test_the_emulator_answers_as_expected(tmp_path: Path) -> None:
    with (
        running(tmp_path / "state.db") as (emulator, omics),
        asked(emulator.endpoint_url, CASES) as (result, created),
    ):
        assert len(result.as_expected) == len(CASES) > 150
        assert values(result) == {key: before for key, (before, _, _) in OBSERVED.items()}
        assert omics.list_workflows()["items"] == []
        planned = re.search(r"up to (\d+) workflows", plan(CASES, PROBES)[0])
        assert planned
        assert len(created) <= int(planned[1]) <= len(created) + 5  # some may be refused


def test_other_facts_are_observed(tmp_path: Path) -> None:
    turns = {key: turn for key, (_, turn, _) in OBSERVED.items()}
    with (
        running(tmp_path / "state.db") as (emulator, omics),
        turned(emulator.endpoint_url, turns) as endpoint_url,
        asked(endpoint_url, ()) as (result, _),
    ):
        assert values(result) == {key: after for key, (_, _, after) in OBSERVED.items()}
        assert omics.list_workflows()["items"] == []
    text = "\n".join(constants(result.observed, "us-east-1"))
    pasted = list(paragraphs(text))
    assert len(pasted) == len(PROBES)
    for paragraph, _ in pasted:
        assert re.search(r"bserved on 20\d\d-\d\d-\d\d in us-east-1: ", " ".join(paragraph.split("\n# ")))
        assert set(MENTION.findall(paragraph)) <= set(SOURCES)
        assert MENTION.search(paragraph)
    assert max(map(len, text.splitlines())) <= 140


def test_keys_are_unique() -> None:
    keys = [key_of(case) for case in CASES]
    assert len({*keys, *(probe.key for probe in PROBES)}) == len(keys) + len(PROBES)
    assert all(before != after for before, _, after in OBSERVED.values())
    assert max(map(len, keys)) <= 128 - len(PREFIX)
    assert all(case.source for case in CASES)


def test_an_unexpected_answer_is_one_clear_line(tmp_path: Path) -> None:
    key = next(key_of(case) for case in CASES if case.name == "one wdl, any name")
    with (
        running(tmp_path / "state.db") as (emulator, omics),
        turned(emulator.endpoint_url, {key: ANSWER_CWL}) as endpoint_url,
    ):
        output = contract(endpoint_url, "--only", "one wdl", "--yes")
        assert omics.list_workflows()["items"] == []
    assert output.code == 1
    assert "DIFFERENT    engine and main file: one wdl, any name: engine: expected WDL, got CWL" in output.lines
    assert "  source: HealthOmics user guide, packaging page (2026-10-16)" in output.lines
    assert "0 answers as expected, 1 different, 0 observations, 0 not asked" in output.lines


def test_an_answer_that_cannot_be_read_is_a_difference(tmp_path: Path) -> None:
    key = next(key_of(case) for case in CASES if case.topic == "export")
    with (
        running(tmp_path / "state.db") as (emulator, omics),
        turned(emulator.endpoint_url, {key: Turn(answer={"definition": "file:///etc/hostname"})}) as endpoint_url,
    ):
        output = contract(endpoint_url, "--only", "export", "--yes")
        assert omics.list_workflows()["items"] == []
    assert output.code == 1
    assert any("export" in line and "expected" in line for line in output.lines if line.startswith("DIFFERENT"))


def tagged(omics: Any, name: str, tags: dict[str, str]) -> str:
    created: str = omics.create_workflow(name=name, definitionZip=NF_ZIP, tags=tags)["id"]
    return created


def test_nothing_is_done_without_yes(tmp_path: Path) -> None:
    with running(tmp_path / "state.db") as (emulator, omics):
        left = tagged(omics, f"{PREFIX}earlier", {TAG: "earlier"})
        output = contract(emulator.endpoint_url)
        assert [item["id"] for item in omics.list_workflows()["items"]] == [left]
    assert output.code == 2
    assert output.lines[0].startswith("Account 123456789012 as ")
    assert "Region us-east-1" in output.lines[0]
    assert f"  also delete 1 workflows that an earlier run left: {left}" in output.lines
    assert "--yes" in output.lines[-1]


def test_throttled_calls_are_repeated(tmp_path: Path) -> None:
    with running(tmp_path / "state.db") as (emulator, _):
        control(emulator, "POST", {"kind": "throttle", "count": 2, "operation": "CreateWorkflow"})
        assert contract(emulator.endpoint_url, "--only", "one wdl", "--yes").code == 0
        assert emulator.faults.left()["throttle"] == 0


def test_a_service_that_fails_is_no_difference(tmp_path: Path) -> None:
    with running(tmp_path / "state.db", max_workflows=0) as (emulator, _):
        output = contract(emulator.endpoint_url, "--only", "one wdl", "--yes")
    assert output.code == 1
    assert "0 answers as expected, 0 different, 0 observations, 1 not asked" in output.lines


def test_only_workflows_of_the_suite_are_changed(tmp_path: Path) -> None:
    with running(tmp_path / "state.db") as (emulator, omics):
        theirs = omics.create_workflow(name="theirs", definitionZip=NF_ZIP)
        with connected(arguments(["--endpoint-url", emulator.endpoint_url])) as (account, _):
            for operation, members in (
                ("DeleteWorkflow", {"id": theirs["id"]}),
                ("UpdateWorkflow", {"id": theirs["id"], "name": f"{PREFIX}x"}),
                ("CreateWorkflowVersion", {"workflowId": theirs["id"], "versionName": "v", "definitionZip": NF_ZIP}),
                ("TagResource", {"resourceArn": theirs["arn"], "tags": {"a": "b"}}),
                ("CreateWorkflow", {"name": "other", "definitionZip": NF_ZIP, "tags": {TAG: "x"}}),
                ("CreateWorkflow", {"name": f"{PREFIX}x", "definitionZip": NF_ZIP, "tags": {}}),
            ):
                with pytest.raises(NotOursError):
                    account.call(operation, **members)
        assert [item["id"] for item in omics.list_workflows()["items"]] == [theirs["id"]]


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be sent ^C alone")
def test_interrupted_it_leaves_nothing_behind(tmp_path: Path) -> None:
    with running(tmp_path / "state.db", delay=0.5) as (emulator, _):
        omics = client(emulator.endpoint_url)
        theirs = [
            tagged(omics, "theirs", {}),
            tagged(omics, f"{PREFIX}without-tag", {"a": "b"}),
            tagged(omics, "without-prefix", {TAG: "x"}),
        ]
        tagged(omics, f"{PREFIX}earlier", {TAG: "earlier"})
        command = [sys.executable, "tests/contract", "--endpoint-url", emulator.endpoint_url, "--yes"]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as started:
            deadline = time.monotonic() + PATIENCE_SECONDS
            while len(omics.list_workflows()["items"]) < len(theirs) + 4:
                assert time.monotonic() < deadline
                assert started.poll() is None, "it ended by itself"
                time.sleep(0.05)
            started.send_signal(signal.SIGINT)
            out, _ = started.communicate(timeout=PATIENCE_SECONDS)
        assert started.returncode == 130, out
        assert "every workflow of the suite is deleted" in out
        assert [item["id"] for item in omics.list_workflows()["items"]] == theirs
        omics.close()


def test_differences_are_named() -> None:
    with pytest.raises(Exception, match=r"^status: expected ACTIVE, got FAILED \(no main file\)$"):
        expect("status", "ACTIVE", "FAILED", "no main file")
