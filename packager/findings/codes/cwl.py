"""What the CWL adapter reports."""

from __future__ import annotations

from packager.findings.codes.registry import row
from packager.findings.diagnostic import Severity
from packager.findings.sources import Checker, Guide, Own, Standard, cite

_ERROR, _WARNING, _INFO = Severity.ERROR, Severity.WARNING, Severity.INFO

row(
    "CWL001",
    "cwl-invalid",
    _ERROR,
    "The document violates the CWL specification, according to cwltool.",
    why="A run fails before its first task.",
    hint="correct the document; `cwltool --validate` reports the same error",
    source=cite(Checker.CWLTOOL, "validation"),
    engines=("CWL",),
)
row(
    "CWL002",
    "cwl-validation-warning",
    _INFO,
    "cwltool warns about the document.",
    why="The document is valid, but part of it may not have the effect it seems to have.",
    hint="check that the effect is intended: a run may fail because of it",
    source=cite(Checker.CWLTOOL, "validation"),
    engines=("CWL",),
)
row(
    "CWL003",
    "cwl-unreadable",
    _ERROR,
    "The document is not YAML or JSON.",
    why="No engine can read it.",
    hint="correct the document at this place",
    source=cite(Standard.CWL),
    engines=("CWL",),
)
row(
    "CWL004",
    "cwl-duplicate-key",
    _ERROR,
    "A key occurs twice in one mapping.",
    why="YAML forbids it and cwltool rejects the document; other parsers silently drop one of the two.",
    hint="remove or rename one of the two",
    source=cite(Standard.YAML, "keys", Standard.CWL),
    engines=("CWL",),
)
row(
    "CWL005",
    "cwl-missing-reference",
    _ERROR,
    "`run`, `$import`, `$include` or `$mixin` refers to a file, or a part of a document, that does not exist.",
    why="The definition is incomplete without it.",
    hint="add the file, or correct the path; it is relative to the file that contains it",
    source=cite(Standard.CWL),
    engines=("CWL",),
)
row(
    "CWL006",
    "cwl-remote-reference",
    _ERROR,
    "`run`, `$import`, `$include` or `$mixin` is a URL.",
    why="The service fetches nothing when it reads a definition: every file must be in the package.",
    hint="copy the document into the repository with `packager vendor PATH`",
    source=cite(Guide.CWL),
    engines=("CWL",),
)
row(
    "CWL007",
    "cwl-absolute-path",
    _ERROR,
    "A reference or a default is an absolute path.",
    why="The path does not exist where the workflow runs, and files outside the source are never packaged. "
    "For the default of an input, which a run or a step may set, it is a warning, and for `/dev/null`, which exists everywhere.",
    hint="use a path relative to this file, make the file an input of the workflow, or write `contents` instead of a path",
    source=cite(Standard.CWL),
    engines=("CWL",),
)
row(
    "CWL008",
    "cwl-circular-reference",
    _ERROR,
    "Documents import each other, or a workflow runs itself.",
    why="It can never be read completely.",
    hint="remove one of the references that form the circle",
    source=cite(Standard.CWL),
    engines=("CWL",),
)
row(
    "CWL009",
    "cwl-reference-outside",
    _ERROR,
    "A reference leads outside the source folder.",
    why="A package contains only files below its root.",
    hint="pass the folder that contains all files, and the main file with `--main`; or move the file below the main file's folder",
    source=cite(Own.PACKAGER, "unreadable"),
    engines=("CWL",),
)
row(
    "CWL010",
    "cwl-missing-data",
    _WARNING,
    "A default File or Directory, one of its secondary files, or a schema, is a local file that does not exist.",
    why="A run that uses the default fails.",
    hint="add the file, or correct the path; it is relative to the file that contains it",
    source=cite(Standard.CWL),
    engines=("CWL",),
)
row(
    "CWL012",
    "cwl-no-main-process",
    _ERROR,
    "The document contains no process to run, or multiple processes of which none is named `main`.",
    why="The engine cannot decide which process to run.",
    hint="name the process `#main` in `$graph`, or choose another main file",
    source=cite(Standard.CWL),
    engines=("CWL",),
)
row(
    "CWL013",
    "cwl-not-fully-read",
    _INFO,
    "Steps are nested too deeply, or run too many processes, to check them all.",
    why="The number of checks is limited, so that no definition can make packager run forever.",
    hint="check that the nesting is intended",
    source=cite(Own.PACKAGER, "unreadable"),
    engines=("CWL",),
)
row(
    "CWL014",
    "cwl-beyond-bounds",
    _ERROR,
    "A document is nested too deeply, or its aliases and imports expand to too much data.",
    why="Nesting and repetition are limited, so that no definition can exhaust memory or time.",
    hint="check that the nesting is intended, and split the document",
    source=cite(Own.PACKAGER, "unreadable"),
    engines=("CWL",),
)
