"""No sentence of miniwdl reaches a user: each of its errors and lints has a sentence of our own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from wdl_trees import check_tree, read_tree, write_tree

from packager.cache import NO_CACHE
from packager.engines import wdl
from packager.engines.adapter import EngineOptions
from packager.engines.wdl import validation_errors
from packager.engines.wdl.lints import CODES
from packager.engines.wdl.miniwdl_words import TYPE_WORDS, WORDS, worded

S = "struct S { Int a String b }\n"
T = "task t { input { Int n } command {} output { Int o = n } }\n"
OTHER = "version 1.0\nstruct S { File x }\ntask t { input { Int n } command {} output { Int o = n } }\n"
F = "input { File f }"
DRAFT = "task t { command {} output { Int o = 1 } }\n"
# Documents with their version, and our message about each; `o.wdl`, which they may import, has a struct S and a task t.
ERRORS = [
    # syntax errors that the grammar does not report
    ("1.1", "workflow call {}", "`call` is a keyword and cannot be a name"),
    ("1.1", f"{T}workflow w {{ call t {{ n = 1 }} }}", "expected `input:` before the inputs of a call in WDL 1.1"),
    ("1.2", f"{T}workflow w {{ call? t }}", "`call?` needs `version development`"),
    ("1.1", 'import "o-x.wdl"\nworkflow w {}', "the import needs `as NAME`, because its file name is a keyword or not a valid name"),
    ("1.1", r'workflow w { String s = "\x" }', "a string has an invalid escape sequence"),
    # types as they are written
    ("1.1", "workflow w { Array x = [] }", "expected one type parameter, as in `Array[File]`"),
    ("1.1", "workflow w { Map[Int] x = {} }", "expected two type parameters, as in `Map[String, File]`"),
    ("1.1", "workflow w { Int[Int] x = 1 }", "the type `Int` has no parameters"),
    ("1.1", f"{S}workflow w {{ S[Int] x = 1 }}", "only `Array`, `Map` and `Pair` have type parameters"),
    ("1.1", "workflow w { Int+ x = 1 }", "the type `Int` cannot have a `+`"),
    ("1.1", "workflow w { Nope x = 1 }", "the type `Nope` is not defined"),
    ("1.1", "workflow w { input { Map[Array[Int],Int] x } }", "`x` is `Map[Array[Int],Int]`, whose keys cannot be written as JSON"),
    # sections, members and options
    ("1.1", 'workflow w { String s = "~{oops=1 2}" }', "expected `sep`, `default`, `true` or `false` as the option of a placeholder"),
    ("1.1", "workflow w { String s = \"~{sep=',' sep=',' [1]}\" }", "a placeholder has the same option twice"),
    ("1.1", "workflow w { meta { a: { b: 1, b: 2 } } }", "a meta section has the same key twice"),
    ("1.2", "task t { requirements { cpu: 1 cpu: 2 } command {} }", "a `requirements` section has the same key twice"),
    ("1.2", "task t { requirements { cpu: 1 } runtime { cpu: 2 } command {} }",
     "a task has more than one `requirements` or `runtime` section"),
    ("1.1", "task t { input {} input {} command {} }", "a task has more than one `input` section"),
    ("1.1", "task t { meta {} meta {} command {} }", "a task has more than one `meta` section"),
    ("1.1", "workflow w { meta {} meta {} }", "a workflow has more than one `meta` section"),
    ("1.1", f"{T}workflow w {{ call t {{ input: n = 1, n = 2 }} }}", "a call has the input `n` twice"),
    ("1.1", "struct S { Int a Int a }\nworkflow w {}", "a struct has the member `a` twice"),
    ("1.1", "workflow w { S s = S { a: 1, a: 2 } }", "an object has the member `a` twice"),
    # names that are defined twice
    ("1.1", "workflow w {}\nworkflow v {}", "the document has more than one workflow"),
    ("1.1", f"{S}{S}workflow w {{}}", "more than one struct has the name `S`"),
    ("1.1", f"{T}{T}workflow w {{}}", "more than one task has the name `t`"),
    ("1.1", "workflow w { Int x = 1 Int x = 2 }", "`x` is declared more than once"),
    ("draft-2", f"{DRAFT}workflow w {{ call t output {{ t.o t.o }} }}", "more than one output has the name `t.o`"),
    ("1.1", 'import "o.wdl" as o\nimport "o.wdl" as o\nworkflow w {}', "more than one import has the name `o`"),
    ("1.1", f"{T}workflow w {{ Int t = 1 call t {{ input: n = 1 }} }}", "a call and a declaration have the same name `t`"),
    ("1.1", f"{T}workflow w {{ call t {{ input: n = 1 }} call t {{ input: n = 2 }} }}",
     "more than one call has the name `t`; use `call ... as NAME`"),
    ("1.1", f"{T}workflow w {{ call t as w {{ input: n = 1 }} }}", "the call has the name of its workflow; use `call ... as NAME`"),
    ("1.1", f"{T}workflow t {{ }}", "the workflow and a task have the same name `t`"),
    ("1.1", "workflow w { Int i = 1 scatter (i in [1]) {} }", "the scatter variable `i` has the name of a declaration"),
    ("1.1", f"{T}workflow w {{ call t {{ input: n = 1 }} scatter (t in [1]) {{}} }}", "the scatter variable `t` has the name of a call"),
    ("1.1", 'import "o.wdl" as o alias S as T\nstruct T { Int a }\nworkflow w {}',
     "the alias `T` of an imported struct is already the name of a struct"),
    ("1.1", 'import "o.wdl" as o\nstruct S { Int a }\nworkflow w {}',
     "the imported struct `S` differs from another struct `S`; use `alias S as NAME`"),
    # expressions
    ("1.1", "workflow w { Array[Int] x = [(1,2), 3] }", "the items of an array have no common type"),
    ("1.1", "workflow w { Map[String,Int] x = {1: 2, [1]: 3} }", "the keys of a map have no common type"),
    ("1.1", 'workflow w { Map[String,Int] x = {"a": 2, "b": (3,4)} }', "the values of a map have no common type"),
    ("1.1", "workflow w { scatter (i in []) {} }", "the type of an empty array is unknown here"),
    ("1.2", 'workflow w { Int x = select_first([], read_json("x")) }', "the type of the default of `select_first()` is unknown"),
    ("1.1", "workflow w { Int x = [][0] }", "an empty array has no items"),
    ("1.1", f"{T}workflow w {{ call t {{ input: n = 1 }} Int x = t.nope }}", "`t` has no output or member `nope`"),
    ("1.1", "workflow w { input {} Int x }", "`x` is declared outside the input section and has no value"),
    ("1.1", "workflow w { scatter (i in [1]) { Int x } }", "`x` is declared inside `scatter` or `if` and has no value"),
    # types that do not match
    ("1.1", "workflow w { Int x = if true then 1 else [1] }", "`then` and `else` have different types: `Int` and `Array[Int]+`"),
    ("1.1", 'workflow w { String s = "~{sep="," 1}" }', "expected an array for the placeholder option `sep`, got `Int`"),
    ("1.1", 'workflow w { String s = "~{true="a" false="b" 1}" }',
     "expected `Boolean` for the placeholder options `true` and `false`, got `Int`"),
    ("1.1", 'workflow w { String s = "~{true="a" true}" }', "the placeholder options `true` and `false` need each other"),
    ("1.1", f'{S}workflow w {{ S s = S {{ a: 1, b: "x", c: 2 }} }}', "the struct `S` has no member `c`"),
    ("1.1", f"{S}workflow w {{ S s = S {{ a: 1 }} }}", "the struct `S` needs the member `b`"),
    ("1.1", f"{S}workflow w {{ S s = S {{ }} }}", "the struct `S` needs the members `a`, `b`"),
    ("1.1", f'{S}workflow w {{ S s = S {{ a: [1], b: "x" }} }}', "expected `Int` for the member `a` of the struct `S`, got `Array[Int]+`"),
    ("1.0", "struct M { Int a Int b Int c Int d }\nworkflow w { input { String? s } M m = {'d': s, 'c': '1', 'b': '2', 'a': '3'} }",
     "expected `Int` for the member `a` of the struct `M`, got `String?`"),
    ("1.0", "struct M { Int a Int b Int c }\nworkflow w { M m = object { c: [1], b: [2], a: 3 } }",
     "expected `Int` for the member `b` of the struct `M`, got `Array[Int]+`"),
    ("1.0", "struct M { Int a Int b Int c }\nworkflow w { Array[M] m = [object { c: [1], b: [2], a: 3 }] }",
     "expected `Int` for the member `b` of the struct `M`, got `Array[Int]+`"),
    ("1.0", "struct M { Int a }\nworkflow w { Pair[M, Int] m = (object { a: [1] }, 1) }",
     "expected `Int` for the member `a` of the struct `M`, got `Array[Int]+`"),
    ("1.1", f"{S}struct R {{ Int a String b String? c }}\nworkflow w {{ input {{ R r }} S s = r }}",
     "the structs `S` and `R` have different members"),
    ("1.1", "workflow w { Int x = if 1 then 2 else 3 }", "expected `Boolean` as the condition of `if`, got `Int`"),
    ("1.1", "workflow w { Int x = [1][[0]] }", "expected `Int` as the index of an array, got `Array[Int]+`"),
    ("1.1", "workflow w { Int x = {1: 2}[[3]] }", "expected `Int` as the key of a map, got `Array[Int]+`"),
    ("1.2", "workflow w { Array[String] x = keys(1) }", "`keys()` does not accept `Int`"),
    ("1.1", f"{S}workflow w {{ input {{ S s }} Array[String] x = keys(s) }}", "`keys()` accepts a struct only from WDL 1.2"),
    ("1.2", 'workflow w { File x = write_tsv([["a"]], false, ["b"]) }', "argument 2 of `write_tsv()` must be `true`"),
    ("1.1", "workflow w { input { Int? y } Int x = y }", "expected `Int` for `x`, got `Int?`"),
    ("1.1", f"{T}workflow w {{ call t {{ input: n = [1] }} }}", "expected `Int` for the input `n` of the call `t`, got `Array[Int]+`"),
    ("1.1", "workflow w { if (1) { Int x = 1 } }", "expected `Boolean` for the condition of `if`, got `Int`"),
    ("1.1", "workflow w { Int x = floor([1]) }", "expected `Float` for argument 1 of `floor()`, got `Array[Int]+`"),
    # names that do not exist, and the wrong number of arguments
    ("1.1", "workflow w { Int x = z }", "`z` is not defined"),
    ("draft-2", f"{DRAFT}workflow w {{ call t output {{ t.p }} }}", "`t.p` is not defined"),
    ("1.1", f"{T}workflow w {{ call t {{ input: m = 1 }} }}", "`t` has no input `m`"),
    ("1.1", "workflow w { call gone }", "the task or workflow `gone` does not exist"),
    ("1.1", "workflow w { call o.gone }", "the import `o` does not exist"),
    ("1.1", 'import "o.wdl" as o\nworkflow w { call o.gone }', "the task or workflow `o.gone` does not exist"),
    ("draft-2", f"{DRAFT}workflow w {{ call t output {{ u.* }} }}", "the call `u` does not exist"),
    ("1.1", f"{T}workflow w {{ call t after u {{ input: n = 1 }} }}", "the call `u` of `after` does not exist"),
    ("1.1", "workflow w { Int x = nope(1) }", "the function `nope` does not exist in this WDL version"),
    ("1.1", f"{S}workflow w {{ input {{ S s }} Int x = s.z }}", "`s` (`S`) has no member `z`"),
    ("1.1", 'import "o.wdl" as o alias Q as T\nworkflow w {}', "the import `o` has no struct `Q`"),
    ("1.1", "workflow w { Int x = floor(1, 2) }", "expected 1 argument for `floor()`, got 2"),
    ("1.1", "workflow w { String s = basename() }", "expected 1 or 2 arguments for `basename()`, got 0"),
    ("1.1", "workflow w { Float f = size() }", "expected 1 or 2 arguments for `size()`, got 0"),
    ("1.2", "workflow w { Int f = select_first() }", "expected 1 or 2 arguments for `select_first()`, got 0"),
    ("1.1", "workflow w { Array[Int] r = range() }", "expected 1 argument for `range()`, got 0"),
    # other kinds
    ("1.1", "workflow w { scatter (i in 1) {} }", "expected an array for `scatter`, got `Int`"),
    ("1.1", "workflow w { Int x = 1[2] }", "expected an array for an index, got `Int`"),
    ("1.1", "workflow w { Boolean b = 1 && true }", "expected `Boolean` as an operand of `&&` or `||`, got `Int`"),
    ("1.1", 'workflow w { Boolean b = 1 == "a" }', "`==` does not accept `Int` and `String`"),
    ("1.1", "workflow w { input { Int? x } Int y = x + 1 }", "`+` does not accept `Int?` and `Int`"),
    ("1.1", 'workflow w { String s = "~{[1]}" }', "an array in a placeholder needs the option `sep`, or the function `sep()`"),
    ("1.1", "workflow w { call w }", "the workflow calls itself: `w`"),
    ("1.1", "struct S { S s }\nworkflow w {}", "the struct `S` contains itself"),
    ("1.1", "workflow w { Int x = y Int y = x }", "`x` depends on itself"),
]  # fmt: skip


def messages(root: Path, version: str, text: str) -> list[str]:
    files: dict[str, str | bytes] = {"main.wdl": f"version {version}\n{text}\n", "o.wdl": OTHER}
    if version == "draft-2":
        files["main.wdl"] = f"{text}\n"
    read = read_tree(root, files).diagnostics
    both = [*read, *check_tree(root, files).diagnostics]
    return sorted({finding.message for finding in both if finding.code == "WDL001"})


@pytest.mark.parametrize(("version", "text", "message"), ERRORS)
def test_errors_have_messages_of_our_own(tmp_path: Path, version: str, text: str, message: str) -> None:
    assert messages(tmp_path, version, text) == [message]


def test_each_foreign_sentence_is_provoked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    provoked: set[str] = set()

    def recorded(table: tuple[tuple[str, str], ...], text: str) -> str:
        line = " ".join(text.split())
        provoked.update([pattern for pattern, _ in table if re.fullmatch(pattern, line)][:1])
        return worded(table, text)

    monkeypatch.setattr(validation_errors, "worded", recorded)
    for number, (version, text, _message) in enumerate(ERRORS):
        messages(tmp_path / str(number), version, text)
    assert [pattern for pattern, _ in (*WORDS, *TYPE_WORDS) if pattern not in provoked] == []


def test_an_uncallable_workflow_names_what_it_needs(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "main.wdl": 'version 1.0\nimport "s.wdl" as s\nworkflow main { call s.s }\n',
        "s.wdl": "version 1.0\ntask t { input { Int x Int y } command {} output { Int o = x } }\nworkflow s { call t }\n",
    }
    found = check_tree(tmp_path, files).diagnostics
    assert [each.message for each in found] == [
        "`s.s` cannot be called: it has no output section and the input `x` of its call `t` (and 1 more) has no value"
    ]
    assert [each.hint for each in found] == [
        "in the called workflow, pass the inputs in its calls and add an `output` section"
    ]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("input { Int? y } Int x = y", "use `select_first([VALUE, DEFAULT])`, or `select_all(VALUE)` for an array of optional values"),
        ("input { Int? y } Int x = y * 2", "use `select_first([VALUE, DEFAULT])`, or `select_all(VALUE)` for an array of optional values"),
        ("input { Float y } Int x = y", "use `floor(VALUE)`, `ceil(VALUE)` or `round(VALUE)`"),
        ("Int x = [1]", "correct the document; `miniwdl check` reports the first error too"),
        ("input { String? y } File x = y", "use `select_first([VALUE, DEFAULT])`, or `select_all(VALUE)` for an array of optional values"),
        ("input { Array[File?] y } Array[File] x = y",
         "use `select_first([VALUE, DEFAULT])`, or `select_all(VALUE)` for an array of optional values"),
        ("input { Boolean? y } Int x = if defined(y) && y then 1 else 2",
         "use `select_first([VALUE, DEFAULT])`, or `select_all(VALUE)` for an array of optional values"),
        ("input { Int? y } File x = y", "correct the document; `miniwdl check` reports the first error too"),
        ("Int x = 1 String x = y", "remove one of the two, or give it another name"),
        ("Int x = x", "give it another name than the values that it is made from, or break the circle"),
        ("Int x = y", "correct the name, or declare it"),
        ('input { String? s } S x = {"a": 1, "b": s}',
         "write `object { NAME: VALUE, ... }` with names that are not quoted: the values of a map are converted to one type"),
        ("call t", "correct the name, or import the document that defines it"),
    ],
)  # fmt: skip
def test_hints_show_what_to_do(tmp_path: Path, text: str, hint: str) -> None:
    found = check_tree(tmp_path, {"main.wdl": f"version 1.0\n{S}workflow w {{ {text} }}\n"}).diagnostics
    assert [each.hint for each in found if each.code == "WDL001"] == [hint]


# These are errors except with the lenient engine.
LENIENT = ("ArrayCoercion", "OptionalCoercion")
# A lint with the version of a document, and our message about it.
LINTS = [
    ("StringCoercion", "1.0", "workflow w { input { File f } String s = f output { String o = s } }",
     "`File` is converted to `String` for `s`"),
    ("StringCoercion", "1.0", 'workflow w { input { Int n File f } output { Array[String] o = ["a", n, f] } }',
     "an array has items of the types `File`, `Int` and `String`; all are converted to `String`"),
    ("StringCoercion", "1.0",
     f"task t {{ input {{ String s }} command {{ ~{{s}} }} }}\nworkflow w {{ {F} call t {{ input: s = f }} output {{}} }}",
     "`File` is converted to `String` for the input `s` of the call `t`"),
    ("FileCoercion", "1.0", "workflow w { input { String s } File f = s output { File o = f } }",
     "`String` is converted to `File` for `f`"),
    ("FileCoercion", "1.0", "workflow w { input { String s } output { Float o = size(s) } }",
     "`String` is converted to `File` for argument 1 of `size()`"),
    ("ArrayCoercion", "1.0", "workflow w { input { Int n } Array[Int] a = n output { Array[Int] o = a } }",
     "`Int` is converted to `Array[Int]` for `a`"),
    ("NonStringKeyMapJSON", "1.1", "workflow w { input { Map[Int,Int] m } output { Int o = m[1] } }",
     "`m` is `Map[Int,Int]`, whose keys are not strings"),
    ("NonStringKeyMapJSON", "1.1", "workflow w { input { Array[Map[Int,Int]] m } output { Int o = m[0][1] } }",
     "`m` contains `Map[Int,Int]`, whose keys are not strings"),
    ("NonStringKeyMapJSON", "1.1", "workflow w { output { File o = write_json({1: 2}) } }",
     "argument 1 of `write_json()` is `Map[Int,Int]`, whose keys are not strings"),
    ("OptionalCoercion", "1.0", "workflow w { input { Int? n } Int m = n output { Int o = m } }", "expected `Int` for `m`, got `Int?`"),
    ("OptionalCoercion", "1.0", "workflow w { input { Int? n } Int m = n * 2 output { Int o = m } }",
     "`*` has an optional operand: `Int?` and `Int`"),
    ("IncompleteCall", "1.0", f"{T}workflow w {{ call t output {{ Int o = t.o }} }}", "the call `t` omits the required input `n`"),
    ("UnusedImport", "1.0", 'import "o.wdl" as o\nworkflow w { output {} }', "nothing in the import `o` is used"),
    ("UnusedDeclaration", "1.0", "workflow w { input { Int n } output {} }", "the input `n` is not used"),
    ("UnusedDeclaration", "1.0", "workflow w { Int n = 1 output {} }", "the declaration `n` is not used"),
    ("UnusedCall", "1.0", "task t { command {} output { File o = \"a\" } }\nworkflow w { call t output {} }",
     "the outputs of the call `t` are not used"),
    ("MixedIndentation", "1.0", "task t { command <<<\n \t cat << X\n\tX\n>>> }\nworkflow w { call t output {} }",
     "the command of `t` is indented with both tabs and spaces"),
    ("UnexpectedRuntimeValue", "1.0", "task t { command {} runtime { memory: true } }\nworkflow w { call t output {} }",
     "expected `Int` or `String` for `memory`, got `Boolean`"),
    ("UnexpectedRuntimeValue", "1.0", 'task t { command {} runtime { memory: "lots" } }\nworkflow w { call t output {} }',
     'expected a size such as `8 GiB` for `memory`, got "lots"'),
    ("UnexpectedRuntimeValue", "1.0", 'task t { command {} runtime { cpu: "two" } }\nworkflow w { call t output {} }',
     'expected `Int` for `cpu`, got "two"'),
    ("UnboundDeclaration", "1.0", "workflow w { input {} Int? n output { Int? o = n } }",
     "`n` is declared outside the input section and has no value"),
]  # fmt: skip


@pytest.mark.parametrize(("lint", "version", "text", "message"), LINTS)
def test_lints_have_messages_of_our_own(tmp_path: Path, lint: str, version: str, text: str, message: str) -> None:
    head = "" if version == "draft-2" else f"version {version}\n"
    tree = write_tree(tmp_path, {"main.wdl": f"{head}{text}\n", "o.wdl": OTHER})
    found = wdl.check(
        tree, wdl.read(tree, "main.wdl", NO_CACHE), NO_CACHE, EngineOptions(lenient=lint in LENIENT)
    ).diagnostics
    assert [each.message for each in found if each.code == CODES[lint]] == [message]


def test_each_lint_has_a_message_of_our_own() -> None:
    assert {lint for lint, *_ in LINTS} == set(CODES)
