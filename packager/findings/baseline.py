"""Existing findings that are accepted for now: a JSON file, so that only new findings count.

An entry names a file, a code and a subject (see `Diagnostic`), and how often that occurs: neither moved code nor a new wording brings a
finding back, but one more finding of the same kind does. Paths are relative to the folder of the baseline file.

`schemaVersion` is 2. Files of version 1 have a `message` in place of the subject, and are still read: see `apply`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from packager.errors import PackagerError
from packager.findings.codes import finding
from packager.findings.diagnostic import Diagnostic, in_order
from packager.findings.report import EXTERNAL, Report, Suppressed
from packager.text import count

_VERSION = "2"
_VERSION_BY_MESSAGE = "1"
_REASON = "in the baseline"
_Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a baseline accepts: the number of findings of each path, code and subject (or message, in a file of version 1)."""

    counts: Counter[_Key]
    by_message: bool = False


def to_json(report: Report, where: Callable[[str], str]) -> str:
    """A baseline of all findings in a report. `where` makes a report's path relative to the file."""
    counts = Counter((*_kind(diagnostic, where), diagnostic.subject) for diagnostic in report.diagnostics)
    findings = [
        {"path": path, "code": code, "subject": subject, "count": number}
        for (path, code, subject), number in sorted(counts.items())
    ]
    return json.dumps({"schemaVersion": _VERSION, "findings": findings}, indent=2) + "\n"


def read(path: str, content: bytes) -> Accepted:
    """What a baseline accepts.

    Raises:
        PackagerError: it is not a baseline of a known version.
    """
    try:
        return _accepted(json.loads(content))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        reason = f"{error}" if isinstance(error, _FormError) else "it is not JSON in the expected form"
        hint = f"regenerate it with `packager lint PATH --baseline {path} --write-baseline`"
        raise PackagerError(f"`{path}` is not a baseline: {reason}", hint) from error


class _FormError(ValueError):
    """The JSON is not a baseline."""


def _accepted(value: object) -> Accepted:
    """The entries of a baseline, in the form that `to_json` writes or wrote.

    Raises:
        ValueError, KeyError, TypeError: it has another form.
    """
    if not isinstance(value, dict) or not isinstance(value["findings"], list):
        raise _FormError("it has no `findings` list")
    version = value["schemaVersion"]
    if version not in (_VERSION, _VERSION_BY_MESSAGE):
        raise _FormError(f"its version is {version!r}, expected 1 or 2")
    by_message = version == _VERSION_BY_MESSAGE
    counts: Counter[_Key] = Counter()
    for entry in value["findings"]:
        key = (entry["path"], entry["code"], entry["message" if by_message else "subject"])
        number = entry["count"]
        if not all(isinstance(part, str) for part in key) or type(number) is not int or number < 1:
            raise _FormError("an entry does not have the expected form")
        counts[key] += number
    return Accepted(counts, by_message)


def apply(
    report: Report,
    path: str,
    accepted: Accepted,
    where: Callable[[str], str],
    is_complete: Callable[[str, str], bool] = lambda _file, _code: True,
) -> Report:
    """A report without the findings that the baseline accepts, and with a note about accepted findings that no longer occur.

    An entry with a subject accepts findings of exactly that subject. An entry with a message accepts findings with that message. If
    there are none, it accepts as many others of the same file and code: the wording may have changed since the file was written, and
    an update of this tool must not fail a build whose workflow is the same.

    `is_complete` is whether the report has all findings of a path and code, so that a missing finding no longer occurs.
    """
    left = Counter(accepted.counts)
    known = [
        _use((*_kind(diagnostic, where), diagnostic.message if accepted.by_message else diagnostic.subject), left)
        for diagnostic in report.diagnostics
    ]
    if accepted.by_message:
        reworded = _reworded(accepted.counts, left)
        known = [
            is_known or _use(_kind(diagnostic, where), reworded)
            for is_known, diagnostic in zip(known, report.diagnostics, strict=True)
        ]
        left += reworded
    kept = [diagnostic for is_known, diagnostic in zip(known, report.diagnostics, strict=True) if not is_known]
    suppressed = [
        Suppressed(diagnostic, _REASON, EXTERNAL)
        for is_known, diagnostic in zip(known, report.diagnostics, strict=True)
        if is_known
    ]
    gone = sum(number for (file, code, *_), number in left.items() if number and is_complete(file, code))
    if gone:
        message = f"{count(gone, 'finding')} of the baseline no longer {'occurs' if gone == 1 else 'occur'}"
        kept.append(finding("INT012", message, path=path))
    return Report(in_order(kept), report.skipped, tuple(sorted((*report.suppressed, *suppressed))))


def _kind(diagnostic: Diagnostic, where: Callable[[str], str]) -> tuple[str, str]:
    return (where(diagnostic.path) if diagnostic.path else "", diagnostic.code)


def _use(key: _Key, left: Counter[_Key]) -> bool:
    """Whether a key is left; if so, one of it is used up."""
    if left[key] < 1:
        return False
    left[key] -= 1
    return True


def _reworded(counts: Counter[_Key], left: Counter[_Key]) -> Counter[_Key]:
    """The entries of which none was used, by path and code; they are removed from `left`."""
    reworded: Counter[_Key] = Counter()
    for key in [key for key, number in left.items() if number == counts[key]]:
        reworded[key[:2]] += left.pop(key)
    return reworded
