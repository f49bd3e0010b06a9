"""Which service a command talks to: AWS, another endpoint, or the embedded emulator."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from packager.cli.local_emulator import emulator_database
from packager.cli.options import file_option, joined
from packager.errors import PackagerError
from packager.files import exists

if TYPE_CHECKING:
    from packager.aws.session import Target
    from packager.cache import Cache

_LOCAL_REGION = "us-east-1"

service_options: Callable[[Callable[..., Any]], Callable[..., Any]] = joined(
    [
        click.option("--profile", metavar="NAME", envvar="AWS_PROFILE", help="The AWS profile."),
        click.option("--endpoint-url", metavar="URL", help="Another endpoint of the service."),
        click.option("--local", is_flag=True, help="The embedded emulator instead of AWS: no account is needed."),
        file_option("--db", "database", help="The embedded emulator's state, with `--local`."),
    ]
)


def _seconds(_: click.Context, __: click.Parameter, value: float) -> float:
    if not math.isfinite(value):
        raise click.BadParameter("give a number of seconds")
    return value


timeout_option = click.option(
    "--timeout",
    type=click.FloatRange(min=0),
    default=600,
    show_default=True,
    metavar="SECONDS",
    callback=_seconds,
    help="How long the command may take, whatever the service does.",
)


@contextlib.contextmanager
def service(
    region: str | None,
    *,
    profile: str | None,
    endpoint_url: str | None,
    local: bool,
    database: str | None,
    cache: Cache | None = None,
    new: bool = False,
) -> Iterator[Target]:
    """The service that the options name, while the context is open. `new`: the emulator may begin without any state.

    Raises:
        click.UsageError: they name two.
        PackagerError: the emulator cannot be started, or has no state yet.
    """
    from packager.aws.session import Target  # noqa: PLC0415 - boto3 only when something is asked

    if not local:
        yield Target(region, profile, endpoint_url)
        return
    if endpoint_url:
        raise click.UsageError("--local and --endpoint-url do not go together")
    from packager.emulator import serve  # noqa: PLC0415 - only for `--local`

    path = Path(database) if database else emulator_database()
    if not new and not exists(path):
        raise PackagerError(f"the emulator has no state at `{path}`", "submit something with `--local` first")
    region = region or _LOCAL_REGION
    with serve(path, region=region, cache=cache) as running:
        yield Target(region, None, running.endpoint_url, static_credentials=True)
