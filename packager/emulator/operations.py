"""The operations that change something, and the table of all: validated members in, members of the answer out."""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from collections.abc import Callable

from packager.emulator import read_operations, rows
from packager.emulator.context import Service, missing
from packager.emulator.errors import ApiError, conflict, invalid, not_found
from packager.emulator.faults import default_fail_message
from packager.emulator.records import Members, NewResource, Remembered, Resource
from packager.emulator.validation import tag_problems

_READ_ONLY = frozenset(
    {
        "GetWorkflow",
        "GetWorkflowVersion",
        "ListWorkflows",
        "ListWorkflowVersions",
        "ListTagsForResource",
    }
)


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


def create(service: Service, operation: str, members: Members) -> Members:
    """The answer to a creation; a version inherits nothing (Guide.VERSIONS)."""
    fingerprint = _fingerprint(members)
    parent = members.get("workflowId")
    version_name = members.get("versionName", "")
    with service.store.write() as connection:
        earlier = rows.remembered(connection, operation, members["requestId"])
        if earlier is not None:
            if earlier.fingerprint != fingerprint:
                raise conflict("the requestId was already used for a different request")
            return earlier.answer
        if parent is not None:
            if rows.find(connection, parent) is None:
                raise missing(parent)
            if rows.find(connection, parent, version_name) is not None:
                raise conflict(f"the workflow {parent} already has a version {version_name}")
        most = service.options.max_workflows if parent is None else service.options.max_versions
        if rows.count(connection, parent) >= most:
            what = "workflows" if parent is None else "versions of the workflow"
            raise ApiError("ServiceQuotaExceededException", f"the quota of {most} {what} is used up")
        workflow_id = parent or rows.new_workflow_id(connection)
        new = _new(service, operation, members)
        arn = service.arn(workflow_id, version_name)
        sequence = rows.insert(connection, workflow_id, version_name, arn, new)
        answer: Members = {"arn": arn, "status": "CREATING", "uuid": new.uuid, "tags": members.get("tags", {})}
        answer |= {"id": workflow_id} if parent is None else {"workflowId": parent, "versionName": version_name}
        rows.remember(connection, operation, members["requestId"], Remembered(fingerprint, answer), sequence)
    service.created()
    return answer


def _new(service: Service, operation: str, members: Members) -> NewResource:
    held = service.faults.take("never_finish", operation)
    failing = service.faults.take("fail", operation)
    return NewResource(
        str(uuid.uuid4()),
        service.now(),
        None if held else time.time() + service.options.delay,
        {name: value for name, value in members.items() if name != "definitionZip"},
        members.get("definitionZip"),
        (failing.fail_message or default_fail_message()) if failing else None,
    )


def _fingerprint(members: Members) -> str:
    """A SHA-256 of all members, the zip by its own."""
    plain = {
        name: hashlib.sha256(value).hexdigest() if isinstance(value, bytes) else value
        for name, value in members.items()
    }
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def _create_workflow(service: Service, members: Members) -> Members:
    return create(service, "CreateWorkflow", members)


def _create_version(service: Service, members: Members) -> Members:
    return create(service, "CreateWorkflowVersion", members)


def _update(service: Service, members: Members) -> Members:
    """Change what can change later (Api.OMICS: UpdateWorkflow, UpdateWorkflowVersion)."""
    resource = service.find_own(members)
    changes = {name: value for name, value in members.items() if name not in ("id", "workflowId", "versionName")}
    with service.store.write() as connection:
        current = rows.find(connection, resource.workflow_id, resource.version_name)
        if current is None:
            raise missing(resource.workflow_id, resource.version_name)
        rows.set_members(connection, current.sequence, current.members | changes)
        if "readmeMarkdown" in changes:
            rows.forget_readme(connection, current.sequence)
    return {}


def _delete(service: Service, members: Members) -> Members:
    """A workflow can go only after its versions (Guide.DEFAULT_VERSION)."""
    resource = service.find_own(members)
    with service.store.write() as connection:
        current = rows.find(connection, resource.workflow_id, resource.version_name)
        if current is None:
            raise missing(resource.workflow_id, resource.version_name)
        if not current.version_name and rows.count(connection, current.workflow_id):
            raise conflict(f"the workflow {current.workflow_id} still has versions")
        rows.delete(connection, current.sequence)
    return {}


def _tagged(service: Service, members: Members) -> Resource:
    resource = service.store.by_arn(members["resourceArn"])
    if resource is None:
        raise not_found("no resource has this ARN")
    return resource


def _list_tags(service: Service, members: Members) -> Members:
    return {"tags": _tagged(service, members).members.get("tags", {})}


def _change_tags(service: Service, members: Members) -> Members:
    """Both TagResource and UntagResource."""
    resource = _tagged(service, members)
    with service.store.write() as connection:
        current = rows.find(connection, resource.workflow_id, resource.version_name)
        if current is None:
            raise not_found("no resource has this ARN")
        gone = members.get("tagKeys", ())
        tags: dict[str, str] = {
            key: value for key, value in current.members.get("tags", {}).items() if key not in gone
        } | members.get("tags", {})
        problems = list(tag_problems(tags))
        if problems:
            raise invalid("; ".join(problems))
        rows.set_members(connection, current.sequence, current.members | {"tags": tags})
    return {}


_HANDLERS: dict[str, Callable[[Service, Members], Members]] = {
    "CreateWorkflow": _create_workflow,
    "CreateWorkflowVersion": _create_version,
    "GetWorkflow": read_operations.get,
    "GetWorkflowVersion": read_operations.get,
    "ListWorkflows": read_operations.list_workflows,
    "ListWorkflowVersions": read_operations.list_versions,
    "UpdateWorkflow": _update,
    "UpdateWorkflowVersion": _update,
    "DeleteWorkflow": _delete,
    "DeleteWorkflowVersion": _delete,
    "TagResource": _change_tags,
    "UntagResource": _change_tags,
    "ListTagsForResource": _list_tags,
}
EMULATED = tuple(_HANDLERS)
