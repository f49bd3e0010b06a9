"""A workflow as infrastructure code: the same request that `submit` would send, with its definition on S3."""

from __future__ import annotations

from dataclasses import replace

from packager.app.build import prepare
from packager.app.loaded import Loaded
from packager.app.options import LoadOptions, SubmitOptions
from packager.aws.deliver.prepared import DEFINITION, PreparedRequest, staging_of
from packager.export.resources import ExportedWorkflow
from packager.findings.report import Report
from packager.healthomics.request import Request
from packager.shell import command_line


def export(
    definition: Loaded | LoadOptions,
    settings: Request,
    options: SubmitOptions,
    *,
    stage: str = "",
) -> tuple[ExportedWorkflow, Report]:
    """The workflow or version that the request would create, and the findings about it. Nothing is sent.

    The zip is named by its content below `options.staging`. `stage` is the command that uploads it, without the place.

    Raises:
        PackagerError: a file cannot be read.
        RefusedError: errors were found.
    """
    if options.staging is not None:
        options = replace(options, staged=(*options.staged, DEFINITION))
    with prepare(definition, settings, options) as prepared:
        request = _on_s3(prepared, options)
        if request.workflow_id is not None and request.version_name is None:
            request = replace(request, version_name=prepared.version_name)
        uploads = _uploads(prepared, request, options, stage)
        return ExportedWorkflow(request, options.target_name, uploads), prepared.report


def _on_s3(prepared: PreparedRequest, options: SubmitOptions) -> Request:
    """The request with its zip by the URI under which `submit --stage definition` puts it."""
    request, zip_definition = prepared.request, prepared.request.definition_zip
    if zip_definition is None or options.staging is None:
        return request
    uri = staging_of(options.staging).uri(zip_definition.sha256, ".zip")
    owner = request.workflow_bucket_owner_id or options.account
    return replace(request, definition_zip=None, definition_uri=uri, workflow_bucket_owner_id=owner)


def _uploads(prepared: PreparedRequest, request: Request, options: SubmitOptions, stage: str) -> tuple[str, ...]:
    """The command that puts the zip on S3; none if it is there, or in a repository."""
    if prepared.request.definition_zip is None or request.definition_uri is None or options.staging is None:
        return ()
    own = prepared.request.workflow_bucket_owner_id
    words = ["--staging", options.staging, *(["--workflow-bucket-owner-id", own] if own else [])]
    return (f"{stage} {command_line(words)}",)
