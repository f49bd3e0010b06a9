"""Rules about `nextflow_schema.json`, the schema of a pipeline's parameters."""

from __future__ import annotations

from collections.abc import Iterator

from packager.findings.diagnostic import Severity
from packager.findings.sources import Guide, cite
from packager.model.features import FeatureName
from packager.rules.facts import Facts
from packager.rules.rule import RuleFinding, Subject, rule

_SCRIPT = """
    main.nf
        workflow { println params.input }
"""


@rule(
    "NXF010",
    "schema-missing",
    Severity.INFO,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    needs=("workflow_with_main",),
    hint="add a `nextflow_schema.json` next to the main script, or pass `--parameter-template FILE`",
    source=cite(Guide.PARAMETER_TEMPLATES, "Nextflow"),
    bad=_SCRIPT,
    good=_SCRIPT
    + """
    nextflow_schema.json
        {"$schema": "https://json-schema.org/draft/2020-12/schema",
         "properties": {"input": {"type": "string", "description": "sample sheet"}}, "required": ["input"]}
    """,
)
def schema_missing(facts: Facts) -> Iterator[RuleFinding]:
    """The pipeline has no `nextflow_schema.json` next to its main script.

    If a workflow is created without a parameter template, the service then only knows the parameters at the top level of the main script
    and its `nextflow.config`; a run cannot set any other. The severity is info because `packager submit` sends a template with all
    parameters. Without a schema, it lacks most descriptions.
    """
    if facts.written_template is not None or facts.workflow is None or not facts.workflow.inputs:
        return
    for feature in facts.features(FeatureName.SCHEMA_MISSING):
        yield RuleFinding(feature.place, "the pipeline has no `nextflow_schema.json` next to its main script")


@rule(
    "NXF011",
    "schema-unreadable",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="write the schema as JSON Schema draft 2020-12 or draft-07",
    source=cite(Guide.PARAMETER_TEMPLATES, "Nextflow"),
    bad=_SCRIPT
    + """
    nextflow_schema.json
        {"properties": }
    """,
    good=_SCRIPT
    + """
    nextflow_schema.json
        {"$schema": "http://json-schema.org/draft-07/schema", "properties": {"input": {"type": "string"}}}
    """,
)
def schema_unreadable(facts: Facts) -> Iterator[RuleFinding]:
    """`nextflow_schema.json` is not valid JSON, or uses a draft of JSON Schema that the service does not read.

    The service then uses only the main script and its config, and most parameters are missing from the template.
    """
    for feature in facts.features(FeatureName.SCHEMA_INVALID):
        yield RuleFinding(feature.place, f"cannot read the schema: {feature.text}")
    for feature in facts.features(FeatureName.SCHEMA_DRAFT_UNKNOWN):
        draft = f"is in the draft `{feature.text}`" if feature.text else "has no `$schema`"
        yield RuleFinding(feature.place, f"the schema {draft}, the service reads 2020-12 and draft-07")


@rule(
    "NXF012",
    "schema-nested-parameter",
    Severity.INFO,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="declare the parameter as an object without `properties`, or declare its members at the top level",
    source=cite(Guide.PARAMETER_TEMPLATES, "Nextflow", "nested"),
    bad=_SCRIPT
    + """
    nextflow_schema.json
        {"$schema": "https://json-schema.org/draft/2020-12/schema",
         "properties": {"wf": {"type": "object", "properties": {"depth": {"type": "integer"}}}}}
    """,
    good=_SCRIPT
    + """
    nextflow_schema.json
        {"$schema": "https://json-schema.org/draft/2020-12/schema", "properties": {"depth": {"type": "integer"}}}
    """,
)
def schema_nested_parameter(facts: Facts) -> Iterator[RuleFinding]:
    """A parameter of the schema has nested parameters.

    The service skips nested parameters; a run can only set the whole object by its top-level name. The severity is info because that is
    how a run sets them elsewhere, too.
    """
    for feature in facts.features(FeatureName.SCHEMA_NESTED):
        message = f"the service does not know the parameters nested in `{feature.text}`"
        yield RuleFinding(feature.place, message, subject=feature.text)
