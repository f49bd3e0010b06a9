"""How a project judges findings otherwise than by default: other severities, and files in which some codes do not count."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from packager.diagnostics import Diagnostic, Severity, in_order
from packager.report import EXTERNAL, Report, Suppressed


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
    patterns = [(pattern, glob_pattern(pattern), codes) for pattern, codes in policy.per_path]
    kept: list[Diagnostic] = []
    accepted: list[Suppressed] = []
    for found in report.diagnostics:
        path = where(found.path) if found.path else ""
        glob = next(
            (glob for glob, pattern, codes in patterns if found.code.startswith(codes) and pattern.fullmatch(path)),
            None,
        )
        if glob is not None:
            accepted.append(Suppressed(found, f"ignored in `{glob}`", EXTERNAL))
            continue
        severity = next((value for code, value in policy.severities if found.code.startswith(code)), None)
        kept.append(found if severity is None else replace(found, severity=severity))
    return Report(in_order(kept), report.skipped, tuple(sorted((*report.suppressed, *accepted))))


def glob_pattern(glob: str) -> re.Pattern[str]:
    """A file pattern: `*` and `?` stay within a folder, `**` does not, and a pattern without `/` is about any folder."""
    if "/" not in glob:
        glob = f"**/{glob}"
    out = []
    position = 0
    while position < len(glob):
        if glob.startswith("**/", position):
            out.append("(?:[^/]+/)*")
            position += 3
        elif glob.startswith("**", position):
            out.append(".*")
            position += 2
        else:
            char = glob[position]
            out.append({"*": "[^/]*", "?": "[^/]"}.get(char) or re.escape(char))
            position += 1
    return re.compile("".join(out))
