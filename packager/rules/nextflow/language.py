"""Rules about features of the language that a Nextflow version has deprecated or not yet settled."""

from __future__ import annotations

from collections.abc import Iterator

from packager.findings.diagnostic import Severity
from packager.healthomics import limits
from packager.model.features import FeatureName
from packager.rules.facts import Facts
from packager.rules.nextflow.features import engine_version, is_strict, parts, setting
from packager.rules.rule import Found, Subject, rule

_RETENTION = "Nextflow version retention policy page"
_NOTES = "Nextflow version release notes page"


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
    hint="take it out, or use what Nextflow's release notes name instead",
    source=_NOTES,
    bad=_with("!>=26.04.0", "nextflow.enable.strict = true"),
    good=_with("!>=26.04.0"),
)
def deprecated_in_26_04(facts: Facts) -> Iterator[Found]:
    """The pipeline uses something that Nextflow 26.04, the chosen version, has deprecated.

    It still works there, and will not in a later version: `listFiles()`, `nextflow.enable.strict`, `manifest.defaultBranch`.
    """
    if not is_strict(facts):
        return
    calls = list(facts.features(FeatureName.LIST_FILES))
    if calls:
        more = f", as in {len(calls) - 1} more scripts" if len(calls) > 1 else ""
        yield Found(calls[0].place, f"`listFiles()` is deprecated{more}", subject="listFiles")
    for name in ("nextflow.enable.strict", "manifest.defaultBranch"):
        found = setting(facts, name) or next(
            (one for one in facts.features(FeatureName.FLAG) if one.text.startswith(f"{name}=")), None
        )
        if found is not None:
            yield Found(found.place, f"`{name}` is deprecated", subject=name)


@rule(
    "NXF044",
    "preview-feature",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="take the flag out where the chosen version has the feature without it, or do without the feature",
    source=_RETENTION + ": no preview features; " + _NOTES,
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
def preview_feature(facts: Facts) -> Iterator[Found]:
    """A preview feature of Nextflow is switched on.

    The service supports none.
    """
    version = engine_version(facts)
    early = version is not None and version.parts < parts(limits.NEXTFLOW_OUTPUTS)
    seen: set[str] = set()
    for feature in facts.features(FeatureName.FLAG, FeatureName.SETTING):
        name, _, value = feature.text.partition("=")
        if not name.startswith("nextflow.preview.") or value == "false" or name in seen:
            continue
        seen.add(name)
        if name == "nextflow.preview.output" and early and any(facts.features(FeatureName.OUTPUT_BLOCK)):
            continue  # the block is the finding
        if name != "nextflow.preview.dsl":  # the second language of 2020
            message = f"`{name}` is a preview feature, which the service does not support"
            yield Found(feature.place, message, subject=name)
