"""Rules about the registry mappings of a container registry map (a part of the MAP family)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packager.findings.diagnostic import Severity
from packager.findings.sources import Api, Guide, cite
from packager.images.registry_map import RegistryMapping
from packager.images.registry_map.resolution import is_copied, is_pull_through
from packager.model.image_reference import DOCKER_HUB, is_docker_hub, is_private_ecr, parse
from packager.rules.facts import Facts
from packager.rules.maps.usage import severity_in_use
from packager.rules.rule import RuleFinding, Subject, rule

# ECR's cache supports Chainguard since 2025, and Google's regional hosts are aliases of `gcr.io`; the
# HealthOmics guide lists neither.
_CHAINGUARD = "cgr.dev"
_DISPUTED_HOST = re.compile(r"cgr\.dev|[a-z]+\.gcr\.io")
_NOT_A_HOST = re.compile(r"\s|/|\?|#|@")
_HINT_HOST = "write only the host, exactly as it is in image names"


def _mappings(facts: Facts) -> tuple[RegistryMapping, ...]:
    assert facts.registry_map is not None  # the subject of every rule here
    return facts.registry_map.registry_mappings


def _plain_hosts(facts: Facts) -> Iterator[RegistryMapping]:
    """Registry mappings whose URL is a host; MAP004 reports the others."""
    for mapping in _mappings(facts):
        if not _NOT_A_HOST.search(mapping.upstream_registry_url):
            yield mapping


@rule(
    "MAP004",
    "registry-url-not-a-host",
    Severity.WARNING,
    subject=Subject.REGISTRY_MAP,
    hint=_HINT_HOST,
    source=cite(Guide.CONTAINER_CREATION, "host"),
    bad="""
        $ packager map validate map.json
        map.json
          {"registryMappings": [
            {"upstreamRegistryUrl": "https://quay.io/", "ecrRepositoryPrefix": "quay"}
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
def registry_url_not_a_host(facts: Facts) -> Iterator[RuleFinding]:
    """A registry mapping's `upstreamRegistryUrl` is not just a host name.

    Despite its name, the member is exactly the host at the start of an image name. With a scheme, a path or
    a slash at the end it matches no image, and the run fails when the first task pulls its image. It
    is not documented whether capital letters match.
    """
    for mapping in _mappings(facts):
        url = mapping.upstream_registry_url
        if not _NOT_A_HOST.search(url) and url == url.lower():
            continue
        host = re.sub(r"\A\s*[A-Za-z][A-Za-z0-9+.-]*://", "", url).strip().partition("/")[0].lower()
        yield RuleFinding(
            mapping.place_of("upstreamRegistryUrl"),
            f"`{url}` is not just a host name",
            hint=f"write `{host}`" if parse(f"{host}/x") else None,
            subject=url,
        )


@rule(
    "MAP005",
    "docker-hub-alias",
    Severity.WARNING,
    subject=Subject.REGISTRY_MAP,
    hint=f"write `{DOCKER_HUB}`",
    source=cite(Guide.CONTAINERS, "upstreams"),
    bad="""
        $ packager map validate map.json
        map.json
          {"registryMappings": [
            {"upstreamRegistryUrl": "docker.io", "ecrRepositoryPrefix": "docker-hub"}
          ]}
    """,
    good="""
        $ packager map validate map.json
        map.json
          {"registryMappings": [
            {"upstreamRegistryUrl": "registry-1.docker.io", "ecrRepositoryPrefix": "docker-hub"}
          ]}
    """,
)
def docker_hub_alias(facts: Facts) -> Iterator[RuleFinding]:
    """A registry mapping uses a host of Docker Hub other than `registry-1.docker.io`.

    The guide and ECR's pull-through cache use only that host; it is not documented whether the service
    accepts `docker.io` or another alias.
    """
    for mapping in _plain_hosts(facts):
        host = mapping.upstream_registry_url.lower()
        if is_docker_hub(host) and host != DOCKER_HUB:
            yield RuleFinding(
                mapping.place_of("upstreamRegistryUrl"),
                f"`{mapping.upstream_registry_url}` is not the host of Docker Hub in the user guide",
                subject=mapping.upstream_registry_url,
            )


@rule(
    "MAP006",
    "unsupported-registry",
    Severity.ERROR,
    subject=Subject.REGISTRY_MAP,
    hint="copy the images to private ECR and name each in `imageMappings`",
    source=cite(Guide.CONTAINERS, "upstreams", Guide.COPIED_REGISTRIES, "registries"),
    bad="""
        $ packager map validate map.json
        map.json
          {"registryMappings": [
            {"upstreamRegistryUrl": "docker.elastic.co", "ecrRepositoryPrefix": "elastic"}
          ]}
    """,
    good="""
        $ packager map validate map.json
        map.json
          {"imageMappings": [
            {
              "sourceImage": "docker.elastic.co/beats/filebeat:8.13.0",
              "destinationImage": "111122223333.dkr.ecr.us-east-1.amazonaws.com/filebeat:8.13.0"
            }
          ]}
    """,
)
def unsupported_registry(facts: Facts) -> Iterator[RuleFinding]:
    """A registry mapping is for a registry that the service can neither cache nor copy from.

    A registry mapping works for the registries of ECR's pull-through cache and for those that
    HealthOmics copies from itself. An image of any other registry needs a copy in private ECR and
    an image mapping. It is a warning where these lists may be outdated, and if no image of the
    workflow needs the mapping.
    """
    severity_of = severity_in_use(facts)
    for mapping in _plain_hosts(facts):
        host = mapping.upstream_registry_url.lower()
        if is_pull_through(host) or is_copied(host) or is_docker_hub(host):
            continue
        if is_private_ecr(host):
            continue  # MAP016
        # A credential suggests a registry that the service has started to copy from.
        disputed = mapping.credential_arn is not None or _DISPUTED_HOST.fullmatch(host)
        message = f"registry mappings do not support `{mapping.upstream_registry_url}`"
        if host == _CHAINGUARD:
            message = (
                f"ECR can cache `{mapping.upstream_registry_url}`, but the guide does not list it for registry mappings"
            )
        yield RuleFinding(
            mapping.place_of("upstreamRegistryUrl"),
            message,
            severity=Severity.WARNING if disputed else severity_of(mapping),
            subject=mapping.upstream_registry_url,
        )


@rule(
    "MAP007",
    "copied-registry-without-credential",
    Severity.ERROR,
    subject=Subject.REGISTRY_MAP,
    hint="add the `credentialArn` of a Secrets Manager secret, or use image mappings",
    source=cite(Api.OMICS, "RegistryMapping", Guide.CONTAINER_CREATION, "needed"),
    bad="""
        $ packager map validate map.json
        map.json
          {"registryMappings": [
            {"upstreamRegistryUrl": "nvcr.io", "ecrRepositoryPrefix": "ngc"}
          ]}
    """,
    good="""
        $ packager map validate map.json
        map.json
          {"registryMappings": [
            {
              "upstreamRegistryUrl": "nvcr.io",
              "ecrRepositoryPrefix": "ngc",
              "credentialArn": "arn:aws:secretsmanager:us-east-1:111122223333:secret:ngc-AbCdEf"
            }
          ]}
    """,
)
def copied_registry_without_credential(facts: Facts) -> Iterator[RuleFinding]:
    """A registry that HealthOmics copies from has no `credentialArn`.

    ECR's pull-through cache does not support Seqera, NVIDIA and Google registries; HealthOmics copies
    their images itself, and needs the secret for that. It is a warning if no image of the workflow needs the mapping.
    """
    severity_of = severity_in_use(facts)
    for mapping in _plain_hosts(facts):
        if is_copied(mapping.upstream_registry_url) and mapping.credential_arn is None:
            yield RuleFinding(
                mapping.place,
                f"the mapping of `{mapping.upstream_registry_url}` has no `credentialArn`, which HealthOmics needs to copy images",
                severity=severity_of(mapping),
                subject=mapping.upstream_registry_url,
            )


@rule(
    "MAP008",
    "credential-on-cached-registry",
    Severity.INFO,
    subject=Subject.REGISTRY_MAP,
    hint="remove `credentialArn`; the secret belongs to ECR's pull-through cache rule",
    source=cite(Guide.CONTAINER_CREATION, "ignored"),
    bad="""
        $ packager map validate map.json
        map.json
          {"registryMappings": [
            {
              "upstreamRegistryUrl": "ghcr.io",
              "ecrRepositoryPrefix": "github",
              "credentialArn": "arn:aws:secretsmanager:us-east-1:111122223333:secret:ghcr-AbCdEf"
            }
          ]}
    """,
    good="""
        $ packager map validate map.json
        map.json
          {"registryMappings": [
            {"upstreamRegistryUrl": "ghcr.io", "ecrRepositoryPrefix": "github"}
          ]}
    """,
)
def credential_on_cached_registry(facts: Facts) -> Iterator[RuleFinding]:
    """A pull-through cache registry has a `credentialArn`, which is ignored.

    The credentials of a pull-through cache are set in its rule in ECR.
    """
    for mapping in _plain_hosts(facts):
        if is_pull_through(mapping.upstream_registry_url) and mapping.credential_arn is not None:
            yield RuleFinding(
                mapping.place_of("credentialArn"),
                f"`credentialArn` is ignored for `{mapping.upstream_registry_url}`",
                subject=mapping.upstream_registry_url,
            )


@rule(
    "MAP016",
    "private-ecr-upstream",
    Severity.ERROR,
    subject=Subject.REGISTRY_MAP,
    hint="name the private image in the definition, or use an image mapping",
    source=cite(Guide.CONTAINERS, "upstreams"),
    bad="""
        $ packager map validate map.json
        map.json
          {"registryMappings": [
            {
              "upstreamRegistryUrl": "111122223333.dkr.ecr.us-east-1.amazonaws.com",
              "ecrRepositoryPrefix": "team"
            }
          ]}
    """,
    good="""
        $ packager map validate map.json
        map.json
          {"registryMappings": [
            {"upstreamRegistryUrl": "public.ecr.aws", "ecrRepositoryPrefix": "ecr-public"}
          ]}
    """,
)
def private_ecr_upstream(facts: Facts) -> Iterator[RuleFinding]:
    """A registry mapping's upstream is a private ECR registry.

    HealthOmics does not support private ECR as the upstream of a pull-through cache; an image that
    is already in private ECR needs no mapping. It is a warning if no image of the workflow needs the mapping.
    """
    severity_of = severity_in_use(facts)
    for mapping in _plain_hosts(facts):
        if is_private_ecr(mapping.upstream_registry_url.lower()):
            yield RuleFinding(
                mapping.place_of("upstreamRegistryUrl"),
                f"the upstream `{mapping.upstream_registry_url}` is private ECR",
                severity=severity_of(mapping),
                subject=mapping.upstream_registry_url,
            )
