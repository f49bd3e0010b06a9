"""Image manifests and configurations, as the Docker and OCI image specifications have them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from packager.healthomics import limits

MEDIA_TYPES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a manifest says of an image.

    `platforms` are those of an index ("os/architecture", sorted; empty for a single image), `complete` tells that every entry of
    it names one, `child` is the digest of the entry for the service's platform. `config` is the digest of a single image's
    configuration, and `size` what its layers have compressed, in bytes.
    """

    is_index: bool
    platforms: tuple[str, ...] = ()
    complete: bool = True
    child: str | None = None
    config: str | None = None
    config_size: int = 0
    size: int | None = None


@dataclass(frozen=True, slots=True)
class ImageConfig:
    """What an image's configuration says; "" and () where it says nothing."""

    system: str
    architecture: str
    entrypoint: tuple[str, ...]

    @property
    def platform(self) -> str:
        """Operating system and architecture in one word."""
        return f"{self.system}/{self.architecture}"


def read_manifest(text: str) -> Manifest | None:
    """A manifest from its JSON; None when it is none that is known."""
    found = _object(text)
    if found is None:
        return None
    entries = found.get("manifests")
    if isinstance(entries, list):
        return _index([one for one in entries if isinstance(one, dict)])
    config, layers = found.get("config"), found.get("layers")
    if not isinstance(config, dict) or not isinstance(layers, list):
        return None
    sizes = [one.get("size") for one in layers if isinstance(one, dict)]
    known = len(sizes) == len(layers) and all(isinstance(size, int) for size in sizes)
    size = config.get("size")
    return Manifest(
        is_index=False,
        config=_text(config.get("digest")) or None,
        config_size=size if isinstance(size, int) else 0,
        size=sum(size for size in sizes if isinstance(size, int)) if known else None,
    )


def _index(entries: list[dict[str, Any]]) -> Manifest:
    platforms = [(_platform(entry.get("platform")), _text(entry.get("digest"))) for entry in entries]
    wanted = "/".join(limits.IMAGE_PLATFORM)
    return Manifest(
        is_index=True,
        # Attestations stand in an index as `unknown/unknown`.
        platforms=tuple(sorted({platform for platform, _ in platforms if platform and platform != "unknown/unknown"})),
        complete=all(platform for platform, _ in platforms),
        child=next((digest for platform, digest in platforms if platform == wanted and digest), None),
    )


def _platform(value: Any) -> str:
    if not isinstance(value, dict):
        return ""
    system, architecture = _text(value.get("os")), _text(value.get("architecture"))
    return f"{system}/{architecture}" if system and architecture else ""


def read_config(content: bytes) -> ImageConfig | None:
    """An image's configuration from its blob; None when it is none."""
    try:
        found = _object(content.decode())
    except UnicodeDecodeError:
        return None
    if found is None or not _text(found.get("architecture")) or not _text(found.get("os")):
        return None
    inner = found.get("config")
    entrypoint = inner.get("Entrypoint") if isinstance(inner, dict) else None
    words = tuple(str(word) for word in entrypoint) if isinstance(entrypoint, list) else ()
    return ImageConfig(_text(found.get("os")), _text(found.get("architecture")), words)


def _object(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
