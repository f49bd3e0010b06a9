"""`packager emulator`: a local stand-in for the service, for any AWS client."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

from packager.cli.local_emulator import emulator_database, read_fault, read_repository
from packager.cli.options import note, write
from packager.emulator import (
    DEFAULT_ACCOUNT,
    DEFAULT_DELAY,
    DEFAULT_REGION,
    MAX_VERSIONS,
    MAX_WORKFLOWS,
    NOT_EMULATED,
    environment,
    serve,
)

_LIMITS = "\n".join(f"* {line}" for line in NOT_EMULATED)
_FAULTS = """\
throttle          ThrottlingException (429) instead of an answer
server_error      InternalServerException (500) instead of an answer
cut_before_write  the connection is reset and nothing was done
cut_after_write   the change is made, then the connection is reset
delay             the answer comes late
never_finish      what is created stays CREATING
fail              what is created becomes FAILED"""
_EPILOG = f"\b\nFaults, which can be set with POST /_emulator/faults too:\n{_FAULTS}\n\n\b\nNot emulated:\n{_LIMITS}"
_NUMBER = click.IntRange(min=0)
_SECONDS = click.FloatRange(min=0)


@click.command("emulator", short_help="Serve a local stand-in.", epilog=_EPILOG)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8899, show_default=True, help="The port; 0 for a free one."
)
@click.option(
    "--db",
    "database",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the state is kept.",
)
@click.option("--account", metavar="ID", default=DEFAULT_ACCOUNT, show_default=True, help="The account in ARNs.")
@click.option("--region", metavar="NAME", default=DEFAULT_REGION, show_default=True, help="The Region in ARNs.")
@click.option(
    "--creation-delay",
    "delay",
    metavar="SECONDS",
    type=_SECONDS,
    default=DEFAULT_DELAY,
    show_default=True,
    help="How long what is created stays CREATING at least.",
)
@click.option(
    "--repository",
    "repositories",
    metavar="OWNER/NAME=DIR",
    multiple=True,
    callback=lambda _context, _option, words: dict(read_repository(word) for word in words),
    help="A folder that stands for a Git repository.",
)
@click.option("--ready2run", metavar="NAME", multiple=True, help="Offer a Ready2Run workflow of this name.")
@click.option(
    "--quota-workflows",
    metavar="N",
    type=_NUMBER,
    default=MAX_WORKFLOWS,
    show_default=True,
    help="How many there can be.",
)
@click.option(
    "--quota-versions", metavar="N", type=_NUMBER, default=MAX_VERSIONS, show_default=True, help="Of a workflow."
)
@click.option(
    "--fault",
    "faults",
    metavar="KIND=N[:OPERATION]",
    multiple=True,
    callback=lambda _context, _option, words: [read_fault(word) for word in words],
    help="Fail the next N calls; the kinds are listed below.",
)
@click.option("--delay-seconds", metavar="SECONDS", type=_SECONDS, help="How late answers come with the fault `delay`.")
@click.option("--fail-message", metavar="TEXT", help="The statusMessage of the fault `fail`.")
@click.option(
    "--skew-seconds", metavar="SECONDS", type=float, default=0.0, help="How far the emulator's clock is ahead."
)
def command(  # noqa: PLR0917 - one for each option
    port: int,
    database: Path | None,
    account: str,
    region: str,
    delay: float,
    repositories: dict[str, Path],
    ready2run: tuple[str, ...],
    quota_workflows: int,
    quota_versions: int,
    faults: list[dict[str, object]],
    delay_seconds: float | None,
    fail_message: str | None,
    skew_seconds: float,
) -> int:
    """Serve HealthOmics' workflow operations on this machine, until ^C.

    Any AWS client can use it: what to export is printed. What the documentation says is enforced.
    """
    details: dict[str, dict[str, object]] = {
        "delay": {} if delay_seconds is None else {"delay_seconds": delay_seconds},
        "fail": {} if fail_message is None else {"fail_message": fail_message},
    }
    with serve(
        database or emulator_database(),
        port=port,
        delay=delay,
        account=account,
        region=region,
        repositories=repositories,
        ready2run=ready2run,
        max_workflows=quota_workflows,
        max_versions=quota_versions,
    ) as running:
        for one in faults:
            running.faults.set(one | details.get(str(one["kind"]), {}))
        running.faults.set({"skew_seconds": skew_seconds})
        for name, value in environment(running.endpoint_url).items():
            write(f"export {name}={shlex.quote(value)}\n")
        note(f"serving on {running.endpoint_url}; stop with ^C")
        sys.stdout.flush()
        running.wait()
    return 0
