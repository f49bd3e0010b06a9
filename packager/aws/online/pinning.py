"""The digests behind the tags of a registry map's destinations, as ECR reports them. Nothing there is changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from packager.aws.client import Answer
from packager.aws.online.ecr import describe_images
from packager.aws.online.inquiry import Absent, Inquiry, Unanswered
from packager.images.destinations import EcrRepository
from packager.images.registry_map import ImageMapping, RegistryMap
from packager.model import image_reference as images

_DEFAULT_TAG = "latest"  # what a reference without tag and digest means


@dataclass(frozen=True, slots=True)
class Pin:
    """The result for one image mapping: the destination by its digest, or why it has none (`missing`: the image does not exist)."""

    mapping: ImageMapping
    destination: str | None
    reason: str = ""
    missing: bool = False


def pins(mapping: RegistryMap, *, region: str | None, profile: str | None, timeout: float) -> tuple[Pin, ...]:
    """A pin for each image mapping whose destination is a private ECR image without a digest, in the map's order.

    Raises:
        PackagerError: the profile does not exist, or the Region is unknown.
        ServiceError: every question failed.
    """
    by_repository: dict[EcrRepository, list[tuple[ImageMapping, images.ImageReference]]] = defaultdict(list)
    for image_mapping in mapping.image_mappings:
        reference = images.as_reference(image_mapping.destination_image)
        if reference is not None and reference.account and reference.region and reference.digest is None:
            repository = EcrRepository(reference.account, reference.region, reference.repository)
            by_repository[repository].append((image_mapping, reference))
    if not by_repository:
        return ()
    inquiry = Inquiry(region=region or next(iter(by_repository)).region, profile=profile, timeout=timeout)
    try:
        results = [
            pin for repository, mappings in by_repository.items() for pin in _pins(inquiry, repository, mappings)
        ]
        inquiry.require_answers()
    finally:
        inquiry.close()
    return tuple(sorted(results, key=lambda pin: pin.mapping.index))


def _pins(
    inquiry: Inquiry, repository: EcrRepository, mappings: list[tuple[ImageMapping, images.ImageReference]]
) -> list[Pin]:
    tags = sorted({reference.tag or _DEFAULT_TAG for _, reference in mappings})
    described = describe_images(inquiry, repository, tags)
    return [_pin(mapping, reference, described) for mapping, reference in mappings]


def _pin(
    mapping: ImageMapping,
    reference: images.ImageReference,
    described: Mapping[str, Answer | Absent | Unanswered] | None,
) -> Pin:
    tag = reference.tag or _DEFAULT_TAG
    if described is None:
        return Pin(mapping, None, f"the repository `{reference.repository}` does not exist", missing=True)
    answer = described[tag]
    if isinstance(answer, Unanswered):
        return Pin(mapping, None, answer.reason)
    if isinstance(answer, Absent):
        return Pin(mapping, None, f"`{reference.repository}` has no tag `{tag}`", missing=True)
    return Pin(mapping, f"{reference.registry}/{reference.repository}@{answer['imageDigest']}")
