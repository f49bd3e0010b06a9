"""How a project judges findings otherwise than by default: other severities, and files in which some codes do not count."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from packager.findings.diagnostic import Diagnostic, Severity, in_order
from packager.findings.report import EXTERNAL, Report, Suppressed
from packager.patterns.globs import matches_path_glob


@dataclass(frozen=True, slots=True)
class Policy:
    """A project's own judgement; both members by code or family, the longest match first.

    `per_path` has patterns of file names, relative to the configuration's folder, with the codes that do not count there.
    """

    severities: tuple[tuple[str, Severity], ...] = ()
    per_path: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @classmethod
    def of(cls, severities: Mapping[str, str], per_path: Mapping[str, tuple[str, ...]]) -> Policy:
        """A policy from what a configuration says."""
        ordered = sorted(severities.items(), key=lambda one: (-len(one[0]), one[0]))
        return cls(tuple((code, Severity(value)) for code, value in ordered), tuple(sorted(per_path.items())))


NO_POLICY = Policy()


def apply(report: Report, policy: Policy, where: Callable[[str], str]) -> Report:
    """A report as the project judges it. `where` makes a report's path relative to the configuration's folder."""
    if policy == NO_POLICY:
        return report
    kept: list[Diagnostic] = []
    accepted: list[Suppressed] = []
    for found in report.diagnostics:
        path = where(found.path) if found.path else ""
        glob = next(
            (glob for glob, codes in policy.per_path if found.code.startswith(codes) and matches_path_glob(glob, path)),
            None,
        )
        if glob is not None:
            accepted.append(Suppressed(found, f"ignored in `{glob}`", EXTERNAL))
            continue
        severity = next((value for code, value in policy.severities if found.code.startswith(code)), None)
        kept.append(found if severity is None else replace(found, severity=severity))
    return Report(in_order(kept), report.skipped, tuple(sorted((*report.suppressed, *accepted))))
