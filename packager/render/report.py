"""A report of findings as JSON for a program, and what all formats share."""

from __future__ import annotations

import json
import math
import posixpath
import re

from packager._version import __version__
from packager.findings import codes
from packager.findings.diagnostic import Diagnostic, Severity
from packager.findings.report import Report
from packager.text import safe_json

SCHEMA_VERSION = "1"
_DRIVE = re.compile(r"[A-Za-z]:")


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
