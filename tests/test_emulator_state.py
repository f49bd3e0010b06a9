"""The emulator's state and its faults: restarts, other processes, broken lines, foreign files."""

from __future__ import annotations

import json
import socket
import sqlite3
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError
from emulator_support import PATIENCE_SECONDS, client, control, running, settled, zipped

from packager.emulator import EmulatorOptions, serve
from packager.emulator.store import Store
from packager.errors import PackagerError

NF = zipped({"main.nf": "workflow { println 'hello' }\n"})
HOUR = 3600.0


def test_everything_survives_a_restart(tmp_path: Path) -> None:
    database = tmp_path / "deep" / "state.db"
    with running(database) as (_, omics):
        created = omics.create_workflow(name="a", definitionZip=NF, requestId="one", tags={"a": "b"})
        before = settled(omics, created["id"])
    with running(database) as (_, omics):
        after = omics.get_workflow(id=created["id"])
        assert (
            omics.create_workflow(name="a", definitionZip=NF, requestId="one", tags={"a": "b"})["id"] == created["id"]
        )
        exported = omics.get_workflow(id=created["id"], export=["DEFINITION"])["definition"]
        with urllib.request.urlopen(exported) as answer:
            assert answer.read() == NF
    del before["ResponseMetadata"], after["ResponseMetadata"]
    assert after == before
    assert [path.name for path in database.parent.iterdir()] == ["state.db"], "one file"


def test_what_was_creating_is_taken_up_again(tmp_path: Path) -> None:
    database = tmp_path / "state.db"
    with running(database, delay=0.5) as (_, omics):
        created = omics.create_workflow(definitionZip=NF)
        assert omics.get_workflow(id=created["id"])["status"] == "CREATING"
    with running(database) as (_, omics):
        assert settled(omics, created["id"])["status"] == "ACTIVE"


def test_it_is_asynchronous(tmp_path: Path) -> None:
    with running(tmp_path / "state.db", delay=HOUR) as (_, omics):
        created = omics.create_workflow(definitionZip=NF)
        found = omics.get_workflow(id=created["id"])
        assert found["status"] == "CREATING"
        assert "statusMessage" not in found
        # What will be chosen is not known yet.
        assert not {"engine", "main", "parameterTemplate"} & set(found)
        assert omics.list_workflows()["items"][0]["status"] == "CREATING"


def test_two_processes_on_one_file(tmp_path: Path) -> None:
    database = tmp_path / "state.db"
    program = (
        "import sys; from pathlib import Path; from packager.emulator import EmulatorOptions, serve\n"
        "with serve(Path(sys.argv[1]), EmulatorOptions(delay=0.0)) as emulator:\n"
        "    print(emulator.endpoint_url, flush=True); sys.stdin.read()\n"
    )
    with (
        running(database) as (_, omics),
        subprocess.Popen(
            [sys.executable, "-c", program, str(database)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as other,
    ):
        assert other.stdout is not None
        there = client(other.stdout.readline().strip())
        try:
            ids: dict[str, list[str]] = {"here": [], "there": []}

            def create(which: str, one: Any) -> None:
                for number in range(10):
                    answer = one.create_workflow(definitionZip=NF, requestId=f"r{number}")
                    ids[which].append(answer["id"])

            threads = [threading.Thread(target=create, args=pair) for pair in (("here", omics), ("there", there))]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(PATIENCE_SECONDS)
            assert len(set(ids["here"])) == 10
            assert ids["here"] == ids["there"], "the same requests made the same workflows"
            assert {settled(there, one)["status"] for one in ids["here"]} == {"ACTIVE"}
        finally:
            there.close()
            other.communicate("", timeout=PATIENCE_SECONDS)
    assert other.returncode == 0


def test_throttling(tmp_path: Path) -> None:
    with running(tmp_path / "state.db") as (emulator, omics):
        assert control(emulator, "POST", {"throttle": 2})["throttle"] == 2
        for _ in range(2):
            with pytest.raises(ClientError) as caught:
                omics.list_workflows()
            error = caught.value.response
            assert error["Error"]["Code"] == "ThrottlingException"
            assert error["ResponseMetadata"]["HTTPStatusCode"] == 429
        assert omics.list_workflows()["items"] == []


def test_server_errors_are_retried_by_the_client(tmp_path: Path) -> None:
    with running(tmp_path / "state.db", attempts=3) as (emulator, omics):
        emulator.faults.set({"server_error": 2})
        answer = omics.list_workflows()
        assert answer["ResponseMetadata"]["RetryAttempts"] == 2
        emulator.faults.set({"server_error": 3})
        with pytest.raises(ClientError) as caught:
            omics.list_workflows()
        error = caught.value.response
        assert error["Error"]["Code"] == "InternalServerException"
        assert error["ResponseMetadata"]["HTTPStatusCode"] == 500


def test_a_line_that_breaks_after_the_write(tmp_path: Path) -> None:
    with running(tmp_path / "state.db") as (emulator, omics):
        emulator.faults.set({"cut_after_write": 1})
        assert omics.list_workflows()["items"] == [], "reading is not cut"
        with pytest.raises((ConnectionClosedError, EndpointConnectionError, OSError)):
            omics.create_workflow(name="a", definitionZip=NF, requestId="one")
        (made,) = omics.list_workflows()["items"]
        again = omics.create_workflow(name="a", definitionZip=NF, requestId="one")
        assert again["id"] == made["id"]


def test_a_retrying_client_makes_no_twin(tmp_path: Path) -> None:
    with running(tmp_path / "state.db", attempts=3) as (emulator, omics):
        emulator.faults.set({"cut_after_write": 2})
        created = omics.create_workflow(name="a", definitionZip=NF)  # the request id is boto3's
        assert [one["id"] for one in omics.list_workflows()["items"]] == [created["id"]]


def test_never_finish(tmp_path: Path) -> None:
    database = tmp_path / "state.db"
    with running(database) as (emulator, omics):
        control(emulator, "POST", {"never_finish": 1})
        stuck = omics.create_workflow(definitionZip=NF)["id"]
        later = omics.create_workflow(definitionZip=NF)["id"]
        assert settled(omics, later)["status"] == "ACTIVE"
        assert omics.get_workflow(id=stuck)["status"] == "CREATING"
    with running(database) as (_, omics):
        after = omics.create_workflow(definitionZip=NF)["id"]
        settled(omics, after)
        assert omics.get_workflow(id=stuck)["status"] == "CREATING", "for good"


def test_faults_are_read_and_cleared(tmp_path: Path) -> None:
    with running(tmp_path / "state.db") as (emulator, omics):
        kinds = ("throttle", "server_error", "cut_before_write", "cut_after_write", "delay", "never_finish", "fail")
        none = {**dict.fromkeys(kinds, 0), "skew_seconds": 0.0, "rules": []}
        assert control(emulator, "GET") == none
        control(emulator, "POST", {"throttle": 5})
        assert control(emulator, "POST", {"never_finish": 2}) == {
            **none,
            "throttle": 5,
            "never_finish": 2,
            "rules": [{"kind": "throttle", "count": 5}, {"kind": "never_finish", "count": 2}],
        }
        assert control(emulator, "DELETE") == none
        assert omics.list_workflows()["items"] == []


@pytest.mark.parametrize(
    "body", [{"meteor": 1}, {"throttle": -1}, {"throttle": "many"}, {"throttle": True}, []], ids=str
)
def test_faults_that_do_not_exist(tmp_path: Path, body: Any) -> None:
    with running(tmp_path / "state.db") as (emulator, _):
        with pytest.raises(urllib.error.HTTPError) as caught:
            control(emulator, "POST", body)
        with caught.value as answer:
            assert answer.code == 400
            assert "message" in json.load(answer)
        assert not any(control(emulator, "GET").values())


def test_a_web_page_cannot_set_faults(tmp_path: Path) -> None:
    with running(tmp_path / "state.db") as (emulator, _):
        with pytest.raises(urllib.error.HTTPError) as caught:
            control(emulator, "POST", {"throttle": 1}, Origin="https://example.org")
        caught.value.close()
        assert caught.value.code == 403


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("my notes\n" * 200)
    with pytest.raises(PackagerError, match="notes"), serve(path):
        pass
    assert path.read_text().startswith("my notes")


def test_a_database_of_something_else(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE mine (x)")
    connection.close()
    with pytest.raises(PackagerError, match="is not a database of the emulator"):
        Store(path)


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PackagerError, match="state"):
        Store(tmp_path / "file" / "state.db")
    with pytest.raises(PackagerError):
        Store(tmp_path)


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with running(tmp_path / "state.db") as (emulator, _):
        port = int(emulator.endpoint_url.rpartition(":")[2])
        with pytest.raises(PackagerError, match="cannot listen"), serve(tmp_path / "b.db", EmulatorOptions(port=port)):
            pass
    with pytest.raises(PackagerError), serve(tmp_path / "b.db", EmulatorOptions(port=70_000)):
        pass


def test_account_and_region(tmp_path: Path) -> None:
    with running(tmp_path / "a.db", account="210987654321", region="eu-west-1") as (_, omics):
        arn = omics.create_workflow(definitionZip=NF)["arn"]
        assert arn.startswith("arn:aws:omics:eu-west-1:210987654321:workflow/")
    with pytest.raises(PackagerError, match="12 digits"), serve(tmp_path / "b.db", EmulatorOptions(account="1")):
        pass


def test_waiting_and_stopping(tmp_path: Path) -> None:
    with serve(tmp_path / "state.db") as emulator:
        assert not emulator.wait(0.01)
        threading.Thread(target=emulator.stop).start()
        assert emulator.wait(PATIENCE_SECONDS)


def test_closing_leaves_no_thread_and_no_connection(tmp_path: Path) -> None:
    before = {thread.ident for thread in threading.enumerate()}
    with running(tmp_path / "state.db") as (_, omics):
        omics.list_workflows()
    left = [thread.name for thread in threading.enumerate() if thread.ident not in before]
    assert not left


def test_on_ipv6(tmp_path: Path) -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("no IPv6 loopback address here")
    with running(tmp_path / "state.db", host="::1") as (emulator, omics):
        assert emulator.endpoint_url.startswith("http://[::1]:")
        assert omics.list_workflows()["items"] == []
        assert not any(control(emulator, "GET").values())
