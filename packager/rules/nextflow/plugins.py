"""Rules about the plugins of a Nextflow pipeline."""

from __future__ import annotations

from collections.abc import Iterator

from packager.findings.diagnostic import Severity
from packager.healthomics import limits
from packager.model.features import Feature, FeatureName
from packager.rules.facts import Facts
from packager.rules.nextflow.features import engine_version
from packager.rules.rule import Found, Subject, rule

_PAGE = "Nextflow version retention policy page: pre-installed plugins; Nextflow workflow definition page"
# Plugins that Nextflow itself brings with it: whether the service has them is not said.
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
    """The declaration of each plugin that is declared, first come."""
    found: dict[str, Feature] = {}
    for feature in facts.features(FeatureName.PLUGIN):
        found.setdefault(feature.text.partition("@")[0], feature)
    return found


@rule(
    "NXF025",
    "plugin-not-installed",
    Severity.ERROR,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="do without the plugin, or let `manifest.nextflowVersion` choose a version that has it",
    source=_PAGE,
    bad=_with("nf-validation@1.1.3", "!>=24.10.0"),
    good=_with("nf-schema@2.3.0", "!>=24.10.0"),
)
def plugin_not_installed(facts: Facts) -> Iterator[Found]:
    """A plugin is declared or included that the chosen version does not come with.

    Plugins cannot be downloaded. Installed are: with 23.10 nf-schema and nf-validation, with 24.10 nf-schema, with 25.10 and 26.04
    nf-schema, nf-core-utils, nf-prov and nf-fgbio; with 22.04 none.
    """
    version = engine_version(facts)
    if version is None or version.number is None:
        return
    installed = limits.NEXTFLOW_PLUGINS[version.number]
    wanted = _declared(facts)
    for feature in facts.features(FeatureName.PLUGIN_INCLUDE):
        wanted.setdefault(feature.text, feature)
    for name, feature in wanted.items():
        if name in installed or name in _CORE:
            continue
        has = ", ".join(f"`{one}`" for one in installed) or "none"
        having = [one for one, plugins in sorted(limits.NEXTFLOW_PLUGINS.items()) if name in plugins]
        yield Found(
            feature.place,
            f"the plugin `{name}` is not installed with Nextflow {version.number}, which has {has}",
            hint=f"let `manifest.nextflowVersion` choose {' or '.join(having)}, which have it" if having else None,
            subject=name,
        )


@rule(
    "NXF026",
    "plugin-version-ignored",
    Severity.INFO,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="test with the version that is installed; the declaration can stay",
    source=_PAGE,
    bad=_with("nf-schema@2.5.1", "!>=25.10.0"),
    good=_with("nf-schema@2.6.1", "!>=25.10.0"),
)
def plugin_version_ignored(facts: Facts) -> Iterator[Found]:
    """A plugin is declared in another version than the installed one.

    The service ignores the declared version and runs the installed one.
    """
    version = engine_version(facts)
    if version is None or version.number is None:
        return
    installed = limits.NEXTFLOW_PLUGINS[version.number]
    others = [
        (name, asked, installed[name], feature)
        for name, feature in _declared(facts).items()
        if name in installed and (asked := feature.text.partition("@")[2]) not in ("", installed[name])
    ]
    if others:
        names = ", ".join(f"`{name}` {has} runs instead of {asked}" for name, asked, has, _ in others)
        yield Found(others[0][3].place, f"{names}: Nextflow {version.number} comes with it")
