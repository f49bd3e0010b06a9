"""The bodies of WDL workflows for their graph: calls, and the names that expressions use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from packager.engines.call_graph import Body, BodyCall, Ref, Refs, graph_of
from packager.engines.wdl.closure import ImportClosure
from packager.engines.wdl.document_facts import CallFact, DeclFact, Expr, WorkflowFact
from packager.model.calls import CallGraph, CallKind

Variables = Mapping[str, Refs]  # what the variables of scatters are made of


class WorkflowBodies:
    """The bodies of the workflows of a closure, each made once."""

    def __init__(self, closure: ImportClosure) -> None:
        self._closure = closure
        self._bodies: dict[str, Body] = {}

    def graph(self, main: str) -> CallGraph:
        """The calls of the workflow in the document `main`."""
        body = self._body(main)
        graph = graph_of(body) if body is not None else CallGraph()
        self._bodies.clear()  # they refer to this object: without them, all memory is free at once
        return graph

    def _body(self, path: str) -> Body | None:
        document = self._closure.documents.get(path)
        workflow = document.workflow if document is not None else None
        if workflow is None:
            return None
        if path not in self._bodies:
            self._bodies[path] = _Reader(workflow).body([self._call(path, call) for call in workflow.calls])
        return self._bodies[path]

    def _call(self, path: str, call: CallFact) -> BodyCall:
        """A call without its inputs."""
        made = BodyCall(call.name, call.callee[-1], CallKind.TASK, call.span.at(path))
        target = self._closure.target(path, call.callee[0]) if len(call.callee) > 1 else path
        document = self._closure.documents.get(target) if target is not None else None
        if target is None or document is None or len(call.callee) > 2:
            return made
        name, workflow = call.callee[-1], document.workflow
        if workflow is not None and workflow.name == name and target != path:
            made.kind = CallKind.WORKFLOW
            made.definition = workflow.span.at(target)
            made.inside = lambda: self._body(target)
            return made
        task = next((task for task in reversed(document.tasks) if task.name == name), None)
        if task is not None:
            made.definition = task.span.at(target)
        return made


class _Reader:
    """What the names of a workflow are made of."""

    def __init__(self, workflow: WorkflowFact) -> None:
        self._workflow = workflow
        self._calls = frozenset(call.name for call in workflow.calls)
        self._scatters: list[
            tuple[Variables, Refs]
        ] = []  # the variables in each scatter, and what decides how often it runs

    def body(self, calls: list[BodyCall]) -> Body:
        """The body with these calls, to which their inputs are added."""
        workflow = self._workflow
        for scatter in workflow.scatters:
            variables, deciding = self._scatters[scatter.outer] if scatter.outer >= 0 else ({}, ())
            array = self._refs(scatter.array, variables)
            self._scatters.append(({**variables, scatter.variable: array}, _unique((*deciding, *array))))
        values: dict[str, Refs] = {}
        for decl in (*workflow.inputs, *workflow.private):
            values[decl.name] = _unique((*values.get(decl.name, ()), *self._declared(decl)))
        for output in workflow.outputs:  # which the outputs after it may use
            values.setdefault(output.name, self._declared(output))
        for call, fact in zip(calls, workflow.calls, strict=True):
            self._complete(call, fact)
        return Body(
            calls,
            inputs=frozenset(decl.name for decl in workflow.inputs if not self._is_computed(decl)),
            values=values,
            outputs={
                **{name: self._listed(name) for name in workflow.listed},
                **{decl.name: self._declared(decl) for decl in workflow.outputs},
            },
        )

    def _listed(self, name: str) -> Refs:
        """An output that draft-2 lists: `call.output`, `call.*`, or a declaration."""
        call, _, output = name.partition(".")
        return (Ref(call, output.removesuffix("*")),) if call in self._calls else (Ref("", name),)

    def _complete(self, call: BodyCall, fact: CallFact) -> None:
        variables: dict[str, Refs] = {}
        deciding: list[Ref] = []
        for variable, array in fact.scatters:
            variables[variable] = self._refs(array, variables)
            deciding += variables[variable]
        for condition in fact.conditions:
            deciding += self._refs(condition, variables)
        deciding += [Ref(name, "") for name in fact.after if name in self._calls]
        call.deciding = _unique(deciding)
        call.inputs = {name: self._refs(expr, variables) for name, expr in fact.inputs}
        call.scattered, call.conditional = bool(fact.scatters), fact.conditional

    def _declared(self, decl: DeclFact) -> Refs:
        if decl.scatter < 0:
            return self._refs(decl.expr, {})
        variables, deciding = self._scatters[decl.scatter]
        return _unique((*self._refs(decl.expr, variables), *deciding))

    def _is_computed(self, decl: DeclFact) -> bool:
        """Whether a declaration of draft-2 that looks like an input has its value from a call."""
        return decl.text is not None and any(ref.call for ref in self._refs(decl.expr, {}))

    def _refs(self, root: Expr, variables: Variables) -> Refs:
        """The calls' outputs and the names that an expression uses."""
        refs: dict[Ref, None] = {}
        stack = [root]
        while stack:
            expr = stack.pop()
            if not isinstance(expr, list) or not expr:
                continue
            kind, *parts = expr
            if kind == "name":
                name = str(parts[0])
                made = (
                    variables[name]
                    if name in variables
                    else ((Ref(name, ""),) if name in self._calls else (Ref("", name),))
                )
                refs |= dict.fromkeys(made)
            elif kind == "get" and (call := self._called(parts[0], variables)):
                refs[Ref(call, str(parts[1]))] = None
            elif kind != "value":
                stack += reversed(_parts(kind, parts))
        return tuple(refs)

    def _called(self, owner: Expr, variables: Variables) -> str:
        """The call that an expression names, or ""."""
        if isinstance(owner, list) and owner[0] == "name" and owner[1] in self._calls and owner[1] not in variables:
            return str(owner[1])
        return ""


def _parts(kind: str, parts: list[Expr]) -> list[Expr]:
    """The expressions in an expression (see `document_facts`)."""
    if kind == "get":
        return parts[:1]
    inner = parts[-1]
    if kind == "text" and isinstance(inner, list):
        return [part[0] for part in inner if isinstance(part, list)]
    if kind in ("map", "object") and isinstance(inner, list):
        return [item for entry in inner for item in entry]
    if kind in ("array", "apply") and isinstance(inner, list):
        return inner
    return parts


def _unique(refs: Iterable[Ref]) -> Refs:
    return tuple(dict.fromkeys(refs))
