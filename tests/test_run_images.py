"""Images that run parameters name are checked at their places in the file, for every engine."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Cli

Files = Callable[[dict[str, str]], Path]
ECR = "111122223333.dkr.ecr"
WDL = """version 1.1
workflow w {
  input { String docker_image  String tag = "1.0" }
  call t { input: image = docker_image }
  call u { input: image = "quay.io/org/other:~{tag}" }
  output { String text = t.text }
}
task t {
  input { String image }
  command <<< echo >>>
  output { String text = read_string(stdout()) }
  runtime { docker: image cpu: 2 memory: "4 GiB" }
}
task u {
  input { String image }
  command <<< echo >>>
  output { String text = read_string(stdout()) }
  runtime { docker: image cpu: 2 memory: "4 GiB" }
}
"""
CWL = """cwlVersion: v1.2
class: Workflow
inputs: {docker_image: string}
outputs: []
requirements: {InlineJavascriptRequirement: {}}
steps:
  t:
    in: {image: docker_image}
    out: []
    run:
      class: CommandLineTool
      baseCommand: [echo]
      inputs: {image: string}
      outputs: []
      requirements: {DockerRequirement: {dockerPull: $(inputs.image)}}
"""
NEXTFLOW = """params.docker_image = null
process t {
  container params.docker_image
  script:
  'echo'
}
workflow { t() }
"""
MAINS = {"main.wdl": WDL, "main.cwl": CWL, "main.nf": NEXTFLOW}
MAP = '{"registryMappings": [{"upstreamRegistryUrl": "ghcr.io", "ecrRepositoryPrefix": "ghcr"}]}'


def _images(
    cli: Cli, folder: Path, run: dict[str, Any], *options: str, command: str = "lint"
) -> list[tuple[str, str, int]]:
    (folder / "run.json").write_text(json.dumps(run, indent=1))
    flag = {"lint": "--run-parameters", "inputs": "--check"}[command]
    region = ("--region", "us-east-1")
    found = cli(command, ".", flag, "run.json", *region, *options, "--format", "json").json["diagnostics"]
    return [
        (one["code"], one["severity"], one["line"])
        for one in found if one["code"].startswith("IMG") and one["path"] == "run.json"
    ]  # fmt: skip


@pytest.mark.parametrize("main", MAINS)
@pytest.mark.parametrize("command", ["lint", "inputs"])
@pytest.mark.parametrize(
    ("image", "mapped", "expected"),
    [
        (f"{ECR}.us-east-1.amazonaws.com/a:1", False, []), (f"{ECR}.eu-west-1.amazonaws.com/a:1", False, [("IMG002", "error", 2)]),
        ("quay.io/org/a:1", False, [("IMG001", "warning", 2)]), ("quay.io/org/a:1", True, [("IMG001", "error", 2)]),
        ("ghcr.io/org/a:1", True, []), ("docker://quay.io/org/a:1", False, [("IMG005", "error", 2)]),
    ],
)  # fmt: skip
def test_an_image_of_run_parameters_is_checked(
    cli: Cli, files: Files, main: str, command: str, image: str, mapped: bool, expected: list[tuple[str, str, int]]
) -> None:
    folder = files({main: MAINS[main]} | ({"container-registry-map.json": MAP} if mapped else {}))
    assert _images(cli, folder, {"docker_image": image}, command=command) == expected


def test_it_is_no_longer_listed_as_not_checked(cli: Cli, files: Files) -> None:
    folder = files({"main.wdl": WDL})
    assert "depends on `docker_image`" in cli("lint", ".").out
    (folder / "run.json").write_text('{"docker_image": "quay.io/org/a:1"}')
    assert "depends on `docker_image`" not in cli("lint", ".", "--run-parameters", "run.json").out


def test_a_parameter_that_is_part_of_an_image_replaces_its_default(cli: Cli, files: Files) -> None:
    folder = files({"main.wdl": WDL})
    private = f"{ECR}.us-east-1.amazonaws.com/a:1"
    assert _images(cli, folder, {"docker_image": private, "tag": "latest"}) == [
        ("IMG001", "warning", 3),
        ("IMG004", "warning", 3),
    ]
    assert _images(cli, folder, {"w.docker_image": "quay.io/org/a:1"}) == [("IMG001", "warning", 2)]
    assert _images(cli, folder, {"docker_image": 7}) == []


def test_config_of_nextflow_does_not_replace_a_parameter_of_a_run(cli: Cli, files: Files) -> None:
    text = "params.docker_image = 'quay.io/org/default:1'\nprocess.container = params.docker_image\n"
    folder = files({"main.nf": "process t {\n  script:\n  'echo'\n}\nworkflow { t() }\n", "nextflow.config": text})
    assert _images(cli, folder, {"docker_image": "quay.io/org/a:latest"}) == [
        ("IMG001", "warning", 2),
        ("IMG004", "warning", 2),
    ]


def test_a_task_whose_image_a_run_names_has_one(cli: Cli, files: Files) -> None:
    folder = files({"main.nf": NEXTFLOW})
    (folder / "run.json").write_text('{"docker_image": "quay.io/org/a:1"}')
    with_run = cli("lint", ".", "--run-parameters", "run.json", "--format", "json").codes
    assert "IMG001" in with_run
    assert "IMG003" not in with_run


DEFAULTS = {
    "main.wdl": WDL.replace("String docker_image ", 'String docker_image = "IMAGE" ').replace(
        'call u { input: image = "quay.io/org/other:~{tag}" }', ""
    ),
    "main.cwl": CWL.replace("{docker_image: string}", '{docker_image: {type: string, default: "IMAGE"}}'),
    "main.nf": NEXTFLOW.replace("= null", "= 'IMAGE'"),
}
FIXED = {
    "main.wdl": DEFAULTS["main.wdl"].replace("image = docker_image", 'image = "IMAGE"'),
    "main.cwl": DEFAULTS["main.cwl"].replace("$(inputs.image)", '"IMAGE"'),
    "main.nf": DEFAULTS["main.nf"].replace("container params.docker_image", "container 'IMAGE'"),
}
OPTIONAL = {
    "main.wdl": FIXED["main.wdl"]
    .replace("String tag", "Boolean deep = false  String tag")
    .replace("call t {", "if (deep) { call t {")
    .replace('"IMAGE" }\n', '"IMAGE" } }\n', 1)
    .replace("String text = t.text", "String? text = t.text"),
    "main.cwl": FIXED["main.cwl"]
    .replace("inputs: {docker_image:", "inputs: {deep: boolean, docker_image:")
    .replace("in: {image: docker_image}", "in: {image: docker_image, deep: deep}\n    when: $(inputs.deep)"),
}
WRONG = [("quay.io/org/a:1", "IMG001"), (f"{ECR}.eu-west-1.amazonaws.com/a:1", "IMG002"), ("docker://quay.io/a:1", "IMG005")]  # fmt: skip


@pytest.mark.parametrize(("image", "code"), WRONG)
@pytest.mark.parametrize(
    ("main", "text", "severity", "end"),
    [
        *((main, text, "error", "") for main, text in FIXED.items()),
        *((main, text, "warning", ", unless a run sets `docker_image`") for main, text in DEFAULTS.items()),
        *((main, text, "warning", " (depends on `deep`)") for main, text in OPTIONAL.items()),
    ],
)
def test_an_image_that_not_every_run_pulls_is_a_warning(
    main: str, text: str, severity: str, end: str, image: str, code: str, cli: Cli, files: Files
) -> None:
    files({main: text.replace("IMAGE", image), "container-registry-map.json": MAP})
    found = cli("lint", ".", "--region", "us-east-1", "--select", code, "--format", "json").json["diagnostics"]
    assert [(one["severity"], one["message"].endswith(end)) for one in found] == [(severity, True)]
    assert ("unless" in found[0]["message"] or "depends" in found[0]["message"]) == bool(end)
