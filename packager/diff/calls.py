"""How the calls of two definitions differ, and both as one graph."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from packager.diff.model import Aspect, AspectChange, CallChange, CallFacts, ChangeKind, Definition, EdgeChange
from packager.model.calls import Call, CallGraph, CallKind

_NOTHING = CallFacts()


def call_changes(before: Definition, after: Definition) -> Iterator[CallChange]:
    """Calls that differ, by their ids; what an added or removed call requests is on the one side that has it."""
    olds, news = _comparable(before, after)
    old, new = ({call.id: call for call in graph.calls} for graph in (olds, news))
    facts = dict(before.call_facts), dict(after.call_facts)
    changed: list[CallChange] = []
    groups: list[CallChange] = []
    for name in sorted(old.keys() | new.keys()):
        was, now = old.get(name), new.get(name)
        states = facts[0].get(name, _NOTHING), facts[1].get(name, _NOTHING)
        if was is None or now is None:
            kind = ChangeKind.ADDED if was is None else ChangeKind.REMOVED
            changed += [CallChange(kind, call, tuple(_values(*states))) for call in (was, now) if call is not None]
            continue
        aspects = (*_of_call(was, now), *_values(*states))
        if aspects or was.kind is now.kind is CallKind.TASK:
            aspects += tuple(_of_text(*states))
        elif any(_of_text(*states)):  # only the text of a sub-workflow: a change of its own calls explains that better
            groups.append(CallChange(ChangeKind.CHANGED, now, tuple(_of_text(*states))))
        if aspects:
            changed.append(CallChange(ChangeKind.CHANGED, now, aspects))
    touched = {change.call.id for change in changed} | {
        end for change in edge_changes(before, after) for end in (change.edge.source, change.edge.target)
    }
    changed += [group for group in groups if not any(name.startswith(f"{group.call.id}/") for name in touched)]
    return iter(sorted(changed, key=lambda change: change.call.id))


def edge_changes(before: Definition, after: Definition) -> Iterator[EdgeChange]:
    """Values that flow on one side only, by the ids of the calls."""
    old, new = (set(graph.edges) for graph in _comparable(before, after))
    for edge in sorted(old ^ new):
        yield EdgeChange(ChangeKind.ADDED if edge in new else ChangeKind.REMOVED, edge)


def merged(before: Definition | None, after: Definition | None) -> CallGraph:
    """All calls and edges of two definitions; without one of them, those of the other."""
    if before is None or after is None:
        known = before or after
        return known.calls if known else CallGraph()
    old, new = _comparable(before, after)
    calls = {call.id: call for call in old.calls} | {call.id: call for call in new.calls}
    return CallGraph(
        tuple(calls[name] for name in sorted(calls)),
        tuple(sorted({*old.edges, *new.edges})),
        max(old.unfollowed, new.unfollowed),
        tuple(sorted({*old.unread, *new.unread})),
    )


def unknown_calls(before: Definition, after: Definition) -> list[str]:
    """The ids of sub-workflows whose calls are known on one side only: nothing is reported about these."""
    graphs = before.calls, after.calls
    return sorted(
        {
            name
            for graph, other in (graphs, graphs[::-1])
            for name in graph.unread
            if any(call.parent == name for call in other.calls)
        }
    )


def _comparable(before: Definition, after: Definition) -> tuple[CallGraph, CallGraph]:
    """The graphs without what is in a sub-workflow whose calls are unknown on one side."""
    unknown = unknown_calls(before, after)
    return _without(before.calls, unknown), _without(after.calls, unknown)


def _without(graph: CallGraph, unknown: Collection[str]) -> CallGraph:
    if not unknown:
        return graph

    def is_known(name: str) -> bool:
        return not any(name.startswith(f"{each}/") for each in unknown)

    calls = tuple(call for call in graph.calls if is_known(call.id))
    edges = (edge for edge in graph.edges if is_known(edge.source) and is_known(edge.target))
    # Of a sub-workflow with unknown calls, the sub-workflow itself is the end of edges; the other side has its calls.
    return replace(
        graph, calls=calls, edges=tuple(edge for edge in edges if not {edge.source, edge.target} & {*unknown})
    )


def _of_call(was: Call, now: Call) -> Iterator[AspectChange]:
    if was.callee != now.callee:
        yield AspectChange(Aspect.CALLEE, was.callee, now.callee)
    if was.scattered != now.scattered:
        yield AspectChange(Aspect.SCATTER, _times(was), _times(now))
    if was.conditional != now.conditional:
        yield AspectChange(Aspect.CONDITION, _condition(was), _condition(now))


def _times(call: Call) -> str:
    return "many times" if call.scattered else "once"


def _condition(call: Call) -> str:
    return "on a condition" if call.conditional else "always"


def _values(before: CallFacts, after: CallFacts) -> Iterator[AspectChange]:
    old, new = dict(before.values), dict(after.values)
    for aspect in Aspect:
        if old.get(aspect.value) != new.get(aspect.value):
            yield AspectChange(aspect, old.get(aspect.value), new.get(aspect.value))


def _of_text(before: CallFacts, after: CallFacts) -> Iterator[AspectChange]:
    if before.definition and after.definition and before.definition != after.definition:
        yield AspectChange(Aspect.DEFINITION)
    if before.arguments and after.arguments and before.arguments != after.arguments:
        yield AspectChange(Aspect.ARGUMENTS)
