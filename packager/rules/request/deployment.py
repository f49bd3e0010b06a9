"""Rules about a request beside what is deployed already."""

from __future__ import annotations

from collections.abc import Iterator

from packager.findings.diagnostic import Severity
from packager.healthomics.deployed import losses
from packager.rules.facts import Facts
from packager.rules.request.members import NOWHERE, request_of
from packager.rules.rule import Found, Subject, rule


@rule(
    "REQ036",
    "configuration-lost",
    Severity.WARNING,
    subject=Subject.DEPLOYED,
    hint="give it again, or `--carry-over` to take it along",
    source="API CreateWorkflowVersion; workflow versions page",
    bad="a version without `--tags`, of a workflow whose newest version has the tag `team`",
    good="the same version with `--tags team=genomics`, or with `--carry-over`",
)
def configuration_lost(facts: Facts) -> Iterator[Found]:
    """The newest version has a setting that the new one would not have.

    A version inherits nothing: what is not sent again is gone.
    """
    assert facts.deployed is not None  # the subject of the rule
    for name, label in losses(request_of(facts), facts.deployed).items():
        yield Found(NOWHERE, f"{label} of the {facts.deployed.label} would be lost", subject=name)
