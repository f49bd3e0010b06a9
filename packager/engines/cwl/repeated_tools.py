"""cwltool's loading of a tool that more than one step runs, done once.

cwltool resolves, validates and builds a process for each step, even if steps run the same file. Here, two steps get the same process if
their tool has the same address and they pass on the same requirements and hints. What cwltool reports is the same.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator

from cwltool import workflow
from cwltool.context import LoadingContext
from cwltool.process import Process

LoadTool = Callable[[object, LoadingContext | None], Process]


@contextlib.contextmanager
def loaded_once() -> Iterator[None]:
    """Load each tool once while a definition is validated; the original function is restored at the end."""
    original: LoadTool | None = getattr(workflow, "load_tool", None)
    if original is None:  # another version of cwltool: it then loads each tool as often as it wants
        yield
        return
    workflow.load_tool = _remembering(original)
    try:
        yield
    finally:
        workflow.load_tool = original


def _remembering(original: LoadTool) -> LoadTool:
    known: dict[str, Process] = {}

    def load_tool(tool: object, context: LoadingContext | None = None) -> Process:
        key = _key(tool, context)
        if key is None:
            return original(tool, context)
        if key not in known:
            known[key] = original(tool, context)
        return known[key]

    return load_tool


def _key(tool: object, context: LoadingContext | None) -> str | None:
    """What decides about the process of a step; None if it is not a file."""
    if not isinstance(tool, str) or context is None or context.metadata:
        return None
    try:
        return json.dumps([tool, context.requirements, context.hints])
    except (TypeError, ValueError, RecursionError):
        return None
