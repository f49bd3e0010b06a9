"""Waiting until the service has made up its mind, with growing pauses and a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from packager.aws.calls import WrongAnswerError, error_code
from packager.aws.deadline import Deadline, OutOfTimeError
from packager.aws.deliver import deployments
from packager.errors import ServiceError
from packager.healthomics.deployed import Deployed

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient

_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 15.0
_PAUSE_GROWTH = 1.5
# What may pass while a creation goes on: the question is put again. Botocore has tried each a few times already.
_PASSING = ("", "ThrottlingException", "InternalServerException", "RequestTimeoutException", "ServiceUnavailable")


def settle(client: OmicsClient, deployed: Deployed, deadline: Deadline, say: Callable[[str], None]) -> Deployed:
    """A workflow or version when it is no more CREATING, or as it is when the time has run out.

    Raises:
        ServiceError: the service refused to tell.
    """
    pause = _FIRST_PAUSE_SECONDS
    while not deployed.finished and deadline.left:
        time.sleep(min(pause, deadline.left))
        pause = min(pause * _PAUSE_GROWTH, _LONGEST_PAUSE_SECONDS)
        try:
            seen = deployments.get(client, deployed.workflow_id, deployed.version_name)
        except OutOfTimeError:
            break
        except ServiceError as error:
            if isinstance(error, WrongAnswerError) or error_code(error.__cause__) not in _PASSING:
                raise
            say(f"{deployed.label}: {error.message}; asking again")
            continue
        if seen.status != deployed.status:
            say(f"{deployed.label}: {seen.status}")
        deployed = seen
    return deployed
