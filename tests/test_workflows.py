"""Our own workflows against expected output that a person has read (`make bless` updates it)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from conftest import ROOT, WORKFLOWS, Cli, Golden

from packager.jsondoc.schemas import violations

EXPECTED = ROOT / "fixtures" / "expected"
NAMES = sorted(path.name for path in WORKFLOWS.iterdir() if path.is_dir())
COMMANDS: dict[str, tuple[str, ...]] = {
    "inspect": ("--format", "json"),
    "lint": ("--format", "json", "--region", "eu-west-1"),
    "template": (),
    "images": ("--format", "json", "--account", "111122223333", "--region", "eu-west-1"),
    "package": ("--list", "--format", "json"),
}
TEXT_COMMANDS = ("inspect", "lint", "images")


def stable(answer: Any) -> Any:
    """An answer without what differs by machine or release."""
    if isinstance(answer, dict):
        answer = {key: stable(value) for key, value in answer.items() if key != "tool"}
        if isinstance(answer.get("source"), dict):
            answer["source"]["path"] = Path(answer["source"]["path"]).name
        return answer
    return [stable(item) for item in answer] if isinstance(answer, list) else answer


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("command", COMMANDS)
def test_json(name: str, command: str, cli: Cli, golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(WORKFLOWS / name)
    result = cli(command, WORKFLOWS / name, *COMMANDS[command])
    assert result.code in (0, 1), result.err
    schema = "parameter-template" if command == "template" else "report"
    assert violations(schema, result.json) == ()
    found = json.dumps(stable(result.json), ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    golden(EXPECTED / name / f"{command}.json", found)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("command", TEXT_COMMANDS)
def test_text(name: str, command: str, cli: Cli, golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(WORKFLOWS)
    result = cli(command, name, "--region", "eu-west-1")
    golden(EXPECTED / name / f"{command}.txt", result.out)


@pytest.mark.parametrize("name", NAMES)
def test_graph(name: str, cli: Cli, golden: Golden, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(WORKFLOWS)
    found = cli("graph", name, "--format", "mermaid", "--ends").out
    golden(EXPECTED / name / "graph.mmd", found)
    with ZipFile(tmp_path / "w.zip", "w") as archive:
        for path in sorted((WORKFLOWS / name).rglob("*"), reverse=True):
            if path.is_file():
                archive.write(path, path.relative_to(WORKFLOWS / name).as_posix())
    assert cli("graph", tmp_path / "w.zip", "--format", "mermaid", "--ends").out == found


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_warm_cache_and_no_cache_change_nothing(name: str, command: str, cli: Cli) -> None:
    arguments = (command, WORKFLOWS / name, *COMMANDS[command])
    cold, warm, without = cli(*arguments), cli(*arguments), cli(*arguments, "--no-cache")
    assert cold == warm == without


def test_every_command_prints_what_the_schema_describes(cli: Cli, tmp_path: Path) -> None:
    source = WORKFLOWS / "wdl-variants"
    outputs = [
        cli("package", source, "-o", tmp_path / "x.zip", "--format", "json"),
        cli("submit", source, "--dry-run", "--format", "json"),
        cli("submit", source, "--local", "--db", tmp_path / "x.sqlite", "--format", "json"),
        cli("submit", source, "--no-lint", "--dry-run", "--tags", "aws:a=b", "--format", "json"),
        cli("map", "validate", source / "container-registry-map.json", "--format", "json"),
        cli("rules", "--format", "json"),
        cli("rules", "ZIP001", "--format", "json"),
    ]
    for result in outputs:
        assert violations("report", result.json) == (), result.out[:300]
