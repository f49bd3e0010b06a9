"""A call: the values of its arguments, and the settings that they and the environment make."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from packager.app.load import today
from packager.app.session import Session
from packager.errors import PackagerError
from packager.mcp.places import require_inside
from packager.render.next_steps import WorkflowNames
from packager.settings.choice import Caller
from packager.settings.defaults import LINT_DEFAULTS, default_values
from packager.settings.layers import ENVIRONMENT, OptionValue
from packager.shell import quoted

_CALL = "the call"
_PATHS = ("parameter_template", "container_registry_map", "run_parameters")
# Settings that the next command needs as well, by their options.
_CARRIED = {
    "engine": "--engine",
    "main": "--main",
    "target": "--target",
    "region": "--region",
    "account": "--account",
    "nextflow_profile": "--nextflow-profile",
    "parameter_template": "--parameter-template",
    "container_registry_map": "--container-registry-map",
}
_NAMING = ("engine", "main", "target", "nextflow_profile")  # what every command that reads a workflow accepts


@dataclass(frozen=True, slots=True)
class Call:
    """The arguments of a call by name, and `path` relative to the current folder, which is a root.

    `own_folder` is a folder for files of the call's own; the call may take `seconds`. `session` has what earlier calls found.
    """

    arguments: Mapping[str, object]
    path: str | None
    own_folder: str
    seconds: float
    session: Session

    def text(self, name: str) -> str | None:
        """The value of an argument that is a string; None if it was omitted."""
        value = self.arguments.get(name)
        return value if isinstance(value, str) else None

    def number(self, name: str, default: int) -> int:
        """The value of an argument that is an integer."""
        value = self.arguments.get(name)
        return value if isinstance(value, int) else default

    @property
    def files(self) -> dict[str, str]:
        """The texts of the call by their paths; empty if it has none."""
        value = self.arguments.get("files")
        return value if isinstance(value, dict) else {}

    @property
    def is_on_disk(self) -> bool:
        """Whether a command line can name the workflow: it is on the disk as it is checked."""
        return not self.files

    def names(self) -> WorkflowNames:
        """How the next command names the workflows, relative to the root."""
        options = tuple((option, str(value)) for name, option in _CARRIED.items() if (value := self.text(name)))
        return WorkflowNames((self.path,) if self.path is not None else (), options)

    def words(self) -> str:
        """The words of a command line that name the workflows, for commands in hints."""
        options = [
            (option, value) for name, option in _CARRIED.items() if name in _NAMING and (value := self.text(name))
        ]
        return " ".join([quoted(self.path or "."), *(f"{option} {quoted(value)}" for option, value in options)])

    def caller(self, more: Mapping[str, OptionValue] | None = None) -> Caller:
        """What the call and the environment set; `more` are further settings, those of a submission.

        Raises:
            PackagerError: a file is outside of the roots, or the target needs a workflow on disk.
        """
        if self.files and self.path is None and self.text("target") is not None:
            raise PackagerError(
                "`target` needs `path`: it is in a packager.toml on disk", "pass `path`, or omit `target`"
            )
        for name in _PATHS:
            if (path := self.text(name)) is not None:
                require_inside(path)
        values = _of_server()
        values |= {name: OptionValue(value, _CALL) for name in LINT_DEFAULTS if (value := self._set(name)) is not None}
        values |= more or {}
        if more:  # what asks AWS uses the default profile if none is named
            del values["online"]
        return Caller(values=values, target=self.text("target"))

    def _set(self, name: str) -> object:
        value = self.arguments.get({"selected": "select", "ignored": "ignore"}.get(name, name))
        return tuple(value) if isinstance(value, list) else value


def _of_server() -> dict[str, OptionValue]:
    """The defaults, and what the environment of the server sets; the day is that of the call, because a server can outlive a day."""
    values = default_values()
    if values["as_of"].value is None:
        values["as_of"] = OptionValue(today(), ENVIRONMENT)
    if profile := os.environ.get("AWS_PROFILE"):
        values["profile"] = OptionValue(profile, ENVIRONMENT, ambient=True)
    return values
