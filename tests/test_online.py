"""Asking an account whether a workflow's images can be pulled: real boto3 over HTTP, against moto and a stand-in of our own."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from conftest import PYTHON, Cli, Result, bare_environment
from ecr_support import (
    ACCOUNT,
    HOST,
    OCI_MANIFEST,
    OTHER,
    READ,
    READABLE,
    REGION,
    Account,
    Fault,
    config_blob,
    manifest_of,
    policy,
    serving,
    statement,
)


def workflow(*images: str, extra: str = "") -> str:
    """A WDL workflow whose tasks `t0`, `t1`, ... use these images."""
    calls = "\n".join(f"  call t{number}" for number in range(len(images)))
    tasks = "\n".join(
        f'task t{number} {{\n  command <<< echo >>>\n  runtime {{ docker: "{image}" {extra} }}\n}}'
        for number, image in enumerate(images)
    )
    return f"version 1.0\nworkflow w {{\n{calls}\n}}\n{tasks}\n"


def registry_map(*mappings: dict[str, str], images: tuple[dict[str, str], ...] = ()) -> str:
    return json.dumps({"registryMappings": list(mappings), "imageMappings": list(images)}, indent=1)


QUAY = {"upstreamRegistryUrl": "quay.io", "ecrRepositoryPrefix": "quay"}
SAMTOOLS = "quay.io/biocontainers/samtools:1.17"


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """The stand-in, with credentials for it."""
    with serving(Account()) as running:
        monkeypatch.setenv("AWS_ENDPOINT_URL", running.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        yield running


Ask = Callable[..., Result]


@pytest.fixture
def ask(cli: Cli, files: Callable[[dict[str, str]], Path]) -> Ask:
    """`packager images --online` of a workflow with these images."""

    def run(*images: str, mapping: str | None = None, options: tuple[str, ...] = (), extra: str = "") -> Result:
        contents = {"main.wdl": workflow(*images, extra=extra)}
        if mapping is not None:
            contents["container-registry-map.json"] = mapping
        folder = files(contents)
        chosen = options if "--region" in options else (*options, "--region", REGION)
        return cli("images", folder / "main.wdl", "--online", "--format", "json", *chosen)

    return run


def messages(result: Result, code: str) -> list[str]:
    return [one["message"] for one in result.json["diagnostics"] if one["code"] == code]


def skipped(result: Result, code: str) -> str:
    return "\n".join(one["reason"] for one in result.json["skipped"] if one["code"] == code)


def place(result: Result, code: str) -> tuple[str, int, int, int, int]:
    (one,) = [one for one in result.json["diagnostics"] if one["code"] == code]
    return one["path"].rsplit("/", 1)[-1], one["line"], one["column"], one["endLine"], one["endColumn"]


# Images and repositories.


def test_an_image_that_can_be_pulled_is_met_with_silence(account: Account, ask: Ask) -> None:
    account.image("tools/bwa", "0.7.17")
    result = ask(f"{HOST}/tools/bwa:0.7.17")
    assert (result.code, result.json["diagnostics"], result.json["skipped"]) == (0, [], [])
    assert f"as {ACCOUNT}" in result.err
    assert "asking" not in result.out


def test_a_missing_repository(account: Account, ask: Ask) -> None:
    account.image("tools/bwa", "1")
    result = ask(f"{HOST}/tools/bwa:1", f"{HOST}/tools/bowtie:1")
    assert result.code == 1
    assert result.codes == ["IMG021"]
    assert "`tools/bowtie` does not exist" in messages(result, "IMG021")[0]
    assert place(result, "IMG021") == ("main.wdl", 12, 21, 12, 21 + len(f"{HOST}/tools/bowtie:1") + 2)


def test_a_missing_tag_and_a_missing_digest(account: Account, ask: Ask) -> None:
    digest = account.image("tools/bwa", "1")
    gone = "sha256:" + "0" * 64
    result = ask(f"{HOST}/tools/bwa:1", f"{HOST}/tools/bwa:2", f"{HOST}/tools/bwa@{gone}", f"{HOST}/tools/bwa@{digest}")
    assert result.codes == ["IMG023", "IMG023"]
    assert "tag `2`" in messages(result, "IMG023")[0]
    assert f"digest `{gone}`" in messages(result, "IMG023")[1]


def test_no_tag_means_latest(account: Account, ask: Ask) -> None:
    account.image("tools/bwa", "1")
    assert "tag `latest`" in messages(ask(f"{HOST}/tools/bwa"), "IMG023")[0]


def test_a_digest_decides_whatever_the_tag_says(account: Account, ask: Ask) -> None:
    digest = account.image("tools/bwa", "1")
    result = ask(f"{HOST}/tools/bwa:gone@{digest}")
    assert result.json["diagnostics"] == []


def test_an_archived_image_cannot_be_pulled(account: Account, ask: Ask) -> None:
    account.image("tools/bwa", "1", status="ARCHIVED")
    assert "archived" in messages(ask(f"{HOST}/tools/bwa:1"), "IMG023")[0]


def test_an_image_for_arm_alone(account: Account, ask: Ask) -> None:
    account.image("tools/bwa", "1", architecture="arm64")
    result = ask(f"{HOST}/tools/bwa:1")
    assert result.codes == ["IMG024"]
    assert "`linux/arm64`, not for `linux/amd64`" in messages(result, "IMG024")[0]


def test_an_index_with_and_without_the_platform(account: Account, ask: Ask) -> None:
    arm = account.image("tools/bwa", architecture="arm64")
    intel = account.image("tools/bwa", entrypoint=["/tini", "--"])
    account.index("tools/bwa", "both", ("linux", "amd64", intel), ("linux", "arm64", arm))
    account.index("tools/bwa", "arm", ("linux", "arm64", arm), ("unknown", "unknown", "sha256:" + "1" * 64))
    result = ask(f"{HOST}/tools/bwa:both", f"{HOST}/tools/bwa:arm")
    assert result.codes == ["IMG026", "IMG024"]
    assert "`linux/arm64`, not" in messages(result, "IMG024")[0]
    assert '`["/tini", "--"]`' in messages(result, "IMG026")[0]
    assert result.code == 1


def test_entrypoints_of_one_kind_are_one_finding(account: Account, ask: Ask) -> None:
    for number in range(5):
        account.image(f"tools/x{number}", "1", entrypoint=["/entry.sh"])
    account.image("tools/other", "1", entrypoint=["/other"])
    account.image("tools/none", "1", entrypoint=[])
    result = ask(*(f"{HOST}/tools/x{number}:1" for number in range(5)), f"{HOST}/tools/other:1", f"{HOST}/tools/none:1")
    assert result.codes == ["IMG026", "IMG026"]
    assert "5 images have the ENTRYPOINT" in messages(result, "IMG026")[0]
    assert "and 2 more" in messages(result, "IMG026")[0]
    assert result.code == 0


@pytest.mark.parametrize(
    ("gib", "extra", "found"),
    [
        (46, "", ["IMG025"]),
        (44, "", []),
        (46, 'acceleratorType: "nvidia-l4" acceleratorCount: 1', []),
        (96, 'acceleratorType: "nvidia-l4" acceleratorCount: 1', ["IMG025"]),
    ],
)
def test_a_size_beyond_the_limit(gib: int, extra: str, found: list[str], account: Account, ask: Ask) -> None:
    account.image("tools/big", "1", layer_bytes=gib * 1024**3)
    assert ask(f"{HOST}/tools/big:1", extra=extra).codes == found


def test_what_is_no_private_image_is_not_asked_for(account: Account, ask: Ask) -> None:
    result = ask("localhost:5000/x:1", "ubuntu:22.04")
    assert result.code == 0
    assert result.json["diagnostics"] == []
    assert "`localhost:5000/x:1`" in skipped(result, "IMG021")
    assert account.calls == []


def test_a_dynamic_image_is_said_to_be_unknown(account: Account, cli: Cli, files: Callable[..., Path]) -> None:
    account.image("tools/bwa", "1", architecture="arm64")
    source = """version 1.0
workflow w { input { String image Boolean old } call t { input: image = image } call u { input: old = old } }
task t { input { String image } command <<< >>> runtime { docker: image } }
task u { input { Boolean old } command <<< >>>
  runtime { docker: if old then "%s/tools/bwa:1" else "%s/tools/bwa:2" } }
"""
    folder = files({"main.wdl": source % (HOST, HOST)})
    result = cli("images", folder / "main.wdl", "--online", "--format", "json", "--region", REGION)
    assert "`image`: it is known only when the workflow runs" in skipped(result, "IMG021")
    # What it may come to is looked at too; whether a run comes to it is not known.
    assert {(one["code"], one["severity"]) for one in result.json["diagnostics"]} == {
        ("IMG023", "warning"),
        ("IMG024", "warning"),
    }
    assert result.code == 0


def test_an_image_mapping_is_judged_where_its_destination_stands(account: Account, ask: Ask) -> None:
    mapping = registry_map(images=({"sourceImage": "ubuntu:22.04", "destinationImage": f"{HOST}/ubuntu:22.04"},))
    result = ask("ubuntu:22.04", mapping=mapping)
    assert result.codes == ["IMG021"]
    assert place(result, "IMG021")[:2] == ("container-registry-map.json", 6)
    assert "from `ubuntu:22.04`" in messages(result, "IMG021")[0]


def test_one_call_for_all_images_of_a_repository(account: Account, ask: Ask) -> None:
    for number in range(7):
        account.image("tools/all", str(number))
    ask(*(f"{HOST}/tools/all:{number}" for number in range(7)))
    assert [account.count(one) for one in ("DescribeImages", "BatchGetImage", "GetRepositoryPolicy")] == [1, 1, 1]


def test_more_images_of_a_repository_than_a_call_takes(account: Account, ask: Ask) -> None:
    tags = [f"v{number}" for number in range(105)]
    digest = account.image("tools/all", *tags[:-1], entrypoint=["/e"])
    result = ask(*(f"{HOST}/tools/all:{tag}" for tag in tags), f"{HOST}/tools/all@{digest}")
    assert sorted(result.codes) == ["IMG023", "IMG026"]
    assert "tag `v104`" in messages(result, "IMG023")[0]
    assert account.count("DescribeImages") < 20, (
        "one that is missing fails a call, but not every image is asked for alone"
    )
    assert account.count("BatchGetImage") == account.count("GetDownloadUrlForLayer") == 1


# Policies of repositories.


@pytest.mark.parametrize(
    ("text", "codes", "part"),
    [
        (None, ["IMG027"], "the resource has no policy"),
        (policy(statement(action="ecr:BatchGetImage")), ["IMG027"], "`ecr:GetDownloadUrlForLayer` and `ecr:BatchCheckLayerAvailability`"),
        (policy(statement(), statement(effect="Deny", principal="*", action="ecr:*Layer*")), ["IMG027"], "explicitly"),
        (policy(statement(Condition={"StringEquals": {"aws:SourceAccount": OTHER}})), ["IMG027"], "`aws:SourceAccount`"),
        (policy(statement(action=["ecr:Batch*", "ecr:GetDownloadUrlForLayer"])), [], ""),
        (policy(statement(principal={"Service": ["x.amazonaws.com", "omics.amazonaws.com"]})), [], ""),
        (policy(statement(principal={"AWS": [ACCOUNT, f"arn:aws:iam::{OTHER}:root"]})), ["IMG027"], "no statement allows it"),
    ],
)  # fmt: skip
def test_the_policy_of_a_repository(text: str | None, codes: list[str], part: str, account: Account, ask: Ask) -> None:
    account.repository("tools/bwa", text)
    account.image("tools/bwa", "1")
    result = ask(f"{HOST}/tools/bwa:1")
    assert result.codes == codes
    assert part in "".join(messages(result, "IMG027"))


def test_a_condition_that_only_the_request_decides_is_unknown(account: Account, ask: Ask) -> None:
    account.repository("tools/bwa", policy(statement(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}})))
    account.image("tools/bwa", "1")
    result = ask(f"{HOST}/tools/bwa:1")
    assert (result.code, result.codes) == (0, [])
    assert "`aws:PrincipalOrgID`" in skipped(result, "IMG027")


# Other accounts.


def test_a_repository_of_another_account_is_unknown(account: Account, ask: Ask) -> None:
    account.image("tools/bwa", "1")
    foreign = HOST.replace(ACCOUNT, OTHER)
    result = ask(f"{foreign}/tools/bwa:1", f"{HOST}/tools/bwa:1")
    assert (result.code, result.codes) == (0, [])
    assert "run role" in skipped(result, "IMG021")
    assert "`ecr:DescribeImages`" in skipped(result, "IMG023")


def test_credentials_of_another_account(account: Account, ask: Ask) -> None:
    account.image("tools/bwa", "1")
    result = ask(f"{HOST}/tools/bwa:1", options=("--account", OTHER))
    assert "IMG020" in result.codes
    assert f"{ACCOUNT}, but the expected account is {OTHER}" in messages(result, "IMG020")[0]
    assert result.code == 0


def test_a_target_of_another_account_is_an_error(account: Account, cli: Cli, files: Callable[..., Path]) -> None:
    account.image("tools/bwa", "1")
    folder = files(
        {
            "main.wdl": workflow(f"{HOST}/tools/bwa:1"),
            "packager.toml": f'[target.prod]\naccount = "{OTHER}"\nregion = "{REGION}"\n',
        }
    )
    result = cli("images", folder / "main.wdl", "--online", "--target", "prod", "--format", "json")
    (found,) = [one for one in result.json["diagnostics"] if one["code"] == "IMG020"]
    assert found["severity"] == "error"
    assert result.code == 1


# Pull-through caches.


def test_a_cache_with_all_that_it_needs(account: Account, ask: Ask) -> None:
    account.cache("quay", "quay.io")
    result = ask(SAMTOOLS, mapping=registry_map(QUAY))
    assert result.codes == ["IMG022"]
    assert result.code == 0
    assert "quay/biocontainers/samtools:1.17" in messages(result, "IMG022")[0]
    assert account.count("BatchGetImage") == 0, "to fetch what is not cached would make ECR import it"


def test_an_image_that_is_cached(account: Account, ask: Ask) -> None:
    account.cache("quay", "quay.io")
    account.repository("quay/biocontainers/samtools", policy(statement(action=READ[:2])))
    account.image("quay/biocontainers/samtools", "1.17")
    assert ask(SAMTOOLS, mapping=registry_map(QUAY)).codes == []


def test_an_index_of_which_only_a_part_is_cached(account: Account, ask: Ask) -> None:
    account.cache("quay", "quay.io")
    account.index("quay/biocontainers/samtools", "1.17", ("linux", "amd64", "sha256:" + "a" * 64))
    result = ask(SAMTOOLS, mapping=registry_map(QUAY))
    assert result.codes == []
    assert "not in the repository yet" in skipped(result, "IMG026")


def test_a_registry_without_anything(account: Account, ask: Ask) -> None:
    result = ask(SAMTOOLS, mapping=registry_map(QUAY))
    assert sorted(result.codes) == ["IMG022", "IMG030", "IMG032", "IMG033"]
    assert result.code == 1
    assert place(result, "IMG030")[:2] == ("container-registry-map.json", 5)


@pytest.mark.parametrize(
    ("mapping", "found"),
    [
        ({**QUAY, "upstreamRegistryUrl": "ghcr.io"}, True),
        ({**QUAY, "upstreamRepositoryPrefix": "biocontainers"}, True),
        (QUAY, False),
    ],
)
def test_a_rule_for_another_upstream(mapping: dict[str, str], found: bool, account: Account, ask: Ask) -> None:
    account.cache("quay", "quay.io")
    assert ("IMG031" in ask(SAMTOOLS, mapping=registry_map(mapping)).codes) is found


def test_a_rule_with_an_upstream_prefix(account: Account, ask: Ask) -> None:
    account.cache("quay", "quay.io", upstream_prefix="biocontainers")
    mapping = registry_map({**QUAY, "upstreamRepositoryPrefix": "biocontainers"})
    assert ask(SAMTOOLS, mapping=mapping).codes == ["IMG022"]
    assert "IMG031" in ask(SAMTOOLS, mapping=registry_map(QUAY)).codes


def test_a_rule_above_the_prefix_is_a_warning(account: Account, ask: Ask) -> None:
    account.cache("quay", "quay.io")
    mapping = registry_map({**QUAY, "ecrRepositoryPrefix": "quay/team"})
    result = ask(SAMTOOLS, mapping=mapping)
    (found,) = [one for one in result.json["diagnostics"] if one["code"] == "IMG030"]
    assert found["severity"] == "warning"


def test_rules_and_templates_come_in_pages(account: Account, ask: Ask) -> None:
    for number in range(5):
        account.cache(f"cache{number}", "ghcr.io")
    account.cache("quay", "quay.io")
    account.page = 2
    assert ask(SAMTOOLS, mapping=registry_map(QUAY)).codes == ["IMG022"]
    assert account.count("DescribePullThroughCacheRules") == 3


@pytest.mark.parametrize(
    "resource",
    [f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/docker-hub/*", f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/quay-io/*"],
)
def test_a_registry_policy_for_another_prefix_does_not_count(resource: str, account: Account, ask: Ask) -> None:
    account.cache("quay", "quay.io")
    account.registry_policy = policy(statement(action="ecr:*", Resource=resource))
    result = ask(SAMTOOLS, mapping=registry_map(QUAY))
    assert sorted(result.codes) == ["IMG022", "IMG032"]
    assert "a permission is for other resources" in messages(result, "IMG032")[0]


def test_a_registry_policy_for_a_part_of_the_prefix(account: Account, ask: Ask) -> None:
    """It is enough for images that lie in that part, and for others it is not."""
    account.cache("quay", "quay.io")
    resource = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/quay/biocontainers/*"
    account.registry_policy = policy(statement(action="ecr:*", Resource=resource))
    assert ask(SAMTOOLS, mapping=registry_map(QUAY)).codes == ["IMG022"]
    assert "IMG032" in ask("quay.io/other/tool:1", mapping=registry_map(QUAY)).codes


def test_a_registry_policy_matters_less_once_everything_is_cached(account: Account, ask: Ask) -> None:
    account.cache("quay", "quay.io")
    account.registry_policy = None
    account.templates.clear()
    account.image("quay/biocontainers/samtools", "1.17")
    result = ask(SAMTOOLS, mapping=registry_map(QUAY))
    assert {(one["code"], one["severity"]) for one in result.json["diagnostics"]} == {
        ("IMG032", "warning"),
        ("IMG033", "warning"),
    }
    account.policies["quay/biocontainers/samtools"] = policy(statement(action="ecr:*"))
    assert ask(SAMTOOLS, mapping=registry_map(QUAY)).codes == ["IMG033"]


READING = policy(statement(action=["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]))


@pytest.mark.parametrize(
    ("templates", "code"),
    [
        ([{"prefix": "quay"}], None),
        ([{"prefix": "ROOT"}], None),
        ([{"prefix": "quay"}, {"prefix": "ROOT", "repositoryPolicy": ""}], None),
        ([{"prefix": "quay", "repositoryPolicy": ""}, {"prefix": "ROOT"}], "IMG034"),
        ([{"prefix": "qu"}, {"prefix": "quay/biocontainers"}], "IMG033"),
        ([{"prefix": "quay", "appliedFor": ["REPLICATION"]}], "IMG033"),
        ([{"prefix": "quay", "repositoryPolicy": policy(statement(action="ecr:BatchGetImage"))}], "IMG034"),
        ([{"prefix": "quay", "imageTagMutability": "IMMUTABLE"}], "IMG035"),
        ([{"prefix": "quay", "imageTagMutability": "MUTABLE"}], None),
    ],
)
def test_the_creation_template(templates: list[dict[str, Any]], code: str | None, account: Account, ask: Ask) -> None:
    account.cache("quay", "quay.io")
    base = {"appliedFor": ["PULL_THROUGH_CACHE"], "repositoryPolicy": READING}
    account.templates = [{**base, **one} for one in templates]
    result = ask(SAMTOOLS, mapping=registry_map(QUAY))
    assert sorted(result.codes) == sorted({"IMG022"} | ({code} if code else set()))


def test_docker_hub_by_its_names(account: Account, ask: Ask) -> None:
    account.cache("docker-hub", "registry-1.docker.io")
    mapping = registry_map({"upstreamRegistryUrl": "registry-1.docker.io", "ecrRepositoryPrefix": "docker-hub"})
    result = ask("ubuntu:22.04", mapping=mapping)
    assert result.codes == ["IMG022"]
    assert "docker-hub/library/ubuntu:22.04" in messages(result, "IMG022")[0]


def test_a_cache_of_another_account(account: Account, ask: Ask) -> None:
    result = ask(SAMTOOLS, f"{HOST}/tools/bwa:1", mapping=registry_map({**QUAY, "ecrAccountId": OTHER}))
    assert f"only account {OTHER} can" in skipped(result, "IMG032")
    assert "IMG030" in result.codes  # the stand-in answers for every account


def test_a_mapping_that_no_image_uses_is_a_warning(account: Account, ask: Ask) -> None:
    account.image("tools/bwa", "1")
    result = ask(f"{HOST}/tools/bwa:1", mapping=registry_map(QUAY))
    assert {one["severity"] for one in result.json["diagnostics"]} == {"warning"}
    assert result.code == 0


def test_an_image_that_names_its_cache_itself(account: Account, ask: Ask) -> None:
    image = f"{HOST}/quay/biocontainers/samtools:1.17"
    assert ask(image).codes == ["IMG021"]
    account.cache("quay", "quay.io")
    account.cache("qu", "ghcr.io")
    account.registry_policy = policy(statement(action="ecr:*", Resource="arn:aws:ecr:*:*:repository/quay/*"))
    result = ask(image)
    assert result.codes == ["IMG022"]
    assert "not yet in the cache `quay`" in messages(result, "IMG022")[0]
    account.templates.clear()
    assert ask(image).codes == ["IMG022", "IMG033"]
    # Once it is cached, two of the three actions are enough, as in any cache.
    account.repository("quay/biocontainers/samtools", READING)
    account.image("quay/biocontainers/samtools", "1.17")
    assert ask(image).codes == []


def test_a_rule_without_a_prefix_takes_in_everything(account: Account, ask: Ask) -> None:
    account.cache("ROOT", "quay.io")
    account.registry_policy = policy(statement(action="ecr:*"))
    assert ask(f"{HOST}/biocontainers/samtools:1.17").codes == ["IMG022"]


def test_without_the_rules_a_missing_repository_may_be_a_cache_s(account: Account, ask: Ask) -> None:
    account.repository("tools/bwa", READING)
    account.image("tools/bwa", "1")
    account.faults["DescribePullThroughCacheRules"] = Fault("AccessDeniedException")
    result = ask(f"{HOST}/tools/gone:1", f"{HOST}/tools/bwa:1", f"{HOST}/tools/bwa:2")
    assert {(one["code"], one["severity"]) for one in result.json["diagnostics"]} == {
        ("IMG021", "warning"),
        ("IMG023", "warning"),
    }
    assert "`ecr:BatchCheckLayerAvailability`" in skipped(result, "IMG027")
    assert result.code == 0


# Secrets.

SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:ngc-AbCdEf"


def ngc(arn: str) -> str:
    return registry_map({"upstreamRegistryUrl": "nvcr.io", "ecrRepositoryPrefix": "ngc", "credentialArn": arn})


@pytest.mark.parametrize(
    ("arn", "secret", "codes"),
    [
        (SECRET, {}, []),
        (SECRET, None, ["IMG040"]),
        (SECRET, {"DeletedDate": 1764000000}, ["IMG040"]),
        (SECRET.replace(REGION, "eu-west-1"), {}, ["IMG041"]),
        (SECRET.replace("ngc-AbCdEf", "REPLACE-ME-nvcr.io"), None, ["IMG042"]),
    ],
)
def test_the_secret(arn: str, secret: dict[str, Any] | None, codes: list[str], account: Account, ask: Ask) -> None:
    if secret is not None:
        account.secrets[arn] = secret
    result = ask("nvcr.io/nvidia/clara:4", mapping=ngc(arn))
    assert [code for code in result.codes if not code.startswith("MAP")] == codes
    assert "HealthOmics copies it" in skipped(result, "IMG023")
    assert account.count("GetSecretValue") == 0
    if codes:
        assert place(result, codes[0])[:2] == ("container-registry-map.json", 6)


def test_the_secret_of_a_mapping_that_no_image_uses_is_a_warning(account: Account, ask: Ask) -> None:
    account.image("tools/bwa", "1")
    result = ask(f"{HOST}/tools/bwa:1", mapping=ngc(SECRET))
    assert [(one["code"], one["severity"]) for one in result.json["diagnostics"]] == [("IMG040", "warning")]


# Faults: the rest of the report is right, and exit codes hold.


@pytest.mark.parametrize(
    ("operation", "code", "part"),
    [
        ("DescribeImages", "IMG023", "`ecr:DescribeImages`"),
        ("BatchGetImage", "IMG024", "`ecr:BatchGetImage`"),
        ("GetDownloadUrlForLayer", "IMG026", "`ecr:GetDownloadUrlForLayer`"),
        ("GetRepositoryPolicy", "IMG027", "`ecr:GetRepositoryPolicy`"),
        ("GetRegistryPolicy", "IMG032", "`ecr:GetRegistryPolicy`"),
        ("DescribePullThroughCacheRules", "IMG030", "`ecr:DescribePullThroughCacheRules`"),
        ("DescribeRepositoryCreationTemplates", "IMG033", "`ecr:DescribeRepositoryCreationTemplates`"),
    ],
)
def test_one_denial_leaves_the_rest(operation: str, code: str, part: str, account: Account, ask: Ask) -> None:
    account.cache("quay", "quay.io")
    account.image("tools/bwa", "1")
    account.repository("tools/bare", None)
    account.image("tools/bare", "1")
    account.faults[operation] = Fault("AccessDeniedException")
    result = ask(f"{HOST}/tools/bwa:1", f"{HOST}/tools/bare:1", SAMTOOLS, mapping=registry_map(QUAY))
    assert part in skipped(result, code)
    # That a repository has no policy, or that it does not exist, the other calls still tell.
    assert set(result.codes) == {"IMG022"} | ({"IMG027"} if operation != "GetRepositoryPolicy" else set())


def test_a_denial_for_one_repository_is_only_about_it(account: Account, ask: Ask) -> None:
    account.image("tools/bwa", "1")
    account.image("tools/closed", "1")
    account.faults["GetRepositoryPolicy"] = Fault("AccessDeniedException", only="closed")
    result = ask(f"{HOST}/tools/bwa:1", f"{HOST}/tools/closed:1")
    assert (result.code, result.codes) == (0, [])
    assert "closed" in skipped(result, "IMG027")
    assert "bwa" not in skipped(result, "IMG027")


def test_a_throttled_call_is_tried_again(account: Account, ask: Ask) -> None:
    account.image("tools/bwa", "1", architecture="arm64")
    account.faults["DescribeImages"] = Fault("ThrottlingException", times=2)
    assert ask(f"{HOST}/tools/bwa:1").codes == ["IMG024"]


def test_a_call_that_stays_throttled_is_unknown(account: Account, ask: Ask) -> None:
    account.repository("tools/bwa", None)
    account.image("tools/bwa", "1")
    account.faults["DescribeImages"] = Fault("ThrottlingException")
    result = ask(f"{HOST}/tools/bwa:1")
    assert result.codes == ["IMG027"]
    assert "throttled 4 times" in skipped(result, "IMG023")
    assert account.count("DescribeImages") == 4


def test_a_configuration_that_cannot_be_fetched(account: Account, ask: Ask) -> None:
    account.image("tools/bwa", "1")
    account.faults["blob"] = Fault()
    result = ask(f"{HOST}/tools/bwa:1")
    assert (result.code, result.codes) == (0, [])
    assert "HTTP 403" in skipped(result, "IMG024")
    assert account.url not in result.out


@pytest.mark.parametrize("text", ["[]", "null", "<html>", '{"imageDetails": [{}]}', '{"imageDetails": 5}', "{}"])
def test_an_answer_that_is_none(text: str, account: Account, ask: Ask) -> None:
    account.image("tools/bwa", "1")
    account.faults["DescribeImages"] = Fault(text=text)
    result = ask(f"{HOST}/tools/bwa:1")
    assert result.code in (0, 1)
    assert set(result.codes) <= {"IMG023"}


@pytest.mark.parametrize("code", ["ExpiredToken", "InvalidClientTokenId", "SignatureDoesNotMatch"])
def test_credentials_that_are_refused(code: str, account: Account, ask: Ask) -> None:
    account.faults["GetCallerIdentity"] = Fault(code, status=403)
    result = ask(f"{HOST}/tools/bwa:1", f"{HOST}/tools/bowtie:1")
    assert result.code == 3
    assert result.out == ""
    assert result.err.count(code) == 1
    assert [name for name, _ in account.calls] == ["GetCallerIdentity"]


def test_credentials_that_expire_on_the_way(account: Account, ask: Ask) -> None:
    account.faults["DescribeImages"] = Fault("ExpiredTokenException")
    account.faults["GetRepositoryPolicy"] = Fault("ExpiredTokenException")
    images = [f"{HOST}/tools/x{number}:1" for number in range(30)]
    result = ask(*images)
    assert result.code == 3
    assert result.err.count("have expired") == 1
    assert len(account.calls) < 20, "what stands in the way is not run into again and again"


def test_no_credentials(account: Account, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    result = ask(f"{HOST}/tools/bwa:1")
    assert result.code == 3
    assert "no AWS credentials were found" in result.err
    assert account.calls == []


def test_a_role_that_may_not_be_taken(
    account: Account, ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "aws-config"
    config.write_text(
        "[profile base]\naws_access_key_id = a\naws_secret_access_key = b\n"
        f"[profile role]\nrole_arn = arn:aws:iam::{OTHER}:role/deploy\nsource_profile = base\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    account.faults["AssumeRole"] = Fault("AccessDenied", status=403)
    result = ask(f"{HOST}/tools/bwa:1", options=("--profile", "role"))
    assert result.code == 3
    assert "AssumeRole failed" in result.err


def test_no_region_and_no_profile(account: Account, cli: Cli, files: Callable[..., Path]) -> None:
    del account
    folder = files({"main.wdl": workflow(f"{HOST}/tools/bwa:1")})
    result = cli("images", folder / "main.wdl", "--online")
    assert (result.code, "the AWS Region is unknown" in result.err) == (2, True)
    result = cli("images", folder / "main.wdl", "--online", "--region", REGION, "--profile", "nobody")
    assert (result.code, "`nobody` does not exist" in result.err) == (2, True)


def test_a_region_that_does_not_take_the_credentials(account: Account, ask: Ask) -> None:
    account.image("tools/bwa", "1")
    account.faults["DescribeImages"] = Fault("UnrecognizedClientException", only="far")
    account.faults["GetRepositoryPolicy"] = Fault("UnrecognizedClientException", only="far")
    far = HOST.replace(REGION, "ap-east-1")
    result = ask(f"{HOST}/tools/bwa:2", f"{far}/tools/far:1")
    assert result.codes == ["IMG023"]
    assert "not valid in this Region" in skipped(result, "IMG021")


def test_nobody_at_the_endpoint(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    result = ask(f"{HOST}/tools/bwa:1", f"{HOST}/tools/bowtie:1", options=("--timeout", "20"))
    assert result.code == 3
    assert "cannot be reached" in result.err


def test_an_identity_that_cannot_be_asked_for_leaves_the_rest(account: Account, ask: Ask) -> None:
    account.image("tools/bwa", "1", architecture="arm64")
    account.faults["GetCallerIdentity"] = Fault("AccessDenied", status=403)
    result = ask(f"{HOST}/tools/bwa:1")
    assert result.codes == ["IMG024"]
    assert "`sts:GetCallerIdentity`" in skipped(result, "IMG020")


def test_silence_is_waited_for_only_so_long(account: Account, ask: Ask) -> None:
    account.faults["DescribeImages"] = Fault("Nothing", hangs=3)
    account.faults["GetRepositoryPolicy"] = Fault("Nothing", hangs=3)
    started = time.monotonic()
    result = ask(*(f"{HOST}/tools/x{number}:1" for number in range(20)), options=("--timeout", "2"))
    assert result.code == 3
    assert "the time ran out (2 s)" in result.err or "cannot be reached" in result.err
    assert time.monotonic() - started < 20


def test_silence_of_one_call_leaves_what_was_answered(account: Account, ask: Ask) -> None:
    account.image("tools/bwa", "1")
    account.cache("quay", "quay.io")
    account.faults["DescribeSecret"] = Fault("Nothing", hangs=3)
    mapping = ngc(SECRET)
    result = ask(f"{HOST}/tools/bwa:2", "nvcr.io/x/y:1", mapping=mapping, options=("--timeout", "2"))
    assert "IMG023" in result.codes
    reason = skipped(result, "IMG040")
    assert "the time ran out (2 s)" in reason or "secretsmanager of us-east-1 cannot be reached" in reason


def test_the_report_is_the_same_every_time(account: Account, ask: Ask) -> None:
    account.cache("quay", "quay.io")
    for number in range(12):
        account.repository(f"tools/x{number}", READABLE if number % 3 else None)
        account.image(f"tools/x{number}", "1", architecture="arm64" if number % 2 else "amd64", entrypoint=["/e"])
    images = [f"{HOST}/tools/x{number}:{1 + number % 4 // 3}" for number in range(14)]
    first = ask(*images, SAMTOOLS, mapping=registry_map(QUAY))
    for _ in range(3):
        assert ask(*images, SAMTOOLS, mapping=registry_map(QUAY)).out == first.out


def test_for_a_person(account: Account, cli: Cli, files: Callable[..., Path]) -> None:
    account.repository("tools/bwa", None)
    account.image("tools/bwa", "1")
    folder = files({"main.wdl": workflow(f"{HOST}/tools/bwa:1", "ubuntu")})
    result = cli("images", folder / "main.wdl", "--online", "--region", REGION)
    assert result.code == 1
    assert "2 images" in result.out
    assert "error IMG027" in result.err
    assert "not checked IMG021: `ubuntu`" in result.err


# The policies that are printed.


def test_the_printed_policies_are_enough(account: Account, ask: Ask, cli: Cli, tmp_path: Path) -> None:
    account.image("tools/bwa", "1")
    account.policies.clear()
    account.cache("quay", "quay.io")
    account.registry_policy = None
    account.templates.clear()
    arguments = (f"{HOST}/tools/bwa:1", SAMTOOLS)
    before = ask(*arguments, mapping=registry_map(QUAY))
    assert sorted(before.codes) == ["IMG022", "IMG027", "IMG032", "IMG033"]
    calls = len(account.calls)
    source = tmp_path / "source" / "main.wdl"
    printed = cli("images", source, "--print-policy", "ecr", "--account", ACCOUNT, "--region", REGION).json
    assert len(account.calls) == calls
    for name, document in printed["repositoryPolicies"].items():
        account.policies[name.partition("/")[2]] = json.dumps(document)
    account.registry_policy = json.dumps(printed["registryPolicies"][ACCOUNT])
    account.templates = [
        {**one, "repositoryPolicy": json.dumps(one["repositoryPolicy"])}
        for one in printed["repositoryCreationTemplates"]
    ]
    assert ask(*arguments, mapping=registry_map(QUAY)).codes == ["IMG022"]


def test_printing_policies_needs_no_credentials(cli: Cli, files: Callable[..., Path]) -> None:
    folder = files({"main.wdl": workflow(f"{HOST}/tools/bwa:1", SAMTOOLS)})
    result = cli("images", folder / "main.wdl", "--print-policy", "ecr")
    assert list(result.json["repositoryPolicies"]) == [f"{HOST}/tools/bwa"]
    assert "Condition" not in result.json["repositoryPolicies"][f"{HOST}/tools/bwa"]["Statement"][0]
    (folder / "container-registry-map.json").write_text(registry_map(QUAY))
    result = cli("images", folder / "main.wdl", "--print-policy", "ecr")
    assert (result.code, "--account" in result.err) == (2, True)


def test_the_policy_for_another_account_names_the_run_role(cli: Cli, files: Callable[..., Path]) -> None:
    folder = files({"main.wdl": workflow(f"{HOST}/tools/bwa:1")})
    result = cli("images", folder / "main.wdl", "--print-policy", "ecr", "--account", OTHER, "--region", REGION)
    statements = result.json["repositoryPolicies"][f"{HOST}/tools/bwa"]["Statement"]
    assert statements[1]["Principal"] == {"AWS": f"arn:aws:iam::{OTHER}:role/REPLACE-ME-RUN-ROLE"}


def test_nothing_of_boto3_is_imported_unless_something_is_asked(files: Callable[..., Path], tmp_path: Path) -> None:
    folder = files({"main.wdl": workflow(f"{HOST}/tools/bwa:1", SAMTOOLS)})
    script = "import sys\nfrom packager.cli import main\nmain(sys.argv[1:])\nassert not {'boto3', 'botocore'} & set(sys.modules)\n"
    for options in ((), ("--print-policy", "run-role", "--account", ACCOUNT, "--region", REGION)):
        done = subprocess.run(
            [PYTHON, "-c", script, "images", str(folder / "main.wdl"), *options],
            capture_output=True, text=True, check=False, env=bare_environment(XDG_CACHE_HOME=str(tmp_path)),
        )  # fmt: skip
        assert done.returncode == 0, done.stderr


# Against moto, which has repositories, images, their policies, identities and secrets.


@pytest.fixture(scope="module")
def moto_url() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def moto(moto_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    """Clients of moto's server, for whoever fills it."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    for name in ("ECR", "STS", "SECRETS_MANAGER"):
        monkeypatch.setenv(f"AWS_ENDPOINT_URL_{name}", moto_url)

    def client(service: str) -> Any:
        return boto3.client(service, region_name=REGION)  # type: ignore[call-overload]  # the stubs know names, not variables

    return client


MOTO_HOST = f"123456789012.dkr.ecr.{REGION}.amazonaws.com"


def test_moto_repositories_images_and_policies(moto: Callable[[str], Any], ask: Ask) -> None:
    ecr = moto("ecr")
    for name in ("m/good", "m/denied", "m/scoped", "m/bare"):
        ecr.create_repository(repositoryName=name)
        ecr.put_image(
            repositoryName=name,
            imageTag="1",
            imageManifest=manifest_of(config_blob()),
            imageManifestMediaType=OCI_MANIFEST,
        )
    texts = {
        "m/good": policy(statement(action=["ecr:Batch*", "ecr:GetDownloadUrlForLayer"])),
        "m/denied": policy(statement(), statement(effect="Deny", action="ecr:BatchGetImage")),
        "m/scoped": policy(statement(Condition={"StringEquals": {"aws:SourceAccount": OTHER}})),
    }
    for name, text in texts.items():
        ecr.set_repository_policy(repositoryName=name, policyText=text)
    result = ask(
        *(f"{MOTO_HOST}/{name}:1" for name in ("m/good", "m/denied", "m/scoped", "m/bare")),
        f"{MOTO_HOST}/m/good:2",
        f"{MOTO_HOST}/m/absent:1",
        "localhost:5000/x:1",
    )
    assert result.code == 1
    found = {(one["code"], one["line"]) for one in result.json["diagnostics"]}
    assert {code for code, _ in found} == {"IMG021", "IMG023", "IMG027"}
    assert len(messages(result, "IMG027")) == 3
    assert "`m/absent`" in messages(result, "IMG021")[0]
    assert "tag `2`" in messages(result, "IMG023")[0]
    # moto gives no blobs: what they would tell is unknown, not fine.
    assert "`ecr:GetDownloadUrlForLayer`" in skipped(result, "IMG024")
    assert "localhost:5000" in skipped(result, "IMG021")


def test_moto_identity_and_secrets(moto: Callable[[str], Any], ask: Ask) -> None:
    arn = moto("secretsmanager").create_secret(Name="ngc", SecretString='{"accessToken": "x"}')["ARN"]
    result = ask("nvcr.io/nvidia/clara:4", mapping=ngc(arn), options=("--account", ACCOUNT))
    assert result.codes == ["IMG020"]
    assert "123456789012" in messages(result, "IMG020")[0]
    result = ask(
        "nvcr.io/nvidia/clara:4", mapping=ngc(arn.replace("123456789012:secret:ngc", "123456789012:secret:gone"))
    )
    assert result.codes == ["IMG040"]
    assert "accessToken" not in result.out


def test_the_platform_alone(ask: Ask, account: Account) -> None:
    account.image("arm", "1.0", architecture="arm64", entrypoint=["/run.sh"])
    images = (f"{HOST}/arm:1.0",)
    assert {"IMG024", "IMG026"} <= set(ask(*images).codes)
    assert ask(*images, options=("--platform-check",)).codes == ["IMG024"]


def test_the_platform_is_for_the_registry_to_tell(cli: Cli, files: Callable[[dict[str, str]], Path]) -> None:
    done = cli("images", files({"main.wdl": workflow(SAMTOOLS)}), "--platform-check")
    assert (done.code, "--platform-check needs --online" in done.err) == (2, True)


def test_lint_asks_too(account: Account, cli: Cli, files: Callable[[dict[str, str]], Path]) -> None:
    account.image("tool", "1.0", architecture="arm64")
    text = workflow(f"{HOST}/tool:1.0")
    folder = files({"main.wdl": text})
    found = cli("lint", folder / "main.wdl", "--online", "--region", REGION, "--format", "json")
    assert (found.code, "IMG024" in found.codes) == (1, True)
    accepted = text.replace("runtime {", "runtime {\n# packager: allow IMG024 - emulated\n")
    folder = files({"main.wdl": accepted})
    found = cli("lint", folder / "main.wdl", "--online", "--region", REGION, "--format", "json")
    assert not {"IMG024", "INT011"} & set(found.codes)
    assert "INT011" not in cli("lint", folder / "main.wdl", "--region", REGION, "--format", "json").codes


def test_a_digest_that_is_not_cached_is_a_warning(account: Account, ask: Ask) -> None:
    account.cache("quay", "quay.io")
    result = ask(f"{SAMTOOLS}@sha256:{'1' * 64}", mapping=registry_map(QUAY))
    (found,) = [one for one in result.json["diagnostics"] if one["code"] == "IMG022"]
    assert (found["severity"], found["message"].endswith("; a digest may not fill it")) == ("warning", True)
