"""Reads the configs of a pipeline as Nextflow does: includes followed, profiles applied, later settings over earlier ones."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from packager.engines.nextflow.choices import possible_values
from packager.engines.nextflow.configs import SELECTORS
from packager.engines.nextflow.evaluation import SERVICE_VARIABLES, Environment, evaluate
from packager.engines.nextflow.possible_paths import deciding_parameters, kind_of_beginning, matching_files
from packager.engines.nextflow.settings import (
    NEXTFLOW_VERSION,
    ConfigSetting,
    ConfigUse,
    Plugin,
    RunParams,
    Selector,
    Settings,
    split_dotted,
)
from packager.engines.nextflow.sources import PipelineSources, base_names, locate
from packager.engines.nextflow.syntax import (
    Assignment,
    ClosureLiteral,
    ConfigAssignment,
    ConfigBlock,
    ConfigInclude,
    Declaration,
    Expression,
    ExpressionStatement,
    Function,
    FunctionCall,
    If,
    Literal,
    MapLiteral,
    Name,
    Statement,
    Try,
)
from packager.engines.nextflow.values import UNKNOWN, is_computable, is_true
from packager.engines.references import ReferenceKind

_MAX_INCLUDES = 500
_MAX_LEVELS = 120  # of blocks and included configs inside each other
_MAX_VARIABLES = 300
_FIXED_NAMES = frozenset({*base_names(), *SERVICE_VARIABLES, "params", "workflow", "nextflow", "manifest", "task"})
_UNKNOWN_VALUE = Name("", 0, 0)  # a name that nothing defines
_SERVICE = {name: f"${{{name}}}" for name in SERVICE_VARIABLES}


def read_settings(sources: PipelineSources, path: str, profiles: Iterable[str] = ()) -> Settings:
    """The settings of the config at `path`, with these profiles applied; without any, with `standard` if it is defined.

    The configs that other profiles include are read too, so that they are in the package, but their settings are not applied.
    """
    reader = _ConfigReader(sources)
    reader.read_file(path, ())
    chosen = tuple(profiles) or ("standard",)
    reader.settings.applied = tuple(name for name in reader.bodies if name in chosen)
    for name in reader.settings.applied:
        reader.apply_profile(name)
    reader.dry = True
    for name in [name for name in reader.bodies if name not in chosen]:
        reader.apply_profile(name)
    return reader.settings


class _ConfigReader:
    """Walks configs in the order in which Nextflow reads them."""

    def __init__(self, sources: PipelineSources) -> None:
        self.sources = sources
        self.settings = Settings(params=RunParams(sources.given))
        self.bodies: dict[str, list[tuple[tuple[Statement, ...], str]]] = {}
        self.names: dict[str, object] = {**base_names(), **_SERVICE}
        # The variables at this place, which settings keep: a new mapping for each change.
        self.variables: dict[str, object] = {}
        self.home = ""
        self.open: list[str] = []
        self.profile = ""
        self.conditional = 0
        self.deciding: tuple[str, ...] = ()  # the parameters of the `if`s around this place
        self.tried = 0
        self.levels = 0
        self.dry = False  # collect files, not settings

    def read_file(self, path: str, prefix: tuple[str, ...]) -> None:
        """Read one config; the sources report what cannot be read."""
        if path in self.open:
            return
        if len(self.settings.includes) > _MAX_INCLUDES:
            self.settings.shortened = True
            return
        if self.settings.budget.is_spent and path in self.settings.files:
            return  # its values would be unknown
        config = self.sources.config(path)
        if config is None:
            return
        if not self.settings.files:
            self.home = posixpath.dirname(path)
        if path not in self.settings.files:
            self.settings.files.append(path)
            if self.dry and self.profile:
                self.settings.only_with[path] = self.profile
        self.open.append(path)
        self.read_statements(config.statements, prefix)
        self.open.pop()

    @property
    def path(self) -> str:
        """The config that is being read."""
        return self.open[-1]

    def environment(self) -> Environment:
        """The environment at this point of the config."""
        return self.settings.environment(self.names, self.path)

    def apply_profile(self, profile: str) -> None:
        """Read the body of a profile."""
        self.profile = profile
        for statements, path in self.bodies[profile]:
            self.open.append(path)
            self.read_scope(statements, ())
            self.open.pop()
        self.profile = ""

    def read_statements(self, statements: Iterable[Statement], prefix: tuple[str, ...]) -> None:
        """Read the statements of a config, or of a block with the dotted name `prefix`."""
        if self.levels >= _MAX_LEVELS:
            self.settings.shortened = True
            return
        self.levels += 1
        for statement in statements:
            self.read_statement(statement, prefix)
        self.levels -= 1

    def read_statement(self, statement: Statement, prefix: tuple[str, ...]) -> None:
        """Read one statement of a config, or of a block with the dotted name `prefix`."""
        match statement:
            case ConfigAssignment():
                self.add_setting((*prefix, *statement.path), statement.value, statement.start, statement.end)
                if len(statement.path) == 1 and not isinstance(statement.value, ClosureLiteral):
                    self.name_setting(statement.path[0], statement.value, prefix)
            case ConfigBlock():
                self.read_block(statement, prefix)
            case ConfigInclude():
                self.read_include(statement, prefix)
            case If():
                self.read_branches(statement, prefix)
            case Try():
                self.tried += 1
                self.read_statements(statement.body, prefix)
                self.tried -= 1
            case Assignment():
                if path := split_dotted(statement.target):
                    self.add_setting((*prefix, *path), statement.value, statement.start, statement.end)
                elif isinstance(statement.target, Name) and not isinstance(statement.value, ClosureLiteral):
                    value = statement.value if statement.operator == "=" else _UNKNOWN_VALUE
                    self.name_setting(statement.target.name, value, prefix)
            case Declaration() if len(statement.names) == 1 and statement.value is not None:
                self.set_variable(statement.names[0].name, statement.value)
            case Function():
                self.names.setdefault(statement.name, UNKNOWN)
            case _:
                pass

    def set_variable(self, name: str, expression: Expression) -> None:
        """Set a variable of the config; in a branch that may not be taken, it has a value only if it is the one from before."""
        if name in _FIXED_NAMES or (name not in self.names and len(self.names) > _MAX_VARIABLES):
            return
        value = evaluate(expression, self.environment())
        if self.conditional and not _are_alike(self.names.get(name, UNKNOWN), value):
            value = UNKNOWN
        self.names[name] = value
        self.variables = {**self.variables, name: value}

    def name_setting(self, name: str, value: Expression, prefix: tuple[str, ...]) -> None:
        """Up to 25.10, the settings after one at the top level or in `params` may refer to it by its name alone."""
        if not prefix:
            self.set_variable(name, value)
        elif prefix == ("params",) and name not in self.names and len(self.names) <= _MAX_VARIABLES:
            self.names[name] = self.settings.params.get(name) or UNKNOWN

    def read_scope(self, statements: Iterable[Statement], prefix: tuple[str, ...]) -> None:
        """Read the statements of a block, whose variables end with it."""
        names, variables = dict(self.names), self.variables
        self.read_statements(statements, prefix)
        self.names, self.variables = names, variables

    def read_branches(self, statement: If, prefix: tuple[str, ...]) -> None:
        """Read the branch of a legacy `if` that applies, or both if that is unknown."""
        environment = self.environment()
        condition = evaluate(statement.condition, environment)
        if condition is not UNKNOWN:
            branch, other = statement.then, statement.otherwise
            if not is_true(condition):
                branch, other = other, branch
            outer = self.deciding
            self.deciding = tuple(dict.fromkeys((*outer, *deciding_parameters(environment.used, self.settings))))
            self.read_statements(branch, prefix)
            self.deciding = outer
            for unused in other if environment.used else ():
                if isinstance(unused, ConfigInclude):
                    self.add_possible(unused.source, unused.start)
            return
        self.conditional += 1
        self.read_statements(statement.then, prefix)
        self.read_statements(statement.otherwise, prefix)
        self.conditional -= 1

    def read_block(self, block: ConfigBlock, prefix: tuple[str, ...]) -> None:
        """Read a block: a scope, a selector, the profiles or the plugins."""
        if block.selector or (prefix == ("process",) and block.name.startswith("$")):
            self.read_selector(block, prefix)
        elif not prefix and block.name == "profiles":
            for statement in block.statements:
                if isinstance(statement, ConfigBlock):
                    self.bodies.setdefault(statement.name, []).append((statement.statements, self.path))
                    definition = ConfigSetting(
                        self.path,
                        Literal(statement.name, statement.start, statement.end),
                        statement.start,
                        statement.start + len(statement.name),
                    )
                    self.settings.profiles.setdefault(statement.name, definition)
                elif isinstance(statement, ConfigInclude):
                    self.read_include(statement, ("profiles",))
        elif prefix == ("profiles",):
            self.bodies.setdefault(block.name, []).append((block.statements, self.path))
        elif not prefix and block.name == "plugins":
            self.read_plugins(block.statements)
        else:
            self.read_scope(block.statements, (*prefix, block.name))

    def read_selector(self, block: ConfigBlock, prefix: tuple[str, ...]) -> None:
        """Read the settings of a selector, apart from those for all processes."""
        kind, pattern = block.selector or "withName", block.name.lstrip("$")
        outer, self.settings.process = self.settings.process, {}
        before = self.settings.selectors
        self.settings.selectors = []
        self.read_scope(block.statements, ("process",) if not prefix or prefix[0] == "process" else prefix)
        settings, nested = self.settings.process, self.settings.selectors
        self.settings.process, self.settings.selectors = outer, before
        if not self.dry:
            self.settings.selectors += [Selector(kind, pattern, settings, self.path, block.start, block.end), *nested]

    def read_plugins(self, statements: Iterable[Statement]) -> None:
        """Read the declarations of plugins."""
        for statement in statements:
            if isinstance(statement, ExpressionStatement) and isinstance(statement.expression, FunctionCall):
                call = statement.expression
                text = evaluate(call.arguments[0], self.environment()) if call.arguments else None
                if isinstance(text, str) and not self.dry:
                    name, _, version = text.partition("@")
                    self.settings.plugins.append(Plugin(name, version, self.path, call.start, call.end))

    def read_include(self, statement: ConfigInclude, prefix: tuple[str, ...]) -> None:
        """Follow an `includeConfig` to its target, or to all possible targets if only a run decides."""
        environment = self.environment()
        values, complete = possible_values(statement.source, environment)
        targets = [value for value in values if isinstance(value, str)]
        depends_on = deciding_parameters(environment.used, self.settings)
        uncertain = len(targets) > 1 or not complete
        for target in targets:
            self.conditional += uncertain
            self.follow_include(statement, target, prefix, depends_on)
            self.conditional -= uncertain
        if not targets:
            text = self.sources.written(self.path, statement.source.start, statement.source.end)
            kind = kind_of_beginning(statement.source, self.environment(), self.settings)
            self.record_include(statement, text.strip("\"'") if kind != "unknown" else text, kind, depends_on)
        if environment.used or not complete:
            self.add_possible(statement.source, statement.start)

    def add_possible(self, source: Expression, start: int) -> None:
        """Add the configs that an include names if a run sets the parameters in it differently."""
        open_environment = Environment({}, dict(self.names), self.path, budget=self.settings.budget)
        values, _ = possible_values(source, open_environment)
        paths = list(matching_files(source, self.environment(), self.settings, self.sources, self.home, ".config"))
        for value in values:
            resolved = locate(value, self.path, self.home) if isinstance(value, str) else None
            if resolved is not None and resolved.kind is ReferenceKind.LOCAL and self.sources.exists(resolved.path):
                paths.append(resolved.path)
        before = self.path
        for path in paths:
            if path in self.settings.possible or len(self.settings.possible) > _MAX_INCLUDES:
                continue
            self.settings.possible[path] = (before, start)
            config = self.sources.config(path)
            self.open.append(path)
            for statement in config.statements if config is not None else ():
                if isinstance(statement, ConfigInclude) and len(self.open) < _MAX_LEVELS:
                    self.add_possible(statement.source, statement.start)
            self.open.pop()

    def follow_include(
        self, statement: ConfigInclude, target: str, prefix: tuple[str, ...], depends_on: tuple[str, ...]
    ) -> None:
        """Follow an include to one target."""
        if target == "/dev/null":
            return
        resolved = locate(target, self.path, self.home)
        if resolved.kind is not ReferenceKind.LOCAL:
            kind, target = resolved.kind.value, resolved.path or target
            if resolved.kind is ReferenceKind.OUTSIDE and not self.sources.exists_outside(resolved.path):
                kind = "missing"  # it is not there, however far it climbs
            self.record_include(statement, target, kind, depends_on)
        elif not self.sources.exists(resolved.path):
            self.sources.lookups.add(resolved.path)
            self.record_include(statement, resolved.path, "missing", depends_on)
        else:
            self.record_include(statement, resolved.path, "included", depends_on)
            self.read_file(resolved.path, prefix)

    def record_include(self, statement: ConfigInclude, target: str, kind: str, depends_on: tuple[str, ...]) -> None:
        """Record an include."""
        self.settings.includes.append(
            ConfigUse(
                self.path,
                statement.start,
                statement.end,
                target,
                kind,
                bool(self.conditional),
                self.profile,
                bool(self.tried),
                depends_on,
                self.deciding,
                self.switch_of(statement.source) if kind == "remote" else "",
            )
        )

    def switch_of(self, source: Expression) -> str:
        """The parameter that makes a path lead to no remote file if it is empty; "" if none does."""
        environment = self.environment()
        possible_values(source, environment)
        for name in sorted(environment.used):
            params = {**self.settings.params, name: ""}
            without = Environment(params, self.names, self.path, budget=self.settings.budget)
            values, complete = possible_values(source, without)
            if complete and all(self.is_local(value) for value in values):
                return name
        return ""

    def is_local(self, target: object) -> bool:
        """Whether the target of an include is a path of the repository, or no file at all."""
        if not isinstance(target, str) or not target:
            return False
        return target == "/dev/null" or locate(target, self.path, self.home).kind is ReferenceKind.LOCAL

    def add_setting(self, path: tuple[str, ...], value: Expression, start: int, end: int) -> None:
        """Add a setting."""
        if self.dry:
            if path[0] == "process" and path[-1] == "container" and self.profile not in self.settings.image_profiles:
                self.settings.image_profiles.append(self.profile)
            if ".".join(path) == NEXTFLOW_VERSION and self.profile not in self.settings.version_profiles:
                self.settings.version_profiles.append(self.profile)
            return
        setting = ConfigSetting(self.path, value, start, end, bool(self.conditional), self.profile, self.variables)
        scope, rest = path[0], path[1:]
        if scope == "params" and rest:
            self.add_param(rest, setting)
        elif scope == "params" and isinstance(value, MapLiteral):
            for entry in value.entries:
                if isinstance(entry.key, Literal) and isinstance(entry.key.value, str):
                    self.add_setting(("params", entry.key.value), entry.value, entry.start, entry.end)
        elif scope == "process" and rest:
            self.add_directive(rest, setting)
        elif scope == "profiles" and len(rest) > 1:
            body = ConfigAssignment(rest[1:], value, start, end)
            self.bodies.setdefault(rest[0], []).append(((body,), self.path))
        else:
            name = ".".join(path)
            before = self.settings.others.get(name)
            if name == NEXTFLOW_VERSION and before is not None and before.path != self.path:
                self.settings.overridden = before
            self.settings.others[name] = setting

    def add_param(self, rest: tuple[str, ...], setting: ConfigSetting) -> None:
        """Add the default of a parameter; the default of a nested parameter becomes part of a map."""
        value = evaluate(setting.value, self.environment())
        if setting.conditional and not _are_alike(self.settings.params.get(rest[0], value), value):
            value = UNKNOWN
        if len(rest) == 1:
            self.settings.params[rest[0]] = value
        else:
            outer = self.settings.params.get(rest[0])
            self.settings.params[rest[0]] = inner = dict(outer) if isinstance(outer, dict) else {}
            for name in rest[1:-1]:
                below = inner.get(name)
                inner[name] = inner = dict(below) if isinstance(below, dict) else {}
            inner[rest[-1]] = value
        if len(rest) == 1 or rest[0] not in self.settings.param_settings:
            self.settings.param_settings[rest[0]] = setting

    def add_directive(self, rest: tuple[str, ...], setting: ConfigSetting) -> None:
        """Add a directive of all processes, or of the processes of a dotted selector."""
        for kind in SELECTORS:
            if rest[0] == kind and len(rest) > 2:
                self.add_selector(kind, rest[1], rest[2:], setting)
                return
            if rest[0].startswith(f"{kind}:") and len(rest) > 1:
                self.add_selector(kind, rest[0].partition(":")[2].strip(), rest[1:], setting)
                return
        if rest[0].startswith("$") and len(rest) > 1:
            self.add_selector("withName", rest[0][1:], rest[1:], setting)
            return
        self.settings.process[".".join(rest)] = setting

    def add_selector(self, kind: str, pattern: str, rest: tuple[str, ...], setting: ConfigSetting) -> None:
        """Add a selector with one directive, written as an assignment."""
        settings = {".".join(rest): setting}
        self.settings.selectors.append(Selector(kind, pattern, settings, setting.path, setting.start, setting.end))


def _are_alike(before: object, value: object) -> bool:
    return before is value or (is_computable(before) and is_computable(value) and bool(before == value))
