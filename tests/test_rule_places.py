"""Where each rule points in its bad example, to the character: a page that a person has read (`make bless` updates it)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Cli, Golden
from examples import findings_of, is_runnable

from packager.rules import RULES

PAGE = ROOT / "fixtures" / "expected" / "rule-places.txt"
WIDEST = 60


def text_at(folder: Path, found: dict[str, Any]) -> str:
    """What stands at a finding's place."""
    path = folder / str(found["path"])
    if not found["path"] or not path.is_file() or not found["line"]:
        return "the file as a whole" if found["path"] else "the request"
    line = path.read_text(encoding="utf-8").splitlines()[int(found["line"]) - 1]
    start = int(found["column"]) - 1
    assert 0 <= start <= len(line)
    if not found["endLine"]:
        return line[start:].strip()[:WIDEST]
    end = int(found["endColumn"]) - 1 if found["endLine"] == found["line"] else len(line)
    assert start <= end <= len(line)
    return line[start:end].strip()[:WIDEST]


def row(folder: Path, found: dict[str, Any]) -> str:
    place = f"{found['path']}:{found['line']}:{found['column']}" if found["path"] else "-"
    if found["endLine"]:
        place += f"-{found['endLine']}:{found['endColumn']}"
    return f"{found['code']} {place} | {text_at(folder, found)}"


def test_every_rule_points_at_what_it_means(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, golden: Golden
) -> None:
    rows = []
    for code, rule in sorted(RULES.items()):
        if is_runnable(rule.code.bad):
            folder = tmp_path / code
            folder.mkdir()
            monkeypatch.chdir(folder)
            rows += [row(folder, found) for found in findings_of(rule.code.bad, folder, cli) if found["code"] == code]
    golden(PAGE, "\n".join(rows) + "\n")
