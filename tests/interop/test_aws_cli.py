"""The AWS CLI from the package index against `packager emulator`: every command of workflows, versions and their tags."""

from __future__ import annotations

import json
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from emulator_support import zipped
from interop_support import ROOT, environment_with, run, served
from run_support import recording_service

pytestmark = pytest.mark.interop

WDL = "version 1.0\nworkflow w {\n  input { String x }\n  output { String y = x }\n}\n"
Aws = Callable[..., Any]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return environment_with(tmp_path_factory.mktemp("aws-cli"), "awscli") / "aws"


@pytest.fixture
def aws(program: Path, tmp_path: Path) -> Iterator[Aws]:
    with served(tmp_path / "state.db", "--ready2run", "theirs") as variables:

        def call(*words: str, refused: bool = False, service: str = "omics") -> Any:
            done = run(program, service, *words, cwd=tmp_path, **variables)
            # Errors of the service are 255 in version 1 and 254 in version 2.
            assert done.returncode in ((254, 255) if refused else (0,)), done.stdout + done.stderr
            return done.stderr if refused else json.loads(done.stdout) if done.stdout.strip() else None

        yield call


@pytest.fixture
def definition(tmp_path: Path) -> str:
    (tmp_path / "definition.zip").write_bytes(zipped({"main.wdl": WDL}))
    return "fileb://definition.zip"


def test_a_workflow_from_its_creation_to_its_end(aws: Aws, definition: str, tmp_path: Path) -> None:
    created = aws("create-workflow", "--name", "hello", "--definition-zip", definition, "--tags", "team=genomics")
    assert created["status"] == "CREATING"
    workflow = created["id"]
    aws("wait", "workflow-active", "--id", workflow)
    shown = aws("get-workflow", "--id", workflow, "--export", "DEFINITION")
    assert (shown["status"], shown["engine"], shown["main"], shown["name"]) == ("ACTIVE", "WDL", "main.wdl", "hello")
    assert shown["parameterTemplate"] == {"x": {"description": "", "optional": False}}
    with urllib.request.urlopen(shown["definition"], timeout=30) as stored:
        assert stored.read() == (tmp_path / "definition.zip").read_bytes()
    listed = aws("list-workflows", "--type", "PRIVATE")["items"]
    assert [(one["id"], one["name"]) for one in listed] == [(workflow, "hello")]
    assert len(aws("list-workflows")["items"]) == 2, "and a Ready2Run one"
    aws("update-workflow", "--id", workflow, "--name", "bye", "--description", "Says bye")
    shown = aws("get-workflow", "--id", workflow)
    assert (shown["name"], shown["description"]) == ("bye", "Says bye")
    aws("delete-workflow", "--id", workflow)
    assert "ResourceNotFoundException" in aws("get-workflow", "--id", workflow, refused=True)


def test_versions(aws: Aws, definition: str) -> None:
    workflow = aws("create-workflow", "--definition-zip", definition)["id"]
    version = ("--workflow-id", workflow, "--version-name", "1.0")
    created = aws("create-workflow-version", *version, "--definition-zip", definition, "--description", "First")
    assert created["versionName"] == "1.0"
    aws("wait", "workflow-version-active", *version)
    assert aws("get-workflow-version", *version)["description"] == "First"
    again = aws("create-workflow-version", *version, "--definition-zip", definition, refused=True)
    assert "ConflictException" in again
    aws("create-workflow-version", *version[:2], "--version-name", "1.1", "--definition-zip", definition)
    listed = aws("list-workflow-versions", "--workflow-id", workflow, "--page-size", "1")["items"]
    assert [one["versionName"] for one in listed] == ["1.0", "1.1"]
    aws("update-workflow-version", *version, "--description", "Changed")
    assert aws("get-workflow-version", *version)["description"] == "Changed"
    assert "ConflictException" in aws("delete-workflow", "--id", workflow, refused=True)
    aws("delete-workflow-version", *version)
    aws("delete-workflow-version", *version[:2], "--version-name", "1.1")
    aws("delete-workflow", "--id", workflow)


def test_tags(aws: Aws, definition: str) -> None:
    arn = aws("create-workflow", "--definition-zip", definition)["arn"]
    aws("tag-resource", "--resource-arn", arn, "--tags", "team=genomics,env=test")
    assert aws("list-tags-for-resource", "--resource-arn", arn)["tags"] == {"team": "genomics", "env": "test"}
    aws("untag-resource", "--resource-arn", arn, "--tag-keys", "env")
    assert aws("list-tags-for-resource", "--resource-arn", arn)["tags"] == {"team": "genomics"}


def test_what_is_refused_and_what_fails(aws: Aws, definition: str, tmp_path: Path) -> None:
    refused = aws("create-workflow", "--definition-zip", definition, "--engine", "SNAKEMAKE", refused=True)
    assert "ValidationException" in refused
    assert "engine" in refused
    (tmp_path / "broken.zip").write_bytes(zipped({"main.wdl": "version 1.0\nworkflow w {\n  call absent\n}\n"}))
    broken = aws("create-workflow", "--definition-zip", "fileb://broken.zip")["id"]
    assert "terminal failure state" in aws("wait", "workflow-active", "--id", broken, refused=True)
    shown = aws("get-workflow", "--id", broken)
    assert shown["status"] == "FAILED"
    assert "main.wdl Ln 3" in shown["statusMessage"]


def test_requests_that_start_runs(program: Path, tmp_path: Path) -> None:
    """The requests of `packager inputs` pass the validation of the AWS CLI, and arrive as they were printed."""
    (tmp_path / "main.wdl").write_text(WDL)
    requests = []
    with recording_service() as (url, received):
        variables = {
            "AWS_ACCESS_KEY_ID": "x",
            "AWS_SECRET_ACCESS_KEY": "x",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL_OMICS": url,
            "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
        }
        for operation in ("start-run", "start-run-batch"):
            file = tmp_path / f"{operation}.json"
            words = ("packager", "inputs", tmp_path, f"--{operation}", "-o", file)
            written = run(sys.executable, "-m", *words, cwd=ROOT)
            assert written.returncode == 0, written.stderr
            requests.append(json.loads(file.read_text()))
            sending = ("omics", operation, "--cli-input-json", f"file://{file}")
            shown = run(program, *sending, "--generate-cli-skeleton", "output", cwd=tmp_path, **variables)
            assert shown.returncode == 0, shown.stderr
            sent = run(program, *sending, cwd=tmp_path, **variables)
            assert sent.returncode == 0, sent.stderr
    assert [path for path, _ in received] == ["/run", "/runBatch"]
    assert [{name: body[name] for name in body if name != "requestId"} for _, body in received] == requests


def test_who_am_i(aws: Aws) -> None:
    assert aws("get-caller-identity", service="sts")["Account"] == "123456789012"
