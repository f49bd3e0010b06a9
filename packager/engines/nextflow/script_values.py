"""The values that scripts set at their top level: defaults of parameters, and variables that are set only once."""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from packager.engines.nextflow.evaluation import Environment, evaluate
from packager.engines.nextflow.settings import Settings, split_dotted
from packager.engines.nextflow.sources import PipelineSources, base_names
from packager.engines.nextflow.syntax import (
    Assignment,
    Declaration,
    Expression,
    If,
    Include,
    Literal,
    Name,
    ParamsBlock,
    Statement,
    Try,
)
from packager.engines.nextflow.values import UNKNOWN, is_computable

_MAX_NESTING = 20
_NOT_PASSED: tuple[object, frozenset[str]] = (UNKNOWN, frozenset())
_MAX_VARIABLES = 1000  # of a script


@dataclass(slots=True)
class ScriptValues:
    """The environments of scripts.

    The config's parameters come first, then those that the main script sets, then those of the script itself: a module cannot change a
    parameter that is set already. Above all are those that every `include` of the script passes with `addParams`, up to 25.10.
    """

    sources: PipelineSources
    settings: Settings
    main: str
    _params: dict[str, Mapping[str, object]] = field(default_factory=dict)
    _names: dict[str, dict[str, object]] = field(default_factory=dict)
    # By script, the parameters that its includes pass: the value, and the parameters that it comes from.
    _passed: dict[str, dict[str, tuple[object, frozenset[str]]]] = field(default_factory=dict)
    # By script, the parameters that only some of its includes pass.
    _open: dict[str, set[str]] = field(default_factory=dict)

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

    def passed(self, path: str) -> Mapping[str, tuple[object, frozenset[str]]]:
        """The parameters that includes of a script pass to it: the value, and the parameters of a run that it comes from."""
        return self._passed.get(path, {})

    def is_passed(self, path: str, name: str) -> bool:
        """Whether every include of a script passes a parameter, so that a run cannot set it."""
        return name in self._passed.get(path, {}) and name not in self._open.get(path, ())

    def deciding(self, path: str, used: Iterable[str]) -> set[str]:
        """The parameters of a run that decide on those that a script uses."""
        passed = self._passed.get(path)
        if not passed:
            return set(used)
        return {name for inner in used for name in (passed[inner][1] if self.is_passed(path, inner) else (inner,))}

    def pass_on(self, path: str, include: Include, target: str) -> bool:
        """Add what an include of the script `path` passes to the script `target`; returns whether that changes anything."""
        entries = self._entries(path, include)
        before = self._passed.get(target)
        if before is None:
            self._passed[target] = entries
        elif not entries and not before:
            return False
        else:
            still_open = self._open.setdefault(target, set())
            size = len(still_open)
            still_open |= before.keys() ^ entries.keys()
            merged = {name: _merged(before.get(name), entries.get(name)) for name in (*before, *entries)}
            if len(still_open) == size and all(merged[name] is before[name] for name in merged):
                return False
            self._passed[target] = merged
        if entries or before:
            self._params.pop(target, None)
        return bool(entries or before)

    def _entries(self, path: str, include: Include) -> dict[str, tuple[object, frozenset[str]]]:
        """What an include passes: the parameters that the including script was passed, and those of `addParams`."""
        entries = dict(self._passed.get(path, {}))
        if not include.params and not include.param_maps:
            return entries
        outer = self.environment(path)
        for item in include.param_maps:
            environment = outer.unused()
            value = evaluate(item, environment)
            used = frozenset(self.deciding(path, environment.used))
            is_whole = isinstance(item, Name)  # `params(params)`
            if isinstance(value, dict) and len(value) <= _MAX_VARIABLES:
                entries |= {name: (inner, frozenset({name}) if is_whole else used) for name, inner in value.items()}
        for entry in include.params:
            if isinstance(entry.key, Literal):
                environment = outer.unused()
                value = evaluate(entry.value, environment)
                entries[str(entry.key.value)] = (value, frozenset(self.deciding(path, environment.used)))
        return entries

    def _read(self, path: str) -> None:
        outer = self.settings.params if path == self.main else self.environment(self.main).params
        if passed := self._passed.get(path):
            outer = {**outer, **{name: value for name, (value, _) in passed.items()}}
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


def _merged(
    first: tuple[object, frozenset[str]] | None, second: tuple[object, frozenset[str]] | None
) -> tuple[object, frozenset[str]]:
    """What two includes pass as one parameter: unknown if they pass different values."""
    if first is not None and second is not None:
        same = is_computable(first[0]) and is_computable(second[0]) and bool(first[0] == second[0])
        if first[0] is second[0] or same:
            return first if second[1] <= first[1] else (first[0], first[1] | second[1])
    before, after = first or _NOT_PASSED, second or _NOT_PASSED
    if first is not None and first[0] is UNKNOWN and after[1] <= first[1]:
        return first
    return (UNKNOWN, before[1] | after[1])


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
