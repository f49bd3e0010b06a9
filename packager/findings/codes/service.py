"""What the service itself says of a definition: its `statusMessage`, as findings."""

from __future__ import annotations

from packager.findings.codes.registry import row
from packager.findings.diagnostic import Severity

_LINTERS = "user guide, workflow linters page (2026-10); API GetWorkflow, GetWorkflowVersion"

row(
    "REQ020",
    "service-refused-definition",
    Severity.ERROR,
    "The service refused the definition: the workflow or version became FAILED.",
    why="No run can be started with it. The service says why in its status message, some time after it has accepted the request.",
    hint="correct the definition and submit it again",
    source=_LINTERS,
)
row(
    "REQ021",
    "service-warning",
    Severity.WARNING,
    "The service has an objection to the definition that does not stop it.",
    why="The workflow becomes ACTIVE all the same; what the service warns of may still change how a run goes.",
    hint="see whether it is meant so",
    source=_LINTERS,
)
