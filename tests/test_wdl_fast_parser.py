"""Our parser of WDL: the same trees as miniwdl's, with the same places, and no document accepted that miniwdl rejects."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import WORKFLOWS
from lark import Token
from WDL import Expr, Tree, Walker, _grammar, _parser

from packager.cache import NO_CACHE, Cache
from packager.engines.wdl import fast_grammars, grammar
from packager.engines.wdl.fast_miniwdl import applied
from packager.engines.wdl.fast_parser import Grammar
from packager.engines.wdl.fragments import faster, originals
from packager.engines.wdl.parse_tables import Tables
from packager.engines.wdl.parsing import declared_version, parse

VERSIONS = ("draft-2", "1.0", "1.1", "1.2", "development")

COMMON = """
import "lib/tasks.wdl" as lib  # after a statement
  # indented
workflow main {
    Int n = if defined(flag) && !(1 + 2 * -3 >= 4 - +5) then n.left else (x[0].y)["k"]
    Array[Array[File]+]? files = [["a", 'b'], [], [glob("*.txt")[0]]]
    Map[String, Pair[Int, Float?]] m = {"a": (1, 2.5e-3), "b": (.5, 1.)}
    call lib.t as again { input: a = "x${n}y", b = 'say "${files}" # no comment', c = {"k": "\\n"} }
    scatter (item in range(n)) {
        if (item % 2 == 0 || false) { call t { input: a = item } }
        call t as u
    }
    output { File? out = again.out  String s = "" }
    meta { author: "me", list: [1, -2.5, true, null_or_not], nested: { a: "b" } }
    parameter_meta { n: "a number" }
}
task t {
    File a
    command {
        echo ${a} ${default="x" true='y' false="n" flag} $HOME > out # kept
    }
    output { File out = stdout() }
    runtime { docker: "img:${n}" memory: "~4 GB"
        cpu: 2 }
}
""".replace(", null_or_not", "")

MODERN = """
import "a.wdl" as a alias S as T alias U as V
struct S { Int x  Array[String]+? y }
workflow main {
    input { S s  String? t = "~{s.x}$~{t}~ {" }
    call tt as other { input: s, t = t, }
    Boolean b = s.x <= 1 != (2 > 1)
    output { Int o = other.o }
}
task tt {
    input { S s  String? t }
    String q = 'it\\'s ~{select_first([t, "\\\\"])} \\u00e9 \u00e9'
    command <<<
        x=~{s.x}; echo ${x} ~ > y >> z ~{true="a" false="b" b} ~{sep=", " default="" q} ~{length([{"k": 1}, object {k: 2}])}
    >>>
    output { Int o = read_int("y") }
    runtime { container: "c" }
    meta { a: { b: [ { c: "d" } ] } }
}
"""

NEWEST = """
workflow w {
    input { Directory d  Int env2 = 2 ** 3 ** 2 }
    call t after u { d, e = env2 }
    call u {}
    String s = <<<
        multi ~{d} line
    >>>
    hints { allow_nested_inputs: true }
}
task u { command {} }
task t {
    input { env String e  Directory d }
    command <<<>>>
    requirements { container: "c" }
    hints { inputs: input { d: hints { localization_optional: true } } }
    output { String task_name = task.name }
}
"""

DOCUMENTS = {
    "draft-2": COMMON,
    "1.0": "version 1.0\n" + MODERN.replace("{ input: s, t = t, }", "{ input: s = s, t = t }"),
    "1.1": "\n# first\n  version 1.1" + MODERN,
    "1.2": "version 1.2" + NEWEST + MODERN.partition("workflow")[0],
    "development": "version development" + NEWEST.replace("call u {}", "call? u as v"),
}


@pytest.fixture(scope="module")
def grammars(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Grammar]:
    """The grammar of each version."""
    cache = Cache(tmp_path_factory.mktemp("cache"))
    found = {version: fast_grammars.fast_grammar(version, cache) for version in VERSIONS}
    return {version: tables for version, tables in found.items() if tables is not None}


def ours(text: str, grammars: dict[str, Grammar]) -> Tree.Document:
    declared = declared_version(text) or None
    version = declared or "draft-2"
    return grammars[version].parse(text, version, declared, "/x/main.wdl")


def theirs(text: str) -> Tree.Document | Exception:
    try:
        return _parser.parse_document(text, uri="/x/main.wdl", abspath="/x/main.wdl")
    except Exception as error:  # noqa: BLE001 - the caller compares
        return error


def plain(value: object, seen: set[int]) -> object:
    """All that a tree consists of: types, members, tokens with their places; `seen` has the nodes around it."""
    if isinstance(value, Token):
        names = ("type", "value", "start_pos", "end_pos", "line", "column", "end_line", "end_column")
        return ("Token", *(getattr(value, name) for name in names))
    if isinstance(value, list | tuple):
        return (type(value).__name__, *(plain(item, seen) for item in value))
    if isinstance(value, dict):
        return ("dict", *((plain(key, seen), plain(item, seen)) for key, item in value.items()))
    if value is None or isinstance(value, str | int | float | set):
        return (type(value).__name__, value)
    return (type(value).__name__, None if id(value) in seen else plain(vars(value), {*seen, id(value)}))


def assert_same(text: str, grammars: dict[str, Grammar]) -> None:
    """Both parsers make the same tree, or miniwdl's rejects the document and ours does too."""
    expected = theirs(text)
    if isinstance(expected, Exception):
        with pytest.raises(Exception):  # noqa: B017, PT011 - whatever it is, lark then says what is wrong
            ours(text, grammars)
    else:
        assert plain(ours(text, grammars), set()) == plain(expected, set())


@pytest.mark.parametrize("version", VERSIONS)
def test_trees_are_the_same(version: str, grammars: dict[str, Grammar]) -> None:
    text = DOCUMENTS[version]
    assert not isinstance(theirs(text), Exception)
    assert_same(text, grammars)
    assert_same(text.rstrip(), grammars)


def test_trees_of_the_fixtures_are_the_same(grammars: dict[str, Grammar]) -> None:
    for path in sorted(WORKFLOWS.rglob("*.wdl")):
        text = path.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n")
        if (declared_version(text) or "draft-2") in VERSIONS and text.strip():
            assert_same(text, grammars)


def mutations(text: str, count: int) -> Iterator[str]:
    """Documents with a few characters less, more, or twice."""
    chance = random.Random(text)
    for _ in range(count):
        start = chance.randrange(len(text))
        end = min(len(text), start + chance.choice((1, 1, 2, 5, 40)))
        kind = chance.randrange(3)
        extra = ("", chance.choice(("}", "{", '"', "'", "~{", ">>>", "#", "\n", " ", "+", "1", "env", "x", "\\", "[")))
        yield text[:start] + (extra[1] if kind else "") + text[start if kind == 1 else end :]


@pytest.mark.parametrize("version", VERSIONS)
def test_nothing_is_accepted_that_miniwdl_rejects(version: str, grammars: dict[str, Grammar]) -> None:
    for text in mutations(DOCUMENTS[version], 25):
        if (declared_version(text) or "draft-2") in VERSIONS and text.strip():
            assert_same(text, grammars)


@pytest.mark.parametrize(
    "expression", ["+".join(["1"] * 600), "(" * 400 + "1" + ")" * 400, "!" * 600 + "true", "a" + ".b" * 600]
)
def test_a_document_that_is_too_deep_for_miniwdl_is_left_to_it(expression: str, grammars: dict[str, Grammar]) -> None:
    assert_same(f"version 1.0\nworkflow w {{\n    Int x = {expression}\n}}\n", grammars)


def test_long_lists_are_not_deep(grammars: dict[str, Grammar]) -> None:
    lines = "\n".join(f"    Array[Int] x{number} = [{', '.join(['1'] * 300)}]" for number in range(200))
    assert len(ours(f"version 1.0\nworkflow w {{\n{lines}\n}}\n", grammars).workflow.body) == 200


def test_errors_are_those_of_miniwdl() -> None:
    text = 'version 1.0\nworkflow w {\n    Int x = "\n}\n'
    expected = theirs(text)
    with pytest.raises(type(expected), match=re.escape(str(expected))) as error:
        parse(text, "/x/main.wdl", NO_CACHE)
    assert isinstance(expected, Exception)
    assert error.value.pos == expected.pos  # type: ignore[attr-defined]


def test_faster_patterns_match_the_same() -> None:
    chance = random.Random(1)
    for original in originals():
        quick, slow = re.compile(faster(original)), re.compile(original)
        for _ in range(300):
            text = "".join(chance.choices("a \n\\\"'~${}>", k=chance.randrange(1, 12)))
            for place in range(len(text)):
                found, expected = quick.match(text, place), slow.match(text, place)
                assert (found and found.span()) == (expected and expected.span()), (original, text, place)


def test_all_text_in_strings_and_commands_has_a_faster_pattern() -> None:
    for version in VERSIONS:
        grammar.prepare(version, NO_CACHE)
        terminals = _parser._lark_cache[(_grammar.get(version)[0], "document")].terminals
        fragments = {one.pattern.to_regexp() for one in terminals if one.name.endswith("_FRAGMENT")}
        assert len(fragments) == 4
        assert fragments <= set(originals())


def test_a_grammar_that_is_not_as_expected_is_left_to_lark(monkeypatch: pytest.MonkeyPatch) -> None:
    grammar.prepare("1.0", NO_CACHE)
    monkeypatch.setattr(fast_grammars, "_GRAMMARS", {})
    monkeypatch.setattr(_parser._lark_cache[(_grammar.get("1.0")[0], "document")], "parser", None)
    assert fast_grammars.fast_grammar("1.0", NO_CACHE) is None


def test_damaged_tables_are_built_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = Cache(tmp_path, tables_only=True)
    monkeypatch.setattr(fast_grammars, "_GRAMMARS", {})
    fast_grammars.fast_grammar("1.0", cache)
    (path,) = tmp_path.glob("tables-wdl-parser/*/*.json")
    nothing: list[object] = [[], Tables(0, 0, (), (), (), [], ())]
    for damaged in nothing:
        cache.store("tables-wdl-parser", path.stem, damaged)
        fast_grammars._GRAMMARS.clear()
        tables = fast_grammars.fast_grammar("1.0", cache)
        assert tables is not None
        assert ours(DOCUMENTS["1.0"], {"1.0": tables}).workflow.name == "main"
        kept = cache.load("tables-wdl-parser", path.stem, Tables)
        assert kept is not None
        assert kept.reductions


class Visits(Walker.Base):  # type: ignore[misc]
    """Writes down what it visits."""

    def __init__(self, visited: list[str]) -> None:
        super().__init__(auto_descend=True)
        self.visited = visited

    def task(self, obj: Tree.Task) -> None:
        self.visited.append(f"task {obj.name}")

    def expr(self, obj: Expr.Base) -> None:
        self.visited.append(f"{type(obj).__name__} {obj.pos}")


class Calls(Visits):
    """Writes down calls as well."""

    def call(self, obj: Tree.Call) -> None:
        self.visited.append(f"call {obj.name}")


def test_walks_visit_the_same_in_the_same_order() -> None:
    document = theirs(DOCUMENTS["draft-2"])
    assert isinstance(document, Tree.Document)
    visited: list[list[str]] = [[], []]
    Walker.Multi([Visits(visited[0]), Calls(visited[0])])(document)
    with applied() as fast:
        assert fast
        Walker.Multi([Visits(visited[1]), Calls(visited[1])])(document)
    assert len(visited[0]) > 50
    assert visited[0] == visited[1]
