"""Submission: real boto3 over loopback HTTP against the emulator."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
from conftest import WORKFLOWS, Cli, Result, process
from examples import CORRECT

from packager.emulator import RunningEmulator
from packager.jsondoc.schemas import violations

Files = Callable[[dict[str, str | bytes]], Path]
VARIANTS = WORKFLOWS / "wdl-variants"


def test_a_workflow_becomes_active_with_everything_that_was_meant(submit: Callable[..., Result], client: Any) -> None:
    done = submit(
        VARIANTS, "--name", "variants", "--description", "Calls variants", "--storage-type", "DYNAMIC",
        "--tags", "team=genomics,env=test", "--region", "us-east-1",
    )  # fmt: skip
    assert done.code == 0, done.err
    answer = done.json
    assert (answer["action"], answer["status"], answer["versionName"]) == ("created", "ACTIVE", None)
    assert answer["region"] == "us-east-1"
    assert answer["tags"] == {"team": "genomics", "env": "test"}
    seen = client.get_workflow(id=answer["workflowId"])
    assert seen["arn"] == answer["arn"]
    assert seen["engine"] == "WDL"
    assert seen["main"] == "main.wdl"
    assert seen["name"] == "variants"
    assert seen["storageType"] == "DYNAMIC"
    assert seen["parameterTemplate"]["min_quality"] == {
        "description": "Minimum base quality",
        "optional": True,
    }
    assert seen["containerRegistryMap"]["registryMappings"][0]["upstreamRegistryUrl"] == "quay.io"


def test_the_same_again_makes_no_twin(submit: Callable[..., Result], client: Any) -> None:
    first = submit(VARIANTS).json
    second = submit(VARIANTS).json
    assert second["workflowId"] == first["workflowId"]
    assert (first["action"], second["action"]) == ("created", "reused")
    assert len(client.list_workflows()["items"]) == 1


@pytest.mark.parametrize("text", ["{}", '{"registryMappings": []}', '{"registryMappings": [], "imageMappings": []}'])
def test_a_map_without_mappings_is_the_same_as_none(text: str, submit: Callable[..., Result], files: Files) -> None:
    """`map generate` writes one for a workflow whose images are all in private ECR."""
    files({"main.wdl": CORRECT["main.wdl"], "container-registry-map.json": text})
    first = submit(".", "--name", "x")
    assert first.code == 0, first.err
    assert submit(".", "--name", "x").json["action"] == "reused"


def test_another_configuration_is_another_version(submit: Callable[..., Result]) -> None:
    first = submit(VARIANTS).json
    second = submit(VARIANTS, "--tags", "a=b").json
    assert second["workflowId"] == first["workflowId"]
    assert second["versionName"].startswith("d-")
    assert second["contentDigest"] == first["contentDigest"]


def test_a_version(submit: Callable[..., Result], client: Any) -> None:
    workflow = submit(VARIANTS).json["workflowId"]
    done = submit(VARIANTS, "--workflow-id", workflow, "--version-name", "1.1.0", "--description", "second")
    assert done.code == 0, done.err
    assert done.json["versionName"] == "1.1.0"
    seen = client.get_workflow_version(workflowId=workflow, versionName="1.1.0")
    assert seen["status"] == "ACTIVE"
    assert seen["description"] == "second"


def test_a_version_that_exists_is_compared_before_anything_is_said(submit: Callable[..., Result]) -> None:
    workflow = submit(VARIANTS).json["workflowId"]
    version = (VARIANTS, "--workflow-id", workflow, "--version-name", "v1")
    assert submit(*version).code == 0
    same = submit(*version, "--request-id", "another-token")
    assert same.code == 0, same.err
    assert same.json["action"] == "reused"
    other = submit(*version, "--description", "changed")
    assert other.code == 3
    assert "exists already and differs in description" in other.err


BROKEN = "version 1.0\nworkflow w {\n  call absent\n}\n"


def test_a_failed_one_is_never_reused(submit: Callable[..., Result], files: Files, client: Any) -> None:
    folder = files({"main.wdl": BROKEN})
    first = submit(folder, "--no-lint")
    assert first.code == 3
    assert first.json["status"] == "FAILED"
    assert "absent" in first.json["statusMessage"]
    assert "absent" in first.err
    second = submit(folder, "--no-lint")
    assert second.code == 3
    assert second.json["workflowId"] != first.json["workflowId"]
    assert second.json["requestId"] != first.json["requestId"]
    assert len(client.list_workflows()["items"]) == 2


def test_errors_stop_before_anything_is_sent(submit: Callable[..., Result], client: Any) -> None:
    refused = submit(WORKFLOWS / "wdl-problems")
    assert refused.code == 1
    assert {"WDL001", "MAP001"} & set(refused.codes)
    assert "nothing was sent" in refused.err
    assert client.list_workflows()["items"] == []


def test_all_constraints_are_checked_at_once(submit: Callable[..., Result]) -> None:
    refused = submit(
        VARIANTS, "--no-lint", "--workflow-id", "x", "--tags", "aws:a=b", "--description", "", "--storage-capacity", "-1",
        "--storage-type", "FAST",
    )  # fmt: skip
    assert refused.code == 1
    assert {"REQ003", "REQ004", "REQ005", "REQ010", "REQ014"} <= set(refused.codes)


def test_a_dry_run_sends_nothing(submit: Callable[..., Result], client: Any) -> None:
    done = submit(VARIANTS, "--dry-run", "--name", "x")
    assert done.code == 0
    assert done.json["operation"] == "CreateWorkflow"
    assert sorted(done.json["request"]["definitionZip"]) == ["sha256", "size"]
    assert client.list_workflows()["items"] == []


def test_a_zip_on_s3_is_named_and_the_local_tree_only_checked(submit: Callable[..., Result]) -> None:
    done = submit(VARIANTS, "--dry-run", "--definition-uri", "s3://bucket/variants.zip")
    assert done.code == 0
    assert done.json["request"]["definitionUri"] == "s3://bucket/variants.zip"
    assert "definitionZip" not in done.json["request"]
    assert submit(WORKFLOWS / "wdl-type-errors", "--definition-uri", "s3://bucket/x.zip").code == 1


def test_the_endpoint_may_come_from_the_environment(
    cli: Cli, emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_OMICS", emulator.endpoint_url)
    assert cli("submit", VARIANTS).code == 0


def test_a_zip_is_sent_as_it_is(submit: Callable[..., Result], cli: Cli, in_folder: Path) -> None:
    made = cli("package", VARIANTS, "-o", "v.zip", "--format", "json").json
    done = submit("v.zip", "--container-registry-map", VARIANTS / "container-registry-map.json")
    assert done.code == 0, done.err
    assert done.json["zipSha256"] == made["zipSha256"]
    from_folder = submit(VARIANTS, "--name", "v")
    assert from_folder.json["requestId"] == done.json["requestId"]
    assert from_folder.json["action"] == "reused"


def test_no_wait_and_running_out_of_time(submit: Callable[..., Result], emulator: RunningEmulator) -> None:
    emulator.faults.set({"never_finish": 9})
    waited = submit(VARIANTS, "--timeout", "2")
    assert waited.code == 4, waited.err
    assert waited.json["status"] == "CREATING"
    workflow = waited.json["workflowId"]
    assert f"to wait for it: packager status {workflow} --wait --region us-east-1 --endpoint-url http" in waited.err
    assert waited.json["resume"].startswith(f"packager status {workflow} --wait --region us-east-1 --endpoint-url http")
    again = submit(VARIANTS, "--timeout", "2")
    assert (again.code, again.json["workflowId"]) == (4, workflow)
    other = submit(VARIANTS, "--no-wait", "--name", "other")
    assert (other.code, other.json["status"]) == (0, "CREATING")


def test_throttling_and_server_errors_are_ridden_out(submit: Callable[..., Result], emulator: RunningEmulator) -> None:
    emulator.faults.set({"throttle": 2})
    assert submit(VARIANTS).code == 0


def test_a_connection_cut_after_the_write_makes_no_twin(
    submit: Callable[..., Result], emulator: RunningEmulator, client: Any
) -> None:
    emulator.faults.set({"cut_after_write": 1})
    done = submit(VARIANTS)
    assert done.code == 0, done.err
    assert len(client.list_workflows()["items"]) == 1


def test_refusals_are_shown_with_their_code(submit: Callable[..., Result]) -> None:
    done = submit(VARIANTS, "--workflow-id", "999999999", "--version-name", "v1")
    assert done.code == 3
    assert "ResourceNotFoundException" in done.err
    assert "hint:" in done.err


def test_nobody_listens(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    done = cli("submit", VARIANTS, "--endpoint-url", "http://127.0.0.1:9", "--region", "us-east-1")
    assert done.code == 3
    assert "no response to" in done.err


class _SomethingElse(BaseHTTPRequestHandler):
    """A server that is not the service."""

    content = b""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.content)))
        self.end_headers()
        self.wfile.write(self.content)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.mark.parametrize("content", [b"", b"<html>hello \x1b[31m</html>", b"[]", b'{"id": 5}', b'{"status": "ACTIVE"}'])
def test_an_answer_that_is_not_the_services(content: bytes, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    handler = type("Handler", (_SomethingElse,), {"content": content})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            url = f"http://127.0.0.1:{server.server_port}"
            done = cli("submit", VARIANTS, "--endpoint-url", url, "--region", "us-east-1")
        finally:
            server.shutdown()
            thread.join()
    assert done.code == 3, done.err
    assert "\x1b" not in done.err


@pytest.fixture
def status(cli: Cli, emulator: RunningEmulator) -> Callable[..., Result]:
    def run(*arguments: str) -> Result:
        return cli(
            "status", *arguments, "--endpoint-url", emulator.endpoint_url, "--region", "us-east-1", "--format", "json"
        )

    return run


def test_the_status_of_a_workflow_and_of_a_version(
    submit: Callable[..., Result], status: Callable[..., Result]
) -> None:
    workflow = submit(VARIANTS).json["workflowId"]
    submit(VARIANTS, "--workflow-id", workflow, "--version-name", "v2")
    seen = status(workflow)
    assert (seen.code, seen.json["status"], seen.json["versionName"]) == (0, "ACTIVE", None)
    assert violations("report", seen.json) == ()
    version = status(workflow, "--version-name", "v2")
    assert (version.code, version.json["versionName"]) == (0, "v2")
    assert version.json["arn"].endswith("/version/v2")


def test_the_status_says_how_it_stands(
    submit: Callable[..., Result], status: Callable[..., Result], emulator: RunningEmulator, files: Files
) -> None:
    failed = submit(files({"main.wdl": BROKEN}), "--no-lint").json["workflowId"]
    assert (status(failed).code, status(failed).json["status"]) == (3, "FAILED")
    assert "absent" in status(failed).json["statusMessage"]
    emulator.faults.set({"never_finish": 9})
    waiting = submit(VARIANTS, "--no-wait").json["workflowId"]
    assert (status(waiting).code, status(waiting).json["status"]) == (4, "CREATING")
    assert status(waiting, "--wait", "--timeout", "2").code == 4
    emulator.faults.set({})
    unknown = status("999999999")
    assert (unknown.code, "ResourceNotFoundException" in unknown.err, unknown.out) == (3, True, "")


def test_missing_credentials_region_and_profile(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cli("submit", VARIANTS).code == 2  # no Region
    without = cli("submit", VARIANTS, "--region", "us-east-1", "--endpoint-url", "http://127.0.0.1:9")
    assert (without.code, "no AWS credentials" in without.err) == (3, True)
    assert cli("submit", VARIANTS, "--profile", "absent", "--region", "us-east-1").code == 2


def test_local_needs_nothing(cli: Cli, tmp_path: Path) -> None:
    done = cli("submit", WORKFLOWS / "cwl-records", "--local", "--db", tmp_path / "local.sqlite", "--format", "json")
    assert done.code == 0, done.err
    assert done.json["status"] == "ACTIVE"
    again = cli("submit", WORKFLOWS / "cwl-records", "--local", "--db", tmp_path / "local.sqlite", "--format", "json")
    assert again.json["action"] == "reused"
    assert cli("submit", VARIANTS, "--local", "--endpoint-url", "http://127.0.0.1:9").code == 2


def test_the_readme_is_sent_along(submit: Callable[..., Result]) -> None:
    assert submit(VARIANTS, "--dry-run").json["request"]["readmeMarkdown"].startswith("# Variants")


def test_foreign_words_cannot_steer_the_terminal(files: Files, cli: Cli, tmp_path: Path) -> None:
    folder = files({"main.wdl": BROKEN.replace("absent", "absent\x1b[31m")})
    done = cli("submit", folder, "--local", "--db", tmp_path / "x.sqlite", "--no-lint")
    assert done.code == 3
    assert "\x1b" not in done.out + done.err


def test_the_emulator_serves_any_client_until_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with process("emulator", "--port", "0", "--db", str(tmp_path / "state.sqlite")) as running:
        assert running.stdout is not None
        for _ in range(2):
            name, _, value = running.stdout.readline().strip().removeprefix("export ").partition("=")
            monkeypatch.setenv(name, value.strip("'"))
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
        client = boto3.Session(region_name="us-east-1").client("omics")
        assert client.list_workflows()["items"] == []
        client.close()
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=20)
        assert running.returncode == 130
    assert "Traceback" not in err


def test_an_interrupted_wait_says_how_to_go_on(emulator: RunningEmulator, client: Any) -> None:
    emulator.faults.set({"never_finish": 9})
    with process("submit", str(VARIANTS), "--endpoint-url", emulator.endpoint_url, "--region", "us-east-1") as running:
        deadline = time.monotonic() + 60
        while not client.list_workflows()["items"] and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.3)  # into the wait
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=20)
        assert running.returncode == 130
    assert "to wait for it: packager status 10" in err
    assert "Traceback" not in err


def test_the_workflows_of_an_account_are_listed(
    submit: Callable[..., Result], status: Callable[..., Result], cli: Cli, emulator: RunningEmulator
) -> None:
    assert status().json["workflows"] == []
    first = submit(VARIANTS, "--name", "beta").json["workflowId"]
    second = submit(VARIANTS, "--name", "alpha").json["workflowId"]
    listed = status().json["workflows"]
    assert [(each["workflowId"], each["name"], each["status"]) for each in listed] == [
        (second, "alpha", "ACTIVE"),
        (first, "beta", "ACTIVE"),
    ]
    assert all(each["created"].endswith("Z") for each in listed)
    text = cli("status", "--endpoint-url", emulator.endpoint_url, "--region", "us-east-1")
    assert [line.split()[:3] for line in text.out.splitlines()[:2]] == [
        [second, "alpha", "ACTIVE"],
        [first, "beta", "ACTIVE"],
    ]
    assert text.out.endswith("2 workflows\n")
    for options in (("--wait",), ("--version-name", "v1")):
        assert status(*options).code == 2


def test_the_status_by_name(
    submit: Callable[..., Result], status: Callable[..., Result], emulator: RunningEmulator
) -> None:
    workflow = submit(VARIANTS, "--name", "alpha").json["workflowId"]
    submit(VARIANTS, "--name", "alpha", "--version-name", "v2", "--description", "new")
    assert status("--name", "alpha").json["workflowId"] == workflow
    assert status("--name", "alpha", "--version-name", "v2").json["versionName"] == "v2"
    absent = status("--name", "alph")
    assert (absent.code, "no workflow named `alph`" in absent.err) == (2, True)
    assert "`packager status` lists its workflows" in absent.err
    assert status(workflow, "--name", "alpha").code == 2
    emulator.faults.set({"fail": 1})
    failed = submit(VARIANTS, "--name", "gone").json["workflowId"]
    assert (status("--name", "gone").code, status("--name", "gone").json["workflowId"]) == (3, failed)
