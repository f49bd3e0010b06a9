"""Pipelines that were written to cost, to crash or to deceive: bounded, and said."""

from __future__ import annotations

import gc
import json
import time
import tracemalloc
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import WORKFLOWS, Cli
from growth_support import alarm
from samples import sampled

import packager
from packager.app.loaded import Loaded
from packager.cache import Cache
from packager.engines.nextflow import check, selectors
from packager.engines.nextflow.evaluation import Environment, evaluate
from packager.engines.nextflow.expressions import ExpressionParser
from packager.engines.nextflow.lexing import lex
from packager.engines.nextflow.syntax import Expression
from packager.engines.nextflow.values import UNKNOWN, Budget, to_text, weight_of
from packager.model.facts import ImageStatus, Task
from packager.model.value_types import ANY

Files = Callable[[dict[str, str | bytes]], Path]
DRAFT = "https://json-schema.org/draft/2020-12/schema"


@pytest.fixture(autouse=True)
def _no_hang() -> Iterator[None]:
    with alarm(30, processor=True):
        yield


def load(root: Path) -> Loaded:
    return packager.load(str(root), cache=Cache(None))


def tasks(loaded: Loaded) -> dict[str, Task]:
    return {task.name: task for task in loaded.workflow.tasks}


def process(name: str, body: str = "container 'a/b:1'\n cpus 1") -> str:
    return f"process {name} {{\n {body}\n script: 'x'\n}}\n"


# Selectors

NAME = "a" * 32


@pytest.mark.parametrize("pattern", ["(a|aa)+b", "(a+)+b", "a*a*a*a*a*a*a*b", ".*.*.*.*.*.*.*.*b", "(a|a)*b"])
@pytest.mark.parametrize("kind", ["withName", "withLabel"])
def test_a_selector_never_backtracks(pattern: str, kind: str, files: Files) -> None:
    main = process(NAME, f"container 'a/b:1'\n label '{NAME}'") + f"workflow {{ {NAME}() }}\n"
    config = f"process {{ {kind}: '{pattern}' {{ container = 'c/d:2' }} }}"
    root = files({"main.nf": main, "nextflow.config": config})
    assert str(tasks(load(root))[NAME].image.reference) == "a/b:1"


def test_patterns_select_as_before(files: Files) -> None:
    main = process("ALIGN") + process("SORT") + "workflow SUB { ALIGN() }\nworkflow { SUB()\n SORT() }\n"
    config = """process {
        withName: '.*:(ALIGN|INDEX)' { memory = '1 GB' }
        withName: 'S.RT' { memory = '2 GB' }
        withName: '!.*:ALIGN' { cpus = 7 }
        withName: 'SUB:.*' { disk = '3 GB' }
    }"""
    found = tasks(load(files({"main.nf": main, "nextflow.config": config})))
    assert [(one.resources.memory and one.resources.memory.value) for one in found.values()] == [1.0, 2.0]
    assert [(one.resources.cpu and one.resources.cpu.value) for one in found.values()] == [
        7,
        7,
    ]  # each has a name without `SUB:`
    assert found["ALIGN"].resources.disk is not None
    assert found["SORT"].resources.disk is None


@pytest.mark.parametrize("pattern", ["(?!B).*", r"(A)\\1", "[", "A{1,50}{1,50}", "((A{1,50}){1,50}){1,50}", "(A*)*"])
def test_a_selector_that_cannot_be_told_is_said_and_nothing_is_certain(pattern: str, files: Files, cli: Cli) -> None:
    main = process("A", "container 'a/b:1'\n memory '1 GB'") + "workflow { A() }\n"
    selector = "container = 'c/d:2'\n memory = '2 GB'\n cpus = 3\n accelerator = 1\n resourceLimits = [cpus: 1]"
    config = f"process {{\n  withName: '{pattern}' {{\n {selector}\n}}\n}}"
    root = files({"main.nf": main, "nextflow.config": config})
    task = tasks(load(root))["A"]
    assert task.image.status is ImageStatus.DYNAMIC
    assert tuple(map(str, task.image.candidates)) == ("a/b:1", "c/d:2")
    for attribute in (task.resources.memory, task.resources.cpu, task.resources.accelerator_count):
        assert attribute is not None
        assert attribute.value is None
    result = cli("lint", root, "--format", "json", "--no-cache")
    (found,) = [one for one in json.loads(result.out)["diagnostics"] if one["code"] == "NXF047"]
    assert (found["path"], found["line"], found["column"], found["severity"]) == ("nextflow.config", 2, 3, "info")


def test_an_unknown_label_selector_is_said(files: Files) -> None:
    main = process("A", "container 'a/b:1'\n label 'big'") + "workflow { A() }\n"
    config = "process { withLabel: '(?=b).*' { container = 'c/d:2' } }"
    loaded = load(files({"main.nf": main, "nextflow.config": config}))
    assert tasks(loaded)["A"].image.status is ImageStatus.DYNAMIC
    assert [one.code for one in packager.lint(loaded).diagnostics].count("NXF047") == 1


def test_very_many_selectors_are_compared_up_to_a_bound(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selectors, "_MAX_EFFORT", 15_000)
    count = 150
    main = "".join(f"process P{n} {{ container 'a/b:1'\n script: 'x' }}\n" for n in range(count))
    main += "workflow {\n" + "".join(f"P{n}()\n" for n in range(count)) + "}\n"
    config = (
        "process {\n"
        + "".join(f"withName: '(P|PP)+{n}.*.*.*.*x' {{ container = 'c/d:2' }}\n" for n in range(count))
        + "}\n"
    )
    loaded = load(files({"main.nf": main, "nextflow.config": config}))
    assert {task.image.status for task in loaded.workflow.tasks} == {ImageStatus.LITERAL, ImageStatus.DYNAMIC}
    assert any(one.code == "NXF047" for one in loaded.workflow.diagnostics)


# Values

DOUBLINGS = {
    "maps": ("[a: 'x']", "[a: params.a{0}, b: params.a{0}]"),
    "lists": ("['x']", "[params.a{0}, params.a{0}]"),
    "list addition": ("['x']", "params.a{0} + params.a{0}"),
    "map addition": ("[k: 'x']", "params.a{0} + [k{0}: params.a{0}]"),
    "texts": ("'xxxx'", "params.a{0} + params.a{0}"),
    "gstrings": ("'xxxx'", '"${{params.a{0}}}${{params.a{0}}}"'),
    "replace": ("'aaaa'", "params.a{0}.replace('a', 'aaaaaaaaaa')"),
    "concat": ("'aaaa'", "params.a{0}.concat(params.a{0})"),
    "join": ("'aaaa'", "[params.a{0}, params.a{0}].join(params.a{0})"),
    "nesting": ("['x']", "[params.a{0}]"),
    "powers": ("99999", "params.a{0} ** 63"),
    "products": ("1.0", "params.a{0} * 1000000"),
    "sizes": ("1.GB", "params.a{0} * 1000000"),
    "closures": ("{{ 'x' }}", "{{ x ? params.a{0} : params.a{0} }}"),
    "equality": ("['x']", "params.a{0} == [params.a{0}] ? 1 : [params.a{0}, params.a{0}]"),
}


@pytest.mark.parametrize("kind", DOUBLINGS)
def test_values_that_double_with_each_line_are_bounded(kind: str, files: Files, cli: Cli) -> None:
    first, line = DOUBLINGS[kind]
    lines = [f"params.a0 = {first}".replace("{{", "{").replace("}}", "}")]
    lines += [f"params.a{n + 1} = " + line.format(n) for n in range(80)]
    lines += [
        'params.text = "${params.a80}"',
        "params.same = params.a80 == params.a79",
        "params.within = params.a80 in [params.a80]",
    ]
    lines += [
        "process.container = params.a80",
        "process.memory = params.a80",
        "process.ext.x = params.a80",
        "aws.x = params.a80",
    ]
    lines += ["if (x) { params.a80 = params.a79 }", "includeConfig params.a80"]
    root = files(
        {"main.nf": process("A", "publishDir params.a80") + "workflow { A() }\n", "nextflow.config": "\n".join(lines)}
    )
    result = cli("lint", root, "--no-cache", "--format", "json")
    assert result.code in (0, 1)
    assert json.loads(result.out)["diagnostics"]


@pytest.mark.parametrize(
    "line", ["params.a{0}.replace('a', 'aaaaaaaaaa')", "params.a{0} + params.a{0}", "[params.a{0}, params.a{0}]"]
)
def test_a_few_lines_take_little_memory(line: str, files: Files) -> None:
    lines = ["params.a0 = 'aaaa'", *(f"params.a{n + 1} = " + line.format(n) for n in range(30))]
    root = files({"main.nf": "workflow { }\n", "nextflow.config": "\n".join(lines)})
    load(root)
    tracemalloc.start()
    try:
        load(root)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 60_000_000  # half of it is the buffer that files are read into


def test_options_of_conditions_double(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    """The images that a chain of closures may come to."""
    monkeypatch.setattr(Budget.__init__, "__defaults__", (100_000,))
    lines = ["params.c0 = { 'a/b:1' }", *(f"params.c{n + 1} = {{ x ? params.c{n} : params.c{n} }}" for n in range(60))]
    lines += ["process.container = params.c60"]
    root = files({"main.nf": process("A", "") + "workflow { A() }\n", "nextflow.config": "\n".join(lines)})
    assert tasks(load(root))["A"].image.status is ImageStatus.DYNAMIC


def value_of(text: str, budget: Budget | None = None, **params: object) -> Any:
    expression = _Parser(lex(text)).expression()
    return evaluate(expression, Environment(params, {}, budget=budget or Budget()))


class _Parser(ExpressionParser):
    """Expressions without closures, commands and assignments."""

    def command_or_assignment(self) -> Expression:
        return self.expression()


def shared(levels: int) -> list[Any]:
    """A list that is small in memory, and as a text twice as long with each level."""
    value: list[Any] = ["x"]
    for _ in range(levels):
        value = [value, value]
    return value


def test_shared_parts_count_as_often_as_they_occur() -> None:
    assert weight_of(shared(5)) == 1 + sum(2**level for level in range(1, 7)) - 2**5
    assert to_text(shared(2)) == "[[[x], [x]], [[x], [x]]]"
    assert to_text(shared(40)) is None
    for text in (
        '"${params.a}"',
        "params.a == params.b",
        "'x' in params.a",
        "params.a.join('')",
        "params.a as String",
    ):
        assert value_of(text, a=shared(40), b=shared(40)) is UNKNOWN
        assert value_of(text, a=shared(3), b=shared(3)) is not UNKNOWN
    deep: list[Any] = []
    for _ in range(5_000):
        deep = [deep]
    assert to_text(deep) is None
    assert value_of("params.a == params.b", a=deep, b=[deep]) is UNKNOWN


def test_one_budget_for_all() -> None:
    budget = Budget(2_000)
    assert value_of("params.a + params.a", budget, a="x" * 5_000) == "x" * 10_000
    assert not budget.is_spent
    assert value_of("params.a + params.a", budget, a="x" * 5_000) is UNKNOWN
    assert value_of("1", budget) is UNKNOWN


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'a.b-c'.tokenize('.-')", ["a", "b", "c"]),
        ("'aXbX'.replace('X', 'YY')", "aYYbYY"),
        ("'ab'.replace('', '-')", "-a-b-"),
        ("[1, 'a', true].join('-')", "1-a-true"),
        ("'a'.concat('b')", "ab"),
        ("[a: 1] + [b: 2]", {"a": 1, "b": 2}),
        ("[[1], [1]] == [[1], [1]]", True),
        (".5 + 1", 1.5),
    ],
)
def test_small_values_are_computed_as_before(text: str, value: object) -> None:
    assert value_of(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "999999.9 ** 63", "(0 - 8.0) ** 0.5", f"0x{'f' * 5_000}", "9" * 5_000, "1e300.EB", "1e999.GB", "1e299.d * 1e299",
        "'nan'.toFloat() * 1",
        "'inf'.toInteger()", "1e308.GB.toGiga()", "(1.GB / 1e-300).giga", "1e200 * 1e200 * 1e200", "1.GB.toBytes(1)",
    ],
)  # fmt: skip
def test_numbers_beyond_measure_never_crash(text: str, files: Files, cli: Cli) -> None:
    config = f'params.x = {text}\nprocess.memory = {text}\nprocess.cpus = {text}\nprocess.time = {text}\naws.x = "${{{text}}}"\n'
    root = files({"main.nf": process("A", "") + "workflow { A() }\n", "nextflow.config": config})
    for command in (("lint",), ("inspect",), ("template",), ("inputs", "--all")):
        assert cli(command[0], root, *command[1:], "--no-cache").code in (0, 1)


@pytest.mark.parametrize("number", [".0.0", ".5.5", ".1.2.3", "..5.5"])
def test_a_number_with_two_points_is_a_syntax_error(number: str, files: Files, cli: Cli) -> None:
    root = files({"main.nf": f"x = {number}\nworkflow {{ }}\n"})
    result = cli("lint", root, "--no-cache", "--format", "json")
    assert result.code == 1
    (found,) = [one for one in json.loads(result.out)["diagnostics"] if one["code"] == "NXF001"]
    assert (found["path"], found["line"], found["column"]) == ("main.nf", 1, 5)


# Size


def rows(count: int, text: str) -> str:
    """One line for each number: `#` is the number, `@` the next one."""
    return "".join(text.replace("#", str(number)).replace("@", str(number + 1)) + "\n" for number in range(count))


def many_processes(count: int) -> str:
    return f"{rows(count, process('P#'))}workflow {{\n{rows(count, 'P#()')}}}\n"


def schema_of_kinds(count: int) -> str:
    body = {"type": ["string", "integer"] * count, **{f"k{number}": 1 for number in range(count)}}
    return json.dumps({"$schema": DRAFT, "properties": {"a": body}}, indent=1)


GROWING: dict[str, Callable[[int], dict[str, str]]] = {
    "parameters": lambda n: {"nextflow.config": "params.a0 = 'x'\n" + rows(n, "params.a@ = params.a#")},
    "members": lambda n: {"nextflow.config": rows(n, "params.g.x# = 'a'")},
    "variables": lambda n: {"nextflow.config": rows(n, "def a# = 'x'")},
    "shared maps": lambda n: {
        "nextflow.config": "params.a0 = 1\n" + rows(n // 4, "params.a@ = [a: params.a#, b: params.a#]")
    },
    "additions": lambda n: {"nextflow.config": "params.a0 = []\n" + rows(n // 2, "params.a@ = params.a# + [1]")},
    "texts of all": lambda n: {"nextflow.config": rows(n, 'params.a# = "${params}"')},
    "profiles": lambda n: {"nextflow.config": f"profiles {{\n{rows(n, 'p# { params.a = # }')}}}\n"},
    "annotations": lambda n: {"main.nf": "@A\n" * n + "workflow { }\n"},
    "includes": lambda n: {
        "main.nf": rows(n, "include { P as P# } from './m.nf'") + "workflow { }\n",
        "m.nf": process("P"),
    },
    "processes": lambda n: {"main.nf": many_processes(n // 4)},
    "directives for all": lambda n: {
        "main.nf": many_processes(n // 8),
        "nextflow.config": f"process {{\n{rows(n // 8, 'ext.a# = 1')}}}\n",
    },
    "nested": lambda n: {"main.nf": f"workflow {{\n x = {'(' * n}{')' * n}\n}}\n", "nextflow.config": rows(n, "a {")},
    "comments": lambda n: {"main.nf": rows(n, "/* c */") + "workflow { }\n", "nextflow.config": rows(n, "/* c")},
    "heredocs": lambda n: {
        "main.nf": "workflow { }\n" + rows(n, "x = '''\na\n'''"),
        "nextflow.config": rows(n, 'x = """\na "" $'),
    },
    "config diamond": lambda n: {
        "nextflow.config": "includeConfig 'c0.config'\n",
        **{f"c{i}.config": f"includeConfig 'c{i + 1}.config'\n" * 2 for i in range(n // 40)},
    },
    "config again": lambda n: {
        "nextflow.config": "includeConfig 'c.config'\n" * (n // 8),
        "c.config": rows(n // 8, "params.a# = 1"),
    },
    "schema": lambda n: {"nextflow_schema.json": schema_of_kinds(n)},
}


SAMPLE = ("parameters", "shared maps", "texts of all", "processes", "config diamond", "heredocs")


@pytest.mark.parametrize("kind", sampled(GROWING, SAMPLE))
def test_twice_the_text_takes_some_twice_the_time(kind: str, tmp_path: Path) -> None:
    times = []
    for size in (200, 400, 800):
        root = tmp_path / str(size)
        for name, content in {"main.nf": "workflow { }\n", **GROWING[kind](size)}.items():
            root.mkdir(exist_ok=True)
            (root / name).write_text(content, encoding="utf-8")
        began = time.process_time()
        packager.lint(load(root))
        times.append(time.process_time() - began)
    assert times[2] < 6 * times[1] + 1


# Foreign JSON

ODD: list[Any] = [
    None,
    True,
    0,
    -1.5,
    10**30,
    "",
    "a",
    [],
    [[]],
    [None],
    ["string", None],
    [{}],
    {},
    {"a": 1},
    {"type": {}},
    "\x00",
    "x" * 300,
]
MEMBERS = [
    "type",
    "default",
    "enum",
    "items",
    "format",
    "pattern",
    "minimum",
    "minLength",
    "required",
    "properties",
    "description",
    "help_text",
]


@pytest.mark.parametrize("member", MEMBERS)
def test_a_schema_may_hold_anything(member: str, files: Files, cli: Cli) -> None:
    properties = {
        f"p{n}_{kind}": {"type": kind, member: value}
        for n, value in enumerate(ODD)
        for kind in ("string", "array", "number")
    }
    schema: dict[str, object] = {"$schema": DRAFT, "properties": properties, "required": ODD, "allOf": ODD}
    schema["$defs"] = {f"d{n}": {member: value, "properties": value, "required": value} for n, value in enumerate(ODD)}
    given = {name: value for name in properties for value in ("x",)}
    root = files(
        {"main.nf": "workflow { }\n", "nextflow_schema.json": json.dumps(schema), "run/given.json": json.dumps(given)}
    )
    for command in (
        ("lint",),
        ("template",),
        ("inputs", "--all"),
        ("inputs", "--schema"),
        ("inputs", "--check", str(root / "run/given.json")),
    ):
        result = cli(command[0], root, *command[1:], "--no-cache")
        assert result.code in (0, 1), result.err


@pytest.mark.parametrize(
    "top",
    [
        "null",
        "[]",
        "1",
        '"a"',
        '{"properties": []}',
        '{"properties": null, "$defs": 1, "definitions": [{}]}',
        '{"$schema": {"a": 1}}',
    ],
)
def test_a_schema_of_any_shape(top: str, files: Files, cli: Cli) -> None:
    root = files({"main.nf": "workflow { }\n", "nextflow_schema.json": top})
    assert cli("lint", root, "--no-cache").code in (0, 1)


@pytest.mark.parametrize("kind", ["number", "integer", "string", "boolean"])
def test_a_long_text_is_judged_in_linear_time(kind: str, files: Files, cli: Cli) -> None:
    schema = {"$schema": DRAFT, "properties": {"a": {"type": kind, "pattern": "^[0-9]+$"}}}
    given = {"a": "1" * 100_000 + "x"}
    texts = {"nextflow_schema.json": json.dumps(schema), "given.json": json.dumps(given)}
    root = files({"main.nf": "workflow { }\n", **texts})
    assert cli("inputs", root, "--check", root / "given.json", "--no-cache").code in (0, 1)


def test_a_type_that_is_none_is_said_at_its_place(files: Files, cli: Cli) -> None:
    lines = (
        '{"$schema": ' + json.dumps(DRAFT) + ",",
        ' "properties": {',
        '  "a": {"type": ["string", {"x": 1}]},',
        '  "b": {"type": {"x": 1}},',
        '  "c": {"type": ["string", "null"]},',
        '  "d": {"type": null}}}',
    )
    root = files({"main.nf": "workflow { }\n", "nextflow_schema.json": "\n".join(lines)})
    inputs = {one.name: one for one in load(root).workflow.inputs}
    assert [inputs[name].type for name in "abcd"] == ["any", "any", '["string", "null"]', "any"]
    assert [inputs[name].value_type for name in "abd"] == [ANY.or_null()] * 3
    result = cli("lint", root, "--no-cache", "--format", "json")
    found = [(one["line"], one["column"]) for one in json.loads(result.out)["diagnostics"] if one["code"] == "NXF011"]
    assert found == [(3, 28), (4, 17), (6, 17)]


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+b",
        "(a|aa)+b",
        "(a|a)*b",
        "a*a*a*a*a*a*a*b",
        ".*.*.*.*.*.*.*.*b",
        "((a{1,50}){1,50}){1,50}",
        "(x+x+)+y|(a+)+$",
    ],
)
def test_a_pattern_of_a_schema_never_backtracks(pattern: str, files: Files, cli: Cli) -> None:
    schema = {"$schema": DRAFT, "properties": {"a": {"type": "string", "pattern": pattern}}}
    root = files(
        {
            "main.nf": "workflow { }\n",
            "nextflow_schema.json": json.dumps(schema),
            "given.json": json.dumps({"a": "a" * 1_500 + "!"}),
        }
    )
    assert cli("inputs", root, "--check", root / "given.json", "--no-cache").code in (0, 1)


@pytest.mark.parametrize(
    ("pattern", "value", "code"),
    [("^[a-z]+$", "abc", 0), ("^[a-z]+$", "ABC", 1),
     (r"^\S+\.csv$", "s3.csv", 0), (r"^\S+\.csv$", "s3 .csv", 1), ("(?!x)y", "z", 0), ("[", "z", 0)],
)  # fmt: skip
def test_patterns_of_a_schema_judge_as_before(pattern: str, value: str, code: int, files: Files, cli: Cli) -> None:
    schema = {"$schema": DRAFT, "properties": {"a": {"type": "string", "pattern": pattern}}}
    root = files(
        {
            "main.nf": "workflow { }\n",
            "nextflow_schema.json": json.dumps(schema),
            "given.json": json.dumps({"a": value}),
        }
    )
    assert cli("inputs", root, "--check", root / "given.json", "--no-cache").code == code


@pytest.mark.parametrize("target", ["../../../../../../../../..", "/..", "../" * 60, ".", "..", "./", "../."])
def test_an_include_that_climbs_to_the_root(target: str, files: Files, cli: Cli) -> None:
    root = files({"main.nf": f"include {{ A }} from '{target}'\nworkflow {{ A() }}\n"})
    assert cli("lint", root / "main.nf", "--no-cache").code in (1, 2)


# Memory


def test_trees_are_freed_and_memory_does_not_grow() -> None:
    root = str(WORKFLOWS / "nextflow-modules")
    trees: list[weakref.ref[Any]] = []

    def load_many(count: int) -> None:
        for _ in range(count):
            loaded = packager.load(root, cache=Cache(None))
            check(loaded.tree, loaded.workflow, Cache(None))
            trees.append(weakref.ref(loaded.tree))

    load_many(5)  # what is kept
    gc.collect()
    tracemalloc.start()
    try:
        load_many(5)
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        load_many(10)
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert len(trees) == 20
    assert not [one for one in trees if one() is not None]
    assert grown < 10 * 5_000  # bytes for each; the parsed files alone are thirty times that


def reasons(loaded: Loaded) -> list[tuple[str, str]]:
    return [(one.code, one.reason.partition(":")[0]) for one in loaded.workflow.skipped]


def test_a_budget_that_is_spent_is_listed(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    root = files({"main.nf": process("A") + "workflow { A() }\n", "nextflow.config": "params.a = [1, 2, 3]\n"})
    assert not reasons(load(root))

    def spend(budget: Budget, _steps: int) -> bool:
        budget.left = -1
        return False

    monkeypatch.setattr(Budget, "spend", spend)
    assert [code for code, _ in reasons(load(root))] == ["IMG001", "RES001"]


@pytest.mark.parametrize(
    "line", ["includeConfig '{}'", "if (params.x) {{ includeConfig '{}' }}", "a {{ includeConfig '{}' }}"]
)
def test_configs_that_include_each_other_deeply_are_bounded(line: str, files: Files, cli: Cli) -> None:
    for count in (20, 400):
        texts: dict[str, str | bytes] = {
            f"c{number}.config": line.format(f"c{number + 1}.config") + "\n" for number in range(count)
        }
        root = files(
            {
                "main.nf": process("A") + "workflow { A() }\n",
                **texts,
                f"c{count}.config": "",
                "nextflow.config": line.format("c0.config"),
            }
        )
        assert cli("inspect", str(root)).code == 0
        assert ("RES001" in [code for code, _ in reasons(load(root))]) == (count == 400)


@pytest.mark.parametrize(
    ("content", "findings", "last"),
    [
        ("\x00" * 5000, 1, "unexpected character"),
        ("a = 1 \x00 \x01 \x02\n" * 2000, 50, "; the file has 1,950 more syntax errors"),
    ],
)
def test_binary_data_in_a_config_is_not_thousands_of_findings(
    content: str, findings: int, last: str, cli: Cli, files: Callable[[dict[str, str | bytes]], Path]
) -> None:
    files({"main.nf": "workflow { }\n", "nextflow.config": content})
    report = cli("lint", ".", "--format", "json").json
    found = [row["message"] for row in report["diagnostics"] if row["code"] == "NXF001"]
    assert len(found) == findings
    assert last in found[-1]
