"""Create, version or reuse: by the id or the exact name, with real boto3 against the emulator."""

from __future__ import annotations

import io
import json
import threading
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from conftest import Cli, Result
from examples import CORRECT
from fault_support import FaultProxy
from samples import sampled

from packager.emulator import RunningEmulator

Submit = Callable[..., Result]
Files = Callable[[dict[str, str | bytes]], Path]
HELLO = CORRECT["main.wdl"]
BROKEN = "version 1.0\nworkflow w {\n  call absent\n}\n"


@pytest.fixture
def hello(files: Files) -> Path:
    return files({"main.wdl": HELLO})


def _changed(folder: Path, word: str) -> None:
    (folder / "main.wdl").write_text(HELLO.replace("hello ~{who}", f"{word} ~{{who}}"))


def _versions(client: Any, workflow: str) -> list[str]:
    return sorted(one["versionName"] for one in client.list_workflow_versions(workflowId=workflow)["items"])


def test_first_a_workflow_then_versions_of_it_then_nothing(submit: Submit, client: Any, hello: Path) -> None:
    first = submit(hello, "--name", "hello")
    assert (first.code, first.json["action"], first.json["versionName"]) == (0, "created", None)
    workflow = first.json["workflowId"]
    assert f"--workflow-id {workflow} --role-arn" in first.json["startRun"]
    _changed(hello, "good day")
    second = submit(hello, "--name", "hello")
    assert (second.code, second.json["action"], second.json["workflowId"]) == (0, "created", workflow)
    version = second.json["versionName"]
    assert version.startswith("d-")
    assert f"--workflow-version-name {version}" in second.json["startRun"]
    third = submit(hello, "--name", "hello")
    assert (third.code, third.json["action"], third.json["versionName"]) == (0, "reused", version)
    _changed(hello, "hello")
    back = submit(hello, "--name", "hello")
    assert (back.code, back.json["action"], back.json["versionName"]) == (0, "reused", None)
    assert _versions(client, workflow) == [version]


def test_reusing_calls_nothing_that_changes(submit: Submit, emulator: RunningEmulator, hello: Path) -> None:
    assert submit(hello).json["action"] == "created"
    emulator.faults.set({"cut_after_write": 1})
    assert submit(hello).json["action"] == "reused"
    assert emulator.faults.left()["cut_after_write"] == 1


def test_another_readme_is_another_version(submit: Submit, client: Any, hello: Path) -> None:
    (hello / "README.md").write_text("# One\n")
    workflow = submit(hello).json["workflowId"]
    assert submit(hello).json["action"] == "reused"
    (hello / "README.md").write_text("# Two\n")
    assert submit(hello).json["action"] == "created"
    assert len(_versions(client, workflow)) == 1


def test_what_somebody_else_zipped_is_compared_by_its_files(submit: Submit, client: Any, hello: Path) -> None:
    """Another compression and order, and no modes: it is the same definition."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("main.wdl", HELLO)
    made = client.create_workflow(
        name="hello", engine="WDL", main="main.wdl", definitionZip=packed.getvalue(), requestId="mine",
        parameterTemplate={"who": {"description": "whom to greet", "optional": False}},
    )  # fmt: skip
    again = submit(hello, "--name", "hello")
    assert (again.code, again.json["action"], again.json["workflowId"]) == (0, "reused", made["id"])


def test_a_version_of_the_name_with_other_content_is_an_error(submit: Submit, client: Any, hello: Path) -> None:
    workflow = submit(hello, "--name", "hello").json["workflowId"]
    _changed(hello, "one")
    assert submit(hello, "--name", "hello", "--version-name", "v1").json["versionName"] == "v1"
    _changed(hello, "two")
    other = submit(hello, "--name", "hello", "--version-name", "v1")
    assert other.code == 3
    assert "exists already and differs in its definition" in other.err
    assert "choose another `--version-name`" in other.err
    assert _versions(client, workflow) == ["v1"]


def test_the_same_command_again_after_the_first_creation(submit: Submit, hello: Path) -> None:
    command = (hello, "--name", "hello", "--version-name", "v1")
    first, second = submit(*command), submit(*command)
    assert (first.json["action"], second.json["action"]) == ("created", "reused")
    assert first.json["workflowId"] == second.json["workflowId"]


def test_several_workflows_of_the_name_are_listed(submit: Submit, client: Any, hello: Path) -> None:
    ids = [
        client.create_workflow(name="hello", definitionZip=_zip(), requestId=token)["id"] for token in ("one", "two")
    ]
    refused = submit(hello, "--name", "hello")
    assert refused.code == 2
    assert "2 workflows are named `hello`" in refused.err
    assert all(one in refused.err for one in ids)
    assert "--workflow-id" in refused.err
    assert submit(hello, "--workflow-id", ids[0], "--version-name", "v1").code == 0


def _zip(text: str = HELLO) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("main.wdl", text)
    return packed.getvalue()


def test_a_name_that_only_begins_so_is_another(submit: Submit, client: Any, hello: Path) -> None:
    client.create_workflow(name="hello-world", definitionZip=_zip(), requestId="x")
    assert submit(hello, "--name", "hello").json["versionName"] is None
    assert len(client.list_workflows()["items"]) == 2


@pytest.mark.parametrize("count", sampled([103, 203], [103]))  # a page has a hundred
def test_the_name_on_the_third_page(count: int, submit: Submit, client: Any, hello: Path) -> None:
    for number in range(count):
        client.create_workflow(
            name="hello" if number == count - 2 else "other", definitionZip=_zip(), requestId=f"r{number}"
        )
    found = next(one["id"] for one in _pages(client)[count // 100] if one["name"] == "hello")
    done = submit(hello, "--name", "hello")
    assert (done.code, done.json["workflowId"]) == (0, found), done.err


def _pages(client: Any) -> list[list[dict[str, Any]]]:
    return [page["items"] for page in client.get_paginator("list_workflows").paginate(type="PRIVATE")]


def test_a_failed_workflow_never_counts(submit: Submit, client: Any, files: Files) -> None:
    folder = files({"main.wdl": BROKEN})
    first, second = submit(folder, "--no-lint", "--name", "x"), submit(folder, "--no-lint", "--name", "x")
    assert (first.code, second.code) == (3, 3)
    assert first.json["workflowId"] != second.json["workflowId"]
    assert first.json["requestId"] != second.json["requestId"]
    (folder / "main.wdl").write_text(HELLO)
    good = submit(folder, "--name", "x")
    assert (good.code, good.json["action"], good.json["versionName"]) == (0, "created", None)


def test_a_failed_version_gets_another_name_unless_one_was_chosen(submit: Submit, client: Any, hello: Path) -> None:
    workflow = submit(hello).json["workflowId"]
    good = (hello / "main.wdl").read_text()
    (hello / "main.wdl").write_text(BROKEN)
    first, second = submit(hello, "--no-lint"), submit(hello, "--no-lint")
    assert (first.code, second.code) == (3, 3)
    assert second.json["versionName"] == first.json["versionName"] + ".2"
    assert second.json["workflowId"] == workflow
    words = (hello, "--no-lint", "--workflow-id", workflow, "--version-name", "v1")
    chosen = submit(*words)
    assert (chosen.code, chosen.json["status"]) == (3, "FAILED")
    again = submit(*words)
    assert again.code == 3
    assert "already exists and has FAILED: " in again.err
    assert "`--replace-failed` to delete and replace it" in again.err
    (hello / "main.wdl").write_text(good)
    replaced = submit(*words, "--replace-failed")
    assert (replaced.code, replaced.json["action"], replaced.json["status"]) == (0, "created", "ACTIVE"), replaced.err


def test_what_the_newest_version_has_is_reported_and_can_be_carried_over(
    submit: Submit, client: Any, hello: Path
) -> None:
    workflow = submit(hello, "--description", "Says hello", "--tags", "team=genomics,stage=test",
                      "--storage-type", "STATIC", "--storage-capacity", "2400").json["workflowId"]  # fmt: skip
    _changed(hello, "one")
    bare = submit(hello, "--tags", "stage=prod")
    assert bare.code == 0, bare.err
    assert bare.codes.count("REQ036") == 4
    messages = [one["message"] for one in bare.json["diagnostics"] if one["code"] == "REQ036"]
    assert any("the tag `team`" in message for message in messages)
    assert client.get_workflow_version(workflowId=workflow, versionName=bare.json["versionName"])["tags"] == {
        "stage": "prod"
    }
    client.delete_workflow_version(workflowId=workflow, versionName=bare.json["versionName"])
    carried = submit(hello, "--tags", "stage=prod", "--carry-over")
    assert carried.code == 0, carried.err
    assert "REQ036" not in carried.codes
    seen = client.get_workflow_version(workflowId=workflow, versionName=carried.json["versionName"])
    assert seen["tags"] == {"team": "genomics", "stage": "prod"}
    assert (seen["description"], seen["storageType"], seen["storageCapacity"]) == ("Says hello", "STATIC", 2400)


def test_a_lost_map_and_readme_are_reported(submit: Submit, client: Any, hello: Path) -> None:
    (hello / "README.md").write_text("# Hello\n")
    (hello / "container-registry-map.json").write_text(
        json.dumps({"registryMappings": [{"upstreamRegistryUrl": "quay.io", "ecrRepositoryPrefix": "quay"}]})
    )
    workflow = submit(hello, "--no-lint").json["workflowId"]
    for name in ("README.md", "container-registry-map.json"):
        (hello / name).unlink()
    _changed(hello, "one")
    done = submit(hello)
    lost = " ".join(one["message"] for one in done.json["diagnostics"] if one["code"] == "REQ036")
    assert "the registry map" in lost
    assert "the README" in lost
    _changed(hello, "two")
    client.delete_workflow_version(workflowId=workflow, versionName=done.json["versionName"])
    carried = submit(hello, "--carry-over", "--no-lint")
    seen = client.get_workflow_version(workflowId=workflow, versionName=carried.json["versionName"], export=["README"])
    assert seen["containerRegistryMap"]["registryMappings"][0]["ecrRepositoryPrefix"] == "quay"
    assert seen["readme"]


def test_a_workflow_that_is_creating_is_waited_for(submit: Submit, emulator: RunningEmulator, hello: Path) -> None:
    emulator.faults.set({"never_finish": 1})
    assert submit(hello, "--no-wait").json["status"] == "CREATING"
    _changed(hello, "one")
    waited = submit(hello, "--timeout", "2")
    assert waited.code == 4
    assert "waiting for it first" in waited.err


def test_a_workflow_id_that_is_not_there(submit: Submit, hello: Path) -> None:
    refused = submit(hello, "--workflow-id", "999")
    assert refused.code == 3
    assert "ResourceNotFoundException" in refused.err


def test_a_semantic_version_with_a_build_part_is_refused_with_what_would_be_taken(submit: Submit, hello: Path) -> None:
    refused = submit(hello, "--version-name", "1.2.0+g1a2b3c")
    assert refused.code == 1
    (found,) = [one for one in refused.json["diagnostics"] if one["code"] == "REQ002"]
    assert found["hint"] == "`1.2.0-g1a2b3c` is a valid name"


def test_the_same_by_two_at_once_is_one(
    submit: Submit, cli: Cli, emulator: RunningEmulator, client: Any, hello: Path
) -> None:
    import boto3
    from botocore.config import Config

    from packager.app.build import prepare
    from packager.app.load import load
    from packager.aws.deliver.delivery import deliver
    from packager.aws.deliver.prepared import DeliveryOptions
    from packager.aws.session import Target
    from packager.healthomics.request import Request

    del submit, cli, boto3, Config
    gate = threading.Barrier(4)

    def one(_: int) -> str:
        with prepare(load(str(hello)), Request(name="hello")) as parcel:
            gate.wait()
            return deliver(parcel, Target("us-east-1", None, emulator.endpoint_url), DeliveryOptions()).workflow_id

    with ThreadPoolExecutor(4) as pool:
        ids = set(pool.map(one, range(4)))
    assert len(ids) == 1
    assert len(client.list_workflows()["items"]) == 1


@pytest.mark.faults  # at scale: it takes a few seconds of CPU
def test_twenty_submitters_of_five_versions_each(emulator: RunningEmulator, client: Any, tmp_path: Path) -> None:
    from packager.app.build import prepare
    from packager.app.load import load
    from packager.aws.deliver.delivery import deliver
    from packager.aws.deliver.prepared import DeliveryOptions
    from packager.aws.session import Target
    from packager.healthomics.request import Request

    workflow = client.create_workflow(name="many", definitionZip=_zip(), requestId="many")["id"]
    target = Target("us-east-1", None, emulator.endpoint_url)
    parcels = []
    for number in range(20):
        folder = tmp_path / f"f{number}"
        folder.mkdir()
        (folder / "main.wdl").write_text(HELLO.replace("hello", f"hello{number}", 1))
        parcels.append(prepare(load(str(folder)), Request(workflow_id=workflow)))

    def submitter(number: int) -> list[str]:
        from dataclasses import replace

        made = []
        for turn in range(5):
            name = f"s{number}-v{turn}"
            request = replace(parcels[number].request, version_name=name, request_id=f"token-{name}")
            parcel = replace(parcels[number], request=request, fixed_request_id=True)
            done = deliver(parcel, target, DeliveryOptions(timeout=120))
            made.append(f"{done.action} {done.version_name} {done.status}")
        return made

    with ThreadPoolExecutor(20) as pool:
        answers = [line for lines in pool.map(submitter, range(20)) for line in lines]
    for parcel in parcels:
        parcel.__exit__()
    wanted = sorted(f"s{number}-v{turn}" for number in range(20) for turn in range(5))
    assert sorted(answers) == [f"created {name} ACTIVE" for name in wanted]
    found = [
        one["versionName"]
        for page in client.get_paginator("list_workflow_versions").paginate(workflowId=workflow)
        for one in page["items"]
    ]
    assert sorted(found) == wanted


def test_the_python_api(emulator: RunningEmulator, client: Any, hello: Path) -> None:
    from packager import load, submit
    from packager.aws.session import Target
    from packager.healthomics.request import Request

    target = Target("us-east-1", None, emulator.endpoint_url)
    loaded = load(str(hello))
    first = submit(loaded, Request(name="api", description="From Python"), target)
    again = submit(loaded, Request(name="api", description="From Python"), target)
    assert (first.action, first.status, again.action) == ("created", "ACTIVE", "reused")
    assert client.get_workflow(id=first.workflow_id)["description"] == "From Python"
    nameless = [submit(loaded, Request(), target).workflow_id for _ in range(2)]
    assert nameless[0] == nameless[1] != first.workflow_id


def test_a_twin_that_somebody_else_made_at_the_same_moment(
    cli: Cli, emulator: RunningEmulator, client: Any, hello: Path
) -> None:
    """Another workflow of the name appears between our look and our creation: that is said, and recorded."""
    made: list[str] = []

    def meanwhile(answer: bytes) -> bytes:
        if not made:
            made.append(client.create_workflow(name="hello", definitionZip=_zip(), requestId="theirs")["id"])
        return answer

    proxy = FaultProxy(emulator.endpoint_url, rewrite=meanwhile)
    done = cli(
        "submit", hello, "--name", "hello", "--description", "ours", "--endpoint-url", proxy.url, "--region", "us-east-1",
        "--record", hello / "r.jsonl", "--format", "json",
    )  # fmt: skip
    proxy.close()
    assert done.code == 3, done.err
    assert f"and {made[0]} were created at the same time with the same name `hello`" in done.err
    assert (
        json.loads((hello / "r.jsonl").read_text().splitlines()[-1])["workflowId"] == done.json["workflowId"] != made[0]
    )


def test_what_is_creating_is_told_to_be_the_same_without_waiting(
    submit: Submit, emulator: RunningEmulator, hello: Path
) -> None:
    emulator.faults.set({"never_finish": 1})
    first = submit(hello, "--no-wait")
    again = submit(hello, "--no-wait")
    assert (again.code, again.json["action"], again.json["status"]) == (0, "reused", "CREATING")
    assert again.json["workflowId"] == first.json["workflowId"]
    assert "waiting for it first" not in again.err


def test_a_readme_that_is_added_or_taken_away_is_another_configuration(submit: Submit, hello: Path) -> None:
    workflow = submit(hello).json["workflowId"]
    with_readme = submit(hello, "--readme-markdown", "# New")
    assert (with_readme.json["action"], with_readme.json["workflowId"]) == ("created", workflow)
    without = submit(hello)
    assert (without.json["action"], without.json["versionName"]) == ("reused", None)
    taken = submit(hello, "--version-name", "v1", "--workflow-id", workflow)
    assert taken.json["action"] == "created"
    other = submit(hello, "--version-name", "v1", "--workflow-id", workflow, "--readme-markdown", "# New")
    assert (other.code, "differs in readmeMarkdown" in other.err) == (3, True)


@pytest.mark.parametrize("member", ["--container-registry-map-uri", "--readme-uri"])
def test_another_place_is_another_configuration(submit: Submit, hello: Path, member: str) -> None:
    """What is there cannot be read here (it FAILS in the emulator without S3), but it is never taken for the same."""
    first = submit(hello, member, "s3://some-bucket/one.md", "--no-wait")
    second = submit(hello, member, "s3://some-bucket/two.md", "--no-wait")
    assert first.json["requestId"] != second.json["requestId"]
    assert second.json["action"] == "created"


def test_what_is_carried_over_is_meant_and_can_be_repeated(submit: Submit, client: Any, hello: Path) -> None:
    submit(hello, "--accelerators", "GPU", "--tags", "team=genomics", "--description", "Says hello")
    _changed(hello, "one")
    first = submit(hello, "--carry-over")
    assert first.code == 0, first.err
    again = submit(hello, "--carry-over")
    assert (again.code, again.json["action"]) == (0, "reused"), again.err
    assert again.json["versionName"] == first.json["versionName"]
    seen = client.get_workflow_version(workflowId=first.json["workflowId"], versionName=first.json["versionName"])
    assert (seen["accelerators"], seen["description"]) == ("GPU", "Says hello")


def test_what_has_failed_is_not_fine_without_waiting(submit: Submit, files: Files) -> None:
    folder = files({"main.wdl": BROKEN})
    words = (folder, "--no-lint", "--name", "x", "--request-id", "mine")
    assert submit(*words).code == 3
    again = submit(*words, "--no-wait")
    assert (again.code, again.json["status"]) == (3, "FAILED")


def test_a_name_that_a_new_workflow_has_no_use_for_is_said(submit: Submit, hello: Path) -> None:
    first = submit(hello, "--version-name", "v1")
    assert (first.code, "REQ040" in first.codes) == (0, True)


def test_a_reader_that_is_gone_hides_no_failure(emulator: RunningEmulator, files: Files) -> None:
    import subprocess
    import sys

    folder = files({"main.wdl": BROKEN})
    command = [sys.executable, "-m", "packager", "submit", str(folder), "--endpoint-url", emulator.endpoint_url]
    for words, code in ((["--no-lint"], 3), ([], 1)):
        with subprocess.Popen([*command, *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as started:
            assert started.stdout is not None
            started.stdout.close()
            assert started.wait(60) == code


def test_what_was_made_is_told_and_recorded_though_it_cannot_be_looked_at(
    submit: Submit, emulator: RunningEmulator, hello: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    emulator.faults.set({"kind": "throttle", "count": 12, "operation": "GetWorkflow"})
    done = submit(hello, "--record", hello / "r.jsonl", "--timeout", "60")
    recorded = [json.loads(line) for line in (hello / "r.jsonl").read_text().splitlines()]
    assert [(one["workflowId"], one["status"]) for one in recorded] == [
        (done.json["workflowId"], "CREATING"),
        (done.json["workflowId"], "ACTIVE"),
    ]
    assert done.code == 0, done.err


def test_names_of_folders_stay_whole(cli: Cli, files: Files) -> None:
    folder = files({"flow-1.2/main.wdl": HELLO, "flow-1.2/calling.wdl": HELLO})
    for path, name in (("flow-1.2/main.wdl", "flow-1.2"), ("flow-1.2/calling.wdl", "calling")):
        assert cli("submit", folder / path, "--dry-run").json["request"]["name"] == name
    assert cli("submit", folder / "flow-1.2", "--main", "main.wdl", "--dry-run").json["request"]["name"] == "flow-1.2"


def test_a_readme_that_cannot_be_sent_is_said(cli: Cli, hello: Path) -> None:
    for content in (b"\xff\xfe", b"x" * 600_000):
        (hello / "README.md").write_bytes(content)
        done = cli("submit", hello, "--dry-run")
        assert "REQ034" in [one["code"] for one in done.json["diagnostics"]]
        assert done.code == 0


def test_no_policy_lowers_what_the_service_rejects(cli: Cli, hello: Path) -> None:
    (hello / "packager.toml").write_text('[lint.severity]\nREQ005 = "info"\nREQ008 = "warning"\n')
    refused = cli("submit", hello, "--dry-run", "--tags", "aws:x=1", "--format", "json")
    assert refused.code == 1
    assert refused.codes.count("REQ005") == 1
    assert [one["severity"] for one in refused.json["diagnostics"] if one["code"] == "REQ008"] == ["warning"]
    assert cli("submit", hello, "--dry-run", "--timeout", "nan").code == 2
