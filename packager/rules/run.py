"""Runs rules over facts: the findings, and the checks that could not run."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from packager.findings.codes import finding, finding_at
from packager.findings.diagnostic import Diagnostic, Severity, Skipped, in_order, show_places
from packager.findings.report import Report
from packager.healthomics import limits
from packager.model.features import FeatureName
from packager.rules import RULES, Facts, Rule, Subject
from packager.rules.nextflow.versions import must_be_rewritten

# What a rule may need, and the reason to report without it.
_NEEDS = {
    "region": "no Region is set (`--region`)",
    "registry_map": "no container registry map is set",
    "workflow": "no workflow was loaded",
}
# A pipeline in DSL1 must be rewritten: what its processes request, and where it publishes, follows from that and is not reported.
_FORMER_FAMILIES = ("IMG", "NXF", "RES")
_OF_FORMER = ("IMG001", "NXF028", "RES001")  # each stands for the checks of its family
_FORMER = "the pipeline must be rewritten in DSL2 (NXF016)"


def run(facts: Facts, subjects: Collection[Subject] = tuple(Subject)) -> Report:
    """The findings of every rule whose subject is known. A rule that crashes is a finding, and the others still run.

    A rule that needs a Region runs without one too, for what is wrong in every Region. It is listed as skipped only if it could find
    something in a Region.
    """
    diagnostics: list[Diagnostic] = []
    skipped: list[Skipped] = []
    is_former = must_be_rewritten(facts)
    in_regions: list[Facts] = []
    if is_former and Subject.WORKFLOW in subjects:
        skipped += [Skipped(family, _FORMER) for family in _OF_FORMER]
    for code, rule in sorted(RULES.items()):
        if rule.subject not in subjects or getattr(facts, rule.subject.value) is None:
            continue
        if facts.workflow is not None and facts.workflow.engine not in rule.code.engines:
            continue
        if is_former and code.startswith(_FORMER_FAMILIES) and code != "NXF016":
            continue
        lacking = [need for need in rule.code.needs if getattr(facts, need) is None]
        if "configured_workflow" in lacking:  # the more exact reason
            lacking = [need for need in lacking if need != "complete_workflow"]
        if lacking == ["region"]:
            in_regions = in_regions or [replace(facts, region=region) for region in limits.REGIONS]
            if not any(apply_rule(rule, there) for there in in_regions):  # nothing is left unchecked
                continue
            diagnostics += apply_rule(rule, facts)
        if lacking:
            skipped += [_skipped(code, facts, need) for need in lacking]
            continue
        diagnostics += apply_rule(rule, facts)
    return Report(in_order(diagnostics), tuple(sorted(set(skipped))))


def _skipped(code: str, facts: Facts, need: str) -> Skipped:
    """A rule that cannot run without a member of the facts."""
    if need in _NEEDS:
        return Skipped(code, _NEEDS[need])
    if need != "configured_workflow" or facts.workflow is None:
        return _unread(code, facts)
    if any(facts.features(FeatureName.CONFIG_UNUSED)):
        return Skipped(code, "the config that names the main script is not read (NXF061)")
    places = tuple(feature.place for feature in facts.features(FeatureName.CONFIG_UNREAD))
    return Skipped(code, f"a config cannot be read ({show_places(places)}): some settings are unknown")


def _unread(code: str, facts: Facts) -> Skipped:
    """A rule about the whole workflow that cannot run, with the place of what could not be read."""
    workflow = facts.workflow
    if workflow is None:
        return Skipped(code, _NEEDS["workflow"])
    errors = [found.place for found in workflow.diagnostics if found.severity is Severity.ERROR and found.path]
    places = workflow.unread or tuple(sorted(errors))
    where = f" ({show_places(places)})" if places else ""
    reason = f"a part of the workflow cannot be read{where}: what it defines is unknown"
    return Skipped(code, reason, tuple(place.path for place in places[:1]))


def apply_rule(rule: Rule, facts: Facts) -> list[Diagnostic]:
    """The findings of one rule; a rule that crashes is one finding."""
    try:
        return [
            replace(
                finding_at(
                    result.place,
                    rule.code.code,
                    result.message,
                    hint=result.hint,
                    severity=result.severity,
                    subject=result.subject,
                    cause=result.cause,
                    part=result.part,
                ),
                paths=result.paths,
            )
            for result in rule.check(facts)
        ]
    except Exception as error:  # noqa: BLE001 - one broken rule must not hide what the others found
        return [
            finding(
                "INT001",
                f"the rule {rule.code.code} failed: {type(error).__name__}: {error}",
                path="",
                subject=rule.code.code,
            )
        ]
