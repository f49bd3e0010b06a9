"""What became of a request, and the errors that have it."""

from __future__ import annotations

from dataclasses import dataclass

from packager.errors import ServiceError, StillCreatingError
from packager.findings.report import NO_FINDINGS, Report
from packager.healthomics.deployed import Deployed
from packager.healthomics.request import Request


@dataclass(frozen=True, slots=True)
class Submission:
    """A workflow or version as it is now, and how it came to be.

    `action` is `created`, `reused` when it was there already, or `seen` when it was only looked at. `caller` is the ARN of whoever
    sent it, None if that is not known. `report` is what the service said and what differs from what was meant.
    """

    action: str
    deployed: Deployed
    request: Request
    region: str
    caller: str | None = None
    report: Report = NO_FINDINGS

    @property
    def workflow_id(self) -> str:
        """The workflow's id."""
        return self.deployed.workflow_id

    @property
    def version_name(self) -> str | None:
        """The version's name; None for the workflow itself."""
        return self.deployed.version_name

    @property
    def arn(self) -> str:
        """The ARN of the workflow or version."""
        return self.deployed.arn

    @property
    def uuid(self) -> str | None:
        """The service's UUID of it."""
        return self.deployed.uuid

    @property
    def tags(self) -> tuple[tuple[str, str], ...]:
        """Its tags, sorted."""
        return self.deployed.settings.tags or ()

    @property
    def status(self) -> str:
        """CREATING, ACTIVE, FAILED, ..."""
        return self.deployed.status

    @property
    def status_message(self) -> str:
        """The service's own words; empty if there are none."""
        return self.deployed.status_message

    @property
    def account(self) -> str:
        """The account that it is in."""
        return self.deployed.account


class FailedError(ServiceError):
    """The workflow became FAILED (or ended otherwise); `submission` has the service's words."""

    def __init__(self, submission: Submission, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.submission = submission


class UnfinishedError(StillCreatingError):
    """Still CREATING when the time ran out; `submission` says what."""

    def __init__(self, submission: Submission, seconds: float) -> None:
        super().__init__(f"the {submission.deployed.label} is still {submission.status} after {seconds:.0f} s")
        self.submission = submission


class InterruptedWaitError(KeyboardInterrupt):
    """The user interrupted the waiting; `submission` says what was created."""

    def __init__(self, submission: Submission) -> None:
        super().__init__()
        self.submission = submission
