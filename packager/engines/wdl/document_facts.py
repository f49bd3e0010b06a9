"""What is kept of one parsed WDL document: plain facts without the document's path.

The same content has the same facts in any place, so they are kept by content. An expression (`Expr`) is plain
JSON data; its first member is its kind:

- `["value", v]`: a literal; `["name", n]`: a name; `["get", e, member]`; `["at", e, index]`;
- `["text", [part, ...]]`: a string, each part a string or `[e, options]` for a placeholder;
- `["array", [e, ...]]`; `["pair", a, b]`; `["map", [[k, v], ...]]`; `["object", [[name, e], ...]]`;
- `["if", condition, then, else]`; `["when", condition, e]`: a declaration inside of an `if`, seen from outside;
- `["apply", function, [e, ...]]`, operators being functions such as `_add`.
"""

from __future__ import annotations

from dataclasses import dataclass

from packager.findings.diagnostic import Place
from packager.model.features import FeatureName

Expr = object


@dataclass(frozen=True, slots=True)
class Span:
    """A region of the document, as `Place` without its path."""

    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0

    def at(self, path: str) -> Place:
        """The place in the document of that path."""
        return Place(path, self.line, self.column, self.end_line, self.end_column)

    def holds(self, other: Span) -> bool:
        """Whether another region is inside this one."""
        starts = (self.line, self.column) <= (other.line, other.column)
        return starts and (other.end_line, other.end_column) <= (self.end_line, self.end_column)


@dataclass(frozen=True, slots=True)
class ImportFact:
    """An import statement; `uri` with its escapes replaced. `aliases` are structs that get another name, as (theirs, ours)."""

    uri: str
    namespace: str
    span: Span
    aliases: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class DeclFact:
    """A declaration. `text` and `expr` are its right-hand side, as written and as data; both None without one.

    `scatter` is the index of the innermost scatter around it in `WorkflowFact.scatters`, or -1.
    """

    name: str
    type: str
    optional: bool
    text: str | None
    expr: Expr
    span: Span
    scatter: int = -1


@dataclass(frozen=True, slots=True)
class ScatterFact:
    """A scatter: its variable, its array, and the index of the scatter around it, or -1."""

    variable: str
    array: Expr
    outer: int = -1


@dataclass(frozen=True, slots=True)
class CallFact:
    """A call: the parts of the callee's name, the call's own name, and the inputs that it supplies.

    `scatters` are the scatter variables around it with their arrays, outermost first; `conditions` those of the `if`s around it.
    `after` are the calls that it waits for.
    """

    callee: tuple[str, ...]
    name: str
    inputs: tuple[tuple[str, Expr], ...]
    scatters: tuple[tuple[str, Expr], ...]
    conditions: tuple[Expr, ...]
    span: Span
    after: tuple[str, ...] = ()

    @property
    def conditional(self) -> bool:
        """Whether an `if` is around it."""
        return bool(self.conditions)


@dataclass(frozen=True, slots=True)
class RuntimeFact:
    """A runtime attribute, or a requirement."""

    name: str
    text: str
    expr: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class TaskFact:
    """A task: `inputs` is what a call can set, `private` its other declarations. `light`: its command only handles files."""

    name: str
    inputs: tuple[DeclFact, ...]
    private: tuple[DeclFact, ...]
    runtime: tuple[RuntimeFact, ...]
    span: Span
    light: bool = False


@dataclass(frozen=True, slots=True)
class WorkflowFact:
    """A workflow: `inputs` is what a caller can set, `private` the other declarations of its body, at any depth.

    `descriptions` come from `parameter_meta`, for inputs that it describes. `listed` are the outputs that draft-2 lists without
    declaring them: `call.output`, or `call.*` for all of a call.
    """

    name: str
    inputs: tuple[DeclFact, ...]
    private: tuple[DeclFact, ...]
    calls: tuple[CallFact, ...]
    outputs: tuple[DeclFact, ...]
    has_outputs: bool
    descriptions: tuple[tuple[str, str], ...]
    span: Span
    scatters: tuple[ScatterFact, ...] = ()
    listed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FeatureFact:
    """A use of a language feature: `Feature` without its path."""

    name: FeatureName
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class ParseError:
    """Why a document could not be parsed: message and place, and the kind of error with the name that it is about.

    `hint` is what to do, where that is more than to correct the document.
    """

    message: str
    span: Span
    subject: str = ""
    hint: str = ""


EMPTY_DOCUMENT = ParseError(
    "the document is empty: it has no task, workflow or struct",
    Span(1, 1),
    "EmptyDocument",
    "add its content, or remove the imports of it",
)


@dataclass(frozen=True, slots=True)
class StructFact:
    """A struct: its members with their types as written, in their order."""

    name: str
    members: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """Everything that linking needs of one document; with `errors`, only `version` and `imports` may be known."""

    version: str
    imports: tuple[ImportFact, ...] = ()
    tasks: tuple[TaskFact, ...] = ()
    workflow: WorkflowFact | None = None
    features: tuple[FeatureFact, ...] = ()
    structs: tuple[StructFact, ...] = ()
    errors: tuple[ParseError, ...] = ()
