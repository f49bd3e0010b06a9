"""Create, version or reuse: what a request comes to, given what is deployed. Nothing here changes anything.

By `workflow_id`, or by the exact name among the account's own workflows. None of that name: a new workflow. One: a version of it,
unless it or one of its versions is the same already. What has FAILED never counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from packager.aws.calls import error_code
from packager.aws.deadline import deadline_of
from packager.aws.deliver import comparison, deployments
from packager.aws.deliver.prepared import Parcel
from packager.errors import PackagerError, ServiceError
from packager.healthomics.deployed import ACTIVE, FAILED, Deployed, carried_over
from packager.healthomics.request import Request, request_id
from packager.healthomics.version_names import another_attempt

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient

Settle = Callable[[Deployed], Deployed]

_MOST_ATTEMPTS = 100
_GONE = (FAILED, "DELETED")


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do: `existing` is there already and the same; else `request` is to be sent.

    `previous` is the version that a new one follows, None if there is none or it may not be seen. `failed` has the chosen name, and
    has FAILED. `known` identifies what was there before (`identity`). `unused_name` is a version's name that a new workflow has no use for.
    """

    request: Request
    existing: Deployed | None = None
    previous: Deployed | None = None
    failed: Deployed | None = None
    known: frozenset[str] = frozenset()
    unused_name: str | None = None


def identity(deployed: Deployed) -> str:
    """What no other workflow or version has, whenever it was made: a workflow's id, a version's UUID."""
    return deployed.workflow_id if deployed.version_name is None else deployed.uuid or deployed.arn


def decide(client: OmicsClient, parcel: Parcel, settle: Settle, *, carry_over: bool = False) -> Decision:
    """What a parcel comes to. `settle` waits for one that is still CREATING; `carry_over` takes along what it would lose.

    Raises:
        PackagerError: several workflows have the name.
        ServiceError: the service refused, or a version of that name has another content.
    """
    request = parcel.request
    if request.workflow_id is not None:
        if carry_over:
            parcel = _carrying(client, parcel, request.workflow_id)
        return _version(client, parcel, request.workflow_id, settle, named=False)
    there = deployments.private_workflows_named(client, request.name)
    workflow = _only_one(there, request.name)
    if workflow is not None:
        if carry_over:
            parcel = _carrying(client, parcel, workflow.workflow_id)
            request = parcel.request
        workflow = deployments.get(client, workflow.workflow_id)
        if _same_in_creation(client, parcel, workflow):
            return Decision(request, workflow)
        workflow = settle(workflow)
    if workflow is None or workflow.status in _GONE:
        return Decision(
            replace(request, version_name=None),
            known=frozenset(map(identity, there)),
            unused_name=request.version_name,
        )
    return _version(client, parcel, workflow.workflow_id, settle, named=True)


def _carrying(client: OmicsClient, parcel: Parcel, workflow_id: str) -> Parcel:
    """A parcel with what the newest version has and it does not name; the version's automatic name stays what it was."""
    previous = deployments.newest(client, workflow_id, export=("README",))
    request = carried_over(parcel.request, comparison.with_readme(previous, deadline_of(client)))
    return replace(parcel, request=request if parcel.fixed_request_id else with_token(request))


def with_token(request: Request, attempt: int = 0) -> Request:
    """A request with the idempotency token of its content."""
    bare = replace(request, request_id=None)
    return replace(request, request_id=request_id(bare, attempt))


def _only_one(workflows: list[Deployed], name: str | None) -> Deployed | None:
    """The workflow of a name, among what has not FAILED. What has no name is never taken for the same."""
    found = [one for one in workflows if one.status not in _GONE and name is not None]
    if len(found) > 1:
        listed = ", ".join(f"{one.workflow_id} ({one.status})" for one in found)
        raise PackagerError(
            f"{len(found)} workflows are named `{name}`: {listed}",
            "say which one with `--workflow-id`, or use another `--name`",
        )
    return found[0] if found else None


def other_workflows(client: OmicsClient, name: str, workflow_id: str) -> list[Deployed]:
    """Further workflows of a name, such as one that somebody else made at the same moment."""
    found = deployments.private_workflows_named(client, name)
    return [one for one in found if one.status not in _GONE and one.workflow_id != workflow_id]


def _version(client: OmicsClient, parcel: Parcel, workflow_id: str, settle: Settle, *, named: bool) -> Decision:
    explicit = parcel.request.version_name
    if explicit is None:
        same = _same_already(client, parcel, workflow_id)
    elif named and not deployments.versions(client, workflow_id):
        same = _same_as(client, parcel, deployments.get(client, workflow_id))  # an earlier run of the same command
    else:
        same = None
    if same is not None:
        return Decision(parcel.request, same)
    return _new_version(client, parcel, workflow_id, settle, explicit)


def _new_version(
    client: OmicsClient, parcel: Parcel, workflow_id: str, settle: Settle, explicit: str | None
) -> Decision:
    for name in [explicit] if explicit is not None else _names(parcel.version_name):
        request = replace(parcel.request, workflow_id=workflow_id, name=None, version_name=name)
        if not parcel.fixed_request_id:
            request = with_token(request)
        there = version_or_none(client, workflow_id, name)
        if there is not None and _same_in_creation(client, parcel, there):
            return Decision(request, there)
        there = settle(there) if there is not None else None
        if there is not None and there.status == FAILED and explicit is None:
            continue
        if there is None or there.status in _GONE:
            known = frozenset([identity(there)] if there is not None else [])
            failed = there if there is not None and there.status == FAILED else None
            return Decision(request, None, _previous(client, workflow_id), failed, known)
        difference = comparison.differing(client, parcel, there)
        if not difference:
            return Decision(request, there)
        if difference == [comparison.UNKNOWN]:  # the service knows by the request's token whether it is the same
            return Decision(request, None, _previous(client, workflow_id), known=frozenset([identity(there)]))
        raise taken(there, difference, chosen=explicit is not None)
    raise ServiceError(f"{_MOST_ATTEMPTS} versions named after `{parcel.version_name}` have FAILED", "see why they did")


def _same_in_creation(client: OmicsClient, parcel: Parcel, deployed: Deployed) -> bool:
    """Whether one that is still CREATING is what would be sent, so that nobody needs to wait before that is known."""
    return not deployed.finished and not comparison.differing(client, parcel, deployed)


def _names(name: str) -> Iterator[str]:
    yield name
    for number in range(2, _MOST_ATTEMPTS + 1):
        yield another_attempt(name, number)


def taken(there: Deployed, difference: list[str], *, chosen: bool) -> ServiceError:
    """The error that a version's name is taken by another one."""
    hint = "versions cannot be changed: choose another `--version-name`"
    if not chosen:
        hint = "the name comes from the Git tag or the content: give `--version-name`, or tag the commit anew"
    return ServiceError(f"the {there.label} exists already and differs in {', '.join(difference)}", hint)


def version_or_none(client: OmicsClient, workflow_id: str, name: str) -> Deployed | None:
    """A version, or None if there is none of that name."""
    try:
        return deployments.get(client, workflow_id, name)
    except ServiceError as error:
        if error_code(error.__cause__) != "ResourceNotFoundException":
            raise
        return None


def _same_already(client: OmicsClient, parcel: Parcel, workflow_id: str) -> Deployed | None:
    """The newest version that is the same, or the workflow itself if it is."""
    items = [one for one in deployments.versions(client, workflow_id) if one.status == ACTIVE]
    definition = parcel.request.definition_zip
    likely = [
        one
        for number, one in enumerate(reversed(items))
        if number == 0 or (definition is not None and one.digest == definition.sha256)
    ]
    for one in likely:
        same = _same_as(client, parcel, deployments.get(client, workflow_id, one.version_name))
        if same is not None:
            return same
    return _same_as(client, parcel, deployments.get(client, workflow_id))


def _same_as(client: OmicsClient, parcel: Parcel, deployed: Deployed) -> Deployed | None:
    if deployed.status not in (ACTIVE, "CREATING") or comparison.differing(client, parcel, deployed):
        return None
    return deployed


def _previous(client: OmicsClient, workflow_id: str) -> Deployed | None:
    """The newest version, to compare with; None if the caller may not see it."""
    try:
        return deployments.newest(client, workflow_id, export=("README",))
    except ServiceError as error:
        if error_code(error.__cause__) != "AccessDeniedException":
            raise
        return None
