"""`packager images`: every image and where it will be pulled from."""

from __future__ import annotations

from typing import Any

import click

from packager.app.loaded import Loaded
from packager.cli.options import (
    account_option,
    exit_code,
    format_option,
    load,
    note,
    show_findings,
    source_options,
    style,
    write,
)
from packager.findings.redaction import redact
from packager.findings.report import Report, merge, select
from packager.render.images import images_json, images_mirror, images_text
from packager.render.report import to_json

# Another account's images, a repository or an image that is not there, another platform.
_PLATFORM = ("IMG020", "IMG021", "IMG022", "IMG023", "IMG024")


@click.command("images", short_help="Every image, and what it resolves to.")
@source_options
@account_option
@click.option(
    "--online", is_flag=True, help="Ask the AWS account whether they can be pulled; nothing there is changed."
)
@click.option(
    "--platform-check",
    is_flag=True,
    help="With `--online`: tell only whether each image is there and runs on linux/amd64.",
)
@click.option("--print-policy", is_flag=True, help="Print the least policies with which they can be pulled, as JSON.")
@click.option("--profile", metavar="NAME", envvar="AWS_PROFILE", help="The AWS profile, with `--online`.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=120,
    show_default=True,
    metavar="SECONDS",
    help="How long asking may take, with `--online`.",
)
@format_option("text", "json", "mirror")
def command(path: str, form: str, **settings: Any) -> int:
    """List every image of the workflow at PATH, the tasks that use it, and what it resolves to under the registry map.

    With `--format mirror` each line has a source and a destination, separated by a space, for tools that copy images
    (`skopeo copy --all docker://SOURCE docker://DESTINATION`). What needs no copy is left out; images without a destination are named on
    stderr, and exit with 1.

    With `--online`, exit code 1 tells that something was found that a run would fail of, and 3 that nothing could be asked.
    """
    online, print_policy = settings.pop("online"), settings.pop("print_policy")
    profile, timeout = settings.pop("profile"), settings.pop("timeout")
    platform_check = settings.pop("platform_check")
    if platform_check and not online:
        raise click.UsageError("--platform-check needs --online: only the registry knows for what an image is made")
    loaded = load(path, settings)
    if print_policy:
        from packager.app.online import least_policies  # noqa: PLC0415 - only what asks for it pays for it

        write(to_json(least_policies(loaded)))
        return 0
    # What hides an image matters here: files that could not be read, and the map's own faults.
    hiding = tuple(found for found in loaded.diagnostics if not found.code.startswith(("TPL", "ZIP016")))
    report = redact(Report(hiding, loaded.workflow.skipped))
    asked = Report()
    if online:
        from packager.app.online import check_online  # noqa: PLC0415 - only when an account is asked

        asked = check_online(loaded, profile=profile, timeout=timeout, progress=note)
        if platform_check:
            asked = select(asked, chosen=_PLATFORM, ignored=())
        report = merge(report, asked)
    if form == "mirror":
        return _mirror(loaded, report) or exit_code(asked, "error")
    if form == "json":
        write(to_json(images_json(loaded, report)))
    else:
        write(images_text(loaded, style()))
        show_findings(report, loaded)
    return exit_code(asked, "error")


def _mirror(loaded: Loaded, report: Report) -> int:
    """Print what there is to copy; 1 when that is not all."""
    found = images_mirror(loaded)
    write(found.text)
    show_findings(report, loaded)
    for one in found.lacking:
        note(f"not listed: {one}")
    for one in found.notes:
        note(f"note: {one}")
    if not loaded.workflow.complete:
        note("note: not all of the workflow could be read: there may be more images")
    return int(bool(found.lacking))
