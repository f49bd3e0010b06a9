"""Whatever the bytes: a diagnostic, never an exception, and soon."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from samples import examples
from wdl_trees import write_tree

from packager.cache import NO_CACHE
from packager.engines import wdl
from packager.findings.diagnostic import Diagnostic, Severity

VALID = """version 1.1
import "t.wdl" as t
struct S { Int a  Map[String, Array[File]+?] b }
workflow main {
  input { Array[Int] xs = [1, 2]  String? s }
  parameter_meta { xs: {help: "some", more: [1, false, {a: true}]} }
  scatter (x in xs) {
    if (x > 1 && defined(s)) { call t.t { input: n = x, image = "a/~{select_first([s, 'b'])}:1" } }
  }
  output { Array[Int?] ns = t.n_out  Pair[Int, String] p = (1, "~{sep=", " xs}") }
}
"""
TASK = """version 1.1
task t {
  input { Int n  String image }
  command <<< echo ~{n} ~{if n > 1 then "}" else '{'} >>>
  output { Int n_out = read_int(stdout()) }
  runtime { container: image memory: "~{n} GiB" }
}
"""


def _judge(root: Path, main: str | bytes) -> tuple[Diagnostic, ...]:
    tree = write_tree(root, {"main.wdl": main, "t.wdl": TASK})
    workflow = wdl.read(tree, "main.wdl", NO_CACHE)
    verdict = wdl.check(tree, workflow, NO_CACHE)
    return (*workflow.diagnostics, *verdict.diagnostics)


def _has_error(found: tuple[Diagnostic, ...]) -> bool:
    return any(one.severity is Severity.ERROR for one in found)


def test_the_seed_is_valid(tmp_path: Path) -> None:
    assert not _has_error(_judge(tmp_path, VALID))


@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(VALID) - 2), st.integers(0, 40), st.text(max_size=3))
def test_truncated_and_damaged(tmp_path: Path, cut: int, hole: int, filler: str) -> None:
    text = VALID[:cut] + filler + (VALID[cut + hole :] if hole else "")
    for one in _judge(tmp_path, text.encode("utf-8", "replace")):
        assert one.line >= 0
        assert "\n" not in one.message


@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(min_size=1, max_size=200))
def test_random_bytes(tmp_path: Path, content: bytes) -> None:
    assert _has_error(_judge(tmp_path, content))


@pytest.mark.parametrize(
    "expression",
    [
        "(" * 10_000 + "1" + ")" * 10_000,
        "[" * 10_000 + "]" * 10_000,
        "-" * 10_000 + "1",
        "!" * 10_000 + "true",
        " + ".join(["1"] * 10_000),
        "if true then 1 else " * 5_000 + "1",
        '"~{' * 2_000 + "1" + '}"' * 2_000,
        "a" + ".b" * 10_000,
        "9" * 5_000,
        "1e999999",
        '"\\UFFFFFFFF"',
    ],
    ids=["parens", "arrays", "minus", "not", "sum", "if", "strings", "members", "digits", "exponent", "escape"],
)
def test_nesting_and_numbers_beyond_measure(tmp_path: Path, expression: str) -> None:
    _judge(tmp_path, f"version 1.1\nworkflow main {{\n  Int x = {expression}\n}}\n")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"\xef\xbb\xbf",
        b"# only\n",
        b"version 1.0",
        b"version 1.0\n",
        b"\xff\xfeversion 1.0",
        b"\x00" * 50,
    ],
)
def test_without_a_workflow(tmp_path: Path, content: bytes) -> None:
    assert _has_error(_judge(tmp_path, content))


def test_a_huge_file_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    found = _judge(tmp_path, "version 1.0\n" + "# padding\n" * 500_000)
    assert next(one.code for one in found if one.severity is Severity.ERROR) == "ZIP014"


def test_a_missing_main_is_a_finding(tmp_path: Path) -> None:
    tree = write_tree(tmp_path, {})
    workflow = wdl.read(tree, "main.wdl", NO_CACHE)
    assert _has_error(workflow.diagnostics)
    wdl.check(tree, workflow, NO_CACHE)


def test_calls_without_end_are_bounded(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        f"w{index}.wdl": f'version 1.0\nimport "w{index + 1}.wdl" as n\nworkflow w{index} {{ '
        'input { String s = "" } '
        + " ".join(f'call n.w{index + 1} as c{call} {{ input: s = s + "{call}" }}' for call in range(12))
        + " output { Int o = 1 } }\n"
        for index in range(8)
    }
    files["w8.wdl"] = (
        'version 1.0\nworkflow w8 { input { String s = "" } call t output { Int o = 1 } } task t { command {} }\n'
    )
    tree = write_tree(tmp_path, files)
    workflow = wdl.read(tree, "w0.wdl", NO_CACHE)
    assert [one.name for one in workflow.tasks] == ["t"]
    assert workflow.skipped
