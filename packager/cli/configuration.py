"""`packager.toml` behind the options: flags, then the environment, then the target, then the workflow, then defaults."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from packager.cli import cli_input, known_codes
from packager.cli.streams import write_stderr, write_stdout
from packager.cli.values import Given, Layer, Value, read_repository
from packager.errors import PackagerError, cannot
from packager.files import exists, is_folder, is_special
from packager.findings.overrides import NO_POLICY, Policy
from packager.project import config as configuration
from packager.project.config import Config, Setting
from packager.text import safe

# Settings whose option has another form than the configuration's.
_CONVERTED: dict[str, Callable[[Any], Any]] = {
    "tags": lambda value: tuple(sorted(value.items())),
    "definition-repository": read_repository,
}
_ELSEWHERE = ("definition_uri", "definition_repository")


@dataclass(frozen=True, slots=True)
class Configured:
    """A workflow to work on: its path and the options that hold for it, each with its origin."""

    path: str
    values: dict[str, Value] = field(default_factory=dict)
    config: Config | None = None
    name: str = ""

    @property
    def settings(self) -> dict[str, Any]:
        """The options by their parameter names."""
        return {name: one.value for name, one in self.values.items()}


def choose(path: str, settings: dict[str, Any], target: str | None, given: Given = ()) -> list[Configured]:
    """The workflows that PATH means, with their options: one, or those of the configuration that lie below a folder.

    `given` are settings of a file that was named on the command line; they go before the configuration.

    Raises:
        PackagerError: the configuration is wrong, or there is no such target.
    """
    config = _config(_start(path), target)
    if config is None:
        return [Configured(path, _values(settings, given))]
    upper = [*given, *_target_layer(config, target)]
    return [_configured(config, name, where, settings, upper) for name, where in _workflows(config, path)]


def choose_without_path(settings: dict[str, Any], target: str | None, given: Given) -> list[Configured]:
    """The workflows of the configuration, or one whose definition the settings say to lie elsewhere; its path is then empty.

    Raises:
        PackagerError: the configuration is wrong, or there is nothing of either kind.
    """
    config = _config(_here(), target)
    values = _values(settings, [*given, *(_target_layer(config, target) if config else ())])
    if any(values[name].value is not None for name in _ELSEWHERE):
        return [Configured("", values, config)]
    if config is None or not config.workflows:
        raise PackagerError(
            "no PATH was given, and no other place of the definition",
            "give a PATH, `--definition-uri` or `--definition-repository`, or name a workflow in `packager.toml`",
        )
    return _every(config, settings, [*given, *_target_layer(config, target)])


def _here() -> Path:
    """The current folder, which may be gone."""
    try:
        return Path.cwd()
    except OSError as error:
        raise cannot("read", "the current folder", error) from error


def _start(path: str) -> Path:
    """Where to look for the configuration of a PATH: there, or in the current folder if it is a name."""
    here = _here()
    try:
        return Path(path) if Path(path).exists() else here
    except OSError as error:
        raise cannot("read", f"`{path}`", error) from error


def _config(start: Path, target: str | None) -> Config | None:
    """The configuration that holds for a place, which must have the target if one is given."""
    found = configuration.find(start)
    if found is None:
        if target is not None:
            raise PackagerError(f"there is no target `{target}`: no `{configuration.FILE_NAME}` was found")
        return None
    config = configuration.load(found)
    known_codes.check_configuration(config)
    if target is not None and target not in config.targets:
        known = ", ".join(f"`{name}`" for name in sorted(config.targets)) or "none"
        raise PackagerError(f"`{config.path}` has no target `{target}`", f"there is {known}")
    return config


def every_workflow(settings: dict[str, Any], target: str | None) -> list[Configured]:
    """The workflows of the configuration of the current folder.

    Raises:
        PackagerError: there is none.
    """
    config = _config(_here(), target)
    if config is None or not config.workflows:
        raise PackagerError(
            "nothing to check: no PATH was given",
            "give a PATH, or name workflows in `packager.toml` (`[workflow.NAME]`)",
        )
    return _every(config, settings, _target_layer(config, target))


def _every(config: Config, settings: dict[str, Any], upper: Sequence[Layer]) -> list[Configured]:
    return [
        _configured(config, name, str(config.workflow_path(name)), settings, upper) for name in sorted(config.workflows)
    ]


def _workflows(config: Config, path: str) -> list[tuple[str, str]]:
    """What PATH means, as pairs of a workflow's name ("" for one that the configuration does not name) and its path."""
    place = Path(path)
    if not exists(place):
        return [(path, str(config.workflow_path(path)))] if path in config.workflows else [("", path)]
    real = Path(os.path.realpath(place))  # which passes over links that loop
    places = {name: Path(os.path.realpath(config.workflow_path(name))) for name in config.workflows}
    exact = [name for name, one in places.items() if one == real]
    if exact:
        return [(name, path) for name in exact]
    below = [name for name, one in places.items() if is_folder(place) and one.is_relative_to(real)]
    return [(name, str(config.workflow_path(name))) for name in sorted(below)] or [("", path)]


def _configured(config: Config, name: str, path: str, settings: dict[str, Any], upper: Sequence[Layer]) -> Configured:
    layers = list(upper)
    if name:
        layers.append(_section(config, f"workflow.{name}", config.workflows[name]))
    layers.append(_section(config, "lint", config.lint))
    return Configured(path, _values(settings, layers), config, name)


def _target_layer(config: Config, target: str | None) -> list[Layer]:
    return [] if target is None else [_section(config, f"target.{target}", config.targets[target])]


def _section(config: Config, section: str, settings: dict[str, Setting]) -> Layer:
    """A table of the configuration, each value in the form that its option has."""
    layer = {}
    for key, setting in settings.items():
        place = f"{config.path}{f':{setting.line}' if setting.line else ''}"
        text = setting.value if isinstance(setting.value, str) else ""
        # A pipe on the command line is the user's wish; one that a repository names could block for ever.
        if (_is_path(section, key) or text.startswith("file://")) and is_special(Path(text.removeprefix("file://"))):
            raise PackagerError(f"{place}: `{text}` is not a regular file", f"name a file in `{key}`")
        layer[key] = Value(_CONVERTED.get(key, _as_it_is)(setting.value), f"{place}, [{section}]")
    return layer


def _is_path(section: str, key: str) -> bool:
    return configuration.KEYS[section.partition(".")[0]][key].kind == "file"


def _as_it_is(value: Any) -> Any:
    return value


def _values(settings: dict[str, Any], layers: Sequence[Layer]) -> dict[str, Value]:
    context = click.get_current_context()
    found = {}
    for name, value in settings.items():
        source = context.get_parameter_source(name)
        if source is ParameterSource.COMMANDLINE:
            found[name] = Value(value, "the command line")
        elif source is ParameterSource.ENVIRONMENT:
            found[name] = Value(value, "the environment")
        else:
            found[name] = next((layer[_key(name)] for layer in layers if _key(name) in layer), Value(value, "default"))
    return found


def policy_of(config: Config | None) -> Policy:
    """The severities and the per-path ignores of a configuration."""
    if config is None:
        return NO_POLICY
    severities, per_path = config.lint.get("severity"), config.lint.get("per-path-ignores")
    return Policy.of(severities.value if severities else {}, per_path.value if per_path else {})


def applied(function: Callable[..., Any]) -> Callable[..., Any]:
    """A command for one workflow, called with what flags, environment and configuration come to.

    A command with the option `--cli-input` gets what the file says as the `Request` of that name, and may be called without PATH.
    """

    @functools.wraps(function)
    def command(path: str | None, **settings: Any) -> Any:
        target, show = settings.pop("target"), settings.pop("show_config")
        given: Given = ()
        more: dict[str, Any] = {}
        if "cli_input" in settings:
            written = cli_input.read(settings.pop("cli_input"))
            given = (written.layer,)
            if path is not None and written.zip_path is not None:
                raise PackagerError(
                    "there are two definitions: PATH, and the zip in the file of `--cli-input`", "leave one out"
                )
            path = path if path is not None else written.zip_path
            more = {"cli_input": written.request, "target_name": target}
        chosen = (
            choose(path, settings, target, given) if path is not None else choose_without_path(settings, target, given)
        )
        if show:
            print_values(chosen)
            return 0
        if len(chosen) > 1:
            names = ", ".join(f"`{one.name}`" for one in chosen)
            where = f"of `{path}` " if path is not None else ""
            raise PackagerError(f"several workflows {where}may be meant: {names}", "give the name or path of one")
        (one,) = chosen
        _warn_of_region(one, target)
        return function(path=one.path, **one.settings, **load_options(one, target), **more)

    return command


def _warn_of_region(one: Configured, target: str | None) -> None:
    """The environment goes before a target, which for a Region few people mean."""
    value = one.values.get("region")
    if one.config is None or target is None or value is None or value.origin != "the environment":
        return
    meant = one.config.targets[target].get("region")
    if meant is not None and meant.value != value.value:
        said = f"the Region is {value.value}, as the environment says, not the target's {meant.value}"
        write_stderr(f"{safe(said)}\n")


def load_options(one: Configured, target: str | None) -> dict[str, Any]:
    """What `pipeline.load` takes besides the options of a command line."""
    return {
        "policy": policy_of(one.config),
        "policy_folder": str(one.config.folder) if one.config else None,
        "target": target is not None,
    }


def print_values(chosen: list[Configured]) -> None:
    """`--show-config`: each value with where it came from."""
    for one in chosen:
        title = f"{one.path}" + (f" ([workflow.{one.name}])" if one.name else "")
        lines = [f"# {title}: {one.config.path if one.config else 'no packager.toml'}", *_lines(one)]
        write_stdout("".join(f"{safe(line)}\n" for line in lines))


def _lines(one: Configured) -> Iterator[str]:
    for key, value in sorted((_key(name), value) for name, value in one.values.items() if _is_configurable(name)):
        text = "not set" if value.value in (None, ()) else _plain(value.value)
        yield f"{key} = {text}  # {value.origin}"
    if one.config is not None:
        for name in ("severity", "per-path-ignores"):
            setting = one.config.lint.get(name)
            if setting is not None:
                yield f"{name} = {_plain(setting.value)}  # {one.config.path}:{setting.line}, [lint]"


def _is_configurable(name: str) -> bool:
    return any(_key(name) in keys for keys in configuration.KEYS.values())


def _key(parameter: str) -> str:
    """The configuration's name of an option's parameter."""
    return {"chosen": "select", "ignored": "ignore"}.get(parameter, parameter.replace("_", "-"))


def _plain(value: Any) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join("=".join(one) if isinstance(one, tuple) else str(one) for one in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_plain(one)}" for name, one in sorted(value.items())) + "}"
    return str(value)
