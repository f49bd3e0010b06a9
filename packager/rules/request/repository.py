"""Rules about a definition that comes from a Git repository or from S3."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packager.findings.diagnostic import Severity
from packager.findings.sources import Api, Guide, cite
from packager.healthomics import limits
from packager.healthomics.request import BY_FIELD, DefinitionRepository
from packager.rules.facts import Facts
from packager.rules.request.members import NOWHERE, request_of
from packager.rules.rule import RuleFinding, Subject, rule
from packager.text import count

_MAX_LISTED = 5
_ARN = "arn:aws:codeconnections:us-east-1:111122223333:connection/abc"
_SOURCE = f"connectionArn={_ARN},fullRepositoryId=lab/calling"
_SUBMIT = f"$ packager submit main.wdl --dry-run --definition-repository '{_SOURCE}"


@rule(
    "REQ030",
    "repository-too-large",
    Severity.ERROR,
    subject=Subject.REPOSITORY,
    hint="exclude large files with `excludeFilePatterns`, or submit a zip",
    source=cite(Guide.FIXED_QUOTAS, "repository", Guide.PACKAGING, "sizes"),
    bad="a repository with a reference genome of 3 GB in it",
    good="the same repository with `excludeFilePatterns=[reference/*]`",
)
def repository_too_large(facts: Facts) -> Iterator[RuleFinding]:
    """The repository, or a file in it, is larger than the service allows.

    A file may have up to 100 MiB, all files together up to 1 GiB. The sizes are those of the local folder, without excluded files.
    """
    assert facts.repository is not None  # the subject of the rule
    large = [(path, size) for path, size in facts.repository if size > limits.REPOSITORY_FILE_MAX_BYTES]
    for path, size in large[:_MAX_LISTED]:
        message = f"`{path}` has {size / 1024**2:.0f} MiB, at most 100 MiB are allowed in a repository"
        yield RuleFinding(NOWHERE, message, subject=path)
    if len(large) > _MAX_LISTED:
        yield RuleFinding(NOWHERE, f"{len(large) - _MAX_LISTED} more files of the repository have over 100 MiB")
    total = sum(size for _, size in facts.repository)
    if total > limits.REPOSITORY_MAX_BYTES:
        yield RuleFinding(NOWHERE, f"the repository has {total / 1024**3:.2f} GiB, at most 1 GiB is allowed")


@rule(
    "REQ031",
    "invalid-repository",
    Severity.ERROR,
    subject=Subject.REQUEST,
    hint="see `packager submit --help` for the format",
    source=cite(Api.OMICS, "DefinitionRepository", "SourceReference", "ExcludeFilePatternList"),
    bad=f"{_SUBMIT},sourceReference={{type=RELEASE,value=v1}}'",
    good=f"{_SUBMIT},sourceReference={{type=TAG,value=v1}}' --parameter-template-path parameters.json",
)
def invalid_repository(facts: Facts) -> Iterator[RuleFinding]:
    """The definition's repository has a form that the API rejects.

    botocore checks neither patterns nor enumerations nor lengths before it sends.
    """
    repository = request_of(facts).definition_repository
    if repository is not None:
        for member, fault in _faults(repository):
            yield RuleFinding(NOWHERE, f"`definitionRepository`: {fault}", subject=member)


def _faults(repository: DefinitionRepository) -> Iterator[tuple[str, str]]:
    arn, name = repository.connection_arn, repository.full_repository_id
    if not limits.is_connection_arn(arn):
        yield "connectionArn", f"`{arn[:80]}` is not the ARN of a connection"
    if not limits.is_repository_id(name):
        yield "fullRepositoryId", f"`{name[:80]}` is not `OWNER/NAME`"
    if repository.reference is not None and repository.reference[0] not in limits.REFERENCE_TYPES:
        known = ", ".join(limits.REFERENCE_TYPES)
        yield "sourceReference", f"the reference type is `{repository.reference[0][:40]}`, the API accepts {known}"
    least, most = limits.EXCLUDE_PATTERNS
    if repository.exclude is not None and not least <= len(repository.exclude) <= most:
        number = count(len(repository.exclude), "exclude pattern")
        yield "excludeFilePatterns", f"there are {number}, {least} to {most} are allowed"


@rule(
    "REQ032",
    "path-without-repository",
    Severity.ERROR,
    subject=Subject.REQUEST,
    hint="remove it: with a zip, packager sends the template and the README themselves",
    source=cite(
        Guide.CREATION,
        "paths",
        Api.OMICS,
        "CreateWorkflowRequest.parameterTemplatePath",
        "CreateWorkflowRequest.readmePath",
    ),
    bad="$ packager submit main.wdl --dry-run --readme-path docs/README.md",
    good=f"{_SUBMIT}' --readme-path docs/README.md --parameter-template-path parameters.json",
)
def path_without_repository(facts: Facts) -> Iterator[RuleFinding]:
    """The request has a path in a repository, but the definition is not from a repository.

    `parameterTemplatePath` and `readmePath` are valid only together with `definitionRepository`.
    """
    request = request_of(facts)
    if request.definition_repository is not None:
        return
    for member in (BY_FIELD["parameter_template_path"], BY_FIELD["readme_path"]):
        if member.value(request) is not None:
            message = f"the request has `{member.api}`, but no `definitionRepository`"
            yield RuleFinding(NOWHERE, message, subject=member.api)


@rule(
    "REQ033",
    "repository-without-template",
    Severity.WARNING,
    subject=Subject.SUBMISSION,
    hint="use `--parameter-template-path`, or pass a PATH from which the template is derived",
    source=cite(Guide.CREATION, "git template", Api.OMICS, "CreateWorkflowRequest.parameterTemplatePath"),
    bad=f"$ packager submit --dry-run --name calling --main main.wdl --definition-repository '{_SOURCE}'",
    good=f"{_SUBMIT}' --parameter-template-path parameters.json",
)
def repository_without_template(facts: Facts) -> Iterator[RuleFinding]:
    """A definition from a repository has no parameter template.

    Unlike for a zip, the service generates none for a repository, and a run may then set no parameter.
    """
    request = request_of(facts)
    if request.definition_repository is not None and not (
        request.parameter_template or request.parameter_template_path
    ):
        yield RuleFinding(NOWHERE, "no parameter template is sent, and the service generates none from a repository")


@rule(
    "REQ037",
    "definition-uri-not-a-zip",
    Severity.WARNING,
    subject=Subject.REQUEST,
    hint="use the URI of the zip itself, such as `s3://bucket/workflow.zip`",
    source=cite(Guide.PACKAGING, "object", Guide.CREATION, "folder"),
    bad="$ packager submit main.wdl --dry-run --definition-uri s3://bucket/workflows/",
    good="$ packager submit main.wdl --dry-run --definition-uri s3://bucket/workflows/calling.zip",
)
def definition_uri_not_a_zip(facts: Facts) -> Iterator[RuleFinding]:
    """`definitionUri` does not name a zip on S3.

    The packaging page requires a zip object; an older example shows a folder.
    """
    uri = request_of(facts).definition_uri
    if uri is None:
        return
    if not re.fullmatch(r"s3://[^/]+/.*[^/]", uri):
        yield RuleFinding(NOWHERE, f"`definitionUri` is `{uri[:80]}`, not an object on S3", severity=Severity.ERROR)
    elif not uri.lower().endswith(".zip"):
        yield RuleFinding(NOWHERE, f"`definitionUri` is `{uri[:80]}`, which does not end in `.zip`")
