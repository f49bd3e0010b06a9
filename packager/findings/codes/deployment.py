"""What shows only after something was deployed."""

from __future__ import annotations

from packager.findings.codes.registry import row
from packager.findings.diagnostic import Severity

row(
    "REQ038",
    "deployed-otherwise",
    Severity.ERROR,
    "What became ACTIVE is not what was sent.",
    why="The service answers with the engine, the main file, the template, the registry map and the profiles that it has taken; a "
    "run would use these, not what was meant.",
    hint="look at what is deployed with `packager diff`",
    source="API GetWorkflow, GetWorkflowVersion",
)

row(
    "REQ040",
    "version-name-unused",
    Severity.INFO,
    "A version's name was given, but the workflow is new.",
    why="CreateWorkflow makes the default version, which has no name; a run names no version to get it. The name is free for the next "
    "version.",
    hint="start runs without `--workflow-version-name` until there is a version",
    source="API CreateWorkflow; default version page",
)
