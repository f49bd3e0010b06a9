"""Records of submissions, and promotion by them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Cli, Result
from examples import CORRECT

from packager.emulator import EmulatorOptions, RunningEmulator, serve
from packager.jsondoc.schemas import violations

Submit = Callable[..., Result]
Files = Callable[[dict[str, str | bytes]], Path]
TARGETS = "[target.dev]\nregion = 'us-east-1'\n[target.prod]\nregion = 'us-east-1'\n"


@pytest.fixture
def project(files: Files) -> Path:
    return files({**CORRECT, "packager.toml": TARGETS})


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def _ended(path: Path) -> list[dict[str, Any]]:
    """The records without those that were written before the wait."""
    return [one for one in _lines(path) if one["status"] != "CREATING"]


def test_a_record_says_who_what_and_where(submit: Submit, project: Path) -> None:
    record = project / "releases.jsonl"
    done = submit(project, "--target", "dev", "--record", record, "--name", "hello")
    assert done.code == 0, done.err
    again = submit(project, "--target", "dev", "--record", record, "--name", "hello")
    early, first, second = _lines(record)
    assert violations("record", early) == violations("record", first) == ()
    assert (early["action"], early["status"], early["ok"]) == ("created", "CREATING", False)
    assert (early["workflowId"], early["arn"], early["zipSha256"]) == (
        first["workflowId"],
        first["arn"],
        first["zipSha256"],
    )
    for name in (
        "workflowId",
        "versionName",
        "arn",
        "uuid",
        "status",
        "contentDigest",
        "zipSha256",
        "requestId",
        "region",
    ):
        assert first[name] == done.json[name], name
    assert (first["target"], first["name"], first["account"]) == ("dev", "hello", "123456789012")
    assert (first["action"], second["action"]) == ("created", "reused")
    assert again.json["workflowId"] == second["workflowId"]


def test_a_failed_submission_is_recorded_too(submit: Submit, files: Files) -> None:
    folder = files({"main.wdl": "version 1.0\nworkflow w {\n  call absent\n}\n"})
    assert submit(folder, "--no-lint", "--record", folder / "r.jsonl").code == 3
    assert [(one["status"], one["ok"]) for one in _lines(folder / "r.jsonl")] == [
        ("CREATING", False),
        ("FAILED", False),
    ]


def test_a_record_that_cannot_be_written_stops_before_anything_is_sent(
    submit: Submit, client: Any, project: Path
) -> None:
    refused = submit(project, "--record", project / "no" / "such" / "folder.jsonl")
    assert (refused.code, "cannot write" in refused.err) == (2, True)
    assert client.list_workflows()["items"] == []


def test_one_package_is_promoted_through_accounts(
    cli: Cli, emulator: RunningEmulator, project: Path, tmp_path: Path
) -> None:
    made = tmp_path / "hello.zip"
    assert cli("package", project, "-o", made).code == 0
    shutil.copy(project / "packager.toml", tmp_path / "packager.toml")
    record = tmp_path / "releases.jsonl"
    words = ("--record", record, "--format", "json", "--name", "hello")
    with serve(tmp_path / "prod.sqlite", EmulatorOptions(delay=0.05, account="999999999999")) as production:
        prod = ("--endpoint-url", production.endpoint_url, "--target", "prod", "--promote-from", "dev")
        early = cli("submit", made, *words, *prod)
        assert (early.code, "cannot read" in early.err or "has no ACTIVE submission" in early.err) == (2, True)
        dev = cli("submit", made, *words, "--endpoint-url", emulator.endpoint_url, "--target", "dev")
        assert dev.code == 0, dev.err
        promoted = cli("submit", made, *words, *prod)
        assert promoted.code == 0, promoted.err
        assert promoted.json["zipSha256"] == dev.json["zipSha256"]
        assert promoted.json["account"] == "999999999999"
        assert "the same content became ACTIVE in `dev`" in promoted.err
        (project / "main.wdl").write_text(CORRECT["main.wdl"].replace("hello ~{who}", "good day ~{who}"))
        other = cli("submit", project, *words, *prod)
        assert other.code == 2
        assert "has different content" in other.err
    assert [one["target"] for one in _ended(record)] == ["dev", "prod"]


def test_a_zip_that_was_changed_is_not_what_its_description_says(cli: Cli, project: Path, tmp_path: Path) -> None:
    made = tmp_path / "hello.zip"
    assert cli("package", project, "-o", made).code == 0
    (project / "main.wdl").write_text(CORRECT["main.wdl"].replace("hello ~{who}", "good day ~{who}"))
    assert cli("package", project, "-o", tmp_path / "other.zip").code == 0
    shutil.copy(tmp_path / "other.zip", made)
    refused = cli("submit", made, "--dry-run")
    assert (refused.code, "the content digest differs" in refused.err) == (2, True)


def test_broken_records_and_options_that_need_others(cli: Cli, project: Path) -> None:
    record = project / "r.jsonl"
    for content in (b"{", b"[]", b"\xff", b"1\n"):
        record.write_bytes(content)
        refused = cli("submit", project, "--local", "--record", record, "--promote-from", "dev")
        assert refused.code == 2
        assert "Traceback" not in refused.err
    assert cli("submit", project, "--promote-from", "dev").code == 2
    assert cli("submit", project, "--stage", "readme").code == 2
    assert cli("submit", project, "--staging", "nowhere").code == 2
