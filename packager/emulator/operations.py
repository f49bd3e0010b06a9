"""The operations: validated members in, members of the answer out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from packager.emulator import read_operations, rows
from packager.emulator.context import Service, missing
from packager.emulator.create_operations import create
from packager.emulator.errors import ApiError, conflict, invalid, not_found
from packager.emulator.protocol import Members
from packager.emulator.records import Resource
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


def _create_workflow(service: Service, members: Members) -> Members:
    return create(service, "CreateWorkflow", members)


def _create_version(service: Service, members: Members) -> Members:
    return create(service, "CreateWorkflowVersion", members)


def _update(service: Service, members: Members) -> Members:
    """Change what can change later (API: UpdateWorkflow, UpdateWorkflowVersion)."""
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
    """A workflow can go only after its versions (guide: default version page)."""
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
        current = rows.find(connection, resource.workflow_id, resource.version_name)
        if current is None:
            raise not_found("no resource has this ARN")
        gone = members.get("tagKeys", ())
        tags: dict[str, Any] = {
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
