"""What the online checks have found so far, and what they could not check."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from packager.aws.online.inquiry import Unanswered
from packager.findings.codes import finding_at
from packager.findings.diagnostic import Diagnostic, Place, Severity
from packager.images.destinations import PulledImage, Unchecked
from packager.text import joined


@dataclass(frozen=True, slots=True)
class Findings:
    """A collection that one check fills."""

    diagnostics: list[Diagnostic] = field(default_factory=list)
    notes: list[Unchecked] = field(default_factory=list)

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

    def unknown(self, codes: Iterable[str], subject: str, unanswered: Unanswered | str) -> None:
        """Report what could not be checked."""
        reason = unanswered if isinstance(unanswered, str) else unanswered.reason
        self.notes.extend(Unchecked(code, subject, reason) for code in codes)


def severity_for(images: Iterable[PulledImage]) -> Severity | None:
    """A code's own severity, or a warning if a run pulls none of the images for certain."""
    return None if any(image.certain for image in images) else Severity.WARNING


def with_reasons(actions: Iterable[tuple[str, str]]) -> str:
    """Actions with the reasons why they are not granted: each reason once."""
    reasons: dict[str, list[str]] = {}
    for action, reason in actions:
        reasons.setdefault(reason, []).append(action)
    return "; ".join(f"{joined(names)} ({reason})" for reason, names in reasons.items())
