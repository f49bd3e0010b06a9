"""What a tool answers, as data: the verdict first, then what decides about it, in an order and a size that suit an agent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from packager.errors import PackagerError
from packager.findings.diagnostic import Diagnostic, Severity, Skipped
from packager.findings.report import Report
from packager.text import safe

MOST_FINDINGS = 500
DEFAULT_FINDINGS = 50
_MOST_SKIPPED = 20
_MOST_CODES = 12


class Verdict(StrEnum):
    """What a judging tool found, the worst first. `INCOMPLETE`: nothing fails, but not all of it could be judged."""

    FAIL = "fail"
    INCOMPLETE = "incomplete"
    PASS = "pass"  # noqa: S105 - not a password


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of a call; `is_error` if the tool could not do its work."""

    value: dict[str, object] = field(default_factory=dict)
    is_error: bool = False


def verdict_of(*, failed: bool, complete: bool) -> Verdict:
    """The verdict on something that fails or not, and of which everything was judged or not."""
    if failed:
        return Verdict.FAIL
    return Verdict.PASS if complete else Verdict.INCOMPLETE


def judged(verdict: Verdict, report: Report, *, limit: int = DEFAULT_FINDINGS) -> dict[str, object]:
    """The members of every judgement: verdict, counts, first error, findings (the worst first, at most `limit`), what was not checked."""
    findings = sorted(report.diagnostics, key=lambda finding: finding.severity.rank)
    first = findings[0] if findings and findings[0].severity is Severity.ERROR else None
    return {
        "verdict": verdict.value,
        "counts": {severity.value: report.count(severity) for severity in Severity},
        "firstError": None if first is None else _members(first),
        "findings": [_members(finding) for finding in findings[:limit]],
        "more": max(len(findings) - limit, 0),
        **_by_code(findings, limit),
        **_not_checked(report.skipped),
    }


def problems(report: Report, *, limit: int = DEFAULT_FINDINGS) -> dict[str, object]:
    """The members about what could not be read, of a tool that judges nothing."""
    findings = sorted(report.diagnostics, key=lambda finding: finding.severity.rank)
    return {
        "problems": [_members(finding) for finding in findings[:limit]],
        "moreProblems": max(len(findings) - limit, 0),
        **_not_checked(report.skipped),
    }


def error_value(error: PackagerError) -> dict[str, object]:
    """An error with the reason why a call has no result."""
    return {"error": {"message": error.message, "hint": error.hint}}


def without_controls(value: object) -> object:
    """JSON in whose strings control characters are visible, because clients show them on terminals; line ends and tabs stay."""
    if isinstance(value, str):
        return value if value.isprintable() else "\n".join(_visible(line) for line in value.split("\n"))
    if isinstance(value, dict):
        return {safe(key): without_controls(member) for key, member in value.items()}
    if isinstance(value, list):
        return [without_controls(member) for member in value]
    return value


def _visible(line: str) -> str:
    return "\t".join(safe(part) for part in line.removesuffix("\r").split("\t"))


def _members(finding: Diagnostic) -> dict[str, object]:
    members = {
        "code": finding.code,
        "severity": finding.severity.value,
        "path": finding.path,
        "line": finding.line,
        "column": finding.column,
        "message": finding.message,
        "hint": finding.hint,
    }
    return {name: value for name, value in members.items() if value not in ("", 0)}


def _by_code(findings: Sequence[Diagnostic], limit: int) -> dict[str, object]:
    """How many findings each code has, if not all findings are in the answer."""
    if len(findings) <= limit:
        return {}
    return {"byCode": dict(Counter(finding.code for finding in findings).most_common())}


def _not_checked(skipped: Sequence[Skipped]) -> dict[str, object]:
    """The reasons why checks did not run, each with the first codes of these checks."""
    reasons: dict[str, dict[str, None]] = {}
    for check in skipped:
        reasons.setdefault(check.reason, {})[check.code] = None
    entries = [
        {"reason": reason, "codes": list(codes)[:_MOST_CODES], **_more_codes(len(codes))}
        for reason, codes in reasons.items()
    ]
    more = {"moreNotChecked": len(entries) - _MOST_SKIPPED} if len(entries) > _MOST_SKIPPED else {}
    return {"notChecked": entries[:_MOST_SKIPPED], **more}


def _more_codes(number: int) -> dict[str, int]:
    return {"moreCodes": number - _MOST_CODES} if number > _MOST_CODES else {}
