"""What a person reads of `packager lint`: the findings, with commands that can be pasted, and what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from packager.app.loaded import Loaded
from packager.app.outcome import CheckedWorkflow, Outcome, of_each
from packager.cli.given import given_workflows
from packager.cli.hints import common_paths, with_common_paths, with_paths
from packager.cli.output import lines_of, located
from packager.findings import codes
from packager.findings.causes import Cause
from packager.findings.diagnostic import Severity
from packager.findings.report import Report
from packager.render.folding import View
from packager.render.next_steps import LintFacts, after_lint
from packager.render.report_text import NO_ENDING, Ending, Key, Section, key_of, report_text, workflows_text
from packager.render.terminal import Style
from packager.settings.arguments import SourceArguments
from packager.settings.loading import LoadedWorkflow
from packager.source import ZipTree

Checked = Sequence[tuple[LoadedWorkflow, CheckedWorkflow]]


@dataclass(frozen=True, slots=True)
class Readable:
    """The findings of workflows with commands that can be pasted, all together and those of each workflow, and what comes next."""

    report: Report
    sections: tuple[Section, ...]
    ending: Ending


def readable(outcome: Outcome, checked: Checked, named: Sequence[SourceArguments]) -> Readable:
    """The report of one or more workflows for a person; `named` are the PATHs as the user named them."""
    if len(checked) == 1 and len(named) == 1:
        ((workflow, _),) = checked
        report = located(with_paths(outcome.report, workflow.source, workflow.loaded), workflow.loaded)
        fixable = _fixable(report, checked)
        ending = Ending(fixable, after_lint(given_workflows(), _facts(report, fixable, workflow.loaded)))
        return Readable(report, (Section(workflow.source.path, report),), ending)
    if not checked:
        return Readable(outcome.located, (), NO_ENDING)
    named = sorted(named, key=lambda source: source.path)
    hints, first = _hints(checked), checked[0][0].loaded
    reports = of_each(outcome, [findings for _, findings in checked])
    pairs = sorted(
        zip((workflow.source.path for workflow, _ in checked), reports, strict=True), key=lambda pair: pair[0]
    )
    completed = [with_common_paths(_with_hints(report, hints), named, first) for _, report in pairs]
    sections = tuple(Section(path, report) for (path, _), report in zip(pairs, completed, strict=True))
    report = with_common_paths(_with_hints(outcome.located, hints), named, first)
    fixable = _fixable(report, checked)
    return Readable(report, sections, Ending(fixable, f"packager lint {common_paths(named)} --fix" if fixable else ""))


def lint_text(outcome: Outcome, checked: Checked, named: Sequence[SourceArguments], style: Style, view: View) -> str:
    """The text of a report for a terminal (see `readable`)."""
    lines = lines_of(*(workflow.loaded for workflow, _ in checked))
    shown = readable(outcome, checked, named)
    if len(checked) == 1 and len(named) == 1:
        return report_text(shown.report, style, lines, view=view, ending=shown.ending)
    if not checked:
        return report_text(shown.report, style, lines, view=view)
    return workflows_text(shown.report, shown.sections, style, lines, view=view, ending=shown.ending)


_REMOTE = frozenset({"WDL051", "CWL006"})


def _facts(report: Report, fixable: frozenset[Key], loaded: Loaded) -> LintFacts:
    """What decides about the next command."""
    errors = [finding.code for finding in report.diagnostics if finding.severity is Severity.ERROR]
    return LintFacts(
        fixable=sum(key_of(finding) in fixable for finding in report.diagnostics),
        first_error=errors[0] if errors else "",
        needs_map=any(finding.cause is Cause.IMAGES_OUTSIDE_ECR for finding in report.diagnostics),
        remote=any(finding.code in _REMOTE for finding in report.diagnostics),
        in_zip=isinstance(loaded.tree, ZipTree),
        has_region=loaded.region is not None,
    )


def _fixable(report: Report, checked: Checked) -> frozenset[Key]:
    """The findings that `--fix` resolves; only looked for if a finding has a code with fixes."""
    if not any(finding.code in codes.WITH_FIX for finding in report.diagnostics):
        return frozenset()
    from packager.app.fix import fixable  # noqa: PLC0415 - only when something may be fixed

    return frozenset(map(key_of, fixable([(workflow.loaded, findings) for workflow, findings in checked])))


def _hints(checked: Checked) -> dict[Key, str]:
    """The hints with the paths of the first workflow that has the finding; not those that many workflows may share."""
    hints: dict[Key, str] = {}
    for workflow, findings in checked:
        report = located(with_paths(findings.report, workflow.source, workflow.loaded), workflow.loaded)
        for finding in report.diagnostics:
            if finding.cause is Cause.NONE:
                hints.setdefault(key_of(finding), finding.hint)
    return hints


def _with_hints(report: Report, hints: dict[Key, str]) -> Report:
    findings = (replace(finding, hint=hints.get(key_of(finding), finding.hint)) for finding in report.diagnostics)
    return replace(report, diagnostics=tuple(findings))
