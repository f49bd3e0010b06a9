"""What reading a parameter template, run parameters or a container registry map reports."""

from __future__ import annotations

from packager.findings.codes.registry import row
from packager.findings.diagnostic import Severity
from packager.findings.sources import Api, Guide, cite

_ERROR, _INFO = Severity.ERROR, Severity.INFO

row(
    "TPL023",
    "run-parameters-not-json",
    Severity.ERROR,
    "The run parameters are not a JSON object with unique names.",
    why="StartRun accepts one value per parameter.",
    hint='write a JSON object, such as `{"input": "s3://bucket/file"}`',
    source=cite(Api.OMICS, "StartRun"),
)
row(
    "TPL001",
    "template-not-json",
    _ERROR,
    "The parameter template is not a JSON object with unique names.",
    why="The service expects a JSON object; one of two equal names would be dropped silently.",
    hint="fix the JSON, or regenerate the file with `packager template PATH -o FILE`",
    source=cite(Guide.PARAMETER_TEMPLATES, "entry", Api.OMICS, "WorkflowParameterTemplate"),
)
row(
    "TPL002",
    "template-malformed",
    _ERROR,
    "An entry of the parameter template has a form that the API rejects.",
    why="Each entry is `{description, optional}` and nothing else; a description has at most 256 characters and no "
    "line break or tab. Half of a surrogate pair (`\\ud800` to `\\udfff`) is not a character.",
    hint="fix the entry, or regenerate the file with `packager template PATH -o FILE`",
    source=cite(Guide.PARAMETER_TEMPLATES, "entry", Api.OMICS, "WorkflowParameterTemplate"),
)
row(
    "TPL020",
    "description-shortened",
    _INFO,
    "Descriptions are shortened in the parameter template.",
    why="The API accepts at most 256 characters on one line; the definition keeps the whole text. Reported once for a workflow.",
    hint="shorten the description in the definition",
    source=cite(Guide.PARAMETER_TEMPLATES, Api.OMICS, "WorkflowParameterTemplate"),
)
row(
    "TPL021",
    "unusable-input-name",
    _ERROR,
    "An input's name cannot be a parameter name.",
    why="The API accepts 1 to 128 characters without control characters, so a run could never set this input.",
    hint="rename the input",
    source=cite(Guide.PARAMETER_TEMPLATES, Api.OMICS, "WorkflowParameterTemplate"),
)
row(
    "TPL022",
    "too-many-inputs",
    _ERROR,
    "The workflow declares more inputs than a parameter template can have.",
    why="The API accepts at most 2,000 entries; a run could never set the other inputs.",
    hint="declare fewer inputs",
    source=cite(Guide.PARAMETER_TEMPLATES, Api.OMICS, "WorkflowParameterTemplate"),
)
row(
    "MAP001",
    "registry-map-malformed",
    _ERROR,
    "The container registry map violates its schema.",
    why="The service rejects a map with missing, unknown or too long members, so the workflow cannot be created.",
    hint="correct the member; the schema is `schemas/container-registry-map.schema.json`",
    source=cite(Api.OMICS, "ContainerRegistryMap", "RegistryMapping", "ImageMapping"),
)
row(
    "MAP002",
    "registry-map-not-json",
    _ERROR,
    "The container registry map is not JSON with unique keys.",
    why="It cannot be sent; one of two equal keys would be dropped silently.",
    hint="fix the JSON",
    source=cite(Api.OMICS, "ContainerRegistryMap", "RegistryMapping", "ImageMapping"),
)
