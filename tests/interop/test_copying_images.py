"""The script that copies images, with the AWS CLI from the package index and moto's ECR; the copies are played by a stand-in."""

from __future__ import annotations

import json
from pathlib import Path

import boto3
import pytest
from conftest import Cli
from image_script_support import Registries
from interop_support import environment_with

pytestmark = pytest.mark.interop
ACCOUNT, REGION = "123456789012", "us-east-1"  # moto's account
IMAGE = f"sha256:{1:064d}"
WDL = 'version 1.0\nworkflow w { call t }\ntask t {\n command <<< >>>\n runtime { docker: "lab.example/bwa:1" }\n}\n'


def test_repositories_are_created_with_their_policy(
    cli: Cli, moto: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws = environment_with(tmp_path / "aws-cli", "awscli") / "aws"
    registries = Registries.create(tmp_path / "state")
    (registries.folder / "bin" / "aws").unlink()
    (registries.folder / "bin" / "aws").symlink_to(aws)
    registries.source("lab.example/bwa", ":1", IMAGE)
    registries.put("ecr", "tools/bwa/.is")  # the stand-in's own state
    host = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
    mapping = {"imageMappings": [{"sourceImage": "lab.example/bwa:1", "destinationImage": f"{host}/tools/bwa:1"}]}
    (tmp_path / "main.wdl").write_text(WDL)
    (tmp_path / "container-registry-map.json").write_text(json.dumps(mapping))
    where = ("--account", ACCOUNT, "--region", REGION)
    text = cli("images", tmp_path / "main.wdl", *where, "--format", "mirror", "--script", "skopeo").out
    policy = cli("images", tmp_path / "main.wdl", *where, "--print-policy", "repository").json
    variables = {
        "AWS_ENDPOINT_URL": moto,
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "HOME": str(tmp_path),
    }
    first = registries.run(text, **variables)
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.splitlines() == [
        "created the repository tools/bwa",
        "set the policy of tools/bwa",
        f"copied lab.example/bwa@{IMAGE} to {host}/tools/bwa:1",
        "1 copied, 0 already there, 0 left to pull-through caches, 0 failed",
    ]
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    ecr = boto3.client("ecr", region_name=REGION, endpoint_url=moto)
    assert json.loads(ecr.get_repository_policy(repositoryName="tools/bwa")["policyText"]) == policy
    ecr.close()
    again = registries.run(text, **variables)
    assert "created" not in again.stdout
