"""Requests that start runs, as `packager inputs` prints them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from conftest import WORKFLOWS, Cli, Result
from hypothesis import given
from hypothesis import strategies as st
from run_support import recording_service

from packager.healthomics import limits
from packager.healthomics.api_model import members, shape
from packager.healthomics.run_request import RunForm, RunMember, Structure, members_of
from packager.parameters.run_requests import merged
from packager.parameters.start_run import RowParameters, shared_parameters, start_run_batch

Files = Callable[[dict[str, str | bytes]], Path]
WDL = """version 1.1
workflow w {
  input { String who  Int times = 1 }
  output { String text = who }
}
"""
ROLE = "arn:aws:iam::111122223333:role/r"
SET = ("--workflow-id", "12", "--version-name", "1.0", "--role-arn", ROLE, "--output-uri", "s3://lab/out/")
# Members that the oldest supported botocore does not have.
NEWER = {"outputUriPrefixMode", "parametersUri", "requesterPaysEnabled"}


# The table of members.


@pytest.mark.parametrize("structure", list(Structure))
def test_every_member_is_the_apis(structure: Structure) -> None:
    known = set(members_of(structure))
    assert members(structure.value) <= known
    assert known - members(structure.value) <= NEWER
    required = {name for name, member in members_of(structure).items() if structure in member.required}
    own = {"outputUri"} & required if structure is Structure.RUN else set()
    assert required == (set(shape(structure.value).get("required", [])) - {"requestId"}) | own


def described(member: RunMember, known: dict[str, Any]) -> tuple[Any, Any]:
    """What the table and the model have about the values of a member."""
    if known.get("enum"):
        return sorted(member.choices), sorted(known["enum"])
    if known["type"] == "integer":
        return member.bounds, (known["min"], known["max"])
    if known["type"] == "list":
        return member.length, (known["min"], known["max"])
    if known["type"] != "string":
        return member.form, {"structure": RunForm.OBJECT, "boolean": RunForm.BOOLEAN, "map": RunForm.TAGS}[
            known["type"]
        ]
    if known["pattern"] == limits.ACCOUNT_ID_PATTERN and known["max"] == limits.ACCOUNT_ID_LENGTH:
        return member.pattern, limits.BUCKET_OWNER_PATTERN
    pattern = member.pattern or (known["pattern"] if member.lines == ("\\n" in known["pattern"]) else "lines")
    length = (known["min"], known["max"]) if "max" in known else None
    return (pattern, member.length), (known["pattern"], length)


@pytest.mark.parametrize("structure", list(Structure))
def test_the_limits_are_those_of_the_installed_model(structure: Structure) -> None:
    model = shape(structure.value)["members"]
    for name, member in members_of(structure).items():
        if name in model:
            ours, theirs = described(member, shape(model[name]["shape"]))
            assert ours == theirs, f"{structure.value}.{name}"


# What is printed.


def test_a_request_has_what_is_known_and_placeholders_for_the_rest(cli: Cli, files: Files) -> None:
    files({"calling/main.wdl": WDL})
    assert cli("inputs", "calling", "--start-run").json == {
        "workflowId": "<workflow ID>",
        "workflowVersionName": "<version name>",
        "name": "calling",
        "roleArn": "<ARN of the run's role>",
        "outputUri": "s3://BUCKET/PATH/TO/OUTPUTS/",
        "parameters": {"who": "<text>"},
        "storageType": "DYNAMIC",
    }
    options = ("--storage-capacity", "2400", "--requester-pays-enabled", "--name", "monday", "--cache-id", "9")
    full = cli("inputs", "calling", "--start-run", "--all", *SET, *options).json
    assert full == {
        "workflowId": "12",
        "workflowVersionName": "1.0",
        "name": "monday",
        "roleArn": "arn:aws:iam::111122223333:role/r",
        "outputUri": "s3://lab/out/",
        "parameters": {"who": "<text>", "times": 1},
        "storageType": "STATIC",
        "storageCapacity": 2400,
        "cacheId": "9",
        "requesterPaysEnabled": True,
    }
    assert "workflowVersionName" not in cli("inputs", "calling", "--start-run", "--default-version").json


def test_settings_of_the_configuration_are_used(cli: Cli, files: Files) -> None:
    files({
        "main.wdl": WDL,
        "packager.toml": '[workflow.w]\npath = "main.wdl"\nname = "calling"\nstorage-type = "STATIC"\n'
        '[target.prod]\nworkflow-id = "77"\nversion-name = "2.1"\nstorage-capacity = 4800\n',
    })  # fmt: skip
    made = cli("inputs", "--start-run", "--target", "prod").json
    assert [made[name] for name in ("workflowId", "workflowVersionName", "name")] == ["77", "2.1", "calling"]
    assert [made[name] for name in ("storageType", "storageCapacity")] == ["STATIC", 4800]


def test_profiles_are_engine_settings(cli: Cli, files: Files) -> None:
    files({"main.nf": "workflow { println params.x }\n", "nextflow.config": "profiles { test { params.x = 1 } }\n"})
    made = cli("inputs", ".", "--start-run", "--nextflow-profile", "test").json
    assert made["engineSettings"] == {"profile": "test"}


@pytest.mark.parametrize("name", ["wdl-variants", "cwl-records", "nextflow-modules"])
@pytest.mark.parametrize("form", ["--start-run", "--start-run-batch"])
def test_what_is_printed_passes_the_check_but_for_its_placeholders(
    name: str, form: str, cli: Cli, tmp_path: Path
) -> None:
    file = tmp_path / "request.json"
    assert cli("inputs", WORKFLOWS / name, form, "-o", file).code == 0
    found = cli("inputs", WORKFLOWS / name, "--check", file, "--format", "json").json["diagnostics"]
    assert {one["code"] for one in found} <= {"REQ053", "TPL029"}
    places = {one["line"] for one in found}
    marked = [
        number for number, line in enumerate(file.read_text().splitlines(), 1) if ': "<' in line or "BUCKET" in line
    ]
    assert places == set(marked)


def test_a_complete_request_leads_to_the_run(cli: Cli, files: Files) -> None:
    files({"main.wdl": WDL, "run.json": '{"who": "you"}'})
    for form, operation in (("--start-run", "start-run"), ("--start-run-batch", "start-run-batch")):
        written = cli("inputs", ".", form, *SET, "--parameters", "run.json", "-o", "request.json")
        assert written.err.splitlines()[0] == "request.json: written"
        checked = cli("inputs", ".", "--check", "request.json")
        assert checked.code == 0, checked.out
        expected = f"next: `aws omics {operation} --cli-input-json file://request.json --region REGION`\n"
        assert checked.err == expected


def test_the_next_command_keeps_the_options(cli: Cli, files: Files) -> None:
    files({"main.wdl": WDL})
    printed = cli("inputs", ".", "--start-run", "--workflow-id", "12", "--requester-pays-enabled")
    command = "packager inputs . --start-run --workflow-id 12 --requester-pays-enabled -o start-run.json"
    assert printed.err == f"next: `{command}`\n"


# Sizes, and multiple runs.


def test_large_parameters_are_a_file_on_s3(cli: Cli, files: Files) -> None:
    large = json.dumps({"who": "x" * limits.RUN_PARAMETERS_MAX_BYTES})
    files({"main.wdl": WDL, "run.json": large, "small.json": '{"who": "x"}'})
    printed = cli("inputs", ".", "--start-run", *SET, "--parameters", "run.json")
    assert printed.json["parametersUri"] == "s3://BUCKET/PATH/TO/run.json"
    assert "parameters" not in printed.json
    assert "`aws s3 cp run.json s3://BUCKET/PATH/TO/run.json`" in printed.err
    uri = ("--parameters-uri", "s3://lab-data/run.json")
    printed = cli("inputs", ".", "--start-run", *SET, *uri, "--parameters", "file://small.json")
    assert printed.json["parametersUri"] == "s3://lab-data/run.json"
    assert "`aws s3 cp small.json s3://lab-data/run.json`" in printed.err
    Path("request.json").write_text(printed.out)
    checked = cli("inputs", ".", "--check", "request.json")
    assert checked.code == 0
    assert "not checked TPL012: the parameters are in a file on S3" in checked.out


def test_each_file_is_a_run_of_the_batch(cli: Cli, files: Files) -> None:
    files({
        "main.wdl": WDL,
        "a.json": '{"who": "a", "times": 3}',
        "b.json": '{"times": 3, "who": "b"}',
        "x/a.json": '{"who": "c", "times": 3}',
    })  # fmt: skip
    words = ("inputs", ".", "--start-run-batch", *SET)
    made = cli(*words, "--parameters", "a.json", "--parameters", "b.json").json
    assert made["defaultRunSetting"]["parameters"] == {"times": 3}
    assert made["batchRunSettings"] == {
        "inlineSettings": [
            {"runSettingId": "a", "parameters": {"who": "a"}},
            {"runSettingId": "b", "parameters": {"who": "b"}},
        ]
    }
    made = cli(*words, "--parameters", "a.json", "--parameters", "x/a.json", "--parameters", "a.json").json
    names = [row["runSettingId"] for row in made["batchRunSettings"]["inlineSettings"]]
    assert names == ["a", "x/a", "a-3"]


def test_more_runs_than_fit_are_in_a_file_of_their_own(cli: Cli, files: Files) -> None:
    number = limits.RUN_ROWS[1] + 1
    files({"main.wdl": WDL, **{f"r/{each}.json": json.dumps({"who": str(each)}) for each in range(number)}})
    runs = [word for each in range(number) for word in ("--parameters", f"r/{each}.json")]
    refused = cli("inputs", ".", "--start-run-batch", *SET, *runs)
    assert refused.code == 2
    assert "101 runs do not fit into a request" in refused.err
    written = cli("inputs", ".", "--start-run-batch", *SET, *runs, "-o", "batch.json")
    request = json.loads(Path("batch.json").read_text())
    assert request["batchRunSettings"] == {"s3UriSettings": "s3://BUCKET/PATH/TO/batch.rows.json"}
    assert "`aws s3 cp batch.rows.json s3://BUCKET/PATH/TO/batch.rows.json`" in written.err
    rows = json.loads(Path("batch.rows.json").read_text())
    assert [row["parameters"] for row in rows] == [{"who": str(each)} for each in range(number)]
    checked = cli("inputs", ".", "--check", "batch.rows.json")
    assert checked.code == 0, checked.out
    assert "not checked TPL012: the defaults of the batch are in another file" in checked.out
    assert checked.err == ""


def test_names_lose_the_prefix_of_the_workflow(cli: Cli, files: Files) -> None:
    files(
        {"main.wdl": WDL, "a.json": '{"w.who": "a", "w.times": 3}', "b.json": '{"w.who": "b", "who": "c", "w.x.y": 1}'}
    )
    made = cli("inputs", ".", "--start-run", *SET, "--parameters", "a.json").json
    assert made["parameters"] == {"who": "a", "times": 3}
    made = cli("inputs", ".", "--start-run", *SET, "--parameters", "b.json").json
    assert made["parameters"] == {"w.who": "b", "who": "c", "w.x.y": 1}, (
        "which of the two counts is for the user to decide"
    )


VALUES = st.one_of(
    st.booleans(), st.integers(0, 2), st.floats(0, 1), st.text("ab", max_size=1), st.lists(st.booleans())
)
PARAMETERS = st.dictionaries(st.sampled_from("abcd"), VALUES, max_size=4)


@given(st.lists(PARAMETERS, min_size=1, max_size=4))
def test_a_row_merged_over_the_defaults_is_the_run_again(runs: list[dict[str, Any]]) -> None:
    shared = shared_parameters(runs)
    rows = [
        RowParameters(str(number), {name: value for name, value in run.items() if name not in shared})
        for number, run in enumerate(runs)
    ]
    batch: dict[str, Any] = start_run_batch({}, shared, rows)
    defaults = batch["defaultRunSetting"]
    for run, row in zip(runs, batch["batchRunSettings"]["inlineSettings"], strict=True):
        whole = merged(defaults, row)
        assert json.dumps(whole["parameters"], sort_keys=True) == json.dumps(run, sort_keys=True)
        assert whole["roleArn"] == defaults["roleArn"]


@given(PARAMETERS, PARAMETERS, st.sampled_from(["parameters", "runTags"]))
def test_only_parameters_and_tags_are_merged_by_name(first: dict[str, Any], second: dict[str, Any], name: str) -> None:
    defaults: dict[str, Any] = {name: first, "engineSettings": first, "priority": 1, "name": "n"}
    whole = merged(defaults, {name: second, "engineSettings": second, "priority": 2})
    assert whole == {name: {**first, **second}, "engineSettings": second, "priority": 2, "name": "n"}


# The record of submissions.


def test_workflow_and_version_are_those_that_were_recorded(
    cli: Cli, submit: Callable[..., Result], files: Files
) -> None:
    folder = files({"main.wdl": WDL, "packager.toml": '[target.prod]\nregion = "us-east-1"\n'})
    common = (folder, "--record", "log.jsonl", "--storage-type", "DYNAMIC", "--name", "w")
    first = submit(*common).json
    again = submit(*common, "--target", "prod", "--description", "x", "--version-name", "1.0").json
    assert (again["workflowId"], again["versionName"]) == (first["workflowId"], "1.0")
    made = cli("inputs", ".", "--start-run", "--record", "log.jsonl").json
    assert made["workflowId"] == first["workflowId"]
    assert "workflowVersionName" not in made
    made = cli("inputs", ".", "--start-run", "--record", "log.jsonl", "--target", "prod").json
    assert (made["workflowId"], made["workflowVersionName"]) == (first["workflowId"], "1.0")
    Path("run.json").write_text(json.dumps({**made, "workflowVersionName": "0.9"}))
    words = ("inputs", ".", "--check", "run.json", "--record", "log.jsonl", "--target", "prod", "--format", "json")
    assert "REQ057" in cli(*words).codes
    Path("main.wdl").write_text(WDL + "# changed\n")
    refused = cli("inputs", ".", "--start-run", "--record", "log.jsonl", "--target", "prod")
    assert refused.code == 2
    assert "`log.jsonl` has no ACTIVE submission of this content to the target `prod`" in refused.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--start-run", "--start-run-batch"), "--start-run and --start-run-batch cannot be used together"),
        (("--schema", "--start-run"), "--schema and --start-run cannot be used together"),
        (("--role-arn", "arn:aws:iam::1:role/r"), "--role-arn needs --start-run or --start-run-batch"),
        (("--check", "run.json", "--role-arn", "arn:aws:iam::1:role/r"), "--role-arn needs --start-run"),
        (("--start-run", "--record", "x", "--workflow-id", "1"), "--record and --workflow-id cannot be used together"),
        (("--start-run", "--parameters", "a", "--parameters", "b"), "--start-run accepts one --parameters"),
        (("--start-run-batch", "--parameters-uri", "s3://lab/x"), "the runs of a batch have no `parametersUri`"),
        (("--start-run", "--parameters", "main.wdl"), "main.wdl:1:1: the run parameters are not JSON"),
        (("--start-run", "--parameters", "absent.json"), "absent.json"),
    ],
)
def test_options_that_do_not_go_together(cli: Cli, files: Files, words: tuple[str, ...], message: str) -> None:
    files({"main.wdl": WDL, "run.json": "{}"})
    refused = cli("inputs", ".", *words)
    assert refused.code == 2
    assert message in refused.err


# The service's own validation.


def test_botocore_sends_what_is_printed(cli: Cli, files: Files) -> None:
    files({"main.wdl": WDL, "a.json": '{"who": "a"}', "b.json": '{"who": "b", "times": 2}'})
    one = cli("inputs", ".", "--start-run", *SET, "--parameters", "a.json").json
    many = cli("inputs", ".", "--start-run-batch", "--parameters", "a.json", "--parameters", "b.json").json
    with recording_service() as (url, received):
        client = boto3.client(
            "omics",
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id="x",
            aws_secret_access_key="x",
            config=Config(inject_host_prefix=False, retries={"total_max_attempts": 1}),
        )
        assert client.start_run(**one)["id"] == "7"
        assert client.start_run_batch(**many)["id"] == "8"
        client.close()
    for (path, body), request in zip(received, (one, many), strict=True):
        assert body.pop("requestId")
        assert body == request, path
