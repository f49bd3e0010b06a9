"""Rules about the README that goes with a workflow."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packager.findings.diagnostic import Severity
from packager.findings.sources import Api, Guide, cite
from packager.healthomics import limits
from packager.healthomics.request import BY_FIELD, Content, members_of
from packager.rules.facts import Facts
from packager.rules.request.members import NOWHERE, request_of
from packager.rules.rule import RuleFinding, Subject, rule
from packager.text import joined, listed

# A link or image in Markdown or HTML.
_LINK = re.compile(
    r"""!?\[[^\[\]\n]*\]\(\s*<?(?P<markdown>[^)\s>]+)|(?:src|href)\s*=\s*["'](?P<html>[^"'\n]+)["']""",
)
_FENCE = re.compile(r"^(```|~~~).*?^\1[^\n]*$", re.MULTILINE | re.DOTALL)
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//|#")


@rule(
    "REQ034",
    "invalid-readme",
    Severity.ERROR,
    subject=Subject.REQUEST,
    hint="use a README of at most 500 KiB, or a URI such as `s3://BUCKET/KEY`",
    source=cite(Guide.README, "size", Guide.FIXED_QUOTAS, "README", Api.OMICS, "CreateWorkflowRequest.readmeUri"),
    bad="$ packager submit main.wdl --dry-run --readme-uri https://example.org/README.md",
    good="$ packager submit main.wdl --dry-run --readme-uri s3://bucket/README.md",
)
def invalid_readme(facts: Facts) -> Iterator[RuleFinding]:
    """The README is larger than the service allows, or its URI has a form that the API rejects.

    The length is not in the API's model, so only the service would report the mistake.
    """
    request = request_of(facts)
    size = len((request.readme_markdown or "").encode("utf-8", "surrogatepass"))
    if size > limits.README_MAX_BYTES:
        message = f"the README has {size:,} bytes, at most {limits.README_MAX_BYTES:,} are allowed"
        yield RuleFinding(NOWHERE, message, subject="readmeMarkdown")
    if request.readme_uri is not None and not re.fullmatch(limits.README_URI_PATTERN, request.readme_uri):
        message = f"`readmeUri` is `{request.readme_uri[:80]}`, not an object on S3"
        yield RuleFinding(NOWHERE, message, subject="readmeUri")


@rule(
    "REQ035",
    "readme-not-as-shown",
    Severity.INFO,
    subject=Subject.SUBMISSION,
    hint="use absolute, public addresses, and a file that ends in `.md`",
    source=cite(Guide.README, "links"),
    bad="""
        $ packager submit . --dry-run
        README.md
          # Calling
          ![the steps](docs/steps.png)
    """,
    good="""
        $ packager submit . --dry-run
        README.md
          # Calling
          ![the steps](https://example.org/steps.png)
    """,
)
def readme_not_as_shown(facts: Facts) -> Iterator[RuleFinding]:
    """The service will not show the README as it looks locally.

    Relative links and images work only for a README in a Git repository; the service expects Markdown in a `.md` file.
    """
    request = request_of(facts)
    for member in (BY_FIELD["readme_path"], BY_FIELD["readme_uri"]):
        value = member.value(request)
        if isinstance(value, str) and not value.lower().endswith(".md"):
            yield RuleFinding(NOWHERE, f"`{member.api}` does not end in `.md`", subject=member.api)
    if request.readme_markdown is None or request.definition_repository is not None:
        return
    text = _FENCE.sub("", request.readme_markdown[: limits.README_MAX_BYTES])
    targets = [link["markdown"] or link["html"] for link in _LINK.finditer(text)]
    relative = [target for target in targets if not _ABSOLUTE.match(target)]
    if relative:
        shown = listed([target[:80] for target in relative], 1)
        yield RuleFinding(NOWHERE, f"the README has the relative link {shown}", subject="readmeMarkdown")


@rule(
    "REQ039",
    "readme-twice",
    Severity.WARNING,
    subject=Subject.REQUEST,
    hint="use only one of `--readme-markdown`, `--readme-path` and `--readme-uri`",
    source=cite(
        Api.OMICS,
        "CreateWorkflowRequest.readmeMarkdown",
        "CreateWorkflowRequest.readmePath",
        "CreateWorkflowRequest.readmeUri",
    ),
    bad="$ packager submit main.wdl --dry-run --readme-markdown hello --readme-uri s3://bucket/README.md",
    good="$ packager submit main.wdl --dry-run --readme-uri s3://bucket/README.md",
)
def readme_twice(facts: Facts) -> Iterator[RuleFinding]:
    """The request has more than one README.

    It is not documented which of them the service uses.
    """
    request = request_of(facts)
    sent = [member.api for member in members_of(Content.README) if member.value(request) is not None]
    if len(sent) > 1:
        yield RuleFinding(NOWHERE, f"the request has {joined(sent)}, expected only one of them")
