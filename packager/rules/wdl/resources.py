"""Rules about the resources of WDL tasks: units of memory, disks, and accelerators without a type."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packager.findings.diagnostic import Severity
from packager.findings.sources import Aws, Guide, Standard, cite
from packager.healthomics import limits
from packager.rules.facts import Facts
from packager.rules.rule import RuleFinding, Subject, rule
from packager.rules.wdl.runtime import GOOD, MEMORY, example, wdl_tasks
from packager.text import count

_FEWEST_BYTES = 1_000_000  # no task is intended to have less memory
_DIGITS = re.compile("[0-9]+")


@rule(
    "RES007",
    "memory-without-unit",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("WDL",),
    hint='give the unit, as in `"16 GiB"`',
    source=cite(Standard.WDL, "memory", Aws.POWER_WDL, "memory"),
    bad=example("memory: 16"),
    good=GOOD,
)
def memory_without_unit(facts: Facts) -> Iterator[RuleFinding]:
    """`memory` is a small number without a unit.

    Without a unit it is a number of bytes: the task gets the minimum, and is killed when it needs more.
    """
    for task, attribute in facts.attributes("memory"):
        value, amount = attribute.value, attribute.number or 0
        if isinstance(value, str) and _DIGITS.fullmatch(value.strip()):
            amount = float(value)
        if 0 < amount < _FEWEST_BYTES:
            yield RuleFinding(
                attribute.place,
                f"`{task.name}` requests memory of `{attribute.value}` without a unit, which means bytes",
                subject=task.name,
            )


@rule(
    "RES009",
    "disks-mostly-ignored",
    Severity.INFO,
    subject=Subject.WORKFLOW,
    engines=("WDL",),
    hint="start runs with LOCAL scratch storage if the sizes matter",
    source=cite(Guide.EPHEMERAL_STORAGE, "LOCAL", Guide.WDL, "disks"),
    bad=example(MEMORY + 'disks: "local-disk 100 SSD"'),
    good=GOOD,
)
def disks_mostly_ignored(facts: Facts) -> Iterator[RuleFinding]:
    """Tasks request disks.

    Only runs with LOCAL scratch storage give a task its own disk, at `/tmp`, with the sum of the sizes; mount points and disk types
    are ignored. By default everything is ignored. Reported once for a workflow, at the first request.
    """
    disks = [attribute for _, attribute in facts.attributes("disks")]
    if disks:
        verb = "requests" if len(disks) == 1 else "request"
        message = f"{count(len(disks), 'task')} {verb} `disks`, which has no effect without LOCAL scratch storage"
        yield RuleFinding(disks[0].place, message)


@rule(
    "RES010",
    "disk-too-large",
    Severity.INFO,
    subject=Subject.WORKFLOW,
    engines=("WDL",),
    hint="request at most 3,072 GiB, or do not start runs with LOCAL scratch storage",
    source=cite(Guide.EPHEMERAL_STORAGE, "maximum", Guide.WDL, "disks"),
    bad=example(MEMORY + 'disks: "local-disk 4000 SSD"'),
    good=example(MEMORY + 'disks: "local-disk 3000 SSD"'),
)
def disk_too_large(facts: Facts) -> Iterator[RuleFinding]:
    """A task requests more than the 3,072 GiB that a task's own disk can have.

    In runs with LOCAL scratch storage it gets 3,072 GiB, or fails: the sources disagree. Other runs, also those without
    `scratchStorageMode`, ignore the request.
    """
    for task in wdl_tasks(facts):
        disk = task.resources.disk
        if disk is not None and (disk.number or 0) > limits.MAX_TASK_DISK_GIB:
            request = f"`{task.name}` requests {disk.number:g} GiB of disk"
            message = f"{request}; with LOCAL scratch storage the maximum is {limits.MAX_TASK_DISK_GIB:,}"
            yield RuleFinding(disk.place, message, subject=task.name)


@rule(
    "RES011",
    "gpu-without-type",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("WDL",),
    hint="add `acceleratorType` and `acceleratorCount`",
    source=cite(Guide.TASK_ACCELERATORS, "pair", Guide.WDL, "accelerators"),
    bad=example(MEMORY + "gpu: true"),
    good=example(MEMORY + 'gpu: true\n            acceleratorType: "nvidia-l4"\n            acceleratorCount: 1'),
)
def gpu_without_type(facts: Facts) -> Iterator[RuleFinding]:
    """A task has `gpu: true` and no accelerator type.

    The guide documents only `acceleratorType` and `acceleratorCount` (or `gpuType` and `gpuCount`); without them the task runs without
    an accelerator.
    """
    for task, attribute in facts.attributes("gpu"):
        has_list = any(other.name == limits.FALLBACK_ATTRIBUTE for other in task.attributes)
        resources = task.resources
        if attribute.value is True and not has_list and not (resources.accelerator_type or resources.accelerator_count):
            message = f"`{task.name}` has `gpu: true`, but no accelerator type"
            yield RuleFinding(attribute.place, message, subject=task.name)
