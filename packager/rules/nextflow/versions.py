"""Rules about the engine version that the service chooses for a Nextflow pipeline."""

from __future__ import annotations

from collections.abc import Iterator

from packager.findings.causes import Cause
from packager.findings.diagnostic import Severity
from packager.findings.sources import Guide, cite
from packager.healthomics import limits
from packager.model.features import FeatureName
from packager.rules.facts import Facts
from packager.rules.nextflow.features import engine_version, is_strict, ways_out
from packager.rules.rule import RuleFinding, Subject, rule

_MAIN = """
    main.nf
        workflow { println params.input }
    nextflow.config
        manifest.nextflowVersion = '{}'
"""
_DSL1 = """
    main.nf
        reads = Channel.fromPath(params.reads)
        process count {
          input:
          file x from reads
          output:
          file 'n.txt' into counts
          '''
          wc -l $x > n.txt
          '''
        }
"""


def _with(version: str) -> str:
    return _MAIN.replace("{}", version)


def closes(version: str | None) -> str:
    """The day from which no new workflow can be created with a version; "" if none is planned."""
    deprecated = limits.NEXTFLOW_DEPRECATED.get(version or "", "")
    return f"{int(deprecated[:4]) - 1}{deprecated[4:]}" if deprecated else ""


def _is_closed(facts: Facts, version: str | None) -> bool:
    day = closes(version)
    return bool(day) and facts.is_past(day)


def must_be_rewritten(facts: Facts) -> bool:
    """Whether the pipeline is in a language that no version for new workflows reads (NXF016)."""
    return _is_dsl1(facts) and _is_closed(facts, limits.NEXTFLOW_DSL1)


def _is_dsl1(facts: Facts) -> bool:
    return any(facts.features(FeatureName.DSL1))


@rule(
    "NXF016",
    "first-language",
    Severity.ERROR,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="rewrite the pipeline in DSL2: processes without `from` and `into`, and a `workflow` that calls them",
    source=cite(Guide.NEXTFLOW_RETENTION, "closing", Guide.LANGUAGE_VERSIONS, "DSL1"),
    bad=_DSL1,
    good="""
    main.nf
        process count {
          input:
          path x
          output:
          path 'n.txt'
          script:
          '''
          wc -l $x > n.txt
          '''
        }
        workflow { count(channel.fromPath(params.reads)) }
    """,
)
def first_language(facts: Facts) -> Iterator[RuleFinding]:
    """The pipeline is written in DSL1, Nextflow's first language.

    Only Nextflow 22.04 supports it, and the retention policy allows no new workflows with that version. Every other version fails when
    it reads the script.
    """
    flag = next(
        (
            feature
            for feature in facts.features(FeatureName.FLAG, FeatureName.SETTING)
            if (feature.key, feature.text) == ("nextflow.enable.dsl", "1")
        ),
        None,
    )
    since = closes(limits.NEXTFLOW_DSL1)
    closed = _is_closed(facts, limits.NEXTFLOW_DSL1)
    for feature in (flag,) if flag else facts.features(FeatureName.DSL1):
        yield RuleFinding(
            feature.place,
            f"the pipeline is DSL1: only Nextflow {limits.NEXTFLOW_DSL1} supports it, and that version "
            + (f"accepts no new workflows since {since}" if closed else f"accepts no new workflows from {since} on"),
            severity=None if closed else Severity.WARNING,
        )
        return


@rule(
    "NXF017",
    "version-unsatisfiable",
    Severity.ERROR,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="use a range that includes 23.10.0, 24.10.8, 25.10.0 or 26.04.0",
    source=cite(Guide.LANGUAGE_VERSIONS, "unsatisfiable"),
    bad=_with("!>=27.04.0"),
    good=_with("!>=25.10.0"),
)
def version_unsatisfiable(facts: Facts) -> Iterator[RuleFinding]:
    """No Nextflow version of the service matches `manifest.nextflowVersion`, and the `!` in it makes the run fail.

    The run fails before the first task. To request another engine version does not help: Nextflow itself stops if it does not meet a
    range with `!`. A warning if a profile sets another range.
    """
    version = engine_version(facts)
    if version is not None and version.kind == "unsatisfiable" and not _is_dsl1(facts):
        way_out = ways_out(facts, bool)
        severity = Severity.WARNING if way_out else None
        yield RuleFinding(version.feature.place, version.reason + way_out, severity=severity)


@rule(
    "NXF018",
    "version-left-to-default",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    needs=("configured_workflow", "workflow_with_main"),
    hint="set the version that the pipeline needs, such as `manifest.nextflowVersion = '!>=25.10.0'`",
    source=cite(Guide.LANGUAGE_VERSIONS, "default", Guide.NEXTFLOW_RETENTION, "closing"),
    bad="""
    main.nf
        workflow { println params.input }
    """,
    good=_with("!>=25.10.0"),
)
def version_left_to_default(facts: Facts) -> Iterator[RuleFinding]:
    """The config sets no Nextflow version, or a range that no supported version matches.

    The service then uses its default, 23.10.0, an old version that accepts no new workflows from 2026-11-30 on. The default
    after that is not documented.
    """
    version = engine_version(facts)
    if version is None or _is_dsl1(facts):
        return
    cause = Cause.NONE
    if version.kind == "missing":
        cause = Cause.PIPELINES_WITHOUT_VERSION
        message = f"`manifest.nextflowVersion` is not set: the service uses its default {version.number}"
    elif version.kind == "unparsable":
        message = f"{version.reason}: the service uses its default {version.number}"
    elif version.kind == "unsupported":
        message = f"{version.reason}: {version.number}"
    else:
        return
    if _is_closed(facts, version.number):
        message += f", which accepts no new workflows since {closes(version.number)}"
    subject = facts.workflow.place.path if facts.workflow is not None else ""
    yield RuleFinding(version.feature.place, message, subject=subject, cause=cause)


@rule(
    "NXF022",
    "version-retiring",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="raise the lower bound, for example to `>=24.10.0` (chooses 24.10.8) or `!>=25.10.0`",
    source=cite(Guide.NEXTFLOW_RETENTION, "closing", Guide.LANGUAGE_VERSIONS, "order"),
    bad=_with(">=23.04.0"),
    good=_with(">=24.10.0"),
)
def version_retiring(facts: Facts) -> Iterator[RuleFinding]:
    """`manifest.nextflowVersion` chooses a version that is being retired.

    From a range, the service chooses 23.10.0 first, then 22.04.0. A version accepts no new workflows in the last twelve months before its
    deprecation, and after it. From that day on this is an error, unless a version that accepts new workflows meets the range too: whether
    the service then chooses that one is not documented.
    """
    version = engine_version(facts)
    if version is None or version.kind not in ("exact", "range") or _is_dsl1(facts):
        return
    closing = closes(version.number)
    if not closing:
        return
    deprecated = limits.NEXTFLOW_DEPRECATED[version.number or ""]
    if not _is_closed(facts, version.number):
        yield RuleFinding(
            version.feature.place,
            f"the service chooses Nextflow {version.number}, which accepts no new workflows from {closing} on"
            f" (deprecated from {deprecated} on)",
        )
        return
    choices = next((feature.key.split() for feature in facts.features(FeatureName.NEXTFLOW_VERSION)), [])
    message = f"the service chooses Nextflow {version.number}, which accepts no new workflows since {closing}"
    is_open = version.kind == "range" and not (choices and all(_is_closed(facts, number) for number in choices))
    yield RuleFinding(version.feature.place, message, severity=Severity.WARNING if is_open else Severity.ERROR)


@rule(
    "NXF023",
    "version-newer-than-asked",
    Severity.INFO,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="test with that version, or set an exact version, such as `manifest.nextflowVersion = '25.10.0'`",
    source=cite(Guide.LANGUAGE_VERSIONS, "order", Guide.NEXTFLOW, "strict"),
    bad=_with("!>=25.10.4"),
    good=_with("!>=25.10.0"),
)
def version_newer_than_asked(facts: Facts) -> Iterator[RuleFinding]:
    """The version range starts with an older release, but the first version of the service in it is 26.04.

    That version reads scripts and configs with the strict parser; older ones do not.
    """
    version = engine_version(facts)
    written = next((feature.text for feature in facts.features(FeatureName.NEXTFLOW_VERSION)), "")
    if version is None or version.kind != "range" or not is_strict(facts) or version.number is None:
        return
    if ".".join(version.number.split(".")[:2]) not in written:
        yield RuleFinding(version.feature.place, f"the service chooses Nextflow {version.number} for {written}")


@rule(
    "NXF024",
    "version-overridden",
    Severity.INFO,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="set `manifest.nextflowVersion` once, at the end of `nextflow.config`",
    source=cite(Guide.LANGUAGE_VERSIONS, "last"),
    bad="""
    main.nf
        workflow { println params.input }
    nextflow.config
        manifest.nextflowVersion = '!>=25.10.0'
        includeConfig 'base.config'
    base.config
        manifest.nextflowVersion = '!>=24.10.0'
    """,
    good="""
    main.nf
        workflow { println params.input }
    nextflow.config
        includeConfig 'base.config'
        manifest.nextflowVersion = '!>=25.10.0'
    base.config
        process.cpus = 1
    """,
)
def version_overridden(facts: Facts) -> Iterator[RuleFinding]:
    """Two configs set `manifest.nextflowVersion` to values that choose different versions, and the later one applies.

    The service uses the last setting, which may be in an included config. That may be intended.
    """
    last = next(iter(facts.features(FeatureName.NEXTFLOW_VERSION)), None)
    for feature in facts.features(FeatureName.NEXTFLOW_VERSION_OVERRIDDEN):
        by = f"{last.text} in `{last.place.path}`" if last else "another"
        paths = (last.place.path,) if last else ()
        yield RuleFinding(feature.place, f"the version {feature.text} is overridden by {by}", paths=paths)
