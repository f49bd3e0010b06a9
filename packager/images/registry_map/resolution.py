"""What an image resolves to through a container registry map, by the service's documented rules.

Sources: Guide.CONTAINERS, Guide.CONTAINER_CREATION; Api.OMICS: ContainerRegistryMap. Where they leave a point open, the image resolves,
and `caution` explains the doubt.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from packager.healthomics import limits
from packager.images.registry_map.model import ImageMapping, RegistryMap, RegistryMapping
from packager.model.image_reference import DOCKER_HUB, ImageName, ImageReference, is_docker_hub

# Names of Docker Hub in the images of the guide's samples.
DOCUMENTED_HUB_NAMES = ("", "docker.io", DOCKER_HUB)


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
    image_mapping = _best_image_mapping(reference, registry_map.image_mappings)
    if image_mapping is not None:
        return _through_image_mapping(reference, *image_mapping)
    registry_mapping = _best_registry_mapping(reference, registry_map.registry_mappings)
    if registry_mapping is not None:
        return _through_registry_mapping(reference, registry_mapping, account, region)
    return Resolution(Status.UNMAPPED)


def covers(mapping: ImageMapping, reference: ImageReference) -> bool:
    """Whether an image mapping is for this image."""
    return _closeness(mapping, reference, reference.normal()) is not None


def serves(mapping: RegistryMapping, reference: ImageReference) -> bool:
    """Whether a registry mapping is for the registry and the namespace of this image."""
    if _host_distance(mapping.upstream_registry_url, reference) is None:
        return False
    prefix = upstream_prefix(mapping)
    return not prefix or reference.normal().repository.startswith(f"{prefix}/")


def upstream_prefix(mapping: RegistryMapping) -> str:
    """The namespace that a registry mapping is limited to, "" for none."""
    prefix = (mapping.upstream_repository_prefix or "").strip("/")
    return "" if prefix == limits.ECR_ROOT else prefix


# How near an image mapping's source is to an image: the same string, the same image in another
# spelling, the same except for the `latest` that a missing tag means, the same repository without a tag.
_SAME_TEXT, _SAME_IMAGE, _IMPLIED_LATEST, _ANY_VERSION = range(4)


def _closeness(mapping: ImageMapping, reference: ImageReference, normal: ImageReference) -> int | None:
    """How near a mapping is to an image, which comes as written and in its normal form; None: for another image."""
    source = mapping.normal_source
    if source is None or mapping.destination_image is None:
        return None
    if (source.repository, source.registry) != (normal.repository, normal.registry):
        return None
    if mapping.source_image == reference:
        return _SAME_TEXT
    if source == normal:
        return _SAME_IMAGE
    if _with_latest(source) == _with_latest(normal):
        return _IMPLIED_LATEST
    return _ANY_VERSION if source.tag is None and source.digest is None else None


def _with_latest(reference: ImageReference) -> ImageReference:
    if reference.tag is None and reference.digest is None:
        return replace(reference, tag="latest")
    return reference


def _best_image_mapping(
    reference: ImageReference, mappings: tuple[ImageMapping, ...]
) -> tuple[ImageMapping, int] | None:
    normal = reference.normal()
    matching = [
        (closeness, mapping.index, mapping)
        for mapping in mappings
        if (closeness := _closeness(mapping, reference, normal)) is not None
    ]
    if not matching:
        return None
    closeness, _, mapping = min(matching, key=lambda match: match[:2])
    return mapping, closeness


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


def _host_distance(url: str, reference: ImageReference) -> int | None:
    """0: exactly the image's host; 1: another name of the same registry; None: another registry."""
    if reference.is_docker_hub:
        if url == DOCKER_HUB:
            return 0
        return 1 if is_docker_hub(url) else None
    if url == reference.registry:
        return 0
    return 1 if url.lower() == reference.registry.lower() else None


def _best_registry_mapping(reference: ImageReference, mappings: tuple[RegistryMapping, ...]) -> RegistryMapping | None:
    """The mapping whose host is nearest, then whose upstream prefix is longest, then the first."""
    return min(
        (mapping for mapping in mappings if serves(mapping, reference)),
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


def is_pull_through(host: str) -> bool:
    """Whether ECR's pull-through cache supports this registry (Guide.PULL_THROUGH_CACHES)."""
    return host in limits.PULL_THROUGH_HOSTS or host.endswith(limits.PULL_THROUGH_SUFFIXES)
