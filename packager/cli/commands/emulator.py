"""`packager emulator`: a local emulator of the service, for any AWS client."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

import click

from packager.cli.arguments import with_arguments
from packager.cli.endpoint import emulator_database
from packager.cli.help import SectionedCommand
from packager.cli.output import note, write
from packager.emulator import (
    DEFAULT_ACCOUNT,
    DEFAULT_DELAY,
    DEFAULT_REGION,
    MAX_VERSIONS,
    MAX_WORKFLOWS,
    NOT_EMULATED,
    EmulatorOptions,
    environment,
    serve,
)
from packager.errors import PackagerError

_LIMITS = "\n".join(f"* {line}" for line in NOT_EMULATED)
_FAULTS = """\
throttle          ThrottlingException (429) instead of an answer
server_error      InternalServerException (500) instead of an answer
cut_before_write  the connection is reset and nothing was done
cut_after_write   the change is made, then the connection is reset
delay             the answer is late
never_finish      new workflows and versions stay CREATING
fail              new workflows and versions become FAILED"""
_EPILOG = f"\b\nFaults, which can also be set with POST /_emulator/faults:\n{_FAULTS}\n\n\b\nNot emulated:\n{_LIMITS}"
_NUMBER = click.IntRange(min=0)
_SECONDS = click.FloatRange(min=0)
_MOST_DIGITS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class EmulatorArguments:
    """The options of `packager emulator`."""

    port: int
    database: Path | None
    account: str
    region: str
    delay: float
    repositories: dict[str, Path]
    ready2run: tuple[str, ...]
    quota_workflows: int
    quota_versions: int
    faults: list[dict[str, object]]
    delay_seconds: float | None
    fail_message: str | None
    skew_seconds: float


def _repositories(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> dict[str, Path]:
    """The folders of repositories, from `owner/name=folder`."""
    folders = {}
    for value in values:
        name, equals, folder = value.partition("=")
        if not (name and equals and folder):
            raise PackagerError(f"`{value}` is not OWNER/NAME=DIR", "write `--repository owner/name=folder`")
        folders[name] = Path(folder)
    return folders


def _faults(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> list[dict[str, object]]:
    """Faults in the emulator's form, from `kind=number` or `kind=number:operation`."""
    faults: list[dict[str, object]] = []
    for value in values:
        kind, _equals, rest = value.partition("=")
        number, _colon, operation = rest.partition(":")
        if not kind or not number.isascii() or not number.isdigit() or len(number) > _MOST_DIGITS:
            raise PackagerError(f"`{value}` is not KIND=N", "write `--fault throttle=2:CreateWorkflow`")
        faults.append({"kind": kind, "count": int(number), "operation": operation})
    return faults


@click.command(
    "emulator",
    cls=SectionedCommand,
    epilog=_EPILOG,
    page="emulator.md",
    examples=(
        ("packager emulator --port 8899", "serve until Ctrl-C"),
        ("packager emulator --fault throttle=2:CreateWorkflow", "reject the next two creations"),
    ),
    own=("account", "region", "database"),
)
@click.option("--port", type=click.IntRange(0, 65535), default=8899, show_default=True, help="Port; 0 for a free one.")
@click.option(
    "--db",
    "database",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File of the emulator's state; in your data folder if omitted.",
)
@click.option("--account", metavar="ID", default=DEFAULT_ACCOUNT, show_default=True, help="Account in ARNs.")
@click.option("--region", metavar="NAME", default=DEFAULT_REGION, show_default=True, help="Region in ARNs.")
@click.option(
    "--creation-delay",
    "delay",
    metavar="SECONDS",
    type=_SECONDS,
    default=DEFAULT_DELAY,
    show_default=True,
    help="Minimum time that a created workflow stays CREATING.",
)
@click.option(
    "--repository",
    "repositories",
    metavar="OWNER/NAME=DIR",
    multiple=True,
    callback=_repositories,
    help="Use a folder as the content of a Git repository.",
)
@click.option("--ready2run", metavar="NAME", multiple=True, help="Add a Ready2Run workflow of this name.")
@click.option(
    "--quota-workflows",
    metavar="N",
    type=_NUMBER,
    default=MAX_WORKFLOWS,
    show_default=True,
    help="Maximum number of workflows.",
)
@click.option(
    "--quota-versions",
    metavar="N",
    type=_NUMBER,
    default=MAX_VERSIONS,
    show_default=True,
    help="Maximum number of versions per workflow.",
)
@click.option(
    "--fault",
    "faults",
    metavar="KIND=N[:OPERATION]",
    multiple=True,
    callback=_faults,
    help="Make the next N calls fail; see the kinds below.",
)
@click.option("--delay-seconds", metavar="SECONDS", type=_SECONDS, help="Delay of answers with the fault `delay`.")
@click.option("--fail-message", metavar="TEXT", help="The statusMessage of the fault `fail`.")
@click.option(
    "--skew-seconds", metavar="SECONDS", type=float, default=0.0, help="Seconds that the emulator's clock is ahead."
)
@with_arguments(EmulatorArguments)
def command(arguments: EmulatorArguments) -> int:
    """Serve the workflow operations of HealthOmics on this machine, until you press Ctrl-C.

    Any AWS client can use it: the command prints the variables to export. The emulator enforces the documented constraints of the
    service.
    """
    details: dict[str, dict[str, object]] = {
        "delay": {} if arguments.delay_seconds is None else {"delay_seconds": arguments.delay_seconds},
        "fail": {} if arguments.fail_message is None else {"fail_message": arguments.fail_message},
    }
    options = EmulatorOptions(
        port=arguments.port,
        delay=arguments.delay,
        account=arguments.account,
        region=arguments.region,
        repositories=arguments.repositories,
        ready2run=arguments.ready2run,
        max_workflows=arguments.quota_workflows,
        max_versions=arguments.quota_versions,
    )
    with serve(arguments.database or emulator_database(), options) as running:
        for fault in arguments.faults:
            running.faults.set(fault | details.get(str(fault["kind"]), {}))
        running.faults.set({"skew_seconds": arguments.skew_seconds})
        for name, value in environment(running.endpoint_url).items():
            write(f"export {name}={shlex.quote(value)}\n")
        note(f"serving on {running.endpoint_url}; stop with Ctrl-C")
        sys.stdout.flush()
        running.wait()
    return 0
