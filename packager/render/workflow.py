"""The facts about a workflow and its package, as text and JSON: `inspect`, `package`, `package --list`."""

from __future__ import annotations

from collections.abc import Sequence

from packager.app.loaded import Loaded
from packager.archive.zip_writer import Package
from packager.findings.redaction import redacted, shown_description, shown_value
from packager.findings.report import Report
from packager.model.facts import Attribute, ImageStatus, Input, Task, Workflow
from packager.render.calls import graph_members
from packager.render.report import SCHEMA_VERSION, findings_members, tool
from packager.render.terminal import Style, cell, size_text, table
from packager.render.wrapping import shortened, wrapped
from packager.text import count, safe, safe_path

_LONGEST_DEFAULT = 40
_LONGEST_DESCRIPTION = 80
_LABEL = 10  # columns of a label, with the blanks after it


def inspect_json(loaded: Loaded, report: Report) -> dict[str, object]:
    """The output of `inspect --format json`."""
    workflow, detection = loaded.workflow, loaded.detection
    return {
        "schemaVersion": SCHEMA_VERSION,
        "tool": tool(),
        "source": {"path": loaded.tree.name, "kind": loaded.tree.kind},
        "engine": detection.engine.value,
        "languageVersion": workflow.language_version,
        "main": detection.main,
        "mainReason": detection.reason,
        "service": {
            "engine": detection.service.engine.value if detection.service.engine else None,
            "main": detection.service.main,
            "reason": detection.service.reason,
        },
        "parameters": [
            {
                "name": declared.name,
                "type": declared.type,
                "optional": declared.optional,
                "default": _shown_default(declared),
                "description": shown_description(declared.name, declared.description, declared.default),
                "path": declared.place.path,
                "line": declared.place.line,
            }
            for declared in workflow.inputs
        ],
        "outputs": [{"name": output.name, "type": output.type} for output in workflow.outputs],
        "tasks": [_task_members(task) for task in workflow.tasks],
        **graph_members(workflow.graph),
        "images": [redacted(use.image) for use in loaded.images if use.status is not ImageStatus.DYNAMIC],
        "files": [
            {
                "path": entry.path,
                "size": entry.size,
                "sha256": entry.sha256,
                "role": entry.role.value,
            }
            for entry in loaded.plan.entries
        ],
        **findings_members(report),
    }


def _task_members(task: Task) -> dict[str, object]:
    image, resources = task.image, task.resources
    return {
        "name": task.name,
        "path": task.place.path,
        "line": task.place.line,
        "image": {
            "text": redacted(image.text),
            "reference": None if image.reference is None else redacted(str(image.reference)),
            "status": image.status.value,
            "candidates": [redacted(str(name)) for name in image.candidates],
            "dependsOn": list(image.depends_on),
        },
        "resources": {
            "cpu": _value(resources.cpu),
            "memoryGiB": _value(resources.memory),
            "acceleratorType": _value(resources.accelerator_type),
            "acceleratorCount": _value(resources.accelerator_count),
        },
    }


def _value(attribute: Attribute | None) -> str | int | float | bool | None:
    if attribute is None:
        return None
    return redacted(attribute.value) if isinstance(attribute.value, str) else attribute.value


def inspect_text(loaded: Loaded, style: Style, *, files: bool = False, outputs: bool = False) -> str:
    """The text output of `inspect`; files and outputs are only counted, unless they are asked for."""
    workflow, plan = loaded.workflow, loaded.plan
    out = [*_summary(loaded, style), _parameters_heading(workflow, style)]
    out += table([_parameter_row(declared) for declared in workflow.inputs], width=style.width)
    asked = ": --outputs" if workflow.outputs and not outputs else ""
    out.append(_heading("outputs", _number(workflow, workflow.outputs), style) + asked)
    if outputs:
        rows = [(cell(output.name), cell(output.type)) for output in workflow.outputs]
        out += table(rows, width=style.width)
    out.append(_heading("tasks", _number(workflow, workflow.tasks), style))
    out += table([_task_row(task) for task in workflow.tasks], width=style.width)
    asked = ": --files" if plan.entries and not files else ""
    size = f"{len(plan.entries)}, {size_text(plan.size)} before compression"
    out.append(_heading("files", size, style) + asked)
    if files:
        contents = [(safe_path(entry.path), size_text(entry.size), entry.role.value) for entry in plan.entries]
        out += table(contents, width=style.width)
    return "\n".join(out) + "\n"


def _summary(loaded: Loaded, style: Style) -> list[str]:
    """The lines about the workflow as a whole."""
    workflow, detection = loaded.workflow, loaded.detection
    service, chosen = detection.service, "the same"
    if detection.service_differs:
        chosen = f"`{service.main}` ({service.engine})" if service.main else "nothing"
        chosen = f"{safe(chosen)}: {safe(service.reason)}"
    version = f" {workflow.language_version}" if workflow.language_version else ""
    facts = (
        ("workflow", f"{cell(workflow.name)} ({detection.engine.value}{safe(version)})"),
        ("main", f"{safe(detection.main)}: {safe(detection.reason)}"),
        ("", f"without `engine` and `main`, the service would choose {chosen}"),
    )
    width = None if style.width is None else style.width - _LABEL
    out = []
    for label, fact in facts:
        first, *others = wrapped(fact, width, "")
        out.append(f"{style.paint(label, 'bold')}{' ' * (_LABEL - len(label))}{first}")
        out += [" " * _LABEL + line for line in others]
    return out


def _parameters_heading(workflow: Workflow, style: Style) -> str:
    """The number of parameters, and of those that the service detects if no template is sent."""
    heading = _heading("parameters", _number(workflow, workflow.inputs), style)
    missed = sum(not declared.service_visible for declared in workflow.inputs)
    if not missed:
        return heading
    detected = len(workflow.inputs) - missed
    return f"{heading}; without the template that packager sends, the service would detect {detected}"


def _parameter_row(declared: Input) -> tuple[str, ...]:
    return (
        cell(declared.name),
        cell(declared.type),
        _default(_shown_default(declared), declared.optional),
        cell(shortened(_description(declared), _LONGEST_DESCRIPTION)),
    )


def inspect_all_json(workflows: Sequence[dict[str, object]]) -> dict[str, object]:
    """The output of `inspect --format json` for more than one workflow."""
    members = ("schemaVersion", "tool")
    own = [{name: value for name, value in facts.items() if name not in members} for facts in workflows]
    return {"schemaVersion": SCHEMA_VERSION, "tool": tool(), "workflows": own}


def workflows_text(workflows: Sequence[tuple[str, Loaded]], style: Style) -> str:
    """The text output of `inspect` for more than one workflow: one line each, by its path."""
    rows: list[tuple[str, ...]] = [("WORKFLOW", "ENGINE", "PARAMETERS", "OUTPUTS", "TASKS", "IMAGES", "FILES")]
    for path, loaded in workflows:
        workflow = loaded.workflow
        version = f" {workflow.language_version}" if workflow.language_version else ""
        counts = (workflow.inputs, workflow.outputs, workflow.tasks, loaded.images)
        numbers = [_number(workflow, facts) for facts in counts]
        rows.append((path, f"{loaded.detection.engine}{version}", *numbers, str(len(loaded.plan.entries))))
    head, *lines = table(rows, indent="", width=style.width)
    return "\n".join([style.paint(head, "bold"), *lines, count(len(lines), "workflow")]) + "\n"


def _number(workflow: Workflow, facts: Sequence[object]) -> str:
    """The number of facts; "unknown" instead of 0 if parts of the workflow could not be read."""
    return str(len(facts)) if facts or workflow.complete else "unknown"


def _heading(noun: str, number: str, style: Style) -> str:
    return f"{style.paint(noun, 'bold')} ({number})"


def _shown_default(declared: Input) -> str | None:
    return None if declared.default is None else shown_value(declared.name, declared.default)


def _description(declared: Input) -> str:
    return " ".join(shown_description(declared.name, declared.description, declared.default).split())


def _default(default: str | None, optional: bool) -> str:
    if default is None:
        return "optional" if optional else "required"
    text = " ".join(default.split())
    return "= " + safe(shortened(text, _LONGEST_DEFAULT))


def _task_row(task: Task) -> tuple[str, ...]:
    resources = task.resources
    cpu = _resource(resources.cpu, " vCPU")
    memory = _resource(resources.memory, " GiB")
    gpu = ""
    if resources.accelerator_type is not None or resources.accelerator_count is not None:
        gpu = f"{_resource(resources.accelerator_count, '')} x {_resource(resources.accelerator_type, '')}"
    return cell(task.name), cpu, memory, gpu, image_cell(task)


def _resource(attribute: Attribute | None, unit: str) -> str:
    if attribute is None:
        return "-"
    value = attribute.value
    if value is None:
        return "dynamic"
    return f"{round(value, 2):g}{unit}" if isinstance(value, int | float) else safe(redacted(str(value)))


def image_cell(task: Task) -> str:
    """A task's image as a table cell."""
    image = task.image
    if not task.runs_container:
        return "runs in the engine"
    if image.status is ImageStatus.NONE:
        return "no image (the service's default)"
    if image.status is ImageStatus.DYNAMIC:
        return dynamic(image.text, image.depends_on)
    return cell(redacted(str(image.reference or "")))


def dynamic(text: str, depends_on: tuple[str, ...]) -> str:
    """An image that is known only in a run: its expression and the inputs that it depends on."""
    decided = f" (depends on {', '.join(depends_on)})" if depends_on else ""
    return safe(redacted(" ".join(text.split())) + decided)


def package_json(loaded: Loaded, package: Package | None, path: str | None) -> dict[str, object]:
    """The output of `package --format json`; without a package (`--list`) its size and hash are null."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "tool": tool(),
        "path": path,
        "size": package.size if package else None,
        "zipSha256": package.sha256 if package else None,
        "contentDigest": loaded.plan.content_digest,
        "engine": loaded.request_engine,
        "main": loaded.detection.main,
        "entries": [
            {
                "path": entry.path,
                "size": entry.size,
                "sha256": entry.sha256,
                "mode": f"{entry.mode:04o}",
            }
            for entry in loaded.plan.entries
        ],
    }


def package_text(loaded: Loaded, package: Package, path: str) -> str:
    """The text output of `package`."""
    files = count(len(loaded.plan.entries), "file")
    return (
        f"{safe_path(path)}: {files}, {size_text(package.size)}, main `{safe(loaded.detection.main)}` ({loaded.request_engine})\n"
        f"content digest {package.content_digest}\n"
    )


def list_text(loaded: Loaded) -> str:
    """The text output of `package --list`: each file, and why it is included."""
    reasons = dict(loaded.plan.reasons)
    rows = [
        (safe_path(entry.path), size_text(entry.size), f"{entry.mode:04o}", reasons[entry.path])
        for entry in loaded.plan.entries
    ]
    total = f"{count(len(rows), 'file')}, {size_text(loaded.plan.size)} before compression"
    return "\n".join([*table(rows, indent=""), total]) + "\n"
