"""The workflows that a caller names, each with its settings, by `packager.toml`."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from packager.errors import PackagerError, cannot
from packager.files import exists, is_folder, is_special
from packager.healthomics.request_body import read_repository
from packager.jsondoc import schemas
from packager.project import config as configuration
from packager.project.aws_profile import read_profile
from packager.project.config import Config, Setting
from packager.project.keys import KEYS
from packager.settings.account_and_region import check_values
from packager.settings.layers import ConfiguredWorkflow, Layer, OptionValue, layered
from packager.source import NO_OVERLAY, Overlay, open_directory
from packager.source.boundaries import is_too_high
from packager.text import listed

_ASKING = ("online", "stage")  # flags with which a command asks AWS that is offline without them
_REMOTE = ("definition_uri", "definition_repository")
CURRENT_FOLDER = "."
_NAME = re.compile(r"[\w-]+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """What a caller sets: the values of the parameters, the target, and layers that override the configuration.

    A configuration with unsaved text in the `overlay` is read from there.
    """

    values: Mapping[str, OptionValue]
    target: str | None = None
    upper: Sequence[Layer] = ()
    overlay: Overlay = NO_OVERLAY


def choose(path: str, caller: Caller) -> list[ConfiguredWorkflow]:
    """The workflows at PATH with their options: one, or those of the configuration that are below a folder.

    Raises:
        PackagerError: the configuration is invalid, or the target does not exist.
    """
    config = _config(_start(path), caller)
    if config is None or path not in config.workflows:
        path = named_workflow(path) or path
    if config is None:
        return [ConfiguredWorkflow(path, _with_profile(layered(caller.values, caller.upper)))]
    return [_configured(config, name, place, caller) for name, place in _workflows(config, path)]


def choose_without_path(caller: Caller) -> list[ConfiguredWorkflow]:
    """The workflows of the configuration, else the current folder; or a definition on S3 or in a repository, whose path is then empty.

    Raises:
        PackagerError: the configuration is invalid.
    """
    config = _config(_current_folder(), caller)
    lint = [_layer(config, "lint", config.lint)] if config is not None else []
    values = _with_profile(layered(caller.values, [*_upper_layers(config, caller), *lint]))
    if any(name in values and values[name].value is not None for name in _REMOTE):
        return [ConfiguredWorkflow("", values, config, target=caller.target)]
    if config is None or not config.workflows:
        return choose(CURRENT_FOLDER, caller)
    return [_configured(config, name, str(config.workflow_path(name)), caller) for name in sorted(config.workflows)]


def choose_all(paths: Sequence[str], caller: Caller) -> list[ConfiguredWorkflow]:
    """The workflows at all PATHs, each once, in the order of the command line; without a PATH, see `choose_without_path`.

    Raises:
        PackagerError: a configuration is invalid, or has no such target.
    """
    workflows = [each for path in paths for each in choose(path, caller)] if paths else choose_without_path(caller)
    return list({(workflow.path, workflow.name): workflow for workflow in workflows}.values())


def named_workflow(name: str) -> str | None:
    """The main file of the workflow that `packager list` shows under a name in the current folder; None if a path has that name."""
    folder = _current_folder()
    if not _NAME.fullmatch(name) or exists(Path(name)) or is_too_high(folder):
        return None
    from packager.project.discovery import find_all  # noqa: PLC0415 - only for a name

    with suppress(PackagerError):
        discovered = find_all(open_directory(folder, CURRENT_FOLDER), name=folder.name)
        return next((workflow.main_path for workflow in discovered if workflow.name == name), None)
    return None


def _current_folder() -> Path:
    """The current folder, which may have been removed."""
    try:
        return Path.cwd()
    except OSError as error:
        raise cannot("read", "the current folder", error) from error


def _start(path: str) -> Path:
    """Where to look for the configuration of a PATH: there, or in the current folder if it is a name."""
    folder = _current_folder()
    try:
        return Path(path) if Path(path).exists() else folder
    except OSError as error:
        raise cannot("read", f"`{path}`", error) from error


def place_of(path: str) -> str:
    """The path itself, or that of the workflow of `packager.toml` with this name."""
    found = None if exists(Path(path)) else configuration.find(_current_folder())
    config = configuration.load(found) if found is not None else None
    return str(config.workflow_path(path)) if config is not None and path in config.workflows else path


def _config(start: Path, caller: Caller) -> Config | None:
    """The configuration of a place, which must have the target, if one is named."""
    target = caller.target
    path = configuration.find(start, caller.overlay)
    if path is None:
        if target is not None:
            raise PackagerError(
                f"target `{target}` not found: no `{configuration.FILE_NAME}` exists",
                "write one with `packager init`, and add the target to it",
            )
        return None
    config = configuration.load(path, caller.overlay)
    check_codes(_codes(config))
    if target is not None and target not in config.targets:
        names = listed(sorted(config.targets), len(config.targets)) or "none"
        raise PackagerError(f"`{config.path}` has no target `{target}`", f"known targets: {names}")
    return config


def _workflows(config: Config, path: str) -> list[tuple[str, str]]:
    """The workflows at PATH as pairs of a name ("" for one that the configuration does not name) and a path."""
    place = Path(path)
    if not exists(place):
        return [(path, str(config.workflow_path(path)))] if path in config.workflows else [("", path)]
    real = Path(os.path.realpath(place))  # which passes over links that loop
    places = {name: Path(os.path.realpath(config.workflow_path(name))) for name in config.workflows}
    exact = [name for name, own in places.items() if own == real]
    if exact:
        return [(name, path) for name in exact]
    below = [name for name, own in places.items() if is_folder(place) and own.is_relative_to(real)]
    return [(name, str(config.workflow_path(name))) for name in sorted(below)] or [("", path)]


def _configured(config: Config, name: str, path: str, caller: Caller) -> ConfiguredWorkflow:
    layers = _upper_layers(config, caller)
    if name:
        layers.append(_layer(config, f"workflow.{name}", config.workflows[name]))
    layers.append(_layer(config, "lint", config.lint))
    return ConfiguredWorkflow(path, _with_profile(layered(caller.values, layers)), config, name, caller.target)


def _with_profile(values: dict[str, OptionValue]) -> dict[str, OptionValue]:
    """The values with Region and account of the AWS profile where nothing else sets them: a request is checked for where it is sent to.

    A command that asks AWS uses the default profile if none is named; any other command, also with `--local`, only a profile that is named.
    """

    def value(name: str) -> object:
        return values[name].value if name in values else None

    name = value("profile")
    asks = [bool(value(flag)) for flag in _ASKING if flag in values]
    is_offline = bool(value("local")) or (bool(asks) and not any(asks))
    if "profile" not in values or (is_offline and name is None):
        return values
    profile = read_profile(str(name) if name is not None else None)
    origin = f"the AWS profile `{profile.name}`"
    added = {
        "region": profile.region,
        "account": None if value("endpoint_url") or value("storage_url") else profile.account,
    }
    return values | {
        key: OptionValue(text, origin, ambient=True)
        for key, text in added.items()
        if key in values and text and value(key) is None
    }


def _upper_layers(config: Config | None, caller: Caller) -> list[Layer]:
    """The layers above those of a workflow: what the command line brings, and the target."""
    if config is None or caller.target is None:
        return list(caller.upper)
    return [*caller.upper, _layer(config, f"target.{caller.target}", config.targets[caller.target])]


def _layer(config: Config, section: str, settings: Mapping[str, Setting]) -> Layer:
    """A table of the configuration, each value in the form that its option has."""
    layer = {}
    for key, setting in settings.items():
        place = config.place(setting)
        text = setting.value if isinstance(setting.value, str) else ""
        # A pipe on the command line is what the user wants; a pipe in a repository's configuration could block for ever.
        if (_is_path(section, key) or text.startswith("file://")) and is_special(Path(text.removeprefix("file://"))):
            raise PackagerError(f"{place}: `{text}` is not a regular file", f"name a file in `{key}`")
        layer[key] = OptionValue(_as_option(key, setting.value), f"{place}, [{section}]")
    return layer


def _is_path(section: str, key: str) -> bool:
    return KEYS[section.partition(".")[0]][key].kind == "file"


def _as_option(key: str, value: object) -> object:
    """A value of the configuration in the form of its option."""
    if isinstance(value, dict):
        if key == "tags":
            return tuple(sorted(value.items()))
        if key == "definition-repository":
            return read_repository(value)
    return value


def _codes(config: Config) -> Iterator[tuple[str, str]]:
    """The codes that a configuration names, each with its place."""
    for key in ("select", "ignore", "severity", "per-path-ignores"):
        setting = config.lint.get(key)
        if setting is None:
            continue
        groups = (
            setting.value.values() if key == "per-path-ignores" and isinstance(setting.value, dict) else [setting.value]
        )
        for codes in groups:
            if isinstance(codes, Iterable):
                yield from ((str(code), f"{config.place(setting)}, [lint]") for code in codes)


def check_codes(codes: Iterable[tuple[str, str]]) -> None:
    """Check codes, or the first letters of some, each with its place: a mistyped code would silently do nothing.

    Raises:
        PackagerError: no code begins so.
    """
    for code, origin in codes:
        if not code or not any(known.startswith(code) for known in _known_codes()):
            raise PackagerError(f"no code starts with `{code}` (from {origin})", "`packager rules` lists them")


@functools.cache
def _known_codes() -> tuple[str, ...]:
    """All codes, from the schema of the configuration: importing the rules takes a hundred times as long."""
    return tuple(schemas.load("packager")["$defs"]["code"]["enum"])


def check_account_and_region(workflow: ConfiguredWorkflow) -> None:
    """Check the account and the Region of a workflow. Another endpoint than AWS's, such as the emulator, can have any Region.

    Raises:
        PackagerError: one is wrong.
    """
    values = workflow.values

    def value(name: str) -> object:
        return values[name].value if name in values else None

    elsewhere = value("endpoint_url") or value("storage_url") or value("local")
    region = None if elsewhere else values.get("region")
    asks_service = "endpoint_url" in values or any(value(flag) for flag in _ASKING)
    check_values(values.get("account"), region, asks_service=asks_service)
