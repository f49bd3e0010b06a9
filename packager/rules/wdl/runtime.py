"""Rules about the runtime attributes of WDL tasks, most of which come from other engines."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from packager.findings.diagnostic import Severity
from packager.findings.sources import Checker, Guide, cite
from packager.healthomics import limits
from packager.model.facts import Attribute, Engine, ImageStatus, Task
from packager.model.features import FeatureName
from packager.rules.facts import Facts
from packager.rules.rule import RuleFinding, Subject, deciding, rule, unsure
from packager.text import count

_DURATION = re.compile(r"(?:\d+[smhd])+")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
# Attributes of other engines, which are not misspellings.
_FOREIGN = (
    "awsBatchRetryAttempts",
    "bootDiskSizeGb",
    "cpuPlatform",
    "disk",
    "dockerWorkingDir",
    "dx_instance_type",
    "gpu",
    "inlineDockerfile",
    "noAddress",
    "queueArn",
    "time",
    "zones",
)


def example(runtime: str) -> str:
    """A workflow of one task with these runtime attributes, an image and CPUs."""
    return f"""
    main.wdl
        version 1.0
        workflow fitting {{ call fit  output {{ File model = fit.model }} }}
        task fit {{
          command <<< touch model >>>
          output {{ File model = "model" }}
          runtime {{
            docker: "111122223333.dkr.ecr.us-east-1.amazonaws.com/fit:1.0"
            cpu: 4
            {runtime}
          }}
        }}
    """


MEMORY = 'memory: "16 GiB"\n            '
GOOD = example(MEMORY.strip())


def wdl_tasks(facts: Facts) -> tuple[Task, ...]:
    """The tasks that a WDL workflow reaches."""
    return facts.workflow.tasks if facts.workflow and facts.workflow.engine is Engine.WDL else ()


@rule(
    "WDL118",
    "runtime-attribute-ignored",
    Severity.INFO,
    subject=Subject.WORKFLOW,
    engines=("WDL",),
    hint="remove them, or make sure that no task relies on them",
    source=cite(Guide.WDL, "attributes"),
    bad=example(MEMORY + "bootDiskSizeGb: 20"),
    good=GOOD,
)
def runtime_attribute_ignored(facts: Facts) -> Iterator[RuleFinding]:
    """Tasks have runtime attributes that the service ignores.

    They belong to other engines, or are misspelled, and have no effect. Those of other engines are reported once for a workflow, at the
    first; each that looks misspelled is a warning.
    """
    foreign: dict[str, list[Attribute]] = {}
    for task in wdl_tasks(facts):
        own = {attribute.name for attribute in task.attributes}
        for attribute in task.attributes:
            if attribute.name in limits.WDL_RUNTIME_ATTRIBUTES:
                continue
            nearest = _nearest(attribute.name, own)
            if nearest is None:
                foreign.setdefault(attribute.name, []).append(attribute)
            else:
                message = f"unknown runtime attribute `{attribute.name}` of `{task.name}`"
                yield RuleFinding(
                    attribute.place,
                    message,
                    hint=f"did you mean `{nearest}`?",
                    severity=Severity.WARNING,
                    subject=f"{task.name}.{attribute.name}",
                )
    if foreign:
        names = ", ".join(f"`{name}` ({count(len(uses), 'task')})" for name, uses in sorted(foreign.items()))
        first = min((use for uses in foreign.values() for use in uses), key=lambda use: use.place)
        yield RuleFinding(first.place, f"the service ignores the runtime attributes {names}")


def _nearest(name: str, own: set[str]) -> str | None:
    """The attribute that a misspelled name may stand for and that the task does not have, or None."""
    if name in _FOREIGN:
        return None
    honoured = {known.lower(): known for known in limits.WDL_RUNTIME_ATTRIBUTES if known not in own}
    nearest = difflib.get_close_matches(name.lower().replace("_", ""), honoured, 1, 0.85)
    return honoured[nearest[0]] if nearest else None


@rule(
    "WDL027",
    "runtime-attribute-twice",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("WDL",),
    hint="remove one of the two",
    source=cite(Checker.MINIWDL, "check"),
    bad=example(MEMORY + 'memory: "64 GiB"'),
    good=GOOD,
)
def runtime_attribute_twice(facts: Facts) -> Iterator[RuleFinding]:
    """A task sets a runtime attribute twice.

    The last one counts and the others are dropped without a message, so a run may use another image or pay for a larger machine than
    intended.
    """
    for feature in facts.features(FeatureName.REPEATED_ATTRIBUTE):
        message = f"the runtime attribute `{feature.text}` is set again: only the last value counts"
        yield RuleFinding(feature.place, message, subject=feature.text)


@rule(
    "WDL023",
    "preemptible-beyond-two",
    Severity.INFO,
    subject=Subject.WORKFLOW,
    engines=("WDL",),
    hint="use 0, 1 or 2, or omit it for 2",
    source=cite(Guide.WDL, "preemptible"),
    bad=example(MEMORY + "preemptible: 3"),
    good=example(MEMORY + "preemptible: 2"),
)
def preemptible_beyond_two(facts: Facts) -> Iterator[RuleFinding]:
    """`preemptible` is larger than 2.

    In HealthOmics it does not select spot machines: it is the number of retries of a task after an error of the service, at most 2.
    Reported once for a workflow, at the first.
    """
    attributes = [
        attribute
        for _, attribute in facts.attributes("preemptible")
        if (attribute.number or 0) > limits.WDL_SERVICE_ERROR_RETRIES
    ]
    if attributes:
        most = limits.WDL_SERVICE_ERROR_RETRIES
        tasks = count(len(attributes), "task")
        message = f"`preemptible` is more than {most} in {tasks}; it is the number of retries after service errors"
        yield RuleFinding(attributes[0].place, message)


@rule(
    "WDL024",
    "retries-need-findutils",
    Severity.INFO,
    subject=Subject.WORKFLOW,
    engines=("WDL",),
    hint="install GNU findutils 4.2.3 or newer in the images",
    source=cite(Guide.WDL, "maxRetries"),
    bad=example(MEMORY + "maxRetries: 1"),
    good=GOOD,
)
def retries_need_findutils(facts: Facts) -> Iterator[RuleFinding]:
    """Tasks with their own image set `maxRetries`.

    The service retries only tasks that ran out of memory, with twice the memory each time, and the image must have GNU findutils.
    Reported once for a workflow, at the first.
    """
    attributes = [
        attribute
        for task, attribute in facts.attributes("maxRetries")
        if task.image.status is not ImageStatus.NONE and attribute.number
    ]
    if attributes:
        tasks, verb = count(len(attributes), "task"), "sets" if len(attributes) == 1 else "set"
        message = (
            f"{tasks} {verb} `maxRetries`: only tasks that run out of memory are retried, and the image needs findutils"
        )
        yield RuleFinding(attributes[0].place, message)


@rule(
    "WDL025",
    "task-timeout-invalid",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("WDL",),
    hint='give seconds as a number, or a string such as `"40m"` or `"1h30m"` with the units s, m, h and d',
    source=cite(Guide.WDL, "omicsTimeout"),
    bad=example(MEMORY + 'omicsTimeout: "30 minutes"'),
    good=example(MEMORY + 'omicsTimeout: "30m"'),
)
def task_timeout_invalid(facts: Facts) -> Iterator[RuleFinding]:
    """`omicsTimeout` is not a duration that the guide describes, or is shorter than the minimum of one minute.

    A string without a number cannot be a duration, and is an error if no input and no condition decides.
    """
    for task, attribute in facts.attributes("omicsTimeout"):
        value = attribute.value
        if isinstance(value, bool) or value is None or (isinstance(value, str) and value.strip().isdigit()):
            continue
        seconds = _seconds(value) if isinstance(value, str) else attribute.number
        if seconds is None:
            names = deciding(task, attribute)
            is_sure = not re.search(r"\d", str(value)) and not names and not task.conditional
            message = f"`omicsTimeout` of `{task.name}` is `{value}`, which is not a duration{unsure(task, names)}"
            severity = Severity.ERROR if is_sure else None
            yield RuleFinding(attribute.place, message, severity=severity, subject=task.name)
        elif seconds < limits.TASK_TIMEOUT_MIN_SECONDS:
            message = f"`omicsTimeout` of `{task.name}` is {seconds:g} seconds, which is rounded up to a minute"
            yield RuleFinding(attribute.place, message, subject=task.name)


def _seconds(text: str) -> float | None:
    if _DURATION.fullmatch(text.strip()) is None:
        return None
    return sum(float(number) * _SECONDS[unit] for number, unit in re.findall(r"(?<!\d)(\d+)([smhd])", text))
