"""A report of findings, as text for a terminal and as JSON for a program."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable
from typing import Any

from packager._version import __version__
from packager.findings import codes
from packager.findings.diagnostic import Diagnostic, Severity, Skipped
from packager.findings.report import Report
from packager.render.terminal import Style, plural
from packager.text import safe, safe_json, safe_path

SCHEMA_VERSION = "1"
Lines = Callable[[str], list[str] | None]
_WIDEST_FRAME = 160
_MAX_CARETS = 60
_FEWEST_ALIKE = 3
_SHOWN_IN_FULL = 3
_MOST_LINES = 12


def to_json(value: Any) -> str:
    """JSON as every command prints it: sorted keys, two spaces, UTF-8, a line end; a number that JSON does not have is null.

    What is foreign in it cannot reach a terminal or a CI runner as more than text.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True, allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(value), ensure_ascii=False, indent=2, sort_keys=True)
    return f"{safe_json(text)}\n"


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def tool() -> dict[str, str]:
    """Who wrote a report."""
    return {"name": "packager", "version": __version__}


def diagnostic_members(found: Diagnostic) -> dict[str, Any]:
    """A finding as JSON members."""
    code = codes.get(found.code)
    return {
        "code": found.code,
        "name": code.name,
        "severity": found.severity.value,
        "path": found.path,
        "line": found.line,
        "column": found.column,
        "endLine": found.place.end_line,
        "endColumn": found.place.end_column,
        "message": found.message,
        "hint": found.hint,
        "url": code.url,
    }


def findings_members(report: Report) -> dict[str, Any]:
    """The findings and the skipped checks as JSON members."""
    return {
        "diagnostics": [diagnostic_members(found) for found in report.diagnostics],
        "skipped": [{"code": skipped.code, "reason": skipped.reason} for skipped in report.skipped],
    }


def report_json(report: Report) -> dict[str, Any]:
    """What `lint --format json` prints: `schemas/report.schema.json`."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "tool": tool(),
        "summary": {severity.value: report.count(severity) for severity in Severity},
        **findings_members(report),
    }


def report_text(report: Report, style: Style, lines: Lines, *, total: bool = True) -> str:
    """Every finding with its place, its cure and the line it is about; `lines` gives a file's lines, if it can.

    Of warnings and advice of one code the first few are shown with line and cure, the others in a line each. `total` adds the line
    that counts them.
    """
    out: list[str] = []
    alike = _alike(report.diagnostics)
    shown: Counter[str] = Counter()
    for found in report.diagnostics:
        others = alike.get((found.path, found.code), [])
        if found.severity is not Severity.INFO or len(others) < _FEWEST_ALIKE:
            shown[found.code] += 1
            brief = found.severity is not Severity.ERROR and shown[found.code] > _SHOWN_IN_FULL
            out += _finding_lines(found, style, lines)[: 1 if brief else None]
        elif found is others[0]:
            out += _finding_lines(found, style, lines)
            more = ", ".join(str(other.line) for other in others[1 : _MOST_LINES + 1])
            more += ", ..." if len(others) > _MOST_LINES + 1 else ""
            out.append(f"    and {len(others) - 1} more of {found.code} in this file, lines {more}")
    out += _skipped_lines(report.skipped, style)
    if total:
        out.append(summary(report, style))
    return "\n".join(out) + "\n"


def _alike(diagnostics: tuple[Diagnostic, ...]) -> dict[tuple[str, str], list[Diagnostic]]:
    """Advice of one code in one file, which a person reads once; JSON has them all."""
    groups: dict[tuple[str, str], list[Diagnostic]] = {}
    for found in diagnostics:
        if found.severity is Severity.INFO and found.line:
            groups.setdefault((found.path, found.code), []).append(found)
    return groups


def summary(report: Report, style: Style) -> str:
    """One line: how many of each."""
    counts = {severity: report.count(severity) for severity in Severity}
    if not any(counts.values()) and not report.suppressed:
        return style.paint("no findings", "green")
    parts = [plural(counts[Severity.ERROR], "error"), plural(counts[Severity.WARNING], "warning")]
    parts.append(f"{counts[Severity.INFO]} info")
    if report.suppressed:
        parts.append(f"{len(report.suppressed)} accepted")
    return style.paint(", ".join(parts), "bold")


def statistics_text(report: Report, style: Style) -> str:
    """How often each code was found, the most frequent first."""
    counts = Counter((found.code, found.severity) for found in report.diagnostics)
    width = len(str(max(counts.values(), default=0)))
    out = [
        f"{count:>{width}}  {style.severity(severity)}{' ' * (7 - len(severity.value))} {code} {codes.get(code).name}"
        for (code, severity), count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    ]
    return "\n".join([*out, summary(report, style)]) + "\n"


def _finding_lines(found: Diagnostic, style: Style, lines: Lines) -> list[str]:
    place = safe_path(found.path)
    if found.line:
        place += f":{found.line}" + (f":{found.column}" if found.column else "")
    head = f"{style.severity(found.severity)} {style.paint(found.code, 'bold')} {found.message}"
    out = [f"{style.paint(place, 'bold')}: {head}" if place else head]
    if found.severity is not Severity.INFO:
        out += _frame(found, style, lines)
    if found.hint:
        out.append(f"    {style.paint('hint:', 'dim')} {found.hint}")
    return out


def _frame(found: Diagnostic, style: Style, lines: Lines) -> list[str]:
    """The line that a finding is about, with a caret under it."""
    from packager.findings.redaction import redacted  # noqa: PLC0415 - only where there is a finding to show

    text = (lines(found.path) or []) if found.line and found.column else []
    if not 0 < found.line <= len(text):
        return []
    line = text[found.line - 1].rstrip("\r\n")
    start = found.column - 1
    if start > len(line) or len(line) > _WIDEST_FRAME:
        return []
    if found.code.startswith("SEC") or redacted(line) != line:
        return []  # a secret is not shown, whatever the finding is about
    end = found.place.end_column - 1 if found.place.end_line == found.line else len(line.rstrip())
    width = max(1, min(end, len(line.rstrip())) - start) if found.place.end_line else 1
    shown = safe(line.replace("\t", " "))
    if len(shown) != len(line):
        return []  # escaped characters would push the caret off its place
    gutter = f"{found.line:>5} "
    caret = "^" * min(width, _MAX_CARETS)
    return [
        f"{style.paint(gutter + '|', 'dim')} {shown}",
        f"{style.paint(' ' * len(gutter) + '|', 'dim')} {' ' * start}{style.paint(caret, 'bold')}",
    ]


def _skipped_lines(skipped: tuple[Skipped, ...], style: Style) -> list[str]:
    """What was not checked, the codes of one reason together."""
    reasons: dict[str, list[str]] = {}
    for one in skipped:
        reasons.setdefault(one.reason, []).append(one.code)
    label = style.paint("not checked", "dim")
    return [f"{label} {', '.join(dict.fromkeys(found))}: {reason}" for reason, found in reasons.items()]
