"""The calls of CWL workflows (steps), and what flows between them."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile

import pytest
from conftest import WORKFLOWS
from hypothesis import given
from hypothesis import strategies as st
from test_wdl_graph import assert_sound, edges

from packager.cache import NO_CACHE
from packager.engines import cwl
from packager.model.calls import CallGraph, CallKind
from packager.source import ZipTree, open_directory

TOOL: dict[str, Any] = {
    "cwlVersion": "v1.2",
    "class": "CommandLineTool",
    "baseCommand": "true",
    "inputs": {"x": "Any?", "y": "Any?"},
    "outputs": {"o": "File", "p": "File"},
}


def workflow(steps: dict[str, Any], outputs: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A workflow with the inputs `i` and `j`."""
    return {
        "cwlVersion": "v1.2",
        "class": "Workflow",
        "inputs": {"i": "File", "j": "File"},
        "outputs": {name: {"type": "Any", "outputSource": source} for name, source in (outputs or {}).items()},
        "steps": steps,
        **more,
    }


def step(run: Any = "tool.cwl", out: tuple[str, ...] = ("o", "p"), **more: Any) -> dict[str, Any]:
    """A step; `x` and `y` are the sources of its inputs."""
    sources = {name: more.pop(name) for name in ("x", "y") if name in more}
    return {"run": run, "in": sources, "out": list(out), **more}


def graph(folder: Path, main: Any, **others: Any) -> CallGraph:
    """The graph of a document, next to `tool.cwl` and the others."""
    for name, document in {"main": main, "tool": TOOL, **others}.items():
        (folder / f"{name}.cwl").write_text(json.dumps(document))
    found = cwl.read(open_directory(folder, "tree"), "main.cwl", NO_CACHE).graph
    assert_sound(found)
    return found


INNER = workflow({"a": step(x="i"), "b": step(x="a/o")}, {"made": "b/p", "same": "j"})


def test_sources_and_output_sources(tmp_path: Path) -> None:
    steps = {"one": step(x="i"), "two": step(x=["one/o", "one/p"], y={"source": "j"})}
    found = graph(tmp_path, workflow(steps, {"r": "two/o", "q": ["two/p", "one/o"]}))
    assert edges(found) == ["- i one", "- j two", "one o -", "one * two", "two * -"]
    assert [call.definition.path for call in found.calls] == ["tool.cwl", "tool.cwl"]


def test_scatter_and_when(tmp_path: Path) -> None:
    steps = {"one": step(x="i", scatter="x"), "two": step(x="one/o", when="$(inputs.x != null)")}
    found = graph(tmp_path, workflow(steps))
    assert [(call.id, call.scattered, call.conditional) for call in found.calls] == [
        ("one", True, False),
        ("two", False, True),
    ]


def test_steps_of_a_nested_workflow(tmp_path: Path) -> None:
    nested = {"run": "inner.cwl", "in": {"i": "i", "j": "one/o"}, "out": ["made", "same"]}
    steps = {"one": step(x="i"), "sub": nested, "two": step(x="sub/made", y="sub/same")}
    found = graph(tmp_path, workflow(steps, {"r": "sub/made"}), inner=INNER)
    calls = {call.id: call for call in found.calls}
    assert list(calls) == ["one", "sub", "sub/a", "sub/b", "two"]
    assert calls["sub"].kind is CallKind.WORKFLOW
    assert (calls["sub/a"].parent, calls["sub/a"].place.path) == ("sub", "inner.cwl")
    assert edges(found) == ["- i one", "- i sub/a", "one o two", "sub/a o sub/b", "sub/b p -", "sub/b p two"]


def test_a_condition_of_a_nested_workflow_decides_the_whole(tmp_path: Path) -> None:
    nested = {"run": INNER, "in": {"i": "i", "go": "one/o"}, "out": ["made"], "when": "$(inputs.go != null)"}
    found = graph(tmp_path, workflow({"one": step(x="i"), "sub": nested}))
    assert "one o sub" in edges(found)
    assert [call.id for call in found.calls if call.conditional] == ["sub"]


@pytest.mark.parametrize("prefix", ["#main/", "file.cwl#main/", "#"])
def test_identifiers_of_packed_documents(tmp_path: Path, prefix: str) -> None:
    steps = [
        {"id": f"{prefix}one", "run": "#tool", "in": [{"id": f"{prefix}one/x", "source": f"{prefix}i"}], "out": ["o"]},
        {
            "id": f"{prefix}two",
            "run": "#tool",
            "in": [{"id": f"{prefix}two/x", "source": f"{prefix}one/o"}],
            "out": ["o"],
        },
    ]
    main = workflow({}, id="#main") | {"steps": steps}
    main["outputs"] = [{"id": f"{prefix}r", "type": "File", "outputSource": f"{prefix}two/o"}]
    main["inputs"] = [{"id": f"{prefix}i", "type": "File"}]
    packed = {"cwlVersion": "v1.2", "$graph": [{"id": "#tool", **TOOL}, main]}
    assert edges(graph(tmp_path, packed)) == ["- i one", "one o two", "two o -"]


def test_a_tool_is_its_own_call(tmp_path: Path) -> None:
    found = graph(tmp_path, TOOL)
    assert [call.id for call in found.calls] == ["main"]
    assert edges(found) == ["- * main", "main * -"]


def test_a_missing_tool_and_a_missing_source(tmp_path: Path) -> None:
    found = graph(tmp_path, workflow({"one": step("no.cwl", x="i"), "two": step(x="nowhere/o", y="one/o")}))
    assert [(call.callee, call.definition.path) for call in found.calls] == [("no.cwl", ""), ("tool", "tool.cwl")]
    assert (edges(found), found.unfollowed) == (["- i one", "one o two"], 1)


def test_a_workflow_that_runs_itself_is_not_followed(tmp_path: Path) -> None:
    found = graph(tmp_path, workflow({"again": {"run": "main.cwl", "in": {"i": "i"}, "out": []}}))
    assert [call.id for call in found.calls] == ["again"]
    assert found.unread == ("again",)


def test_an_expression_uses_other_inputs_of_the_step(tmp_path: Path) -> None:
    sources = {
        "i": {"source": "i", "valueFrom": "$([self, inputs.extra])"},
        "extra": "one/o",
        "j": {"valueFrom": "$(1)"},
    }
    steps = {"one": step(x="i"), "sub": {"run": "inner.cwl", "in": sources, "out": ["made"]}}
    found = graph(tmp_path, workflow(steps, requirements={"StepInputExpressionRequirement": {}}), inner=INNER)
    assert edges(found) == ["- i one", "- i sub/a", "one o sub", "one o sub/a", "sub/a o sub/b"]


DRAFT_2 = """
cwlVersion: draft-2
class: Workflow
inputs: [{id: "#i", type: File}]
outputs: [{id: "#r", type: File, connect: {source: "#two.o"}}]
steps:
  - {id: "#one", run: {import: tool.cwl}, inputs: [{id: "#one.x", connect: {source: "#i"}}], outputs: [{id: "#one.o"}]}
  - id: "#two"
    run: {import: tool.cwl}
    inputs: [{id: "#two.x", connect: [{source: "#one.o"}, {source: "#i"}]}]
    outputs: [{id: "#two.o"}]
"""
DRAFT_3 = """
cwlVersion: draft-3
class: Workflow
inputs: [{id: i, type: File}]
outputs: [{id: r, type: File, source: "#two/o"}]
steps:
  - {id: one, run: tool.cwl, inputs: [{id: x, source: "#i"}], outputs: [{id: o}]}
  - {id: two, run: tool.cwl, inputs: [{id: x, source: ["#one/o", "#i"]}], outputs: [{id: o}]}
"""


@pytest.mark.parametrize("text", [DRAFT_2, DRAFT_3])
def test_drafts_have_edges(tmp_path: Path, text: str) -> None:
    (tmp_path / "main.cwl").write_text(text)
    (tmp_path / "tool.cwl").write_text(json.dumps(TOOL))
    found = cwl.read(open_directory(tmp_path, "tree"), "main.cwl", NO_CACHE).graph
    assert edges(found) == ["- i one", "- i two", "one o two", "two o -"]


def cwltool_edges(path: Path) -> set[tuple[str, str]]:
    """The edges between the steps of the main workflow, from the sources as cwltool resolves them."""
    from cwltool.context import LoadingContext
    from cwltool.load_tool import load_tool
    from cwltool.workflow import Workflow

    loaded = load_tool(str(path), LoadingContext({"do_validate": False}))
    assert isinstance(loaded, Workflow)
    inputs = {each["id"] for each in loaded.tool["inputs"]}
    made = {output["id"]: step.id for step in loaded.steps for output in step.tool["outputs"]}
    links = [(step.id, each.get("source")) for step in loaded.steps for each in step.tool["inputs"]]
    links += [(loaded.tool["id"], each.get("outputSource")) for each in loaded.tool["outputs"]]
    names = {step.id: step.id.rpartition("#")[2].rpartition("/")[2] for step in loaded.steps} | {loaded.tool["id"]: ""}
    found = set()
    for target, sources in links:
        for source in [sources] if isinstance(sources, str) else sources or ():
            assert source in inputs or source in made
            found.add((names[made[source]] if source in made else "", names[target]))
    return found - {("", "")}


@pytest.mark.parametrize("name", ["cwl-records", "cwl-packed", "generated"])
def test_edges_are_those_that_cwltool_resolves(name: str, tmp_path: Path) -> None:
    folder = WORKFLOWS / name
    if name == "generated":
        folder = tmp_path
        steps = {
            "a": step(x="i", scatter="x"),
            "b": step(x={"source": ["a/o", "j"], "linkMerge": "merge_flattened"}),
            "c": {
                "run": TOOL,
                "in": [{"id": "x", "source": "b/p"}, {"id": "y", "default": 1}],
                "out": [{"id": "o"}, "p"],
            },
        }
        graph(folder, workflow(steps, {"r": "c/o", "q": "a/p"}, requirements={"ScatterFeatureRequirement": {}}))
    found = cwl.read(open_directory(folder, "tree"), "main.cwl", NO_CACHE).graph
    assert not [call for call in found.calls if call.parent]
    assert {(edge.source, edge.target) for edge in found.edges} == cwltool_edges(folder / "main.cwl")


@st.composite
def documents(draw: st.DrawFn) -> tuple[dict[str, Any], set[tuple[str, str]]]:
    """A workflow with nested ones, and its edges."""
    known = {"i": {""}, "j": {""}}
    steps, expected = {}, set()
    for number in range(draw(st.integers(1, 6))):
        name = f"s{number}"
        x = draw(st.lists(st.sampled_from(sorted(known)), max_size=3))
        y = draw(st.sampled_from(sorted(known)))
        if draw(st.booleans()):
            steps[name] = step(x=x, y=y)
            expected |= {(source, name) for link in [*x, y] for source in known[link]}
            known |= {f"{name}/o": {name}, f"{name}/p": {name}}
        else:
            steps[name] = {"run": "inner.cwl", "in": {"i": x, "j": y}, "out": ["made", "same"]}
            expected |= {(source, f"{name}/a") for link in x for source in known[link]}
            expected |= {(f"{name}/a", f"{name}/b")}
            known |= {f"{name}/made": {f"{name}/b"}, f"{name}/same": known[y]}
    last = draw(st.sampled_from(sorted(known)))
    expected |= {(source, "") for source in known[last] if source}
    return workflow(steps, {"r": last}), expected


@given(documents())
def test_any_workflow_has_the_edges_of_its_sources(made: tuple[dict[str, Any], set[tuple[str, str]]]) -> None:
    document, expected = made
    with TemporaryDirectory() as folder:
        found = graph(Path(folder), document, inner=INNER)
    groups = {call.id for call in found.calls if call.kind is CallKind.WORKFLOW}
    assert {(edge.source, edge.target) for edge in found.edges if edge.target not in groups} == expected
    assert found.unfollowed == 0


def test_a_zip_and_any_order_of_files_have_the_same_graph(tmp_path: Path) -> None:
    folder = WORKFLOWS / "cwl-records"
    expected = cwl.read(open_directory(folder, "tree"), "main.cwl", NO_CACHE).graph
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    for order in (paths, paths[::-1]):
        with ZipFile(tmp_path / "w.zip", "w") as archive:
            for path in order:
                archive.write(path, path.relative_to(folder).as_posix())
        assert cwl.read(ZipTree(tmp_path / "w.zip", "w.zip"), "main.cwl", NO_CACHE).graph == expected
    assert expected.calls
