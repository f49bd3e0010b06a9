"""Rules about Nextflow pipelines: what can be told without reading the language."""

from __future__ import annotations

from collections.abc import Iterator

from packager.findings.diagnostic import Severity
from packager.model.features import FeatureName
from packager.rules.facts import Facts
from packager.rules.rule import Found, Subject, rule

_PAGE = "parameter templates page: how the template of a Nextflow workflow is generated"
_SCRIPT = """
    main.nf
        workflow { println params.input }
"""


@rule(
    "NXF010",
    "schema-missing",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="put a `nextflow_schema.json` beside the main script, or give `--parameter-template`",
    source=_PAGE,
    bad=_SCRIPT,
    good=_SCRIPT
    + """
    nextflow_schema.json
        {"$schema": "https://json-schema.org/draft/2020-12/schema",
         "properties": {"input": {"type": "string", "description": "sample sheet"}}, "required": ["input"]}
    """,
)
def schema_missing(facts: Facts) -> Iterator[Found]:
    """There is no `nextflow_schema.json` beside the main script.

    The service then knows only the parameters that the main script and its `nextflow.config` show at the top level; a run
    cannot set any other.
    """
    if facts.written_template is not None:
        return
    for feature in facts.features(FeatureName.SCHEMA_MISSING):
        yield Found(feature.place, "there is no `nextflow_schema.json` beside the main script")


@rule(
    "NXF011",
    "schema-unreadable",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="write the schema as JSON Schema draft 2020-12 or draft-07",
    source=_PAGE,
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
def schema_unreadable(facts: Facts) -> Iterator[Found]:
    """`nextflow_schema.json` is not JSON, or names a draft that the service does not read.

    The service then falls back to what the scripts show, and most parameters are missing from the template.
    """
    for feature in facts.features(FeatureName.SCHEMA_INVALID):
        yield Found(feature.place, f"the schema cannot be read: {feature.text}")
    for feature in facts.features(FeatureName.SCHEMA_DRAFT_UNKNOWN):
        named = "names no draft" if feature.text == "None" else f"names the draft `{feature.text}`"
        yield Found(feature.place, f"the schema {named}, the service reads 2020-12 and draft-07")


@rule(
    "NXF012",
    "schema-nested-parameter",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="declare the parameter as an object without inner properties, or flatten it",
    source=_PAGE,
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
def schema_nested_parameter(facts: Facts) -> Iterator[Found]:
    """A parameter of the schema has parameters inside.

    The service skips nested ones; a run can only give the whole object under its top-level name.
    """
    for feature in facts.features(FeatureName.SCHEMA_NESTED):
        message = f"the parameters inside `{feature.text}` are not known to the service"
        yield Found(feature.place, message, subject=feature.text)
