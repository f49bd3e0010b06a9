"""A report without the secrets that other findings quote, such as a password in the URL of an import."""

from __future__ import annotations

from dataclasses import replace

from packager.credentials import redacted
from packager.diagnostics import Diagnostic, in_order
from packager.report import Report


def redact(report: Report) -> Report:
    """The report with the value of each secret in its texts replaced."""
    return Report(
        in_order([_redact(found) for found in report.diagnostics]),
        tuple(sorted({replace(skipped, reason=redacted(skipped.reason)) for skipped in report.skipped})),
        report.suppressed,
    )


def _redact(found: Diagnostic) -> Diagnostic:
    message, hint = redacted(found.message), redacted(found.hint)
    if (message, hint) == (found.message, found.hint):
        return found
    return replace(found, message=message, hint=hint)
