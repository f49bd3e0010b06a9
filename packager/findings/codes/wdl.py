"""What the WDL adapter reports, including miniwdl's lints."""

from __future__ import annotations

from packager.findings.codes.registry import row
from packager.findings.diagnostic import Severity
from packager.findings.sources import Checker, Guide, Own, Standard, cite

_ERROR, _WARNING, _INFO = Severity.ERROR, Severity.WARNING, Severity.INFO

row(
    "WDL001",
    "wdl-invalid",
    _ERROR,
    "The document has a syntax or type error, according to miniwdl.",
    why="The service checks every WDL definition after it is created, and the workflow becomes FAILED on such an error.",
    hint="correct the document; `miniwdl check` reports the first error too",
    source=cite(Guide.LINTERS, "WDL", Checker.MINIWDL, "check"),
    engines=("WDL",),
)
row(
    "WDL022",
    "lenient-engine-suffices",
    _INFO,
    "The engine WDL rejects the definition, and WDL_LENIENT may accept it.",
    why="The only errors are a missing `?` or type conversions that the user guide documents for WDL_LENIENT. A conversion that loses "
    "information still fails the run.",
    hint="submit it with `--engine WDL_LENIENT`, or correct the types so that it runs on both",
    source=cite(Guide.WDL, "conversion", Checker.MINIWDL, "check"),
    engines=("WDL",),
)
row(
    "WDL050",
    "wdl-missing-import",
    _ERROR,
    "An import names a file that does not exist.",
    why="The definition is incomplete without it, and the workflow becomes FAILED.",
    hint="add the file, or correct the path; it is relative to the importing file",
    source=cite(Guide.PACKAGING, "imports"),
    engines=("WDL",),
)
row(
    "WDL051",
    "wdl-remote-import",
    _ERROR,
    "An import is a URL.",
    why="Imports are resolved inside the archive only; the workflow becomes FAILED.",
    hint="copy the document into the repository with `packager vendor PATH`",
    source=cite(Guide.PACKAGING, "imports"),
    engines=("WDL",),
)
row(
    "WDL052",
    "wdl-absolute-import",
    _ERROR,
    "An import is an absolute path.",
    why="The path does not exist where the service checks the workflow, and files outside the source are never packaged.",
    hint="use a path relative to the importing file",
    source=cite(Guide.PACKAGING, "imports"),
    engines=("WDL",),
)
row(
    "WDL053",
    "wdl-circular-import",
    _ERROR,
    "Documents import each other, or one imports itself.",
    why="They can never be read completely.",
    hint="remove one of the references that form the circle",
    source=cite(Standard.WDL, "imports"),
    engines=("WDL",),
)
row(
    "WDL054",
    "wdl-import-outside",
    _ERROR,
    "An import leads outside the source folder.",
    why="A package contains only files below its root.",
    hint="pass the folder that contains all files, and the main file with `--main`; or move the file below the main file's folder",
    source=cite(Own.PACKAGER, "unreadable"),
    engines=("WDL",),
)
row(
    "WDL055",
    "wdl-no-workflow",
    _ERROR,
    "The main document contains no workflow.",
    why="The service runs the workflow of the main document.",
    hint="add a workflow that calls the tasks, or choose another main file",
    source=cite(Standard.WDL, "documents"),
    engines=("WDL",),
)
for _row in (
    (
        "WDL100",
        "other-miniwdl-lint",
        _INFO,
        "miniwdl reports a lint that packager does not know.",
        "A newer miniwdl may report more.",
        "see the message",
    ),
    (
        "WDL101",
        "string-coercion",
        _INFO,
        "A workflow makes a String of a File.",
        "A String is only a name: a task that gets it does not get the file, and an output that is a String is not exported.",
        "declare the value as File, unless only the name is used",
    ),
    (
        "WDL102",
        "file-coercion",
        _INFO,
        "A String is used as a File.",
        "A run can read it only if the String is the URI of an object in storage. Not reported for URIs that the definition names itself.",
        "declare the value as File, or make the file an input",
    ),
    (
        "WDL103",
        "array-coercion",
        _INFO,
        "A single value is used as an Array.",
        "Other engines may reject it.",
        "write `[x]`",
    ),
    (
        "WDL105",
        "non-string-map-key",
        _INFO,
        "A Map without String keys is written to or read from JSON.",
        "JSON keys are strings, so the value may not be portable.",
        "use String keys, or an Array of Pairs",
    ),
    (
        "WDL106",
        "optional-coercion",
        _WARNING,
        "An optional value is used where a value is required.",
        "A run fails where the value is absent.",
        "use `select_first([x, default])`",
    ),
    (
        "WDL108",
        "incomplete-call",
        _WARNING,
        "A call omits required inputs of its task or workflow.",
        "A run must then set them as `call.input`, which the service does not document: no run can be started with the derived template.",
        "pass the inputs in the call, or no run can be started with the derived template",
    ),
    (
        "WDL110",
        "unused-import",
        _INFO,
        "An imported document is not used.",
        "It makes the package larger without any effect. A document with a struct that the importing document uses is not reported.",
        "remove the import",
    ),
    (
        "WDL113",
        "unused-declaration",
        _INFO,
        "A declaration is not used.",
        "It may be a leftover, or its use was forgotten. Files of a task, which may be needed next to another, are not reported.",
        "remove it, or use it",
    ),
    (
        "WDL114",
        "unused-call",
        _INFO,
        "The files that a call makes are not used.",
        "The task runs, and is billed, but a run exports only the outputs of the main workflow. Calls without files are not reported.",
        "add its outputs to the outputs of the workflow, or remove the call",
    ),
    (
        "WDL116",
        "mixed-indentation",
        _INFO,
        "A command mixes tabs and spaces at the start of its lines, and the end of a here-document is indented.",
        "The common indentation is then not removed, so that the shell does not find the end of the here-document.",
        "indent with one of them",
    ),
    (
        "WDL119",
        "unexpected-runtime-value",
        _WARNING,
        "A runtime attribute has a value of an unexpected type or form.",
        "The service may misread it, and the task gets less than it requests.",
        "write the value in the form that the message shows",
    ),
    (
        "WDL120",
        "unbound-declaration",
        _INFO,
        "A declaration next to an input section has no value.",
        "It is not an input, so nothing sets its value.",
        "move it into the input section, or set a value",
    ),
):
    row(
        _row[0],
        _row[1],
        _row[2],
        _row[3],
        why=_row[4],
        hint=_row[5],
        source=cite(Checker.MINIWDL, "lint"),
        engines=("WDL",),
    )
