"""`packager emulator`: a local stand-in for the service, for any AWS client."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

from packager.cli.local import emulator_database
from packager.cli.options import note, write
from packager.emulator import NOT_EMULATED, environment, serve

_LIMITS = "\n".join(f"* {line}" for line in NOT_EMULATED)


@click.command("emulator", short_help="Serve a local stand-in.", epilog=f"\b\nNot emulated:\n{_LIMITS}")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8899,
    show_default=True,
    help="The port; 0 for a free one.",
)
@click.option(
    "--db",
    "database",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the state is kept.",
)
def command(port: int, database: Path | None) -> int:
    """Serve HealthOmics' workflow operations on this machine, until ^C.

    Any AWS client can use it: what to export is printed. What the documentation says is enforced.
    """
    with serve(database or emulator_database(), port=port) as running:
        for name, value in environment(running.endpoint_url).items():
            write(f"export {name}={shlex.quote(value)}\n")
        note(f"serving on {running.endpoint_url}; stop with ^C")
        sys.stdout.flush()
        running.wait()
    return 0
