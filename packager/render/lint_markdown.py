"""The findings of workflows as Markdown for people: a job summary of GitHub, a comment, a page of a CI system."""

from __future__ import annotations

from collections.abc import Sequence

from packager.findings import codes
from packager.findings.diagnostic import Diagnostic, Severity
from packager.findings.report import Report
from packager.render.folding import View, fold
from packager.render.markdown import code_span, prose, table_cell
from packager.render.page import ReportedWorkflow
from packager.render.picture_markdown import pictures
from packager.render.report_text import Ending, Section, summary
from packager.render.terminal import Style
from packager.text import count, safe

# GitHub drops a job summary of more than 1 MiB; the rest is for what other steps add.
MOST_BYTES = 500_000
_MOST_LINES = (500, 100, 20, 3)  # of a list or table, from the preferred number to one that always fits
_MOST_OPEN = 20  # of the worst findings before they are folded, too
_LONGEST_NAME = 500
_TITLES = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def lint_markdown(
    report: Report, sections: Sequence[Section], ending: Ending, workflows: Sequence[ReportedWorkflow] = ()
) -> str:
    """The output of `lint --format markdown`: counts, a table of the workflows, errors, folded warnings and notes, pictures, what is next.

    `report` has the findings of all workflows, each once. It never has more bytes than a job summary may have.
    """
    drawn = pictures(workflows)
    for most in _MOST_LINES[:-1]:
        text = _document(report, sections, ending, most, drawn)
        if len(text.encode("utf-8", "replace")) <= MOST_BYTES:
            return text
    return _document(report, sections, ending, _MOST_LINES[-1])


def _document(report: Report, sections: Sequence[Section], ending: Ending, most: int, drawn: Sequence[str] = ()) -> str:
    out = [f"### packager lint: {summary(report, Style())}", ""]
    if len(sections) > 1:
        out += _totals(sections, most)
    worst = next((severity for severity in Severity if report.count(severity)), None)
    for severity in Severity:
        out += _findings(report, severity, most, folds=severity is not worst or severity is Severity.INFO)
    out += _skipped(report, most)
    out += drawn
    if ending.step:
        out += ["Next:", "", *_block(ending.step), ""]
    return "\n".join(out).rstrip() + "\n"


def _totals(sections: Sequence[Section], most: int) -> list[str]:
    """A table of the workflows that have findings, and how many have none."""
    counted = [(section.name, [section.report.count(severity) for severity in Severity]) for section in sections]
    worst_first = sorted((pair for pair in counted if any(pair[1])), key=lambda pair: [-number for number in pair[1]])
    out = ["| workflow | errors | warnings | notes |", "| --- | ---: | ---: | ---: |"] if worst_first else []
    for name, numbers in worst_first[:most]:
        out.append(f"| {table_cell(code_span(name, _LONGEST_NAME))} | {' | '.join(map(str, numbers))} |")
    left, clean = len(worst_first[most:]), len(sections) - len(worst_first)
    out += ["", f"and {count(left, 'more workflow')} with findings"] if left else []
    out += [*([""] if out else []), f"{count(clean, 'workflow')} without findings"] if clean else []
    return [*out, ""]


def _findings(report: Report, severity: Severity, most: int, *, folds: bool) -> list[str]:
    """The findings of one severity as a list, which is open if they are few and `folds` is false."""
    findings = tuple(finding for finding in report.diagnostics if finding.severity is severity)
    if not findings:
        return []
    folded = fold(Report(findings), View(least=Severity.INFO))
    shown = [each.finding for each in folded.shown]
    told: set[tuple[str, str]] = set()
    items = [line for finding in shown[:most] for line in _item(finding, told)]
    items += [f"- and {number} more of {code}" for code, number in folded.more]
    items += [f"- and {len(shown[most:])} more"] if shown[most:] else []
    title = count(len(findings), _TITLES[severity])
    if not folds and len(shown) <= _MOST_OPEN:
        return [f"**{title}**", "", *items, ""]
    return _folded(title, items)


def _item(finding: Diagnostic, told: set[tuple[str, str]]) -> list[str]:
    """A finding with its place; its hint, unless an earlier finding of the code has the same."""
    place = finding.path
    if place and finding.line:
        place += f":{finding.line}" + (f":{finding.column}" if finding.column else "")
    where = f"{code_span(place, _LONGEST_NAME)} " if place else ""
    title = f"**{finding.code}** ({codes.get(finding.code).name})"
    out = [f"- {where}{title}: {prose(finding.message)}"]
    if finding.hint and (finding.code, finding.hint) not in told:
        told.add((finding.code, finding.hint))
        out.append(f"  <br>hint: {prose(finding.hint)}")
    return out


def _skipped(report: Report, most: int) -> list[str]:
    """The checks that did not run, by reason."""
    reasons: dict[str, dict[str, None]] = {}
    for check in report.skipped:
        reasons.setdefault(check.reason, {})[check.code] = None
    if not reasons:
        return []
    items = [f"- {', '.join(names)}: {prose(reason)}" for reason, names in list(reasons.items())[:most]]
    left = len(reasons) - most
    items += [f"- and {count(left, 'more reason')}"] if left > 0 else []
    return _folded(f"{count(len({check.code for check in report.skipped}), 'check')} did not run", items)


def _folded(title: str, items: Sequence[str]) -> list[str]:
    return ["<details>", f"<summary>{title}</summary>", "", *items, "", "</details>", ""]


def _block(command: str) -> list[str]:
    """A command as a block that a click copies, with a fence that its content cannot close."""
    fence = "```"
    while fence in command:
        fence += "`"
    return [f"{fence}sh", safe(command), fence]
