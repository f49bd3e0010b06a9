"""`packager map`: the container registry map."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from packager.app.check import RefusedError, check_map
from packager.app.images import hiding_images
from packager.cli.commands.images import note_incomplete
from packager.cli.given import given_workflows, is_next_to_main
from packager.cli.help import SectionedCommand
from packager.cli.hints import command_path, lint_command
from packager.cli.options import (
    account_option,
    fail_on_option,
    file_option,
    format_option,
    profile_option,
    region_option,
    sources_options,
)
from packager.cli.output import exit_code, is_quiet, lines_of, note, show_errors, show_findings, show_next, style, write
from packager.cli.workflows import load_all
from packager.errors import PackagerError
from packager.files import MIB, exists, read_file
from packager.findings.report import Report
from packager.images import registry_map
from packager.images.registry_map import RegistryMap
from packager.images.registry_map.generation import Additions, EcrRegistry, additions
from packager.images.registry_map.merging import merged, new_text
from packager.images.registry_map.resolution import is_pull_through, needs_secret
from packager.render.folding import EVERYTHING
from packager.render.next_steps import CacheFacts, MapFacts, after_map, credentials_note
from packager.render.report import report_json, to_json
from packager.render.report_text import report_text
from packager.settings.account_and_region import check_account, check_region
from packager.settings.arguments import build
from packager.settings.layers import ConfiguredWorkflow
from packager.settings.loading import sources_of
from packager.shell import quoted
from packager.text import count, safe_json

_MAX_BYTES = 16 * MIB


@click.group("map", epilog="Documentation: docs/images.md")
def command() -> None:
    """Work with container registry maps."""


@command.command(
    "validate",
    cls=SectionedCommand,
    short_help="Check a map.",
    page="images.md",
    examples=(
        ("packager map validate container-registry-map.json", "check a map without a workflow"),
        (
            "packager map validate container-registry-map.json --region us-east-1",
            "also check what depends on the Region",
        ),
    ),
)
@click.argument("file", metavar="FILE")
@region_option
@fail_on_option()
@format_option("text", "json")
def validate(file: str, region: str | None, fail_on: str, form: str) -> int:
    """Check the registry map FILE: its JSON, its schema and its mappings."""
    path = Path(file.removeprefix("file://"))
    report = check_map(str(path), read_file(path, _MAX_BYTES), region=region)
    if form == "json":
        write(to_json(report_json(report)))
    else:
        write(report_text(report, style(), lines_of(), view=EVERYTHING))
    return exit_code(report, fail_on)


@command.command(
    "pin",
    cls=SectionedCommand,
    short_help="Write digests into the image mappings of a map.",
    page="images.md",
    examples=(
        ("packager map pin container-registry-map.json", "write digests into the map"),
        ("packager map pin container-registry-map.json --check", "exit with 1 if a tag has no digest"),
    ),
)
@click.argument("file", metavar="FILE")
@file_option("-o", "--output", help="Write the map to this file instead (`-`: stdout).")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if a mapping has a tag and no digest.")
@region_option
@profile_option
def pin(file: str, output: str | None, check: bool, region: str | None, profile: str | None) -> int:
    """Pin the tags in the image mappings of the map FILE to the digests that ECR returns for them.

    A tag can move, a digest cannot. Mappings that cannot be pinned stay as they are. Exit code 1: a mapping could not be pinned; 3: AWS
    answered no request.
    """
    from packager.app.online import pin_map  # noqa: PLC0415 - boto3 only when an account is asked

    path = Path(file.removeprefix("file://"))
    content = read_file(path, _MAX_BYTES)
    try:
        pinned = pin_map(str(path), content, region=region, profile=profile)
    except RefusedError as error:
        show_findings(error.report)
        raise
    for answer in pinned.pins:
        result = f"pinned to {answer.destination}" if answer.destination else f"not pinned: {answer.reason}"
        note(f"{answer.mapping.name}: {answer.mapping.destination_image}: {result}")
    if not pinned.pins:
        note(f"{path}: no mapping has a tag without a digest")
    if check:
        return int(bool(pinned.pins))
    if output is not None or pinned.content != content:
        text = pinned.content.decode()
        write(safe_json(text) if output == "-" else text, output or str(path))
    return int(any(answer.destination is None for answer in pinned.pins))


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerateArguments:
    """The options of `packager map generate`."""

    output: str | None
    check: bool


@command.command(
    "generate",
    cls=SectionedCommand,
    short_help="Write the smallest map for the images of workflows.",
    page="images.md",
    examples=(
        (
            "packager map generate workflows/calling --target prod -o container-registry-map.json",
            "write a map, or add what is missing",
        ),
        (
            "packager map generate workflows/calling --target prod --check",
            "exit with 1 if the target's map lacks an image",
        ),
    ),
)
@sources_options
@account_option
@file_option("-o", "--output", help="The map to write, or to extend if it exists (`-`: stdout).")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if the map would change.")
def generate(chosen: Sequence[ConfiguredWorkflow], **parameters: object) -> int:
    """Write the smallest registry map that maps every image of the workflows at PATH to the private ECR of `--account` and `--region`.

    Each registry with an ECR pull-through cache, or that HealthOmics copies from, gets one registry mapping; every other image gets an
    image mapping. Where the service needs a secret, the map has the placeholder `REPLACE-ME-...`. If the output file exists, or else
    the `--container-registry-map`, its mappings are kept, and new ones are added after them. Multiple workflows get one map.
    """
    arguments = build(GenerateArguments, parameters)
    target, *others = (
        (source.load.account, source.load.region, source.load.container_registry_map) for source in sources_of(chosen)
    )
    if any(other != target for other in others):
        raise PackagerError(
            "the workflows have different accounts, Regions or registry maps in packager.toml",
            "set `--account`, `--region` and `--container-registry-map`, or pass one workflow as PATH",
        )
    account, region, named = target
    return _generate(chosen, arguments, _target(account, region), named if isinstance(named, str) else None)


def _generate(
    chosen: Sequence[ConfiguredWorkflow], arguments: GenerateArguments, target: EcrRegistry, existing: str | None
) -> int:
    """Write or check one map for all workflows; `existing` is the map that they use now."""
    output = arguments.output
    if arguments.check and output is None:
        output = existing
    if arguments.check and output in (None, "-"):
        raise click.UsageError("--check needs a map to compare with: use -o FILE")
    before = _before(output, existing)
    workflows = load_all([_without_map(workflow) for workflow in chosen])
    for workflow in workflows:
        hiding = hiding_images(workflow.loaded, with_map=False)
        show_errors(Report(hiding), workflow.loaded, elsewhere=lint_command(workflow.source))
    images = tuple(use for workflow in workflows for use in workflow.loaded.images)
    new = additions(images, before.known, target)
    for text in new.notes:
        note(f"note: {text}")
    note_incomplete(*(workflow.loaded for workflow in workflows))
    after = before.completed(new)
    report = Report(check_map(output or "-", after.encode(), region=target.region).diagnostics)
    elsewhere = f"packager map validate {quoted(output or 'FILE')}"
    show_errors(report, None, elsewhere=elsewhere, own=("MAP",))
    if arguments.check:
        paths = " ".join(command_path(source) for source in sources_of(chosen))
        return _compare(str(output), before, new, paths) or exit_code(report, "error")
    if output in (None, "-"):
        write(safe_json(after))
    elif _write(str(output), before, new, after):
        facts = MapFacts(
            file=str(output),
            automatic=all(
                is_next_to_main(str(output), workflow.loaded, registry_map.FILE_NAME) for workflow in workflows
            ),
            registry=target,
            caches=tuple(_caches(new)),
            copied_images=len(new.image_mappings),
        )
        login = credentials_note(facts.caches)
        if login and not is_quiet():
            note(login)
        show_next(*after_map(given_workflows(), facts))
    return exit_code(report, "error")


def _caches(new: Additions) -> Iterator[CacheFacts]:
    """The new pull-through caches; HealthOmics itself copies from the other registries."""
    for mapping in new.registry_mappings:
        host = mapping.upstream_registry_url
        if is_pull_through(host):
            yield CacheFacts(host, mapping.ecr_repository_prefix.strip("/"), needs_secret(host))


def _without_map(workflow: ConfiguredWorkflow) -> ConfiguredWorkflow:
    """A workflow whose map is one to complete, not one to load."""
    values = {name: value for name, value in workflow.values.items() if name != "container_registry_map"}
    return replace(workflow, values=values)


def _target(account: str | None, region: str | None) -> EcrRegistry:
    """The account and the Region, which every map needs."""
    if not account or not region:
        unknown = "the account is" if region else "the Region is" if account else "the account and the Region are"
        raise PackagerError(
            f"{unknown} unknown", "use `--account` and `--region`, or `--target` (`packager init` writes a first one)"
        )
    check_account(account)
    check_region(region)
    return EcrRegistry(account, region)


@dataclass(frozen=True, slots=True)
class _Before:
    """The map that new entries are added to; without content if no map exists. `exists`: it is the file to write."""

    content: bytes | None = None
    known: RegistryMap | None = None
    exists: bool = False

    def completed(self, new: Additions) -> str:
        """The text of the map with the new entries."""
        return new_text(new) if self.content is None else merged(self.content, new).decode()


def _before(output: str | None, existing: str | None) -> _Before:
    """The map to complete: the file to write, or else the map that was named.

    Raises:
        RefusedError: it is not a map that can be completed.
    """
    exists_already = output not in (None, "-") and exists(Path(str(output)))
    # A configuration may name the map that is going to be written.
    same = existing and output and os.path.abspath(existing) == os.path.abspath(output)  # noqa: PTH100 - no links followed
    base = output if exists_already else None if same else existing
    if base is None:
        return _Before()
    content = read_file(Path(base), _MAX_BYTES)
    known, faults = registry_map.read(base, content)
    if faults:
        report = Report(faults)
        show_findings(report)
        raise RefusedError(report, "nothing was written")
    return _Before(content, known, exists_already)


def _compare(path: str, before: _Before, new: Additions, workflow: str) -> int:
    """Print what a map lacks; 1 if it lacks something or does not exist."""
    for entry in new.entries:
        note(f"{path}: no mapping for {entry.purpose}")
    if before.exists and not new.entries:
        note(f"{path} is up to date")
        return 0
    state = "is out of date: update" if before.exists else "does not exist: create"
    note(f"{path} {state} it with `packager map generate {workflow} -o {quoted(path)}`")
    return 1


def _write(path: str, before: _Before, new: Additions, after: str) -> bool:
    """Write a map, and print what is new in it; False if nothing is."""
    if before.exists and not new.entries:
        note(f"{path} is up to date")
        return False
    write(after, path)
    for entry in new.entries if before.exists else ():
        note(f"{path}: added {entry.purpose}")
    adjective = "new " if before.content is not None else ""
    registries = count(len(new.registry_mappings), f"{adjective}registry mapping")
    note(f"{path}: written, {registries}, {count(len(new.image_mappings), f'{adjective}image mapping')}")
    return True
