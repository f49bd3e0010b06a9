"""A report as SARIF 2.1.0, which code scanning services and editors read.

GitHub refuses a whole file for one result without a location. A finding about no file, or about one outside of the current folder,
therefore points to a file name that says so.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from packager._version import __version__
from packager.findings import codes
from packager.findings.codes import FAMILIES, Code
from packager.findings.diagnostic import Diagnostic, Severity, Skipped
from packager.findings.report import IN_SOURCE, Report, Suppressed
from packager.render.places import inside
from packager.render.report import to_json
from packager.text import safe

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT = "packagerFinding/v2"  # a new version whenever the hash is made of something else
NO_FILE = "no-file"
_OWN_FAILURE = "INT001"
_NO_CHARACTER = re.compile("[\ud800-\udc7f\udd00-\udfff]")  # the others stand for the bytes of a name that is not UTF-8
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
# GitHub's words: how a problem ranks, and how sure a rule is of what it says.
_PROBLEMS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "recommendation"}
_PRECISIONS = {Severity.ERROR: "high", Severity.WARNING: "medium"}


@dataclass(frozen=True, slots=True)
class _Result:
    """A finding, with the acceptance if somebody accepted it."""

    found: Diagnostic
    fingerprint: str
    accepted: Suppressed | None = None


def sarif_text(report: Report) -> str:
    """The report as one run."""
    return to_json({"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(report)]})


def _run(report: Report) -> dict[str, Any]:
    results = _results(report)
    occurring = {one.found.code for one in results} | {skipped.code for skipped in report.skipped}
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
                "executionSuccessful": all(found.code != _OWN_FAILURE for found in report.diagnostics),
                "toolConfigurationNotifications": [_notification(one, index) for one in report.skipped],
            }
        ],
        "results": [_result(one, index, tells_accepted=bool(report.suppressed)) for one in results],
    }


def _results(report: Report) -> list[_Result]:
    """All findings in order, accepted ones among them.

    A fingerprint is a hash of code, path, subject and how many of the same came before: no line and no words are in it, so that it
    stays when code moves or a message changes, and two findings of one kind in a file stay two.
    """
    every: list[tuple[Diagnostic, Suppressed | None]] = [(found, None) for found in report.diagnostics]
    every += [(one.diagnostic, one) for one in report.suppressed]
    seen: Counter[tuple[str, str, str]] = Counter()
    results = []
    for found, accepted in sorted(every, key=lambda one: (one[0], one[1] is not None)):
        key = (found.code, found.path, found.subject)
        text = "\0".join((*key, str(seen[key])))
        seen[key] += 1
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        results.append(_Result(found, digest, accepted))
    return results


def _rule(code: Code) -> dict[str, Any]:
    properties: dict[str, Any] = {
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
            "text": f"{code.why}\n\nWhat to do: {code.hint}.\n\nSource: {code.source}.",
            "markdown": _markdown(code),
        },
        "defaultConfiguration": {"level": _LEVELS[code.severity]},
        "properties": properties,
    }


def _markdown(code: Code) -> str:
    parts = [code.why, f"What to do: {code.hint}.", f"Source: {code.source}."]
    for title, example in (("Bad", code.bad), ("Good", code.good)):
        if example:
            parts += [f"{title}:", f"````text\n{example}\n````"]
    return "\n\n".join(parts)


def _notification(skipped: Skipped, index: dict[str, int]) -> dict[str, Any]:
    rule: dict[str, Any] = {"id": skipped.code}
    if skipped.code in index:
        rule["index"] = index[skipped.code]
    return {
        "level": "note",
        "message": {"text": f"{skipped.code} was not checked: {_message(skipped.reason)}"},
        "associatedRule": rule,
    }


def _result(one: _Result, index: dict[str, int], *, tells_accepted: bool) -> dict[str, Any]:
    found = one.found
    text = _message(found.message)
    if found.path and inside(found.path) is None:
        text = f"{_message(safe(found.path))}: {text}"
    if found.hint:
        text += f"\nhint: {_message(found.hint)}"
    result: dict[str, Any] = {
        "ruleId": found.code,
        "ruleIndex": index[found.code],
        "level": _LEVELS[found.severity],
        "message": {"text": text},
        "locations": [_location(found)],
        "partialFingerprints": {FINGERPRINT: one.fingerprint},
    }
    if tells_accepted:  # the format wants it of every result or of none
        result["suppressions"] = [_suppression(one.accepted)] if one.accepted else []
    return result


def _suppression(one: Suppressed) -> dict[str, Any]:
    suppression: dict[str, Any] = {"kind": one.kind, "status": "accepted", "justification": _message(one.reason)}
    if one.kind == IN_SOURCE and inside(one.path) and one.line:
        region = {"startLine": one.line}
        suppression["location"] = {"physicalLocation": {"artifactLocation": _artifact(one.path), "region": region}}
    return suppression


def _location(found: Diagnostic) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": _artifact(found.path)}
    if inside(found.path) and found.line:
        physical["region"] = _region(found)
    return {"physicalLocation": physical}


def _artifact(path: str) -> dict[str, str]:
    """A file by its path from the root of the sources, in the characters that a URI may have."""
    normal = inside(path)
    if normal is None:
        return {"uri": NO_FILE}
    named = _NO_CHARACTER.sub("\N{REPLACEMENT CHARACTER}", normal)
    return {"uri": quote(named, safe="/", errors="surrogateescape"), "uriBaseId": "%SRCROOT%"}


def _region(found: Diagnostic) -> dict[str, int]:
    region = {"startLine": found.line}
    if found.column:
        region["startColumn"] = found.column
    if (
        found.column
        and found.place.end_column
        and (found.place.end_line, found.place.end_column) > (found.line, found.column)
    ):
        region["endLine"] = found.place.end_line
        region["endColumn"] = found.place.end_column
    return region


def _message(text: str) -> str:
    """Foreign text as a message: brackets that the format would read as a link stay brackets."""
    return safe(text).replace("](", "\\](")
