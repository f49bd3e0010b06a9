"""The verdict on WDL: the same as plain miniwdl's, each finding once, and miniwdl left as it was."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest
import WDL
from conftest import Cli
from WDL import Env, Error, Lint, StdLib, Tree, Walker
from wdl_trees import check_tree, read_tree, write_tree

from packager.cache import NO_CACHE, Cache
from packager.engines import wdl
from packager.engines.wdl import fast_miniwdl
from packager.engines.wdl.lints import CODES
from packager.engines.wdl.useful_lints import WITHOUT_CURE, WITHOUT_EFFECT
from packager.model.facts import Verdict
from packager.source import SourceTree, ZipTree

Files = dict[str, str | bytes]
STRUCTS = "version 1.1\nstruct Sample { String name  File? reads }\n"
TASKS = """version 1.1
import "structs.wdl" as s
task count {
  input { Sample sample  Int? threads  Array[String]+ names = ["a"] }
  Int unused = 3
  Int lines = select_first([threads, 1])
  command <<< count ~{sample.name} ~{lines} ~{sep=" " names} >>>
  output { Int n = read_int(stdout())  String label = lines }
  runtime { docker: "a:1" cpus: 2 acceleratorType: "nvidia-l4" memory: "lots" }
}
task other { input { String x = 1 } command { } }
"""
SUB = """version 1.1
import "tasks.wdl" as t
import "structs.wdl" as s alias Sample as Specimen
workflow sub {
  input { Specimen one }
  call t.count { input: sample = one }
  output { Int n = count.n }
}
"""
GOOD: Files = {
    "structs.wdl": STRUCTS,
    "tasks.wdl": TASKS,
    "sub.wdl": SUB,
    "main.wdl": """version 1.1
import "tasks.wdl" as a
import "tasks.wdl" as b
import "sub.wdl" as sub
import "structs.wdl" as s
workflow main {
  input { Array[Sample] samples  File list = "x.txt" }
  scatter (one in samples) {
    call a.count { input: sample = one }
    call sub.sub { input: one = one }
  }
  String text = "n" + length(samples)
  call a.other as quiet  #!UnusedCall
  output { Array[Int] n = count.n  Array[Int] m = sub.n }
}
""",
}
# What miniwdl reports about it although a run does not depend on it: numbers as Strings, and an import of a struct that another has.
WITHOUT_CONSEQUENCE = {
    ("main.wdl", 5, 1, "UnusedImport"),
    ("main.wdl", 12, 17, "StringCoercion"),
    ("tasks.wdl", 8, 40, "StringCoercion"),
    ("tasks.wdl", 11, 22, "StringCoercion"),
}
BROKEN: dict[str, Files] = {
    "type error": {"main.wdl": 'version 1.0\nworkflow main {\n  Int x = "a" + 1\n  Int y = [1]\n}\n'},
    "in an import": {
        "main.wdl": 'version 1.0\nimport "t.wdl" as t\nworkflow main { call t.t }\n',
        "t.wdl": "version 1.0\ntask t { input { Int x = true } command {} }\n",
    },
    "no such task": {"main.wdl": "version 1.0\nworkflow main { call gone }\n"},
    "syntax": {"main.wdl": "version 1.0\nworkflow main {\n  Int x =\n}\n"},
    "uncallable": {
        "main.wdl": 'version 1.0\nimport "s.wdl" as s\nworkflow main { call s.s }\n',
        "s.wdl": "version 1.0\ntask t { input { Int x } command {} }\nworkflow s { call t }\n",
    },
}


def _plain(root: Path, main: str = "main.wdl") -> set[tuple[str, int, int, str]]:
    """What `miniwdl check --no-shellcheck` finds in a valid definition, without its messages."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Lint, "_shellcheck_available", False)
        document = WDL.load(str(root / main))
        found = Lint.collect(Lint.lint(document))
    return {
        (Path(pos.abspath).relative_to(root).as_posix(), pos.line, pos.column, lint)
        for pos, lint, _message, suppressed in found
        if not suppressed
        and lint not in ("UnknownRuntimeKey", *WITHOUT_EFFECT, *WITHOUT_CURE)  # judged by a rule, or without effect
    }


def _ours(verdict: Verdict) -> set[tuple[str, int, int, str]]:
    names = {code: name for name, code in CODES.items()}
    return {(one.path, one.line, one.column, names[one.code]) for one in verdict.diagnostics}


def test_same_findings_as_miniwdl(tmp_path: Path) -> None:
    verdict = check_tree(tmp_path, GOOD)
    plain = _plain(tmp_path)
    assert _ours(verdict) == plain - WITHOUT_CONSEQUENCE
    assert {lint for _, _, _, lint in plain - WITHOUT_CONSEQUENCE} == {
        "FileCoercion",
        "UnusedImport",
        "UnusedDeclaration",
        "UnexpectedRuntimeValue",
    }
    assert not verdict.skipped
    assert len(verdict.diagnostics) == len(plain - WITHOUT_CONSEQUENCE)


def test_two_imports_of_one_file_are_told_apart(tmp_path: Path) -> None:
    unused = [one for one in check_tree(tmp_path, GOOD).diagnostics if one.code == CODES["UnusedImport"]]
    assert ("main.wdl", 3) in [(one.path, one.line) for one in unused]


def _leaf(error: BaseException) -> Any:
    while isinstance(error, Error.ImportError) and error.__cause__ is not None:
        error = error.__cause__
    return error


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("workflow w { call }", "expected a name, found `}`"),
        ("workflow w { Int x = }", "expected an expression, found `}`"),
        ("workflow w { Int x = 1 + }", "expected an expression, found `}`"),
        ('workflow w { String s = "a~{}" }', "expected an expression, found `}`"),
        ('workflow w {\n String s = "a\n String t = "b"\n}',
         "expected `[` or a name, found `\"`; the string that begins in line 3 ends in this line"),
        ('task t {\n runtime {\n docker: "a\n\n cpu: 1\n memory: "4 GiB" } command <<< >>> }',
         "expected `,`, `}` or a name, found `4`; the string that begins in line 4 ends in this line"),
        ('workflow w {\n String s = "a ~{1 2}" }', "expected `}`, found `2`"),
        ('task t { command <<<\n echo "a\n echo "~{1 2}" >>> }', "expected `}`, found `2`"),
        ('workflow w {\n String s = "\\""\n String t = "b" 1\n}', "expected `}`, found `1`"),
        ("workflow w { Int x = 1", "expected `}`, found the end of the file"),
        ("workflow w { Int = 1 }", "expected `[` or a name, found `=`"),
        ('workflow w { String s = "abc', "expected the end of the string or command, found the end of the file"),
        ("nonsense", "expected `import`, `struct`, `task` or `workflow`, found `nonsense`"),
        ('task t { runtime { docker "x" } command <<< >>> }', "expected `:`, found `\"`"),
        ("workflow w { output { File f } }", "expected `=`, found `}`"),
        ("workflow w", "expected `{`, found the end of the file"),
        ("workflow call {}", "`call` is a keyword and cannot be a name"),
    ],
)  # fmt: skip
def test_syntax_errors_are_in_plain_english(body: str, message: str, tmp_path: Path) -> None:
    found = read_tree(tmp_path, {"main.wdl": f"version 1.0\n{body}"}).diagnostics
    assert [(one.code, one.message) for one in found] == [("WDL001", message)]


@pytest.mark.parametrize("name", BROKEN)
def test_same_errors_as_miniwdl(tmp_path: Path, name: str) -> None:
    tree = write_tree(tmp_path, BROKEN[name])
    workflow = wdl.read(tree, "main.wdl", NO_CACHE)
    verdict = wdl.check(tree, workflow, NO_CACHE)
    found = {one for one in (*workflow.diagnostics, *verdict.diagnostics) if one.code == "WDL001"}
    with pytest.raises(Exception) as caught:  # noqa: PT011 - miniwdl has several exceptions, which are compared
        WDL.load(str(tmp_path / "main.wdl"))
    leaf = _leaf(caught.value)
    expected = leaf.exceptions if isinstance(leaf, Error.MultipleValidationErrors) else [leaf]
    assert len(found) == len(expected)
    if name != "syntax":  # which gets a place of ours
        assert {(Path(one.pos.abspath).name, one.pos.line, one.pos.column) for one in expected} == {
            (one.path, one.line, one.column) for one in found
        }
        theirs = {str(error).lower() for error in expected}
        assert not theirs & {one.message.lower() for one in found}
    assert all(one.line for one in found)
    assert str(tmp_path) not in repr(verdict)


def test_errors_of_several_documents_are_reported_at_once(tmp_path: Path) -> None:
    files: Files = {
        "main.wdl": 'version 1.0\nimport "a.wdl" as a\nimport "b.wdl" as b\nworkflow main { call a.t }\n',
        "a.wdl": "version 1.0\ntask t { input { Int x = true } command {} }\n",
        "b.wdl": "version 1.0\ntask t { input { Int x = [1] } command {} }\n",
    }
    verdict = check_tree(tmp_path, files)
    assert [one.path for one in verdict.diagnostics] == ["a.wdl", "b.wdl"]
    assert {one.code for one in verdict.skipped} == {"WDL100"}


def _errors(root: Path, files: Files, main: str) -> list[str]:
    return [f"{one.path}:{one.line} {one.message}" for one in check_tree(root, files, main).diagnostics if one.line]


def test_errors_in_tasks_do_not_hide_those_of_workflows(tmp_path: Path) -> None:
    task = "task t {\n  input { Int x = true }\n  command <<< ~{y} >>>\n  output { Int z = 1 }\n}\n"
    workflow = (
        'workflow main {\n  call %s { input: x = "a", w = 1 }\n  String s = t.gone\n  output { Int z = t.z }\n}\n'
    )
    files: Files = {
        "main.wdl": f'version 1.0\nimport "t.wdl" as t\n{workflow % "t.t"}',
        "t.wdl": "version 1.0\n" + task,
        "alone.wdl": f"version 1.0\n{task}{workflow % 't'}",
    }
    assert _errors(tmp_path, files, "main.wdl") == [
        "main.wdl:4 `t.t` has no input `w`",
        "main.wdl:5 `t` has no output or member `gone`",
        "t.wdl:3 expected `Int` for `x`, got `Boolean`",
        "t.wdl:4 `y` is not defined",
    ]
    assert _errors(tmp_path, files, "alone.wdl") == [
        "alone.wdl:3 expected `Int` for `x`, got `Boolean`",
        "alone.wdl:4 `y` is not defined",
        "alone.wdl:8 `t` has no input `w`",
        "alone.wdl:9 `t` has no output or member `gone`",
    ]


_STRUCTS = """version 1.0
import "gone.wdl" as g
task a { input { Specimen s } command <<< ~{s.gone} ~{gone} >>> }
task b { input { Int x = true Array[Specimen] s } command {} }
task c { input { Int x = true } command <<< ~{gone} >>> }
workflow main {
  Specimen s = object { gone: 1 }
  call g.t { input: x = gone }
  Int y = t.gone
}
"""


@pytest.mark.parametrize("gone", [None, "version 1.0\nstruct Specimen { Int gone }\ntask t { command { }\n"])
def test_an_unknown_import_hides_no_errors_in_tasks_that_do_not_need_it(tmp_path: Path, gone: str | None) -> None:
    files: Files = {"main.wdl": _STRUCTS}
    if gone is not None:
        files["gone.wdl"] = gone
    tree = write_tree(tmp_path, files)
    verdict = wdl.check(tree, wdl.read(tree, "main.wdl", NO_CACHE), NO_CACHE)
    assert [(one.line, one.message) for one in verdict.diagnostics if one.path == "main.wdl"] == [
        (5, "expected `Int` for `x`, got `Boolean`"),
        (5, "`gone` is not defined"),
    ]
    assert any("main.wdl" in one.reason for one in verdict.skipped)


def test_imports_that_read_reported_are_not_reported_again(tmp_path: Path) -> None:
    files: Files = {"main.wdl": 'version 1.0\nimport "gone.wdl" as g\nworkflow main { call g.t }\n'}
    verdict = check_tree(tmp_path, files)
    assert not verdict.diagnostics
    assert {one.code for one in verdict.skipped} == {"WDL001", "WDL100"}


@pytest.mark.parametrize(("length", "fails"), [(9, False), (10, False), (11, True), (20, True)])
def test_the_depth_of_imports_is_miniwdls(tmp_path: Path, length: int, fails: bool) -> None:
    files: Files = {
        f"d{index}.wdl": "version 1.0\n"
        + (f'import "d{index + 1}.wdl" as d\n' if index + 1 < length else "")
        + ("workflow main {}\n" if index == 0 else "")
        for index in range(length)
    }
    verdict = check_tree(tmp_path, files, "d0.wdl")
    errors = [one for one in verdict.diagnostics if one.code == "WDL001"]
    assert bool(errors) == fails
    if fails:
        assert (errors[0].path, errors[0].line) == ("d9.wdl", 2)
        with pytest.raises(Error.ImportError):
            WDL.load(str(tmp_path / "d0.wdl"))
    else:
        WDL.load(str(tmp_path / "d0.wdl"))


def test_missing_version_is_left_to_its_rule(tmp_path: Path) -> None:
    verdict = check_tree(tmp_path, {"main.wdl": "task t { command {} }\nworkflow main { call t }\n"})
    assert not verdict.diagnostics


def test_a_zip_has_the_same_verdict(tmp_path: Path) -> None:
    files: Files = {
        **GOOD,
        "data/there.txt": "x",
        "beside.wdl": "version 1.2\nworkflow beside {\n"
        '  File there = "data/there.txt"\n  File gone = "data/gone.txt"\n  Directory d = "data"\n  File e = "../x"\n}\n',
    }
    archive = tmp_path / "tree.zip"
    tree = write_tree(tmp_path / "tree", files)
    with zipfile.ZipFile(archive, "w") as out:
        for name, content in files.items():
            out.writestr(name, content)
    zipped: SourceTree = ZipTree(archive, "tree.zip")
    for main in ("main.wdl", "beside.wdl"):
        workflow = wdl.read(tree, main, NO_CACHE)
        assert wdl.read(zipped, main, NO_CACHE) == workflow
        verdict = wdl.check(tree, workflow, NO_CACHE)
        assert wdl.check(zipped, workflow, NO_CACHE) == verdict
        assert _ours(verdict) == _plain(tmp_path / "tree", main) - WITHOUT_CONSEQUENCE


def test_a_kept_verdict_notices_what_lies_beside(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    files: Files = {
        "main.wdl": 'version 1.2\nworkflow main {\n  input { File f = "x.txt" }\n  output { File g = f }\n}\n'
    }
    before = check_tree(tmp_path / "tree", files, cache=cache)
    assert [one.code for one in before.diagnostics] == [CODES["FileCoercion"]]
    assert check_tree(tmp_path / "tree", files, cache=cache) == before
    assert not check_tree(tmp_path / "tree", {**files, "x.txt": "x"}, cache=cache).diagnostics


def test_a_crashing_lint_leaves_the_verdict(tmp_path: Path) -> None:
    class Crash(Lint.Linter):  # type: ignore[misc]  # miniwdl has no types for it
        def task(self, obj: object) -> None:
            raise KeyError("cpu_cores")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Lint, "_all_linters", [*Lint._all_linters, Crash])
        verdict = check_tree(tmp_path, GOOD)
    assert [one.code for one in verdict.skipped] == ["WDL100"]
    assert "`tasks.wdl`" in verdict.skipped[0].reason
    assert {one.path for one in verdict.diagnostics} == {"main.wdl", "sub.wdl"} & {
        one.path for one in verdict.diagnostics
    }


def test_an_unknown_lint_has_a_code(tmp_path: Path) -> None:
    class BrandNew(Lint.Linter):  # type: ignore[misc]  # miniwdl has no types for it
        def workflow(self, obj: Tree.Workflow) -> None:
            self.add(obj, "look here")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Lint, "_all_linters", [BrandNew])
        verdict = check_tree(tmp_path, {"main.wdl": "version 1.0\nworkflow main {}\n"})
    assert [(one.code, one.message) for one in verdict.diagnostics] == [("WDL100", "BrandNew: look here")]


_TOUCHED = [
    (Env.Bindings, "resolve_binding"),
    (Env.Bindings, "has_binding"),
    (Tree.Document, "children"),
    (Tree.Workflow, "available_inputs"),
    (Tree.Task, "required_inputs"),
    (StdLib, "Base"),
    (StdLib, "TaskOutputs"),
    (Walker, "MarkCalled"),
    (Lint, "_all_linters"),
    (Lint, "_source_relative_path_kind"),
]


def _fail_inside() -> None:
    with fast_miniwdl.applied() as fast:
        assert fast
        raise ZeroDivisionError


def test_miniwdl_is_left_as_it_was(tmp_path: Path) -> None:
    before = [owner.__dict__[name] for owner, name in _TOUCHED]
    check_tree(tmp_path, GOOD)
    with pytest.raises(ZeroDivisionError):
        _fail_inside()
    assert all(owner.__dict__[name] is was for (owner, name), was in zip(_TOUCHED, before, strict=True))


@pytest.mark.parametrize("files", [GOOD, *BROKEN.values()])
def test_without_the_replacements_the_verdict_is_the_same(tmp_path: Path, files: Files) -> None:
    fast = check_tree(tmp_path, files)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fast_miniwdl, "expected", lambda: False)
        assert check_tree(tmp_path, files) == fast


MISMATCHED = """version 1.0
workflow w {
    input {
        Int? depth
        Float ratio = 2.0
    }
    Int doubled = depth * 2
    Int whole = ratio
    output {
        Int total = doubled + whole
    }
}
"""


@pytest.mark.parametrize(("engine", "severity", "code"), [("WDL", "error", 1), ("WDL_LENIENT", "warning", 0)])
def test_the_lenient_engine_is_judged_leniently(
    engine: str, severity: str, code: int, tmp_path: Path, cli: Cli
) -> None:
    (tmp_path / "main.wdl").write_text(MISMATCHED)
    done = cli("lint", tmp_path / "main.wdl", "--engine", engine, "--format", "json")
    found = [one for one in done.json["diagnostics"] if one["code"] == "WDL001"]
    assert {one["severity"] for one in found} == {severity}
    assert done.code == code


def test_the_lenient_engine_does_not_excuse_what_is_not_there(tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "main.wdl").write_text("version 1.0\nworkflow w {\n    call absent\n}\n")
    assert cli("lint", tmp_path / "main.wdl", "--engine", "WDL_LENIENT").code == 1


def test_an_empty_document(cli: Cli, in_folder: Path) -> None:
    (in_folder / "main.wdl").write_text(
        'version 1.0\nimport "empty.wdl" as e\nworkflow w {\n  call e.t\n  output { String s = t.s }\n}\n'
    )
    for text in ("# tasks will follow\n\n", "", " \n\t\n", "\ufeff# later"):
        (in_folder / "empty.wdl").write_text(text)
        found = cli("lint", "main.wdl", "--format", "json", "--no-cache").json["diagnostics"]
        serious = [(one["path"], one["code"], one["line"]) for one in found if one["severity"] != "info"]
        assert serious[0] == ("empty.wdl", "WDL001", 1)
        assert ("main.wdl", "WDL001", 4) in serious
        assert any(one["message"].startswith("the document is empty") for one in found)


def test_an_empty_main_document(cli: Cli, in_folder: Path) -> None:
    (in_folder / "main.wdl").write_text("# later\n")
    found = cli("lint", "main.wdl", "--format", "json", "--no-cache").json["diagnostics"]
    assert [(one["code"], one["line"]) for one in found if one["severity"] == "error"] == [("WDL001", 1)]


def test_a_byte_order_mark_is_named(cli: Cli, in_folder: Path) -> None:
    text = "version 1.0\nworkflow w {\n  output { Int a = 1 }\n}\n"
    (in_folder / "main.wdl").write_bytes(b"\xef\xbb\xbf" + text.encode())
    (found,) = cli("lint", "main.wdl", "--format", "json", "--no-cache").json["diagnostics"]
    assert (found["code"], found["line"], found["column"]) == ("WDL001", 1, 1)
    assert found["message"] == "the document begins with a byte-order mark"
    assert found["hint"] == "save the file as UTF-8 without a byte-order mark"
    (in_folder / "main.wdl").write_bytes(b"\xef\xbb\xbf" + text.replace("= 1", "= =").encode())
    lines = [one["line"] for one in cli("lint", "main.wdl", "--format", "json", "--no-cache").json["diagnostics"]]
    assert lines == [1, 3]
