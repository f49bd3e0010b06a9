"""What the online checks have found so far, and what they could not look at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from packager.aws.online.inquiry import Unknown
from packager.findings.codes import finding_at
from packager.findings.diagnostic import Diagnostic, Place, Severity
from packager.images.destinations import Note, Wanted


@dataclass(frozen=True, slots=True)
class Findings:
    """A collection that one check fills."""

    diagnostics: list[Diagnostic] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def add(
        self,
        code: str,
        place: Place,
        message: str,
        *,
        subject: str,
        hint: str | None = None,
        severity: Severity | None = None,
    ) -> None:
        """Report a finding; see `Diagnostic` for its subject."""
        self.diagnostics.append(finding_at(place, code, message, hint=hint, severity=severity, subject=subject))

    def unknown(self, codes: Iterable[str], subject: str, unknown: Unknown | str) -> None:
        """Report what could not be looked at."""
        reason = unknown if isinstance(unknown, str) else unknown.reason
        self.notes.extend(Note(code, subject, reason) for code in codes)


def severity_for(wanted: Iterable[Wanted]) -> Severity | None:
    """A code's own severity, or a warning where only images that a run may come to are concerned."""
    return None if any(one.certain for one in wanted) else Severity.WARNING


def listed(actions: Iterable[tuple[str, str]]) -> str:
    """Actions with the reasons why they are not granted: each reason once."""
    reasons: dict[str, list[str]] = {}
    for action, reason in actions:
        reasons.setdefault(reason, []).append(f"`{action}`")
    return "; ".join(f"{_joined(names)} ({reason})" for reason, names in reasons.items())


def _joined(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
