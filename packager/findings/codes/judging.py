"""What accepting findings reports: comments, baselines."""

from __future__ import annotations

from packager.findings.codes.registry import row
from packager.findings.diagnostic import Severity

_OWN = "packager: what is accepted must be said, and stay true"

row(
    "INT010",
    "invalid-suppression",
    Severity.WARNING,
    "A comment that allows a finding names no code, an unknown code, or no reason.",
    why="It has no effect: whoever reads the file next must be able to see what is accepted and why.",
    hint="write `packager: allow CODE - reason`, with codes of `packager rules`",
    source=_OWN,
)
row(
    "INT011",
    "unused-suppression",
    Severity.WARNING,
    "A comment allows a finding that is not there.",
    why="It would hide the finding if it ever came. In a file that several workflows share it may be meant for another one: there it is "
    "advice.",
    hint="remove the comment",
    source=_OWN,
)
row(
    "INT012",
    "outdated-baseline",
    Severity.INFO,
    "Findings of the baseline are gone.",
    why="What the baseline still accepts would be accepted again if it came back.",
    hint="write it anew with `--write-baseline`",
    source=_OWN,
)
