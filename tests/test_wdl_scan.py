"""The WDL import scanner against miniwdl's own parse, on documents full of import-looking text."""

from __future__ import annotations

import WDL
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import examples

from packager.engines.wdl.scan import scan

_BAIT = st.sampled_from(
    [
        'import "bait.wdl"',
        "import 'bait.wdl' as bait",
        "workflow bait {",
        "# import",
        "it's",
        "version 1.1",
        "} task x {",
        "command <<<",
        "",
    ]
)
_NAMES = st.sampled_from(["a.wdl", "dir/b.wdl", "../c.wdl", "x#y.wdl", "%6c.wdl", "tab\\tx.wdl", "quo\\'te.wdl"])
_SPACE = st.sampled_from([" ", "\n", "\t", '  # import "no.wdl"\n', "\n# workflow no {\n"])


@st.composite
def _imports(draw: st.DrawFn, index: int) -> str:
    quote = draw(st.sampled_from("\"'"))
    return f"import{draw(_SPACE)}{quote}{draw(_NAMES)}{quote} as n{index}"


@st.composite
def _tasks(draw: st.DrawFn, index: int) -> str:
    bait = draw(_BAIT)
    plain = bait.replace('"', "").replace("'", "")
    command = draw(
        st.sampled_from(
            [
                f"command <<<\n{bait}\n~{{if true then \"}}\" else '>>>'}} $(( 1 )) ${{X}}\n>>>",
                f'command {{\n{bait.replace("}", "")}\n~{{"{{ {plain}"}} {{ \n}}',
                "command{}",
                "command <<< >>>",
            ]
        )
    )
    return (
        f'task t{index} {{\n  input {{ String s = "{plain} ~{{"in " + \'{plain}\'}}" }}  # {bait}\n'
        f"  {command}\n  meta {{ note: \"{plain} ~{{ ${{\" other: [{{a: '{plain}'}}] }}\n"
        f"  output {{ String o = '{plain} ${{s}} {{' }}\n}}"
    )


@st.composite
def _documents(draw: st.DrawFn) -> str:
    parts = []
    for index in range(draw(st.integers(0, 5))):
        kind = draw(st.sampled_from(["import", "task", "comment", "struct"]))
        if kind == "import":
            parts.append(draw(_imports(index)))
        elif kind == "task":
            parts.append(draw(_tasks(index)))
        elif kind == "struct":
            parts.append(f"struct S{index} {{ Int import_x }}")
        else:
            parts.append(f"# {draw(_BAIT)}")
    if draw(st.booleans()):
        parts.append(f"workflow{draw(_SPACE)}main {{ call t9 {{ input: x = \"import 'no'\" }} }}")
    parts = draw(st.permutations(parts))
    head = draw(st.sampled_from(["", '# import "no.wdl"\n\n']))
    return head + f"version {draw(st.sampled_from(['1.0', '1.1']))}\n" + "\n".join(parts) + "\n"


@settings(max_examples=examples(150), deadline=None)
@given(_documents())
def test_scanner_agrees_with_the_parser(text: str) -> None:
    document = WDL.parse_document(text)
    found = scan("main.wdl", text.encode())
    assert found is not None
    assert [(one.text, one.line, one.column) for one in found.references] == [
        (one.uri, one.pos.line, one.pos.column) for one in document.imports
    ]
    assert found.name == (document.workflow.name if document.workflow else "")
    assert found.entry == ("workflow" if document.workflow else "")
    assert found.version == document.wdl_version


@settings(max_examples=examples(100), deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")))
def test_scanner_never_raises(content: bytes) -> None:
    scan("x.wdl", content)
    scan("x.txt", content)


def test_line_ends_and_byte_order_marks_do_not_matter() -> None:
    text = 'version 1.0\nimport "a.wdl"\nworkflow w {}\n'
    plain = scan("w.wdl", text.encode())
    assert plain is not None
    assert plain.references[0].line == 2
    assert scan("w.wdl", text.replace("\n", "\r\n").encode()) == plain
    assert scan("w.wdl", b"\xef\xbb\xbf" + text.encode()) == plain


def test_other_files_are_no_wdl() -> None:
    assert scan("notes.txt", b"version 1.0 is out\n") is None
    assert scan("run.sh", b"import x\n") is None
    assert scan("flow.txt", b"version 1.0\nworkflow w {}\n") is not None


def test_deep_nesting_ends() -> None:
    text = "version 1.0\nworkflow w { String s = " + '"~{' * 5000
    found = scan("w.wdl", text.encode())
    assert found is not None
    assert found.name == "w"
