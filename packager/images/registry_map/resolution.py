"""What an image resolves to through a container registry map, by the service's documented rules.

Sources: Guide.CONTAINERS, Guide.CONTAINER_CREATION; Api.OMICS: ContainerRegistryMap. Where they leave a point open, the image resolves,
and `caution` explains the doubt.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from packager.healthomics import limits
from packager.images.registry_map.model import ImageMapping, RegistryMap, RegistryMapping, upstream_prefix
from packager.model.image_reference import DOCKER_HUB, ImageName, ImageReference

# Names of Docker Hub in the images of the guide's samples.
DOCUMENTED_HUB_NAMES = ("", "docker.io", DOCKER_HUB)
_DEEPEST = 100  # names of an image's path that are looked up; longer ones have no repository in ECR


class Status(StrEnum):
    """How an image is pulled from a private ECR registry; DYNAMIC is for images that are not known before a run."""

    PRIVATE = "private"
    MAPPED = "mapped"
    UNMAPPED = "unmapped"
    DYNAMIC = "dynamic"


@dataclass(frozen=True, slots=True)
class Resolution:
    """Where an image is pulled from.

    `destination` is the private ECR image, None if the image has none; its host has placeholders where the account or the Region
    is unknown. `via` names the mapping (`imageMappings[3]`). `caution` explains why the service may resolve the image differently,
    "" if its behaviour is documented. `doubtful`: it is not even documented that the mapping matches.
    """

    status: Status
    destination: ImageName | None = None
    via: str | None = None
    caution: str = ""
    doubtful: bool = False


def resolve(
    reference: ImageReference,
    registry_map: RegistryMap | None,
    *,
    account: str | None = None,
    region: str | None = None,
) -> Resolution:
    """What the service pulls for an image.

    An image in private ECR stays as it is; for others image mappings come before registry mappings. `account` and
    `region` are those of the workflow; the destination has `<account>` and `<region>` where they are unknown.
    """
    if reference.is_private:
        return Resolution(Status.PRIVATE, reference)
    if registry_map is None:
        return Resolution(Status.UNMAPPED)
    image_mapping = _best_image_mapping(reference, registry_map)
    if image_mapping is not None:
        return _through_image_mapping(reference, *image_mapping)
    registry_mapping = _best_registry_mapping(reference, registry_map)
    if registry_mapping is not None:
        return _through_registry_mapping(reference, registry_mapping, account, region)
    return Resolution(Status.UNMAPPED)


def covering(reference: ImageReference, registry_map: RegistryMap) -> list[ImageMapping]:
    """The image mappings that are for this image."""
    return [mapping for _, mapping in _matching(reference, registry_map)]


def serving(reference: ImageReference, registry_map: RegistryMap) -> list[RegistryMapping]:
    """The registry mappings that are for the registry and the namespace of this image."""
    normal = reference.normal()
    names = normal.repository.split("/")
    namespaces = ("/".join(names[:count]) for count in range(min(len(names), _DEEPEST)))
    return [
        mapping
        for namespace in namespaces
        for mapping in registry_map.by_upstream.get((normal.registry, namespace), ())
    ]


# How near an image mapping's source is to an image: the same string, the same image in another
# spelling, the same except for the `latest` that a missing tag means, the same repository without a tag.
_SAME_TEXT, _SAME_IMAGE, _IMPLIED_LATEST, _ANY_VERSION = range(4)


def _closeness(mapping: ImageMapping, reference: ImageReference, normal: ImageReference) -> int | None:
    """How near a mapping of the same repository is to an image, as written and in its normal form; None: for another version."""
    source = mapping.normal_source
    if source is None or mapping.destination_image is None:
        return None
    if mapping.source_image == reference:
        return _SAME_TEXT
    if source == normal:
        return _SAME_IMAGE
    if source.with_latest() == normal.with_latest():
        return _IMPLIED_LATEST
    return _ANY_VERSION if source.tag is None and source.digest is None else None


def _matching(reference: ImageReference, registry_map: RegistryMap) -> Iterator[tuple[int, ImageMapping]]:
    normal = reference.normal()
    for source in dict.fromkeys((normal.with_latest(), normal.without_version().with_latest())):
        for mapping in registry_map.by_source.get(source, ()):
            closeness = _closeness(mapping, reference, normal)
            if closeness is not None:
                yield closeness, mapping


def _best_image_mapping(reference: ImageReference, registry_map: RegistryMap) -> tuple[ImageMapping, int] | None:
    best = min(_matching(reference, registry_map), key=lambda match: (match[0], match[1].index), default=None)
    return None if best is None else (best[1], best[0])


def _through_image_mapping(reference: ImageReference, mapping: ImageMapping, closeness: int) -> Resolution:
    cautions = []
    source = f"`{mapping.source_image}`"
    if closeness == _SAME_IMAGE:
        cautions.append(f"the map writes the image as {source}")
    elif closeness == _IMPLIED_LATEST:
        cautions.append(f"the map's {source} is the same image only if a missing tag means `latest`")
    elif closeness == _ANY_VERSION:
        cautions.append(f"{source} has no tag, and whether it matches every tag is not documented")
    destination = mapping.destination_image
    if (
        closeness == _ANY_VERSION
        and isinstance(destination, ImageReference)
        and destination == destination.without_version()
    ):
        destination = replace(destination, tag=reference.tag, digest=reference.digest)
        cautions.append("whether the destination gets the image's tag is not documented")
    return Resolution(
        Status.MAPPED,
        destination,
        mapping.name,
        "; ".join(cautions),
        doubtful=closeness != _SAME_TEXT,
    )


def _host_distance(url: str, reference: ImageReference) -> int:
    """0 for exactly the image's host, 1 for another name of the same registry."""
    return int(url != (DOCKER_HUB if reference.is_docker_hub else reference.registry))


def _best_registry_mapping(reference: ImageReference, registry_map: RegistryMap) -> RegistryMapping | None:
    """The mapping whose host is nearest, then whose upstream prefix is longest, then the first."""
    return min(
        serving(reference, registry_map),
        key=lambda mapping: (
            _host_distance(mapping.upstream_registry_url, reference),
            -len(upstream_prefix(mapping)),
            mapping.index,
        ),
        default=None,
    )


def _through_registry_mapping(
    reference: ImageReference, mapping: RegistryMapping, account: str | None, region: str | None
) -> Resolution:
    repository = reference.normal().repository
    prefix = upstream_prefix(mapping)
    if prefix:
        repository = repository.removeprefix(f"{prefix}/")
    if is_copied(mapping.upstream_registry_url):
        repository = f"{mapping.upstream_registry_url}/{repository}"
    target = mapping.ecr_repository_prefix.strip("/")
    name = repository if target == limits.ECR_ROOT else f"{target}/{repository}"
    host = private_host(mapping.ecr_account_id or account, region)
    destination = replace(reference, registry=host, repository=name)
    doubts = list(_host_doubts(reference, mapping.upstream_registry_url))
    caution = "; ".join([*doubts, *_naming_cautions(mapping, prefix)])
    return Resolution(Status.MAPPED, destination, mapping.name, caution, doubtful=bool(doubts))


def _host_doubts(reference: ImageReference, url: str) -> Iterator[str]:
    """Why the service may not match a mapping's host with the image's; none if it is documented."""
    if reference.is_docker_hub:
        if url != DOCKER_HUB:
            yield f"the user guide writes Docker Hub as `{DOCKER_HUB}`, but the map as `{url}`"
        elif reference.registry not in DOCUMENTED_HUB_NAMES:
            yield f"whether the service accepts `{reference.registry}` as Docker Hub is not documented"
    elif url != reference.registry:
        yield f"the map writes the host as `{url}`"


def _naming_cautions(mapping: RegistryMapping, prefix: str) -> Iterator[str]:
    if prefix:
        yield f"`{prefix}/` is removed as in ECR's cache rules, which HealthOmics does not document"
    if is_copied(mapping.upstream_registry_url):
        yield "the name of the copied image's repository is an estimate"
    if limits.ECR_ROOT in (mapping.ecr_repository_prefix, mapping.upstream_repository_prefix):
        yield f"`{limits.ECR_ROOT}` is a value of ECR's cache rules, which HealthOmics does not document"


def private_host(account: str | None, region: str | None) -> str:
    """The host of a private ECR registry, with placeholders for what is not known."""
    suffix = "amazonaws.com.cn" if (region or "").startswith("cn-") else "amazonaws.com"
    return f"{account or '<account>'}.dkr.ecr.{region or '<region>'}.{suffix}"


def is_copied(host: str) -> bool:
    """Whether the service copies images of this registry itself (Guide.COPIED_REGISTRIES)."""
    return host in limits.COPIED_HOSTS or host.endswith(limits.COPIED_SUFFIXES)


def needs_secret(host: str) -> bool:
    """Whether ECR's pull-through cache of this registry needs a secret (Guide.PULL_THROUGH_CACHES)."""
    return host in limits.SECRET_HOSTS or host.endswith(limits.SECRET_SUFFIXES)


def is_pull_through(host: str) -> bool:
    """Whether ECR's pull-through cache supports this registry (Guide.PULL_THROUGH_CACHES)."""
    return host in limits.PULL_THROUGH_HOSTS or host.endswith(limits.PULL_THROUGH_SUFFIXES)
