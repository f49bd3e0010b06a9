"""What a finished submission comes to: the service's own words as findings, and what is not as it was meant."""

from __future__ import annotations

from dataclasses import replace

from packager.aws.deliver.decision import Decision
from packager.aws.deliver.prepared import Parcel
from packager.aws.deliver.submission import FailedError, Submission
from packager.findings.codes import finding
from packager.findings.diagnostic import Diagnostic, Severity, Skipped, in_order
from packager.findings.policy import Policy
from packager.findings.policy import apply as apply_policy
from packager.findings.report import NO_FINDINGS, Report, merge
from packager.healthomics.deployed import ACTIVE, Deployed, differences
from packager.healthomics.request import Request
from packager.healthomics.status_messages import read as read_status_message


def beforehand(decision: Decision, policy: Policy) -> Report:
    """What is to be said of a decision: what a new version would lose, and a name that has no use."""
    from packager.rules import Facts, Subject  # noqa: PLC0415 - as above
    from packager.rules.run import run as run_rules  # noqa: PLC0415 - only where something is deployed

    request = decision.request
    if decision.unused_name is not None:
        message = f"the workflow is new: what is sent is its default version, and there is no version `{decision.unused_name}` yet"
        return Report((finding("REQ040", message, path=""),))
    if request.workflow_id is None:
        return NO_FINDINGS
    if decision.previous is None:
        return Report((), (Skipped("REQ036", "the caller may not see the versions of the workflow"),))
    facts = Facts(request=request, submission=request, deployed=decision.previous)
    return apply_policy(run_rules(facts, {Subject.DEPLOYED}), policy, lambda path: path)


def reason(deployed: Deployed) -> str:
    """Why something has FAILED, in a few words."""
    said = read_status_message(deployed.status_message, status=deployed.status, engine=deployed.settings.engine)
    return next((one.message for one in said if one.severity is Severity.ERROR), "no reason was given")


def judged(submission: Submission, parcel: Parcel | None) -> Submission:
    """A finished submission with its findings; `parcel` is what was sent, None if it was only looked at.

    Raises:
        FailedError: it is not ACTIVE, or is not what was meant.
    """
    deployed = submission.deployed
    said = read_status_message(deployed.status_message, status=deployed.status, engine=deployed.settings.engine)
    unmeant = _unmeant(deployed, submission.request, parcel) if parcel is not None and deployed.status == ACTIVE else []
    submission = replace(submission, report=merge(submission.report, Report(tuple(said)), Report(in_order(unmeant))))
    if deployed.status != ACTIVE:
        raise FailedError(submission, f"the workflow became {deployed.status}: {reason(deployed)}")
    if unmeant:
        raise FailedError(submission, f"the {deployed.label} is ACTIVE, but not what was meant: {unmeant[0].message}")
    return submission


def _unmeant(deployed: Deployed, request: Request, parcel: Parcel) -> list[Diagnostic]:
    """In what an ACTIVE workflow or version is not as the request said."""
    differing = differences(request, deployed, lasting=True)
    if {request.engine, deployed.settings.engine} == {
        "WDL",
        "WDL_LENIENT",
    }:  # how the lenient one is shown is not documented
        differing = [name for name in differing if name != "engine"]
    shown = {"engine": deployed.settings.engine, "main": deployed.settings.main}
    found = [
        finding(
            "REQ038",
            f"`{name}` is {f'`{shown[name]}`' if shown.get(name) else 'another'}, not as it was sent",
            path="",
            subject=name,
        )
        for name in differing
    ]
    missing = [name for name in parcel.profiles if deployed.profiles and name not in deployed.profiles]
    found += [finding("REQ038", f"the service knows no profile `{name}`", path="", subject=name) for name in missing]
    return found
