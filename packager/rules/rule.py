"""What a lint rule is: a function with its documentation, in one table.

A rule's docstring is the user's documentation: its first line is the summary, the rest is the reason. `bad` and `good` are whole
examples that tests run: a line without indent names a file, the indented lines below it are its content; a first line
`$ packager ...` is the command, `$ packager lint .` if omitted. An example without files runs next to a correct `main.wdl`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NotRequired, TypedDict, Unpack

from packager.findings.causes import Cause
from packager.findings.codes import ENGINES, Code, define
from packager.findings.diagnostic import Place, Severity
from packager.findings.sources import Citation
from packager.model.facts import Attribute, Task
from packager.model.features import Feature
from packager.rules.facts import Facts
from packager.text import joined


class Subject(StrEnum):
    """What a rule checks; a rule runs only if its subject is known (a member of `Facts`)."""

    WORKFLOW = "workflow"
    TEMPLATE = "template"
    REGISTRY_MAP = "registry_map"
    REQUEST = "request"
    SUBMISSION = "submission"
    DEPLOYED = "deployed"
    REPOSITORY = "repository"
    RUN_PARAMETERS = "run_parameters"
    RUN_REQUEST = "run_request"
    ARCHIVE = "archive"


@dataclass(frozen=True, slots=True)
class RuleFinding:
    """The result of a rule: where and what; the hint and the severity only if they differ from the rule's own.

    `subject` is for tools, `cause` and `part` tell findings of one cause as one, `paths` are the paths of the package that the message
    quotes; see `Diagnostic`.
    """

    place: Place
    message: str
    hint: str | None = None
    severity: Severity | None = None
    subject: str = ""
    cause: Cause = Cause.NONE
    part: str = ""
    paths: tuple[str, ...] = ()


def deciding(task: Task | Feature, *attributes: Attribute | None) -> tuple[str, ...]:
    """The inputs that decide whether a task runs (or a feature takes effect) with these values, sorted."""
    names = {name for attribute in attributes if attribute is not None for name in attribute.depends_on}
    return tuple(sorted(names.union(task.depends_on)))


def unsure(task: Task | Feature, names: tuple[str, ...]) -> str:
    """The end of a message about a task: the inputs that decide, or that a run may leave the task out; empty if it is certain."""
    if names:
        return f" (depends on {joined(names)})"
    return " (if the task runs)" if task.conditional else ""


def severity_of(task: Task | Feature, names: tuple[str, ...]) -> Severity | None:
    """The severity of a finding about a task: a warning if a run may leave the task out or inputs decide, else that of the rule."""
    return Severity.WARNING if names or task.conditional else None


Check = Callable[[Facts], Iterable[RuleFinding]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A registered rule: its code with documentation, what it checks, and its function."""

    code: Code
    subject: Subject
    check: Check


RULES: dict[str, Rule] = {}


class RuleOptions(TypedDict):
    """The keyword arguments of `rule`; `needs` are the members of `Facts` without which the rule cannot run."""

    subject: Subject
    hint: str
    source: tuple[Citation, ...]
    bad: str
    good: str
    engines: NotRequired[tuple[str, ...]]
    needs: NotRequired[tuple[str, ...]]


def rule(code: str, name: str, severity: Severity, **options: Unpack[RuleOptions]) -> Callable[[Check], Check]:
    """Register the decorated function as a rule.

    Raises:
        ValueError: the code exists already or documentation is missing (a bug that shows at import).
    """

    def register(check: Check) -> Check:
        summary, _, why = inspect.cleandoc(check.__doc__ or "").partition("\n\n")
        definition = Code(
            code=code,
            name=name,
            severity=severity,
            summary=" ".join(summary.split()),
            why=why,
            hint=options["hint"],
            sources=options["source"],
            engines=options.get("engines", ENGINES),
            needs=options.get("needs", ()),
            bad=inspect.cleandoc(options["bad"]),
            good=inspect.cleandoc(options["good"]),
        )
        if not (options["bad"] and options["good"]):
            raise ValueError(f"{code}: a bad and a good example are required")
        RULES[code] = Rule(define(definition), options["subject"], check)
        return check

    return register
