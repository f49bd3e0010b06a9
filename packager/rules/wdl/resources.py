"""Rules about what WDL tasks ask for beyond numbers: units of memory, disks, and accelerators without a type."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packager.findings.diagnostic import Severity
from packager.healthomics import limits
from packager.model.facts import Attribute
from packager.rules.facts import Facts
from packager.rules.rule import Found, Subject, rule
from packager.rules.wdl.runtime import GOOD, MEMORY, example, in_tasks, wdl_tasks

_DISK = "ephemeral storage page; WDL language page"
_FEWEST_BYTES = 1_000_000  # fewer are never meant by who asks for memory
_DIGITS = re.compile("[0-9]+")
_UNIT = re.compile(r"(?<![A-Za-z])([KMGT])(i?)B?\s*[\"']?\s*$")
_MIXED = """
    main.wdl
        version 1.0
        workflow fitting { call fit  call fat  output { File model = fit.model } }
        task fit {
          command <<< touch model >>>
          output { File model = "model" }
          runtime { docker: "111122223333.dkr.ecr.us-east-1.amazonaws.com/fit:1.0"  cpu: 4  memory: "16 GiB" }
        }
        task fat {
          command <<< touch model >>>
          output { File model = "model" }
          runtime { docker: "111122223333.dkr.ecr.us-east-1.amazonaws.com/fit:1.0"  cpu: 4  memory: "16 GB" }
        }
    """


@rule(
    "RES007",
    "memory-without-unit",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("WDL",),
    hint='give the unit, as in `"16 GiB"`',
    source="WDL specification, runtime attribute `memory`; AWS HealthOmics power, WDL migration notes (2026-08-21)",
    bad=example("memory: 16"),
    good=GOOD,
)
def memory_without_unit(facts: Facts) -> Iterator[Found]:
    """`memory` is a small number without a unit.

    Without a unit it is a number of bytes, so that the task gets the least there is and is killed when it needs more.
    """
    for task, attribute in facts.attributes("memory"):
        value, amount = attribute.value, attribute.number or 0
        if isinstance(value, str) and _DIGITS.fullmatch(value.strip()):
            amount = float(value)
        if 0 < amount < _FEWEST_BYTES:
            yield Found(
                attribute.place,
                f"`{task.name}` asks for `{attribute.value}` of memory without a unit, which is bytes",
                subject=task.name,
            )


@rule(
    "RES008",
    "memory-units-mixed",
    Severity.INFO,
    subject=Subject.WORKFLOW,
    engines=("WDL",),
    hint="use binary units such as GiB throughout",
    source="WDL specification, units of storage; AWS HealthOmics power, WDL migration notes (2026-08-21)",
    bad=_MIXED,
    good=_MIXED.replace("GB", "GiB"),
)
def memory_units_mixed(facts: Facts) -> Iterator[Found]:
    """Some tasks of a workflow give their memory in GB or the like, others in GiB.

    A GiB is 7 percent more than a GB. Reported once for a workflow, at the first task of the fewer.
    """
    decimal: list[Attribute] = []
    binary: list[Attribute] = []
    for _, attribute in facts.attributes("memory"):
        match = _UNIT.search(attribute.text)
        if match is not None:
            (binary if match[2] else decimal).append(attribute)
    if decimal and binary:
        fewer = min(decimal, binary, key=len)
        message = (
            f"memory is given in GB or the like by {in_tasks(len(decimal))} and in GiB or the like by {len(binary)}"
        )
        yield Found(fewer[0].place, message)


@rule(
    "RES009",
    "disks-mostly-ignored",
    Severity.INFO,
    subject=Subject.WORKFLOW,
    engines=("WDL",),
    hint="start runs with the scratch storage LOCAL where the sizes matter",
    source=_DISK,
    bad=example(MEMORY + 'disks: "local-disk 100 SSD"'),
    good=GOOD,
)
def disks_mostly_ignored(facts: Facts) -> Iterator[Found]:
    """Tasks ask for disks.

    Only runs with LOCAL scratch storage give a task a disk of its own, at `/tmp`, of the size that the numbers sum up to; path and kind
    are ignored, and by default so is everything. Reported once for a workflow, at the first.
    """
    found = [attribute for _, attribute in facts.attributes("disks")]
    if found:
        verb = "asks" if len(found) == 1 else "ask"
        message = f"{in_tasks(len(found))} {verb} for `disks`, which only runs with LOCAL scratch storage heed"
        yield Found(found[0].place, message)


@rule(
    "RES010",
    "disk-too-large",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("WDL",),
    hint="ask for at most 3,072 GiB",
    source=_DISK,
    bad=example(MEMORY + 'disks: "local-disk 4000 SSD"'),
    good=example(MEMORY + 'disks: "local-disk 3000 SSD"'),
)
def disk_too_large(facts: Facts) -> Iterator[Found]:
    """A task asks for more than the 3,072 GiB that a task's own disk can have.

    In runs with LOCAL scratch storage it gets that much, or fails: the sources disagree.
    """
    for task in wdl_tasks(facts):
        disk = task.resources.disk
        if disk is not None and (disk.number or 0) > limits.MAX_TASK_DISK_GIB:
            yield Found(
                disk.place,
                f"`{task.name}` asks for {disk.number:g} GiB of disk, at most {limits.MAX_TASK_DISK_GIB} are given",
                subject=task.name,
            )


@rule(
    "RES011",
    "gpu-without-type",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("WDL",),
    hint="add `acceleratorType` and `acceleratorCount`",
    source="task accelerators page; WDL language page",
    bad=example(MEMORY + "gpu: true"),
    good=example(MEMORY + 'gpu: true\n            acceleratorType: "nvidia-l4"\n            acceleratorCount: 1'),
)
def gpu_without_type(facts: Facts) -> Iterator[Found]:
    """A task says `gpu: true` and no type of accelerator.

    The guide knows only `acceleratorType` and `acceleratorCount` (or `gpuType` and `gpuCount`); without them the task gets a machine
    without accelerator.
    """
    for task, attribute in facts.attributes("gpu"):
        has_list = any(one.name == limits.FALLBACK_ATTRIBUTE for one in task.attributes)
        resources = task.resources
        if attribute.value is True and not has_list and not (resources.accelerator_type or resources.accelerator_count):
            message = f"`{task.name}` says `gpu: true`, but no type of accelerator"
            yield Found(attribute.place, message, subject=task.name)
