"""Container image references: the grammar, the parts and the normal form.

An image is an `ImageReference` wherever the program knows it. A string that is not a valid reference stays a string (`ImageName`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

# Guide.PULL_THROUGH_CACHES: the host of Docker Hub; the other names are those that people write.
DOCKER_HUB: Final = "registry-1.docker.io"
_DOCKER_HUB_NAMES = (DOCKER_HUB, "docker.io", "index.docker.io", "hub.docker.com", "registry.hub.docker.com")
_PRIVATE_ECR = re.compile(
    r"(?P<account>\d{12})\.dkr[.-]ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws)"
)
# The grammar of Standard.IMAGE_NAMES, which Docker and ECR follow.
_COMPONENT = r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_HOST = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{{1,5}})?")
_REPOSITORY = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_DIGEST = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,256}")
_DIGEST_LENGTHS = {"sha256": 64, "sha384": 96, "sha512": 128}
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_LEFTOVER = re.compile(r"[$~#]\{|\{\{|\$[A-Za-z_(]|[<>]")
_IMAGE_FILES = (".sif", ".simg", ".img", ".sqsh")  # of Singularity and Apptainer
_MAX_REPOSITORY = 255  # Standard.IMAGE_NAMES: the longest repository name
_MAX_REFERENCE = 4096  # our own limit: nothing longer is parsed
_HUB_LIBRARY = "library/"


@dataclass(frozen=True, slots=True)
class ImageReference:
    """An image reference by its parts, as written.

    `registry` is the host with its port, or "" where the image has no registry host (which means Docker Hub).
    """

    registry: str
    repository: str
    tag: str | None = None
    digest: str | None = None

    @property
    def explicit_registry(self) -> bool:
        """Whether the reference has a registry host."""
        return bool(self.registry)

    @property
    def is_docker_hub(self) -> bool:
        """Whether the image is on Docker Hub, under any of its names."""
        return not self.registry or is_docker_hub(self.registry)

    @property
    def account(self) -> str | None:
        """The AWS account that owns a private ECR image; None for any other registry."""
        host = _PRIVATE_ECR.fullmatch(self.registry)
        return host["account"] if host else None

    @property
    def region(self) -> str | None:
        """The AWS Region of a private ECR image; None for any other registry."""
        host = _PRIVATE_ECR.fullmatch(self.registry)
        return host["region"] if host else None

    @property
    def is_private(self) -> bool:
        """Whether the image is in a private ECR registry."""
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
        return replace(self, registry=DOCKER_HUB, repository=repository)

    def with_latest(self) -> ImageReference:
        """The reference with the tag `latest` if it has neither tag nor digest."""
        return replace(self, tag="latest") if self.tag is None and self.digest is None else self

    def without_version(self) -> ImageReference:
        """The same repository without tag and digest."""
        return replace(self, tag=None, digest=None)

    def __str__(self) -> str:
        return self.format()

    def format(self) -> str:
        """The reference as a string, exactly as it was parsed."""
        head = f"{self.registry}/{self.repository}" if self.registry else self.repository
        tag = "" if self.tag is None else f":{self.tag}"
        digest = "" if self.digest is None else f"@{self.digest}"
        return head + tag + digest


# An image as something names it: a string only where it is not a valid reference.
ImageName: TypeAlias = ImageReference | str


def parse(text: str) -> ImageReference | None:
    """The parts of an image reference, or None if the string is not one (see `fault`)."""
    result = _read(text)
    return result if isinstance(result, ImageReference) else None


def read_name(text: str) -> ImageName:
    """The image that a string names; the string itself if it is not a valid reference."""
    return parse(text) or text


def as_reference(name: ImageName | None) -> ImageReference | None:
    """The name where it is a valid reference, else None."""
    return name if isinstance(name, ImageReference) else None


def fault(text: str) -> str | None:
    """Why a string is not an image reference, as the end of a sentence about it; None if it is one."""
    result = _read(text)
    return result if isinstance(result, str) else None


def is_docker_hub(host: str) -> bool:
    """Whether a registry host is one of the names of Docker Hub."""
    return host.lower() in _DOCKER_HUB_NAMES


def is_private_ecr(host: str) -> bool:
    """Whether a registry host is a private ECR registry."""
    return _PRIVATE_ECR.fullmatch(host) is not None


def normal_host(host: str) -> str:
    """A registry host in lower case, Docker Hub by the name that the service uses."""
    return DOCKER_HUB if is_docker_hub(host) else host.lower()


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
    # A colon after the last slash starts the tag; a colon before it is part of the host.
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
    if _is_file(text):
        return "is a file, not an image in a registry"
    if has_placeholder(text):
        return "contains a placeholder that was not replaced"
    scheme = _SCHEME.match(text)
    if scheme:
        return f"starts with the scheme `{scheme.group()}`"
    if any(char.isspace() for char in text):
        return "contains white space"
    return None


def has_placeholder(text: str) -> bool:
    """Whether a name has a placeholder of a template, such as `{{ tag }}`, that was not replaced."""
    return not _is_file(text) and _LEFTOVER.search(text) is not None


def _is_file(text: str) -> bool:
    """Whether a name is the path of a file with an image, such as one for Singularity."""
    return text.endswith(_IMAGE_FILES) and text.startswith(("/", "${"))


def _is_digest(digest: str) -> bool:
    if not _DIGEST.fullmatch(digest):
        return False
    algorithm, _, value = digest.partition(":")
    return len(value) == _DIGEST_LENGTHS.get(algorithm, len(value))


def _split_host(name: str) -> tuple[str, str]:
    """The registry ("" for none) and the rest: the first segment is a host only if it looks like one."""
    first, slash, rest = name.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        return first, rest
    return "", name
