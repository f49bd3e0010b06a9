"""`packager lint`: every offline check, for one workflow or many."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click

from packager import baseline, codes, pipeline
from packager import online as online_checks
from packager.cli import configured
from packager.cli.configured import Configured
from packager.cli.judged import Judged, beside, unaccepted
from packager.cli.options import (
    FAIL_ON,
    account_option,
    exit_code,
    file_option,
    lines_of,
    load,
    note,
    pattern_options,
    sources_options,
    style,
    write,
)
from packager.diagnostics import PackagerError
from packager.render.report import report_json, report_text, statistics_text, to_json
from packager.render.terminal import plural
from packager.report import Report, merge, relocate, select

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
    chosen = _chosen(paths, settings, target)
    if show:
        configured.print_values(chosen)
        return 0
    first = chosen[0].settings
    fail_on, file = first["fail_on"], first["baseline"]
    if writes and file is None:
        raise click.UsageError("--write-baseline needs --baseline FILE")
    accepted = baseline.read(file, _content(file)) if file is not None and not writes else None
    judged = [_judge(one, target) for one in chosen]
    if fix or diff:
        from packager.cli import mending  # noqa: PLC0415 - only when something is mended

        if diff:
            write(mending.diff_of(judged, accepted, file))
            return 0
        judged = mending.mended(judged, lambda: [_judge(one, target) for one in chosen], accepted, file)
    if writes and file is not None:
        return _write_baseline(judged, file)
    many = len(judged) > 1
    located = _everything(judged, located=True)
    report = located if many else judged[0].report
    if accepted is not None and file is not None:
        located = baseline.apply(located, file, accepted, beside(file))
        report = located if many else unaccepted(judged[0], accepted, file)
        wanted = {"chosen": first["chosen"], "ignored": first["ignored"]}  # of the word on the baseline itself
        located, report = select(located, **wanted), select(report, **wanted)
    lines = lines_of(None if many else judged[0].loaded)
    for one_form, output in outputs:
        write(_text(one_form, report, located, lines, statistics=False, plain=True), output)
    write(_text(form, report, located, lines, statistics=statistics))
    return exit_code(report, fail_on)


def _chosen(paths: tuple[str, ...], settings: dict[str, Any], target: str | None) -> list[Configured]:
    """The workflows to lint, each once, in the order in which they were named."""
    found = (
        [one for path in paths for one in configured.choose(path, settings, target)]
        if paths
        else configured.every_workflow(settings, target)
    )
    unique = list({(one.path, one.name): one for one in found}.values())
    for one in unique:
        _check_codes(one)
    return unique


def _check_codes(one: Configured) -> None:
    """Codes that are named must be there: a mistyped one would silently do nothing."""
    policy = configured.policy_of(one.config)
    named = [(code, one.values[name].origin) for name in ("chosen", "ignored") for code in one.values[name].value]
    if one.config is not None:
        named += [(code, one.config.path) for code, _ in policy.severities]
        named += [(code, one.config.path) for _, several in policy.per_path for code in several]
    if not named:
        return
    import packager.rules  # noqa: F401, PLC0415 - registers the rules' codes

    known = codes.known()
    for code, origin in named:
        if not code or not any(name.startswith(code) for name in known):
            raise PackagerError(f"no code starts with `{code}` ({origin})", "`packager rules` lists them")


def _judge(one: Configured, target: str | None) -> Judged:
    settings = one.settings
    online, profile = settings.pop("online"), settings.pop("profile")
    chosen, ignored = settings.pop("chosen"), settings.pop("ignored")
    for name in ("fail_on", "baseline"):
        settings.pop(name)
    loaded = load(one.path, {**settings, **configured.load_options(one, target)})
    asked = online_checks.check_online(loaded, profile=profile, progress=note) if online else None
    return Judged(loaded, select(pipeline.lint(loaded, online=asked), chosen=chosen, ignored=ignored))


def _everything(judged: list[Judged], *, located: bool) -> Report:
    """What was found in all workflows; a comment in a shared file is used if any of them uses it."""
    reports = [relocate(one.report, one.loaded.on_disk) if located else one.report for one in judged]
    merged = merge(*reports)
    used = {(one.path, one.line, one.diagnostic.code) for one in merged.suppressed}
    kept = [
        found
        for found in merged.diagnostics
        if found.code != "INT011"
        or not any(
            (found.path, found.line) == (path, line) and f"`{code}`" in found.message for path, line, code in used
        )
    ]
    return Report(tuple(kept), merged.skipped, merged.suppressed)


def _text(
    form: str,
    report: Report,
    located: Report,
    lines: Callable[[str], list[str] | None],
    *,
    statistics: bool,
    plain: bool = False,
) -> str:
    """A report in a format. What other programs read names files as the current folder does."""
    match form:
        case "json":
            return to_json(report_json(report))
        case "sarif":
            from packager.render.sarif import sarif_text  # noqa: PLC0415 - only for this format

            return sarif_text(located)
        case "github":
            from packager.render.github import github_text  # noqa: PLC0415 - only for this format

            return github_text(located)
        case "junit":
            from packager.render.junit import junit_text  # noqa: PLC0415 - only for this format

            return junit_text(located)
    painted = style() if not plain else style(never=True)
    return statistics_text(report, painted) if statistics else report_text(report, painted, lines)


def _content(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise PackagerError(f"cannot read `{file}`: {(error.strerror or str(error)).lower()}") from error


def _write_baseline(judged: Iterable[Judged], file: str) -> int:
    report = _everything(list(judged), located=True)
    write(baseline.to_json(report, beside(file)), file)
    note(f"{plural(len(report.diagnostics), 'finding')} written to {file}")
    return 0
