"""A report of findings, as text for a terminal and as JSON for a program; and what all formats share."""

from __future__ import annotations

import json
import math
import posixpath
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from packager._version import __version__
from packager.findings import codes
from packager.findings.diagnostic import Diagnostic, Severity, Skipped
from packager.findings.redaction import redacted
from packager.findings.report import Report
from packager.render.terminal import Style
from packager.text import count, safe, safe_json, safe_path

SCHEMA_VERSION = "1"
_DRIVE = re.compile(r"[A-Za-z]:")
Lines = Callable[[str], list[str] | None]
_WIDEST_FRAME = 160
_MAX_CARETS = 60
_FEWEST_ALIKE = 3
_SHOWN_IN_FULL = 3
_MOST_LINES = 12


def to_json(value: object) -> str:
    """JSON as every command prints it: sorted keys, two spaces, UTF-8, a line end; null for a number that JSON does not have.

    Foreign text in it is inert for terminals and CI runners.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True, allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(value), ensure_ascii=False, indent=2, sort_keys=True)
    return f"{safe_json(text)}\n"


def _finite(value: object) -> object:
    if isinstance(value, dict):
        return {key: _finite(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(member) for member in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def tool() -> dict[str, str]:
    """The name and version of this tool, for every JSON output."""
    return {"name": "packager", "version": __version__}


def path_inside(path: str) -> str | None:
    """The normal form of a path below the current folder, where other programs look for it; None for no file, or for a file elsewhere."""
    normal = posixpath.normpath(path) if path else "."
    if normal == "." or normal.startswith("/") or _DRIVE.match(normal) or normal.split("/", 1)[0] == "..":
        return None
    return normal


def diagnostic_members(finding: Diagnostic) -> dict[str, object]:
    """A finding as JSON members."""
    code = codes.get(finding.code)
    return {
        "code": finding.code,
        "name": code.name,
        "severity": finding.severity.value,
        "path": finding.path,
        "line": finding.line,
        "column": finding.column,
        "endLine": finding.place.end_line,
        "endColumn": finding.place.end_column,
        "message": finding.message,
        "hint": finding.hint,
        "url": code.url,
    }


def findings_members(report: Report) -> dict[str, object]:
    """The findings and the skipped checks as JSON members."""
    return {
        "diagnostics": [diagnostic_members(finding) for finding in report.diagnostics],
        "skipped": [{"code": skipped.code, "reason": skipped.reason} for skipped in report.skipped],
    }


def report_json(report: Report) -> dict[str, object]:
    """The output of `lint --format json`: `schemas/report.schema.json`."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "tool": tool(),
        "summary": {severity.value: report.count(severity) for severity in Severity},
        **findings_members(report),
    }


def report_text(report: Report, style: Style, lines: Lines, *, total: bool = True, folds: bool = True) -> str:
    """Every finding with its place, its hint and its line of code; `lines` returns a file's lines, or None.

    The first few warnings and notes of one code have code and hint, the others one line each. `folds` leaves notes about style and
    portability at one line with their numbers; `total` adds the line of counts.
    """
    out: list[str] = []
    folded = [finding for finding in report.diagnostics if folds and _is_folded(finding)]
    listed = tuple(finding for finding in report.diagnostics if not (folds and _is_folded(finding)))
    alike = _alike(listed)
    shown: Counter[str] = Counter()
    for finding in listed:
        others = alike.get((finding.path, finding.code), [])
        if finding.severity is not Severity.INFO or len(others) < _FEWEST_ALIKE:
            shown[finding.code] += 1
            brief = finding.severity is not Severity.ERROR and shown[finding.code] > _SHOWN_IN_FULL
            out += _finding_lines(finding, style, lines)[: 1 if brief else None]
        elif finding is others[0]:
            out += _finding_lines(finding, style, lines)
            more = ", ".join(str(other.line) for other in others[1 : _MOST_LINES + 1])
            more += ", ..." if len(others) > _MOST_LINES + 1 else ""
            out.append(f"    and {len(others) - 1} more of {finding.code} in this file, lines {more}")
    out += _folded_lines(folded, style)
    out += _skipped_lines(report.skipped, style)
    if total:
        out.append(summary(report, style))
    return "\n".join(out) + "\n"


def _is_folded(finding: Diagnostic) -> bool:
    return finding.severity is Severity.INFO and codes.get(finding.code).folded


def _folded_lines(folded: list[Diagnostic], style: Style) -> list[str]:
    """One line for all notes about style and portability: how many of each code, and how to see them."""
    if not folded:
        return []
    numbers = Counter(finding.code for finding in folded)
    kinds = [f"{number} {codes.get(code).name}" for code, number in sorted(numbers.items(), key=lambda kind: -kind[1])]
    notes = f"{count(len(folded), 'note')} about style and portability: {', '.join(kinds)}"
    command = f"`--select {','.join(sorted(numbers))}` lists {'it' if len(folded) == 1 else 'them'}"
    return [f"{style.severity(Severity.INFO)} {notes}", f"    {style.paint('hint:', 'dim')} {command}"]


def _alike(diagnostics: tuple[Diagnostic, ...]) -> dict[tuple[str, str], list[Diagnostic]]:
    """Notes of one code in one file, which a person reads once; JSON has them all."""
    groups: dict[tuple[str, str], list[Diagnostic]] = {}
    for finding in diagnostics:
        if finding.severity is Severity.INFO and finding.line:
            groups.setdefault((finding.path, finding.code), []).append(finding)
    return groups


def summary(report: Report, style: Style) -> str:
    """One line: the number of findings of each severity."""
    counts = {severity: report.count(severity) for severity in Severity}
    if not any(counts.values()) and not report.suppressed:
        return style.paint("no findings", "green")
    parts = [count(counts[Severity.ERROR], "error"), count(counts[Severity.WARNING], "warning")]
    parts.append(f"{counts[Severity.INFO]} info")
    if report.suppressed:
        parts.append(f"{len(report.suppressed)} accepted")
    return style.paint(", ".join(parts), "bold")


def statistics_text(report: Report, style: Style) -> str:
    """The number of findings of each code, the most frequent first."""
    counts = Counter((finding.code, finding.severity) for finding in report.diagnostics)
    width = len(str(max(counts.values(), default=0)))
    out = [
        f"{number:>{width}}  {style.severity(severity)}{' ' * (7 - len(severity.value))} {code} {codes.get(code).name}"
        for (code, severity), number in sorted(counts.items(), key=lambda counted: (-counted[1], counted[0]))
    ]
    return "\n".join([*out, summary(report, style)]) + "\n"


def _finding_lines(finding: Diagnostic, style: Style, lines: Lines) -> list[str]:
    place = safe_path(finding.path)
    if finding.line:
        place += f":{finding.line}" + (f":{finding.column}" if finding.column else "")
    head = f"{style.severity(finding.severity)} {style.paint(finding.code, 'bold')} {finding.message}"
    out = [f"{style.paint(place, 'bold')}: {head}" if place else head]
    if finding.severity is not Severity.INFO:
        out += _frame(finding, style, lines)
    if finding.hint:
        out.append(f"    {style.paint('hint:', 'dim')} {finding.hint}")
    return out


@dataclass(frozen=True, slots=True)
class CodeFrame:
    """A line of code by its number, and the part of it that a finding is about."""

    number: int
    code: str
    start: int
    width: int


def code_frame(finding: Diagnostic, lines: Lines) -> CodeFrame | None:
    """The line of code of a finding; None if it has no place, or if the line cannot be shown as it is or may have a secret."""
    text = (lines(finding.path) or []) if finding.line and finding.column else []
    if not 0 < finding.line <= len(text):
        return None
    line = text[finding.line - 1].rstrip("\r\n")
    start = finding.column - 1
    if start > len(line) or len(line) > _WIDEST_FRAME:
        return None
    if finding.code.startswith("SEC") or redacted(line) != line:
        return None  # a secret is never shown
    end = finding.place.end_column - 1 if finding.place.end_line == finding.line else len(line.rstrip())
    width = max(1, min(end, len(line.rstrip())) - start) if finding.place.end_line else 1
    shown = safe(line.replace("\t", " "))
    if len(shown) != len(line):
        return None  # escaped characters would move the caret
    return CodeFrame(finding.line, shown, start, width)


def _frame(finding: Diagnostic, style: Style, lines: Lines) -> list[str]:
    """The line of code of a finding, with carets under it."""
    frame = code_frame(finding, lines)
    if frame is None:
        return []
    gutter = f"{frame.number:>5} "
    caret = "^" * min(frame.width, _MAX_CARETS)
    return [
        f"{style.paint(gutter + '|', 'dim')} {frame.code}",
        f"{style.paint(' ' * len(gutter) + '|', 'dim')} {' ' * frame.start}{style.paint(caret, 'bold')}",
    ]


def _skipped_lines(skipped: tuple[Skipped, ...], style: Style) -> list[str]:
    """The checks that did not run, the codes of one reason together."""
    reasons: dict[str, list[str]] = {}
    for check in skipped:
        reasons.setdefault(check.reason, []).append(check.code)
    label = style.paint("not checked", "dim")
    return [f"{label} {', '.join(dict.fromkeys(names))}: {reason}" for reason, names in reasons.items()]
