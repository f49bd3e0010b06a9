"""WDL facts: inputs, tasks, images, resources, closure, and what is wrong with imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from WDL import _parser
from wdl_trees import read_tree, write_tree

from packager.cache import Cache
from packager.engines import wdl
from packager.engines.wdl import grammar
from packager.model.facts import ImageStatus, Role, Task, Workflow

TASKS = """version 1.0
struct Size { Int cpus  String image }
task align {
  input {
    File reads
    String docker = "quay.io/lab/align:1"
    Int cpu = 2
    Int extra_gb = 2
  }
  Int memory_gb = cpu * 2 + extra_gb
  command <<< align ~{reads} >>>
  output { File bam = "a.bam" }
  runtime {
    docker: docker
    cpu: cpu
    memory: "~{memory_gb} GiB"
    disks: "local-disk " + ceil(size(reads, "GB")) + " HDD"
    acceleratorType: "nvidia-l4"
    gpuType: "nvidia-tesla-t4"
    acceleratorCount: 1
  }
}
task literal {
  command {}
  runtime { docker: "ubuntu:22.04" memory: "8 GB" cpu: "4" }
}
task bare { command {} }
"""
SUB = """version 1.0
import "tasks.wdl" as tasks
workflow sub {
  input {
    File reads
    String registry = "docker.io"
    String? image
  }
  call tasks.align { input: reads = reads, docker = select_first([image, registry + "/lab/align:2"]), cpu = 8 }
  call tasks.bare
  output { File bam = align.bam }
}
"""
MAIN = """version 1.0
import "lib/sub.wdl" as lib
workflow main {
  input {
    File reads
    Array[File]+? more
    String registry = "quay.io"
    Boolean fast = false
    String? note
    Map[String, Int] weights = {"a": 1}
  }
  parameter_meta {
    reads: "The reads."
    more: {description: "More of them.", help: "no"}
    registry: {help: "Where images are."}
    fast: {label: "Fast", extra: 1}
    weights: {patterns: ["x"]}
  }
  call lib.sub { input: reads = reads, registry = registry }
  output { File bam = sub.bam }
}
"""
FILES: dict[str, str | bytes] = {"main.wdl": MAIN, "lib/sub.wdl": SUB, "lib/tasks.wdl": TASKS}


def _task(workflow: Workflow, name: str) -> Task:
    return next(one for one in workflow.tasks if one.name == name)


def test_inputs_outputs_and_closure(tmp_path: Path) -> None:
    workflow = read_tree(tmp_path, FILES)
    assert workflow.complete
    assert not workflow.diagnostics
    assert [(one.name, one.type, one.optional, one.default, one.description) for one in workflow.inputs] == [
        ("reads", "File", False, None, "The reads."),
        ("more", "Array[File]+?", True, None, "More of them."),
        ("registry", "String", True, '"quay.io"', "Where images are."),
        ("fast", "Boolean", True, "false", "Fast"),
        ("note", "String?", True, None, ""),
        ("weights", "Map[String,Int]", True, '{"a": 1}', ""),
    ]
    assert [(one.name, one.type) for one in workflow.outputs] == [("bam", "File")]
    assert [(one.path, one.role, one.reason) for one in workflow.files] == [
        ("lib/sub.wdl", Role.DEFINITION, "imported by `main.wdl` line 2"),
        ("lib/tasks.wdl", Role.DEFINITION, "imported by `lib/sub.wdl` line 2"),
        ("main.wdl", Role.MAIN, "main"),
    ]
    assert workflow.versions == (("lib/sub.wdl", "1.0"), ("lib/tasks.wdl", "1.0"), ("main.wdl", "1.0"))
    assert (workflow.inputs[0].place.line, workflow.inputs[0].place.column) == (5, 5)


def test_images_and_resources_along_the_calls(tmp_path: Path) -> None:
    workflow = read_tree(tmp_path, FILES)
    assert [one.name for one in workflow.tasks] == ["align", "bare"]  # `literal` is never called
    align = _task(workflow, "align")
    assert align.place.path == "lib/tasks.wdl"
    assert (align.image.status, str(align.image.reference)) == (ImageStatus.RESOLVED, "quay.io/lab/align:2")
    assert align.image.depends_on == ("registry",)
    assert align.image.text == "docker"
    resources = align.resources
    assert resources.cpu is not None
    assert resources.cpu.value == 8
    assert resources.memory is not None
    assert resources.memory.value == 18.0
    assert resources.disk is not None
    assert resources.disk.value is None  # `size` needs the file
    assert resources.accelerator_type is not None
    assert resources.accelerator_type.value == "nvidia-l4"
    assert "gpuType" in [one.name for one in align.attributes]
    assert _task(workflow, "bare").image.status is ImageStatus.NONE


def _image(root: Path, inputs: str, call: str, docker: str, body: str = "") -> Task:
    text = (
        f"version 1.0\nworkflow main {{ input {{ {inputs} }} {body} call t {{ input: {call} }} }}\n"
        f'task t {{ input {{ String image = "default:1" }} command {{}} runtime {{ docker: {docker} }} }}\n'
    )
    return read_tree(root, {"main.wdl": text}).tasks[0]


@pytest.mark.parametrize(
    ("inputs", "call", "docker", "status", "reference", "candidates", "depends"),
    [
        ("", "", '"a:1"', ImageStatus.LITERAL, "a:1", (), ()),
        ("", "", '["a:1", "b:1"]', ImageStatus.LITERAL, "a:1", (), ()),
        ("", "", "image", ImageStatus.RESOLVED, "default:1", (), ("t.image",)),
        ('String x = "a:1"', "image = x", "image", ImageStatus.RESOLVED, "a:1", (), ("x",)),
        ("String x", "image = x", "image", ImageStatus.DYNAMIC, None, (), ("x",)),
        ("String? x", "image = x", "image", ImageStatus.RESOLVED, "default:1", (), ("x",)),
        ("Boolean b", 'image = if b then "b:1" else "a:1"', "image", ImageStatus.DYNAMIC, None, ("a:1", "b:1"), ("b",)),
        ("Boolean b = true", 'image = if b then "b:1" else "a:1"', "image", ImageStatus.RESOLVED, "b:1", (), ("b",)),
        ('String v = "2"', 'image = "r/~{v}:1"', '"h/" + image', ImageStatus.RESOLVED, "h/r/2:1", (), ("v",)),
        ('String v = "a_b"', 'image = sub(v, "_", "/")', "image", ImageStatus.RESOLVED, "a/b", (), ("v",)),
        ('String v = "2"', "image = read_string(v)", "image", ImageStatus.DYNAMIC, None, (), ("v",)),
    ],
)
def test_image_expressions(
    tmp_path: Path,
    *,
    inputs: str,
    call: str,
    docker: str,
    status: ImageStatus,
    reference: str | None,
    candidates: tuple[str, ...],
    depends: tuple[str, ...],
) -> None:
    image = _image(tmp_path, inputs, call, docker).image
    assert (
        image.status,
        image.reference and str(image.reference),
        tuple(map(str, image.candidates)),
        image.depends_on,
    ) == (
        status,
        reference,
        candidates,
        depends,
    )


def test_two_ways_to_a_task_are_candidates(tmp_path: Path) -> None:
    body = (
        'call t as other { input: image = "b:1" } scatter (one in ["c:1"]) { call t as third { input: image = one } }'
    )
    image = _image(tmp_path, "", 'image = "a:1"', "image", body).image
    assert (image.status, tuple(map(str, image.candidates))) == (ImageStatus.DYNAMIC, ("a:1", "b:1", "c:1"))


@pytest.mark.parametrize(
    ("memory", "gib"),
    [
        ('"8 GB"', 8e9 / 1024**3),
        ('"8G"', 8e9 / 1024**3),
        ('"1024 MiB"', 1.0),
        ('"1.5GiB"', 1.5),
        ("2147483648", 2.0),
        ('"lots"', None),
    ],
)
def test_memory_in_gib(tmp_path: Path, memory: str, gib: float | None) -> None:
    text = f"version 1.0\nworkflow main {{ call t }}\ntask t {{ command {{}} runtime {{ memory: {memory} }} }}\n"
    found = read_tree(tmp_path, {"main.wdl": text}).tasks[0].resources.memory
    assert found is not None
    assert found.value == gib


def test_draft2_inputs_and_constructs(tmp_path: Path) -> None:
    text = (
        'workflow main {\n  File reads\n  String name = "x"\n  Int? depth\n  call t\n  output { t.o }\n}\n'
        "task t { String? image command { echo ${image} } output { Int o = 1 } runtime { docker: image } }\n"
    )
    workflow = read_tree(tmp_path, {"main.wdl": text})
    assert [(one.name, one.optional) for one in workflow.inputs] == [("reads", False), ("name", True), ("depth", True)]
    assert [one.text for one in workflow.features if one.name == "draft-2-construct"] == [
        "File reads",
        "Int? depth",
        "t.o",
        "String? image",
    ]
    assert workflow.versions == (("main.wdl", ""),)


def test_features(tmp_path: Path) -> None:
    text = """version development
workflow main {
  input { Directory d  Float f  Object o }
  Float g = f / 2
  Int whole = 4 / 2
  String b = basename("x/y", "")
}
"""
    features = {(one.name, one.text) for one in read_tree(tmp_path, {"main.wdl": text}).features}
    assert features == {
        ("directory-type", "Directory d"),
        ("object-type", "Object o"),
        ("float-division", "f / 2"),
        ("basename-empty-suffix", 'basename("x/y", "")'),
        ("no-output-section", "main"),
    }


@pytest.mark.parametrize(
    ("uri", "code"),
    [
        ("gone.wdl", "WDL050"),
        ("https://example.org/x.wdl", "WDL051"),
        ("s3://bucket/x.wdl", "WDL051"),
        ("/home/me/x.wdl", "WDL052"),
        ("main.wdl", "WDL053"),
        ("../x.wdl", "WDL050"),
        ("../outside.wdl", "WDL054"),
        ("%6dain.wdl", "WDL050"),
    ],
)
def test_imports_that_lead_nowhere(tmp_path: Path, uri: str, code: str) -> None:
    text = f'version 1.0\n# first\n  import "{uri}" as x\nworkflow main {{ input {{ Int n }} call x.t }}\n'
    (tmp_path / "outside.wdl").write_text("version 1.0\n")
    workflow = read_tree(tmp_path / "source", {"main.wdl": text})
    assert [(one.code, one.path, one.line, one.column) for one in workflow.diagnostics] == [(code, "main.wdl", 3, 3)]
    assert not workflow.complete
    assert [one.name for one in workflow.inputs] == ["n"]


def test_a_circle_is_reported_once_and_ends(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "main.wdl": 'version 1.0\nimport "b.wdl"\nworkflow main { call b.t }\n',
        "b.wdl": 'version 1.0\nimport "main.wdl"\ntask t { command {} }\n',
    }
    workflow = read_tree(tmp_path, files)
    assert [(one.code, one.path, one.line) for one in workflow.diagnostics] == [("WDL053", "b.wdl", 2)]
    assert [one.name for one in workflow.tasks] == ["t"]


def test_a_broken_document_leaves_the_others_their_facts(tmp_path: Path) -> None:
    files = {**FILES, "lib/tasks.wdl": "version 1.0\ntask align {\n  input { File }\n}\n"}
    workflow = read_tree(tmp_path, files)
    (found,) = workflow.diagnostics
    assert (found.code, found.path, found.line, found.column) == ("WDL001", "lib/tasks.wdl", 3, 16)
    assert not workflow.complete
    assert len(workflow.inputs) == 6


def test_an_unknown_version_is_read_all_the_same(tmp_path: Path) -> None:
    workflow = read_tree(tmp_path, {"main.wdl": "version 1.3\nworkflow main { input { Int n } }\n"})
    assert workflow.language_version == "1.3"
    assert [one.name for one in workflow.inputs] == ["n"]
    assert not workflow.diagnostics


def test_line_ends_and_byte_order_mark(tmp_path: Path) -> None:
    marked = b"\xef\xbb\xbf" + MAIN.replace("\n", "\r\n").encode()
    plain = read_tree(tmp_path / "a", FILES)
    assert read_tree(tmp_path / "b", {**FILES, "main.wdl": marked}) == plain


def test_the_cache_changes_nothing_and_spares_the_parser(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    tree = write_tree(tmp_path / "tree", FILES)
    cold = wdl.read(tree, "main.wdl", cache)
    assert wdl.read(write_tree(tmp_path / "tree", {}), "main.wdl", cache) == cold
    script = (
        "import sys, pathlib\n"
        "from packager.cache import Cache\nfrom packager.engines import wdl\nfrom packager.source import open_directory\n"
        f"tree = open_directory(pathlib.Path({str(tmp_path / 'tree')!r}), 'tree')\n"
        f"cache = Cache(pathlib.Path({str(tmp_path / 'cache')!r}))\n"
        "workflow = wdl.read(tree, 'main.wdl', cache)\n"
        "wdl.check(tree, workflow, cache)\n"
        "print(len(workflow.inputs), 'WDL' in sys.modules, 'lark' in sys.modules)\n"
    )
    wdl.check(tree, cold, cache)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["6", "False", "False"]


def test_an_edit_is_seen(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    read_tree(tmp_path / "tree", FILES, cache=cache)
    edited = {"main.wdl": MAIN.replace("String? note", "String? remark")}
    workflow = wdl.read(write_tree(tmp_path / "tree", {**edited}), "main.wdl", cache)
    assert "remark" in [one.name for one in workflow.inputs]
    (tmp_path / "tree/lib/tasks.wdl").unlink()
    again = wdl.read(write_tree(tmp_path / "tree", {}), "main.wdl", cache)
    assert [one.code for one in again.diagnostics] == ["WDL050"]
    write_tree(tmp_path / "tree", {"lib/tasks.wdl": TASKS})
    assert not wdl.read(write_tree(tmp_path / "tree", {}), "main.wdl", cache).diagnostics


def test_damaged_grammar_tables_are_built_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = Cache(tmp_path, tables_only=True)
    monkeypatch.setattr(_parser, "_lark_cache", {})
    grammar.prepare("1.0", cache)
    (table,) = (tmp_path / "tables-wdl-grammar").rglob("*.json")
    damaged: list[object] = [{"d": [["data", 1]]}, {"d": 3}, [], {"t": [1]}]
    for value in damaged:
        cache.put("tables-wdl-grammar", table.stem, value)
        monkeypatch.setattr(_parser, "_lark_cache", {})
        grammar.prepare("1.0", cache)
        assert _parser.parse_document(MAIN).workflow.name == "main"
        assert cache.get("tables-wdl-grammar", table.stem) != value
