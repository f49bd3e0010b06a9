"""Whether the secrets that a registry map names are there. They are described only: no value is ever read."""

from __future__ import annotations

from packager.aws.online.findings import Findings
from packager.aws.online.inquiry import Absent, Inquiry, Unknown
from packager.findings.diagnostic import Severity
from packager.images.registry_map import RegistryMapping

PLACEHOLDER = "REPLACE-ME-"
_ARN_PARTS = 7


def check_secret(inquiry: Inquiry, mapping: RegistryMapping, region: str, *, used: bool) -> Findings:
    """What is wrong with the secret of a mapping; of one that no image uses it is a warning."""
    severity = None if used else Severity.WARNING
    found = Findings()
    arn = mapping.credential_arn or ""
    place = mapping.place_of("credentialArn")
    subject = mapping.upstream_registry_url
    if PLACEHOLDER in arn:
        what = f"`credentialArn` of `{mapping.name}` is a placeholder: `{arn}`"
        found.add("IMG042", place, what, severity=severity, subject=subject)
        return found
    parts = arn.split(":")
    if len(parts) < _ARN_PARTS or parts[2] != "secretsmanager":
        return found  # its form is for the map's own checks
    if parts[3] != region:
        what = f"the secret of `{mapping.name}` lies in `{parts[3]}`, the workflow in `{region}`"
        found.add("IMG041", place, what, subject=subject)
    answer = inquiry.ask(
        "secretsmanager",
        "describe_secret",
        region=parts[3],
        absent=("ResourceNotFoundException",),
        SecretId=arn,
    )
    if isinstance(answer, Unknown):
        found.unknown(("IMG040",), f"the secret of `{mapping.name}`", answer)
    elif isinstance(answer, Absent):
        what = f"the secret of `{mapping.name}` does not exist: `{arn}`"
        found.add("IMG040", place, what, severity=severity, subject=subject)
    elif answer.get("DeletedDate"):
        what = f"the secret of `{mapping.name}` is being deleted: `{arn}`"
        found.add("IMG040", place, what, hint="restore the secret", subject=subject)
    return found
