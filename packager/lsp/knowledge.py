"""The facts of the last check about a file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

from packager.app.loaded import Loaded
from packager.findings.diagnostic import Place
from packager.findings.redaction import redacted
from packager.lsp.documents import Language
from packager.model.image_reference import ImageName
from packager.text import safe

PathIn = Callable[[Loaded, str], str | None]


def paths_in(loaded: Loaded) -> dict[str, str]:
    """The paths of all files in the places of a workflow's facts, by their paths without links."""
    return {os.path.realpath(loaded.on_disk(entry.path)): entry.path for entry in loaded.plan.entries}


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


def shown_image(name: ImageName | None) -> str:
    """An image for people, without secrets."""
    return safe(redacted(str(name or "")))


def workflows_of(
    language: Language, path: str, text: str, workflows: Iterable[Loaded], path_in: PathIn
) -> tuple[Loaded, ...]:
    """The workflows that a file belongs to, by its path without links: those that read it, else those next to it.

    The parameters of a run name no workflow: they belong to those with the most of these parameters, the nearest first. `path_in` is
    `Board.path_in`.
    """
    known = list(workflows)
    if language is Language.RUN:
        return _with_parameters(path, text, known)
    readers = tuple(loaded for loaded in known if _reads(loaded, path, path_in))
    return readers or tuple(loaded for loaded in known if _main_folder(loaded) == os.path.dirname(path))  # noqa: PTH120 - of strings


def _reads(loaded: Loaded, path: str, path_in: PathIn) -> bool:
    named = (loaded.written_template, loaded.registry_map)
    if any(each is not None and os.path.realpath(loaded.on_disk(each.path)) == path for each in named):
        return True
    return path_in(loaded, path) is not None


def _with_parameters(path: str, text: str, workflows: Iterable[Loaded]) -> tuple[Loaded, ...]:
    folder = os.path.dirname(path)  # noqa: PTH120 - of strings

    def rank(loaded: Loaded) -> tuple[int, int]:
        prefix = f"{loaded.workflow.name}."
        names = (declared.name for declared in loaded.workflow.inputs)
        same = sum(f'"{name}"' in text or f'"{prefix}{name}"' in text for name in names)
        return same, len(os.path.commonpath([folder, _main_folder(loaded)]))

    ranked = sorted(((rank(loaded), loaded) for loaded in workflows), key=lambda pair: pair[0], reverse=True)
    return tuple(loaded for number, loaded in ranked if number == ranked[0][0])


def _main_folder(loaded: Loaded) -> str:
    return os.path.dirname(os.path.realpath(loaded.on_disk(loaded.detection.main)))  # noqa: PTH120 - of strings
