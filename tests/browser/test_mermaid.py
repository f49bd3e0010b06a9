"""Mermaid's own parser accepts what `packager graph --format mermaid` writes, and draws each name as it is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from browser_support import browser, dismissed
from conftest import Cli
from large_workflows import LARGE
from test_graph import HOSTILE, NESTED, graph, hostile_graph
from test_report_page import ALL

from packager.findings.diagnostic import Severity
from packager.model.calls import CallGraph
from packager.render.picture import BoxNote, mermaid_text
from packager.text import safe

pytestmark = pytest.mark.browser
_DRAW = """async (text) => {
  await mermaid.parse(text)
  const { svg } = await mermaid.render('drawn', text)
  document.body.innerHTML = svg
  return [document.querySelectorAll('.node').length, document.querySelectorAll('.cluster').length, document.body.innerText]
}"""


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    """An empty page with Mermaid: that of the variable MERMAID, or the one in a package."""
    package = find_spec("mermaidx")  # has Mermaid for browsers; the rest of it is not used
    assert package
    assert package.origin
    program = os.environ.get("MERMAID") or Path(package.origin).parent / "assets" / "mermaid.js"
    with browser() as chromium:
        page = chromium.new_context(offline=True).new_page()
        page.add_script_tag(path=program)
        page.evaluate("mermaid.initialize({ startOnLoad: false, securityLevel: 'strict' })")
        events: list[str] = []
        page.on("dialog", lambda dialog: dismissed(dialog, events))
        page.on("request", lambda request: events.append(request.url))
        yield page
        assert events == []


def drawn(page: Any, text: str) -> tuple[int, int, str]:
    """The numbers of boxes and of groups that Mermaid draws, and all text in them."""
    nodes, clusters, words = page.evaluate(_DRAW, text)
    return nodes, clusters, words


@pytest.mark.parametrize("workflow", ALL, ids=lambda folder: folder.name)
def test_pictures_of_fixtures_are_drawn(cli: Cli, page: Any, workflow: Path) -> None:
    text = cli("graph", workflow, "--ends", "--format", "mermaid").out
    nodes, clusters, _ = drawn(page, text)
    assert nodes + clusters == sum(
        line.lstrip().startswith(("n", "subgraph n")) and "[" in line for line in text.splitlines()
    )


@pytest.mark.parametrize("engine", LARGE)
def test_a_large_picture_is_drawn(cli: Cli, page: Any, tmp_path: Path, engine: str) -> None:
    LARGE[engine](tmp_path)
    nodes, clusters, words = drawn(page, cli("graph", tmp_path, "--format", "mermaid").out)
    assert nodes > 40
    assert clusters > 3
    assert "step_0_01" in words.lower()


@pytest.mark.parametrize("picture", [NESTED, graph(), graph("a", edges=(("a", "a"),))])
def test_groups_circles_and_nothing_are_drawn(page: Any, picture: CallGraph) -> None:
    groups = {call.parent for call in picture.calls if call.parent}
    nodes, clusters, _ = drawn(page, mermaid_text(picture, {}, most=80)[0])
    assert (nodes, clusters) == (len(picture.calls) - len(groups), len(groups))


def test_hostile_names_are_drawn_as_they_are(page: Any) -> None:
    notes = {f"c{number}": BoxNote(name, Severity.ERROR) for number, name in enumerate(HOSTILE)}
    nodes, _, words = drawn(page, mermaid_text(hostile_graph(), notes, most=80)[0])
    assert nodes == len(HOSTILE)
    shown = "".join(words.split())
    for name in HOSTILE:
        if len(safe(name)) <= 60:
            assert "".join(safe(name).split()) in shown
