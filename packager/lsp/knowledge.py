"""The facts of the last check about a file."""

from __future__ import annotations

import os

from packager.app.loaded import Loaded
from packager.findings.diagnostic import Place


def places_in(loaded: Loaded, path: str) -> str | None:
    """The path of a file in the places of a workflow's facts, by its path without links; None if the workflow does not have it."""
    for entry in loaded.plan.entries:
        if os.path.realpath(loaded.on_disk(entry.path)) == path:
            return entry.path
    return None


def absolute(loaded: Loaded, place: Place) -> str:
    """The absolute path of a place's file."""
    return os.path.abspath(loaded.on_disk(place.path))  # noqa: PTH100 - links are kept


def is_at(place: Place, path: str, line: int, column: int, *, whole_line: bool = False) -> bool:
    """Whether a place includes a line and column; without an end it is its whole line."""
    if place.path != path or not place.line:
        return False
    end = (place.end_line or place.line, place.end_column)
    if whole_line or not place.end_line:
        return place.line <= line <= end[0]
    return (place.line, place.column) <= (line, column) <= end
