"""Workflows with what was found in them, and what that comes to by their own terms."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from packager.app.loaded import Loaded
from packager.findings import baseline
from packager.findings.diagnostic import Diagnostic, Severity, at_or_above
from packager.findings.report import Report, below, is_chosen, merge, relocate, select

_UNUSED_COMMENT, _GONE = "INT011", "INT012"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a workflow is held to: the least severity that fails it, the codes that count, and its baseline.

    `unlooked` are codes that were not looked for. `file` is that of the baseline, and `accepted` what it holds: None where there is no
    such file, or where it is about to be written.
    """

    fail_on: str
    chosen: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    unlooked: tuple[str, ...] = ()
    file: str | None = None
    accepted: baseline.Accepted | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """A workflow and what was found in it, accepted or not."""

    loaded: Loaded
    report: Report
    terms: Terms


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is left of all that was found, with paths as the report shows them and as the current folder does."""

    report: Report
    located: Report
    failed: bool


def unaccepted(judged: Judged) -> Report:
    """What was found in one workflow, less what its baseline accepts."""
    return _less_accepted(judged.report, [judged], judged.loaded.on_disk)


def _less_accepted(report: Report, members: Sequence[Judged], on_disk: Callable[[str], str]) -> Report:
    """A report less what a baseline accepts; the word on the baseline itself is chosen like any other."""
    terms = members[0].terms
    if terms.file is None or terms.accepted is None:
        return report
    folder = Path(terms.file).parent
    where = below(folder)
    own = {where(one.loaded.on_disk(path)) for one in members for path in _files(one.loaded)}
    skipped = {*terms.unlooked, *(one.code for one in report.skipped)}

    def looked_at(path: str, code: str) -> bool:
        if code in skipped or not is_chosen(code, terms.chosen, terms.ignored):
            return False
        return path in own or (bool(path) and not _is_there(folder / path))

    left = baseline.apply(report, terms.file, terms.accepted, lambda path: where(on_disk(path)), looked_at)
    return select(left, chosen=terms.chosen, ignored=terms.ignored)


def _files(loaded: Loaded) -> set[str]:
    """The files that findings in a workflow may be about, as findings name them."""
    beside = (loaded.written_template, loaded.registry_map, loaded.run_parameters)
    named = {one.path for one in beside if one is not None}
    return named | {one.path for one in loaded.workflow.files} | {one.path for one in loaded.plan.entries}


def _is_there(path: Path) -> bool:
    """Whether there is such a file, or a zip that may hold it: it may be another workflow's."""
    with suppress(OSError, ValueError):
        return path.exists() or any(parent.is_file() for parent in path.parents)
    return False


def outcome(several: Sequence[Judged]) -> Outcome:
    """What all workflows come to, each by its own terms; a baseline that some of them share is used up by all of them together."""
    parts, failed = [], False
    for members, found in _by_baseline(several):
        left = _less_accepted(found, members, str)
        parts.append(left)
        failed = failed or any(_fails(one, left) for one in members)
    located = merge(*parts)
    return Outcome(located if len(several) > 1 else unaccepted(several[0]), located, failed)


def baselines(several: Sequence[Judged]) -> Iterator[tuple[str, str, int]]:
    """For each baseline that the workflows name: the file, what it would hold now, and of how many findings."""
    for members, found in _by_baseline(several):
        file = members[0].terms.file
        if file is not None:
            yield file, baseline.to_json(found, below(Path(file).parent)), len(found.diagnostics)


def _by_baseline(several: Sequence[Judged]) -> Iterator[tuple[list[Judged], Report]]:
    """The workflows that share a baseline, with all that was found in them, paths being those of the current folder."""
    located = [relocate(one.report, one.loaded.on_disk) for one in several]
    needless = _needless(located)
    groups: dict[str | None, list[int]] = {}
    for number, one in enumerate(several):
        file = one.terms.file
        groups.setdefault(os.path.realpath(file) if file is not None else None, []).append(number)
    for numbers in groups.values():
        merged = merge(*(located[number] for number in numbers))
        kept = tuple(found for found in merged.diagnostics if found not in needless)
        yield [several[number] for number in numbers], Report(kept, merged.skipped, merged.suppressed)


def _needless(located: Sequence[Report]) -> set[Diagnostic]:
    """Words on unused comments that another workflow uses, and those that another workflow says more severely."""
    used = {(one.path, one.line, one.diagnostic.code) for report in located for one in report.suppressed}
    unused = {found for report in located for found in report.diagnostics if found.code == _UNUSED_COMMENT}
    worst: dict[tuple[str, int, int, str], Diagnostic] = {}
    for found in sorted(unused, key=lambda one: one.severity.rank):
        worst.setdefault((found.path, found.line, found.column, found.subject), found)
    said = set(worst.values())
    return {found for found in unused if found not in said or (found.path, found.line, found.subject) in used}


def _fails(judged: Judged, left: Report) -> bool:
    """Whether of what is left there is something of this workflow that its own terms do not let pass."""
    if judged.terms.fail_on == "never":
        return False
    own = set(relocate(judged.report, judged.loaded.on_disk).diagnostics)
    mine = tuple(found for found in left.diagnostics if found in own or found.code == _GONE)
    return at_or_above(mine, Severity(judged.terms.fail_on))
