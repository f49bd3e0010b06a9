"""Commands in hints can be pasted: they have the paths of the user."""

from __future__ import annotations

import re
import shlex
import zipfile
from pathlib import Path

import pytest
from conftest import Cli

WDL = """version 1.1
workflow hello { call greet  output { String text = greet.text } }
task greet {
  command <<< echo hello >>>
  output { String text = read_string(stdout()) }
  runtime { container: "quay.io/org/greet:1.0"  cpu: 1  memory: "2 GiB" }
}
"""
ACCOUNT = ("--account", "111122223333", "--region", "us-east-1")


def command_of(text: str) -> list[str]:
    """The command in the hint of a report."""
    match = re.search(r"hint: [^`]*`packager ([^`]*)`", text)
    assert match is not None, text
    return shlex.split(match[1])


@pytest.mark.parametrize("names", [("my flow",), ("my flow/main.wdl",), ("my flow", "--main", "main.wdl")])
def test_the_command_for_a_map_can_be_pasted(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my flow").mkdir()
    (tmp_path / "my flow" / "main.wdl").write_text(WDL)
    command = command_of(cli("lint", *names).out)
    placeholders = ["--account", "ACCOUNT", "--region", "REGION"]
    assert command == ["map", "generate", *names, "-o", "my flow/container-registry-map.json", *placeholders]
    assert cli(*command[:-4], *ACCOUNT).code == 0
    assert "IMG001" not in cli("lint", *names).out, "the map is next to the main file, so it is used"


def test_the_command_for_a_template_can_be_pasted(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "flow").mkdir()
    (tmp_path / "flow" / "main.wdl").write_text(WDL.replace("{ call greet ", "{ input { File reads }  call greet "))
    (tmp_path / "flow" / "parameter-template.json").write_text("{}")
    command = command_of(cli("lint", "flow", "--select", "TPL004").out)
    assert command == ["template", "flow", "--update", "flow/parameter-template.json"]
    assert cli(*command).code == 0
    assert cli("lint", "flow", "--select", "TPL004").out.startswith("no findings\n")


def test_a_map_is_not_written_into_a_zip(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with zipfile.ZipFile(tmp_path / "flow.zip", "w") as archive:
        archive.writestr("main.wdl", WDL)
    printed = cli("lint", "flow.zip").out
    assert "hint: name the registry map with `--container-registry-map`" in printed
    assert "map generate" not in printed


def test_machines_get_the_same_hint_for_every_path(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "main.wdl").write_text(WDL)
    (finding,) = cli("lint", "main.wdl", "--format", "json", "--select", "IMG001").json["diagnostics"]
    assert "`packager map generate PATH -o" in finding["hint"]
