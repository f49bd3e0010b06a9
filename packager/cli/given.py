"""What the user named on the command line, for commands that are printed."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from pathlib import Path

import click
from click.core import ParameterSource

from packager.app.loaded import Loaded
from packager.render.next_steps import CARRIED, WorkflowNames


def given_workflows() -> WorkflowNames:
    """The PATHs of the current command and those of its options that the next command needs, as the user wrote them."""
    context = click.get_current_context(silent=True)
    if context is None:
        return WorkflowNames()
    paths = context.params.get("paths", context.params.get("path"))
    named = paths if isinstance(paths, tuple) else (paths,)
    return WorkflowNames(tuple(str(path) for path in named if path), tuple(_options(context)))


def given_words(names: Collection[str]) -> tuple[str, ...]:
    """Those of these options that the user set on the command line, with their values."""
    context = click.get_current_context(silent=True)
    return tuple(word for pair in _options(context, names) for word in pair if word) if context is not None else ()


def is_next_to_main(file: str, loaded: Loaded, name: str) -> bool:
    """Whether packager finds a file without an option: it is next to the main file and has the usual name."""
    usual = Path(loaded.on_disk(loaded.detection.main)).with_name(name)
    return os.path.realpath(file) == os.path.realpath(usual)


def _options(context: click.Context, names: Collection[str] = CARRIED) -> Iterator[tuple[str, str]]:
    for parameter in context.command.params:
        name = next((option for option in parameter.opts if option in names), None)
        given = context.get_parameter_source(parameter.name or "") is ParameterSource.COMMANDLINE
        if name is None or not given:
            continue
        value = context.params[parameter.name or ""]
        if isinstance(parameter, click.Option) and parameter.is_flag:
            yield name, ""
        else:
            yield from ((name, str(each)) for each in (value if isinstance(value, tuple) else (value,)))
