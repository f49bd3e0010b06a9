"""From miniwdl's tree of one document to its facts. The only reader of miniwdl's tree outside `check`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from WDL import Error, Expr, Tree, Value

from packager.engines.light_commands import is_light
from packager.engines.wdl import document_facts as facts
from packager.engines.wdl.document_features import features_of
from packager.engines.wdl.scan import unescape

_MAX_DEPTH = 80  # more than `values.evaluate` follows
_DESCRIPTION_KEYS = ("description", "help", "label", "doc", "title", "desc")


def span_of(pos: Error.SourcePosition) -> facts.Span:
    """A miniwdl position without its path."""
    return facts.Span(pos.line, pos.column, pos.end_line, pos.end_column)


def document_facts(document: Tree.Document) -> facts.DocumentFacts:
    """The facts of a document that was parsed and not type-checked."""
    extractor = _Extractor(document)
    workflow = document.workflow
    tasks = tuple(extractor.task(task) for task in document.tasks)
    workflow_fact = extractor.workflow(workflow) if workflow is not None else None
    return facts.DocumentFacts(
        version=version_of(document),
        imports=tuple(
            facts.ImportFact(
                imported.uri,
                imported.namespace,
                span_of(imported.pos),
                tuple((str(theirs), str(ours)) for theirs, ours in imported.aliases),
            )
            for imported in document.imports
        ),
        tasks=tasks,
        workflow=workflow_fact,
        features=features_of(document, extractor.source),
        structs=tuple(
            facts.StructFact(
                str(struct.name), tuple((str(name), str(kind)) for name, kind in struct.value.members.items())
            )
            for struct in document.struct_typedefs
        ),
    )


def version_of(document: Tree.Document) -> str:
    """The declared version as written, or '' for a document without one."""
    return str(document.wdl_version).strip() if document.wdl_version is not None else ""


class _Extractor:
    def __init__(self, document: Tree.Document) -> None:
        self.lines: list[str] = document.source_lines

    def source(self, node: Error.SourceNode) -> str:
        """The source of a node, as written."""
        pos = node.pos
        return _excerpt(self.lines, pos.line, pos.column, pos.end_line, pos.end_column)

    def decl(self, decl: Tree.Decl) -> facts.DeclFact:
        bound = decl.expr is not None
        return facts.DeclFact(
            name=str(decl.name),
            type=str(decl.type),
            optional=bool(decl.type.optional),
            text=self.source(decl.expr) if bound else None,
            expr=plain(decl.expr) if bound else None,
            span=span_of(decl.pos),
        )

    def task(self, task: Tree.Task) -> facts.TaskFact:
        inputs = task.inputs if task.inputs is not None else task.postinputs
        private = task.postinputs if task.inputs is not None else []
        return facts.TaskFact(
            name=str(task.name),
            inputs=tuple(map(self.decl, inputs)),
            private=tuple(map(self.decl, private)),
            runtime=tuple(
                facts.RuntimeFact(str(name), self.source(expr), plain(expr), span_of(expr.pos))
                for name, expr in task.runtime.items()
            ),
            span=span_of(task.pos),
            light=is_light("".join(part if isinstance(part, str) else "$" for part in task.command.parts)),
        )

    def workflow(self, workflow: Tree.Workflow) -> facts.WorkflowFact:
        top = [node for node in workflow.body if isinstance(node, Tree.Decl)]
        inputs = workflow.inputs if workflow.inputs is not None else top
        known = {id(decl) for decl in inputs}
        scatters: list[facts.ScatterFact] = []
        body = list(_body(workflow.body, _Around(), scatters))
        return facts.WorkflowFact(
            name=str(workflow.name),
            inputs=tuple(map(self.decl, inputs)),
            private=tuple(
                _inside(self.decl(node), around)
                for node, around in body
                if isinstance(node, Tree.Decl) and id(node) not in known
            ),
            calls=tuple(
                facts.CallFact(
                    callee=tuple(map(str, node.callee_id)),
                    name=str(node.name),
                    inputs=tuple((str(name), plain(expr)) for name, expr in node.inputs.items()),
                    scatters=around.scatters,
                    conditions=around.conditions,
                    span=span_of(node.pos),
                    after=tuple(map(str, node.after)),
                )
                for node, around in body
                if isinstance(node, Tree.Call)
            ),
            outputs=tuple(map(self.decl, workflow.outputs or ())),
            has_outputs=workflow.outputs is not None,
            descriptions=tuple(
                (str(name), text) for name, value in workflow.parameter_meta.items() if (text := _description(value))
            ),
            span=span_of(workflow.pos),
            scatters=tuple(scatters),
            listed=tuple(".".join(map(str, names)) for names in workflow._output_idents),
        )


@dataclass(frozen=True, slots=True)
class _Around:
    """The scatters around a node, with their arrays, the index of the innermost one, and the conditions of the `if`s around it."""

    scatters: tuple[tuple[str, facts.Expr], ...] = ()
    scatter: int = -1
    conditions: tuple[facts.Expr, ...] = ()


def _body(
    nodes: list[Tree.WorkflowNode], around: _Around, scatters: list[facts.ScatterFact]
) -> Iterator[tuple[Tree.WorkflowNode, _Around]]:
    """Every declaration and call of a body, in source order, with what is around it; each scatter is added to `scatters`."""
    for node in nodes:
        if isinstance(node, Tree.Scatter):
            variable, array = str(node.variable), plain(node.expr)
            scatters.append(facts.ScatterFact(variable, array, around.scatter))
            inner = replace(around, scatters=(*around.scatters, (variable, array)), scatter=len(scatters) - 1)
            yield from _body(node.body, inner, scatters)
        elif isinstance(node, Tree.Conditional):
            inner = replace(around, conditions=(*around.conditions, plain(node.expr)))
            yield from _body(node.body, inner, scatters)
        else:
            yield node, around


def _inside(decl: facts.DeclFact, around: _Around) -> facts.DeclFact:
    """A declaration as seen from outside of the `if`s around it: its value is absent unless they are true."""
    expr = decl.expr
    for condition in reversed(around.conditions):
        expr = ["when", condition, expr]
    return replace(decl, expr=expr if decl.text is not None else decl.expr, scatter=around.scatter)


def _description(value: object) -> str:
    """The description in an entry of `parameter_meta`, regardless of its shape."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        for key in _DESCRIPTION_KEYS:
            if isinstance(value.get(key), str) and value[key].strip():
                return str(value[key])
    if isinstance(value, list) and value and all(isinstance(line, str) for line in value):
        return " ".join(value)
    return ""


def plain(expr: Expr.Base, depth: int = 0) -> facts.Expr:
    """An expression as plain data (see `document_facts`); what evaluation does not use becomes an unknown function.

    So does what is nested more deeply than evaluation follows, so that the facts of any document can be kept.
    """
    if depth > _MAX_DEPTH:
        return ["apply", "", []]
    inner = depth + 1
    if isinstance(expr, Expr.Boolean | Expr.Int | Expr.Float):
        return ["value", expr.value]
    if isinstance(expr, Expr.Null):
        return ["value", None]
    if isinstance(expr, Expr.String):
        return _string(expr, inner)
    if isinstance(expr, Expr._LeftName | Expr.Ident):
        return ["name", str(expr.name)]
    if isinstance(expr, Expr.Get):
        owner = plain(expr.expr, inner)
        return ["get", owner, str(expr.member)] if expr.member else owner
    if isinstance(expr, Expr.Apply):
        arguments = [plain(argument, inner) for argument in expr.arguments]
        if expr.function_name == "_at":
            return ["at", *arguments]
        return ["apply", str(expr.function_name), arguments]
    if isinstance(expr, Expr.IfThenElse):
        return ["if", plain(expr.condition, inner), plain(expr.consequent, inner), plain(expr.alternative, inner)]
    return _collection(expr, inner)


def _collection(expr: Expr.Base, depth: int) -> facts.Expr:
    if isinstance(expr, Expr.Array):
        return ["array", [plain(item, depth) for item in expr.items]]
    if isinstance(expr, Expr.Pair):
        return ["pair", plain(expr.left, depth), plain(expr.right, depth)]
    if isinstance(expr, Expr.Map):
        return ["map", [[plain(key, depth), plain(value, depth)] for key, value in expr.items]]
    if isinstance(expr, Expr.Struct):
        return ["object", [[str(name), plain(value, depth)] for name, value in expr.members.items()]]
    return ["apply", "", [plain(child, depth) for child in expr.children if isinstance(child, Expr.Base)]]


def _string(expr: Expr.String, depth: int) -> facts.Expr:
    if not (expr.parts and isinstance(expr.parts[0], str) and expr.parts[0] in ('"', "'")):
        return ["apply", "", [plain(child, depth) for child in expr.children]]
    return [
        "text",
        [
            unescape(str(part))
            if isinstance(part, str)
            else [plain(part.expr, depth), {str(name): _option(value) for name, value in part.options.items()}]
            for part in expr.parts[1:-1]
        ],
    ]


def _option(value: str | Value.Base) -> str:
    """The value of a placeholder's option, which the parser leaves as a string or a number."""
    if isinstance(value, str):
        return value
    return str(getattr(value, "value", ""))


def _excerpt(lines: list[str], line: int, column: int, end_line: int, end_column: int) -> str:
    """The source between two places (1-based, the end exclusive), as written."""
    if not 1 <= line <= end_line <= len(lines):
        return ""
    if line == end_line:
        return lines[line - 1][column - 1 : end_column - 1]
    inner = lines[line : end_line - 1]
    return "\n".join((lines[line - 1][column - 1 :], *inner, lines[end_line - 1][: end_column - 1]))
