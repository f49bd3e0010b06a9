"""The outcome of a run: what was found, and what could not be looked at."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from packager.diagnostics import Diagnostic, Severity, Skipped, in_order


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of a run, in the order of every report."""

    diagnostics: tuple[Diagnostic, ...] = ()
    skipped: tuple[Skipped, ...] = ()

    def count(self, severity: Severity) -> int:
        """How many findings have that severity."""
        return sum(found.severity is severity for found in self.diagnostics)


def select(report: Report, *, chosen: Collection[str], ignored: Collection[str]) -> Report:
    """A report with only the codes (or prefixes of codes) that are chosen, less those ignored; none chosen: all."""

    def keep(code: str) -> bool:
        return (not chosen or code.startswith(tuple(chosen))) and not code.startswith(tuple(ignored) or ("-",))

    return Report(
        tuple(found for found in report.diagnostics if keep(found.code)),
        tuple(skipped for skipped in report.skipped if keep(skipped.code)),
    )


def merge(*reports: Report) -> Report:
    """Several reports as one."""
    return Report(
        in_order([found for report in reports for found in report.diagnostics]),
        tuple(sorted({skipped for report in reports for skipped in report.skipped})),
    )
