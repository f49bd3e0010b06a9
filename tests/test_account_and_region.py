"""Regions, accounts and credentials: wrong ones are reported first, with the nearest right one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Cli
from samples import sampled

from packager.aws.regions import has_healthomics, is_aws_region
from packager.healthomics import limits

WDL = "version 1.0\nworkflow w {\n}\n"
ACCOUNT = "111122223333"
CREATE = ("--region", "us-east-1", "--name", "w")


@pytest.fixture
def workflow(files: Callable[..., Path]) -> Path:
    return files({"main.wdl": WDL})


@pytest.mark.parametrize(
    ("region", "nearest"),
    [
        ("us-esat-1", "did you mean `us-east-1`?"),
        ("us-west2", "did you mean `us-west-2`?"),
        ("eu-west-3", "the nearest is `eu-west-"),
        ("Virginia", "HealthOmics is in ap-northeast-1,"),
        ("ca-central-1", "HealthOmics is in ap-northeast-1,"),
    ],
)
@pytest.mark.parametrize(
    "command",
    sampled(
        ["inspect", "lint", "images", "package", "submit", "diff", "template", "inputs"], ["lint", "submit", "template"]
    ),
)
def test_a_wrong_region_is_an_error(cli: Cli, workflow: Path, command: str, region: str, nearest: str) -> None:
    refused = cli(command, "main.wdl", "--region", region)
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.startswith(f"error: `{region}` is not a Region of HealthOmics\nhint: {nearest}")


def test_a_region_without_healthomics_has_no_far_neighbour(cli: Cli, workflow: Path) -> None:
    assert "did you mean" not in cli("lint", "--region", "ca-central-1").err
    assert "the nearest" not in cli("lint", "--region", "ca-central-1").err


def test_the_place_of_a_wrong_region_is_named(cli: Cli, files: Callable[..., Path]) -> None:
    files({"main.wdl": WDL, "packager.toml": '[target.dev]\nregion = "us-east-9"\naccount = "11112222333"\n'})
    refused = cli("lint", "main.wdl", "--target", "dev", "--account", ACCOUNT)
    assert "`us-east-9` (from packager.toml:2, [target.dev]) is not a Region of HealthOmics" in refused.err
    refused = cli("lint", "main.wdl", "--target", "dev", "--region", "us-east-1")
    assert "`11112222333` (from packager.toml:3, [target.dev]) is not an AWS account ID (12 digits)" in refused.err
    assert "did you mean `011112222333`?" in refused.err


def test_the_environment_is_not_for_packager_alone(cli: Cli, workflow: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "ca-central-1")
    for command in ("lint", "inspect", "package"):
        assert cli(command, "main.wdl").code == 0
    refused = cli("submit", "main.wdl")
    assert refused.code == 2
    assert "`ca-central-1` (from the environment) is not a Region of HealthOmics" in refused.err
    assert cli("submit", "main.wdl", "--local").code == 0


def test_a_newer_botocore_may_know_more(cli: Cli, workflow: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert all(has_healthomics(region) for region in limits.REGIONS)
    monkeypatch.setattr(
        "packager.aws.regions._has", lambda service, region: (service, region) == ("omics", "eu-north-1")
    )
    assert cli("lint", "main.wdl", "--region", "eu-north-1").code == 0
    assert cli("lint", "main.wdl", "--region", "eu-north-2").code == 2


def test_regions_of_aws() -> None:
    assert is_aws_region("ca-central-1")
    assert not is_aws_region("us-esat-1")
    assert not has_healthomics("ca-central-1")


@pytest.mark.parametrize(
    ("account", "hint"),
    [
        ("1111-2222-3333", "did you mean `111122223333`?"),
        ("1111 2222 3333", "did you mean `111122223333`?"),
        ("11112222333", "did you mean `011112222333`?"),
        ("1111222233334", "`aws sts get-caller-identity` shows yours"),
        ("my-account", "`aws sts get-caller-identity` shows yours"),
        ("¹¹¹¹²²²²³³³³", "`aws sts get-caller-identity` shows yours"),
    ],
)
@pytest.mark.parametrize("command", [("lint",), ("images",), ("map", "generate"), ("submit",)])
def test_a_wrong_account_is_an_error(
    cli: Cli, workflow: Path, command: tuple[str, ...], account: str, hint: str
) -> None:
    refused = cli(*command, "main.wdl", "--account", account, "--region", "us-east-1")
    assert (refused.code, refused.out) == (2, "")
    assert refused.err == f"error: `{account}` is not an AWS account ID (12 digits)\nhint: {hint}\n"


def test_init_asks_for_the_same(cli: Cli, workflow: Path) -> None:
    assert "did you mean `us-east-1`?" in cli("init", "--region", "us-esat-1").err
    assert "did you mean `111122223333`?" in cli("init", "--account", "1111-2222-3333").err
    assert not Path("packager.toml").exists()
    assert cli("init", "--region", "us-east-1", "--account", ACCOUNT).code == 0


# Before lint.


def test_without_credentials_nothing_else_is_said(cli: Cli, files: Callable[..., Path]) -> None:
    files({"main.wdl": WDL.replace("workflow", "import 'absent.wdl' as a\nworkflow")})
    refused = cli("submit", "main.wdl", "--region", "us-east-1")
    assert (refused.code, refused.out) == (3, "")
    assert refused.err == (
        "error: no AWS credentials were found\n"
        "hint: log in (for example with `aws sso login`), or use `--profile`; without an account: "
        "`packager submit main.wdl --region us-east-1 --local`\n"
    )


def test_without_a_region_nothing_else_is_said(cli: Cli, workflow: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    refused = cli("submit", ".", "--main", "main.wdl")
    assert refused.code == 2
    assert refused.err == (
        "error: the AWS Region is unknown\nhint: use `--region`, or set `AWS_REGION`; without an account: "
        "`packager submit . --main main.wdl --local`\n"
    )


def test_credentials_are_looked_for_once(
    cli: Cli, workflow: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, calls = tmp_path / "credentials", tmp_path / "calls"
    answer = '{"Version": 1, "AccessKeyId": "a", "SecretAccessKey": "b"}'
    program.write_text(f"#!/bin/sh\necho x >> {calls}\necho '{answer}'\n")
    program.chmod(0o755)
    config = tmp_path / "config"
    config.write_text(f"[profile p]\nregion = us-east-1\ncredential_process = {program}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    refused = cli("submit", "main.wdl", "--profile", "p", "--endpoint-url", "http://127.0.0.1:9", "--timeout", "3")
    assert refused.code == 3
    assert calls.read_text() == "x\n"


def test_a_broken_credential_process_is_named(
    cli: Cli, workflow: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config"
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    for program in ("false", "echo no json", "echo {}"):
        config.write_text(f"[profile p]\nregion = us-east-1\ncredential_process = {program}\n")
        refused = cli("submit", "main.wdl", "--profile", "p")
        assert refused.code == 3, refused.err
        assert refused.err.startswith("error: cannot retrieve the AWS credentials: ")
        assert "--local" not in refused.err


# A file as a text.


def test_a_readme_that_names_a_file(cli: Cli, files: Callable[..., Path]) -> None:
    files({"main.wdl": WDL, "docs/READ ME.md": "# Hello\n"})
    refused = cli("submit", "main.wdl", "--dry-run", "--readme-markdown", "docs/READ ME.md")
    assert refused.code == 2
    assert refused.err == (
        "error: `--readme-markdown` is the text itself, and `docs/READ ME.md` is a file\n"
        "hint: use `--readme-markdown 'file://docs/READ ME.md'`\n"
    )
    sent = cli("submit", "main.wdl", "--dry-run", *CREATE, "--readme-markdown", "file://docs/READ ME.md")
    assert sent.json["request"]["readmeMarkdown"] == "# Hello\n"
    for text in ("docs/absent.md", "# A text\n", "docs"):
        assert cli("submit", "main.wdl", "--dry-run", *CREATE, "--readme-markdown", text).code == 0
