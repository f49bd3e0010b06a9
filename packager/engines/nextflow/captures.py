"""What a closure uses of the code around it: variables and parameters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from packager.engines.nextflow.harvest import children
from packager.engines.nextflow.syntax import (
    Catch,
    ClosureLiteral,
    Declaration,
    FunctionCall,
    Index,
    Literal,
    MapEntry,
    Name,
    Property,
    TypedName,
)

_SPECIAL = frozenset(
    {Catch, ClosureLiteral, Declaration, FunctionCall, MapEntry, TypedName}
)  # they declare, or name what is no variable
_IMPLICIT = frozenset({"it", "params", "this"})


class Captures(NamedTuple):
    """The variables and parameters that a closure uses, sorted; `steps` is the number of nodes that were read."""

    variables: tuple[str, ...]
    parameters: tuple[str, ...]
    steps: int


def captures_of(closure: ClosureLiteral) -> Captures:
    """What a closure uses of the code around it. A name that it declares anywhere is its own everywhere."""
    used: set[str] = set()
    own: set[str] = set()
    parameters: set[str] = set()
    steps = 0
    stack: list[object] = [closure]
    while stack:
        node = stack.pop()
        steps += 1
        kind = type(node)  # comparing types is faster than `match`
        if kind is Name:
            used.add(node.name)  # type: ignore[attr-defined]
        elif (kind is Property or kind is Index) and (name := _parameter(node)):
            parameters.add(name)
        elif kind in _SPECIAL:
            own.update(_declared(node))
            stack += _parts(node)
        else:
            stack += children(node)
    return Captures(tuple(sorted(used - own - _IMPLICIT)), tuple(sorted(parameters)), steps)


def _parameter(node: object) -> str:
    """The parameter in `params.name` and `params['name']`, or ""."""
    match node:
        case (
            Property(target=Name(name="params"), name=name)
            | Index(target=Name(name="params"), items=(Literal(value=str(name)),))
        ):
            return name
        case _:
            return ""


def _declared(node: object) -> Iterable[str]:
    """The names that a node declares."""
    match node:
        case ClosureLiteral(parameters=declared):
            return [parameter.name for parameter in declared or ()]
        case Declaration(names=names):
            return [name.name for name in names]
        case TypedName(name=name) | Catch(name=name):
            return [name]
        case _:
            return ()


def _parts(node: object) -> Iterable[object]:
    """The parts of a node that may use variables: not the names of functions and of keys."""
    match node:
        case FunctionCall(function=Name(), arguments=arguments, named=named):
            return [*arguments, *named]
        case MapEntry(key=Name() | Literal(), value=value):
            return [value]
        case Declaration(value=value):
            return [value]
        case _:
            return children(node)
