"""`--watch`: a command is run again whenever a file or folder changes that decided about its result."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import cast

import click

from packager.app.session import Session, are_settled, statuses
from packager.cache import Cache, default_directory
from packager.cli.output import note
from packager.cli.streams import clear_screen
from packager.errors import PackagerError
from packager.project import config
from packager.text import count

_SECONDS = 0.3  # between two looks at the files
_SESSION = "packager.session"  # a key of click's context


def session_of_watch() -> Session | None:
    """The session of the current command while it is watched, else None."""
    context = click.get_current_context(silent=True)
    return cast("Session | None", context.meta.get(_SESSION)) if context is not None else None


def watch_command() -> int:
    """Run the current command again and again with the options that it has, until the user interrupts."""
    context = click.get_current_context()
    session = Session(Cache(default_directory(), tables_only=bool(context.params["no_cache"])))
    context.meta[_SESSION] = session
    run = cast("Callable[..., int]", context.command.callback)
    while True:
        session.forget_places()
        started = time.time_ns()
        clear_screen()
        _run(run, context)
        files = session.places | _configurations(context.params["paths"] or (".",))
        known = statuses(files)
        note(f"watching {count(len(files), 'file and folder', 'files and folders')}; ^C stops")
        _wait(known, started)


def _run(run: Callable[..., int], context: click.Context) -> None:
    """Run the command; what a person can correct is shown, and checked again once it is."""
    try:
        run(**context.params)
    except PackagerError as error:
        note(f"error: {error.message}")
        if error.hint:
            note(f"hint: {error.hint}")
    except click.UsageError as error:
        note(f"error: {error.format_message()}")


def _wait(known: dict[str, tuple[int, int, int, int] | None], started: int) -> None:
    """Return when a place has changed since the command began to read."""
    settled = are_settled(known, started)
    while True:
        time.sleep(_SECONDS)
        if not settled or statuses(known) != known:
            return


def _configurations(paths: tuple[str, ...]) -> set[str]:
    """The configuration of each PATH, the folders in which one could appear, and the baselines that it names."""
    places: set[str] = set()
    for path in paths:
        start = Path(os.path.abspath(path))  # noqa: PTH100 - links are kept
        found = config.find(start)
        top = found.parent if found is not None else None
        for folder in (start, *start.parents):
            places.add(str(folder))
            if folder == top or os.path.lexists(folder / ".git"):
                break
        if found is not None:
            places.add(str(found))
    return places
