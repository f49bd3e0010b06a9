"""The calls of a workflow and what flows between them, as JSON."""

from __future__ import annotations

from packager.app.loaded import Loaded
from packager.findings.diagnostic import Place
from packager.model.calls import CallGraph
from packager.render.report import SCHEMA_VERSION, tool


def graph_json(loaded: Loaded) -> dict[str, object]:
    """The output of `graph --format json`: all calls and edges, nothing folded."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "tool": tool(),
        "name": loaded.workflow.name,
        "engine": loaded.detection.engine.value,
        "main": loaded.detection.main,
        **graph_members(loaded.workflow.graph),
    }


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
