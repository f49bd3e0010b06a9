"""Rules about the reports that Nextflow writes about a run: report, timeline, trace and graph."""

from __future__ import annotations

from collections.abc import Iterator

from packager.findings.diagnostic import Severity
from packager.findings.sources import Guide, cite
from packager.healthomics import limits
from packager.model.features import Feature, FeatureName
from packager.rules.facts import Facts
from packager.rules.nextflow.features import default_of, engine_version, has_outputs, is_below
from packager.rules.rule import RuleFinding, Subject, rule
from packager.text import joined

_NO_GRAPHVIZ = ("pdf", "png", "svg")


def _config(text: str) -> str:
    return f"""
    main.nf
        workflow {{ println params.input }}
    nextflow.config
        manifest.nextflowVersion = '!>=25.10.0'
        {text}
    """


@rule(
    "NXF032",
    "reports-not-exported",
    Severity.INFO,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="write them below `/mnt/workflow/output/` with Nextflow 25.10 or later, or ignore this if you do not need them",
    source=cite(Guide.NEXTFLOW, "reports"),
    bad=_config("report { enabled = true; file = 'reports/report.html' }"),
    good=_config("report { enabled = true; file = '/mnt/workflow/output/report.html' }"),
)
def reports_not_exported(facts: Facts) -> Iterator[RuleFinding]:
    """Nextflow's report, timeline, trace or graph is written to a folder that the service does not export.

    From 25.10 on, the service exports reports below `/mnt/workflow/output/`; with older versions, it exports none. The severity is info
    because the run succeeds and its results are not affected.
    """
    lost: list[tuple[Feature, bool]] = []
    exports = has_outputs(facts)
    for feature in facts.features(FeatureName.REPORT_PATH, FeatureName.REPORT_PARAM):
        folder: str | None = feature.text
        is_open = False
        if feature.name is FeatureName.REPORT_PARAM:
            folder, is_open = default_of(facts, feature.text)
        if is_open or (folder is not None and not (exports and is_below(folder, limits.NEXTFLOW_OUTPUT_DIR))):
            lost.append((feature, is_open))
    if not lost:
        return
    names = list(dict.fromkeys(feature.key for feature, _ in lost))
    verb = "are" if len(names) > 1 else "is"
    version = engine_version(facts)
    if not exports:
        number = version.number if version else None
        message = f"{joined(names)} {verb} not exported with Nextflow {number}, only from 25.10 on"
    else:
        message = f"{joined(names)} {verb} not exported: the path is not below `{limits.NEXTFLOW_OUTPUT_DIR}/`"
        if all(is_open for _, is_open in lost):
            message = f"{joined(names)} {verb} only exported if `params.{lost[0][0].text}` is below `{limits.NEXTFLOW_OUTPUT_DIR}/`"
    yield RuleFinding(lost[0][0].place, message)


@rule(
    "NXF033",
    "graph-format",
    Severity.INFO,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="use the suffix `.html`, `.dot` or `.mmd`",
    source=cite(Guide.NEXTFLOW, "graphs"),
    bad=_config("dag { enabled = true; file = '/mnt/workflow/output/dag.svg' }"),
    good=_config("dag { enabled = true; file = '/mnt/workflow/output/dag.html' }"),
)
def graph_format(facts: Facts) -> Iterator[RuleFinding]:
    """The graph of the pipeline is in a format that needs Graphviz.

    The service does not have Graphviz, and writes a `.dot` file instead.
    """
    for feature in facts.features(FeatureName.DAG_FORMAT):
        if feature.text in _NO_GRAPHVIZ:
            message = f"a graph in `.{feature.text}` format needs Graphviz: the service writes a `.dot` file instead"
            yield RuleFinding(feature.place, message, subject=feature.text)
