"""The calls of WDL workflows, and what flows between them."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from conftest import WORKFLOWS
from hypothesis import given
from hypothesis import strategies as st
from wdl_flow import flow
from wdl_trees import read_tree

from packager.cache import NO_CACHE
from packager.engines import call_graph, wdl
from packager.model.calls import CallGraph, CallKind, pack, unpack
from packager.model.facts import Workflow
from packager.source import ZipTree, open_directory

TASK = 'task t { input { File? x  Int? n } command <<< >>> output { File a = "a"  Array[File] all = [] } }\n'
SUB = """version 1.1
workflow sub {
  input { File? x  File? unused  File? passed  String? fixed = "a" }
  call t { input: x = x }
  output { File made = t.a  File? same = passed  String text = "b" }
}
"""


def graph(folder: Path, body: str, **others: str) -> CallGraph:
    """The graph of a workflow with this body, next to a task `t`, and `sub` if it imports `sub.wdl`."""
    header = "version 1.1\n" + "".join(f'import "{name}.wdl"\n' for name in others)
    files = {f"{name}.wdl": text + TASK for name, text in others.items()}
    read = read_tree(folder, {"main.wdl": f"{header}workflow w {{\n{body}\n}}\n{TASK}", **files})
    assert_sound(read.graph)
    return read.graph


def assert_sound(graph: CallGraph) -> None:
    """Ids are unique, parents and the ends of edges exist, and everything is sorted."""
    ids = [call.id for call in graph.calls]
    assert ids == sorted(set(ids))
    assert {call.parent for call in graph.calls} <= {"", *ids}
    assert {end for edge in graph.edges for end in (edge.source, edge.target)} <= {"", *ids}
    assert list(graph.edges) == sorted({(edge.source, edge.target): edge for edge in graph.edges}.values())
    assert unpack(pack(graph)) == graph


def edges(graph: CallGraph) -> list[str]:
    """Each edge as one line."""
    return [f"{edge.source or '-'} {edge.label or '*'} {edge.target or '-'}" for edge in graph.edges]


def test_outputs_flow_through_declarations(tmp_path: Path) -> None:
    body = "input { File i }  call t { input: x = i }  File? f = t.a  call t as u { input: x = f }  output { File o = u.a }"
    assert edges(graph(tmp_path, body)) == ["- i t", "t a u", "u a -"]


def test_scatters_and_conditions_are_marked_and_decide(tmp_path: Path) -> None:
    body = """
    input { Boolean yes }
    call t
    scatter (f in t.all) {
      File g = f
      if (yes) { call t as u { input: x = g } }
    }
    call t as v after u { input: n = length(u.a) }
    """
    found = graph(tmp_path, body)
    assert [(call.id, call.scattered, call.conditional) for call in found.calls] == [
        ("t", False, False),
        ("u", True, True),
        ("v", False, False),
    ]
    assert edges(found) == ["- yes u", "t all u", "u * v"]


def test_calls_of_a_sub_workflow_have_its_calls_id(tmp_path: Path) -> None:
    body = """
    input { File i }
    call sub.sub as s { input: x = i, unused = i, passed = i }
    call t { input: x = s.made }
    call t as u { input: x = s.same }
    call t as v { input: n = length(s.text) }
    """
    found = graph(tmp_path, body, sub=SUB)
    calls = {call.id: call for call in found.calls}
    assert list(calls) == ["s", "s/t", "t", "u", "v"]
    assert (calls["s"].kind, calls["s"].callee, calls["s"].definition.path) == (CallKind.WORKFLOW, "sub", "sub.wdl")
    assert (calls["s/t"].parent, calls["s/t"].place.path, calls["s/t"].place.line) == ("s", "sub.wdl", 4)
    assert edges(found) == ["- i s", "- i s/t", "- i u", "s/t a t"]


def test_a_condition_around_a_sub_workflow_decides_the_whole(tmp_path: Path) -> None:
    body = "call t  if (defined(t.a)) { call sub.sub as s }"
    found = graph(tmp_path, body, sub=SUB)
    assert edges(found) == ["t a s"]
    assert [call.id for call in found.calls if call.conditional] == ["s"]


def test_scatter_variables_of_the_same_name_are_different(tmp_path: Path) -> None:
    body = """
    call t
    call t as u
    scatter (f in t.all) { File g = f }
    scatter (f in u.all) { File h = f  scatter (f2 in [f]) { call t as v { input: x = f2 } } }
    call t as w1 { input: x = g[0] }
    call t as w2 { input: x = h[0] }
    """
    assert edges(graph(tmp_path, body)) == ["t all w1", "u all v", "u all w2"]


def test_a_missing_import_leaves_the_call_without_a_definition(tmp_path: Path) -> None:
    read = read_tree(
        tmp_path, {"main.wdl": 'version 1.1\nimport "no.wdl"\nworkflow w { call no.a  call no.b { input: x = a.o } }'}
    )
    assert [(call.id, call.definition.path) for call in read.graph.calls] == [("a", ""), ("b", "")]
    assert edges(read.graph) == ["a o b"]


def test_a_computed_declaration_of_draft_2_is_not_an_input(tmp_path: Path) -> None:
    text = "workflow w {\n File i\n call t { input: x = i }\n File f = t.a\n call t as u { input: x = f }\n}\n"
    text += 'task t { File? x command { } output { File a = "a" } }'
    assert edges(read_tree(tmp_path, {"main.wdl": text}).graph) == ["- i t", "t a u"]


def test_outputs_that_draft_2_lists(tmp_path: Path) -> None:
    text = "workflow w {\n call t\n call t as u\n File f = t.a\n output {\n  t.a\n  u.*\n  f\n }\n}\n"
    text += 'task t { command { } output { File a = "a"  Array[File] all = [] } }'
    assert edges(read_tree(tmp_path, {"main.wdl": text}).graph) == ["t a -", "u * -"]


def doubling(levels: int) -> dict[str, str | bytes]:
    """Workflows that each call the next one twice."""
    files: dict[str, str | bytes] = {f"w{levels}.wdl": f"version 1.1\nworkflow w{levels} {{ call t }}\n{TASK}"}
    for level in range(levels):
        inner = f"w{level + 1}"
        calls = f"call {inner}.{inner} as a  call {inner}.{inner} as b"
        files[f"w{level}.wdl"] = f'version 1.1\nimport "{inner}.wdl"\nworkflow w{level} {{ {calls} }}\n'
    return files


def test_too_many_calls_are_not_expanded(tmp_path: Path) -> None:
    read = read_tree(tmp_path, doubling(18), "w0.wdl")
    assert len(read.graph.calls) <= call_graph.MAX_CALLS + 2
    assert read.graph.unread
    assert_sound(read.graph)


def test_long_names_do_not_multiply(tmp_path: Path) -> None:
    files = {path: str(text).replace(" as a ", f" as {'a' * 9000} ") for path, text in doubling(12).items()}
    found = read_tree(tmp_path, dict(files), "w0.wdl").graph
    assert sum(len(call.id) for call in found.calls) <= 2 * call_graph.MAX_ID_LENGTH


def test_many_edges_are_bounded(tmp_path: Path) -> None:
    count = 400
    calls = [f"call t as a{number}" for number in range(count)]
    calls += [f"call t as b{number} {{ input: n = length(all) }}" for number in range(count)]
    body = "\n".join([*calls, f"Array[File] all = [{', '.join(f'a{number}.a' for number in range(count))}]"])
    found = graph(tmp_path, body)
    assert len(found.edges) == call_graph.MAX_EDGES
    assert found.unfollowed == count * count - call_graph.MAX_EDGES


def assert_agreement(main: Path, read: Workflow) -> None:
    """Calls, and edges to tasks and outputs, are those that miniwdl's own resolution of names gives."""
    calls, expected = flow(main)
    groups = {call.id for call in read.graph.calls if call.kind is CallKind.WORKFLOW}
    assert {
        call.id: (call.callee, call.place.line, call.scattered, call.conditional) for call in read.graph.calls
    } == calls
    ours = {(edge.source, edge.target): edge.label for edge in read.graph.edges if edge.target not in groups}
    theirs: dict[tuple[str, str], set[str]] = {}
    for source, label, target in expected:
        if target not in groups:
            theirs.setdefault((source, target), set()).add(label)
    assert ours == {ends: min(labels) if len(labels) == 1 else "" for ends, labels in theirs.items()}
    assert all(edge.known for edge in read.graph.edges)
    assert_sound(read.graph)


def test_a_fixture_agrees_with_miniwdl() -> None:
    folder = WORKFLOWS / "wdl-variants"
    assert_agreement(folder / "main.wdl", wdl.read(open_directory(folder, "tree"), "main.wdl", NO_CACHE))


@st.composite
def bodies(draw: st.DrawFn, sub: bool) -> str:
    """A workflow's body of calls in sections, each with values of earlier calls and declarations."""
    names = ["i", "[i][0]"]
    lines = []

    def value() -> str:
        return draw(st.sampled_from(names))

    for number in range(draw(st.integers(1, 6))):
        callee = draw(st.sampled_from(["t", "sub.sub"] if sub else ["t"]))
        passed = f"passed = {value()}, " if callee == "sub.sub" else ""
        made = "made" if callee == "sub.sub" else "a"
        call = f"call {callee} as c{number} {{ input: {passed}x = {value()} }}"
        section = draw(st.sampled_from(["", "if", "scatter"]))
        if section == "if":
            lines.append(f"if (defined({value()})) {{ {call} File? d{number} = {value()} }}")
            names += [f"c{number}.{made}", f"d{number}"]
        elif section == "scatter":
            lines.append(f"scatter (s in [{value()}]) {{ {call} File? e{number} = s }}")
            names += [f"select_first(c{number}.{made})", f"e{number}[0]"]
        else:
            lines.append(f"{call} File? f{number} = {value()}")
            names += [f"c{number}.{made}", f"f{number}"]
        if passed and section == "":
            names.append(f"c{number}.same")
    return "input { File? i }\n" + "\n".join(lines) + f"\noutput {{ File? o = {value()} }}"


@given(bodies(sub=True))
def test_any_workflow_agrees_with_miniwdl(body: str) -> None:
    with TemporaryDirectory() as folder:
        root = Path(folder)
        main = f'version 1.1\nimport "sub.wdl"\nworkflow w {{\n{body}\n}}\n{TASK}'
        read = read_tree(root, {"main.wdl": main, "sub.wdl": SUB + TASK})
        assert_agreement(root / "main.wdl", read)


def test_a_zip_and_any_order_of_files_have_the_same_graph(tmp_path: Path) -> None:
    folder = WORKFLOWS / "wdl-variants"
    expected = wdl.read(open_directory(folder, "tree"), "main.wdl", NO_CACHE).graph
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    for order in (paths, paths[::-1]):
        with ZipFile(tmp_path / "w.zip", "w") as archive:
            for path in order:
                archive.write(path, path.relative_to(folder).as_posix())
        assert wdl.read(ZipTree(tmp_path / "w.zip", "w.zip"), "main.wdl", NO_CACHE).graph == expected
    assert expected.calls
