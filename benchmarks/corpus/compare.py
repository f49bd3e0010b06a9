"""What differs between two runs over the same entries, and between a run and the reference implementations."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.corpus.entries import Entry

Results = Mapping[str, Mapping[str, Any]]
# The exit code of a bug.
INTERNAL_ERROR = 70
# Families of codes whose errors make a document invalid for the language's own parser, too: a broken import is one.
# Errors of these families that are only the service's: draft-2, a document without a workflow, operations, the name of the main file.
NOT_OF_THE_LANGUAGE = {"WDL012", "WDL055", "CWL031", "ZIP003"}
LANGUAGE_FAMILIES = {"WDL": ("WDL", "ZIP"), "CWL": ("CWL", "ZIP")}


@dataclass(frozen=True, slots=True)
class Place:
    """A finding of an entry."""

    entry: str
    code: str
    severity: str
    path: str
    line: int
    message: str


@dataclass(slots=True)
class Changes:
    """Findings by code that are only in one of two runs, or in another line, or have another severity; and facts that changed."""

    appeared: dict[str, list[Place]] = field(default_factory=lambda: defaultdict(list))
    gone: dict[str, list[Place]] = field(default_factory=lambda: defaultdict(list))
    moved: dict[str, list[Place]] = field(default_factory=lambda: defaultdict(list))
    severity: dict[str, list[Place]] = field(default_factory=lambda: defaultdict(list))
    facts: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def __bool__(self) -> bool:
        """Whether anything changed."""
        return any((self.appeared, self.gone, self.moved, self.severity, self.facts))


def changes(base: Results, head: Results) -> Changes:
    """What changed from `base` to `head`, over the entries that both have judged."""
    found = Changes()
    for name in sorted(base.keys() & head.keys()):
        before, after = base[name], head[name]
        if "ended" in before or "ended" in after:
            continue
        _compare_findings(found, findings(name, before), findings(name, after))
        for fact in ("parameters", "images", "files", "digest"):
            if before.get(fact) != after.get(fact):
                found.facts[fact].append(name)
    return found


def findings(name: str, result: Mapping[str, Any]) -> list[Place]:
    """The findings of an entry's result."""
    return [Place(name, *row) for row in result.get("findings", ())]


def _compare_findings(found: Changes, before: list[Place], after: list[Place]) -> None:
    gone, appeared = _only(before, after), _only(after, before)
    for place in list(appeared):
        for kind, same in ((found.severity, _same_place), (found.moved, _same_text)):
            twin = next((other for other in gone if same(other, place)), None)
            if twin is not None:
                gone.remove(twin)
                appeared.remove(place)
                kind[place.code].append(place)
                break
    for place in gone:
        found.gone[place.code].append(place)
    for place in appeared:
        found.appeared[place.code].append(place)


def _only(these: list[Place], those: list[Place]) -> list[Place]:
    left = Counter((place.code, place.severity, place.path, place.line) for place in those)
    only = []
    for place in these:
        key = (place.code, place.severity, place.path, place.line)
        if left[key] > 0:
            left[key] -= 1
        else:
            only.append(place)
    return only


def _same_place(one: Place, other: Place) -> bool:
    return (one.code, one.path, one.line) == (other.code, other.path, other.line)


def _same_text(one: Place, other: Place) -> bool:
    return (one.code, one.path, one.message) == (other.code, other.path, other.message)


def counts(entries: Iterable[Entry], results: Results) -> dict[str, dict[str, int]]:
    """How often each code is reported, by repository."""
    by_repository: dict[str, Counter[str]] = {}
    for entry in entries:
        counter = by_repository.setdefault(entry.repository, Counter())
        counter.update(place.code for place in findings(entry.id, results[entry.id]))
    return {name: dict(sorted(counter.items())) for name, counter in sorted(by_repository.items())}


def failures(results: Results) -> dict[str, list[str]]:
    """The entries that ended in an exception, an internal error, or beyond the bounds, by what it was."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, result in sorted(results.items()):
        if "ended" in result:
            found[str(result["ended"])].append(name)
        elif result["exit"] == INTERNAL_ERROR:
            found["internal error"].append(name)
    return dict(found)


@dataclass(frozen=True, slots=True)
class Verdicts:
    """How often packager and the reference implementation of a language agree, and the entries where they do not."""

    language: str
    compared: int
    refused_by_us: list[str]
    refused_by_peer: list[str]


def verdicts(entries: Iterable[Entry], head: Results, peers: Results) -> list[Verdicts]:
    """The comparison for each language that has a reference implementation in Python."""
    found = []
    all_entries = list(entries)
    for language, families in LANGUAGE_FAMILIES.items():
        ours, theirs, compared = [], [], 0
        for entry in all_entries:
            result, peer = head[entry.id], peers.get(entry.id, {})
            if entry.engine != language or "ended" in result or "peer" not in peer:
                continue
            compared += 1
            codes = sorted(
                {
                    place.code
                    for place in findings(entry.id, result)
                    if place.severity == "error"
                    and place.code.startswith(families)
                    and place.code not in NOT_OF_THE_LANGUAGE
                }
            )
            if codes and not peer["peer"]:
                ours.append(f"{entry.id}: {', '.join(codes)}")
            elif peer["peer"] and not codes:
                theirs.append(f"{entry.id}: {peer['peer']}")
        found.append(Verdicts(language, compared, ours, theirs))
    return found
