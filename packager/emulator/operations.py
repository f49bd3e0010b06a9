"""The operations: validated members in, members of the answer out."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from packager.emulator import store
from packager.emulator.errors import ApiError, conflict, invalid, not_found
from packager.emulator.faults import Faults
from packager.emulator.protocol import Members, kept_members
from packager.emulator.store import NewResource, Remembered, Resource, Store
from packager.emulator.validation import tag_problems

# Quotas per account and Region. GUIDE: service quotas (workflows), fixed quotas (versions of a
# workflow).
MAX_WORKFLOWS = 1000
MAX_VERSIONS = 1000
_PAGE = 100  # API: the largest `maxResults`; the guide names no default
DEFINITION_PATH = "/_emulator/definitions/"
README_PATH = "/_emulator/readmes/"
_READ_ONLY = frozenset(
    {
        "GetWorkflow",
        "GetWorkflowVersion",
        "ListWorkflows",
        "ListWorkflowVersions",
        "ListTagsForResource",
    }
)


@dataclass(frozen=True, slots=True)
class Service:
    """What the operations work on: `endpoint` is our own URL, `created` wakes the worker."""

    store: Store
    faults: Faults
    endpoint: str
    account: str
    region: str
    delay: float
    created: Callable[[], None]

    def arn(self, workflow_id: str, version_name: str = "") -> str:
        """The ARN of a workflow or version."""
        version = f"/version/{version_name}" if version_name else ""
        return f"arn:aws:omics:{self.region}:{self.account}:workflow/{workflow_id}{version}"


def handler(operation: str) -> Callable[[Service, Members], Members]:
    """The function of an operation.

    Raises:
        ApiError: it is not emulated.
    """
    if operation not in _HANDLERS:
        raise ApiError("NotImplementedException", f"the emulator does not implement the operation {operation}")
    return _HANDLERS[operation]


def changes_state(operation: str) -> bool:
    """Whether an operation writes."""
    return operation not in _READ_ONLY


def _create_workflow(service: Service, members: Members) -> Members:
    return _create(service, "CreateWorkflow", members)


def _create_version(service: Service, members: Members) -> Members:
    return _create(service, "CreateWorkflowVersion", members)


def _create(service: Service, operation: str, members: Members) -> Members:
    """Both creations; a version inherits nothing (guide: workflow versions page)."""
    fingerprint = _fingerprint(members)
    parent = members.get("workflowId")
    version_name = members.get("versionName", "")
    with service.store.write() as connection:
        earlier = store.remembered(connection, operation, members["requestId"])
        if earlier is not None:
            if earlier.fingerprint != fingerprint:
                raise conflict("the requestId was used before, with another request")
            return earlier.answer
        if parent is not None:
            if store.find(connection, parent) is None:
                raise not_found(f"no workflow has the id {parent}")
            if store.find(connection, parent, version_name) is not None:
                raise conflict(f"the workflow {parent} has a version {version_name} already")
        most = MAX_WORKFLOWS if parent is None else MAX_VERSIONS
        if store.count(connection, parent) >= most:
            what = "workflows" if parent is None else "versions of the workflow"
            raise ApiError("ServiceQuotaExceededException", f"there are {most} {what} already")
        workflow_id = parent or store.new_workflow_id(connection)
        now = time.time()
        kept = {name: value for name, value in members.items() if name != "definitionZip"}
        held = service.faults.take("never_finish")
        new = NewResource(
            str(uuid.uuid4()),
            now,
            None if held else now + service.delay,
            kept,
            members.get("definitionZip"),
        )
        arn = service.arn(workflow_id, version_name)
        sequence = store.insert(connection, workflow_id, version_name, arn, new)
        answer: Members = {
            "arn": arn,
            "status": "CREATING",
            "uuid": new.uuid,
            "tags": members.get("tags", {}),
        }
        answer |= {"id": workflow_id} if parent is None else {"workflowId": parent, "versionName": version_name}
        store.remember(connection, operation, members["requestId"], Remembered(fingerprint, answer), sequence)
    service.created()
    return answer


def _fingerprint(members: Members) -> str:
    """A SHA-256 of all members, the zip by its own."""
    plain = {
        name: hashlib.sha256(value).hexdigest() if isinstance(value, bytes) else value
        for name, value in members.items()
    }
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def _find(service: Service, members: Members) -> Resource:
    """The workflow or version that a request names.

    Raises:
        ApiError: there is none, or it is sought where it cannot be (another owner, Ready2Run).
    """
    workflow_id = members.get("workflowId") or members["id"]
    version_name = members.get("versionName", "")
    foreign = members.get("workflowOwnerId", service.account) != service.account
    found = service.store.get(workflow_id, version_name)
    if found is None or foreign or members.get("type") == "READY2RUN":
        raise _missing(workflow_id, version_name)
    return found


def _missing(workflow_id: str, version_name: str = "") -> ApiError:
    if version_name:
        return not_found(f"no workflow {workflow_id} with a version {version_name} was found")
    return not_found(f"no workflow has the id {workflow_id}")


def _described(service: Service, resource: Resource) -> Members:
    """All that is known of a resource; each answer takes what its shape has."""
    sent = resource.members
    members: Members = {name: value for name, value in sent.items() if name not in ("requestId", "definitionUri")}
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
    }
    if "readmeMarkdown" in sent:
        members["readme"] = f"{service.endpoint}{README_PATH}{resource.uuid}"
    if "definitionRepository" in sent:
        members["definitionRepositoryDetails"] = kept_members(
            "DefinitionRepositoryDetails", sent["definitionRepository"]
        )
    return members


def _get(service: Service, members: Members) -> Members:
    resource = _find(service, members)
    described = _described(service, resource)
    if "DEFINITION" in members.get("export", ()) and resource.definition is not None:
        described["definition"] = f"{service.endpoint}{DEFINITION_PATH}{resource.uuid}"
    return described


def _list_workflows(service: Service, members: Members) -> Members:
    return _list(service, None, members, "WorkflowListItem")


def _list_versions(service: Service, members: Members) -> Members:
    workflow_id = members["workflowId"]
    if service.store.get(workflow_id) is None or members.get("workflowOwnerId", service.account) != service.account:
        raise _missing(workflow_id)
    return _list(service, workflow_id, members, "WorkflowVersionListItem")


def _list(service: Service, workflow_id: str | None, members: Members, item: str) -> Members:
    if members.get("type") == "READY2RUN":
        return {"items": []}
    size = members.get("maxResults", _PAGE)
    after = _sequence(members["startingToken"]) if "startingToken" in members else 0
    found = service.store.page(workflow_id, members.get("name"), after, size + 1)
    page = found[:size]
    answer: Members = {"items": [kept_members(item, _described(service, resource)) for resource in page]}
    if len(found) > size:
        answer["nextToken"] = _token(page[-1].sequence)
    return answer


def _token(sequence: int) -> str:
    return base64.urlsafe_b64encode(f"after {sequence}".encode()).decode()


def _sequence(token: str) -> int:
    try:
        word, _, number = base64.urlsafe_b64decode(token.encode()).decode().partition(" ")
        if word == "after":
            return min(int(number), 2**62)
    except (binascii.Error, ValueError):
        pass  # answered below, as any other token that was not ours
    raise invalid("`startingToken` is not a token that an earlier answer gave")


def _update(service: Service, members: Members) -> Members:
    """Change what can change later (API: UpdateWorkflow, UpdateWorkflowVersion)."""
    resource = _find(service, members)
    changes = {name: value for name, value in members.items() if name not in ("id", "workflowId", "versionName")}
    with service.store.write() as connection:
        current = store.find(connection, resource.workflow_id, resource.version_name)
        if current is None:
            raise _missing(resource.workflow_id, resource.version_name)
        store.set_members(connection, current.sequence, current.members | changes)
    return {}


def _delete(service: Service, members: Members) -> Members:
    """A workflow can go only after its versions (guide: default version page)."""
    resource = _find(service, members)
    with service.store.write() as connection:
        current = store.find(connection, resource.workflow_id, resource.version_name)
        if current is None:
            raise _missing(resource.workflow_id, resource.version_name)
        if not current.version_name and store.count(connection, current.workflow_id):
            raise conflict(f"the workflow {current.workflow_id} still has versions")
        store.delete(connection, current.sequence)
    return {}


def _tagged(service: Service, members: Members) -> Resource:
    found = service.store.by_arn(members["resourceArn"])
    if found is None:
        raise not_found("no resource has this ARN")
    return found


def _list_tags(service: Service, members: Members) -> Members:
    return {"tags": _tagged(service, members).members.get("tags", {})}


def _change_tags(service: Service, members: Members) -> Members:
    """Both TagResource and UntagResource."""
    resource = _tagged(service, members)
    with service.store.write() as connection:
        current = store.find(connection, resource.workflow_id, resource.version_name)
        if current is None:
            raise not_found("no resource has this ARN")
        gone = members.get("tagKeys", ())
        tags: dict[str, Any] = {
            key: value for key, value in current.members.get("tags", {}).items() if key not in gone
        } | members.get("tags", {})
        problems = list(tag_problems(tags))
        if problems:
            raise invalid("; ".join(problems))
        store.set_members(connection, current.sequence, current.members | {"tags": tags})
    return {}


_HANDLERS: dict[str, Callable[[Service, Members], Members]] = {
    "CreateWorkflow": _create_workflow,
    "CreateWorkflowVersion": _create_version,
    "GetWorkflow": _get,
    "GetWorkflowVersion": _get,
    "ListWorkflows": _list_workflows,
    "ListWorkflowVersions": _list_versions,
    "UpdateWorkflow": _update,
    "UpdateWorkflowVersion": _update,
    "DeleteWorkflow": _delete,
    "DeleteWorkflowVersion": _delete,
    "TagResource": _change_tags,
    "UntagResource": _change_tags,
    "ListTagsForResource": _list_tags,
}
EMULATED = tuple(_HANDLERS)
