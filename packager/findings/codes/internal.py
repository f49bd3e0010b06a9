"""What packager reports about itself: a rule that failed, and findings that a comment or a baseline accepts."""

from __future__ import annotations

from packager.findings.codes.registry import row
from packager.findings.diagnostic import Severity
from packager.findings.sources import Own, cite

row(
    "INT001",
    "rule-failed",
    Severity.ERROR,
    "A rule of packager failed with an internal error.",
    why="The result of this rule is unknown; the other rules ran.",
    hint="report it, with the file if you can share it",
    source=cite(Own.PACKAGER, "failed rule"),
)
row(
    "INT010",
    "invalid-suppression",
    Severity.WARNING,
    "A suppression comment has no code, an unknown code, or no reason.",
    why="The comment has no effect. A code and a reason show the next reader of the file what was accepted and why.",
    hint="write `packager: allow CODE - reason`; `packager rules` lists the codes",
    source=cite(Own.PACKAGER, "accepted"),
)
row(
    "INT011",
    "unused-suppression",
    Severity.WARNING,
    "A suppression comment allows a finding that does not occur.",
    why="It would hide the finding if it occurred later. In a file that multiple workflows share, the comment may be for another "
    "workflow; the severity is then info.",
    hint="remove the comment",
    source=cite(Own.PACKAGER, "accepted"),
)
row(
    "INT012",
    "outdated-baseline",
    Severity.INFO,
    "The baseline accepts findings that no longer occur.",
    why="If they occurred again, they would be accepted without notice.",
    hint="update it with `--write-baseline`",
    source=cite(Own.PACKAGER, "accepted"),
)
row(
    "INT013",
    "path-not-checked",
    Severity.ERROR,
    "A PATH that was given cannot be read, or is not one workflow.",
    why="Nothing is known about it; the other PATHs were checked. The exit code is 2.",
    hint="correct the PATH",
    source=cite(Own.PACKAGER, "not checked"),
)
row(
    "INT014",
    "no-workflow",
    Severity.INFO,
    "One of the PATHs that were given has no workflow.",
    why="A pattern such as `workflows/*` also matches other files and folders. They are not checked; the other PATHs were.",
    hint="no action is needed",
    source=cite(Own.PACKAGER, "not checked"),
)
