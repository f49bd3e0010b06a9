"""The outcome of a run: findings, accepted findings, and checks that did not run."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path

from packager.files import relative_path
from packager.findings.diagnostic import Diagnostic, Severity, Skipped, in_order
from packager.text import safe

IN_SOURCE = "inSource"
EXTERNAL = "external"


@dataclass(frozen=True, slots=True, order=True)
class Suppressed:
    """A finding that was accepted, and why.

    `kind` is `inSource` for a comment in the file, at `path` and `line`, and `external` for a baseline or a setting.
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
        return sum(finding.severity is severity for finding in self.diagnostics)


NO_FINDINGS = Report()


def is_chosen(code: str, chosen: Collection[str], ignored: Collection[str]) -> bool:
    """Whether a code starts with a chosen code or family and with no ignored one; if none are chosen, all are."""
    return (not chosen or code.startswith(tuple(chosen))) and not code.startswith(tuple(ignored))


def select(report: Report, *, chosen: Collection[str], ignored: Collection[str]) -> Report:
    """A report with only the chosen codes, without the ignored ones."""

    def keep(code: str) -> bool:
        return is_chosen(code, chosen, ignored)

    return Report(
        tuple(finding for finding in report.diagnostics if keep(finding.code)),
        tuple(skipped for skipped in report.skipped if keep(skipped.code)),
        tuple(accepted for accepted in report.suppressed if keep(accepted.diagnostic.code)),
    )


def merge(*reports: Report) -> Report:
    """All reports as one."""
    return Report(
        in_order([finding for report in reports for finding in report.diagnostics]),
        tuple(sorted({skipped for report in reports for skipped in report.skipped})),
        tuple(sorted({accepted for report in reports for accepted in report.suppressed})),
    )


def relocate(report: Report, where: Callable[[str], str]) -> Report:
    """A report whose paths are mapped by `where`."""

    def moved(finding: Diagnostic) -> Diagnostic:
        return replace(
            finding,
            place=replace(finding.place, path=where(finding.path)) if finding.path else finding.place,
            message=_with_paths(finding.message, finding.paths, where),
            hint=_with_paths(finding.hint, finding.paths, where),
            paths=tuple(where(path) for path in finding.paths),
        )

    return Report(
        in_order([moved(finding) for finding in report.diagnostics]),
        tuple(sorted({_moved_note(skipped, where) for skipped in report.skipped})),
        tuple(
            sorted(
                replace(
                    accepted, diagnostic=moved(accepted.diagnostic), path=where(accepted.path) if accepted.path else ""
                )
                for accepted in report.suppressed
            )
        ),
    )


def _moved_note(skipped: Skipped, where: Callable[[str], str]) -> Skipped:
    """A check that did not run, with the paths that its reason quotes mapped."""
    reason = _with_paths(skipped.reason, skipped.paths, where)
    return Skipped(skipped.code, reason, tuple(where(path) for path in skipped.paths))


def _with_paths(text: str, paths: tuple[str, ...], where: Callable[[str], str]) -> str:
    """A string in which the paths that it quotes are mapped."""
    if not paths:
        return text
    quoted = {f"`{safe(path)}`": where(path) for path in paths}
    pattern = "|".join(re.escape(text) for text in quoted)
    return re.sub(pattern, lambda match: f"`{quoted[match[0]]}`", text)


def below(folder: Path) -> Callable[[str], str]:
    """A function that makes paths of the current folder relative to a folder, also where links lead into it.

    A path that is written below the folder stays as written; in other paths links are followed, so that a file has one name.
    """
    real = os.path.realpath(folder)

    @functools.cache
    def where(path: str) -> str:
        written = relative_path(path, real)
        if written.split("/", 1)[0] == os.pardir:
            written = relative_path(Path(os.path.realpath(Path(path).parent), Path(path).name), real)
        return written

    return where
