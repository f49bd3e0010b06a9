"""What the WDL adapter reports, miniwdl's lints included."""

from __future__ import annotations

from packager.findings.codes.registry import row
from packager.findings.diagnostic import Severity

_ERROR, _WARNING, _INFO = Severity.ERROR, Severity.WARNING, Severity.INFO
_OWN = "packager: what cannot be read cannot be judged"
_WDL_SPEC = "WDL specification, import statements"
_WDL_ARCHIVE = "HealthOmics user guide, packaging page (2026-10-16): every imported file must be in the archive"
_MINIWDL = "miniwdl, lint"

row(
    "WDL001",
    "wdl-invalid",
    _ERROR,
    "The document has a syntax or type error, in the judgement of miniwdl.",
    why="The service checks every WDL definition when it is created, and makes the workflow FAILED on such an error.",
    hint="correct the document; `miniwdl check` gives the same verdict",
    source="HealthOmics user guide, workflow linters; miniwdl",
    engines=("WDL",),
)
row(
    "WDL022",
    "lenient-engine-suffices",
    _INFO,
    "The engine WDL rejects the definition, and WDL_LENIENT may take it.",
    why="Only missing `?` or conversions that the guide gives to WDL_LENIENT stand in the way; a conversion that loses something still "
    "fails the run.",
    hint="register it with `--engine WDL_LENIENT`, or correct the types to run on either",
    source="HealthOmics user guide, WDL specifics, implicit type conversion; miniwdl",
    engines=("WDL",),
)
row(
    "WDL050",
    "wdl-missing-import",
    _ERROR,
    "An import names a file that is not there.",
    why="The definition is incomplete without it, and the workflow becomes FAILED.",
    hint="add the file, or correct the path, which is relative to the file that imports",
    source=_WDL_ARCHIVE,
    engines=("WDL",),
)
row(
    "WDL051",
    "wdl-remote-import",
    _ERROR,
    "An import names a document on the network.",
    why="Imports are resolved inside the archive only; the workflow becomes FAILED.",
    hint="copy the document beside the workflow and import the copy",
    source=_WDL_ARCHIVE,
    engines=("WDL",),
)
row(
    "WDL052",
    "wdl-absolute-import",
    _ERROR,
    "An import names an absolute path of a machine.",
    why="The path does not exist where the workflow is checked, and files outside the source are never packaged.",
    hint="use a path relative to the file that imports",
    source=_WDL_ARCHIVE,
    engines=("WDL",),
)
row(
    "WDL053",
    "wdl-circular-import",
    _ERROR,
    "Documents import each other, or one imports itself.",
    why="There is no end to reading them.",
    hint="break the circle",
    source=_WDL_SPEC,
    engines=("WDL",),
)
row(
    "WDL054",
    "wdl-import-outside",
    _ERROR,
    "An import leaves the source's root.",
    why="A package holds only what lies below its root.",
    hint="give the folder that holds all files, and the main file with `--main`; or move the file below the main file's folder",
    source=_OWN,
    engines=("WDL",),
)
row(
    "WDL055",
    "wdl-no-workflow",
    _ERROR,
    "The main document holds no workflow.",
    why="There is nothing to run: the service needs one workflow in the main document.",
    hint="add a workflow that calls the tasks, or choose another main file",
    source="WDL specification, documents",
    engines=("WDL",),
)
for _row in (
    (
        "WDL100",
        "other-miniwdl-lint",
        _INFO,
        "miniwdl has a lint that this tool does not know.",
        "A newer miniwdl may see more.",
        "read the message",
    ),
    (
        "WDL101",
        "string-coercion",
        _INFO,
        "A value that is no String is used as one.",
        "The text that results may not be what was meant, and WDL 1.1 deprecates it for `+`.",
        'use an interpolation such as `"~{x}"`',
    ),
    (
        "WDL102",
        "file-coercion",
        _INFO,
        "A String is used as a File.",
        "A String is not localised: a path that is put together is not there when the task runs.",
        "declare the value as File, or make the file an input",
    ),
    (
        "WDL103",
        "array-coercion",
        _INFO,
        "A single value is used as an Array.",
        "Other engines may refuse it.",
        "write `[x]`",
    ),
    (
        "WDL104",
        "unverified-struct",
        _INFO,
        "A struct is made of a Map whose members nothing checks.",
        "A missing or misspelt member shows only when the workflow runs.",
        "write a struct literal",
    ),
    (
        "WDL105",
        "non-string-map-key",
        _INFO,
        "A Map without String keys goes to or comes from JSON.",
        "JSON keys are strings, so the value may not be portable.",
        "use String keys, or an Array of Pairs",
    ),
    (
        "WDL106",
        "optional-coercion",
        _WARNING,
        "A value that may be absent is used where one is needed.",
        "A run fails where the value is absent.",
        "use `select_first([x, default])`",
    ),
    (
        "WDL107",
        "nonempty-coercion",
        _INFO,
        "An Array that may be empty is used where it must not be.",
        "A run fails where the Array is empty.",
        "declare the Array with `+`",
    ),
    (
        "WDL108",
        "incomplete-call",
        _WARNING,
        "A call leaves out inputs that its callee needs.",
        "The run must then supply them by the call's name, which the service does not document.",
        "pass the inputs in the call",
    ),
    (
        "WDL109",
        "name-collision",
        _INFO,
        "Two things of a document have one name.",
        "Other engines may refuse it, and readers may confuse them.",
        "rename one of them",
    ),
    (
        "WDL110",
        "unused-import",
        _INFO,
        "Nothing of an imported document is used.",
        "It only makes the package larger.",
        "remove the import",
    ),
    (
        "WDL111",
        "import-newer-wdl",
        _WARNING,
        "A document imports one of a newer WDL version.",
        "Engines may refuse to mix them.",
        "declare the same version in both",
    ),
    (
        "WDL112",
        "forward-reference",
        _INFO,
        "A name is used above its declaration.",
        "Other engines may refuse it.",
        "move the declaration up",
    ),
    (
        "WDL113",
        "unused-declaration",
        _INFO,
        "Nothing uses a declaration.",
        "It may be left over, or its use forgotten.",
        "remove it, or use it",
    ),
    (
        "WDL114",
        "unused-call",
        _INFO,
        "Nothing uses the outputs of a call.",
        "A task runs, and is paid for, without a result.",
        "remove the call, or add its outputs to the workflow's",
    ),
    (
        "WDL115",
        "unnecessary-quantifier",
        _INFO,
        "An input with a default is declared optional.",
        "The `?` only makes uses of the value harder.",
        "remove the `?`",
    ),
    (
        "WDL116",
        "mixed-indentation",
        _INFO,
        "A command mixes tabs and spaces at the start of its lines.",
        "The common indentation is then not removed.",
        "indent with one of them",
    ),
    (
        "WDL117",
        "select-array",
        _INFO,
        "`select_first` or `select_all` is applied to an Array without optional members.",
        "It does nothing.",
        "remove it",
    ),
    (
        "WDL119",
        "unexpected-runtime-value",
        _WARNING,
        "A runtime attribute has a value of an unexpected type or form.",
        "The service may misread it, and a task then gets less than it asks for.",
        "give the value in the form that the message names",
    ),
    (
        "WDL120",
        "unbound-declaration",
        _INFO,
        "A declaration outside the input section has no value.",
        "It is not an input, and nothing sets it.",
        "move it into the input section, or give it a value",
    ),
    (
        "WDL121",
        "deprecated-syntax",
        _INFO,
        "The syntax is deprecated in the declared WDL version.",
        "A later version will refuse it.",
        "use what the message names",
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
