"""Places are relative to the current folder in every format and command, so that a terminal or an editor opens them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Cli

Files = Callable[[dict[str, str]], Path]
TASK = """version 1.0
task t {
  command <<< echo >>>
  output { String text = read_string(stdout()) }
  runtime { docker: "quay.io/org/tool:1" cpu: 2 memory: "4 GiB" }
}
"""
MAIN = 'version 1.0\nimport "tasks/t.wdl" as t\nworkflow w { call t.t  output { String text = t.text } }\n'


@pytest.fixture
def folder(files: Files, monkeypatch: pytest.MonkeyPatch) -> Path:
    source = files({"flows/main.wdl": MAIN, "flows/tasks/t.wdl": TASK})
    monkeypatch.chdir(source)
    return source


@pytest.mark.parametrize("path", ["flows", "flows/main.wdl", "./flows"])
def test_lint(cli: Cli, folder: Path, path: str) -> None:
    text = cli("lint", path).out
    assert "flows/tasks/t.wdl:5:21: warning IMG001" in text
    assert '5 |   runtime { docker: "quay.io/org/tool:1"' in text, "the line of the file"
    (found,) = [
        found for found in cli("lint", path, "--format", "json").json["diagnostics"] if found["code"] == "IMG001"
    ]
    assert found["path"] == "flows/tasks/t.wdl"
    assert "file=flows/tasks/t.wdl" in cli("lint", path, "--format", "github").out


def test_from_inside_and_from_outside(cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder / "flows")
    assert "\ntasks/t.wdl:5:21: " in "\n" + cli("lint", ".").out
    monkeypatch.chdir(folder / "flows" / "tasks")
    assert "\nt.wdl:5:21: " in "\n" + cli("lint", "..").out


def test_other_commands(cli: Cli, folder: Path) -> None:
    (folder / "r.json").write_text('{"x": 1}')
    (folder / "flows" / "r.json").write_text("{}")
    assert "flows/tasks/t.wdl:5:21: warning IMG001" in cli("lint", "flows").out
    assert "`packager lint flows` shows" in cli("package", "flows", "-o", "w.zip").err
    assert "`packager lint flows` shows" in cli("submit", "flows", "--dry-run").err
    paths = {found["path"] for found in cli("submit", "flows", "--dry-run", "--format", "json").json["diagnostics"]}
    assert "flows/tasks/t.wdl" in paths
    zipped = cli("lint", "w.zip").out
    assert "w.zip/tasks/t.wdl:5:21: warning IMG001" in zipped
    assert '5 |   runtime { docker: "quay.io/org/tool:1"' in zipped
    checked = cli("inputs", "flows", "--check", "r.json", "--format", "json").json["diagnostics"]
    assert {Path(found["path"]) for found in checked} == {folder / "r.json"}, "not flows/r.json"
    (folder / "flows" / "tasks" / "t.wdl").write_text(TASK.replace("command", "commnd"))
    refused = cli("package", "flows", "-o", "w.zip")
    assert "\nflows/tasks/t.wdl:3:" in "\n" + refused.out
    assert any(
        found["path"] == "flows/tasks/t.wdl"
        for found in json.loads(cli("inspect", "flows", "--format", "json").out)["diagnostics"]
    )


@pytest.mark.parametrize(
    ("files_of", "reason"),
    [
        ({"tasks/t.wdl": TASK.replace("command", "commnd")}, "(`flows/tasks/t.wdl` line 3): what it defines is unknown"),
        ({"tasks/t.wdl": TASK.replace("command", "commnd")}, "whose imports have errors: `flows/main.wdl`"),
        (
            {"tasks/t.wdl": TASK.replace("{\n  command", "{\n  input { String image }\n  command").replace('"quay.io/org/tool:1"', "image"),
             "main.wdl": MAIN.replace("call t.t ", "input { String image } call t.t { input: image = image }")},
            "the image of task `t` (`flows/tasks/t.wdl` line 6) depends on `image`",
        ),
    ],
)  # fmt: skip
def test_reasons_of_checks_that_did_not_run(cli: Cli, folder: Path, files_of: dict[str, str], reason: str) -> None:
    for name, text in files_of.items():
        (folder / "flows" / name).write_text(text)
    assert reason in cli("lint", "flows").out
    assert any(reason in skipped["reason"] for skipped in cli("lint", "flows", "--format", "json").json["skipped"])


SECOND_FILES = {
    "TPL004": (
        {
            "flows/main.wdl": "version 1.0\nworkflow w { input { File reads } }\n",
            "flows/parameter-template.json": '{"other": {"description": "x"}}\n',
        },
        "(`flows/main.wdl` line 2)",
    ),
    "WDL053": (
        {
            "flows/main.wdl": 'version 1.0\nimport "a.wdl" as a\nworkflow w { }\n',
            "flows/a.wdl": 'version 1.0\nimport "main.wdl" as m\n',
        },
        "imports `flows/main.wdl`, which imports it in turn",
    ),
    "WDL013": (
        {
            "flows/main.wdl": 'version 1.0\nimport "a.wdl" as a\nworkflow w { }\n',
            "flows/a.wdl": "version 1.1\ntask t { command <<< >>> }\n",
        },
        "but `flows/main.wdl` has version",
    ),
    "NXF007": (
        {
            "flows/main.nf": "include { A } from './a.nf'\nworkflow { A() }\n",
            "flows/a.nf": "process B { script: 'x' }\n",
        },
        "`flows/a.nf` does not define `A`",
    ),
    "ZIP003": (
        {"flows/main.cwl.json": '{"cwlVersion": "v1.2", "class": "CommandLineTool", "inputs": [], "outputs": []}'},
        "the main file `flows/main.cwl.json` does not end in",
    ),
}


@pytest.mark.parametrize("code", SECOND_FILES)
def test_other_files_in_a_message(code: str, files: Files, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    contents, part = SECOND_FILES[code]
    folder = files(contents)
    for place, path, expected in (
        (folder, "flows", part),
        (folder / "flows", ".", part.replace("flows/", "")),
    ):
        monkeypatch.chdir(place)
        for form in ("text", "json"):
            found = cli("lint", path, "--no-cache", "--format", form).out
            (message,) = (
                [one["message"] for one in json.loads(found)["diagnostics"] if one["code"] == code]
                if form == "json"
                else [line for line in found.splitlines() if f" {code} " in line]
            )
            assert expected in message
