"""Requests as a CloudFormation template, in YAML or JSON.

Both policies of each resource are `Retain`: a changed definition creates another workflow or version, and the one that runs use stays.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from packager.errors import PackagerError
from packager.export.literals import yaml_document
from packager.export.resources import CLOUDFORMATION, ExportedWorkflow, members
from packager.text import safe, safe_json

_FUNCTIONS = ("Ref", "Condition")
_DYNAMIC_REFERENCE = "{{resolve:"
_TARGET = "Target"


def template(workflows: Sequence[ExportedWorkflow]) -> dict[str, object]:
    """The template of one or more workflows. If there is more than one, the parameter `Target` chooses the one to create.

    Raises:
        PackagerError: something cannot be expressed.
    """
    several = len(workflows) > 1
    content: dict[str, object] = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "AWS HealthOmics workflow, written by packager export",
    }
    if several:
        targets = [workflow.target for workflow in workflows]
        description = "The target to create the workflow for."
        content["Parameters"] = {_TARGET: {"Type": "String", "AllowedValues": targets, "Description": description}}
        content["Conditions"] = {
            _condition(workflow): {"Fn::Equals": [{"Ref": _TARGET}, workflow.target]} for workflow in workflows
        }
    content["Resources"] = {workflow.logical_id: _resource(workflow, several=several) for workflow in workflows}
    content["Outputs"] = {
        name: ({"Condition": _condition(workflow)} if several else {}) | {"Value": value}
        for workflow in workflows
        for name, value in _outputs(workflow).items()
    }
    return content


def _condition(workflow: ExportedWorkflow) -> str:
    return f"Is{workflow.logical_id}"


def _resource(workflow: ExportedWorkflow, *, several: bool) -> dict[str, object]:
    properties = members(workflow.request, CLOUDFORMATION)
    _check(properties, "")
    kind = "AWS::Omics::WorkflowVersion" if workflow.is_version else "AWS::Omics::Workflow"
    condition = {"Condition": _condition(workflow)} if several else {}
    return {
        "Type": kind,
        **condition,
        "DeletionPolicy": "Retain",
        "UpdateReplacePolicy": "Retain",
        "Properties": properties,
    }


def _outputs(workflow: ExportedWorkflow) -> dict[str, object]:
    name = workflow.logical_id
    arn = {f"{name}Arn": {"Fn::GetAtt": [name, "Arn"]}}
    if workflow.is_version:
        return {f"{name}Name": workflow.request.version_name, **arn}
    return {f"{name}Id": {"Fn::GetAtt": [name, "Id"]}, **arn}


def _check(value: object, where: str) -> None:
    """Check that CloudFormation reads every value as it is.

    Raises:
        PackagerError: it would read one as a function or a dynamic reference.
    """
    if isinstance(value, str) and _DYNAMIC_REFERENCE in value:
        message = f"`{where}` contains `{_DYNAMIC_REFERENCE}`, which CloudFormation replaces by a value of the account"
        raise PackagerError(message, "change the text, or use `--format terraform`")
    if isinstance(value, list):
        for item in value:
            _check(item, where)
    if isinstance(value, dict):
        if len(value) == 1 and next(iter(value)) in _FUNCTIONS:
            message = f"`{where}` has the only member `{next(iter(value))}`, which CloudFormation reads as a function"
            raise PackagerError(message, "add a member or rename it, or use `--format terraform`")
        for key, item in value.items():
            _check(item, where or key)


def as_json(workflows: Sequence[ExportedWorkflow]) -> str:
    """The template in JSON."""
    return safe_json(json.dumps(template(workflows), ensure_ascii=False, indent=2)) + "\n"


def as_yaml(workflows: Sequence[ExportedWorkflow]) -> str:
    """The template in YAML, with comments about what to do before it is deployed."""
    return "".join(f"# {safe(line)}\n" for line in notes(workflows)) + yaml_document(template(workflows))


def notes(workflows: Sequence[ExportedWorkflow]) -> list[str]:
    """What a person has to know about the template."""
    lines = []
    uploads = list(dict.fromkeys(line for workflow in workflows for line in workflow.uploads))
    if uploads:
        lines += ["Before the stack is created or updated, upload the definition:", *(f"  {line}" for line in uploads)]
    if any(not workflow.is_version for workflow in workflows):
        lines.append(
            "A changed definition replaces the workflow: the new one has another ID, and the old one is retained."
        )
        lines.append("For a version of the existing workflow instead, export with --existing ID.")
    if any(workflow.is_version for workflow in workflows):
        lines.append("Each version is a resource of its own; versions that are no longer in the template are retained.")
    return lines
