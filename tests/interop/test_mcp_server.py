"""The HealthOmics MCP server of AWS Labs against `packager emulator`: its tools, called as an agent calls them."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from emulator_support import client, settled, zipped
from interop_support import environment_with, run, served
from moto.server import ThreadedMotoServer

pytestmark = pytest.mark.interop

WDL = "version 1.0\nworkflow w {\n  input { String x }\n  output { String y = x }\n}\n"
ZIP = zipped({"main.wdl": WDL})
# Reads calls from stdin, each a tool's name and its arguments; writes what each gives.
CALLER = """
import asyncio, json, sys
from mcp import Client
from awslabs.aws_healthomics_mcp_server.server import mcp

async def main():
    given = []
    async with Client(mcp) as client:
        for name, arguments in json.load(sys.stdin):
            given.append((await client.call_tool(name, arguments)).structured_content["result"])
    print(json.dumps(given, default=str))

asyncio.run(main())
"""
Call = Callable[..., Any]


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mcp-server")
    return environment_with(folder, "awslabs.aws-healthomics-mcp-server") / "python"


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    endpoint = f"http://127.0.0.1:{server.get_host_and_port()[1]}"
    made = boto3.client(
        "s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x",
        config=Config(proxies={}),
    )  # fmt: skip
    made.create_bucket(Bucket="flows")
    made.put_object(Bucket="flows", Key="flow.zip", Body=ZIP)
    made.close()
    yield endpoint
    server.stop()


@pytest.fixture
def emulator(tmp_path: Path, s3: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "main.wdl").write_text(WDL)
    (tree / "template.json").write_text('{"x": {"description": "The text"}}')
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", s3)
    with served(tmp_path / "state.db", "--repository", f"lab/flow={tree}") as variables:
        yield {**variables, "AWS_ENDPOINT_URL_S3": s3}


@pytest.fixture
def call(emulator: dict[str, str], python: Path, tmp_path: Path) -> Call:
    def made(*calls: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
        done = run(python, "-c", CALLER, cwd=tmp_path, stdin=json.dumps(calls), **emulator)
        assert done.returncode == 0, done.stderr
        given: list[dict[str, Any]] = json.loads(done.stdout)
        return given

    return made


@pytest.fixture
def omics(emulator: dict[str, str]) -> Iterator[Any]:
    made = client(emulator["AWS_ENDPOINT_URL_OMICS"])
    yield made
    made.close()


def test_a_workflow_and_a_version(call: Call, omics: Any) -> None:
    members = {
        "name": "hello",
        "definition_zip_base64": base64.b64encode(ZIP).decode(),
        "description": "Says hello",
        "parameter_template": {"x": {"description": "The text", "optional": False}},
        "storage_type": "DYNAMIC",
        "tags": {"team": "genomics"},
        "readme": "# Hello",
        "container_registry_map": {
            "registryMappings": [{"upstreamRegistryUrl": "quay.io", "ecrRepositoryPrefix": "quay"}]
        },
    }
    created, listed = call(("CreateAHOWorkflow", members), ("ListAHOWorkflows", {}))
    assert created["status"] == "CREATING"
    assert [one["id"] for one in listed["workflows"]] == [created["id"]]
    shown = settled(omics, created["id"])
    assert (shown["status"], shown["name"], shown["main"]) == ("ACTIVE", "hello", "main.wdl")
    assert shown["parameterTemplate"] == members["parameter_template"]
    assert shown["tags"] == {"team": "genomics"}
    version = {
        "workflow_id": created["id"],
        "version_name": "1.0",
        "definition_source": members["definition_zip_base64"],
    }
    made, again, seen, versions = call(
        ("CreateAHOWorkflowVersion", version),
        ("CreateAHOWorkflowVersion", version),
        ("GetAHOWorkflow", {"workflow_id": created["id"]}),
        ("ListAHOWorkflowVersions", {"workflow_id": created["id"]}),
    )
    assert (made["versionName"], made["status"]) == ("1.0", "CREATING")
    assert "ConflictException" in json.dumps(again)
    assert seen["status"] == "ACTIVE"
    assert len(versions["versions"]) == 1
    assert settled(omics, created["id"], "1.0")["status"] == "ACTIVE"


def test_definitions_from_elsewhere(call: Call, omics: Any) -> None:
    repository = {
        "connection_arn": "arn:aws:codeconnections:us-east-1:123456789012:connection/1",
        "full_repository_id": "lab/flow",
        "source_reference": {"type": "BRANCH", "value": "main"},
        "exclude_file_patterns": ["tests/*"],
    }
    stored, imported = call(
        ("CreateAHOWorkflow", {"name": "stored", "definition_uri": "s3://flows/flow.zip"}),
        (
            "CreateAHOWorkflow",
            {"name": "imported", "definition_repository": repository, "parameter_template_path": "template.json"},
        ),
    )
    assert settled(omics, stored["id"])["status"] == "ACTIVE"
    shown = settled(omics, imported["id"])
    assert shown["status"] == "ACTIVE", shown["statusMessage"]
    assert shown["parameterTemplate"] == {"x": {"description": "The text"}}
    assert shown["definitionRepositoryDetails"]["fullRepositoryId"] == "lab/flow"
