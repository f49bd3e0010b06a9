"""`packager lint`: every offline check, for one workflow or many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

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
from packager.cli import configuration
from packager.cli.arguments import SourceArguments, build
from packager.cli.configuration import CommandLine
from packager.cli.hints import with_paths
from packager.cli.layers import ConfiguredWorkflow, print_values
from packager.cli.options import (
    account_option,
    fail_on_option,
    file_option,
    load_source,
    pattern_options,
    profile_option,
    sources_options,
)
from packager.cli.output import lines_of, located, note, style, write
from packager.cli.streams import write_stdout
from packager.findings import baseline
from packager.findings.report import Report
from packager.render.report import Lines, report_json, report_text, statistics_text, to_json
from packager.text import count


def _json(outcome: Outcome) -> str:
    return to_json(report_json(outcome.located))


def _sarif(outcome: Outcome) -> str:
    from packager.render.sarif import sarif_text  # noqa: PLC0415 - only for this format

    return sarif_text(outcome.located)


def _github(outcome: Outcome) -> str:
    from packager.render.github import github_text  # noqa: PLC0415 - only for this format

    return github_text(outcome.located)


def _junit(outcome: Outcome) -> str:
    from packager.render.junit import junit_text  # noqa: PLC0415 - only for this format

    return junit_text(outcome.located)


# The formats for other programs.
_FOR_PROGRAMS: dict[str, Callable[[Outcome], str]] = {
    "json": _json,
    "sarif": _sarif,
    "github": _github,
    "junit": _junit,
}
FORMATS = ("text", *_FOR_PROGRAMS)
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
    diff: bool
    statistics: bool
    form: str
    outputs: tuple[tuple[str, str], ...]


def _outputs(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    pairs = []
    for value in values:
        form, equals, file = value.partition("=")
        if not equals or form not in FORMATS or not file:
            raise click.BadParameter(f"`{value}` is not FORMAT=FILE, with a format of {', '.join(FORMATS)}")
        pairs.append((form, file))
    return tuple(pairs)


def _codes(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(code.strip() for value in values for code in value.split(",") if code.strip())


@click.command("lint")
@sources_options
@account_option
@pattern_options
@fail_on_option()
@click.option(
    "--select",
    "selected",
    metavar="CODE,...",
    multiple=True,
    callback=_codes,
    help="Report only these codes or families; can be repeated.",
)
@click.option(
    "--ignore",
    "ignored",
    metavar="CODE,...",
    multiple=True,
    callback=_codes,
    help="Do not report these codes or families; can be repeated.",
)
@file_option("--run-parameters", help="Also check the run parameters in this JSON file.")
@file_option("--baseline", help="Accept the existing findings that this file lists.")
@click.option("--write-baseline", is_flag=True, help="Write all current findings to the `--baseline` file.")
@click.option("--online", is_flag=True, help="Also check images, pull-through caches and secrets in AWS (read-only).")
@profile_option
@click.option("--fix", is_flag=True, help="Apply automatic fixes, then lint again.")
@click.option("--diff", is_flag=True, help="Print what `--fix` would change, but change nothing.")
@click.option("--statistics", is_flag=True, help="Print only the number of findings per code.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True, help="Output format.")
@click.option(
    "--output",
    "outputs",
    metavar="FORMAT=FILE",
    multiple=True,
    callback=_outputs,
    help="Also write the report to a file in this format; can be repeated.",
)
def command(paths: tuple[str, ...], *, target: str | None, show_config: bool, **parameters: object) -> int:
    """Check workflows for anything that HealthOmics rejects or that would make a run fail.

    Each PATH is a folder, a main file or a zip; without PATH, the workflows of packager.toml are checked. Lint works offline, except
    with `--online`: it needs no account, Docker or JVM, and executes nothing of the workflow. Checks that did not run are listed with
    the reason.
    """
    arguments = build(LintArguments, parameters)
    if arguments.statistics and arguments.form != "text":
        raise click.UsageError("--statistics needs the format text")
    if arguments.write_baseline and arguments.diff:
        raise click.UsageError("--diff and --write-baseline cannot be used together: --diff changes nothing")
    configured = _choose(paths, CommandLine(parameters=parameters, target=target))
    if show_config:
        print_values(configured)
        return 0
    chosen = [build(WorkflowArguments, workflow.arguments()) for workflow in configured]
    return _lint(chosen, arguments)


def _lint(chosen: Sequence[WorkflowArguments], arguments: LintArguments) -> int:
    accepted = _baselines(chosen, writes=arguments.write_baseline)

    def check() -> Workflows:
        return [_check(workflow, known) for workflow, known in zip(chosen, accepted, strict=True)]

    workflows = check()
    if arguments.fix or arguments.diff:
        from packager.app.fix import apply_fixes, preview_fixes  # noqa: PLC0415 - only when something is fixed

        if arguments.diff:
            write_stdout(preview_fixes(workflows), exact=True)
            return 0
        fixed = apply_fixes(workflows, check)
        note(f"fixed {count(fixed.findings, 'finding')} in {count(fixed.files, 'file')}")
        workflows = fixed.workflows
    checked = [checked for _, checked in workflows]
    if arguments.write_baseline:
        for file, text, findings in new_baselines(checked):
            write(text, file)
            note(f"{count(findings, 'finding')} written to {file}")
        return 0
    outcome = decide(checked)
    loaded = workflows[0][0] if len(workflows) == 1 else None
    lines = lines_of(*(each for each, _ in workflows))
    pasteable = located(with_paths(outcome.report, chosen[0].source, loaded), loaded) if loaded else outcome.located
    folds = all(workflow.lint.folds for workflow in chosen)
    for form, file in arguments.outputs:
        write(_rendered(form, outcome, pasteable, lines, plain=True, folds=folds), file)
    write(
        _rendered(arguments.form, outcome, pasteable, lines, statistics=arguments.statistics, folds=folds),
        commands=arguments.form == "github",
    )
    return int(outcome.failed)


def _choose(paths: tuple[str, ...], line: CommandLine) -> list[ConfiguredWorkflow]:
    """The workflows to lint, each once, in the order of the command line."""
    workflows = (
        [workflow for path in paths for workflow in configuration.choose(path, line)]
        if paths
        else configuration.every_workflow(line)
    )
    unique = list({(workflow.path, workflow.name): workflow for workflow in workflows}.values())
    for workflow in unique:
        options = build(LintOptions, workflow.arguments())
        for name, codes in (("selected", options.selected), ("ignored", options.ignored)):
            configuration.check_codes((code, workflow.values[name].origin) for code in codes)
    return unique


def _baselines(chosen: Sequence[WorkflowArguments], *, writes: bool) -> list[baseline.Accepted | None]:
    """What the baseline of each workflow accepts; nothing while baselines are about to be written."""
    if not writes:
        return read_baselines([workflow.lint for workflow in chosen])
    for workflow in chosen:
        if workflow.lint.baseline is None:
            reason = f": `{workflow.source.path}` has none" if len(chosen) > 1 else ""
            raise click.UsageError(f"--write-baseline needs --baseline FILE{reason}")
    return [None] * len(chosen)


def _check(workflow: WorkflowArguments, accepted: baseline.Accepted | None) -> tuple[Loaded, CheckedWorkflow]:
    loaded = load_source(workflow.source)
    return loaded, check_workflow(loaded, workflow.lint, accepted, progress=note)


def _rendered(
    form: str,
    outcome: Outcome,
    text: Report,
    lines: Lines,
    *,
    folds: bool,
    statistics: bool = False,
    plain: bool = False,
) -> str:
    """A report in a format; `text` is the report for people, with some notes only counted if `folds`."""
    if form != "text":
        return _FOR_PROGRAMS[form](outcome)
    colours = style(never=plain)
    return statistics_text(text, colours) if statistics else report_text(text, colours, lines, folds=folds)
