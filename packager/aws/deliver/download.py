"""A deployed workflow or version with all that the service gives out of it: its settings, its files and its README."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from packager.aws.deadline import Deadline, OutOfTimeError, deadline_of
from packager.aws.deliver import deployments
from packager.aws.deliver.comparison import read_readme
from packager.errors import PackagerError, ServiceError
from packager.healthomics.deployed import FAILED, Deployed

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient

_GONE = (FAILED, "DELETED")


@dataclass(frozen=True, slots=True)
class Exported:
    """What is deployed, without the addresses that hold a secret.

    `newest` tells that it was chosen as the newest one. `definition` is the downloaded zip, None where there is none, and then
    `no_definition` says why. `readme` is its text; `readme_known` is False where there may be one that cannot be had.
    """

    deployed: Deployed
    newest: bool
    definition: Path | None
    no_definition: str
    readme: str | None
    readme_known: bool


def export(
    client: OmicsClient, workflow_id: str, version_name: str | None, folder: Path, *, named: bool = False
) -> Exported:
    """A workflow's version, or the newest ACTIVE one; its definition is written into `folder`. `named`: its name is wanted too.

    Raises:
        ServiceError: there is none, or it was refused.
    """
    newest = version_name is None
    found = deployments.newest(client, workflow_id) if newest else deployments.get(client, workflow_id, version_name)
    if named and found.name is None:
        name = deployments.get(client, workflow_id).name
        found = replace(found, name=name, settings=replace(found.settings, name=name))
    try:
        shown = deployments.get(client, workflow_id, found.version_name, export=("DEFINITION", "README"))
    except OutOfTimeError:
        raise
    except ServiceError as error:
        return Exported(found, newest, None, error.message, None, False)
    definition, reason = _definition(shown, folder, deadline_of(client))
    readme = read_readme(shown, deadline_of(client))
    known = readme is not None or (shown.readme_url is None and shown.settings.readme_path is None)
    return Exported(found, newest, definition, reason, readme, known)


def _definition(shown: Deployed, folder: Path, deadline: Deadline) -> tuple[Path | None, str]:
    """The file that the definition was written to, or why there is none."""
    if shown.definition_url is None:
        return None, "the service gives no definition out"
    path = folder / "definition.zip"
    try:
        with path.open("wb") as file:
            deployments.download(shown.definition_url, file, what="the deployed definition", deadline=deadline)
    except OutOfTimeError:
        raise
    except ServiceError as error:
        return None, error.message
    return path, ""


def id_of_name(client: OmicsClient, name: str) -> str:
    """The id of the one workflow of the account's own that has exactly this name.

    Raises:
        PackagerError: none has, or several have.
        ServiceError: the service refused.
    """
    found = [one for one in deployments.private_workflows_named(client, name) if one.status not in _GONE]
    if not found:
        raise PackagerError(
            f"no workflow of the account is named `{name}`", "say which one with `--name` or `--workflow-id`"
        )
    if len(found) > 1:
        listed = ", ".join(f"{one.workflow_id} ({one.status})" for one in found)
        raise PackagerError(
            f"{len(found)} workflows are named `{name}`: {listed}", "say which one with `--workflow-id`"
        )
    return found[0].workflow_id
