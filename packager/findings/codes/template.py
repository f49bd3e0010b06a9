"""What deriving and reading a parameter template reports."""

from __future__ import annotations

from packager.findings.codes.registry import row
from packager.findings.diagnostic import Severity

_ERROR, _INFO = Severity.ERROR, Severity.INFO
_TEMPLATE_PAGE = "HealthOmics user guide, parameter templates; API WorkflowParameterTemplate"

row(
    "TPL023",
    "run-parameters-not-json",
    Severity.ERROR,
    "The run parameters are not a JSON object of distinct names.",
    why="StartRun takes one value for each parameter.",
    hint='correct the file: `{"input": "s3://bucket/file"}`',
    source="API StartRun",
)
row(
    "TPL001",
    "template-not-json",
    _ERROR,
    "The parameter template is not a JSON object of distinct names.",
    why="The service takes a JSON object; of two equal names one would be dropped without a word.",
    hint="mend the JSON, or write the file anew with `packager template PATH -o FILE`",
    source=_TEMPLATE_PAGE,
)
row(
    "TPL002",
    "template-malformed",
    _ERROR,
    "An entry of the parameter template has a form that the API rejects.",
    why="Each entry is `{description, optional}` and nothing else; a description has at most 256 characters and no "
    "line end or tab. Half of a surrogate pair (`\\ud800` to `\\udfff`) is not a character.",
    hint="mend the entry, or write the file anew with `packager template PATH -o FILE`",
    source=_TEMPLATE_PAGE,
)
row(
    "TPL020",
    "description-shortened",
    _INFO,
    "A description lost text on its way into the parameter template.",
    why="The API takes at most 256 characters on one line; the definition keeps the whole text.",
    hint="shorten the description in the definition",
    source=_TEMPLATE_PAGE,
)
row(
    "TPL021",
    "unusable-input-name",
    _ERROR,
    "An input's name cannot be a parameter name.",
    why="The API takes 1 to 128 characters without control characters, so a run could never set this input.",
    hint="rename the input",
    source=_TEMPLATE_PAGE,
)
row(
    "TPL022",
    "too-many-inputs",
    _ERROR,
    "The workflow declares more inputs than a parameter template can hold.",
    why="The API takes at most 2,000 entries; inputs beyond them could never be set.",
    hint="declare fewer inputs",
    source=_TEMPLATE_PAGE,
)
