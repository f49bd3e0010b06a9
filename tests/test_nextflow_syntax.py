"""Reading Nextflow: what the parsers take, what they refuse and where, and that nothing stops them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import examples, sampled

from packager.engines.nextflow.configs import ConfigTree, parse_config
from packager.engines.nextflow.names import check_config_names, check_script_names
from packager.engines.nextflow.scripts import Script, parse_script
from packager.engines.nextflow.syntax import (
    Binary,
    ExpressionStatement,
    FunctionCall,
    GString,
    Process,
    Ternary,
    WorkflowBlock,
)

# Verdicts and places in this module were compared with those of Nextflow's own strict parser.


def places(parsed: Script | ConfigTree, *, strict: bool | None = None) -> list[str]:
    """`line:column` of each fault of the strict parser or of both, as the parsers count them."""
    found = []
    for fault in parsed.faults:
        if not fault.legacy and (strict is None or fault.strict is strict):
            line = parsed.text.count("\n", 0, fault.start) + 1
            found.append(f"{line}:{fault.start - parsed.text.rfind(chr(10), 0, fault.start)}")
    return found


def who_refuses(parsed: Script | ConfigTree) -> set[str]:
    """The parsers that refuse the text: `strict`, `legacy` or `both`."""
    return {"strict" if fault.strict else "legacy" if fault.legacy else "both" for fault in parsed.faults}


def in_workflow(code: str) -> Script:
    return parse_script(f"workflow {{\n{code}\n}}\n")


ACCEPTED = [
    "x = a +\n b", "x = a\n && b", "x = a\n ? b\n : c", "x = a\n .foo()", "x = a\n ?.foo", "x = a\n | b", "x = foo(a\n, b)",
    "x = [a: 1,\n b: 2,]", "x = [:]", "x = []", "foo a, b: 1", "foo.bar a", "foo a { it }", "foo(a) { it }", "foo(a)\n{ b }", "++x",
    "(a, b) = [1, 2]", "def (a, b) = [1, 2]", "int a = 1", "String a", "def x: String = 'a'", "List<String> x = []", "x ?= 1",
    "x = new ArrayList<String>()", "x = y as String", "x = y instanceof Map", "x = y !instanceof Map", "x = y in z", "x = y !in z",
    "x = a <=> b", "x = a =~ /b/", "x = a ==~ /b/\ny", "x = a .. b", "x = a ..< b", "x = a ?: b ?: c", "x = a?.b", "x = a*.b",
    "x = { int a, String b = 'x' -> a }", "x = { -> 1 }", "try { a } catch (Exception e) { b }", "assert x : 'foo'", "return",
    "if (a) b else c", "if (a)\n b\nelse\n c", "if (a) { b } else if (c) { d }", 'x = "a $b c"', 'x = "a ${b ? "c" : "d"} e"',
    'x = """a $ b"""', "x = '''a\nb'''", 'x = """"a""""', "x = '''a''''", "x = $/a/b/$", "x = 1_000", "x = 0x1F",
    "x = 1.5e3", "x = .5", "x = 1.GB", "x = '\\u0041'",
    "a; b", "x = a ** b", "x = a >>> b", "a.'b'", 'a."b"', "x = [(a): 1]", 'x = ["a": 1, 3: 4]', "foo(a: 1, 2)", "x = a.in",
    "x = a.class", "x = a as\n List", "// c\nx", "x = a // c\n  .b()", "x = true && !false || null",
    "x = (int) (a / 2)", "x = (a ?\n b :\n c)",
    "ch.map { meta,\n reads\n\n -> [meta, reads] }", "ch.map { int a // c\n -> a }", "ch.map {\n a = 1\n -> a }", "x = [a /* b */, c]",
    "x = (a \\\n + b)", "def x\n = 1", "String x\n\n = 1", "ch.map { meta, reads -> [meta, reads] }\n.set { out }",
    "ch.multiMap { a ->\n x: a\n y: a\n}", "foo (a)",
    "foo - a", "x = a\n- b",
]  # fmt: skip


@pytest.mark.parametrize("code", ACCEPTED)
def test_the_strict_syntax_takes(code: str) -> None:
    assert places(in_workflow(code)) == []


# What Groovy reads and the strict parser refuses, and where it says so.
REFUSED = {
    "for (x in y) { }": "2:1",
    "while (x) { }": "2:1",
    "x++": "2:4",
    "x = y = 1": "2:7",
    "def a = 1, b = 2": "2:10",
    "x = new int[3]": "2:12",
    "x = (String) y": "2:14",
    "x = a.&b": "2:6",
    "foo(*a)": "2:5",
    "try { a } finally { c }": "2:11",
    "assert x, 'foo'": "2:9",
    "x = /a${b}/": "2:5",
    "x = this": "2:5",
    "break": "2:1",
    "x = [if: 1]": "2:6",
    "def foo bar = 1": "2:9",
    "foo a b": "2:7",
    "path 'x' optional true": "2:10",
    "include { A } from './a'": "2:1",
    "x = { meta db -> db }": "2:12",
    "a = b,\nc = d": "2:6",
    "foo(a, by=1)": "2:10",
    "x = 'a' 'b'": "2:9",
    "x.filter( it -> it > 1 )": "2:14",
    "x.inject(0, (a, b) -> a + b)": "2:15",
    "x.each(() -> { y })": "2:9",
    "try (def r = f()) { r }": "2:10",
    "x = new int[]{1, 2}": "2:12",
    'x."${y}" = 1': "2:3",
    'println x."${y}"': "2:11",
    "x = Object[]": "2:12",
    "f(a.b = 1)": "2:7",
    "x = a ? (b) = 1 : 2": "2:13",
    "x = foo 1": "2:9",
    "x = a.b() c(1)": "2:11",
    "foo(1) 'x'": "2:8",
    "foo 1 'x'": "2:7",
    "if (x = 1) y": "2:7",
    "def (int a, b) = x": "2:6",
    "if (a) { b } c": "2:14",
    "x.map { v -> v instanceof List?v:[v] }": "2:32",
    "v instanceof List ? 'a' : b": "2:21",
    "x = (a\n + b)": "3:2",
    "x = [id: a\n - b]": "3:2",
    "x = f(a // c\n + b)": "3:2",
    "def (a) = f(1)": "2:7",
    "x = [a:\n 1]": "2:8",
    "f(a: // c\n 1)": "2:5",
    "x = [a\n : 1]": "3:2",
    'x = "${\n y}"': "2:8",
    # The strict parser reads a comment as a line end.
    "x = [a /* \n */ + b]": "3:5",
    "x = [a, b /* c */,]": "2:19",
    "x = [a: b\n ,]": "3:3",
    "x = f(a\n ,)": "3:3",
    "x = [a /* b */: c]": "2:15",
    "x = a[\n1]": "2:7",
    'x = "${a /* b */}"': "2:17",
    "(a\n, b) = f()": "3:1",
    # Reserved words.
    "x = { a, _ -> a }": "2:10",
    "x = _": "2:5",
    "def _ = 1": "2:5",
    "try { a } catch (Exception _) { b }": "2:28",
    "x = [class: 1]": "2:6",
    "x = [_: 1]": "2:6",
    "x.branch { a ->\n include: a\n}": "3:2",
    # Groovy reads commands in parentheses.
    "x = (f(a), b: 1)": "2:10",
    "if (f(a), b) { c }": "2:9",
    'x = "${f(a), b}"': "2:12",
    "tuple(val(a), path(b, c: 1)), emit: d": "2:29",
    "x.map { a -> [a, b][0], 'c' }": "2:20",
    "a[0][1], 2": "2:5",
}


# What only the strict parser reads.
STRICT_ONLY = [
    "params { reads: Path\n depth: Integer = 3 }", "params { x = 1 }", "record R {\n a: String\n}", "def f(x: Integer) -> Path { x }",
    "process P {\n input:\n x: Path\n script:\n 'a'\n}",
    "process P {\n input:\n tuple(a: String, b: Set<Path?>, c: Path?)\n script:\n 'a'\n}",
    "process P {\n stage:\n stageAs x, 'y'\n script:\n 'a'\n}", "workflow W {\n take:\n x: Channel<Path>\n main:\n x\n}",
    "workflow {\n main:\n x\n onComplete:\n y\n}", "output { x: Path { path 'y' } }", "workflow { def x: String = 'a' }",
    "workflow { try { a } catch (e: Exception) { b } }",
    'workflow { x = "a\\-b" }', 'workflow { x = "a $(b)" }', 'workflow { x = """${a} $2 $| $ """ }', 'workflow { x = """a\\z${b}""" }',
    "workflow { x.map { y: Path -> y } }",
]  # fmt: skip


@pytest.mark.parametrize("script", STRICT_ONLY)
def test_groovy_refuses_what_only_the_strict_syntax_has(script: str) -> None:
    assert who_refuses(parse_script("nextflow.enable.types = true\n" + script)) == {"legacy"}


# Groovy's own parser reads all of it.
GROOVY = [
    "workflow { if (!a or !b) { c } }", "workflow { exit 1, 'a '--b' c' }", "workflow { a b c d-e }", "workflow { x = !a b }",
    "include { A\n as B;\n C\n as\n D } from './a'", "workflow { x.map { [a, b][0], 'c' } }",
    "workflow { }t", "process A() {\n script:\n 'a'\n}", "include { A } addParams(x: 1) from './a'",
    "include { A } as B from './a' params(c)",
    "workflow { x = switch (y) { case 'a', B -> { 1 }\n default -> throw new E() } }", "def f() throws E { 1 }", "x = { (a, b) -> a }",
    "def f(x) {\n try (A in = new A(); def b = c()) { in }\n}", "x = a.replaceAll(/=[a]+$/, '')", "println a + log.info 'x'", "m.'a b' = 1",
]  # fmt: skip


@pytest.mark.parametrize("script", GROOVY)
def test_groovy_reads(script: str) -> None:
    assert who_refuses(parse_script(script)) <= {"strict"}


@pytest.mark.parametrize(
    "code",
    [
        'x = "a ${b} \\;"',
        "x = /a$/",
        'x = "\\$(a) $é"',
        "foo 'a' { b }",
        "'a' { b }",
        'f = "a${x}" { b }',
        "x.each { it[0], [1] }",
        "$ = 1",
        "f = $b + $",
    ],
)
def test_both_parsers_read(code: str) -> None:
    assert who_refuses(in_workflow(code)) == set()


@pytest.mark.parametrize(
    "script",
    [
        "process P {\n input:\n val x\n ouptut: val y\n script:\n 'a'\n}\n",
        "workflow A {\n get:\n x\n main:\n y\n}\n",
        "workflow A {\n take:\n x\n foo(x)\n main:\n y\n}\n",
    ],
)
def test_no_version_accepts_unknown_sections_and_inputs_that_are_not_names(script: str) -> None:
    assert "both" in who_refuses(parse_script(script))


def test_a_string_has_one_fault_for_its_dollar_signs() -> None:
    faults = in_workflow('x = """awk \'{print $1}\' ${a} \'{print $2}\'"""\ny = "$(z)"').faults
    assert [fault.message for fault in faults] == ["`$1` inside double quotes", "`$(` inside double quotes"]


@pytest.mark.parametrize("code", ["x.each(it -> println it)", "switch (x) { case 1 -> 'a'; default -> 'b' }"])
def test_the_first_of_multiple_places(code: str) -> None:
    assert places(in_workflow(code))[0] == f"2:{code.index('->') + 1}"


def test_groovy_imports_at_the_top_of_a_config() -> None:
    assert who_refuses(parse_config("import java.nio.file.Paths\nparams.x = 1\n")) == {"strict"}
    assert who_refuses(parse_config("process {\n import a.B\n}\n")) == {"both"}


@pytest.mark.parametrize(("code", "place"), REFUSED.items())
def test_the_strict_syntax_refuses_what_groovy_reads(code: str, place: str) -> None:
    parsed = in_workflow(code)
    assert places(parsed, strict=False) == []
    assert places(parsed, strict=True) == [place]


BROKEN = {
    "x = 'a\nb": "2:5",
    "x = a ? b": "3:1",
    "x = a]": "2:6",
    "x = [1 2]": "2:8",
    "x = [a: 1, 2": "2:13",
    "x = a.": "2:5",
    "foo(a, b\nbar(c)": "3:1",
    "if a { b }": "2:4",
    "x = [,]": "2:6",
    "x = a + b 'c'": "2:11",
    "return foo 1": "2:12",
    "x = 08": "2:5",
    "x = '\\q'": "2:5",
    "/* c": "2:1",
    "def class = 1": "2:5",
    "x = { a, default -> a }": "2:10",
    "x = { a, -> a }": "2:10",
    "path('a', type: 'b'), emit: c": "2:21",
    "path(), emit: c": "2:7",
    "x = { a\n, b -> a }": "3:1",
}


@pytest.mark.parametrize(("code", "place"), BROKEN.items())
def test_what_nothing_reads_is_reported_at_its_place(code: str, place: str) -> None:
    assert places(in_workflow(code), strict=False)[0] == place


@pytest.mark.parametrize("code", ["path(*a), emit: c", "path('a') { b }, emit: c"])
def test_nothing_reads_more_than_one_value_before_the_comma_of_a_command(code: str) -> None:
    assert "both" in who_refuses(in_workflow(code))


def test_the_reading_goes_on_after_an_error() -> None:
    parsed = parse_script("workflow {\n x = )\n y = 1\n z = ]\n}\nprocess P {\n script:\n 'a'\n}\n")
    assert places(parsed) == ["2:6", "4:6"]
    assert [type(one) for one in parsed.definitions] == [WorkflowBlock, Process]


@pytest.mark.parametrize("code", [*BROKEN, *REFUSED, "x = {", "f(", "if (x) {", "x = [a: {"])
def test_a_refused_statement_keeps_what_follows_its_block(code: str) -> None:
    process = "process {} {{\n container 'a'\n script:\n 'a'\n}}\n"
    parsed = parse_script(process.format("P") + f"def f() {{\n{code}\n}}\n" + process.format("Q"))
    names = [one.name for one in parsed.definitions if isinstance(one, Process)]
    assert names[0] == "P"
    closed = code not in ("x = {", "f(", "if (x) {", "x = [a: {", "/* c")
    assert names[1:] == ["Q"] or not closed


# A script of three processes whose first one has an error; each line is what a person forgets, and the place where that shows.
UNCLOSED = {
    ("a ${task.cpus b", 'a'): ("4:3", "the `${` is not closed"),
    ("a ${task.cpus\n b > c", 'a'): ("4:3", "the `${` is not closed"),
    ("a ${x.collect { it } > c", 'a'): ("4:3", "the `${` is not closed"),
    ("a", "a ${b"): ("7:9", "the `${` is not closed"),
    ("a", "a ${b + \"c\" d"): ("7:9", "the `${` is not closed"),
    ("a \"\"\" b", "a"): ("", ""),
    ("a", "a\" + \"b\" + 'c"): ("", "the string is not closed on its line"),
    ("a", "a\", b: 'c)\n foo(\"d"): ("", "the string is not closed on its line"),
}  # fmt: skip


@pytest.mark.parametrize(("script", "name"), UNCLOSED)
def test_what_is_not_closed_is_one_fault(script: str, name: str) -> None:
    other = 'process {} {{\n script:\n """\n samtools sort -@ ${{task.cpus}} $x | b & c\n """\n}}\n'
    text = f'process P {{\n script:\n """\n{script}\n """\n\n tag("{name}")\n}}\n{other.format("Q")}{other.format("R")}'
    parsed = parse_script(text)
    (fault,) = (each for each in parsed.faults if each.everywhere)
    place, message = UNCLOSED[script, name]
    assert message in fault.message
    assert place in ("", *places(parsed, strict=False))


@pytest.mark.parametrize(
    "code",
    [
        'x = "${a.join(",")} b" c ]\ny = "d',
        'x = """${a.collect {\n "b" ]\n}}"""\n',
        "x = /a ${b ]\n}/\n",
    ],
)
def test_an_expression_that_is_closed_is_not_called_unclosed(code: str) -> None:
    faults = in_workflow(code).faults
    assert faults
    assert not [fault for fault in faults if "`${`" in fault.message]


def test_an_unclosed_bracket_names_its_line() -> None:
    (fault,) = in_workflow("x = foo(a,\n b\ny = 1").faults
    assert "the `(` of line 2 is not closed" in fault.message


@pytest.mark.parametrize(
    ("script", "place"),
    [
        ("process P {\n cpus 1\n 'a'\n}\n", "3:2"),
        ("process P {\n cpus = 1\n script:\n 'a'\n}\n", "2:2"),
        ("process P {\n if (x) { cpus 1 }\n script:\n 'a'\n}\n", "2:2"),
        ("process P {\n script:\n 'a'\n input:\n val x\n}\n", "1:1"),
        ("process P {\n stub:\n 'a'\n}\n", "1:1"),
        ("println 'a'\nworkflow { }\n", "1:1"),
        ("workflow { }\nworkflow { }\n", "2:1"),
        ("import a.b.C\n", "1:1"),
        ("include { A, B } from './a'\n", "1:12"),
        ("include { A } from './a' addParams(x: 1)\n", "1:26"),
        ('include { A } from "./${a}"\n', "1:20"),
        ("include { A }\nfrom './a'\n", "1:14"),
        ("include { A } from\n './a'\n", "1:19"),
        ("include { A\n as B } from './a'\n", "2:2"),
        ("include { A as\n B } from './a'\n", "1:15"),
        ("process P {\n input:\n val x\n ouptut: val y\n script:\n 'a'\n}\n", "4:2"),
        ("process P {\n input:\n val x\n ouptut:\n val y\n script:\n 'a'\n}\n", "4:2"),
        ("workflow A {\n get:\n x\n main:\n y\n}\n", "2:2"),
        ("workflow A {\n take:\n x\n foo(x)\n main:\n y\n}\n", "4:2"),
        ("workflow A {\n main:\n x\n take:\n y\n}\n", "1:1"),
        ("workflow A {\n x\n take:\n y\n main:\n z\n}\n", "1:1"),
        ("def f(a /* b */, c) { a }\n", "1:16"),
        ("workflow A {\n take:\n _\n main:\n z\n}\n", "3:2"),
        ("output { 'x' { path 'y' } }\n", "1:10"),
        ("workflow W {\n take:\n\n main:\n x = 1\n emit:\n x\n}\n", "2:2"),
        ("process P {\n input:\n val x\n when:\n script:\n 'a'\n}\n", "4:2"),
        ("process P {\n when:\n if (x) {\n y\n }\n script:\n 'a'\n}\n", "1:1"),
        ("process P {\n when:\n x\n y = z\n script:\n 'a'\n}\n", "1:1"),
        ("process P {\n script:\n 'a'\n stub:\n}\n", "4:2"),
        ("process P {\n script:\n 'a'\n output:\n val x\n stub:\n 'a'\n}\n", "1:1"),
        ("workflow {\n main:\n x = 1\n emit:\n x\n}\n", "4:2"),
        ("workflow W {\n main:\n x = 1\n publish:\n y = x\n}\n", "4:2"),
        ("workflow {\n publish:\n y = x\n}\n", "1:1"),
        ("workflow W {\n take:\n x: Path\n main:\n x\n}\n", "3:2"),
        ("nextflow.enable.dsl = 1\nprintln 'x'\n", "2:1"),
        ("params { x = 1 }\nparams.y = 2\n", "2:1"),
    ],
)
def test_definitions_of_the_strict_syntax(script: str, place: str) -> None:
    assert places(parse_script(script)) == [place]


@pytest.mark.parametrize(
    "script",
    [
        "def f(x: String) -> String { x }\n",
        "f(x) { x }\n",
        "String f(String x, y = 1) {\n x\n}\n",
        "params.x = 1\nworkflow { }\n",
        "params { x: List<String> = []\n y: Path?\n z }\n",
        "record R {\n a: String\n}\nenum E { A, B, }\n",
        "include { A; B as C } from './a'\ninclude {\n D\n} from './d'\n",
        "nextflow.enable.dsl=2\n",
        "#!/usr/bin/env nextflow\nworkflow\n{ }\n",
        " #!/usr/bin/env nextflow\n#! more\nworkflow { }\n",
        "process P {\n tag \"$x\"\n label 'a'; label 'b'\n input:\n tuple val(x), path(y)\n script:\n 'a'\n stub:\n 'c'\n}\n",
        "process P {\n output:\n path('*.png') , emit: z, optional: true\n script:\n if (x)\n 'a'\n else\n 'b'\n}\n",
        "process P {\n exec:\n x = 1\n}\n",
        "nextflow.enable.types = true\nworkflow W {\n take:\n x: String\n y\n main:\n x\n emit:\n z = x\n}\n",
        "workflow {\n main:\n x\n publish:\n y = x\n}\noutput {\n y {\n path { a -> a }\n }\n}\n",
        "workflow.onComplete { x }\n",
        "process P {\n input:\n val x\n script:\n 'a'\n output:\n path 'n'\n}\n",
        "process P {\n exec:\n y = 1\n stub:\n y = 2\n output:\n val y\n}\n",
        (
            "nextflow.enable.types = true\nprocess P {\n"
            " input:\n tuple(a: String, b: Path)\n stage:\n stageAs b, 'c'\n output:\n x = a\n script:\n 'a'\n}\n"
        ),
    ],
)
def test_scripts_that_are_fine(script: str) -> None:
    assert places(parse_script(script)) == []


@pytest.mark.parametrize(
    "config",
    [
        "params { x = 1 }\nprocess { withName: 'A|B' { cpus = { 1 * task.attempt } } }\n",
        'process { withLabel: a\n { ext.args = { "$x" } } }\nprocess.withName.A.cpus = 1\n',
        "includeConfig params.a ? 'b' : \"${params.c}/d\"\nincludeConfig('e')\n",
        "profiles { a { process { withName: A { cpus = 1 } } }\n 'b' { docker.enabled = true } }\n",
        "plugins {\n id 'nf-schema@2.5.1'\n id('a')\n}\n",
        "env.X = 'a'\nenv { 'Y' = 1; }\nx =\n 1\n",
        "process { publishDir = [\n [path: { a }, mode: 'copy'],\n [path: 'b']\n ] }\n",
        "process { resourceLimits = [cpus: 1, memory: 8.GB] }\nmanifest {\n}\n",
        "process { ext.args = { _, a -> a } }\n",
    ],
)
def test_configs_that_are_fine(config: str) -> None:
    assert places(parse_config(config)) == []


@pytest.mark.parametrize(
    ("config", "place", "strict"),
    [
        ("if (x) { y = 1 }\n", "1:1", True),
        ("process { if (x) { cpus = 1 } }\n", "1:11", True),
        ("try {\n includeConfig 'a'\n} catch (Exception e) {\n println 'x'\n}\n", "1:1", True),
        ("def x = 1\n", "1:1", True),
        ("def f(x) { 1 }\n", "1:6", True),
        ("println 'a'\n", "1:9", True),
        ("x.y { z = 1 }\n", "1:5", True),
        ("withName: A { cpus = 1 }\n", "1:9", True),
        ("process { withLabel:\n\n 'a' { cpus = 1 } }\n", "1:21", True),
        ("plugins {\n id: 'a@1'\n}\n", "2:4", True),
        ("profiles { a { includeConfig = 'b' } }\n", "1:30", True),
        ("x { y = 1\n", "1:1", False),
        ("x = 'a\n", "1:5", False),
        ("process { cpus = 1, 2 }\n", "1:19", False),
        ("process { ext.args = [class: 1] }\n", "1:23", True),
    ],
)
def test_configs_that_are_not(config: str, place: str, strict: bool) -> None:
    found = places(parse_config(config), strict=strict)
    assert found
    assert found[0] == place or config.startswith("x { y")


def test_precedence() -> None:
    parsed = in_workflow('x ? a : b + c * d\n"${x}y"\nfoo a, b: 1')
    (block,) = parsed.definitions
    assert isinstance(block, WorkflowBlock)
    first, second, third = (
        one.expression for one in block.sections[0].statements if isinstance(one, ExpressionStatement)
    )
    assert isinstance(first, Ternary)
    assert isinstance(first.otherwise, Binary)
    assert (first.otherwise.operator, isinstance(first.otherwise.right, Binary)) == ("+", True)
    assert isinstance(second, GString)
    assert second.parts[1] == "y"
    assert isinstance(third, FunctionCall)
    assert (len(third.arguments), len(third.named), third.command) == (1, 1, True)


# Names

UNDEFINED = {
    "workflow {\nfoo(1)\n}\n": ["foo"],
    "workflow {\nx = 1\nprintln x\n}\n": [],
    "workflow {\ndef x = 1\ndef x = 2\n}\n": ["x"],
    "workflow {\ndef x = 1\n[1].each { x -> x }\n}\n": ["x"],
    "workflow {\n[1].each { x = 1 }\n}\n": ["x"],
    "workflow {\n[1].each { it }\nit\n}\n": ["it"],
    "workflow {\nif (true) { z = 1 }\nz\n}\n": [],
    "workflow {\nif (true) { def z = 1 }\nz\n}\n": ["z"],
    "workflow {\nChannel.of(1).map { a -> a }.set { foo }\nfoo\n}\n": [],
    "workflow {\nchannel.of(1).tap { t }.map { it }.combine(t)\n}\n": [],
    "workflow {\nchannel.of(1) | map { it } | view\n}\n": [],
    "workflow {\nlog.info 'x'\nfile('y')\nbaseDir\nworkflow.runName\nargs\n}\n": [],
    "workflow {\nnew Foo()\nnew Date()\njava.nio.file.Paths.get('x')\n}\n": ["Foo"],
    "workflow W {\ntake:\nx\nmain:\nx.view()\ny\nemit:\nz = x\nw\n}\n": ["y", "w"],
    "def f(x) {\nx = 1\ny = 2\n}\n": ["y"],
    "def f() { [1].collect { [it, x] } }\n": ["x"],
    "def f() { map { it } }\n": ["map"],
    "def f() { }\ndef f() { }\n": ["f"],
    "process P {\nscript:\n'a'\n}\ndef f() { P() }\n": ["P"],
    'process P {\ninput:\ntuple val(x), path(y)\nscript:\n"$x $y $z"\n}\n': ["z"],
    'process P {\ntag "$x"\noutput:\npath "$y"\nscript:\nx = 1\ndef y = 2\n\'a\'\n}\n': ["y"],
    "process P {\nmemry '1 GB'\nscript:\n\"${task.cpus}\"\n}\n": ["memry"],
    "process P {\nhints 'a': 1\necho true\nscript:\n'a'\n}\n": ["echo"],
    'process P {\ninput:\ntuple(a, path(x))\nscript:\n"$x"\n}\n': ["a"],
    "nextflow.preview.dsl = 2\nnextflow.enable.strict = true\n": ["nextflow.preview.dsl"],
    "nextflow.enable.types = true\nprocess P {\n"
    "input:\ntuple(a: String, b: Path)\noutput:\ntuple(a, file('n'))\nscript:\n\"$a $b $c\"\n}\n": ["c"],
    "workflow { 'a' { 1 } }\n": ["a"],
    "process P {\ninput:\nfoo x\noutput:\ntuple val(1), stdout\nscript:\n'a'\n}\n": ["foo", "x"],
    "include { A as B } from './a'\nworkflow { A()\nB() }\n": ["A"],
    "params { x: String }\nworkflow { params.x }\noutput { y { path z } }\n": ["z"],
}


@pytest.mark.parametrize(("script", "names"), UNDEFINED.items())
def test_undefined_names(script: str, names: list[str]) -> None:
    parsed = parse_script(script)
    faults = check_script_names(parsed, {"B": ""} if "include" in script else {})
    assert [fault.message.split("`")[1] for fault in faults] == names


@pytest.mark.parametrize(
    ("config", "names"),
    [
        ("x = y\n", ["y"]),
        ('params.x = "$y ${params.z}"\n', ["y"]),
        ("process.cpus = { foo + task.attempt }\n", []),
        ("process.cpus = { check_max(1, 'cpus') }\n", ["check_max"]),
        ("process.errorStrategy = { sleep(1); log.info 'x'; return 'retry' }\n", []),
        ("process.cpus = sleep(1)\n", ["sleep"]),
        ("executor { jobName = { task.name } }\nexecutor.jobName = { task.name }\nexecutor.x = { task.y }\n", ["task"]),
        ("x = env('A') + System.getenv('B') + projectDir\n", []),
        ('trace.file = "${params.x}/${stamp}"\n', ["stamp"]),
        ("profiles { a { x = y } }\n", ["y"]),
    ],
)
def test_undefined_names_of_configs(config: str, names: list[str]) -> None:
    assert [fault.message.split("`")[1] for fault in check_config_names(parse_config(config))] == names


# Hostile input

PIECES = st.sampled_from(
    ["process P {\n", "workflow {\n", "include { A } from './a'\n", "params { x = 1 }\n", "input:\n", "script:\n", '"', "'", '"""',
     "'''", "${", "}", "{", "(", ")", "[", "]", "/", "$/", "/*", "*/", "//", "\n", ";", ",", ":", "->", "x", "def ", "if (", "for (",
     "a.b", "1.GB", "$x", "\\", "é", "\0", "?", "?:", "withName: A {", "includeConfig ", "profiles {", "=", "@", "#", "else",
     "case 1:", "switch(x){"]
)  # fmt: skip


@settings(max_examples=examples(300), deadline=None)
@given(st.lists(PIECES, max_size=60).map("".join) | st.text(max_size=200))
def test_nothing_stops_the_parsers(text: str) -> None:
    for parsed in (parse_script(text), parse_config(text)):
        assert all(0 <= fault.start <= fault.end <= len(text) + 1 for fault in parsed.faults)
        assert list(parsed.faults) == sorted(parsed.faults, key=lambda fault: fault.start)
    script = parse_script(text)
    check_script_names(script, {})


@settings(max_examples=examples(60), deadline=None)
@given(st.data())
def test_truncated_and_mutated_scripts(data: st.DataObject) -> None:
    whole = "".join(UNDEFINED) + "".join(f"workflow {{\n{code}\n}}\n" for code in ACCEPTED[:20])
    cut = data.draw(st.integers(0, len(whole)))
    text = whole[:cut] + data.draw(st.text(max_size=3)) + whole[cut + data.draw(st.integers(0, 5)) :]
    parsed = parse_script(text)
    assert all(0 <= fault.start <= len(text) for fault in parsed.faults)
    assert parse_script(text).faults == parsed.faults


LONG = (
    "x = " + "a + " * 50_000 + "a",
    "x = " + "(" * 10_000 + "a" + ")" * 10_000,
    "x = " + "[" * 10_000,
    "workflow " + "{\n" * 10_000,
    "x" + ".y()" * 30_000,
    "x = '" + "a" * 1_000_000 + "'",
    'x = "' + "${a} " * 100_000 + '"',
    "if (a) { b }\n" + "else if (a) { b }\n" * 5_000,
    "{ ( " * 20_000,
    "x = a ? " * 5_000,
    "/" * 100_000,
    "a b " * 20_000,
    '"${' * 5_000,
    "x = " + "'a' +\n" * 20_000 + "'b'",
)
# Chains, brackets that are not closed, strings with placeholders, and what is cheap.
SAMPLE = (0, 2, 8, 11)


@pytest.mark.parametrize("number", sampled(range(len(LONG)), SAMPLE))
def test_time_is_linear(number: int) -> None:
    text = LONG[number]

    def seconds(content: str) -> float:
        start = time.process_time()
        parsed = parse_script(content)
        check_script_names(parsed, {})
        parse_config(content)
        return time.process_time() - start

    # Twice the text: quadratic work would take four times as long. The constant and further tries cover a machine that hiccups.
    tries = ((seconds(text[: len(text) // 2]), seconds(text)) for _ in range(3))
    assert any(whole < 3.2 * half + 0.5 for half, whole in tries)


@pytest.mark.parametrize(
    "config",
    [
        "params.each { k, v -> println k }\n",
        "params.each {\n k,\n v -> println k\n}\n",
        "process { withName: ~/x.*/ { cpus = 3 } }\n",
    ],
)
def test_groovy_of_configs_that_only_the_strict_parser_rejects(config: str) -> None:
    faults = parse_config(config).faults
    assert faults
    assert not any(fault.everywhere for fault in faults)


@pytest.mark.parametrize("script", ["x >>= 1\n", "x >>>= 1\n", "x = 1<..<3\n", "List<List<String>> x = []\n"])
def test_rare_operators_are_read(script: str) -> None:
    assert not any(fault.everywhere for fault in parse_script(script).faults)
