"""Which tasks the main workflow reaches, and what their runtime attributes resolve to on the way there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from packager.engines.wdl.closure import ImportClosure
from packager.engines.wdl.document_facts import CallFact, DeclFact, TaskFact, WorkflowFact
from packager.engines.wdl.features import CallFeatures, is_file, literal_strings
from packager.engines.wdl.values import UNKNOWN, ValueSet, evaluate, union
from packager.findings.diagnostic import Place
from packager.model.features import FeatureName

_MAX_CALLS = 20_000
_MAX_NESTING = 20
NO_INPUTS: Mapping[str, object] = {}


@dataclass(slots=True)
class ReachedTask:
    """A task with the values of its runtime attributes, once for each way to it.

    `deciding` are the inputs that decide whether a run reaches it; None if every run does.
    """

    path: str
    task: TaskFact
    values: list[dict[str, ValueSet]] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    deciding: frozenset[str] | None = frozenset()

    def value(self, name: str) -> ValueSet:
        """What a runtime attribute resolves to, over all ways to the task."""
        return union([values[name] for values in self.values]) if self.values else UNKNOWN

    def reach(self, deciding: frozenset[str] | None) -> None:
        """Add a way to the task: see `deciding`."""
        self.deciding = None if deciding is None or self.deciding is None else self.deciding | deciding


class _Scope:
    """The names of a workflow or task that a call runs; each is evaluated once, when it is needed.

    `supplied` are the expressions that the call gives to inputs, each with the scope that it is evaluated in.
    """

    def __init__(
        self,
        owner: WorkflowFact | TaskFact,
        path: str,
        supplied: Supplied,
        *,
        prefix: str = "",
        outputs: Callable[[str, str], ValueSet] | None = None,
    ) -> None:
        self._outputs = outputs
        self._inputs = {decl.name: decl for decl in owner.inputs}
        self._private: dict[str, list[DeclFact]] = {}
        for decl in owner.private:
            self._private.setdefault(decl.name, []).append(decl)
        self._supplied = supplied
        self._prefix = prefix
        self.path = path
        self._known: dict[str, ValueSet] = {}

    def release(self) -> None:
        """Forget the outputs of calls; their functions refer to this scope."""
        self._outputs = None

    def lookup(self, name: str) -> ValueSet:
        if name not in self._known:
            self._known[name] = UNKNOWN  # what refers to itself is unknown
            self._known[name] = self._evaluate(name)
        return self._known[name]

    def supplied(self, name: str) -> object:
        """The expression that the call gives to an input, or None."""
        return self._supplied[name][0] if name in self._supplied else None

    def inside_of_ifs(self, name: str) -> list[object]:
        """The expressions of declarations inside of `if`s, without the `if`s; empty for other names."""
        exprs = [decl.expr for decl in self._private.get(name, [])]
        return [_unconditional(expr) for expr in exprs] if any(_is_conditional(expr) for expr in exprs) else []

    def kind_of(self, decl: DeclFact) -> FeatureName:
        """The kind of a declaration's own value, by who can replace it: a run, perhaps a run by the call's name, or nobody."""
        if self._inputs.get(decl.name) is not decl:
            return FeatureName.FILE_FIXED
        return FeatureName.FILE_NESTED_DEFAULT if self._prefix else FeatureName.FILE_DEFAULT

    def origin(self, name: str) -> tuple[DeclFact, _Scope] | None:
        """The declaration whose own value a name has, and the scope that declares it."""
        decl = self._inputs.get(name)
        if decl is not None and name in self._supplied:
            expr, outer = self._supplied[name]
            source = _name_of(expr)
            return outer.origin(source) if source is not None else None
        if decl is None:
            same = self._private.get(name, [])
            decl = same[0] if len(same) == 1 else None
        return None if decl is None else (decl, self)

    def _evaluate(self, name: str) -> ValueSet:
        if "." in name:
            call, _, output = name.partition(".")
            return self._outputs(call, output) if self._outputs is not None else UNKNOWN
        decl = self._inputs.get(name)
        if decl is None:
            same = self._private.get(name, [])
            return union([self._bound(private) for private in same]) if same else UNKNOWN
        if name in self._supplied:
            expr, outer = self._supplied[name]
            value = evaluate(expr, outer.lookup)
            if decl.text is None or None not in value.options:
                return value
            # An optional value that is absent leaves the default in place.
            present = tuple(option for option in value.options if option is not None)
            return union([ValueSet(present, value.more, value.depends), self._bound(decl)])
        own = frozenset((self._prefix + name,))
        if decl.text is not None:
            default = self._bound(decl)
            return ValueSet(default.options, default.more, default.depends | own)
        return ValueSet((None,), False, own) if decl.optional else ValueSet((), True, own)

    def _bound(self, decl: DeclFact) -> ValueSet:
        if decl.text is None:
            return ValueSet((None,)) if decl.optional else UNKNOWN
        value = evaluate(decl.expr, self.lookup)
        if decl.type.rstrip("?") == "String":
            strings = tuple(
                str(option) if isinstance(option, int) and not isinstance(option, bool) else option
                for option in value.options
            )
            return ValueSet(strings, value.more, value.depends)
        return value


Supplied = Mapping[str, tuple[object, _Scope]]


def _is_conditional(expr: object) -> bool:
    return isinstance(expr, list) and bool(expr) and expr[0] == "when"


def _unconditional(expr: object) -> object:
    """A declaration's expression without the `if`s around it."""
    while isinstance(expr, list) and _is_conditional(expr):
        expr = expr[2]
    return expr


def _name_of(expr: object) -> str | None:
    """The name that an expression is, or None for any other expression."""
    return str(expr[1]) if isinstance(expr, list) and expr[0] == "name" else None


class CallWalker:
    """Follows calls from the main workflow, each task with the values that reach it."""

    def __init__(self, closure: ImportClosure) -> None:
        self._closure = closure
        self.reached: dict[tuple[str, str], ReachedTask] = {}
        self.uses = CallFeatures()
        self.visited: set[str] = set()
        self._calls = 0
        self._followed: set[tuple[str, _Way, str]] = set()
        self._inner: dict[tuple[str, int, str], tuple[WorkflowFact, _Scope]] = {}
        self._scopes: list[_Scope] = []
        self.unresolved = False
        self.overflow = False

    def start(self, path: str, workflow: WorkflowFact, given: Mapping[str, object] = NO_INPUTS) -> None:
        """Follow the calls of the main workflow; its inputs are what values depend on, unless they are `given`."""
        nothing = _Scope(workflow, path, {})
        supplied = {name: (["value", value], nothing) for name, value in given.items()}
        self._workflow(path, workflow, self._scope(path, workflow, supplied, "", 0), _Way())

    def _scope(self, path: str, workflow: WorkflowFact, supplied: Supplied, prefix: str, depth: int) -> _Scope:
        """The scope of a workflow; it knows the outputs of called sub-workflows as far as defaults tell."""
        inner: dict[str, tuple[WorkflowFact, _Scope] | None] = {}

        def output_of(call: str, output: str) -> ValueSet:
            fact = next((fact for fact in workflow.calls if fact.name == call), None)
            if fact is None or fact.scatters or depth > _MAX_NESTING:
                return UNKNOWN
            if call not in inner:
                inner[call] = self._called(path, fact, scope, depth)
            called = inner[call]
            declared = next((decl for decl in called[0].outputs if decl.name == output), None) if called else None
            if called is None or declared is None:
                return UNKNOWN
            value = evaluate(declared.expr, called[1].lookup)
            return union([value, ValueSet((None,))]) if fact.conditional else value

        scope = _Scope(workflow, path, supplied, prefix=prefix, outputs=output_of)
        self._scopes.append(scope)
        return scope

    def release(self) -> None:
        """Separate what refers to itself, so that its memory is free at once; values are no longer known."""
        for scope in self._scopes:
            scope.release()

    def _called(self, path: str, call: CallFact, scope: _Scope, depth: int) -> tuple[WorkflowFact, _Scope] | None:
        """The sub-workflow that a call runs, with its scope."""
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
            self._call(path, call, scope, way)

    def _call(self, path: str, call: CallFact, scope: _Scope, above: _Way) -> None:
        target = self._closure.target(path, call.callee[0]) if len(call.callee) > 1 else path
        document = self._closure.documents.get(target) if target is not None else None
        if target is None or document is None or len(call.callee) > 2:
            self.unresolved = True
            return
        name = call.callee[-1]
        around = _around(call, scope)
        way = above.through(call, around)
        supplied = {key: (expr, around) for key, expr in call.inputs}
        inner = document.workflow
        if inner is not None and inner.name == name and target != path:
            if self._calls > _MAX_CALLS:
                self.overflow = True
                if target in self.visited:
                    return
            key = (target, way, _supply(supplied))
            if key not in self._followed:  # the same inputs on the same way give its tasks the same values
                self._followed.add(key)
                nested = self._scope(target, inner, supplied, f"{inner.name}.", way.depth)
                self._workflow(target, inner, nested, way)
            return
        task = next((task for task in reversed(document.tasks) if task.name == name), None)
        if task is None:
            self.unresolved = True
            return
        entry = self.reached.setdefault((target, name), ReachedTask(target, task))
        entry.reach(way.deciding if way.conditional else None)
        if self._calls > _MAX_CALLS:
            self.overflow = True
            if entry.values:
                return
        own = _Scope(task, target, supplied, prefix=f"{task.name}.")
        self.uses.task(task, call.span.at(path), scattered=way.scattered)
        self._files(task, own, call.span.at(path), way)
        values = {attribute.name: evaluate(attribute.expr, own.lookup) for attribute in task.runtime}
        mark = repr([(key, value.options, value.more, sorted(value.depends)) for key, value in values.items()])
        if mark not in entry.seen:
            entry.seen.add(mark)
            entry.values.append(values)

    def _files(self, task: TaskFact, scope: _Scope, place: Place, way: _Way) -> None:
        """Note the files that literals name and nothing on the way replaces."""
        for decl in filter(is_file, task.inputs):
            for text in literal_strings(scope.supplied(decl.name)):
                self.uses.file(FeatureName.FILE_FIXED, decl.name, text, place, conditional=way.conditional)
            origin = scope.origin(decl.name)
            if origin is None:
                continue
            source, declaring = origin
            for text in literal_strings(source.expr):
                declared = source.span.at(declaring.path)
                self.uses.file(declaring.kind_of(source), source.name, text, declared, conditional=way.conditional)


@dataclass(frozen=True, slots=True)
class _Way:
    """What surrounds a call, on the whole way from the main workflow; `deciding` are the inputs of conditions."""

    depth: int = 0
    scattered: bool = False
    conditional: bool = False
    deciding: frozenset[str] = frozenset()

    def through(self, call: CallFact, scope: _Scope) -> _Way:
        """The way on to a call, whose conditions are evaluated in a scope."""
        conditions = [evaluate(condition, scope.lookup) for condition in call.conditions]
        conditions = [value for value in conditions if value.depends or not (value.known and value.options[0] is True)]
        # A scatter over an array that may be empty is a condition too, if its length is known by default.
        arrays = [evaluate(array, scope.lookup) for _, array in call.scatters]
        conditions += [value for value in arrays if [] in value.options]
        return _Way(
            self.depth + 1,
            self.scattered or bool(call.scatters),
            self.conditional or bool(conditions),
            self.deciding.union(*(value.depends for value in conditions)),
        )


class _Around(_Scope):
    """A workflow's scope as a call sees it: with the scatter variables around it, and inside of the `if`s."""

    def __init__(self, scope: _Scope, call: CallFact) -> None:
        self._scope = scope
        self._scatters = dict(call.scatters)
        self._inside = call.conditional
        self._known = {}

    def origin(self, name: str) -> tuple[DeclFact, _Scope] | None:
        return None if name in self._scatters else self._scope.origin(name)

    def _evaluate(self, name: str) -> ValueSet:
        if name not in self._scatters:
            own = self._scope.inside_of_ifs(name) if self._inside else []
            return union([evaluate(expr, self.lookup) for expr in own]) if own else self._scope.lookup(name)
        arrays = evaluate(self._scatters[name], self.lookup)
        arrays_known = [ValueSet(tuple(option)) for option in arrays.options if isinstance(option, list)]
        items = union(arrays_known)
        more = arrays.more or len(arrays_known) < len(arrays.options) or items.more
        return ValueSet(items.options, more, arrays.depends)


def _supply(supplied: Supplied) -> str:
    """What a call gives to a sub-workflow, as a string that distinguishes calls: values, and where literals come from."""
    parts = []
    for parameter, (expr, scope) in sorted(supplied.items(), key=lambda item: item[0]):
        value = evaluate(expr, scope.lookup)
        name = _name_of(expr)
        origin = scope.origin(name) if name is not None else None
        source = (
            None if origin is None else (origin[0].name, origin[0].span, origin[1].path, origin[1].kind_of(origin[0]))
        )
        parts.append((parameter, value.options, value.more, sorted(value.depends), source))
    return repr(parts)


def _around(call: CallFact, scope: _Scope) -> _Scope:
    return _Around(scope, call) if call.scatters or call.conditional else scope
