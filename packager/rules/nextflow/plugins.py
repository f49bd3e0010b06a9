"""Rules about the plugins of a Nextflow pipeline."""

from __future__ import annotations

from collections.abc import Iterator

from packager.findings.diagnostic import Severity
from packager.findings.sources import Guide, cite
from packager.healthomics import limits
from packager.model.features import Feature, FeatureName
from packager.rules.facts import Facts
from packager.rules.nextflow.features import engine_version, ways_out
from packager.rules.rule import RuleFinding, Subject, rule
from packager.text import joined

# Plugins that are part of Nextflow: it is not documented whether the service has them.
_CORE = frozenset(
    {
        "nf-amazon",
        "nf-azure",
        "nf-cloudcache",
        "nf-codecommit",
        "nf-console",
        "nf-google",
        "nf-ignite",
        "nf-k8s",
        "nf-seqera",
        "nf-tower",
        "nf-wave",
    }
)


def _with(plugin: str, version: str) -> str:
    return f"""
    main.nf
        workflow {{ println params.input }}
    nextflow.config
        manifest.nextflowVersion = '{version}'
        plugins {{ id '{plugin}' }}
    """


def _declared(facts: Facts) -> dict[str, Feature]:
    """The first declaration of each plugin."""
    declarations: dict[str, Feature] = {}
    for feature in facts.features(FeatureName.PLUGIN):
        declarations.setdefault(feature.key, feature)
    return declarations


@rule(
    "NXF025",
    "plugin-not-installed",
    Severity.ERROR,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="remove the plugin, or set `manifest.nextflowVersion` to a version that has it",
    source=cite(Guide.NEXTFLOW_RETENTION, "plugins", Guide.NEXTFLOW, "plugins"),
    bad=_with("nf-validation@1.1.3", "!>=24.10.0"),
    good=_with("nf-schema@2.3.0", "!>=24.10.0"),
)
def plugin_not_installed(facts: Facts) -> Iterator[RuleFinding]:
    """The pipeline declares or includes a plugin that is not installed with the chosen version.

    Plugins cannot be downloaded. Installed plugins: nf-schema and nf-validation in 23.10; nf-schema in 24.10; nf-schema, nf-core-utils,
    nf-prov and nf-fgbio in 25.10 and 26.04; none in 22.04. A warning if a run can request another version of the range that has it,
    or if an `if` decides whether it is included.
    """
    version = engine_version(facts)
    if version is None or version.number is None:
        return
    installed = limits.NEXTFLOW_PLUGINS[version.number]
    required = _declared(facts)
    for feature in sorted(facts.features(FeatureName.PLUGIN_INCLUDE), key=lambda feature: feature.conditional):
        required.setdefault(feature.text, feature)
    for name, feature in required.items():
        if name in installed or name in _CORE:
            continue
        versions = [number for number, plugins in sorted(limits.NEXTFLOW_PLUGINS.items()) if name in plugins]
        if versions:
            hint = f"set `manifest.nextflowVersion` to a version that has it: {' or '.join(versions)}"
        else:
            hint = f"remove the plugin; the service has {joined(list(installed)) if installed else 'no plugins'} in this version"
        way_out = ways_out(facts, versions.__contains__)
        decides = f" (depends on {joined(feature.depends_on)})" if feature.depends_on else ""
        message = f"the plugin `{name}` is not installed with Nextflow {version.number}{way_out or decides}"
        severity = Severity.WARNING if way_out or feature.conditional else None
        yield RuleFinding(feature.place, message, hint=hint, severity=severity, subject=name)


@rule(
    "NXF026",
    "plugin-version-ignored",
    Severity.INFO,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="test the pipeline with the installed version",
    source=cite(Guide.NEXTFLOW_RETENTION, "plugins", Guide.NEXTFLOW, "plugins"),
    bad=_with("nf-schema@2.5.1", "!>=25.10.0"),
    good=_with("nf-schema@2.6.1", "!>=25.10.0"),
)
def plugin_version_ignored(facts: Facts) -> Iterator[RuleFinding]:
    """The pipeline declares a different version of a plugin than the installed one.

    The service ignores the declared version and uses the installed one.
    """
    version = engine_version(facts)
    if version is None or version.number is None:
        return
    installed = limits.NEXTFLOW_PLUGINS[version.number]
    others = [
        (name, feature.text, installed[name], feature)
        for name, feature in _declared(facts).items()
        if name in installed and feature.text not in ("", installed[name])
    ]
    if others:
        names = ", ".join(f"`{name}` {has} instead of {declared}" for name, declared, has, _ in others)
        yield RuleFinding(others[0][3].place, f"Nextflow {version.number} uses {names}")
