"""HealthOmics' `statusMessage` as findings: first what made a definition fail, then warnings.

A message can be the text of the WDL checker, the JSON report of the Nextflow linter, or anything else. Neither format is documented
exactly, so what is not understood is shown as it arrived: no part of a message is dropped silently.
"""

from __future__ import annotations

from collections.abc import Sequence

from packager.findings.codes import finding, finding_at
from packager.findings.diagnostic import Diagnostic, Place, Severity
from packager.healthomics.status_messages import checker_text, lint_json
from packager.healthomics.status_messages.message import ServiceMessage, cleaned, shortened

__all__ = ["read"]

FAILED = "FAILED"
_MAX_CHARACTERS = 200_000
_MAX_FINDINGS = 100
_NO_REASON = "check the definition with `packager lint`; if it reports nothing, ask AWS Support"
_LATER_VERSIONS = "Nextflow 26.04 and later apply these rules: fix this before you use such a version"


def read(message: str, *, status: str, engine: str | None) -> tuple[Diagnostic, ...]:
    """The service's messages about a definition, errors first; within one severity in the order of the message.

    With the status FAILED there is always an error, with every other status never: objections are warnings then. Paths are as the
    service writes them. If there are very many findings, the result has the first ones and the number of the others.
    """
    text = cleaned(message[:_MAX_CHARACTERS])
    failed = status == FAILED
    messages = _messages(text, failed=failed)
    if len(message) > _MAX_CHARACTERS:
        rest = len(message) - _MAX_CHARACTERS
        messages.append(ServiceMessage(f"the status message has {rest:,} more characters", Severity.WARNING))
    findings = [_finding(part, failed=failed, engine=engine) for part in messages]
    if failed and not any(diagnostic.severity is Severity.ERROR for diagnostic in findings):
        reason = "contains no error" if findings else "is empty"
        findings.append(
            finding("REQ020", f"the workflow became FAILED, and its status message {reason}", path="", hint=_NO_REASON)
        )
    return tuple(_first(list(dict.fromkeys(sorted(findings, key=lambda diagnostic: diagnostic.severity.rank)))))


def _messages(text: str, *, failed: bool) -> list[ServiceMessage]:
    messages = lint_json.read(text)
    if messages is None:
        messages = checker_text.read(text)
        if not messages and text.strip() and failed:  # without a failure it is an outline without warnings
            messages = [ServiceMessage(" ".join(text.split()))]
    return messages


def _finding(message: ServiceMessage, *, failed: bool, engine: str | None) -> Diagnostic:
    severity = message.severity or Severity.ERROR
    if severity is Severity.ERROR and not failed:
        severity = Severity.WARNING
    hint = message.hint or (_LATER_VERSIONS if message.advisory and engine in (None, "NEXTFLOW") else None)
    end_line = message.line if message.end_column else 0
    return finding_at(
        Place(shortened(message.path), message.line, message.column, end_line, message.end_column),
        "REQ020" if severity is Severity.ERROR else "REQ021",
        shortened(message.message) or "the service gave no reason",
        severity=severity,
        hint=shortened(hint) if hint else None,
    )


def _first(findings: Sequence[Diagnostic]) -> list[Diagnostic]:
    """The first findings, and the number of the others by severity."""
    if len(findings) <= _MAX_FINDINGS:
        return list(findings)
    rest = findings[_MAX_FINDINGS - 1 :]
    counts = {severity: sum(diagnostic.severity is severity for diagnostic in rest) for severity in Severity}
    shown = ", ".join(f"{number} {severity.value}" for severity, number in counts.items() if number)
    worst = rest[0]
    more = finding(worst.code, f"the service reports {len(rest)} more: {shown}", path="", severity=worst.severity)
    return [*findings[: _MAX_FINDINGS - 1], more]
