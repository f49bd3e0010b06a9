"""How the images of workflows get into private ECR: by a copy, through a pull-through cache, or by HealthOmics itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from packager.app.loaded import Loaded
from packager.images.registry_map import RegistryMapping, Resolution, Status, resolve
from packager.images.registry_map.resolution import is_copied, is_pull_through
from packager.model.facts import ImageStatus
from packager.model.image_reference import DOCKER_HUB, ImageName, ImageReference, as_reference, normal_host, parse

_DOCKER_HUB = "docker.io"  # its name in tools that copy images


@dataclass(frozen=True, slots=True)
class ImageCopy:
    """An image and its place in private ECR. `cache` is the registry mapping through whose pull-through cache it can come."""

    source: ImageReference
    destination: ImageReference
    cache: RegistryMapping | None = None

    @property
    def prefix(self) -> str:
        """The prefix of the repositories of its cache; "" if it has none."""
        return self.cache.ecr_repository_prefix.strip("/") if self.cache else ""


@dataclass(frozen=True, slots=True)
class ImageCopies:
    """All images with a place in private ECR, each pair once, sorted.

    `by_service`: how many images HealthOmics copies itself, by their registry. `lacking` are the images without a place, each as
    a sentence. `cautions` counts doubts about places. `dynamic` are the expressions of images that are known only in a run, with the inputs
    that decide.
    """

    copies: tuple[ImageCopy, ...]
    by_service: dict[str, int]
    lacking: tuple[str, ...]
    cautions: dict[str, int]
    dynamic: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def cached(self) -> tuple[ImageCopy, ...]:
        """Those that can come through a pull-through cache."""
        return tuple(copy for copy in self.copies if copy.cache is not None)


def image_copies(workflows: Sequence[Loaded]) -> ImageCopies:
    """What the images of workflows need, including the candidates of dynamic images."""
    collector = _Collector()
    for loaded, name, fault in _names(workflows):
        collector.add(loaded, name, fault)
    uses = (use for loaded in workflows for use in loaded.images if use.status is ImageStatus.DYNAMIC)
    return ImageCopies(
        copies=tuple(collector.copies[key] for key in sorted(collector.copies)),
        by_service=dict(sorted(Counter(collector.by_service.values()).items())),
        lacking=tuple(dict.fromkeys(collector.lacking)),
        cautions=dict(sorted(collector.cautions.items())),
        dynamic=tuple(dict.fromkeys((use.image, use.depends_on) for use in uses)),
    )


def _names(workflows: Sequence[Loaded]) -> Iterator[tuple[Loaded, ImageName, str]]:
    """All images, with what is wrong with those that are not references."""
    for loaded, use in ((each, use) for each in workflows for use in each.images):
        for name in use.names:
            yield loaded, name, use.fault or "is not an image reference"


class _Collector:
    """Collects what images need, one at a time."""

    def __init__(self) -> None:
        self.copies: dict[tuple[str, str], ImageCopy] = {}
        self.by_service: dict[str, str] = {}  # the registry of each image
        self.lacking: list[str] = []
        self.cautions: Counter[str] = Counter()

    def add(self, loaded: Loaded, name: ImageName, fault: str) -> None:
        """Add an image of a workflow; `fault` is for a name that is not a reference."""
        reference = as_reference(name)
        if reference is None:
            self.lacking.append(f"`{name}` {fault}")
            return
        resolution = resolve(reference, loaded.registry_map, account=loaded.account, region=loaded.region)
        mapping = _registry_mapping(loaded, resolution)
        if resolution.status is Status.PRIVATE:
            return
        if resolution.status is Status.UNMAPPED:
            self.lacking.append(f"no mapping covers `{name}`")
        elif mapping is not None and is_copied(normal_host(mapping.upstream_registry_url)):
            self.by_service[str(reference)] = mapping.upstream_registry_url
        else:
            self._add_mapped(reference, resolution, mapping)

    def _add_mapped(self, reference: ImageReference, resolution: Resolution, mapping: RegistryMapping | None) -> None:
        destination = as_reference(resolution.destination)
        if destination is not None and "<" in destination.registry:
            self.lacking.append(
                f"the account or the Region for `{reference}` is unknown: set `--account` and `--region`"
            )
        elif destination is None or not destination.is_private:
            self.lacking.append(
                f"`{reference}` is mapped to `{resolution.destination}`, which is not a private ECR image"
            )
        elif parse(destination.format()) is None:  # its prefix, which the map has as a string
            self.lacking.append(f"`{reference}` is mapped to `{destination}`, which is not a valid image")
        else:
            cache = mapping if mapping and is_pull_through(normal_host(mapping.upstream_registry_url)) else None
            copy = ImageCopy(_source(reference), destination, cache)
            self.copies[str(copy.source), str(destination)] = copy
            self.cautions.update([resolution.caution] if resolution.caution else [])


def _registry_mapping(loaded: Loaded, resolution: Resolution) -> RegistryMapping | None:
    mappings = loaded.registry_map.registry_mappings if loaded.registry_map else ()
    return next((mapping for mapping in mappings if mapping.name == resolution.via), None)


def _source(reference: ImageReference) -> ImageReference:
    """An image as copy tools expect it: with its host, and by its digest only if it has one."""
    normal = reference.normal()
    if normal.registry == DOCKER_HUB:
        normal = replace(normal, registry=_DOCKER_HUB)
    return replace(normal, tag=None) if normal.digest else normal
