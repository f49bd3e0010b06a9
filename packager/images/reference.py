"""Container image references: one grammar, the parts, a normal form, and who uses which image."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from packager.findings.diagnostic import Place
from packager.healthomics import limits
from packager.model.facts import ImageStatus, Workflow

# The grammar of the Distribution project's `reference` specification, which Docker and ECR follow.
_COMPONENT = r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_HOST = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{{1,5}})?")
_REPOSITORY = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_DIGEST = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,256}")
_DIGEST_LENGTHS = {"sha256": 64, "sha384": 96, "sha512": 128}
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_LEFTOVER = re.compile(r"[$~#]\{|\{\{|\$[A-Za-z_(]|[<>]")
_MAX_REPOSITORY = 255  # Distribution specification: the longest repository name
_MAX_REFERENCE = 4096  # our own bound: nothing longer is looked at
_HUB_LIBRARY = "library/"


@dataclass(frozen=True, slots=True)
class ImageReference:
    """An image reference by its parts, as written.

    `registry` is the host with its port, empty when the text names none (Docker Hub is then meant).
    """

    registry: str
    repository: str
    tag: str | None = None
    digest: str | None = None

    @property
    def explicit_registry(self) -> bool:
        """Whether the text itself names a registry."""
        return bool(self.registry)

    @property
    def is_docker_hub(self) -> bool:
        """Whether the image lies on Docker Hub, under any of its names."""
        host = self.registry.lower()
        return host in ("", limits.DOCKER_HUB, *limits.DOCKER_HUB_ALIASES)

    @property
    def account(self) -> str | None:
        """The AWS account that owns a private ECR image; None for any other registry."""
        found = limits.PRIVATE_ECR.fullmatch(self.registry)
        return found["account"] if found else None

    @property
    def region(self) -> str | None:
        """The AWS Region of a private ECR image; None for any other registry."""
        found = limits.PRIVATE_ECR.fullmatch(self.registry)
        return found["region"] if found else None

    @property
    def is_private(self) -> bool:
        """Whether the image lies in a private ECR registry."""
        return self.account is not None

    @property
    def is_mutable(self) -> bool:
        """Whether the reference has no digest and no tag, or the tag `latest`."""
        return self.digest is None and self.tag in (None, "latest")

    def normal(self) -> ImageReference:
        """The normal form: the registry in lower case; Docker Hub by its host, with `library/`."""
        if not self.is_docker_hub:
            return replace(self, registry=self.registry.lower())
        repository = self.repository if "/" in self.repository else _HUB_LIBRARY + self.repository
        return replace(self, registry=limits.DOCKER_HUB, repository=repository)

    def without_version(self) -> ImageReference:
        """The same repository without tag and digest."""
        return replace(self, tag=None, digest=None)

    def format(self) -> str:
        """The reference as text; `parse` reads the same parts back."""
        head = f"{self.registry}/{self.repository}" if self.registry else self.repository
        tag = "" if self.tag is None else f":{self.tag}"
        digest = "" if self.digest is None else f"@{self.digest}"
        return head + tag + digest


def parse(text: str) -> ImageReference | None:
    """The parts of an image reference, or None when the text is none (see `fault`)."""
    result = _read(text)
    return result if isinstance(result, ImageReference) else None


def fault(text: str) -> str | None:
    """Why a text is no image reference, as the end of a sentence about it; None when it is one."""
    result = _read(text)
    return result if isinstance(result, str) else None


def _read(text: str) -> ImageReference | str:
    early = _not_a_reference(text)
    if early is not None:
        return early
    name, at, digest = text.partition("@")
    if at and not _is_digest(digest):
        return "has a malformed digest"
    registry, repository = _split_host(name)
    if registry and not _HOST.fullmatch(registry):
        return "has a malformed registry host"
    # A colon behind the last slash starts the tag; one before it belongs to the host's port.
    repository, colon, tag = repository.partition(":")
    if colon and not _TAG.fullmatch(tag):
        return "has a malformed tag"
    if not _REPOSITORY.fullmatch(repository):
        if _REPOSITORY.fullmatch(repository.lower()):
            return "has upper-case letters in its repository"
        return "has a malformed repository"
    if len(repository) > _MAX_REPOSITORY:
        return f"has a repository longer than {_MAX_REPOSITORY} characters"
    return ImageReference(registry, repository, tag if colon else None, digest if at else None)


def _not_a_reference(text: str) -> str | None:
    if not text.strip():
        return "is empty"
    if len(text) > _MAX_REFERENCE:
        return f"is longer than {_MAX_REFERENCE} characters"
    if _LEFTOVER.search(text):
        return "holds a placeholder that nothing filled in"
    scheme = _SCHEME.match(text)
    if scheme:
        return f"begins with `{scheme.group()}`"
    if any(char.isspace() for char in text):
        return "holds white space"
    return None


def _is_digest(digest: str) -> bool:
    if not _DIGEST.fullmatch(digest):
        return False
    algorithm, _, value = digest.partition(":")
    return len(value) == _DIGEST_LENGTHS.get(algorithm, len(value))


def _split_host(name: str) -> tuple[str, str]:
    """The registry ("" for none) and the rest: a first segment is a host iff it looks like one."""
    first, slash, rest = name.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        return first, rest
    return "", name


@dataclass(frozen=True, slots=True, order=True)
class TaskUse:
    """A task that uses an image.

    `place` is where the image is named, or the task itself when that is unknown.
    """

    name: str
    place: Place


@dataclass(frozen=True, slots=True)
class ImageUse:
    """One distinct image with every task that uses it.

    `image` is the reference as text; for a DYNAMIC one the expression as written, and then
    `candidates` are the images it may come to and `depends_on` the inputs that decide. `reference`
    is None for a DYNAMIC image and for a text that is no image reference; `fault` then says why it
    is none. `tasks` are sorted.
    """

    image: str
    status: ImageStatus
    reference: ImageReference | None
    tasks: tuple[TaskUse, ...]
    candidates: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    fault: str | None = None

    @property
    def place(self) -> Place:
        """Where the image is used first."""
        return min(use.place for use in self.tasks)


def unique_images(workflow: Workflow) -> tuple[ImageUse, ...]:
    """Every distinct image of a workflow, sorted, dynamic ones last.

    Tasks without an image, and those that run in the engine itself, have no part.
    """
    known: dict[str, list[tuple[TaskUse, ImageStatus]]] = {}
    dynamic: dict[tuple[str, tuple[str, ...], tuple[str, ...]], list[TaskUse]] = {}
    for task in workflow.tasks:
        image = task.image
        if image.status is ImageStatus.NONE or not task.runs_container:
            continue
        use = TaskUse(task.name, image.place if image.place.line else task.place)
        if image.status is ImageStatus.DYNAMIC or image.reference is None:
            dynamic.setdefault((image.text, image.candidates, image.depends_on), []).append(use)
        else:
            known.setdefault(image.reference, []).append((use, image.status))
    return (
        *(_known_use(text, uses) for text, uses in sorted(known.items())),
        *(
            ImageUse(text, ImageStatus.DYNAMIC, None, _in_order(uses), candidates, depends_on)
            for (text, candidates, depends_on), uses in sorted(dynamic.items())
        ),
    )


def _known_use(text: str, uses: list[tuple[TaskUse, ImageStatus]]) -> ImageUse:
    # Literal in one task and resolved in another: the literal one is certain.
    status = min((status for _, status in uses), key=lambda one: one is not ImageStatus.LITERAL)
    tasks = _in_order([use for use, _ in uses])
    return ImageUse(text, status, parse(text), tasks, fault=fault(text))


def _in_order(uses: list[TaskUse]) -> tuple[TaskUse, ...]:
    return tuple(sorted(set(uses)))
