"""`packager lint`: every offline check, for one workflow or many."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from packager.app import load as pipeline
from packager.app.loaded import Loaded
from packager.app.outcome import Judged, Outcome, Terms, baselines, outcome
from packager.cli import configuration, known_codes
from packager.cli.configuration import Configured
from packager.cli.options import (
    FAIL_ON,
    account_option,
    file_option,
    lines_of,
    load,
    note,
    pattern_options,
    sources_options,
    style,
    write,
)
from packager.cli.streams import write_stdout
from packager.errors import cannot
from packager.files import MIB, read_named
from packager.findings import baseline, codes
from packager.findings.report import Report, select
from packager.render.report import report_json, report_text, statistics_text, to_json
from packager.render.terminal import plural

_MAX_BASELINE_BYTES = 64 * MIB
_FORMATS = ("text", "json", "sarif", "github", "junit")


def _outputs(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    pairs = []
    for value in values:
        form, equals, file = value.partition("=")
        if not equals or form not in _FORMATS or not file:
            raise click.BadParameter(f"`{value}` is not FORMAT=FILE, with a format of {', '.join(_FORMATS)}")
        pairs.append((form, file))
    return tuple(pairs)


def _codes(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(code.strip() for value in values for code in value.split(",") if code.strip())


@click.command("lint", short_help="Every offline check.")
@sources_options
@account_option
@pattern_options
@click.option(
    "--fail-on",
    type=click.Choice(FAIL_ON),
    default="error",
    show_default=True,
    help="The least severity that exits 1.",
)
@click.option(
    "--select",
    "chosen",
    metavar="CODE,...",
    multiple=True,
    callback=_codes,
    help="Only these codes or families; may be repeated.",
)
@click.option(
    "--ignore",
    "ignored",
    metavar="CODE,...",
    multiple=True,
    callback=_codes,
    help="Not these codes or families; may be repeated.",
)
@file_option("--run-parameters", help="The parameters of a run, a JSON file, to be checked too.")
@file_option("--baseline", help="Accept the findings of this file, so that only new ones count.")
@click.option("--write-baseline", is_flag=True, help="Write all findings to the file of `--baseline`.")
@click.option(
    "--online", is_flag=True, help="Ask the AWS account about images, caches and secrets; nothing there is changed."
)
@click.option("--profile", metavar="NAME", envvar="AWS_PROFILE", help="The AWS profile, with `--online`.")
@click.option("--fix", is_flag=True, help="Mend what can be mended mechanically, then lint again.")
@click.option("--diff", is_flag=True, help="Print what `--fix` would change, and change nothing.")
@click.option("--statistics", is_flag=True, help="Only count the findings of each code.")
@click.option("--format", "form", type=click.Choice(_FORMATS), default="text", show_default=True, help="How to print.")
@click.option(
    "--output",
    "outputs",
    metavar="FORMAT=FILE",
    multiple=True,
    callback=_outputs,
    help="Write the report to a file as well; may be repeated.",
)
def command(paths: tuple[str, ...], **settings: Any) -> int:
    """Check the workflow at each PATH (a directory, a main file or a zip) for all that the service rejects or a run dies of.

    Without PATH: the workflows of packager.toml. Offline unless `--online` is given: no account, no
    Docker, no JVM, and nothing of the workflow is run. What could not be checked is listed with the reason.
    """
    form, outputs = settings.pop("form"), settings.pop("outputs")
    statistics, fix, diff = settings.pop("statistics"), settings.pop("fix"), settings.pop("diff")
    target, show = settings.pop("target"), settings.pop("show_config")
    writes = settings.pop("write_baseline")
    if statistics and form != "text":
        raise click.UsageError("--statistics is for text alone")
    if writes and diff:
        raise click.UsageError("--diff changes nothing, --write-baseline writes a file: give one of them")
    chosen = _chosen(paths, settings, target)
    if show:
        configuration.print_values(chosen)
        return 0
    terms = _terms(chosen, writes=writes)

    def judge() -> list[Judged]:
        return [_judge(one, own, target) for one, own in zip(chosen, terms, strict=True)]

    judged = judge()
    if fix or diff:
        from packager.cli import fixes  # noqa: PLC0415 - only when something is mended

        if diff:
            write_stdout(fixes.diff_of(judged), exact=True)
            return 0
        judged = fixes.mended(judged, judge)
    if writes:
        return _write_baselines(judged)
    found = outcome(judged)
    lines = lines_of(judged[0].loaded if len(judged) == 1 else None)
    for one_form, output in outputs:
        write(_text(one_form, found, lines, statistics=False, plain=True), output)
    write(_text(form, found, lines, statistics=statistics), commands=form == "github")
    return int(found.failed)


def _chosen(paths: tuple[str, ...], settings: dict[str, Any], target: str | None) -> list[Configured]:
    """The workflows to lint, each once, in the order in which they were named."""
    found = (
        [one for path in paths for one in configuration.choose(path, settings, target)]
        if paths
        else configuration.every_workflow(settings, target)
    )
    unique = list({(one.path, one.name): one for one in found}.values())
    for one in unique:
        wanted = (one.values["chosen"], one.values["ignored"])
        known_codes.check((code, value.origin) for value in wanted for code in value.value)
    return unique


def _terms(chosen: list[Configured], *, writes: bool) -> list[Terms]:
    """What each workflow is held to; a baseline is read once, and not at all when it is written."""
    held: dict[str, baseline.Accepted] = {}
    terms = []
    for one in chosen:
        settings = one.settings
        file = settings["baseline"]
        if writes and file is None:
            lacking = f": `{one.path}` has none" if len(chosen) > 1 else ""
            raise click.UsageError(f"--write-baseline needs --baseline FILE{lacking}")
        if file is not None and not writes and file not in held:
            held[file] = baseline.read(file, _content(file))
        accepted = held.get(file) if file is not None else None
        unlooked = () if settings["online"] else codes.online.CODES
        terms.append(Terms(settings["fail_on"], settings["chosen"], settings["ignored"], unlooked, file, accepted))
    return terms


def _judge(one: Configured, terms: Terms, target: str | None) -> Judged:
    settings = one.settings
    online, profile = settings.pop("online"), settings.pop("profile")
    for name in ("chosen", "ignored", "fail_on", "baseline"):
        settings.pop(name)
    loaded = load(one.path, {**settings, **configuration.load_options(one, target)})
    report = pipeline.lint(loaded, online=_asked(loaded, profile) if online else None)
    return Judged(loaded, select(report, chosen=terms.chosen, ignored=terms.ignored), terms)


def _asked(loaded: Loaded, profile: str | None) -> Report:
    """What the account says."""
    from packager.app.online import check_online  # noqa: PLC0415 - only when an account is asked

    return check_online(loaded, profile=profile, progress=note)


def _text(
    form: str,
    found: Outcome,
    lines: Callable[[str], list[str] | None],
    *,
    statistics: bool,
    plain: bool = False,
) -> str:
    """A report in a format. What other programs read names files as the current folder does."""
    match form:
        case "json":
            return to_json(report_json(found.report))
        case "sarif":
            from packager.render.sarif import sarif_text  # noqa: PLC0415 - only for this format

            return sarif_text(found.located)
        case "github":
            from packager.render.github import github_text  # noqa: PLC0415 - only for this format

            return github_text(found.located)
        case "junit":
            from packager.render.junit import junit_text  # noqa: PLC0415 - only for this format

            return junit_text(found.located)
    painted = style() if not plain else style(never=True)
    return statistics_text(found.report, painted) if statistics else report_text(found.report, painted, lines)


def _content(file: str) -> bytes:
    try:
        return read_named(Path(file), _MAX_BASELINE_BYTES)
    except OSError as error:
        raise cannot("read", f"`{file}`", error) from error


def _write_baselines(judged: list[Judged]) -> int:
    for file, text, count in baselines(judged):
        write(text, file)
        note(f"{plural(count, 'finding')} written to {file}")
    return 0
