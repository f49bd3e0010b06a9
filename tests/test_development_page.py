"""The pages for maintainers name files, rooms, targets and commands that exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from conftest import ROOT, Cli
from test_architecture import LAYERS

PAGES = [ROOT / "docs" / "development.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md"]
TEXT = (ROOT / "docs" / "development.md").read_text(encoding="utf-8")
PATH = re.compile(r"`((?:packager|tests|docs|schemas|fixtures)/[\w./-]*|[A-Z]+\.md|Makefile)`")
PLACE = re.compile(r"`(packager/[\w/]+\.py)`: `(\w+)`")
TARGET = re.compile(r"`make ([a-z]+)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_path_exists(page: Path) -> None:
    assert [name for name in PATH.findall(page.read_text(encoding="utf-8")) if not (ROOT / name).exists()] == []


def test_every_decision_is_where_the_page_says() -> None:
    places = PLACE.findall(TEXT)
    assert len(places) > 10
    for path, name in places:
        definition = re.compile(rf"^(?:def|class) {name}\b", re.MULTILINE)
        assert definition.search((ROOT / path).read_text(encoding="utf-8")), f"{path}: {name}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_make_target_exists(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = TARGET.findall(page.read_text(encoding="utf-8"))
    assert [target for target in targets if f"\n{target}:" not in makefile] == []


def test_every_room_is_described() -> None:
    rooms = {room for rooms in LAYERS for room in rooms} - {"__main__", "_version"}
    described = TEXT[TEXT.index("## The layers") : TEXT.index("## The way of a finding")]
    assert [room for room in sorted(rooms) if f"{room}/`" not in described and f"{room}.py`" not in described] == []


def test_every_shell_line_runs(cli: Cli) -> None:
    lines = "\n".join(re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)).splitlines()
    assert lines
    for line in lines:
        words = shlex.split(line.replace("path/to/repository", str(ROOT / "fixtures/workflows/wdl-problems")))
        assert words[0] == "packager"
        assert cli(*words[1:]).code == 0, line
