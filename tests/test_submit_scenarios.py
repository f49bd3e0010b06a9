"""What happens to people: each story from the command line to the exit code."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from conftest import Cli, Result
from examples import CORRECT
from fault_support import FaultProxy
from samples import sampled

from packager.emulator import EmulatorOptions, RunningEmulator, serve

Submit = Callable[..., Result]
Files = Callable[[dict[str, str | bytes]], Path]
HELLO = CORRECT["main.wdl"]


@pytest.fixture
def hello(files: Files) -> Path:
    return files({"main.wdl": HELLO})


def test_a_bare_wdl_given_as_zip(submit: Submit, client: Any, files: Files) -> None:
    folder = files({"flow.zip": HELLO})
    refused = submit(folder / "flow.zip")
    assert refused.code == 2
    assert "flow.zip` is not a readable zip" in refused.err
    assert "the file is text: rename a main file to end in" in refused.err
    assert client.list_workflows()["items"] == []


def test_two_mains(submit: Submit, files: Files) -> None:
    folder = files({"align.wdl": HELLO, "call.wdl": HELLO.replace("hello", "other")})
    refused = submit(folder)
    assert refused.code == 2
    assert "align.wdl" in refused.err
    assert "call.wdl" in refused.err
    assert "packager list" in refused.err
    assert submit(folder, "--main", "call.wdl").code == 0


@pytest.mark.parametrize("count", sampled([3, 205], [3]))
def test_the_name_on_the_third_page_beside_a_ready2run_twin(
    cli: Cli, hello: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with serve(tmp_path / "r.sqlite", EmulatorOptions(delay=0.05, ready2run=["hello"])) as running:
        client = boto3.client(
            "omics", endpoint_url=running.endpoint_url, region_name="us-east-1", config=Config(inject_host_prefix=False)
        )
        packed = tmp_path / "x.zip"
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("main.wdl", HELLO)
        made: Any = {}
        for number in range(count):
            made = client.create_workflow(
                name="hello" if number == count - 1 else f"flow-{number}",
                definitionZip=packed.read_bytes(),
                requestId=f"r{number}",
            )
        assert any(one["name"] == "hello" for one in client.list_workflows(type="READY2RUN")["items"])
        client.close()
        words = ("--name", "hello", "--endpoint-url", running.endpoint_url, "--region", "us-east-1", "--format", "json")
        done = cli("submit", hello, *words, "--description", "another")
        assert done.code == 0, done.err
        assert done.json["workflowId"] == made["id"]
        assert done.json["versionName"] is not None


def test_creating_then_failed_with_the_error_after_two_hundred_warnings(
    submit: Submit, emulator: RunningEmulator, cli: Cli, hello: Path
) -> None:
    emulator.faults.set({"fail": 1})
    done = submit(hello, "--name", "x")
    assert (done.code, done.json["status"]) == (3, "FAILED")
    severities = [one["severity"] for one in done.json["diagnostics"] if one["code"] in ("REQ020", "REQ021")]
    assert severities.count("error") == 1
    assert len(severities) > 50
    last = done.err.strip().splitlines()[-1]
    assert last == "error: the workflow became FAILED: No such task or workflow: told_to_fail"
    emulator.faults.set({"fail": 1})
    text = cli("submit", hello, "--name", "y", "--endpoint-url", emulator.endpoint_url)
    findings = [line for line in text.err.splitlines() if "REQ02" in line]
    assert "REQ020 No such task or workflow: told_to_fail" in findings[0]
    assert findings[0].startswith("main.wdl:201:3: error")
    shown = cli("status", done.json["workflowId"], "--endpoint-url", emulator.endpoint_url)
    assert shown.code == 3
    assert "REQ020" in shown.out.splitlines()[2]


def test_active_with_a_message(submit: Submit, files: Files) -> None:
    folder = files({"main.wdl": "workflow w {\n  call t\n}\ntask t {\n  command { echo }\n}\n"})
    done = submit(folder, "--no-lint", "--name", "old")
    assert (done.code, done.json["status"]) == (0, "ACTIVE"), done.err
    assert "MissingVersion" in done.json["statusMessage"]
    assert [one["severity"] for one in done.json["diagnostics"] if "MissingVersion" in one["message"]] == ["warning"]


def test_a_nextflow_pipeline_that_is_active_with_the_linters_report(submit: Submit, files: Files) -> None:
    folder = files({
        "main.nf": "workflow {\n  for (x in [1]) { println x }\n}\n",
        "nextflow.config": "manifest { nextflowVersion = '25.10.0' }\n",
    })  # fmt: skip
    done = submit(folder, "--no-lint", "--name", "strict")
    assert (done.code, done.json["status"]) == (0, "ACTIVE"), done.err
    assert json.loads(done.json["statusMessage"])["advisory"]
    found = [one for one in done.json["diagnostics"] if one["code"] == "REQ021" and one["line"]]
    assert [(one["path"], one["line"], one["severity"]) for one in found] == [("main.nf", 2, "info")]


def test_a_placeholder_left_in_the_map(submit: Submit, client: Any, hello: Path, cli: Cli) -> None:
    (hello / "main.wdl").write_text(
        HELLO.replace("111122223333.dkr.ecr.us-east-1.amazonaws.com/base:1.0", "nvcr.io/nvidia/clara:4.2.1")
    )
    made = hello / "container-registry-map.json"
    assert cli("map", "generate", hello, "-o", made, "--account", "123456789012", "--region", "us-east-1").code == 0
    refused = submit(hello)
    assert refused.code == 1
    assert "MAP020" in refused.codes
    assert "MAP019" not in refused.codes
    assert client.list_workflows()["items"] == []


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> str:
    nowhere = "http://127.0.0.1:9"  # the port of discard, where nothing listens
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    for name in ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_STS"):
        monkeypatch.setenv(name, nowhere)
    monkeypatch.setattr("time.sleep", lambda _: None)
    return nowhere


def test_offline(cli: Cli, hello: Path, no_network: str) -> None:
    for words in ((), ("--account", "123456789012"), ("--staging", "s3://some-bucket", "--stage", "definition")):
        refused = cli("submit", hello, "--endpoint-url", no_network, "--region", "us-east-1", *words)
        assert refused.code == 3, refused.err
        assert "no response to" in refused.err
        assert "Traceback" not in refused.err
    assert cli("submit", hello, "--dry-run").code == 0


def test_no_credentials_and_no_region(cli: Cli, hello: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    without = cli("submit", hello, "--endpoint-url", "http://127.0.0.1:9", "--region", "us-east-1")
    assert (without.code, "no AWS credentials were found" in without.err) == (3, True)
    nowhere = cli("submit", hello)
    assert (nowhere.code, "the AWS Region is unknown" in nowhere.err) == (2, True)
    profile = cli("submit", hello, "--profile", "nobody", "--region", "us-east-1")
    assert (profile.code, "the AWS profile `nobody` does not exist" in profile.err) == (2, True)


@pytest.mark.parametrize(
    ("shown", "meant"),
    [
        (('"engine": "WDL"', '"engine": "CWL"'), "`engine` is `CWL`, not what was sent"),
        (('"main": "main.wdl"', '"main": "tests/main.wdl"'), "`main` is `tests/main.wdl`, not what was sent"),
        (('"optional": false', '"optional": true'), "`parameterTemplate` is not what was sent"),
    ],
)
def test_active_but_not_what_was_sent(
    cli: Cli, emulator: RunningEmulator, hello: Path, shown: tuple[str, str], meant: str
) -> None:
    before, after = shown[0].encode(), shown[1].encode()
    proxy = FaultProxy(emulator.endpoint_url, rewrite=lambda content: content.replace(before, after))
    done = cli("submit", hello, "--endpoint-url", proxy.url, "--region", "us-east-1", "--format", "json")
    proxy.close()
    assert done.code == 3, done.err
    assert done.json["status"] == "ACTIVE"
    assert meant in [one["message"] for one in done.json["diagnostics"] if one["code"] == "REQ038"]
    assert "is ACTIVE, but differs from the request" in done.err


def test_a_profile_that_the_service_does_not_know(cli: Cli, emulator: RunningEmulator, files: Files) -> None:
    folder = files({
        "main.nf": "workflow {\n  println params.x\n}\n",
        "nextflow.config": "params.x = 1\nprofiles {\n  test { params.x = 2 }\n}\n",
    })  # fmt: skip
    words = (folder, "--no-lint", "--nextflow-profile", "test", "--region", "us-east-1", "--format", "json")
    assert cli("submit", *words, "--endpoint-url", emulator.endpoint_url).code == 0
    proxy = FaultProxy(
        emulator.endpoint_url,
        rewrite=lambda content: content.replace(b'"profiles": ["test"]', b'"profiles": ["other"]'),
    )
    done = cli("submit", *words, "--endpoint-url", proxy.url, "--name", "another")
    proxy.close()
    assert done.code == 3, done.err
    assert "the service does not list the profile `test`" in done.err
