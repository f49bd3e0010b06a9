"""Processes that a script defines inside other code: an `if`, a loop, a closure, a function."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Cli
from test_wdl_graph import assert_sound, edges

from packager.cache import NO_CACHE
from packager.engines import nextflow
from packager.model.facts import Workflow
from packager.source import open_directory

DEFAULTS = "nextflow.enable.dsl = 1\nparams.mode = 'a'\nparams.bam = null\nreads = Channel.fromPath(params.reads)\n"
PROCESS = """
process {name} {{
    container '{image}'
    cpus {cpus}
    input: file x from {source}
    output:
    file 'out' into {target}
    when:
    true
    script:
    'true'
}}
"""


def process(
    name: str, cpus: int = 2, *, source: str = "reads", target: str = "made", image: str = "ubuntu:24.04"
) -> str:
    """A process of DSL1."""
    return PROCESS.format(name=name, image=image, cpus=cpus, source=source, target=target)


def read(folder: Path, main: str, **others: str) -> Workflow:
    """The facts of `main.nf`, next to other files."""
    for name, text in {"main.nf": main, **others}.items():
        (folder / name).write_text(text)
    workflow = nextflow.read(open_directory(folder, "tree"), "main.nf", NO_CACHE)
    assert_sound(workflow.graph)
    return workflow


def runs(workflow: Workflow) -> list[str]:
    """Each task with its CPUs, a `?` if a run may leave it out, and what decides."""
    return [
        " ".join(
            [task.name, str(task.resources.cpu and task.resources.cpu.value), *"?" * task.conditional, *task.depends_on]
        )
        for task in workflow.tasks
    ]


A, B, C = process("a"), process("b", 4), process("c", 8)
COMPUTED = process('"step_${n}"')
QUOTED = process("'a'")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (A, ["a 2"]),
        (f"if (params.bam) {{ {A} }}", ["a 2 ? bam"]),
        (f"if (params.bam)\n{A}\n", ["a 2 ? bam"]),
        (f"if (params.bam) {{ {A} }} else {{ {B} }}", ["a 2 ? bam", "b 4 ? bam"]),
        (
            f"if (params.bam) {{ {A} }} else if (params.mode == 'a') {{ {B} }} else {{ {C} }}",
            ["a 2 ? bam", "b 4 ? bam mode", "c 8 ? bam mode"],
        ),
        (f"if (params.bam) {{ if (params.mode) {{ {A} }} }}", ["a 2 ? bam mode"]),
        (f"tools = params.mode.tokenize(',')\nif ('x' in tools) {{ {A} }}", ["a 2 ? mode"]),
        (f"switch (params.mode) {{ case 'a':\n{A}\nbreak\ndefault:\n{B}\n}}", ["a 2 ? mode", "b 4 ? mode"]),
        (f"for (n in params.mode.tokenize(',')) {{ {A} }}", ["a 2 ? mode"]),
        (f"params.mode.tokenize(',').each {{ n -> {A} }}", ["a 2 ?"]),
        (f"def steps() {{ {A} }}\nif (params.bam) {{ steps() }}", ["a 2 ?"]),
        (f"try {{ {A} }} catch (Exception e) {{ println e }}", ["a 2"]),
        (f"if (true) {{ {A} }} else {{ {B} }}", ["a 2"]),
        (f"if (params.bam) {{ {QUOTED} }}", ["a 2 ? bam"]),
        (f"for (n in params.mode.tokenize(',')) {{ {COMPUTED} }}", ["step_${...} 2 ? mode"]),
        # One name in two branches: two definitions, each with its own requests.
        (f"if (params.bam) {{ {A} }} else {{ {process('a', 16)} }}", ["a 2 ? bam", "a 16 ? bam"]),
    ],
)
def test_processes_inside_other_code_are_tasks(tmp_path: Path, code: str, expected: list[str]) -> None:
    workflow = read(tmp_path, DEFAULTS + code)
    assert runs(workflow) == expected
    assert workflow.versions == (("main.nf", "1"),)
    assert sorted({call.id for call in workflow.graph.calls}) == sorted({text.split()[0] for text in expected})
    assert not [one for one in workflow.diagnostics if one.code == "NXF001"]


def test_a_when_section_decides_too(tmp_path: Path) -> None:
    code = f"if (params.bam) {{ {A.replace('    true', '    params.mode')} }}"
    workflow = read(tmp_path, DEFAULTS + code)
    assert runs(workflow) == ["a 2 ? bam mode"]
    assert [edge for edge in edges(workflow.graph) if edge.startswith("-")] == ["- * a"]


def test_channels_lead_through_the_processes_of_a_branch(tmp_path: Path) -> None:
    first = f"if (params.bam) {{ {process('x', target='made')} }} else {{ {process('y', target='made')} }}"
    workflow = read(tmp_path, DEFAULTS + first + process("z", source="made", target="last"))
    assert edges(workflow.graph) == ["- * x", "- * y", "x made z", "y made z"]
    assert [(call.id, call.conditional, call.scattered) for call in workflow.graph.calls] == [
        ("x", True, False),
        ("y", True, False),
        ("z", False, False),
    ]


def test_the_same_name_in_two_branches_is_one_call(tmp_path: Path) -> None:
    code = f"other = Channel.fromPath(params.other)\nif (params.bam) {{ {A} }} else {{ {process('a', 16, source='other')} }}"
    workflow = read(tmp_path, DEFAULTS + code)
    assert [(call.id, call.conditional) for call in workflow.graph.calls] == [("a", True)]
    assert {edge.source for edge in workflow.graph.edges} == {""}
    assert [task.place.line for task in workflow.tasks] == sorted({task.place.line for task in workflow.tasks})


def test_a_process_in_a_loop_is_scattered(tmp_path: Path) -> None:
    workflow = read(tmp_path, f"{DEFAULTS}for (n in [1, 2]) {{ {A} }}")
    assert [(call.conditional, call.scattered) for call in workflow.graph.calls] == [(True, True)]


def test_selectors_of_the_config_apply(tmp_path: Path) -> None:
    config = {"nextflow.config": "process { withName: 'a' { cpus = 6 } }\n"}
    workflow = read(tmp_path, f"{DEFAULTS}if (params.bam) {{ {A} }} else {{ {B} }}", **config)
    assert runs(workflow) == ["a 6 ? bam", "b 4 ? bam"]


def test_an_include_that_is_missing_hides_nothing(tmp_path: Path) -> None:
    main = f"include {{ T }} from './missing'\n{DEFAULTS}if (params.bam) {{ {A} }}\n{B}"
    assert runs(read(tmp_path, main)) == ["a 2 ? bam", "b 4"]


def test_a_module_may_define_its_process_in_an_if(tmp_path: Path) -> None:
    small, big = (f"process T {{\n  cpus {cpus}\n  script:\n  'true'\n}}\n" for cpus in (2, 4))
    module = f"if (params.bam) {{\n{small}}} else {{\n{big}}}\n"
    main = "params.bam = null\ninclude { T as U } from './module.nf'\nworkflow {\n  U()\n}\n"
    workflow = read(tmp_path, main, **{"module.nf": module})
    assert "NXF007" not in [one.code for one in workflow.diagnostics]
    assert runs(workflow) == ["T 2 ? bam", "T 4 ? bam"]
    assert [(call.id, call.callee, call.conditional) for call in workflow.graph.calls] == [("U", "T", True)]


def test_code_that_only_looks_like_a_process_defines_none(tmp_path: Path) -> None:
    code = "process = 1\nif (process) {\n  println process\n  process.each { it }\n  foo { process { 'a' } }\n  process \"x$y\", 1\n}\n"
    assert runs(read(tmp_path, f"{DEFAULTS}{A}{code}")) == ["a 2"]


def test_images_and_findings_know_that_a_condition_decides(cli: Cli, tmp_path: Path) -> None:
    first = "process a {\n  container 'quay.io/X/a:1'\n  script:\n  'true'\n}\n"
    second = "process b {\n  container 'quay.io/X/b:1'\n  script:\n  'true'\n}\n"
    main = f"params.bam = null\nif (params.bam) {{\n{first}}}\n{second}workflow {{\n  a()\n  b()\n}}\n"
    (tmp_path / "main.nf").write_text(main)
    images = cli("images", tmp_path, "--format", "json").json
    assert sorted(task for image in images["images"] for task in image["tasks"]) == ["a", "b"]
    found = cli("lint", tmp_path, "--format", "json", "--fail-on", "never").json["diagnostics"]
    severities = {one["line"]: (one["severity"], one["message"][-18:]) for one in found if one["code"] == "IMG005"}
    assert severities == {4: ("warning", "(depends on `bam`)"), 10: ("error", " in its repository")}
