"""Whose credentials are used, and whether they are those of the account that is meant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import botocore.exceptions

from packager.aws.answers import reason_of, shortened
from packager.aws.deadline import NO_DEADLINE, Deadline
from packager.aws.session import Target, client_of
from packager.errors import PackagerError, ServiceError


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
    client: Any = client_of(target, "sts", deadline=deadline)
    try:
        answer: Any = client.get_caller_identity()
        return Caller(str(answer["Account"]), str(answer["Arn"]))
    except botocore.exceptions.NoCredentialsError as error:
        raise ServiceError("no AWS credentials were found", "log in first, or give `--profile`") from error
    except botocore.exceptions.ClientError as error:
        code = error.response.get("Error", {}).get("Code", "Unknown")
        raise ServiceError(
            f"STS GetCallerIdentity was refused: {code}: {reason_of(error)}", "renew the credentials"
        ) from error
    except ServiceError:
        raise
    except Exception as error:  # a broken answer trips botocore's parser in many ways
        raise ServiceError(
            f"STS GetCallerIdentity did not get an answer: {shortened(str(error))}", "nothing was sent"
        ) from error
    finally:
        client.close()


def check_account(caller: Caller, account: str) -> None:
    """The credentials must be of the account that is meant.

    Raises:
        PackagerError: they are not.
    """
    if caller.account != account:
        raise PackagerError(
            f"the credentials are of account {caller.account}, the workflow is meant for {account}; nothing was sent",
            "use a profile of that account (`--profile`), or correct the target's `account`",
        )
