"""The JSON report of the service's Nextflow linter, whole or cut off."""

from __future__ import annotations

import json
import re

from packager.findings.diagnostic import Severity
from packager.healthomics.status_messages.message import ServiceMessage
from packager.jsondoc.jsontext import Json

_LISTS = {"errors": Severity.ERROR, "warnings": Severity.WARNING}
_MEMBERS = frozenset({*_LISTS, "summary"})
_LIST_START = re.compile(r'"(errors|warnings)"\s*:\s*\[')
_LARGEST_NUMBER = 10**9
_SHOWN_OF_REST = 300
_MOST_LISTS = 8
_ALL = "run `nextflow lint` to see all"


def read(text: str) -> list[ServiceMessage] | None:
    """The messages of a report; None if the text is not a report."""
    start = text.find("{")
    if start < 0:
        return None
    try:
        value, end = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        return _of_cut_report(text, start)
    if not isinstance(value, dict) or not _MEMBERS.intersection(value):
        return None
    return [*_surrounding(text[:start]), *_of_report(value), *_surrounding(text[end:])]


def _surrounding(text: str) -> list[ServiceMessage]:
    """The text before or after a report; a title is not an objection."""
    text = text.strip()
    return [ServiceMessage(text, Severity.INFO if text.endswith(":") else None)] if text else []


def _of_report(report: dict[str, Json]) -> list[ServiceMessage]:
    advisory = bool(report.get("advisory"))
    messages: list[ServiceMessage] = []
    for name, severity in _LISTS.items():
        entries = report.get(name)
        if isinstance(entries, list):
            messages += [_message(entry, severity, advisory=advisory) for entry in entries]
    summary = report.get("summary")
    counts = summary if isinstance(summary, dict) else {}
    if report.get("truncated") or _reported_number(counts) > len(messages):
        numbers = ", ".join(f"{key}: {value}" for key, value in counts.items() if isinstance(value, int))
        more = f" ({numbers})" if numbers else ""
        severity = _severity(Severity.WARNING, advisory=advisory)
        messages.append(ServiceMessage(f"the service shows only a part of its findings{more}", severity, hint=_ALL))
    text = report.get("advisory")
    if messages and isinstance(text, str):
        messages.append(ServiceMessage(text, Severity.INFO))
    return messages


def _reported_number(summary: dict[str, Json]) -> int:
    """How many errors and warnings the report counts."""
    return sum(value for key in _LISTS if isinstance(value := summary.get(key), int))


def _message(entry: Json, severity: Severity, *, advisory: bool) -> ServiceMessage:
    severity = _severity(severity, advisory=advisory)
    members = entry if isinstance(entry, dict) else {}
    message = entry if isinstance(entry, str) else members.get("message")
    if not isinstance(message, str) or not message.strip():
        message = json.dumps(entry, ensure_ascii=False)
    path = members.get("filename")
    if not isinstance(path, str) or not path:
        return ServiceMessage(message, severity, advisory=advisory)
    line, column = _number(members.get("startLine")), _number(members.get("startColumn"))
    return ServiceMessage(message, severity, path.removeprefix("./"), line, column if line else 0, advisory=advisory)


def _severity(severity: Severity, *, advisory: bool) -> Severity:
    """The severity of a message; what the service itself calls advice is a note."""
    return Severity.INFO if advisory else severity


def _number(value: Json) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < _LARGEST_NUMBER else 0


def _of_cut_report(text: str, start: int) -> list[ServiceMessage] | None:
    """What can be read of a report that was cut off: its entries up to the cut, then the rest as it is."""
    advisory = re.search(r'"advisory"\s*:\s*(true|"[^"])', text) is not None
    messages: list[ServiceMessage] = []
    position = start
    for _ in range(_MOST_LISTS):
        name = _LIST_START.search(text, position)
        if name is None:
            break
        entries, position = _entries(text, name.end())
        messages += [_message(entry, _LISTS[name[1]], advisory=advisory) for entry in entries]
    if not messages:
        return None
    rest = " ".join(text[position:].strip(" \n,]}").split())
    shown = f": {rest[:_SHOWN_OF_REST]}" if rest else ""
    severity = _severity(Severity.WARNING, advisory=advisory)
    cut = ServiceMessage(f"the service's report is cut off{shown}", severity, hint=_ALL)
    return [*_surrounding(text[:start]), *messages, cut]


def _entries(text: str, position: int) -> tuple[list[Json], int]:
    """The complete entries of a list that may end anywhere, and the position after them."""
    decoder = json.JSONDecoder()
    entries: list[Json] = []
    while True:
        while position < len(text) and text[position] in ", \n":
            position += 1
        try:
            entry, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            return entries, position
        entries.append(entry)
