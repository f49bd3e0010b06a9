"""The evaluator of expressions: their value where it is known without a run, else `UNKNOWN`.

Nothing of a definition is executed: operators and a few methods of known values are computed here, every other call is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from packager.engines.nextflow.arithmetic import arithmetic, is_number, to_number
from packager.engines.nextflow.methods import call_method
from packager.engines.nextflow.syntax import (
    Binary,
    Cast,
    ClosureLiteral,
    Expression,
    FunctionCall,
    GString,
    Index,
    ListLiteral,
    Literal,
    MapLiteral,
    Name,
    Property,
    Ternary,
    TypeName,
    Unary,
)
from packager.engines.nextflow.values import (
    MAX_TEXT,
    MAX_WEIGHT,
    UNKNOWN,
    Budget,
    ClosureValue,
    Memory,
    duration_of,
    holds_unknown,
    is_true,
    memory_of,
    to_text,
    weight_of,
    with_unit,
)

MAX_DEPTH = 60
# Guide.REQUIREMENTS: a config may read `$AWS_WORKFLOW_RUN` to detect that it runs on the service.
SERVICE_VARIABLES = ("AWS_WORKFLOW_RUN",)


@dataclass(slots=True)
class Environment:
    """The values that an expression may refer to.

    `params` are the parameters with their defaults; `names` everything else by its name (`workflow`, `task`, ...). `used` collects
    the parameters that an evaluation reads. `path` is the file whose code is evaluated. All evaluations of a pipeline share the `budget`.
    """

    params: Mapping[str, object]
    names: Mapping[str, object]
    path: str = ""
    used: set[str] = field(default_factory=set)
    budget: Budget = field(default_factory=Budget)

    def within(self, path: str) -> Environment:
        """The environment for the body of a closure, with its own copy of the names and the same `used`."""
        return Environment(self.params, dict(self.names), path, self.used, self.budget)

    def with_names(self, names: Mapping[str, object]) -> Environment:
        """The same environment with more names, which replace none, and the same `used`."""
        return Environment(self.params, {**names, **self.names}, self.path, self.used, self.budget) if names else self

    def unused(self) -> Environment:
        """The same environment with an empty `used`."""
        return Environment(self.params, self.names, self.path, budget=self.budget)


def evaluate(expression: Expression, environment: Environment, depth: int = 0) -> object:
    """The value of an expression, or `UNKNOWN`."""
    if depth > MAX_DEPTH or not environment.budget.spend(1):
        return UNKNOWN
    evaluator = _EVALUATORS.get(type(expression))
    return UNKNOWN if evaluator is None else evaluator(expression, environment, depth + 1)


def can_read(environment: Environment, *values: object) -> bool:
    """Whether the budget is enough to walk through values with all their parts."""
    for value in values:
        weight = weight_of(value)
        if not environment.budget.spend(weight) or weight > MAX_WEIGHT:
            return False
    return True


def _charged(environment: Environment, value: object) -> object:
    """A computed value, charged to the budget; `UNKNOWN` if the budget is spent."""
    if isinstance(value, str):
        return value if environment.budget.spend(len(value) // 16) else UNKNOWN
    if isinstance(value, list | dict):
        return value if environment.budget.spend(len(value)) else UNKNOWN
    return value


# Expressions


def _literal(expression: Literal, environment: Environment, depth: int) -> object:
    del environment, depth
    return expression.value


def _gstring(expression: GString, environment: Environment, depth: int) -> object:
    parts = []
    for part in expression.parts:
        if isinstance(part, str):
            parts.append(part)
            continue
        value = evaluate(part, environment, depth)
        text = to_text(value) if value is not UNKNOWN and can_read(environment, value) else None
        if text is None:
            return UNKNOWN
        parts.append(text)
    joined = "".join(parts)
    return _charged(environment, joined) if len(joined) <= MAX_TEXT else UNKNOWN


def _name(expression: Name, environment: Environment, depth: int) -> object:
    del depth
    name = expression.name
    if name in environment.names:
        return environment.names[name]
    if name == "params":
        return environment.params
    return UNKNOWN


def _property(expression: Property, environment: Environment, depth: int) -> object:
    if isinstance(expression.target, Name) and expression.target.name == "params" and "params" not in environment.names:
        environment.used.add(expression.name)
        return environment.params.get(expression.name, UNKNOWN)
    target = evaluate(expression.target, environment, depth)
    if target is UNKNOWN:
        return UNKNOWN
    if target is None:
        return None if expression.operator == "?." else UNKNOWN
    if isinstance(target, Mapping):
        return target[expression.name] if expression.name in target else _missing(target)
    if isinstance(target, int | float) and not isinstance(target, bool):
        measure = with_unit(target, expression.name)
        return UNKNOWN if measure is None else measure
    if isinstance(target, Memory) and expression.name in ("giga", "mega", "kilo", "bytes"):
        power = ("bytes", "kilo", "mega", "giga").index(expression.name)
        return int(target.size // 1024**power)
    return UNKNOWN


def _missing(target: Mapping[str, object]) -> object:
    """The value of a member that a map does not have: `null`, or `UNKNOWN` if not all members of the map are known."""
    return UNKNOWN if "" in target else None


def _index(expression: Index, environment: Environment, depth: int) -> object:
    target = evaluate(expression.target, environment, depth)
    if target is UNKNOWN or len(expression.items) != 1:
        return UNKNOWN
    item = evaluate(expression.items[0], environment, depth)
    if isinstance(expression.target, Name) and expression.target.name == "params" and isinstance(item, str):
        environment.used.add(item)
        return environment.params.get(item, UNKNOWN)
    if isinstance(target, Mapping) and isinstance(item, str):
        return target[item] if item in target else _missing(target)
    if isinstance(target, list | str) and isinstance(item, int) and not isinstance(item, bool):
        return target[item] if -len(target) <= item < len(target) else None
    return UNKNOWN


def _list(expression: ListLiteral, environment: Environment, depth: int) -> object:
    return [evaluate(item, environment, depth) for item in expression.items]


def _map(expression: MapLiteral, environment: Environment, depth: int) -> object:
    members: dict[str, object] = {}
    for entry in expression.entries:
        key = evaluate(entry.key, environment, depth)
        if key is UNKNOWN or not can_read(environment, key) or (text := to_text(key)) is None:
            members[""] = UNKNOWN
            continue
        members[text] = evaluate(entry.value, environment, depth)
    return members


def _unary(expression: Unary, environment: Environment, depth: int) -> object:
    value = evaluate(expression.operand, environment, depth)
    if value is UNKNOWN:
        return UNKNOWN
    if expression.operator == "!":
        return not is_true(value)
    if expression.operator in "+-" and isinstance(value, int | float) and not isinstance(value, bool):
        return -value if expression.operator == "-" else value
    return UNKNOWN


def _ternary(expression: Ternary, environment: Environment, depth: int) -> object:
    condition = evaluate(expression.condition, environment, depth)
    if condition is UNKNOWN:
        return UNKNOWN
    return evaluate(expression.then if is_true(condition) else expression.otherwise, environment, depth)


def _binary(expression: Binary, environment: Environment, depth: int) -> object:
    word = expression.operator
    left = evaluate(expression.left, environment, depth)
    if word in ("&&", "||", "?:"):
        return _logical(word, left, expression.right, environment, depth)
    if word in ("instanceof", "!instanceof"):
        return _instance_of(left, expression.right, negated=word.startswith("!"))
    right = evaluate(expression.right, environment, depth)
    if left is UNKNOWN or right is UNKNOWN:
        return UNKNOWN
    if word == "+" and type(left) is type(right) and isinstance(left, list | dict):
        return _charged(environment, arithmetic(word, left, right))
    if not can_read(environment, left, right):
        return UNKNOWN
    if word in ("==", "!="):
        if holds_unknown(left) or holds_unknown(right):
            return UNKNOWN
        return (left == right) is (word == "==")
    if word in ("in", "!in"):
        if not isinstance(right, list | dict | str) or holds_unknown(right):
            return UNKNOWN
        if isinstance(right, str) and not isinstance(left, str):
            return UNKNOWN
        return (left in right) is (word == "in")
    return _charged(environment, arithmetic(word, left, right))


def _logical(word: str, left: object, other: Expression, environment: Environment, depth: int) -> object:
    if left is not UNKNOWN:
        if word == "?:":
            return left if is_true(left) else evaluate(other, environment, depth)
        if is_true(left) is (word == "||"):
            return word == "||"
    elif word == "?:":
        return UNKNOWN
    right = evaluate(other, environment, depth)
    if right is not UNKNOWN and is_true(right) is (word == "||"):
        return word == "||"
    if left is UNKNOWN or right is UNKNOWN:
        return UNKNOWN
    return word == "&&"


def _instance_of(left: object, right: Expression, *, negated: bool) -> object:
    kinds = {"String": str, "CharSequence": str, "List": list, "Map": dict, "Boolean": bool, "Number": (int, float)}
    if left is UNKNOWN or not isinstance(right, TypeName) or right.name not in kinds:
        return UNKNOWN
    return isinstance(left, kinds[right.name]) is not negated  # type: ignore[arg-type] # the values are types or tuples of them


def _cast(expression: Cast, environment: Environment, depth: int) -> object:
    value = evaluate(expression.operand, environment, depth)
    name = expression.type.name.rpartition(".")[2]
    if value is UNKNOWN or value is None:
        return value
    if name in ("String", "GString"):
        text = to_text(value) if can_read(environment, value) else None
        return UNKNOWN if text is None else text
    if name in ("int", "Integer", "long", "Long"):
        return to_number(value, int)
    if name in ("float", "Float", "double", "Double", "BigDecimal"):
        return to_number(value, float)
    if name in ("nextflow.util.MemoryUnit", "MemoryUnit"):
        return memory_of(value) or UNKNOWN
    if name in ("nextflow.util.Duration", "Duration"):
        return duration_of(value) or UNKNOWN
    if name in ("List", "Collection") and isinstance(value, list):
        return value
    return UNKNOWN


def _closure(expression: ClosureLiteral, environment: Environment, depth: int) -> object:
    del depth
    return ClosureValue(expression, environment.path)


# Calls


def _call(expression: FunctionCall, environment: Environment, depth: int) -> object:
    function = expression.function
    if isinstance(function, Name):
        return _function(function.name, expression, environment, depth)
    if not isinstance(function, Property) or expression.named:
        return UNKNOWN
    if isinstance(function.target, Name) and function.target.name == "Math" and len(expression.arguments) == 2:
        left, right = (evaluate(argument, environment, depth) for argument in expression.arguments)
        if function.name in ("min", "max") and is_number(left) and is_number(right):
            return min(left, right) if function.name == "min" else max(left, right)
        return UNKNOWN
    if isinstance(function.target, Name) and function.target.name == "System" and function.name == "getenv":
        return _environment_variable(expression, environment, depth)
    target = evaluate(function.target, environment, depth)
    if target is None and function.operator == "?.":
        return None
    arguments = [evaluate(argument, environment, depth) for argument in expression.arguments]
    if target is UNKNOWN or any(argument is UNKNOWN or isinstance(argument, ClosureValue) for argument in arguments):
        return UNKNOWN
    if not can_read(environment, *arguments, *(() if isinstance(target, Mapping) else (target,))):
        return UNKNOWN
    return _charged(environment, call_method(target, function.name, arguments))


def _function(name: str, call: FunctionCall, environment: Environment, depth: int) -> object:
    if name in ("file", "files") and len(call.arguments) == 1:
        return evaluate(call.arguments[0], environment, depth)
    if name == "env":
        return _environment_variable(call, environment, depth)
    if name == "check_max" and len(call.arguments) == 2:
        return _check_max(call, environment, depth)
    return UNKNOWN


def _environment_variable(call: FunctionCall, environment: Environment, depth: int) -> object:
    """The value of a variable that the service sets; all others are unknown."""
    name = evaluate(call.arguments[0], environment, depth) if len(call.arguments) == 1 else UNKNOWN
    return environment.names.get(name, UNKNOWN) if isinstance(name, str) and name in SERVICE_VARIABLES else UNKNOWN


def _check_max(call: FunctionCall, environment: Environment, depth: int) -> object:
    """The `check_max(value, 'memory')` of older nf-core configs: the value, capped by `params.max_memory`."""
    value = evaluate(call.arguments[0], environment, depth)
    kind = evaluate(call.arguments[1], environment, depth)
    if value is UNKNOWN or kind not in ("memory", "time", "cpus"):
        return UNKNOWN
    limit = environment.params.get(f"max_{kind}")
    environment.used.add(f"max_{kind}")
    if kind == "cpus":
        return min(value, limit) if is_number(value) and is_number(limit) else value
    if kind == "memory":
        size, largest = memory_of(value), memory_of(limit)
        return value if size is None or largest is None else min(size, largest)
    time, longest = duration_of(value), duration_of(limit)
    return value if time is None or longest is None else min(time, longest)


_EVALUATORS: dict[type, Callable[..., object]] = {
    Literal: _literal,
    GString: _gstring,
    Name: _name,
    Property: _property,
    Index: _index,
    ListLiteral: _list,
    MapLiteral: _map,
    Unary: _unary,
    Ternary: _ternary,
    Binary: _binary,
    Cast: _cast,
    ClosureLiteral: _closure,
    FunctionCall: _call,
}
