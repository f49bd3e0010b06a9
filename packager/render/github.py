"""A report as workflow commands of GitHub Actions, which become annotations of a pull request.

A runner takes a line that starts with `::` as a command. Foreign text therefore never starts a line and never ends one.
"""

from __future__ import annotations

from packager.findings import codes
from packager.findings.diagnostic import Diagnostic, Severity
from packager.findings.report import Report
from packager.render.places import inside
from packager.render.report import summary
from packager.render.terminal import Style
from packager.text import safe

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def github_text(report: Report) -> str:
    """An annotation for each finding, then what was not checked, then the line that counts."""
    out = [_annotation(found) for found in report.diagnostics]
    out += [f"not checked {one.code}: {one.reason}" for one in report.skipped]
    out.append(summary(report, Style()))
    return "\n".join(out) + "\n"


def _annotation(found: Diagnostic) -> str:
    path = inside(found.path)
    message = found.message
    if found.path and path is None:
        message = f"{safe(found.path)}: {message}"
    if found.hint:
        message += f"\nhint: {found.hint}"
    properties = [("file", path)] if path else []
    if path and found.line:
        properties += [("line", str(found.line)), *_rest_of_place(found)]
    properties.append(("title", f"{found.code} {codes.get(found.code).name}"))
    return f"::{_COMMANDS[found.severity]} {','.join(f'{key}={_property(value)}' for key, value in properties)}::{_data(message)}"


def _rest_of_place(found: Diagnostic) -> list[tuple[str, str]]:
    """Columns only on one line, since a runner drops them otherwise; the last column is one of the place, as the first is."""
    if found.place.end_line > found.line:
        return [("endLine", str(found.place.end_line))]
    place = [("col", str(found.column))] if found.column else []
    place.append(("endLine", str(found.line)))
    if found.column and found.place.end_line == found.line:
        place.append(("endColumn", str(max(found.place.end_column - 1, found.column))))
    return place


def _data(text: str) -> str:
    """A message with the characters escaped that the commands' documentation names."""
    return safe(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _property(text: str) -> str:
    """A value of a command's property, which may hold no `:` and no `,` either."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
