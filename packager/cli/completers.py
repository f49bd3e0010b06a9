"""Shell completion of files, the names in packager.toml, and codes. It is fast, and reports no errors.

Commands do not depend on it: the completer of a parameter is chosen by its name, only when a shell asks.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from packager.healthomics import limits
from packager.jsondoc import schemas
from packager.project import config

Completer = Callable[[click.Context, str], Iterable[CompletionItem]]

# Only plain words are offered: a configuration may come from anywhere, and a shell would interpret other characters.
_WORD = re.compile(r"\w[\w.@:+-]*")
_BASH = "bash_complete"
_NO_CONFIGURATION = config.Config("", Path())


def attach(command: click.Command) -> None:
    """Add completion to the parameters of a command, and of its subcommands."""
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            attach(inner)
    for parameter in command.params:
        completer = _completer(parameter)
        if completer is not None:
            parameter.type = _Completed(completer)


class _Completed(click.types.StringParamType):
    """A string with a completer."""

    def __init__(self, completer: Completer) -> None:
        self._completer = completer

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        try:
            return list(self._completer(ctx, incomplete))
        except Exception:  # noqa: BLE001 - an error must not be printed into the user's command line
            return []


def _completer(parameter: click.Parameter) -> Completer | None:
    if parameter.name in _COMPLETERS:
        return _COMPLETERS[parameter.name]
    metavar = parameter.metavar or ""
    return _files if metavar.strip("[].") in ("FILE", "PATH") and not isinstance(parameter.type, click.Choice) else None


def _files(_: click.Context, incomplete: str) -> Iterable[CompletionItem]:
    yield CompletionItem(incomplete, type="file")


def _workflows(_: click.Context, incomplete: str) -> Iterable[CompletionItem]:
    """Files, and the workflows of packager.toml. Bash gets one kind: files, unless only a name matches."""
    names = list(_beginning(incomplete, _configured().workflows))
    folder, begun = os.path.split(incomplete)
    only_names = bool(incomplete) and not any(name.startswith(begun) for name in _names_in(folder))
    if names and (only_names or not _in_bash()):
        yield from names
    if not names or not (_in_bash() and only_names):
        yield CompletionItem(incomplete, type="file")


def _targets(_: click.Context, incomplete: str) -> Iterable[CompletionItem]:
    yield from _beginning(incomplete, _configured().targets)


def _codes(_: click.Context, incomplete: str) -> Iterable[CompletionItem]:
    """Codes and families; the last of those that are separated by commas is completed."""
    before, comma, begun = incomplete.rpartition(",")
    for code in schemas.load("packager")["$defs"]["code"]["enum"]:
        if code.startswith(begun.upper()):
            yield CompletionItem(f"{before}{comma}{code}")


def _one_of(*values: str) -> Completer:
    def complete(_: click.Context, incomplete: str) -> Iterable[CompletionItem]:
        yield from _beginning(incomplete, values)

    return complete


_COMPLETERS: dict[str | None, Completer] = {
    "path": _workflows,
    "paths": _workflows,
    "main": _files,
    "target": _targets,
    "selected": _codes,
    "ignored": _codes,
    "code": _codes,
    "engine": _one_of(*limits.ENGINES),
    "region": _one_of(*limits.REGIONS),
    "storage_type": _one_of(*limits.STORAGE_TYPES),
    "accelerators": _one_of(*limits.ACCELERATORS),
}


def _beginning(incomplete: str, values: Iterable[str]) -> Iterable[CompletionItem]:
    for value in values:
        if value.startswith(incomplete) and _WORD.fullmatch(value):
            yield CompletionItem(value)


def _configured() -> config.Config:
    """The configuration of the current folder; an empty one if it is invalid."""
    path = config.find(Path.cwd())
    try:
        return config.load(path) if path is not None else _NO_CONFIGURATION
    except config.ConfigError:
        return _NO_CONFIGURATION


def _names_in(folder: str) -> list[str]:
    try:
        return os.listdir(folder or ".")  # noqa: PTH208 - only names are needed
    except OSError:
        return []


def _in_bash() -> bool:
    return os.environ.get("_PACKAGER_COMPLETE") == _BASH
