"""Which service a command talks to: AWS, another endpoint, or the embedded emulator."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from packager.cli.options import Decorator, file_option, joined, profile_option
from packager.errors import PackagerError
from packager.files import exists
from packager.render.next_steps import WorkflowNames, instead_of_aws

if TYPE_CHECKING:
    from packager.aws.session import Target
    from packager.cache import Cache

_LOCAL_REGION = "us-east-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceArguments:
    """The service to talk to; `database` is the file of the embedded emulator's state."""

    profile: str | None
    endpoint_url: str | None
    local: bool
    database: str | None

    def flags(self) -> dict[str, str | bool | None]:
        """The values by the names of the flags, for a command line that talks to the same service."""
        return {
            "--profile": self.profile,
            "--endpoint-url": self.endpoint_url,
            "--local": self.local,
            "--db": self.database,
        }


service_options: Decorator = joined(
    profile_option,
    click.option("--endpoint-url", metavar="URL", help="Endpoint URL of the service."),
    click.option("--local", is_flag=True, help="Use the embedded emulator instead of AWS; needs no account."),
    file_option("--db", "database", help="State file of the embedded emulator; needs `--local`."),
)


def _seconds(_: click.Context, __: click.Parameter, value: float) -> float:
    if not math.isfinite(value):
        raise click.BadParameter("expected a number of seconds")
    return value


timeout_option: Decorator = click.option(
    "--timeout",
    type=click.FloatRange(min=0),
    default=600,
    show_default=True,
    metavar="SECONDS",
    callback=_seconds,
    help="Maximum time for the whole command.",
)


def look_for_service(
    region: str | None, options: ServiceArguments, names: WorkflowNames, *, timeout: float
) -> Target | None:
    """The service with a Region and credentials, before a workflow is checked; None for the embedded emulator. Nothing is sent.

    Raises:
        PackagerError: the Region is unknown.
        ServiceError: credentials were not found.
    """
    if options.local:
        return None
    from packager.aws.client import CallError, Failure  # noqa: PLC0415 - boto3 only when the service is asked
    from packager.aws.deadline import Deadline  # noqa: PLC0415 - as above
    from packager.aws.session import NoRegionError, Target, signed_in  # noqa: PLC0415 - as above

    try:
        return signed_in(Target(region, options.profile, options.endpoint_url), Deadline.after(timeout))
    except NoRegionError as error:
        raise NoRegionError(error.message, _without_account(error.hint, names)) from error
    except CallError as error:
        if error.failure is not Failure.NO_CREDENTIALS:
            raise
        raise CallError(error.message, _without_account(error.hint, names), error.failure) from error


def _without_account(hint: str, names: WorkflowNames) -> str:
    return f"{hint}; without an account: `{instead_of_aws(names)}`"


@contextlib.contextmanager
def open_service(
    region: str | None,
    options: ServiceArguments,
    *,
    cache: Cache | None = None,
    new: bool = False,
    known: Target | None = None,
) -> Iterator[Target]:
    """The service that the options name, while the context is open.

    `new`: the emulator may start without any state. `known`: the service, if it was already looked for (`look_for_service`).

    Raises:
        click.UsageError: they name two services.
        PackagerError: the emulator cannot be started, or has no state yet.
    """
    from packager.aws.session import Target  # noqa: PLC0415 - boto3 only when the service is asked

    if not options.local:
        yield known or Target(region, options.profile, options.endpoint_url)
        return
    if options.endpoint_url:
        raise click.UsageError("--local and --endpoint-url cannot be used together")
    from packager.emulator import EmulatorOptions, serve  # noqa: PLC0415 - http.server only with `--local`

    path = Path(options.database) if options.database else emulator_database()
    if not new and not exists(path):
        raise PackagerError(f"the emulator has no state at `{path}`", "submit a workflow with `--local` first")
    region = region or _LOCAL_REGION
    with serve(path, EmulatorOptions(region=region), cache=cache) as running:
        yield Target(region, None, running.endpoint_url, static_credentials=True)


def emulator_database() -> Path:
    """The default file of the embedded emulator's state, in the user's data folder.

    Raises:
        PackagerError: the folder cannot be created.
    """
    import platformdirs  # noqa: PLC0415 - only for the emulator

    folder = Path(platformdirs.user_data_dir("omics-packager", appauthor=False))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PackagerError(
            f"cannot create the folder `{folder}`: {(error.strerror or str(error)).lower()}", "name a file with `--db`"
        ) from error
    return folder / "emulator.sqlite"
