"""The operations that read: one workflow or version, and pages of them."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime

from packager.emulator.context import DEFINITION_PATH, README_PATH, READY2RUN, Service, missing
from packager.emulator.errors import invalid
from packager.emulator.protocol import kept_members
from packager.emulator.records import Members, Resource

_PAGE = 100  # Api.OMICS: the largest `maxResults`; the guide names no default
# Members of requests that no answer shows as they were sent.
_NOT_SHOWN = frozenset({"requestId", "definitionUri", "readmeMarkdown"})


def _described(resource: Resource) -> Members:
    """All that is known about a resource; each answer uses the members of its shape."""
    sent = resource.members
    members: Members = {name: value for name, value in sent.items() if name not in _NOT_SHOWN}
    members |= {
        "arn": resource.arn,
        "id": resource.workflow_id,
        "workflowId": resource.workflow_id,
        "status": resource.status,
        "statusMessage": resource.status_message,
        "type": "PRIVATE",
        "uuid": resource.uuid,
        "creationTime": datetime.fromtimestamp(resource.created, UTC)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z"),
        "engine": resource.engine or sent.get("engine"),
        "main": resource.main or sent.get("main"),
        "digest": resource.definition,
        "parameterTemplate": resource.template or sent.get("parameterTemplate"),
        "tags": sent.get("tags", {}),
        "metadata": {},
        **resource.processed,
    }
    if "definitionRepository" in sent:
        members["definitionRepositoryDetails"] = kept_members(
            "DefinitionRepositoryDetails", sent["definitionRepository"]
        )
    return members


def get(service: Service, members: Members) -> Members:
    """GetWorkflow and GetWorkflowVersion; the definition and the README are there if they were requested."""
    resource = service.find(members)
    described = _described(resource)
    exported = members.get("export", ())
    if "DEFINITION" in exported and resource.definition is not None:
        described["definition"] = f"{service.endpoint}{DEFINITION_PATH}{resource.uuid}"
    if "README" in exported and (resource.readme is not None or "readmeMarkdown" in resource.members):
        described["readme"] = f"{service.endpoint}{README_PATH}{resource.uuid}"
    return described


def list_workflows(service: Service, members: Members) -> Members:
    """ListWorkflows: an account's own and, unless only those are requested, Ready2Run ones."""
    offered = service.ready2run if members.get("type") != "PRIVATE" else ()
    name = members.get("name")
    return _page(service, None, members, [workflow for workflow in offered if name in (None, workflow.members["name"])])


def list_versions(service: Service, members: Members) -> Members:
    """ListWorkflowVersions."""
    workflow_id = members["workflowId"]
    if (
        service.store.get(workflow_id) is None
        or members.get("workflowOwnerId", service.options.account) != service.options.account
    ):
        raise missing(workflow_id)
    return _page(service, workflow_id, members, [])


def _page(service: Service, workflow_id: str | None, members: Members, offered: list[Resource]) -> Members:
    size = members.get("maxResults", _PAGE)
    after = _sequence(members["startingToken"]) if "startingToken" in members else -(2**62)
    resources = [workflow for workflow in offered if workflow.sequence > after]
    if members.get("type") != READY2RUN:
        resources += service.store.page(workflow_id, members.get("name"), after, size + 1)
    item = "WorkflowListItem" if workflow_id is None else "WorkflowVersionListItem"
    page = resources[:size]
    answer: Members = {"items": [kept_members(item, _described(resource)) for resource in page]}
    if len(resources) > size:
        answer["nextToken"] = base64.urlsafe_b64encode(f"after {page[-1].sequence}".encode()).decode()
    return answer


def _sequence(token: str) -> int:
    try:
        word, _, number = base64.urlsafe_b64decode(token.encode()).decode().partition(" ")
        if word == "after":
            return max(-(2**62), min(int(number), 2**62))
    except (binascii.Error, ValueError):
        pass  # answered below, like any other invalid token
    raise invalid("`startingToken` is not a token that an earlier answer gave")
