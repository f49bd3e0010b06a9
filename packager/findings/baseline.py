"""Findings that were there before: a JSON file of what is accepted for now, so that only new findings count.

An entry names a file, a code and a subject (see `Diagnostic`), and how often that occurs: neither moved code nor a new wording brings a
finding back, and one more finding of the same kind does. Paths are relative to the folder of the baseline file.

`schemaVersion` is 2. Files of version 1 have a `message` in place of the subject, and are still read: see `apply`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from packager.errors import PackagerError
from packager.findings.codes import finding
from packager.findings.diagnostic import Diagnostic, in_order
from packager.findings.report import EXTERNAL, Report, Suppressed

_VERSION = "2"
_VERSION_BY_MESSAGE = "1"
_REASON = "in the baseline"
_Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a baseline accepts: how many findings of each path, code and subject (or message, in a file of version 1)."""

    counts: Counter[_Key]
    by_message: bool = False


def to_json(report: Report, where: Callable[[str], str]) -> str:
    """A baseline of everything that a report holds. `where` makes a report's path relative to the file."""
    counts = Counter((*_kind(found, where), found.subject) for found in report.diagnostics)
    findings = [
        {"path": path, "code": code, "subject": subject, "count": count}
        for (path, code, subject), count in sorted(counts.items())
    ]
    return json.dumps({"schemaVersion": _VERSION, "findings": findings}, indent=2) + "\n"


def read(path: str, content: bytes) -> Accepted:
    """What a baseline accepts.

    Raises:
        PackagerError: it is no baseline of a version that is known.
    """
    try:
        return _accepted(json.loads(content))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        hint = "write it anew with `packager lint PATH --baseline FILE --write-baseline`"
        raise PackagerError(f"`{path}` is no baseline: {error}", hint) from error


def _accepted(value: Any) -> Accepted:
    """The entries of a baseline, in the form that `to_json` writes or wrote; raises whatever another form leads to."""
    version = value["schemaVersion"]
    if version not in (_VERSION, _VERSION_BY_MESSAGE):
        raise ValueError(f"its version is {version!r}")
    by_message = version == _VERSION_BY_MESSAGE
    counts: Counter[_Key] = Counter()
    for entry in value["findings"]:
        key = (entry["path"], entry["code"], entry["message" if by_message else "subject"])
        count = entry["count"]
        if not all(isinstance(part, str) for part in key) or type(count) is not int or count < 1:
            raise TypeError("an entry has another form")
        counts[key] += count
    return Accepted(counts, by_message)


def apply(
    report: Report,
    path: str,
    accepted: Accepted,
    where: Callable[[str], str],
    looked_at: Callable[[str, str], bool] = lambda _file, _code: True,
) -> Report:
    """A report without the findings that the baseline accepts, and with a word on those that are gone.

    An entry with a subject accepts findings of exactly that subject. One with a message accepts findings with that message. If there
    are none, it accepts as many others of the same file and code: the wording may have changed since the file was written,
    and an update of this tool must not fail a build whose workflow is the same.

    `looked_at` tells of an entry's path and code whether the report says all that is to be said of them.
    """
    left = Counter(accepted.counts)
    known = [
        _use((*_kind(found, where), found.message if accepted.by_message else found.subject), left)
        for found in report.diagnostics
    ]
    if accepted.by_message:
        reworded = _reworded(accepted.counts, left)
        known = [
            is_known or _use(_kind(found, where), reworded)
            for is_known, found in zip(known, report.diagnostics, strict=True)
        ]
        left += reworded
    kept = [found for is_known, found in zip(known, report.diagnostics, strict=True) if not is_known]
    suppressed = [
        Suppressed(found, _REASON, EXTERNAL)
        for is_known, found in zip(known, report.diagnostics, strict=True)
        if is_known
    ]
    gone = sum(count for (file, code, *_), count in left.items() if count and looked_at(file, code))
    if gone:
        message = f"{gone} finding{'s' if gone != 1 else ''} of the baseline {'are' if gone != 1 else 'is'} gone"
        kept.append(finding("INT012", message, path=path))
    return Report(in_order(kept), report.skipped, tuple(sorted((*report.suppressed, *suppressed))))


def _kind(found: Diagnostic, where: Callable[[str], str]) -> tuple[str, str]:
    return (where(found.path) if found.path else "", found.code)


def _use(key: _Key, left: Counter[_Key]) -> bool:
    """Whether a key is left, which is then one fewer."""
    if left[key] < 1:
        return False
    left[key] -= 1
    return True


def _reworded(counts: Counter[_Key], left: Counter[_Key]) -> Counter[_Key]:
    """Take the entries of which none was used out of `left`, and count them by path and code."""
    reworded: Counter[_Key] = Counter()
    for key in [key for key, count in left.items() if count == counts[key]]:
        reworded[key[:2]] += left.pop(key)
    return reworded
