"""A container registry map as frozen data: API shapes ContainerRegistryMap and its two mappings."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from packager.findings.diagnostic import Place
from packager.images.reference import ImageReference, parse

# What the name of a secret begins with that a person has to put in the place of (see `generating`).
PLACEHOLDER = "REPLACE-ME-"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryMapping:
    """One entry of `registryMappings`, as written; `index` is its position in the list."""

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
        """How messages call it: `registryMappings[0]`."""
        return f"registryMappings[{self.index}]"

    @property
    def has_placeholder(self) -> bool:
        """Whether its secret is one that a person still has to put in."""
        return f":secret:{PLACEHOLDER}" in (self.credential_arn or "")

    def place_of(self, member: str) -> Place:
        """Where a member (by its API name) is written, else the entry itself."""
        return dict(self.places).get(member, self.place)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageMapping:
    """One entry of `imageMappings`, as written; the API requires neither member.

    `source` is the source image in its normal form, None when it is missing or no image reference.
    """

    index: int
    source_image: str | None
    destination_image: str | None
    place: Place
    places: tuple[tuple[str, Place], ...] = ()
    source: ImageReference | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Parsed once here, because every image of a workflow is compared with every mapping.
        found = parse(self.source_image) if self.source_image else None
        object.__setattr__(self, "source", found.normal() if found else None)

    @property
    def name(self) -> str:
        """How messages call it: `imageMappings[0]`."""
        return f"imageMappings[{self.index}]"

    def place_of(self, member: str) -> Place:
        """Where a member (by its API name) is written, else the entry itself."""
        return dict(self.places).get(member, self.place)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryMap:
    """A map as far as it could be understood; entries that have no usable form are left out.

    `text` is the whole JSON object as the request sends it, in canonical form (sorted keys).
    """

    path: str
    registry_mappings: tuple[RegistryMapping, ...] = ()
    image_mappings: tuple[ImageMapping, ...] = ()
    text: str = "{}"

    def to_request(self) -> dict[str, Any]:
        """The `containerRegistryMap` member of a request."""
        body: dict[str, Any] = json.loads(self.text)
        return body
