"""A request that is ready to be sent, and the options of its delivery. Nothing here needs boto3."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import IO

from packager.errors import PackagerError
from packager.findings.overrides import NO_POLICY, Policy
from packager.findings.report import NO_FINDINGS, Report
from packager.healthomics import limits
from packager.healthomics.request import Request
from packager.model.facts import Entry

Progress = Callable[[str], None]
# Shows, while the block runs, what is waited for.
Watch = Callable[[str], AbstractContextManager[None]]
# What can be put on S3 instead of into the request.
DEFINITION, README, REGISTRY_MAP = "definition", "readme", "registry-map"
STAGEABLE = (DEFINITION, README, REGISTRY_MAP)


def unwatched(_: str) -> AbstractContextManager[None]:
    """Show nothing, for a caller that needs no news while it waits."""
    return nullcontext()


@dataclass(frozen=True, slots=True)
class PreparedRequest:
    """A complete request, its zip, and the findings about it.

    `zip_file` is None if the definition is not local; `entries` are the files in it. `version_name` is the name of a version if the
    request has none. `profiles` are the Nextflow profiles that a run needs. `fixed_request_id`: the user chose the idempotency
    token. `as_given`: the zip is the user's own, sent as is.
    """

    request: Request
    zip_file: IO[bytes] | None = None
    entries: tuple[Entry, ...] = ()
    report: Report = NO_FINDINGS
    policy: Policy = NO_POLICY
    version_name: str = ""
    profiles: tuple[str, ...] = ()
    fixed_request_id: bool = False
    as_given: bool = False

    def __enter__(self) -> PreparedRequest:
        """The prepared request itself; its zip is closed at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the zip."""
        if self.zip_file is not None:
            self.zip_file.close()


@dataclass(frozen=True, slots=True)
class Staging:
    """Where files are put on S3: a bucket and a prefix without slashes at its ends, which may be empty."""

    bucket: str
    prefix: str

    def key(self, sha256: str, suffix: str) -> str:
        """The key of a content."""
        return "/".join(part for part in (self.prefix, f"{sha256}{suffix}") if part)

    def uri(self, sha256: str, suffix: str) -> str:
        """The S3 URI of a content."""
        return f"s3://{self.bucket}/{self.key(sha256, suffix)}"


def staging_of(uri: str) -> Staging:
    """`s3://BUCKET/PREFIX` in its parts.

    Raises:
        PackagerError: it is not such a URI.
    """
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    if not uri.startswith("s3://") or not limits.is_bucket(bucket):
        raise PackagerError(f"`{uri}` is not an S3 URI", "write `s3://BUCKET/PREFIX`")
    return Staging(bucket, prefix.strip("/"))


@dataclass(frozen=True, slots=True)
class DeliveryOptions:
    """How to deliver.

    `timeout` in seconds limits all calls, uploads and waiting together. `staging` is a place on S3 for what is too large for a
    request, and `staged` names what goes there in any case. `account`: the credentials must belong to it. `carry_over`: settings of
    the newest version that the request does not set are sent again. `replace_failed`: a FAILED version of the same name is deleted
    first. `identify`: find out who the caller is, for a record.
    """

    wait: bool = True
    timeout: float = 600
    staging: Staging | None = None
    staged: frozenset[str] = frozenset()
    account: str | None = None
    carry_over: bool = False
    replace_failed: bool = False
    identify: bool = False
