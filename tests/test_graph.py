"""The picture of a workflow: folding, layout, and its formats, also with hostile names."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from conftest import WORKFLOWS, Cli
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import examples

from packager.findings.diagnostic import Place, Severity
from packager.graph import INPUTS, OUTPUTS, BoxKind, Layout, Picture, layout_of, picture_of, shortened
from packager.graph.layers import layered
from packager.graph.layout import display_width
from packager.model.calls import Call, CallEdge, CallGraph, CallKind
from packager.render.picture import BoxNote, dot_text, drawing_of, legend, mermaid_text, svg_document

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "]]></style><a href='javascript:alert(1)'>",
    "end",
    "subgraph",
    'x"]; click n1 "javascript:alert(1)"',
    "a\\",
    "\\N \\G",
    "`x` **b** %%{init: {}}%%",
    "#quot; &lt; ;",
    "\u202eevil\u2066",
    "line\nbreak\r\x1b[31m",
    "::error::x",
    "\x00\ud800\ufffe",
    "名前",
    "x" * 10_000,
)


def call(identity: str, *, workflow: bool = False, scattered: bool = False, conditional: bool = False) -> Call:
    parent, _, name = identity.rpartition("/")
    kind = CallKind.WORKFLOW if workflow else CallKind.TASK
    return Call(
        identity, name, name, kind, Place("main.wdl", 1), parent=parent, scattered=scattered, conditional=conditional
    )


def graph(*identities: str, edges: tuple[tuple[str, str], ...] = (), unfollowed: int = 0) -> CallGraph:
    """A graph of calls by their ids; those that contain others are sub-workflows."""
    groups = {identity.rpartition("/")[0] for identity in identities}
    calls = tuple(call(identity, workflow=identity in groups) for identity in sorted(identities))
    return CallGraph(calls, tuple(sorted(CallEdge(*edge) for edge in edges)), unfollowed)


def hostile_graph() -> CallGraph:
    calls = [
        Call(f"c{number}", name, name, CallKind.TASK, Place(name, 1), scattered=True, conditional=True)
        for number, name in enumerate(HOSTILE)
    ]
    edges = [CallEdge(f"c{number}", f"c{number + 1}", name) for number, name in enumerate(HOSTILE[:-1])]
    return CallGraph(tuple(sorted(calls, key=lambda each: each.id)), tuple(sorted(edges)))


def picture_layout(picture: Picture) -> Layout:
    return layout_of(picture, {box.id: (shortened(box.name or box.id), "") for box in picture.all_boxes()})


NESTED = graph(
    "align", "align/map", "align/sort", "align/mark", "call", "call/scatter", "call/scatter/gatk", "report",
    edges=(("align/map", "align/sort"), ("align/sort", "align/mark"), ("align/mark", "call/scatter/gatk"),
           ("call/scatter/gatk", "report"), ("align/map", "report")),
)  # fmt: skip


def test_groups_hold_their_calls() -> None:
    picture = picture_of(NESTED)
    assert [box.id for box in picture.boxes] == ["align", "call", "report"]
    assert [box.kind for box in picture.boxes] == [BoxKind.GROUP, BoxKind.GROUP, BoxKind.TASK]
    assert [box.id for box in picture.boxes[0].inner] == ["align/map", "align/mark", "align/sort"]
    assert picture.folded == 0


def test_a_large_graph_is_folded_from_the_inside() -> None:
    picture = picture_of(NESTED, most=3)
    assert [(box.id, box.kind, box.folded) for box in picture.all_boxes()] == [
        ("align", BoxKind.FOLDED, 3),
        ("call", BoxKind.GROUP, 0),
        ("call/scatter", BoxKind.GROUP, 0),
        ("call/scatter/gatk", BoxKind.TASK, 0),
        ("report", BoxKind.TASK, 0),
    ]
    assert [(link.source, link.target) for link in picture.links] == [
        ("align", "call/scatter/gatk"),
        ("align", "report"),
        ("call/scatter/gatk", "report"),
    ]
    assert picture.folded == 3
    assert "3 calls are folded." in legend(picture, NESTED)


def test_a_group_of_too_many_calls_ends_in_a_box_for_the_rest() -> None:
    many = graph(*(f"c{number:03}" for number in range(100)), edges=(("c000", "c099"),))
    picture = picture_of(many, most=10)
    assert len(picture.boxes) == 10
    assert (picture.boxes[-1].kind, picture.boxes[-1].folded, picture.folded) == (BoxKind.REST, 91, 91)
    assert [(link.source, link.target) for link in picture.links] == [("c000", picture.boxes[-1].id)]


def test_inputs_and_outputs_are_drawn_on_request() -> None:
    both = graph("a", "b", edges=(("", "a"), ("a", "b"), ("b", ""), ("", "")))
    assert [box.id for box in picture_of(both).boxes] == ["a", "b"]
    picture = picture_of(both, ends=True)
    assert [box.id for box in picture.boxes] == [INPUTS, "a", "b", OUTPUTS]
    assert {(link.source, link.target) for link in picture.links} == {(INPUTS, "a"), ("a", "b"), ("b", OUTPUTS)}


def test_an_unknown_edge_is_dashed_and_counted() -> None:
    unknown = CallGraph(graph("a", "b").calls, (CallEdge("a", "b", "", known=False),), 2)
    picture = picture_of(unknown)
    drawn = svg_document(drawing_of(picture, {}), "main")
    assert 'class="line unknown"' in drawn
    assert "-.->" in mermaid_text(unknown, {}, most=9)[0]
    assert "style=dashed" in dot_text(picture, {}, "main")
    sentences = " ".join(legend(picture, unknown))
    assert "dashed line" in sentences
    assert "2 inputs of calls have an unknown source" in sentences


def test_a_dense_graph_is_thinned_and_the_note_counts_it() -> None:
    names = "abcdef"
    dense = graph(*names, edges=tuple(combinations(names, 2)))
    drawing = drawing_of(picture_of(dense), {})
    assert len(drawing.layout.lines) == 5
    assert drawing.layout.left_out == 10
    assert "10 lines are left out" in " ".join(legend(drawing.picture, dense, left_out=drawing.layout.left_out))


def overlaps(layout: Layout) -> list[tuple[str, str]]:
    """The pairs of boxes that overlap, of which none contains the other."""
    groups = {placed.box.id for placed in layout.boxes if placed.box.kind is BoxKind.GROUP}
    out = []
    for one, other in combinations(layout.boxes, 2):
        apart = (
            one.x + one.width <= other.x or other.x + other.width <= one.x
            or one.y + one.height <= other.y or other.y + other.height <= one.y
        )  # fmt: skip
        inside = any(
            outer.box.id in groups and inner.box.id.startswith(f"{outer.box.id}/")
            and outer.x <= inner.x and inner.x + inner.width <= outer.x + outer.width
            and outer.y <= inner.y and inner.y + inner.height <= outer.y + outer.height
            for outer, inner in ((one, other), (other, one))
        )  # fmt: skip
        if not apart and not inside:
            out.append((one.box.id, other.box.id))
    return out


def hidden_lines(layout: Layout) -> list[tuple[str, tuple[float, float]]]:
    """The places where a line runs behind a box, so that it seems to begin or end there."""
    boxes = [placed for placed in layout.boxes if placed.box.kind is not BoxKind.GROUP]
    middles = [
        ((above[0] + below[0]) / 2, (above[1] + below[1]) / 2)
        for line in layout.lines for above, below in pairwise(line.points)
    ]  # fmt: skip
    verticals = [
        (above[0], above[1], below[1])
        for line in layout.lines for above, below in zip(line.points[::2], line.points[1::2], strict=False)
    ]  # fmt: skip
    return [
        (placed.box.id, (x, top))
        for placed in boxes
        for x, top, bottom in [*verticals, *((x, y, y) for x, y in middles)]
        if placed.x < x < placed.x + placed.width and top < placed.y + placed.height and bottom > placed.y
    ]


@st.composite
def graphs(draw: st.DrawFn) -> CallGraph:
    """Graphs of nested calls with any edges between them, circles included."""
    identities = ["a"]
    for number in range(draw(st.integers(0, 24))):
        parent = draw(st.sampled_from(["", *identities]))
        identities.append(f"{parent}/n{number}" if parent else f"n{number}")
    ends = st.sampled_from(identities)
    return graph(*identities, edges=tuple(draw(st.sets(st.tuples(ends, ends), max_size=40))))


@settings(max_examples=examples(60), deadline=None)
@given(graphs(), st.integers(1, 30))
def test_boxes_never_overlap_and_stay_in_the_picture(drawn: CallGraph, most: int) -> None:
    picture = picture_of(drawn, most=most)
    layout = picture_layout(picture)
    assert overlaps(layout) == []
    assert len(layout.boxes) == len(list(picture.all_boxes()))
    for placed in layout.boxes:
        assert 0 <= placed.x <= placed.x + placed.width <= layout.width
        assert 0 <= placed.y <= placed.y + placed.height <= layout.height
    members = [member for box in picture.all_boxes() for member in box.members]
    assert sorted(members) == [each.id for each in drawn.calls]  # every call is drawn or folded exactly once
    for line in layout.lines:
        assert all(below[1] >= above[1] for above, below in pairwise(line.points))
    assert hidden_lines(layout) == []


def test_no_line_runs_behind_a_box_without_lines() -> None:
    loose = graph("g", "g/first", "g/loose", "next", edges=(("g/first", "next"),))
    assert hidden_lines(picture_layout(picture_of(loose))) == []


@settings(max_examples=examples(30), deadline=None)
@given(graphs())
def test_the_same_graph_has_the_same_picture(drawn: CallGraph) -> None:
    once, again = (svg_document(drawing_of(picture_of(drawn), {}), "main") for _ in range(2))
    assert once == again
    shuffled = CallGraph(drawn.calls, tuple(sorted(drawn.edges, key=repr)))
    assert svg_document(drawing_of(picture_of(shuffled), {}), "main") == once


def test_circles_and_long_chains_are_laid_out() -> None:
    circle = layered([10, 10, 10], [(0, 1), (1, 2), (2, 0)], 100, top=-1, bottom=-1)
    assert [wire.reversed for wire in circle.wires].count(True) == 1
    chain = graph(*(f"n{number:04}" for number in range(3000)),
                  edges=tuple((f"n{number:04}", f"n{number + 1:04}") for number in range(2999)))  # fmt: skip
    assert len(picture_layout(picture_of(chain, most=4000)).boxes) == 3000


def test_a_deep_nest_is_folded() -> None:
    names = ["w"]
    for _ in range(1500):
        names.append(f"{names[-1]}/w")
    picture = picture_of(graph(*names))
    assert len(picture_layout(picture).boxes) == 21
    assert picture.folded == 1501 - 21


@pytest.mark.parametrize(("name", "most", "expected"), [
    ("short", 10, "short"), ("abcdefghij", 10, "abcdefghij"), ("abcdefghijk", 9, "abcd…hijk"), ("名前名前名前", 7, "名…前"),
])  # fmt: skip
def test_a_long_name_keeps_its_ends(name: str, most: int, expected: str) -> None:
    assert shortened(name, most) == expected
    assert display_width(shortened(name, most)) <= most


def test_hostile_names_in_svg() -> None:
    drawn = svg_document(
        drawing_of(picture_of(hostile_graph()), {"c0": BoxNote(HOSTILE[0], Severity.ERROR, 3)}), HOSTILE[1]
    )
    root = ElementTree.fromstring(drawn)
    kinds = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert kinds <= {"svg", "style", "rect", "g", "title", "text", "path"}
    names = {name for element in root.iter() for name in element.attrib}
    assert not [name for name in names if name.startswith("on") or "href" in name or name == "style"]
    assert not re.search("[\u202e\u2066\x1b\x00\ufffe]", drawn)


def test_hostile_names_in_mermaid() -> None:
    text, _ = mermaid_text(hostile_graph(), {"c0": BoxNote(HOSTILE[0])}, most=80)
    for line in text.splitlines()[1:]:
        quoted = re.sub(r'"[^"]*"', "", line)
        assert re.fullmatch(r"[\w\s.|:>,()#-]*|.*classDef .*", quoted.replace("[", "").replace("]", "")), line
        for label in re.findall(r'"([^"]*)"', line):
            assert re.fullmatch(r"(?:[\w .,-]|#\d+;|<br>)*", label), label


def test_mermaid_stays_within_what_github_draws() -> None:
    names = [f"workflow_{group}/{'long_name_' * 5}{number}" for group in range(30) for number in range(30)]
    groups = sorted({name.split("/")[0] for name in names})
    large = graph(*names, *groups, edges=tuple(zip(names, names[1:] + names[:1], strict=True)))
    text, _ = mermaid_text(large, {}, most=2000)
    assert len(text) <= 50_000
    assert text.count("-->") <= 500
    flat = graph(*(f"n{number:03}" for number in range(60)),
                 edges=tuple((f"n{one:03}", f"n{other:03}") for one in range(60) for other in range(one)))  # fmt: skip
    assert mermaid_text(flat, {}, most=80)[0].count("-->") <= 500


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
@pytest.mark.parametrize("drawn", [hostile_graph(), NESTED, graph(), graph("a", edges=(("a", "a"),))])
def test_graphviz_accepts_dot(drawn: CallGraph) -> None:
    text = dot_text(picture_of(drawn, ends=True), {"c1": BoxNote(HOSTILE[2], Severity.WARNING)}, HOSTILE[0])
    done = subprocess.run(["dot", "-Tsvg"], input=text.encode(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert b"syntax error" not in done.stderr


@pytest.mark.parametrize("form", ["svg", "mermaid", "dot", "json"])
def test_the_command_draws_a_workflow(cli: Cli, form: str, tmp_path: Path) -> None:
    result = cli("graph", WORKFLOWS / "wdl-variants", "--format", form)
    assert result.code == 0
    assert "map_reads" in result.out
    target = tmp_path / "picture"
    assert cli("graph", WORKFLOWS / "wdl-variants", "--format", form, "-o", target).out == ""
    assert target.read_text(encoding="utf-8") == result.out
    if form == "json":
        assert [each["id"] for each in json.loads(result.out)["calls"]][:2] == ["align", "align/map_reads"]
