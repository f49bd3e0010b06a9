"""Whatever a CWL document refers to or nests: an answer in bounded time, and cwltool's process is what ends, not ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import Cli
from growth_support import growth
from samples import sampled

from packager.cache import NO_CACHE, Cache, to_plain
from packager.engines import cwl
from packager.engines.cwl import isolation
from packager.model.facts import Verdict, Workflow
from packager.source import DirectoryTree, open_directory
from packager.worker import Worker

Files = dict[str, str]
TOOL = "cwlVersion: v1.2\nclass: CommandLineTool\nid: main\nbaseCommand: x\noutputs: []\n"
STEPS = "cwlVersion: v1.2\nclass: Workflow\nrequirements: {SubworkflowFeatureRequirement: {}}\ninputs: []\noutputs: []\nsteps: "


def _write(root: Path, files: Files) -> DirectoryTree:
    root.mkdir(parents=True, exist_ok=True)
    for path, text in files.items():
        (root / path).write_text(text, encoding="utf-8")
    return open_directory(root, str(root))


def _read(root: Path, files: Files) -> Workflow:
    workflow = cwl.read(_write(root, files), "main.cwl", NO_CACHE)
    to_plain(workflow)
    return workflow


def _nested(outer: str, count: int) -> str:
    text = "int"
    for _ in range(count):
        text = outer.replace("@", text)
    return text


def _twice(count: int) -> Files:
    names = ["main.cwl", *(f"w{n}.cwl" for n in range(1, count))]
    step = "{{run: {0}, in: [], out: []}}"
    files = {
        name: STEPS + f"{{a: {step.format(f'w{n + 1}.cwl')}, b: {step.format(f'w{n + 1}.cwl')}}}\n"
        for n, name in enumerate(names)
    }
    return {**files, f"w{count}.cwl": TOOL + "inputs: []\n"}


def _records(count: int) -> Files:
    members = [
        "{name: r0, type: record, fields: {a: int}}",
        *(f"{{name: r{n}, type: record, fields: {{a: r{n - 1}, b: r{n - 1}}}}}" for n in range(1, count + 1)),
    ]
    types = f"requirements: {{SchemaDefRequirement: {{types: [{', '.join(members)}]}}}}\n"
    return {"main.cwl": TOOL + f"inputs: {{x: r{count}}}\n" + types}


GROWING: dict[str, Callable[[int], Files]] = {
    "brackets of a type": lambda n: {"main.cwl": TOOL + f'inputs: {{x: "int{"[]" * n}"}}\n'},
    "question marks of a type": lambda n: {"main.cwl": TOOL + f'inputs: {{x: "int{"?" * n}"}}\n'},
    "arrays": lambda n: {"main.cwl": TOOL + f"inputs: {{x: {_nested('{type: array, items: @}', n)}}}\n"},
    "unions": lambda n: {"main.cwl": TOOL + f"inputs: {{x: {_nested('[string, {type: array, items: @}]', n)}}}\n"},
    "named records": _records,
    "a default": lambda n: {"main.cwl": TOOL + f"inputs: {{x: {{type: Any, default: {'[' * n}1{']' * n}}}}}\n"},
    "expressions": lambda n: {
        "main.cwl": TOOL
        + f"inputs: {{a: {{type: string, default: x}}}}\nrequirements: {{DockerRequirement: {{dockerPull: '{'$(inputs.a)' * n}'}}}}\n"
    },
    "tools of a graph": lambda n: {
        "main.cwl": "cwlVersion: v1.2\n$graph:\n"
        + "".join(
            f"- {{class: CommandLineTool, id: t{i}, baseCommand: x, inputs: [], outputs: []}}\n" for i in range(n)
        )
        + "- {class: CommandLineTool, id: main, baseCommand: x, inputs: [], outputs: []}\n"
    },
}


SAMPLE = ("arrays", "named records", "expressions", "tools of a graph")


@pytest.mark.parametrize("name", sampled(GROWING, SAMPLE))
def test_reading_grows_with_the_document(tmp_path: Path, name: str) -> None:
    _read(tmp_path, GROWING[name](1))
    assert growth(lambda size: _read(tmp_path / str(size), GROWING[name](size)), 40) < 4.5


@pytest.mark.parametrize("count", [100, 300, 1000, 20_000])
def test_a_type_of_any_depth_is_read(tmp_path: Path, count: int) -> None:
    for files in (GROWING["brackets of a type"](count), GROWING["question marks of a type"](count)):
        assert _read(tmp_path / str(count), files).inputs


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"main.cwl": TOOL + f"inputs: {{x: {_nested('{type: array, items: @}', 20)}}}\n"}, "types are nested"),
        (
            {"main.cwl": TOOL + f"inputs: {{x: {_nested('{type: record, fields: {a: @, b: string}}', 20)}}}\n"},
            "types are nested",
        ),
        (
            {
                "main.cwl": STEPS
                + "{s: {in: [], out: [], run: {class: Workflow, inputs: [], outputs: [], steps: " * 20
                + "{}"
                + "}}}" * 20
                + "\n"
            },
            "processes are nested",
        ),
        (_twice(12), "steps run more than"),
    ],
    ids=["arrays", "records", "workflows", "sub-workflows"],
)
def test_cwltool_is_not_asked_what_would_take_it_hours(tmp_path: Path, files: Files, why: str, cli: Cli) -> None:
    workflow = _read(tmp_path, files)
    assert [why in skipped.reason for skipped in workflow.skipped if skipped.code == "CWL001"] == [True]
    result = cli("lint", tmp_path, "--no-cache")
    assert result.code == 0, result.out + result.err
    assert why in result.out


DIRECTIVES = ("$import", "$include", "$mixin")
OWN = ("main.cwl", "", "#main", "#", "main.cwl#", "./main.cwl", "%6dain.cwl")
PLACES = {
    "doc": "inputs: []\ndoc: @\n",
    "inputs": "inputs: @\n",
    "type": "inputs: {a: {type: @}}\n",
    "requirements": "inputs: []\nrequirements: [@]\n",
    "namespaces": "inputs: []\n$namespaces: @\n",
    "schemas": "inputs: []\n$schemas: [@]\n",
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("directive", DIRECTIVES)
def test_a_document_that_refers_to_itself_is_an_error_at_its_place(tmp_path: Path, directive: str, place: str) -> None:
    for number, own in enumerate(OWN):
        text = TOOL + PLACES[place].replace("@", f'{{"{directive}": "{own}"}}')
        tree = _write(tmp_path / str(number), {"main.cwl": text})
        workflow = cwl.read(tree, "main.cwl", NO_CACHE)
        circles = [found for found in workflow.diagnostics if found.code == "CWL008"]
        assert [(found.path, found.line > 5) for found in circles] == [("main.cwl", True)], own
        assert not cwl.check(tree, workflow, NO_CACHE).diagnostics


def test_another_part_of_the_same_document_can_be_imported(tmp_path: Path) -> None:
    text = (
        "cwlVersion: v1.2\n$graph:\n- {class: CommandLineTool, id: other, baseCommand: x, inputs: [], outputs: []}\n"
        '- {class: CommandLineTool, id: main, baseCommand: x, inputs: [], outputs: [], hints: [{$import: "#other"}]}\n'
    )
    assert "CWL008" not in {found.code for found in _read(tmp_path, {"main.cwl": text}).diagnostics}


@pytest.fixture
def lost(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[None]:
    """cwltool's process, replaced by one that does not answer in the way that the test names."""
    worker = Worker(f"worker_targets:{request.param}", seconds=2, memory=4 * 1024**3)
    monkeypatch.setattr(isolation, "_WORKER", worker)
    yield
    worker.close()


def _verdict(root: Path, cache: Cache) -> Verdict:
    tree = _write(root, {"main.cwl": TOOL + "inputs: []\n"})
    return cwl.check(tree, cwl.read(tree, "main.cwl", cache), cache)


@pytest.mark.parametrize("lost", ["crash"], indirect=True)
@pytest.mark.usefixtures("lost")
def test_a_crash_of_cwltool_is_a_finding(tmp_path: Path) -> None:
    assert [(found.code, found.path) for found in _verdict(tmp_path, NO_CACHE).diagnostics] == [("CWL001", "main.cwl")]


@pytest.mark.parametrize("lost", ["hang", "nonsense"], indirect=True)
@pytest.mark.usefixtures("lost")
def test_what_cwltool_did_not_answer_is_listed_as_not_checked_and_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = Cache(tmp_path / "cache")
    verdict = _verdict(tmp_path / "source", cache)
    assert not verdict.diagnostics
    assert [skipped.code for skipped in verdict.skipped] == ["CWL001"]
    monkeypatch.undo()
    assert _verdict(tmp_path / "source", cache) == Verdict()


def test_files_that_change_while_they_are_checked_give_no_verdict(tmp_path: Path) -> None:
    tree = _write(tmp_path, {"main.cwl": TOOL + "inputs: []\n"})
    workflow = cwl.read(tree, "main.cwl", NO_CACHE)
    (tmp_path / "main.cwl").write_text("class: nothing\n")
    verdict = cwl.check(tree, workflow, NO_CACHE)
    assert not verdict.diagnostics
    assert "changed" in verdict.skipped[0].reason
