"""The JSON report of the service's Nextflow linter, whole or cut off."""

from __future__ import annotations

import json
import re
from typing import Any

from packager.findings.diagnostic import Severity
from packager.healthomics.status_messages.saying import Saying

_LISTS = {"errors": Severity.ERROR, "warnings": Severity.WARNING}
_MEMBERS = frozenset({*_LISTS, "summary"})
_LIST_START = re.compile(r'"(errors|warnings)"\s*:\s*\[')
_LARGEST_NUMBER = 10**9
_SHOWN_OF_REST = 300
_MOST_LISTS = 8
_ALL = "run `nextflow lint` to see all"


def read(text: str) -> list[Saying] | None:
    """What a report says, or None if the text is none."""
    start = text.find("{")
    if start < 0:
        return None
    try:
        value, end = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        return _of_cut(text, start)
    if not isinstance(value, dict) or not _MEMBERS.intersection(value):
        return None
    return [*_heading(text[:start]), *_of_whole(value), *_heading(text[end:])]


def _heading(text: str) -> list[Saying]:
    """What stands before or after a report; a title is no objection."""
    text = text.strip()
    return [Saying(text, Severity.INFO if text.endswith(":") else None)] if text else []


def _of_whole(report: dict[str, Any]) -> list[Saying]:
    advisory = bool(report.get("advisory"))
    found: list[Saying] = []
    for name, severity in _LISTS.items():
        entries = report.get(name)
        if isinstance(entries, list):
            found += [_saying(entry, severity, advisory=advisory) for entry in entries]
    summary = report.get("summary")
    counts = summary if isinstance(summary, dict) else {}
    if report.get("truncated") or _counted(counts) > len(found):
        numbers = ", ".join(f"{key}: {value}" for key, value in counts.items() if isinstance(value, int))
        more = f" ({numbers})" if numbers else ""
        found.append(Saying(f"the service lists only a part of what it found{more}", Severity.WARNING, hint=_ALL))
    if found and isinstance(report.get("advisory"), str):
        found.append(Saying(report["advisory"], Severity.INFO))
    return found


def _counted(summary: dict[str, Any]) -> int:
    """How many errors and warnings the report counts."""
    return sum(value for key in _LISTS if isinstance(value := summary.get(key), int))


def _saying(entry: Any, severity: Severity, *, advisory: bool) -> Saying:
    severity = Severity.WARNING if advisory else severity
    members = entry if isinstance(entry, dict) else {}
    message = entry if isinstance(entry, str) else members.get("message")
    if not isinstance(message, str) or not message.strip():
        message = json.dumps(entry, ensure_ascii=False)
    path = members.get("filename")
    if not isinstance(path, str) or not path:
        return Saying(message, severity, advisory=advisory)
    line, column = _number(members.get("startLine")), _number(members.get("startColumn"))
    return Saying(message, severity, path.removeprefix("./"), line, column if line else 0, advisory=advisory)


def _number(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < _LARGEST_NUMBER else 0


def _of_cut(text: str, start: int) -> list[Saying] | None:
    """What can be read of a report that was cut off: its entries up to the cut, then the rest as it is."""
    advisory = re.search(r'"advisory"\s*:\s*(true|"[^"])', text) is not None
    entries: list[Saying] = []
    position = start
    for _ in range(_MOST_LISTS):
        name = _LIST_START.search(text, position)
        if name is None:
            break
        found, position = _entries(text, name.end())
        entries += [_saying(entry, _LISTS[name[1]], advisory=advisory) for entry in found]
    if not entries:
        return None
    rest = " ".join(text[position:].strip(" \n,]}").split())
    shown = f": {rest[:_SHOWN_OF_REST]}" if rest else ""
    cut = Saying(f"the service's report is cut off{shown}", Severity.WARNING, hint=_ALL)
    return [*_heading(text[:start]), *entries, cut]


def _entries(text: str, position: int) -> tuple[list[Any], int]:
    """The whole entries of a list that may end anywhere, and the position after them."""
    decoder = json.JSONDecoder()
    found: list[Any] = []
    while True:
        while position < len(text) and text[position] in ", \n":
            position += 1
        try:
            entry, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            return found, position
        found.append(entry)
