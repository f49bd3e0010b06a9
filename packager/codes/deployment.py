"""What shows only after something was deployed."""

from __future__ import annotations

from packager.codes.registry import row
from packager.diagnostics import Severity

row(
    "REQ038",
    "deployed-otherwise",
    Severity.ERROR,
    "What became ACTIVE is not what was sent.",
    why="The service answers with the engine, the main file, the template, the registry map and the profiles that it has taken; a "
    "run would use these, not what was meant.",
    hint="send `engine` and `main` explicitly, and look at the definition with `packager diff`",
    source="API GetWorkflow, GetWorkflowVersion",
)
