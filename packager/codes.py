"""The one registry of finding codes: what each means, why it matters and where that is documented.

A lint rule registers its own code together with its function (`packager.rules`). What the stages
below the rules report (unreadable, unparsable, unresolved import, schema violation) is defined by
those stages' lines at the end of this module, in the same form.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packager.diagnostics import Diagnostic, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

ENGINES = ("WDL", "NEXTFLOW", "CWL")
FAMILIES = {
    "REQ": "request",
    "ZIP": "source and archive",
    "TPL": "parameter template",
    "IMG": "images",
    "MAP": "container registry map",
    "RES": "resources",
    "SEC": "security",
    "WDL": "WDL",
    "NXF": "Nextflow",
    "CWL": "CWL",
    "INT": "packager itself",
}
_CODE = re.compile(rf"(?:{'|'.join(FAMILIES)})\d{{3}}")


@dataclass(frozen=True, slots=True)
class Code:
    """What `packager rules CODE` shows: one finding code with its documentation.

    `bad` and `good` are examples: the first is reported, the second is not. `needs` names facts
    without which the rule is skipped (`region`, `registry_map`, ...), never silently passed.
    """

    code: str
    name: str
    severity: Severity
    summary: str
    why: str
    hint: str
    source: str
    engines: tuple[str, ...] = ENGINES
    needs: tuple[str, ...] = ()
    bad: str = ""
    good: str = ""

    @property
    def url(self) -> str:
        """Where this code is documented, relative to the project's documentation."""
        return f"docs/rules.md#{self.code.lower()}"


_CODES: dict[str, Code] = {}


def define(code: Code) -> Code:
    """Add a code to the registry.

    Raises:
        ValueError: the code is malformed, taken, or lacks its documentation (a bug of ours).
    """
    if not _CODE.fullmatch(code.code):
        raise ValueError(f"{code.code}: not a family and three digits")
    if code.code in _CODES:
        raise ValueError(f"{code.code}: defined twice")
    if any(known.name == code.name for known in _CODES.values()):
        raise ValueError(f"{code.code}: the name {code.name} is taken")
    if not (code.summary and code.why and code.hint and code.source):
        raise ValueError(f"{code.code}: summary, why, hint and source are required")
    _CODES[code.code] = code
    return code


def known() -> Mapping[str, Code]:
    """Every registered code, sorted. Import `packager.rules` first to have the rules' codes too."""
    return dict(sorted(_CODES.items()))


def get(code: str) -> Code:
    """The registered code of that name.

    Raises:
        KeyError: no such code.
    """
    return _CODES[code]


def finding(
    code: str,
    message: str,
    *,
    path: str,
    line: int = 0,
    column: int = 0,
    end_line: int = 0,
    end_column: int = 0,
    hint: str | None = None,
    severity: Severity | None = None,
) -> Diagnostic:
    """A diagnostic of a registered code, with its severity and hint unless others are given."""
    known_code = _CODES[code]
    return Diagnostic(
        path=path,
        line=line,
        column=column,
        code=code,
        severity=severity or known_code.severity,
        message=message,
        hint=known_code.hint if hint is None else hint,
        end_line=end_line,
        end_column=end_column,
    )


def _lower(  # a table row: what the stages below the rules report
    code: str,
    name: str,
    severity: Severity,
    summary: str,
    *,
    why: str,
    hint: str,
    source: str,
    engines: tuple[str, ...] = ENGINES,
) -> None:
    define(Code(code, name, severity, summary, why, hint, source, engines))


_ERROR, _WARNING, _INFO = Severity.ERROR, Severity.WARNING, Severity.INFO
_PACKAGING = "HealthOmics user guide, workflow definition packaging (2026-10-16)"
_OWN = "packager: what cannot be read cannot be judged"

_lower(
    "ZIP010",
    "unreadable-file",
    _ERROR,
    "A file of the definition cannot be read.",
    why="A package without it would be incomplete.",
    hint="make the file readable, or exclude it",
    source=_OWN,
)
_lower(
    "ZIP011",
    "unsafe-link",
    _WARNING,
    "A symbolic link is broken, loops, or leaves the source's root.",
    why="Following it could put files of this machine into the package; the service's own handling of links is not documented.",
    hint="replace the link by the file, or exclude it",
    source=_PACKAGING,
)
_lower(
    "ZIP012",
    "unusual-archive-entry",
    _WARNING,
    "A zip has an entry that an unpacker may refuse or misread.",
    why="Absolute and `..` names, links, encrypted or duplicate entries and names that are not UTF-8 are "
    "undocumented for the service; they are left out here.",
    hint="build the zip again with `packager package`",
    source=_PACKAGING,
)
_lower(
    "ZIP013",
    "special-file",
    _WARNING,
    "A socket, FIFO or device lies in the source.",
    why="Only regular files can be packaged.",
    hint="exclude it",
    source=_OWN,
)
_lower(
    "ZIP014",
    "file-too-large-to-parse",
    _ERROR,
    "A definition file is too large to be one.",
    why="Parsing is bounded so that no input can exhaust memory or time.",
    hint="check that the file is a workflow definition",
    source=_OWN,
)
_lower(
    "ZIP015",
    "not-utf8",
    _ERROR,
    "A definition file is not UTF-8 text.",
    why="Engines read definitions as UTF-8; another encoding is rejected or misread.",
    hint="save the file as UTF-8",
    source="WDL, Nextflow and CWL specifications",
)
_lower(
    "ZIP016",
    "closure-outside-directory",
    _INFO,
    "Imports climb above the main file's directory.",
    why="The package is rooted at the directory that all its files share, so `main` is a nested path.",
    hint="nothing to do; pass the directory itself to choose another root",
    source=_PACKAGING,
)
_TEMPLATE_PAGE = "HealthOmics user guide, parameter templates; API WorkflowParameterTemplate"
_lower(
    "TPL001",
    "template-not-json",
    _ERROR,
    "The parameter template is not a JSON object of distinct names.",
    why="The service takes a JSON object; of two equal names one would be dropped without a word.",
    hint="mend the JSON, or write the file anew with `packager template PATH -o FILE`",
    source=_TEMPLATE_PAGE,
)
_lower(
    "TPL002",
    "template-malformed",
    _ERROR,
    "An entry of the parameter template has a form that the API rejects.",
    why="Each entry is `{description, optional}` and nothing else; a description has at most 256 characters and no "
    "line end or tab.",
    hint="mend the entry, or write the file anew with `packager template PATH -o FILE`",
    source=_TEMPLATE_PAGE,
)
_lower(
    "TPL020",
    "description-shortened",
    _INFO,
    "A description lost text on its way into the parameter template.",
    why="The API takes at most 256 characters on one line; the definition keeps the whole text.",
    hint="shorten the description in the definition",
    source=_TEMPLATE_PAGE,
)
_lower(
    "TPL021",
    "unusable-input-name",
    _ERROR,
    "An input's name cannot be a parameter name.",
    why="The API takes 1 to 128 characters without control characters, so a run could never set this input.",
    hint="rename the input",
    source=_TEMPLATE_PAGE,
)
_lower(
    "TPL022",
    "too-many-inputs",
    _ERROR,
    "The workflow declares more inputs than a parameter template can hold.",
    why="The API takes at most 2,000 entries; inputs beyond them could never be set.",
    hint="declare fewer inputs",
    source=_TEMPLATE_PAGE,
)
_lower(
    "ZIP017",
    "case-collision",
    _WARNING,
    "Two packaged files differ only in the case of their names.",
    why="On a file system that ignores case one would replace the other; the service's is not documented.",
    hint="rename one of them",
    source=_PACKAGING,
)
_MAP_SHAPE = "API ContainerRegistryMap, RegistryMapping, ImageMapping"
_lower(
    "MAP001",
    "registry-map-malformed",
    _ERROR,
    "The container registry map breaks its schema.",
    why="The service refuses a map with missing, unknown or overlong members, so the workflow cannot be created.",
    hint="correct the member; the schema is `schemas/container-registry-map.schema.json`",
    source=_MAP_SHAPE,
)
_lower(
    "MAP002",
    "registry-map-not-json",
    _ERROR,
    "The container registry map is not a JSON text of distinct keys.",
    why="It cannot be sent; of two equal keys one would be dropped without a word.",
    hint="mend the JSON",
    source=_MAP_SHAPE,
)
_lower(
    "INT001",
    "rule-failed",
    _ERROR,
    "A rule of this tool crashed.",
    why="What the rule would have said is not known; the other rules ran.",
    hint="please report it, with the file if you can share it",
    source=_OWN,
)
_lower(
    "ZIP018",
    "package-description-absent",
    _INFO,
    "A zip was given without the description that `packager package` writes beside it.",
    why="The description carries the engine, the main file and the parameter template that were checked; without it they are "
    "worked out anew from the zip.",
    hint="keep `FILE.zip.json` beside `FILE.zip`",
    source="packager: the description beside a package",
)
_CWL_SPEC = "CWL v1.2 specification"
_lower(
    "CWL001",
    "cwl-invalid",
    _ERROR,
    "The document breaks the CWL specification, in the judgement of cwltool.",
    why="A run of it fails before its first task.",
    hint="correct the document; `cwltool --validate` gives the same verdict",
    source="cwltool, validation",
    engines=("CWL",),
)
_lower(
    "CWL002",
    "cwl-validation-warning",
    _INFO,
    "cwltool warns about the document.",
    why="It is valid, but part of it may not do what it seems to.",
    hint="read the message; nothing needs to change for the workflow to run",
    source="cwltool, validation",
    engines=("CWL",),
)
_lower(
    "CWL003",
    "cwl-unreadable",
    _ERROR,
    "The document is not YAML or JSON.",
    why="No engine can read it.",
    hint="correct the document at this place",
    source=_CWL_SPEC,
    engines=("CWL",),
)
_lower(
    "CWL004",
    "cwl-duplicate-key",
    _ERROR,
    "A key occurs twice in one mapping.",
    why="YAML forbids it and cwltool refuses the document; other readers drop one of the two without a word.",
    hint="remove or rename one of the two",
    source="YAML 1.2, 3.2.1.1; " + _CWL_SPEC,
    engines=("CWL",),
)
_lower(
    "CWL005",
    "cwl-missing-reference",
    _ERROR,
    "`run`, `$import`, `$include` or `$mixin` names a file that is not there.",
    why="The definition is incomplete without it.",
    hint="add the file, or correct the path, which is relative to the file that holds it",
    source=_CWL_SPEC,
    engines=("CWL",),
)
_lower(
    "CWL006",
    "cwl-remote-reference",
    _ERROR,
    "`run`, `$import`, `$include` or `$mixin` names a document on the network.",
    why="The service has no network when it reads a definition: every part must be in the package.",
    hint="copy the document beside the workflow and refer to the copy",
    source="HealthOmics user guide, CWL workflow definition specifics",
    engines=("CWL",),
)
_lower(
    "CWL007",
    "cwl-absolute-path",
    _ERROR,
    "A reference or a default names an absolute path of a machine.",
    why="The path does not exist where the workflow runs, and files outside the source are never packaged.",
    hint="use a path relative to this file, or make the file an input of the workflow",
    source=_CWL_SPEC,
    engines=("CWL",),
)
_lower(
    "CWL008",
    "cwl-circular-reference",
    _ERROR,
    "Documents import each other, or a workflow runs itself.",
    why="There is no end to reading it.",
    hint="break the circle",
    source=_CWL_SPEC,
    engines=("CWL",),
)
_lower(
    "CWL009",
    "cwl-reference-outside",
    _ERROR,
    "A reference leaves the source's root.",
    why="A package holds only what lies below its root.",
    hint="pass the directory that holds all files, or move the file below this one",
    source=_OWN,
    engines=("CWL",),
)
_lower(
    "CWL010",
    "cwl-missing-data",
    _WARNING,
    "A default File or Directory or a schema names a local file that is not there.",
    why="A run that uses the default fails.",
    hint="add the file, or correct the path, which is relative to the file that holds it",
    source=_CWL_SPEC,
    engines=("CWL",),
)
_lower(
    "CWL012",
    "cwl-no-main-process",
    _ERROR,
    "The document holds no process to run, or several and none is called `main`.",
    why="The engine cannot tell which one is meant.",
    hint="name the process `#main` in `$graph`, or choose another main file",
    source=_CWL_SPEC,
    engines=("CWL",),
)
_lower(
    "CWL013",
    "cwl-not-fully-read",
    _INFO,
    "Steps are nested too deeply or run too often to look at every one.",
    why="Reading is bounded so that no input can exhaust time.",
    hint="check that the nesting is meant",
    source=_OWN,
    engines=("CWL",),
)
_lower(
    "CWL014",
    "cwl-beyond-bounds",
    _ERROR,
    "A document is nested too deeply, or its aliases and imports come to too much.",
    why="Nesting and repetition are bounded so that no input can exhaust memory or time.",
    hint="check that the nesting is meant, and split the document",
    source=_OWN,
    engines=("CWL",),
)
_WDL_SPEC = "WDL specification, import statements"
_WDL_ARCHIVE = "HealthOmics user guide, packaging page (2026-10-16): every imported file must be in the archive"
_lower(
    "WDL001",
    "wdl-invalid",
    _ERROR,
    "The document has a syntax or type error, in the judgement of miniwdl.",
    why="The service checks every WDL definition when it is created, and makes the workflow FAILED on such an error.",
    hint="correct the document; `miniwdl check` gives the same verdict",
    source="HealthOmics user guide, workflow linters; miniwdl",
    engines=("WDL",),
)
_lower(
    "WDL050",
    "wdl-missing-import",
    _ERROR,
    "An import names a file that is not there.",
    why="The definition is incomplete without it, and the workflow becomes FAILED.",
    hint="add the file, or correct the path, which is relative to the file that imports",
    source=_WDL_ARCHIVE,
    engines=("WDL",),
)
_lower(
    "WDL051",
    "wdl-remote-import",
    _ERROR,
    "An import names a document on the network.",
    why="Imports are resolved inside the archive only; the workflow becomes FAILED.",
    hint="copy the document beside the workflow and import the copy",
    source=_WDL_ARCHIVE,
    engines=("WDL",),
)
_lower(
    "WDL052",
    "wdl-absolute-import",
    _ERROR,
    "An import names an absolute path of a machine.",
    why="The path does not exist where the workflow is checked, and files outside the source are never packaged.",
    hint="use a path relative to the file that imports",
    source=_WDL_ARCHIVE,
    engines=("WDL",),
)
_lower(
    "WDL053",
    "wdl-circular-import",
    _ERROR,
    "Documents import each other, or one imports itself.",
    why="There is no end to reading them.",
    hint="break the circle",
    source=_WDL_SPEC,
    engines=("WDL",),
)
_lower(
    "WDL054",
    "wdl-import-outside",
    _ERROR,
    "An import leaves the source's root.",
    why="A package holds only what lies below its root.",
    hint="pass the directory that holds all files, or move the file below this one",
    source=_OWN,
    engines=("WDL",),
)
_lower(
    "WDL055",
    "wdl-no-workflow",
    _ERROR,
    "The main document holds no workflow.",
    why="There is nothing to run: the service needs one workflow in the main document.",
    hint="add a workflow that calls the tasks, or choose another main file",
    source="WDL specification, documents",
    engines=("WDL",),
)
_MINIWDL = "miniwdl, lint"
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
        "WDL118",
        "unknown-runtime-key",
        _INFO,
        "A runtime attribute is not known to any engine that miniwdl knows.",
        "It is ignored, so that a misspelt attribute has no effect.",
        "correct its name, or remove it",
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
    _lower(
        _row[0],
        _row[1],
        _row[2],
        _row[3],
        why=_row[4],
        hint=_row[5],
        source=_MINIWDL,
        engines=("WDL",),
    )
