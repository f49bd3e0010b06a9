"""A request and what became of it, as text and JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from packager.render.report import SCHEMA_VERSION, findings_members, tool
from packager.render.terminal import safe, safe_block
from packager.report import Report
from packager.request import Request, printable

if TYPE_CHECKING:
    from packager.aws.omics import Submission


def dry_run_json(request: Request, report: Report) -> dict[str, Any]:
    """What `submit --dry-run` prints."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "tool": tool(),
        "operation": request.operation,
        "request": printable(request),
        **findings_members(report),
    }


def submission_json(submission: Submission, report: Report) -> dict[str, Any]:
    """What `submit --format json` prints."""
    definition = submission.request.definition_zip
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
        **findings_members(report),
    }


def submission_text(submission: Submission) -> str:
    """What `submit` prints for a person; the service's own words are always shown."""
    version = f", version {safe(submission.version_name)}" if submission.version_name else ""
    out = [
        f"{submission.action} workflow {safe(submission.workflow_id)}{version}: {submission.status}",
        safe(submission.arn),
    ]
    if submission.status_message:
        out.append(f"the service says: {safe_block(submission.status_message)}")
    return "\n".join(out) + "\n"


def status_json(seen: Submission) -> dict[str, Any]:
    """What `status --format json` prints."""
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
    }


def status_text(seen: Submission) -> str:
    """What `status` prints for a person."""
    version = f", version {safe(seen.version_name)}" if seen.version_name else ""
    out = [f"workflow {safe(seen.workflow_id)}{version}: {seen.status}", safe(seen.arn)]
    if seen.status_message:
        out.append(f"the service says: {safe_block(seen.status_message)}")
    return "\n".join(out) + "\n"
