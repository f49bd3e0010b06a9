"""The tools that read and judge nothing: `list`, `inspect`, `images`, `template` and `explain`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import packager.rules  # noqa: F401 - registers the rules' codes
from packager.app.images import hiding_images
from packager.app.loaded import Loaded
from packager.app.template import compare_template, template_text
from packager.detect import NoWorkflowError
from packager.errors import PackagerError
from packager.findings import codes
from packager.findings.redaction import redact
from packager.findings.report import Report, merge, relocate
from packager.mcp.call import Call
from packager.mcp.places import require_inside
from packager.mcp.results import DEFAULT_FINDINGS, Answer, problems
from packager.mcp.workflows import all_workflows, one_workflow
from packager.project import config
from packager.project.discovery import WorkflowKind
from packager.render.images import images_json, unmapped_images
from packager.render.next_steps import ImageFacts, after_images, after_inspect, after_list, after_template
from packager.render.rules import rules_json
from packager.render.workflow import inspect_json
from packager.render.workflow_list import list_json
from packager.settings.choice import Caller, choose_all
from packager.settings.listing import unique, workflows_at
from packager.shell import quoted
from packager.text import nearest_name

_TECHNICAL = frozenset({"sha256", "nextSmaller"})
# Members of the JSON of the command line that say little to an agent, or very much.
_LEFT_OUT = frozenset(
    {"schemaVersion", "tool", "calls", "edges", "unfollowedInputs", "diagnostics", "skipped", "source"}
)


def list_workflows(call: Call) -> Answer:
    """The workflows below a path, or of `packager.toml`."""
    paths = [call.path] if call.path is not None else []
    chosen = choose_all(paths, Caller(values={}))
    workflows = unique(each for configured in chosen for each in workflows_at(configured))
    if not workflows:
        raise NoWorkflowError("no workflow was found", "pass a folder with workflow definitions as `path`")
    number = sum(workflow.kind is WorkflowKind.WORKFLOW for workflow in workflows)
    configured = config.find(Path(call.path or ".")) is not None
    members = _limited(_members(list_json(workflows)), call)
    return Answer({**members, "next": after_list(paths, number=number, configured=configured)})


def inspect(call: Call) -> Answer:
    """What HealthOmics will see of a workflow."""
    loaded = one_workflow(call).loaded
    report = relocate(redact(Report(loaded.diagnostics, loaded.workflow.skipped)), loaded.on_disk)
    facts = _members(inspect_json(loaded, report))
    value = {"complete": loaded.workflow.complete, **_limited(facts, call), **problems(report)}
    return Answer({**value, **_next(call, after_inspect(call.names()))})


def images(call: Call) -> Answer:
    """Every image of the workflows, and what it resolves to."""
    workflows = all_workflows(call)
    loaded = [each.loaded for each in workflows.chosen]
    report = merge(*(relocate(redact(Report(hiding_images(each))), each.on_disk) for each in loaded))
    unmapped = sum(map(unmapped_images, loaded))
    facts = ImageFacts(unmapped=unmapped, account=loaded[0].account, region=loaded[0].region)
    value = {
        "complete": _complete(loaded) and not workflows.unchecked,
        "unmapped": unmapped,
        **_limited(_members(images_json(loaded, report)), call),
        **problems(report),
    }
    return Answer({**value, **_next(call, after_images(call.names(), facts))})


def template(call: Call) -> Answer:
    """The parameter template of a workflow, and how a file differs from it."""
    loaded = one_workflow(call).loaded
    report = relocate(redact(Report(loaded.template.diagnostics)), loaded.on_disk)
    if not loaded.workflow.inputs and not loaded.workflow.complete:
        broken = relocate(redact(Report(loaded.workflow.diagnostics, loaded.workflow.skipped)), loaded.on_disk)
        message = f"the inputs of `{loaded.detection.main}` are unknown, so it has no parameter template"
        error = {"message": message, "hint": "fix the problems first"}
        return Answer({"error": error, "complete": False, **problems(broken)}, is_error=True)
    value: dict[str, object] = {
        "complete": loaded.workflow.complete,
        "template": json.loads(template_text(loaded)),
        **problems(report),
    }
    file = call.text("file")
    if file is not None:
        comparison = compare_template(require_inside(file), loaded)
        value |= {"upToDate": not comparison.stale, "differences": list(comparison.differences)}
        if comparison.stale:
            value |= _next(call, f"packager template {call.words()} --update {quoted(file)}")
    else:
        value |= _next(call, after_template(call.names(), "parameter-template.json", automatic=True))
    return Answer(value)


def explain(call: Call) -> Answer:
    """The documentation of a code, or the codes of a family."""
    name = str(call.arguments["code"])
    known = codes.known()
    code = next((code for code in known.values() if name.upper() == code.code or name.lower() == code.name), None)
    if code is not None:
        return Answer(cast(list[dict[str, object]], rules_json([code])["rules"])[0])
    family = (
        [each for each in known.values() if each.code.startswith(name.upper())]
        if name.upper() in codes.FAMILIES
        else []
    )
    if family:
        return Answer(
            {
                "codes": [
                    {"code": each.code, "severity": each.severity.value, "summary": each.summary} for each in family
                ]
            }
        )
    near = nearest_name(name.upper(), [*known, *codes.FAMILIES])
    raise PackagerError(f"unknown code `{name}`", f"did you mean `{near}`?" if near else "pass a code such as `WDL001`")


def _members(value: dict[str, object]) -> dict[str, object]:
    return {name: _brief(member) for name, member in value.items() if name not in _LEFT_OUT}


def _brief(value: object) -> object:
    """A value without members that are null or empty, and without hashes: an agent pays for each word."""
    if isinstance(value, dict):
        return {
            name: _brief(member)
            for name, member in value.items()
            if name not in _TECHNICAL and not (member is None or member in ("", [], {}))
        }
    return [_brief(member) for member in value] if isinstance(value, list) else value


def _limited(value: dict[str, object], call: Call) -> dict[str, object]:
    """The members with the first items of each list, and how many more each has."""
    limit = call.number("limit", DEFAULT_FINDINGS)
    more = {
        name: len(member) - limit for name, member in value.items() if isinstance(member, list) and len(member) > limit
    }
    first = {name: member[:limit] if isinstance(member, list) else member for name, member in value.items()}
    return {**first, **({"more": more} if more else {})}


def _complete(workflows: Sequence[Loaded]) -> bool:
    return all(loaded.workflow.complete for loaded in workflows)


def _next(call: Call, command: str) -> dict[str, object]:
    return {"next": command} if call.is_on_disk else {}
