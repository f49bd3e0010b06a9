"""What the operations work on: the state, the account, and how to find what a request names."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from packager.emulator.errors import ApiError, not_found
from packager.emulator.faults import Faults
from packager.emulator.protocol import Members
from packager.emulator.records import Resource
from packager.emulator.store import Store

DEFINITION_PATH = "/_emulator/definitions/"
README_PATH = "/_emulator/readmes/"
READY2RUN = "READY2RUN"


@dataclass(frozen=True, slots=True)
class Service:
    """One account in one Region. `endpoint` is our own URL, `created` wakes the worker, `ready2run` are never stored."""

    store: Store
    faults: Faults
    endpoint: str
    account: str
    region: str
    delay: float
    created: Callable[[], None]
    max_workflows: int
    max_versions: int
    ready2run: tuple[Resource, ...] = ()

    def arn(self, workflow_id: str, version_name: str = "") -> str:
        """The ARN of a workflow or version."""
        version = f"/version/{version_name}" if version_name else ""
        return f"arn:aws:omics:{self.region}:{self.account}:workflow/{workflow_id}{version}"

    def now(self) -> float:
        """The time that clients are told."""
        return time.time() + self.faults.skew_seconds

    def find(self, members: Members) -> Resource:
        """The workflow or version that a request names by its id.

        Raises:
            ApiError: there is none, or it is sought where it cannot be (another owner or type).
        """
        workflow_id = members.get("workflowId") or members["id"]
        version_name = members.get("versionName", "")
        kind = members.get("type")
        found = None
        if members.get("workflowOwnerId", self.account) == self.account and kind != READY2RUN:
            found = self.store.get(workflow_id, version_name)
        if found is None and kind != "PRIVATE" and not version_name:
            found = next((one for one in self.ready2run if one.workflow_id == workflow_id), None)
        if found is None:
            raise missing(workflow_id, version_name)
        return found

    def find_own(self, members: Members) -> Resource:
        """As `find`, among what the account can change."""
        return self.find({**members, "type": "PRIVATE"})


def missing(workflow_id: str, version_name: str = "") -> ApiError:
    """There is no such workflow or version."""
    if version_name:
        return not_found(f"no workflow {workflow_id} with a version {version_name} was found")
    return not_found(f"no workflow has the id {workflow_id}")
