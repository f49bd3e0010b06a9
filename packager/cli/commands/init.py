"""`packager init`: a first `packager.toml`."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from packager.cli.options import file_option, note, write
from packager.cli.values import in_characters
from packager.errors import PackagerError
from packager.files import exists, is_folder, real_path
from packager.healthomics import limits
from packager.project import config, discovery, init
from packager.project.discovery import Found
from packager.project.init import Target
from packager.render.terminal import plural
from packager.source import open_directory
from packager.text import safe

_MOST_LISTED = 30
_DEFAULT_TARGET = "dev"


@click.command("init", short_help="Write a first packager.toml.")
@click.argument("path", metavar="[PATH]", default=".")
@file_option("-o", "--output", help=f"Where to write; `-` is stdout. PATH/{config.FILE_NAME} unless given.")
@click.option("--account", metavar="ID", help="The AWS account of a first target.")
@click.option("--region", metavar="NAME", callback=in_characters, help="The AWS Region of a first target.")
@click.option("--yes", is_flag=True, help="Ask nothing, take all that is found.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
def command(path: str, output: str | None, *, yes: bool, force: bool, **target: str | None) -> int:
    """Write a commented packager.toml that names the workflows in the folder PATH.

    On a terminal it asks which workflows are meant and where they go; elsewhere, and with `--yes`, it takes all and asks nothing.
    Nothing of the environment gets into the file.
    """
    folder = Path(path)
    if not is_folder(folder):
        raise PackagerError(f"`{path}` is not a folder", "name the folder of the workflows")
    place = Path(output) if output is not None else folder / config.FILE_NAME
    if output != "-" and not force and os.path.lexists(place):
        raise PackagerError(f"`{place}` is there already", "give `--force` to replace it, or `-o FILE`")
    account, region = _account(target["account"] or ""), target["region"] or ""
    workflows = discovery.find(open_directory(folder, path), name=folder.resolve().name)
    if not yes and _on_a_terminal():
        workflows = _asked(workflows)
        account = account or _ask("AWS account of a first target (empty: none)", _account)
        region = region or _ask("its Region (empty: none)", _region)
    first = Target(_DEFAULT_TARGET, account, region) if account or region else None
    write(init.text(workflows, first, prefix=_prefix(folder, place, output)), output or str(place))
    if output != "-":
        note(f"wrote {place} with {plural(len(workflows), 'workflow')}; try `packager lint {path}`")
        _note_above(folder)
    return 0


def _on_a_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


def _prefix(folder: Path, place: Path, output: str | None) -> str:
    """From the folder of the configuration to the one that was searched; empty if they are the same."""
    if output is None or output == "-":
        return ""
    prefix = os.path.relpath(folder.resolve(), place.parent.resolve()).replace(os.sep, "/")
    try:
        prefix.encode()
    except UnicodeEncodeError as error:
        raise PackagerError(f"the way from `{place}` to the folder has a name that is not UTF-8") from error
    return "" if prefix == "." else prefix


def _asked(workflows: list[Found]) -> list[Found]:
    """Those of several workflows that the person at the terminal means."""
    if len(workflows) == 1:
        return workflows
    note(f"{len(workflows)} workflows were found:")
    for number, one in enumerate(workflows[:_MOST_LISTED], 1):
        note(f"  {number:>3}  {one.name}  ({one.engine.value}, {os.path.normpath(f'{one.path}/{one.main}')})")
    if len(workflows) > _MOST_LISTED:
        note(f"  ... and {len(workflows) - _MOST_LISTED} more")

    def chosen(answer: str) -> list[Found]:
        return workflows if answer.strip() in ("", "all") else _chosen(answer, workflows)

    answer: list[Found] = click.prompt(
        "which (numbers or names, separated by commas)", "all", value_proc=chosen, err=True
    )
    return answer


def _chosen(answer: str, workflows: Sequence[Found]) -> list[Found]:
    words = [word.strip() for word in answer.split(",") if word.strip()]
    found = []
    for word in words:
        match = [one for number, one in enumerate(workflows, 1) if word in (str(number), one.name)]
        if not match:
            raise click.BadParameter(f"`{safe(word)}` is none of them")
        found += match[:1]
    return [one for one in workflows if one in found]


def _ask(question: str, proper: Callable[[str], str]) -> str:
    answer: str = click.prompt(question, "", show_default=False, value_proc=proper, err=True)
    return answer


def _region(value: str) -> str:
    value = value.strip()
    if not limits.is_text(value):
        raise click.BadParameter("a Region has letters, digits and hyphens")
    return value


def _account(value: str) -> str:
    value = value.strip()
    if value and (
        len(value) != limits.ACCOUNT_ID_LENGTH or not re.fullmatch(limits.ACCOUNT_ID_PATTERN, value, re.ASCII)
    ):
        raise click.BadParameter(f"an AWS account has {limits.ACCOUNT_ID_LENGTH} digits")
    return value


def _note_above(folder: Path) -> None:
    """Say that a configuration further up no longer holds here."""
    above = config.find((real_path(folder) or folder).parent) if not exists(folder / ".git") else None
    if above is not None:
        note(f"{os.path.relpath(above)} no longer holds for this folder")
