"""Runs rules over facts: the findings, and the checks that could not run."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from packager.findings.codes import finding, finding_at
from packager.findings.diagnostic import Diagnostic, Severity, Skipped, in_order, show_places
from packager.findings.report import Report
from packager.healthomics import limits
from packager.rules import RULES, Facts, Rule, Subject

# What a rule may need, and the reason to report without it.
_NEEDS = {
    "region": "no Region is set (`--region`)",
    "registry_map": "no container registry map is set",
    "workflow": "no workflow was loaded",
    "configured_workflow": "the config that names the main script is not read (NXF061)",
}


def run(facts: Facts, subjects: Collection[Subject] = tuple(Subject)) -> Report:
    """The findings of every rule whose subject is known. A rule that crashes is a finding, and the others still run.

    A rule that needs a Region runs without one too, for what is wrong in every Region. It is listed as skipped only if it could find
    something in a Region.
    """
    diagnostics: list[Diagnostic] = []
    skipped: list[Skipped] = []
    for code, rule in sorted(RULES.items()):
        if rule.subject not in subjects or getattr(facts, rule.subject.value) is None:
            continue
        if facts.workflow is not None and facts.workflow.engine not in rule.code.engines:
            continue
        lacking = [need for need in rule.code.needs if getattr(facts, need) is None]
        if lacking == ["region"]:
            if not _depends_on_region(rule, facts):
                continue
            diagnostics += _apply(rule, facts)
        if lacking:
            skipped += [_unread(code, facts) if need not in _NEEDS else Skipped(code, _NEEDS[need]) for need in lacking]
            continue
        diagnostics += _apply(rule, facts)
    return Report(in_order(diagnostics), tuple(sorted(set(skipped))))


def _depends_on_region(rule: Rule, facts: Facts) -> bool:
    """Whether a rule would find something in a Region: otherwise nothing is left unchecked without one."""
    return any(_apply(rule, replace(facts, region=region)) for region in limits.REGIONS)


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


def _apply(rule: Rule, facts: Facts) -> list[Diagnostic]:
    try:
        return [
            finding_at(
                result.place,
                rule.code.code,
                result.message,
                hint=result.hint,
                severity=result.severity,
                subject=result.subject,
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
