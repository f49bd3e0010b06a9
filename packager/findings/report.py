"""The outcome of a run: what was found, what was accepted, and what could not be looked at."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path

from packager.findings.diagnostic import Diagnostic, Severity, Skipped, in_order

IN_SOURCE = "inSource"
EXTERNAL = "external"


@dataclass(frozen=True, slots=True, order=True)
class Suppressed:
    """A finding that somebody accepted, and why.

    `kind` is `inSource` for a comment beside it, whose place `path` and `line` tell, and `external` for a baseline or a setting.
    """

    diagnostic: Diagnostic
    reason: str
    kind: str = IN_SOURCE
    path: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of a run, in the order of every report."""

    diagnostics: tuple[Diagnostic, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()

    def count(self, severity: Severity) -> int:
        """How many findings have that severity."""
        return sum(found.severity is severity for found in self.diagnostics)


NO_FINDINGS = Report()


def is_chosen(code: str, chosen: Collection[str], ignored: Collection[str]) -> bool:
    """Whether a code is one of those (or starts with one of those) that are chosen, and not ignored; none chosen: all."""
    return (not chosen or code.startswith(tuple(chosen))) and not code.startswith(tuple(ignored))


def select(report: Report, *, chosen: Collection[str], ignored: Collection[str]) -> Report:
    """A report with only the codes that are chosen, less those ignored."""

    def keep(code: str) -> bool:
        return is_chosen(code, chosen, ignored)

    return Report(
        tuple(found for found in report.diagnostics if keep(found.code)),
        tuple(skipped for skipped in report.skipped if keep(skipped.code)),
        tuple(one for one in report.suppressed if keep(one.diagnostic.code)),
    )


def merge(*reports: Report) -> Report:
    """Several reports as one."""
    return Report(
        in_order([found for report in reports for found in report.diagnostics]),
        tuple(sorted({skipped for report in reports for skipped in report.skipped})),
        tuple(sorted({one for report in reports for one in report.suppressed})),
    )


def relocate(report: Report, where: Callable[[str], str]) -> Report:
    """A report whose paths are what `where` makes of them."""

    def moved(found: Diagnostic) -> Diagnostic:
        return replace(found, place=replace(found.place, path=where(found.path))) if found.path else found

    return Report(
        in_order([moved(found) for found in report.diagnostics]),
        report.skipped,
        tuple(
            sorted(
                replace(one, diagnostic=moved(one.diagnostic), path=where(one.path) if one.path else "")
                for one in report.suppressed
            )
        ),
    )


def below(folder: Path) -> Callable[[str], str]:
    """What makes a path of the current folder relative to a folder, also where links lead there on another way.

    What is written below the folder stays as it is written; otherwise links in its folders are followed, so that a file has one name.
    """
    real = os.path.realpath(folder)

    @functools.cache
    def where(path: str) -> str:
        written = os.path.relpath(path, real)
        if written.split(os.sep, 1)[0] == os.pardir:
            written = os.path.relpath(Path(os.path.realpath(Path(path).parent), Path(path).name), real)
        return written.replace(os.sep, "/")

    return where
