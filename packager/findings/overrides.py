"""A project's own settings for findings: other severities, and files in which some codes do not count."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from packager.findings.diagnostic import Diagnostic, Severity, in_order
from packager.findings.report import EXTERNAL, Report, Suppressed
from packager.patterns.globs import matches_path_glob


@dataclass(frozen=True, slots=True)
class Policy:
    """The overrides of a project; both members by code or family, the longest match first.

    `per_path` has patterns of file names, relative to the configuration's folder, with the codes that do not count there.
    """

    severities: tuple[tuple[str, Severity], ...] = ()
    per_path: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @classmethod
    def of(cls, severities: Mapping[str, str], per_path: Mapping[str, tuple[str, ...]]) -> Policy:
        """The overrides of a configuration."""
        ordered = sorted(severities.items(), key=lambda override: (-len(override[0]), override[0]))
        return cls(tuple((code, Severity(value)) for code, value in ordered), tuple(sorted(per_path.items())))


NO_POLICY = Policy()


def apply(report: Report, policy: Policy, where: Callable[[str], str]) -> Report:
    """A report with the project's overrides applied. `where` makes a report's path relative to the configuration's folder."""
    if policy == NO_POLICY:
        return report
    kept: list[Diagnostic] = []
    accepted: list[Suppressed] = []
    for finding in report.diagnostics:
        path = where(finding.path) if finding.path else ""
        glob = next(
            (
                glob
                for glob, codes in policy.per_path
                if finding.code.startswith(codes) and matches_path_glob(glob, path)
            ),
            None,
        )
        if glob is not None:
            accepted.append(Suppressed(finding, f"ignored in `{glob}`", EXTERNAL))
            continue
        severity = next((value for code, value in policy.severities if finding.code.startswith(code)), None)
        kept.append(finding if severity is None else replace(finding, severity=severity))
    return Report(in_order(kept), report.skipped, tuple(sorted((*report.suppressed, *accepted))))
