"""Requests that start runs, as `packager inputs --check` and `lint --run-parameters` compare them with the workflow."""

# ruff: noqa: E501 - a finding is on one line here, as it is in the report

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Cli

from packager.jsondoc import jsontext
from packager.parameters.run_requests import RunFile, recognise

Files = Callable[[dict[str, str | bytes]], Path]
Check = Callable[..., list[str]]
WDL = """version 1.1
workflow w {
  input { File reads  String who  Int times = 1  String? docker_image }
  call t { input: image = select_first([docker_image, "111122223333.dkr.ecr.us-east-1.amazonaws.com/x:1"]) }
  output { String text = t.text }
}
task t {
  input { String image }
  command <<< echo >>>
  output { String text = read_string(stdout()) }
  runtime { docker: image cpu: 2 memory: "4 GiB" }
}
"""
RUN: dict[str, Any] = {
    "workflowId": "12",
    "workflowVersionName": "1.0",
    "roleArn": "arn:aws:iam::111122223333:role/r",
    "outputUri": "s3://lab/out/",
    "parameters": {"reads": "s3://lab/x.fq", "who": "you"},
}
ROWS = [
    {"runSettingId": "s1", "parameters": {"reads": "s3://lab/1.fq"}},
    {"runSettingId": "s2", "parameters": {"reads": "s3://lab/2.fq"}},
]


def batch(*rows: Any, **changes: Any) -> dict[str, Any]:
    """A batch whose runs share `who`."""
    defaults = {**RUN, "parameters": {"who": "you"}, **changes}
    return {"defaultRunSetting": defaults, "batchRunSettings": {"inlineSettings": [*(rows or ROWS)]}}


@pytest.fixture
def check(cli: Cli, files: Files) -> Check:
    """What `--check` reports: code, severity, line and message of each finding."""

    def run(content: Any, *options: str, sources: dict[str, str | bytes] | None = None) -> list[str]:
        text = content if isinstance(content, str) else json.dumps(content, indent=1)
        files({**(sources or {"main.wdl": WDL}), "run.json": text})
        done = cli("inputs", ".", "--check", "run.json", "--format", "json", *options)
        found = done.json["diagnostics"]
        assert done.code == int(any(one["severity"] == "error" for one in found)), done.err
        assert {one["path"] for one in found} <= {"run.json"}
        return [f"{one['code']} {one['severity']} {one['line']} {one['message']}" for one in found]

    return run


@pytest.mark.parametrize(
    "content",
    [
        RUN,
        {**RUN, "storageType": "STATIC", "storageCapacity": 1200, "tags": {"team": "x"}, "priority": 0, "cacheId": "1"},
        {**RUN, "sessionPolicy": '{\n\t"Version": "2012-10-17"\r\n}', "requesterPaysEnabled": True, "requestId": "x"},
        {**RUN, "networkingMode": "VPC", "configurationName": "lab", "scratchStorageMode": "LOCAL", "logLevel": "ALL"},
        {**{name: value for name, value in RUN.items() if name != "parameters"}, "parametersUri": "s3://lab/run.json"},
        {"runId": "5", "roleArn": RUN["roleArn"], "outputUri": "s3://lab/out/", "parameters": {"times": 3}},
        batch(),
        batch(
            {**ROWS[0], "outputUri": "s3://lab/1/", "outputBucketOwnerId": "111122223333", "name": "one"},
            runTags={"a": "b"},
        ),
        {**batch(), "batchRunSettings": {"s3UriSettings": "s3://lab/rows.json"}},
        ROWS,
    ],
)
def test_what_is_right_is_met_with_silence(check: Check, content: Any) -> None:
    assert check(content) == []


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"storage": "DYNAMIC"}, "REQ050 error `storage` is not a member of StartRun"),
        ({"roleArn": None}, "REQ052 error `roleArn` is null, expected a string"),
        ({"roleArn": "runs"}, "REQ052 error `roleArn` is `runs`, which does not match `arn:.+`"),
        ({"roleArn": "arn:" + "x" * 130}, "REQ052 error `roleArn` has 134 characters, 1 to 128 are allowed"),
        ({"workflowId": 12}, "REQ052 error `workflowId` is the number 12, expected a string"),
        ({"workflowId": "12", "workflowVersionName": "v 1"}, "REQ052 error `workflowVersionName` is `v 1`, which does not match `[A-Za-z0-9][A-Za-z0-9\\-\\._]*`"),
        ({"storageType": "Dynamic"}, "REQ052 error `storageType` is `Dynamic`, expected STATIC or DYNAMIC"),
        ({"priority": 100_001}, "REQ052 error `priority` is 100001, expected 0 to 100,000"),
        ({"priority": True}, "REQ052 error `priority` is true, expected an integer"),
        ({"requesterPaysEnabled": "true"}, "REQ052 error `requesterPaysEnabled` is a string, expected true or false"),
        ({"name": "a\tb"}, "REQ052 error `name` contains control characters"),
        ({"name": ""}, "REQ052 error `name` has 0 characters, 1 to 128 are allowed"),
        ({"outputUri": "/data/out"}, "REQ052 error `outputUri` is `/data/out`, not an S3 URI (`s3://...`)"),
        ({"tags": {"aws:x": "y"}}, "REQ052 error `tags`: the tag key `aws:x` starts with the reserved `aws:`"),
        ({"tags": {"x": 5}}, "REQ052 error `tags`: the value of the tag `x` is not a string"),
        ({"tags": []}, "REQ052 error `tags` is a list, expected an object of strings"),
        ({"parameters": []}, "REQ052 error `parameters` is a list, expected an object"),
        ({"workflowId": "<workflow ID>"}, "REQ053 error `workflowId` is still a placeholder"),
        ({"roleArn": "arn:aws:iam::<ACCOUNT>:role/r"}, "REQ053 error `roleArn` is still a placeholder"),
        ({"outputUri": "s3://BUCKET/PREFIX"}, "REQ053 error `outputUri` is still a placeholder"),
        ({"parametersUri": "s3://lab-data/run.json"}, "REQ054 error `parametersUri` is set, and `parameters` too"),
        ({"storageType": "DYNAMIC", "storageCapacity": 1200}, "REQ055 warning `storageCapacity` is ignored, because `storageType` is DYNAMIC"),
        ({"cacheBehavior": "CACHE_ALWAYS"}, "REQ055 warning `cacheBehavior` needs `cacheId`, which is not set"),
        ({"networkingMode": "VPC"}, "REQ055 warning `networkingMode` is VPC, but `configurationName` is not set"),
        ({"engineSettings": {"profile": "x"}}, "REQ055 warning `engineSettings` is for Nextflow, and the workflow is WDL"),
    ],
)  # fmt: skip
def test_one_member_that_is_wrong(check: Check, change: dict[str, Any], finding: str) -> None:
    code, severity, message = finding.split(" ", 2)
    (found,) = check({**RUN, **change})
    assert found.startswith(f"{code} {severity} ")
    assert found.endswith(f" {message}")


@pytest.mark.parametrize("name", ["workflowId", "roleArn", "outputUri"])
def test_a_member_that_is_missing(check: Check, name: str) -> None:
    content = {key: value for key, value in RUN.items() if key != name}
    assert check(content) == [f"REQ051 error 1 `{name}` is missing"]


def test_the_first_version_is_noted(check: Check) -> None:
    content = {key: value for key, value in RUN.items() if key != "workflowVersionName"}
    (found,) = check(content)
    assert found.startswith("REQ056 info 2 `workflowVersionName` is not set: the run uses")


def test_another_version_than_the_local_one_is_a_warning(check: Check) -> None:
    assert check(RUN, "--workflow-id", "12", "--version-name", "1.0") == []
    assert check(RUN, "--workflow-id", "13", "--version-name", "1.1") == [
        "REQ057 warning 2 `workflowId` is `12`, but the workflow here is `13`",
        "REQ057 warning 3 `workflowVersionName` is `1.0`, but the workflow here is `1.1`",
    ]


def test_parameters_are_checked_at_their_places(check: Check) -> None:
    text = """{
  "workflowId": "12", "workflowVersionName": "1.0", "roleArn": "arn:x", "who": "me",
  "outputUri": "s3://lab/out/", "outputUri": "s3://lab/other/",
  "parameters": {
    "times": "3",
    "w.who": "you",
    "docker_image": "quay.io/org/tool:1",
    "raeds": "/x"
  }
}"""
    found = check(text)
    assert [one for one in found if not one.startswith("IMG")] == [
        "REQ050 error 2 `who` is not a member of StartRun",
        "REQ052 warning 3 `outputUri` occurs again, and only its last value counts",
        "TPL012 error 4 the required parameter `reads` has no value",
        "TPL025 warning 5 `times`: expected an integer, got the string `3`",
        "TPL010 warning 6 `w.who` is the input `who` with a workflow prefix",
        "TPL011 error 8 `raeds` is not a parameter of the workflow",
    ]
    assert [one[:17] for one in found if one.startswith("IMG")] == ["IMG001 warning 7 "]


def test_hints_lead_to_the_right_place(cli: Cli, files: Files) -> None:
    rows = [{**ROWS[0], "storageType": "STATIC"}, ROWS[1]]
    files({"main.wdl": WDL, "run.json": json.dumps({**batch(*rows), "batchNmae": "x"})})
    found = cli("inputs", ".", "--check", "run.json", "--format", "json").json["diagnostics"]
    assert [one["hint"] for one in found] == [
        "set it in `defaultRunSetting`: it is the same for all runs",
        "did you mean `batchName`?",
    ]
    files({"run.json": json.dumps({**RUN, "who": "me"})})
    (one,) = cli("inputs", ".", "--check", "run.json", "--format", "json").json["diagnostics"]
    assert one["hint"] == "it is a parameter of the workflow: move it into `parameters`"


# Batches.


def test_each_run_is_merged_over_the_defaults(check: Check) -> None:
    rows = [
        {"runSettingId": "s1", "parameters": {"reads": "/x", "times": 2}},
        {"runSettingId": "s2", "parameters": {"who": "me"}},
        {"runSettingId": "s3", "parameters": {"reads": "s3://lab/3.fq", "times": "x"}},
    ]
    assert check(json.dumps(batch(*rows, parameters={"who": "you", "times": "4"}))) == [
        "TPL025 warning 1 `times`: expected an integer, got the string `4`",
        "TPL027 error 1 run `s1`: `reads`: the string `/x` is a local path, which a run cannot read",
        "TPL012 error 1 run `s2`: the required parameter `reads` has no value",
        "TPL024 error 1 run `s3`: `times`: expected an integer, got the string `x`",
    ]
    overridden = [{**row, "parameters": {"reads": "s3://lab/x", "times": 1}} for row in rows]
    assert check(batch(*overridden, parameters={"who": "you", "times": "4"})) == [], "nothing of the default is left"


def test_what_all_runs_lack_is_one_finding(check: Check) -> None:
    rows = [{"runSettingId": f"s{number}"} for number in range(3)]
    defaults = {"outputUri": None, "parameters": {"who": "you"}}
    content = batch(*rows, **defaults)
    del content["defaultRunSetting"]["outputUri"]
    assert check(json.dumps(content)) == [
        "REQ051 error 1 `outputUri` is missing, in `defaultRunSetting` and in all runs",
        "TPL012 error 1 all 3 runs: the required parameter `reads` has no value",
    ]
    content["batchRunSettings"]["inlineSettings"][0]["outputUri"] = "s3://lab/0/"
    assert [one for one in check(json.dumps(content)) if "REQ" in one] == [
        "REQ051 error 1 run `s1`: `outputUri` is missing, here and in `defaultRunSetting`",
        "REQ051 error 1 run `s2`: `outputUri` is missing, here and in `defaultRunSetting`",
    ]


def test_rows(check: Check) -> None:
    rows: list[Any] = [ROWS[0], {**ROWS[1], "runSettingId": "s1"}, {"parameters": ROWS[0]["parameters"]}, "x"]
    assert check(json.dumps(batch(*rows))) == [
        "REQ058 error 1 run 2: `runSettingId` is `s1`, as in run 1",
        "REQ051 error 1 run 3: `runSettingId` is missing",
        "REQ052 error 1 `inlineSettings[3]` is not an object",
    ]
    many = [{**ROWS[0], "runSettingId": str(number)} for number in range(101)]
    assert check(json.dumps(batch(*many))) == ["REQ052 error 1 `inlineSettings` has 101 entries, 1 to 100 are allowed"]
    assert [one[:13] for one in check([*ROWS, ROWS[0]])] == ["REQ058 error "]


@pytest.mark.parametrize("settings", [{}, {"inlineSettings": ROWS, "s3UriSettings": "s3://lab/rows.json"}])
def test_the_rows_are_in_one_place(check: Check, settings: dict[str, Any]) -> None:
    (found,) = check({**batch(), "batchRunSettings": settings})
    assert found.startswith("REQ054 error ")


def test_batches_do_not_run_ready2run_workflows(check: Check) -> None:
    (found,) = check(batch(workflowType="READY2RUN"))
    assert found.startswith("REQ055 error ")


def test_tags_of_a_run_count_with_those_of_the_defaults(check: Check) -> None:
    rows = [{**ROWS[0], "runTags": {"own": "x"}}, ROWS[1]]
    (found,) = check(json.dumps(batch(*rows, runTags={f"k{number}": "v" for number in range(50)})))
    assert found == "REQ052 error 1 run `s1`: `runTags`: the request has 51 tags, at most 50 are allowed"
    (found,) = check(json.dumps(batch(*rows, runTags={"aws:k": "v"})))
    assert found.startswith("REQ052 error 1 `runTags`: the tag key `aws:k`"), "not again for the run"


def test_images_of_each_run_are_checked(check: Check) -> None:
    parameters = {"reads": "s3://lab/x.fq", "docker_image": "quay.io/org/tool:1"}
    rows = [{"runSettingId": f"s{number}", "parameters": parameters} for number in range(2)]
    (found,) = check(json.dumps(batch(*rows)))
    assert found.startswith("IMG001 warning 1 run `s0`: "), "once for each image"


# Nextflow.

NEXTFLOW: dict[str, str | bytes] = {
    "main.nf": "workflow { println params.x }\n",
    "nextflow.config": "profiles { test { params.x = 1 } }\n",
}


def test_profiles_of_the_request_decide_what_is_required(check: Check) -> None:
    run = {**RUN, "parameters": {}}
    assert check(run, sources=NEXTFLOW) == ["TPL012 error 6 the required parameter `x` has no value"]
    assert check({**run, "engineSettings": {"profile": "test"}}, sources=NEXTFLOW) == []
    unknown = check({**run, "engineSettings": {"profile": "tset"}}, sources=NEXTFLOW)
    assert unknown == [
        "TPL012 error 6 the required parameter `x` has no value",
        "NXF021 error 8 the profile `tset` does not exist",
    ]
    placeholder = check({**run, "parameters": {"x": 1}, "engineSettings": {"profile": "<name>"}}, sources=NEXTFLOW)
    assert "REQ053 error 10 `engineSettings.profile` is still a placeholder" in placeholder


# What a file is.


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ({"name": "x", "parameters": {}}, None),
        ({"outputUri": "s3://x", "reads": "s3://x"}, None),
        ({"outputUri": "s3://x", "parameters": {}}, RunFile.RUN),
        ({"roleArn": "x", "outputUri": "s3://x", "reads": "s3://x"}, RunFile.RUN),
        ({"batchRunSettings": {}}, RunFile.BATCH),
        ([{"runSettingId": "x"}], RunFile.ROWS),
        ([], None),
        ([1], None),
        ("x", None),
        ({}, None),
    ],
)
def test_files_are_recognised_by_their_members(value: Any, kind: RunFile | None) -> None:
    assert recognise(value) is kind


def test_lint_reads_the_parameters_of_a_request(cli: Cli, files: Files) -> None:
    files({"main.wdl": WDL, "run.json": json.dumps({**RUN, "parameters": {"reads": "/x", "who": "you"}})})
    words = ("lint", ".", "--select", "TPL", "--ignore", "TPL003", "--format", "json", "--run-parameters", "run.json")
    assert cli(*words).codes == ["TPL027"]
    files({"run.json": json.dumps(batch())})
    (found,) = cli(*words).json["diagnostics"]
    assert found["code"] == "TPL023"
    assert found["hint"] == "check a batch with `packager inputs PATH --check run.json`"


def test_requests_from_the_aws_cli_are_understood(check: Check) -> None:
    """What `aws omics start-run --generate-cli-skeleton` prints has empty strings for all members."""
    skeleton = {
        "workflowId": "",
        "workflowType": "PRIVATE",
        "roleArn": "",
        "parameters": {},
        "outputUri": "",
        "tags": {"KeyName": ""},
    }
    codes = [one.split()[0] for one in check(skeleton)]
    assert codes.count("REQ052") == 3
    assert codes.count("TPL012") == 2


@pytest.mark.parametrize("text", ['{"roleArn": "x", "outputUri": 5, "parameters": 5}', '{"defaultRunSetting": 5}', '{"batchRunSettings": [1]}', '[{"runSettingId": {}}]', '{"defaultRunSetting": {"parameters": [], "runTags": 5}, "batchRunSettings": {"inlineSettings": [{"runTags": {"x": "y"}, "parameters": 5}]}}'])  # fmt: skip
def test_any_shape_is_findings(check: Check, text: str) -> None:
    found = check(text)
    assert any(one.startswith("REQ05") for one in found)
    assert not any(one.startswith("INT") for one in found)


def test_places_of_parts() -> None:
    document = jsontext.read(b'{"a": [1, {"b": "x"}]}')
    assert isinstance(document, jsontext.JsonText)
    assert document.span(("a", 1)) == ((1, 11), (1, 21))
    inner = document.at(("a", 1))
    assert inner is not None
    assert inner.place(("b",)) == (1, 17)
    assert document.at(("a", 2)) is None
    assert document.at(("a", "b")) is None
    assert document.empty(("a", 9)).place(()) == (1, 7)
