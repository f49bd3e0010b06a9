"""The images of a workflow and where they are pulled from, as text, as JSON, and as a list for tools that copy images."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from packager.app.loaded import Loaded
from packager.findings.redaction import redacted
from packager.findings.report import Report
from packager.images.registry_map import Resolution, Status, resolve
from packager.images.usage import ImageUse
from packager.model.facts import ImageStatus
from packager.model.image_reference import DOCKER_HUB, ImageName, ImageReference, as_reference
from packager.render.report import SCHEMA_VERSION, findings_members, tool
from packager.render.terminal import Style, plural
from packager.render.workflow import dynamic
from packager.text import safe

_DOCKER_HUB = "docker.io"  # how tools that copy images call it


def _resolved(loaded: Loaded, reference: ImageReference) -> Resolution:
    return resolve(reference, loaded.registry_map, account=loaded.account, region=loaded.region)


def _rows(loaded: Loaded) -> list[tuple[ImageUse, Resolution]]:
    """Every image with what it resolves to; the caution of a text that is no reference says why it is none."""
    rows = []
    for use in loaded.images:
        if use.reference is not None:
            rows.append((use, _resolved(loaded, use.reference)))
        elif use.status is ImageStatus.DYNAMIC:
            rows.append((use, Resolution(Status.DYNAMIC)))
        else:
            rows.append((use, Resolution(Status.UNMAPPED, caution=use.fault or "")))
    return rows


def images_json(loaded: Loaded, report: Report) -> dict[str, Any]:
    """What `images --format json` prints."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "tool": tool(),
        "images": [
            {
                "image": redacted(use.image),
                **_parts(use),
                "tasks": sorted({task.name for task in use.tasks}),
                "status": found.status.value,
                "destination": None if found.destination is None else str(found.destination),
                "via": found.via,
                "caution": found.caution,
                "candidates": [redacted(str(name)) for name in use.candidates],
                "dependsOn": list(use.depends_on),
            }
            for use, found in _rows(loaded)
        ],
        **findings_members(report),
    }


def _parts(use: ImageUse) -> dict[str, str | None]:
    """The parts of an image's normal form; all null for a dynamic one."""
    normal = use.reference.normal() if use.reference else None
    return {
        "registry": normal.registry if normal else None,
        "repository": normal.repository if normal else None,
        "tag": normal.tag if normal else None,
        "digest": normal.digest if normal else None,
    }


def images_text(loaded: Loaded, style: Style) -> str:
    """What `images` prints for a person."""
    rows = _rows(loaded)
    out = []
    for use, found in rows:
        name = redacted(use.image) if use.status is not ImageStatus.DYNAMIC else dynamic(use.image, use.depends_on)
        tasks = ", ".join(sorted({task.name for task in use.tasks}))
        out.append(f"{style.paint(safe(name), 'bold')}")
        out.append(f"  {safe(_destination(found))}")
        out += [f"  candidate: {safe(redacted(_candidate(loaded, name)))}" for name in use.candidates]
        if found.caution:
            out.append(f"  note: {safe(found.caution)}")
        out.append(f"  used by {safe(tasks)}")
    uncovered = sum(found.status is Status.UNMAPPED for _, found in rows)
    undecided = sum(found.status is Status.DYNAMIC for _, found in rows)
    out.append(f"{plural(len(rows), 'image')}, {uncovered} not covered, {undecided} dynamic")
    without = sum(task.image.status is ImageStatus.NONE and task.runs_container for task in loaded.workflow.tasks)
    if not loaded.workflow.complete:
        out.append("not all of the workflow could be read: there may be more")
    if without:
        out.append(f"{plural(without, 'task')} without an image (the service's default)")
    return "\n".join(out) + "\n"


def _destination(found: Resolution) -> str:
    if found.destination and found.status is Status.MAPPED:
        return f"{found.status.value} -> {found.destination}" + (f" ({found.via})" if found.via else "")
    return found.status.value


def _candidate(loaded: Loaded, name: ImageName) -> str:
    """What a dynamic image can be, and where that is pulled from."""
    reference = as_reference(name)
    if reference is None:
        return f"{name}: not an image reference"
    return f"{name}: {_destination(_resolved(loaded, reference))}"


@dataclass(frozen=True, slots=True)
class Mirror:
    """What there is to copy, a source and a destination on each line.

    `lacking` says of images that have no destination why, `notes` what else is to be known of the list.
    """

    text: str
    lacking: tuple[str, ...]
    notes: tuple[str, ...]


def images_mirror(loaded: Loaded) -> Mirror:
    """What `images --format mirror` prints: every image that is mapped, candidates of dynamic ones too, each pair once."""
    pairs: set[str] = set()
    lacking: list[str] = []
    cautions: Counter[str] = Counter()
    for name, fault in _names(loaded):
        reference = as_reference(name)
        if reference is None:
            lacking.append(f"`{name}` {fault}")
            continue
        found = _resolved(loaded, reference)
        if found.status is Status.PRIVATE:
            continue
        destination = as_reference(found.destination)
        if found.status is Status.UNMAPPED:
            lacking.append(f"no mapping covers `{name}`")
        elif destination is not None and destination.is_private:
            pairs.add(f"{_source(reference)} {_copy(destination)}")
            cautions.update([found.caution] if found.caution else [])
        elif destination is not None and "<" in destination.registry:
            lacking.append(f"the account or the Region for `{name}` is not known: give `--account` and `--region`")
        else:
            lacking.append(f"`{name}` is mapped to `{found.destination}`, which is not a private ECR image")
    notes = [f"{plural(count, 'destination')}: {caution}" for caution, count in sorted(cautions.items())]
    for use in loaded.images:
        if use.status is ImageStatus.DYNAMIC:
            shown = dynamic(use.image, use.depends_on)
            notes.append(f"`{shown}` is known only when the workflow runs; only its candidates are listed")
    return Mirror("".join(f"{pair}\n" for pair in sorted(pairs)), tuple(dict.fromkeys(lacking)), tuple(notes))


def _names(loaded: Loaded) -> Iterator[tuple[ImageName, str]]:
    """All images, with what is wrong with those that are not references."""
    for use in loaded.images:
        for name in use.names:
            yield name, use.fault or "is not an image reference"


def _source(reference: ImageReference) -> str:
    """An image as tools that copy take it: with its host, and by its digest alone where it has one."""
    normal = reference.normal()
    if normal.registry == DOCKER_HUB:
        normal = replace(normal, registry=_DOCKER_HUB)
    return (replace(normal, tag=None) if normal.digest else normal).format()


def _copy(destination: ImageReference) -> str:
    """Where the copy goes: by its tag where it has one, because a tool cannot write both; the digest is the source's."""
    return (replace(destination, digest=None) if destination.tag else destination).format()
