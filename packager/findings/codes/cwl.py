"""What the CWL adapter reports."""

from __future__ import annotations

from packager.findings.codes.registry import row
from packager.findings.diagnostic import Severity

_ERROR, _WARNING, _INFO = Severity.ERROR, Severity.WARNING, Severity.INFO
_OWN = "packager: what cannot be read cannot be judged"
_CWL_SPEC = "CWL v1.2 specification"

row(
    "CWL001",
    "cwl-invalid",
    _ERROR,
    "The document breaks the CWL specification, in the judgement of cwltool.",
    why="A run of it fails before its first task.",
    hint="correct the document; `cwltool --validate` gives the same verdict",
    source="cwltool, validation",
    engines=("CWL",),
)
row(
    "CWL002",
    "cwl-validation-warning",
    _INFO,
    "cwltool warns about the document.",
    why="It is valid, but part of it may not do what it seems to.",
    hint="read the message; nothing needs to change for the workflow to run",
    source="cwltool, validation",
    engines=("CWL",),
)
row(
    "CWL003",
    "cwl-unreadable",
    _ERROR,
    "The document is not YAML or JSON.",
    why="No engine can read it.",
    hint="correct the document at this place",
    source=_CWL_SPEC,
    engines=("CWL",),
)
row(
    "CWL004",
    "cwl-duplicate-key",
    _ERROR,
    "A key occurs twice in one mapping.",
    why="YAML forbids it and cwltool refuses the document; other readers drop one of the two without a word.",
    hint="remove or rename one of the two",
    source="YAML 1.2, 3.2.1.1; " + _CWL_SPEC,
    engines=("CWL",),
)
row(
    "CWL005",
    "cwl-missing-reference",
    _ERROR,
    "`run`, `$import`, `$include` or `$mixin` names a file that is not there.",
    why="The definition is incomplete without it.",
    hint="add the file, or correct the path, which is relative to the file that holds it",
    source=_CWL_SPEC,
    engines=("CWL",),
)
row(
    "CWL006",
    "cwl-remote-reference",
    _ERROR,
    "`run`, `$import`, `$include` or `$mixin` names a document on the network.",
    why="The service has no network when it reads a definition: every part must be in the package.",
    hint="copy the document beside the workflow and refer to the copy",
    source="HealthOmics user guide, CWL workflow definition specifics",
    engines=("CWL",),
)
row(
    "CWL007",
    "cwl-absolute-path",
    _ERROR,
    "A reference or a default names an absolute path of a machine.",
    why="The path does not exist where the workflow runs, and files outside the source are never packaged.",
    hint="use a path relative to this file, or make the file an input of the workflow",
    source=_CWL_SPEC,
    engines=("CWL",),
)
row(
    "CWL008",
    "cwl-circular-reference",
    _ERROR,
    "Documents import each other, or a workflow runs itself.",
    why="There is no end to reading it.",
    hint="break the circle",
    source=_CWL_SPEC,
    engines=("CWL",),
)
row(
    "CWL009",
    "cwl-reference-outside",
    _ERROR,
    "A reference leaves the source's root.",
    why="A package holds only what lies below its root.",
    hint="give the folder that holds all files, and the main file with `--main`; or move the file below the main file's folder",
    source=_OWN,
    engines=("CWL",),
)
row(
    "CWL010",
    "cwl-missing-data",
    _WARNING,
    "A default File or Directory or a schema names a local file that is not there.",
    why="A run that uses the default fails.",
    hint="add the file, or correct the path, which is relative to the file that holds it",
    source=_CWL_SPEC,
    engines=("CWL",),
)
row(
    "CWL012",
    "cwl-no-main-process",
    _ERROR,
    "The document holds no process to run, or several and none is called `main`.",
    why="The engine cannot tell which one is meant.",
    hint="name the process `#main` in `$graph`, or choose another main file",
    source=_CWL_SPEC,
    engines=("CWL",),
)
row(
    "CWL013",
    "cwl-not-fully-read",
    _INFO,
    "Steps are nested too deeply or run too often to look at every one.",
    why="Reading is bounded so that no input can exhaust time.",
    hint="check that the nesting is meant",
    source=_OWN,
    engines=("CWL",),
)
row(
    "CWL014",
    "cwl-beyond-bounds",
    _ERROR,
    "A document is nested too deeply, or its aliases and imports come to too much.",
    why="Nesting and repetition are bounded so that no input can exhaust memory or time.",
    hint="check that the nesting is meant, and split the document",
    source=_OWN,
    engines=("CWL",),
)
