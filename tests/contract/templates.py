"""The parameter templates that the service generates."""

from __future__ import annotations

from contract.case import Case
from contract.definitions import NEXTFLOW, NO_INPUTS_WDL, WDL
from contract.rows import TEMPLATES, Row, Template, case, cwl, schema, wdl
from packager.findings.sources import Guide, cite

X: Template = {"x": ("", False)}

WDL_TEMPLATES = (
    wdl("no default: required", "    String x", {"x": ("", False)}),
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
        TEMPLATES,
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
        TEMPLATES,
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
        cite(Guide.PARAMETER_TEMPLATES, "Nextflow"),
        {
            "repo/main.nf": NEXTFLOW,
            "repo/nextflow_schema.json": f'{{{DRAFT}, "properties": {{"a": {{}}}}}}',
            "nextflow_schema.json": f'{{{DRAFT}, "properties": {{"other": {{}}}}}}',
        },
        "NEXTFLOW",
        "repo/main.nf",
        {"a": ("", True)},
    ),
    Row(
        "no schema: parameters of main and of the config beside it",
        cite(Guide.PARAMETER_TEMPLATES, "Nextflow"),
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
        cite(Guide.PARAMETER_TEMPLATES, "Nextflow"),
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
        cite(Guide.PARAMETER_TEMPLATES, "Nextflow"),
        {"main.nf": "workflow { println params.a }\n", "nextflow_schema.json": "{"},
        "NEXTFLOW",
        "main.nf",
        {"a": ("", False)},
    ),
)


CASES: tuple[Case, ...] = tuple(
    case("generated template", row) for row in (*WDL_TEMPLATES, *CWL_TEMPLATES, *NEXTFLOW_TEMPLATES)
)
