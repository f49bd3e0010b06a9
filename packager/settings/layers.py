"""The layers behind the settings: what the caller sets, then the environment, then the target, then the workflow, then defaults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from packager.findings.overrides import NO_POLICY
from packager.project.config import Config

COMMAND_LINE = "the command line"
ENVIRONMENT = "the environment"
DEFAULT = "default"
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


def layered(values: Mapping[str, OptionValue], layers: Sequence[Layer]) -> dict[str, OptionValue]:
    """The value of each parameter: the caller's or the environment's, else from the first layer that has it, else the default."""
    return {name: _first(name, value, layers) for name, value in values.items()}


def _first(name: str, value: OptionValue, layers: Sequence[Layer]) -> OptionValue:
    if value.origin != DEFAULT:
        return value
    key = key_of(name)
    return next((layer[key] for layer in layers if key in layer), value)


def key_of(parameter: str) -> str:
    """The configuration's name of an option's parameter."""
    return _KEYS.get(parameter, parameter.replace("_", "-"))
