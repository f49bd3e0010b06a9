"""The emulator's faults: each kind seen by a real client, limited to operations, set over HTTP and by flags."""

from __future__ import annotations

import contextlib
import email.utils
import re
import sqlite3
import time
import urllib.error
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError, ReadTimeoutError
from conftest import Cli, process
from emulator_support import PATIENCE_SECONDS, client, control, running, settled, zipped

from packager.errors import PackagerError

NF = zipped({"main.nf": "workflow { println 'hello' }\n"})
HOUR = 3600.0
CUT = (ConnectionClosedError, EndpointConnectionError, OSError)


def test_a_line_that_breaks_before_the_write(tmp_path: Path) -> None:
    with running(tmp_path / "state.db") as (emulator, omics):
        control(emulator, "POST", {"cut_before_write": 1})
        assert omics.list_workflows()["items"] == [], "reading is not cut"
        with pytest.raises(CUT):
            omics.create_workflow(name="a", definitionZip=NF, requestId="one")
        assert omics.list_workflows()["items"] == [], "nothing was written"
        assert omics.create_workflow(name="a", definitionZip=NF, requestId="one")["status"] == "CREATING"


def test_reading_is_cut_when_it_is_named(tmp_path: Path) -> None:
    with running(tmp_path / "state.db") as (emulator, omics):
        for kind in ("cut_before_write", "cut_after_write"):
            control(emulator, "POST", {"kind": kind, "count": 1, "operation": "ListWorkflows"})
            omics.create_workflow(definitionZip=NF)
            with pytest.raises(CUT):
                omics.list_workflows()
            assert omics.list_workflows()["items"]


def test_a_fault_of_one_operation(tmp_path: Path) -> None:
    with running(tmp_path / "state.db") as (emulator, omics):
        answer = control(emulator, "POST", {"kind": "throttle", "count": 2, "operation": "CreateWorkflow"})
        assert answer["throttle"] == 2
        assert answer["rules"] == [{"kind": "throttle", "count": 2, "operation": "CreateWorkflow"}]
        control(emulator, "POST", {"throttle": 1, "operation": "GetWorkflow"})
        assert control(emulator, "GET")["throttle"] == 3
        assert omics.list_workflows()["items"] == []
        for _ in range(2):
            with pytest.raises(ClientError, match="ThrottlingException"):
                omics.create_workflow(definitionZip=NF)
        workflow_id = omics.create_workflow(definitionZip=NF)["id"]
        with pytest.raises(ClientError, match="ThrottlingException"):
            omics.get_workflow(id=workflow_id)
        assert omics.get_workflow(id=workflow_id)["id"] == workflow_id
        assert control(emulator, "GET")["rules"] == []


def test_a_rule_for_all_operations_comes_after_that_of_one(tmp_path: Path) -> None:
    with running(tmp_path / "state.db") as (emulator, omics):
        emulator.faults.set({"throttle": 1})
        emulator.faults.set({"kind": "throttle", "count": 1, "operation": "ListWorkflows"})
        with pytest.raises(ClientError):
            omics.list_workflows()
        assert control(emulator, "GET")["rules"] == [{"kind": "throttle", "count": 1}]


def test_a_late_answer(tmp_path: Path) -> None:
    with running(tmp_path / "state.db") as (emulator, omics):
        control(emulator, "POST", {"delay": 1, "delay_seconds": 0.3})
        before = time.monotonic()
        omics.list_workflows()
        assert time.monotonic() - before >= 0.3
        before = time.monotonic()
        omics.list_workflows()
        assert time.monotonic() - before < 0.3


def test_a_client_that_does_not_wait_for_a_late_answer(tmp_path: Path) -> None:
    started = time.monotonic()
    with running(tmp_path / "state.db") as (emulator, omics):
        rule = {"kind": "delay", "count": 1, "delay_seconds": HOUR, "operation": "CreateWorkflow"}
        assert control(emulator, "POST", rule)["rules"] == [rule]
        session = boto3.Session("anyone", "anything", region_name="us-east-1")
        config = Config(inject_host_prefix=False, proxies={}, read_timeout=0.2, retries={"total_max_attempts": 1})
        hasty = session.client("omics", endpoint_url=emulator.endpoint_url, config=config)
        with pytest.raises(ReadTimeoutError):
            hasty.create_workflow(name="a", definitionZip=NF, requestId="one")
        hasty.close()
        (made,) = omics.list_workflows()["items"]
        assert omics.create_workflow(name="a", definitionZip=NF, requestId="one")["id"] == made["id"]
    assert time.monotonic() - started < PATIENCE_SECONDS, "closing does not wait for what is late"


def test_failing_with_many_warnings_first(tmp_path: Path) -> None:
    with running(tmp_path / "state.db") as (emulator, omics):
        control(emulator, "POST", {"fail": 1})
        found = settled(omics, omics.create_workflow(definitionZip=NF)["id"])
        assert found["status"] == "FAILED"
        places = re.findall(r"\((\S+) Ln (\d+) Col (\d+)\) ([^;]+)", found["statusMessage"])
        assert len(places) == 201
        assert places[0][3].startswith("UnusedDeclaration")
        assert places[-1][3].startswith("No such task")
        assert found["statusMessage"].isprintable()
        assert settled(omics, omics.create_workflow(definitionZip=NF)["id"])["status"] == "ACTIVE"


def test_failing_with_a_message_of_ones_own(tmp_path: Path) -> None:
    database = tmp_path / "state.db"
    message = "first line\nsecond\x1b[31m line"
    with running(database, delay=HOUR) as (emulator, omics):
        control(emulator, "POST", {"fail": 1, "fail_message": message, "operation": "CreateWorkflowVersion"})
        workflow = omics.create_workflow(definitionZip=NF)["id"]
        omics.create_workflow_version(workflowId=workflow, versionName="v", definitionZip=NF)
    make_due(database)
    with running(database) as (_, omics):
        assert settled(omics, workflow)["status"] == "ACTIVE"
        found = settled(omics, workflow, "v")
        assert (found["status"], found["statusMessage"]) == ("FAILED", message), "as told, even after a restart"


def make_due(database: Path) -> None:
    """Let what waits in a database be due now."""
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE resources SET ready = 0")


@pytest.mark.parametrize("skew", [-HOUR, 2 * HOUR])
def test_a_clock_that_is_wrong(tmp_path: Path, skew: float) -> None:
    with running(tmp_path / "state.db") as (emulator, omics):
        assert control(emulator, "POST", {"skew_seconds": skew})["skew_seconds"] == skew
        answer = omics.create_workflow(definitionZip=NF)
        expected = datetime.now(UTC) + timedelta(seconds=skew)
        told = email.utils.parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])
        found = settled(omics, answer["id"])
        assert found["status"] == "ACTIVE", "processing goes by the right clock"
        for time_told in (told, found["creationTime"]):
            assert abs(time_told - expected) < timedelta(minutes=2)
        assert control(emulator, "DELETE")["skew_seconds"] == 0
        assert abs(omics.get_workflow(id=answer["id"])["creationTime"] - expected) < timedelta(minutes=2)


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "meteor", "count": 1},
        {"kind": "throttle", "count": -1},
        {"kind": "throttle", "count": 1, "operation": "CreateNothing"},
        {"kind": "throttle", "count": 1, "colour": "blue"},
        {"kind": ["throttle"], "count": 1},
        {"throttle": 1, "operation": 7},
        {"throttle": 1, "operation": ["CreateWorkflow"]},
        {"throttle": 1, "operation": None},
        {"delay": 1, "delay_seconds": "long"},
        {"delay": 1, "delay_seconds": -1},
        {"fail": 1, "fail_message": 7},
        {"skew_seconds": True},
        {"skew_seconds": 1e300},
    ],
    ids=str,
)
def test_what_cannot_be_told(tmp_path: Path, body: Any) -> None:
    with running(tmp_path / "state.db") as (emulator, _):
        with pytest.raises(urllib.error.HTTPError) as caught:
            control(emulator, "POST", body)
        caught.value.close()
        assert caught.value.code == 400
        assert not any(control(emulator, "GET").values())


def test_flags(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "main.nf").write_text("workflow { }\n")
    with process(
        "emulator", "--port", "0", "--db", str(tmp_path / "state.db"), "--account", "210987654321",
        "--region", "eu-west-1", "--creation-delay", "0", "--ready2run", "theirs", "--quota-workflows", "2",
        "--repository", f"lab/flow={tree}", "--fault", "throttle=1:CreateWorkflow", "--fault", "delay=1:ListWorkflows",
        "--fault", "fail=1", "--delay-seconds", "0.2", "--fail-message", "as told", "--skew-seconds", "7200",
    ) as served:  # fmt: skip
        assert served.stdout is not None
        exported = dict(served.stdout.readline().strip().removeprefix("export ").split("=", 1) for _ in range(3))
        assert exported["AWS_ENDPOINT_URL_STS"] == exported["AWS_ENDPOINT_URL_OMICS"]
        omics = client(exported["AWS_ENDPOINT_URL_OMICS"])
        repository = {
            "connectionArn": "arn:aws:codeconnections:eu-west-1:210987654321:connection/x",
            "fullRepositoryId": "lab/flow",
        }
        with pytest.raises(ClientError, match="ThrottlingException"):
            omics.create_workflow(definitionRepository=repository)
        failed = omics.create_workflow(definitionRepository=repository)
        assert failed["arn"].startswith("arn:aws:omics:eu-west-1:210987654321:workflow/")
        assert settled(omics, failed["id"])["statusMessage"] == "as told"
        made = omics.create_workflow(definitionRepository=repository)
        assert settled(omics, made["id"])["status"] == "ACTIVE"
        with pytest.raises(ClientError, match="ServiceQuotaExceededException"):
            omics.create_workflow(definitionRepository=repository)
        before = time.monotonic()
        assert [one["type"] for one in omics.list_workflows()["items"]] == ["READY2RUN", "PRIVATE", "PRIVATE"]
        assert time.monotonic() - before >= 0.2
        assert omics.get_workflow(id=made["id"])["creationTime"] > datetime.now(UTC) + timedelta(hours=1)
        omics.close()


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--fault", "throttle"), "is not KIND=N"),
        (("--fault", "throttle=many"), "is not KIND=N"),
        (("--fault", "meteor=1"), "`meteor` is not a fault"),
        (("--fault", "throttle=1:Nothing"), "the API has no operation `Nothing`"),
        (("--repository", "name=."), "is not the name of a repository"),
        (("--repository", "lab/flow"), "is not OWNER/NAME=DIR"),
        (("--repository", "lab/flow=nowhere"), "the folder `nowhere` does not exist"),
        (("--account", "1"), "`1` is not an AWS account ID (12 digits)"),
        (("--creation-delay", "nan"), "not a number of seconds"),
        (("--skew-seconds", "inf"), "`skew_seconds` expects a number"),
    ],
)
def test_flags_that_cannot_be(cli: Cli, in_folder: Path, flags: tuple[str, ...], said: str) -> None:
    done = cli("emulator", "--port", "0", "--db", in_folder / "state.db", *flags)
    assert done.code == 2
    assert said in done.err


def test_the_library_says_what_it_does_not_take(tmp_path: Path) -> None:
    with running(tmp_path / "state.db") as (emulator, _):
        assert emulator.faults.set({"throttle": 2})["throttle"] == 2
        with pytest.raises(PackagerError, match="is not a fault"):
            emulator.faults.set({"nothing": 2})
        emulator.faults.clear()
        assert not any(emulator.faults.left().values())
