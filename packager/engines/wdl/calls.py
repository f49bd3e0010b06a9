"""Which tasks the main workflow reaches, and what their runtime attributes come to on the way there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from packager.engines.wdl.closure import ImportClosure
from packager.engines.wdl.document_facts import CallFact, DeclFact, TaskFact, WorkflowFact
from packager.engines.wdl.features import CallFeatures, is_file, literal_strings
from packager.engines.wdl.values import UNKNOWN, ValueSet, evaluate, union
from packager.findings.diagnostic import Place
from packager.model.features import FeatureName

_MAX_CALLS = 20_000
_MAX_NESTING = 20


@dataclass(slots=True)
class ReachedTask:
    """A task with every value that its runtime attributes come to, one for each way to it."""

    path: str
    task: TaskFact
    values: list[dict[str, ValueSet]] = field(default_factory=list)
    seen: set[Any] = field(default_factory=set)

    def value(self, name: str) -> ValueSet:
        """What a runtime attribute comes to, over all ways to the task."""
        return union([values[name] for values in self.values]) if self.values else UNKNOWN


class _Scope:
    """The names of a workflow or task under way; each is worked out once, when something asks for it."""

    def __init__(  # noqa: PLR0917 - a scope is what all of these make it
        self,
        inputs: tuple[DeclFact, ...],
        private: tuple[DeclFact, ...],
        supplied: Mapping[str, tuple[Any, _Scope]],
        prefix: str,
        path: str,
        outputs: Callable[[str, str], ValueSet] | None = None,
    ) -> None:
        self._outputs = outputs
        self._inputs = {decl.name: decl for decl in inputs}
        self._private: dict[str, list[DeclFact]] = {}
        for decl in private:
            self._private.setdefault(decl.name, []).append(decl)
        self._supplied = supplied
        self._prefix = prefix
        self.path = path
        self._known: dict[str, ValueSet] = {}

    def lookup(self, name: str) -> ValueSet:
        if name not in self._known:
            self._known[name] = UNKNOWN  # what refers to itself is not known
            self._known[name] = self._work_out(name)
        return self._known[name]

    def supplied(self, name: str) -> tuple[Any, _Scope | None]:
        """The expression that the call gives an input, and the scope it is of; None for both where it gives none."""
        return self._supplied.get(name, (None, None))

    def inside_of_ifs(self, name: str) -> list[Any]:
        """The values of declarations inside of `if`s, as they are there; empty when the name is none of these."""
        found = [decl.expr for decl in self._private.get(name, [])]
        return [unconditional(expr) for expr in found] if any(_is_conditional(expr) for expr in found) else []

    def kind_of(self, decl: DeclFact) -> FeatureName:
        """Who can set another value than a declaration's own: a run, perhaps a run by the call's name, or nobody."""
        if self._inputs.get(decl.name) is not decl:
            return FeatureName.FILE_FIXED
        return FeatureName.FILE_NESTED_DEFAULT if self._prefix else FeatureName.FILE_DEFAULT

    def origin(self, name: str) -> tuple[DeclFact, _Scope] | None:
        """The declaration whose own value a name has, and where it stands."""
        decl = self._inputs.get(name)
        if decl is not None and name in self._supplied:
            expr, outer = self._supplied[name]
            return outer.origin(expr[1]) if expr[0] == "name" else None
        if decl is None:
            same = self._private.get(name, [])
            decl = same[0] if len(same) == 1 else None
        return None if decl is None else (decl, self)

    def _work_out(self, name: str) -> ValueSet:
        if "." in name:
            call, _, output = name.partition(".")
            return self._outputs(call, output) if self._outputs is not None else UNKNOWN
        decl = self._inputs.get(name)
        if decl is None:
            same = self._private.get(name, [])
            return union([self._bound(one) for one in same]) if same else UNKNOWN
        if name in self._supplied:
            expr, outer = self._supplied[name]
            given = evaluate(expr, outer.lookup)
            if decl.text is None or None not in given.options:
                return given
            # An optional value that is absent leaves the default in place.
            present = tuple(option for option in given.options if option is not None)
            default = self._bound(decl)
            return union([ValueSet(present, given.more, given.depends), default])
        own = frozenset((self._prefix + name,))
        if decl.text is not None:
            default = self._bound(decl)
            return ValueSet(default.options, default.more, default.depends | own)
        return ValueSet((None,), False, own) if decl.optional else ValueSet((), True, own)

    def _bound(self, decl: DeclFact) -> ValueSet:
        if decl.text is None:
            return ValueSet((None,)) if decl.optional else UNKNOWN
        found = evaluate(decl.expr, self.lookup)
        if decl.type.rstrip("?") == "String":
            texts = tuple(
                str(one) if isinstance(one, int) and not isinstance(one, bool) else one for one in found.options
            )
            return ValueSet(texts, found.more, found.depends)
        return found


def _is_conditional(expr: Any) -> bool:
    return isinstance(expr, list | tuple) and bool(expr) and expr[0] == "when"


def unconditional(expr: Any) -> Any:
    """A declaration's value without the `if`s around it."""
    while _is_conditional(expr):
        expr = expr[2]
    return expr


class CallWalker:
    """Follows calls from the main workflow, each task with the values that reach it."""

    def __init__(self, closure: ImportClosure) -> None:
        self._closure = closure
        self.reached: dict[tuple[str, str], ReachedTask] = {}
        self.uses = CallFeatures()
        self.visited: set[str] = set()
        self._calls = 0
        self._followed: set[tuple[Any, ...]] = set()
        self._inner: dict[tuple[Any, ...], tuple[WorkflowFact, _Scope]] = {}
        self.unresolved = False
        self.overflow = False

    def start(self, path: str, workflow: WorkflowFact) -> None:
        """Follow the calls of the main workflow; its inputs are what values depend on."""
        self._workflow(path, workflow, self._scope(path, workflow, {}, "", 0), _Way())

    def _scope(
        self, path: str, workflow: WorkflowFact, supplied: Mapping[str, tuple[Any, _Scope]], prefix: str, depth: int
    ) -> _Scope:
        """The scope of a workflow, in which outputs of its calls of sub-workflows are known as far as defaults tell."""
        inner: dict[str, tuple[WorkflowFact, _Scope] | None] = {}

        def output_of(call: str, output: str) -> ValueSet:
            fact = next((one for one in workflow.calls if one.name == call), None)
            if fact is None or fact.scatters or depth > _MAX_NESTING:
                return UNKNOWN
            if call not in inner:
                inner[call] = self._called(path, fact, scope, depth)
            found = inner[call]
            declared = next((one for one in found[0].outputs if one.name == output), None) if found else None
            if found is None or declared is None:
                return UNKNOWN
            value = evaluate(declared.expr, found[1].lookup)
            return union([value, ValueSet((None,))]) if fact.conditional else value

        scope = _Scope(workflow.inputs, workflow.private, supplied, prefix, path, output_of)
        return scope

    def _called(self, path: str, call: CallFact, scope: _Scope, depth: int) -> tuple[WorkflowFact, _Scope] | None:
        """The sub-workflow that a call is of, with its scope there."""
        target = self._closure.target(path, call.callee[0]) if len(call.callee) == 2 else None
        document = self._closure.documents.get(target) if target is not None and target != path else None
        inner = document.workflow if document is not None else None
        if inner is None or target is None or inner.name != call.callee[-1]:
            return None
        supplied = {key: (expr, scope) for key, expr in call.inputs}
        key = (target, depth, _supply(supplied))
        if key not in self._inner:
            self._inner[key] = inner, self._scope(target, inner, supplied, f"{inner.name}.", depth + 1)
        return self._inner[key]

    def _workflow(self, path: str, workflow: WorkflowFact, scope: _Scope, way: _Way) -> None:
        if way.depth > _MAX_NESTING:
            self.overflow = True
            return
        self.visited.add(path)
        for call in workflow.calls:
            self._calls += 1
            self._call(path, call, scope, way.through(call))

    def _call(self, path: str, call: CallFact, scope: _Scope, way: _Way) -> None:
        target = path
        if len(call.callee) > 1:
            found = self._closure.target(path, call.callee[0])
            if found is None:
                self.unresolved = True
                return
            target = found
        document = self._closure.documents.get(target)
        if document is None or len(call.callee) > 2:
            self.unresolved = True
            return
        name = call.callee[-1]
        around = _around(call, scope)
        supplied = {key: (expr, around) for key, expr in call.inputs}
        inner = document.workflow
        if inner is not None and inner.name == name and target != path:
            if self._calls > _MAX_CALLS:
                self.overflow = True
                if target in self.visited:
                    return
            key = (target, way, _supply(supplied))
            if key not in self._followed:  # the same inputs on the same way make the same of its tasks
                self._followed.add(key)
                nested = self._scope(target, inner, supplied, f"{inner.name}.", way.depth)
                self._workflow(target, inner, nested, way)
            return
        task = next((one for one in reversed(document.tasks) if one.name == name), None)
        if task is None:
            self.unresolved = True
            return
        entry = self.reached.setdefault((target, name), ReachedTask(target, task))
        if self._calls > _MAX_CALLS:
            self.overflow = True
            if entry.values:
                return
        own = _Scope(task.inputs, task.private, supplied, f"{task.name}.", target)
        self.uses.task(task, call.span.at(path), scattered=way.scattered)
        self._files(task, own, call.span.at(path), way)
        values = {one.name: evaluate(one.expr, own.lookup) for one in task.runtime}
        mark = repr([(key, one.options, one.more, sorted(one.depends)) for key, one in values.items()])
        if mark not in entry.seen:
            entry.seen.add(mark)
            entry.values.append(values)

    def _files(self, task: TaskFact, scope: _Scope, place: Place, way: _Way) -> None:
        """Note the files that literals name and nothing on the way replaces."""
        for decl in filter(is_file, task.inputs):
            expr, _ = scope.supplied(decl.name)
            for text in literal_strings(expr):
                self.uses.file(FeatureName.FILE_FIXED, decl.name, text, place, conditional=way.conditional)
            found = scope.origin(decl.name)
            if found is None:
                continue
            source, where = found
            for text in literal_strings(source.expr):
                here = source.span.at(where.path)
                self.uses.file(where.kind_of(source), source.name, text, here, conditional=way.conditional)


@dataclass(frozen=True, slots=True)
class _Way:
    """What is around a call, on the whole way from the main workflow."""

    depth: int = 0
    scattered: bool = False
    conditional: bool = False

    def through(self, call: CallFact) -> _Way:
        return _Way(self.depth + 1, self.scattered or bool(call.scatters), self.conditional or call.conditional)


class _Around(_Scope):
    """A workflow's scope as a call sees it: with the scatter variables around it, and inside of the `if`s."""

    def __init__(self, scope: _Scope, call: CallFact) -> None:
        self._scope = scope
        self._scatters = dict(call.scatters)
        self._inside = call.conditional
        self._known = {}

    def origin(self, name: str) -> tuple[DeclFact, _Scope] | None:
        return None if name in self._scatters else self._scope.origin(name)

    def _work_out(self, name: str) -> ValueSet:
        if name not in self._scatters:
            own = self._scope.inside_of_ifs(name) if self._inside else []
            return union([evaluate(one, self.lookup) for one in own]) if own else self._scope.lookup(name)
        arrays = evaluate(self._scatters[name], self.lookup)
        items = [ValueSet(tuple(option)) for option in arrays.options if isinstance(option, list | tuple)]
        found = union(items)
        more = arrays.more or len(items) < len(arrays.options) or found.more
        return ValueSet(found.options, more, arrays.depends)


def _supply(supplied: Mapping[str, tuple[Any, _Scope]]) -> str:
    """What a call gives a sub-workflow, as a text that tells calls apart: values, and where literals come from."""
    parts = []
    for name, (expr, scope) in sorted(supplied.items(), key=lambda item: item[0]):
        value = evaluate(expr, scope.lookup)
        origin = scope.origin(expr[1]) if expr[0] == "name" else None
        source = (
            None if origin is None else (origin[0].name, origin[0].span, origin[1].path, origin[1].kind_of(origin[0]))
        )
        parts.append((name, value.options, value.more, sorted(value.depends), source))
    return repr(parts)


def _around(call: CallFact, scope: _Scope) -> _Scope:
    return _Around(scope, call) if call.scatters or call.conditional else scope
