"""A request and its outcome, as text and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from packager.aws.deliver.prepared import PreparedRequest
from packager.findings.redaction import redacted
from packager.findings.report import Report, merge
from packager.healthomics.deployed import Deployed
from packager.healthomics.request import Request
from packager.healthomics.request_body import printable
from packager.render.folding import DEFAULT_VIEW, View
from packager.render.report import SCHEMA_VERSION, findings_members, tool
from packager.render.report_text import report_text
from packager.render.terminal import Style, table
from packager.shell import command_line
from packager.text import count, safe

if TYPE_CHECKING:
    from packager.aws.deliver.submission import Submission


def dry_run_json(request: Request, report: Report) -> dict[str, object]:
    """The output of `submit --dry-run`."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "tool": tool(),
        "operation": request.operation,
        "request": printable(request),
        **findings_members(report),
    }


def submission_json(
    submission: Submission, prepared: PreparedRequest, *, runnable: bool, resume: str | None = None
) -> dict[str, Any]:
    """What `submit --format json` prints.

    `runnable`: the workflow is in the service, not in the embedded emulator. `resume` is the command that continues to wait, if any.
    """
    definition = prepared.request.definition_zip
    return {
        "schemaVersion": SCHEMA_VERSION,
        "tool": tool(),
        "action": submission.action,
        "workflowId": submission.workflow_id,
        "versionName": submission.version_name,
        "arn": submission.arn,
        "uuid": submission.uuid,
        "tags": dict(submission.tags),
        "status": submission.status,
        "statusMessage": submission.status_message,
        "contentDigest": definition.content_digest if definition else None,
        "zipSha256": definition.sha256 if definition else None,
        "requestId": submission.request.request_id,
        "region": submission.region,
        "account": submission.account,
        "startRun": start_run_line(submission) if runnable and submission.status == "ACTIVE" else None,
        "resume": resume,
        **findings_members(merge(prepared.report, submission.report)),
    }


def start_run_line(submission: Submission) -> str:
    """The command that starts a run of exactly this version; words in capitals are placeholders."""
    words = ["aws", "omics", "start-run", "--workflow-id", submission.workflow_id]
    if submission.version_name is not None:
        words += ["--workflow-version-name", submission.version_name]
    words += ["--role-arn", "ROLE_ARN", "--output-uri", "s3://BUCKET/PREFIX", "--parameters", "file://PARAMETERS.json"]
    return command_line([*words, "--region", submission.region])


def resume_line(submission: Submission, options: dict[str, str | bool | None]) -> str:
    """The command that continues to wait; `options` are the connection options by their names on the command line."""
    return _status_line(submission, options, ["--wait"])


def notes_line(submission: Submission, options: dict[str, str | bool | None]) -> str:
    """The command that shows what the service notes about a definition; `options` as above."""
    return _status_line(submission, options, ["--show", "info"])


def _status_line(submission: Submission, options: dict[str, str | bool | None], more: list[str]) -> str:
    words = ["packager", "status", submission.workflow_id]
    if submission.version_name is not None:
        words += ["--version-name", submission.version_name]
    words += [*more, "--region", submission.region]
    for option, value in options.items():
        if value is True:
            words.append(option)
        elif value:
            words += [option, redacted(str(value))]  # an endpoint may have a password
    return command_line(words)


def submission_text(submission: Submission, *, runnable: bool) -> str:
    """The text output of `submit`; see `submission_json`."""
    version = f", version {safe(submission.version_name)}" if submission.version_name else ""
    out = [
        f"{submission.action} workflow {safe(submission.workflow_id)}{version}: {safe(submission.status)}",
        safe(submission.arn),
    ]
    if runnable and submission.status == "ACTIVE":
        out.append(f"start a run: {safe(start_run_line(submission))}")
    return "\n".join(out) + "\n"


def status_json(seen: Submission) -> dict[str, object]:
    """The output of `status --format json`."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "tool": tool(),
        "workflowId": seen.workflow_id,
        "versionName": seen.version_name,
        "arn": seen.arn,
        "uuid": seen.uuid,
        "tags": dict(seen.tags),
        "status": seen.status,
        "statusMessage": seen.status_message,
        "region": seen.region,
        "account": seen.account,
        **findings_members(worst_first(seen.report)),
    }


def status_text(seen: Submission, style: Style, view: View = DEFAULT_VIEW) -> str:
    """The text output of `status`: the status, and the findings of the service, errors first."""
    version = f", version {safe(seen.version_name)}" if seen.version_name else ""
    head = f"workflow {safe(seen.workflow_id)}{version}: {safe(seen.status)}\n{safe(seen.arn)}\n"
    if seen.report.diagnostics:
        return head + report_text(worst_first(seen.report), style, lambda _: None, view=view)
    if seen.status_message:
        lines = [safe(line) for line in seen.status_message.strip().splitlines()]
        message = f" {lines[0]}" if len(lines) == 1 else "".join(f"\n  | {line}" for line in lines)
        return f"{head}status message:{message}\n"
    return head


def workflows_json(workflows: Sequence[Deployed]) -> dict[str, object]:
    """The output of `status --format json` without a workflow."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "tool": tool(),
        "workflows": [
            {
                "workflowId": workflow.workflow_id,
                "name": workflow.name,
                "status": workflow.status,
                "created": _time(workflow, "%Y-%m-%dT%H:%M:%SZ"),
                "arn": workflow.arn,
            }
            for workflow in workflows
        ],
    }


def workflows_text(workflows: Sequence[Deployed], style: Style) -> str:
    """The text output of `status` without a workflow: ids, names, statuses and when they were created."""
    rows = [
        (workflow.workflow_id, workflow.name or "-", workflow.status, _time(workflow, "%Y-%m-%d %H:%M") or "-")
        for workflow in workflows
    ]
    lines = [*table(rows, indent="", width=style.width), count(len(workflows), "workflow")]
    return "".join(f"{line}\n" for line in lines)


def _time(workflow: Deployed, form: str) -> str | None:
    """When a workflow was created, in UTC."""
    return None if workflow.created is None else datetime.fromtimestamp(workflow.created, UTC).strftime(form)


def worst_first(report: Report) -> Report:
    """A report with errors first, then warnings, then notes; each in the usual order."""
    return replace(report, diagnostics=tuple(sorted(report.diagnostics, key=lambda finding: finding.severity.rank)))
