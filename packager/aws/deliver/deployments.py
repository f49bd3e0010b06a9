"""What is deployed: a workflow or version by its id, those of a name, and the newest version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from packager.aws.client import Client, error_code, wrong_answer
from packager.errors import PackagerError, ServiceError
from packager.healthomics.deployed import ACTIVE, FAILED, Deployed, of_answer

GONE = (FAILED, "DELETED")


def get(client: Client, workflow_id: str, version_name: str | None = None, *, export: Sequence[str] = ()) -> Deployed:
    """A workflow or a version. `export`: `DEFINITION` and `README`, to get a URL of each.

    Raises:
        ServiceError: it does not exist, or the call was refused.
    """
    operation, members = "GetWorkflow", {"id": workflow_id}
    if version_name is not None:
        operation, members = "GetWorkflowVersion", {"workflowId": workflow_id, "versionName": version_name}
    exported = {"export": list(export)} if export else {}
    answer = client.call(operation, {**members, **exported})
    for name, value in members.items():  # an answer about another workflow must not be mistaken for this one
        if answer.get(name, value) != value:
            raise wrong_answer(operation, f"it is for another workflow or version (`{name}`)")
    return read(operation, answer)


def find_version(client: Client, workflow_id: str, name: str) -> Deployed | None:
    """A version, or None if the workflow has no version of that name."""
    try:
        return get(client, workflow_id, name)
    except ServiceError as error:
        if error_code(error) != "ResourceNotFoundException":
            raise
        return None


def read(operation: str, answer: Mapping[str, object]) -> Deployed:
    """An answer, or an item of a list, as our own type.

    Raises:
        WrongAnswerError: a member is missing or has the wrong form.
    """
    try:
        return of_answer(answer)
    except PackagerError as error:
        raise wrong_answer(operation, error.message) from error
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise wrong_answer(operation, f"it has the wrong form ({type(error).__name__})") from error


def private_workflows_named(client: Client, name: str | None) -> list[Deployed]:
    """The account's own workflows of exactly this name (None: without a name), by their ids; each as its list shows it."""
    members = {"type": "PRIVATE", "maxResults": 100, **({"name": name} if name is not None else {})}
    items = client.pages("ListWorkflows", members)
    own = [item for item in items if item.get("name") == name and item.get("type", "PRIVATE") == "PRIVATE"]
    workflows = [read("ListWorkflows", item) for item in own]
    return sorted(workflows, key=lambda workflow: (len(workflow.workflow_id), workflow.workflow_id))


def choose_workflow(workflows: Sequence[Deployed], name: str | None) -> Deployed | None:
    """The only workflow of a name that has not FAILED; None if no workflow has it, or if the name is None.

    Raises:
        PackagerError: more than one has the name.
    """
    usable = [workflow for workflow in workflows if workflow.status not in GONE and name is not None]
    if len(usable) > 1:
        shown = ", ".join(f"{workflow.workflow_id} ({workflow.status})" for workflow in usable)
        raise PackagerError(
            f"{len(usable)} workflows are named `{name}`: {shown}",
            "choose one with `--workflow-id`, or use another `--name`",
        )
    return usable[0] if usable else None


def id_of_name(client: Client, name: str) -> str:
    """The id of the account's only own workflow with exactly this name.

    Raises:
        PackagerError: no workflow has the name, or more than one.
        ServiceError: the service refused.
    """
    workflow = choose_workflow(private_workflows_named(client, name), name)
    if workflow is None:
        raise PackagerError(
            f"the account has no workflow named `{name}`",
            "choose one with `--name` or `--workflow-id`: `packager status` lists them",
        )
    return workflow.workflow_id


def newest_of_name(client: Client, name: str) -> str:
    """The id of the account's own workflow with exactly this name; of those that have FAILED, the one that was created last.

    Raises:
        PackagerError: no workflow has the name, or more than one that has not failed.
        ServiceError: the service refused.
    """
    workflows = private_workflows_named(client, name)
    workflow = choose_workflow(workflows, name)
    if workflow is None and workflows:
        workflow = max(workflows, key=lambda each: each.created or 0)
    if workflow is None:
        raise PackagerError(f"the account has no workflow named `{name}`", "`packager status` lists its workflows")
    return workflow.workflow_id


def private_workflows(client: Client) -> list[Deployed]:
    """All own workflows of the account, by name and age; each as its list shows it."""
    items = client.pages("ListWorkflows", {"type": "PRIVATE", "maxResults": 100})
    own = [read("ListWorkflows", item) for item in items if item.get("type", "PRIVATE") == "PRIVATE"]
    return sorted(own, key=lambda workflow: (workflow.name or "", workflow.created or 0, workflow.workflow_id))


def versions(client: Client, workflow_id: str) -> list[Deployed]:
    """The versions of a workflow, oldest first; each as its list shows it."""
    members = {"workflowId": workflow_id, "maxResults": 100}
    items = client.pages("ListWorkflowVersions", members)
    listed = [read("ListWorkflowVersions", item) for item in items]
    return sorted(listed, key=lambda version: (version.created or 0, version.version_name or ""))


def newest(client: Client, workflow_id: str, *, export: Sequence[str] = ()) -> Deployed:
    """The version of a workflow that is ACTIVE and was created last; the workflow itself if it has none. `export`: see `get`.

    Raises:
        ServiceError: the workflow does not exist, or the call was refused.
    """
    active = [version for version in versions(client, workflow_id) if version.status == ACTIVE]
    return get(client, workflow_id, active[-1].version_name if active else None, export=export)


def delete_version(client: Client, deployed: Deployed) -> None:
    """Delete a version.

    Raises:
        ServiceError: it was refused.
    """
    members = {"workflowId": deployed.workflow_id, "versionName": deployed.version_name}
    client.call("DeleteWorkflowVersion", members)
