"""`packager init`: a first `packager.toml`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from packager.cli.arguments import with_arguments
from packager.cli.help import SectionedCommand
from packager.cli.options import file_option, in_characters
from packager.cli.output import note, show_next, write
from packager.errors import PackagerError
from packager.files import exists, is_folder, real_path, relative_path
from packager.healthomics import limits
from packager.project import config, discovery, init
from packager.project.discovery import DiscoveredWorkflow
from packager.project.init import FirstTarget
from packager.render.next_steps import after_init
from packager.settings.account_and_region import check_account, check_region
from packager.source import open_directory
from packager.text import count, safe

_MOST_LISTED = 30
_DEFAULT_TARGET = "dev"


@dataclass(frozen=True, slots=True, kw_only=True)
class InitArguments:
    """The options of `packager init`."""

    path: str
    output: str | None
    account: str | None
    region: str | None
    yes: bool
    force: bool


@click.command(
    "init",
    cls=SectionedCommand,
    page="configuration.md",
    examples=(
        ("packager init", "write packager.toml for the current folder"),
        ("packager init --account 111122223333 --region us-east-1 --yes", "with a target and without questions"),
    ),
    own=("account", "region"),
)
@click.argument("path", metavar="[PATH]", default=".")
@file_option("-o", "--output", help=f"File to write (`-`: stdout); PATH/{config.FILE_NAME} if omitted.")
@click.option("--account", metavar="ID", help="AWS account of the first target.")
@click.option("--region", metavar="NAME", callback=in_characters, help="AWS Region of the first target.")
@click.option("--yes", is_flag=True, help="Ask nothing and use every workflow.")
@click.option("--force", is_flag=True, help="Replace an existing file.")
@with_arguments(InitArguments)
def command(arguments: InitArguments) -> int:
    """Write a commented packager.toml for the workflows in the folder PATH.

    On a terminal, it asks which workflows to include and where to submit them. Without a terminal, or with `--yes`, it includes all.
    The file never contains anything from the environment.
    """
    path, output = arguments.path, arguments.output
    folder = Path(path)
    if not is_folder(folder):
        raise PackagerError(f"`{path}` is not a folder", "pass the folder of the workflows as PATH")
    place = Path(output) if output is not None else folder / config.FILE_NAME
    if output != "-" and not arguments.force and os.path.lexists(place):
        raise PackagerError(f"`{place}` already exists", "use `--force` to replace it, or `-o FILE`")
    account, region = _account(arguments.account or ""), _region(arguments.region or "")
    workflows = discovery.find(open_directory(folder, path), name=folder.resolve().name)
    if not arguments.yes and _on_a_terminal():
        workflows = _ask_which(workflows)
        account = account or _ask("AWS account of the first target (empty: none)", _account)
        region = region or _ask("its Region (empty: none)", _region)
    target = FirstTarget(_DEFAULT_TARGET, account, region) if account or region else None
    write(init.text(workflows, target, prefix=_prefix(folder, place, output)), output or str(place))
    if output != "-":
        note(f"wrote {place} with {count(len(workflows), 'workflow')}")
        show_next(after_init(path))
        _note_above(folder)
    return 0


def _on_a_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


def _prefix(folder: Path, place: Path, output: str | None) -> str:
    """The path from the folder of the configuration to the one that was searched; empty if they are the same."""
    if output is None or output == "-":
        return ""
    prefix = relative_path(folder.resolve(), place.parent.resolve())
    try:
        prefix.encode()
    except UnicodeEncodeError as error:
        raise PackagerError(f"the path from `{place}` to the folder contains a name that is not UTF-8") from error
    return "" if prefix == "." else prefix


def _ask_which(workflows: list[DiscoveredWorkflow]) -> list[DiscoveredWorkflow]:
    """The workflows that the user at the terminal chooses."""
    if len(workflows) == 1:
        return workflows
    note(f"found {len(workflows)} workflows:")
    for number, workflow in enumerate(workflows[:_MOST_LISTED], 1):
        main = os.path.normpath(f"{workflow.path}/{workflow.main}")
        note(f"  {number:>3}  {workflow.name}  ({workflow.engine.value}, {main})")
    if len(workflows) > _MOST_LISTED:
        note(f"  ... and {len(workflows) - _MOST_LISTED} more")

    def read_answer(answer: str) -> list[DiscoveredWorkflow]:
        return workflows if answer.strip() in ("", "all") else _chosen(answer, workflows)

    chosen: list[DiscoveredWorkflow] = click.prompt(
        "which (numbers or names, separated by commas)", "all", value_proc=read_answer, err=True
    )
    return chosen


def _chosen(answer: str, workflows: Sequence[DiscoveredWorkflow]) -> list[DiscoveredWorkflow]:
    chosen = []
    for word in (word.strip() for word in answer.split(",")):
        matches = [workflow for number, workflow in enumerate(workflows, 1) if word in (str(number), workflow.name)]
        if word and not matches:
            raise click.BadParameter(f"`{safe(word)}` is not in the list")
        chosen += matches[:1] if word else []
    return [workflow for workflow in workflows if workflow in chosen]


def _ask(question: str, check: Callable[[str], str]) -> str:
    answer: str = click.prompt(question, "", show_default=False, value_proc=check, err=True)
    return answer


def _region(value: str) -> str:
    value = value.strip()
    if not limits.is_text(value):
        raise click.BadParameter(f"`{safe(value)}` is not a Region: expected letters, digits and hyphens")
    if value:
        try:
            check_region(value)
        except PackagerError as error:
            raise click.BadParameter(f"{error.message}; {error.hint}") from error
    return value


def _account(value: str) -> str:
    value = value.strip()
    if value:
        try:
            check_account(value)
        except PackagerError as error:
            raise click.BadParameter(f"{error.message}; {error.hint}") from error
    return value


def _note_above(folder: Path) -> None:
    """Write a note if a configuration in a folder above no longer applies here."""
    above = config.find((real_path(folder) or folder).parent) if not exists(folder / ".git") else None
    if above is not None:
        note(f"{relative_path(above)} no longer applies to this folder")
