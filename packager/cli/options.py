"""Options that several commands share, and the streams they write to."""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click

from packager import files
from packager.app import load as pipeline
from packager.app.loaded import Loaded
from packager.cache import Cache, default_directory
from packager.cli import configuration
from packager.cli.streams import shows_colour, write_stderr, write_stdout
from packager.errors import PackagerError
from packager.files import is_folder, real_path
from packager.findings.diagnostic import Diagnostic, Severity, at_or_above, in_order
from packager.findings.redaction import redact
from packager.findings.report import Report
from packager.healthomics import limits
from packager.render.report import Lines, report_text
from packager.render.terminal import Style
from packager.source import UnreadableError
from packager.text import safe

Function = TypeVar("Function", bound=Callable[..., Any])

FAIL_ON = ("error", "warning", "info", "never")
_EXTENSIONS = (".wdl", ".nf", ".cwl", ".zip")
_MAX_FRAME_BYTES = 4 * 1024 * 1024


def _file_argument(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """A file name, which may be written as the AWS CLI writes them."""
    if value is None:
        return None
    return value.removeprefix("fileb://").removeprefix("file://")


def file_option(*names: str, **settings: Any) -> Callable[[Function], Function]:
    """An option that takes a file, also as `file://...`."""
    return click.option(*names, metavar="FILE", callback=_file_argument, **settings)


def joined(options: list[Callable[[Any], Any]]) -> Callable[[Function], Function]:
    """Several options as one decorator."""

    def apply(function: Function) -> Function:
        for option in reversed(options):
            function = option(function)
        return function

    return apply


_workflow_options = joined(
    [
        click.option(
            "--engine",
            metavar="ENGINE",
            help=f"One of {', '.join(limits.ENGINES)}; found by itself unless given.",
        ),
        click.option(
            "--main",
            metavar="PATH",
            help="The main file, relative to the directory or the zip's root.",
        ),
        file_option(
            "--parameter-template",
            help="A hand-written template; `parameter-template.json` beside main is found.",
        ),
        file_option(
            "--container-registry-map",
            help="The registry map; `container-registry-map.json` beside main is found.",
        ),
        click.option(
            "--region",
            metavar="NAME",
            envvar=["AWS_REGION", "AWS_DEFAULT_REGION"],
            help="The AWS Region.",
        ),
        click.option(
            "--nextflow-profile",
            metavar="NAMES",
            help="Profiles of the Nextflow config to apply, separated by commas.",
        ),
        click.option(
            "--target", metavar="NAME", help="A `[target.NAME]` of packager.toml: account, Region, map, tags."
        ),
        click.option(
            "--show-config", is_flag=True, help="Print each setting with where it came from, and do nothing else."
        ),
        click.option("--no-cache", is_flag=True, help="Neither read nor write the cache of parsed files."),
    ]
)


def source_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """PATH and what says more of the workflow there; the configuration stands behind the options."""
    return click.argument("path", metavar="PATH")(_workflow_options(configuration.applied(function)))


def optional_source_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """`source_options` for a command whose PATH may be left out; it is then empty."""
    return click.argument("path", metavar="[PATH]", required=False)(_workflow_options(configuration.applied(function)))


def sources_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """`source_options` for a command that takes several PATHs and asks for the configuration itself."""
    return click.argument("paths", metavar="[PATH]...", nargs=-1)(_workflow_options(function))


account_option = click.option("--account", metavar="ID", help="The AWS account whose private ECR is meant.")
pattern_options = joined(
    [
        click.option(
            "--include",
            metavar="GLOB",
            multiple=True,
            help="Add files to the package; may be repeated.",
        ),
        click.option("--exclude", metavar="GLOB", multiple=True, help="Leave files out; may be repeated."),
    ]
)
no_lint_option = click.option("--no-lint", is_flag=True, help="Do not lint first.")


def format_option(*choices: str) -> Callable[[Function], Function]:
    """`--format`, the first choice being the default."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(choices),
        default=choices[0],
        show_default=True,
        help="How to print.",
    )


def load(path: str, settings: dict[str, Any]) -> Loaded:
    """`pipeline.load` with the options of a command line."""
    no_cache = settings.pop("no_cache", False)
    cache = Cache(default_directory(), tables_only=no_cache)
    cache.prune(time.time())
    return pipeline.load(path, cache=cache, **settings)


def style(*, stderr: bool = False, never: bool = False) -> Style:
    """Colours where a terminal shows them; `NO_COLOR` and `FORCE_COLOR` are honoured. `never`: for a file."""
    return Style(not never and shows_colour(sys.stderr if stderr else sys.stdout))


def write(text: str, output: str | None = None, *, commands: bool = False) -> None:
    """Send a result to stdout, or to a file that appears only when it is complete (`-` is stdout).

    `commands`: the lines that are workflow commands are our own.
    """
    if output is None or output == "-":
        write_stdout(text, commands=commands)
    else:
        files.write(Path(output), text.encode())


def note(text: str) -> None:
    """Tell the person at the terminal something that is not the result, in one line."""
    write_stderr(f"{safe(text)}\n")


def lines_of(loaded: Loaded | None) -> Lines:
    """The lines of a file of the source, or of one beside it, for code frames; of the same file as before at once."""

    @functools.lru_cache(maxsize=1)  # findings are in the order of their files
    def lines(path: str) -> list[str] | None:
        try:
            if loaded is not None and loaded.tree.lookup(path) is not None:
                return loaded.tree.text(path).split("\n")
            return files.text_of(files.read_regular(Path(path), _MAX_FRAME_BYTES), "utf-8-sig").split("\n")
        except (OSError, ValueError, UnreadableError):
            return None  # a frame is a courtesy

    return lines


def exit_code(report: Report, fail_on: str) -> int:
    """1 when a finding is as bad as `fail_on` or worse."""
    return 0 if fail_on == "never" else int(at_or_above(report.diagnostics, Severity(fail_on)))


# About a zip as it is: what is built from it anew has only the files that were read.
_OF_THE_ZIP_ITSELF = ("ZIP006", "ZIP012")


def gate(loaded: Loaded, what: str) -> Report:
    """Lint before a zip is written: errors are shown and stop it, but for those of a given zip that is built anew.

    Raises:
        RefusedError: errors were found.
    """
    report = pipeline.lint(loaded)
    if loaded.tree.kind == "zip":
        report = replace(report, diagnostics=in_order([_without_error(found) for found in report.diagnostics]))
    if report.count(Severity.ERROR):
        raise pipeline.RefusedError(report, what)
    return report


def _without_error(found: Diagnostic) -> Diagnostic:
    if found.code in _OF_THE_ZIP_ITSELF and found.severity is Severity.ERROR:
        return replace(found, severity=Severity.WARNING)
    return found


def show_findings(report: Report, loaded: Loaded | None) -> None:
    """Findings that accompany a result, on stderr."""
    if report.diagnostics or report.skipped:
        report = redact(report)
        write_stderr(report_text(report, style(stderr=True), lines_of(loaded), total=bool(report.diagnostics)))


def name_from(path: str) -> str:
    """What a workflow is called unless told: its folder, or its file without the extension; the folder of a `main` file.

    Raises:
        PackagerError: nothing of the path can be a name.
    """
    place = real_path(Path(path)) or Path(path)
    suffix = place.suffix.lower()
    stem = place.stem if suffix in _EXTENSIONS and not is_folder(place) else place.name
    if stem == "main" and suffix in _EXTENSIONS:
        stem = place.parent.name
    if not stem:
        raise PackagerError("the workflow needs a name", "give `--name`")
    return stem[: limits.NAME_LENGTH[1]]
