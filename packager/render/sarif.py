"""A report as SARIF 2.1.0, which code scanning services and editors read.

GitHub rejects a whole file if one result has no location. A finding about no file, or about one outside of the current folder,
therefore points to the file name `no-file`.
"""

from __future__ import annotations

import hashlib
import re
import textwrap
from collections import Counter
from dataclasses import dataclass
from urllib.parse import quote

from packager._version import __version__
from packager.findings import codes
from packager.findings.codes import FAMILIES, Code
from packager.findings.diagnostic import Diagnostic, Severity, Skipped
from packager.findings.report import IN_SOURCE, Report, Suppressed
from packager.render.report import path_inside, to_json
from packager.text import safe

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT = "packagerFinding/v2"  # a new version whenever the hash has other input
NO_FILE = "no-file"
_OWN_FAILURE = "INT001"
_NO_CHARACTER = re.compile("[\ud800-\udc7f\udd00-\udfff]")  # the others are the bytes of a name that is not UTF-8
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
# GitHub's terms: the rank of a problem, and the precision of a rule.
_PROBLEMS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "recommendation"}
_PRECISIONS = {Severity.ERROR: "high", Severity.WARNING: "medium"}


@dataclass(frozen=True, slots=True)
class _Result:
    """A finding, and how it was accepted, if it was."""

    finding: Diagnostic
    fingerprint: str
    accepted: Suppressed | None = None


def sarif_text(report: Report) -> str:
    """The report as one run."""
    return to_json({"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(report)]})


def _run(report: Report) -> dict[str, object]:
    results = _results(report)
    occurring = {result.finding.code for result in results} | {check.code for check in report.skipped}
    rules = {code: known for code, known in codes.known().items() if code in occurring}
    index = {code: number for number, code in enumerate(rules)}
    return {
        "tool": {
            "driver": {
                "name": "packager",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": [_rule(code) for code in rules.values()],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": all(finding.code != _OWN_FAILURE for finding in report.diagnostics),
                "toolConfigurationNotifications": [_notification(check, index) for check in report.skipped],
            }
        ],
        "results": [_result(result, index, with_accepted=bool(report.suppressed)) for result in results],
    }


def _results(report: Report) -> list[_Result]:
    """All findings in order, including the accepted ones.

    A fingerprint is a hash of code, path, subject and the number of equal findings before: it has neither line nor message, so that it
    stays when code moves or a message changes, and two findings of one kind in a file stay two.
    """
    every: list[tuple[Diagnostic, Suppressed | None]] = [(finding, None) for finding in report.diagnostics]
    every += [(accepted.diagnostic, accepted) for accepted in report.suppressed]
    seen: Counter[tuple[str, str, str]] = Counter()
    results = []
    for finding, accepted in sorted(every, key=lambda pair: (pair[0], pair[1] is not None)):
        key = (finding.code, finding.path, finding.subject)
        text = "\0".join((*key, str(seen[key])))
        seen[key] += 1
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        results.append(_Result(finding, digest, accepted))
    return results


def _rule(code: Code) -> dict[str, object]:
    properties: dict[str, object] = {
        "tags": list(dict.fromkeys(tag.lower() for tag in (FAMILIES[code.code[:3]], *code.engines))),
        "problem.severity": _PROBLEMS[code.severity],
    }
    if code.severity in _PRECISIONS:
        properties["precision"] = _PRECISIONS[code.severity]
    return {
        "id": code.code,
        "name": code.name,
        "shortDescription": {"text": code.summary},
        "fullDescription": {"text": f"{code.summary} {code.why}"},
        "help": {
            "text": _help(code),
            "markdown": _markdown(code),
        },
        "defaultConfiguration": {"level": _LEVELS[code.severity]},
        "properties": properties,
    }


def _help(code: Code) -> str:
    """The whole documentation of a code, for viewers that show no Markdown."""
    parts = [code.summary, code.why, f"What to do: {code.hint}.", *_fix(code), f"Source: {code.source}."]
    for title, example in (("Bad", code.bad), ("Good", code.good)):
        if example:
            parts.append(f"{title}:\n\n{textwrap.indent(example, '    ')}")
    return "\n\n".join(parts)


def _fix(code: Code) -> list[str]:
    return ["Automatic fix: `packager lint PATH --fix`, where only one change can be intended."] if code.has_fix else []


def _markdown(code: Code) -> str:
    parts = [code.summary, code.why, f"What to do: {code.hint}.", *_fix(code), f"Source: {code.source_markdown}."]
    for title, example in (("Bad", code.bad), ("Good", code.good)):
        if example:
            parts += [f"{title}:", f"````text\n{example}\n````"]
    return "\n\n".join(parts)


def _notification(skipped: Skipped, index: dict[str, int]) -> dict[str, object]:
    rule: dict[str, object] = {"id": skipped.code}
    if skipped.code in index:
        rule["index"] = index[skipped.code]
    return {
        "level": "note",
        "message": {"text": f"{skipped.code} was not checked: {_message(skipped.reason)}"},
        "associatedRule": rule,
    }


def _result(result: _Result, index: dict[str, int], *, with_accepted: bool) -> dict[str, object]:
    finding = result.finding
    text = _message(finding.message)
    if finding.path and path_inside(finding.path) is None:
        text = f"{_message(safe(finding.path))}: {text}"
    if finding.hint:
        text += f"\nhint: {_message(finding.hint)}"
    members: dict[str, object] = {
        "ruleId": finding.code,
        "ruleIndex": index[finding.code],
        "level": _LEVELS[finding.severity],
        "message": {"text": text},
        "locations": [_location(finding)],
        "partialFingerprints": {FINGERPRINT: result.fingerprint},
    }
    if with_accepted:  # the format requires it of every result or of none
        members["suppressions"] = [_suppression(result.accepted)] if result.accepted else []
    return members


def _suppression(accepted: Suppressed) -> dict[str, object]:
    members: dict[str, object] = {
        "kind": accepted.kind,
        "status": "accepted",
        "justification": _message(accepted.reason),
    }
    if accepted.kind == IN_SOURCE and path_inside(accepted.path) and accepted.line:
        region = {"startLine": accepted.line}
        members["location"] = {"physicalLocation": {"artifactLocation": _artifact(accepted.path), "region": region}}
    return members


def _location(finding: Diagnostic) -> dict[str, object]:
    physical: dict[str, object] = {"artifactLocation": _artifact(finding.path)}
    if path_inside(finding.path) and finding.line:
        physical["region"] = _region(finding)
    return {"physicalLocation": physical}


def _artifact(path: str) -> dict[str, str]:
    """A file by its path from the current folder, with the characters that a URI may have."""
    normal = path_inside(path)
    if normal is None:
        return {"uri": NO_FILE}
    named = _NO_CHARACTER.sub("\N{REPLACEMENT CHARACTER}", normal)
    return {"uri": quote(named, safe="/", errors="surrogateescape"), "uriBaseId": "%SRCROOT%"}


def _region(finding: Diagnostic) -> dict[str, int]:
    region = {"startLine": finding.line}
    if finding.column:
        region["startColumn"] = finding.column
    if (
        finding.column
        and finding.place.end_column
        and (finding.place.end_line, finding.place.end_column) > (finding.line, finding.column)
    ):
        region["endLine"] = finding.place.end_line
        region["endColumn"] = finding.place.end_column
    return region


def _message(text: str) -> str:
    """Foreign text as a message, in which brackets are never a link of the format."""
    return safe(text).replace("](", "\\](")
