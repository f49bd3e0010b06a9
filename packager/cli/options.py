"""Options that commands share."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

import click

from packager.app.load import load
from packager.app.loaded import Loaded
from packager.cache import Cache, default_directory
from packager.cli import configuration
from packager.cli.arguments import Command
from packager.cli.output import QUIET
from packager.cli.progress import working
from packager.findings.diagnostic import Severity
from packager.healthomics import limits
from packager.jsondoc import jsontext
from packager.project.keys import FAIL_ON
from packager.render.folding import Detail, View
from packager.settings.arguments import SourceArguments

Decorator = Callable[[Command], Command]


def _file_argument(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """A file name, which may be written as the AWS CLI writes them."""
    if value is None:
        return None
    return value.removeprefix("fileb://").removeprefix("file://")


def file_option(*names: str, help: str) -> Decorator:  # noqa: A002 - as click calls it
    """An option that accepts a file, also as `file://...`."""
    return click.option(*names, metavar="FILE", callback=_file_argument, help=help)


def in_characters(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """A string for the service, which can be sent only if every byte of it is part of a character."""
    if value is not None and jsontext.has_half_character(value):
        raise click.BadParameter(f"`{value[:80]}` is not UTF-8")
    return value


def _day(_: click.Context, __: click.Parameter, value: str | None) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise click.BadParameter(f"`{value[:40]}` is not a date such as `2027-01-31`") from error


def negated(_: click.Context, __: click.Parameter, value: bool) -> bool:
    """The value of a flag `--no-...` for the positive name."""
    return not value


def _codes(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(code.strip() for value in values for code in value.split(",") if code.strip())


def joined(*options: Decorator) -> Decorator:
    """A decorator that adds all these options."""

    def apply(function: Command) -> Command:
        for option in reversed(options):
            function = option(function)
        return function

    return apply


region_option: Decorator = click.option(
    "--region", metavar="NAME", envvar=["AWS_REGION", "AWS_DEFAULT_REGION"], help="The AWS Region."
)
_reading_options = joined(
    click.option(
        "--engine", metavar="ENGINE", help=f"Workflow engine: {', '.join(limits.ENGINES)}; detected if omitted."
    ),
    click.option("--main", metavar="PATH", help="The main file, relative to the folder or the zip's root."),
    file_option(
        "--parameter-template",
        help="Parameter template; `parameter-template.json` next to the main file if omitted.",
    ),
    file_option(
        "--container-registry-map",
        help="Container registry map; `container-registry-map.json` next to the main file if omitted.",
    ),
    region_option,
    click.option("--nextflow-profile", metavar="NAMES", help="Nextflow profiles to apply, separated by commas."),
    click.option(
        "--as-of",
        metavar="DATE",
        envvar="PACKAGER_AS_OF",
        callback=_day,
        help="Check for this day what depends on a day, such as `2027-01-31`; today if omitted.",
    ),
    click.option("--show-config", is_flag=True, help="Print each setting and where it came from, then exit."),
    click.option("--no-cache", is_flag=True, help="Do not use the cache of parsed files."),
)
_TARGET_HELP = "Use the settings of `[target.NAME]` in packager.toml (account, Region, map, tags)."
_workflow_options = joined(_reading_options, click.option("--target", metavar="NAME", help=_TARGET_HELP))


def _be_quiet(context: click.Context, _: click.Parameter, value: bool) -> None:
    context.meta[QUIET] = value


_quiet_option = click.option(
    "-q",
    "--quiet",
    is_flag=True,
    expose_value=False,
    callback=_be_quiet,
    help="Show only the result and errors.",
)


def source_options(function: Command) -> Command:
    """PATH and the options that describe the workflow there, completed from packager.toml."""
    command = _workflow_options(_quiet_option(configuration.for_one_workflow(function)))
    return click.argument("path", metavar="[PATH]", required=False)(command)


def targets_options(function: Callable[[Sequence[Mapping[str, object]]], int]) -> Command:
    """`source_options` for a command that accepts multiple targets; it gets the values of the options for each."""
    target = click.option("--target", metavar="NAME", multiple=True, help=f"{_TARGET_HELP} Can be repeated.")
    command = _reading_options(target(_quiet_option(configuration.for_targets(function))))
    return click.argument("path", metavar="[PATH]", required=False)(command)


def sources_options(function: Callable[..., int]) -> Command:
    """`source_options` for a command that accepts multiple PATHs, and folders with multiple workflows; it gets all workflows."""
    return click.argument("paths", metavar="[PATH]...", nargs=-1)(
        _workflow_options(_quiet_option(configuration.for_workflows(function)))
    )


def available_cores() -> int:
    """The number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


account_option: Decorator = click.option("--account", metavar="ID", help="The AWS account of the private ECR.")
profile_option: Decorator = click.option("--profile", metavar="NAME", envvar="AWS_PROFILE", help="The AWS profile.")
pattern_options = joined(
    click.option("--include", metavar="GLOB", multiple=True, help="Add files to the package; can be repeated."),
    click.option("--exclude", metavar="GLOB", multiple=True, help="Leave files out; can be repeated."),
)
select_options = joined(
    click.option(
        "--select",
        "selected",
        metavar="CODE,...",
        multiple=True,
        callback=_codes,
        help="Report only these codes or families; can be repeated.",
    ),
    click.option(
        "--ignore",
        "ignored",
        metavar="CODE,...",
        multiple=True,
        callback=_codes,
        help="Do not report these codes or families; can be repeated.",
    ),
)
baseline_option = file_option("--baseline", help="Accept the existing findings that this file lists.")
no_lint_option: Decorator = click.option("--no-lint", "gate", is_flag=True, callback=negated, help="Skip lint.")


show_option: Decorator = click.option(
    "--show",
    type=click.Choice([detail.value for detail in Detail]),
    multiple=True,
    help="Also show the notes (`info`), every check that did not run (`skipped`), or each finding at its place (`all`); can be"
    " repeated.",
)
view_options = joined(
    show_option,
    click.option(
        "--min-severity",
        type=click.Choice([severity.value for severity in Severity]),
        default="warning",
        show_default=True,
        help="Minimum severity of the findings that the text shows; the others are counted.",
    ),
)


def view_of(
    show: tuple[str, ...], min_severity: str, *, quiet: bool, fail_on: Iterable[str], folds: bool = True
) -> View:
    """How much of a report these options show: what makes the exit code 1 always, and notes too if not `folds`."""
    severities = [Severity(name) for name in fail_on if name != "never"]
    severities += [] if quiet else [Severity(min_severity) if folds else Severity.INFO]
    least = max(severities, key=lambda severity: severity.rank, default=Severity.ERROR)
    return View(least, frozenset(map(Detail, show)), quiet)


def fail_on_option(help: str = "Minimum severity that makes the exit code 1.") -> Decorator:  # noqa: A002 - as click calls it
    """`--fail-on` with a severity."""
    return click.option("--fail-on", type=click.Choice(FAIL_ON), default="error", show_default=True, help=help)


def format_option(*choices: str) -> Decorator:
    """`--format`, the first choice being the default."""
    return click.option(
        "--format", "form", type=click.Choice(choices), default=choices[0], show_default=True, help="Output format."
    )


def load_source(source: SourceArguments) -> Loaded:
    """The workflow of a command line, read with the user's cache."""
    cache = Cache(default_directory(), tables_only=source.no_cache)
    cache.prune(time.time())
    with working(f"reading {source.path}"):
        return load(source.path, source.load, cache=cache)
