"""The smallest additions to a registry map with which it covers every known image of a workflow.

Sources: user guide, container images page, containers for workflow creation (2026-10-14); API RegistryMapping. An entry has no
`ecrAccountId`: without it the registry of the workflow's own account is meant.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from packager.healthomics import limits
from packager.images.reference import ImageReference, ImageUse, parse
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
from packager.model.facts import ImageStatus

# ECR has no word for the registries that the service copies from itself: they are called after who runs them.
_COPIED_PREFIXES = {
    "community.wave.seqera.io": "seqera",
    "wave.seqera.io": "seqera-wave",
    "nvcr.io": "nvidia",
    "gcr.io": "google",
}
_SEPARATORS = re.compile(r"[^a-z0-9]+")
_HASH_LENGTH = 8
# What the tools that push and pull take is one below ECR's own limit (Distribution specification).
_NAME_MAX = limits.ECR_REPOSITORY_MAX - 1


@dataclass(frozen=True, slots=True)
class Target:
    """The account and the Region whose private ECR the images are pulled from."""

    account: str
    region: str


@dataclass(frozen=True, slots=True)
class NewRegistry:
    """A registry mapping to add. `credential_arn` is a placeholder, where the service needs a secret."""

    upstream_registry_url: str
    ecr_repository_prefix: str
    credential_arn: str | None = None

    @property
    def what(self) -> str:
        """What it is for, in a sentence."""
        return f"the registry `{self.upstream_registry_url}`"

    def members(self) -> dict[str, str]:
        """The entry by the API's names."""
        found = {
            "upstreamRegistryUrl": self.upstream_registry_url,
            "ecrRepositoryPrefix": self.ecr_repository_prefix,
        }
        return found if self.credential_arn is None else {**found, "credentialArn": self.credential_arn}


@dataclass(frozen=True, slots=True)
class NewImage:
    """An image mapping to add."""

    source_image: str
    destination_image: str

    @property
    def what(self) -> str:
        """What it is for, in a sentence."""
        return f"the image `{self.source_image}`"

    def members(self) -> dict[str, str]:
        """The entry by the API's names."""
        return {"sourceImage": self.source_image, "destinationImage": self.destination_image}


@dataclass(frozen=True, slots=True)
class Additions:
    """What a map lacks, sorted; and in `notes` what no entry can bring, as sentences."""

    registry_mappings: tuple[NewRegistry, ...] = ()
    image_mappings: tuple[NewImage, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def entries(self) -> tuple[NewRegistry | NewImage, ...]:
        """All entries, registry mappings first."""
        return (*self.registry_mappings, *self.image_mappings)


def additions(uses: Iterable[ImageUse], there: RegistryMap | None, target: Target) -> Additions:
    """The entries to add to a map (None: to an empty one) so that it covers the images, and the candidates of dynamic ones."""
    uses = tuple(uses)
    notes: list[str] = []
    lacking: dict[str, ImageReference] = {}
    for text, reference in sorted(_references(uses)):
        found = resolve(reference, there, account=target.account, region=target.region)
        if found.status is not Status.UNMAPPED:
            notes += _remarks(text, reference, found, target)
        elif len(text) > limits.IMAGE_URI_LENGTH[1]:
            notes.append(f"`{text[:60]}...` is longer than a mapping can name: not covered")
        else:
            lacking[text] = reference
    registries = _registries(lacking.values(), there, target)
    prefixes = {one.upstream_registry_url: one.ecr_repository_prefix for one in registries}
    # An image mapping may match every spelling of its image: then each has one of its own.
    single = {_image_of(one) for one in lacking.values() if not _is_served(one, prefixes)}
    alone = {text: one for text, one in lacking.items() if _image_of(one) in single}
    needed = {_mapped_host(one) for text, one in lacking.items() if text not in alone}
    return Additions(
        tuple(one for one in registries if one.upstream_registry_url in needed),
        _images(alone, there, target),
        (*notes, *_open(uses)),
    )


def _references(uses: Iterable[ImageUse]) -> set[tuple[str, ImageReference]]:
    texts = {text for use in uses for text in (use.candidates or (use.image,)) if use.candidates or use.reference}
    return {(text, reference) for text in texts if (reference := parse(text)) is not None}


def _remarks(text: str, reference: ImageReference, found: Resolution, target: Target) -> list[str]:
    """What is to be said of an image that needs no entry."""
    if found.status is Status.MAPPED:
        return [f"`{text}` is covered by `{found.via}`, but {found.caution}"] if found.doubtful else []
    remarks = []
    if reference.region != target.region:
        remarks.append(f"`{text}` lies in `{reference.region}`, the target is `{target.region}`: copy it there")
    if reference.account != target.account:
        remarks.append(
            f"`{text}` lies in the account {reference.account}: its repository's policy has to allow the pull"
        )
    return remarks


def _open(uses: tuple[ImageUse, ...]) -> list[str]:
    """What no map can be made for: texts that are no references, and images that only a run decides."""
    notes = [f"`{use.image}` {use.fault}: not covered" for use in uses if use.fault is not None]
    for use in uses:
        if use.status is not ImageStatus.DYNAMIC:
            continue
        depends = f" and depends on {', '.join(f'`{name}`' for name in use.depends_on)}" if use.depends_on else ""
        subject = (
            f"the image `{' '.join(use.image.split())}` of {_tasks(use)} is known only when the workflow runs{depends}"
        )
        notes += [
            f"`{one}`, a candidate of {_tasks(use)}, is no image: not covered"
            for one in use.candidates
            if not parse(one)
        ]
        covered = sum(parse(one) is not None for one in use.candidates)
        count = (
            f"its {covered} candidate{'s are' if covered != 1 else ' is'} covered, no other image" if covered else ""
        )
        notes.append(f"{subject}: {count or 'not covered'}")
    return list(dict.fromkeys(notes))


def _tasks(use: ImageUse) -> str:
    names = list(dict.fromkeys(task.name for task in use.tasks))
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return f"task `{names[0]}`{more}"


def _image_of(reference: ImageReference) -> ImageReference:
    """What all versions of an image share."""
    return reference.normal().without_version()


def _mapped_host(reference: ImageReference) -> str | None:
    """The host by which a registry mapping surely covers an image; None where no registry mapping does."""
    host = reference.registry
    if host in DOCUMENTED_HUB_NAMES:
        return limits.DOCKER_HUB
    return host if host == host.lower() and (is_pull_through(host) or is_copied(host)) else None


def _registries(
    references: Iterable[ImageReference], there: RegistryMap | None, target: Target
) -> tuple[NewRegistry, ...]:
    """A mapping for each registry that can have one, by host, with prefixes that no other mapping has."""
    taken = {one.ecr_repository_prefix.strip("/") for one in there.registry_mappings} if there else set()
    found = []
    for host in sorted({host for one in references if (host := _mapped_host(one))}):
        prefix = _free(default_prefix(host), taken)
        taken.add(prefix)
        found.append(NewRegistry(host, prefix, placeholder(prefix, target) if is_copied(host) else None))
    return tuple(found)


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
    """The prefix, or with the first number behind it that makes it one of its own."""
    number, found = 1, prefix
    while found in taken:
        number += 1
        found = f"{_short(prefix, limits.ECR_PREFIX_MAX - 3)}-{number}"
    return found


def _short(name: str, most: int) -> str:
    """A name of at most so many characters: the rest stands as a hash."""
    if len(name) <= most:
        return name
    return f"{name[: most - _HASH_LENGTH - 1].rstrip('-._/')}-{_hash(name)}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_HASH_LENGTH]


def placeholder(prefix: str, target: Target) -> str:
    """The ARN of a secret that a person has to replace; it has the form of one, so that the map can be checked."""
    partition = "aws-cn" if target.region.startswith("cn-") else "aws"
    name = f"{PLACEHOLDER}{prefix.replace('/', '-')}"
    return f"arn:{partition}:secretsmanager:{target.region}:{target.account}:secret:{name}"


def _is_served(reference: ImageReference, prefixes: dict[str, str]) -> bool:
    """Whether a registry mapping gives the image a repository that ECR can have."""
    host = _mapped_host(reference)
    if host is None:
        return False
    upstream = f"{host}/" if is_copied(host) else ""
    name = f"{prefixes[host]}/{upstream}{reference.normal().repository}"
    return len(name) <= _NAME_MAX


def _images(alone: dict[str, ImageReference], there: RegistryMap | None, target: Target) -> tuple[NewImage, ...]:
    """An image mapping for each, to a repository of its own."""
    host = private_host(target.account, target.region)
    owners = _repositories_there(there, host)
    found = []
    for text, reference in sorted(alone.items()):
        normal = _image_of(reference).format()
        name = repository_for(reference)
        if owners.setdefault(name, normal) != normal:
            name = _short(f"{name}-{_hash(normal)}", _NAME_MAX)
            owners[name] = normal
        copy = ImageReference(host, name, reference.tag, reference.digest)
        found.append(NewImage(text, copy.format()))
    return tuple(found)


def _repositories_there(there: RegistryMap | None, host: str) -> dict[str, str]:
    """Which upstream repository each repository of the target holds already, by the map's own image mappings."""
    owners = {}
    for mapping in there.image_mappings if there else ():
        destination = parse(mapping.destination_image or "")
        if destination is not None and destination.registry == host and mapping.source is not None:
            owners[destination.repository] = mapping.source.without_version().format()
    return owners


def repository_for(reference: ImageReference) -> str:
    """The private repository for a copy: the upstream's host and path, in ECR's grammar for names."""
    normal = reference.normal()
    host = _SEPARATORS.sub(lambda found: found[0] if found[0] == "." else "-", normal.registry).strip("-")
    return _short(f"{host}/{normal.repository}", _NAME_MAX)
