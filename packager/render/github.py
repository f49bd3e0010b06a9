"""A report as workflow commands of GitHub Actions, which become annotations of a pull request.

A runner obeys a line that starts with `::` as a command. Foreign text therefore never starts a line and never ends one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from packager.findings import codes
from packager.findings.diagnostic import Diagnostic, Severity
from packager.findings.report import Report
from packager.render.report import path_inside
from packager.render.report_text import summary
from packager.render.terminal import Style
from packager.text import safe

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def github_text(report: Report) -> str:
    """An annotation for each finding, then the checks that did not run, then the line of counts.

    GitHub shows the first ten errors and the first ten warnings of a step. The first finding of each code comes first, then the second of
    each, and so on: the ten are not all about one cause.
    """
    out = [_annotation(finding) for finding in _mixed(report.diagnostics)]
    out += [f"not checked {check.code}: {check.reason}" for check in report.skipped]
    out.append(summary(report, Style()))
    return "\n".join(out) + "\n"


def error_text(message: str, hint: str = "") -> str:
    """An annotation for an error that left nothing to report."""
    text = f"{message}\nhint: {hint}" if hint else message
    return f"::error title=packager::{_data(text)}\n"


def _mixed(findings: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Findings by how many of the same code and severity come before; otherwise in their order."""
    seen: Counter[tuple[str, Severity]] = Counter()
    rounds = []
    for finding in findings:
        rounds.append((seen[finding.code, finding.severity], finding))
        seen[finding.code, finding.severity] += 1
    return [finding for _, finding in sorted(rounds, key=lambda pair: pair[0])]


def _annotation(finding: Diagnostic) -> str:
    path = path_inside(finding.path)
    message = finding.message
    if finding.path and path is None:
        message = f"{safe(finding.path)}: {message}"
    if finding.hint:
        message += f"\nhint: {finding.hint}"
    properties = [("file", path)] if path else []
    if path and finding.line:
        properties += [("line", str(finding.line)), *_rest_of_place(finding)]
    properties.append(("title", f"{finding.code} {codes.get(finding.code).name}"))
    return f"::{_COMMANDS[finding.severity]} {','.join(f'{key}={_property(value)}' for key, value in properties)}::{_data(message)}"


def _rest_of_place(finding: Diagnostic) -> list[tuple[str, str]]:
    """The end of a place, and its columns if it is on one line: a runner drops others. The last column is inclusive."""
    if finding.place.end_line > finding.line:
        return [("endLine", str(finding.place.end_line))]
    place = [("col", str(finding.column))] if finding.column else []
    place.append(("endLine", str(finding.line)))
    if finding.column and finding.place.end_line == finding.line:
        place.append(("endColumn", str(max(finding.place.end_column - 1, finding.column))))
    return place


def _data(text: str) -> str:
    """A message with the characters escaped that GitHub documents."""
    return safe(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _property(text: str) -> str:
    """A value of a command's property, in which `:` and `,` are escaped too."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
