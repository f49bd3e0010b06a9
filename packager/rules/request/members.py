"""Rules about the request: what the API rejects, and what it accepts but treats differently than the user may expect."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from packager.findings.diagnostic import Place, Severity
from packager.findings.sources import Api, Aws, Guide, cite
from packager.healthomics import limits
from packager.healthomics.request import MEMBERS, Content, Request, members_of
from packager.healthomics.request_identity import valid_name
from packager.rules.facts import Facts
from packager.rules.rule import RuleFinding, Subject, rule
from packager.text import joined

NOWHERE = Place("")
_PERSONAL = re.compile(
    r"(?<![\w.+-])[\w.+-]+@[\w-]+\.\w{2,}"  # an e-mail address
    r"|\b(?:mrn|dob|ssn|patient)[-_ ]?\w*\d{3,}"  # a record number with its label
    r"|\b\d{3}-\d{2}-\d{4}\b",  # a social security number
    re.IGNORECASE,
)


def request_of(facts: Facts) -> Request:
    """The request that a rule about requests checks."""
    assert facts.request is not None  # the subject of every rule here
    return facts.request


@rule(
    "REQ001",
    "definition-source-count",
    Severity.ERROR,
    subject=Subject.SUBMISSION,
    hint="use PATH, `--definition-uri` or `--definition-repository`, and only one of them",
    source=cite(
        Guide.PACKAGING,
        "one source",
        Api.OMICS,
        "CreateWorkflowRequest.definitionZip",
        "CreateWorkflowRequest.definitionUri",
        "CreateWorkflowRequest.definitionRepository",
    ),
    bad="a request with a zip and an S3 URI",
    good="a request with a zip",
)
def definition_source_count(facts: Facts) -> Iterator[RuleFinding]:
    """The request has no definition source, or more than one.

    The service expects exactly one of a zip, an S3 object and a repository, and rejects any other request.
    """
    request = request_of(facts)
    sources = [member.api for member in members_of(Content.DEFINITION) if member.value(request) is not None]
    if len(sources) != 1:
        yield RuleFinding(
            NOWHERE, f"expected exactly one definition source, got {joined(sources) if sources else 'none'}"
        )


@rule(
    "REQ002",
    "invalid-version-name",
    Severity.ERROR,
    subject=Subject.REQUEST,
    hint="start with a letter or digit, then use letters, digits, `-`, `.` and `_`, at most 64 characters",
    source=cite(Api.OMICS, "WorkflowVersionName"),
    bad="$ packager submit main.wdl --dry-run --workflow-id 1234567 --version-name release/1.0",
    good="$ packager submit main.wdl --dry-run --workflow-id 1234567 --version-name release-1.0",
)
def invalid_version_name(facts: Facts) -> Iterator[RuleFinding]:
    """A version name has a form that the API rejects.

    The name becomes part of the version's ARN. The `+` of a semantic version's build part is not allowed.
    """
    request = request_of(facts)
    if request.version_name is not None:
        near = valid_name(request.version_name)
        hint = f"`{near}` is a valid name" if near else None
        longest = limits.VERSION_NAME_LENGTH[1]
        if len(request.version_name) > longest:
            yield RuleFinding(
                NOWHERE,
                f"the version name has {len(request.version_name)} characters, at most {longest} are allowed",
                hint=hint,
            )
        elif not re.fullmatch(limits.VERSION_NAME_PATTERN, request.version_name):
            yield RuleFinding(
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
    source=cite(Api.OMICS, "CreateWorkflowRequest", "CreateWorkflowVersionRequest"),
    bad='$ packager submit main.wdl --dry-run --description ""',
    good='$ packager submit main.wdl --dry-run --description "Joint calling"',
)
def invalid_text(facts: Facts) -> Iterator[RuleFinding]:
    """A string member of the request is empty, too long, or has control characters.

    The API accepts letters, marks, numbers, punctuation, symbols and separators; botocore checks neither length nor characters
    before it sends.
    """
    request = request_of(facts)
    for member in MEMBERS:
        value = member.value(request)
        if member.length is None or not isinstance(value, str):
            continue
        shortest, longest = member.length
        place = Place(request.main or "", 1, 1) if member.field == "main" else NOWHERE
        if not shortest <= len(value) <= longest:
            message = f"`{member.api}` has {len(value)} characters, {shortest} to {longest} are allowed"
            hint = "shorten it" if value else "set a value, or omit it"
            yield RuleFinding(place, message, hint, subject=member.api)
        if not limits.is_text(value):
            yield RuleFinding(place, f"`{member.api}` contains control characters", subject=member.api)


@rule(
    "REQ004",
    "unknown-choice",
    Severity.ERROR,
    subject=Subject.REQUEST,
    hint="use a value that the API accepts",
    source=cite(Api.OMICS, "WorkflowEngine", "StorageType", "Accelerators"),
    bad="$ packager submit main.wdl --dry-run --storage-type FAST",
    good="$ packager submit main.wdl --dry-run --storage-type DYNAMIC",
)
def unknown_choice(facts: Facts) -> Iterator[RuleFinding]:
    """`engine`, `storageType` or `accelerators` has a value that the API does not accept.

    botocore does not check enumerations, so only the service would report the mistake.
    """
    request = request_of(facts)
    for member in MEMBERS:
        value = member.value(request)
        if member.choices and value is not None and value not in member.choices:
            message = f"`{member.api}` is `{value}`, expected {' or '.join(member.choices)}"
            yield RuleFinding(NOWHERE, message, subject=member.api)


@rule(
    "REQ005",
    "invalid-tags",
    Severity.ERROR,
    subject=Subject.REQUEST,
    hint="use at most 50 tags of letters, digits, white space and `_ . : / = + - @`, with no key that starts with `aws:`",
    source=cite(Guide.TAGGING, Api.OMICS, "TagMap"),
    bad="$ packager submit main.wdl --dry-run --tags aws:team=genomics",
    good="$ packager submit main.wdl --dry-run --tags team=genomics",
)
def invalid_tags(facts: Facts) -> Iterator[RuleFinding]:
    """A tag has a form that the API rejects, or there are too many.

    One invalid tag makes the service reject the whole request.
    """
    for key, message in tag_faults(request_of(facts).tags or ()):
        yield RuleFinding(NOWHERE, message, subject=key)


def tag_faults(tags: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """What the API rejects in tags, each with the key that it is about, which is empty if it is about all of them."""
    if len(tags) > limits.TAGS_MAX:
        yield "", f"the request has {len(tags)} tags, at most {limits.TAGS_MAX} are allowed"
    for key, count in Counter(key for key, _ in tags).items():
        if count > 1:
            yield key, f"the tag key `{key}` occurs {count} times"
    for key, value in tags:
        if key.lower().startswith(limits.TAG_RESERVED_PREFIX):
            yield key, f"the tag key `{key}` starts with the reserved `{limits.TAG_RESERVED_PREFIX}`"
        for what, text, (shortest, longest) in (
            ("key", key, limits.TAG_KEY_LENGTH),
            ("value", value, limits.TAG_VALUE_LENGTH),
        ):
            if not shortest <= len(text) <= longest:
                yield (
                    key,
                    f"the tag {what} `{text[:40]}` has {len(text)} characters, {shortest} to {longest} are allowed",
                )
            if not all(char.isalnum() or char.isspace() or char in limits.TAG_PUNCTUATION for char in text):
                yield key, f"the tag {what} `{text[:40]}` has characters that the API rejects"


@rule(
    "REQ006",
    "registry-map-twice",
    Severity.WARNING,
    subject=Subject.REQUEST,
    hint="use `--container-registry-map` or `--container-registry-map-uri`, not both",
    source=cite(Aws.MCP_SERVER, "checks"),
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
def registry_map_twice(facts: Facts) -> Iterator[RuleFinding]:
    """The request has a registry map both inline and by URI.

    It is not documented which of the two the service uses.
    """
    request = request_of(facts)
    if request.container_registry_map is not None and request.container_registry_map_uri is not None:
        yield RuleFinding(NOWHERE, "the request has both `containerRegistryMap` and `containerRegistryMapUri`")


@rule(
    "REQ042",
    "registry-map-uri-not-on-s3",
    Severity.ERROR,
    subject=Subject.REQUEST,
    hint="use the S3 URI of the map, such as `s3://bucket/container-registry-map.json`",
    source=cite(Api.OMICS, "CreateWorkflowRequest.containerRegistryMapUri"),
    bad="$ packager submit main.wdl --dry-run --container-registry-map-uri https://example.org/map.json",
    good="$ packager submit main.wdl --dry-run --container-registry-map-uri s3://bucket/map.json",
)
def registry_map_uri_not_on_s3(facts: Facts) -> Iterator[RuleFinding]:
    """`containerRegistryMapUri` does not name an object on S3.

    The service reads the map from S3 and from nowhere else.
    """
    uri = request_of(facts).container_registry_map_uri
    if uri and not re.fullmatch(r"s3://[^/]+/.*[^/]", uri):
        yield RuleFinding(NOWHERE, f"`containerRegistryMapUri` is `{uri[:80]}`, not an object on S3")


@rule(
    "REQ007",
    "personal-data",
    Severity.INFO,
    subject=Subject.REQUEST,
    hint="use a name that identifies no person",
    source=cite(Guide.CREATION, "personal data"),
    bad="$ packager submit main.wdl --dry-run --name jane.doe@example.org-calling",
    good="$ packager submit main.wdl --dry-run --name joint-calling",
)
def personal_data(facts: Facts) -> Iterator[RuleFinding]:
    """A name, description or tag may identify a person.

    Names appear in logs, ARNs and events, so the guide asks you to keep personal data out of them.
    """
    request = request_of(facts)
    texts = {member.api: str(member.value(request) or "") for member in MEMBERS if member.personal}
    texts |= {f"tag {key}": value for key, value in request.tags or ()}
    for what, text in texts.items():
        if text and _PERSONAL.search(text):
            yield RuleFinding(NOWHERE, f"`{what}` may identify a person", subject=what)


@rule(
    "REQ014",
    "invalid-workflow-id",
    Severity.ERROR,
    subject=Subject.REQUEST,
    hint="use the numeric ID that `aws omics list-workflows` shows, not the UUID or the ARN",
    source=cite(Api.OMICS, "WorkflowId"),
    bad="$ packager submit main.wdl --dry-run --workflow-id wf-12 --version-name v1",
    good="$ packager submit main.wdl --dry-run --workflow-id 1234567 --version-name v1",
)
def invalid_workflow_id(facts: Facts) -> Iterator[RuleFinding]:
    """The workflow ID is not a number of at most 18 digits.

    A workflow also has a UUID and an ARN; the API accepts neither here.
    """
    workflow_id = request_of(facts).workflow_id
    if workflow_id is not None and not (
        re.fullmatch(limits.WORKFLOW_ID_PATTERN, workflow_id) and len(workflow_id) <= limits.WORKFLOW_ID_LENGTH[1]
    ):
        yield RuleFinding(NOWHERE, f"`{workflow_id[:60]}` is not a workflow ID (1 to 18 digits)")


@rule(
    "REQ015",
    "invalid-bucket-owner",
    Severity.ERROR,
    subject=Subject.REQUEST,
    hint="use the 12 digits of the account that owns the bucket",
    source=cite(Api.OMICS, "WorkflowBucketOwnerId"),
    bad="$ packager submit main.wdl --dry-run --workflow-bucket-owner-id 1234",
    good="$ packager submit main.wdl --dry-run --workflow-bucket-owner-id 111122223333",
)
def invalid_bucket_owner(facts: Facts) -> Iterator[RuleFinding]:
    """The bucket owner is not an account ID.

    The API expects exactly twelve digits.
    """
    owner = request_of(facts).workflow_bucket_owner_id
    if owner is not None and not re.fullmatch(limits.BUCKET_OWNER_PATTERN, owner):
        yield RuleFinding(NOWHERE, f"`{owner}` is not an AWS account ID (12 digits)")


@rule(
    "REQ016",
    "name-of-a-version",
    Severity.WARNING,
    subject=Subject.REQUEST,
    hint="remove `--name`, or remove `--workflow-id` to create a new workflow",
    source=cite(Api.OMICS, "no name"),
    bad="$ packager submit main.wdl --dry-run --workflow-id 1234567 --version-name v1 --name calling",
    good="$ packager submit main.wdl --dry-run --workflow-id 1234567 --version-name v1",
)
def name_of_a_version(facts: Facts) -> Iterator[RuleFinding]:
    """The request creates a version, but also sets a workflow name.

    The name is not sent: a version uses the name of its workflow.
    """
    request = request_of(facts)
    if request.workflow_id is not None and request.name is not None:
        yield RuleFinding(NOWHERE, "`name` is not sent with a workflow version")
