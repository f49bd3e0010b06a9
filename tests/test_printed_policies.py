"""`images --print-policy`: each document is one that AWS tools accept as it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from conftest import Cli

ACCOUNT, OTHER, REGION = "111122223333", "444455556666", "us-east-1"
HOST = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
OWN = ("--account", ACCOUNT, "--region", REGION)
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:ngc-AbCdEf"
QUAY = {"upstreamRegistryUrl": "quay.io", "ecrRepositoryPrefix": "quay"}
NGC = {"upstreamRegistryUrl": "nvcr.io", "ecrRepositoryPrefix": "nvidia", "credentialArn": SECRET}
PULL = {"ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}


def wdl(*images: str) -> str:
    tasks = "".join(
        f'task t{number} {{\n command {{}}\n runtime {{ docker: "{image}" }}\n}}\n'
        for number, image in enumerate(images)
    )
    calls = "".join(f" call t{number}\n" for number in range(len(images)))
    return f"version 1.0\n{tasks}workflow w {{\n{calls}}}\n"


def mapping(*entries: dict[str, str]) -> str:
    return json.dumps({"registryMappings": entries})


@pytest.fixture
def printed(cli: Cli, files: Callable[..., Path]) -> Callable[..., Any]:
    """The policy of a kind for a workflow with a private image, a cached one and one that HealthOmics copies."""

    def run(kind: str, *options: str, maps: str = mapping(QUAY, NGC)) -> Any:
        images = (f"{HOST}/tools/bwa:1", "quay.io/org/samtools:1", "nvcr.io/nvidia/clara:4")
        files({"main.wdl": wdl(*images), "container-registry-map.json": maps})
        result = cli("images", "main.wdl", "--print-policy", kind, *(options or OWN))
        assert result.code == 0, result.err
        return result.json

    return run


def statements(policy: dict[str, Any]) -> dict[str, dict[str, Any]]:
    assert set(policy) == {"Version", "Statement"}
    assert policy["Version"] == "2012-10-17"
    return {statement["Sid"]: statement for statement in policy["Statement"]}


def test_the_caller(printed: Callable[..., Any]) -> None:
    allowed = statements(printed("caller"))
    assert {"omics:CreateWorkflow", "omics:CreateWorkflowVersion", "omics:StartRun"} <= set(
        allowed["SubmitAndRun"]["Action"]
    )
    assert allowed["PassRunRole"]["Condition"] == {"StringEquals": {"iam:PassedToService": "omics.amazonaws.com"}}
    assert allowed["PassRunRole"]["Resource"] == [f"arn:aws:iam::{ACCOUNT}:role/REPLACE-ME-RUN-ROLE"]


def test_the_run_role(printed: Callable[..., Any]) -> None:
    allowed = statements(printed("run-role"))
    assert set(allowed) == {
        "ReadInputs", "WriteOutputs", "ListBuckets", "WriteLogs", "CreateLogGroup", "PullImages", "ReadSecrets",
    }  # fmt: skip
    ecr = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository"
    assert allowed["PullImages"]["Resource"] == [f"{ecr}/quay/*", f"{ecr}/tools/bwa"]
    assert allowed["ReadSecrets"]["Resource"] == [SECRET]
    assert not any("Principal" in statement for statement in allowed.values())


def test_the_run_role_fills_the_caches_of_another_account(printed: Callable[..., Any]) -> None:
    allowed = statements(printed("run-role", maps=mapping({**QUAY, "ecrAccountId": OTHER}, NGC)))
    assert allowed["FillCachesOfOtherAccounts"]["Resource"] == [f"arn:aws:ecr:{REGION}:{OTHER}:repository/quay/*"]


def test_the_repositories(printed: Callable[..., Any]) -> None:
    allowed = statements(printed("repository"))
    assert set(allowed["HealthOmics"]["Action"]) == PULL | {"ecr:BatchCheckLayerAvailability"}
    assert "Resource" not in allowed["HealthOmics"]
    assert set(statements(printed("repository", "--account", OTHER, "--region", REGION))) == {
        "HealthOmics", "HealthOmicsRunRole",
    }  # fmt: skip


def test_the_registry(printed: Callable[..., Any]) -> None:
    allowed = statements(printed("registry"))
    assert allowed["HealthOmics"]["Resource"] == [f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/quay/*"]


def test_the_partition_of_the_region_is_used(cli: Cli, files: Callable[..., Path]) -> None:
    files({"main.wdl": wdl(f"{HOST}/tools/bwa:1")})
    result = cli("images", "main.wdl", "--print-policy", "run-role", *OWN)
    assert all(arn.startswith("arn:aws:") for each in result.json["Statement"] for arn in each["Resource"])


@pytest.mark.parametrize("kind", ["run-role", "registry"])
def test_what_depends_on_the_account_needs_it(cli: Cli, files: Callable[..., Path], kind: str) -> None:
    files({"main.wdl": wdl("quay.io/org/a:1"), "container-registry-map.json": mapping(QUAY)})
    refused = cli("images", "main.wdl", "--print-policy", kind)
    assert (refused.code, refused.out) == (2, "")
    assert "use `--account` and `--region`" in refused.err
    for other in ("caller", "repository"):
        assert cli("images", "main.wdl", "--print-policy", other).code == 0


def test_a_registry_policy_is_not_needed_without_a_cache(cli: Cli, files: Callable[..., Path]) -> None:
    files({"main.wdl": wdl(f"{HOST}/tools/bwa:1")})
    refused = cli("images", "main.wdl", "--print-policy", "registry", *OWN)
    assert refused.code == 2
    assert "the registry map has no pull-through cache" in refused.err


def test_two_registries_need_two_policies(cli: Cli, files: Callable[..., Path]) -> None:
    entries = (QUAY, {"upstreamRegistryUrl": "ghcr.io", "ecrRepositoryPrefix": "github", "ecrAccountId": OTHER})
    files({"main.wdl": wdl("quay.io/org/a:1"), "container-registry-map.json": mapping(*entries)})
    refused = cli("images", "main.wdl", "--print-policy", "registry", *OWN)
    assert refused.code == 2
    assert f"{ACCOUNT}, {OTHER}" in refused.err
    assert set(cli("images", "main.wdl", "--print-policy", "ecr", *OWN).json["registryPolicies"]) == {ACCOUNT, OTHER}


def test_one_policy_for_more_than_one_workflow(cli: Cli, files: Callable[..., Path]) -> None:
    files({"a.wdl": wdl(f"{HOST}/tools/a:1"), "b.wdl": wdl(f"{HOST}/tools/b:1")})
    for paths in (("a.wdl", "b.wdl"), (".",)):
        both = cli("images", *paths, "--print-policy", "run-role", *OWN)
        images = statements(both.json)["PullImages"]["Resource"]
        assert [arn.rpartition("/")[2] for arn in images] == ["a", "b"]
    assert len(cli("images", ".", "--print-policy", "ecr", *OWN).json["repositoryPolicies"]) == 2


def _known_to_moto(policy: object) -> str:
    """A registry policy for moto's account, which knows no action of pull-through caches."""
    text = json.dumps(policy).replace(ACCOUNT, "123456789012")
    return text.replace("ecr:BatchImportUpstreamImage", "ecr:ReplicateImage")


def test_aws_accepts_them(printed: Callable[..., Any], moto: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    iam = boto3.client("iam", region_name=REGION, endpoint_url=moto)
    for kind in ("caller", "run-role"):
        text = json.dumps(printed(kind)).replace("REPLACE-ME", "x")
        iam.create_policy(PolicyName=f"printed-{kind}", PolicyDocument=text)
    ecr = boto3.client("ecr", region_name=REGION, endpoint_url=moto)
    ecr.create_repository(repositoryName="tools/bwa")
    ecr.set_repository_policy(repositoryName="tools/bwa", policyText=json.dumps(printed("repository")))
    ecr.put_registry_policy(policyText=_known_to_moto(printed("registry")))
