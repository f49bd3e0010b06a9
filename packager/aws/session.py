"""Clients: credentials only through boto3's own chain, and a host prefix only where a host can bear it."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
import botocore.exceptions
from botocore.config import Config

from packager import __version__
from packager.aws.answers import bound
from packager.aws.deadline import NO_DEADLINE, Bounded, Deadline
from packager.diagnostics import PackagerError, ServiceError

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient

_CONNECT_SECONDS = 10
_READ_SECONDS = 60
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Target:
    """Where to submit to; what is None comes from boto3's own chain.

    `static_credentials` is set for the embedded emulator alone, which needs some but checks none.
    """

    region: str | None = None
    profile: str | None = None
    endpoint_url: str | None = None
    static_credentials: bool = False


def omics_client(target: Target, deadline: Deadline = NO_DEADLINE) -> OmicsClient:
    """A client of the service, whose calls end at the deadline.

    Raises:
        PackagerError: no such profile, or no Region.
        ServiceError: the client cannot be made.
    """
    client: OmicsClient = client_of(target, "omics", deadline=deadline)
    if is_loopback(client.meta.endpoint_url):
        # botocore writes `workflows-` before the host, which no loopback name survives.
        client.meta.config.inject_host_prefix = False
    return client


def client_of(target: Target, service: str, config: Config | None = None, *, deadline: Deadline = NO_DEADLINE) -> Any:
    """A client of a service of AWS, for a target's account and Region, whose calls end at the deadline.

    The target's endpoint is that of HealthOmics alone.

    Raises:
        PackagerError: no such profile, or no Region.
        ServiceError: the client cannot be made.
    """
    endpoint = target.endpoint_url if service == "omics" else None
    try:
        if target.static_credentials:
            session = boto3.Session("emulator", "emulator", region_name=target.region)
        else:
            session = boto3.Session(profile_name=target.profile, region_name=target.region)
        # A client looks for credentials when it is made: a program of the user's may be asked for them, and hang.
        client: Any = deadline.run(
            "the look for credentials",
            lambda: session.client(
                service,  # type: ignore[call-overload]  # the stubs list every service by its name
                endpoint_url=endpoint,
                config=_config().merge(config) if config else _config(),
            ),
        )
    except botocore.exceptions.ProfileNotFound as error:
        raise PackagerError(f"the AWS profile `{target.profile}` does not exist") from error
    except botocore.exceptions.NoRegionError as error:
        raise PackagerError("no AWS Region is known", "give `--region`, or set `AWS_REGION`") from error
    except (botocore.exceptions.BotoCoreError, ValueError) as error:
        raise ServiceError(f"cannot reach AWS: {error}") from error
    bound(client)
    return Bounded(client, deadline)


def _config() -> Config:
    return Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
        user_agent_extra=f"omics-packager/{__version__}",
    )


def is_loopback(url: str) -> bool:
    """Whether a URL's host is this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
