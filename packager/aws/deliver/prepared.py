"""A request that is ready to be sent, with everything that its delivery needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO

from packager.findings.overrides import NO_POLICY, Policy
from packager.findings.report import NO_FINDINGS, Report
from packager.healthomics.request import Request
from packager.model.facts import Entry

# What can be put on S3 instead of into the request.
DEFINITION, README, REGISTRY_MAP = "definition", "readme", "registry-map"
STAGEABLE = (DEFINITION, README, REGISTRY_MAP)


@dataclass(frozen=True, slots=True)
class Parcel:
    """A complete request, its zip, and what was found on the way.

    `zip_file` is None where the definition lies elsewhere; `entries` are the files that it holds. `version_name` is what a version is
    called if the request does not say. `profiles` are the Nextflow profiles that a run needs. `fixed_request_id`: the user said which
    idempotency token to use. `as_given`: the zip is the user's own, sent as it is.
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

    def __enter__(self) -> Parcel:
        """The parcel itself; its zip is closed at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the zip."""
        if self.zip_file is not None:
            self.zip_file.close()
