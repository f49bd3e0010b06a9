"""The values that scripts set at their top level: defaults of parameters, and variables that are set only once."""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass, field

from packager.engines.nextflow.evaluation import Environment, evaluate
from packager.engines.nextflow.settings import Settings, split_dotted
from packager.engines.nextflow.sources import PipelineSources, base_names
from packager.engines.nextflow.syntax import Assignment, Declaration, Expression, If, Name, ParamsBlock, Statement, Try
from packager.engines.nextflow.values import UNKNOWN

_MAX_NESTING = 20
_MAX_VARIABLES = 1000  # of a script


@dataclass(slots=True)
class ScriptValues:
    """The environments of scripts.

    The config's parameters come first, then those that the main script sets, then those of the script itself: a module cannot change a
    parameter that is set already.
    """

    sources: PipelineSources
    settings: Settings
    main: str
    _params: dict[str, Mapping[str, object]] = field(default_factory=dict)
    _names: dict[str, dict[str, object]] = field(default_factory=dict)

    def environment(self, path: str, names: Mapping[str, object] | None = None) -> Environment:
        """The environment for code of a script; `names` replace variables of the script."""
        if path not in self._params:
            self._read(path)
        merged = {**self._names[path], **(base_names(path) if names is None else names)}
        return Environment(self._params[path], merged, path, budget=self.settings.budget)

    def variables(self, path: str) -> Mapping[str, object]:
        """The variables that a script sets once."""
        if path not in self._names:
            self._read(path)
        return self._names[path]

    def _read(self, path: str) -> None:
        outer = self.settings.params if path == self.main else self.environment(self.main).params
        names: dict[str, object] = {**base_names(path)}
        params: dict[str, object] = {}
        self._params[path], self._names[path] = outer, {}
        script = self.sources.script(path)
        if script is None:
            return
        once: frozenset[str] | None = None
        defaults = ChainMap(params, outer)  # type: ignore[arg-type] # only the first map is written
        environment = Environment(defaults, names, path, budget=self.settings.budget)
        for definition in script.definitions:
            if isinstance(definition, ParamsBlock):
                for param in definition.params:
                    if param.name not in outer and param.value is not None:
                        params[param.name] = evaluate(param.value, environment)
                continue
            for target, value, certain in _assignments(definition):
                result = evaluate(value, environment) if certain and value is not None else UNKNOWN
                dotted = split_dotted(target)
                if isinstance(target, Name) and len(names) < _MAX_VARIABLES:
                    once = _set_once(script.text) if once is None else once
                    names[target.name] = result if target.name in once else UNKNOWN
                    self._names[path][target.name] = names[target.name]
                elif len(dotted) > 1 and dotted[0] == "params" and dotted[1] not in outer:
                    unchanged = len(dotted) == 2 and dotted[1] not in params
                    params[dotted[1]] = result if unchanged else UNKNOWN
        if params:
            self._params[path] = {**outer, **params}


def _assignments(definition: object, depth: int = 0) -> list[tuple[Expression, Expression | None, bool]]:
    """The targets and values that a statement at the top level sets, and whether it surely sets them."""
    match definition:
        case Assignment(operator="="):
            return [(definition.target, definition.value, depth == 0)]
        case Assignment():
            return [(definition.target, None, False)]
        case Declaration():
            single = len(definition.names) == 1
            return [(name, definition.value if single else None, depth == 0 and single) for name in definition.names]
        case If():
            inner: tuple[Statement, ...] = (*definition.then, *definition.otherwise)
        case Try():
            inner = tuple(definition.body)
        case _:
            return []
    if depth >= _MAX_NESTING:
        return []
    return [item for statement in inner for item in _assignments(statement, depth + 1)]


def _set_once(text: str) -> frozenset[str]:
    """The names that an assignment or an increment follows only once in a script, comments included."""
    counts: dict[str, int] = {}
    for match in _SET.finditer(text):
        counts[match.group(1)] = counts.get(match.group(1), 0) + 1
    for match in _CHANGED.finditer(text):
        counts[match.group(1) or match.group(2)] = 2
    return frozenset(name for name, number in counts.items() if number == 1)


_SET = re.compile(r"(?<![\w.$])([A-Za-z_]\w*+)[ \t]*+=(?![=~])")
_CHANGED = re.compile(
    r"(?<![\w.$])([A-Za-z_]\w*+)[ \t]*+(?:\+\+|--|(?:[-+*/%]|<<|\*\*|\?)=)|(?:\+\+|--)([A-Za-z_]\w*+)"
)
