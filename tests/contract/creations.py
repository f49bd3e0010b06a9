"""Which engine and main file the service chooses, and which definitions it accepts."""

from __future__ import annotations

from typing import Final

from contract.case import Case
from contract.definitions import BROKEN_WDL, CONVERSIONS, CWL, NEXTFLOW, NO_INPUTS_WDL, WDL
from contract.rows import (
    CHANGES,
    IMAGES,
    IMPORTS,
    LENIENT,
    LINTERS,
    MAIN,
    NO_VERSION,
    REQUIREMENTS,
    VERSIONS,
    Row,
    Template,
    case,
    failed,
    rejected,
)
from packager.findings.sources import Guide, cite

X: Template = {"x": ("", False)}
COLLECT_FLOATS: Final = (
    "version 1.0\nworkflow w {\n  input { Array[Pair[Float, Int]] x }\n"
    "  Map[Float, Array[Int]] y = collect_by_key(x)\n  output { Map[Float, Array[Int]] z = y }\n}\n"
)
MISSING_VERSION: Final = "MissingVersion, document should declare WDL version; draft-2 assumed"

MAIN_AND_ENGINE = (
    Row("one wdl, any name", MAIN, {"rnaseq.wdl": WDL}, "WDL", "rnaseq.wdl", X),
    Row("one nf, any name", MAIN, {"rnaseq.nf": NEXTFLOW}, "NEXTFLOW", "rnaseq.nf"),
    Row("one cwl, any name", MAIN, {"rnaseq.cwl": CWL}, "CWL", "rnaseq.cwl", X),
    Row(
        "several wdl, one called main",
        MAIN,
        {"align.wdl": NO_INPUTS_WDL, "main.wdl": WDL, "zzz.wdl": NO_INPUTS_WDL},
        "WDL",
        "main.wdl",
        X,
    ),
    Row(
        "several nf, one called main",
        MAIN,
        {"align.nf": NEXTFLOW, "main.nf": NEXTFLOW},
        "NEXTFLOW",
        "main.nf",
    ),
    Row(
        "several cwl, one called main",
        MAIN,
        {"align.cwl": CWL, "main.cwl": CWL},
        "CWL",
        "main.cwl",
        X,
    ),
    failed("several wdl, none called main", MAIN, {"a.wdl": WDL, "b.wdl": WDL}, "send main"),
    failed("several nf, none called main", MAIN, {"a.nf": NEXTFLOW, "b.nf": NEXTFLOW}, "send main"),
    failed("several cwl, none called main", MAIN, {"a.cwl": CWL, "b.cwl": CWL}, "send main"),
    Row(
        "deeper files do not count",
        MAIN,
        {"flow.wdl": WDL, "tasks/main.wdl": NO_INPUTS_WDL, "tasks/align.wdl": NO_INPUTS_WDL},
        "WDL",
        "flow.wdl",
        X,
    ),
    Row(
        "a wrapper folder",
        MAIN,
        {"repo-1.0/main.nf": NEXTFLOW, "repo-1.0/README.md": "x", "repo-1.0/modules/a.nf": NEXTFLOW},
        "NEXTFLOW",
        "repo-1.0/main.nf",
    ),
    Row("three folders down", MAIN, {"a/b/c/flow.wdl": WDL}, "WDL", "a/b/c/flow.wdl", X),
    Row(
        "main in one of two folders that are equally near",
        MAIN,
        {"a/flow.wdl": NO_INPUTS_WDL, "b/main.wdl": WDL},
        "WDL",
        "b/main.wdl",
        X,
    ),
    Row(
        "a hidden file does not count",
        MAIN,
        {".main.wdl": WDL, "flow.wdl": WDL},
        "WDL",
        "flow.wdl",
        X,
    ),
    Row(
        "a hidden folder does not count",
        MAIN,
        {".ci/main.wdl": WDL, "a/b/flow.wdl": WDL},
        "WDL",
        "a/b/flow.wdl",
        X,
    ),
    Row(
        "hidden files of another engine do not count",
        MAIN,
        {".github/x.cwl": CWL, "main.wdl": WDL},
        "WDL",
        "main.wdl",
        X,
    ),
    failed("only hidden definition files", MAIN, {".main.wdl": WDL}, "no definition file"),
    failed("no definition file", MAIN, {"README.md": "x"}, "no definition file"),
    failed("an empty archive", MAIN, {}, "no definition file"),
    failed("two engines", MAIN, {"main.nf": NEXTFLOW, "main.wdl": WDL}, "`engine` must be sent"),
    failed(
        "two engines, one deep inside",
        MAIN,
        {"main.nf": NEXTFLOW, "tests/data/tool.cwl": CWL},
        "`engine` must be sent",
    ),
    Row(
        "two engines and engine sent",
        MAIN,
        {"main.nf": NEXTFLOW, "main.wdl": WDL},
        "NEXTFLOW",
        "main.nf",
        sent={"engine": "NEXTFLOW"},
    ),
    Row(
        "two engines and the other one sent",
        MAIN,
        {"main.nf": NEXTFLOW, "main.wdl": WDL},
        "WDL",
        "main.wdl",
        X,
        sent={"engine": "WDL"},
    ),
    Row(
        "the lenient engine is only used if it is sent",
        MAIN,
        {"main.wdl": WDL},
        "WDL_LENIENT",
        "main.wdl",
        X,
        sent={"engine": "WDL_LENIENT"},
    ),
    rejected(
        "engine sent, and no file of it",
        MAIN,
        {"main.nf": NEXTFLOW},
        "no CWL definition file",
        engine="CWL",
    ),
    Row(
        "main sent",
        REQUIREMENTS,
        {"a.wdl": WDL, "b.wdl": NO_INPUTS_WDL},
        "WDL",
        "a.wdl",
        X,
        sent={"main": "a.wdl"},
    ),
    Row(
        "main sent, and another file called main",
        REQUIREMENTS,
        {"main.wdl": NO_INPUTS_WDL, "flows/other.wdl": WDL},
        "WDL",
        "flows/other.wdl",
        X,
        sent={"main": "flows/other.wdl"},
    ),
    Row(
        "main and engine sent in a mixed archive",
        REQUIREMENTS,
        {"main.nf": NEXTFLOW, "flows/other.wdl": WDL, "x.cwl": CWL},
        "WDL",
        "flows/other.wdl",
        X,
        sent={"main": "flows/other.wdl", "engine": "WDL"},
    ),
    rejected("main is not in the archive", REQUIREMENTS, {"a.wdl": WDL}, "b.wdl is not in", main="b.wdl"),
    rejected("main is absolute", REQUIREMENTS, {"a.wdl": WDL}, "/a.wdl is not in", main="/a.wdl"),
    rejected("main climbs out", REQUIREMENTS, {"a.wdl": WDL}, "../a.wdl is not in", main="../a.wdl"),
    rejected(
        "main is not a definition file",
        REQUIREMENTS,
        {"a.wdl": WDL, "run.json": "{}"},
        "run.json is not a definition file",
        main="run.json",
    ),
)

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

CASES: tuple[Case, ...] = (
    *(case("engine and main file", row) for row in MAIN_AND_ENGINE),
    *(case("definition", row) for row in CHECKS),
)
