"""`packager map`: the container registry map by itself."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from packager.app import load as pipeline
from packager.cli.options import (
    FAIL_ON,
    account_option,
    exit_code,
    file_option,
    format_option,
    lines_of,
    load,
    note,
    show_findings,
    source_options,
    style,
    write,
)
from packager.errors import PackagerError, cannot
from packager.files import MIB, TooLargeError, exists, read_named
from packager.findings.diagnostic import Severity
from packager.findings.report import Report
from packager.healthomics import limits
from packager.images import registry_map
from packager.images.registry_map import RegistryMap
from packager.images.registry_map.generation import Additions, EcrRegistry, additions
from packager.render.report import report_json, report_text, to_json
from packager.render.terminal import plural
from packager.text import safe_json

_MAX_BYTES = 16 * MIB
_REGION = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")


@click.group("map", short_help="Check a container registry map, or write one.")
def command() -> None:
    """Work with container registry maps."""


@command.command("validate", short_help="Check a map by itself.")
@click.argument("file", metavar="FILE")
@click.option("--region", metavar="NAME", envvar=["AWS_REGION", "AWS_DEFAULT_REGION"], help="The AWS Region.")
@click.option(
    "--fail-on",
    type=click.Choice(FAIL_ON),
    default="error",
    show_default=True,
    help="The least severity that exits 1.",
)
@format_option("text", "json")
def validate(file: str, region: str | None, fail_on: str, form: str) -> int:
    """Check the registry map FILE: its JSON, its schema, and what its mappings mean. All faults are shown at once."""
    path = Path(file.removeprefix("file://"))
    report = pipeline.validate_map(str(path), _content(path), region=region)
    if form == "json":
        write(to_json(report_json(report)))
    else:
        write(report_text(report, style(), lines_of(None)))
    return exit_code(report, fail_on)


def _content(path: Path) -> bytes:
    try:
        return read_named(path, _MAX_BYTES)
    except TooLargeError as error:
        raise PackagerError(f"`{path}` is too large to be a registry map") from error
    except OSError as error:
        raise cannot("read", f"`{path}`", error) from error


@command.command("pin", short_help="Write digests into the image mappings of a map.")
@click.argument("file", metavar="FILE")
@file_option("-o", "--output", help="Write the map there instead (`-`: stdout).")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if a mapping has a tag and no digest.")
@click.option("--region", metavar="NAME", envvar=["AWS_REGION", "AWS_DEFAULT_REGION"], help="The AWS Region.")
@click.option("--profile", metavar="NAME", envvar="AWS_PROFILE", help="The AWS profile.")
def pin(file: str, output: str | None, check: bool, region: str | None, profile: str | None) -> int:
    """Ask ECR for the digest behind each tag of the map FILE's image mappings, and write it there: a tag may move, a digest does not.

    Exit code 1 tells that a mapping could not be pinned, and 3 that nothing could be asked. What is not pinned stays as it is.
    """
    from packager.app.online import pin_map  # noqa: PLC0415 - only when an account is asked

    path = Path(file.removeprefix("file://"))
    content = _content(path)
    try:
        pinned = pin_map(str(path), content, region=region, profile=profile)
    except pipeline.RefusedError as refused:
        show_findings(refused.report, None)
        raise
    for one in pinned.pins:
        became = f"pinned to {one.destination}" if one.destination else f"not pinned: {one.reason}"
        note(f"{one.mapping.name}: {one.mapping.destination_image}: {became}")
    if not pinned.pins:
        note(f"{path}: no mapping has a tag without a digest")
    if check:
        return int(bool(pinned.pins))
    if output is not None or pinned.content != content:
        text = pinned.content.decode()
        write(safe_json(text) if output == "-" else text, output or str(path))
    return int(any(one.destination is None for one in pinned.pins))


@command.command("generate", short_help="The smallest map that covers a workflow.")
@source_options
@account_option
@file_option("-o", "--output", help="The map to write, or to complete if it is there (`-`: stdout).")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if the map would change.")
def generate(path: str, output: str | None, check: bool, **settings: Any) -> int:
    """Write the smallest registry map with which the private ECR of `--account` and `--region` has every image of the workflow at PATH.

    Registries of ECR's pull-through cache, and those that HealthOmics copies from, get one registry mapping each; every other image
    gets an image mapping. A secret that the service needs stands as `REPLACE-ME-...`. What is in the map already stays as it is,
    and new entries follow it: in the map that is written, else in `--container-registry-map`.
    """
    given = settings.pop("container_registry_map")
    target = _target(settings)
    if check and output is None:
        output = given
    if check and output in (None, "-"):
        raise click.UsageError("--check needs a map to compare with: give -o FILE")
    before = _before(output, given)
    loaded = load(path, settings)
    # What hides an image matters here, and nothing else of the workflow.
    hiding = tuple(found for found in loaded.diagnostics if not found.code.startswith(("TPL", "MAP", "ZIP016")))
    show_findings(Report(tuple(found for found in hiding if found.severity is not Severity.INFO)), loaded)
    wanted = additions(loaded.images, before.known, target)
    for one in wanted.notes:
        note(f"note: {one}")
    if not loaded.workflow.complete:
        note("note: not all of the workflow could be read: there may be more images")
    after = before.completed(wanted)
    report = Report(pipeline.validate_map(output or "-", after.encode(), region=target.region).diagnostics)
    show_findings(report, None)
    if check:
        return _compared(str(output), before, wanted) or exit_code(report, "error")
    if output in (None, "-"):
        write(safe_json(after))
    else:
        _written(str(output), before, wanted, after)
    return exit_code(report, "error")


def _target(settings: dict[str, Any]) -> EcrRegistry:
    """The account and the Region, which the map cannot be made without."""
    account, region = settings["account"], settings["region"]
    if not account or not region:
        what = "the account is" if region else "the Region is" if account else "the account and the Region are"
        raise PackagerError(f"{what} not known", "give `--account` and `--region`, or `--target`")
    if not re.fullmatch(rf"[0-9]{{{limits.ACCOUNT_ID_LENGTH}}}", account):
        raise PackagerError(f"`{account}` is no AWS account", f"give its {limits.ACCOUNT_ID_LENGTH} digits")
    if not _REGION.fullmatch(region):
        raise PackagerError(f"`{region}` is no AWS Region", "give a name such as `us-east-1`")
    return EcrRegistry(account, region)


@dataclass(frozen=True, slots=True)
class _Before:
    """The map that new entries follow; no content where there is none. `exists`: it is the file that is to be written."""

    content: bytes | None = None
    known: RegistryMap | None = None
    exists: bool = False

    def completed(self, wanted: Additions) -> str:
        """The text of the map with what it lacks."""
        from packager.images.registry_map.merging import merged, new_text  # noqa: PLC0415 - `validate` needs none of it

        return new_text(wanted) if self.content is None else merged(self.content, wanted).decode()


def _before(output: str | None, given: str | None) -> _Before:
    """What is there: the file to write, else the map that was named.

    Raises:
        RefusedError: it is no map that could be completed.
    """
    there = output not in (None, "-") and exists(Path(str(output)))
    # A configuration may name the very map that is not written yet.
    named = None if given and output and os.path.abspath(given) == os.path.abspath(output) else given  # noqa: PTH100 - no links followed
    base = output if there else named
    if base is None:
        return _Before()
    content = _content(Path(base))
    known, faults = registry_map.read(base, content)
    if faults:
        report = Report(faults)
        show_findings(report, None)
        raise pipeline.RefusedError(report, "nothing was written")
    return _Before(content, known, there)


def _compared(path: str, before: _Before, wanted: Additions) -> int:
    """Say what a map lacks."""
    if not before.exists:
        note(f"{path} is not there")
    for one in wanted.entries:
        note(f"{path}: no mapping for {one.purpose}")
    if before.exists and not wanted.entries:
        note(f"{path} is up to date")
        return 0
    note(f"{path} is stale: bring it up to date with `packager map generate PATH -o {path}`")
    return 1


def _written(path: str, before: _Before, wanted: Additions, after: str) -> None:
    """Write a map, and say what is new in it."""
    if before.exists and not wanted.entries:
        note(f"{path} is up to date")
        return
    write(after, path)
    for one in wanted.entries if before.exists else ():
        note(f"{path}: added {one.purpose}")
    registries, images = len(wanted.registry_mappings), len(wanted.image_mappings)
    new = "new " if before.content is not None else ""
    note(f"{path}: written, {plural(registries, f'{new}registry mapping')}, {plural(images, f'{new}image mapping')}")
