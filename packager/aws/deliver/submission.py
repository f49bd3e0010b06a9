"""What became of a request: the submission, its findings, and the errors that carry it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from packager.aws.deliver.prepared import PreparedRequest, Progress, Watch, unwatched
from packager.errors import ServiceError, StillCreatingError
from packager.findings.codes import finding
from packager.findings.diagnostic import Diagnostic, Severity, Skipped, in_order
from packager.findings.overrides import Policy
from packager.findings.overrides import apply as apply_policy
from packager.findings.report import NO_FINDINGS, Report, merge
from packager.healthomics.deployed import ACTIVE, Deployed, differences
from packager.healthomics.request import Request
from packager.healthomics.status_messages import read as read_status_message

if TYPE_CHECKING:
    from packager.aws.client import Client
    from packager.aws.deliver.decision import Decision
    from packager.aws.session import Caller, Target


@dataclass(frozen=True, slots=True)
class Submission:
    """A workflow or version as it is now, and how it was made.

    `action` is `created`, `reused` if it existed already, or `seen` if nothing was sent. `caller` is the ARN of who sent it, None if
    that is unknown. `report` has the service's messages, and what differs from the request.
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
        """The UUID that the service gave it."""
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


Created = Callable[[Submission], None]


def ignore(_: Submission) -> None:
    """Do nothing, for a caller that needs no news before the end."""


@dataclass(frozen=True, slots=True)
class DeliveryContext:
    """What the steps of one delivery share.

    `caller` is None if it is unknown. `created` is called as soon as something was created, and whenever more is known about it.
    """

    client: Client
    prepared: PreparedRequest
    target: Target
    caller: Caller | None
    say: Progress
    created: Created = ignore
    watch: Watch = unwatched

    def submission(self, action: str, deployed: Deployed, request: Request) -> Submission:
        """The submission as it is so far."""
        return Submission(action, deployed, request, self.client.region, self.caller.arn if self.caller else None)


class FailedError(ServiceError):
    """The workflow became FAILED (or ended in another way than ACTIVE); `submission` has the service's words."""

    def __init__(self, submission: Submission, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.submission = submission


class UnfinishedError(StillCreatingError):
    """Still CREATING when the time ran out."""

    def __init__(self, submission: Submission, seconds: float) -> None:
        waited = f" after {seconds:.0f} s" if seconds else ""
        super().__init__(f"the {submission.deployed.label} is still {submission.status}{waited}")
        self.submission = submission


class InterruptedWaitError(KeyboardInterrupt):
    """The user interrupted the waiting; `submission` is what was created."""

    def __init__(self, submission: Submission) -> None:
        super().__init__()
        self.submission = submission


def preview(decision: Decision, policy: Policy) -> Report:
    """Findings about a decision: settings that a new version would lose, and a version name that is not used."""
    from packager.rules import Facts, Subject  # noqa: PLC0415 - as below
    from packager.rules.run import run as run_rules  # noqa: PLC0415 - the rules are needed only for a new version

    request = decision.request
    if decision.unused_name is not None:
        message = f"the workflow is new: the version name `{decision.unused_name}` is not used, because its first version has no name"
        return Report((finding("REQ040", message, path=""),))
    if request.workflow_id is None:
        return NO_FINDINGS
    if decision.previous is None:
        return Report((), (Skipped("REQ036", "the caller has no permission to list the versions of the workflow"),))
    facts = Facts(request=request, submission=request, deployed=decision.previous)
    return apply_policy(run_rules(facts, {Subject.DEPLOYED}), policy, lambda path: path)


def failure_reason(deployed: Deployed) -> str:
    """Why it has FAILED, in a few words."""
    return next(
        (message.message for message in _messages(deployed) if message.severity is Severity.ERROR),
        "the service gave no reason",
    )


def _messages(deployed: Deployed) -> tuple[Diagnostic, ...]:
    return read_status_message(deployed.status_message, status=deployed.status, engine=deployed.settings.engine)


def concluded(submission: Submission, prepared: PreparedRequest | None) -> Submission:
    """A finished submission with its findings; `prepared` is what was sent, None if nothing was.

    Raises:
        FailedError: it is not ACTIVE, or differs from what was sent.
    """
    deployed = submission.deployed
    deviations = []
    if prepared is not None and deployed.status == ACTIVE:
        deviations = _deviations(deployed, submission.request, prepared)
    report = merge(submission.report, Report(_messages(deployed)), Report(in_order(deviations)))
    submission = replace(submission, report=report)
    if deployed.status != ACTIVE:
        raise FailedError(submission, f"the workflow became {deployed.status}: {failure_reason(deployed)}")
    if deviations:
        raise FailedError(
            submission, f"the {deployed.label} is ACTIVE, but differs from the request: {deviations[0].message}"
        )
    return submission


def _deviations(deployed: Deployed, request: Request, prepared: PreparedRequest) -> list[Diagnostic]:
    """How an ACTIVE workflow or version differs from the request."""
    differing = differences(request, deployed, lasting=True)
    if {request.engine, deployed.settings.engine} == {"WDL", "WDL_LENIENT"}:
        # It is not documented how the service shows the lenient engine.
        differing = [name for name in differing if name != "engine"]
    shown = {"engine": deployed.settings.engine, "main": deployed.settings.main}
    diagnostics = [
        finding(
            "REQ038",
            f"`{name}` is {f'`{shown[name]}`, ' if shown.get(name) else ''}not what was sent",
            path="",
            subject=name,
        )
        for name in differing
    ]
    missing = [name for name in prepared.profiles if deployed.profiles and name not in deployed.profiles]
    return diagnostics + [
        finding("REQ038", f"the service does not list the profile `{name}`", path="", subject=name) for name in missing
    ]
