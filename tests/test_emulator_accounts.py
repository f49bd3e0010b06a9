"""What a client meets beside its own workflows: Ready2Run ones, other versions of the state, its identity, many others."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import sqlite3
import threading
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from emulator_support import PATIENCE_SECONDS, client, running, settled, zipped

from packager.emulator import serve
from packager.errors import PackagerError

NF = zipped({"main.nf": "workflow { println 'hello' }\n"})


def names(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["name"], one["type"]) for one in answer["items"]]


def test_ready2run_workflows(tmp_path: Path) -> None:
    """API, ListWorkflows: PRIVATE lists an account's own, READY2RUN the offered, no type all."""
    with running(tmp_path / "state.db", ready2run=["align", "call", "align"]) as (_, omics):
        own = omics.create_workflow(name="align", definitionZip=NF)["id"]
        offered = [("align", "READY2RUN"), ("call", "READY2RUN"), ("align", "READY2RUN")]
        assert names(omics.list_workflows()) == [*offered, ("align", "PRIVATE")]
        assert names(omics.list_workflows(type="READY2RUN")) == offered
        assert names(omics.list_workflows(type="PRIVATE")) == [("align", "PRIVATE")]
        assert names(omics.list_workflows(name="align")) == [offered[0], offered[2], ("align", "PRIVATE")]
        assert names(omics.list_workflows(name="alig")) == []
        pages = omics.get_paginator("list_workflows").paginate(PaginationConfig={"PageSize": 1})
        assert [name for page in pages for name in names(page)] == [*offered, ("align", "PRIVATE")]
        theirs = omics.list_workflows(type="READY2RUN")["items"][1]
        assert theirs["arn"] == f"arn:aws:omics:us-east-1::workflow/{theirs['id']}"
        found = omics.get_workflow(id=theirs["id"], type="READY2RUN")
        assert (found["name"], found["status"], found["type"]) == ("call", "ACTIVE", "READY2RUN")
        assert found["parameterTemplate"]
        for call, members in (
            (omics.get_workflow, {"id": own, "type": "READY2RUN"}),
            (omics.get_workflow, {"id": theirs["id"], "type": "PRIVATE"}),
            (omics.update_workflow, {"id": theirs["id"], "name": "x"}),
            (omics.delete_workflow, {"id": theirs["id"]}),
            (omics.tag_resource, {"resourceArn": theirs["arn"], "tags": {"a": "b"}}),
        ):
            with pytest.raises(ClientError, match="ResourceNotFoundException"):
                call(**members)
        assert omics.list_tags_for_resource(resourceArn=omics.get_workflow(id=own)["arn"])["tags"] == {}


def test_they_are_not_part_of_the_state(tmp_path: Path) -> None:
    with running(tmp_path / "state.db", ready2run=["align"]):
        pass
    with running(tmp_path / "state.db") as (_, omics):
        assert omics.list_workflows()["items"] == []


def test_names_are_not_unique(tmp_path: Path) -> None:
    with running(tmp_path / "state.db") as (_, omics):
        made = [omics.create_workflow(name="twin", definitionZip=NF)["id"] for _ in range(2)]
        assert made[0] != made[1]
        assert [one["id"] for one in omics.list_workflows(name="twin")["items"]] == made
        omics.create_workflow_version(workflowId=made[0], versionName="v", definitionZip=NF)
        omics.create_workflow_version(workflowId=made[1], versionName="v", definitionZip=NF)
        with pytest.raises(ClientError, match="ConflictException"):
            omics.create_workflow_version(workflowId=made[0], versionName="v", definitionZip=NF)


def test_what_is_creating_can_be_deleted(tmp_path: Path) -> None:
    with running(tmp_path / "state.db", delay=0.2) as (_, omics):
        gone = omics.create_workflow(definitionZip=NF)["id"]
        omics.delete_workflow(id=gone)
        later = omics.create_workflow(definitionZip=NF)["id"]
        assert settled(omics, later)["status"] == "ACTIVE"
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            omics.get_workflow(id=gone)


def test_who_am_i(tmp_path: Path) -> None:
    with running(tmp_path / "state.db", account="210987654321") as (emulator, _):
        session = boto3.Session("anyone", "anything", region_name="us-east-1")
        sts = session.client("sts", endpoint_url=emulator.endpoint_url, config=Config(proxies={}))
        answer = sts.get_caller_identity()
        assert answer["Account"] == "210987654321"
        assert answer["Arn"].startswith("arn:aws:iam::210987654321:")
        with pytest.raises(ClientError, match="InvalidAction"):
            sts.get_session_token()
        sts.close()
        address = urlsplit(emulator.endpoint_url)
        for body in (b"", b"\xff", b"Action=<x>&Action=y", b"{}", b"&" * 5000):
            connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
            connection.request("POST", "/", body)
            assert connection.getresponse().status == 400
            connection.close()


# Many at once


def all_at_once(calls: list[Callable[[], None]]) -> None:
    """Run calls in threads that start together."""
    gate = threading.Barrier(len(calls))
    problems: list[BaseException] = []

    def run(call: Callable[[], None]) -> None:
        try:
            gate.wait(PATIENCE_SECONDS)
            call()
        except BaseException as problem:  # noqa: BLE001 - told below, by the test's own thread
            problems.append(problem)

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive(), "hangs"
    if problems:
        raise problems[0]


def test_twenty_threads_that_create_versions(tmp_path: Path) -> None:
    with running(tmp_path / "state.db") as (emulator, omics):
        workflow = omics.create_workflow(definitionZip=NF)["id"]

        # One client, which takes a connection for each thread: making twenty of them is what would take long.
        own = client(emulator.endpoint_url, connections=20)

        def submit(number: int) -> None:
            for version in range(5):
                own.create_workflow_version(workflowId=workflow, versionName=f"v{number}.{version}", definitionZip=NF)

        all_at_once([lambda number=number: submit(number) for number in range(20)])  # type: ignore[misc]  # bound early
        own.close()
        pages = omics.get_paginator("list_workflow_versions").paginate(workflowId=workflow)
        found = [one["versionName"] for page in pages for one in page["items"]]
        assert len(found) == 100
        assert set(found) == {f"v{number}.{version}" for number in range(20) for version in range(5)}
        for name in found:
            assert settled(omics, workflow, name)["status"] == "ACTIVE"


def test_one_request_from_ten_threads(tmp_path: Path) -> None:
    with running(tmp_path / "state.db") as (_, omics):
        made: list[str] = []

        def submit() -> None:
            made.append(omics.create_workflow(name="one", definitionZip=NF, requestId="the same")["id"])

        all_at_once([submit] * 10)
        assert len(made) == 10
        assert len(set(made)) == 1
        assert len(omics.list_workflows()["items"]) == 1


def test_one_version_name_from_ten_threads(tmp_path: Path) -> None:
    with running(tmp_path / "state.db") as (_, omics):
        workflow = omics.create_workflow(definitionZip=NF)["id"]
        ends: list[str] = []

        def submit() -> None:
            try:
                omics.create_workflow_version(workflowId=workflow, versionName="v", definitionZip=NF)
                ends.append("created")
            except omics.exceptions.ConflictException:
                ends.append("refused")

        all_at_once([submit] * 10)
        assert sorted(ends) == ["created"] + ["refused"] * 9


# The state of earlier versions

FIRST_SCHEMA = """
CREATE TABLE ids (number INTEGER PRIMARY KEY AUTOINCREMENT);
CREATE TABLE blobs (sha256 TEXT PRIMARY KEY, content BLOB NOT NULL);
CREATE TABLE resources (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, workflow_id TEXT NOT NULL, version_name TEXT NOT NULL,
    uuid TEXT NOT NULL UNIQUE, arn TEXT NOT NULL UNIQUE, created REAL NOT NULL, ready REAL, status TEXT NOT NULL,
    status_message TEXT, definition TEXT REFERENCES blobs (sha256), engine TEXT, main TEXT, template TEXT,
    members TEXT NOT NULL, UNIQUE (workflow_id, version_name)
);
CREATE INDEX pending ON resources (status, ready);
CREATE TABLE requests (
    operation TEXT NOT NULL, request_id TEXT NOT NULL, fingerprint TEXT NOT NULL, answer TEXT NOT NULL,
    sequence INTEGER NOT NULL REFERENCES resources (sequence) ON DELETE CASCADE, PRIMARY KEY (operation, request_id)
);
INSERT INTO ids (number) VALUES (1);
PRAGMA user_version = 1;
"""
UUID = "0b7a2c1e-5f0d-4a3b-9c8e-1d2f3a4b5c6d"


def test_the_state_of_the_first_version(tmp_path: Path) -> None:
    database = tmp_path / "state.db"
    sha256 = hashlib.sha256(NF).hexdigest()
    members = {"name": "old", "requestId": "one", "readmeMarkdown": "# Old\n"}
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        connection.executescript(FIRST_SCHEMA)
        connection.execute("INSERT INTO blobs VALUES (?, ?)", (sha256, NF))
        connection.execute(
            "INSERT INTO resources (workflow_id, version_name, uuid, arn, created, ready, status, definition, engine,"
            " main, members) VALUES ('1000001', '', ?, 'arn:aws:omics:us-east-1:123456789012:workflow/1000001',"
            " 1700000000.0, 1700000000.0, 'ACTIVE', ?, 'NEXTFLOW', 'main.nf', ?)",
            (UUID, sha256, json.dumps(members)),
        )
    for _ in range(2):
        with running(database) as (_, omics):
            found = omics.get_workflow(id="1000001", export=["DEFINITION", "README"])
            assert (found["name"], found["digest"], found["main"]) == ("old", sha256, "main.nf")
            for member, content in (("definition", NF), ("readme", b"# Old\n")):
                with urllib.request.urlopen(found[member], timeout=30) as stored:
                    assert stored.read() == content
            assert omics.create_workflow(definitionZip=NF)["id"] != "1000001"


def test_the_state_of_a_later_version(tmp_path: Path) -> None:
    database = tmp_path / "state.db"
    with running(database):
        pass
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(PackagerError, match="later version of packager"), serve(database):
        pass
