"""The images of a workflow and where they are pulled from, as text, as JSON, and as a list for tools that copy images."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from packager.app.loaded import Loaded
from packager.findings.redaction import redacted
from packager.findings.report import Report
from packager.images.registry_map import Resolution, Status, resolve
from packager.images.usage import ImageUse
from packager.model.facts import ImageStatus
from packager.model.image_reference import DOCKER_HUB, ImageName, ImageReference, as_reference
from packager.render.report import SCHEMA_VERSION, findings_members, tool
from packager.render.terminal import Style
from packager.render.workflow import dynamic
from packager.text import count, safe

_DOCKER_HUB = "docker.io"  # its name in tools that copy images


def _resolved(loaded: Loaded, reference: ImageReference) -> Resolution:
    return resolve(reference, loaded.registry_map, account=loaded.account, region=loaded.region)


def _rows(loaded: Loaded) -> list[tuple[ImageUse, Resolution]]:
    """Every image with its resolution; for a name that is not an image reference, the caution is the reason."""
    rows = []
    for use in loaded.images:
        if use.reference is not None:
            rows.append((use, _resolved(loaded, use.reference)))
        elif use.status is ImageStatus.DYNAMIC:
            rows.append((use, Resolution(Status.DYNAMIC)))
        else:
            rows.append((use, Resolution(Status.UNMAPPED, caution=use.fault or "")))
    return rows


def images_json(loaded: Loaded, report: Report) -> dict[str, object]:
    """The output of `images --format json`."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "tool": tool(),
        "images": [
            {
                "image": redacted(use.image),
                **_parts(use),
                "tasks": sorted({task.name for task in use.tasks}),
                "status": resolution.status.value,
                "destination": None if resolution.destination is None else str(resolution.destination),
                "via": resolution.via,
                "caution": resolution.caution,
                "candidates": [redacted(str(name)) for name in use.candidates],
                "dependsOn": list(use.depends_on),
            }
            for use, resolution in _rows(loaded)
        ],
        **findings_members(report),
    }


def _parts(use: ImageUse) -> dict[str, str | None]:
    """The parts of an image's normal form; all null for a dynamic image."""
    normal = use.reference.normal() if use.reference else None
    return {
        "registry": normal.registry if normal else None,
        "repository": normal.repository if normal else None,
        "tag": normal.tag if normal else None,
        "digest": normal.digest if normal else None,
    }


def images_text(loaded: Loaded, style: Style) -> str:
    """The text output of `images`."""
    rows = _rows(loaded)
    out = []
    for use, resolution in rows:
        name = redacted(use.image) if use.status is not ImageStatus.DYNAMIC else dynamic(use.image, use.depends_on)
        tasks = ", ".join(sorted({task.name for task in use.tasks}))
        out.append(f"{style.paint(safe(name), 'bold')}")
        out.append(f"  {safe(_destination(resolution))}")
        out += [f"  candidate: {safe(redacted(_candidate(loaded, name)))}" for name in use.candidates]
        if resolution.caution:
            out.append(f"  note: {safe(resolution.caution)}")
        out.append(f"  used by {safe(tasks)}")
    uncovered = sum(resolution.status is Status.UNMAPPED for _, resolution in rows)
    undecided = sum(resolution.status is Status.DYNAMIC for _, resolution in rows)
    out.append(f"{count(len(rows), 'image')}, {uncovered} unmapped, {undecided} dynamic")
    without = sum(task.image.status is ImageStatus.NONE and task.runs_container for task in loaded.workflow.tasks)
    if not loaded.workflow.complete:
        out.append("parts of the workflow could not be read: there may be more images")
    if without:
        out.append(f"{count(without, 'task')} without an image (the service's default)")
    return "\n".join(out) + "\n"


def _destination(resolution: Resolution) -> str:
    if resolution.destination and resolution.status is Status.MAPPED:
        return f"{resolution.status.value} -> {resolution.destination}" + (
            f" ({resolution.via})" if resolution.via else ""
        )
    return resolution.status.value


def _candidate(loaded: Loaded, name: ImageName) -> str:
    """An image that a dynamic one can be, and where it is pulled from."""
    reference = as_reference(name)
    if reference is None:
        return f"{name}: not an image reference"
    return f"{name}: {_destination(_resolved(loaded, reference))}"


@dataclass(frozen=True, slots=True)
class Mirror:
    """The images to copy, a source and a destination on each line of `text`.

    `lacking` are the reasons why images have no destination, `notes` are remarks on the list.
    """

    text: str
    lacking: tuple[str, ...]
    notes: tuple[str, ...]


def images_mirror(loaded: Loaded) -> Mirror:
    """The output of `images --format mirror`: every mapped image, including candidates of dynamic images, each pair once."""
    pairs: set[str] = set()
    lacking: list[str] = []
    cautions: Counter[str] = Counter()
    for name, fault in _names(loaded):
        reference = as_reference(name)
        if reference is None:
            lacking.append(f"`{name}` {fault}")
            continue
        resolution = _resolved(loaded, reference)
        if resolution.status is Status.PRIVATE:
            continue
        destination = as_reference(resolution.destination)
        if resolution.status is Status.UNMAPPED:
            lacking.append(f"no mapping covers `{name}`")
        elif destination is not None and destination.is_private:
            pairs.add(f"{_source(reference)} {_copy(destination)}")
            cautions.update([resolution.caution] if resolution.caution else [])
        elif destination is not None and "<" in destination.registry:
            lacking.append(f"the account or the Region for `{name}` is unknown: set `--account` and `--region`")
        else:
            lacking.append(f"`{name}` is mapped to `{resolution.destination}`, which is not a private ECR image")
    notes = [f"{count(number, 'destination')}: {caution}" for caution, number in sorted(cautions.items())]
    for use in loaded.images:
        if use.status is ImageStatus.DYNAMIC:
            shown = dynamic(use.image, use.depends_on)
            notes.append(f"`{shown}` is known only in a run; only its candidates are listed")
    return Mirror("".join(f"{pair}\n" for pair in sorted(pairs)), tuple(dict.fromkeys(lacking)), tuple(notes))


def _names(loaded: Loaded) -> Iterator[tuple[ImageName, str]]:
    """All images, with what is wrong with those that are not references."""
    for use in loaded.images:
        for name in use.names:
            yield name, use.fault or "is not an image reference"


def _source(reference: ImageReference) -> str:
    """An image as copy tools expect it: with its host, and by its digest only if it has one."""
    normal = reference.normal()
    if normal.registry == DOCKER_HUB:
        normal = replace(normal, registry=_DOCKER_HUB)
    return (replace(normal, tag=None) if normal.digest else normal).format()


def _copy(destination: ImageReference) -> str:
    """The destination of a copy: by its tag if it has one, because a tool cannot write both; the digest is the source's."""
    return (replace(destination, digest=None) if destination.tag else destination).format()
