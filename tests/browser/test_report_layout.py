"""Pages and pictures in a real browser: of fixtures and large workflows, with hostile text, and those in the folder of `CORPUS`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browser_support import browser, measured, problems_of
from conftest import ROOT, WORKFLOWS, Cli, Result
from large_workflows import LARGE
from test_graph import HOSTILE
from test_report_page import ALL, hostile_workflow

from packager.emulator import RunningEmulator
from packager.render.page import report_page

pytestmark = pytest.mark.browser
CORPUS = sorted(Path(os.environ["CORPUS"]).glob("*.html")) if os.environ.get("CORPUS") else []
PICTURES = Path(os.environ["PICTURES"]) if os.environ.get("PICTURES") else None
Files = Callable[[dict[str, str]], Path]
# One of each kind of text that could mean something to HTML, SVG, a style or a person.
BAD = (
    "</title><script>alert(1)</script>\"'><img src=x onerror=alert(2)> javascript:alert(3) \u202eevil\u2066 "
    + "x" * 10_000
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browser() as started:
        yield started


def report_problems(cli: Cli, chromium: Any, folder: Path, *paths: Path) -> list[str]:
    """What is wrong with the page that `packager report` writes about workflows."""
    page = folder / "page.html"
    assert cli("report", *paths, "-o", page).code == 0
    return problems_of(chromium, page)


@pytest.mark.parametrize("workflow", ALL, ids=lambda folder: folder.name)
def test_the_report_of_a_fixture(cli: Cli, chromium: Any, tmp_path: Path, workflow: Path) -> None:
    assert report_problems(cli, chromium, tmp_path, workflow) == []


def test_the_report_of_multiple_workflows(cli: Cli, chromium: Any, tmp_path: Path) -> None:
    assert report_problems(cli, chromium, tmp_path, WORKFLOWS / "wdl-problems", ROOT / "fixtures" / "monorepo") == []


@pytest.mark.parametrize("engine", LARGE)
def test_the_report_of_a_large_workflow(cli: Cli, chromium: Any, tmp_path: Path, engine: str) -> None:
    source = tmp_path / "large"
    source.mkdir()
    LARGE[engine](source)
    assert len(cli("inspect", source, "--format", "json").json["tasks"]) == 150
    assert report_problems(cli, chromium, tmp_path, source) == []


@pytest.mark.parametrize("workflow", ALL, ids=lambda folder: folder.name)
def test_the_difference_of_a_fixture(
    submit: Callable[..., Result], emulator: RunningEmulator, cli: Cli, chromium: Any, tmp_path: Path, workflow: Path
) -> None:
    page = tmp_path / "page.html"
    assert submit(WORKFLOWS / "wdl-variants", "--name", "v").code == 0
    where = ("--name", "v", "--endpoint-url", emulator.endpoint_url)
    assert cli("diff", workflow, *where, "--format", "html", "-o", page).code == 0
    assert problems_of(chromium, page) == []


@pytest.mark.parametrize("engine", LARGE)
def test_the_difference_of_a_large_workflow(
    submit: Callable[..., Result], emulator: RunningEmulator, cli: Cli, chromium: Any, tmp_path: Path, engine: str
) -> None:
    source, page = tmp_path / "large", tmp_path / "page.html"
    source.mkdir()
    LARGE[engine](source)
    assert submit(source, "--name", "v").code == 0
    for number, file in enumerate(sorted(source.iterdir())):
        text = file.read_text(encoding="utf-8")
        changed = text.replace("cat", "tac").replace("61", "32") if number % 2 else text
        file.write_text(changed.replace("step_2_03", "step_2_new"), encoding="utf-8")
        if "step_2_03" in file.name:
            file.rename(file.with_name(file.name.replace("step_2_03", "step_2_new")))
    where = ("--name", "v", "--endpoint-url", emulator.endpoint_url)
    assert cli("diff", source, *where, "--format", "html", "-o", page).code == 0
    assert problems_of(chromium, page) == []


@pytest.mark.parametrize("most", [10, 300])
def test_a_picture_as_a_file(cli: Cli, chromium: Any, tmp_path: Path, most: int) -> None:
    source, picture = tmp_path / "large", tmp_path / "picture.svg"
    source.mkdir()
    LARGE["wdl"](source)
    assert cli("graph", source, "--max-boxes", most, "--ends", "-o", picture).code == 0
    assert measured(chromium, picture, "pictureProblems()") == []


@pytest.mark.parametrize("word", HOSTILE, ids=lambda word: ascii(word[:20]))
def test_hostile_text_in_every_field(chromium: Any, tmp_path: Path, word: str) -> None:
    page = tmp_path / "page.html"
    page.write_text(report_page([hostile_workflow(word)]), encoding="utf-8")
    assert problems_of(chromium, page) == []


def quoted(text: str) -> str:
    """A string of all three engines."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


HOSTILE_FILES = {
    "wdl": {
        f"a'<b>{BAD[40:60].replace('/', '')}.wdl": (
            f"version 1.1\nworkflow w {{\n  meta {{ description: {quoted(BAD)} }}\n  input {{ String {'x' * 5000} = {quoted(BAD)} }}\n"
            f"  parameter_meta {{ {'x' * 5000}: {quoted(BAD)} }}\n  call t as {'y' * 5000}\n}}\n"
            f"task t {{\n  command <<< echo >>>\n  runtime {{ docker: {quoted(BAD)} cpu: 2 memory: {quoted(BAD)} }}\n}}\n"
        ),
        "README.md": BAD,
    },
    "cwl": {
        "main.cwl": (
            f"cwlVersion: v1.2\nclass: Workflow\nlabel: {quoted(BAD)}\ndoc: {quoted(BAD)}\ninputs:\n  {quoted(BAD[:2000])}:\n"
            f"    type: string\n    doc: {quoted(BAD)}\n    default: {quoted(BAD)}\noutputs: []\nsteps:\n  {quoted(BAD[:2000])}:\n"
            f"    run:\n      class: CommandLineTool\n      baseCommand: {quoted(BAD)}\n"
            f"      hints: {{DockerRequirement: {{dockerPull: {quoted(BAD)}}}}}\n"
            f"      inputs: {{a: string}}\n      outputs: []\n    in: {{a: {quoted(BAD[:2000])}}}\n    out: []\n"
        ),
    },
    "nextflow": {
        "main.nf": (
            f"params.x = {quoted(BAD)}\nprocess {'P' * 5000} {{\n  label {quoted(BAD)}\n  container {quoted(BAD)}\n  memory {quoted(BAD)}\n"
            f"  script:\n  {quoted('echo')}\n}}\nworkflow {{ {'P' * 5000}() }}\n"
        ),
        "nextflow.config": f"manifest {{ name = {quoted(BAD)}\n description = {quoted(BAD)} }}\n",
        "nextflow_schema.json": '{"properties": {"x": {"type": "string", "description": ' + quoted(BAD) + "}}}",
    },
}  # fmt: skip


@pytest.mark.parametrize("engine", HOSTILE_FILES)
def test_hostile_definitions(cli: Cli, chromium: Any, files: Files, tmp_path: Path, engine: str) -> None:
    source = files(HOSTILE_FILES[engine])
    assert report_problems(cli, chromium, tmp_path, source) == []
    assert cli("graph", source, "--ends", "-o", tmp_path / "picture.svg").code == 0
    assert measured(chromium, tmp_path / "picture.svg", "pictureProblems()") == []


@pytest.mark.skipif(not CORPUS, reason="CORPUS is not set")
@pytest.mark.parametrize("page", CORPUS, ids=lambda page: page.stem)
def test_a_page_of_the_corpus(chromium: Any, page: Path) -> None:
    assert problems_of(chromium, page, pictures=PICTURES, all_rows=True) == []
