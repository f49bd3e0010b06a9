"""The two creations: what is checked before the 201, and the memory of requests."""

from __future__ import annotations

import hashlib
import json
import time
import uuid

from packager.emulator import rows
from packager.emulator.context import Service, missing
from packager.emulator.errors import ApiError, conflict
from packager.emulator.faults import default_fail_message
from packager.emulator.protocol import Members
from packager.emulator.records import NewResource, Remembered


def create(service: Service, operation: str, members: Members) -> Members:
    """Create a workflow or a version; a version inherits nothing (guide: workflow versions page)."""
    fingerprint = _fingerprint(members)
    parent = members.get("workflowId")
    version_name = members.get("versionName", "")
    with service.store.write() as connection:
        earlier = rows.remembered(connection, operation, members["requestId"])
        if earlier is not None:
            if earlier.fingerprint != fingerprint:
                raise conflict("the requestId was used before, with another request")
            return earlier.answer
        if parent is not None:
            if rows.find(connection, parent) is None:
                raise missing(parent)
            if rows.find(connection, parent, version_name) is not None:
                raise conflict(f"the workflow {parent} has a version {version_name} already")
        most = service.max_workflows if parent is None else service.max_versions
        if rows.count(connection, parent) >= most:
            what = "workflows" if parent is None else "versions of the workflow"
            raise ApiError("ServiceQuotaExceededException", f"there are {most} {what} already")
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
        None if held else time.time() + service.delay,
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
