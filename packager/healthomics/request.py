"""The CreateWorkflow and CreateWorkflowVersion request as frozen data.

`MEMBERS` is the one table of what the request has: the API's names, options, configuration keys, checks and comparisons derive from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from packager.healthomics import limits
from packager.model.facts import TemplateParameter
from packager.text import camel_case


@dataclass(frozen=True, slots=True)
class ZipDefinition:
    """An inline definition: `size` of the zip in bytes, hashes in hex."""

    size: int
    sha256: str
    content_digest: str


@dataclass(frozen=True, slots=True)
class DefinitionRepository:
    """A definition in a Git repository (Api.OMICS: DefinitionRepository).

    `reference` is the type (BRANCH, TAG or COMMIT) and the value; None: the latest commit of the default branch. `exclude` are
    patterns of files to leave out; None: not sent.
    """

    connection_arn: str
    full_repository_id: str
    reference: tuple[str, str] | None = None
    exclude: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Every member of the request, snake_case; None is not sent. `MEMBERS` describes each.

    `workflow_id` makes it a CreateWorkflowVersion. `tags` are pairs as entered, so that a rule can report a repeated key.
    `container_registry_map` is the map's own JSON text in canonical form. `extra` are members that a newer API has, with their
    values as JSON text.
    """

    name: str | None = None
    version_name: str | None = None
    workflow_id: str | None = None
    description: str | None = None
    engine: str | None = None
    main: str | None = None
    definition_zip: ZipDefinition | None = None
    definition_uri: str | None = None
    definition_repository: DefinitionRepository | None = None
    parameter_template: tuple[tuple[str, TemplateParameter], ...] | None = None
    parameter_template_path: str | None = None
    storage_type: str | None = None
    storage_capacity: int | None = None
    accelerators: str | None = None
    tags: tuple[tuple[str, str], ...] | None = None
    container_registry_map: str | None = None
    container_registry_map_uri: str | None = None
    readme_markdown: str | None = None
    readme_path: str | None = None
    readme_uri: str | None = None
    workflow_bucket_owner_id: str | None = None
    request_id: str | None = None
    extra: tuple[tuple[str, str], ...] = ()

    @property
    def operation(self) -> str:
        """The API's operation that this request is for."""
        return CREATE_VERSION if self.workflow_id is not None else CREATE_WORKFLOW


CREATE_WORKFLOW, CREATE_VERSION = "CreateWorkflow", "CreateWorkflowVersion"
_Value: TypeAlias = (
    str
    | int
    | ZipDefinition
    | DefinitionRepository
    | tuple[tuple[str, TemplateParameter], ...]
    | tuple[tuple[str, str], ...]
    | None
)


class Form(StrEnum):
    """The form of a member's value."""

    TEXT = "text"
    INTEGER = "integer"
    TAGS = "tags"
    ZIP = "zip"
    REPOSITORY = "repository"
    TEMPLATE = "template"
    REGISTRY_MAP = "registry map"

    @property
    def is_document(self) -> bool:
        """Whether the option and the configuration name a file, whose content the request has."""
        return self in (Form.TEMPLATE, Form.REGISTRY_MAP)


class Content(StrEnum):
    """What a member sends to the service: members of one content are alternatives to each other."""

    DEFINITION = "definition"
    TEMPLATE = "parameter template"
    REGISTRY_MAP = "registry map"
    README = "README"


class Answer(StrEnum):
    """How GetWorkflow and GetWorkflowVersion show a member, which decides when it can be compared with a request."""

    AS_SENT = "as sent"  # absent if it was not sent
    FILLED_IN = "filled in"  # the service fills it in if it was not sent: compared only if it was sent
    HIDDEN = "hidden"


class Diff(StrEnum):
    """When `packager diff` compares a member as a single value."""

    IF_KNOWN = "if known"  # both sides know it
    IF_SET = "if set"  # the local side sets it


_WORKFLOW, _TARGET = "workflow", "target"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestMember:
    """A member of the request.

    `field` is its field in `Request`; its API name, option and configuration key derive from that. `description` is the help of both.

    - `operation` is the only operation that has it, None for both. `tables` are the tables of `packager.toml` that may set it.
    - `direct`: the option's value goes into the request as it is; the others (engine, main, documents) are read with the workflow.
    - `setting`: it configures the workflow or version, and `packager diff` accepts it. `identifies`: it names the request instead, so
      that it does not count in the digest of the configuration.
    - `content` is what it sends; `external`: it only names where that is, so that answers do not show the content.
    - `length`, `choices` and `personal` (may hold personal data) are what the rules check.
    - `answer`, `changeable` (Api.OMICS: UpdateWorkflow, UpdateWorkflowVersion, TagResource) and `diff` say how it is compared with a
      deployed workflow. `inherited` is how a message names it where a new version would lose it, "" where that is not checked.
    """

    field: str
    form: Form = Form.TEXT
    description: str = ""
    metavar: str = ""
    operation: str | None = None
    tables: tuple[str, ...] = (_WORKFLOW, _TARGET)
    direct: bool = True
    setting: bool = False
    identifies: bool = False
    content: Content | None = None
    external: bool = False
    length: tuple[int, int] | None = None
    choices: tuple[str, ...] = ()
    personal: bool = False
    answer: Answer = Answer.HIDDEN
    changeable: bool = False
    diff: Diff | None = None
    inherited: str = ""

    @property
    def api(self) -> str:
        """The API's name: `storageType`."""
        return camel_case(self.field)

    @property
    def config(self) -> str | None:
        """The key in `packager.toml`: `storage-type`; None if no table has it."""
        return self.field.replace("_", "-") if self.tables else None

    @property
    def option(self) -> str | None:
        """The option of the command line: `--storage-type`; None for the zip, which is PATH."""
        return None if self.form is Form.ZIP else f"--{self.field.replace('_', '-')}"

    def value(self, request: Request) -> _Value:
        """Its value in a request; None if it is not sent."""
        value: _Value = getattr(request, self.field)
        return value


MEMBERS: tuple[RequestMember, ...] = (
    RequestMember(
        field="name",
        description="The workflow's name in HealthOmics.",
        operation=CREATE_WORKFLOW,
        identifies=True,
        length=limits.NAME_LENGTH,
        personal=True,
        diff=Diff.IF_KNOWN,
    ),
    RequestMember(
        field="version_name",
        description="The version's name.",
        metavar="NAME",
        operation=CREATE_VERSION,
        identifies=True,
        personal=True,
    ),
    RequestMember(
        field="workflow_id",
        description="The workflow to create versions of.",
        metavar="ID",
        operation=CREATE_VERSION,
        identifies=True,
    ),
    RequestMember(
        field="description",
        description="What the workflow does.",
        metavar="TEXT",
        setting=True,
        length=limits.DESCRIPTION_LENGTH,
        personal=True,
        answer=Answer.AS_SENT,
        changeable=True,
        diff=Diff.IF_SET,
        inherited="the description",
    ),
    RequestMember(
        field="engine",
        description="The workflow engine.",
        metavar="ENGINE",
        tables=(_WORKFLOW,),
        direct=False,
        choices=limits.ENGINES,
        answer=Answer.FILLED_IN,
        diff=Diff.IF_KNOWN,
    ),
    RequestMember(
        field="main",
        description="The main file, relative to the folder.",
        metavar="PATH",
        tables=(_WORKFLOW,),
        direct=False,
        length=limits.MAIN_LENGTH,
        answer=Answer.FILLED_IN,
        diff=Diff.IF_KNOWN,
    ),
    RequestMember(field="definition_zip", form=Form.ZIP, tables=(), direct=False, content=Content.DEFINITION),
    RequestMember(
        field="definition_uri",
        description="The zip on S3.",
        metavar="S3-URI",
        content=Content.DEFINITION,
        length=limits.DEFINITION_URI_LENGTH,
    ),
    RequestMember(
        field="definition_repository",
        form=Form.REPOSITORY,
        description="The Git repository of the definition.",
        metavar="SOURCE",
        content=Content.DEFINITION,
    ),
    RequestMember(
        field="parameter_template",
        form=Form.TEMPLATE,
        description="A hand-written parameter template.",
        metavar="FILE",
        direct=False,
        content=Content.TEMPLATE,
        answer=Answer.FILLED_IN,
    ),
    RequestMember(
        field="parameter_template_path",
        description="The parameter template in the repository.",
        metavar="PATH",
        content=Content.TEMPLATE,
        external=True,
        length=limits.REPOSITORY_PATH_LENGTH,
    ),
    RequestMember(
        field="storage_type",
        description="The storage type of runs.",
        metavar="TYPE",
        setting=True,
        choices=limits.STORAGE_TYPES,
        answer=Answer.FILLED_IN,
        changeable=True,
        diff=Diff.IF_SET,
        inherited="the storage type",
    ),
    RequestMember(
        field="storage_capacity",
        form=Form.INTEGER,
        description="The size of STATIC storage in GiB.",
        metavar="GIB",
        setting=True,
        answer=Answer.FILLED_IN,
        changeable=True,
        diff=Diff.IF_SET,
        inherited="the storage capacity",
    ),
    RequestMember(
        field="accelerators",
        description="The accelerators of the workflow.",
        metavar="KIND",
        setting=True,
        choices=limits.ACCELERATORS,
        answer=Answer.AS_SENT,
        diff=Diff.IF_SET,
        inherited="the accelerators",
    ),
    RequestMember(
        field="tags",
        form=Form.TAGS,
        description="Tags of the workflow or version.",
        metavar="K=V,...",
        setting=True,
        answer=Answer.AS_SENT,
        changeable=True,
    ),
    RequestMember(
        field="container_registry_map",
        form=Form.REGISTRY_MAP,
        description="The container registry map.",
        metavar="FILE",
        direct=False,
        content=Content.REGISTRY_MAP,
        answer=Answer.AS_SENT,
        inherited="the registry map",
    ),
    RequestMember(
        field="container_registry_map_uri",
        description="The registry map on S3.",
        metavar="S3-URI",
        setting=True,
        content=Content.REGISTRY_MAP,
        external=True,
        length=limits.REGISTRY_MAP_URI_LENGTH,
    ),
    RequestMember(
        field="readme_markdown",
        description="The README's text, or file://FILE.",
        metavar="TEXT",
        setting=True,
        content=Content.README,
    ),
    RequestMember(
        field="readme_path",
        description="The README in the repository.",
        metavar="PATH",
        setting=True,
        content=Content.README,
        external=True,
        length=limits.REPOSITORY_PATH_LENGTH,
    ),
    RequestMember(
        field="readme_uri",
        description="The README on S3.",
        metavar="S3-URI",
        setting=True,
        content=Content.README,
        external=True,
    ),
    RequestMember(
        field="workflow_bucket_owner_id",
        description="The account that owns the bucket.",
        metavar="ID",
    ),
    RequestMember(
        field="request_id",
        description="The idempotency token.",
        metavar="TOKEN",
        identifies=True,
        length=limits.REQUEST_ID_LENGTH,
    ),
)
BY_FIELD: Mapping[str, RequestMember] = {member.field: member for member in MEMBERS}
BY_API_NAME: Mapping[str, RequestMember] = {member.api: member for member in MEMBERS}


def members_of(content: Content) -> tuple[RequestMember, ...]:
    """The members that can send a content."""
    return tuple(member for member in MEMBERS if member.content is content)


def with_members(request: Request, members: Iterable[RequestMember]) -> Request:
    """The request with these members alone, and `extra`."""
    values = {member.field: member.value(request) for member in members}
    return Request(**values, extra=request.extra)  # type: ignore[arg-type]  # each is the field's own
