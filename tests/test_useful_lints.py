"""Which of miniwdl's lints are findings: those in code that a run reaches, and that matter to a run in HealthOmics."""

from __future__ import annotations

from pathlib import Path

import pytest
from WDL import Error, Lint
from wdl_trees import check_tree

from packager.app.session_cache import SessionCache
from packager.engines.wdl import useful_lints

FILE_TASK = 'task t { input { String s = "" } command { ~{s} } output { File o = "a" } }\n'
LIB = """version 1.0
import "structs.wdl" as structs
struct Own { Int a }
task used { input { Int n Int spare } command { ~{n} } output { Int o = n } }
task idle { input { Int n Int spare } command { ~{n} } output { Int o = n } }
workflow wrapper { call idle output { Int o = idle.o } }
"""
TABBED = FILE_TASK.replace("command { ~{s} }", "command <<<\n  a\n \tb ~{s}\n>>>")
DOCUMENT = FILE_TASK.replace("command { ~{s} }", "command <<<\n  cat << X\n \tX\n  echo ~{s}\n>>>")
# A here-string, a shift, ends that are not indented or only by the tabs that `<<-` removes.
HARMLESS = ("read n <<< X\n X", "echo $((n<<2))\n 2", "cat << X\nX", "cat <<- 'X'\n\t\tX", "cat << X")
STRUCTS = "version 1.0\nstruct Sample { String name }\n"
CALL = 'import "lib.wdl" as lib\n'


def codes(root: Path, text: str) -> list[tuple[str, str, int]]:
    files: dict[str, str | bytes] = {"main.wdl": f"version 1.0\n{text}\n", "lib.wdl": LIB, "structs.wdl": STRUCTS}
    verdict = check_tree(root, files)
    assert not verdict.skipped
    return [(each.code, each.path, each.line) for each in verdict.diagnostics]


def test_code_that_no_call_reaches_is_not_reported(tmp_path: Path) -> None:
    found = codes(
        tmp_path, f"{CALL}workflow w {{ call lib.used {{ input: n = 1, spare = 1 }} output {{ Int o = used.o }} }}"
    )
    assert found == [("WDL110", "lib.wdl", 2), ("WDL113", "lib.wdl", 4)], "neither of `idle` nor of `wrapper`"


def test_code_of_a_called_workflow_is_reported(tmp_path: Path) -> None:
    lib = LIB.replace("call idle", "if (true) { call idle as idle { input: n = 1, spare = 2 } }").replace(
        "Int o = idle.o", "Int? o = idle.o"
    )
    files: dict[str, str | bytes] = {
        "main.wdl": f"version 1.0\n{CALL}workflow w {{ if (true) {{ call lib.wrapper }} output {{ Int? o = wrapper.o }} }}\n",
        "lib.wdl": lib,
        "structs.wdl": STRUCTS,
    }
    found = [(each.code, each.path, each.line) for each in check_tree(tmp_path, files).diagnostics]
    assert found == [("WDL110", "lib.wdl", 2), ("WDL113", "lib.wdl", 5)], "of `idle`, but not of `used`"


def test_what_is_reached_may_change_while_the_lints_of_a_document_are_kept(tmp_path: Path) -> None:
    cache = SessionCache()
    for name in ("used", "idle", "used"):
        main = f"version 1.0\n{CALL}workflow w {{ call lib.{name} {{ input: n = 1, spare = 1 }} output {{ Int o = {name}.o }} }}\n"
        files: dict[str, str | bytes] = {"main.wdl": main, "lib.wdl": LIB, "structs.wdl": STRUCTS}
        found = [each.line for each in check_tree(tmp_path, files, cache=cache).diagnostics if each.code == "WDL113"]
        assert found == [{"used": 4, "idle": 5}[name]]


def test_without_a_workflow_every_task_is_reported(tmp_path: Path) -> None:
    found = check_tree(tmp_path, {"main.wdl": "version 1.0\ntask t { input { Int n } command {} }\n"}).diagnostics
    assert [each.code for each in found if each.code != "WDL055"] == ["WDL113"]


@pytest.mark.parametrize(
    "text",
    [
        # a number or a part of a name becomes a String
        "workflow w { input { Int n } String s = n output { String o = s } }",
        'workflow w { input { File f } output { String o = sub(f, "a", "b") } }',
        'workflow w { input { Int n } output { Array[String] o = ["a", n] } }',
        (
            'task t { input { File f } String s = f command { ~{s} } output { File o = "a" } }\n'
            "workflow w { input { File f } call t { input: f = f } output { File o = t.o } }"
        ),
        # a String that surely is a URI becomes a File
        'workflow w { input { String b } File f = "s3://" + b + "/x" output { File o = f } }',
        'workflow w { input { String b } File f = "s3://~{b}/x" output { File o = f } }',
        (
            'task t { input { File f } command { ~{f} } output { File o = "a" } }\n'
            'workflow w { input { String b } call t { input: f = "s3://~{b}/x" } output { File o = t.o } }'
        ),
        # an empty literal has no members that could be wrong
        "struct S { Int a }\nworkflow w { input { Array[S] s = [] } output { Array[S] o = s } }",
        # a struct that another import has too
        (
            'import "lib.wdl" as lib\nimport "structs.wdl" as structs\nworkflow w { input { Sample s }'
            " call lib.used { input: n = 1, spare = 2 } output { String o = s.name  Int p = used.o } }"
        ),
        # files that a tool finds next to another one, and the version that people write for themselves
        (
            'task t { input { File bwt File ref } command { ~{ref} } output { File o = "a" } }\n'
            "workflow w { input { File f } call t { input: bwt = f, ref = f } output { File o = t.o } }"
        ),
        'workflow w { String pipeline_version = "1.0" output { Int o = 1 } }',
        # a call that is made for its effect
        "task t { command {} output { String o = stdout() } }\nworkflow w { call t output { Int o = 1 } }",
        # indentation that the shell does not see
        f"{TABBED}workflow w {{ call t output {{ File o = t.o }} }}",
        *(f"{TABBED.replace('  a', text)}workflow w {{ call t output {{ File o = t.o }} }}" for text in HARMLESS),
        # members that only a run knows
        "struct S { Int a }\nworkflow w { input { Map[String,Int] m } S s = m output { S o = s } }",
        # a String that holds a number
        (
            'task t { input { String n = 4 } command {} output { File o = "a" } runtime { cpu: n } }\n'
            "workflow w { call t output { File o = t.o } }"
        ),
        # no input section: declarations without a value are the inputs
        'task t { Int n command { ~{n} } output { File o = "a" } }\nworkflow w { call t { input: n = 1 } output { File o = t.o } }',
        # style
        (
            "workflow w { input { Array[Int] n  Int? m = 1  Int w } Int a = b Int b = 1 Array[Int]+ p = n"
            " output { Array[Int] o = p  Int q = a + select_first([b])  Int? r = m  Int s = w } }"
        ),
    ],
)
def test_what_does_not_matter_to_a_run_is_not_reported(text: str, tmp_path: Path) -> None:
    assert [each for each in codes(tmp_path, text) if each[1] == "main.wdl"] == []


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("WDL101", "workflow w { input { File f } output { String o = f } }"),
        ("WDL101", "struct S { File f }\nworkflow w { input { Array[File] f } output { Array[String] o = f } }"),
        ("WDL101", f"{FILE_TASK}workflow w {{ input {{ File f }} call t {{ input: s = f }} output {{ File o = t.o }} }}"),
        ("WDL102", "workflow w { input { String b } File f = b + '/x' output { File o = f } }"),
        ("WDL102", 'workflow w { input { File? b } File f = select_first([b, "none"]) output { File o = f } }'),
        ("WDL110", 'import "structs.wdl" as structs\nworkflow w { output { Int o = 1 } }'),
        ("WDL113", "workflow w { input { File f } output { Int o = 1 } }"),
        ("WDL113", "workflow w { input { String tool_version } output { Int o = 1 } }"),
        ("WDL114", f"{FILE_TASK}workflow w {{ call t output {{ Int o = 1 }} }}"),
        ("WDL116", f"{DOCUMENT}workflow w {{ call t output {{ File o = t.o }} }}"),
        ("WDL119", 'task t { command {} output { File o = "a" } runtime { cpu: "four" } }\nworkflow w { call t output { File o = t.o } }'),
        ("WDL120", 'task t { input {} Int? n command { ~{n} } output { File o = "a" } }\nworkflow w { call t output { File o = t.o } }'),
    ],
)  # fmt: skip
def test_what_matters_to_a_run_is_reported(code: str, text: str, tmp_path: Path) -> None:
    assert code in [each[0] for each in codes(tmp_path, text)]


@pytest.mark.parametrize(
    ("choice", "made", "found"),
    [
        ('if n > 1 then t.o else "x"', "n > 1", 0),
        ('if n > 1 then t.o else "x"', "n > 2", 1),
        ('if n > 1 then t.p else "x"', "n > 1", 1),
        ('if n > 1 then d else "x"', "n > 1", 0),
        ('if n > 1 then "y" else "x"', "n > 1", 0),
        ("if n > 1 then t.o else s", "n > 1", 1),
        ("t.o", "n > 1", 1),
    ],
)
def test_a_value_that_both_ways_of_a_condition_set(choice: str, made: str, found: int, tmp_path: Path) -> None:
    text = f"""task t {{ command {{}} output {{ String o = "a" String? p = "b" }} }}
workflow w {{
  input {{ Int n String? s }}
  if ({made}) {{ call t String d = "e" }}
  String? name = {choice}
  output {{ String o = name + ".txt" String? q = s String? r = t.p String? u = d String? v = t.o }}
}}"""
    assert [each[0] for each in codes(tmp_path, text)] == ["WDL106"] * found


def test_a_bug_in_what_matters_is_not_hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"{FILE_TASK}workflow w {{ call t output {{ Int o = 1 }} }}"
    assert ("WDL114", "main.wdl", 3) in codes(tmp_path, text)
    monkeypatch.setitem(useful_lints._DECISIONS, "UnusedCall", useful_lints._is_forgotten)
    with pytest.raises(AttributeError, match="'Call' object"):
        codes(tmp_path, text)


def test_a_crash_of_miniwdl_leaves_its_verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(_self: Lint.Linter, _node: Error.SourceNode) -> None:
        raise KeyError("of miniwdl")

    (linter,) = (each for each in Lint._all_linters if each.__name__ == "UnusedDeclaration")
    monkeypatch.setattr(linter, "decl", crash)
    verdict = check_tree(tmp_path, {"main.wdl": "version 1.0\nworkflow w { input { Int n } output { Int o = 1 } }\n"})
    assert [skipped.code for skipped in verdict.skipped] == ["WDL100"]
    assert verdict.diagnostics == ()
