"""What a workflow needs of an AWS account: the private images that it pulls, and the caches and secrets of its registry map."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from packager.findings.diagnostic import Place, Skipped
from packager.healthomics import limits
from packager.images.registry_map import RegistryMap, RegistryMapping, Status, resolve
from packager.images.registry_map.resolution import is_copied, is_pull_through
from packager.images.usage import ImageUse
from packager.model.facts import ImageStatus, Workflow
from packager.model.image_reference import ImageReference, as_reference
from packager.text import count, listed


@dataclass(frozen=True, slots=True, order=True)
class EcrRepository:
    """A private repository by its whole name."""

    account: str
    region: str
    name: str


@dataclass(frozen=True, slots=True)
class WorkflowImages:
    """A workflow with its images and map, and the account and Region that it is intended for.

    `target`: these are configured, not only detected.
    """

    workflow: Workflow
    images: tuple[ImageUse, ...]
    registry_map: RegistryMap | None = None
    region: str | None = None
    account: str | None = None
    target: bool = False


@dataclass(frozen=True, slots=True)
class PulledImage:
    """An image that a run pulls, by its place in private ECR.

    `source` is the image as the workflow names it. `certain` is False for a candidate of a dynamic image. `mapping` is the registry
    mapping that it is pulled through, `cached`: its repository is a pull-through cache. `largest` is the size in GiB that the tasks allow.
    """

    source: ImageReference
    tasks: tuple[str, ...]
    place: Place
    reference: ImageReference
    repository: EcrRepository
    certain: bool
    mapping: RegistryMapping | None
    largest: int
    cached: bool

    @property
    def version(self) -> str:
        """What it is pulled by: its digest if it has one, regardless of its tag."""
        return self.reference.digest or self.reference.tag or "latest"

    @property
    def shown(self) -> str:
        """The image and its users, for messages."""
        others = len(self.tasks) - 1
        more = f" and {count(others, 'other')}" if others else ""
        origin = "" if self.reference == self.source else f", from `{self.source}`"
        return f"`{self.reference}`{origin} (task `{self.tasks[0]}`{more})"


@dataclass(frozen=True, slots=True)
class Unchecked:
    """A check that does not run: its code, what it is about, and why."""

    code: str
    subject: str
    reason: str


@dataclass(frozen=True, slots=True)
class Destinations:
    """Everything to check in an account; `copied` names the mappings whose images the service copies for this workflow."""

    images: tuple[PulledImage, ...] = ()
    caches: tuple[RegistryMapping, ...] = ()
    secrets: tuple[RegistryMapping, ...] = ()
    notes: tuple[Unchecked, ...] = ()
    copied: frozenset[str] = frozenset()


def resolve_destinations(workflow: WorkflowImages, *, account: str | None, region: str | None) -> Destinations:
    """What a workflow pulls under its map, for the account and Region of its private ECR."""
    mappings = workflow.registry_map.registry_mappings if workflow.registry_map else ()
    collector = _Collector(workflow, account, region)
    for use in workflow.images:
        collector.add(use)
    return Destinations(
        images=tuple(collector.images),
        caches=tuple(mapping for mapping in mappings if not is_copied(mapping.upstream_registry_url)),
        secrets=tuple(
            mapping
            for mapping in mappings
            if mapping.credential_arn and not is_pull_through(mapping.upstream_registry_url)
        ),
        notes=tuple(collector.notes),
        copied=frozenset(collector.copied),
    )


class _Collector:
    """Collects the destinations of images, one use at a time."""

    def __init__(self, workflow: WorkflowImages, account: str | None, region: str | None) -> None:
        self._map = workflow.registry_map
        self._account, self._region = account, region
        self._registry_mappings = (
            {mapping.name: mapping for mapping in self._map.registry_mappings} if self._map else {}
        )
        self._image_mappings = {mapping.name: mapping for mapping in self._map.image_mappings} if self._map else {}
        # Tasks that may run on instances without accelerators, where images have to be smaller.
        self._plain_tasks = {
            task.name
            for task in workflow.workflow.tasks
            if task.resources.accelerator_type is None and task.resources.accelerator_count is None
        }
        self.images: list[PulledImage] = []
        self.notes: list[Unchecked] = []
        self.copied: set[str] = set()

    def add(self, use: ImageUse) -> None:
        """Add what an image use pulls: the image, or its candidates."""
        if use.status is ImageStatus.DYNAMIC:
            subject = f"`{' '.join(use.image.split())}`"
            self.notes.append(Unchecked("IMG021", subject, "it is known only when the workflow runs"))
        elif use.reference is None:
            self.notes.append(Unchecked("IMG021", f"`{use.image}`", "it is not an image reference"))
        for reference in use.references:
            image = self._pulled(use, reference)
            if image is not None:
                self.images.append(image)

    def _pulled(self, use: ImageUse, reference: ImageReference) -> PulledImage | None:
        """What is pulled for a reference; None, and a note, where that is unknown or not in private ECR."""
        resolution = resolve(reference, self._map, account=self._account, region=self._region)
        if resolution.status is Status.UNMAPPED or resolution.destination is None:
            self._note(reference, "it is not in private ECR, and no mapping covers it")
            return None
        mapping = self._registry_mappings.get(resolution.via or "")
        image_mapping = self._image_mappings.get(resolution.via or "")
        if mapping is not None and is_copied(mapping.upstream_registry_url):
            self.copied.add(mapping.name)
            reason = f"HealthOmics copies it from `{mapping.upstream_registry_url}` when a run first needs it"
            self._note(reference, reason, "IMG023")
            return None
        destination = as_reference(resolution.destination)
        if destination is None or destination.account is None or destination.region is None:
            unknown = "the account or Region of its private ECR is not known"
            self._note(reference, unknown if mapping else "its mapping is not to a private ECR image")
            return None
        may_be_plain = any(task.name in self._plain_tasks for task in use.tasks)
        return PulledImage(
            source=reference,
            tasks=use.task_names,
            place=image_mapping.place_of("destinationImage") if image_mapping else use.place,
            reference=destination,
            repository=EcrRepository(destination.account, destination.region, destination.repository),
            certain=use.reference is not None,
            mapping=mapping,
            largest=limits.IMAGE_MAX_GIB if may_be_plain else limits.IMAGE_MAX_GIB_ACCELERATED,
            cached=mapping is not None,
        )

    def _note(self, reference: ImageReference, reason: str, code: str = "IMG021") -> None:
        self.notes.append(Unchecked(code, f"`{reference}`", reason))


def skipped(notes: Iterable[Unchecked]) -> tuple[Skipped, ...]:
    """The checks that do not run, one entry per code and reason."""
    groups: dict[tuple[str, str], set[str]] = {}
    for note in notes:
        groups.setdefault((note.code, note.reason), set()).add(note.subject)
    return tuple(sorted(Skipped(code, _sentence(subjects, reason)) for (code, reason), subjects in groups.items()))


def _sentence(subjects: set[str], reason: str) -> str:
    shown = listed(sorted(filter(None, subjects)), quote=False)
    return f"{shown}: {reason}" if shown else reason
