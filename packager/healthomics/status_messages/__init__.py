"""HealthOmics' `statusMessage` as findings: what refused a definition first, what only warns of something after it.

A message can be the text of the WDL checker, the JSON report of the Nextflow linter, or anything else. Neither form is documented to
the letter, so whatever is not understood is shown as it came: no part of a message is dropped without a word.
"""

from __future__ import annotations

from collections.abc import Sequence

from packager.findings.codes import finding
from packager.findings.diagnostic import Diagnostic, Severity
from packager.healthomics.status_messages import checker_text, lint_json
from packager.healthomics.status_messages.saying import Saying, cleaned, shortened

__all__ = ["read"]

FAILED = "FAILED"
_MAX_CHARACTERS = 200_000
_MAX_FINDINGS = 100
_NO_REASON = "look at the definition with `packager lint`; if nothing is found, ask AWS Support"
_LATER_VERSIONS = (
    "runs with Nextflow 26.04 or later read the definition by these rules; correct it before you use such a version"
)


def read(message: str, *, status: str, engine: str | None) -> tuple[Diagnostic, ...]:
    """What the service says of a definition, errors first; within one severity in the order of the message.

    With the status FAILED there is always an error, with every other none: what the service objects to there are warnings. Paths are as
    the service writes them. Of very many findings the first are given, and the number of the others.
    """
    text = cleaned(message[:_MAX_CHARACTERS])
    failed = status == FAILED
    sayings = _sayings(text, failed=failed)
    if len(message) > _MAX_CHARACTERS:
        rest = len(message) - _MAX_CHARACTERS
        sayings.append(Saying(f"the status message goes on for {rest:,} characters", Severity.WARNING))
    found = [_finding(one, failed=failed, engine=engine) for one in sayings]
    if failed and not any(one.severity is Severity.ERROR for one in found):
        reason = "names no error" if found else "is empty"
        found.append(
            finding("REQ020", f"the workflow became FAILED, and its status message {reason}", path="", hint=_NO_REASON)
        )
    found = list(dict.fromkeys(sorted(found, key=lambda one: one.severity.rank)))
    return tuple(_first(found))


def _sayings(text: str, *, failed: bool) -> list[Saying]:
    found = lint_json.read(text)
    if found is None:
        found = checker_text.read(text)
        if not found and text.strip() and failed:  # else it is an outline without warnings
            found = [Saying(" ".join(text.split()))]
    return found


def _finding(one: Saying, *, failed: bool, engine: str | None) -> Diagnostic:
    severity = one.severity or Severity.ERROR
    if severity is Severity.ERROR and not failed:
        severity = Severity.WARNING
    hint = one.hint or (_LATER_VERSIONS if one.advisory and engine in (None, "NEXTFLOW") else None)
    return finding(
        "REQ020" if severity is Severity.ERROR else "REQ021",
        shortened(one.message) or "the service gives no text",
        path=shortened(one.path),
        line=one.line,
        column=one.column,
        end_line=one.line if one.end_column else 0,
        end_column=one.end_column,
        severity=severity,
        hint=shortened(hint) if hint else None,
    )


def _first(found: Sequence[Diagnostic]) -> list[Diagnostic]:
    """The first findings, and how many more there are of each severity."""
    if len(found) <= _MAX_FINDINGS:
        return list(found)
    rest = found[_MAX_FINDINGS - 1 :]
    counts = {severity: sum(one.severity is severity for one in rest) for severity in Severity}
    said = ", ".join(f"{count} {severity.value}" for severity, count in counts.items() if count)
    worst = rest[0]
    more = finding(worst.code, f"the service says {len(rest)} more: {said}", path="", severity=worst.severity)
    return [*found[: _MAX_FINDINGS - 1], more]
