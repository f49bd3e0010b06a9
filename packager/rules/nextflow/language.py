"""Rules about deprecated and preview features of Nextflow."""

from __future__ import annotations

from collections.abc import Iterator

from packager.findings.diagnostic import Severity
from packager.findings.sources import Guide, cite
from packager.healthomics import limits
from packager.model.features import FeatureName
from packager.rules.facts import Facts
from packager.rules.nextflow.features import engine_version, is_strict, parts, setting
from packager.rules.rule import RuleFinding, Subject, rule
from packager.text import count

_TYPES = "nextflow.enable.types"
_RECURSION = "nextflow.preview.recursion"


def _with(version: str, more: str = "") -> str:
    return f"""
    main.nf
        workflow {{ println params.input }}
    nextflow.config
        manifest.nextflowVersion = '{version}'
        {more}
    """


@rule(
    "NXF043",
    "deprecated-in-26-04",
    Severity.INFO,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="remove it, or use the replacement from Nextflow's release notes",
    source=cite(Guide.NEXTFLOW_RELEASES, "deprecated"),
    bad=_with("!>=26.04.0", "nextflow.enable.strict = true"),
    good=_with("!>=26.04.0"),
)
def deprecated_in_26_04(facts: Facts) -> Iterator[RuleFinding]:
    """The pipeline uses a feature that is deprecated in Nextflow 26.04, the chosen version.

    `listFiles()`, `nextflow.enable.strict` and `manifest.defaultBranch` still work in 26.04, but not in a later version.
    """
    if not is_strict(facts):
        return
    calls = list(facts.features(FeatureName.LIST_FILES))
    if calls:
        more = f" (also in {count(len(calls) - 1, 'more script')})" if len(calls) > 1 else ""
        yield RuleFinding(calls[0].place, f"`listFiles()` is deprecated{more}", subject="listFiles")
    for name in ("nextflow.enable.strict", "manifest.defaultBranch"):
        feature = setting(facts, name) or next(
            (flag for flag in facts.features(FeatureName.FLAG) if flag.key == name), None
        )
        if feature is not None:
            yield RuleFinding(feature.place, f"`{name}` is deprecated", subject=name)


@rule(
    "NXF044",
    "preview-feature",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="remove the flag; if the chosen version does not have the feature without it, remove the feature too",
    source=cite(Guide.NEXTFLOW_RETENTION, "previews", Guide.NEXTFLOW_RELEASES, "previews"),
    bad="""
    main.nf
        nextflow.preview.recursion = true
        workflow { println params.input }
    """,
    good="""
    main.nf
        workflow { println params.input }
    """,
)
def preview_feature(facts: Facts) -> Iterator[RuleFinding]:
    """A preview feature of Nextflow is enabled.

    The service supports no preview features.
    """
    version = engine_version(facts)
    early = version is not None and version.parts < parts(limits.NEXTFLOW_OUTPUTS)
    seen: set[str] = set()
    for feature in facts.features(FeatureName.FLAG, FeatureName.SETTING):
        name = feature.key
        is_preview = name.startswith("nextflow.preview.") or name == _TYPES
        if not is_preview or feature.text == "false" or name in seen:
            continue
        if feature.name is FeatureName.FLAG and is_strict(facts) and name not in (_TYPES, _RECURSION):
            continue  # 26.04 does not have the flag: NXF003
        seen.add(name)
        if name == _TYPES:
            message = f"`{name}` enables static types, a preview feature that the service does not support"
            yield RuleFinding(feature.place, message, subject=name)
            continue
        if name == "nextflow.preview.output" and early and any(facts.features(FeatureName.OUTPUT_BLOCK)):
            continue  # the block itself is the finding
        if name != "nextflow.preview.dsl":  # DSL2 in 2020
            message = f"`{name}` is a preview feature, which the service does not support"
            yield RuleFinding(feature.place, message, subject=name)
