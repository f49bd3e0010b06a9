"""The calls of two versions compared, and their picture: as data, as a page, as Mermaid."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import WORKFLOWS, Cli, Result
from emulator_support import settled
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import examples
from test_graph import HOSTILE, call, graph, hostile_graph
from test_report_page import assert_is_safe

from packager.app.call_facts import call_facts
from packager.app.load import load
from packager.diff import (
    Aspect,
    CallFacts,
    ChangeKind,
    Comparison,
    Definition,
    Difference,
    File,
    NotCompared,
    Patch,
    Side,
    compare,
    merged,
    patch,
)
from packager.emulator import RunningEmulator
from packager.healthomics.deployed import Deployed
from packager.healthomics.request import Request
from packager.jsondoc.schemas import violations
from packager.model.calls import CallGraph
from packager.model.facts import TemplateParameter
from packager.render.diff import diff_json, diff_text
from packager.render.diff_markdown import MOST_BYTES as MOST_IN_A_COMMENT
from packager.render.diff_markdown import diff_markdown
from packager.render.page import MOST_BYTES, diff_page
from packager.render.picture.changes import changed_picture
from packager.render.terminal import Style

Files = Callable[[dict[str, str | bytes]], Path]
NOTHING: Mapping[str, str] = {}


def side(calls: CallGraph, facts: Mapping[str, CallFacts] | None = None, **members: Any) -> Side:
    definition = Definition(engine="WDL", calls=calls, call_facts=tuple((facts or {}).items()))
    return Side(settings=Request(), definition=definition, **members)


def comparison(before: Side, after: Side, **members: Any) -> Comparison:
    deployed = Deployed("1", "1.0.0", "w", "arn", None, "ACTIVE", "", None, "", Request())
    return Comparison(
        deployed=deployed, newest=True, region="us-east-1", difference=compare(before, after),
        graph=merged(before.definition, after.definition), **members,
    )  # fmt: skip


def definition(folder: Path) -> Side:
    """A side with the calls of a workflow on disk."""
    loaded = load(str(folder))
    assert loaded.workflow.complete
    return side(loaded.workflow.graph, dict(call_facts(loaded)))


def changes(difference: Difference) -> dict[str, str]:
    """What happened to each call, as its sign or as the aspects in which it differs."""
    signs = {ChangeKind.ADDED: "+", ChangeKind.REMOVED: "-"}
    return {
        change.call.id: signs.get(change.kind) or " ".join(aspect.aspect.value for aspect in change.aspects)
        for change in difference.calls
    }


# What differs


def test_added_removed_and_changed_calls() -> None:
    before = side(
        graph("a", "b", "c", edges=(("a", "b"), ("b", "c"))),
        {"a": CallFacts((("image", "x:1"), ("memory", "4 GiB"))), "b": CallFacts((("cpu", "2 vCPU"),), "1", "1")},
    )
    after = side(
        graph("a", "b", "d", edges=(("a", "b"), ("b", "d"))),
        {"a": CallFacts((("image", "x:2"),)), "b": CallFacts((("cpu", "2 vCPU"),), "2", "1")},
    )
    difference = compare(before, after)
    assert changes(difference) == {"a": "image memory", "b": "definition", "c": "-", "d": "+"}
    assert [(change.kind.value, change.edge.source, change.edge.target) for change in difference.edges] == [
        ("removed", "b", "c"),
        ("added", "b", "d"),
    ]
    (first, *_) = difference.calls
    assert [(each.aspect, each.before, each.after) for each in first.aspects] == [
        (Aspect.IMAGE, "x:1", "x:2"),
        (Aspect.MEMORY, "4 GiB", None),
    ]


def test_how_a_call_runs() -> None:
    before = CallGraph((call("a"), call("b", scattered=True), replace(call("c"), callee="old")))
    after = CallGraph((call("a", conditional=True), call("b"), replace(call("c"), callee="new")))
    found = compare(side(before), side(after))
    assert changes(found) == {"a": "condition", "b": "scatter", "c": "callee"}
    text = diff_text(comparison(side(before), side(after)), Style())
    assert "  ~ a: runs on a condition\n  ~ b: runs once\n  ~ c: calls old -> new\n" in text


def test_a_change_inside_explains_the_text_of_a_sub_workflow() -> None:
    texts = [{"s": CallFacts((), text), "s/a": CallFacts((), text)} for text in "12"]
    both = [side(graph("s", "s/a"), facts) for facts in texts]
    assert changes(compare(both[0], both[1])) == {"s/a": "definition"}
    alone = [{"s": CallFacts((), text)} for text in "12"]
    both = [side(graph("s", "s/a"), facts) for facts in alone]
    assert changes(compare(both[0], both[1])) == {"s": "definition"}


def test_what_is_unknown_on_one_side_is_not_removed() -> None:
    known = graph("s", "s/a", "s/a/b", "t", edges=(("s/a/b", "t"),))
    unknown = replace(graph("s", "t", edges=(("s", "t"),)), unread=("s",))
    difference = compare(side(known), side(unknown))
    assert (difference.calls, difference.edges) == ((), ())
    assert NotCompared("calls", "the calls in `s` are unknown") in difference.not_compared
    unread = side(known)
    assert unread.definition is not None
    unread = replace(unread, definition=replace(unread.definition, complete=False))
    assert compare(unread, side(graph("t"))).calls == ()


NAMES = st.sampled_from(["a", "b", "s", "s/a", "s/b", "s/c/d"])


@st.composite
def sides(draw: st.DrawFn) -> Side:
    names = draw(st.sets(NAMES))
    names |= {name.rpartition("/")[0] for name in names if "/" in name} | ({"s"} if "s/c/d" in names else set())
    pairs = draw(st.sets(st.tuples(st.sampled_from(sorted(names)), st.sampled_from(sorted(names))))) if names else set()
    facts = st.builds(CallFacts, st.sampled_from([(), (("image", "x"),), (("image", "y"),)]), st.sampled_from("12"))
    return side(graph(*names, edges=tuple(sorted(pairs))), {name: draw(facts) for name in names})


@given(sides(), sides())
@settings(deadline=None, max_examples=examples(40))
def test_swapping_swaps_what_came_and_what_went(one: Side, other: Side) -> None:
    same = compare(one, one)
    assert (same.calls, same.edges) == ((), ())
    there, back = compare(one, other), compare(other, one)
    swapped = {ChangeKind.ADDED: ChangeKind.REMOVED, ChangeKind.REMOVED: ChangeKind.ADDED}
    assert [(swapped.get(change.kind, change.kind), change.call.id) for change in there.calls] == [
        (change.kind, change.call.id) for change in back.calls
    ]
    picture = changed_picture(comparison(one, other), 3, NOTHING).picture
    shown = {member for box in picture.all_boxes() for member in box.members}
    assert {change.call.id for change in there.calls} <= shown


# What belongs to a definition

MAPPING = """version 1.1
task map {
  input { File reads }
  command <<< map ~{reads} > out >>>
  output { File out = "out" }
  runtime {
    container: "quay.io/x/map:1"
    memory: "4 GiB"
  }
}
task sort {
  input { File bam }
  command <<< sort ~{bam} > out >>>
  output { File out = "out" }
  runtime { container: "quay.io/x/sort:1" }
}
"""
MAIN = """version 1.1
import "tasks.wdl"
workflow w {
  input { File reads }
  call tasks.map { input: reads = reads }
  call tasks.sort {
    input: bam = map.out
  }
  output { File out = sort.out }
}
"""
MODULES = """process MAP {
  container 'quay.io/x/map:1'
  output: path 'out'
  script:
  '''
  map > out
  '''
}

process SORT {
  container 'quay.io/x/sort:1'
  input: path bam
  script:
  '''
  sort $bam
  '''
}

def helper() { 1 }
"""
NEXTFLOW = "include { MAP; SORT } from './modules'\nworkflow { MAP()\n  SORT(MAP.out) }\n"
STEPS = """cwlVersion: v1.2
$graph:
  - id: main
    class: Workflow
    inputs: {reads: File}
    outputs: {out: {type: File, outputSource: sort/out}}
    steps:
      map: {run: "#map", in: {i: reads}, out: [out]}
      sort: {run: "#sort", in: {i: map/out}, out: [out]}
  - id: map
    class: CommandLineTool
    baseCommand: map
    hints: {DockerRequirement: {dockerPull: "quay.io/x/map:1"}}
    inputs: {i: File}
    outputs: {out: stdout}
  - id: sort
    class: CommandLineTool
    baseCommand: sort
    hints: {DockerRequirement: {dockerPull: "quay.io/x/sort:1"}}
    inputs: {i: File}
    outputs: {out: stdout}
"""
SOURCES: dict[str, dict[str, str | bytes]] = {
    "wdl": {"main.wdl": MAIN, "tasks.wdl": MAPPING},
    "nextflow": {"main.nf": NEXTFLOW, "modules.nf": MODULES},
    "cwl": {"main.cwl": STEPS},
}


@pytest.mark.parametrize(
    ("engine", "file", "old", "new", "expected"),
    [
        ("wdl", "tasks.wdl", "sort ~{bam}", "sort -n ~{bam}", {"sort": "definition"}),
        ("wdl", "tasks.wdl", '"4 GiB"', '"8 GiB"', {"map": "memory"}),
        ("wdl", "tasks.wdl", '"4 GiB"', '"8 GiB"\n    cpu: 2', {"map": "cpu memory definition"}),
        ("wdl", "tasks.wdl", "version 1.1\n", "version 1.1\n# a comment\n", {}),
        ("wdl", "tasks.wdl", "map ~{reads}", "map ~{reads}   ", {"map": "definition"}),
        ("wdl", "main.wdl", "bam = map.out\n", "bam = reads\n", {"sort": "arguments"}),
        ("nextflow", "modules.nf", "map > out", "map -n > out", {"MAP": "definition"}),
        ("nextflow", "modules.nf", "sort $bam", "sort -n $bam", {"SORT": "definition"}),
        ("nextflow", "modules.nf", "x/map:1", "x/map:2", {"MAP": "image"}),
        ("nextflow", "modules.nf", "def helper() { 1 }", "def helper() { 2 }", {}),
        ("cwl", "main.cwl", "baseCommand: sort", "baseCommand: [sort, -n]", {"sort": "definition"}),
        ("cwl", "main.cwl", "x/map:1", "x/map:2", {"map": "image"}),
    ],
)  # fmt: skip
def test_a_change_of_the_text_is_one_of_its_call(
    engine: str, file: str, old: str, new: str, expected: dict[str, str], files: Files
) -> None:
    source = SOURCES[engine]
    text = str(source[file])
    assert old in text
    before = definition(files(source))
    after = definition(files({**source, file: text.replace(old, new)}))
    assert changes(compare(before, after)) == expected


# The picture


def test_sub_workflows_without_a_change_are_folded_and_only_neighbours_are_drawn_of_a_large_one() -> None:
    names = [f"s{group}/t{number:02}" for group in range(4) for number in range(30)]
    groups = [f"s{group}" for group in range(4)]
    edges = tuple(itertools.pairwise(names))
    before = side(graph(*groups, *names, edges=edges))
    after = side(graph(*groups, *names, "s1/new", edges=(*edges, ("s1/t03", "s1/new"))))
    changed = changed_picture(comparison(before, after), 40, NOTHING)
    boxes = {box.id: box for box in changed.picture.all_boxes()}
    assert {"s0", "s2", "s3", "s1/t29"} <= boxes.keys()
    assert boxes["s0"].folded == 30
    assert changed.left_out == 0
    small = changed_picture(comparison(before, after), 10, NOTHING)
    assert {box.id for box in small.picture.all_boxes()} == {"s1", "s1/new", "s1/t02", "s1/t03", "s1/t04"}
    assert small.left_out > 100
    assert dict(small.flows) == {("s1/t03", "s1/new"): "added"}
    text = diff_markdown(comparison(before, after), "w")
    assert "t03" in text
    assert ":::added" in text
    assert re.search(r"linkStyle \d+ stroke:#1a7f37", text)


@pytest.mark.parametrize("swaps", [False, True])
def test_hostile_names_are_text_in_every_format(swaps: bool) -> None:
    word = HOSTILE[0]
    facts = {f"c{number}": CallFacts((("image", name), ("cpu", name))) for number, name in enumerate(HOSTILE)}
    parameters = tuple((name, TemplateParameter(name, False)) for name in HOSTILE)
    files = tuple(File(name, 1, "a", False) for name in HOSTILE)
    full = side(hostile_graph(), facts, parameters=parameters, files=files)
    empty = side(CallGraph(), files=())
    before, after = (full, empty) if swaps else (empty, full)
    patches = tuple(Patch(name, (f"+{name}", f" {name}", f"-{name}"), name) for name in HOSTILE)
    shown = replace(comparison(before, after, patches=patches), region=word)
    source = diff_page(shown, word)
    assert_is_safe(source)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]", source)
    markdown = diff_markdown(shown, word)
    (picture,) = re.findall(r"```mermaid\n(.*?)\n```\n", markdown, re.DOTALL)
    for label in re.findall(r'"([^"]*)"', picture):
        assert re.fullmatch(r"(?:[\w .,-]|#\d+;|<br>)*", label), label


def test_pages_and_comments_have_a_size() -> None:
    names = [f"g{number // 40:03}/{'name' * 10}{number:05}" for number in range(2100)]
    groups = sorted({name.split("/")[0] for name in names})
    large = graph(*names, *groups, edges=tuple(itertools.pairwise(names)))
    files = tuple(File(f"{name}.wdl", 1, "a", False) for name in names)
    patches = tuple(Patch(file.path, ("+" + "x" * 400,) * 400) for file in files[:60])
    shown = comparison(
        side(graph(), files=()), side(large, {name: CallFacts((("image", "é" * 300),)) for name in names}, files=files),
        patches=patches, more_patches=2040,
    )  # fmt: skip
    source = diff_page(shown, "large")
    assert len(source.encode()) <= MOST_BYTES
    assert "more files not shown" in assert_is_safe(source).all_text
    assert len(diff_markdown(shown, "large").encode()) <= MOST_IN_A_COMMENT


# The command


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """Our workflow `wdl-variants` with a new task, other memory and another parameter."""
    for path in (WORKFLOWS / "wdl-variants").rglob("*"):
        target = tmp_path / "changed" / path.relative_to(WORKFLOWS / "wdl-variants")
        if path.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    folder = tmp_path / "changed"
    tasks, align = folder / "tasks" / "mapping.wdl", folder / "subworkflows" / "align.wdl"
    index = """
task index_bam {
    input {
        File bam
    }
    command <<< samtools index ~{bam} -o out.bai >>>
    output {
        File index = "out.bai"
    }
    runtime {
        docker: "quay.io/biocontainers/samtools:1.20--h50ea8bc_0"
        cpu: 2
    }
}
"""
    tasks.write_text(tasks.read_text(encoding="utf-8").replace('"16 GiB"', '"32 GiB"') + index, encoding="utf-8")
    called = "    call mapping.index_bam { input: bam = sort_bam.sorted }\n\n    output {\n"
    align.write_text(align.read_text(encoding="utf-8").replace("    output {\n", called), encoding="utf-8")
    main = folder / "main.wdl"
    main.write_text(main.read_text(encoding="utf-8").replace("File? intervals", "File intervals"), encoding="utf-8")
    return folder


def test_the_page_has_the_data(
    submit: Callable[..., Result], cli: Cli, emulator: RunningEmulator, changed: Path, tmp_path: Path
) -> None:
    assert submit(WORKFLOWS / "wdl-variants", "--name", "v").code == 0
    service = ("--name", "v", "--description", "new", "--endpoint-url", emulator.endpoint_url)
    data = cli("diff", changed, *service, "--format", "json").json
    assert violations("report", data) == ()
    assert [(each["id"], each["change"]) for each in data["calls"]] == [
        ("align/index_bam", "added"),
        ("align/sort_bam", "changed"),
    ]
    assert data["calls"][1]["aspects"] == [{"aspect": "memory", "before": "16 GiB", "after": "32 GiB"}]
    assert {(each["source"], each["target"], each["change"]) for each in data["edges"]} == {
        ("align/sort_bam", "align/index_bam", "added")
    }
    target = tmp_path / "page.html"
    done = cli("diff", changed, *service, "--format", "html", "-o", target)
    assert (done.code, done.out) == (0, ""), done.err
    source = target.read_text(encoding="utf-8")
    page = assert_is_safe(source)
    shown = page.all_text
    for member in ("parameters", "outputs", "calls", "settings"):
        for each in data[member]:
            assert (each.get("name") or each["id"]) in shown
    assert all(file["path"] in shown for file in data["files"])
    for words in (
        "Breaking changes",
        "was optional, is required",
        "index_bam",
        "+task index_bam {",
        "Suggested step",
        "16 GiB",
    ):
        assert words in shown, words
    places = [shown.index(part) for part in ("Picture", "Parameters (1)", "Calls (2)", "Settings (1)", "Files (3)")]
    assert places == sorted(places)
    assert {"task added", "task changed", "line added"} <= set(page.values("class"))
    assert {"#call-0", "#call-1"} <= set(page.values("href"))
    assert emulator.endpoint_url not in source
    text = cli("diff", changed, *service, "-o", tmp_path / "text")
    assert (text.out, "next: " in text.err) == ("", True)
    assert "calls\n  + align/index_bam\n  ~ align/sort_bam: memory 16 GiB -> 32 GiB\n" in (tmp_path / "text").read_text(
        encoding="utf-8"
    )
    same = cli("diff", WORKFLOWS / "wdl-variants", *service[:2], *service[4:], "--format", "html").out
    assert "No differences" in assert_is_safe(same).all_text


def test_the_page_names_what_is_unknown(cli: Cli, emulator: RunningEmulator, client: Any) -> None:
    made = client.create_workflow(name="far", definitionUri="s3://bucket/far.zip", parameterTemplate={"x": {}})
    settled(client, made["id"])
    service = ("--workflow-id", made["id"], "--endpoint-url", emulator.endpoint_url)
    source = cli("diff", WORKFLOWS / "cwl-records", *service, "--format", "html").out
    shown = assert_is_safe(source).all_text
    assert (
        "Not compared: calls, files, images, outputs, types of parameters : the service returned no definition" in shown
    )
    assert "What the workflow calls, and what flows between the calls, is unknown." in shown


def test_a_secret_is_in_no_format() -> None:
    secret = "ghp_" + "aB3dE5fG7hI9jK1lM2nO4pQ6rS8tU0" + "vW2xY4"  # not a real token
    facts = [{"a": CallFacts((("image", f"x:{number}?token={secret}"),))} for number in range(2)]
    parameters = (("p", TemplateParameter(f"with {secret}", False)),)
    shown = comparison(
        side(graph("a"), facts[0], files=()), side(graph("a"), facts[1], parameters=parameters, files=()),
        patches=(patch("f", b"x", f"y = '{secret}'".encode()),),
    )  # fmt: skip
    formats = (diff_page(shown, "w"), diff_markdown(shown, "w"), diff_text(shown, Style()), str(diff_json(shown, {})))
    assert not any(secret in each for each in formats)
