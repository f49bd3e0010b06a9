"""The layers behind the options: flags, then the environment, then the target, then the workflow, then defaults."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import click
from click.core import ParameterSource

from packager.cli.streams import write_stdout
from packager.findings.overrides import NO_POLICY
from packager.project.config import Config
from packager.project.keys import KEYS
from packager.text import safe

COMMAND_LINE = "the command line"
ENVIRONMENT = "the environment"
# Options whose parameter has another name than their key in the configuration.
_KEYS = {"selected": "select", "ignored": "ignore"}


@dataclass(frozen=True, slots=True)
class OptionValue:
    """The value of an option, and where it came from.

    `ambient`: nobody set it for packager; it is in the environment or in an AWS profile, which other programs use as well.
    """

    value: object
    origin: str
    ambient: bool = False


Layer = Mapping[str, OptionValue]  # by the keys of the configuration


@dataclass(frozen=True, slots=True)
class ConfiguredWorkflow:
    """A workflow to work on: its path, the values of the options for it, its name in the configuration, and the target's."""

    path: str
    values: Mapping[str, OptionValue] = field(default_factory=dict)
    config: Config | None = None
    name: str = ""
    target: str | None = None

    def arguments(self) -> dict[str, object]:
        """The values by the names of parameters, with what the configuration adds (see `LoadOptions`)."""
        return {
            **{name: value.value for name, value in self.values.items()},
            "path": self.path,
            "policy": self.config.policy if self.config else NO_POLICY,
            "policy_folder": str(self.config.folder) if self.config else None,
            "target": self.target is not None,
            "target_name": self.target,
        }


def layered(parameters: Mapping[str, object], layers: Sequence[Layer]) -> dict[str, OptionValue]:
    """The value of each parameter of the current command: from the command line or environment, else from the first layer that has it."""
    context = click.get_current_context()
    values = {}
    for name, value in parameters.items():
        source = context.get_parameter_source(name)
        if source is ParameterSource.COMMANDLINE:
            values[name] = OptionValue(value, COMMAND_LINE)
        elif source is ParameterSource.ENVIRONMENT:
            values[name] = OptionValue(value, ENVIRONMENT, ambient=True)
        else:
            key = _key(name)
            values[name] = next((layer[key] for layer in layers if key in layer), OptionValue(value, "default"))
    return values


def print_values(workflows: Iterable[ConfiguredWorkflow]) -> None:
    """`--show-config`: each value with where it came from."""
    for workflow in workflows:
        title = workflow.path + (f" ([workflow.{workflow.name}])" if workflow.name else "")
        config = workflow.config.path if workflow.config else "no packager.toml"
        write_stdout("".join(f"{safe(line)}\n" for line in (f"# {title}: {config}", *_lines(workflow))))


def _lines(workflow: ConfiguredWorkflow) -> Iterator[str]:
    values = {_key(name): value for name, value in workflow.values.items() if _is_configurable(name)}
    for key, value in sorted(values.items()):
        text = "not set" if value.value in (None, ()) else _plain(value.value)
        yield f"{key} = {text}  # {value.origin}"
    if workflow.config is not None:
        for key in ("severity", "per-path-ignores"):
            setting = workflow.config.lint.get(key)
            if setting is not None:
                yield f"{key} = {_plain(setting.value)}  # {workflow.config.path}:{setting.line}, [lint]"


def _is_configurable(parameter: str) -> bool:
    return any(_key(parameter) in keys for keys in KEYS.values())


def _key(parameter: str) -> str:
    """The configuration's name of an option's parameter."""
    return _KEYS.get(parameter, parameter.replace("_", "-"))


def _plain(value: object) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join("=".join(item) if isinstance(item, tuple) else str(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_plain(inner)}" for name, inner in sorted(value.items())) + "}"
    return str(value)
