"""`packager list`: the workflows below folders, or of packager.toml."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import click

from packager import detect
from packager.app.load import language
from packager.cli.help import SectionedCommand
from packager.cli.options import format_option
from packager.cli.output import note, show_next, style, write
from packager.detect import NoWorkflowError
from packager.files import is_folder, relative_path
from packager.project import config
from packager.project.discovery import DiscoveredWorkflow, WorkflowKind, find_all
from packager.render.next_steps import after_list
from packager.render.report import to_json
from packager.render.workflow_list import list_json, list_text
from packager.settings.choice import Caller, choose_all
from packager.settings.layers import ConfiguredWorkflow
from packager.source import open_directory


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
    workflows = _unique(_listed(paths))
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
            yield from _at(chosen)
        except NoWorkflowError:
            if len(paths) < 2:
                raise
            note(f"{chosen.path}: left out: it has no workflow")


def _at(chosen: ConfiguredWorkflow) -> Iterable[DiscoveredWorkflow]:
    """The workflows at a path; main files are relative to the current folder."""
    place = Path(chosen.path)
    main, engine = _configured(chosen, "main"), _configured(chosen, "engine")
    if is_folder(place) and not chosen.name and main is None:
        name = Path(os.path.abspath(place)).name  # noqa: PTH100 - links in the user's path are kept as they are
        return [_below(chosen.path, workflow) for workflow in find_all(open_directory(place, chosen.path), name=name)]
    located = detect.locate(chosen.path, engine=language(engine), main=main)
    inside = located.tree.real_path(located.detection.main)
    main_path = relative_path(inside) if inside is not None else located.detection.main
    return [DiscoveredWorkflow(chosen.name or place.stem, main_path, "", located.detection.engine)]


def _configured(chosen: ConfiguredWorkflow, key: str) -> str | None:
    setting = chosen.config.workflows[chosen.name].get(key) if chosen.config is not None and chosen.name else None
    return str(setting.value) if setting is not None else None


def _below(folder: str, workflow: DiscoveredWorkflow) -> DiscoveredWorkflow:
    path = os.path.normpath(os.path.join(folder, workflow.main_path)).replace(os.sep, "/")  # noqa: PTH118 - keeps `..`
    return replace(workflow, path=path, main="")


def _unique(workflows: Iterable[DiscoveredWorkflow]) -> list[DiscoveredWorkflow]:
    return list({workflow.path: workflow for workflow in workflows}.values())
