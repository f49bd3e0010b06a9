"""`packager images`: every image and where it will be pulled from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import click

from packager.app.images import hiding_images, minimum_policies
from packager.app.loaded import Loaded
from packager.cli.arguments import build
from packager.cli.hints import lint_command, with_paths
from packager.cli.layers import ConfiguredWorkflow
from packager.cli.options import account_option, format_option, profile_option, sources_options
from packager.cli.output import exit_code, located, note, show_errors, show_findings, style, write
from packager.cli.workflows import LoadedWorkflow, load_all
from packager.errors import PackagerError
from packager.findings.redaction import redact
from packager.findings.report import Report, merge, select
from packager.render.images import images_json, images_mirror, images_text
from packager.render.report import to_json

# Images of another account, repositories and images that do not exist, and images for another platform.
_PLATFORM = ("IMG020", "IMG021", "IMG022", "IMG023", "IMG024")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagesArguments:
    """The options of `packager images`."""

    online: bool
    platform_check: bool
    print_policy: bool
    profile: str | None
    timeout: float
    form: str


@click.command("images")
@sources_options
@account_option
@click.option("--online", is_flag=True, help="Check in AWS whether the images can be pulled (read-only).")
@click.option(
    "--platform-check",
    is_flag=True,
    help="With `--online`: only report whether each image exists and runs on linux/amd64.",
)
@click.option(
    "--print-policy",
    is_flag=True,
    help="Print the minimum IAM and ECR policies needed to pull the images, as JSON.",
)
@profile_option
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=120,
    show_default=True,
    metavar="SECONDS",
    help="Maximum time for all requests, with `--online`.",
)
@format_option("text", "json", "mirror")
def command(chosen: Sequence[ConfiguredWorkflow], **parameters: object) -> int:
    """List every image of the workflows at PATH, the tasks that use it, and what it resolves to under the registry map.

    With `--format mirror`, each line has a source and a destination, separated by a space, for tools that copy images
    (`skopeo copy --all docker://SOURCE docker://DESTINATION`). Images that need no copy are omitted; images without a destination are
    listed on stderr, and the exit code is 1.

    With `--online`, the exit code is 1 if a run would fail because of an image, and 3 if AWS answered no request.
    """
    arguments = build(ImagesArguments, parameters)
    if arguments.platform_check and not arguments.online:
        raise click.UsageError("--platform-check needs --online: only the registry knows the platform of an image")
    workflows = load_all(chosen)
    loaded = [workflow.loaded for workflow in workflows]
    if arguments.print_policy:
        if len(loaded) > 1:
            raise PackagerError(
                f"`--print-policy` is for one workflow, and PATH has {len(loaded)}",
                "pass the name or the main file of one: `packager list` shows them",
            )
        write(to_json(minimum_policies(loaded[0])))
        return 0
    reports = [redact(Report(hiding_images(each), each.workflow.skipped)) for each in loaded]
    online = [_ask(each, arguments) if arguments.online else Report() for each in loaded]
    failed = exit_code(merge(*online), "error")
    if arguments.form == "mirror":
        return _mirror(workflows, reports, online) or failed
    if arguments.form == "json":
        each = [merge(report, answers) for report, answers in zip(reports, online, strict=True)]
        found = merge(*(located(report, own) for report, own in zip(each, loaded, strict=True)))
        write(to_json(images_json(loaded, found)))
    else:
        write(images_text(loaded, style()))
        _show(workflows, reports, online)
    return failed


def _ask(loaded: Loaded, arguments: ImagesArguments) -> Report:
    from packager.app.online import check_online  # noqa: PLC0415 - boto3 only when an account is asked

    report = check_online(loaded, profile=arguments.profile, timeout=arguments.timeout, progress=note)
    return select(report, chosen=_PLATFORM, ignored=()) if arguments.platform_check else report


def _show(workflows: Sequence[LoadedWorkflow], reports: Sequence[Report], online: Sequence[Report]) -> None:
    """Write the errors of reading, of which `lint` shows more, and all that AWS answered."""
    for workflow, report, answers in zip(workflows, reports, online, strict=True):
        source, loaded = workflow.source, workflow.loaded
        show_errors(with_paths(report, source, loaded), loaded, elsewhere=lint_command(source))
        show_findings(with_paths(answers, source, loaded), loaded)


def _mirror(workflows: Sequence[LoadedWorkflow], reports: Sequence[Report], online: Sequence[Report]) -> int:
    """Print what has to be copied; 1 if some images have no destination."""
    mirror = images_mirror([workflow.loaded for workflow in workflows])
    write(mirror.text)
    _show(workflows, reports, online)
    for image in mirror.lacking:
        note(f"not listed: {image}")
    for text in mirror.notes:
        note(f"note: {text}")
    note_incomplete(*(workflow.loaded for workflow in workflows))
    return int(bool(mirror.lacking))


def note_incomplete(*workflows: Loaded) -> None:
    """Write a note if parts of a workflow could not be read."""
    if not all(loaded.workflow.complete for loaded in workflows):
        note("note: parts of the workflow could not be read: it may have more images")
