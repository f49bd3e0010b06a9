"""The verdict: what the parser of the chosen version rejects, and names that nothing defines.

From 26.04 on, Nextflow uses the strict parser, and what it rejects are errors. Older versions accept that; then one finding for the
whole pipeline summarizes what 26.04 rejects. What only the strict parser reads is an error for older versions, also one finding.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import PurePosixPath

from packager.engines.nextflow import builtins
from packager.engines.nextflow.graph import Graph, IncludeUse
from packager.engines.nextflow.lexing import SyntaxFault
from packager.engines.nextflow.names import check_config_names, check_script_names
from packager.engines.nextflow.pipeline import Pipeline
from packager.engines.nextflow.sources import PipelineSources
from packager.engines.nextflow.versions import is_strict
from packager.findings.codes import finding_at
from packager.findings.diagnostic import Diagnostic, Severity, in_order
from packager.model.facts import Verdict, Workflow
from packager.text import count, nearest_name


def check_pipeline(pipeline: Pipeline, workflow: Workflow) -> Verdict:
    """The verdict of Nextflow's own language checks on a parsed pipeline; never raises."""
    return Verdict(tuple(in_order(_diagnostics(pipeline, workflow))))


def _diagnostics(pipeline: Pipeline, workflow: Workflow) -> list[Diagnostic]:
    sources, graph, settings = pipeline.sources, pipeline.graph, pipeline.settings
    faults: list[tuple[str, str, SyntaxFault]] = []
    uses: dict[str, list[IncludeUse]] = {}
    for use in graph.uses:
        uses.setdefault(use.path, []).append(use)
    classes = {PurePosixPath(path).stem for path in sources.tree.files if path.endswith(".groovy")}
    for path in sorted(graph.harvests):
        script = sources.scripts[path]
        faults += [("NXF002", path, fault) for fault in _strict(script.faults)]
        if not any(fault.everywhere for fault in script.faults):
            included = _included(graph, uses.get(path, ()))
            faults += [("NXF003", path, fault) for fault in check_script_names(script, included, classes)]
    for path in settings.files:
        config = sources.configs[path]
        faults += [("NXF002", path, fault) for fault in _strict(config.faults)]
        if not any(fault.everywhere for fault in config.faults):
            faults += [("NXF003", path, fault) for fault in check_config_names(config, classes)]
    if pipeline.is_dsl1:
        return []  # no version that the service offers reads it: NXF016
    if is_strict(workflow.language_version or None):
        rejected = [
            finding_at(
                sources.place(path, fault.start, fault.end),
                code,
                fault.message + settings.only_in_profile(path),
                hint=_hint(fault),
                severity=Severity.WARNING if path in settings.only_with else None,
                subject=fault.subject(sources.text(path) or ""),
            )
            for code, path, fault in faults
        ]
        return [*rejected, *_left_out(pipeline)]
    return [*_legacy(pipeline, workflow), *_summary(sources, faults)]


def _legacy(pipeline: Pipeline, workflow: Workflow) -> list[Diagnostic]:
    """What the parser of versions before 26.04 rejects, as one finding for each cure: most often the engine version is the one cause.

    A warning if a run can request a version of the pipeline's range that reads it with the same meaning.
    """
    if not workflow.language_version:
        return []
    by_cure: dict[str, list[tuple[str, SyntaxFault]]] = {}
    for path, fault in _legacy_faults(pipeline):
        by_cure.setdefault(fault.cure, []).append((path, fault))
    return [_legacy_finding(pipeline, workflow.language_version, cure, faults) for cure, faults in by_cure.items()]


def _legacy_faults(pipeline: Pipeline) -> list[tuple[str, SyntaxFault]]:
    sources = pipeline.sources
    scripts = ((path, sources.scripts[path].faults) for path in sorted(pipeline.graph.harvests))
    configs = ((path, sources.configs[path].faults) for path in pipeline.settings.files)
    return [(path, fault) for path, faults in (*scripts, *configs) for fault in faults if fault.legacy]


def _left_out(pipeline: Pipeline) -> list[Diagnostic]:
    """What the strict parser of 26.04 reads past without an error: the text is not in the string. Newer versions reject it."""
    sources = pipeline.sources
    return [
        finding_at(
            sources.place(path, fault.start, fault.end),
            "NXF002",
            f"Nextflow leaves {fault.message} out of the string",
            severity=Severity.WARNING,
            hint=fault.cure,
            subject=fault.subject(sources.text(path) or ""),
        )
        for path, fault in _legacy_faults(pipeline)
        if fault.cure
    ]


def _legacy_finding(pipeline: Pipeline, version: str, cure: str, faults: list[tuple[str, SyntaxFault]]) -> Diagnostic:
    sources = pipeline.sources
    path, first = faults[0]
    message = f"the parser of Nextflow {version}, which the service chooses, does not read {first.message}"
    if len(faults) > 1:
        message += f" ({count(len(faults) - 1, 'more place')})"
    unless = "" if cure else pipeline.unless_strict  # with a cure, newer versions misread it
    message += unless
    place = sources.place(path, first.start, first.end)
    subject = first.subject(sources.text(path) or "")
    severity = Severity.WARNING if unless else None
    return finding_at(place, "NXF050", message, hint=cure or None, severity=severity, subject=subject)


def _hint(fault: SyntaxFault) -> str | None:
    """The hint for an unknown directive or feature flag; None for the hint of the code."""
    if not fault.directive:
        return None
    if fault.directive in builtins.FORMER_DIRECTIVES:
        return f"use its new name, `{builtins.FORMER_DIRECTIVES[fault.directive]}`"
    if fault.directive.startswith("nextflow."):
        flags = difflib.get_close_matches(fault.directive, sorted(builtins.FEATURE_FLAGS), 1, 0.85)
        return f"did you mean `{flags[0]}`?" if flags else "remove the line; Nextflow 26.04 does not have this flag"
    near = nearest_name(fault.directive, sorted(builtins.DIRECTIVES))
    return f"did you mean `{near}`?" if near else "see the list of directives in Nextflow's process reference"


def _strict(faults: tuple[SyntaxFault, ...]) -> list[SyntaxFault]:
    return [fault for fault in faults if fault.strict]


def _included(graph: Graph, uses: Iterable[IncludeUse]) -> dict[str, str]:
    """The kinds of the names that a script includes; empty if unknown."""
    kinds: dict[str, str] = {}
    for use in uses:
        for name in use.include.names:
            kinds[name.alias] = graph.defined.get(use.target, {}).get(name.name, "") if use.kind == "local" else ""
    return kinds


def _summary(sources: PipelineSources, faults: list[tuple[str, str, SyntaxFault]]) -> list[Diagnostic]:
    if not faults:
        return []
    _, path, first = faults[0]
    files = len({path for _, path, _ in faults})
    places = f"{count(len(faults), 'place')} in {count(files, 'file')}"
    message = f"Nextflow 26.04 rejects {places}, first: {first.message}"
    return [finding_at(sources.place(path, first.start, first.end), "NXF019", message)]
