"""What `packager lsp` answers about JSON and TOML files, also while they are typed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from lsp_support import Editor, opened
from lsprotocol import types

from packager.lsp.documents import Language, language_of
from packager.lsp.toml_cursor import toml_cursor

FILES: dict[str, str] = {
    ".git/x": "",
    "main.wdl": """version 1.0

struct Lane {
  File reads
  Int number
}

workflow align {
  input {
    Array[Lane] lanes
    Int threads = 4
    String? title
  }
  parameter_meta { threads: "threads of the aligner" }
  call star { input: threads = threads }
  call bwa { input: threads = threads }
  output { File bam = star.bam }
}

task star {
  input { Int threads }
  command <<< star >>>
  output { File bam = "out.bam" }
  runtime { docker: "quay.io/biocontainers/star:2.7" cpu: threads }
}

task bwa {
  input { Int threads }
  command <<< bwa >>>
  output { File bam = "out.bam" }
  runtime { docker: "ubuntu:24.04" }
}
""",
    "packager.toml": "",
    "container-registry-map.json": "{}\n",
    "parameter-template.json": '{"lanes": {"description": "the lanes"}, "threads": {"description": "cores", "optional": true}}\n',
    "inputs.json": "{}\n",
    "request.json": "{}\n",
    "rna/main.nf": "params.reads = null\nparams.depth = 3\nworkflow { println params.reads }\n",
    "rna/nextflow_schema.json": "{}\n",
}


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    """An editor with the files open, each checked once."""
    yield from opened(tmp_path_factory.mktemp("project"), FILES)


def place(marked: str) -> tuple[str, types.Position]:
    """A text without its mark `|`, and the position of the mark."""
    before, _, after = marked.partition("|")
    return before + after, types.Position(before.count("\n"), len(before.rpartition("\n")[2]))


def hover(editor: Editor, name: str, marked: str) -> str:
    """What is shown at the mark; "" for nothing."""
    text, position = place(marked)
    editor.type(name, text)
    params = types.HoverParams(types.TextDocumentIdentifier(editor.uri(name)), position)
    found: Any = editor.run(editor.client.text_document_hover_async(params))
    return str(found.contents.value) if found else ""


def completed(editor: Editor, name: str, marked: str) -> dict[str, str]:
    """The texts after each completion at the mark, by its label."""
    text, position = place(marked)
    editor.type(name, text)
    params = types.CompletionParams(types.TextDocumentIdentifier(editor.uri(name)), position)
    found: Any = editor.run(editor.client.text_document_completion_async(params))
    lines = text.split("\n")
    offsets = [sum(len(line) + 1 for line in lines[:number]) for number in range(len(lines) + 1)]
    shown = {}
    for item in found:
        span = item.text_edit.range
        start, end = (offsets[at.line] + at.character for at in (span.start, span.end))
        shown[item.label] = text[:start] + item.text_edit.new_text + text[end:]
    return shown


MAP_ENTRY = '{"registryMappings": [{"upstreamRegistryUrl": "quay.io", "ecrRepositoryPrefix": "quay"}]}'
STAR = "<account>.dkr.ecr.<region>.amazonaws.com/quay/biocontainers/star:2.7"


@pytest.mark.parametrize(
    ("name", "marked", "shown"),
    [
        ("parameter-template.json", '{"lan|es": {}}', ["`lanes`: `Array[Lane]`, required"]),
        ("parameter-template.json", '{"thre|ads": {"opt', ["`threads`: `Int = 4`", "threads of the aligner"]),
        ("parameter-template.json", '{"other|": {', ["`other` is not an input of the workflow"]),
        ("parameter-template.json", '{"lanes": {"desc|ription": ""}}', ["at most 256 characters", "Source: HealthOmics API"]),
        ("parameter-template.json", '{"lanes": {"optional": tr|ue}}', ["**optional**: boolean", "default: `false`"]),
        ("container-registry-map.json", MAP_ENTRY.replace("quay.io", "quay|.io"), [f"is pulled as `{STAR}`", "1 image of"]),
        ("container-registry-map.json", MAP_ENTRY.replace("quay.io", "gh|cr.io"), ["no image of the workflow uses it"]),
        ("container-registry-map.json", '{"image|Mappings": [', ["Single images. Source: HealthOmics API"]),
        ("inputs.json", '{"thre|ads": 1', ["`threads`: `Int = 4`"]),
        ("inputs.json", '{"align.thre|ads": 1', ["`threads`: `Int = 4`"]),
        ("inputs.json", '{"lanes": [{"number|": 1', ["**number**: integer, required"]),
        ("request.json", '{"workflowId": "1", "roleArn|": ', ["1 to 128 characters", "StartRunRequest.roleArn", "The IAM role of"]),
        ("request.json", '{"workflowId": "1", "roleArn": "", "parameters": {"thr|eads": 1}}', ["`threads`: `Int = 4`"]),
        ("rna/nextflow_schema.json", '{"$defs": {"io": {"properties": {"reads": {"form|at": "path"}}}}}', ["`file-path-pattern` a glob"]),
        ("rna/nextflow_schema.json", '{"required": ["re|ads"]}', ["**required**: array", "parameters that every run must set"]),
        ("rna/nextflow_schema.json", '{"$sch|ema": ', ["HealthOmics reads 2020-12 and draft-07"]),
        ("packager.toml", '[lint]\nfail-on| = "error"\n', ["`warning`", "default: `error`"]),
        ("packager.toml", '[lint]\nignore = ["WDL0|01"', ["**WDL001**", "error: ", "Source: "]),
        ("packager.toml", "[target.x]\nstorage-type| =", ["`DYNAMIC`", "`--storage-type`", "CreateWorkflowRequest.storageType"]),
        ("packager.toml", "[workflow.x]\nname|", ["1 to 128 characters"]),
        ("packager.toml", "[work|flow.x]\n", ["[workflow.NAME]", "Commands accept its name as PATH"]),
    ],
)  # fmt: skip
def test_hover(name: str, marked: str, shown: list[str], editor: Editor) -> None:
    found = hover(editor, name, marked)
    assert [part for part in shown if part not in found] == [], found


@pytest.mark.parametrize(
    ("name", "marked"),
    [
        ("parameter-template.json", '{"lanes": {"desc": |'),
        ("inputs.json", '{"lanes": [{"unknown|": 1'),
        ("request.json", '{"workflowId": "1", "nothing|": 1, "roleArn": ""}'),
        ("packager.toml", "[other]\nna|me = 1"),
        ("packager.toml", "[lint]\nunknown| = 1"),
        ("packager.toml", "| "),
    ],
)
def test_nothing_is_shown_of_what_is_unknown(name: str, marked: str, editor: Editor) -> None:
    assert hover(editor, name, marked) == ""


@pytest.mark.parametrize(
    ("name", "marked", "label", "after"),
    [
        ("parameter-template.json", '{"lanes": {}, |', "title", '{"lanes": {}, "title": {"description": "String?", "optional": true}'),
        ("parameter-template.json", '{"th|": {}}', "threads", '{"threads": {}}'),
        ("parameter-template.json", '{"lanes": {"opt|', "optional", '{"lanes": {"optional": false'),
        ("parameter-template.json", '{"lanes": {"optional": |}}', "true", '{"lanes": {"optional": true}}'),
        ("container-registry-map.json", "{|}", "imageMappings", '{"imageMappings": []}'),
        ("container-registry-map.json", '{"registryMappings": [{"upstreamRegistryUrl": "|"', "registry-1.docker.io",
         '{"registryMappings": [{"upstreamRegistryUrl": "registry-1.docker.io"'),
        ("container-registry-map.json", '{"registryMappings": [{"upstreamRegistryUrl": "quay.io", "ecrRepositoryPrefix": |', "quay",
         '{"registryMappings": [{"upstreamRegistryUrl": "quay.io", "ecrRepositoryPrefix": "quay"'),
        ("container-registry-map.json", '{"imageMappings": [{"sourceImage": "u|', "ubuntu:24.04",
         '{"imageMappings": [{"sourceImage": "ubuntu:24.04"'),
        ("container-registry-map.json", '{"imageMappings": [{"sourceImage": "ubuntu:24.04", |}]}', "destinationImage",
         '{"imageMappings": [{"sourceImage": "ubuntu:24.04", "destinationImage": ""}]}'),
        ("inputs.json", '{|"title": "x"}', "lanes", '{"lanes": [],"title": "x"}'),
        ("inputs.json", '{"threads": |', "4", '{"threads": 4'),
        ("inputs.json", '{"lanes": [{"r|"', "reads", '{"lanes": [{"reads": ""'),
        ("request.json", '{"workflowId": "1", "roleArn": "x",\n|', "outputUri", '{"workflowId": "1", "roleArn": "x",\n"outputUri": ""'),
        ("request.json", '{"workflowId": "1", "roleArn": "x", "storageType": "|', "DYNAMIC",
         '{"workflowId": "1", "roleArn": "x", "storageType": "DYNAMIC"'),
        ("request.json", '{"defaultRunSetting": {"parameters": {|', "lanes", '{"defaultRunSetting": {"parameters": {"lanes": []'),
        ("request.json", '[{"runSettingId": "a", "pri|', "priority", '[{"runSettingId": "a", "priority": '),
        ("rna/nextflow_schema.json", '{"$defs": {"io": {"properties": {"reads": {"type": "|"', "integer",
         '{"$defs": {"io": {"properties": {"reads": {"type": "integer"'),
        ("rna/nextflow_schema.json", '{"properties": {"reads": {"format": |', "directory-path",
         '{"properties": {"reads": {"format": "directory-path"'),
        ("rna/nextflow_schema.json", '{"properties": {|', "reads", '{"properties": {"reads": {}'),
        ("rna/nextflow_schema.json", '{"properties": {"reads": {"mime|', "mimetype", '{"properties": {"reads": {"mimetype": ""'),
        ("rna/nextflow_schema.json", '{"properties": {"reads": {}}, "required": ["|', "reads",
         '{"properties": {"reads": {}}, "required": ["reads"'),
        ("rna/nextflow_schema.json", '{"$defs": {"io": {}}, "allOf": [{"$ref": |', "#/$defs/io",
         '{"$defs": {"io": {}}, "allOf": [{"$ref": "#/$defs/io"'),
        ("packager.toml", "[|", "workflow", "[workflow."),
        ("packager.toml", "[lint]\n|", "fail-on", '[lint]\nfail-on = ""'),
        ("packager.toml", '[lint]\nfail-on = "|', "warning", '[lint]\nfail-on = "warning"'),
        ("packager.toml", '[lint]\nignore = ["IMG",\n  "|', "WDL001", '[lint]\nignore = ["IMG",\n  "WDL001"'),
        ("packager.toml", "[lint.severity]\n|", "WDL001", "[lint.severity]\nWDL001 = "),
        ("packager.toml", "[lint.severity]\nWDL001 = |", "info", '[lint.severity]\nWDL001 = "info"'),
        ("packager.toml", "[workflow.align]\nsto|", "storage-type", '[workflow.align]\nstorage-type = ""'),
        ("packager.toml", "[workflow.align]\nsto| = 'x'\n", "storage-type", "[workflow.align]\nstorage-type = 'x'\n"),
        ("packager.toml", "[workflow.a]\ndefinition-repository = { |", "connection-arn",
         '[workflow.a]\ndefinition-repository = { connection-arn = ""'),
        ("packager.toml", "[workflow.a.|]\n", "tags", "[workflow.a.tags]\n"),
    ],
)  # fmt: skip
def test_completion(name: str, marked: str, label: str, after: str, editor: Editor) -> None:
    assert completed(editor, name, marked).get(label) == after


@pytest.mark.parametrize(
    ("name", "marked", "absent"),
    [
        ("parameter-template.json", '{"lanes": {}, |"threads": {}}', {"lanes", "threads"}),
        ("container-registry-map.json", MAP_ENTRY[:-2] + ', {"upstreamRegistryUrl": "|"}]}', {"quay.io"}),
        ("inputs.json", '{"align.lanes": [], |}', {"lanes"}),
        (
            "packager.toml",
            '[lint]\nignore = []\n|\nselect = []\n[target.a]\nregion = "x"',
            {"ignore", "select", "region"},
        ),
        ("rna/nextflow_schema.json", '{"properties": {"reads": {"type": "string"}, |}}', {"reads"}),
    ],
)
def test_what_exists_is_not_proposed(name: str, marked: str, absent: set[str], editor: Editor) -> None:
    shown = completed(editor, name, marked)
    assert shown
    assert shown.keys() & absent == set()


def test_any_unfinished_file_gets_answers(editor: Editor) -> None:
    texts = {"packager.toml": '[workflow."a b"]\nmain = """x\n[[', "inputs.json": '{"a": [{"lanes": {"x" "y": [}'}
    for name, text in texts.items():
        for offset in range(len(text)):
            hover(editor, name, f"{text[:offset]}|{text[offset:]}")
            completed(editor, name, f"{text[:offset]}|")


@pytest.mark.parametrize(
    ("marked", "parts", "at_key"),
    [
        ('[workflow."a.b"]\nna|me = 1', ("workflow", "a.b", "name"), True),
        ("[lint]\n[target.x] # |", ("target", "x", ""), True),
        ('[lint]\nselect = [\n  "A", # "B"\n  "C|"\n]\n', ("lint", "select", 1), False),
        ('[lint]\nselect = ["A"\n[target.x]\nregion = |', ("target", "x", "region"), False),
        ("lint.ignore = ['a|']", ("lint", "ignore", 0), False),
        ("[workflow.a]\nr = { b = { c| = 1 } }", ("workflow", "a", "r", "b", "c"), True),
        ('[workflow.a]\nd = """\n[lint]\nx = 1\n"""\nna|', ("workflow", "a", "na"), True),
    ],
)
def test_places_in_toml(marked: str, parts: tuple[str | int, ...], at_key: bool) -> None:
    cursor = toml_cursor(marked.replace("|", ""), marked.index("|")).cursor
    assert (cursor.value_parts, cursor.at_key) == (parts, at_key)


@pytest.mark.parametrize(
    ("path", "text", "language"),
    [
        ("a/registry-map.prod.json", '{"imageMappings": [', Language.REGISTRY_MAP),
        ("a/create.json", '{"name": "x", "containerRegistryMap": {"imageMappings": []}}', None),
        ("a/x.json", '{"workflowId": "1", "roleArn": "', Language.RUN),
        ("a/x.json", '[{"runSettingId": "1"', Language.RUN),
        ("a/test_inputs.json", "", Language.RUN),
        ("a/mutect2.Inputs.json", "{}", Language.RUN),
        ("a/prod-params.json", "{}", Language.RUN),
        ("a/schema_input.json", "{}", None),
        ("a/params.json", '{"$schema": ""}', None),
        ("a/parameter-template.prod.json", "{}", None),
        ("a/inputs.yml", "x: 1", None),
        ("a/package.json", "{}", None),
        ("a/inputs.json", '{"cwlVersion": "v1.2"}', Language.CWL),
    ],
)
def test_what_a_file_is(path: str, text: str, language: Language | None) -> None:
    assert language_of(path, text) is language
