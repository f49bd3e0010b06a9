"""Workflows and their findings: what their baselines accept, and whether they fail."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from packager.app.check import go_on, lint
from packager.app.loaded import Loaded
from packager.app.options import LintOptions
from packager.files import MIB, read_file
from packager.findings import baseline, codes
from packager.findings.diagnostic import Diagnostic, fails
from packager.findings.report import Report, below, is_chosen, merge, relocate, select

_UNUSED_COMMENT, _GONE = "INT011", "INT012"
_MAX_BASELINE_BYTES = 64 * MIB
_DEFAULT = LintOptions()


@dataclass(frozen=True, slots=True)
class CheckedWorkflow:
    """A workflow's findings, accepted or not, and what decides about them.

    `accepted` is the content of the baseline of `options`; None without a baseline, or while it is about to be written. `files` are
    those that findings may be about, as findings name them; `on_disk` makes such a name relative to the current folder.
    """

    report: Report
    options: LintOptions
    accepted: baseline.Accepted | None
    files: frozenset[str]
    on_disk: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The findings that are not accepted, of one or more workflows, and whether they fail.

    `report` has paths as a person sees them, `located` relative to the current folder.
    """

    report: Report
    located: Report
    failed: bool


def check_workflow(
    loaded: Loaded,
    options: LintOptions = _DEFAULT,
    accepted: baseline.Accepted | None = None,
    *,
    progress: Callable[[str], None] | None = None,
    between: Callable[[], None] = go_on,
) -> CheckedWorkflow:
    """The findings of a workflow that are selected; `accepted` is the content of its baseline (see `read_baselines`).

    `between` is called between the stages, and can stop the check by an exception.
    """
    online = _ask(loaded, options.profile, progress) if options.online else None
    report = lint(loaded, online=online, between=between)
    return CheckedWorkflow(
        select(report, chosen=options.selected, ignored=options.ignored),
        options,
        accepted,
        frozenset(_files(loaded)),
        loaded.on_disk,
    )


def left_by(loaded: Loaded, report: Report, options: LintOptions) -> Report:
    """The findings of a workflow that `lint` would report with these options: selected, not ignored, and not in the baseline.

    Raises:
        PackagerError: the baseline cannot be read.
    """
    (accepted,) = read_baselines([options])
    chosen = select(report, chosen=options.selected, ignored=options.ignored)
    return unaccepted(CheckedWorkflow(chosen, options, accepted, frozenset(_files(loaded)), loaded.on_disk))


def check_workflows(workflows: Sequence[Loaded], options: LintOptions = _DEFAULT) -> Outcome:
    """The findings of workflows that share options, without those that the baseline accepts, and whether they fail.

    Raises:
        PackagerError: the baseline cannot be read.
    """
    (accepted,) = read_baselines([options])
    return decide([check_workflow(loaded, options, accepted) for loaded in workflows])


def _ask(loaded: Loaded, profile: str | None, progress: Callable[[str], None] | None) -> Report:
    from packager.app.online import check_online  # noqa: PLC0415 - boto3 only when an account is asked

    return check_online(loaded, profile=profile, progress=progress)


def _files(loaded: Loaded) -> Iterator[str]:
    """The files that findings in a workflow may be about, as findings name them."""
    for file in (loaded.written_template, loaded.registry_map, loaded.run_parameters):
        if file is not None:
            yield file.path
    for source in loaded.workflow.files:
        yield source.path
    for entry in loaded.plan.entries:
        yield entry.path


def read_baselines(workflows: Sequence[LintOptions]) -> list[baseline.Accepted | None]:
    """What the baseline of each workflow accepts, None if it has none; a file that many workflows name is read once.

    Raises:
        PackagerError: a baseline cannot be read.
    """
    contents: dict[str, baseline.Accepted] = {}
    for options in workflows:
        path = options.baseline
        if path is not None and path not in contents:
            contents[path] = baseline.read(path, read_file(Path(path), _MAX_BASELINE_BYTES))
    return [contents[options.baseline] if options.baseline is not None else None for options in workflows]


def unaccepted(checked: CheckedWorkflow) -> Report:
    """The findings of one workflow that its baseline does not accept."""
    return _without_accepted(checked.report, [checked], checked.on_disk)


def _without_accepted(report: Report, members: Sequence[CheckedWorkflow], on_disk: Callable[[str], str]) -> Report:
    """A report without the findings that a baseline accepts; a finding about the baseline itself is selected like any other."""
    options, accepted = members[0].options, members[0].accepted
    if options.baseline is None or accepted is None:
        return report
    folder = Path(options.baseline).parent
    relative = below(folder)
    own = {relative(checked.on_disk(path)) for checked in members for path in checked.files}
    unchecked = {*(() if options.online else codes.online.CODES), *(skipped.code for skipped in report.skipped)}

    def is_checked(path: str, code: str) -> bool:
        if code in unchecked or not is_chosen(code, options.selected, options.ignored):
            return False
        return path in own or (bool(path) and not _may_exist(folder / path))

    left = baseline.apply(report, options.baseline, accepted, lambda path: relative(on_disk(path)), is_checked)
    return select(left, chosen=options.selected, ignored=options.ignored)


def _may_exist(path: Path) -> bool:
    """Whether a file exists, or is below a file (a zip may hold it): it may belong to another workflow."""
    with suppress(OSError, ValueError):
        return path.exists() or any(parent.is_file() for parent in path.parents)
    return False


def decide(workflows: Sequence[CheckedWorkflow], others: Sequence[Diagnostic] = ()) -> Outcome:
    """The outcome of all workflows, each by its own options; workflows with the same baseline use it up together.

    `others` are findings about PATHs that are not workflows.
    """
    parts, failed = [], False
    for members, located in _by_baseline(workflows):
        left = _without_accepted(located, members, str)
        parts.append(left)
        failed = failed or _fail(members, left)
    located = merge(*parts, Report(tuple(others)))
    single = len(workflows) == 1 and not others
    return Outcome(unaccepted(workflows[0]) if single else located, located, failed)


def of_each(outcome: Outcome, workflows: Sequence[CheckedWorkflow]) -> list[Report]:
    """The findings of an outcome that each of its workflows has, with paths relative to the current folder."""
    reports = []
    for checked in workflows:
        own = set(relocate(checked.report, checked.on_disk).diagnostics)
        reports.append(Report(tuple(finding for finding in outcome.located.diagnostics if finding in own)))
    return reports


def new_baselines(workflows: Sequence[CheckedWorkflow]) -> Iterator[tuple[str, str, int]]:
    """For each baseline that the workflows name: the file, its new content, and the number of findings in it."""
    for members, located in _by_baseline(workflows):
        path = members[0].options.baseline
        if path is not None:
            yield path, baseline.to_json(located, below(Path(path).parent)), len(located.diagnostics)


def _by_baseline(workflows: Sequence[CheckedWorkflow]) -> Iterator[tuple[list[CheckedWorkflow], Report]]:
    """The workflows that share a baseline, with all their findings, whose paths are relative to the current folder."""
    located = [relocate(checked.report, checked.on_disk) for checked in workflows]
    needless = _needless(located)
    groups: dict[str | None, list[int]] = {}
    for number, checked in enumerate(workflows):
        path = checked.options.baseline
        groups.setdefault(os.path.realpath(path) if path is not None else None, []).append(number)
    for numbers in groups.values():
        merged = merge(*(located[number] for number in numbers))
        kept = tuple(finding for finding in merged.diagnostics if finding not in needless)
        yield [workflows[number] for number in numbers], Report(kept, merged.skipped, merged.suppressed)


def _needless(located: Sequence[Report]) -> set[Diagnostic]:
    """Findings about unused comments that another workflow uses, and those that another workflow reports more severely."""
    used = {
        (accepted.path, accepted.line, accepted.diagnostic.code) for report in located for accepted in report.suppressed
    }
    unused = {finding for report in located for finding in report.diagnostics if finding.code == _UNUSED_COMMENT}
    worst: dict[tuple[str, int, int, str], Diagnostic] = {}
    for finding in sorted(unused, key=lambda finding: finding.severity.rank):
        worst.setdefault((finding.path, finding.line, finding.column, finding.subject), finding)
    kept = set(worst.values())
    return {
        finding for finding in unused if finding not in kept or (finding.path, finding.line, finding.subject) in used
    }


def _fail(members: Sequence[CheckedWorkflow], left: Report) -> bool:
    """Whether a finding that is left is at or above the minimum severity of a workflow that it belongs to."""
    remaining = set(left.diagnostics)
    gone = tuple(finding for finding in left.diagnostics if finding.code == _GONE)
    if any(fails(gone, level) for level in {checked.options.fail_on for checked in members}):
        return True
    for checked in members:
        own = relocate(checked.report, checked.on_disk).diagnostics
        if fails(tuple(finding for finding in own if finding in remaining), checked.options.fail_on):
            return True
    return False
