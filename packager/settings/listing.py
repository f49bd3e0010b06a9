"""The workflows below a path, or of `packager.toml`, with their names and kinds."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from packager import detect
from packager.app.load import language
from packager.files import is_folder, relative_path
from packager.project.discovery import DiscoveredWorkflow, find_all
from packager.settings.layers import ConfiguredWorkflow
from packager.source import open_directory


def workflows_at(chosen: ConfiguredWorkflow) -> Iterable[DiscoveredWorkflow]:
    """The workflows at a path; main files are relative to the current folder.

    Raises:
        PackagerError: there are none.
    """
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


def unique(workflows: Iterable[DiscoveredWorkflow]) -> list[DiscoveredWorkflow]:
    """The workflows, each main file once."""
    return list({workflow.path: workflow for workflow in workflows}.values())
