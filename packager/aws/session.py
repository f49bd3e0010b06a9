"""Sessions and clients: credentials only through boto3's own chain, whose they are, and a host prefix only for hosts that can have one."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import boto3
import botocore.exceptions
from botocore.config import Config

from packager._version import __version__
from packager.aws.client import Client, credentials_error
from packager.aws.deadline import NO_DEADLINE, Deadline
from packager.errors import PackagerError, ServiceError


@dataclass(frozen=True, slots=True)
class Target:
    """Where to submit to; what is None comes from boto3's own chain.

    `static_credentials` is set only for the embedded emulator, which needs credentials but does not check them. `session` has the
    credentials that were already found. `endpoint_url` is that of HealthOmics, `storage_url` that of everything else.
    """

    region: str | None = None
    profile: str | None = None
    endpoint_url: str | None = None
    static_credentials: bool = False
    session: boto3.Session | None = None
    storage_url: str | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """How long one request of a client may take, how often it is sent, and how many connections are open at the same time."""

    connect_seconds: float = 10
    read_seconds: float = 60
    attempts: int = 5
    connections: int = 10


DEFAULT_LIMITS = Limits()


def omics_client(target: Target, deadline: Deadline = NO_DEADLINE) -> Client:
    """A client of HealthOmics.

    Raises:
        PackagerError: the profile does not exist, or the Region is unknown.
        ServiceError: the client cannot be created.
    """
    target = replace(target, session=session_of(target))  # making one takes longer than everything else here
    # botocore writes `workflows-` before the host, and no loopback name resolves with a prefix.
    known = target.endpoint_url is not None and is_loopback(target.endpoint_url)
    client = client_of(target, "omics", deadline=deadline, host_prefix=not known)
    if not known and is_loopback(client.endpoint_url):
        client.close()
        client = client_of(target, "omics", deadline=deadline, host_prefix=False)
    return client


def client_of(target: Target, service: str, *, deadline: Deadline = NO_DEADLINE, host_prefix: bool = True) -> Client:
    """A client of an AWS service, for a target's account and Region, with the target's endpoint for this service.

    Raises:
        PackagerError: the profile does not exist, or the Region is unknown.
        ServiceError: the client cannot be created.
    """
    endpoint = target.endpoint_url if service == "omics" else target.storage_url
    return create_client(session_of(target), service, deadline=deadline, endpoint_url=endpoint, host_prefix=host_prefix)


def session_of(target: Target) -> boto3.Session:
    """The session of a target, or a new one.

    Raises:
        PackagerError: the profile does not exist.
    """
    if target.session is not None:
        return target.session
    if target.static_credentials:
        return boto3.Session("emulator", "emulator", region_name=target.region)
    return open_session(target.profile, target.region)


def open_session(profile: str | None, region: str | None) -> boto3.Session:
    """A session of boto3.

    Raises:
        PackagerError: the profile does not exist.
    """
    try:
        return boto3.Session(profile_name=profile, region_name=region)
    except botocore.exceptions.ProfileNotFound as error:
        raise PackagerError(f"the AWS profile `{profile}` does not exist") from error


def signed_in(target: Target, deadline: Deadline = NO_DEADLINE) -> Target:
    """A target whose Region is known and whose credentials exist; nothing is sent to AWS for it.

    Raises:
        NoRegionError: the Region is unknown.
        PackagerError: the profile does not exist.
        ServiceError: credentials were not found, or cannot be retrieved.
    """
    session = open_session(target.profile, target.region)
    region_of(session)
    try:
        credentials = deadline.run("the search for credentials", session.get_credentials)
    except ServiceError:
        raise
    except Exception as error:  # a program or file that provides credentials can make botocore fail in many ways
        raise credentials_error(error) from error
    if credentials is None:
        raise credentials_error(None)
    return replace(target, session=session)


def region_of(session: boto3.Session) -> str:
    """The Region of a session.

    Raises:
        PackagerError: it is unknown.
    """
    if not session.region_name:
        raise _no_region()
    return str(session.region_name)


class NoRegionError(PackagerError):
    """The Region is unknown. Exit code 2."""


def _no_region() -> NoRegionError:
    return NoRegionError("the AWS Region is unknown", "use `--region`, or set `AWS_REGION`")


def create_client(
    session: boto3.Session,
    service: str,
    *,
    deadline: Deadline,
    region: str | None = None,
    limits: Limits | None = None,
    endpoint_url: str | None = None,
    host_prefix: bool = True,
) -> Client:
    """A client of a session for a service.

    Raises:
        PackagerError: the profile does not exist, or the Region is unknown.
        ServiceError: the client cannot be created, or the deadline has passed.
    """
    limits = limits or DEFAULT_LIMITS
    config = Config(
        connect_timeout=limits.connect_seconds,
        read_timeout=limits.read_seconds,
        retries={"mode": "standard", "total_max_attempts": limits.attempts},
        max_pool_connections=limits.connections,
        user_agent_extra=f"omics-packager/{__version__}",
        inject_host_prefix=None if host_prefix else False,
    )
    try:
        # A client looks for credentials when it is created: that may start a program of the user's, which can hang.
        boto = deadline.run(
            "the search for credentials",
            lambda: session.client(
                service,  # type: ignore[call-overload]  # the stubs list every service by its name
                region_name=region,
                endpoint_url=endpoint_url,
                config=config,
            ),
        )
    except botocore.exceptions.ProfileNotFound as error:
        raise PackagerError(f"the AWS profile `{session.profile_name}` does not exist") from error
    except botocore.exceptions.NoRegionError as error:
        raise _no_region() from error
    except (botocore.exceptions.BotoCoreError, ValueError) as error:
        raise ServiceError(f"cannot create a client for {service}: {error}") from error
    return Client(boto, deadline)


def is_loopback(url: str) -> bool:
    """Whether a URL's host is this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Caller:
    """Who the credentials belong to (STS API: GetCallerIdentity)."""

    account: str
    arn: str


def caller_of(target: Target, deadline: Deadline = NO_DEADLINE) -> Caller:
    """Whose credentials a target uses.

    Raises:
        ServiceError: STS refused or could not be reached.
    """
    client = client_of(target, "sts", deadline=deadline)
    try:
        answer = client.call("GetCallerIdentity", {})
    finally:
        client.close()
    return Caller(str(answer["Account"]), str(answer["Arn"]))


def check_account(caller: Caller, account: str) -> None:
    """Refuse credentials of another account.

    Raises:
        PackagerError: they are of another account.
    """
    if caller.account != account:
        raise PackagerError(
            f"the credentials belong to account {caller.account}, but the target is account {account}; nothing was sent",
            "use a profile of that account (`--profile`), or correct the target's `account`",
        )
