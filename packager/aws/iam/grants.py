"""The minimum policies with which the service can pull the images of a workflow. They are printed; nothing is changed."""

from __future__ import annotations

from typing import TypeAlias

from packager.aws.iam.conditions import partition
from packager.healthomics import limits
from packager.images.destinations import Destinations
from packager.images.registry_map import RegistryMapping
from packager.images.registry_map.model import PLACEHOLDER

_RUN_ROLE = f"{PLACEHOLDER}RUN-ROLE"
Policy: TypeAlias = dict[str, object]


def minimum_policies(needed: Destinations, *, account: str | None, region: str | None) -> dict[str, object]:
    """Policies of repositories that exist or that someone has to create, of registries, and of creation templates.

    With an account, they allow the service only for workflows of that account.
    """
    repositories: dict[str, Policy] = {}
    for image in needed.images:
        place = image.repository
        host = f"{place.account}.dkr.ecr.{place.region}.amazonaws.com{'.cn' if place.region.startswith('cn-') else ''}"
        if image.mapping is None:
            repositories[f"{host}/{place.name}"] = _policy(limits.REPOSITORY_ACTIONS, account, place.account)
    registries: dict[str, Policy] = {}
    templates: list[dict[str, object]] = []
    for owner in sorted({mapping.ecr_account_id or account or "" for mapping in needed.caches}):
        if not owner or not region:
            continue
        mappings = [mapping for mapping in needed.caches if (mapping.ecr_account_id or account) == owner]
        resources = sorted({_resource(mapping, owner, region) for mapping in mappings})
        registries[owner] = _policy(limits.CACHE_REGISTRY_ACTIONS, account, owner, resources)
        templates += [
            {
                "registryId": owner,
                "prefix": prefix,
                "appliedFor": ["PULL_THROUGH_CACHE"],
                "repositoryPolicy": _policy(limits.CACHE_TEMPLATE_ACTIONS, account, owner),
            }
            for prefix in sorted({mapping.ecr_repository_prefix.strip("/") for mapping in mappings})
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


def _policy(actions: tuple[str, ...], account: str | None, owner: str, resources: list[str] | None = None) -> Policy:
    """A policy for the service and, if another account owns the images, for the run role too."""
    common = {"Action": list(actions), **({} if resources is None else {"Resource": resources})}
    service: Policy = {
        "Sid": "HealthOmics",
        "Effect": "Allow",
        "Principal": {"Service": limits.SERVICE_PRINCIPAL},
        **common,
    }
    if account is not None:
        service["Condition"] = {"StringEquals": {"aws:SourceAccount": account}}
    statements = [service]
    if account is not None and account != owner:
        role = f"arn:aws:iam::{account}:role/{_RUN_ROLE}"
        statements.append({"Sid": "HealthOmicsRunRole", "Effect": "Allow", "Principal": {"AWS": role}, **common})
    return {"Version": "2012-10-17", "Statement": statements}
