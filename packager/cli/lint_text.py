"""The text of `packager lint`: the findings, with commands that can be pasted, and what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from packager.app.loaded import Loaded
from packager.app.outcome import CheckedWorkflow, Outcome, of_each
from packager.cli.arguments import SourceArguments
from packager.cli.hints import next_command, with_paths
from packager.cli.output import lines_of, located
from packager.findings import codes
from packager.findings.causes import Cause
from packager.findings.report import Report
from packager.render.folding import View
from packager.render.report_text import Ending, Key, Section, key_of, report_text, workflows_text
from packager.render.terminal import Style

Workflows = Sequence[tuple[Loaded, CheckedWorkflow]]


def lint_text(
    outcome: Outcome, workflows: Workflows, sources: Sequence[SourceArguments], style: Style, view: View
) -> str:
    """The report of one or more workflows for a person; `sources` are the workflows as the user named them."""
    lines = lines_of(*(loaded for loaded, _ in workflows))
    if len(workflows) == 1:
        loaded = workflows[0][0]
        report = located(with_paths(outcome.report, sources[0], loaded), loaded)
        fixable = _fixable(report, workflows)
        marked = sum(key_of(finding) in fixable for finding in report.diagnostics)
        ending = Ending(fixable, next_command(report, sources[0], marked))
        return report_text(report, style, lines, view=view, ending=ending)
    reports = of_each(outcome, [checked for _, checked in workflows])
    hints = _hints(workflows, sources)
    named = sorted(zip(sources, reports, strict=True), key=lambda pair: pair[0].path)
    sections = [Section(source.path, _with_hints(report, hints)) for source, report in named]
    report = _with_hints(outcome.located, hints)
    return workflows_text(report, sections, style, lines, view=view, ending=Ending(_fixable(report, workflows)))


def _fixable(report: Report, workflows: Workflows) -> frozenset[Key]:
    """The findings that `--fix` resolves; only looked for if a finding has a code with fixes."""
    if not any(finding.code in codes.WITH_FIX for finding in report.diagnostics):
        return frozenset()
    from packager.app.fix import fixable  # noqa: PLC0415 - only when something may be fixed

    return frozenset(map(key_of, fixable(workflows)))


def _hints(workflows: Workflows, sources: Sequence[SourceArguments]) -> dict[Key, str]:
    """The hints with the paths of the first workflow that has the finding. What many workflows share keeps its hint."""
    hints: dict[Key, str] = {}
    for (loaded, checked), source in zip(workflows, sources, strict=True):
        for finding in located(with_paths(checked.report, source, loaded), loaded).diagnostics:
            if finding.cause is Cause.NONE:
                hints.setdefault(key_of(finding), finding.hint)
    return hints


def _with_hints(report: Report, hints: dict[Key, str]) -> Report:
    findings = (replace(finding, hint=hints.get(key_of(finding), finding.hint)) for finding in report.diagnostics)
    return replace(report, diagnostics=tuple(findings))
