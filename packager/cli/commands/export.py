"""`packager export`: the request of `submit` as CloudFormation or Terraform."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import click

from packager.app.check import RefusedError
from packager.app.export import export
from packager.app.options import SubmitOptions
from packager.cli.help import SectionedCommand
from packager.cli.hints import command_path, lint_command, with_paths
from packager.cli.options import (
    account_option,
    file_option,
    in_characters,
    load_source,
    no_lint_option,
    pattern_options,
    targets_options,
)
from packager.cli.output import errors_of, note, write
from packager.cli.request_options import request_member_options
from packager.cli.streams import write_before, write_stderr
from packager.errors import PackagerError
from packager.export import cloudformation, terraform
from packager.export.resources import ExportedWorkflow
from packager.findings.report import Report
from packager.healthomics.request import Request
from packager.settings.arguments import SourceArguments, build
from packager.settings.request import request_of
from packager.shell import quoted

_Written = Callable[[Sequence[ExportedWorkflow]], str]
# Each format and syntax with its function; the first syntax of a format is its default.
_FORMATS: dict[tuple[str, str], _Written] = {
    ("cloudformation", "yaml"): cloudformation.as_yaml,
    ("cloudformation", "json"): cloudformation.as_json,
    ("terraform", "hcl"): terraform.as_hcl,
    ("terraform", "json"): terraform.as_json,
}
_NOTES = {"cloudformation": cloudformation.notes, "terraform": terraform.notes}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportArguments:
    """The options of `packager export`, for one target."""

    source: SourceArguments
    request: Request
    submit: SubmitOptions
    existing: str | None
    form: str
    syntax: str | None
    output: str | None


@click.command(
    "export",
    cls=SectionedCommand,
    page="infrastructure.md",
    examples=(
        ("packager export workflows/calling --staging s3://lab-bucket/workflows", "a CloudFormation template in YAML"),
        (
            "packager export workflows/calling --staging s3://lab/flows --format terraform -o calling.tf",
            "Terraform resources in HCL",
        ),
    ),
)
@targets_options
@pattern_options
@request_member_options
@click.option(
    "--existing",
    metavar="ID",
    callback=in_characters,
    help="Export a version of this workflow instead of a workflow; the same as `--workflow-id`.",
)
@click.option(
    "--staging", metavar="S3-URI", help="`s3://BUCKET/PREFIX` of the definition; its name there is its SHA-256."
)
@account_option
@click.option(
    "--format",
    "form",
    type=click.Choice(list(_NOTES)),
    default="cloudformation",
    show_default=True,
    help="Kind of code.",
)
@click.option(
    "--syntax",
    type=click.Choice(list(dict.fromkeys(syntax for _, syntax in _FORMATS))),
    help="`yaml` or `json` for CloudFormation, `hcl` or `json` for Terraform; the first if omitted.",
)
@file_option("-o", "--output", help="Write to this file instead of stdout.")
@no_lint_option
def command(targets: Sequence[Mapping[str, object]]) -> int:
    """Print the workflow at PATH as CloudFormation or as Terraform (provider awscc): what `submit` would create.

    The definition is named on S3 by its content; the commands that upload it are printed. A changed definition never deletes a workflow.
    With multiple `--target`, a parameter of the template chooses one. IAM roles are not included.
    """
    exports = [build(ExportArguments, {**values, "request": request_of(values)}) for values in targets]
    first = exports[0]
    written = _format(first)
    workflows = [_exported(arguments) for arguments in exports]
    write(written(workflows), first.output)
    for line in _NOTES[first.form](workflows):
        note(line)
    return 0


def _format(arguments: ExportArguments) -> _Written:
    syntaxes = [syntax for form, syntax in _FORMATS if form == arguments.form]
    syntax = arguments.syntax or syntaxes[0]
    if syntax not in syntaxes:
        raise click.UsageError(f"--format {arguments.form} needs --syntax {' or '.join(syntaxes)}")
    return _FORMATS[arguments.form, syntax]


def _exported(arguments: ExportArguments) -> ExportedWorkflow:
    source, request = arguments.source, arguments.request
    if arguments.existing is not None:
        if request.workflow_id not in (None, arguments.existing):
            raise PackagerError("--existing and --workflow-id name different workflows", "use one of them")
        request = replace(request, workflow_id=arguments.existing)
    if request.workflow_id is not None:
        request = replace(request, name=None)
    loaded = load_source(source) if source.path else None

    def errors(report: Report, *, stderr: bool = False) -> str:
        shown = with_paths(report, source, loaded)
        fail_on = arguments.submit.lint.fail_on
        return errors_of(shown, loaded, elsewhere=lint_command(source), own=("REQ",), fail_on=fail_on, stderr=stderr)

    try:
        workflow, report = export(loaded or source.load, request, arguments.submit, stage=_stage_command(source))
    except RefusedError as error:
        write_before(error, errors(error.report))
        raise
    write_stderr(errors(report, stderr=True))
    return workflow


def _stage_command(source: SourceArguments) -> str:
    """The command that uploads the zip of a workflow, without the place on S3."""
    load = source.load
    options = [("--target", source.target_name), ("--region", None if source.target_name else load.region)]
    options += [("--account", None if source.target_name else load.account)]
    options += [("--engine", load.engine), ("--main", load.main), ("--nextflow-profile", load.nextflow_profile)]
    options += [("--include", pattern) for pattern in load.include]
    options += [("--exclude", pattern) for pattern in load.exclude]
    given = "".join(f" {name} {quoted(value)}" for name, value in options if value)
    return f"packager package {command_path(source)}{given} --stage"
