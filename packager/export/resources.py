"""A request as a resource of CloudFormation or of Terraform's awscc provider: which members it has, and what cannot be expressed.

Sources: the resource schemas of AWS::Omics::Workflow and AWS::Omics::WorkflowVersion (2026-10-20). The awscc provider is made of them.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from packager.errors import PackagerError
from packager.healthomics import limits
from packager.healthomics.request import BY_FIELD, MEMBERS, Form, Request, RequestMember
from packager.healthomics.request_body import body
from packager.text import count, joined

# The README's members are in lower camel case, unlike all others of the resources.
_LOWER = ("readme_markdown", "readme_path", "readme_uri")
_UNSENT = ("request_id", "definition_zip")
_MAPPING_MEMBERS = {
    "registryMappings": ("upstreamRegistryUrl", "ecrRepositoryPrefix", "upstreamRepositoryPrefix", "ecrAccountId"),
    "imageMappings": ("sourceImage", "destinationImage"),
}
_BY_URI = "put the map on S3, and use `--container-registry-map-uri s3://BUCKET/KEY`"
_WORD = re.compile(r"[A-Za-z0-9]+")


def _capitalised(text: str) -> str:
    """The words of a string as one name, each with a capital."""
    return "".join(word[:1].upper() + word[1:] for word in _WORD.findall(text))


@dataclass(frozen=True, slots=True)
class ExportedWorkflow:
    """A workflow or version to write as a resource.

    `request` has its definition on S3 or in a repository. `target` is the target that it is for, if one was named. `uploads` are the
    commands that put on S3 what the request names.
    """

    request: Request
    target: str | None = None
    uploads: tuple[str, ...] = ()

    @property
    def is_version(self) -> bool:
        """Whether it is a version of a workflow that exists."""
        return self.request.workflow_id is not None

    @property
    def logical_id(self) -> str:
        """The resource's name in CloudFormation: the same for a changed definition of a workflow, another one for each version.

        A version that is no longer in the template is retained, so that no later version replaces it.
        """
        target = _capitalised(self.target or "")
        target += _mark(self.target, target)
        if not self.is_version:
            return f"Workflow{target}"
        name = self.request.version_name or ""
        return f"Version{target}{_capitalised(name)}{_short(name)}"


def _mark(name: str | None, shown: str) -> str:
    """A digest for a name that is not clear from what is shown of it."""
    return _short(name) if name and shown.lower() != name.lower() else ""


def _short(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:6]


@dataclass(frozen=True, slots=True)
class Naming:
    """How a format names things: a member of the request by its field, and a member inside of one by its API name."""

    member: Callable[[str], str]
    inner: Callable[[str], str]
    repository: Callable[[str], str]


def _cloudformation_member(field: str) -> str:
    name = BY_FIELD[field].api
    return name if field in _LOWER else _pascal(name)


def _pascal(name: str) -> str:
    return name[:1].upper() + name[1:]


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda match: f"_{match[1].lower()}", name)


def _same(name: str) -> str:
    return name


CLOUDFORMATION = Naming(
    _cloudformation_member, _pascal, _same
)  # the members of a repository are in lower camel case there
TERRAFORM = Naming(_same, _snake, _snake)


def members(request: Request, naming: Naming) -> dict[str, object]:
    """The members of the resource that is what the request would create.

    Raises:
        PackagerError: something cannot be expressed; the message names all of it.
    """
    problems = list(_problems(request))
    if problems:
        others = [f"; {message} ({hint})" for message, hint in problems[1:]]
        raise PackagerError(problems[0][0] + "".join(others), problems[0][1])
    sent = body(request)
    return {
        naming.member(member.field): _value(member, sent[member.api], naming)
        for member in MEMBERS
        if member.api in sent and member.field not in _UNSENT
    }


def _value(member: RequestMember, value: object, naming: Naming) -> object:
    match member.form:
        case Form.TEMPLATE:
            return {name: _parameter(entry, naming) for name, entry in _mapping(value).items()}
        case Form.REGISTRY_MAP:
            return {naming.inner(name): [_renamed(entry, naming.inner) for entry in _list(entries)]
                    for name, entries in _mapping(value).items()}  # fmt: skip
        case Form.REPOSITORY:
            return _renamed(value, naming.repository)
    return value


def _parameter(entry: object, naming: Naming) -> dict[str, object]:
    """An entry of the template. An empty description does not match the pattern of the resource, and means the same as none."""
    return {naming.inner(name): value for name, value in _mapping(entry).items() if value != ""}


def _renamed(value: object, rename: Callable[[str], str]) -> object:
    if isinstance(value, dict):
        return {rename(name): _renamed(inner, rename) for name, inner in value.items()}
    return value


def _mapping(value: object) -> Mapping[str, object]:
    assert isinstance(value, dict)  # as `body` makes them
    return value


def _list(value: object) -> list[object]:
    assert isinstance(value, list)  # as `body` makes them
    return value


def _problems(request: Request) -> Iterator[tuple[str, str]]:
    """What cannot be expressed, each with the way round it."""
    if request.definition_zip is not None:
        hint = "use `--staging s3://BUCKET/PREFIX`, or `staging` in packager.toml"
        yield "infrastructure code names the definition on S3, and no place there is known", hint
    if request.engine is not None and request.engine not in limits.CLOUDFORMATION_ENGINES:
        hint = "fix what the engine `WDL` rejects (`--engine WDL`), or create the workflow with `packager submit`"
        yield f"infrastructure code does not have the engine `{request.engine}`", hint
    entries, most = len(request.parameter_template or ()), limits.CLOUDFORMATION_TEMPLATE_ENTRIES
    if entries > most:
        hint = "leave optional parameters out with `--parameter-template FILE`, or create the workflow with `packager submit`"
        yield (
            f"the parameter template has {count(entries, 'entry', 'entries')}, infrastructure code can have {most:,}",
            hint,
        )
    uri = request.definition_uri
    if uri is not None and len(uri) > limits.DEFINITION_URI_LENGTH[1]:
        yield (
            f"`{uri[:60]}...` has {len(uri)} characters, at most {limits.DEFINITION_URI_LENGTH[1]} are allowed",
            ("use a shorter prefix in `--staging`"),
        )
    unknown = _unknown_map_members(request.container_registry_map)
    if unknown:
        yield f"infrastructure code does not have {joined(unknown)} of the registry map", _BY_URI
    if request.extra:
        names = joined([name for name, _ in request.extra])
        yield f"infrastructure code does not have {names}", "create the workflow with `packager submit`"


def _unknown_map_members(text: str | None) -> list[str]:
    """The members of a registry map that the resource does not have."""
    mapping = json.loads(text) if text is not None else {}
    unknown = set(mapping) - set(_MAPPING_MEMBERS)
    for name, known in _MAPPING_MEMBERS.items():
        for entry in mapping.get(name) or ():
            unknown |= set(entry) - set(known)
    return sorted(unknown)
