"""What becomes of a definition: answers written by hand from the user guide, asked through real boto3.

Each row cites the page of the guide that it was written from. The expected answers were not taken from running
the code: otherwise ACTIVE would only say that the emulator agrees with the command line, which shares its code.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from emulator_support import running, settled, zipped

PACKAGING = "packaging page (2026-10-16), choice of the main file"
ENGINE = "packaging page (2026-10-16), a single engine or `engine` sent"
REQUIREMENTS = "workflow definition requirements page, main"
TEMPLATES_WDL = "parameter templates page, WDL"
TEMPLATES_CWL = "parameter templates page, CWL"
TEMPLATES_NF = "parameter templates page, Nextflow schema"
TEMPLATES = "parameter templates page, a supplied template overrides"
LINTERS = "workflow linters page, blocking WDL check"
LINTERS_NONE = "workflow linters page, not blocking for Nextflow, none for CWL"
VERSIONS = "language versions page"
IMPORTS = "definition requirements page: imports resolve inside the zip only"
IMAGES = "container images page: creation does not look at images"
LENIENT = "WDL specifics page, WDL_LENIENT: implicit conversions"
STATUS = "creation status: a message may come with ACTIVE"

WDL = "version 1.0\nworkflow w {\n  input { String x }\n  output { String y = x }\n}\n"
WDL_X = {"x": ("", False)}
CONVERSIONS = "version 1.0\nworkflow w {\n  input { Float x }\n  Int whole = x\n  output { Int y = whole }\n}\n"
NO_INPUTS_WDL = 'version 1.0\nworkflow w {\n  output { String y = "a" }\n}\n'
NF = "workflow { println 'hello' }\n"
CWL = (
    "cwlVersion: v1.2\nclass: CommandLineTool\nbaseCommand: echo\n"
    "inputs:\n  x:\n    type: string\n    inputBinding: {position: 1}\noutputs: []\n"
)
CWL_X = {"x": ("", False)}
MISSING_VERSION = "MissingVersion, document should declare WDL version; draft-2 assumed"

Template = dict[str, tuple[str, bool]]  # name: description, optional


@dataclass(frozen=True)
class Row:
    name: str
    source: str
    files: dict[str, str | bytes]
    engine: str | None = None
    main: str | None = None
    template: Template | None = None
    status: str = "ACTIVE"
    says: str = ""  # what the statusMessage contains; "" with ACTIVE: there is none
    sent: dict[str, Any] = field(default_factory=dict)


def failed(name: str, source: str, files: dict[str, str | bytes], says: str, **sent: Any) -> Row:
    return Row(name, source, files, status="FAILED", says=says, sent=sent)


def wdl(name: str, declarations: str, template: Template, extra: str = "", head: str = "") -> Row:
    """A WDL workflow whose inputs are `declarations`."""
    text = f"version 1.0\n{head}\nworkflow w {{\n  input {{\n{declarations}\n  }}\n{extra}\n}}\n"
    return Row(name, TEMPLATES_WDL, {"main.wdl": text}, "WDL", "main.wdl", template)


def cwl(name: str, inputs: str, template: Template | None, says: str = "") -> Row:
    """A CWL tool whose inputs are the YAML `inputs`."""
    text = f"cwlVersion: v1.2\nclass: CommandLineTool\nbaseCommand: 'true'\ninputs:{inputs}\noutputs: []\n"
    return Row(name, TEMPLATES_CWL, {"main.cwl": text}, "CWL", "main.cwl", template, "ACTIVE", says)


def schema(name: str, text: str, template: Template | None, path: str = "") -> Row:
    """A Nextflow pipeline with a schema."""
    files: dict[str, str | bytes] = {"main.nf": NF, path or "nextflow_schema.json": text}
    return Row(name, TEMPLATES_NF, files, "NEXTFLOW", "main.nf", template)


MAIN_AND_ENGINE = (
    Row("one wdl, any name", PACKAGING, {"rnaseq.wdl": WDL}, "WDL", "rnaseq.wdl", WDL_X),
    Row("one nf, any name", PACKAGING, {"rnaseq.nf": NF}, "NEXTFLOW", "rnaseq.nf"),
    Row("one cwl, any name", PACKAGING, {"rnaseq.cwl": CWL}, "CWL", "rnaseq.cwl", CWL_X),
    Row(
        "several wdl, one called main",
        PACKAGING,
        {"align.wdl": NO_INPUTS_WDL, "main.wdl": WDL, "zzz.wdl": NO_INPUTS_WDL},
        "WDL",
        "main.wdl",
        WDL_X,
    ),
    Row(
        "several nf, one called main",
        PACKAGING,
        {"align.nf": NF, "main.nf": NF},
        "NEXTFLOW",
        "main.nf",
    ),
    Row(
        "several cwl, one called main",
        PACKAGING,
        {"align.cwl": CWL, "main.cwl": CWL},
        "CWL",
        "main.cwl",
        CWL_X,
    ),
    failed("several wdl, none called main", PACKAGING, {"a.wdl": WDL, "b.wdl": WDL}, "send main"),
    failed("several nf, none called main", PACKAGING, {"a.nf": NF, "b.nf": NF}, "send main"),
    failed("several cwl, none called main", PACKAGING, {"a.cwl": CWL, "b.cwl": CWL}, "send main"),
    Row(
        "deeper files are not looked at",
        PACKAGING,
        {"flow.wdl": WDL, "tasks/main.wdl": NO_INPUTS_WDL, "tasks/align.wdl": NO_INPUTS_WDL},
        "WDL",
        "flow.wdl",
        WDL_X,
    ),
    Row(
        "a wrapper folder",
        PACKAGING,
        {"repo-1.0/main.nf": NF, "repo-1.0/README.md": "x", "repo-1.0/modules/a.nf": NF},
        "NEXTFLOW",
        "repo-1.0/main.nf",
    ),
    Row("three folders down", PACKAGING, {"a/b/c/flow.wdl": WDL}, "WDL", "a/b/c/flow.wdl", WDL_X),
    Row(
        "main in one of two folders that are equally near",
        PACKAGING,
        {"a/flow.wdl": NO_INPUTS_WDL, "b/main.wdl": WDL},
        "WDL",
        "b/main.wdl",
        WDL_X,
    ),
    Row(
        "a hidden file is not looked at",
        PACKAGING,
        {".main.wdl": WDL, "flow.wdl": WDL},
        "WDL",
        "flow.wdl",
        WDL_X,
    ),
    Row(
        "a hidden folder is not looked at",
        PACKAGING,
        {".ci/main.wdl": WDL, "a/b/flow.wdl": WDL},
        "WDL",
        "a/b/flow.wdl",
        WDL_X,
    ),
    Row(
        "hidden files of another engine do not count",
        ENGINE,
        {".github/x.cwl": CWL, "main.wdl": WDL},
        "WDL",
        "main.wdl",
        WDL_X,
    ),
    failed("only hidden definition files", PACKAGING, {".main.wdl": WDL}, "no definition file"),
    failed("no definition file", PACKAGING, {"README.md": "x"}, "no definition file"),
    failed("an empty archive", PACKAGING, {}, "no definition file"),
    failed("two engines", ENGINE, {"main.nf": NF, "main.wdl": WDL}, "`engine` must be sent"),
    failed(
        "two engines, one deep inside",
        ENGINE,
        {"main.nf": NF, "tests/data/tool.cwl": CWL},
        "`engine` must be sent",
    ),
    Row(
        "two engines and engine sent",
        ENGINE,
        {"main.nf": NF, "main.wdl": WDL},
        "NEXTFLOW",
        "main.nf",
        sent={"engine": "NEXTFLOW"},
    ),
    Row(
        "two engines and the other one sent",
        ENGINE,
        {"main.nf": NF, "main.wdl": WDL},
        "WDL",
        "main.wdl",
        WDL_X,
        sent={"engine": "WDL"},
    ),
    Row(
        "lenient is only had by asking",
        ENGINE,
        {"main.wdl": WDL},
        "WDL_LENIENT",
        "main.wdl",
        WDL_X,
        sent={"engine": "WDL_LENIENT"},
    ),
    failed(
        "engine sent, and no file of it",
        ENGINE,
        {"main.nf": NF},
        "no CWL definition file",
        engine="CWL",
    ),
    Row(
        "main sent",
        REQUIREMENTS,
        {"a.wdl": WDL, "b.wdl": NO_INPUTS_WDL},
        "WDL",
        "a.wdl",
        WDL_X,
        sent={"main": "a.wdl"},
    ),
    Row(
        "main sent beats a file called main",
        REQUIREMENTS,
        {"main.wdl": NO_INPUTS_WDL, "flows/other.wdl": WDL},
        "WDL",
        "flows/other.wdl",
        WDL_X,
        sent={"main": "flows/other.wdl"},
    ),
    Row(
        "main and engine sent in a mixed archive",
        REQUIREMENTS,
        {"main.nf": NF, "flows/other.wdl": WDL, "x.cwl": CWL},
        "WDL",
        "flows/other.wdl",
        WDL_X,
        sent={"main": "flows/other.wdl", "engine": "WDL"},
    ),
    failed("main is not there", REQUIREMENTS, {"a.wdl": WDL}, "b.wdl is not in", main="b.wdl"),
    failed("main is absolute", REQUIREMENTS, {"a.wdl": WDL}, "/a.wdl is not in", main="/a.wdl"),
    failed("main climbs out", REQUIREMENTS, {"a.wdl": WDL}, "../a.wdl is not in", main="../a.wdl"),
    failed(
        "main is not a definition file",
        REQUIREMENTS,
        {"a.wdl": WDL, "run.json": "{}"},
        "run.json is not a definition file",
        main="run.json",
    ),
)

WDL_TEMPLATES = (
    wdl("no default: required", "    String x", {"x": ("", False)}),
    wdl("nullable: optional", "    Int? x", {"x": ("", True)}),
    wdl("nullable array: optional", "    Array[Int]? x", {"x": ("", True)}),
    wdl("array of nullables: required", "    Array[Int?] x", {"x": ("", False)}),
    wdl("array that must not be empty: required", "    Array[File]+ x", {"x": ("", False)}),
    wdl("literal default: optional", "    Int x = 3", {"x": ("", True)}),
    wdl("text default: optional", '    String x = "a"', {"x": ("", True)}),
    wdl("map default: optional", '    Map[String, Int] x = {"a": 1}', {"x": ("", True)}),
    wdl(
        "default by an expression over another input: optional",
        '    String x\n    String y = x + ".bam"',
        {"x": ("", False), "y": ("", True)},
    ),
    wdl("nullable with a default: optional", "    Int? x = 3", {"x": ("", True)}),
    wdl(
        "struct: required; nullable struct: optional",
        "    Sample x\n    Sample? y",
        {"x": ("", False), "y": ("", True)},
        head="struct Sample { String name }",
    ),
    wdl("pair: required", "    Pair[Int, File] x", {"x": ("", False)}),
    wdl(
        "description from parameter_meta; empty without",
        "    String x\n    Int y = 1",
        {"x": ("The name of the sample", False), "y": ("", True)},
        '  parameter_meta { x: "The name of the sample" }',
    ),
    wdl(
        "what is declared outside of input is no parameter",
        "    String x",
        {"x": ("", False)},
        "  Int y = 2",
    ),
    Row(
        "inputs of a task and of an imported workflow are no parameters",
        TEMPLATES_WDL,
        {
            "main.wdl": "version 1.0\n"
            'import "lib/sub.wdl" as lib\n'
            "workflow w {\n  input { String x }\n"
            "  call t { input: a = x }\n  call lib.s { input: c = x }\n}\n"
            "task t {\n  input { String a\n Int b = 2 }\n  command <<< echo ~{a} ~{b} >>>\n"
            '  runtime { docker: "ubuntu" }\n  output { String o = read_string(stdout()) }\n}\n',
            "lib/sub.wdl": "version 1.0\nworkflow s {\n  input { String c\n Int d = 2 }\n"
            "  output { String e = c }\n}\n",
        },
        "WDL",
        "main.wdl",
        {"x": ("", False)},
    ),
    Row(
        "no inputs",
        STATUS,
        {"main.wdl": NO_INPUTS_WDL},
        "WDL",
        "main.wdl",
        None,
        says="no input parameters were found",
    ),
    Row(
        "a template that was sent beats the inputs",
        TEMPLATES,
        {"main.wdl": WDL},
        "WDL",
        "main.wdl",
        {"other": ("by hand", True), "x": ("the text", False)},
        sent={
            "parameterTemplate": {
                "other": {"description": "by hand", "optional": True},
                "x": {"description": "the text", "optional": False},
            }
        },
    ),
)

CWL_TEMPLATES = (
    cwl("no default: required", "\n  x: string", {"x": ("", False)}),
    cwl("question mark: optional", "\n  x: string?", {"x": ("", True)}),
    cwl("null in a union: optional", "\n  x: ['null', File]", {"x": ("", True)}),
    cwl("union without null: required", "\n  x: [int, File]", {"x": ("", False)}),
    cwl("default: optional", "\n  x: {type: int, default: 3}", {"x": ("", True)}),
    cwl("array: required", "\n  x: 'File[]'", {"x": ("", False)}),
    cwl("nullable array: optional", "\n  x: 'File[]?'", {"x": ("", True)}),
    cwl(
        "description from label",
        "\n  x: {type: string, label: The name of the sample}",
        {"x": ("The name of the sample", False)},
    ),
    cwl(
        "description not from doc",
        "\n  x: {type: string, doc: A long text}",
        {"x": ("", False)},
    ),
    cwl(
        "list form",
        "\n  - {id: x, type: string, label: A}\n  - {id: y, type: string?}",
        {"x": ("A", False), "y": ("", True)},
    ),
    cwl("no inputs", " []", None, "no input parameters were found"),
)

DRAFT = '"$schema": "https://json-schema.org/draft/2020-12/schema"'
DRAFT_07 = '"$schema": "http://json-schema.org/draft-07/schema"'
NEXTFLOW_TEMPLATES = (
    schema(
        "required and not",
        f'{{{DRAFT}, "properties": {{"a": {{"type": "string"}}, "b": {{"type": "string"}}}}, "required": ["a"]}}',
        {"a": ("", False), "b": ("", True)},
    ),
    schema(
        "description",
        f'{{{DRAFT}, "properties": {{"a": {{"type": "string", "description": "The sheet"}}}}}}',
        {"a": ("The sheet", True)},
    ),
    schema(
        "groups in $defs",
        f'{{{DRAFT}, "$defs": {{"io": {{"properties": {{"a": {{"type": "string"}}}},'
        ' "required": ["a"]}, "more": {"properties": {"b": {"type": "integer"}}}},'
        ' "allOf": [{"$ref": "#/$defs/io"}, {"$ref": "#/$defs/more"}]}',
        {"a": ("", False), "b": ("", True)},
    ),
    schema(
        "groups in definitions, draft-07",
        f'{{{DRAFT_07}, "definitions": {{"io": {{"properties": {{"a": {{"type": "string"}}}},'
        ' "required": ["a"]}}, "allOf": [{"$ref": "#/definitions/io"}]}',
        {"a": ("", False)},
    ),
    schema(
        "top level and groups",
        f'{{{DRAFT}, "properties": {{"a": {{"type": "string"}}}}, "$defs": {{"io":'
        ' {"properties": {"b": {"type": "string"}}}}}',
        {"a": ("", True), "b": ("", True)},
    ),
    schema(
        "not beside main",
        f'{{{DRAFT}, "properties": {{"a": {{"type": "string"}}}}}}',
        None,
        "conf/nextflow_schema.json",
    ),
    schema(
        "not the exact name",
        f'{{{DRAFT}, "properties": {{"a": {{"type": "string"}}}}}}',
        None,
        "nextflow-schema.json",
    ),
    schema("not JSON", "{", None),
    Row(
        "beside a main that is not at the root",
        TEMPLATES_NF,
        {
            "repo/main.nf": NF,
            "repo/nextflow_schema.json": f'{{{DRAFT}, "properties": {{"a": {{}}}}}}',
            "nextflow_schema.json": f'{{{DRAFT}, "properties": {{"other": {{}}}}}}',
        },
        "NEXTFLOW",
        "repo/main.nf",
        {"a": ("", True)},
    ),
    Row(
        "no schema: parameters of main and of the config beside it",
        TEMPLATES_NF,
        {
            "main.nf": "params.a = 1\nworkflow { println params.b + params.c }\n",
            "nextflow.config": "params.c = 2\nparams {\n  d = 3\n}\n",
        },
        "NEXTFLOW",
        "main.nf",
        {"a": ("", True), "b": ("", False), "c": ("", True), "d": ("", True)},
    ),
    Row(
        "no schema: modules, included configs, profiles and nested parameters are not seen",
        TEMPLATES_NF,
        {
            "main.nf": "include { M } from './modules/m'\nworkflow { M(params.a) }\n",
            "modules/m.nf": 'process M {\n  script:\n  "${params.in_module}"\n}\n',
            "nextflow.config": "params { nested { inner = 1 } }\nparams.deep.er = 2\nincludeConfig 'conf/x.config'\n"
            "profiles { p { params.in_profile = 1 } }\n",
            "conf/x.config": "params.in_include = 1\n",
        },
        "NEXTFLOW",
        "main.nf",
        {"a": ("", False)},
    ),
    Row(
        "a schema that is not JSON: main is looked at",
        TEMPLATES_NF,
        {"main.nf": "workflow { println params.a }\n", "nextflow_schema.json": "{"},
        "NEXTFLOW",
        "main.nf",
        {"a": ("", False)},
    ),
)

CHECKS = (
    failed("syntax error", LINTERS, {"main.wdl": "version 1.0\nworkflow w {\n"}, "main.wdl"),
    failed(
        "type error",
        LINTERS,
        {"main.wdl": "version 1.0\nworkflow w {\n  input { String s }\n  Int x = [s]\n}\n"},
        "main.wdl Ln 4",
    ),
    failed(
        "a call names an input that the task does not have",
        LINTERS,
        {
            "main.wdl": "version 1.0\nworkflow w {\n  input { String s }\n"
            "  call t { input: nothing = s }\n}\n"
            "task t {\n  input { String a }\n  command <<< echo ~{a} >>>\n}\n"
        },
        "main.wdl Ln 4",
    ),
    failed(
        "an import that is not in the zip",
        IMPORTS,
        {"main.wdl": 'version 1.0\nimport "lib/tasks.wdl" as t\nworkflow w { call t.a }\n'},
        "lib/tasks.wdl",
    ),
    failed(
        "an import over the network",
        IMPORTS,
        {"main.wdl": 'version 1.0\nimport "https://example.org/t.wdl" as t\nworkflow w { }\n'},
        "https://example.org/t.wdl",
    ),
    failed(
        "an import by an absolute path",
        IMPORTS,
        {"main.wdl": 'version 1.0\nimport "/home/me/t.wdl" as t\nworkflow w { }\n'},
        "/home/me/t.wdl",
    ),
    failed(
        "an import that climbs out of the zip",
        IMPORTS,
        {"main.wdl": 'version 1.0\nimport "../t.wdl" as t\nworkflow w { }\n'},
        "../t.wdl",
    ),
    failed(
        "a missing import, lenient too",
        IMPORTS,
        {"main.wdl": 'version 1.0\nimport "t.wdl" as t\nworkflow w { call t.a }\n'},
        "t.wdl",
        engine="WDL_LENIENT",
    ),
    Row(
        "an import is relative to the file that imports",
        IMPORTS,
        {
            "main.wdl": 'version 1.0\nimport "a/one.wdl" as one\n'
            "workflow w {\n  input { String x }\n  call one.s { input: c = x }\n}\n",
            "a/one.wdl": 'version 1.0\nimport "../b/two.wdl" as two\n'
            "workflow s {\n  input { String c }\n  call two.u { input: d = c }\n"
            "  output { String f = u.e }\n}\n",
            "b/two.wdl": "version 1.0\nworkflow u {\n  input { String d }\n  output { String e = d }\n}\n",
        },
        "WDL",
        "main.wdl",
        WDL_X,
    ),
    failed(
        "implicit conversions, strict",
        LENIENT,
        {"main.wdl": CONVERSIONS},
        "main.wdl Ln 4",
    ),
    Row(
        "implicit conversions, lenient",
        LENIENT,
        {"main.wdl": CONVERSIONS},
        "WDL_LENIENT",
        "main.wdl",
        WDL_X,
        sent={"engine": "WDL_LENIENT"},
    ),
    failed(
        "a call of a task that is not there, lenient too",
        LENIENT,
        {"main.wdl": "version 1.0\nworkflow w {\n  call absent\n}\n"},
        "absent",
        engine="WDL_LENIENT",
    ),
    Row(
        "no version: ACTIVE, and said",
        VERSIONS,
        {"main.wdl": "workflow w {\n  String x\n  output { String y = x }\n}\n"},
        "WDL",
        "main.wdl",
        WDL_X,
        says=MISSING_VERSION,
    ),
    Row(
        "no version, lenient: the same",
        VERSIONS,
        {"main.wdl": "workflow w {\n  String x\n  output { String y = x }\n}\n"},
        "WDL_LENIENT",
        "main.wdl",
        WDL_X,
        says=MISSING_VERSION,
        sent={"engine": "WDL_LENIENT"},
    ),
    Row(
        "WDL 1.1",
        VERSIONS,
        {"main.wdl": WDL.replace("1.0", "1.1")},
        "WDL",
        "main.wdl",
        WDL_X,
    ),
    Row(
        "WDL development",
        VERSIONS,
        {"main.wdl": WDL.replace("1.0", "development")},
        "WDL",
        "main.wdl",
        WDL_X,
    ),
    failed("WDL 1.2", VERSIONS, {"main.wdl": WDL.replace("1.0", "1.2")}, "1.2"),
    Row(
        "only lint warnings: ACTIVE",
        LINTERS,
        {"main.wdl": WDL.replace("  output", "  Int unused = 1\n  output")},
        "WDL",
        "main.wdl",
        WDL_X,
    ),
    Row(
        "an image of a public registry that nothing maps: ACTIVE",
        IMAGES,
        {
            "main.wdl": "version 1.0\nworkflow w {\n  input { String x }\n"
            "  call t { input: a = x }\n}\n"
            "task t {\n  input { String a }\n  command <<< echo ~{a} >>>\n"
            '  runtime { docker: "quay.io/biocontainers/samtools:1.17" }\n}\n'
        },
        "WDL",
        "main.wdl",
        WDL_X,
    ),
    Row(
        "Nextflow that does not parse: ACTIVE",
        LINTERS_NONE,
        {"main.nf": "workflow {{{\n"},
        "NEXTFLOW",
        "main.nf",
        says='"advisory":',
    ),
    Row(
        "CWL v1.0",
        VERSIONS,
        {"main.cwl": CWL.replace("v1.2", "v1.0")},
        "CWL",
        "main.cwl",
        CWL_X,
    ),
    Row(
        "CWL v1.1",
        VERSIONS,
        {"main.cwl": CWL.replace("v1.2", "v1.1")},
        "CWL",
        "main.cwl",
        CWL_X,
    ),
    failed("CWL v1.3", VERSIONS, {"main.cwl": CWL.replace("v1.2", "v1.3.0-dev1")}, "v1.3.0-dev1"),
    failed(
        "a CWL step that is not in the zip",
        IMPORTS,
        {
            "main.cwl": "cwlVersion: v1.2\nclass: Workflow\ninputs: {x: string}\noutputs: []\n"
            "steps:\n  one:\n    run: tools/one.cwl\n    in: {x: x}\n    out: []\n"
        },
        "tools/one.cwl",
    ),
)

ROWS = (*MAIN_AND_ENGINE, *WDL_TEMPLATES, *CWL_TEMPLATES, *NEXTFLOW_TEMPLATES, *CHECKS)


@pytest.fixture(scope="module")
def omics(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with running(tmp_path_factory.mktemp("emulator") / "state.db") as (_, client):
        yield client


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.source.split(',')[0]}: {row.name}")
def test_documented_answer(omics: Any, row: Row) -> None:
    created = omics.create_workflow(name="row", definitionZip=zipped(row.files), **row.sent)
    assert created["status"] == "CREATING"
    found = settled(omics, created["id"])
    message = found.get("statusMessage", "")
    assert found["status"] == row.status, message
    assert row.says in message
    if row.status == "FAILED":
        assert row.says, "a row that fails says why"
        return
    assert bool(message) == bool(row.says), message
    assert (found["engine"], found["main"]) == (row.engine, row.main)
    template = found.get("parameterTemplate")
    expected = (
        None
        if row.template is None
        else {
            name: {"description": description, "optional": optional}
            for name, (description, optional) in row.template.items()
        }
    )
    assert template == expected


def test_a_version_is_processed_like_a_workflow(omics: Any) -> None:
    """Creation page and workflow versions page: the same members, the same processing."""
    parent = omics.create_workflow(
        definitionZip=zipped({"main.wdl": WDL}),
        parameterTemplate={"x": {"description": "of the workflow"}},
        description="of the workflow",
        storageType="DYNAMIC",
        tags={"of": "the workflow"},
    )
    omics.create_workflow_version(workflowId=parent["id"], versionName="1.0", definitionZip=zipped({"flow.cwl": CWL}))
    found = settled(omics, parent["id"], "1.0")
    assert (found["status"], found["engine"], found["main"]) == ("ACTIVE", "CWL", "flow.cwl")
    # Workflow versions page: a version inherits nothing.
    assert found["parameterTemplate"] == {"x": {"description": "", "optional": False}}
    assert found["tags"] == {}
    assert not {"description", "storageType"} & set(found)
    omics.create_workflow_version(
        workflowId=parent["id"], versionName="2.0", definitionZip=zipped({"a.nf": NF, "b.nf": NF})
    )
    assert settled(omics, parent["id"], "2.0")["status"] == "FAILED"


@pytest.mark.parametrize(
    "content",
    [b"not a zip", zipped({"main.wdl": WDL})[:-30], zipped({"main.wdl": WDL})[:40], b"PK\x05\x06"],
    ids=["text", "cut at the end", "cut at the start", "only an end"],
)
def test_bytes_that_are_no_zip(omics: Any, content: bytes) -> None:
    found = settled(omics, omics.create_workflow(definitionZip=content)["id"])
    assert found["status"] == "FAILED"
    assert "definition" in found["statusMessage"]
    assert "tmp" not in found["statusMessage"], "a path of the host"


def test_a_member_with_a_wrong_checksum(omics: Any) -> None:
    content = bytearray(zipped({"main.wdl": WDL}))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        start = archive.getinfo("main.wdl").header_offset + 30 + len("main.wdl")
    content[start + 20] ^= 0xFF
    found = settled(omics, omics.create_workflow(definitionZip=bytes(content))["id"])
    assert found["status"] == "FAILED"
    assert "damaged" in found["statusMessage"]


def test_messages_hold_no_control_characters(omics: Any) -> None:
    """API: the pattern of WorkflowStatusMessage."""
    files: dict[str, str | bytes] = {"main.wdl": "version 1.0\nworkflow w {\n Int x = \x07\x1b\n}\n"}
    found = settled(omics, omics.create_workflow(definitionZip=zipped(files))["id"])
    assert found["status"] == "FAILED"
    assert found["statusMessage"].isprintable()


def test_the_table_is_large_enough() -> None:
    assert len(ROWS) >= 40
    assert len({(row.source, row.name) for row in ROWS}) == len(ROWS)
