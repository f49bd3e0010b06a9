"""Engine and main, ours and the service's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from packager.detect import locate, service_choice
from packager.errors import PackagerError
from packager.model.facts import Engine

Files = Callable[[dict[str, str | bytes]], Path]

WDL = "version 1.0\nworkflow {name} {{\n}}\n"
TASKS = 'version 1.0\ntask t {\n command <<< import "main.wdl" >>>\n}\n'
CWL_WORKFLOW = "cwlVersion: v1.2\nclass: Workflow\ninputs: []\noutputs: []\nsteps: []\n"
CWL_TOOL = "cwlVersion: v1.2\nclass: CommandLineTool\ninputs: []\noutputs: []\nbaseCommand: ls\n"
NF = "workflow {\n}\n"


def wdl(name: str = "w", *imports: str) -> str:
    lines = "".join(f'import "{path}" as i{number}\n' for number, path in enumerate(imports))
    return f"version 1.0\n{lines}workflow {name} {{\n}}\n"


# files -> (engine, main), or the words of the error
CASES: dict[str, tuple[dict[str, str | bytes], tuple[str, str] | str]] = {
    "one workflow": ({"align.wdl": wdl()}, ("WDL", "align.wdl")),
    "a library is no candidate": ({"align.wdl": wdl(), "tasks.wdl": TASKS}, ("WDL", "align.wdl")),
    "what is imported is no entry": ({"top.wdl": wdl("a", "sub.wdl"), "sub.wdl": wdl()}, ("WDL", "top.wdl")),
    "imports climb": ({"flows/a.wdl": wdl("a", "../lib/b.wdl"), "lib/b.wdl": wdl()}, ("WDL", "flows/a.wdl")),
    "imports in comments and strings do not count": (
        {"a.wdl": '# import "b.wdl"\n' + wdl("a") + 'task t { command <<< import "b.wdl" >>> }\n', "b.wdl": TASKS},
        ("WDL", "a.wdl"),
    ),
    "two workflows": ({"a.wdl": wdl("a"), "b.wdl": wdl("b")}, "has 2 workflows"),
    "main among several": ({"main.wdl": wdl("a"), "b.wdl": wdl("b")}, ("WDL", "main.wdl")),
    "tests are beside": ({"a.wdl": wdl("a"), "tests/b.wdl": wdl("b")}, ("WDL", "a.wdl")),
    "the top one among deeper ones": ({"a.wdl": wdl("a"), "more/b.wdl": wdl("b")}, ("WDL", "a.wdl")),
    "two branches": ({"x/a.wdl": wdl("a"), "y/z/b.wdl": wdl("b")}, "has 2 workflows"),
    "a test imports the workflow": (
        {"chip.wdl": wdl("chip"), "dev/test/t.wdl": wdl("t", "../../chip.wdl")},
        ("WDL", "chip.wdl"),
    ),
    "a circle": ({"a.wdl": wdl("a", "b.wdl"), "b.wdl": wdl("b", "a.wdl")}, "has 2 workflows"),
    "only tasks": ({"a.wdl": TASKS}, "definition file, but no workflow"),
    "a misspelt keyword": (
        {"a.wdl": wdl().replace("workflow", "workflw"), "lib/tasks.wdl": TASKS, "lib/u.wdl": TASKS},
        ("WDL", "a.wdl"),
    ),
    "a broken class": ({"a.cwl": "cwlVersion: v1.2\nclass Workflow\nsteps: []\n"}, ("CWL", "a.cwl")),
    "an unknown class": ({"a.cwl": "cwlVersion: v1.2\nclass: Workfow\n", "b.cwl": "types: []\n"}, ("CWL", "a.cwl")),
    "no class": ({"a.cwl": "cwlVersion: v1.2\nsteps: []\n"}, ("CWL", "a.cwl")),
    "a broken script": ({"a.nf": "process A {\n", "b.nf": "process B {\n}\n"}, ("NEXTFLOW", "a.nf")),
    "two broken files": (
        {"a.cwl": "cwlVersion: v1.2\nclass Workflow\nsteps: []\n", "b.wdl": "version 1.1\nworkflw w {\n}\n"},
        "no workflow that can be read, and 2 broken files: `a.cwl` line 3, `b.wdl` line 2",
    ),
    "a broken file beside a workflow": ({"a.wdl": wdl(), "b.cwl": "cwlVersion: v1.2\nsteps: []\n"}, ("WDL", "a.wdl")),
    "cwl": ({"main.cwl": CWL_WORKFLOW, "tool.cwl": CWL_TOOL}, ("CWL", "main.cwl")),
    "a tool alone": ({"tool.cwl": CWL_TOOL}, ("CWL", "tool.cwl")),
    "cwl by content": ({"flow.yaml": CWL_WORKFLOW, "other.yaml": "a: 1\n"}, ("CWL", "flow.yaml")),
    "cwl in json": ({"flow.json": '{"cwlVersion": "v1.0", "class": "Workflow"}'}, ("CWL", "flow.json")),
    "yaml that mentions it is none": ({"a.yaml": "text: the word cwlVersion\n"}, "nothing to check"),
    "nextflow": ({"main.nf": NF, "nextflow.config": "", "modules/x.nf": "process X {\n}\n"}, ("NEXTFLOW", "main.nf")),
    "nextflow by its manifest": (
        {"run.nf": NF, "other.nf": NF, "nextflow.config": "manifest { mainScript = 'run.nf' }"},
        ("NEXTFLOW", "run.nf"),
    ),
    "nextflow includes": (
        {"a.nf": "include { B } from './lib/b'\nworkflow { B() }\n", "lib/b.nf": "workflow B {\n}\nworkflow {\n}\n"},
        ("NEXTFLOW", "a.nf"),
    ),
    "nextflow without its extension": (
        {"align": f"#!/usr/bin/env nextflow\n{NF}", "lib/x.nf": "process X {\n}\n", "README": "nextflow\n"},
        "has no workflow, but `align` is a Nextflow script without an extension",
    ),
    "two engines at one level": ({"a.wdl": wdl(), "b.cwl": CWL_WORKFLOW}, "has 2 workflows"),
    "another engine in tests": ({"a.wdl": wdl(), "tests/b.cwl": CWL_WORKFLOW, "docs/main.nf": NF}, ("WDL", "a.wdl")),
    "empty": ({}, "nothing to check"),
    "hidden by git": ({".gitignore": "old.wdl\n", "a.wdl": wdl(), "old.wdl": wdl("old")}, ("WDL", "a.wdl")),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_directories(case: str, files: Files) -> None:
    contents, expected = CASES[case]
    folder = files(contents)
    if isinstance(expected, str):
        with pytest.raises(PackagerError, match=expected) as caught:
            locate(str(folder))
        assert caught.value.hint
    else:
        found = locate(str(folder)).detection
        assert (found.engine.value, found.main) == expected
        assert found.reason


def test_an_ambiguity_lists_the_candidates_and_the_flags(files: Files) -> None:
    with pytest.raises(PackagerError) as caught:
        locate(str(files({"a.wdl": wdl(), "b.cwl": CWL_WORKFLOW})))
    assert "`a.wdl`, `b.cwl`" in caught.value.message
    assert "--engine" in caught.value.hint


def test_flags_override(files: Files) -> None:
    folder = str(files({"a.wdl": wdl(), "b.cwl": CWL_WORKFLOW}))
    assert locate(folder, engine=Engine.CWL).detection.main == "b.cwl"
    assert locate(folder, main="a.wdl").detection.engine is Engine.WDL
    assert locate(folder, main="./a.wdl").detection.main == "a.wdl"
    with pytest.raises(PackagerError, match="not a file"):
        locate(folder, main="c.wdl")
    with pytest.raises(PackagerError, match="not a file"):
        locate(folder, main="../source/../../etc/passwd")


def test_a_file_of_a_repository_is_rooted_where_its_closure_meets(files: Files) -> None:
    folder = files({"pipes/flows/a.wdl": wdl("a", "../lib/b.wdl"), "pipes/lib/b.wdl": TASKS, "other.wdl": wdl()})
    (folder / ".git").mkdir()
    located = locate(str(folder / "pipes" / "flows" / "a.wdl"))
    assert located.detection.main == "flows/a.wdl"
    assert located.diagnostics == ()  # whoever passes a file has chosen no folder
    assert located.tree.lookup("lib/b.wdl")
    assert located.tree.lookup("../other.wdl") is None


def test_a_file_without_climbing_imports_is_rooted_beside_itself(files: Files) -> None:
    folder = files({"a/b/main.wdl": wdl("a", "lib/c.wdl"), "a/b/lib/c.wdl": TASKS})
    located = locate(str(folder / "a" / "b" / "main.wdl"))
    assert located.detection.main == "main.wdl"
    assert located.diagnostics == ()


def test_climbing_to_the_home_folder_stays_outside(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = files({"flow/a.wdl": wdl("a", "../lib.wdl"), "lib.wdl": TASKS})
    (folder / ".git").mkdir()
    monkeypatch.setenv("HOME", str(folder))
    located = locate(str(folder / "flow" / "a.wdl"))
    assert located.detection.main == "a.wdl"


@pytest.mark.parametrize("name", ["absent", "absent.wdl"])
def test_no_such_path(name: str, tmp_path: Path) -> None:
    with pytest.raises(PackagerError, match="no such file"):
        locate(str(tmp_path / name))


def test_a_file_that_is_no_workflow(files: Files) -> None:
    folder = files({"notes.txt": "hello"})
    with pytest.raises(PackagerError, match="not a known workflow definition"):
        locate(str(folder / "notes.txt"))


# What the service picks, by hand from the packaging page: paths, engine given, engine, main.
SERVICE = [
    (["align.wdl"], None, "WDL", "align.wdl"),  # the only one, any name
    (["main.nf", "modules/a.nf"], None, "NEXTFLOW", "main.nf"),  # deeper ones are ignored
    (["a.wdl", "main.wdl"], None, "WDL", "main.wdl"),  # several: the one called main
    (["a.wdl", "b.wdl"], None, "WDL", None),
    (["a.wdl", "tests/x.cwl"], None, None, None),  # two engines anywhere
    (["a.wdl", "tests/x.cwl"], Engine.WDL, "WDL", "a.wdl"),  # unless the engine is sent
    (["repo-1.0/main.nf"], None, "NEXTFLOW", "repo-1.0/main.nf"),  # a wrapper folder is fine
    (["x/a.cwl", "y/main.cwl"], None, "CWL", "y/main.cwl"),
    (["x/main.cwl", "y/main.cwl"], None, "CWL", None),
    ([".hidden.wdl"], None, None, None),  # hidden files are ignored
    ([".github/main.nf", "sub/a.wdl"], None, "WDL", "sub/a.wdl"),  # and hidden folders
    (["README.md", "main.WDL"], None, None, None),
    (["flow.yaml"], None, None, None),
    ([], None, None, None),
    (["main.cwl"], Engine.WDL, "WDL", None),
]


@pytest.mark.parametrize(("paths", "given", "engine", "main"), SERVICE)
def test_the_services_choice(paths: list[str], given: Engine | None, engine: str | None, main: str | None) -> None:
    found = service_choice(paths, given)
    assert (found.engine, found.main) == (engine, main)
    assert found.reason


def test_a_thousand_documents_are_found_among_quickly(files: Files) -> None:
    """Detection reads with the scanner alone: no engine library is imported for it."""
    contents: dict[str, str | bytes] = {f"lib/{number}.wdl": TASKS for number in range(1000)}
    contents["top.wdl"] = wdl("top", *(f"lib/{number}.wdl" for number in range(1000)))
    assert locate(str(files(contents))).detection.main == "top.wdl"
