"""A container registry map as frozen data: API shapes ContainerRegistryMap, RegistryMapping and ImageMapping."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from packager.findings.diagnostic import Place
from packager.healthomics import limits
from packager.model.image_reference import ImageName, ImageReference, as_reference, normal_host

# The start of a secret's name that the user still has to replace (see `generation.placeholder`).
PLACEHOLDER = "REPLACE-ME-"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryMapping:
    """An entry of `registryMappings`, as written; `index` is its position in the list."""

    index: int
    upstream_registry_url: str
    ecr_repository_prefix: str
    upstream_repository_prefix: str | None = None
    ecr_account_id: str | None = None
    credential_arn: str | None = None
    place: Place
    places: tuple[tuple[str, Place], ...] = ()

    @property
    def name(self) -> str:
        """The entry's name in messages: `registryMappings[0]`."""
        return f"registryMappings[{self.index}]"

    @property
    def has_placeholder(self) -> bool:
        """Whether its secret is still a placeholder."""
        return f":secret:{PLACEHOLDER}" in (self.credential_arn or "")

    def place_of(self, member: str) -> Place:
        """The place of a member (by its API name), else of the entry."""
        return dict(self.places).get(member, self.place)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageMapping:
    """An entry of `imageMappings`, as written; the API requires neither member.

    `normal_source` is the source image in its normal form, None if it is missing or not an image reference.
    """

    index: int
    source_image: ImageName | None
    destination_image: ImageName | None
    place: Place
    places: tuple[tuple[str, Place], ...] = ()
    normal_source: ImageReference | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        source = as_reference(self.source_image)
        object.__setattr__(self, "normal_source", source.normal() if source else None)

    @property
    def name(self) -> str:
        """The entry's name in messages: `imageMappings[0]`."""
        return f"imageMappings[{self.index}]"

    def place_of(self, member: str) -> Place:
        """The place of a member (by its API name), else of the entry."""
        return dict(self.places).get(member, self.place)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryMap:
    """A map as far as it is valid; entries without a usable form are left out.

    `text` is the whole JSON object as the request sends it, in canonical form (sorted keys). `by_upstream` has the registry mappings
    of each host and namespace, and `by_source` the image mappings of each image, both in the map's order.
    """

    path: str
    registry_mappings: tuple[RegistryMapping, ...] = ()
    image_mappings: tuple[ImageMapping, ...] = ()
    text: str = "{}"
    by_upstream: dict[tuple[str, str], list[RegistryMapping]] = field(init=False, repr=False, compare=False)
    by_source: dict[ImageReference, list[ImageMapping]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # So that the time to look up all images does not grow with the product of images and mappings.
        object.__setattr__(self, "by_upstream", _by_upstream(self.registry_mappings))
        object.__setattr__(self, "by_source", _by_source(self.image_mappings))


def upstream_prefix(mapping: RegistryMapping) -> str:
    """The namespace that a registry mapping is limited to, "" for none."""
    prefix = (mapping.upstream_repository_prefix or "").strip("/")
    return "" if prefix == limits.ECR_ROOT else prefix


def _by_upstream(mappings: Iterable[RegistryMapping]) -> dict[tuple[str, str], list[RegistryMapping]]:
    found: dict[tuple[str, str], list[RegistryMapping]] = {}
    for mapping in mappings:
        upstream = normal_host(mapping.upstream_registry_url), upstream_prefix(mapping)
        found.setdefault(upstream, []).append(mapping)
    return found


def _by_source(mappings: Iterable[ImageMapping]) -> dict[ImageReference, list[ImageMapping]]:
    found: dict[ImageReference, list[ImageMapping]] = {}
    for mapping in mappings:
        if mapping.normal_source is not None:
            found.setdefault(mapping.normal_source.with_latest(), []).append(mapping)
    return found
