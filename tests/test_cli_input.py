"""`--cli-input`: files that work as `aws omics create-workflow --cli-input-yaml`, flags before them, the configuration behind."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import Cli
from examples import CORRECT

Files = Callable[[dict[str, str | bytes]], Path]
MAP = {"registryMappings": [{"upstreamRegistryUrl": "quay.io", "ecrRepositoryPrefix": "quay"}]}
ARN = "arn:aws:codeconnections:us-east-1:111122223333:connection/abc"


def _zip() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("main.wdl", CORRECT["main.wdl"])
    return packed.getvalue()


FULL: dict[str, Any] = {
    "name": "calling", "description": "Calls variants", "engine": "WDL", "main": "main.wdl", "storageType": "STATIC",
    "storageCapacity": 2400, "accelerators": "GPU", "tags": {"team": "genomics"}, "requestId": "token-1",
    "parameterTemplate": {"who": {"description": "the one to greet"}}, "containerRegistryMap": MAP,
    "readmeMarkdown": "# Calling",
}  # fmt: skip


@pytest.fixture
def dry_run(cli: Cli) -> Callable[..., dict[str, Any]]:
    def run(*words: str | Path) -> dict[str, Any]:
        done = cli("submit", *words, "--dry-run", "--format", "json", "--no-lint")
        assert done.code == 0, done.err + done.out
        request: dict[str, Any] = done.json["request"]
        return request

    return run


@pytest.mark.parametrize("write", [json.dumps, yaml.safe_dump])
def test_every_member_gets_into_the_request(
    dry_run: Callable[..., dict[str, Any]], files: Files, write: Callable[[Any], str]
) -> None:
    folder = files({"main.wdl": CORRECT["main.wdl"], "config.yaml": write(FULL)})
    request = dry_run(folder, "--cli-input", folder / "config.yaml")
    request.pop("definitionZip")
    assert request == FULL | {"parameterTemplate": {"who": {"description": "the one to greet", "optional": False}}}


def test_flags_go_before_the_file_and_the_file_before_the_configuration(
    dry_run: Callable[..., dict[str, Any]], files: Files
) -> None:
    folder = files({
        "main.wdl": CORRECT["main.wdl"], "config.yaml": yaml.safe_dump(FULL), "mine.json": '{"who": {"description": "mine"}}',
        "packager.toml": '[target.a]\ndescription = "from the target"\nworkflow-bucket-owner-id = "111122223333"\n',
    })  # fmt: skip
    words = (folder, "--cli-input", folder / "config.yaml", "--target", "a", "--name", "mine")
    request = dry_run(*words, "--parameter-template", folder / "mine.json")
    assert request["name"] == "mine"
    assert request["description"] == "Calls variants"
    assert request["workflowBucketOwnerId"] == "111122223333"
    assert request["parameterTemplate"] == {"who": {"description": "mine", "optional": False}}


@pytest.mark.parametrize("form", ["file", "base64", "binary"])
def test_the_zip_may_be_named_or_be_in_it(
    dry_run: Callable[..., dict[str, Any]], files: Files, form: str, in_folder: Path
) -> None:
    folder = files({"flow.zip": _zip()})
    zip_member: Any = {
        "file": f"fileb://{folder / 'flow.zip'}", "base64": base64.b64encode(_zip()).decode(), "binary": _zip()
    }[form]  # fmt: skip
    (folder / "config.yaml").write_text(yaml.safe_dump({"name": "z", "definitionZip": zip_member}))
    request = dry_run("--cli-input", folder / "config.yaml")
    assert request["main"] == "main.wdl"
    assert request["definitionZip"]["size"] == len(_zip())


def test_a_repository_and_a_version_in_it(
    dry_run: Callable[..., dict[str, Any]], files: Files, in_folder: Path
) -> None:
    members = {
        "workflowId": "1234567", "versionName": "v2", "main": "main.nf", "parameterTemplatePath": "parameters.json",
        "readmePath": "docs/README.md",
        "definitionRepository": {
            "connectionArn": ARN, "fullRepositoryId": "lab/flow", "sourceReference": {"type": "BRANCH", "value": "main"},
        },
    }  # fmt: skip
    folder = files({"config.json": json.dumps(members)})
    request = dry_run("--cli-input", folder / "config.json")
    request.pop("requestId")
    assert request == members


def test_what_a_newer_api_knows_passes_and_anything_else_does_not(
    cli: Cli, dry_run: Callable[..., dict[str, Any]], files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = files({"main.wdl": CORRECT["main.wdl"], "config.yaml": "networkPolicy: {mode: OPEN}\n"})
    refused = cli("submit", folder, "--cli-input", folder / "config.yaml", "--dry-run")
    assert refused.code == 2
    assert "`networkPolicy` is not a member of the request" in refused.err
    from packager.healthomics import api_model

    known = api_model.members
    monkeypatch.setattr(api_model, "members", lambda name: known(name) | {"networkPolicy"})
    assert dry_run(folder, "--cli-input", folder / "config.yaml")["networkPolicy"] == {"mode": "OPEN"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("discription: x\n", "did you mean `description`?"), ("[]", "does not contain request members"),
        ("{", "config.yaml:1:2` is neither YAML nor JSON"),
        ("tags: [a]\n", "`tags` does not have the form"), ("storageCapacity: big\n", "`storageCapacity` does not have the form"),
        ("name: 12\n", "`name` does not have the form"), ("a: &a [*a]\n", "refers to a list or map"),
        ("definitionZip: '?'\n", "neither base64"),
        ("parameterTemplate: {x: {description: 2026-01-01}}\n", "config.yaml:1:1`: `parameterTemplate` has a value that is not JSON"),
        ("", "does not contain request members"),
        ("!!python/object/apply:os.system ['true']\n", "neither YAML nor JSON"), ("\x00", "neither YAML nor JSON"),
        ("definitionRepository: {connectionArn: x}\n", "`definitionRepository` does not have the form"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_said_with_the_file(cli: Cli, files: Files, text: str, words: str) -> None:
    folder = files({"main.wdl": CORRECT["main.wdl"], "config.yaml": text})
    refused = cli("submit", folder, "--cli-input", folder / "config.yaml", "--dry-run")
    assert refused.code == 2, refused.err
    assert words in refused.err
    assert "config.yaml" in refused.err


def test_a_file_that_is_not_there(cli: Cli, files: Files) -> None:
    refused = cli("submit", files({**CORRECT}), "--cli-input", "absent.yaml", "--dry-run")
    assert (refused.code, "cannot read `absent.yaml`" in refused.err) == (2, True)


def test_every_member_of_the_api_has_an_option_and_stands_in_the_guide() -> None:
    from conftest import ROOT

    from packager.cli.commands.submit import command
    from packager.healthomics.api_model import members

    options = {name for parameter in command.params for name in parameter.opts}
    guide = (ROOT / "docs" / "submitting.md").read_text()
    sent_by_path = {"definitionZip", "requestId"}
    for member in sorted(members("CreateWorkflowRequest") | members("CreateWorkflowVersionRequest")):
        assert f"| `{member}` |" in guide, member
        option = "--" + "".join(f"-{char.lower()}" if char.isupper() else char for char in member)
        if member not in sent_by_path:
            assert option in options, member
            assert f"`{option}`" in guide, member
