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
    source: str = "",
    package: str = "",
) -> tuple[ExportedWorkflow, Report]:
    """The workflow or version that the request would create, and the findings about it. Nothing is sent.

    The zip is named by its content below `options.staging`. `source` is the path of the workflow, and `package` the command that writes
    its zip, for the commands that upload it.

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
        uploads = _uploads(prepared, request, source=source, package=package)
        return ExportedWorkflow(request, options.target_name, uploads), prepared.report


def _on_s3(prepared: PreparedRequest, options: SubmitOptions) -> Request:
    """The request with its zip by the URI under which `submit --stage definition` puts it."""
    request, zip_definition = prepared.request, prepared.request.definition_zip
    if zip_definition is None or options.staging is None:
        return request
    uri = staging_of(options.staging).uri(zip_definition.sha256, ".zip")
    owner = request.workflow_bucket_owner_id or options.account
    return replace(request, definition_zip=None, definition_uri=uri, workflow_bucket_owner_id=owner)


def _uploads(prepared: PreparedRequest, request: Request, *, source: str, package: str) -> tuple[str, ...]:
    """The commands that put the zip on S3; none if it is there, or in a repository."""
    uri = request.definition_uri
    if prepared.request.definition_zip is None or uri is None:
        return ()
    if prepared.as_given:
        return (command_line(["aws", "s3", "cp", source, uri]),)
    name = uri.rpartition("/")[2]
    return (f"{package} -o {name}", command_line(["aws", "s3", "cp", name, uri]))
