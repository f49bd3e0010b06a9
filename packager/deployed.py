"""A workflow or a version as the service shows it, in our own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from packager import limits
from packager.request import Request, camel, known_members, of_members

ACTIVE = "ACTIVE"
FAILED = "FAILED"
UNKNOWN = "UNKNOWN"  # our own word where an answer shows no status
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
        name=_text_of(answer, "name"),
        arn=str(answer.get("arn") or ""),
        uuid=_text_of(answer, "uuid"),
        status=str(answer["status"]),
        status_message=str(answer.get("statusMessage") or ""),
        created=created.timestamp() if isinstance(created, datetime) else None,
        digest=str(answer.get("digest") or "").removeprefix("sha256:").lower(),
        settings=_settings(answer),
        profiles=tuple(str(name) for name in answer.get("profiles") or ()),
        definition_url=_text_of(answer, "definition"),
        readme_url=_text_of(answer, "readme"),
    )


def deployed_as_far_as_known(answer: Mapping[str, Any]) -> Deployed:
    """What is left of a broken answer that has an id: members that have the wrong form are not known."""
    texts = {name: value for name, value in answer.items() if isinstance(value, str)}
    return of_answer({"status": UNKNOWN, **texts})


def _text_of(answer: Mapping[str, Any], member: str) -> str | None:
    """A member that is a string, or is not there."""
    value = answer.get(member)
    if value is not None and not isinstance(value, str):
        raise TypeError(member)
    return value


def _settings(answer: Mapping[str, Any]) -> Request:
    """The members of a request that an answer shows."""
    known = known_members()
    shown = {name: value for name, value in answer.items() if name in known and value not in (None, {}, [])}
    if isinstance(shown.get("tags"), Mapping):  # what AWS itself has put there nobody else can send
        own = {key: value for key, value in shown["tags"].items() if not key.startswith(limits.TAG_RESERVED_PREFIX)}
        shown = {**shown, "tags": own} if own else {name: value for name, value in shown.items() if name != "tags"}
    details = answer.get("definitionRepositoryDetails")
    if isinstance(details, Mapping) and details.get("connectionArn") and details.get("fullRepositoryId"):
        shown["definitionRepository"] = {
            name: details[name]
            for name in ("connectionArn", "fullRepositoryId", "sourceReference")
            if details.get(name)
        }
    return of_members(shown)


# Members that the service fills in itself when they are not sent: to be compared only if they were.
_FILLED_IN = ("engine", "main", "parameter_template", "storage_type", "storage_capacity")
# Members that an answer shows as nothing when they were not sent.
_SHOWN_AS_SENT = ("description", "accelerators", "tags", "container_registry_map")


def differences(request: Request, deployed: Deployed, *, lasting: bool = False) -> list[str]:
    """The API's names of the settings in which a deployed workflow or version differs from a request, as far as answers show them.

    With `lasting`, only those that nobody can change later (API: UpdateWorkflow, UpdateWorkflowVersion, TagResource).
    """
    shown = deployed.settings
    differing = []
    for member in (*_FILLED_IN, *_SHOWN_AS_SENT):
        wanted, there = getattr(request, member), getattr(shown, member)
        if member == "tags":
            wanted, there = tuple(sorted(wanted or ())), there or ()
        if member == "container_registry_map" and request.container_registry_map_uri is not None:
            continue  # what is at the URI is not known
        if member == "parameter_template":
            if request.parameter_template_path is not None:
                continue
            wanted = wanted or None
        if wanted is None and member in _FILLED_IN:
            continue
        if lasting and member in ("description", "storage_type", "storage_capacity", "tags"):
            continue
        if wanted != there:
            differing.append(camel(member))
    return differing


# What a new version does not inherit, and how a message calls it.
_INHERITABLE = {
    "description": "the description",
    "container_registry_map": "the registry map",
    "storage_type": "the storage type",
    "storage_capacity": "the storage capacity",
    "accelerators": "the accelerators",
}


def losses(request: Request, previous: Deployed) -> dict[str, str]:
    """What the previous version has and a request does not name: fields of `Request`, each with how a message calls it.

    The parameter template is left out: where none is sent, the service generates one.
    """
    found = {
        member: label
        for member, label in _INHERITABLE.items()
        if getattr(previous.settings, member) is not None and getattr(request, member) is None
    }
    if "container_registry_map" in found and request.container_registry_map_uri is not None:
        del found["container_registry_map"]
    if "storage_capacity" in found and request.storage_type == "DYNAMIC":
        del found["storage_capacity"]
    kept = {key for key, _ in request.tags or ()}
    lost = [key for key, _ in previous.settings.tags or () if key not in kept]
    if lost:
        found["tags"] = f"the tag{'s' if len(lost) > 1 else ''} {', '.join(f'`{key}`' for key in lost)}"
    has_readme = previous.readme_url is not None or previous.settings.readme_path is not None
    if has_readme and all(getattr(request, one) is None for one in ("readme_markdown", "readme_path", "readme_uri")):
        found["readme_markdown"] = "the README"
    return found


def carried_over(request: Request, previous: Deployed) -> Request:
    """A request with what it would have lost."""
    taken: dict[str, Any] = {}
    for member in losses(request, previous):
        taken[member] = getattr(previous.settings, member)
    if "tags" in taken:
        own = dict(request.tags or ())
        taken["tags"] = tuple(sorted(({**dict(previous.settings.tags or ()), **own}).items()))
    if taken.get("readme_markdown", "") is None:  # it was not exported
        del taken["readme_markdown"]
    return replace(request, **taken)
