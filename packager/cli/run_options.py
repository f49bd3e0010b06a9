"""The members of a run's request as options, each with the API's name, and the settings that they make."""

from __future__ import annotations

import functools

import click
from click.core import ParameterSource

from packager.app.start_run import RunOptions
from packager.cli.arguments import Command
from packager.cli.options import Decorator, file_option, in_characters, joined
from packager.healthomics.run_request import RUN_MEMBERS, RunForm, RunMember
from packager.settings.request import workflow_name

_OPTIONS = tuple(member for member in RUN_MEMBERS if member.option)
# Those that also name what a request is compared with.
_OF_CHECK = frozenset({"--workflow-id", "--version-name", "--default-version", "--record"})


def _parameter(member: RunMember) -> str:
    return member.option.removeprefix("--").replace("-", "_")


def _option(member: RunMember) -> Decorator:
    choices = f" One of {', '.join(member.choices)}." if member.choices else ""
    text = member.description + choices
    if member.form is RunForm.BOOLEAN:
        return click.option(member.option, is_flag=True, help=text)
    if member.form is RunForm.INTEGER:
        return click.option(member.option, type=int, metavar=member.metavar, help=text)
    return click.option(member.option, metavar=member.metavar or None, callback=in_characters, help=text)


_run_member_options = joined(
    *(_option(member) for member in _OPTIONS),
    click.option(
        "--default-version", is_flag=True, help="Run the workflow as it was created first, without a version name."
    ),
    file_option("--record", help="Take workflow and version from this record of submissions."),
    click.option(
        "--parameters",
        "run_files",
        metavar="FILE",
        multiple=True,
        help="Run parameters for the request instead of placeholders; can be repeated for a batch.",
    ),
)
OPTIONS = (*(member.option for member in _OPTIONS), "--default-version", "--record", "--parameters")


def run_options(function: Command) -> Command:
    """The settings of a run as options; the command gets them as one `run`."""

    @functools.wraps(function)
    def command(**values: object) -> int:
        taken = {_parameter(member): values.pop(_parameter(member)) for member in _OPTIONS}
        settings = {member.api: taken[_parameter(member)] for member in _OPTIONS}
        run = RunOptions(
            settings={
                name: value for name, value in settings.items() if isinstance(value, str | int) and value is not False
            },
            default_version=bool(values.pop("default_version")),
            record=_text(values.pop("record")),
            parameters=_files(values.pop("run_files")),
        )
        return function(run=_named(run, str(values["path"])), **values)

    return _run_member_options(command)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _files(value: object) -> tuple[str, ...]:
    names = value if isinstance(value, tuple) else ()
    return tuple(str(name).removeprefix("file://") for name in names)


def _named(run: RunOptions, path: str) -> RunOptions:
    """The options with the name of the workflow as that of the run, if it has none."""
    if "name" in run.settings or not path:
        return run
    return RunOptions(
        settings={**run.settings, "name": workflow_name(path)},
        default_version=run.default_version,
        record=run.record,
        parameters=run.parameters,
    )


def misplaced_option(*, starts: bool, checks: bool) -> str | None:
    """An option of the command line that needs `--start-run`, if that is not used."""
    context = click.get_current_context()
    if starts:
        return None
    for parameter in context.command.params:
        name = next((option for option in parameter.opts if option in OPTIONS), None)
        given = context.get_parameter_source(parameter.name or "") is ParameterSource.COMMANDLINE
        if name is not None and given and not (checks and name in _OF_CHECK):
            return name
    return None
