"""What there is to ask about: the private images that a workflow comes to, the caches behind its map, and the secrets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from packager.findings.diagnostic import Place, Skipped
from packager.healthomics import limits
from packager.images.reference import ImageReference, ImageUse, TaskUse, parse
from packager.images.registry_map import RegistryMap, RegistryMapping, Status, resolve
from packager.images.registry_map.resolution import is_copied, is_pull_through
from packager.model.facts import ImageStatus, Task, Workflow

_SHOWN = 3


@dataclass(frozen=True, slots=True, order=True)
class Repository:
    """A private repository by its whole name."""

    account: str
    region: str
    name: str


@dataclass(frozen=True, slots=True)
class Question:
    """A workflow with its images and map, and where it is meant to go; `target`: that is configured, not only said."""

    workflow: Workflow
    images: tuple[ImageUse, ...]
    registry_map: RegistryMap | None = None
    region: str | None = None
    account: str | None = None
    target: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """An image that a run pulls, by its place in private ECR.

    `certain` is False for one that a dynamic image may come to. `mapping` is the registry mapping that it comes through, `cached`
    tells that its repository is a pull-through cache, and `largest` is the size in GiB that the tasks allow.
    """

    text: str
    tasks: tuple[str, ...]
    place: Place
    reference: ImageReference
    repository: Repository
    certain: bool
    mapping: RegistryMapping | None
    largest: int
    cached: bool

    @property
    def version(self) -> str:
        """What it is pulled by: its digest if it has one, whatever its tag says."""
        return self.reference.digest or self.reference.tag or "latest"

    @property
    def shown(self) -> str:
        """How messages call it and who uses it."""
        others = len(self.tasks) - 1
        more = f" and {others} other{'s' if others > 1 else ''}" if others else ""
        come = "" if self.reference.format() == self.text else f", from `{self.text}`"
        return f"`{self.reference.format()}`{come} (task `{self.tasks[0]}`{more})"


@dataclass(frozen=True, slots=True)
class Note:
    """Something that was not looked at: by code, what, and why."""

    code: str
    subject: str
    reason: str


@dataclass(frozen=True, slots=True)
class Destinations:
    """All that there is to ask about; `copied` names the mappings whose images the service copies for this workflow."""

    images: tuple[Wanted, ...] = ()
    caches: tuple[RegistryMapping, ...] = ()
    secrets: tuple[RegistryMapping, ...] = ()
    notes: tuple[Note, ...] = ()
    copied: frozenset[str] = frozenset()


def destinations(question: Question, *, account: str | None, region: str | None) -> Destinations:
    """What a workflow comes to under its map, for the account and Region of its private ECR."""
    mappings = question.registry_map.registry_mappings if question.registry_map else ()
    notes: list[Note] = []
    found: list[Wanted] = []
    copied: set[str] = set()
    tasks: dict[str, list[Task]] = {}
    for task in question.workflow.tasks:
        tasks.setdefault(task.name, []).append(task)
    for use in question.images:
        for text, reference in _references(use, notes):
            wanted = _wanted(question, use, text, reference, account=account, region=region, notes=notes, copied=copied)
            if wanted is not None:
                found.append(_with_limit(wanted, use.tasks, tasks))
    return Destinations(
        images=tuple(found),
        caches=tuple(one for one in mappings if not is_copied(one.upstream_registry_url)),
        secrets=tuple(one for one in mappings if one.credential_arn and not is_pull_through(one.upstream_registry_url)),
        notes=tuple(notes),
        copied=frozenset(copied),
    )


def _references(use: ImageUse, notes: list[Note]) -> list[tuple[str, ImageReference]]:
    """The images of a use: itself, or what it may come to."""
    if use.reference is not None:
        return [(use.image, use.reference)]
    if use.status is not ImageStatus.DYNAMIC:
        notes.append(Note("IMG021", f"`{use.image}`", "it is no image reference"))
        return []
    notes.append(Note("IMG021", f"`{' '.join(use.image.split())}`", "it is known only when the workflow runs"))
    return [(text, reference) for text in use.candidates if (reference := parse(text)) is not None]


def _wanted(
    question: Question,
    use: ImageUse,
    text: str,
    reference: ImageReference,
    *,
    account: str | None,
    region: str | None,
    notes: list[Note],
    copied: set[str],
) -> Wanted | None:
    found = resolve(reference, question.registry_map, account=account, region=region)
    shown = f"`{text}`"
    if found.status is Status.UNMAPPED or found.destination is None:
        notes.append(Note("IMG021", shown, "it is not in private ECR, and no mapping covers it"))
        return None
    mapping, place = None, use.place
    for one in question.registry_map.registry_mappings if question.registry_map else ():
        if one.name == found.via:
            mapping = one
    for image in question.registry_map.image_mappings if question.registry_map else ():
        if image.name == found.via:
            place = image.place_of("destinationImage")
    if mapping is not None and is_copied(mapping.upstream_registry_url):
        copied.add(mapping.name)
        notes.append(
            Note(
                "IMG023", shown, f"HealthOmics copies it from `{mapping.upstream_registry_url}` when it is needed first"
            )
        )
        return None
    destination = parse(found.destination)
    if destination is None or destination.account is None or destination.region is None:
        reason = (
            "the account or Region of its private ECR is not known"
            if mapping
            else "it is mapped to what is no private ECR image"
        )
        notes.append(Note("IMG021", shown, reason))
        return None
    return Wanted(
        text=text,
        tasks=tuple(dict.fromkeys(task.name for task in use.tasks)),
        place=place,
        reference=destination,
        repository=Repository(destination.account, destination.region, destination.repository),
        certain=use.reference is not None,
        mapping=mapping,
        largest=limits.IMAGE_MAX_GIB_ACCELERATED,
        cached=mapping is not None,
    )


def _with_limit(wanted: Wanted, uses: Iterable[TaskUse], tasks: dict[str, list[Task]]) -> Wanted:
    """With the limit of its tasks: the smaller one as soon as one of them surely has no accelerator."""
    for use in uses:
        for task in tasks.get(use.name, []):
            if task.resources.accelerator_type is None and task.resources.accelerator_count is None:
                return replace(wanted, largest=limits.IMAGE_MAX_GIB)
    return wanted


def skipped(notes: Iterable[Note]) -> tuple[Skipped, ...]:
    """What was not looked at, everything with one reason together."""
    groups: dict[tuple[str, str], set[str]] = {}
    for note in notes:
        groups.setdefault((note.code, note.reason), set()).add(note.subject)
    return tuple(sorted(Skipped(code, _sentence(subjects, reason)) for (code, reason), subjects in groups.items()))


def _sentence(subjects: set[str], reason: str) -> str:
    named = sorted(one for one in subjects if one)
    if not named:
        return reason
    more = f" and {len(named) - _SHOWN} more" if len(named) > _SHOWN else ""
    return f"{', '.join(named[:_SHOWN])}{more}: {reason}"
