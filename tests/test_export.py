"""Infrastructure code: it has the members of the request, keeps what runs use, and refuses what it cannot express."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hcl2
import pytest
import yaml
from conftest import WORKFLOWS, Cli
from hypothesis import given
from hypothesis import strategies as st

from packager.errors import PackagerError
from packager.export import cloudformation, terraform
from packager.export.literals import hcl_value, yaml_document
from packager.export.resources import CLOUDFORMATION, TERRAFORM, ExportedWorkflow, members
from packager.healthomics.request import Request
from packager.healthomics.request_body import body, of_members
from packager.model.facts import TemplateParameter

Files = Callable[[dict[str, str | bytes]], Path]
WDL = """version 1.1
workflow w {
    input { String name  Int threads = 2 }
    output { String n = name }
}
"""
MAP = {"registryMappings": [{"upstreamRegistryUrl": "quay.io", "ecrRepositoryPrefix": "quay"}]}
REPOSITORY = {
    "connectionArn": "arn:aws:codeconnections:us-east-1:111122223333:connection/0a1b2c3d",
    "fullRepositoryId": "org/flows",
    "sourceReference": {"type": "TAG", "value": "v1"},
    "excludeFilePatterns": ["docs/*"],
}
STAGING = ("--staging", "s3://lab-bucket/staging")
VALUES = st.recursive(
    st.text() | st.integers() | st.booleans(),
    lambda inner: st.lists(inner, min_size=1, max_size=3) | st.dictionaries(st.text(), inner, min_size=1, max_size=3),
    max_leaves=8,
)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn")), min_size=1, max_size=20)


def faults(text: str) -> list[str]:
    """What cfn-lint reports."""
    from cfnlint.api import lint as cfn_lint  # a second of imports, which only the process that runs these tests needs
    from cfnlint.config import ManualArgs

    return [match.message for match in cfn_lint(text, config=ManualArgs(regions=["us-east-1"]))]


def lowered(value: Any) -> Any:
    """A resource's members with the API's names."""
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: lowered(inner) for key, inner in value.items()}
    return [lowered(item) for item in value] if isinstance(value, list) else value


@given(st.dictionaries(st.text(), VALUES, min_size=1, max_size=4))
def test_yaml_is_read_as_the_same_values(value: dict[str, object]) -> None:
    assert yaml.safe_load(yaml_document(value)) == value


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "description": TEXTS,
            "readmeMarkdown": st.text(min_size=1),
            "storageType": st.sampled_from(["STATIC", "DYNAMIC"]),
            "storageCapacity": st.integers(0, 100_000),
            "engine": st.sampled_from(["WDL", "NEXTFLOW", "CWL"]),
            "tags": st.dictionaries(TEXTS, TEXTS, min_size=1, max_size=3),
            "containerRegistryMap": st.just(MAP),
            "definitionRepository": st.just(REPOSITORY),
        },
    ),
    st.booleans(),
)
def test_a_template_has_the_members_of_the_request(sent: dict[str, Any], version: bool) -> None:
    sent |= {"workflowId": "1234567", "versionName": "v1"} if version else {"name": "w"}
    request = of_members(sent)
    properties = members(request, CLOUDFORMATION)
    tags, mapping, repository = (
        properties.pop(name, None) for name in ("Tags", "ContainerRegistryMap", "DefinitionRepository")
    )
    again = lowered(properties)
    again |= {"tags": tags} if tags else {}
    again |= {"containerRegistryMap": lowered(mapping)} if mapping else {}
    again |= {"definitionRepository": repository} if repository else {}
    assert again == body(request)
    assert set(members(request, TERRAFORM)) == {
        member for member in Request.__dataclass_fields__ if getattr(request, member) not in (None, ())
    }


def test_members_in_lower_camel_case_stay_so() -> None:
    request = Request(
        name="w", definition_uri="s3://b/w.zip", readme_markdown="# W", container_registry_map=json.dumps(MAP)
    )
    properties = members(request, CLOUDFORMATION)
    assert properties["readmeMarkdown"] == "# W"
    assert properties["ContainerRegistryMap"] == {
        "RegistryMappings": [{"UpstreamRegistryUrl": "quay.io", "EcrRepositoryPrefix": "quay"}]
    }
    repository = members(of_members({"name": "w", "definitionRepository": REPOSITORY}), CLOUDFORMATION)
    assert repository["DefinitionRepository"] == REPOSITORY


@pytest.mark.parametrize(
    ("request_", "message", "way"),
    [
        (Request(engine="WDL_LENIENT"), "does not have the engine `WDL_LENIENT`", "--engine WDL"),
        (
            Request(parameter_template=tuple((f"p{n}", TemplateParameter("", False)) for n in range(1001))),
            "1,001",
            "submit",
        ),
        (
            Request(container_registry_map='{"registryMappings": [{"credentialArn": "arn:x"}]}'),
            "`credentialArn`",
            "--container-registry-map-uri",
        ),
        (Request(extra=(("newMember", "1"),)), "`newMember`", "submit"),
        (Request(definition_uri="s3://bucket/" + "p" * 300), "at most 256", "shorter prefix"),
    ],
)
def test_what_cannot_be_expressed_is_refused_with_the_way_round(request_: Request, message: str, way: str) -> None:
    for naming in (CLOUDFORMATION, TERRAFORM):
        with pytest.raises(PackagerError) as caught:
            members(request_, naming)
        assert message in caught.value.message
        assert way in caught.value.hint


def test_what_a_format_would_evaluate_is_escaped_or_refused() -> None:
    dynamic = ExportedWorkflow(Request(name="w", definition_uri="s3://b/w.zip", readme_markdown="{{resolve:ssm:x}}"))
    with pytest.raises(PackagerError, match="replaces by a value"):
        cloudformation.as_yaml([dynamic])
    only = Request(name="w", definition_uri="s3://b/w.zip", parameter_template=(("Ref", TemplateParameter("", False)),))
    with pytest.raises(PackagerError, match="reads as a function"):
        cloudformation.as_yaml([ExportedWorkflow(only)])
    assert hcl_value("${a} %{b}") == '"$${a} %%{b}"'
    shell = ExportedWorkflow(Request(name="w", definition_uri="s3://b/w.zip", readme_markdown="${HOME}"))
    assert "$${HOME}" in terraform.as_json([shell])


def test_the_template_says_what_a_dry_run_says(cli: Cli, files: Files) -> None:
    folder = files({"main.wdl": WDL, "README.md": "# W\n\ncounts\n", "container-registry-map.json": json.dumps(MAP)})
    settings = (*STAGING, "--name", "w", "--storage-type", "DYNAMIC", "--tags", "team=a,Ref=b")
    sent = cli("submit", folder, "--dry-run", *settings).json["request"]
    done = cli("export", folder, *settings)
    assert done.code == 0, done.err
    assert faults(done.out) == []
    (resource,) = yaml.safe_load(done.out)["Resources"].values()
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain", "Retain")
    got = {name[:1].lower() + name[1:]: value for name, value in resource["Properties"].items()}
    sha256 = sent.pop("definitionZip")["sha256"]
    assert got.pop("definitionUri") == f"s3://lab-bucket/staging/{sha256}.zip"
    assert "--stage --staging s3://lab-bucket/staging" in done.err.replace("\n", " ")
    sent.pop("requestId")
    template = {name: {k.lower(): v for k, v in entry.items()} for name, entry in got.pop("parameterTemplate").items()}
    assert template == {
        n: {k: v for k, v in entry.items() if v != ""} for n, entry in sent.pop("parameterTemplate").items()
    }
    assert lowered(got.pop("containerRegistryMap")) == sent.pop("containerRegistryMap")
    assert got == sent


def test_a_version_of_an_existing_workflow(cli: Cli, files: Files) -> None:
    folder = files({"main.wdl": WDL})
    first = cli("export", folder, *STAGING, "--existing", "1234567", "--syntax", "json").json
    assert faults(json.dumps(first)) == []
    ((name, resource),) = first["Resources"].items()
    assert resource["Type"] == "AWS::Omics::WorkflowVersion"
    assert resource["Properties"]["WorkflowId"] == "1234567"
    (folder / "main.wdl").write_text(WDL.replace("threads = 2", "threads = 3"))
    second = cli("export", folder, *STAGING, "--existing", "1234567", "--syntax", "json").json
    ((other, changed),) = second["Resources"].items()
    assert other != name, "the retained version leaves the template, and is not replaced"
    assert changed["Properties"]["VersionName"] != resource["Properties"]["VersionName"]


def test_several_targets_are_one_template(cli: Cli, files: Files) -> None:
    folder = files({
        "main.wdl": WDL,
        "packager.toml": '[target.dev]\nstaging = "s3://dev-bucket/p"\naccount = "111122223333"\n'
        '[target.prod]\nstaging = "s3://prod-bucket/p"\naccount = "444455556666"\nworkflow-id = "7654321"\n',
    })  # fmt: skip
    targets = ("--target", "dev", "--target", "prod")
    done = cli("export", folder, *targets)
    assert done.code == 0, done.err
    assert faults(done.out) == []
    content = yaml.safe_load(done.out)
    assert content["Parameters"]["Target"]["AllowedValues"] == ["dev", "prod"]
    dev, prod = content["Resources"].values()
    assert dev["Properties"]["WorkflowBucketOwnerId"] == "111122223333"
    assert prod["Type"] == "AWS::Omics::WorkflowVersion"
    done = cli("export", folder, *targets, "--format", "terraform")
    resources = hcl2.loads(done.out)["resource"]
    assert len(resources) == 2
    assert done.out.count("prevent_destroy = true") == 2
    assert cli("export", folder, *targets, "--format", "terraform", "--syntax", "json").json["variable"] == {
        "target": {"type": "string"}
    }


def test_without_a_place_on_s3_the_option_is_named(cli: Cli, files: Files) -> None:
    done = cli("export", files({"main.wdl": WDL}))
    assert done.code == 2
    assert "--staging s3://BUCKET/PREFIX" in done.err
    assert cli("export", files({"main.wdl": WDL}), "--syntax", "hcl").code == 2


@pytest.mark.parametrize("name", ["nextflow-counts", "nextflow-modules", "cwl-records", "wdl-variants"])
def test_fixtures_pass_the_checkers(cli: Cli, name: str) -> None:
    done = cli("export", WORKFLOWS / name, *STAGING, "--no-lint")
    if done.code == 0:
        assert faults(done.out) == []
        assert hcl2.loads(cli("export", WORKFLOWS / name, *STAGING, "--no-lint", "--format", "terraform").out)
