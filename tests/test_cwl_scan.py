"""The quick look at CWL documents, held against the full reader, and any bytes against both."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import examples

from packager.cache import NO_CACHE
from packager.engines.cwl import nodes, read
from packager.engines.cwl.scan import plain_value, scan
from packager.source import open_directory

DIRECTIVES = ("$import", "$include", "$mixin")


def is_reference(text: object) -> bool:
    """Whether a text may name a file: on one line, and not a part of the same document."""
    return isinstance(text, str) and text != "" and "\n" not in text and not text.startswith("#")


def references(root: nodes.Node) -> list[tuple[str, str, int, int]]:
    """What the full reader finds at the same keys."""
    found: list[tuple[str, str, int, int]] = []

    def walk(node: nodes.Node, path: tuple[str, ...]) -> None:
        if isinstance(node, nodes.SequenceNode):
            for item in node.items:
                walk(item, (*path, "-"))
        elif isinstance(node, nodes.MappingNode):
            for key, value in node.entries.items():
                if not isinstance(value, nodes.ScalarNode):
                    walk(value, (*path, key))
                elif (key in DIRECTIVES or (key == "run" and path[-2:-1] == ("steps",))) and is_reference(value.value):
                    found.append((key, value.text, value.line, value.column))

    walk(root, ())
    return sorted(found)


def agree(text: str) -> None:
    document = nodes.parse("x.cwl", text)
    assert isinstance(document, nodes.YamlDocument), document
    quick = scan("x.cwl", text.encode())
    assert quick is not None
    assert sorted((one.kind, one.text, one.line, one.column) for one in quick.references) == references(document.root)
    assert isinstance(document.root, nodes.MappingNode)
    assert quick.version == document.root.string("cwlVersion")


NAMES = st.sampled_from(["run", "steps", "in", "doc", "class", "a", "b-c", "$import", "$include", "id", "s 1"])
FILES = st.sampled_from(
    ["a.cwl", "sub/b c.cwl", "#main", "../x.yml", "it's.cwl", "é.cwl", "run: x", "a # b", "- a", "{x}", "*x"]
)
PROSE = st.sampled_from(["text\nrun: a.cwl\nmore", "  indented\n$import: x\n", "one # two\n", 'quoted "run: x"', ""])
VALUES = st.recursive(
    FILES | PROSE | st.integers() | st.none() | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
STEPS = st.dictionaries(NAMES, st.fixed_dictionaries({"run": FILES | VALUES, "in": VALUES}), max_size=3)
DOCUMENTS = st.fixed_dictionaries(
    {
        "cwlVersion": st.just("v1.2"),
        "class": st.just("Workflow"),
        "doc": PROSE,
        "steps": STEPS | st.lists(STEPS, max_size=2),
        "x": VALUES,
    }
)


@settings(max_examples=examples(120), deadline=None)
@given(
    DOCUMENTS,
    st.sampled_from([None, True, False]),
    st.sampled_from([2, 4]),
)
def test_agrees_with_the_reader_on_yaml(document: Any, flow: bool | None, indent: int) -> None:
    agree(
        yaml.safe_dump(
            document,
            default_flow_style=flow,
            indent=indent,
            sort_keys=False,
            allow_unicode=True,
            width=10_000,
        )
    )


@settings(max_examples=examples(60), deadline=None)
@given(DOCUMENTS, st.sampled_from([None, 1, 4]))
def test_agrees_with_the_reader_on_json(document: Any, indent: int | None) -> None:
    agree(json.dumps(document, indent=indent, ensure_ascii=False))


WRITTEN = {
    "comments and strings": "cwlVersion: v1.0\n# run: no.cwl\n"
    "doc: 'see run: no.cwl'  # $import: no\nsteps:\n  a:\n    run: yes.cwl # why\n",
    "a list at the margin": "cwlVersion: v1.0\nsteps:\n- id: a\n  run: a.cwl\n-   run: b.cwl\n    id: b\n",
    "block scalars": "cwlVersion: v1.0\ndoc: |2-\n   run: no\n"
    "steps:\n  a:\n    doc: >\n      $import: no\n\n      run: no\n    run: yes.cwl\n",
    "a value on the next line": "cwlVersion: v1.0\nsteps:\n  a:\n    run:\n      yes.cwl\n    in: []\n",
    "an embedded import": "cwlVersion: v1.0\n"
    "steps: {a: {run: {$import: a.cwl}, in: {run: no}}}\ninputs: {run: string}\n",
    "flow over lines": "cwlVersion: v1.0\n"
    "steps: [\n  {id: a, # why\n   run: a.cwl},\n  {run: 'b.cwl', in: {x: y}}]\nhints:\n  $mixin: m.yml\n",
    "anchors": "cwlVersion: v1.0\nsteps:\n  a:\n    run: &t t.cwl\n  b:\n    run: *t\n",
    "a long quoted text": 'cwlVersion: v1.0\ndoc: "one\n  run: no.cwl\n  three"\nsteps: {a: {run: "a.cwl"}}\n',
    "a shebang and a document mark": "#!/usr/bin/env cwl-runner\n---\ncwlVersion: v1.0\nsteps:\n  a: {run: a.cwl}\n",
}


@pytest.mark.parametrize("name", WRITTEN)
def test_agrees_with_the_reader_on_what_people_write(name: str) -> None:
    agree(WRITTEN[name])


ENTRIES = {
    "cwlVersion: v1.2\nclass: Workflow\nid: '#align'\n": ("workflow", "align"),
    "class: CommandLineTool\ncwlVersion: v1.0 # old\n": ("tool", ""),
    "cwlVersion: v1.2\nclass: ExpressionTool\n": ("tool", ""),
    "cwlVersion: v1.2\n$graph:\n- class: CommandLineTool\n  id: t\n- {class: Workflow, id: w}\n": ("workflow", ""),
    "cwlVersion: v1.2\n$graph:\n- class: CommandLineTool\n  id: t\n": ("tool", ""),
    '{"$graph": [{"class": "CommandLineTool", "id": "#main"}], "cwlVersion": "v1.2"}': ("workflow", ""),
    "class: Workflow\n": ("", ""),
    "- name: a type\n": ("", ""),
}


@pytest.mark.parametrize("text", ENTRIES)
def test_entry(text: str) -> None:
    found = scan("x.cwl", text.encode())
    assert found is not None
    assert found.entry == ENTRIES[text][0]
    assert found.name == ENTRIES[text][1] or not found.version


def test_what_is_no_cwl_document() -> None:
    assert scan("job.yml", b"reads: {class: File, path: x}\n") is None
    assert scan("notes.json", b'{"doc": "cwlVersion: v1.2"}') is None
    assert scan("other.yaml", b"class: nextflow\ncwlVersion: None\n") is None
    assert scan("fragment.yml", b"class: DockerRequirement\ncwlVersion: v1.2\n") is not None
    assert scan("packed.json", b'{"cwlVersion": "v1.2", "class": "Workflow"}') is not None


def test_imports_no_yaml() -> None:
    program = (
        "import sys, packager.engines.cwl.scan; print(sorted({'yaml', 'ruamel.yaml', 'cwltool'} & set(sys.modules)))"
    )
    assert subprocess.check_output([sys.executable, "-c", program], text=True) == "[]\n"


@settings(max_examples=examples(100), deadline=None)
@given(
    st.binary(max_size=300)
    | st.text(alphabet="run:$import{}[]'\"-#|>&*!\n \t%?,ab0", max_size=200).map(
        lambda text: f"cwlVersion: v1.2\n{text}".encode()
    )
)
def test_any_bytes_are_answered(content: bytes) -> None:
    scan("main.cwl", content)
    scan("main.json", content)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "main.cwl").write_bytes(content)
        found = read(open_directory(Path(folder), "source"), "main.cwl", NO_CACHE)
    assert found.complete or found.diagnostics or found.skipped


SCALARS = {
    "yes": "yes", "on": "on", "true": True, "False": False, "null": None, "~": None, "": None, "12": 12, "0x1F": 31, "0o17": 15,
    "017": 17, "1_000": 1000, "-3": -3, "1.5": 1.5, "1e3": 1000.0, ".5": 0.5, ".inf": float("inf"), "2020-01-01": "2020-01-01",
    "v1.2": "v1.2", "1:30": "1:30", "_": "_", "+": "+",
}  # fmt: skip


@pytest.mark.parametrize("text", SCALARS)
def test_scalars_are_what_cwltool_reads(text: str) -> None:
    from schema_salad.utils import yaml_no_ts

    assert plain_value(text) == SCALARS[text]
    document = nodes.parse("x", f"a: {text}\n")
    assert isinstance(document, nodes.YamlDocument)
    theirs = dict(yaml_no_ts().load(f"a: {text}\n"))
    assert nodes.plain(document.root) == theirs
