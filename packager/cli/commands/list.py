"""`packager list`: the workflows below folders, or of packager.toml."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from packager.cli.help import SectionedCommand
from packager.cli.options import format_option
from packager.cli.output import note, show_next, style, write
from packager.detect import NoWorkflowError
from packager.project import config
from packager.project.discovery import DiscoveredWorkflow, WorkflowKind
from packager.render.next_steps import after_list
from packager.render.report import to_json
from packager.render.workflow_list import list_json, list_text
from packager.settings.choice import Caller, choose_all
from packager.settings.listing import unique, workflows_at


@click.command(
    "list",
    cls=SectionedCommand,
    page="first-workflow.md",
    examples=(
        ("packager list", "the workflows below the current folder"),
        ("packager list --format json", "the same for a matrix of CI jobs"),
    ),
)
@click.argument("paths", metavar="[PATH]...", nargs=-1)
@click.option(
    "--kind",
    "kinds",
    type=click.Choice([kind.value for kind in WorkflowKind]),
    multiple=True,
    help="List only this kind; can be repeated.",
)
@format_option("text", "json")
def command(paths: tuple[str, ...], kinds: tuple[str, ...], form: str) -> int:
    """List the workflows below each PATH: name, kind, engine and main file.

    Without PATH, the workflows of packager.toml are listed, or else those of the current folder. Every command accepts the main file
    of a workflow as PATH, and in this folder also its name. A folder as PATH is all of its workflows, without tests, examples and
    libraries (documents with tasks for other workflows).
    """
    workflows = unique(_listed(paths))
    if not workflows:
        raise NoWorkflowError("no workflow was found", "pass a folder with workflow definitions as PATH")
    chosen = [workflow for workflow in workflows if not kinds or workflow.kind in kinds]
    if form == "json":
        write(to_json(list_json(chosen)))
        return 0
    write(list_text(chosen, style()))
    number = sum(workflow.kind is WorkflowKind.WORKFLOW for workflow in workflows)
    show_next(after_list(paths, number=number, configured=config.find(Path(paths[0] if paths else ".")) is not None))
    return 0


def _listed(paths: Sequence[str]) -> Iterator[DiscoveredWorkflow]:
    """The workflows of the command line; of more than one PATH, those without a workflow are left out with a note."""
    for chosen in choose_all(paths, Caller(values={})):
        try:
            yield from workflows_at(chosen)
        except NoWorkflowError:
            if len(paths) < 2:
                raise
            note(f"{chosen.path}: left out: it has no workflow")
