"""Findings as diagnostics of the protocol."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace

from lsprotocol import types

from packager.findings.diagnostic import Diagnostic, Severity
from packager.lsp.documents import uri_of
from packager.lsp.facts_of_files import LineMap
from packager.lsp.positions import Positions

SOURCE = "packager"
_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFO: types.DiagnosticSeverity.Information,
}
_FIRST = types.Range(types.Position(0, 0), types.Position(0, 0))


def to_protocol(finding: Diagnostic, positions: Positions, address: Callable[[str], str | None]) -> types.Diagnostic:
    """A finding for an editor; `address` returns where a code is explained."""
    href = address(finding.code) if finding.code else None
    message = f"{finding.message}\n{finding.hint}" if finding.hint else finding.message
    return types.Diagnostic(
        range=positions.range(finding.place),
        message=message,
        severity=_SEVERITIES[finding.severity],
        code=finding.code or None,
        code_description=types.CodeDescription(href) if href else None,
        source=SOURCE,
        related_information=_related(finding) or None,
        data={"subject": finding.subject} if finding.subject else None,
    )


def _related(finding: Diagnostic) -> list[types.DiagnosticRelatedInformation]:
    """The other files that a finding names."""
    return [
        types.DiagnosticRelatedInformation(
            types.Location(uri_of(os.path.abspath(path)), _FIRST),  # noqa: PTH100 - links are kept
            f"see `{path}`",
        )
        for path in dict.fromkeys(finding.paths)
        if path != finding.path
    ]


def shifted(findings: Sequence[Diagnostic], before: Sequence[str], after: Sequence[str]) -> list[Diagnostic]:
    """Findings of a file after an edit, where they are known: those about the lines that were edited are dropped."""
    lines = LineMap.of(before, after)
    moved = []
    for finding in findings:
        line = lines.later(finding.line)
        if line is not None:
            moved.append(_moved(finding, line - finding.line))
    return moved


def _moved(finding: Diagnostic, lines: int) -> Diagnostic:
    place = finding.place
    if not lines:
        return finding
    end = place.end_line + lines if place.end_line else 0
    return replace(finding, place=replace(place, line=place.line + lines, end_line=end))
