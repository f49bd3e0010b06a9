"""Rules about the README that goes with a workflow."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packager.findings.diagnostic import Severity
from packager.healthomics import limits
from packager.healthomics.request import camel
from packager.rules.facts import Facts
from packager.rules.request.members import NOWHERE, request_of
from packager.rules.rule import Found, Subject, rule

_PAGE = "workflow README page"
_MEMBERS = ("readme_markdown", "readme_path", "readme_uri")
# A Markdown link or image, or one in HTML, whose target has no scheme and is no anchor.
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
    hint="a README may have 500 KiB, and its URI is `s3://BUCKET/KEY`",
    source=f"{_PAGE}; fixed quotas page; API readmeUri",
    bad="$ packager submit main.wdl --dry-run --readme-uri https://example.org/README.md",
    good="$ packager submit main.wdl --dry-run --readme-uri s3://bucket/README.md",
)
def invalid_readme(facts: Facts) -> Iterator[Found]:
    """The README is larger than what the service takes, or its URI has a form that the API rejects.

    The length is not in the API's model, so that nothing but the service would see it.
    """
    request = request_of(facts)
    size = len((request.readme_markdown or "").encode("utf-8", "surrogatepass"))
    if size > limits.README_MAX_BYTES:
        message = f"the README has {size:,} bytes, at most {limits.README_MAX_BYTES:,} are taken"
        yield Found(NOWHERE, message, subject="readmeMarkdown")
    if request.readme_uri is not None and not re.fullmatch(limits.README_URI_PATTERN, request.readme_uri):
        message = f"`readmeUri` is `{request.readme_uri[:80]}`, not an object on S3"
        yield Found(NOWHERE, message, subject="readmeUri")


@rule(
    "REQ035",
    "readme-not-as-shown",
    Severity.INFO,
    subject=Subject.SUBMISSION,
    hint="use absolute, public addresses, and a file that ends in `.md`",
    source=_PAGE,
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
def readme_not_as_shown(facts: Facts) -> Iterator[Found]:
    """The README will not be shown as it looks here.

    Relative links and images work only for a README that comes from a Git repository; the service wants Markdown in a `.md` file.
    """
    request = request_of(facts)
    for member in ("readme_path", "readme_uri"):
        value = getattr(request, member)
        if value is not None and not value.lower().endswith(".md"):
            yield Found(NOWHERE, f"`{camel(member)}` does not end in `.md`", subject=camel(member))
    if request.readme_markdown is None or request.definition_repository is not None:
        return
    text = _FENCE.sub("", request.readme_markdown[: limits.README_MAX_BYTES])
    targets = [found["markdown"] or found["html"] for found in _LINK.finditer(text)]
    relative = [target for target in targets if not _ABSOLUTE.match(target)]
    if relative:
        more = f" and {len(relative) - 1} more" if len(relative) > 1 else ""
        message = f"the README has the relative link `{relative[0][:80]}`{more}"
        yield Found(NOWHERE, message, subject="readmeMarkdown")


@rule(
    "REQ039",
    "readme-twice",
    Severity.WARNING,
    subject=Subject.REQUEST,
    hint="give the README once",
    source="API readmeMarkdown, readmePath, readmeUri",
    bad="$ packager submit main.wdl --dry-run --readme-markdown hello --readme-uri s3://bucket/README.md",
    good="$ packager submit main.wdl --dry-run --readme-uri s3://bucket/README.md",
)
def readme_twice(facts: Facts) -> Iterator[Found]:
    """The README is given in more than one way.

    Which of them counts is not documented.
    """
    request = request_of(facts)
    given = [camel(member) for member in _MEMBERS if getattr(request, member) is not None]
    if len(given) > 1:
        yield Found(NOWHERE, f"{' and '.join(f'`{name}`' for name in given)} are given")
