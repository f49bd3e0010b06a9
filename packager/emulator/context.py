"""What the operations work on: the state, the account, and how to find what a request names; and Ready2Run workflows.

The service offers Ready2Run workflows to every account. Ours are invented, so that a client meets names that are not its own.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from packager.emulator.errors import ApiError, not_found
from packager.emulator.faults import Faults
from packager.emulator.options import EmulatorOptions
from packager.emulator.records import Members, Resource
from packager.emulator.store import Store

DEFINITION_PATH = "/_emulator/definitions/"
README_PATH = "/_emulator/readmes/"
READY2RUN = "READY2RUN"
_FIRST_READY2RUN_ID = 9_000_001
_READY2RUN_NAMESPACE = uuid.UUID("6f9b9a0e-7d5c-4f43-9c0a-2f3c1d7f6f10")
_READY2RUN_CREATED = 1_700_000_000.0
_READY2RUN_TEMPLATE = {"sample": {"description": "The sample to analyse", "optional": False}}


@dataclass(frozen=True, slots=True)
class Service:
    """One account in one Region. `endpoint` is our own URL, `created` wakes the worker, `ready2run` are never stored."""

    store: Store
    faults: Faults
    endpoint: str
    options: EmulatorOptions
    created: Callable[[], None]
    ready2run: tuple[Resource, ...] = ()

    def arn(self, workflow_id: str, version_name: str = "") -> str:
        """The ARN of a workflow or version."""
        version = f"/version/{version_name}" if version_name else ""
        return f"arn:aws:omics:{self.options.region}:{self.options.account}:workflow/{workflow_id}{version}"

    def now(self) -> float:
        """The time that clients see."""
        return time.time() + self.faults.skew_seconds

    def find(self, members: Members) -> Resource:
        """The workflow or version that a request names by its id.

        Raises:
            ApiError: it does not exist, or belongs to another owner or type than the request names.
        """
        workflow_id = members.get("workflowId") or members["id"]
        version_name = members.get("versionName", "")
        kind = members.get("type")
        resource = None
        if members.get("workflowOwnerId", self.options.account) == self.options.account and kind != READY2RUN:
            resource = self.store.get(workflow_id, version_name)
        if resource is None and kind != "PRIVATE" and not version_name:
            resource = next((offered for offered in self.ready2run if offered.workflow_id == workflow_id), None)
        if resource is None:
            raise missing(workflow_id, version_name)
        return resource

    def find_own(self, members: Members) -> Resource:
        """As `find`, among what the account can change."""
        return self.find({**members, "type": "PRIVATE"})


def missing(workflow_id: str, version_name: str = "") -> ApiError:
    """The error that a workflow or version does not exist."""
    if version_name:
        return not_found(f"the workflow {workflow_id} has no version {version_name}")
    return not_found(f"no workflow has the ID {workflow_id}")


def ready2run_workflows(names: Iterable[str], region: str) -> tuple[Resource, ...]:
    """One workflow for each name. Sequence numbers are negative: they are listed before an account's own."""
    ordered = list(names)
    return tuple(
        Resource(
            sequence=number - len(ordered),
            workflow_id=str(_FIRST_READY2RUN_ID + number),
            version_name="",
            uuid=str(uuid.uuid5(_READY2RUN_NAMESPACE, f"{number} {name}")),
            arn=f"arn:aws:omics:{region}::workflow/{_FIRST_READY2RUN_ID + number}",
            created=_READY2RUN_CREATED,
            status="ACTIVE",
            status_message=None,
            definition=None,
            engine="WDL",
            main="main.wdl",
            failure=None,
            readme=None,
            template=_READY2RUN_TEMPLATE,
            processed={"type": READY2RUN, "storageCapacity": 1200, "metadata": {"publisher": "emulator"}},
            members={"name": name, "description": f"{name} of the emulator"},
        )
        for number, name in enumerate(ordered)
    )
