"""`packager images`: every image and where it will be pulled from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import click

from packager.app.image_copies import image_copies
from packager.app.images import POLICIES, hiding_images, minimum_policy
from packager.app.loaded import Loaded
from packager.cli.given import given_workflows
from packager.cli.help import SectionedCommand
from packager.cli.hints import lint_command, with_paths
from packager.cli.options import account_option, file_option, format_option, profile_option, sources_options
from packager.cli.output import exit_code, located, note, show_errors, show_findings, show_next, style, write
from packager.cli.workflows import load_all
from packager.findings.redaction import redact
from packager.findings.report import Report, merge, select
from packager.images.registry_map import FILE_NAME
from packager.render.image_scripts.copying import TOOLS, copy_script
from packager.render.image_scripts.priming import prime_script
from packager.render.images import images_json, images_mirror, images_text, unlisted, unmapped_images
from packager.render.next_steps import ImageFacts, PolicyFacts, after_image_script, after_images, after_policy
from packager.render.report import to_json
from packager.settings.arguments import build
from packager.settings.layers import ConfiguredWorkflow
from packager.settings.loading import LoadedWorkflow
from packager.source import ZipTree

# Images of another account, repositories and images that do not exist, and images for another platform.
_PLATFORM = ("IMG020", "IMG021", "IMG022", "IMG023", "IMG024")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagesArguments:
    """The options of `packager images`."""

    online: bool
    platform_check: bool
    print_policy: str | None
    script: str | None
    prime: bool
    output: str | None
    profile: str | None
    timeout: float
    form: str


@click.command(
    "images",
    cls=SectionedCommand,
    page="images.md",
    examples=(
        (
            "packager images workflows/calling --account 111122223333 --region us-east-1",
            "every image and its copy in private ECR",
        ),
        (
            "packager images workflows/calling --target prod --format mirror --script skopeo -o copy.sh",
            "a shell script that copies them there",
        ),
    ),
)
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
    type=click.Choice(POLICIES),
    help="Print a minimum policy as one JSON document: of who submits (`caller`), of the role of runs, of ECR repositories or the ECR"
    " registry; or all of ECR by their places (`ecr`).",
)
@click.option(
    "--script",
    type=click.Choice(TOOLS),
    help="With `--format mirror`: print a shell script that copies the images with this tool.",
)
@click.option(
    "--prime", is_flag=True, help="Print a shell script that fills the pull-through caches before the first run."
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
@file_option("-o", "--output", help="Write to this file instead of stdout.")
@format_option("text", "json", "mirror")
def command(chosen: Sequence[ConfiguredWorkflow], **parameters: object) -> int:
    """List every image of the workflows at PATH, the tasks that use it, and what it resolves to under the registry map.

    With `--format mirror`, each line has a source and a destination, separated by a space, for tools that copy images
    (`skopeo copy --all docker://SOURCE docker://DESTINATION`). Images that need no copy are omitted; images without a destination are
    listed on stderr, and the exit code is 1.

    With `--script`, you get a POSIX shell script instead. It creates repositories that do not exist, with the policy that HealthOmics
    needs, copies each image by its digest for linux/amd64, and skips what is there. `--prime` prints one for pull-through caches.
    Both scripts accept `--dry-run`.

    With `--online`, the exit code is 1 if a run would fail because of an image, and 3 if AWS answered no request.
    """
    arguments = build(ImagesArguments, parameters)
    if arguments.platform_check and not arguments.online:
        raise click.UsageError("--platform-check needs --online: only the registry knows the platform of an image")
    _check_options(arguments)
    workflows = load_all(chosen)
    loaded = [workflow.loaded for workflow in workflows]
    if arguments.print_policy is not None:
        return _print_policy(arguments.print_policy, loaded, arguments.output)
    reports = [redact(Report(hiding_images(each), each.workflow.skipped)) for each in loaded]
    online = [_ask(each, arguments) if arguments.online else Report() for each in loaded]
    failed = exit_code(merge(*online), "error")
    if arguments.form == "mirror" or arguments.prime:
        return _mirror(arguments, workflows, reports, online) or failed
    if arguments.form == "json":
        each = [merge(report, answers) for report, answers in zip(reports, online, strict=True)]
        found = merge(*(located(report, own) for report, own in zip(each, loaded, strict=True)))
        write(to_json(images_json(loaded, found)), arguments.output)
    else:
        write(images_text(loaded, style(never=arguments.output is not None)), arguments.output)
        _show(workflows, reports, online)
        show_next(after_images(given_workflows(), _facts(loaded, online)))
    return failed


def _check_options(arguments: ImagesArguments) -> None:
    if arguments.script and arguments.form != "mirror":
        raise click.UsageError("--script needs --format mirror")
    if arguments.prime and arguments.form != "text":
        raise click.UsageError("--prime prints a script: it cannot be used with --format")
    if arguments.print_policy and (arguments.prime or arguments.script):
        raise click.UsageError("--print-policy cannot be used with --prime or --script")


def _print_policy(kind: str, loaded: Sequence[Loaded], output: str | None) -> int:
    printed = minimum_policy(kind, loaded)
    write(to_json(printed.document), output)
    if kind != "ecr":
        show_next(*after_policy(PolicyFacts(kind, printed.repositories, printed.prefixes, printed.region)))
    return 0


def _facts(loaded: Sequence[Loaded], online: Sequence[Report]) -> ImageFacts:
    return ImageFacts(
        unmapped=sum(unmapped_images(each) for each in loaded),
        map_file=_map_file(loaded),
        failed=any(report.diagnostics for report in online),
        account=loaded[0].account,
        region=loaded[0].region,
    )


def _map_file(loaded: Sequence[Loaded]) -> str:
    """The registry map of the workflows: the one that they have, or else the place where packager finds that of a single workflow."""
    known = next((each.on_disk(each.registry_map.path) for each in loaded if each.registry_map is not None), None)
    if known is not None:
        return known
    first = loaded[0]
    in_zip = isinstance(first.tree, ZipTree)
    beside = PurePosixPath(first.on_disk(first.detection.main)).with_name(FILE_NAME)
    return FILE_NAME if len(loaded) > 1 or in_zip else str(beside)


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


def _mirror(
    arguments: ImagesArguments,
    workflows: Sequence[LoadedWorkflow],
    reports: Sequence[Report],
    online: Sequence[Report],
) -> int:
    """Print what has to be copied or pulled, or a script that does it; 1 if some images have no place in private ECR."""
    loaded = [workflow.loaded for workflow in workflows]
    copies = image_copies(loaded)
    if arguments.prime:
        nothing = () if copies.cached else ("no image comes through a pull-through cache",)
        text, notes = prime_script(copies), (*nothing, *unlisted(copies))
    else:
        mirror = images_mirror(copies)
        text, notes = mirror.text, mirror.notes
        if arguments.script:
            text = copy_script(copies, minimum_policy("repository", loaded).document, arguments.script)
    write(text, arguments.output)
    _show(workflows, reports, online)
    for image in copies.lacking:
        note(f"not listed: {image}")
    for line in notes:
        note(f"note: {line}")
    note_incomplete(*loaded)
    if arguments.output not in (None, "-") and (arguments.script or arguments.prime):
        show_next(after_image_script(str(arguments.output)))
    return int(bool(copies.lacking))


def note_incomplete(*workflows: Loaded) -> None:
    """Write a note if parts of a workflow could not be read."""
    if not all(loaded.workflow.complete for loaded in workflows):
        note("note: parts of the workflow could not be read: it may have more images")
