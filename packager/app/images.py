"""The images of a workflow without asking anyone: what hides some of them, and what lets the service pull them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from packager.app.loaded import Loaded
from packager.aws.iam import grants
from packager.errors import PackagerError
from packager.findings.diagnostic import Diagnostic
from packager.images.destinations import Destinations, WorkflowImages, resolve_destinations

# Kinds of policies; `ecr` are all those of ECR in one document, each by its place.
POLICIES = ("caller", "run-role", "repository", "registry", "ecr")
# Findings about parameter templates, registry maps and the form of a zip.
_TEMPLATE, _MAP, _ZIP_FORM = "TPL", "MAP", "ZIP016"


def hiding_images(loaded: Loaded, *, with_map: bool = True) -> tuple[Diagnostic, ...]:
    """The findings of reading that may hide an image: files that could not be read and, `with_map`, faults of the registry map."""
    unrelated = (_TEMPLATE, _ZIP_FORM) if with_map else (_TEMPLATE, _ZIP_FORM, _MAP)
    return tuple(finding for finding in loaded.diagnostics if not finding.code.startswith(unrelated))


@dataclass(frozen=True, slots=True)
class PrintedPolicy:
    """A policy document, and the repositories, prefixes of caches and Region that it is for."""

    document: dict[str, object]
    repositories: tuple[str, ...]
    prefixes: tuple[str, ...]
    region: str | None


def minimum_policy(kind: str, workflows: Sequence[Loaded]) -> PrintedPolicy:
    """The minimum policy of a kind (`POLICIES`) for the images of workflows, as one document that AWS tools accept as is.

    Raises:
        PackagerError: the account or the Region is unknown, and the policy depends on it; or one document is not enough.
    """
    account, region = _same([each.account for each in workflows]), _same([each.region for each in workflows])
    needed = _destinations(workflows, account, region)
    repositories = sorted({image.repository.name for image in needed.images if image.mapping is None})
    prefixes = sorted({mapping.ecr_repository_prefix.strip("/") for mapping in needed.caches})
    document = _document(kind, needed, account, region)
    return PrintedPolicy(document, tuple(repositories), tuple(prefixes), region)


def _document(kind: str, needed: Destinations, account: str | None, region: str | None) -> dict[str, object]:
    if kind == "caller":
        return grants.caller_policy(account=account, region=region)
    if kind == "run-role":
        if not account or not region:
            raise _unknown()
        return grants.run_role_policy(needed, account=account, region=region)
    if kind == "repository":
        return grants.repository_policy(needed, account=account)
    owners = sorted({mapping.ecr_account_id or account or "" for mapping in needed.caches})
    if needed.caches and ("" in owners or not region):
        raise _unknown()
    policies = grants.minimum_policies(needed, account=account, region=region)
    if kind == "ecr":
        return policies
    if not owners:
        raise PackagerError(
            "no registry policy is needed: the registry map has no pull-through cache",
            "`--print-policy repository` prints the policy of the repositories",
        )
    if len(owners) > 1:
        raise PackagerError(
            f"the caches are in {len(owners)} registries, each with its own policy: {', '.join(owners)}",
            "`--print-policy ecr` prints them all",
        )
    registries = policies["registryPolicies"]
    assert isinstance(registries, dict)
    document: dict[str, object] = registries[owners[0]]
    return document


def _unknown() -> PackagerError:
    return PackagerError("the account or the Region of the registry is unknown", "use `--account` and `--region`")


def _same(values: Sequence[str | None]) -> str | None:
    """The value that all workflows have.

    Raises:
        PackagerError: they have different ones.
    """
    if len(set(values)) > 1:
        raise PackagerError("the workflows have different accounts or Regions", "use `--account` and `--region`")
    return values[0]


def _destinations(workflows: Sequence[Loaded], account: str | None, region: str | None) -> Destinations:
    """What all workflows pull."""
    each = [
        resolve_destinations(
            WorkflowImages(loaded.workflow, loaded.images, loaded.registry_map), account=account, region=region
        )
        for loaded in workflows
    ]
    return Destinations(
        images=tuple(image for needed in each for image in needed.images),
        caches=tuple(mapping for needed in each for mapping in needed.caches),
        secrets=tuple(mapping for needed in each for mapping in needed.secrets),
    )
