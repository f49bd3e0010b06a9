"""Numbers beyond all measure: no crash, no rule that fails, and JSON that any program reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Cli
from growth_support import alarm, counted, growth

from packager.app import load
from packager.app.options import LintOptions
from packager.app.outcome import CheckedWorkflow, decide
from packager.cli.output import lines_of
from packager.findings.codes import finding
from packager.findings.diagnostic import Severity
from packager.findings.report import Report, relocate
from packager.render.folding import EVERYTHING
from packager.render.report_text import report_text
from packager.render.terminal import Style
from packager.source import DirectoryTree

WDL = """version 1.0
workflow a {{ call say  output {{ String text = say.text }} }}
task say {{
  command <<< echo hello >>>
  output {{ String text = read_string(stdout()) }}
  runtime {{
    docker: "quay.io/org/say:1"
    cpu: {0}
    memory: {0}
    maxRetries: {0}
    preemptible: {0}
    disks: {0}
    acceleratorCount: "{0}"
    acceleratorType: "nvidia-l4"
    omicsTimeout: {0}
  }}
}}
"""
WDL_TEXTS = (
    WDL.replace("cpu: {0}", 'cpu: "{0}"')
    .replace("memory: {0}", 'memory: "{0} GiB"')
    .replace("disks: {0}", 'disks: "local-disk {0} HDD"')
    .replace("omicsTimeout: {0}", 'omicsTimeout: "{0}h"')
)
WDL_PROFILES = (
    WDL.replace("    cpu: {0}\n", "    omicsResourceFallbackOrder: [{{{{{0}}}}}]\n")
    .replace(
        "{{{0}}}", '"cpu": {0}, "memory": "{0} GiB", "acceleratorCount": {0}, "omicsResourceWaitTimeoutInMin": {0}'
    )
    .replace("    memory: {0}\n", "")
)
NEXTFLOW = """process A {{
    cpus {0}
    memory {0}
    time {0}
    maxRetries {0}
    accelerator {0}, type: 'nvidia-l4'
    disk {0}
    container 'quay.io/org/say:1'
    script: 'x'
}}
process B {{
    cpus '{0}'
    memory '{0} GB'
    time '{0}h'
    disk {0}.GB
    container 'quay.io/org/say:1'
    script: 'x'
}}
workflow {{ A() }}
"""
CWL = """cwlVersion: v1.2
class: CommandLineTool
requirements:
  DockerRequirement: {{dockerPull: "quay.io/org/say:1"}}
  ResourceRequirement: {{coresMin: {0}, ramMin: {0}, tmpdirMin: {0}, coresMax: {0}}}
  ToolTimeLimit: {{timelimit: {0}}}
baseCommand: x
inputs: []
outputs: []
"""
NUMBERS = ("9" * 400, "9" * 400 + ".5", "9" * 300 + ".0", "1e400", "-" + "9" * 400, "9" * 5000)


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: f"{number[:3]}-{len(number)}")
@pytest.mark.parametrize(
    ("name", "text"),
    [("main.wdl", WDL), ("main.wdl", WDL_TEXTS), ("main.wdl", WDL_PROFILES), ("main.nf", NEXTFLOW), ("main.cwl", CWL)],
)
def test_great_numbers(cli: Cli, in_folder: Path, name: str, text: str, number: str) -> None:
    (in_folder / name).write_text(text.format(number))
    for command in ("lint", "inspect"):
        found = cli(command, name, "--format", "json")
        assert found.code != 70, found.err
        written = json.loads(found.out, parse_constant=pytest.fail)
        assert "INT001" not in {one["code"] for one in written["diagnostics"]}


def test_a_report_grows_with_its_findings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of findings in one line, and in as many lines: the text of a file is not gone through for each."""
    searched: list[int] = []

    def redacted(line: str) -> str:
        searched.append(len(line))
        return line

    monkeypatch.setattr("packager.render.code_frame.redacted", redacted)
    for separator in (",", ",\n    "):
        files = separator.join(f"{{class: File, location: f{number}}}" for number in range(500))
        text = f"cwlVersion: v1.2\nclass: CommandLineTool\ninputs:\n  x:\n    type: File[]\n    default: [{files}]\noutputs: []\n"
        (tmp_path / "main.cwl").write_text(text, encoding="utf-8")
        loaded = load.load(str(tmp_path / "main.cwl"))
        report, lines = relocate(Report(loaded.diagnostics), loaded.on_disk), lines_of(loaded)
        assert report.count(Severity.WARNING) == 500
        asked = [lines(loaded.on_disk("main.cwl")) for _ in range(3)]
        assert asked[0] is asked[1] is asked[2]
        with counted(500_000):
            report_text(report, Style(colour=False), lines)
            report_text(report, Style(colour=False), lines, view=EVERYTHING)
    assert max(searched) < 1_000


@pytest.mark.parametrize("kind", ["template", "run parameters", "update"])
def test_many_unknown_names_are_not_compared_with_all_inputs(kind: str, cli: Cli, in_folder: Path) -> None:
    inputs = "".join(f"    Int number_{number}\n" for number in range(700))
    (in_folder / "main.wdl").write_text(f"version 1.0\nworkflow w {{\n  input {{\n{inputs}  }}\n}}\n")
    unknown = {f"nummer{number}": {"description": "x"} for number in range(700)}
    (in_folder / "names.json").write_text(json.dumps(unknown))
    commands = {
        "template": ("lint", ".", "--parameter-template", "names.json"),
        "run parameters": ("lint", ".", "--run-parameters", "names.json"),
        "update": ("template", ".", "--check", "names.json"),
    }
    with alarm(10, processor=True):
        assert cli(*commands[kind], "--no-cache").code == 1


def test_many_workflows_of_one_folder_do_not_list_it_each(
    cli: Cli, in_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed: list[str] = []

    def walk(tree: DirectoryTree) -> tuple[list[object], list[object]]:
        listed.append(tree.name)
        return [], []

    monkeypatch.setattr(DirectoryTree, "_walk", walk)
    for index in range(5):
        (in_folder / f"w{index}.wdl").write_text(f"version 1.1\nworkflow w{index} {{ }}\n")
    (in_folder / "packager.toml").write_text(
        "".join(f'[workflow.w{index}]\npath = "w{index}.wdl"\n' for index in range(5))
    )
    assert cli("lint", "--no-cache", "--jobs", "1").code == 0
    assert not listed


def test_the_outcome_of_many_workflows_is_decided_in_linear_time() -> None:
    def decide_many(number: int) -> None:
        workflows = [
            CheckedWorkflow(
                Report((finding("WDL114", "the outputs are not used", path=f"w{index}.wdl"),)),
                LintOptions(),
                None,
                frozenset(),
                str,
            )
            for index in range(number)
        ]
        assert not decide(workflows).failed

    decide_many(2)
    assert growth(decide_many, 100) < 2.3


def test_a_frame_is_looked_for_in_the_folders_above_its_file_only(tmp_path: Path) -> None:
    loaded = []
    for index in range(20):
        folder = tmp_path / f"w{index}"
        folder.mkdir()
        (folder / "main.wdl").write_text(f"version 1.1\nworkflow w{index} {{ }}\n")
        loaded.append(load.load(str(folder / "main.wdl")))

    def frames(number: int) -> None:
        lines = lines_of(*loaded[:number])
        for each in loaded[:number]:
            assert lines(each.on_disk("main.wdl")) == [*str(each.tree.text("main.wdl")).split("\n")]

    frames(20)  # what is kept
    assert growth(frames, 10) < 2.3
