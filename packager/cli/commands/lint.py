"""`packager lint`: every offline check, for one workflow or many."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import click

from packager.app.loaded import Loaded
from packager.app.options import LintOptions
from packager.app.outcome import (
    CheckedWorkflow,
    Outcome,
    check_workflow,
    decide,
    new_baselines,
    read_baselines,
)
from packager.app.priming import Primer
from packager.app.session import Session
from packager.cache import default_directory
from packager.cli.help import SectionedCommand
from packager.cli.lint_text import Readable, lint_text, readable
from packager.cli.options import (
    account_option,
    available_cores,
    baseline_option,
    fail_on_option,
    file_option,
    load_source,
    pattern_options,
    profile_option,
    select_options,
    sources_options,
    view_of,
    view_options,
)
from packager.cli.output import is_quiet, note, style, write
from packager.cli.progress import working
from packager.cli.streams import write_stdout
from packager.cli.watching import session_of_watch, watch_command
from packager.detect import SeveralWorkflowsError
from packager.errors import PackagerError
from packager.findings import baseline
from packager.render.report import report_json, to_json
from packager.render.report_text import statistics_text
from packager.render.terminal import Style
from packager.settings.arguments import SourceArguments, build
from packager.settings.choice import check_codes
from packager.settings.layers import ConfiguredWorkflow
from packager.settings.loading import LoadedWorkflow, UncheckedPath, each_of, load_one_or_more
from packager.text import count


def _json(outcome: Outcome) -> str:
    return to_json(report_json(outcome.located))


def _sarif(outcome: Outcome) -> str:
    from packager.render.sarif import sarif_text  # noqa: PLC0415 - only for this format

    return sarif_text(outcome.located)


def _junit(outcome: Outcome) -> str:
    from packager.render.junit import junit_text  # noqa: PLC0415 - only for this format

    return junit_text(outcome.located)


# The formats for other programs; the others are read by people, on a terminal or a page of a CI system.
_FOR_PROGRAMS: dict[str, Callable[[Outcome], str]] = {
    "json": _json,
    "sarif": _sarif,
    "junit": _junit,
}
GITHUB, MARKDOWN, HTML = "github", "markdown", "html"
FORMATS = ("text", *_FOR_PROGRAMS, GITHUB, MARKDOWN, HTML)
Workflows = Sequence[tuple[Loaded, CheckedWorkflow]]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowArguments:
    """A workflow to lint: where it is, and which findings count."""

    source: SourceArguments
    lint: LintOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class LintArguments:
    """The options of `packager lint` for all workflows together."""

    write_baseline: bool
    fix: bool
    unsafe_fixes: bool
    diff: bool
    statistics: bool
    show: tuple[str, ...]
    min_severity: str
    form: str
    outputs: tuple[tuple[str, str], ...]
    jobs: int
    watch: bool


@dataclass(frozen=True, slots=True)
class _CheckedPaths:
    """The workflows at all PATHs with their findings, and the PATHs that could not be loaded."""

    checked: Sequence[tuple[LoadedWorkflow, CheckedWorkflow]]
    unchecked: Sequence[UncheckedPath]

    @property
    def workflows(self) -> Workflows:
        """The workflows with their findings."""
        return [(workflow.loaded, checked) for workflow, checked in self.checked]


def _outputs(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    pairs = []
    for value in values:
        form, equals, file = value.partition("=")
        if not equals or form not in FORMATS or not file:
            raise click.BadParameter(f"`{value}` is not FORMAT=FILE, with a format of {', '.join(FORMATS)}")
        pairs.append((form, file))
    return tuple(pairs)


@click.command(
    "lint",
    cls=SectionedCommand,
    page="lint.md",
    examples=(
        ("packager lint", "all workflows of the repository"),
        (
            "packager lint workflows/calling --target prod",
            "one workflow with the settings of a target",
        ),
    ),
)
@sources_options
@account_option
@pattern_options
@fail_on_option()
@select_options
@file_option("--run-parameters", help="Also check the run parameters in this JSON file.")
@baseline_option
@click.option("--write-baseline", is_flag=True, help="Write all current findings to the `--baseline` file.")
@click.option("--online", is_flag=True, help="Also check images, pull-through caches and secrets in AWS (read-only).")
@profile_option
@click.option("--fix", is_flag=True, help="Apply automatic fixes, then lint again.")
@click.option("--unsafe-fixes", is_flag=True, help="With `--fix` or `--diff`: also remove entries that nothing uses.")
@click.option("--diff", is_flag=True, help="Print what `--fix` would change, but change nothing; exit 1 if it would.")
@click.option("--statistics", is_flag=True, help="Print only the number of findings per code.")
@view_options
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True, help="Output format.")
@click.option(
    "--output",
    "outputs",
    metavar="FORMAT=FILE",
    multiple=True,
    callback=_outputs,
    help="Also write the report to a file in this format; can be repeated.",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=available_cores,
    metavar="N",
    help="Processes for multiple workflows that are not in the cache; one per core if omitted.",
)
@click.option("--watch", is_flag=True, help="Check again whenever a file changes, until ^C.")
def command(chosen: Sequence[ConfiguredWorkflow], **parameters: object) -> int:
    """Check workflows for anything that HealthOmics rejects or that would make a run fail.

    Each PATH is a folder, a main file or a zip; a folder with multiple workflows is all of them (`packager list` shows them). Without
    PATH, the workflows of packager.toml are checked, or else the current folder. Lint works offline, except with `--online`: it needs
    no account, Docker or JVM, and executes nothing of the workflow. Checks that did not run are listed with the reason.
    """
    arguments = build(LintArguments, parameters)
    if arguments.statistics and arguments.form != "text":
        raise click.UsageError("--statistics needs the format text")
    if arguments.unsafe_fixes and not (arguments.fix or arguments.diff):
        raise click.UsageError("--unsafe-fixes needs --fix or --diff")
    if arguments.write_baseline and arguments.diff:
        raise click.UsageError("--diff and --write-baseline cannot be used together: --diff changes nothing")
    if arguments.watch and session_of_watch() is None:
        _refuse_to_watch(arguments, chosen)
        return watch_command()
    for workflow in chosen:
        options = build(LintOptions, workflow.arguments())
        for name, codes in (("selected", options.selected), ("ignored", options.ignored)):
            check_codes((code, workflow.values[name].origin) for code in codes)
    return _lint([build(WorkflowArguments, workflow.arguments()) for workflow in chosen], arguments)


def _refuse_to_watch(arguments: LintArguments, chosen: Sequence[ConfiguredWorkflow]) -> None:
    """Raise for options that make no sense if the check is repeated."""
    if arguments.form != "text" or arguments.outputs:
        raise click.UsageError("--watch is for a terminal: it needs the format text and no --output")
    if arguments.fix or arguments.diff or arguments.write_baseline:
        raise click.UsageError("--watch changes no file: it cannot be used with --fix, --diff or --write-baseline")
    if any(workflow.values["online"].value for workflow in chosen):
        raise click.UsageError("--watch is offline: it cannot be used with --online")


def _lint(chosen: Sequence[WorkflowArguments], arguments: LintArguments) -> int:
    accepted = _baselines(chosen, writes=arguments.write_baseline)
    session = session_of_watch()
    if session is not None:
        session.places.update(workflow.lint.baseline for workflow in chosen if workflow.lint.baseline is not None)
    paths = _check_paths(chosen, accepted, arguments.jobs)
    workflows = paths.workflows
    if arguments.fix or arguments.diff:
        from packager.app.fix import apply_fixes, preview_fixes  # noqa: PLC0415 - only when something is fixed

        if arguments.diff:
            patch = preview_fixes(workflows, unsafe=arguments.unsafe_fixes)
            write_stdout(patch, exact=True)
            return int(bool(patch))
        fixed = apply_fixes(
            workflows, lambda: _check_paths(chosen, accepted, arguments.jobs).workflows, unsafe=arguments.unsafe_fixes
        )
        more = f"; {fixed.unsafe} more with `--unsafe-fixes`" if fixed.unsafe else ""
        note(f"fixed {count(fixed.findings, 'finding')} in {count(fixed.files, 'file')}{more}")
        workflows = fixed.workflows
    checked = [checked for _, checked in workflows]
    if arguments.write_baseline:
        for file, text, findings in new_baselines(checked):
            write(text, file)
            note(f"{count(findings, 'finding')} written to {file}")
        return 0
    outcome = decide(checked, [path.finding() for path in paths.unchecked])
    fail_on = [workflow.lint.fail_on for workflow in chosen]
    folds = all(workflow.lint.folds for workflow in chosen)
    view = view_of(arguments.show, arguments.min_severity, quiet=is_quiet(), fail_on=fail_on, folds=folds)
    named = [workflow.source for workflow in chosen]

    def rendered(form: str, colours: Style) -> str:
        if form in _FOR_PROGRAMS:
            return _FOR_PROGRAMS[form](outcome)
        if form in (GITHUB, MARKDOWN, HTML):
            return _on_a_page(form, paths, lambda: readable(outcome, paths.checked, named))
        return lint_text(outcome, paths.checked, named, colours, view)

    for form, file in arguments.outputs:
        write(rendered(form, style(never=True)), file)
    if arguments.statistics:
        write(statistics_text(outcome.located, style()))
    else:
        write(rendered(arguments.form, style()), commands=arguments.form == GITHUB)
    if any(not path.is_no_workflow for path in paths.unchecked):
        return PackagerError.exit_code
    return int(outcome.failed)


def _on_a_page(form: str, paths: _CheckedPaths, shown: Callable[[], Readable]) -> str:
    """The report as a CI system shows it to people, or as a page of its own."""
    if form == GITHUB:
        from packager.render.github import github_text  # noqa: PLC0415 - only for this format

        return github_text(shown().report)
    from packager.cli.reported import reported  # noqa: PLC0415 - only for these formats

    workflows = [reported(workflow, checked, pasteable=True) for workflow, checked in paths.checked]
    workflows.sort(key=lambda workflow: workflow.path)
    if form == HTML:
        from packager.render.page import report_page  # noqa: PLC0415 - only for this format

        return report_page(workflows, [(path.path, path.error.message) for path in paths.unchecked])
    from packager.render.lint_markdown import lint_markdown  # noqa: PLC0415 - only for this format

    readable_report = shown()
    return lint_markdown(readable_report.report, readable_report.sections, readable_report.ending, workflows)


def _baselines(chosen: Sequence[WorkflowArguments], *, writes: bool) -> list[baseline.Accepted | None]:
    """What the baseline of each workflow accepts; nothing while baselines are about to be written."""
    if not writes:
        return read_baselines([workflow.lint for workflow in chosen])
    for workflow in chosen:
        if workflow.lint.baseline is None:
            reason = f": `{workflow.source.path}` has none" if len(chosen) > 1 else ""
            raise click.UsageError(f"--write-baseline needs --baseline FILE{reason}")
    return [None] * len(chosen)


def _check_paths(
    chosen: Sequence[WorkflowArguments], accepted: Sequence[baseline.Accepted | None], jobs: int
) -> _CheckedPaths:
    """The findings of all workflows at the PATHs; of more than one PATH, a wrong one does not stop the others.

    Raises:
        PackagerError: the only PATH cannot be loaded, or no PATH has a workflow.
    """
    checked: list[tuple[LoadedWorkflow, CheckedWorkflow]] = []
    unchecked: list[UncheckedPath] = []
    caches = not any(workflow.source.no_cache for workflow in chosen)
    session = session_of_watch()
    repeated = session is not None and not session.cache.is_empty
    with Primer(default_directory() if caches else None, 1 if repeated else jobs) as primer:
        pending = deque(_queued(primer, list(zip(chosen, accepted, strict=True))))
        while pending:
            number, workflow, known = pending.popleft()
            primer.take(number)
            try:
                first = _check(workflow, known, session)
                if isinstance(first, tuple):
                    checked.append(first)
                else:
                    each = [(replace(workflow, source=source), known) for source in first]
                    pending.extendleft(reversed(_queued(primer, each)))
            except PackagerError as error:
                unchecked.append(UncheckedPath(workflow.source.path, error))
    if not checked and (len(unchecked) == 1 or all(path.is_no_workflow for path in unchecked)):
        raise unchecked[0].error
    return _CheckedPaths(checked, unchecked)


def _check(
    workflow: WorkflowArguments, accepted: baseline.Accepted | None, session: Session | None
) -> tuple[LoadedWorkflow, CheckedWorkflow] | list[SourceArguments]:
    """The workflow at a PATH with its findings; or where the workflows are, if it is a folder with more than one."""
    source = workflow.source
    if session is not None:
        try:
            with working(f"checking {source.path}"):
                judged = session.judge(source.path, source.load, workflow.lint, accepted)
            return LoadedWorkflow(source, judged.loaded), judged.checked
        except SeveralWorkflowsError as error:
            return each_of(source, error)
    first = load_one_or_more(source, load_source)
    if not isinstance(first, LoadedWorkflow):
        return first
    with working(f"checking {source.path}"):
        return first, check_workflow(first.loaded, workflow.lint, accepted, progress=note)


def _queued(
    primer: Primer, workflows: Sequence[tuple[WorkflowArguments, baseline.Accepted | None]]
) -> list[tuple[int, WorkflowArguments, baseline.Accepted | None]]:
    """Workflows with the numbers by which the primer knows them."""
    numbers = primer.add((workflow.source.path, workflow.source.load) for workflow, _ in workflows)
    return [(number, *each) for number, each in zip(numbers, workflows, strict=True)]
