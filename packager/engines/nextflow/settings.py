"""The config of a pipeline as a whole: its parameters, process directives, selectors, profiles, plugins and includes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
    """A setting with its value as written; `conditional`: an `if` decides whether it applies; `profile`: the profile that it is in.

    `variables` are the variables of the config at this place.
    """

    path: str
    value: Expression
    start: int
    end: int
    conditional: bool = False
    profile: str = ""
    variables: Mapping[str, object] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Selector:
    """`withName: pattern { ... }` or `withLabel`, with its settings by dotted name, and its place."""

    kind: str
    pattern: str
    settings: dict[str, ConfigSetting]
    path: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ConfigUse:
    """An `includeConfig`.

    `target` is the tree path, the URL or the expression; `kind` is `included`, `missing`, `remote`, `absolute`, `outside` (of the tree) or
    `unknown`.
    `tried`: it is inside a `try`, so that its failure does no harm. `depends_on` are the parameters that decide on the target, `decided_by`
    those of an `if` around it, and `switch` is the one that turns off a remote config if it is empty.
    """

    path: str
    start: int
    end: int
    target: str
    kind: str
    conditional: bool
    profile: str
    tried: bool = False
    depends_on: tuple[str, ...] = ()
    decided_by: tuple[str, ...] = ()
    switch: str = ""

    @property
    def is_certain(self) -> bool:
        """Whether every run includes this config, and fails if it cannot."""
        return not (self.conditional or self.depends_on or self.decided_by or self.tried)

    @property
    def is_unread(self) -> bool:
        """Whether its settings are unknown: only a run knows the config, or it surely cannot be read."""
        return self.kind == "unknown" or (self.kind in ("missing", "outside") and self.is_certain)


@dataclass(frozen=True, slots=True)
class Plugin:
    """`id 'name@version'`; `version` is empty if omitted."""

    name: str
    version: str
    path: str
    start: int
    end: int


class RunParams(dict[str, object]):
    """The values of parameters; those that a run has given stay, even if configs and scripts set others."""

    def __init__(self, given: Mapping[str, object]) -> None:
        super().__init__(given)
        self._given = frozenset(given)

    def __setitem__(self, name: str, value: object) -> None:
        if name not in self._given:
            super().__setitem__(name, value)


@dataclass(slots=True)
class Settings:
    """The result of reading all configs of a pipeline.

    `params` are values (or `UNKNOWN`) by name, `param_settings` the last setting of each; `process` and `selectors` hold process
    directives; `others` everything else by dotted name. `profiles` are all that are defined, each with its first definition.
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
    # The configs, in the order of their first reading.
    files: list[str] = field(default_factory=list)
    # The configs that only a run with a profile reads, each with the first such profile.
    only_with: dict[str, str] = field(default_factory=dict)
    # The profiles that are not applied and set the image of processes, in order.
    image_profiles: list[str] = field(default_factory=list)
    # The profiles that are not applied and set the engine version, in order.
    version_profiles: list[str] = field(default_factory=list)
    # The configs that are not read, but may be if a run sets parameters, each with the place of the `includeConfig`.
    possible: dict[str, tuple[str, int]] = field(default_factory=dict)
    # The setting of the engine version that a later config replaces.
    overridden: ConfigSetting | None = None
    budget: Budget = field(default_factory=Budget)
    # Whether configs were skipped because they are too many or nested too deeply.
    shortened: bool = False

    def environment(self, names: Mapping[str, object] | None = None, path: str = "") -> Environment:
        """The environment for code: the parameters, and `names` (if omitted, the names that every config and script has)."""
        return Environment(self.params, base_names() if names is None else names, path, budget=self.budget)

    def only_in_profile(self, path: str) -> str:
        """The end of a message about a config that only a run with a profile reads; "" for all other files."""
        return f" (read only with the profile `{self.only_with[path]}`)" if path in self.only_with else ""

    def value(self, name: str, environment: Environment) -> object:
        """The value of a setting outside `params` and `process`; None if it is not set."""
        setting = self.others.get(name)
        if setting is None:
            return None
        return UNKNOWN if setting.conditional else evaluate(setting.value, environment.with_names(setting.variables))

    def of_profiles(self) -> Iterator[tuple[str, ConfigSetting]]:
        """The settings of the applied profiles that no later one replaces, each with its dotted name."""
        directives = [self.process, *(selector.settings for selector in self.selectors)]
        named = [(f"params.{name}", setting) for name, setting in self.param_settings.items()]
        named += [(f"process.{name}", setting) for settings in directives for name, setting in settings.items()]
        yield from ((name, setting) for name, setting in (*named, *self.others.items()) if setting.profile)


def split_dotted(target: Expression) -> tuple[str, ...]:
    """The parts of `a.b.c`; () for anything else, including a single name."""
    parts: list[str] = []
    while isinstance(target, Property):
        parts.append(target.name)
        target = target.target
    if not isinstance(target, Name):
        return ()
    return (target.name, *reversed(parts)) if parts else ()
