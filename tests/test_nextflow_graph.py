"""The calls of Nextflow workflows, and the channels between them."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import pytest
from conftest import WORKFLOWS
from test_wdl_graph import assert_sound, edges

from packager.cache import NO_CACHE
from packager.engines import nextflow
from packager.model.calls import CallGraph, CallKind
from packager.source import ZipTree, open_directory

PROCESS = """
process {name} {{
    input:
    path x
    path y
    output:
    path 'a', emit: a
    path 'b', emit: b
    script:
    'true'
}}
"""
PROCESSES = "".join(PROCESS.format(name=name) for name in ("P", "Q", "R"))
ONE = "process ONE {\n  input:\n  val x\n  output:\n  path 'a', emit: made\n  script:\n  'true'\n}\n"


def graph(folder: Path, main: str, **others: str) -> CallGraph:
    """The graph of `main.nf`, next to other scripts."""
    for name, text in {"main": main, **others}.items():
        (folder / f"{name}.nf").write_text(text)
    found = nextflow.read(open_directory(folder, "tree"), "main.nf", NO_CACHE).graph
    assert_sound(found)
    return found


def flow(folder: Path, body: str, functions: str = "") -> list[str]:
    """The edges of an entry workflow with this body, between `P`, `Q`, `R` and `ONE`."""
    found = graph(folder, f"{PROCESSES}{ONE}{functions}\nworkflow {{\n{body}\n}}\n")
    return [*edges(found), *(f"? {edge.source} {edge.target}" for edge in found.edges if not edge.known)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("P(params.i, [])\nQ(P.out.a, P.out.b)", ["- i P", "P * Q"]),
        ("P(1, 2)\nQ(P.out[1], [])", ["P b Q"]),
        ("P(1, 2)\nQ(P.out)", ["P * Q"]),
        ("r = P(1, 2)\nQ(r.b, 3)", ["P b Q"]),
        ("Q(P(1, 2))", ["P * Q"]),
        ("ONE(1)\nQ(ONE.out, 2)", ["ONE made Q"]),
        ("ONE(1) | view\nONE.out | collect | set { c }\nQ(c, 2)", ["ONE made Q"]),
        ("channel.of(1) | ONE | map { it } | view", []),
        ("P(1, 2)\nP.out.a | ONE", ["P a ONE"]),
        ("ch = Channel.fromPath(params.i)\nch | (ONE & view)", ["- i ONE"]),
        (
            "P(1, 2)\nQ(1, 2)\nR(P.out.a.join(Q.out.b, by: 0).map { a, b -> a }, Q.out.a.mix(P.out.b).collect())",
            ["P * R", "Q * R"],
        ),
        ("P(1, 2)\nP.out.a.branch { x: true\n y: false }.set { s }\nQ(s.x, s.y)", ["P a Q"]),
        ("P(1, 2)\nP.out.a.multiMap { x: it\n y: it }.tap { t }.set { s }\nQ(t.x, 2)", ["P a Q"]),
        ("P(1, 2)\nx = params.a ? P.out.a : P.out.b\nQ(x ?: [], 2)", ["P * Q"]),
        ("P(1, 2)\ndef (x, y) = [P.out.a, 1]\nQ(x, 2)", ["P a Q"]),
        ("P(1, 2)\nQ(P.out.a.frobnicate(), 2)", ["P a Q", "? P Q"]),
        ("P(1, 2)\nQ(Unknown.change(P.out.a), 2)", ["P a Q", "? P Q"]),
        ("P(1, 2)\nQ(Unknown.change(P.out.a), P.out.a)", ["P a Q"]),
        ("P(1, 2)\nQ([P.out.a, [k: P.out.b]], 2)", ["P * Q"]),
        ('P(1, 2)\nQ("${params.x}", 2)', ["- x Q"]),
        ("P(1, 2)\nQ(params['x'], 2)", ["- x Q"]),
        ("P(Channel.fromSamplesheet('sheet'), 2)", ["- sheet P"]),
    ],
)
def test_channels_flow_through_expressions(tmp_path: Path, body: str, expected: list[str]) -> None:
    assert flow(tmp_path, body) == expected


def test_a_variable_is_what_it_was_when_it_was_used(tmp_path: Path) -> None:
    body = "ch = channel.fromPath(params.i)\nP(ch, 1)\nch = P.out.a\nQ(ch, 1)\nch = Q.out.a\n"
    assert flow(tmp_path, body) == ["- i P", "P a Q"]


def test_branches_add_what_they_may_assign(tmp_path: Path) -> None:
    body = "ch = channel.fromPath(params.i)\nif (params.p) { P(ch, 1)\n ch = P.out.a } else { other = 1 }\nQ(ch, 1)"
    found = graph(tmp_path, f"{PROCESSES}\nworkflow {{\n{body}\n}}\n")
    assert edges(found) == ["- * P", "- i Q", "P a Q"]
    assert [call.id for call in found.calls if call.conditional] == ["P"]


def test_a_process_in_two_branches_is_one_call(tmp_path: Path) -> None:
    body = "P(1, 2)\nif (params.x) { Q(P.out.a, 1) } else { Q(P.out.b, 1) }\nR(Q.out.a, 2)"
    assert flow(tmp_path, body) == ["- x Q", "P * Q", "Q a R"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("if (params.x) { P(1, 2) }", ["- x P"]),
        ("if (params.x == 'a' && 1) { if (!params['y']) { P(1, 2) } }", ["- * P"]),
        ("if (params.x) { P(1, 2) } else if (params.y) { Q(1, 2) } else { R(1, 2) }", ["- x P", "- * Q", "- * R"]),
        ("def x = params.tools.tokenize(',')\nif ('p' in x) { P(1, 2) }", ["- tools P"]),
        ("switch (params.x) {\ncase 'a':\nP(1, 2)\nbreak\n}\nQ(1, 2)", ["- x P"]),
        ("for (n in params.many) { P(n, 2) }", ["- many P"]),
        ("params.many.each { n -> P(1, 2) }", ["- many P"]),
        ("ch = params.x ? P(1, 2) : 3", ["- x P"]),
        ("P(1, 2)\nif (params.x) { P(3, 4) }", []),
        ("if (true) { P(1, 2) }", []),
        ("if (nobody_knows) { P(1, 2) }", []),
    ],
)
def test_what_decides_whether_a_call_runs(tmp_path: Path, body: str, expected: list[str]) -> None:
    assert flow(tmp_path, body) == expected


def test_conditions_decide_in_functions_and_other_workflows(tmp_path: Path) -> None:
    main = f"""{PROCESSES}{ONE}
def run_it(x) {{ if (x) {{ Q(1, 2) }} }}
workflow SUB {{
    take:
    skip
    reads
    main:
    if (!skip) {{ P(reads, 2) }}
}}
workflow {{
    ONE(1)
    run_it(params.q)
    if (params.s) {{ SUB(params.skip, ONE.out) }}
}}
"""
    found = graph(tmp_path, main)
    assert edges(found) == ["- q Q", "- s SUB", "- skip SUB/P", "ONE made SUB/P"]
    assert [call.id for call in found.calls if call.conditional] == ["Q", "SUB", "SUB/P"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("n = params.n\nQ(ch.map { x -> [x, n] }, 2)", ["- n Q"]),
        ("Q(ch.map { x -> [x, params.n] }, 2)", ["- n Q"]),
        ("Q(ch.filter { it.size() > params.n }.collect(), 2)", ["- n Q"]),
        ("n = params.n\nQ(ch.map { n -> [n, 1] }, 2)", []),
        ("n = params.n\nQ(ch.map { x -> def n = 2\n [n, 1] }, 2)", []),
        ("n = params.n\nQ(ch.map { x -> [n: x, k: x.n] }, 2)", []),
        ("n = params.n\nQ(ch.flatMap { x -> x.collect { y -> [y, n] } }, 2)", ["- n Q"]),
        ("n = params.n\nQ(ch.splitCsv(header: true, by: n), 2)", ["- n Q"]),
        ("n = params.n\nQ(ch.view { it + n }.dump(tag: n), 2)", []),
        ("P(1, 2)\nQ(ch.combine(P.out.a).map { x, n -> [x, n] }, 2)", ["P a Q"]),
    ],
)
def test_closures_and_named_arguments_use_values(tmp_path: Path, body: str, expected: list[str]) -> None:
    assert flow(tmp_path, f"ch = channel.of(1)\n{body}") == expected


WHEN = "process {name} {{\n  input:\n  val x\n  output:\n  val x\n  when:\n  {when}\n  script:\n  'true'\n}}\n"


@pytest.mark.parametrize(
    ("when", "config", "conditional", "expected"),
    [
        ("params.x", "", True, ["- x A"]),
        ("x.size() > 3", "", True, []),
        ("params.x && params.y", "", True, ["- * A"]),
        ("true", "", False, []),
        ("task.ext.when == null || task.ext.when", "", False, []),
        ("task.ext.when == null || task.ext.when", "process { withName: A { ext.when = { params.x } } }", True, ["- x A"]),
        ("task.ext.when == null || task.ext.when", "process { withName: B { ext.when = { params.x } } }", False, []),
    ],
)  # fmt: skip
def test_a_when_section_makes_a_call_conditional(
    tmp_path: Path, when: str, config: str, conditional: bool, expected: list[str]
) -> None:
    (tmp_path / "nextflow.config").write_text(f"params.x = null\nparams.y = null\n{config}\n")
    found = graph(tmp_path, WHEN.format(name="A", when=when) + "workflow {\nA(1)\n}\n")
    assert ([call.conditional for call in found.calls], edges(found)) == ([conditional], expected)


def test_a_when_section_in_two_workflows_and_in_dsl1(tmp_path: Path) -> None:
    module = WHEN.format(name="A", when="task.ext.when == null || task.ext.when")
    (tmp_path / "nextflow.config").write_text("process { withName: 'W:A' { ext.when = { params.x } } }\n")
    main = f"{module}workflow W {{\nA(1)\n}}\nworkflow V {{\nA(1)\n}}\nworkflow {{\nW()\nV()\n}}\n"
    found = graph(tmp_path, main)
    assert [call.id for call in found.calls if call.conditional] == ["W/A"]
    assert edges(found) == ["- x W/A"]
    dsl1 = "process a {\n  input:\n  val x from Channel.of(1)\n  when:\n  params.x\n  script:\n  'true'\n}\n"
    found = graph(tmp_path, dsl1)
    assert ([call.conditional for call in found.calls], edges(found)) == ([True], ["- x a"])


def test_loops_and_recursion_are_marked(tmp_path: Path) -> None:
    body = "P(1, 2)\n[1, 2].each { n -> Q(P.out.a, n) }\nONE.recurse(P.out.a).times(3)"
    found = graph(tmp_path, f"{PROCESSES}{ONE}\nworkflow {{\n{body}\n}}\n")
    assert [call.id for call in found.calls if call.scattered] == ["ONE", "Q"]
    assert edges(found) == ["P a ONE", "P a Q"]


def test_functions_are_read(tmp_path: Path) -> None:
    functions = "def twice(x) { def y = x.map { it }\n return y.mix(x) }\ndef run_it(x) { Q(x, 1)\n Q.out.b }\n"
    body = "P(1, 2)\nr = run_it(twice(P.out.a))\nR(r, 1)"
    assert flow(tmp_path, body, functions) == ["P a Q", "Q b R"]


def test_a_function_that_calls_itself_ends(tmp_path: Path) -> None:
    functions = "def again(x) { again(x.map { it }) }\n"
    assert flow(tmp_path, "P(1, 2)\nQ(again(P.out.a), 1)", functions) in (["P a Q"], [], ["P a Q", "? P Q"])


def test_named_workflows_and_aliases(tmp_path: Path) -> None:
    sub = """
include { P as FIRST; P as SECOND } from './tasks'
workflow SUB {
    take:
    reads
    other
    main:
    FIRST(reads, [])
    SECOND(FIRST.out.a, other)
    emit:
    bam = SECOND.out.b
    other
}
"""
    main = """
include { SUB } from './sub'
include { SUB as SUB2; Q } from './sub2'
workflow {
    main:
    SUB(channel.fromPath(params.i), channel.of(1))
    Q(SUB.out.bam, SUB.out.other)
    SUB2(SUB.out)
    publish:
    done = SUB2.out.bam
}
"""
    found = graph(
        tmp_path, main, sub=sub, sub2="include { SUB } from './sub'\ninclude { Q } from './tasks'\n", tasks=PROCESSES
    )
    calls = {call.id: call for call in found.calls}
    assert list(calls) == ["Q", "SUB", "SUB/FIRST", "SUB/SECOND", "SUB2", "SUB2/FIRST", "SUB2/SECOND"]
    assert (calls["SUB"].kind, calls["SUB2"].callee, calls["SUB2"].definition.path) == (
        CallKind.WORKFLOW,
        "SUB",
        "sub.nf",
    )
    assert (calls["SUB/FIRST"].callee, calls["SUB/FIRST"].definition.path) == ("P", "tasks.nf")
    assert edges(found) == [
        "- i SUB/FIRST",
        "SUB/FIRST a SUB/SECOND",
        "SUB/SECOND b Q",
        "SUB/SECOND b SUB2/FIRST",
        "SUB2/FIRST a SUB2/SECOND",
        "SUB2/SECOND b -",
    ]


def test_a_missing_module_and_an_unknown_channel(tmp_path: Path) -> None:
    main = f"include {{ GONE; helper }} from './gone'\n{PROCESSES}\nworkflow {{\nP(nowhere, 1)\nGONE(P.out.a)\n"
    found = graph(tmp_path, main + "Q(GONE.out.bam, helper(P.out.b))\n}\n")
    assert [(call.id, call.definition.path) for call in found.calls] == [
        ("GONE", ""),
        ("P", "main.nf"),
        ("Q", "main.nf"),
    ]
    assert edges(found) == ["GONE bam Q", "P a GONE", "P b Q"]
    assert [edge.source for edge in found.edges if not edge.known] == ["P"]
    assert found.unfollowed == 1


def test_a_name_that_a_module_does_not_define_is_a_call(tmp_path: Path) -> None:
    main = "include { P; SORT; SORT as LAST } from './tasks'\nworkflow {\nP(1, 2)\nSORT(P.out.a)\nLAST(SORT.out)\n}\n"
    found = graph(tmp_path, main, tasks=PROCESSES)
    assert [(call.id, call.callee, call.definition.path) for call in found.calls] == [
        ("LAST", "SORT", ""),
        ("P", "P", "tasks.nf"),
        ("SORT", "SORT", ""),
    ]
    assert edges(found) == ["P a SORT", "SORT * LAST"]


def test_variables_of_the_script(tmp_path: Path) -> None:
    main = f"{PROCESSES}\nchannel_x = channel.fromPath(params.x)\nworkflow {{\nP(channel_x, 1)\n}}\n"
    assert edges(graph(tmp_path, main)) == ["- x P"]


def test_typed_workflows(tmp_path: Path) -> None:
    main = """
nextflow.enable.types = true
process T {
    input:
    x: Path
    output:
    made: Path = file('a')
    script:
    'true'
}
workflow W {
    take:
    reads: Channel<Path>
    main:
    T(reads)
    emit:
    made: Channel<Path> = T.out
}
workflow {
    main:
    made = W(channel.fromPath(params.i))
    publish:
    result = made
}
"""
    assert edges(graph(tmp_path, main)) == ["- i W/T", "W/T made -"]


def test_processes_of_dsl1(tmp_path: Path) -> None:
    main = """
Channel.fromPath(params.reads).into { raw; other }
genome = file(params.fasta)
process first {
    input:
    set val(n), file(x) from raw
    output:
    file 'a' into made, again
    set val(n), file('b') optional true into rest
    script:
    'true'
}
again.mix(other).set { both }
process second {
    input:
    file x from both.collect()
    file y from rest
    file genome
    val 'x'
    script:
    'true'
}
"""
    assert edges(graph(tmp_path, main)) == ["- reads first", "- * second", "first * second"]


def test_a_workflow_that_calls_itself_is_not_followed(tmp_path: Path) -> None:
    main = "workflow W {\n take:\n x\n main:\n W(x)\n}\nworkflow {\n W(params.i)\n}\n"
    found = graph(tmp_path, main)
    assert ([call.id for call in found.calls], found.unread) == (["W", "W/W"], ("W/W",))


def test_long_chains_and_many_branches_end(tmp_path: Path) -> None:
    steps = ".map { it }" * 5000
    branches = "".join(f"if (params.a{n}) {{ ch = ch.mix(P.out.a) }}\n" for n in range(3000))
    assert flow(tmp_path, f"P(1, 2)\nch = P.out.b{steps}\n{branches}Q(ch, 1)") == ["P * Q"]


def test_a_zip_and_any_order_of_files_have_the_same_graph(tmp_path: Path) -> None:
    folder = WORKFLOWS / "nextflow-modules"
    expected = nextflow.read(open_directory(folder, "tree"), "main.nf", NO_CACHE).graph
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    for order in (paths, paths[::-1]):
        with ZipFile(tmp_path / "w.zip", "w") as archive:
            for path in order:
                archive.write(path, path.relative_to(folder).as_posix())
        assert nextflow.read(ZipTree(tmp_path / "w.zip", "w.zip"), "main.nf", NO_CACHE).graph == expected
    assert expected.calls
