"""Rules about the reports that Nextflow writes about a run: report, timeline, trace and graph."""

from __future__ import annotations

from collections.abc import Iterator

from packager.findings.diagnostic import Severity
from packager.healthomics import limits
from packager.model.features import Feature, FeatureName
from packager.rules.facts import Facts
from packager.rules.nextflow.features import GUIDE, default_of, engine_version, has_outputs, is_below
from packager.rules.rule import Found, Subject, rule
from packager.text import joined

_REPORTS = GUIDE + ": reports"
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
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="write them below `/mnt/workflow/output/`, with Nextflow 25.10 or later, or expect none",
    source=_REPORTS,
    bad=_config("report { enabled = true; file = 'reports/report.html' }"),
    good=_config("report { enabled = true; file = '/mnt/workflow/output/report.html' }"),
)
def reports_not_exported(facts: Facts) -> Iterator[Found]:
    """Nextflow's report, timeline, trace or graph is written where the service does not export it.

    From 25.10 on it exports what is below `/mnt/workflow/output/`; older versions export none. The run is not harmed. Where a
    parameter without default decides about the place it is advice.
    """
    lost: list[tuple[Feature, bool]] = []
    has = has_outputs(facts)
    for feature in facts.features(FeatureName.REPORT_PATH, FeatureName.REPORT_PARAM):
        where: str | None = feature.text.partition("=")[2]
        is_open = False
        if feature.name == "report-param":
            where, is_open = default_of(facts, where or "")
        if is_open or (where is not None and not (has and is_below(where, limits.NEXTFLOW_OUTPUT_DIR))):
            lost.append((feature, is_open))
    if not lost:
        return
    names = list(dict.fromkeys(feature.text.partition("=")[0] for feature, _ in lost))
    verb = "are" if len(names) > 1 else "is"
    version = engine_version(facts)
    if not has:
        number = version.number if version else None
        message = (
            f"{joined(names)} {verb} not exported: the service takes Nextflow {number}, and exports them from 25.10 on"
        )
    else:
        message = f"{joined(names)} {verb} not written below `{limits.NEXTFLOW_OUTPUT_DIR}/`, and so not exported"
        if all(is_open for _, is_open in lost):
            parameter = lost[0][0].text.partition("=")[2]
            message = f"{joined(names)} {verb} exported only where `params.{parameter}` lies below `{limits.NEXTFLOW_OUTPUT_DIR}/`"
    severity = Severity.INFO if all(is_open for _, is_open in lost) else None
    yield Found(lost[0][0].place, message, severity=severity)


@rule(
    "NXF033",
    "graph-format",
    Severity.INFO,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="name the file with `.html`, `.dot` or `.mmd`",
    source=_REPORTS,
    bad=_config("dag { enabled = true; file = '/mnt/workflow/output/dag.svg' }"),
    good=_config("dag { enabled = true; file = '/mnt/workflow/output/dag.html' }"),
)
def graph_format(facts: Facts) -> Iterator[Found]:
    """The graph of the pipeline is asked for in a format that needs Graphviz.

    The service does not have it, and writes a `.dot` file instead.
    """
    for feature in facts.features(FeatureName.DAG_FORMAT):
        if feature.text in _NO_GRAPHVIZ:
            message = f"the graph as `.{feature.text}` needs Graphviz, and becomes a `.dot` file"
            yield Found(feature.place, message, subject=feature.text)
