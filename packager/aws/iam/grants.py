"""The minimum policies with which the service can pull the images of a workflow. They are printed; nothing is changed."""

from __future__ import annotations

from typing import TypeAlias

from packager.aws.iam.conditions import partition
from packager.healthomics import limits
from packager.images.destinations import Destinations
from packager.images.registry_map import RegistryMapping
from packager.images.registry_map.model import PLACEHOLDER

_RUN_ROLE = f"{PLACEHOLDER}RUN-ROLE"
_VERSION = "2012-10-17"  # of the policy language
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


def repository_policy(needed: Destinations, *, account: str | None) -> Policy:
    """The policy of every repository that the images are in, and of every creation template of a cache."""
    from_repositories = any(image.mapping is None for image in needed.images)
    owners = {image.repository.account for image in needed.images}
    owners |= {mapping.ecr_account_id for mapping in needed.caches if mapping.ecr_account_id}
    other = next((owner for owner in sorted(owners) if owner != account), account or "")
    actions = limits.REPOSITORY_ACTIONS if from_repositories or not needed.caches else limits.CACHE_TEMPLATE_ACTIONS
    return _policy(actions, account, other)


def run_role_policy(needed: Destinations, *, account: str, region: str) -> Policy:
    """What the role of a run may do: read the inputs, write the outputs and logs, pull the images, and read the map's secrets."""
    arns = f"arn:{partition(region)}"
    inputs, outputs = (f"{arns}:s3:::{PLACEHOLDER}{name}-BUCKET" for name in ("INPUT", "OUTPUT"))
    group = f"{arns}:logs:{region}:{account}:log-group:{limits.LOG_GROUP}"
    images = {
        f"{arns}:ecr:{place.region}:{place.account}:repository/{place.name}"
        for place in (image.repository for image in needed.images if image.mapping is None)
    }
    cached = {_resource(mapping, mapping.ecr_account_id or account, region) for mapping in needed.caches}
    foreign = {_resource(each, each.ecr_account_id, region) for each in needed.caches if each.ecr_account_id}
    foreign -= {_resource(mapping, account, region) for mapping in needed.caches}
    statements = [
        _allow("ReadInputs", ("s3:GetObject",), [f"{inputs}/*"]),
        _allow("WriteOutputs", ("s3:PutObject",), [f"{outputs}/*"]),
        _allow("ListBuckets", ("s3:ListBucket",), [inputs, outputs]),
        _allow("WriteLogs", limits.LOG_ACTIONS, [f"{group}:log-stream:*"]),
        _allow("CreateLogGroup", ("logs:CreateLogGroup",), [f"{group}:*"]),
        _allow("PullImages", limits.REPOSITORY_ACTIONS, sorted(images | cached)),
        _allow("FillCachesOfOtherAccounts", limits.CACHE_REGISTRY_ACTIONS, sorted(foreign)),
        _allow(
            "ReadSecrets",
            ("secretsmanager:GetSecretValue",),
            sorted({str(mapping.credential_arn) for mapping in needed.secrets}),
        ),
    ]
    return {"Version": _VERSION, "Statement": [statement for statement in statements if statement["Resource"]]}


def caller_policy(*, account: str | None, region: str | None) -> Policy:
    """What someone may do who submits workflows and starts runs."""
    role = f"arn:{partition(region or '')}:iam::{account or '*'}:role/{_RUN_ROLE}"
    passed = _allow("PassRunRole", ("iam:PassRole",), [role])
    passed["Condition"] = {"StringEquals": {"iam:PassedToService": limits.SERVICE_PRINCIPAL}}
    return {"Version": _VERSION, "Statement": [_allow("SubmitAndRun", limits.CALLER_ACTIONS, ["*"]), passed]}


def _allow(name: str, actions: tuple[str, ...], resources: list[str]) -> Policy:
    return {"Sid": name, "Effect": "Allow", "Action": list(actions), "Resource": resources}


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
    return {"Version": _VERSION, "Statement": statements}
