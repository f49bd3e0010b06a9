"""A workflow or a version as the service shows it, in our own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from packager.request import Request, known_members, of_members

ACTIVE = "ACTIVE"
FAILED = "FAILED"
FINAL = (ACTIVE, FAILED, "INACTIVE", "DELETED")


@dataclass(frozen=True, slots=True)
class Deployed:
    """A workflow (`version_name` None) or a version of one.

    `settings` is its configuration in the form of a request; the README is in it only if it was exported. `created` is in seconds
    since 1970 by the service's clock, None if it does not say. `digest` is the service's own, in lower-case hex. `profiles` are
    those of a Nextflow workflow. The URLs are there if they were asked for; they hold a secret and must not be shown.
    """

    workflow_id: str
    version_name: str | None
    name: str | None
    arn: str
    uuid: str | None
    status: str
    status_message: str
    created: float | None
    digest: str
    settings: Request
    profiles: tuple[str, ...] = ()
    definition_url: str | None = None
    readme_url: str | None = None

    @property
    def account(self) -> str:
        """The account in the ARN; empty if there is none."""
        parts = self.arn.split(":")
        return parts[4] if len(parts) > 4 else ""

    @property
    def finished(self) -> bool:
        """Whether the service has made up its mind."""
        return self.status in FINAL

    @property
    def label(self) -> str:
        """How a message calls it."""
        version = f", version `{self.version_name}`" if self.version_name is not None else ""
        return f"workflow {self.workflow_id}{version}"


def of_answer(answer: Mapping[str, Any]) -> Deployed:
    """What GetWorkflow or GetWorkflowVersion answered, or an item of a list (API: GetWorkflowResponse, WorkflowListItem, ...)."""
    created = answer.get("creationTime")
    version_name = answer.get("versionName")
    return Deployed(
        workflow_id=str(answer.get("workflowId") or answer["id"]),
        version_name=str(version_name) if version_name is not None else None,
        name=answer.get("name"),
        arn=str(answer.get("arn") or ""),
        uuid=answer.get("uuid"),
        status=str(answer["status"]),
        status_message=str(answer.get("statusMessage") or ""),
        created=created.timestamp() if isinstance(created, datetime) else None,
        digest=str(answer.get("digest") or "").removeprefix("sha256:").lower(),
        settings=_settings(answer),
        profiles=tuple(answer.get("profiles") or ()),
        definition_url=answer.get("definition"),
        readme_url=answer.get("readme"),
    )


def _settings(answer: Mapping[str, Any]) -> Request:
    """The members of a request that an answer shows."""
    shown = {name: value for name, value in answer.items() if name in known_members() and value not in (None, {}, [])}
    details = answer.get("definitionRepositoryDetails")
    if isinstance(details, Mapping) and details.get("connectionArn") and details.get("fullRepositoryId"):
        shown["definitionRepository"] = {
            name: details[name]
            for name in ("connectionArn", "fullRepositoryId", "sourceReference")
            if details.get(name)
        }
    return of_members(shown)
