"""Rules about what a container registry map needs in the account: secrets and repository prefixes (a part of the MAP family)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packager.findings.diagnostic import Severity
from packager.findings.sources import Api, Guide, cite
from packager.healthomics import limits
from packager.images.registry_map import RegistryMapping
from packager.images.registry_map.model import PLACEHOLDER
from packager.images.registry_map.resolution import is_copied
from packager.rules.facts import Facts
from packager.rules.request.members import NOWHERE
from packager.rules.rule import RuleFinding, Subject, rule

_PREFIX = re.compile(limits.ECR_PREFIX_PATTERN)


def _mappings(facts: Facts) -> tuple[RegistryMapping, ...]:
    return facts.registry_map.registry_mappings if facts.registry_map else ()


def _map_of(secret: str) -> str:
    return f"""map.json
  {{"registryMappings": [
    {{
      "upstreamRegistryUrl": "nvcr.io",
      "ecrRepositoryPrefix": "nvidia",
      "credentialArn": "arn:aws:secretsmanager:us-east-1:111122223333:secret:{secret}"
    }}
  ]}}
"""


@rule(
    "MAP019",
    "placeholder-credential",
    Severity.WARNING,
    subject=Subject.REGISTRY_MAP,
    hint="store the registry's credentials in Secrets Manager, and write the ARN of that secret",
    source=cite(Api.OMICS, "RegistryMapping", Guide.CONTAINER_CREATION, "needed"),
    bad=f"$ packager map validate map.json\n{_map_of(f'{PLACEHOLDER}nvidia')}",
    good=f"$ packager map validate map.json\n{_map_of('ngc-AbCdEf')}",
)
def placeholder_credential(facts: Facts) -> Iterator[RuleFinding]:
    """A `credentialArn` is the placeholder that `packager map generate` writes.

    HealthOmics copies images from this registry with the credentials of a secret, and only you know its ARN. Until then the
    map can be checked, but not submitted.
    """
    if facts.submission is not None and facts.submission.container_registry_map is not None:
        return  # MAP020 reports it for the request
    for mapping in _mappings(facts):
        if mapping.has_placeholder:
            place = mapping.place_of("credentialArn")
            url = mapping.upstream_registry_url
            yield RuleFinding(place, f"the `credentialArn` of `{url}` is still a placeholder", subject=url)


@rule(
    "MAP020",
    "placeholder-credential-sent",
    Severity.ERROR,
    subject=Subject.SUBMISSION,
    hint="store the registry's credentials in Secrets Manager, and write the ARN of that secret into the map",
    source=cite(Api.OMICS, "RegistryMapping", Guide.CONTAINER_CREATION, "needed"),
    bad=f"$ packager submit main.wdl --dry-run --container-registry-map map.json\n{_map_of(f'{PLACEHOLDER}nvidia')}",
    good=f"$ packager submit main.wdl --dry-run --container-registry-map map.json\n{_map_of('ngc-AbCdEf')}",
)
def placeholder_credential_sent(facts: Facts) -> Iterator[RuleFinding]:
    """The registry map of a request still has a placeholder where a secret's ARN belongs.

    The workflow would be created, but every run would fail at the first image that is copied from the registry.
    """
    assert facts.submission is not None  # the subject of the rule
    sent = facts.submission.container_registry_map or ""
    if f":secret:{PLACEHOLDER}" not in sent:
        return
    mappings = [mapping for mapping in _mappings(facts) if mapping.has_placeholder]
    for mapping in mappings:
        place = mapping.place_of("credentialArn")
        url = mapping.upstream_registry_url
        yield RuleFinding(place, f"the `credentialArn` of `{url}` in the request is still a placeholder", subject=url)
    if not mappings:
        yield RuleFinding(NOWHERE, "a `credentialArn` of `containerRegistryMap` is still a placeholder")


@rule(
    "MAP021",
    "prefix-not-for-ecr",
    Severity.ERROR,
    subject=Subject.REGISTRY_MAP,
    hint="write the prefix of the cache rule: lower-case letters, digits, single `.`, `_`, `-` and `/` between them, 30 characters at most",
    source=cite(Api.ECR, "PullThroughCacheRuleRepositoryPrefix", "RepositoryName"),
    bad="""
        $ packager map validate map.json
        map.json
          {"registryMappings": [
            {"upstreamRegistryUrl": "quay.io", "ecrRepositoryPrefix": "Quay_Mirror"}
          ]}
    """,
    good="""
        $ packager map validate map.json
        map.json
          {"registryMappings": [
            {"upstreamRegistryUrl": "quay.io", "ecrRepositoryPrefix": "quay"}
          ]}
    """,
)
def prefix_not_for_ecr(facts: Facts) -> Iterator[RuleFinding]:
    """An `ecrRepositoryPrefix` is not valid in ECR.

    No cache rule and no repository can have it, so the run fails when the first task pulls an image of the registry.
    """
    for mapping in _mappings(facts):
        prefix, place = mapping.ecr_repository_prefix, mapping.place_of("ecrRepositoryPrefix")
        if not _PREFIX.fullmatch(prefix):
            yield RuleFinding(place, f"`{prefix}` is not a valid ECR repository prefix", subject=prefix)
        elif not is_copied(mapping.upstream_registry_url) and len(prefix) > limits.ECR_PREFIX_MAX:
            message = (
                f"the prefix has {len(prefix)} characters, at most {limits.ECR_PREFIX_MAX} are allowed in a cache rule"
            )
            yield RuleFinding(place, message, subject=prefix)
