"""A report without the secrets that other findings quote, such as a password in the URL of an import."""

from __future__ import annotations

from dataclasses import replace

from packager.findings.credentials import redacted
from packager.findings.diagnostic import Diagnostic, in_order
from packager.findings.report import Report


def redact(report: Report) -> Report:
    """The report with the value of each secret in its texts replaced. Findings that are in another order than the usual one stay in it."""
    found = tuple(dict.fromkeys(map(_redact, report.diagnostics)))
    if report.diagnostics == in_order(report.diagnostics):
        found = in_order(found)  # what was replaced may have decided about the order
    skipped = sorted({replace(one, reason=redacted(one.reason)) for one in report.skipped})
    return Report(found, tuple(skipped), report.suppressed)


def _redact(found: Diagnostic) -> Diagnostic:
    message, hint, subject = redacted(found.message), redacted(found.hint), redacted(found.subject)
    if (message, hint, subject) == (found.message, found.hint, found.subject):
        return found
    return replace(found, message=message, hint=hint, subject=subject)
