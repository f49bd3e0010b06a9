"""A workflow or a version as the service shows it, as our own type, and its comparison with a request."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from packager.healthomics import limits
from packager.healthomics.request import BY_API_NAME, MEMBERS, Answer, Content, Request, members_of
from packager.healthomics.request_body import of_members

ACTIVE = "ACTIVE"
FAILED = "FAILED"
UNKNOWN = "UNKNOWN"  # our own word for an answer without a status
FINAL = tuple(status for status in limits.WORKFLOW_STATUSES if status not in ("CREATING", "UPDATING"))


@dataclass(frozen=True, slots=True)
class Deployed:
    """A workflow (`version_name` None) or a version.

    `settings` is its configuration in the form of a request; the README is in it only if it was exported. `created` is in seconds
    since 1970 by the service's clock, None if the answer has no time. `digest` is the service's own, in lower-case hex. `profiles` are
    those of a Nextflow workflow. The URLs are set if they were requested; they hold a secret and must not be shown.
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
        """The account in the ARN; empty if the ARN has no account."""
        parts = self.arn.split(":")
        return parts[4] if len(parts) > 4 else ""

    @property
    def finished(self) -> bool:
        """Whether its status is final."""
        return self.status in FINAL

    @property
    def label(self) -> str:
        """Its name in messages."""
        version = f", version `{self.version_name}`" if self.version_name is not None else ""
        return f"workflow {self.workflow_id}{version}"


def of_answer(answer: Mapping[str, object]) -> Deployed:
    """What an answer describes, or an item of a list (Api.OMICS: GetWorkflowResponse, WorkflowListItem, ...)."""
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
        profiles=_profiles(answer.get("profiles")),
        definition_url=_text_of(answer, "definition"),
        readme_url=_text_of(answer, "readme"),
    )


def deployed_as_far_as_known(answer: Mapping[str, object]) -> Deployed:
    """What remains of a broken answer that has an id: members of the wrong form are unknown."""
    texts = {name: value for name, value in answer.items() if isinstance(value, str)}
    return of_answer({"status": UNKNOWN, **texts})


def _text_of(answer: Mapping[str, object], member: str) -> str | None:
    """A member that is a string or absent."""
    value = answer.get(member)
    if value is not None and not isinstance(value, str):
        raise TypeError(member)
    return value


def _profiles(value: object) -> tuple[str, ...]:
    if not (value is None or isinstance(value, list | tuple)):
        raise TypeError("profiles")
    return tuple(str(name) for name in value or ())


def _settings(answer: Mapping[str, object]) -> Request:
    """The members of a request that an answer shows."""
    shown = {name: value for name, value in answer.items() if name in BY_API_NAME and value not in (None, {}, [])}
    tags = shown.get("tags")
    if isinstance(tags, Mapping):  # nobody else can send the tags of AWS itself
        own = {key: value for key, value in tags.items() if not key.startswith(limits.TAG_RESERVED_PREFIX)}
        shown = {**shown, "tags": own} if own else {name: value for name, value in shown.items() if name != "tags"}
    details = answer.get("definitionRepositoryDetails")
    if isinstance(details, Mapping) and details.get("connectionArn") and details.get("fullRepositoryId"):
        shown["definitionRepository"] = {
            name: details[name]
            for name in ("connectionArn", "fullRepositoryId", "sourceReference")
            if details.get(name)
        }
    return of_members(shown)


# Those that the service fills in come first.
_COMPARED = [member for answer in (Answer.FILLED_IN, Answer.AS_SENT) for member in MEMBERS if member.answer is answer]


def differences(request: Request, deployed: Deployed, *, lasting: bool = False) -> list[str]:
    """The API's names of the settings in which a deployed workflow or version differs from a request, as far as answers show them.

    With `lasting`, only those that nobody can change later (Api.OMICS: UpdateWorkflow, UpdateWorkflowVersion, TagResource).
    """
    names = []
    for member in _COMPARED:
        expected, actual = member.value(request), member.value(deployed.settings)
        match member.field:
            case "tags":
                expected, actual = tuple(sorted(request.tags or ())), deployed.settings.tags or ()
            case "container_registry_map" if request.container_registry_map_uri is not None:
                continue  # what is at the URI is not known
            case "container_registry_map":
                if _mappings(request.container_registry_map) == _mappings(deployed.settings.container_registry_map):
                    continue
            case "parameter_template":
                if request.parameter_template_path is not None:
                    continue
                expected = expected or None
        if expected is None and member.answer is Answer.FILLED_IN:
            continue
        if lasting and member.changeable:
            continue
        if expected != actual:
            names.append(member.api)
    return names


def _mappings(text: str | None) -> object:
    """The content of a registry map without empty lists: an answer need not show a map without mappings."""
    content = json.loads(text or "{}")
    return {name: value for name, value in content.items() if value != []} if isinstance(content, dict) else content


def losses(request: Request, previous: Deployed) -> dict[str, str]:
    """The settings that the previous version has and a new one would lose: fields of `Request`, each with its name in messages.

    The parameter template is not among them: if none is sent, the service generates one.
    """
    lost = {
        member.field: member.inherited
        for member in MEMBERS
        if member.inherited and member.value(previous.settings) is not None and member.value(request) is None
    }
    if request.container_registry_map_uri is not None:
        lost.pop("container_registry_map", None)
    if request.storage_type == "DYNAMIC":
        lost.pop("storage_capacity", None)
    kept = {key for key, _ in request.tags or ()}
    keys = [key for key, _ in previous.settings.tags or () if key not in kept]
    if keys:
        lost["tags"] = f"the tag{'s' if len(keys) > 1 else ''} {', '.join(f'`{key}`' for key in keys)}"
    has_readme = previous.readme_url is not None or previous.settings.readme_path is not None
    if has_readme and all(member.value(request) is None for member in members_of(Content.README)):
        lost["readme_markdown"] = "the README"
    return lost


def carried_over(request: Request, previous: Deployed) -> Request:
    """The request with the settings of the previous version that it would have lost."""
    fields = {field: getattr(previous.settings, field) for field in losses(request, previous)}
    if "tags" in fields:
        fields["tags"] = tuple(sorted({**dict(previous.settings.tags or ()), **dict(request.tags or ())}.items()))
    if fields.get("readme_markdown", "") is None:  # it was not exported
        del fields["readme_markdown"]
    return replace(request, **fields)
