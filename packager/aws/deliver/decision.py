"""Create a workflow, create a version, or reuse: the decision about a request, by what is deployed. Nothing here changes anything.

The workflow is found by `workflow_id`, or by the exact name among the account's own workflows. Without one, a new workflow is created.
Otherwise a version of it, unless it or one of its versions is the same already. What has FAILED is ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from packager.aws.client import Client, error_code
from packager.aws.deliver import comparison, deployments
from packager.aws.deliver.deployments import GONE
from packager.aws.deliver.download import with_readme
from packager.aws.deliver.prepared import PreparedRequest
from packager.errors import ServiceError
from packager.healthomics.deployed import ACTIVE, FAILED, Deployed, carried_over
from packager.healthomics.request import Request
from packager.healthomics.request_identity import next_attempt_name, request_id

Settle = Callable[[Deployed], Deployed]

_MOST_ATTEMPTS = 100


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do: reuse `existing`, which is the same; if it is None, send `request`.

    `previous` is the version that a new one follows, None if none exists or the caller may not see it. `failed` has the chosen
    name, and has FAILED. `known` identifies what existed before (`identity`). `unused_name` is the name of a version that a new
    workflow does not get.
    """

    request: Request
    existing: Deployed | None = None
    previous: Deployed | None = None
    failed: Deployed | None = None
    known: frozenset[str] = frozenset()
    unused_name: str | None = None


def identity(deployed: Deployed) -> str:
    """What no other workflow or version ever has: a workflow's id, a version's UUID."""
    return deployed.workflow_id if deployed.version_name is None else deployed.uuid or deployed.arn


def decide(client: Client, prepared: PreparedRequest, settle: Settle, *, carry_over: bool = False) -> Decision:
    """The decision about a prepared request. `settle` waits for a workflow that is still CREATING; `carry_over` as in the options.

    Raises:
        PackagerError: more than one workflow has the name.
        ServiceError: the service refused, or a version of that name has other content.
    """
    request = prepared.request
    if request.workflow_id is not None:
        if carry_over:
            prepared = _carrying_over(client, prepared, request.workflow_id)
        return _version(client, prepared, request.workflow_id, settle, named=False)
    namesakes = deployments.private_workflows_named(client, request.name)
    workflow = deployments.choose_workflow(namesakes, request.name)
    if workflow is not None:
        if carry_over:
            prepared = _carrying_over(client, prepared, workflow.workflow_id)
            request = prepared.request
        workflow = deployments.get(client, workflow.workflow_id)
        if _same_in_creation(client, prepared, workflow):
            return Decision(request, workflow)
        workflow = settle(workflow)
    if workflow is None or workflow.status in GONE:
        return Decision(
            replace(request, version_name=None),
            known=frozenset(map(identity, namesakes)),
            unused_name=request.version_name,
        )
    return _version(client, prepared, workflow.workflow_id, settle, named=True)


def _carrying_over(client: Client, prepared: PreparedRequest, workflow_id: str) -> PreparedRequest:
    """The prepared request with the settings of the newest version that it does not set; the version's automatic name stays."""
    previous = deployments.newest(client, workflow_id, export=("README",))
    request = carried_over(prepared.request, with_readme(previous, client.deadline))
    return replace(prepared, request=request if prepared.fixed_request_id else with_token(request))


def with_token(request: Request, attempt: int = 0) -> Request:
    """The request with the idempotency token of its content."""
    return replace(request, request_id=request_id(request, attempt))


def other_workflows(client: Client, name: str, workflow_id: str) -> list[Deployed]:
    """Other workflows of a name, such as one that was created by someone else at the same moment."""
    workflows = deployments.private_workflows_named(client, name)
    return [workflow for workflow in workflows if workflow.status not in GONE and workflow.workflow_id != workflow_id]


def _version(client: Client, prepared: PreparedRequest, workflow_id: str, settle: Settle, *, named: bool) -> Decision:
    explicit = prepared.request.version_name
    if explicit is None:
        same = _same_already(client, prepared, workflow_id)
    elif named and not deployments.versions(client, workflow_id):
        same = _same_as(client, prepared, deployments.get(client, workflow_id))  # an earlier run of the same command
    else:
        same = None
    if same is not None:
        return Decision(prepared.request, same)
    return _new_version(client, prepared, workflow_id, settle, explicit)


def _new_version(
    client: Client, prepared: PreparedRequest, workflow_id: str, settle: Settle, explicit: str | None
) -> Decision:
    for name in [explicit] if explicit is not None else _names(prepared.version_name):
        request = replace(prepared.request, workflow_id=workflow_id, name=None, version_name=name)
        if not prepared.fixed_request_id:
            request = with_token(request)
        existing = deployments.find_version(client, workflow_id, name)
        if existing is not None and _same_in_creation(client, prepared, existing):
            return Decision(request, existing)
        existing = settle(existing) if existing is not None else None
        if existing is not None and existing.status == FAILED and explicit is None:
            continue
        if existing is None or existing.status in GONE:
            known = frozenset([identity(existing)] if existing is not None else [])
            failed = existing if existing is not None and existing.status == FAILED else None
            return Decision(request, None, _previous(client, workflow_id), failed, known)
        difference = comparison.differing(client, prepared, existing)
        if not difference:
            return Decision(request, existing)
        if difference == [comparison.UNKNOWN]:  # the service knows by the request's token whether it is the same
            return Decision(request, None, _previous(client, workflow_id), known=frozenset([identity(existing)]))
        raise name_taken(existing, difference, chosen=explicit is not None)
    raise ServiceError(
        f"{_MOST_ATTEMPTS} versions named after `{prepared.version_name}` have FAILED",
        "see the reasons with `packager status`, or choose another `--version-name`",
    )


def _same_in_creation(client: Client, prepared: PreparedRequest, deployed: Deployed) -> bool:
    """Whether a workflow that is still CREATING equals what would be sent, so that nobody has to wait to find out."""
    return not deployed.finished and not comparison.differing(client, prepared, deployed)


def _names(name: str) -> Iterator[str]:
    yield name
    for number in range(2, _MOST_ATTEMPTS + 1):
        yield next_attempt_name(name, number)


def name_taken(existing: Deployed, difference: list[str], *, chosen: bool) -> ServiceError:
    """The error that another version already has the name."""
    hint = "versions cannot be changed: choose another `--version-name`"
    if not chosen:
        hint = "the name comes from the Git tag or the content: set `--version-name`, or create another tag"
    return ServiceError(f"the {existing.label} exists already and differs in {', '.join(difference)}", hint)


def _same_already(client: Client, prepared: PreparedRequest, workflow_id: str) -> Deployed | None:
    """The newest version that is the same, or the workflow itself if it is."""
    active = [version for version in deployments.versions(client, workflow_id) if version.status == ACTIVE]
    definition = prepared.request.definition_zip
    likely = [
        version
        for number, version in enumerate(reversed(active))
        if number == 0 or (definition is not None and version.digest == definition.sha256)
    ]
    for version in likely:
        same = _same_as(client, prepared, deployments.get(client, workflow_id, version.version_name))
        if same is not None:
            return same
    return _same_as(client, prepared, deployments.get(client, workflow_id))


def _same_as(client: Client, prepared: PreparedRequest, deployed: Deployed) -> Deployed | None:
    if deployed.status not in (ACTIVE, "CREATING") or comparison.differing(client, prepared, deployed):
        return None
    return deployed


def _previous(client: Client, workflow_id: str) -> Deployed | None:
    """The newest version, to compare with; None if the caller may not see it."""
    try:
        return deployments.newest(client, workflow_id, export=("README",))
    except ServiceError as error:
        if error_code(error) != "AccessDeniedException":
            raise
        return None
