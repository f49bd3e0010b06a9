"""One account and Region, through boto3: creates and changes only workflows of this suite, and deletes them.

Every call of the suite goes through `Account.call`, which refuses to change a workflow that the suite did not create.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from contract.case import REFUSED, Members, Outcome

PREFIX: Final = "packager-contract-"
TAG: Final = "packager-contract"
# Calls per second, below the documented 5 and 10 (Guide.SERVICE_QUOTAS).
CREATIONS_PER_SECOND: Final = 3.0
OTHERS_PER_SECOND: Final = 6.0
_PATIENCE_SECONDS: Final = 600.0
_CREATIONS: Final = ("CreateWorkflow", "CreateWorkflowVersion")
_READING: Final = ("Get", "List")
# The errors that are answers about a request; every other one (credentials, quotas, throttling) is a reason why there is none.
_ANSWERS: Final = frozenset({"ConflictException", "ResourceNotFoundException", "ValidationException"})
_TOO_LARGE: Final = 413  # HTTP
_GONE: Final = "ResourceNotFoundException"


class StoppedError(Exception):
    """The user interrupted: no more calls."""


class NotAskedError(Exception):
    """The service could not be asked; the text is the reason."""


class NotOursError(AssertionError):
    """The suite would change a workflow that it did not create: a bug of the suite, found before the call."""


class Pace:
    """Lets calls through one after another, each at least some time after the one before it."""

    def __init__(self, per_second: float | None) -> None:
        self._pause = 1.0 / per_second if per_second else 0.0
        self._next = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Wait for the next free moment."""
        if not self._pause:
            return
        with self._lock:
            start = max(time.monotonic(), self._next)
            self._next = start + self._pause
        time.sleep(max(0.0, start - time.monotonic()))


@dataclass(slots=True)
class Account:
    """An account. `own_words`: it is the emulator, whose sentences are known; `poll_seconds`: how often a status is read."""

    omics: Any
    run: str
    own_words: bool = False
    poll_seconds: float = 3.0
    stopped: threading.Event = field(default_factory=threading.Event)
    created: set[str] = field(default_factory=set)
    _creations: Pace = field(default_factory=lambda: Pace(CREATIONS_PER_SECOND))
    _others: Pace = field(default_factory=lambda: Pace(OTHERS_PER_SECOND))
    _left: set[str] = field(default_factory=set)
    _methods: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._methods = {operation: name for name, operation in self.omics.meta.method_to_api_mapping.items()}
        if self.own_words:
            self._creations = self._others = Pace(None)
            self.poll_seconds = 0.05

    def call(self, operation: str, **members: Any) -> Members:
        """The answer to an operation.

        Raises:
            ClientError: the service refuses the members.
            NotAskedError: it could not be asked.
            StoppedError: the user interrupted.
        """
        if not operation.startswith(_READING):
            self._check_ours(operation, members)
        (self._creations if operation in _CREATIONS else self._others).wait()
        if self.stopped.is_set() and operation in _CREATIONS:
            raise StoppedError
        try:
            answer: Members = getattr(self.omics, self._methods[operation])(**members)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code not in _ANSWERS and error.response["ResponseMetadata"].get("HTTPStatusCode") != _TOO_LARGE:
                raise NotAskedError(f"{operation}: {code}: {error.response['Error']['Message']}") from error
            raise
        except BotoCoreError as error:
            raise NotAskedError(f"{operation}: {error}") from error
        if operation == "CreateWorkflow":
            self.created.add(answer["id"])
            self._left.add(answer["id"])
        return answer

    def _check_ours(self, operation: str, members: Members) -> None:
        """Refuse a change of anything but this suite's workflows."""
        if "name" in members and not str(members["name"]).startswith(PREFIX):
            raise NotOursError(f"{operation} names a workflow `{members['name']}`")
        if operation == "CreateWorkflow":
            if "name" not in members or (isinstance(members.get("tags"), dict) and TAG not in members["tags"]):
                raise NotOursError("CreateWorkflow without the suite's name and tag")
            return
        if TAG in members.get("tagKeys", ()):
            raise NotOursError("the suite's tag would be removed")
        arn = members.get("resourceArn", "").partition(":workflow/")[2].partition("/")[0]
        workflow_id = members.get("workflowId") or members.get("id") or arn
        if workflow_id not in self.created:
            raise NotOursError(f"{operation} of the workflow {workflow_id}")

    @property
    def left(self) -> dict[str, str]:
        """The ids of what this run created and has not deleted yet, with names that are not known here."""
        return dict.fromkeys(self._left, "")

    def wait_until(self, ready: Callable[[], bool], what: str) -> None:
        """Ask until something is so.

        Raises:
            NotAskedError: it does not become so.
            StoppedError: the user interrupted.
        """
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not ready():
            if time.monotonic() > deadline:
                raise NotAskedError(f"{what} took more than {_PATIENCE_SECONDS:.0f} s")
            if self.stopped.wait(self.poll_seconds):
                raise StoppedError

    def leftovers(self) -> dict[str, str]:
        """The names of the workflows that the suite created and that still exist, by their ids: those with its prefix and tag."""
        found = {}
        for item in self._pages("ListWorkflows", type="PRIVATE"):
            if str(item.get("name", "")).startswith(PREFIX) and item["status"] != "DELETED":
                try:
                    tags = self.call("ListTagsForResource", resourceArn=item["arn"])["tags"]
                except ClientError:
                    continue  # deleted in the meantime
                if TAG in tags:
                    found[item["id"]] = item["name"]
        return found

    def _pages(self, operation: str, **members: Any) -> Iterator[Members]:
        more: Members = {}
        while True:
            page = self.call(operation, maxResults=100, **members, **more)
            yield from page["items"]
            if not page.get("nextToken"):
                return
            more = {"startingToken": page["nextToken"]}

    def delete(self, workflow_id: str) -> bool:
        """Delete a workflow of the suite with its versions; whether the service accepted that."""
        if not (self._deleted(workflow_id) or self._deleted_with_versions(workflow_id)):
            return False  # such as a workflow that is still CREATING: `clean` tries again
        self._left.discard(workflow_id)
        return True

    def _deleted(self, workflow_id: str) -> bool:
        try:
            self.call("DeleteWorkflow", id=workflow_id)
        except ClientError as error:
            return bool(error.response["Error"]["Code"] == _GONE)
        return True

    def _deleted_with_versions(self, workflow_id: str) -> bool:
        try:
            for version in list(self._pages("ListWorkflowVersions", workflowId=workflow_id)):
                if version["status"] != "DELETED":
                    self.call("DeleteWorkflowVersion", workflowId=workflow_id, versionName=version["versionName"])
        except ClientError:
            return False
        return self._deleted(workflow_id)

    def clean(self, patience_seconds: float = _PATIENCE_SECONDS) -> dict[str, str]:
        """Delete everything of the suite, also of earlier runs; the names of what could not be deleted, by their ids."""
        deadline = time.monotonic() + patience_seconds
        while True:
            left = self.leftovers()
            # What has the prefix and the tag is ours, whichever run created it.
            self.created |= set(left)
            for workflow_id in (*left, *(self._left - set(left))):
                self.delete(workflow_id)
            if not left and not self._left:
                return {}
            if time.monotonic() > deadline:
                return self.left | left
            time.sleep(self.poll_seconds)

    def session(self, key: str) -> Session:
        """What a case or a probe works with; `key` becomes part of the names of its workflows."""
        return Session(self, key)


@dataclass(slots=True)
class Session:
    """The calls of one case or probe, and the workflows that it created."""

    account: Account
    key: str
    ids: list[str] = field(default_factory=list)

    @property
    def own_words(self) -> bool:
        """Whether the emulator answers."""
        return self.account.own_words

    def call(self, operation: str, **members: Any) -> Members:
        """As `Account.call`; what is created is deleted by `close`."""
        answer = self.account.call(operation, **members)
        if operation == "CreateWorkflow":
            self.ids.append(answer["id"])
        return answer

    def refusal(self, operation: str, **members: Any) -> tuple[str, str]:
        """The code and the message with which a call is refused; empty if it is accepted."""
        try:
            self.call(operation, **members)
        except ClientError as error:
            return error.response["Error"]["Code"], error.response["Error"]["Message"]
        return "", ""

    def request(self, content: bytes | None, **members: Any) -> Members:
        """The members of a CreateWorkflow request, with a name and the tag of the suite."""
        sent: Members = {"name": f"{PREFIX}{self.key}", "requestId": str(uuid.uuid4()), **members}
        sent["tags"] = {**sent.get("tags", {}), TAG: self.account.run}
        return sent if content is None else {**sent, "definitionZip": content}

    def create(self, content: bytes | None, **members: Any) -> Members:
        """The answer to CreateWorkflow."""
        return self.call("CreateWorkflow", **self.request(content, **members))

    def create_version(self, workflow_id: str, name: str, content: bytes, **members: Any) -> Members:
        """The answer to CreateWorkflowVersion."""
        sent: Members = {"workflowId": workflow_id, "versionName": name, "requestId": str(uuid.uuid4()), **members}
        return self.call("CreateWorkflowVersion", **sent, definitionZip=content)

    def settled(self, workflow_id: str, version: str | None = None) -> Members:
        """A workflow or version once it is no longer CREATING."""
        answer: Members = {}

        def ready() -> bool:
            nonlocal answer
            answer = self.get(workflow_id, version)
            return bool(answer["status"] != "CREATING")

        self.account.stopped.wait(self.account.poll_seconds)  # nothing is ready at once
        self.account.wait_until(ready, f"the creation of {workflow_id}")
        return answer

    def get(self, workflow_id: str, version: str | None = None) -> Members:
        """The answer to GetWorkflow or GetWorkflowVersion."""
        if version is None:
            return self.call("GetWorkflow", id=workflow_id)
        return self.call("GetWorkflowVersion", workflowId=workflow_id, versionName=version)

    def outcome(self, content: bytes | None, **members: Any) -> Outcome:
        """How a creation ends."""
        return self._outcome(lambda: self.settled(self.create(content, **members)["id"]))

    def version_outcome(self, workflow_id: str, name: str, content: bytes, **members: Any) -> Outcome:
        """How the creation of a version ends."""
        return self._outcome(
            lambda: self.settled(self.create_version(workflow_id, name, content, **members)["workflowId"], name)
        )

    def _outcome(self, settle: Callable[[], Members]) -> Outcome:
        try:
            answer = settle()
        except ClientError as error:
            return Outcome(REFUSED, error.response["Error"]["Message"], error.response["Error"]["Code"])
        return Outcome(answer["status"], answer.get("statusMessage") or "", "", answer)

    def is_gone(self, workflow_id: str, version: str | None = None) -> bool:
        """Whether a workflow or version cannot be found, or has the status DELETED."""
        try:
            return bool(self.get(workflow_id, version)["status"] == "DELETED")
        except ClientError as error:
            if error.response["Error"]["Code"] != _GONE:
                raise
            return True

    def close(self) -> None:
        """Delete what was created."""
        for workflow_id in self.ids:
            self.account.delete(workflow_id)
