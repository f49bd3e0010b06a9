"""The syntax tree of Nextflow scripts and configs: plain data, private to this adapter.

Every node has the offsets of its first character and of the character after its last. Nodes are compared by identity: nothing compares
pieces of code, and each generated method costs time at every start.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

LiteralValue: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Literal:
    """A string, a number, `true`, `false` or `null`."""

    value: LiteralValue
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class GString:
    """A string with interpolation: strings and expressions in turn."""

    parts: tuple[str | Expression, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Name:
    """A variable, function, process or workflow by its name."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Property:
    """`target.name`, `target?.name` or `target*.name`."""

    target: Expression
    name: str
    operator: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DynamicProperty:
    """`target."${name}"`."""

    target: Expression
    name: Expression
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Index:
    """`target[item]`."""

    target: Expression
    items: tuple[Expression, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class MapEntry:
    """`key: value` in a map or among arguments; a bare word as key is a `Literal`."""

    key: Expression
    value: Expression
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class FunctionCall:
    """A call; closures that follow the parentheses are the last arguments. `command`: written without parentheses."""

    function: Expression
    arguments: tuple[Expression, ...]
    named: tuple[MapEntry, ...]
    command: bool
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ListLiteral:
    """`[a, b]`."""

    items: tuple[Expression, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class MapLiteral:
    """`[a: 1, b: 2]`."""

    entries: tuple[MapEntry, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Unary:
    """`-x`, `!x`, `~x`, `+x`, `*x` (spread), `++x`, `x++`."""

    operator: str
    operand: Expression
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Binary:
    """`a + b` and every other operator with two sides, `?:` and `=` as an expression included."""

    operator: str
    left: Expression
    right: Expression
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Ternary:
    """`condition ? then : otherwise`."""

    condition: Expression
    then: Expression
    otherwise: Expression
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class TypeName:
    """A type, as written without white space."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Cast:
    """`(Type) x` or `x as Type`."""

    type: TypeName
    operand: Expression
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class New:
    """`new Type(...)`."""

    type: TypeName
    arguments: tuple[Expression, ...]
    named: tuple[MapEntry, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Parameter:
    """A parameter of a function or closure."""

    name: str
    type: TypeName | None
    default: Expression | None
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ClosureLiteral:
    """`{ parameters -> body }`; `parameters` is None without an arrow, when there is an implicit `it`."""

    parameters: tuple[Parameter, ...] | None
    body: tuple[Statement, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ExpressionStatement:
    """An expression as a statement."""

    expression: Expression
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Declaration:
    """`def x = 1`, `String x`, `def (a, b) = pair`."""

    names: tuple[Name, ...]
    type: TypeName | None
    value: Expression | None
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Assignment:
    """`target = value`, or with another assignment operator; multiple targets are a `ListLiteral`."""

    target: Expression
    operator: str
    value: Expression
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class If:
    """`if (condition) ... else ...`."""

    condition: Expression
    then: tuple[Statement, ...]
    otherwise: tuple[Statement, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Leave:
    """`return x`, `throw x`, `break`, `continue`."""

    word: str
    value: Expression | None
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Assert:
    """`assert condition : message`."""

    condition: Expression
    message: Expression | None
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Catch:
    """`catch (Type name) { ... }`."""

    name: str
    body: tuple[Statement, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Try:
    """`try { ... } catch ... finally ...`."""

    body: tuple[Statement, ...]
    catches: tuple[Catch, ...]
    final: tuple[Statement, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Loop:
    """`for`, `while`; `before` are the statements in the parentheses, in order."""

    word: str
    before: tuple[Statement, ...]
    body: tuple[Statement, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Switch:
    """`switch (subject) { case x: ... }`; `body` has the statements of all cases."""

    subject: Expression
    cases: tuple[Expression, ...]
    body: tuple[Statement, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Label:
    """`name:` before a statement, or as the head of a section."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class TypedName:
    """`name: Type`, `name: Type = value`, or a bare name, as typed declarations have it."""

    name: str
    type: TypeName | None
    value: Expression | None
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Function:
    """`def name(parameters) { ... }`."""

    name: str
    parameters: tuple[Parameter, ...]
    body: tuple[Statement, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class IncludedName:
    """`NAME` or `NAME as alias` in an include."""

    name: str
    alias: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Include:
    """`include { A; B as C } from './module'`; `source` is the expression as written.

    `params` are the entries of legacy `addParams(...)` and `params(...)`, `param_maps` their arguments that are maps.
    """

    names: tuple[IncludedName, ...]
    source: Expression
    start: int
    end: int
    params: tuple[MapEntry, ...] = ()
    param_maps: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class BlockSection:
    """The statements after a label of a process or workflow; `label` is "" for those before any."""

    label: str
    statements: tuple[Statement, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Process:
    """`process NAME { directives, sections }`; the first section, without a label, holds the directives."""

    name: str
    sections: tuple[BlockSection, ...]
    name_start: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class WorkflowBlock:
    """`workflow NAME { sections }`; an entry workflow has the name ""."""

    name: str
    sections: tuple[BlockSection, ...]
    name_start: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ParamsBlock:
    """The typed `params { name: Type = default }`."""

    params: tuple[TypedName, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class OutputTarget:
    """One target of the output block, with its settings."""

    name: str
    settings: tuple[Statement, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class OutputBlock:
    """`output { name { path ... } }`."""

    targets: tuple[OutputTarget, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class TypeDefinition:
    """`enum E { ... }`, `record R { ... }`, an agent, or a legacy class."""

    word: str
    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Import:
    """`import a.b.C`; `name` is its last part, the name that the script may use, or `*` for all classes of a package."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ConfigAssignment:
    """`a.b.c = value` in a config."""

    path: tuple[str, ...]
    value: Expression
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ConfigBlock:
    """`name { ... }` in a config; in a selector block, `selector` is `withName` or `withLabel`, and `name` the pattern."""

    name: str
    selector: str
    statements: tuple[Statement, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ConfigInclude:
    """`includeConfig source`."""

    source: Expression
    start: int
    end: int


Expression: TypeAlias = (
    Literal
    | GString
    | Name
    | Property
    | DynamicProperty
    | Index
    | FunctionCall
    | ListLiteral
    | MapLiteral
    | Unary
    | Binary
    | Ternary
    | TypeName
    | Cast
    | New
    | ClosureLiteral
)

Statement: TypeAlias = (
    ExpressionStatement
    | Declaration
    | Assignment
    | If
    | Leave
    | Assert
    | Try
    | Loop
    | Switch
    | Label
    | TypedName
    | Function
    | Include
    | ConfigAssignment
    | ConfigBlock
    | ConfigInclude
)

Definition: TypeAlias = Process | WorkflowBlock | ParamsBlock | OutputBlock | TypeDefinition | Import | Statement
