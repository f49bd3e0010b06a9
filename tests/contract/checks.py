"""Which definitions the service accepts."""

from __future__ import annotations

from typing import Final

from contract.case import Case
from contract.definitions import BROKEN_WDL, CONVERSIONS, CWL, WDL
from contract.rows import CHANGES, IMAGES, IMPORTS, LENIENT, LINTERS, NO_VERSION, VERSIONS, Row, Template, case, failed
from packager.findings.sources import Guide, cite

X: Template = {"x": ("", False)}
COLLECT_FLOATS: Final = (
    "version 1.0\nworkflow w {\n  input { Array[Pair[Float, Int]] x }\n"
    "  Map[Float, Array[Int]] y = collect_by_key(x)\n  output { Map[Float, Array[Int]] z = y }\n}\n"
)
MISSING_VERSION: Final = "MissingVersion, document should declare WDL version; draft-2 assumed"

CHECKS = (
    failed("syntax error", LINTERS, {"main.wdl": BROKEN_WDL}, "main.wdl"),
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
        X,
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
        X,
        sent={"engine": "WDL_LENIENT"},
    ),
    failed(
        "a call of an unknown task, lenient too",
        LENIENT,
        {"main.wdl": "version 1.0\nworkflow w {\n  call absent\n}\n"},
        "absent",
        engine="WDL_LENIENT",
    ),
    Row(
        "no version: ACTIVE with a message",
        NO_VERSION,
        {"main.wdl": "workflow w {\n  String x\n  output { String y = x }\n}\n"},
        "WDL",
        "main.wdl",
        X,
        stated=MISSING_VERSION,
    ),
    Row(
        "no version, lenient: the same",
        NO_VERSION,
        {"main.wdl": "workflow w {\n  String x\n  output { String y = x }\n}\n"},
        "WDL_LENIENT",
        "main.wdl",
        X,
        stated=MISSING_VERSION,
        sent={"engine": "WDL_LENIENT"},
    ),
    Row(
        "WDL 1.1",
        VERSIONS,
        {"main.wdl": WDL.replace("1.0", "1.1")},
        "WDL",
        "main.wdl",
        X,
    ),
    Row(
        "WDL development",
        VERSIONS,
        {"main.wdl": WDL.replace("1.0", "development")},
        "WDL",
        "main.wdl",
        X,
    ),
    Row(
        "only lint warnings: ACTIVE",
        LINTERS,
        {"main.wdl": WDL.replace("  output", "  Int unused = 1\n  output")},
        "WDL",
        "main.wdl",
        X,
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
        X,
    ),
    Row(
        "Nextflow that does not parse: ACTIVE",
        cite(Guide.LINTERS, "status"),
        {"main.nf": "workflow {{{\n"},
        "NEXTFLOW",
        "main.nf",
        stated='"advisory":',
    ),
    Row(
        "CWL v1.0",
        VERSIONS,
        {"main.cwl": CWL.replace("v1.2", "v1.0")},
        "CWL",
        "main.cwl",
        X,
    ),
    Row(
        "CWL v1.1",
        VERSIONS,
        {"main.cwl": CWL.replace("v1.2", "v1.1")},
        "CWL",
        "main.cwl",
        X,
    ),
    failed(
        "a CWL step that is not in the zip",
        IMPORTS,
        {
            "main.cwl": "cwlVersion: v1.2\nclass: Workflow\ninputs: {x: string}\noutputs: []\n"
            "steps:\n  one:\n    run: tools/one.cwl\n    in: {x: x}\n    out: []\n"
        },
        "tools/one.cwl",
    ),
    failed(
        "collect_by_key with keys of type Float",
        CHANGES,
        {"main.wdl": COLLECT_FLOATS},
        "collect_by_key",
    ),
)

CASES: tuple[Case, ...] = tuple(case("definition", row) for row in CHECKS)
