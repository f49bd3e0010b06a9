"""The digests behind the tags of a registry map's destinations, asked of ECR; nothing there is changed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from packager.aws.online.ecr import describe_images
from packager.aws.online.inquiry import Absent, Inquiry, Unknown
from packager.images.destinations import EcrRepository
from packager.images.registry_map import ImageMapping, RegistryMap
from packager.model import image_reference as images

_DEFAULT_TAG = "latest"  # what a reference without tag and digest means


@dataclass(frozen=True, slots=True)
class Pin:
    """What became of one image mapping: the destination by its digest, or why it has none (`missing`: there is no such image)."""

    mapping: ImageMapping
    destination: str | None
    reason: str = ""
    missing: bool = False


def pins(mapping: RegistryMap, *, region: str | None, profile: str | None, timeout: float) -> tuple[Pin, ...]:
    """A pin for each image mapping whose destination is a private ECR image without a digest, in the map's order.

    Raises:
        PackagerError: no such profile, or no Region is known.
        ServiceError: nothing could be asked.
    """
    wanted: dict[EcrRepository, list[tuple[ImageMapping, images.ImageReference]]] = defaultdict(list)
    for one in mapping.image_mappings:
        reference = images.as_reference(one.destination_image)
        if reference is not None and reference.account and reference.region and reference.digest is None:
            repository = EcrRepository(reference.account, reference.region, reference.repository)
            wanted[repository].append((one, reference))
    if not wanted:
        return ()
    inquiry = Inquiry(region=region or next(iter(wanted)).region, profile=profile, timeout=timeout)
    try:
        found = [pin for repository, several in wanted.items() for pin in _pins(inquiry, repository, several)]
        inquiry.require_answers()
    finally:
        inquiry.close()
    return tuple(sorted(found, key=lambda pin: pin.mapping.index))


def _pins(
    inquiry: Inquiry, repository: EcrRepository, several: list[tuple[ImageMapping, images.ImageReference]]
) -> list[Pin]:
    tags = sorted({reference.tag or _DEFAULT_TAG for _, reference in several})
    described = describe_images(inquiry, repository, tags)
    return [_pin(one, reference, described) for one, reference in several]


def _pin(
    one: ImageMapping,
    reference: images.ImageReference,
    described: dict[str, dict[str, object] | Absent | Unknown] | None,
) -> Pin:
    tag = reference.tag or _DEFAULT_TAG
    if described is None:
        return Pin(one, None, f"there is no repository `{reference.repository}`", missing=True)
    answer = described[tag]
    if isinstance(answer, Unknown):
        return Pin(one, None, answer.reason)
    if isinstance(answer, Absent):
        return Pin(one, None, f"`{reference.repository}` has no tag `{tag}`", missing=True)
    return Pin(one, f"{reference.registry}/{reference.repository}@{answer['imageDigest']}")
