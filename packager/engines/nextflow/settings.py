"""The config of a pipeline as a whole: its parameters, process directives, selectors, profiles, plugins and includes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from packager.engines.nextflow.evaluation import Environment, evaluate
from packager.engines.nextflow.sources import base_names
from packager.engines.nextflow.syntax import (
    Expression,
    Name,
    Property,
)
from packager.engines.nextflow.values import UNKNOWN, Budget

NEXTFLOW_VERSION = "manifest.nextflowVersion"


@dataclass(frozen=True, slots=True)
class ConfigSetting:
    """A setting with its value as written; `conditional`: it is only made in some cases; `profile`: the one that makes it."""

    path: str
    value: Expression
    start: int
    end: int
    conditional: bool = False
    profile: str = ""


@dataclass(frozen=True, slots=True)
class Selector:
    """`withName: pattern { ... }` or `withLabel`, with its settings by dotted name, and where it is written."""

    kind: str
    pattern: str
    settings: dict[str, ConfigSetting]
    path: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ConfigUse:
    """An `includeConfig`: `target` is the tree path, URL or text; `kind` is `included`, `missing`, `remote`, `outside` or `unknown`.

    `tried`: it stands in a `try`, and its failure does no harm.
    """

    path: str
    start: int
    end: int
    target: str
    kind: str
    conditional: bool
    profile: str
    tried: bool = False


@dataclass(frozen=True, slots=True)
class Plugin:
    """`id 'name@version'`; `version` is "" where none is given."""

    name: str
    version: str
    path: str
    start: int
    end: int


@dataclass(slots=True)
class Settings:
    """What a pipeline's configs come to.

    `params` are values (or `UNKNOWN`) by name, `param_settings` where each was set last; `process` and `selectors` hold process
    directives; `others` everything else by dotted name. `profiles` are all that are defined, with the place of the first.
    """

    params: dict[str, object] = field(default_factory=dict)
    param_settings: dict[str, ConfigSetting] = field(default_factory=dict)
    process: dict[str, ConfigSetting] = field(default_factory=dict)
    selectors: list[Selector] = field(default_factory=list)
    others: dict[str, ConfigSetting] = field(default_factory=dict)
    profiles: dict[str, ConfigSetting] = field(default_factory=dict)
    applied: tuple[str, ...] = ()
    plugins: list[Plugin] = field(default_factory=list)
    includes: list[ConfigUse] = field(default_factory=list)
    # The configs in the order in which they are read first.
    files: list[str] = field(default_factory=list)
    # The engine version as it was set before another config set another.
    overridden: ConfigSetting | None = None
    budget: Budget = field(default_factory=Budget)
    # Whether configs were left out, because they are too many or nested too deeply.
    shortened: bool = False

    def environment(self, names: Mapping[str, object] | None = None, path: str = "") -> Environment:
        """What code may refer to: the parameters, and these names (those of every config and script where none are given)."""
        return Environment(self.params, base_names() if names is None else names, path, budget=self.budget)

    def value(self, name: str, environment: Environment) -> object:
        """What a setting outside of `params` and `process` comes to; None where it is not made."""
        setting = self.others.get(name)
        if setting is None:
            return None
        return UNKNOWN if setting.conditional else evaluate(setting.value, environment)


def dotted(target: Expression) -> tuple[str, ...]:
    """`a.b.c` as its parts; () for anything else, a single name too."""
    parts: list[str] = []
    while isinstance(target, Property):
        parts.append(target.name)
        target = target.target
    if not isinstance(target, Name):
        return ()
    return (target.name, *reversed(parts)) if parts else ()
