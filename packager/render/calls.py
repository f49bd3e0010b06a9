"""The calls of a workflow and what flows between them, as JSON."""

from __future__ import annotations

from packager.findings.diagnostic import Place
from packager.model.calls import CallGraph


def graph_members(graph: CallGraph) -> dict[str, object]:
    """The members of a graph in the output of `inspect --format json`."""
    unread = frozenset(graph.unread)
    return {
        "calls": [
            {
                "id": call.id,
                "name": call.name,
                "callee": call.callee,
                "kind": call.kind.value,
                "parent": call.parent or None,
                "scattered": call.scattered,
                "conditional": call.conditional,
                "unread": call.id in unread,
                **_location(call.place),
                "definition": _location(call.definition) if call.definition.path else None,
            }
            for call in graph.calls
        ],
        "edges": [
            {"source": edge.source or None, "target": edge.target or None, "label": edge.label, "known": edge.known}
            for edge in graph.edges
        ],
        "unfollowedInputs": graph.unfollowed,
    }


def _location(place: Place) -> dict[str, object]:
    return {"path": place.path, "line": place.line}
