"""Rules about the request: what the API rejects, and what it takes but means otherwise."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from packager.findings.diagnostic import Place, Severity
from packager.healthomics import limits
from packager.healthomics.request import Request, camel
from packager.healthomics.version_names import fitting
from packager.rules.facts import Facts
from packager.rules.rule import Found, Subject, rule

_API = "API CreateWorkflowRequest, CreateWorkflowVersionRequest (botocore 1.44.5)"
NOWHERE = Place("")
_TEXTS = {
    "name": limits.NAME_LENGTH,
    "description": limits.DESCRIPTION_LENGTH,
    "main": limits.MAIN_LENGTH,
    "readme_path": limits.REPOSITORY_PATH_LENGTH,
    "parameter_template_path": limits.REPOSITORY_PATH_LENGTH,
    "definition_uri": limits.DEFINITION_URI_LENGTH,
    "container_registry_map_uri": limits.REGISTRY_MAP_URI_LENGTH,
    "request_id": limits.REQUEST_ID_LENGTH,
}
_SOURCES = ("definition_zip", "definition_uri", "definition_repository")
_CHOICES = {
    "engine": limits.ENGINES,
    "storage_type": limits.STORAGE_TYPES,
    "accelerators": limits.ACCELERATORS,
}
_PERSONAL = re.compile(
    r"(?<![\w.+-])[\w.+-]+@[\w-]+\.\w{2,}"  # an e-mail address
    r"|\b(?:mrn|dob|ssn|patient)[-_ ]?\w*\d{3,}"  # a record number with its label
    r"|\b\d{3}-\d{2}-\d{4}\b",  # a social security number
    re.IGNORECASE,
)


def request_of(facts: Facts) -> Request:
    """The request that a rule about requests judges."""
    assert facts.request is not None  # the subject of every rule here
    return facts.request


@rule(
    "REQ001",
    "definition-source-count",
    Severity.ERROR,
    subject=Subject.SUBMISSION,
    hint="give a directory, file or zip, or `--definition-uri`, or `--definition-repository`, and only one of them",
    source="packaging page (2026-10-16); API definitionZip, definitionUri, definitionRepository",
    bad="a request with a zip and an S3 URI",
    good="a request with a zip",
)
def definition_source_count(facts: Facts) -> Iterator[Found]:
    """The request names no definition source, or more than one.

    The service takes exactly one of a zip, an S3 object and a repository, and rejects the request otherwise.
    """
    request = request_of(facts)
    sources = [camel(name) for name in _SOURCES if getattr(request, name) is not None]
    if len(sources) != 1:
        listed = " and ".join(f"`{name}`" for name in sources) or "none"
        yield Found(NOWHERE, f"exactly one definition source is needed, given: {listed}")


@rule(
    "REQ002",
    "invalid-version-name",
    Severity.ERROR,
    subject=Subject.REQUEST,
    hint="start with a letter or digit and go on with letters, digits, `-`, `.` and `_`, 64 characters at most",
    source="API WorkflowVersionName",
    bad="$ packager submit main.wdl --dry-run --workflow-id 1234567 --version-name release/1.0",
    good="$ packager submit main.wdl --dry-run --workflow-id 1234567 --version-name release-1.0",
)
def invalid_version_name(facts: Facts) -> Iterator[Found]:
    """A version name has a form that the API rejects.

    The name becomes part of the version's ARN. The `+` of a semantic version's build part is not taken.
    """
    request = request_of(facts)
    if request.version_name is not None:
        near = fitting(request.version_name)
        hint = f"`{near}` would be taken" if near else None
        longest = limits.VERSION_NAME_LENGTH[1]
        if len(request.version_name) > longest:
            yield Found(
                NOWHERE,
                f"the version name has {len(request.version_name)} characters, at most {longest} are taken",
                hint=hint,
            )
        elif not re.fullmatch(limits.VERSION_NAME_PATTERN, request.version_name):
            yield Found(
                NOWHERE,
                f"the version name `{request.version_name}` has characters that the API rejects",
                hint=hint,
            )


@rule(
    "REQ003",
    "invalid-text",
    Severity.ERROR,
    subject=Subject.REQUEST,
    hint="shorten it, and use no line ends, tabs or other control characters",
    source=_API,
    bad='$ packager submit main.wdl --dry-run --description ""',
    good='$ packager submit main.wdl --dry-run --description "Joint calling"',
)
def invalid_text(facts: Facts) -> Iterator[Found]:
    """A text member of the request is empty, too long, or has control characters.

    The API takes letters, marks, numbers, punctuation, symbols and separators; botocore checks neither length nor characters
    before it sends.
    """
    request = request_of(facts)
    for member, (shortest, longest) in _TEXTS.items():
        value = getattr(request, member)
        if value is None:
            continue
        place = Place(request.main or "", 1, 1) if member == "main" else NOWHERE
        if not shortest <= len(value) <= longest:
            yield Found(
                place,
                f"`{camel(member)}` has {len(value)} characters, {shortest} to {longest} are taken",
                subject=camel(member),
            )
        if not limits.is_text(value):
            yield Found(place, f"`{camel(member)}` has control characters", subject=camel(member))


@rule(
    "REQ004",
    "unknown-choice",
    Severity.ERROR,
    subject=Subject.REQUEST,
    hint="use one of the values that the API knows",
    source="API WorkflowEngine, StorageType, Accelerators",
    bad="$ packager submit main.wdl --dry-run --storage-type FAST",
    good="$ packager submit main.wdl --dry-run --storage-type DYNAMIC",
)
def unknown_choice(facts: Facts) -> Iterator[Found]:
    """`engine`, `storageType` or `accelerators` has a value that the API does not know.

    botocore does not check enumerations, so the mistake would be seen only by the service.
    """
    request = request_of(facts)
    for member, choices in _CHOICES.items():
        value = getattr(request, member)
        if value is not None and value not in choices:
            message = f"`{camel(member)}` is `{value}`, the API knows {', '.join(choices)}"
            yield Found(NOWHERE, message, subject=camel(member))


@rule(
    "REQ005",
    "invalid-tags",
    Severity.ERROR,
    subject=Subject.REQUEST,
    hint="at most 50 tags of letters, digits, white space and `_ . : / = + - @`; keys not starting with `aws:`",
    source="tagging page; API TagMap",
    bad="$ packager submit main.wdl --dry-run --tags aws:team=genomics",
    good="$ packager submit main.wdl --dry-run --tags team=genomics",
)
def invalid_tags(facts: Facts) -> Iterator[Found]:
    """A tag has a form that the API rejects, or there are too many.

    Tags are checked as a whole: one bad tag rejects the request.
    """
    tags = request_of(facts).tags or ()
    if len(tags) > limits.TAGS_MAX:
        yield Found(NOWHERE, f"{len(tags)} tags are given, at most {limits.TAGS_MAX} are taken")
    for key, count in Counter(key for key, _ in tags).items():
        if count > 1:
            yield Found(NOWHERE, f"the tag key `{key}` is given {count} times", subject=key)
    for key, value in tags:
        if key.lower().startswith(limits.TAG_RESERVED_PREFIX):
            yield Found(
                NOWHERE,
                f"the tag key `{key}` starts with the reserved `{limits.TAG_RESERVED_PREFIX}`",
                subject=key,
            )
        for what, text, (shortest, longest) in (
            ("key", key, limits.TAG_KEY_LENGTH),
            ("value", value, limits.TAG_VALUE_LENGTH),
        ):
            if not shortest <= len(text) <= longest:
                yield Found(
                    NOWHERE,
                    f"the tag {what} `{text[:40]}` has {len(text)} characters, {shortest} to {longest} are taken",
                    subject=key,
                )
            if not all(char.isalnum() or char.isspace() or char in limits.TAG_PUNCTUATION for char in text):
                message = f"the tag {what} `{text[:40]}` has characters that the API rejects"
                yield Found(NOWHERE, message, subject=key)


@rule(
    "REQ006",
    "registry-map-twice",
    Severity.WARNING,
    subject=Subject.REQUEST,
    hint="give the map inline or by its URI, not both",
    source="AWS HealthOmics MCP server, checks of create_workflow (2026-08-21)",
    bad="""
    $ packager submit main.wdl --dry-run --container-registry-map map.json --container-registry-map-uri s3://b/map.json
    map.json
        {"registryMappings": [{"upstreamRegistryUrl": "quay.io", "ecrRepositoryPrefix": "quay"}]}
    """,
    good="""
    $ packager submit main.wdl --dry-run --container-registry-map map.json
    map.json
        {"registryMappings": [{"upstreamRegistryUrl": "quay.io", "ecrRepositoryPrefix": "quay"}]}
    """,
)
def registry_map_twice(facts: Facts) -> Iterator[Found]:
    """The registry map is given both inline and by URI.

    Which of the two counts is not documented.
    """
    request = request_of(facts)
    if request.container_registry_map is not None and request.container_registry_map_uri is not None:
        yield Found(NOWHERE, "`containerRegistryMap` and `containerRegistryMapUri` are both given")


@rule(
    "REQ007",
    "personal-data",
    Severity.INFO,
    subject=Subject.REQUEST,
    hint="use a name that identifies no person",
    source="creating private workflows page",
    bad="$ packager submit main.wdl --dry-run --name jane.doe@example.org-calling",
    good="$ packager submit main.wdl --dry-run --name joint-calling",
)
def personal_data(facts: Facts) -> Iterator[Found]:
    """A name, description or tag looks as if it identified a person.

    Names appear in logs, ARNs and events, so the guide asks to keep personal data out of them.
    """
    request = request_of(facts)
    texts = {camel(name): getattr(request, name) for name in ("name", "version_name", "description")}
    texts |= {f"tag {key}": value for key, value in request.tags or ()}
    for what, text in texts.items():
        if text and _PERSONAL.search(text):
            yield Found(NOWHERE, f"`{what}` looks as if it identified a person", subject=what)


@rule(
    "REQ013",
    "gpu-without-accelerators",
    Severity.INFO,
    subject=Subject.SUBMISSION,
    hint="give `--accelerators GPU`",
    source="creating private workflows page; the MCP server of AWS calls the member unused",
    bad="""
    $ packager submit main.wdl --dry-run
    main.wdl
        version 1.0
        workflow train { call fit  output { File model = fit.model } }
        task fit {
          command <<< touch model >>>
          output { File model = "model" }
          runtime {
            docker: "111122223333.dkr.ecr.us-east-1.amazonaws.com/fit:1.0"
            cpu: 4
            memory: "16 GiB"
            acceleratorType: "nvidia-l4"
            acceleratorCount: 1
          }
        }
    """,
    good="$ packager submit main.wdl --dry-run",
)
def gpu_without_accelerators(facts: Facts) -> Iterator[Found]:
    """Tasks ask for GPUs, but the request does not set `accelerators`.

    The guide describes the member; a newer AWS source says that the service does not use it.
    """
    if facts.workflow is None or request_of(facts).accelerators is not None:
        return
    for task in facts.workflow.tasks:
        if task.resources.accelerator_type is not None:
            yield Found(task.place, f"`{task.name}` asks for a GPU, and `accelerators` is not given")
            return


@rule(
    "REQ014",
    "invalid-workflow-id",
    Severity.ERROR,
    subject=Subject.REQUEST,
    hint="give the numeric id that ListWorkflows shows, not the UUID or the ARN",
    source="API WorkflowId",
    bad="$ packager submit main.wdl --dry-run --workflow-id wf-12 --version-name v1",
    good="$ packager submit main.wdl --dry-run --workflow-id 1234567 --version-name v1",
)
def invalid_workflow_id(facts: Facts) -> Iterator[Found]:
    """The workflow id is not a number of at most 18 digits.

    A workflow also has a UUID and an ARN; the API takes neither here.
    """
    workflow_id = request_of(facts).workflow_id
    if workflow_id is not None and not (
        re.fullmatch(limits.WORKFLOW_ID_PATTERN, workflow_id) and len(workflow_id) <= limits.WORKFLOW_ID_LENGTH[1]
    ):
        yield Found(NOWHERE, f"`{workflow_id[:60]}` is not a workflow id")


@rule(
    "REQ015",
    "invalid-bucket-owner",
    Severity.ERROR,
    subject=Subject.REQUEST,
    hint="give the 12 digits of the account that owns the bucket",
    source="API WorkflowBucketOwnerId",
    bad="$ packager submit main.wdl --dry-run --workflow-bucket-owner-id 1234",
    good="$ packager submit main.wdl --dry-run --workflow-bucket-owner-id 111122223333",
)
def invalid_bucket_owner(facts: Facts) -> Iterator[Found]:
    """The bucket owner is not an account id.

    The API takes exactly twelve digits.
    """
    owner = request_of(facts).workflow_bucket_owner_id
    if owner is not None and not re.fullmatch(limits.BUCKET_OWNER_PATTERN, owner):
        yield Found(NOWHERE, f"`{owner}` is not an account id of 12 digits")


@rule(
    "REQ016",
    "name-of-a-version",
    Severity.WARNING,
    subject=Subject.REQUEST,
    hint="leave `--name` out, or `--workflow-id` to create a new workflow",
    source="API CreateWorkflowVersionRequest has no name",
    bad="$ packager submit main.wdl --dry-run --workflow-id 1234567 --version-name v1 --name calling",
    good="$ packager submit main.wdl --dry-run --workflow-id 1234567 --version-name v1",
)
def name_of_a_version(facts: Facts) -> Iterator[Found]:
    """A workflow name is given for a version, which has none of its own.

    The name is not sent: a version carries its workflow's name, and inherits nothing else.
    """
    request = request_of(facts)
    if request.workflow_id is not None and request.name is not None:
        yield Found(NOWHERE, "`name` is not sent with a workflow version")
