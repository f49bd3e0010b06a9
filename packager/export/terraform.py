"""Requests as resources of Terraform's awscc provider, in HCL or in Terraform's JSON.

`prevent_destroy` makes Terraform refuse a plan that would delete a workflow or version in order to replace it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from packager.export.literals import hcl_value, quoted, without_templates
from packager.export.resources import TERRAFORM, ExportedWorkflow, members
from packager.text import safe, safe_json

_LIFECYCLE = {"prevent_destroy": True}


def _kind(workflow: ExportedWorkflow) -> str:
    return "awscc_omics_workflow_version" if workflow.is_version else "awscc_omics_workflow"


def _label(workflow: ExportedWorkflow) -> str:
    """The resource's name: the same for every definition, so that Terraform does not take a change for a removal."""
    return "workflow" + "".join(
        f"_{name}" for name in [re.sub(r"[^a-z0-9]+", "_", (workflow.target or "").lower()).strip("_")] if name
    )


def address(workflow: ExportedWorkflow) -> str:
    """The address of the resource in Terraform's state, without an index."""
    return f"{_kind(workflow)}.{_label(workflow)}"


def _outputs(workflow: ExportedWorkflow, *, several: bool) -> dict[str, str]:
    """The outputs with their expressions."""
    place = address(workflow)
    names = ["version_name", "arn"] if workflow.is_version else ["id", "arn"]
    members_of = {"id": "workflow_id", "version_name": "version_name", "arn": "arn"}
    attributes = {"id": "workflow_id" if workflow.is_version else "id"}
    label = _label(workflow)
    return {
        f"{label}_{members_of[name].removeprefix('workflow_')}": (
            f"one({place}[*].{attributes.get(name, name)})" if several else f"{place}.{attributes.get(name, name)}"
        )
        for name in names
    }


def as_hcl(workflows: Sequence[ExportedWorkflow]) -> str:
    """The resources in HCL, with comments about what to do before they are applied.

    Raises:
        PackagerError: something cannot be expressed.
    """
    several = len(workflows) > 1
    blocks = ["".join(f"# {safe(line)}\n" for line in notes(workflows))]
    if several:
        targets = hcl_value([workflow.target for workflow in workflows])
        blocks.append(
            'variable "target" {\n  description = "The target to create the workflow for."\n  type        = string\n'
            "  validation {\n"
            f"    condition     = contains({targets.replace(chr(10), ' ')}, var.target)\n"
            '    error_message = "The target is unknown."\n  }\n}\n'
        )
    for workflow in workflows:
        lines = [f'resource "{_kind(workflow)}" "{_label(workflow)}" {{']
        if several:
            lines.append(f"  count = var.target == {quoted(without_templates(workflow.target or ''))} ? 1 : 0")
        lines += [
            f"  {name} = {hcl_value(value, '  ')}" for name, value in members(workflow.request, TERRAFORM).items()
        ]
        lines += ["  lifecycle {", "    prevent_destroy = true", "  }", "}", ""]
        blocks.append("\n".join(lines))
        for name, expression in _outputs(workflow, several=several).items():
            blocks.append(f'output "{name}" {{\n  value = {expression}\n}}\n')
    return "\n".join(blocks)


def as_json(workflows: Sequence[ExportedWorkflow]) -> str:
    """The resources in Terraform's JSON (a file `*.tf.json`).

    Raises:
        PackagerError: something cannot be expressed.
    """
    several = len(workflows) > 1
    resources: dict[str, dict[str, object]] = {}
    outputs: dict[str, object] = {}
    for workflow in workflows:
        count: dict[str, object] = {}
        if several:
            count["count"] = f"${{var.target == {quoted(without_templates(workflow.target or ''))} ? 1 : 0}}"
        values = _without_templates(members(workflow.request, TERRAFORM))
        assert isinstance(values, dict)  # as it was
        resources.setdefault(_kind(workflow), {})[_label(workflow)] = count | values | {"lifecycle": _LIFECYCLE}
        for name, expression in _outputs(workflow, several=several).items():
            outputs[name] = {"value": f"${{{expression}}}"}
    content: dict[str, object] = {"resource": resources, "output": outputs}
    if several:
        content = {"variable": {"target": {"type": "string"}}} | content
    return safe_json(json.dumps(content, ensure_ascii=False, indent=2)) + "\n"


def _without_templates(value: object) -> object:
    if isinstance(value, dict):
        return {without_templates(key): _without_templates(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_templates(item) for item in value]
    return without_templates(value) if isinstance(value, str) else value


def notes(workflows: Sequence[ExportedWorkflow]) -> list[str]:
    """What a person has to know about the resources."""
    lines = []
    uploads = list(dict.fromkeys(line for workflow in workflows for line in workflow.uploads))
    if uploads:
        lines += ["Before you apply this, upload the definition:", *(f"  {line}" for line in uploads)]
    lines.append(
        "`prevent_destroy` keeps a workflow that runs use. To deploy a changed definition next to it, first run:"
    )
    index = "[0]" if len(workflows) > 1 else ""
    lines += [f"  terraform state rm '{address(workflow)}{index}'" for workflow in workflows]
    return lines
