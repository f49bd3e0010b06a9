"""Image manifests and configurations, by the Docker and OCI image specifications."""

from __future__ import annotations

import json
from dataclasses import dataclass

from packager.healthomics import limits
from packager.jsondoc.jsontext import Json

MEDIA_TYPES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)


@dataclass(frozen=True, slots=True)
class Manifest:
    """The content of a manifest.

    `platforms` are those of an index ("os/architecture", sorted; empty for a single image), `complete`: every entry of it names one,
    `child` is the digest of the entry for the service's platform. `config` is the digest of a single image's configuration, and
    `size` the compressed size of its layers in bytes.
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
    """The content of an image's configuration; "" and () where it has nothing."""

    system: str
    architecture: str
    entrypoint: tuple[str, ...]

    @property
    def platform(self) -> str:
        """Operating system and architecture in one word."""
        return f"{self.system}/{self.architecture}"


def read_manifest(text: str) -> Manifest | None:
    """A manifest from its JSON; None if it has no known form."""
    manifest = _object(text)
    if manifest is None:
        return None
    entries = manifest.get("manifests")
    if isinstance(entries, list):
        return _index([entry for entry in entries if isinstance(entry, dict)])
    config, layers = manifest.get("config"), manifest.get("layers")
    if not isinstance(config, dict) or not isinstance(layers, list):
        return None
    sizes = [layer.get("size") for layer in layers if isinstance(layer, dict)]
    known = len(sizes) == len(layers) and all(isinstance(size, int) for size in sizes)
    size = config.get("size")
    return Manifest(
        is_index=False,
        config=_text(config.get("digest")) or None,
        config_size=size if isinstance(size, int) else 0,
        size=sum(size for size in sizes if isinstance(size, int)) if known else None,
    )


def _index(entries: list[dict[str, Json]]) -> Manifest:
    platforms = [(_platform(entry.get("platform")), _text(entry.get("digest"))) for entry in entries]
    expected = "/".join(limits.IMAGE_PLATFORM)
    return Manifest(
        is_index=True,
        # Attestations are entries of the platform `unknown/unknown`.
        platforms=tuple(sorted({platform for platform, _ in platforms if platform and platform != "unknown/unknown"})),
        complete=all(platform for platform, _ in platforms),
        child=next((digest for platform, digest in platforms if platform == expected and digest), None),
    )


def _platform(value: Json) -> str:
    if not isinstance(value, dict):
        return ""
    system, architecture = _text(value.get("os")), _text(value.get("architecture"))
    return f"{system}/{architecture}" if system and architecture else ""


def read_config(content: bytes) -> ImageConfig | None:
    """An image's configuration from its blob; None if it has no known form."""
    try:
        config = _object(content.decode())
    except UnicodeDecodeError:
        return None
    if config is None or not _text(config.get("architecture")) or not _text(config.get("os")):
        return None
    inner = config.get("config")
    entrypoint = inner.get("Entrypoint") if isinstance(inner, dict) else None
    words = tuple(str(word) for word in entrypoint) if isinstance(entrypoint, list) else ()
    return ImageConfig(_text(config.get("os")), _text(config.get("architecture")), words)


def _object(text: str) -> dict[str, Json] | None:
    try:
        value: Json = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""
