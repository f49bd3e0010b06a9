"""The report of a corpus check, as Markdown that also reads well as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from benchmarks.corpus.compare import Changes, Place, Results, Verdicts, failures, findings
from benchmarks.corpus.entries import Entry

EXAMPLES = 10


def overview(entries: list[Entry], head: Results) -> Iterator[str]:
    """Entries by language, what failed, the slowest, and how often each code is reported."""
    yield "# Corpus check\n"
    yield "| language | entries | CPU s | largest MiB |\n| --- | ---: | ---: | ---: |"
    for language in sorted({entry.engine for entry in entries}):
        own = [head[entry.id] for entry in entries if entry.engine == language]
        seconds, largest = sum(row["seconds"] for row in own), max(row["megabytes"] for row in own)
        yield f"| {language} | {len(own)} | {seconds:.0f} | {largest} |"
    yield from _failures(head)
    yield "\n## Slowest\n"
    for name, row in sorted(head.items(), key=lambda pair: -pair[1]["seconds"])[:EXAMPLES]:
        yield f"- {row['seconds']:.1f} s, {row['megabytes']} MiB: {name}"
    yield "\n## Findings\n\n| code | severity | findings | entries |\n| --- | --- | ---: | ---: |"
    places = [place for name, row in head.items() for place in findings(name, row)]
    for code, severity in sorted({(place.code, place.severity) for place in places}):
        own_places = [place for place in places if (place.code, place.severity) == (code, severity)]
        yield f"| {code} | {severity} | {len(own_places)} | {len({place.entry for place in own_places})} |"


def _failures(head: Results) -> Iterator[str]:
    yield "\n## Crashes and bounds\n"
    found = failures(head)
    if not found:
        yield "None."
    for ended, names in found.items():
        yield f"### {ended}: {len(names)}\n"
        yield from _listed(names)


def of_changes(found: Changes) -> Iterator[str]:
    """What differs from the base, ten examples of each code."""
    yield "\n# Changes\n"
    if not found:
        yield "None."
    for title, by_code in (
        ("Appeared", found.appeared),
        ("Gone", found.gone),
        ("In another line", found.moved),
        ("With another severity", found.severity),
    ):
        yield from _by_code(title, by_code)
    for fact, names in sorted(found.facts.items()):
        yield f"\n## Changed {fact}: {len(names)}\n"
        yield from _listed(names)


def _by_code(title: str, by_code: Mapping[str, list[Place]]) -> Iterator[str]:
    for code, places in sorted(by_code.items()):
        yield f"\n## {title}: {code}, {len(places)} in {len({place.entry for place in places})} entries\n"
        yield from _listed(
            f"{place.entry}: {place.path}:{place.line}: {place.severity}: {place.message}" for place in _spread(places)
        )


def _spread(places: list[Place]) -> list[Place]:
    """The places with one of each entry first, since ten of one entry show less than one of ten."""
    seen: dict[str, int] = {}
    ranked = []
    for number, place in enumerate(places):
        seen[place.entry] = seen.get(place.entry, 0) + 1
        ranked.append((seen[place.entry], number, place))
    return [place for _rank, _number, place in sorted(ranked, key=lambda row: row[:2])]


def of_verdicts(all_verdicts: Iterable[Verdicts]) -> Iterator[str]:
    """Where packager and the reference implementations differ."""
    for found in all_verdicts:
        differ = len(found.refused_by_us) + len(found.refused_by_peer)
        share = 100 * (1 - differ / found.compared) if found.compared else 100.0
        yield f"\n# Verdicts, {found.language}: {found.compared} compared, {share:.2f} % equal\n"
        yield f"## Only packager reports an error: {len(found.refused_by_us)}\n"
        yield from _listed(found.refused_by_us, most=None)
        yield f"\n## Only the reference implementation does: {len(found.refused_by_peer)}\n"
        yield from _listed(found.refused_by_peer, most=None)


def _listed(rows: Iterable[str], most: int | None = EXAMPLES) -> Iterator[str]:
    all_rows = list(rows)
    for row in all_rows[:most]:
        yield f"- {row}"
    if most is not None and len(all_rows) > most:
        yield f"- and {len(all_rows) - most} more"
