"""What an entry of the container registry map does for the images of the workflows, and which images still need one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from packager.app.loaded import Loaded
from packager.images import registry_map
from packager.images.registry_map import RegistryMap, Resolution, Status, resolve
from packager.images.registry_map.resolution import covering, serving
from packager.jsondoc.jsontext import Parts
from packager.lsp.knowledge import shown_image
from packager.model.image_reference import DOCKER_HUB, ImageReference
from packager.text import count

_MOST_IMAGES = 10
_ENTRY_LENGTH = 2  # the list, and the index in it


def current_map(path: str, text: str, loaded: Loaded) -> RegistryMap | None:
    """The map as it is typed; the one of the last check while the text is not JSON."""
    written, _ = registry_map.read(path, text.encode("utf-8", "replace"))
    return written or loaded.registry_map


def images_of(workflows: Iterable[Loaded]) -> list[ImageReference]:
    """The images outside of private ECR that the workflows use, each once."""
    names = {name for loaded in workflows for use in loaded.images for name in use.names}
    return sorted((name for name in names if isinstance(name, ImageReference) and not name.is_private), key=str)


def about_entry(path: str, text: str, parts: Parts, workflows: Sequence[Loaded]) -> str:
    """Markdown about the entry that a place is in: the images that it is for, and where they are pulled from; empty elsewhere."""
    if len(parts) < _ENTRY_LENGTH or not isinstance(parts[1], int) or not workflows:
        return ""
    name = f"{parts[0]}[{parts[1]}]"
    lines = list(dict.fromkeys(line for loaded in workflows for line in _lines(name, path, text, loaded)))
    if not lines:
        return f"`{name}`: no image of the workflow uses it"
    more = [f"- and {len(lines) - _MOST_IMAGES} more"] if len(lines) > _MOST_IMAGES else []
    return "\n".join(
        [f"`{name}` is for {count(len(lines), 'image')} of the workflow:", "", *lines[:_MOST_IMAGES], *more]
    )


def _lines(name: str, path: str, text: str, loaded: Loaded) -> Iterator[str]:
    written = current_map(path, text, loaded)
    for image in images_of([loaded]) if written is not None else ():
        assert written is not None
        own = {mapping.name for mapping in covering(image, written)} | {
            mapping.name for mapping in serving(image, written)
        }
        if name in own:
            resolution = resolve(image, written, account=loaded.account, region=loaded.region)
            yield f"- `{shown_image(image)}` {_outcome(name, resolution)}"


def _outcome(name: str, resolution: Resolution) -> str:
    if resolution.via != name:
        return f"is pulled by `{resolution.via}`, which comes first"
    doubt = f" ({resolution.caution})" if resolution.caution else ""
    return f"is pulled as `{shown_image(resolution.destination)}`{doubt}"


def images_without_entry(path: str, text: str, workflows: Iterable[Loaded]) -> list[ImageReference]:
    """The images that no entry of the map is for."""
    missing: dict[ImageReference, None] = {}
    for loaded in workflows:
        written = current_map(path, text, loaded)
        for image in images_of([loaded]):
            if resolve(image, written).status is Status.UNMAPPED:
                missing[image] = None
    return list(missing)


def registries_without_entry(path: str, text: str, workflows: Iterable[Loaded]) -> list[str]:
    """The registries of these images, as a map names them."""
    hosts = (
        DOCKER_HUB if image.is_docker_hub else image.registry for image in images_without_entry(path, text, workflows)
    )
    return list(dict.fromkeys(host for host in hosts if host))
