"""What the emulator says of Nextflow pipelines: the advisory check, profiles and their templates. Asked through real boto3."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from emulator_support import running, settled, zipped

CONFIG = """\
manifest { nextflowVersion = '!>=25.10.0' }
params {
    reads = null
    mode = 'fast'
}
params.nested.depth = 2
profiles {
    standard { process.executor = 'local' }
    docker { docker.enabled = true }
    test {
        params.reads = 'data/*.fq'
        params.only_test = 1
        includeConfig 'conf/test.config'
    }
}
"""
MAIN = "workflow {\n    println params.reads\n    println params.sample\n}\n"


@pytest.fixture(scope="module")
def omics(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with running(tmp_path_factory.mktemp("emulator") / "state.db") as (_, client):
        yield client


def created(omics: Any, files: dict[str, str], **members: Any) -> dict[str, Any]:
    return settled(omics, omics.create_workflow(definitionZip=zipped(dict(files)), **members)["id"])


def said(found: dict[str, Any]) -> Any:
    assert found["status"] == "ACTIVE", "linters page: the findings do not block"
    assert "\n" not in found["statusMessage"]
    return json.loads(found["statusMessage"])


def test_findings_are_json(omics: Any) -> None:
    """Workflow linters page: advisory, summary, errors with their places, warnings."""
    broken = {
        "main.nf": "include { A } from './lib'\nworkflow {\n    println hello\n    for (i in 1..3) { println i }\n    A()\n}\n",
        "lib.nf": "workflow A {\n    println 'fine'\n}\n",
        "nextflow.config": "process.cpus = 1\n",
    }
    report = said(created(omics, broken))
    assert set(report) == {"advisory", "summary", "errors", "warnings"}
    assert isinstance(report["advisory"], str)
    assert report["warnings"] == []
    assert report["summary"] == {
        "errors": 2, "filesWithErrors": 1, "filesWithoutErrors": 2, "filesFormatted": 0,
        "warnings": 0, "filesWithWarnings": 0, "filesWithoutWarnings": 3,
    }  # fmt: skip
    places = [(one["filename"], one["startLine"], one["startColumn"]) for one in report["errors"]]
    assert places == [("main.nf", 3, 13), ("main.nf", 4, 5)]
    assert all(set(one) == {"filename", "startLine", "startColumn", "message"} for one in report["errors"])
    assert "hello" in report["errors"][0]["message"]


@pytest.mark.parametrize("version", ["!>=23.10.0", ">=22.04", "!>=26.04.0"])
def test_every_version_is_checked_alike(omics: Any, version: str) -> None:
    """Workflow linters page: for every version from 22.04 to 26.04."""
    files = {
        "main.nf": "nextflow.enable.dsl = 2\nworkflow {\n    println hello\n}\n",
        "nextflow.config": f"manifest.nextflowVersion = '{version}'\n",
    }
    report = said(created(omics, files))
    assert [(one["filename"], one["startLine"]) for one in report["errors"]] == [("main.nf", 3)]


def test_errors_of_the_config_too(omics: Any) -> None:
    files = {"main.nf": "workflow { }\n", "nextflow.config": "if (true) {\n    process.cpus = 1\n}\n"}
    assert [one["filename"] for one in said(created(omics, files))["errors"]] == ["nextflow.config"]


def test_the_first_language_is_not_checked(omics: Any) -> None:
    old = "Channel.from(1, 2).set { numbers }\nprocess a {\n  input:\n  val x from numbers\n  script:\n  'true'\n}\n"
    found = created(omics, {"main.nf": old + "println undefined_name\n"})
    assert found["status"] == "ACTIVE"
    assert "statusMessage" not in found


def test_too_many_findings_are_cut(omics: Any) -> None:
    lines = "".join(f"    println name_{number}\n" for number in range(500))
    found = created(omics, {"main.nf": f"workflow {{\n{lines}}}\n"})
    report = said(found)
    assert report["truncated"] is True
    assert report["summary"]["errors"] == 500
    assert 10 < len(report["errors"]) < 500
    assert report["errors"][0]["startLine"] == 2
    assert len(found["statusMessage"]) <= 4000


def test_control_characters_do_not_get_into_the_message(omics: Any) -> None:
    found = created(omics, {"main.nf": "workflow {\n  println \x07\x1b\n}\n"})
    assert said(found)["errors"]
    assert found["statusMessage"].isprintable()


def test_profiles(omics: Any) -> None:
    """API: `profiles` and `profileParameterTemplates` of GetWorkflowResponse and GetWorkflowVersionResponse."""
    files = {"main.nf": MAIN, "nextflow.config": CONFIG, "conf/test.config": "params.mode = 'slow'\nparams.more = 1\n"}
    found = created(omics, files)
    template = {
        "mode": {"description": "", "optional": True},
        "reads": {"description": "", "optional": True},
        "sample": {"description": "", "optional": False},
    }
    assert found["parameterTemplate"] == template
    assert found["profiles"] == ["standard", "docker", "test"]
    templates = found["profileParameterTemplates"]
    assert templates["standard"] == templates["docker"] == template
    more = {name: {"description": "", "optional": True} for name in ("only_test", "more")}
    assert templates["test"] == {**template, **more}
    omics.create_workflow_version(workflowId=found["id"], versionName="v", definitionZip=zipped(dict(files)))
    assert settled(omics, found["id"], "v")["profiles"] == found["profiles"]


def test_what_a_profile_gives_is_optional_in_its_template(omics: Any) -> None:
    config = "profiles {\n  small { params.sample = 'tiny' }\n  large { process.cpus = 8 }\n}\n"
    schema: dict[str, Any] = {
        "properties": {"sample": {"type": "string", "description": "The sample"}},
        "required": ["sample"],
    }
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    found = created(omics, {"main.nf": MAIN, "nextflow.config": config, "nextflow_schema.json": json.dumps(schema)})
    required = {"sample": {"description": "The sample", "optional": False}}
    assert found["parameterTemplate"] == required
    assert found["profileParameterTemplates"] == {
        "large": required,
        "small": {"sample": {"description": "The sample", "optional": True}},
    }


def test_no_profiles(omics: Any) -> None:
    for files in ({"main.nf": MAIN}, {"main.wdl": "version 1.0\nworkflow w { }\n"}):
        found = created(omics, files)
        assert not {"profiles", "profileParameterTemplates"} & set(found)
