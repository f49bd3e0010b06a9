"""Time and memory grow with a WDL document, not with two to the power of its levels."""

from __future__ import annotations

import gc
import tracemalloc
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest
from growth_support import counted, growth
from samples import sampled
from wdl_trees import write_tree

from packager.cache import NO_CACHE, Cache, to_plain
from packager.engines import wdl
from packager.engines.wdl import expansion, fast_miniwdl
from packager.findings.diagnostic import Diagnostic
from packager.model.facts import Workflow

Files = dict[str, str | bytes]


def _task(expression: str) -> Files:
    text = f'version 1.0\nworkflow w {{ call t }}\ntask t {{ command <<< >>> runtime {{ docker: "x" foo: {expression} }} }}\n'
    return {"main.wdl": text}


def _steps(kind: str, first: str, step: str, count: int, image: str) -> Files:
    lines = [f"{kind} y0 = {first}", *(f"{kind} y{n} = {step.format(f'y{n - 1}')}" for n in range(1, count))]
    text = (
        "version 1.1\nworkflow w {\n"
        + "\n".join(lines)
        + f"\ncall t {{ input: s = y{count - 1} }}\n}}\ntask t {{ input {{ {kind} s }} command {{}} runtime {{ docker: {image} }} }}\n"
    )
    return {"main.wdl": text}


def _structs(count: int, body: str) -> Files:
    lines = ["struct S0 { Int x }", *(f"struct S{n} {{ S{n - 1} a\n S{n - 1} b }}" for n in range(1, count + 1))]
    return {"main.wdl": "version 1.1\n" + "\n".join(lines) + f"\nworkflow w {{ {body.format(f'S{count}')} }}\n"}


def _chain(count: int, body: str, last: str) -> Files:
    """Documents that each import the next one, whose workflow is called as `body` has it."""
    files: Files = {}
    for number in range(count):
        name = "main" if number == 0 else f"w{number}"
        text = f'version 1.0\nimport "w{number + 1}.wdl" as a\nworkflow w{number} {{ {body.format(f"a.w{number + 1}")} }}\n'
        files[f"{name}.wdl"] = text
    files[f"w{count}.wdl"] = (
        f"version 1.0\nworkflow w{count} {{ {last} }}\ntask t {{ command {{}} runtime {{ docker: 'q/x:1' }} }}\n"
    )
    return files


NESTED: dict[str, Callable[[int], Files]] = {
    "array": lambda n: _task("[" * n + "1" + "]" * n),
    "index": lambda n: _task("[" * n + "1" + "]" * n + "[0]" * n),
    "map": lambda n: _task('{"a": ' * n + "1" + "}" * n),
    "pairs in arrays": lambda n: _task("[(1, " * n + "1" + ")]" * n),
    "objects in arrays": lambda n: _task("[object { a: " * n + "1" + "}]" * n),
    "if with arrays": lambda n: _task("if true then [" * n + "1" + "] else [1]" * n),
    "members": lambda n: _task("a" + ".b" * n),
    "flatten": lambda n: _task("flatten([[" * n + "1" + "]])" * n),
    "transpose": lambda n: _task("transpose([[" * n + "1" + "]])" * n),
    "select_all": lambda n: _task("select_all([" * n + "1" + "])" * n),
    "equal arrays": lambda n: _task("[" * n + "1" + "]" * n + " == " + "[" * n + "1" + "]" * n),
    "strings": lambda n: _task('"~{' * n + "1" + '}"' * n),
    "sum": lambda n: _task(" + ".join(["1"] * n)),
    "type": lambda n: {
        "main.wdl": f"version 1.0\nworkflow w {{ Array[{'Array[' * n}Int{']' * n}] x = [{'[' * n}1{']' * n}] }}\n"
    },
    "structs": lambda n: _structs(n, "input {{ {0} s }}"),
    "a struct assigned": lambda n: _structs(n, "input {{ {0} s }} {0} t = s Boolean same = s == t"),
    "structs in an array": lambda n: _structs(n, "input {{ {0} s }} Array[{0}] t = [s, s]"),
    "flattened lists": lambda n: _steps("Array[Int]", "[1]", "flatten([{0}, {0}])", n, '"q/x:~{s[0]}"'),
    "texts": lambda n: _steps("String", '"aaaaaaaa"', "{0} + {0}", n, "s"),
    "texts in texts": lambda n: _steps("String", '"aaaaaaaa"', '"~{{{0}}}~{{{0}}}~{{{0}}}"', n, "s"),
    "numbers": lambda n: _steps("Int", "99999999", "{0} * {0}", n, '"q/x:~{s}"'),
    "options": lambda n: _steps("String", '"a"', 'if defined({0}) then {0} + "x" else {0} + "y"', n, "s"),
}
CHAINS: dict[str, Callable[[int], Files]] = {
    "called twice": lambda n: _chain(n, "call {0} as x call {0} as y", "call t"),
    "called twice, outputs": lambda n: _chain(
        n, "call {0} as x call {0} as y output {{ String o = x.o + y.o }}", 'output { String o = "a" }'
    ),
}


def _judge(root: Path, files: Files) -> tuple[Workflow, tuple[Diagnostic, ...]]:
    tree = write_tree(root, files)
    workflow = wdl.read(tree, "main.wdl", NO_CACHE)
    to_plain(workflow)
    return workflow, (*workflow.diagnostics, *wdl.check(tree, workflow, NO_CACHE).diagnostics)


SAMPLE = ("array", "objects in arrays", "strings", "structs", "flattened lists", "texts", "options")


@pytest.mark.parametrize("name", sampled(NESTED, SAMPLE))
def test_levels_do_not_double_the_work(tmp_path: Path, name: str) -> None:
    _judge(tmp_path, NESTED[name](1))  # imports and tables
    assert growth(lambda size: _judge(tmp_path / str(size), NESTED[name](size)), 20) < 4.5


@pytest.mark.parametrize("name", CHAINS)
def test_a_sub_workflow_is_looked_at_once_however_often_it_is_called(tmp_path: Path, name: str) -> None:
    _judge(tmp_path, CHAINS[name](1))
    assert growth(lambda size: _judge(tmp_path / str(size), CHAINS[name](size)), 9) < 4.5


def test_imports_that_meet_again_are_looked_at_once(tmp_path: Path) -> None:
    files: Files = {"main.wdl": 'version 1.0\nimport "a1.wdl" as a\nworkflow w { input { S s } }\n'}
    for number in range(1, 20):
        both = f'import "a{number + 1}.wdl" as a\nimport "b{number + 1}.wdl" as b\n'
        files |= {f"{side}{number}.wdl": f"version 1.0\n{both}" for side in "ab"}
    files |= {f"{side}20.wdl": f"version 1.0\nstruct S{side} {{ Int x }}\n" for side in "ab"}
    with counted(3_000_000):
        _judge(tmp_path, files)


def test_documents_that_import_the_same_file_twice_are_not_copied_without_end(tmp_path: Path) -> None:
    body = "call a.w{0} as x call b.w{0} as y"
    files: Files = {}
    for number in range(9):
        name = "main" if number == 0 else f"w{number}"
        imports = "".join(f'import "w{number + 1}.wdl" as {space}\n' for space in "abc")
        files[f"{name}.wdl"] = f"version 1.0\n{imports}workflow w{number} {{ {body.format(number + 1)} }}\n"
    files["w9.wdl"] = "version 1.0\nworkflow w9 { }\n"
    tree = write_tree(tmp_path, files)
    workflow = wdl.read(tree, "main.wdl", NO_CACHE)
    with counted(3_000_000):
        verdict = wdl.check(tree, workflow, NO_CACHE)
    assert not verdict.diagnostics
    assert "WDL001" in {skipped.code for skipped in verdict.skipped}


def test_a_struct_keeps_its_first_levels_where_the_rest_is_left_out(tmp_path: Path) -> None:
    workflow, _ = _judge(tmp_path, _structs(30, "input {{ {0} s }}"))
    kind = workflow.inputs[0].value_type
    assert [name for name, _ in kind.members] == ["a", "b"]
    assert [name for name, _ in kind.members[1][1].members] == ["a", "b"]


def test_what_miniwdl_was_not_asked_about_is_listed(tmp_path: Path) -> None:
    tree = write_tree(tmp_path, _structs(30, "input {{ {0} s }}"))
    workflow = wdl.read(tree, "main.wdl", NO_CACHE)
    verdict = wdl.check(tree, workflow, NO_CACHE)
    assert not verdict.diagnostics
    reason = next(skipped.reason for skipped in verdict.skipped if skipped.code == "WDL001")
    assert reason.startswith("miniwdl was not run: the struct `S30` in `main.wdl`")


@pytest.mark.parametrize("depth", sampled([80, 200, 260, 320, 380, 440, 520, 600], [260, 600]))
@pytest.mark.parametrize("name", ["array", "map", "sum", "strings", "objects in arrays"])
def test_any_depth_has_an_answer_and_can_be_kept(tmp_path: Path, name: str, depth: int) -> None:
    tree = write_tree(tmp_path, NESTED[name](depth))
    cache = Cache(tmp_path / "cache")
    first = wdl.read(tree, "main.wdl", cache)
    wdl.check(tree, first, cache)
    assert wdl.read(tree, "main.wdl", cache) == first


def test_trees_are_let_go(tmp_path: Path) -> None:
    trees = []
    for number in range(3):
        tree = write_tree(tmp_path / str(number), _task("1"))
        workflow = wdl.read(tree, "main.wdl", NO_CACHE)
        wdl.check(tree, workflow, NO_CACHE)
        trees.append(weakref.ref(tree))
        del tree
    gc.collect()
    assert [kept() for kept in trees] == [None, None, None]


@pytest.mark.parametrize(
    "name",
    sampled(
        ["array", "map", "pairs in arrays", "objects in arrays", "transpose", "members", "index"],
        ["array", "objects in arrays", "members"],
    ),
)
def test_deep_values_are_passed_over_where_miniwdl_is_another_one(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fast_miniwdl, "expected", lambda: False)
    for count in (4, 40):
        tree = write_tree(tmp_path / str(count), NESTED[name](count))
        workflow = wdl.read(tree, "main.wdl", NO_CACHE)
        with counted(1_000_000):
            verdict = wdl.check(tree, workflow, NO_CACHE)
        skipped = [one.reason for one in verdict.skipped if one.code == "WDL001"]
        assert len(skipped) == (count == 40)
        assert all("nests values more than" in reason for reason in skipped)


def _wide(kind: str, count: int) -> Files:
    task = "task t { input { Int x = 1 } command <<< >>> output { Int y = 1 } runtime { docker: 'q/x:1' } }\n"
    lines = {
        "calls": lambda n: f"call t as a{n}",
        "calls in a chain": lambda n: f"call t as a{n} {{ input: x = {f'a{n - 1}.y' if n else 1} }}",
        "scatters": lambda n: f"scatter (i{n} in [1]) {{ call t as a{n} }}",
        "ifs": lambda n: f"if (true) {{ Int x{n} = 1 }}",
        "structs": lambda n: f"S s{n} = object {{ a: 1 }}",
    }
    members = "\n".join(f"Int? m{number}" for number in range(count if kind == "structs" else 1))
    body = "\n".join(map(lines[kind], range(count)))
    return {"main.wdl": f"version 1.1\nstruct S {{ Int a\n{members} }}\nworkflow w {{\n{body}\n}}\n{task}"}


@pytest.mark.parametrize(
    "kind", sampled(["calls", "calls in a chain", "scatters", "ifs", "structs"], ["calls in a chain", "structs"])
)
def test_names_do_not_take_memory_with_their_square(tmp_path: Path, kind: str) -> None:
    tree = write_tree(tmp_path, _wide(kind, 1_000))
    workflow = wdl.read(tree, "main.wdl", NO_CACHE)
    tracemalloc.start()
    verdict = wdl.check(tree, workflow, NO_CACHE)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 30_000_000
    assert bool(verdict.skipped) == (kind in ("scatters", "ifs", "structs"))


def test_lints_of_too_many_declarations_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expansion, "MAX_LINT_STEPS", 100)
    for count in (1, 20):
        inputs = "\n".join(f"Int x{number}" for number in range(count))
        files: Files = {"main.wdl": f"version 1.1\nworkflow w {{ input {{ {inputs} }} output {{ }} }}\n"}
        tree = write_tree(tmp_path / str(count), files)
        verdict = wdl.check(tree, wdl.read(tree, "main.wdl", NO_CACHE), NO_CACHE)
        assert [one.code for one in verdict.skipped] == ["WDL100"] * (count == 20)


@pytest.mark.parametrize("order", sampled(["inner first", "outer first", "mixed"], ["mixed"]))
def test_structs_are_counted_in_any_order(tmp_path: Path, order: str) -> None:
    lines = ["struct S0 { Int x }", *(f"struct S{n} {{ S{n - 1} a\n S{n - 1} b }}" for n in range(1, 31))]
    if order == "outer first":
        lines.reverse()
    if order == "mixed":
        lines[10], lines[20] = lines[20], lines[10]
    files: Files = {"main.wdl": "version 1.1\n" + "\n".join(lines) + "\nworkflow w { input { S30 s } }\n"}
    with counted(1_000_000):
        _judge(tmp_path, files)


def test_names_in_deeply_nested_sections_are_counted(tmp_path: Path) -> None:
    def nested(depth: int, names: int) -> Files:
        decls = "".join(f"Int x{number} = 1\n" for number in range(names))
        body = "".join(f"if (b{number}) {{\n" for number in range(depth)) + decls + "}" * depth
        inputs = "".join(f"Boolean b{number}\n" for number in range(depth))
        return {"main.wdl": f"version 1.0\nworkflow w {{ input {{ {inputs} }}\n{body}\n}}\n"}

    for depth, names, bounded in ((5, 500, False), (90, 600, True)):
        tree = write_tree(tmp_path / str(depth), nested(depth, names))
        verdict = wdl.check(tree, wdl.read(tree, "main.wdl", NO_CACHE), NO_CACHE)
        reasons = [one.reason for one in verdict.skipped if one.code == "WDL001"]
        assert any("deeply nested sections" in reason for reason in reasons) is bounded
