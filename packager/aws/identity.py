"""Whose credentials are used, and whether they belong to the target account."""

from __future__ import annotations

from dataclasses import dataclass

from packager.aws.deadline import NO_DEADLINE, Deadline
from packager.aws.session import Target, client_of
from packager.errors import PackagerError


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
