"""A report of findings as a person reads it: `lint`, and the findings that accompany the result of another command."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from packager.findings import codes
from packager.findings.diagnostic import Diagnostic, Place, Severity
from packager.findings.report import Report
from packager.render.code_frame import Lines, code_frame
from packager.render.folding import DEFAULT_VIEW, Detail, Folded, Shown, View, fold
from packager.render.terminal import Style, table
from packager.render.wrapping import indented, last_part, wrapped
from packager.text import count, safe_path

Key = tuple[Place, str, str]
_NUMBERS = 18  # columns of the numbers in the table of workflows
_NOUNS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


@dataclass(frozen=True, slots=True)
class Ending:
    """What the last lines of a report say besides the counts.

    `fixable` are the keys of findings that `--fix` resolves; `step` is the command that comes next.
    """

    fixable: frozenset[Key] = frozenset()
    step: str = ""


NO_ENDING = Ending()


@dataclass(frozen=True, slots=True)
class Section:
    """The findings of one of multiple workflows, with its name."""

    name: str
    report: Report


def key_of(finding: Diagnostic) -> Key:
    """What identifies a finding while its message and hint are completed."""
    return finding.place, finding.code, finding.subject


def report_text(
    report: Report,
    style: Style,
    lines: Lines,
    *,
    view: View = DEFAULT_VIEW,
    ending: Ending = NO_ENDING,
    total: bool = True,
) -> str:
    """What is shown of a report (see `fold`); `lines` returns a file's lines, or None. `total` adds the line of counts."""
    folded = fold(report, view)
    writer = _Writer(style, lines, view, ending)
    out = writer.findings(folded.shown)
    if not view.quiet:
        out += writer.rest(folded, total=total)
        if total:
            out += writer.closing(report, folded)
    return "".join(f"{line}\n" for line in out)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which findings a command shows besides errors, if it does more than check.

    The command `elsewhere` shows the others. `own` are the families whose warnings are shown, `notes`: notes are worth a line even without
    warnings. Findings of at least the severity `least`, which make the command fail, are always shown; `quiet`: nothing else is.
    """

    elsewhere: str
    own: tuple[str, ...] = ()
    notes: bool = False
    least: Severity = Severity.ERROR
    quiet: bool = False

    def shows(self, finding: Diagnostic) -> bool:
        """Whether a finding is shown in full."""
        if finding.severity.rank <= self.least.rank:
            return True
        return finding.severity is Severity.WARNING and finding.code.startswith(self.own) and not self.quiet


def errors_text(report: Report, style: Style, lines: Lines, scope: Scope) -> str:
    """What a command shows that does more than check: errors, and one line about the rest."""
    whole = tuple(filter(scope.shows, report.diagnostics))
    out = _Writer(style, lines, DEFAULT_VIEW, NO_ENDING).findings(fold(Report(whole), View(least=Severity.INFO)).shown)
    left = Counter(finding.severity for finding in report.diagnostics if not scope.shows(finding))
    if (left[Severity.WARNING] or (left and scope.notes)) and not scope.quiet:
        counts = [(severity, left[severity]) for severity in Severity if left[severity]]
        verb = "shows them" if sum(left.values()) > 1 else "shows it"
        out += wrapped(f"{counts_text(counts)}: `{scope.elsewhere}` {verb}", style.width)
    return "".join(f"{line}\n" for line in out)


def workflows_text(
    report: Report,
    sections: Sequence[Section],
    style: Style,
    lines: Lines,
    *,
    view: View = DEFAULT_VIEW,
    ending: Ending = NO_ENDING,
) -> str:
    """The findings of multiple workflows: what they share first, then each finding once below its first workflow, then a table.

    `report` has the findings of all workflows, each once.
    """
    folded = fold(report, view)
    writer = _Writer(style, lines, view, ending)
    left = list(folded.shown)
    out = writer.findings([shown for shown in left if len(shown.members) > 1])
    left = [shown for shown in left if len(shown.members) == 1]
    for section in sections:
        own = set(section.report.diagnostics)
        below = writer.findings([shown for shown in left if shown.finding in own])
        left = [shown for shown in left if shown.finding not in own]
        if below:
            out += ["", style.paint(safe_path(section.name), "bold"), *below]
    if left:
        out += ["", *writer.findings(left)]
    if not view.quiet:
        out += ["", *writer.rest(folded, total=True), *_totals(sections, style), *writer.closing(report, folded)]
    return "".join(f"{line}\n" for line in (out[1:] if out and not out[0] else out))


def _totals(sections: Sequence[Section], style: Style) -> list[str]:
    """A table of the workflows that have errors or warnings, and how many have none."""
    room = None if style.width is None else style.width - _NUMBERS
    rows = [
        (
            last_part(safe_path(section.name), room),
            *(str(section.report.count(severity)) for severity in (Severity.ERROR, Severity.WARNING)),
        )
        for section in sections
        if any(section.report.count(severity) for severity in (Severity.ERROR, Severity.WARNING))
    ]
    clean = len(sections) - len(rows)
    out = table([("workflow", "errors", "warnings"), *rows], indent="", width=style.width) if rows else []
    if clean:
        out.append(f"{count(clean, 'workflow')} without errors and warnings")
    return out


def summary(report: Report, style: Style, *, notes_hidden: bool = False) -> str:
    """One line: the number of findings of each severity, with the option that shows hidden notes."""
    counts = {severity: report.count(severity) for severity in Severity}
    if not any(counts.values()) and not report.suppressed:
        return style.paint("no findings", "green")
    parts = [count(number, _NOUNS[severity]) for severity, number in counts.items()]
    if notes_hidden:
        parts[-1] += f" (--show {Detail.INFO})"
    if report.suppressed:
        parts.append(f"{len(report.suppressed)} accepted")
    return style.paint(", ".join(parts), "bold")


def counts_text(counts: Collection[tuple[Severity, int]]) -> str:
    """Numbers of findings by severity: "36 warnings, 6 notes"."""
    return ", ".join(count(number, _NOUNS[severity]) for severity, number in counts)


def statistics_text(report: Report, style: Style) -> str:
    """The number of findings of each code, the most frequent first."""
    counts = Counter((finding.code, finding.severity) for finding in report.diagnostics)
    width = len(str(max(counts.values(), default=0)))
    out = [
        f"{number:>{width}}  {style.severity(severity)}{' ' * (7 - len(severity.value))} {code} {codes.get(code).name}"
        for (code, severity), number in sorted(counts.items(), key=lambda counted: (-counted[1], counted[0]))
    ]
    return "\n".join([*out, summary(report, style)]) + "\n"


def _has_only_notes(folded: Folded) -> bool:
    """Whether notes are hidden because of their severity, and nothing else is."""
    return bool(folded.hidden) and all(severity is Severity.INFO for severity, _ in folded.hidden)


class _Writer:
    """Writes the parts of a report. It knows which hints it has written: the same one is written once, unless all is shown."""

    def __init__(self, style: Style, lines: Lines, view: View, ending: Ending) -> None:
        self._style, self._lines, self._view, self._ending = style, lines, view, ending
        self._hints: set[tuple[str, str]] = set()

    def findings(self, shown: Sequence[Shown]) -> list[str]:
        """The lines of findings."""
        return [line for each in shown for line in self._finding(each)]

    def _finding(self, shown: Shown) -> list[str]:
        finding, style = shown.finding, self._style
        place = safe_path(finding.path)
        if place and finding.line:
            place += f":{finding.line}" + (f":{finding.column}" if finding.column else "")
        head = f"{style.severity(finding.severity)} {style.paint(finding.code, 'bold')} {finding.message}"
        out = [f"{style.paint(place, 'bold')}: {head}" if place else head]
        out[0] += self._mark(shown.members)
        out = wrapped(out[0], style.width)
        if not shown.brief:
            if finding.severity is not Severity.INFO:
                out += code_frame(finding, style, self._lines)
            out += self._hint(finding)
        return out

    def _mark(self, members: tuple[Diagnostic, ...]) -> str:
        fixable = sum(key_of(member) in self._ending.fixable for member in members)
        if not fixable:
            return ""
        return " " + self._style.paint("[fixable]" if fixable == len(members) else f"[{fixable} fixable]", "green")

    def _hint(self, finding: Diagnostic) -> list[str]:
        key = (finding.code, finding.hint)
        if not finding.hint or (key in self._hints and not self._view.every):
            return []
        self._hints.add(key)
        return indented(f"{self._style.paint('hint:', 'dim')} {finding.hint}", self._style.width, "    ")

    def rest(self, folded: Folded, *, total: bool) -> list[str]:
        """The checks that did not run, and the counts of what is not shown; with a `total`, that one counts notes."""
        out: list[str] = []
        label = self._style.paint("not checked", "dim")
        for reason, names in folded.reasons:
            out += wrapped(f"{label} {', '.join(names)}: {reason}", self._style.width)
        if folded.more_reasons:
            out.append(f"{label} for {count(folded.more_reasons, 'other reason')}: --show {Detail.SKIPPED}")
        if folded.more:
            alone = len(folded.more) == 1
            parts = ", ".join(code if alone else f"{code} ({number})" for code, number in folded.more)
            more = sum(number for _, number in folded.more)
            out += wrapped(f"{count(more, 'more finding')} of {parts}: --show {Detail.ALL}", self._style.width)
        if folded.hidden and not (total and _has_only_notes(folded)):
            option = Detail.INFO if _has_only_notes(folded) else Detail.ALL
            out.append(f"{counts_text(folded.hidden)}: --show {option}")
        return out

    def closing(self, report: Report, folded: Folded) -> list[str]:
        """The last lines: the counts, with the option that shows the notes, what `--fix` can fix, and the next command."""
        fixable = sum(key_of(finding) in self._ending.fixable for finding in report.diagnostics)
        counts = summary(report, self._style, notes_hidden=_has_only_notes(folded))
        out = wrapped(counts + (f"; {fixable} fixable with `--fix`" if fixable else ""), self._style.width)
        if self._ending.step:
            out += wrapped(f"next: `{self._ending.step}`", self._style.width)
        return out
