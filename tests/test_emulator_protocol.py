"""The emulator's API through real boto3 over loopback HTTP: operations, errors, limits, pages, idempotency."""

from __future__ import annotations

import base64
import http.client
import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError
from emulator_support import running, settled, zipped

from packager.emulator import MAX_VERSIONS, MAX_WORKFLOWS, NOT_EMULATED, RunningEmulator, environment, serve

NF = zipped({"main.nf": "workflow { println 'hello' }\n"})
OTHER_NF = zipped({"main.nf": "workflow { println 'bye' }\n"})


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[tuple[RunningEmulator, Any]]:
    with running(tmp_path / "state.db") as both:
        yield both


@pytest.fixture
def omics(emulator: tuple[RunningEmulator, Any]) -> Any:
    return emulator[1]


def refused(call: Any, **members: Any) -> ClientError:
    with pytest.raises(ClientError) as caught:
        call(**members)
    return caught.value


def code_and_status(error: ClientError) -> tuple[str, int]:
    return error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]


def text(error: ClientError) -> str:
    return error.response["Error"]["Message"]


def raw(
    emulator: RunningEmulator, method: str, path: str, body: bytes | None = None, **headers: str
) -> tuple[int, str | None, bytes]:
    address = urlsplit(emulator.endpoint_url)
    assert address.hostname is not None
    connection = http.client.HTTPConnection(address.hostname, address.port or 80, timeout=30)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.headers.get("x-amzn-ErrorType"), answer.read()
    finally:
        connection.close()


def test_create_and_get_a_workflow(emulator: tuple[RunningEmulator, Any]) -> None:
    omics = emulator[1]
    registry_map = {
        "registryMappings": [{"upstreamRegistryUrl": "quay.io", "ecrRepositoryPrefix": "quay"}],
        "imageMappings": [{"sourceImage": "a/b:1", "destinationImage": "c/d:1"}],
    }
    created = omics.create_workflow(
        name="hello",
        description="says hello",
        definitionZip=NF,
        engine="NEXTFLOW",
        main="main.nf",
        parameterTemplate={"a": {"description": "the first", "optional": True}, "b": {}},
        storageType="STATIC",
        storageCapacity=1200,
        accelerators="GPU",
        tags={"team": "genomics", "Kosten/stelle": "4711 @x"},
        containerRegistryMap=registry_map,
        readmeMarkdown="# Hello\n",
        requestId="first",
    )
    assert created["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert created["status"] == "CREATING"
    assert re.fullmatch(r"[0-9]{1,18}", created["id"])
    arn = f"arn:aws:omics:us-east-1:123456789012:workflow/{created['id']}"
    assert created["arn"] == arn
    assert created["tags"] == {"team": "genomics", "Kosten/stelle": "4711 @x"}
    found = settled(omics, created["id"])
    assert found["status"] == "ACTIVE"
    expected = {
        "arn": arn,
        "id": created["id"],
        "uuid": created["uuid"],
        "type": "PRIVATE",
        "name": "hello",
        "description": "says hello",
        "engine": "NEXTFLOW",
        "main": "main.nf",
        "parameterTemplate": {"a": {"description": "the first", "optional": True}, "b": {}},
        "storageType": "STATIC",
        "storageCapacity": 1200,
        "accelerators": "GPU",
        "tags": created["tags"],
        "containerRegistryMap": registry_map,
        "metadata": {},
    }
    assert {name: found.get(name) for name in expected} == expected
    assert re.fullmatch(r"[0-9a-f]{64}", found["digest"])
    assert found["creationTime"].tzinfo is not None
    assert not {"definition", "readme"} & set(found), "only with export"
    exported = omics.get_workflow(id=created["id"], export=["DEFINITION"])["definition"]
    assert len(exported) <= 256
    with urllib.request.urlopen(exported) as answer:
        assert answer.read() == NF
    exported = omics.get_workflow(id=created["id"], export=["README"])
    assert "definition" not in exported
    with urllib.request.urlopen(exported["readme"]) as answer:
        assert answer.read() == b"# Hello\n"


def test_create_and_get_a_version(omics: Any) -> None:
    workflow = omics.create_workflow(name="hello", definitionZip=NF)
    created = omics.create_workflow_version(
        workflowId=workflow["id"],
        versionName="1.0-rc.1_a",
        definitionZip=OTHER_NF,
        description="says bye",
        tags={"a": "b"},
    )
    assert created["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert created["arn"] == f"{workflow['arn']}/version/1.0-rc.1_a"
    assert (created["workflowId"], created["versionName"]) == (workflow["id"], "1.0-rc.1_a")
    found = settled(omics, workflow["id"], "1.0-rc.1_a")
    assert (found["status"], found["description"]) == ("ACTIVE", "says bye")
    assert found["uuid"] == created["uuid"] != workflow["uuid"]
    assert settled(omics, workflow["id"])["digest"] != found["digest"]
    listed = omics.list_workflow_versions(workflowId=workflow["id"])["items"]
    assert [(one["versionName"], one["status"]) for one in listed] == [("1.0-rc.1_a", "ACTIVE")]
    assert len(omics.list_workflows()["items"]) == 1, "a version is no workflow"


VERSION = {"workflowId": "7", "versionName": "v1"}
UNKNOWN: tuple[tuple[str, dict[str, Any]], ...] = (
    ("get_workflow", {"id": "7"}),
    ("get_workflow_version", VERSION),
    ("create_workflow_version", {**VERSION, "definitionZip": NF}),
    ("list_workflow_versions", {"workflowId": "7"}),
    ("update_workflow", {"id": "7", "name": "x"}),
    ("update_workflow_version", {**VERSION, "description": "x"}),
    ("delete_workflow", {"id": "7"}),
    ("delete_workflow_version", VERSION),
    ("tag_resource", {"resourceArn": "arn:aws:omics:x:y:workflow/7", "tags": {"a": "b"}}),
    ("untag_resource", {"resourceArn": "arn:aws:omics:x:y:workflow/7", "tagKeys": ["a"]}),
    ("list_tags_for_resource", {"resourceArn": "arn:aws:omics:x:y:workflow/7"}),
)


@pytest.mark.parametrize(("operation", "members"), UNKNOWN, ids=[name for name, _ in UNKNOWN])
def test_unknown_ids(omics: Any, operation: str, members: dict[str, Any]) -> None:
    error = refused(getattr(omics, operation), **members)
    assert code_and_status(error) == ("ResourceNotFoundException", 404)
    assert isinstance(error, omics.exceptions.ResourceNotFoundException)


def test_a_version_that_is_not_there(omics: Any) -> None:
    workflow_id = omics.create_workflow(definitionZip=NF)["id"]
    error = refused(omics.get_workflow_version, workflowId=workflow_id, versionName="v9")
    assert code_and_status(error) == ("ResourceNotFoundException", 404)


def test_another_owner_and_ready2run(omics: Any) -> None:
    workflow_id = omics.create_workflow(definitionZip=NF)["id"]
    for members in ({"workflowOwnerId": "210987654321"}, {"type": "READY2RUN"}):
        error = refused(omics.get_workflow, id=workflow_id, **members)
        assert code_and_status(error) == ("ResourceNotFoundException", 404)
    assert omics.list_workflows(type="READY2RUN")["items"] == []
    assert omics.get_workflow(id=workflow_id, workflowOwnerId="123456789012")["id"] == workflow_id


MAPPING = {"upstreamRegistryUrl": "quay.io", "ecrRepositoryPrefix": "quay"}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningEmulator, Any]]:
    with running(tmp_path_factory.mktemp("emulator") / "state.db") as both:
        yield both


# Where sources disagree, or the model has no limit: the emulator accepts what one of them allows. `tests/contract/` has the others.
AT_THE_LIMIT: tuple[dict[str, Any], ...] = (
    {"requestId": "r" * 128},
    {"parameterTemplate": {f"p{n}": {} for n in range(2000)}},
    {"definitionZip": b"0" * 4_400_000},
    {
        "containerRegistryMap": {
            "registryMappings": [MAPPING] * 21,
            "imageMappings": [{"sourceImage": "a", "destinationImage": "b"}] * 101,
        }
    },
)


def test_one_byte_too_many(omics: Any) -> None:
    error = refused(omics.create_workflow, definitionZip=b"0" * 4_400_001)
    assert code_and_status(error) == ("ValidationException", 400)
    assert isinstance(error, omics.exceptions.ValidationException)
    assert "definitionZip" in text(error)
    assert omics.list_workflows()["items"] == [], "nothing was made"


@pytest.mark.parametrize("members", AT_THE_LIMIT, ids=[next(iter(one)) for one in AT_THE_LIMIT])
def test_at_the_limit(omics: Any, members: dict[str, Any]) -> None:
    created = omics.create_workflow(**{"definitionZip": NF, **members})
    assert created["status"] == "CREATING"


def test_all_problems_at_once(omics: Any) -> None:
    error = refused(omics.create_workflow, definitionZip=NF, name="a\n", engine="X", storageCapacity=100_001)
    assert all(f"`{name}`" in text(error) for name in ("name", "engine", "storageCapacity"))


@pytest.mark.parametrize("name", ["", "-a", ".a", "a b", "a/b", "ä", "x" * 65])
def test_version_names(shared: tuple[RunningEmulator, Any], name: str) -> None:
    body = json.dumps({"versionName": name, "requestId": "r", "definitionZip": ""}).encode()
    status, kind, answer = raw(shared[0], "POST", "/workflow/1/version", body)
    assert (status, kind) == (400, "ValidationException")
    assert b"versionName" in answer


@pytest.mark.parametrize("workflow_id", ["abc", "1" * 19, "12a", "%C3%A4"])
def test_workflow_ids(shared: tuple[RunningEmulator, Any], workflow_id: str) -> None:
    status, kind, _ = raw(shared[0], "GET", f"/workflow/{workflow_id}")
    assert (status, kind) == (400, "ValidationException")


BODIES = {
    "not JSON": b"{",
    "not UTF-8": b'{"name": "\xff"}',
    "a list": b"[]",
    "not base64": b'{"requestId": "r", "definitionZip": "@@@"}',
    "base64 that is not text": b'{"requestId": "r", "definitionZip": 7}',
    "wrong types": b'{"requestId": 7, "name": [], "tags": "x", "definitionZip": ""}',
    "a boolean for a number": b'{"requestId": "r", "definitionZip": "", "storageCapacity": true}',
    "a fraction": b'{"requestId": "r", "definitionZip": "", "storageCapacity": 1.5}',
    "half a surrogate pair": b'{"requestId": "\\ud800", "definitionZip": ""}',
    "not a number": b'{"requestId": "r", "storageCapacity": NaN}',
    "a number without end": b'{"requestId": "r", "storageCapacity": ' + b"9" * 10_000 + b"}",
    "nested": b'{"requestId": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "no requestId": b'{"definitionZip": ""}',
    "a null requestId": b'{"requestId": null, "definitionZip": ""}',
    "nothing": b"",
    "an unknown kind of mapping": b'{"requestId": "r", "definitionZip": "",'
    b' "containerRegistryMap": {"registryMappings": [{"upstreamRegistryUrl": "x"}]}}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_bodies_that_no_client_sends(shared: tuple[RunningEmulator, Any], body: bytes) -> None:
    status, kind, answer = raw(shared[0], "POST", "/workflow", body)
    assert (status, kind) == (400, "ValidationException")
    assert set(json.loads(answer)) == {"message"}
    assert b"Traceback" not in answer


def test_requests_that_are_no_http(shared: tuple[RunningEmulator, Any]) -> None:
    import socket

    address = urlsplit(shared[0].endpoint_url)
    for sent in (
        b"nonsense\r\n\r\n",
        b"GET /workflow HTTP/9.9\r\n\r\n",
        b"GET " + b"/" * 70_000 + b" HTTP/1.1\r\n\r\n",
        b"POST /workflow HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        b"POST /workflow HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        b"POST /workflow HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"BREW /workflow HTTP/1.1\r\n\r\n",
        b"GET /workflow HTTP/1.1\r\n" + b"x: y\r\n" * 200 + b"\r\n",
    ):
        with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
            connection.sendall(sent)
            answer = b""
            while chunk := connection.recv(65536):
                answer += chunk
        assert re.match(rb"HTTP/1\.1 (4\d\d|501|505) ", answer), answer
        assert b"Traceback" not in answer


def test_a_client_that_leaves_in_the_middle(shared: tuple[RunningEmulator, Any]) -> None:
    import socket

    address = urlsplit(shared[0].endpoint_url)
    with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
        connection.sendall(b"POST /workflow HTTP/1.1\r\nContent-Length: 1000\r\n\r\n{")
    assert shared[1].list_workflows()["items"] == []


def test_a_body_that_is_too_long(emulator: tuple[RunningEmulator, Any]) -> None:
    error = refused(emulator[1].create_workflow, definitionZip=b"0" * 15_000_000)
    assert code_and_status(error) == ("RequestEntityTooLargeException", 413)


def test_an_unknown_member_is_passed_over(emulator: tuple[RunningEmulator, Any]) -> None:
    zip_text = base64.b64encode(NF).decode()
    body = json.dumps({"requestId": "r", "definitionZip": zip_text, "colour": "blue"}).encode()
    assert raw(emulator[0], "POST", "/workflow", body)[0] == 201


@pytest.mark.parametrize(
    ("call", "members", "name"),
    [
        ("list_runs", {}, "ListRuns"),
        ("start_run", {"roleArn": "arn:aws:iam::1:role/x", "outputUri": "s3://b/c", "workflowId": "1"}, "StartRun"),
        ("get_run", {"id": "1"}, "GetRun"),
    ],
)
def test_operations_that_are_not_emulated(omics: Any, call: str, members: dict[str, Any], name: str) -> None:
    error = refused(getattr(omics, call), **members)
    assert code_and_status(error) == ("NotImplementedException", 501)
    assert name in text(error)


def test_paths_that_no_operation_has(shared: tuple[RunningEmulator, Any]) -> None:
    for method, path in (
        ("GET", "/nothing/here"),
        ("PUT", "/workflow"),
        ("GET", "/"),
        ("GET", "/_emulator/x"),
    ):
        assert raw(shared[0], method, path)[:2] == (404, "UnknownOperationException")
    for path in ("/_emulator/definitions/../../etc/passwd", "/_emulator/definitions/x"):
        assert raw(shared[0], "GET", path)[:2] == (404, "ResourceNotFoundException")
    assert raw(shared[0], "GET", "/workflow/%FF")[:2] == (400, "ValidationException")


def test_pages(omics: Any) -> None:
    ids = [omics.create_workflow(name=f"w{n % 2}", definitionZip=NF)["id"] for n in range(5)]
    first = omics.list_workflows(maxResults=2)
    assert [one["id"] for one in first["items"]] == ids[:2]
    second = omics.list_workflows(maxResults=2, startingToken=first["nextToken"])
    assert [one["id"] for one in second["items"]] == ids[2:4]
    last = omics.list_workflows(maxResults=2, startingToken=second["nextToken"])
    assert [one["id"] for one in last["items"]] == ids[4:]
    assert "nextToken" not in last
    assert "nextToken" not in omics.list_workflows(maxResults=5), "a full last page"
    pages = omics.get_paginator("list_workflows").paginate(name="w0", PaginationConfig={"PageSize": 1})
    found = [one for page in pages for one in page["items"]]
    assert [one["id"] for one in found] == ids[::2]
    assert {one["name"] for one in found} == {"w0"}
    assert omics.list_workflows(name="w")["items"] == [], "the whole name"
    assert omics.list_workflows(type="PRIVATE", maxResults=100)["items"] != []


def test_pages_of_versions(omics: Any) -> None:
    workflow_id = omics.create_workflow(definitionZip=NF)["id"]
    names = [f"v{n}" for n in range(3)]
    for name in names:
        omics.create_workflow_version(workflowId=workflow_id, versionName=name, definitionZip=NF)
    pages = omics.get_paginator("list_workflow_versions").paginate(
        workflowId=workflow_id, PaginationConfig={"PageSize": 2}
    )
    assert [one["versionName"] for page in pages for one in page["items"]] == names


@pytest.mark.parametrize("members", [{"maxResults": 101}, {"startingToken": "mine"}, {"type": "PUBLIC"}], ids=str)
def test_lists_refuse(shared: tuple[RunningEmulator, Any], members: dict[str, Any]) -> None:
    assert code_and_status(refused(shared[1].list_workflows, **members))[0] == "ValidationException"


def test_a_repeated_request_is_answered_as_the_first_time(omics: Any) -> None:
    members = {"name": "a", "definitionZip": NF, "tags": {"a": "b"}, "requestId": "one"}
    first = omics.create_workflow(**members)
    settled(omics, first["id"])
    again = omics.create_workflow(**members)
    del first["ResponseMetadata"], again["ResponseMetadata"]
    assert again == first
    assert len(omics.list_workflows()["items"]) == 1
    changes: list[dict[str, Any]] = [
        {"name": "b"},
        {"definitionZip": OTHER_NF},
        {"tags": {}},
        {"engine": "NEXTFLOW"},
    ]
    for changed in changes:
        error = refused(omics.create_workflow, **{**members, **changed})
        assert code_and_status(error) == ("ConflictException", 409)
        assert "requestId" in text(error)
    assert omics.create_workflow(**{**members, "requestId": "two"})["id"] != first["id"]


def test_a_repeated_version(omics: Any) -> None:
    workflow_id = omics.create_workflow(definitionZip=NF)["id"]
    members = {
        "workflowId": workflow_id,
        "versionName": "v1",
        "definitionZip": NF,
        "requestId": "one",
    }
    first = omics.create_workflow_version(**members)
    assert omics.create_workflow_version(**members)["uuid"] == first["uuid"]
    for changed in (
        {"versionName": "v2"},  # the request id is used
        {"requestId": "two"},  # the name is taken
    ):
        error = refused(omics.create_workflow_version, **{**members, **changed})
        assert code_and_status(error) == ("ConflictException", 409)
        assert isinstance(error, omics.exceptions.ConflictException)


def test_two_threads_with_one_request(omics: Any) -> None:
    def create(_: int) -> str:
        answer = omics.create_workflow(name="one", definitionZip=NF, requestId="same")
        return str(answer["id"])

    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(create, range(24)))
    assert len(ids) == 1
    assert len(omics.list_workflows()["items"]) == 1


def test_two_threads_with_one_version_name(omics: Any) -> None:
    workflow_id = omics.create_workflow(definitionZip=NF)["id"]

    def create(number: int) -> bool:
        try:
            omics.create_workflow_version(
                workflowId=workflow_id, versionName="v", definitionZip=NF, requestId=f"r{number}"
            )
        except omics.exceptions.ConflictException:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(create, range(16))) == 1


def test_update(omics: Any) -> None:
    workflow_id = omics.create_workflow(name="old", description="d", definitionZip=NF)["id"]
    changed = omics.update_workflow(
        id=workflow_id, name="new", storageType="STATIC", storageCapacity=2400, readmeMarkdown="# x"
    )
    assert changed["ResponseMetadata"]["HTTPStatusCode"] == 202
    found = settled(omics, workflow_id)
    assert (found["name"], found["description"]) == ("new", "d")
    assert (found["storageType"], found["storageCapacity"]) == ("STATIC", 2400)
    with urllib.request.urlopen(omics.get_workflow(id=workflow_id, export=["README"])["readme"]) as answer:
        assert answer.read() == b"# x"
    omics.create_workflow_version(workflowId=workflow_id, versionName="v", definitionZip=NF)
    omics.update_workflow_version(workflowId=workflow_id, versionName="v", description="later")
    assert settled(omics, workflow_id, "v")["description"] == "later"
    error = refused(omics.update_workflow, id=workflow_id, name="a\tb")
    assert code_and_status(error) == ("ValidationException", 400)


def test_delete(omics: Any) -> None:
    """Default version page: the workflow itself goes only after its versions."""
    workflow_id = omics.create_workflow(definitionZip=NF, requestId="one")["id"]
    version = {"workflowId": workflow_id, "versionName": "v"}
    first = omics.create_workflow_version(**version, definitionZip=NF)
    error = refused(omics.delete_workflow, id=workflow_id)
    assert code_and_status(error) == ("ConflictException", 409)
    assert omics.delete_workflow_version(**version)["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert code_and_status(refused(omics.get_workflow_version, **version))[1] == 404
    # Workflow versions page: a name can be used again after deletion; the uuid differs.
    assert omics.create_workflow_version(**version, definitionZip=NF)["uuid"] != first["uuid"]
    omics.delete_workflow_version(**version)
    omics.delete_workflow(id=workflow_id)
    assert omics.list_workflows()["items"] == []
    assert omics.create_workflow(definitionZip=NF, requestId="one")["id"] != workflow_id


def test_tags(omics: Any) -> None:
    arn = omics.create_workflow(definitionZip=NF, tags={"a": "1", "b": "2"})["arn"]
    assert omics.list_tags_for_resource(resourceArn=arn)["tags"] == {"a": "1", "b": "2"}
    omics.tag_resource(resourceArn=arn, tags={"b": "3", "c d": "é"})
    omics.untag_resource(resourceArn=arn, tagKeys=["a", "nothing"])
    assert omics.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "3", "c d": "é"}
    assert omics.get_workflow(id=arn.rpartition("/")[2])["tags"] == {"b": "3", "c d": "é"}
    more = {f"k{n}": "v" for n in range(49)}
    for tags in ({"aws:x": "y"}, more):
        error = refused(omics.tag_resource, resourceArn=arn, tags=tags)
        assert code_and_status(error) == ("ValidationException", 400)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Any]:
    with running(tmp_path / "small.db", max_workflows=1, max_versions=1, ready2run=["theirs"]) as (_, omics):
        yield omics


def test_quotas(small: Any) -> None:
    """Service quotas and fixed quotas pages: 1,000 of each; with smaller numbers, to be quick."""
    assert (MAX_WORKFLOWS, MAX_VERSIONS) == (1000, 1000)
    omics = small
    workflow_id = omics.create_workflow(definitionZip=NF)["id"]
    assert code_and_status(refused(omics.create_workflow, definitionZip=NF)) == (
        "ServiceQuotaExceededException",
        402,
    )
    omics.create_workflow_version(workflowId=workflow_id, versionName="a", definitionZip=NF)
    error = refused(omics.create_workflow_version, workflowId=workflow_id, versionName="b", definitionZip=NF)
    assert code_and_status(error) == ("ServiceQuotaExceededException", 402)


def test_the_waiter_of_boto3(omics: Any) -> None:
    workflow_id = omics.create_workflow(definitionZip=NF)["id"]
    omics.get_waiter("workflow_active").wait(id=workflow_id, WaiterConfig={"Delay": 1, "MaxAttempts": 30})


def test_a_client_that_is_set_up_by_the_environment(tmp_path: Path) -> None:
    """The two variables are all that another program needs."""
    program = (
        "import boto3; omics = boto3.client('omics');"
        "arn = omics.create_workflow(name='env', definitionZip=b'x')['arn'];"
        "omics.tag_resource(resourceArn=arn, tags={'a': 'b'});"
        "print(omics.list_tags_for_resource(resourceArn=arn)['tags'])"
    )
    with serve(tmp_path / "state.db") as emulator:
        variables = environment(emulator.endpoint_url)
        assert set(variables) == {
            "AWS_ENDPOINT_URL_OMICS",
            "AWS_ENDPOINT_URL_STS",
            "AWS_DISABLE_HOST_PREFIX_INJECTION",
        }
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={
                "PATH": os.environ.get("PATH", ""),
                "AWS_ACCESS_KEY_ID": "x",
                "AWS_SECRET_ACCESS_KEY": "y",
                "AWS_DEFAULT_REGION": "us-east-1",
                **variables,
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.stdout.strip() == "{'a': 'b'}", done.stderr


def test_importing_the_package_is_cheap() -> None:
    """`packager emulator --help` shows the limits without loading a server or a database."""
    program = "import sys, packager.emulator; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    loaded = set(done.stdout.split())
    assert not loaded & {"http.server", "sqlite3", "boto3", "botocore", "WDL", "cwltool"}
    assert all(line == line.strip() and line for line in NOT_EMULATED)
