"""How a request is delivered: where its files go, how long to wait, and what must hold before anything is sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packager.aws.deliver.prepared import Parcel
from packager.aws.deliver.staging import Progress, Staging
from packager.aws.deliver.submission import Submission
from packager.aws.identity import Caller
from packager.aws.session import Target
from packager.healthomics.deployed import Deployed
from packager.healthomics.request import Request

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient


@dataclass(frozen=True, slots=True)
class Delivery:
    """How to deliver.

    `timeout` in seconds bounds all that is asked, sent and waited for. `staging` is a place on S3 for what is too large for a request,
    and `staged` names what goes there anyway. `account`: the credentials must be of this one. `carry_over`: what the newest version
    has and the request does not name is taken along. `replace_failed`: a FAILED version of the chosen name is deleted first.
    `identify`: find out who the caller is, for a record.
    """

    wait: bool = True
    timeout: float = 600
    staging: Staging | None = None
    staged: frozenset[str] = frozenset()
    account: str | None = None
    carry_over: bool = False
    replace_failed: bool = False
    identify: bool = False


Created = Callable[[Submission], None]


def ignore(_: Submission) -> None:
    """For who does not need to know what was created before all is done."""


@dataclass(frozen=True, slots=True)
class Task:
    """One submission under way: what its steps share.

    `caller` is None where it is not known. `created` is called as soon as something was created, and whenever more is known of it.
    """

    client: OmicsClient
    parcel: Parcel
    target: Target
    caller: Caller | None
    say: Progress
    created: Created = ignore

    @property
    def region(self) -> str:
        """The Region that the client asks."""
        return self.client.meta.region_name

    def submission(self, action: str, deployed: Deployed, request: Request) -> Submission:
        """What has become of it so far."""
        return Submission(action, deployed, request, self.region, self.caller.arn if self.caller else None)
