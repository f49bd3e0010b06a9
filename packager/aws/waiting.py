"""Waiting until the service has made up its mind, with growing pauses and a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packager.aws import deployments
from packager.aws.calls import error_code
from packager.deployed import Deployed
from packager.diagnostics import ServiceError

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient

_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 15.0
_PAUSE_GROWTH = 1.5
# What may pass while a creation goes on: the question is put again. Botocore has tried each a few times already.
_PASSING = ("", "ThrottlingException", "InternalServerException", "RequestTimeoutException", "ServiceUnavailable")


@dataclass(frozen=True, slots=True)
class Deadline:
    """A point in time by the monotonic clock, and the seconds that there were until then."""

    at: float
    seconds: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        """So many seconds from now."""
        return cls(time.monotonic() + seconds, seconds)

    @property
    def left(self) -> float:
        """The seconds that are left."""
        return max(0.0, self.at - time.monotonic())


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
        except ServiceError as error:
            if error_code(error.__cause__) not in _PASSING:
                raise
            say(f"{deployed.label}: {error.message}; asking again")
            continue
        if seen.status != deployed.status:
            say(f"{deployed.label}: {seen.status}")
        deployed = seen
    return deployed
