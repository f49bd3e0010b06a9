"""What the WDL adapter reports, including miniwdl's lints."""

from __future__ import annotations

from packager.findings.codes.registry import row
from packager.findings.diagnostic import Severity

_ERROR, _WARNING, _INFO = Severity.ERROR, Severity.WARNING, Severity.INFO
_OWN = "packager: a file that cannot be read cannot be checked"
_WDL_SPEC = "WDL specification, import statements"
_WDL_ARCHIVE = "HealthOmics user guide, packaging page (2026-10-16): every imported file must be in the archive"
_MINIWDL = "miniwdl, lint"

row(
    "WDL001",
    "wdl-invalid",
    _ERROR,
    "The document has a syntax or type error, according to miniwdl.",
    why="The service checks every WDL definition after it is created, and the workflow becomes FAILED on such an error.",
    hint="correct the document; `miniwdl check` reports the same error",
    source="HealthOmics user guide, workflow linters; miniwdl",
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
    source="HealthOmics user guide, WDL specifics, implicit type conversion; miniwdl",
    engines=("WDL",),
)
row(
    "WDL050",
    "wdl-missing-import",
    _ERROR,
    "An import names a file that does not exist.",
    why="The definition is incomplete without it, and the workflow becomes FAILED.",
    hint="add the file, or correct the path; it is relative to the importing file",
    source=_WDL_ARCHIVE,
    engines=("WDL",),
)
row(
    "WDL051",
    "wdl-remote-import",
    _ERROR,
    "An import is a URL.",
    why="Imports are resolved inside the archive only; the workflow becomes FAILED.",
    hint="copy the document into the repository and import the copy",
    source=_WDL_ARCHIVE,
    engines=("WDL",),
)
row(
    "WDL052",
    "wdl-absolute-import",
    _ERROR,
    "An import is an absolute path.",
    why="The path does not exist where the service checks the workflow, and files outside the source are never packaged.",
    hint="use a path relative to the importing file",
    source=_WDL_ARCHIVE,
    engines=("WDL",),
)
row(
    "WDL053",
    "wdl-circular-import",
    _ERROR,
    "Documents import each other, or one imports itself.",
    why="They can never be read completely.",
    hint="remove one of the references that form the circle",
    source=_WDL_SPEC,
    engines=("WDL",),
)
row(
    "WDL054",
    "wdl-import-outside",
    _ERROR,
    "An import leads outside the source folder.",
    why="A package contains only files below its root.",
    hint="pass the folder that contains all files, and the main file with `--main`; or move the file below the main file's folder",
    source=_OWN,
    engines=("WDL",),
)
row(
    "WDL055",
    "wdl-no-workflow",
    _ERROR,
    "The main document contains no workflow.",
    why="The service runs the workflow of the main document.",
    hint="add a workflow that calls the tasks, or choose another main file",
    source="WDL specification, documents",
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
        "A value that is not a String is used as one.",
        "The resulting string may not be the intended one, and WDL 1.1 deprecates the conversion for `+`.",
        'use an interpolation such as `"~{x}"`',
    ),
    (
        "WDL102",
        "file-coercion",
        _INFO,
        "A String is used as a File.",
        "A String is not localized: the file does not exist where the task runs.",
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
        "WDL104",
        "unverified-struct",
        _INFO,
        "A struct is made from a Map whose members are not checked.",
        "A missing or misspelled member is only noticed when the workflow runs.",
        "write a struct literal",
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
        "WDL107",
        "nonempty-coercion",
        _INFO,
        "An Array that may be empty is used where a non-empty one is required.",
        "A run fails where the Array is empty.",
        "declare the Array with `+`",
    ),
    (
        "WDL108",
        "incomplete-call",
        _WARNING,
        "A call omits required inputs of its task or workflow.",
        "A run must then set them as `call.input`, which the service does not document.",
        "pass the inputs in the call",
    ),
    (
        "WDL109",
        "name-collision",
        _INFO,
        "Two objects in a document have the same name.",
        "Other engines may reject it, and readers may confuse them.",
        "rename one of them",
    ),
    (
        "WDL110",
        "unused-import",
        _INFO,
        "An imported document is not used.",
        "It makes the package larger without any effect.",
        "remove the import",
    ),
    (
        "WDL111",
        "import-newer-wdl",
        _WARNING,
        "A document imports a document of a newer WDL version.",
        "Engines may reject the mix.",
        "declare the same version in both",
    ),
    (
        "WDL112",
        "forward-reference",
        _INFO,
        "A name is used before its declaration.",
        "Other engines may reject it.",
        "move the declaration up",
    ),
    (
        "WDL113",
        "unused-declaration",
        _INFO,
        "A declaration is not used.",
        "It may be a leftover, or its use was forgotten.",
        "remove it, or use it",
    ),
    (
        "WDL114",
        "unused-call",
        _INFO,
        "The outputs of a call are not used.",
        "The task runs, and is billed, without a result.",
        "remove the call, or add its outputs to the outputs of the workflow",
    ),
    (
        "WDL115",
        "unnecessary-quantifier",
        _INFO,
        "An input with a default is declared optional.",
        "The `?` makes the value harder to use and has no benefit.",
        "remove the `?`",
    ),
    (
        "WDL116",
        "mixed-indentation",
        _INFO,
        "A command mixes tabs and spaces at the start of its lines.",
        "The common indentation is then not removed from the script.",
        "indent with one of them",
    ),
    (
        "WDL117",
        "select-array",
        _INFO,
        "`select_first` or `select_all` is applied to an Array without optional members.",
        "It has no effect.",
        "remove it",
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
        "A declaration outside the input section has no value.",
        "It is not an input, so nothing sets its value.",
        "move it into the input section, or set a value",
    ),
    (
        "WDL121",
        "deprecated-syntax",
        _INFO,
        "The syntax is deprecated in the declared WDL version.",
        "A later version rejects it.",
        "use the replacement in the message",
    ),
):
    row(
        _row[0],
        _row[1],
        _row[2],
        _row[3],
        why=_row[4],
        hint=_row[5],
        source=_MINIWDL,
        engines=("WDL",),
    )
