"""From the bodies of workflows to the graph of all calls: the same for every engine.

An engine describes each workflow once, as a `Body`: its calls, and what its names are made of. A sub-workflow's calls are then added for
every call of it, and values are followed through names, inputs and outputs to the calls that make them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from packager.findings.diagnostic import Place
from packager.model.calls import Call, CallEdge, CallGraph, CallKind

MAX_CALLS = 5_000  # of sub-workflows, each as often as it is called; the largest public workflows have under 1,000
MAX_LEVELS = 20
MAX_ID_LENGTH = 4_000_000  # of all ids together
MAX_EDGES = 50_000
MAX_STEPS = 2_000_000  # from a name to what it is made of, for all calls together: about two seconds


class Ref(NamedTuple):
    """A use of a value: the output `name` of a call (any if ""), or without a call the name of an input or variable.

    `known` is False if the value passes through code that is not followed.
    """

    call: str
    name: str
    known: bool = True


UNKNOWN_SOURCE = Ref("", "")  # a value of unknown source
_MAIN = "\0main"
Refs = tuple[Ref, ...]


def main_input(name: str) -> Ref:
    """An input of the main workflow, which the body of any workflow may use; any of them if the name is ""."""
    return Ref(_MAIN, name)


def is_main_input(ref: Ref) -> bool:
    """Whether a value is an input of the main workflow, made by `main_input`."""
    return ref.call == _MAIN


@dataclass(slots=True)
class BodyCall:
    """A call in the body of a workflow; `inputs` by the names of the callee's inputs, `deciding` the values that decide whether it runs.

    `inside` is the body of the called sub-workflow: None for a task, and if it is unknown.
    """

    name: str
    callee: str
    kind: CallKind
    place: Place
    definition: Place = field(default_factory=lambda: Place(""))
    scattered: bool = False
    conditional: bool = False
    inputs: Mapping[str, Refs] = field(default_factory=dict)
    deciding: Refs = ()
    inside: Callable[[], Body | None] | None = None


@dataclass(slots=True, eq=False)
class Body:
    """What a workflow consists of; `values` has what its variables, and the defaults of its inputs, are made of."""

    calls: list[BodyCall] = field(default_factory=list)
    inputs: frozenset[str] = frozenset()
    values: Mapping[str, Refs] = field(default_factory=dict)
    outputs: Mapping[str, Refs] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class _Instance:
    """A workflow in the place of one call of it; `callers` are the bodies around it, its own included."""

    id: str
    body: Body
    call: BodyCall | None = None
    parent: _Instance | None = None
    callers: tuple[Body, ...] = ()
    inner: dict[str, _Instance] = field(default_factory=dict)
    leaves: dict[str, str] = field(default_factory=dict)  # the ids of all calls, by name
    used: set[str] = field(default_factory=set)  # inputs that reach a call inside or an output
    origins: dict[Ref, _Origin] = field(default_factory=dict)  # of the values so far


_Source = tuple[str, str, bool]  # a call's id, its output, and whether all of the way is known
_Use = tuple["_Instance", Ref]
_Origin = tuple[
    tuple[str, str] | None, list[_Use]
]  # a call's output or an input of main, or else what to follow further


def graph_of(main: Body) -> CallGraph:
    """The graph of the workflow with this body."""
    return _Builder(main).build()


class _Builder:
    def __init__(self, main: Body) -> None:
        self._root = _Instance("", main, callers=(main,))
        self._calls: dict[str, Call] = {}
        self._unread: list[str] = []
        self._edges: dict[tuple[str, str], tuple[str, bool]] = {}
        self._unfollowed = 0
        self._steps = 0

    def build(self) -> CallGraph:
        instances = self._expand()
        for instance in instances:
            for call in instance.body.calls:
                self._connect(instance, call)
        self._connect_outputs()
        for instance in reversed(instances):  # inner ones first: they use the inputs of outer ones
            self._connect_unused(instance)
        edges = tuple(CallEdge(*ends, *flow) for ends, flow in sorted(self._edges.items()))
        calls = tuple(self._calls[identifier] for identifier in sorted(self._calls))
        return CallGraph(calls, edges, self._unfollowed, tuple(sorted(self._unread)))

    def _expand(self) -> list[_Instance]:
        """Add all calls, level by level, so that outer levels are complete where there are too many."""
        instances = [self._root]
        calls = length = 0
        for instance in instances:
            for call in instance.body.calls:
                identifier = self._identify(instance, call)
                if call.kind is not CallKind.WORKFLOW:
                    continue
                body = call.inside() if call.inside is not None else None
                if body is None or body in instance.callers or len(instance.callers) > MAX_LEVELS:
                    self._unread.append(identifier)
                    continue
                calls += len(body.calls)
                length += sum(len(identifier) + len(below.name) for below in body.calls)
                if calls > MAX_CALLS or length > MAX_ID_LENGTH:
                    self._unread.append(identifier)
                    continue
                inner = _Instance(identifier, body, call, instance, (*instance.callers, body))
                instance.inner[call.name] = inner
                instances.append(inner)
        return instances

    def _identify(self, instance: _Instance, call: BodyCall) -> str:
        """Add a call, and return its id."""
        name = call.name.replace("/", "_") or call.callee.replace("/", "_") or "call"
        identifier = base = f"{instance.id}/{name}" if instance.id else name
        number = 1
        while identifier in self._calls:
            number += 1
            identifier = f"{base}:{number}"
        self._calls[identifier] = Call(
            identifier,
            call.name,
            call.callee,
            call.kind,
            call.place,
            call.definition,
            instance.id,
            call.scattered,
            call.conditional,
        )
        instance.leaves.setdefault(call.name, identifier)
        return identifier

    def _connect(self, instance: _Instance, call: BodyCall) -> None:
        """Add the edges to a call; those to a sub-workflow's inputs come from its own calls."""
        target = instance.leaves[call.name]
        if call.deciding:
            self._add_all(target, self._sources([(instance, ref) for ref in call.deciding]))
        if call.name in instance.inner:
            return
        refs = [(instance, ref) for refs in call.inputs.values() for ref in refs]
        sources = self._sources(refs)
        if _UNKNOWN in sources:
            each = [self._sources([(instance, ref) for ref in refs]) for refs in call.inputs.values()]
            self._unfollowed += sum(_UNKNOWN in of_input for of_input in each)
        self._add_all(target, sources)

    def _connect_outputs(self) -> None:
        refs = [(self._root, ref) for refs in self._root.body.outputs.values() for ref in refs]
        self._add_all("", [source for source in self._sources(refs) if source[0]])

    def _connect_unused(self, instance: _Instance) -> None:
        """Connect a sub-workflow itself with the inputs that no call inside uses."""
        if instance.call is None or instance.parent is None:
            return
        for name, refs in instance.call.inputs.items():
            if name not in instance.used:
                self._add_all(instance.id, self._sources([(instance.parent, ref) for ref in refs]))

    def _add_all(self, target: str, sources: Iterable[_Source]) -> None:
        for source, label, known in sources:
            if source == _UNKNOWN[0] or source == target:
                continue
            before = self._edges.get((source, target))
            if before is None and len(self._edges) >= MAX_EDGES:
                self._unfollowed += 1
            elif before is None:
                self._edges[source, target] = label, known
            elif before != (label, known):
                self._edges[source, target] = label if label == before[0] else "", known or before[1]

    def _sources(self, uses: list[_Use]) -> list[_Source]:
        """The calls' outputs and main inputs that values are made of; ways that are known are tried first."""
        if self._steps > MAX_STEPS:
            return [_UNKNOWN] if uses else []
        found: dict[tuple[str, str], bool] = {}
        seen: set[_Use] = set()
        known, unknown = list(reversed(uses)), list[_Use]()
        while known or unknown:
            certain = bool(known)
            use = known.pop() if certain else unknown.pop()
            instance, ref = use
            if certain and not ref.known:
                unknown.append(use)
                continue
            if use in seen:
                continue
            seen.add(use)
            origin = instance.origins.get(ref)
            if origin is None:
                origin = instance.origins[ref] = _origin(instance, ref)
            source, further = origin
            if source is not None:
                found.setdefault(source, certain)
            if further:
                (known if certain else unknown).extend(further)
        self._steps += len(seen)
        return [(*source, certain) for source, certain in found.items()]


_UNKNOWN: _Source = ("\0", "", True)


def _origin(instance: _Instance, ref: Ref) -> _Origin:
    """Where a value comes from."""
    if is_main_input(ref):
        return ("", ref.name), []
    if ref.call:
        return _output(instance, ref)
    name = ref.name
    if ref[:2] == UNKNOWN_SOURCE[:2]:
        return _UNKNOWN[:2], []
    further = [(instance, part) for part in instance.body.values.get(name, ())]
    if name not in instance.body.inputs:
        return None, further
    if instance.parent is None or instance.call is None:
        return ("", name), [use for use in further if use[1].call]
    instance.used.add(name)
    if name in instance.call.inputs:
        return None, [(instance.parent, part) for part in instance.call.inputs[name]]
    return None, further


def _output(instance: _Instance, ref: Ref) -> _Origin:
    inner = instance.inner.get(ref.call)
    if inner is None:
        leaf = instance.leaves.get(ref.call)
        return (leaf, ref.name) if leaf is not None else None, []
    outputs = inner.body.outputs
    names = [ref.name] if ref.name else list(outputs)
    if not all(name in outputs for name in names):
        return (inner.id, ref.name), []
    parts = [part for name in names for part in outputs[name]]
    return None, [(inner, part) for part in parts]
