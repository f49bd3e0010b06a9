"""What the service reports about a definition (`statusMessage`), and what differs once it is deployed."""

from __future__ import annotations

from packager.findings.codes.registry import row
from packager.findings.diagnostic import Severity
from packager.findings.sources import Api, Guide, Own, cite

row(
    "REQ020",
    "service-refused-definition",
    Severity.ERROR,
    "The service rejected the definition: the workflow or version became FAILED.",
    why="No run can be started with it. The service reports the reason in its status message, some time after it accepted the request.",
    hint="correct the definition and submit it again",
    source=cite(Guide.LINTERS, "WDL", Api.OMICS, "GetWorkflow", "GetWorkflowVersion"),
)
row(
    "REQ021",
    "service-warning",
    Severity.WARNING,
    "The service warns about the definition but accepts it.",
    why="The workflow becomes ACTIVE; the problem may still affect a run.",
    hint="check whether it is intended",
    source=cite(Guide.LINTERS, "status", Api.OMICS, "GetWorkflow", "GetWorkflowVersion"),
)
row(
    "REQ038",
    "deployed-differently",
    Severity.ERROR,
    "The deployed workflow differs from the request.",
    why="The service returns the engine, main file, parameter template, registry map and profiles that it registered; a run uses "
    "these, not the ones of the request.",
    hint="compare with `packager diff PATH`",
    source=cite(Api.OMICS, "GetWorkflow", "GetWorkflowVersion"),
)

row(
    "REQ040",
    "version-name-unused",
    Severity.INFO,
    "A version name was given, but the workflow is new.",
    why="CreateWorkflow creates the default version, which has no name; a run without a version name uses it. The name stays free for the "
    "next version.",
    hint="start runs without `--workflow-version-name` until the workflow has a version",
    source=cite(Api.OMICS, "CreateWorkflow", Guide.DEFAULT_VERSION, "original"),
)
row(
    "REQ041",
    "tag-of-changed-files",
    Severity.WARNING,
    "The commit that is checked out has a tag, but the files differ from the commit, or it is unknown whether they do.",
    why="A version cannot be changed after it is created. With changed files its name comes from the content, because the tag means "
    "other files; if Git's objects cannot be read, the name is that of the tag, and may be wrong.",
    hint="commit the changes and tag the new commit, or choose a name with `--version-name`",
    source=cite(Own.PACKAGER, "version names"),
)
