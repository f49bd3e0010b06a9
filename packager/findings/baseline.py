"""Findings that were there before: a JSON file of what is accepted for now, so that only new findings count.

An entry names a code, a file and a message, without a line, and how often it occurs: moving code does not bring a finding back, and
a second one of the same kind does. Paths are relative to the folder of the baseline file.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

from packager.errors import PackagerError
from packager.findings.codes import finding
from packager.findings.diagnostic import Diagnostic, in_order
from packager.findings.report import EXTERNAL, Report, Suppressed

_VERSION = "1"
_REASON = "in the baseline"
Key = tuple[str, str, str]


def to_json(report: Report, where: Callable[[str], str]) -> str:
    """A baseline of everything that a report holds. `where` makes a report's path relative to the file."""
    counts = Counter(_key(found, where) for found in report.diagnostics)
    findings = [
        {"path": path, "code": code, "message": message, "count": count}
        for (path, code, message), count in sorted(counts.items())
    ]
    return json.dumps({"schemaVersion": _VERSION, "findings": findings}, indent=2) + "\n"


def read(path: str, content: bytes) -> Counter[Key]:
    """What a baseline accepts.

    Raises:
        PackagerError: it is no baseline of this version.
    """
    try:
        return _accepted(json.loads(content))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        hint = "write it anew with `packager lint PATH --baseline FILE --write-baseline`"
        raise PackagerError(f"`{path}` is no baseline: {error}", hint) from error


def _accepted(value: Any) -> Counter[Key]:
    """The entries of a baseline, in the form that `to_json` writes; raises whatever another form leads to."""
    if value["schemaVersion"] != _VERSION:
        raise ValueError(f"its version is {value['schemaVersion']!r}")
    accepted: Counter[Key] = Counter()
    for entry in value["findings"]:
        key = (entry["path"], entry["code"], entry["message"])
        count = entry["count"]
        if not all(isinstance(part, str) for part in key) or type(count) is not int or count < 1:
            raise TypeError("an entry has another form")
        accepted[key] += count
    return accepted


def apply(
    report: Report,
    path: str,
    accepted: Counter[Key],
    where: Callable[[str], str],
    looked_at: Callable[[str, str], bool] = lambda _file, _code: True,
) -> Report:
    """A report without the findings that the baseline accepts, and with a word on those that are gone.

    `looked_at` tells of an entry's path and code whether the report says all that is to be said of them.
    """
    left = Counter(accepted)
    kept, suppressed = [], []
    for found in report.diagnostics:
        key = _key(found, where)
        if left[key] > 0:
            left[key] -= 1
            suppressed.append(Suppressed(found, _REASON, EXTERNAL))
        else:
            kept.append(found)
    gone = sum(count for (file, code, _), count in left.items() if count and looked_at(file, code))
    if gone:
        message = f"{gone} finding{'s' if gone != 1 else ''} of the baseline {'are' if gone != 1 else 'is'} gone"
        kept.append(finding("INT012", message, path=path))
    return Report(in_order(kept), report.skipped, tuple(sorted((*report.suppressed, *suppressed))))


def _key(found: Diagnostic, where: Callable[[str], str]) -> Key:
    return (where(found.path) if found.path else "", found.code, found.message)
