"""What an image resolves to through a container registry map, by the service's documented rules.

Sources: user guide, container images page and containers for workflow creation (2026-10-14); API
ContainerRegistryMap. Where they leave a point open, the image resolves and `caution` says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from packager.healthomics import limits
from packager.images.reference import ImageReference, parse
from packager.images.registry_map.model import ImageMapping, RegistryMap, RegistryMapping

# ECR's own word for "no prefix" in pull-through cache rules.
_ROOT = "ROOT"
# Names of Docker Hub that the guide's samples write in images.
DOCUMENTED_HUB_NAMES = ("", "docker.io", limits.DOCKER_HUB)


class Status(StrEnum):
    """How an image reaches a private ECR registry; DYNAMIC is for images that are not known yet."""

    PRIVATE = "private"
    MAPPED = "mapped"
    UNMAPPED = "unmapped"
    DYNAMIC = "dynamic"


@dataclass(frozen=True, slots=True)
class Resolution:
    """Where an image is pulled from.

    `destination` is the private ECR image, None when there is none. `via` names the mapping
    (`imageMappings[3]`). `caution` says why the service may not do the same, "" when that is
    documented. `doubtful` is True where already the match is undocumented, not only the
    destination's exact name.
    """

    status: Status
    destination: str | None = None
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

    Private ECR stays as it is; then image mappings are tried, then registry mappings. `account` and
    `region` are those of the workflow; `<account>` and `<region>` stand for unknown ones.
    """
    if reference.is_private:
        return Resolution(Status.PRIVATE, reference.format())
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
    """Whether an image mapping's source means this image."""
    return _closeness(mapping, reference.format(), reference.normal()) is not None


def serves(mapping: RegistryMapping, reference: ImageReference) -> bool:
    """Whether a registry mapping's host and upstream prefix take in this image."""
    if _host_distance(mapping.upstream_registry_url, reference) is None:
        return False
    prefix = upstream_prefix(mapping)
    return not prefix or reference.normal().repository.startswith(f"{prefix}/")


def upstream_prefix(mapping: RegistryMapping) -> str:
    """The namespace that a registry mapping is limited to, "" for none."""
    prefix = (mapping.upstream_repository_prefix or "").strip("/")
    return "" if prefix == _ROOT else prefix


# How near an image mapping's source is to an image: the text itself, the same image under another
# spelling, the same but for the `latest` that a missing tag means, the same repository without tag.
_SAME_TEXT, _SAME_IMAGE, _IMPLIED_LATEST, _ANY_VERSION = range(4)


def _closeness(mapping: ImageMapping, text: str, wanted: ImageReference) -> int | None:
    """How near a mapping is to an image, given as its text and its normal form."""
    offered = mapping.source
    if offered is None or mapping.destination_image is None:
        return None
    if (offered.repository, offered.registry) != (wanted.repository, wanted.registry):
        return None
    if mapping.source_image == text:
        return _SAME_TEXT
    if offered == wanted:
        return _SAME_IMAGE
    if _with_latest(offered) == _with_latest(wanted):
        return _IMPLIED_LATEST
    return _ANY_VERSION if offered.tag is None and offered.digest is None else None


def _with_latest(reference: ImageReference) -> ImageReference:
    if reference.tag is None and reference.digest is None:
        return replace(reference, tag="latest")
    return reference


def _best_image_mapping(
    reference: ImageReference, mappings: tuple[ImageMapping, ...]
) -> tuple[ImageMapping, int] | None:
    text, wanted = reference.format(), reference.normal()
    found = [
        (closeness, mapping.index, mapping)
        for mapping in mappings
        if (closeness := _closeness(mapping, text, wanted)) is not None
    ]
    if not found:
        return None
    closeness, _, mapping = min(found, key=lambda one: one[:2])
    return mapping, closeness


def _through_image_mapping(reference: ImageReference, mapping: ImageMapping, closeness: int) -> Resolution:
    cautions = []
    source = f"`{mapping.source_image}`"
    if closeness == _SAME_IMAGE:
        cautions.append(f"the map spells the image {source}")
    elif closeness == _IMPLIED_LATEST:
        cautions.append(f"the map's {source} means the same only if a missing tag is `latest`")
    elif closeness == _ANY_VERSION:
        cautions.append(f"{source} has no tag, and whether it matches every tag is not documented")
    text = mapping.destination_image or ""
    destination = parse(text)
    if closeness == _ANY_VERSION and destination and destination == destination.without_version():
        destination = replace(destination, tag=reference.tag, digest=reference.digest)
        cautions.append("that the destination takes the image's tag is not documented")
    return Resolution(
        Status.MAPPED,
        destination.format() if destination else text,
        mapping.name,
        "; ".join(cautions),
        doubtful=closeness != _SAME_TEXT,
    )


def _host_distance(url: str, reference: ImageReference) -> int | None:
    """0: exactly the image's host; 1: another name of the same registry; None: another registry."""
    if reference.is_docker_hub:
        if url == limits.DOCKER_HUB:
            return 0
        return 1 if url.lower() in (limits.DOCKER_HUB, *limits.DOCKER_HUB_ALIASES) else None
    if url == reference.registry:
        return 0
    return 1 if url.lower() == reference.registry.lower() else None


def _best_registry_mapping(reference: ImageReference, mappings: tuple[RegistryMapping, ...]) -> RegistryMapping | None:
    """The mapping whose host is nearest, then whose upstream prefix is longest, then the first."""
    return min(
        (mapping for mapping in mappings if serves(mapping, reference)),
        key=lambda one: (
            _host_distance(one.upstream_registry_url, reference),
            -len(upstream_prefix(one)),
            one.index,
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
    name = repository if target == _ROOT else f"{target}/{repository}"
    host = private_host(mapping.ecr_account_id or account, region)
    destination = replace(reference, registry=host, repository=name).format()
    doubt = _host_doubt(reference, mapping.upstream_registry_url)
    caution = "; ".join([*doubt, *_naming_cautions(mapping, prefix)])
    return Resolution(Status.MAPPED, destination, mapping.name, caution, doubtful=bool(doubt))


def _host_doubt(reference: ImageReference, url: str) -> list[str]:
    """Why the service may not take a mapping's host for the image's; empty if documented."""
    if reference.is_docker_hub:
        if url != limits.DOCKER_HUB:
            return [f"the guide writes Docker Hub as `{limits.DOCKER_HUB}`, the map as `{url}`"]
        if reference.registry not in DOCUMENTED_HUB_NAMES:
            host = reference.registry
            return [f"that the service takes `{host}` for Docker Hub is not documented"]
    elif url != reference.registry:
        return [f"the map spells the host `{url}`"]
    return []


def _naming_cautions(mapping: RegistryMapping, prefix: str) -> Iterator[str]:
    url = mapping.upstream_registry_url
    if prefix:
        yield f"that `{prefix}/` is cut off is how ECR's cache rules work, not documented here"
    if is_copied(url):
        yield "the repository of a copied image is an estimate; the guide has rules for its name"
    if _ROOT in (mapping.ecr_repository_prefix, mapping.upstream_repository_prefix):
        yield f"`{_ROOT}` is a word of ECR's cache rules, not documented here"


def private_host(account: str | None, region: str | None) -> str:
    """The host of a private ECR registry, with placeholders for what is not known."""
    suffix = "amazonaws.com.cn" if (region or "").startswith("cn-") else "amazonaws.com"
    return f"{account or '<account>'}.dkr.ecr.{region or '<region>'}.{suffix}"


def is_copied(host: str) -> bool:
    """Whether the service copies images of this registry itself (guide: copied registries)."""
    return host in limits.COPIED_HOSTS or host.endswith(limits.COPIED_SUFFIXES)


def is_pull_through(host: str) -> bool:
    """Whether ECR's pull-through cache takes this registry (guide: pull-through registries)."""
    return host in limits.PULL_THROUGH_HOSTS or host.endswith(limits.PULL_THROUGH_SUFFIXES)
