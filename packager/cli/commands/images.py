"""`packager images`: every image and where it will be pulled from."""

from __future__ import annotations

from dataclasses import dataclass

import click

from packager.app.images import hiding_images, minimum_policies
from packager.app.loaded import Loaded
from packager.cli.arguments import SourceArguments, with_arguments
from packager.cli.hints import lint_command, with_paths
from packager.cli.options import account_option, format_option, load_source, profile_option, source_options
from packager.cli.output import exit_code, located, note, show_errors, show_findings, style, write
from packager.findings.redaction import redact
from packager.findings.report import Report, merge, select
from packager.render.images import images_json, images_mirror, images_text
from packager.render.report import to_json

# Images of another account, repositories and images that do not exist, and images for another platform.
_PLATFORM = ("IMG020", "IMG021", "IMG022", "IMG023", "IMG024")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagesArguments:
    """The options of `packager images`."""

    source: SourceArguments
    online: bool
    platform_check: bool
    print_policy: bool
    profile: str | None
    timeout: float
    form: str


@click.command("images")
@source_options
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
@with_arguments(ImagesArguments)
def command(arguments: ImagesArguments) -> int:
    """List every image of the workflow at PATH, the tasks that use it, and what it resolves to under the registry map.

    With `--format mirror`, each line has a source and a destination, separated by a space, for tools that copy images
    (`skopeo copy --all docker://SOURCE docker://DESTINATION`). Images that need no copy are omitted; images without a destination are
    listed on stderr, and the exit code is 1.

    With `--online`, the exit code is 1 if a run would fail because of an image, and 3 if AWS answered no request.
    """
    if arguments.platform_check and not arguments.online:
        raise click.UsageError("--platform-check needs --online: only the registry knows the platform of an image")
    loaded = load_source(arguments.source)
    if arguments.print_policy:
        write(to_json(minimum_policies(loaded)))
        return 0
    report = redact(Report(hiding_images(loaded), loaded.workflow.skipped))
    online = _ask(loaded, arguments) if arguments.online else Report()
    if arguments.form == "mirror":
        return _mirror(loaded, report, online, arguments.source) or exit_code(online, "error")
    if arguments.form == "json":
        write(to_json(images_json(loaded, located(merge(report, online), loaded))))
    else:
        write(images_text(loaded, style()))
        _show(loaded, report, online, arguments.source)
    return exit_code(online, "error")


def _ask(loaded: Loaded, arguments: ImagesArguments) -> Report:
    from packager.app.online import check_online  # noqa: PLC0415 - boto3 only when an account is asked

    report = check_online(loaded, profile=arguments.profile, timeout=arguments.timeout, progress=note)
    return select(report, chosen=_PLATFORM, ignored=()) if arguments.platform_check else report


def _show(loaded: Loaded, report: Report, online: Report, source: SourceArguments) -> None:
    """Write the errors of reading, which `lint` shows too, and all that AWS answered."""
    show_errors(with_paths(report, source, loaded), loaded, elsewhere=lint_command(source))
    show_findings(with_paths(online, source, loaded), loaded)


def _mirror(loaded: Loaded, report: Report, online: Report, source: SourceArguments) -> int:
    """Print what has to be copied; 1 if some images have no destination."""
    mirror = images_mirror(loaded)
    write(mirror.text)
    _show(loaded, report, online, source)
    for image in mirror.lacking:
        note(f"not listed: {image}")
    for text in mirror.notes:
        note(f"note: {text}")
    note_incomplete(loaded)
    return int(bool(mirror.lacking))


def note_incomplete(loaded: Loaded) -> None:
    """Write a note if parts of the workflow could not be read."""
    if not loaded.workflow.complete:
        note("note: parts of the workflow could not be read: it may have more images")
