"""What is known of the place under the cursor: an image and its destination, a parameter, what a task requests, the engine's version."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence

from packager.app.loaded import Loaded
from packager.findings.redaction import redacted, shown_description, shown_value
from packager.healthomics.instance_types import fit_of
from packager.images.registry_map import Status, resolve
from packager.lsp.facts_of_files import FileFacts
from packager.lsp.knowledge import is_at, shown_image
from packager.model.facts import Engine, ImageStatus, Input, Task
from packager.model.image_reference import ImageName, ImageReference
from packager.text import safe

_VERSION_LINE = re.compile(
    r"[ \t]{0,80}(?:version[ \t]{1,80}\S|cwlVersion[ \t]{0,80}:)|[^\n]{0,1000}\bnextflowVersion\b"
)
_MOST_DEFAULT = 80
_RESOURCES = ("cpu", "memory", "accelerator_type", "accelerator_count")


def hover_text(facts: FileFacts, line: int, column: int, lines: Sequence[str]) -> str:
    """Markdown about a place of a file that has these lines now; empty if nothing is known of it."""
    known = facts.lines_to(lines).earlier(line)
    if known is None or known > len(facts.lines):
        return ""
    parts: list[str] = []
    for loaded, path in facts.workflows:
        parts += _about(loaded, path, known, column, facts.lines[known - 1])
    return "\n\n".join(dict.fromkeys(parts))


def _about(loaded: Loaded, path: str, line: int, column: int, written: str) -> Iterator[str]:
    for task in loaded.workflow.tasks:
        if is_at(task.image.place, path, line, column, whole_line=True):
            yield from _image(task, loaded)
        if _shows_resources(task, path, line, column, written):
            yield _resources(task, loaded)
    for declared in loaded.workflow.inputs:
        if is_at(declared.place, path, line, column, whole_line=True) and _is_named(declared.name, written):
            yield about_parameter(declared, loaded)
    if _VERSION_LINE.match(written):
        yield _engine(loaded)


def _shows_resources(task: Task, path: str, line: int, column: int, written: str) -> bool:
    resources = [getattr(task.resources, name) for name in _RESOURCES]
    if any(each is not None and is_at(each.place, path, line, column, whole_line=True) for each in resources):
        return True
    return task.place.path == path and task.place.line == line and task.name in written


def _is_named(name: str, written: str) -> bool:
    return name.rpartition(".")[2] in written


def _image(task: Task, loaded: Loaded) -> Iterator[str]:
    image = task.image
    if image.status is ImageStatus.NONE:
        return
    if image.reference is None:
        decided = f", which depends on {_names(image.depends_on)}" if image.depends_on else ""
        yield f"**image** of `{safe(task.name)}`: known only in a run{decided}"
        for candidate in image.candidates[:5]:
            yield f"- can be `{shown_image(candidate)}`: {_destination(candidate, loaded)}"
        return
    yield f"**image** of `{safe(task.name)}`: `{shown_image(image.reference)}`\n\n{_destination(image.reference, loaded)}"


def _destination(name: ImageName, loaded: Loaded) -> str:
    if not isinstance(name, ImageReference):
        return "not a valid image reference"
    resolution = resolve(name, loaded.registry_map, account=loaded.account, region=loaded.region)
    match resolution.status:
        case Status.PRIVATE:
            return "in private ECR: pulled as is"
        case Status.MAPPED:
            via = f" (by `{resolution.via}`)" if resolution.via else ""
            return f"pulled as `{shown_image(resolution.destination)}`{via}"
    if loaded.registry_map is None:
        return "not in private ECR, and no registry map exists: `packager map generate` writes one"
    return "not in private ECR, and the registry map does not cover it"


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{safe(name)}`" for name in names)


def _resources(task: Task, loaded: Loaded) -> str:
    fit = fit_of(task, loaded.region)
    head = f"**task** `{safe(task.name)}`"
    if fit is None:
        return f"{head}: what it requests is known only in a run"
    request = fit.request
    lines = [
        f"{head} requests {request.vcpus} vCPU and {request.memory_gib} GiB, and runs on `{fit.name}`",
        f"unused: {fit.unused_vcpus} vCPU, {fit.unused_gib} GiB",
    ]
    if fit.smaller is not None:
        lines.append(f"`{fit.smaller.name}` lacks {fit.lacking_vcpus} vCPU, {fit.lacking_gib} GiB")
    return "\n\n".join(lines)


def about_parameter(declared: Input, loaded: Loaded) -> str:
    """Markdown about a parameter of a run: its type, default, description, and entry of the template."""
    kind = declared.type
    if declared.default is not None:
        kind += f" = {' '.join(shown_value(declared.name, declared.default).split())[:_MOST_DEFAULT]}"
    required = "" if declared.optional else ", required"
    lines = [f"**parameter** `{safe(declared.name)}`: `{safe(redacted(kind))}`{required}"]
    description = shown_description(declared.name, declared.description, declared.default)
    if description:
        lines.append(safe(" ".join(description.split())))
    entry = next((entry for name, entry in loaded.parameters.parameters if name == declared.name), None)
    if entry is not None:
        value = json.dumps({"description": entry.description, "optional": entry.optional}, ensure_ascii=False)
        source = "parameter template" if loaded.written_template is not None else "derived parameter template"
        lines.append(f"{source}: `{safe(redacted(value))}`")
    elif loaded.written_template is not None:
        lines.append("not in the parameter template")
    return "\n\n".join(lines)


def _engine(loaded: Loaded) -> str:
    version = loaded.workflow.language_version
    chosen = f" with version {version}" if version else ""
    engine = "WDL" if loaded.detection.engine is Engine.WDL else loaded.request_engine
    return f"**engine**: {engine}{safe(chosen)}; main file `{safe(loaded.detection.main)}` ({safe(loaded.detection.reason)})"
