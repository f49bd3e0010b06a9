"""What a person sees of a report: each cause once, errors and warnings in full, the rest as counts.

Only texts are folded. `--show all` has every finding, and so have the formats for programs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from packager.findings.causes import Cause, sentence
from packager.findings.diagnostic import Diagnostic, Place, Severity, Skipped
from packager.findings.report import Report

_FEWEST_OF_A_CAUSE = 2
_SHOWN_IN_FULL = {Severity.ERROR: 10, Severity.WARNING: 3, Severity.INFO: 3}
_SHOWN_AT_ALL = {Severity.ERROR: 20, Severity.WARNING: 10, Severity.INFO: 10}
_REASONS = 3


class Detail(StrEnum):
    """What `--show` adds."""

    INFO = "info"
    SKIPPED = "skipped"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class View:
    """How much of a report to show: findings of at least `least`, notes and reasons if `details` has them; `quiet`: only findings."""

    least: Severity = Severity.WARNING
    details: frozenset[Detail] = frozenset()
    quiet: bool = False

    @property
    def every(self) -> bool:
        """Whether each finding is shown at its place."""
        return Detail.ALL in self.details

    def shows(self, severity: Severity) -> bool:
        """Whether findings of a severity are shown one by one."""
        if self.every or (Detail.INFO in self.details and severity is Severity.INFO):
            return True
        return severity.rank <= self.least.rank


DEFAULT_VIEW = View()
EVERYTHING = View(details=frozenset({Detail.ALL}))


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding that is shown, or many of one cause as one. `brief`: without code and hint; `members`: the findings that it stands for."""

    finding: Diagnostic
    members: tuple[Diagnostic, ...]
    brief: bool = False


@dataclass(frozen=True, slots=True)
class Folded:
    """What is shown of a report, and the counts of what is not: findings by severity, findings of codes that occur too often, reasons."""

    shown: tuple[Shown, ...]
    hidden: tuple[tuple[Severity, int], ...]
    more: tuple[tuple[str, int], ...]
    reasons: tuple[tuple[str, tuple[str, ...]], ...]
    more_reasons: int


def fold(report: Report, view: View = DEFAULT_VIEW) -> Folded:
    """What a person sees of a report."""
    chosen = [finding for finding in report.diagnostics if view.shows(finding.severity)]
    hidden = Counter(finding.severity for finding in report.diagnostics if not view.shows(finding.severity))
    whole = [Shown(finding, (finding,)) for finding in chosen] if view.every else _by_cause(chosen)
    shown, more = (whole, Counter[str]()) if view.every else _limited(whole)
    reasons = _reasons(report.skipped)
    kept = len(reasons) if view.every or Detail.SKIPPED in view.details else _REASONS
    kept = kept if len(reasons) != kept + 1 else kept + 1  # one more line instead of a line about it
    return Folded(
        tuple(shown),
        tuple(sorted(hidden.items(), key=lambda counted: counted[0].rank)),
        tuple(sorted(more.items(), key=lambda counted: (-counted[1], counted[0]))),
        tuple(reasons[:kept]),
        len(reasons[kept:]),
    )


def groups_of(findings: Collection[Diagnostic]) -> list[tuple[Diagnostic, ...]]:
    """The findings, those of one cause and one hint together; a finding without a cause is alone."""
    groups: dict[object, list[Diagnostic]] = {}
    for number, finding in enumerate(findings):
        key = (finding.cause, finding.code, finding.severity, finding.hint)
        groups.setdefault(key if finding.cause is not Cause.NONE else number, []).append(finding)
    return [tuple(group) for group in groups.values()]


def _by_cause(findings: Sequence[Diagnostic]) -> list[Shown]:
    """The findings in order, then those of one cause as one sentence, which has no place."""
    told, single = [], []
    for group in groups_of(findings):
        if len(group) >= _FEWEST_OF_A_CAUSE and group[0].cause is not Cause.NONE:
            told.append(Shown(_together(group), group))
        else:
            single += [Shown(finding, (finding,)) for finding in group]
    return [*single, *sorted(told, key=lambda shown: (shown.finding.severity.rank, shown.finding))]


def _together(group: tuple[Diagnostic, ...]) -> Diagnostic:
    """All findings of a cause as one, without a place."""
    parts = [finding.part for finding in group]
    message = sentence(group[0].cause, [finding.subject for finding in group], parts if all(parts) else ())
    return replace(group[0], place=Place(""), message=message, subject="", part="")


def _limited(whole: Sequence[Shown]) -> tuple[list[Shown], Counter[str]]:
    """The first few of each code in full, the next ones in brief, and how many more there are of a code."""
    shown, more, seen = [], Counter[str](), Counter[tuple[Severity, str]]()
    for each in whole:
        key = (each.finding.severity, each.finding.code)
        seen[key] += 1
        if seen[key] <= _SHOWN_IN_FULL[each.finding.severity] or len(each.members) > 1:
            shown.append(each)
        elif seen[key] <= _SHOWN_AT_ALL[each.finding.severity]:
            shown.append(replace(each, brief=True))
        else:
            more[each.finding.code] += len(each.members)
    return shown, more


def _reasons(skipped: Sequence[Skipped]) -> list[tuple[str, tuple[str, ...]]]:
    """The reasons why checks did not run, each with the codes of the checks."""
    reasons: dict[str, dict[str, None]] = {}
    for check in skipped:
        reasons.setdefault(check.reason, {})[check.code] = None
    return [(reason, tuple(codes)) for reason, codes in reasons.items()]
