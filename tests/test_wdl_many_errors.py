"""A WDL document with more than one syntax error shows each of them at its place, and one mistake shows one error."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Cli
from growth_support import growth
from lsp_support import Editor
from samples import sampled
from wdl_trees import write_tree

from packager.cache import NO_CACHE
from packager.engines.wdl.parsing import parse, parse_error_of
from packager.engines.wdl.pieces import errors_of_text
from packager.engines.wdl.reading import read_document

GOOD = """version 1.0

import "lib.wdl" as lib

struct Sample {
  String name
  File reads
}

workflow main {
  input {
    Array[Sample] samples
    Int threads = 4
  }
  scatter (sample in samples) {
    call align {
      input:
        reads = sample.reads,
        name = sample.name,
        threads = threads
    }
    String label = "~{sample.name}-done"
  }
  if (threads > 2) {
    call lib.report
  }
  output {
    Array[File] bams = align.bam
  }
}

task align {
  input {
    File reads
    String name
    Int threads
  }
  Int memory = ceil(size(reads, "GB") * 2) + 4
  command <<<
    align --threads ~{threads} \\
      ~{reads} > ~{name}.bam
    cat > other.wdl <<EOF
task fake {
  input {
EOF
  >>>
  runtime {
    docker: "quay.io/example/align:1"
    memory: "~{memory} GB"
    cpu: threads
  }
  output {
    File bam = "~{name}.bam"
  }
  meta {
    description: "aligns reads"
    author: "someone"
  }
}

task report {
  command {
    echo "${'done'}"
  }
  runtime {
    docker: "quay.io/example/report:1"
  }
}
"""
Change = tuple[str, str]
# What is wrong, and where it is found; each is an error alone, and together with all others below it.
FAULTS: dict[str, tuple[Change, str]] = {
    "struct member": (("  String name\n  File reads\n}", "  String = name\n  File reads\n}"), "6:10"),
    "no type": (("    Int threads = 4", "    Int = 4"), "13:9"),
    "comma": (("reads = sample.reads,", "reads = sample.reads"), "19:9"),
    "string": (('"~{sample.name}-done"', '"~{sample.name-done"'), "22:39"),
    "parenthesis": (("if (threads > 2) {", "if (threads > 2 {"), "24:19"),
    "misspelt output": (("  output {\n    Array", "  outptu {\n    Array"), "27:10"),
    "bracket in the output": (("Array[File] bams", "Array[File bams"), "28:16"),
    "expression": (("ceil(size(reads,", "ceil(size(reads,,"), "38:32"),
    "placeholder": (("--threads ~{threads}", "--threads ~{threads -}"), "40:32"),
    "colon": (("    cpu: threads", "    cpu threads"), "50:9"),
    "equals sign": (("File bam =", "File bam"), "53:14"),
    "meta": (('author: "someone"', "author: someone"), "57:13"),
    "misspelt task": (("task report {", "tsk report {"), "61:1"),
    "in the misspelt task": (('docker: "quay.io/example/report', 'docker "quay.io/example/report'), "66:12"),
}
# What breaks the structure: a brace or a quote that is missing, and where each is found.
STRUCTURE: dict[str, tuple[Change, str]] = {
    "input is not closed": (("    Int threads = 4\n  }", "    Int threads = 4"), "14:3"),
    "scatter is not opened": (("in samples) {", "in samples)"), "16:5"),
    "call is not closed": (("threads = threads\n    }", "threads = threads"), "21:5"),
    "workflow is not closed": (("align.bam\n  }\n}", "align.bam\n  }"), "31:12"),
    "task is not opened": (("task align {", "task align"), "33:3"),
    "runtime is not opened": (
        ('  runtime {\n    docker: "quay.io/example/align', '  runtime\n    docker: "quay.io/example/align'),
        "48:5",
    ),
    "output is not closed": (('~{name}.bam"\n  }', '~{name}.bam"'), "54:3"),
    "a brace too many": (("    File reads\n    String", "    File reads }\n    String"), "37:3"),
    "a quote is missing": (('"quay.io/example/align:1"', '"quay.io/example/align:1'), "49:14"),
    "the last quote is missing": (('"quay.io/example/report:1"', '"quay.io/example/report:1'), "66:14"),
}


def _broken(*changes: Change) -> str:
    text = GOOD
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def _places(text: str) -> list[str]:
    errors = errors_of_text(text)
    assert errors == read_document(text, "main.wdl", NO_CACHE)[0].errors
    return [f"{error.span.line}:{error.span.column}" for error in errors]


def test_a_correct_document_has_no_error() -> None:
    assert _places(GOOD) == []


def test_every_mistake_is_found_at_its_place() -> None:
    changes = [change for change, _ in FAULTS.values()]
    assert _places(_broken(*changes)) == [place for _, place in FAULTS.values()]


@pytest.mark.parametrize("name", sampled([*FAULTS, *STRUCTURE], ["comma", *STRUCTURE]))
def test_one_mistake_is_one_error_where_miniwdl_finds_it(name: str) -> None:
    change, place = {**FAULTS, **STRUCTURE}[name]
    text = _broken(change)
    with pytest.raises(Exception) as failure:  # noqa: PT011 - miniwdl's own
        parse(text, "main.wdl", NO_CACHE)
    assert read_document(text, "main.wdl", NO_CACHE)[0].errors == (parse_error_of(failure.value, text),)
    assert _places(text) == [place]


def test_a_faulty_structure_does_not_hide_the_next_mistakes() -> None:
    text = _broken(
        STRUCTURE["input is not closed"][0],
        STRUCTURE["call is not closed"][0],
        STRUCTURE["task is not opened"][0],
        STRUCTURE["a quote is missing"][0],
        FAULTS["meta"][0],
    )
    assert _places(text) == ["14:3", "20:5", "31:3", "47:14", "55:13"]


def test_a_string_that_is_not_closed_hides_nothing_after_its_line() -> None:
    text = _broken(STRUCTURE["a quote is missing"][0], FAULTS["colon"][0], FAULTS["equals sign"][0])
    assert _places(text) == ["49:14", "50:9", "53:14"]


def test_keywords_as_names_are_found_where_the_rest_can_be_parsed() -> None:
    body = "version 1.0\ntask a {{\n  input {{\n    Int {0}\n  }}\n  command {{}}\n}}\ntask b {{\n  Int {1} = 1\n  command {{}}\n}}\n"
    assert _places(body.format("task", "input")) == ["4:5", "9:3"]
    assert _places(body.format("task", "x x")) == ["4:5", "9:11"]
    assert _places(body.format("x x", "task")) == ["5:3", "9:3"]


def _twice(version: str, section: str) -> str:
    task = "task {0} {{\n  command <<< >>>\n  {1}\n}}\n"
    return f"version {version}\n" + task.format("a", section) + task.format("b", section)


def test_what_only_a_newer_version_has_is_one_error() -> None:
    requirements = "requirements {\n    cpu: 1\n  }"
    assert _places(_twice("1.2", requirements)) == []
    assert _places(_twice("1.0", requirements)) == ["4:16"]
    assert _places(_twice("1.0", requirements) + "task c {\n  Int = 1\n  command <<< >>>\n}\n") == ["4:16", "15:7"]
    assert len(_places(_twice("1.2", "requirement {\n    cpu: 1\n  }"))) == 2


def test_a_document_without_a_version_shows_its_first_error_only() -> None:
    assert _places("struct A {\n  Int x\n}\nstruct B {\n  Int x\n}\n") == ["1:1"]


@pytest.mark.parametrize(
    "text",
    [
        "version 1.0\ntask a {\ninput {\nInt = 1\nInt y\n}\ncommand <<< >>>\n}\n",
        "version 1.0\nworkflow w {\n  input {\n    Int = 1\n  Int y\n  }\n  call x\n}\n",
        "version 1.0\nworkflow w {\n\tinput {\n\t\tInt = 1\n        Int y\n\t}\n    call x\n}\n",
        "version 1.0\nworkflow w { input { Int = 1 Int y }\ncall x }\n",
        "version 1.0\ntask a {\n  input {\n    Int = 1\n  }\n    command {\n    }\n  output {\n  }\n}\n",
    ],
)
def test_a_document_that_is_not_indented_well_has_no_error_too_many(text: str) -> None:
    assert len(_places(text)) == 1


def test_what_is_after_a_document_that_is_not_indented_well_is_checked() -> None:
    text = "version 1.0\ntask a {\ninput {\nInt = 1\nInt y\n}\ncommand <<< >>>\n}\nstruct S {\n  Int = 1\n}\n"
    assert _places(text) == ["4:5", "10:7"]


def test_of_very_many_errors_the_first_are_shown() -> None:
    text = "version 1.0\n" + "".join(f"struct S{number} {{\n  Int\n}}\n" for number in range(200))
    errors = errors_of_text(text)
    assert [error.span.line for error in errors] == [4 + 3 * number for number in range(51)]
    assert errors[-1].message == "expected `[` or a name, found `}`; the file may have more errors"
    assert all("more" not in error.message for error in errors[:-1])


GROWING: dict[str, Callable[[int], str]] = {
    "tasks": lambda n: "".join(f"task t{number} {{\n  Int\n}}\n" for number in range(n)),
    "correct tasks": lambda n: "struct S {\n" + "".join(f"task t{i} {{\n  command {{}}\n}}\n" for i in range(n)),
    "statements": lambda n: "workflow w {\n" + "  Int = 1\n" * n + "}\n",
    "levels": lambda n: "workflow w {\n" + "".join(f"{'  ' * i}if (true) {{\n" for i in range(1, n)) + "  Int = 1\n}\n",
    "strings": lambda n: "workflow w {\n" + '  String x = "\n' * n + "}\n",
    "strings to the end": lambda n: "workflow w {\n" + "  String x = '\n" + '  String y = "y"\n' * n + "}\n",
    "commands": lambda n: "".join(f"task t{number} {{\n  command <<<\n}}\n" for number in range(n)),
    "placeholders": lambda n: "task t {\n  command <<<\n" + "    ~{a b}\n" * n + "  >>>\n}\n",
    "braces": lambda n: "workflow w {\n" + "  call a {\n" * n + "}\n",
    "openings": lambda n: "task t {\n" + "  input\n" * n + "}\n",
}


@pytest.mark.parametrize("name", sampled(GROWING, ["tasks", "strings", "openings"]))
def test_time_grows_with_the_document(name: str) -> None:
    def read(size: int) -> None:
        read_document("version 1.2\n" + GROWING[name](size), "main.wdl", NO_CACHE)

    read(1)  # imports and tables
    assert growth(read, 60) < 3


THREE = _broken(FAULTS["comma"][0], FAULTS["equals sign"][0], FAULTS["meta"][0])


def test_lint_shows_every_error(cli: Cli, tmp_path: Path) -> None:
    write_tree(tmp_path, {"main.wdl": THREE, "lib.wdl": "version 1.0\n"})
    found = json.loads(cli("lint", tmp_path / "main.wdl", "--format", "json", "--select", "WDL001").out)
    places = [(each["line"], each["column"]) for each in found["diagnostics"] if each["path"].endswith("main.wdl")]
    assert places == [(19, 9), (53, 14), (57, 13)]


def test_an_editor_shows_every_error(files: Callable[..., Path], tmp_path: Path) -> None:
    folder = files({".git/x": "", "main.wdl": GOOD, "lib.wdl": "version 1.0\ntask report { command {} }\n"})
    editor = Editor(folder, tmp_path / "cache", settings={"check": "save"})
    editor.open("main.wdl")
    editor.check()
    editor.type("main.wdl", THREE)
    places = [(19, 9), (53, 14), (57, 13)]
    for _ in range(200):
        if _shown(editor) == places:
            break
        editor.wait(0.1)
    assert _shown(editor) == places
    editor.check()
    assert _shown(editor) == places
    assert editor.quit() == ""


def _shown(editor: Editor) -> list[tuple[int, int]]:
    found = [each.range.start for each in editor.shown["main.wdl"] if each.code == "WDL001"]
    return [(start.line + 1, start.character + 1) for start in found]
