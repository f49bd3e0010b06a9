"""The smallest additions that make a registry map cover every known image of a workflow.

Sources: Guide.CONTAINERS, Guide.CONTAINER_CREATION; Api.OMICS: RegistryMapping. The entries have no
`ecrAccountId`: its default is the registry of the workflow's own account.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from packager.healthomics import limits
from packager.images.registry_map.model import PLACEHOLDER, RegistryMap
from packager.images.registry_map.resolution import (
    DOCUMENTED_HUB_NAMES,
    Resolution,
    Status,
    is_copied,
    is_pull_through,
    private_host,
    resolve,
)
from packager.images.usage import ImageUse
from packager.model.facts import ImageStatus
from packager.model.image_reference import DOCKER_HUB, ImageReference, as_reference
from packager.text import count, joined

# ECR proposes no prefix for the registries that the service copies from: these are named after their owners.
_COPIED_PREFIXES = {
    "community.wave.seqera.io": "seqera",
    "wave.seqera.io": "seqera-wave",
    "nvcr.io": "nvidia",
    "gcr.io": "google",
}
_SEPARATORS = re.compile(r"[^a-z0-9]+")
_HASH_LENGTH = 8
# Tools that push and pull accept one character less than ECR (Standard.IMAGE_NAMES).
_NAME_MAX = limits.ECR_REPOSITORY_MAX - 1


@dataclass(frozen=True, slots=True)
class EcrRegistry:
    """The private ECR registry that images are pulled from."""

    account: str
    region: str


@dataclass(frozen=True, slots=True)
class NewRegistry:
    """A registry mapping to add. `credential_arn` is a placeholder, where the service needs a secret."""

    upstream_registry_url: str
    ecr_repository_prefix: str
    credential_arn: str | None = None

    @property
    def purpose(self) -> str:
        """What the mapping is for, as a part of a sentence."""
        return f"the registry `{self.upstream_registry_url}`"

    def members(self) -> dict[str, str]:
        """The entry by the API's names."""
        members = {
            "upstreamRegistryUrl": self.upstream_registry_url,
            "ecrRepositoryPrefix": self.ecr_repository_prefix,
        }
        return members if self.credential_arn is None else {**members, "credentialArn": self.credential_arn}


@dataclass(frozen=True, slots=True)
class NewImage:
    """An image mapping to add."""

    source_image: ImageReference
    destination_image: ImageReference

    @property
    def purpose(self) -> str:
        """What the mapping is for, as a part of a sentence."""
        return f"the image `{self.source_image}`"

    def members(self) -> dict[str, str]:
        """The entry by the API's names."""
        return {"sourceImage": str(self.source_image), "destinationImage": str(self.destination_image)}


@dataclass(frozen=True, slots=True)
class Additions:
    """What a map lacks, sorted; `notes` are sentences about images that no entry can cover."""

    registry_mappings: tuple[NewRegistry, ...] = ()
    image_mappings: tuple[NewImage, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def entries(self) -> tuple[NewRegistry | NewImage, ...]:
        """All entries, registry mappings first."""
        return (*self.registry_mappings, *self.image_mappings)


def additions(uses: Iterable[ImageUse], registry_map: RegistryMap | None, registry: EcrRegistry) -> Additions:
    """The entries to add to a map (None: to an empty one) so that it covers the images, and the candidates of dynamic ones."""
    uses = tuple(uses)
    notes: list[str] = []
    lacking: list[ImageReference] = []
    for reference in sorted({reference for use in uses for reference in use.references}, key=str):
        resolution = resolve(reference, registry_map, account=registry.account, region=registry.region)
        if resolution.status is not Status.UNMAPPED:
            notes += _remarks(reference, resolution, registry)
        elif len(str(reference)) > limits.IMAGE_URI_LENGTH[1]:
            notes.append(f"`{str(reference)[:60]}...` is too long for a mapping: not covered")
        else:
            lacking.append(reference)
    registries = _registries(lacking, registry_map, registry)
    prefixes = {mapping.upstream_registry_url: mapping.ecr_repository_prefix for mapping in registries}
    # An image mapping may match every version of its image: then each version needs its own.
    single = {_image_of(reference) for reference in lacking if not _is_served(reference, prefixes)}
    alone = [reference for reference in lacking if _image_of(reference) in single]
    needed = {_mapped_host(reference) for reference in lacking if _image_of(reference) not in single}
    return Additions(
        tuple(mapping for mapping in registries if mapping.upstream_registry_url in needed),
        _images(alone, registry_map, registry),
        (*notes, *_uncovered(uses)),
    )


def _remarks(reference: ImageReference, resolution: Resolution, registry: EcrRegistry) -> list[str]:
    """Notes about an image that needs no entry."""
    if resolution.status is Status.MAPPED:
        is_sure = not resolution.doubtful
        return [] if is_sure else [f"`{reference}` is covered by `{resolution.via}`, but {resolution.caution}"]
    remarks = []
    if reference.region != registry.region:
        remarks.append(
            f"`{reference}` is in `{reference.region}`, but the target is in `{registry.region}`: copy the image there"
        )
    if reference.account != registry.account:
        remarks.append(
            f"`{reference}` is in the account {reference.account}: the policy of its repository has to allow the pull"
        )
    return remarks


def _uncovered(uses: tuple[ImageUse, ...]) -> list[str]:
    """Notes about names that are not image references, and images that only a run decides."""
    notes = [f"`{use.image}` {use.fault}: not covered" for use in uses if use.fault is not None]
    for use in uses:
        if use.status is not ImageStatus.DYNAMIC:
            continue
        depends = f" and depends on {joined(use.depends_on)}" if use.depends_on else ""
        subject = (
            f"the image `{' '.join(use.image.split())}` of {_tasks(use)} is known only when the workflow runs{depends}"
        )
        notes += [
            f"`{name}`, a candidate of {_tasks(use)}, is not an image reference: not covered"
            for name in use.candidates
            if as_reference(name) is None
        ]
        number = len(use.references)
        covered = f"its {count(number, 'candidate')} {'is' if number == 1 else 'are'} covered, no other image"
        notes.append(f"{subject}: {covered if number else 'not covered'}")
    return list(dict.fromkeys(notes))


def _tasks(use: ImageUse) -> str:
    first, *others = use.task_names
    return f"task `{first}`{f' and {len(others)} more' if others else ''}"


def _image_of(reference: ImageReference) -> ImageReference:
    """What all versions of an image share."""
    return reference.normal().without_version()


def _mapped_host(reference: ImageReference) -> str | None:
    """The host whose registry mapping covers an image; None where no registry mapping does."""
    host = reference.registry
    if host in DOCUMENTED_HUB_NAMES:
        return DOCKER_HUB
    return host if host == host.lower() and (is_pull_through(host) or is_copied(host)) else None


def _registries(
    references: Iterable[ImageReference], registry_map: RegistryMap | None, registry: EcrRegistry
) -> tuple[NewRegistry, ...]:
    """A mapping for each registry that can have one, by host, with prefixes that no other mapping has."""
    existing = registry_map.registry_mappings if registry_map else ()
    taken = {mapping.ecr_repository_prefix.strip("/") for mapping in existing}
    mappings = []
    for host in sorted({host for reference in references if (host := _mapped_host(reference))}):
        prefix = _free(default_prefix(host), taken)
        taken.add(prefix)
        mappings.append(NewRegistry(host, prefix, placeholder(prefix, registry) if is_copied(host) else None))
    return tuple(mappings)


def default_prefix(host: str) -> str:
    """The ECR repository prefix for a registry: the console's own proposal, else a name made of the host."""
    known = limits.CACHE_PREFIXES.get(host) or _COPIED_PREFIXES.get(host)
    if known is not None:
        return known
    for suffix, family in ((".azurecr.io", "azure"), ("-docker.pkg.dev", "google")):
        if host.endswith(suffix):
            return _short(
                f"{family}-{_SEPARATORS.sub('-', host.removesuffix(suffix)).strip('-')}", limits.ECR_PREFIX_MAX
            )
    return _short(_SEPARATORS.sub("-", host).strip("-"), limits.ECR_PREFIX_MAX)


def _free(prefix: str, taken: set[str]) -> str:
    """The prefix, with a number after it if it is taken."""
    number, free = 1, prefix
    while free in taken:
        number += 1
        free = f"{_short(prefix, limits.ECR_PREFIX_MAX - 3)}-{number}"
    return free


def _short(name: str, longest: int) -> str:
    """A name of at most so many characters; a hash replaces what is cut off."""
    if len(name) <= longest:
        return name
    return f"{name[: longest - _HASH_LENGTH - 1].rstrip('-._/')}-{_hash(name)}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_HASH_LENGTH]


def placeholder(prefix: str, registry: EcrRegistry) -> str:
    """A placeholder for a secret's ARN, in the form of an ARN so that the map is valid."""
    partition = "aws-cn" if registry.region.startswith("cn-") else "aws"
    name = f"{PLACEHOLDER}{prefix.replace('/', '-')}"
    return f"arn:{partition}:secretsmanager:{registry.region}:{registry.account}:secret:{name}"


def _is_served(reference: ImageReference, prefixes: dict[str, str]) -> bool:
    """Whether a registry mapping gives the image a repository name that ECR allows."""
    host = _mapped_host(reference)
    if host is None:
        return False
    upstream = f"{host}/" if is_copied(host) else ""
    name = f"{prefixes[host]}/{upstream}{reference.normal().repository}"
    return len(name) <= _NAME_MAX


def _images(
    references: Iterable[ImageReference], registry_map: RegistryMap | None, registry: EcrRegistry
) -> tuple[NewImage, ...]:
    """An image mapping for each, to a repository that no other image has."""
    host = private_host(registry.account, registry.region)
    owners = _mapped_repositories(registry_map, host)
    mappings = []
    for reference in references:
        normal = _image_of(reference)
        name = repository_for(reference)
        if owners.setdefault(name, normal) != normal:
            name = _short(f"{name}-{_hash(normal.format())}", _NAME_MAX)
            owners[name] = normal
        mappings.append(NewImage(reference, ImageReference(host, name, reference.tag, reference.digest)))
    return tuple(mappings)


def _mapped_repositories(registry_map: RegistryMap | None, host: str) -> dict[str, ImageReference]:
    """The upstream image of each repository that the map's own image mappings use already."""
    owners = {}
    for mapping in registry_map.image_mappings if registry_map else ():
        destination = as_reference(mapping.destination_image)
        if destination is not None and destination.registry == host and mapping.normal_source is not None:
            owners[destination.repository] = mapping.normal_source.without_version()
    return owners


def repository_for(reference: ImageReference) -> str:
    """The private repository for a copy: the upstream's host and path, in ECR's grammar for names."""
    normal = reference.normal()
    host = _SEPARATORS.sub(lambda separator: separator[0] if separator[0] == "." else "-", normal.registry).strip("-")
    return _short(f"{host}/{normal.repository}", _NAME_MAX)
