"""The least policies with which the service can pull the images of a workflow. They are printed; nothing is changed."""

from __future__ import annotations

from typing import Any

from packager.aws.iam.conditions import partition
from packager.healthomics import limits
from packager.images.destinations import Destinations
from packager.images.registry_map import RegistryMapping

_RUN_ROLE = "REPLACE-ME-RUN-ROLE"


def least_policies(wanted: Destinations, *, account: str | None, region: str | None) -> dict[str, Any]:
    """Policies by what they belong to: repositories that exist already or are to be made by hand, registries, creation templates.

    With an account, the service is let in for workflows of that account only.
    """
    repositories: dict[str, Any] = {}
    for one in wanted.images:
        place = one.repository
        host = f"{place.account}.dkr.ecr.{place.region}.amazonaws.com{'.cn' if place.region.startswith('cn-') else ''}"
        if one.mapping is None:
            repositories[f"{host}/{place.name}"] = _policy(limits.REPOSITORY_ACTIONS, account, place.account)
    registries: dict[str, Any] = {}
    templates = []
    for owner in sorted({mapping.ecr_account_id or account or "" for mapping in wanted.caches}):
        if not owner or not region:
            continue
        theirs = [mapping for mapping in wanted.caches if (mapping.ecr_account_id or account) == owner]
        resources = sorted({_resource(mapping, owner, region) for mapping in theirs})
        registries[owner] = _policy(limits.CACHE_REGISTRY_ACTIONS, account, owner, resources)
        templates += [
            {
                "registryId": owner,
                "prefix": prefix,
                "appliedFor": ["PULL_THROUGH_CACHE"],
                "repositoryPolicy": _policy(limits.CACHE_TEMPLATE_ACTIONS, account, owner),
            }
            for prefix in sorted({mapping.ecr_repository_prefix.strip("/") for mapping in theirs})
        ]
    return {
        "repositoryPolicies": dict(sorted(repositories.items())),
        "registryPolicies": registries,
        "repositoryCreationTemplates": templates,
    }


def _resource(mapping: RegistryMapping, owner: str, region: str) -> str:
    prefix = mapping.ecr_repository_prefix.strip("/")
    below = "*" if prefix == limits.ECR_ROOT else f"{prefix}/*"
    return f"arn:{partition(region)}:ecr:{region}:{owner}:repository/{below}"


def _policy(
    actions: tuple[str, ...], account: str | None, owner: str, resources: list[str] | None = None
) -> dict[str, Any]:
    """A policy for the service and, where another account owns the images, for the run role too."""
    more = {} if resources is None else {"Resource": resources}
    service: dict[str, Any] = {
        "Sid": "HealthOmics",
        "Effect": "Allow",
        "Principal": {"Service": limits.SERVICE_PRINCIPAL},
        "Action": list(actions),
        **more,
    }
    if account is not None:
        service["Condition"] = {"StringEquals": {"aws:SourceAccount": account}}
    statements = [service]
    if account is not None and account != owner:
        role = f"arn:aws:iam::{account}:role/{_RUN_ROLE}"
        statements.append(
            {
                "Sid": "HealthOmicsRunRole",
                "Effect": "Allow",
                "Principal": {"AWS": role},
                "Action": list(actions),
                **more,
            }
        )
    return {"Version": "2012-10-17", "Statement": statements}
