"""Rules about a definition that comes from a Git repository or from S3."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packager.findings.diagnostic import Severity
from packager.healthomics import limits
from packager.healthomics.request import Repository, camel
from packager.rules.facts import Facts
from packager.rules.request.members import NOWHERE, request_of
from packager.rules.rule import Found, Subject, rule

_MAX_LISTED = 5
_CREATION = "creating private workflows page"
_ARN = "arn:aws:codeconnections:us-east-1:111122223333:connection/abc"
_SOURCE = f"connectionArn={_ARN},fullRepositoryId=lab/calling"
_SUBMIT = f"$ packager submit main.wdl --dry-run --definition-repository '{_SOURCE}"


@rule(
    "REQ030",
    "repository-too-large",
    Severity.ERROR,
    subject=Subject.REPOSITORY,
    hint="leave large files out with `excludeFilePatterns`, or submit a zip",
    source="fixed quotas page; packaging page (2026-10-16)",
    bad="a repository with a reference genome of 3 GB in it",
    good="the same repository with `excludeFilePatterns=[reference/*]`",
)
def repository_too_large(facts: Facts) -> Iterator[Found]:
    """The repository, or a file in it, is larger than what the service takes.

    A file may have 100 MiB, all of them together 1 GiB. What is measured is the folder here, less what is excluded.
    """
    assert facts.repository is not None  # the subject of the rule
    large = [(path, size) for path, size in facts.repository if size > limits.REPOSITORY_FILE_MAX_BYTES]
    for path, size in large[:_MAX_LISTED]:
        message = f"`{path}` has {size / 1024**2:.0f} MiB, at most 100 MiB are taken from a repository"
        yield Found(NOWHERE, message, subject=path)
    if len(large) > _MAX_LISTED:
        yield Found(NOWHERE, f"{len(large) - _MAX_LISTED} more files of the repository have over 100 MiB")
    total = sum(size for _, size in facts.repository)
    if total > limits.REPOSITORY_MAX_BYTES:
        yield Found(NOWHERE, f"the repository has {total / 1024**3:.2f} GiB, at most 1 GiB is taken")


@rule(
    "REQ031",
    "invalid-repository",
    Severity.ERROR,
    subject=Subject.REQUEST,
    hint="see `packager submit --help` for the form",
    source="API DefinitionRepository, SourceReference, ExcludeFilePatternList",
    bad=f"{_SUBMIT},sourceReference={{type=RELEASE,value=v1}}'",
    good=f"{_SUBMIT},sourceReference={{type=TAG,value=v1}}' --parameter-template-path parameters.json",
)
def invalid_repository(facts: Facts) -> Iterator[Found]:
    """The definition's repository is described in a way that the API rejects.

    botocore checks neither patterns nor enumerations nor lengths before it sends.
    """
    repository = request_of(facts).definition_repository
    if repository is not None:
        for member, fault in _faults(repository):
            yield Found(NOWHERE, f"`definitionRepository`: {fault}", subject=member)


def _faults(repository: Repository) -> Iterator[tuple[str, str]]:
    arn, name = repository.connection_arn, repository.full_repository_id
    if not limits.is_connection_arn(arn):
        yield "connectionArn", f"`{arn[:80]}` is not the ARN of a connection"
    if not limits.is_repository_id(name):
        yield "fullRepositoryId", f"`{name[:80]}` is not `OWNER/NAME`"
    if repository.reference is not None and repository.reference[0] not in limits.REFERENCE_TYPES:
        known = ", ".join(limits.REFERENCE_TYPES)
        yield "sourceReference", f"the reference type is `{repository.reference[0][:40]}`, the API knows {known}"
    least, most = limits.EXCLUDE_PATTERNS
    if repository.exclude is not None and not least <= len(repository.exclude) <= most:
        patterns = f"{len(repository.exclude)} exclude patterns are given, {least} to {most} are taken"
        yield "excludeFilePatterns", patterns


@rule(
    "REQ032",
    "path-without-repository",
    Severity.ERROR,
    subject=Subject.REQUEST,
    hint="leave it out: with a zip the template and the README are sent themselves",
    source=f"{_CREATION}; API parameterTemplatePath, readmePath",
    bad="$ packager submit main.wdl --dry-run --readme-path docs/README.md",
    good=f"{_SUBMIT}' --readme-path docs/README.md --parameter-template-path parameters.json",
)
def path_without_repository(facts: Facts) -> Iterator[Found]:
    """A path into a repository is given, but the definition comes from somewhere else.

    `parameterTemplatePath` and `readmePath` mean something only beside `definitionRepository`.
    """
    request = request_of(facts)
    if request.definition_repository is not None:
        return
    for member in ("parameter_template_path", "readme_path"):
        if getattr(request, member) is not None:
            message = f"`{camel(member)}` is given without `definitionRepository`"
            yield Found(NOWHERE, message, subject=camel(member))


@rule(
    "REQ033",
    "repository-without-template",
    Severity.WARNING,
    subject=Subject.SUBMISSION,
    hint="give `--parameter-template-path`, or a PATH to derive the template from",
    source=f"{_CREATION}; API parameterTemplatePath",
    bad=f"$ packager submit --dry-run --name calling --main main.wdl --definition-repository '{_SOURCE}'",
    good=f"{_SUBMIT}' --parameter-template-path parameters.json",
)
def repository_without_template(facts: Facts) -> Iterator[Found]:
    """A definition from a repository has no parameter template.

    Unlike for a zip, the service generates none for a repository, and a run may then set no parameter.
    """
    request = request_of(facts)
    if request.definition_repository is not None and not (
        request.parameter_template or request.parameter_template_path
    ):
        yield Found(NOWHERE, "no parameter template is sent, and the service generates none from a repository")


@rule(
    "REQ037",
    "definition-uri-not-a-zip",
    Severity.WARNING,
    subject=Subject.REQUEST,
    hint="name the zip itself, such as `s3://bucket/workflow.zip`",
    source="packaging page (2026-10-16) against an example of the creating private workflows page",
    bad="$ packager submit main.wdl --dry-run --definition-uri s3://bucket/workflows/",
    good="$ packager submit main.wdl --dry-run --definition-uri s3://bucket/workflows/calling.zip",
)
def definition_uri_not_a_zip(facts: Facts) -> Iterator[Found]:
    """`definitionUri` does not name a zip on S3.

    The packaging page wants a zip object; one older example shows a folder.
    """
    uri = request_of(facts).definition_uri
    if uri is None:
        return
    if not re.fullmatch(r"s3://[^/]+/.*[^/]", uri):
        yield Found(NOWHERE, f"`definitionUri` is `{uri[:80]}`, not an object on S3", severity=Severity.ERROR)
    elif not uri.lower().endswith(".zip"):
        yield Found(NOWHERE, f"`definitionUri` is `{uri[:80]}`, which does not end in `.zip`")
