"""The images of a workflow and where they are pulled from, as text, as JSON, and as a list for tools that copy images."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from packager.app.image_copies import ImageCopies, image_copies
from packager.app.loaded import Loaded
from packager.findings.redaction import redacted
from packager.findings.report import Report
from packager.images.registry_map import Resolution, Status, resolve
from packager.images.usage import ImageUse
from packager.model.facts import ImageStatus
from packager.model.image_reference import ImageName, ImageReference, as_reference
from packager.render.report import SCHEMA_VERSION, findings_members, tool
from packager.render.terminal import Style
from packager.render.workflow import dynamic
from packager.render.wrapping import indented
from packager.text import count, joined, listed, safe


def _resolved(loaded: Loaded, reference: ImageReference) -> Resolution:
    return resolve(reference, loaded.registry_map, account=loaded.account, region=loaded.region)


@dataclass(frozen=True, slots=True)
class ImageRow:
    """An image with its resolution, and the tasks and workflows that use it; `loaded` is the first such workflow."""

    use: ImageUse
    resolution: Resolution
    loaded: Loaded
    tasks: tuple[str, ...]
    mains: tuple[str, ...]


def image_rows(workflows: Sequence[Loaded]) -> list[ImageRow]:
    """Every image of the workflows, once for each resolution; for a name that is not an image reference, the caution is the reason."""
    rows: dict[tuple[object, ...], ImageRow] = {}
    for loaded in workflows:
        for use in loaded.images:
            resolution = _resolution(loaded, use)
            key = (use.image, use.candidates, use.depends_on, resolution)
            known = rows.get(key)
            tasks, mains = {task.name for task in use.tasks}, {loaded.on_disk(loaded.detection.main)}
            if known is not None:
                tasks |= set(known.tasks)
                mains |= set(known.mains)
            rows[key] = ImageRow(use, resolution, loaded, tuple(sorted(tasks)), tuple(sorted(mains)))
    order = sorted(rows.values(), key=lambda row: (row.use.status is ImageStatus.DYNAMIC, row.use.image))
    return order if len(workflows) > 1 else list(rows.values())


def _resolution(loaded: Loaded, use: ImageUse) -> Resolution:
    if use.reference is not None:
        return _resolved(loaded, use.reference)
    if use.status is ImageStatus.DYNAMIC:
        return Resolution(Status.DYNAMIC)
    return Resolution(Status.UNMAPPED, caution=use.fault or "")


def images_json(workflows: Sequence[Loaded], report: Report) -> dict[str, object]:
    """The output of `images --format json`; of more than one workflow, each image has the main files of those that use it."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "tool": tool(),
        "images": [
            {
                "image": redacted(row.use.image),
                **_parts(row.use),
                "tasks": list(row.tasks),
                "status": row.resolution.status.value,
                "destination": None if row.resolution.destination is None else str(row.resolution.destination),
                "via": row.resolution.via,
                "caution": row.resolution.caution,
                "candidates": [redacted(str(name)) for name in row.use.candidates],
                "dependsOn": list(row.use.depends_on),
                **({"workflows": list(row.mains)} if len(workflows) > 1 else {}),
            }
            for row in image_rows(workflows)
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


def images_text(workflows: Sequence[Loaded], style: Style) -> str:
    """The text output of `images`."""
    rows = image_rows(workflows)
    out: list[str] = []
    for row in rows:
        use = row.use
        name = redacted(use.image) if use.status is not ImageStatus.DYNAMIC else dynamic(use.image, use.depends_on)
        out.append(f"{style.paint(safe(name), 'bold')}")
        facts = [destination_words(row.resolution)]
        facts += [f"candidate: {redacted(_candidate(row.loaded, name))}" for name in use.candidates]
        facts += [f"note: {row.resolution.caution}"] if row.resolution.caution else []
        users = f"{_some(row.tasks)} in {_some(row.mains)}" if len(workflows) > 1 else ", ".join(row.tasks)
        out += [line for fact in (*facts, f"used by {users}") for line in indented(safe(fact), style.width)]
    uncovered = sum(row.resolution.status is Status.UNMAPPED for row in rows)
    undecided = sum(row.resolution.status is Status.DYNAMIC for row in rows)
    out.append(f"{count(len(rows), 'image')}, {uncovered} unmapped, {undecided} dynamic")
    out += [safe(line) for line in served_words(image_copies(workflows))]
    if not all(loaded.workflow.complete for loaded in workflows):
        out.append("parts of the workflow could not be read: there may be more images")
    tasks = {task.place: task for loaded in workflows for task in loaded.workflow.tasks}.values()
    without = sum(task.image.status is ImageStatus.NONE and task.runs_container for task in tasks)
    if without:
        out.append(f"{count(without, 'task')} without an image (the service's default)")
    return "\n".join(out) + "\n"


def unmapped_images(loaded: Loaded) -> int:
    """How many images of a workflow no mapping covers, without those that are known only in a run."""
    return sum(_resolution(loaded, use).status is Status.UNMAPPED for use in loaded.images)


def _some(names: Sequence[str]) -> str:
    return listed(names, quote=False)


def destination_words(resolution: Resolution) -> str:
    """Where an image is pulled from, and through which mapping."""
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
    return f"{name}: {destination_words(_resolved(loaded, reference))}"


@dataclass(frozen=True, slots=True)
class Mirror:
    """The images to copy, a source and a destination on each line of `text`.

    `lacking` are the reasons why images have no destination, `notes` are remarks on the list.
    """

    text: str
    lacking: tuple[str, ...]
    notes: tuple[str, ...]


def images_mirror(copies: ImageCopies) -> Mirror:
    """The output of `images --format mirror`: every image that needs a copy or comes through a cache, each pair once."""
    pairs = sorted({f"{copy.source} {_copy(copy.destination)}" for copy in copies.copies})
    return Mirror("".join(f"{pair}\n" for pair in pairs), copies.lacking, tuple(mirror_notes(copies)))


def mirror_notes(copies: ImageCopies) -> Iterator[str]:
    """Remarks on images to copy: doubts, what needs no copy, and what is known only in a run."""
    for caution, number in copies.cautions.items():
        yield f"{count(number, 'destination')}: {caution}"
    yield from unlisted(copies)
    if copies.cached:
        hosts = joined(sorted({copy.cache.upstream_registry_url for copy in copies.cached if copy.cache}))
        yield f"ECR needs no copies from {hosts} if the cache rules exist: `packager images --prime` prints how to fill the caches"


def unlisted(copies: ImageCopies) -> Iterator[str]:
    """Remarks on images that are not listed although nothing is wrong with them."""
    yield from served_words(copies)
    for text, depends_on in copies.dynamic:
        yield f"`{dynamic(text, depends_on)}` is known only in a run; only its candidates are listed"


def served_words(copies: ImageCopies) -> Iterator[str]:
    """Which registries need neither a copy nor a cache."""
    for host, number in copies.by_service.items():
        yield f"{count(number, 'image')} of {host}: nothing to do, HealthOmics copies from it at first use"


def _copy(destination: ImageReference) -> str:
    """The destination of a copy: by its tag if it has one, because a tool cannot write both; the digest is the source's."""
    return (replace(destination, digest=None) if destination.tag else destination).format()
