"""The values of the options of the current command, with where each came from; and `--show-config`, which prints them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import click
from click.core import ParameterSource

from packager.cli.streams import write_stdout
from packager.project.keys import KEYS
from packager.settings.layers import COMMAND_LINE, DEFAULT, ENVIRONMENT, ConfiguredWorkflow, OptionValue, key_of
from packager.text import safe


def option_values(parameters: Mapping[str, object]) -> dict[str, OptionValue]:
    """The parameters of the current command, each from the command line, the environment or the default."""
    context = click.get_current_context()
    values = {}
    for name, value in parameters.items():
        source = context.get_parameter_source(name)
        if source is ParameterSource.COMMANDLINE:
            values[name] = OptionValue(value, COMMAND_LINE)
        elif source is ParameterSource.ENVIRONMENT:
            values[name] = OptionValue(value, ENVIRONMENT, ambient=True)
        else:
            values[name] = OptionValue(value, DEFAULT)
    return values


def print_values(workflows: Iterable[ConfiguredWorkflow]) -> None:
    """`--show-config`: each value with where it came from."""
    for workflow in workflows:
        title = workflow.path + (f" ([workflow.{workflow.name}])" if workflow.name else "")
        config = workflow.config.path if workflow.config else "no packager.toml"
        write_stdout("".join(f"{safe(line)}\n" for line in (f"# {title}: {config}", *_lines(workflow))))


def _lines(workflow: ConfiguredWorkflow) -> Iterator[str]:
    values = {key_of(name): value for name, value in workflow.values.items() if _is_configurable(name)}
    for key, value in sorted(values.items()):
        text = "not set" if value.value in (None, ()) else _plain(value.value)
        yield f"{key} = {text}  # {value.origin}"
    if workflow.config is not None:
        for key in ("severity", "per-path-ignores"):
            setting = workflow.config.lint.get(key)
            if setting is not None:
                yield f"{key} = {_plain(setting.value)}  # {workflow.config.path}:{setting.line}, [lint]"


def _is_configurable(parameter: str) -> bool:
    return any(key_of(parameter) in keys for keys in KEYS.values())


def _plain(value: object) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join("=".join(item) if isinstance(item, tuple) else str(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_plain(inner)}" for name, inner in sorted(value.items())) + "}"
    return str(value)
