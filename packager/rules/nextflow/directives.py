"""Rules about the directives of Nextflow processes, after the config's selectors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from packager.findings.diagnostic import Severity
from packager.healthomics import limits
from packager.model.facts import Attribute, Task
from packager.rules.facts import Facts
from packager.rules.nextflow.features import GUIDE, by_cause, is_below
from packager.rules.rule import Found, Subject, rule
from packager.text import joined, listed

_LINTER = "awslabs/linter-rules-for-nextflow: directives that the service does not support (2026-01-12)"
# Directives without which a task does something else, or goes without what it needs.
_NEEDED = ("afterScript", "beforeScript", "containerOptions", "module", "storeDir")
# Directives about how and where tasks are run elsewhere: what a task does is the same without them.
_ELSEWHERE = (
    "arch",
    "clusterOptions",
    "executor",
    "machineType",
    "maxForks",
    "penv",
    "pod",
    "queue",
    "stageInMode",
    "stageOutMode",
)


def _process(directives: str) -> str:
    return f"""
    main.nf
        process hello {{
          publishDir '/mnt/workflow/pubdir'
          {directives}
          script:
          '''
          echo hello
          '''
        }}
        workflow {{ hello() }}
    """


def _together(found: Iterable[tuple[Task, Attribute]]) -> tuple[str, Attribute] | None:
    """All tasks with a directive as one: their names, and the first directive."""
    in_order = sorted(found, key=lambda one: one[1].place)
    if not in_order:
        return None
    return listed(list(dict.fromkeys(task.name for task, _ in in_order)), 1), in_order[0][1]


def _is_set(attribute: Attribute) -> bool:
    """Whether a directive is known to say something; a closure that only a run evaluates is not."""
    if attribute.value is None:
        return attribute.text.startswith(('"', "'")) and len(attribute.text) > 2
    return attribute.value not in ("", False, 0, "local")


@rule(
    "NXF034",
    "directive-not-supported",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="do in the script what the directive does, or put what it needs into the image",
    source=_LINTER,
    bad=_process("beforeScript 'source /opt/setup.sh'"),
    good=_process("cpus 2"),
)
def directive_not_supported(facts: Facts) -> Iterator[Found]:
    """Processes use directives that the service does not support.

    By the service's own linter for Nextflow they may be ignored or make a run fail. Those that change what a task does
    (`beforeScript`, `afterScript`, `containerOptions`, `module`, `storeDir`) are a warning each; those about how and where tasks run
    (`executor`, `queue`, `maxForks`, `stageInMode` and the like) are advice, all together. `conda`, `spack`, `debug` and `shell` stand
    in most pipelines and do no harm beside a container.
    """
    for name in _NEEDED:
        found = _together((task, one) for task, one in facts.attributes(name) if _is_set(one))
        if found is not None:
            yield Found(found[1].place, f"`{name}` is not supported ({found[0]})", subject=name)
    others = [(task, one) for task, one in facts.attributes(*_ELSEWHERE) if _is_set(one)]
    found = _together(others)
    if found is not None:
        names = sorted({one.name for _, one in others})
        yield Found(
            found[1].place,
            f"{joined(names)} {'are' if len(names) > 1 else 'is'} not supported ({found[0]})",
            hint="nothing to do where the task may go without; a profile for other places is where it belongs",
            severity=Severity.INFO,
        )


@rule(
    "NXF036",
    "cache-deep",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="leave `cache` out, or say `cache 'lenient'`, which is what the service does",
    source="workflow cache per engine page",
    bad=_process("cache 'deep'"),
    good=_process("cache 'lenient'"),
)
def cache_deep(facts: Facts) -> Iterator[Found]:
    """A process asks for deep caching.

    The service does not support it: it compares inputs by path, size and time, not by content.
    """
    found = _together((task, one) for task, one in facts.attributes("cache") if one.value == "deep")
    if found is not None:
        yield Found(found[1].place, f"`cache 'deep'` is not supported ({found[0]})")


@rule(
    "NXF037",
    "scratch-elsewhere",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="say `scratch true`",
    source=GUIDE + ": scratch",
    bad=_process("scratch '/data/scratch'"),
    good=_process("scratch true"),
)
def scratch_elsewhere(facts: Facts) -> Iterator[Found]:
    """A process asks for a scratch folder outside of `/tmp`, or in memory.

    Only `/tmp` is a task's own disk there; `ram-disk` takes the memory that the task has asked for.
    """
    for tasks, attribute in by_cause(facts.attributes("scratch")):
        value = attribute.value
        if not isinstance(value, str) or value in ("true", "false"):
            continue
        if value == "ram-disk":
            message = f"`scratch 'ram-disk'` uses the task's own memory ({tasks})"
            yield Found(attribute.place, message, subject=value)
        elif not value.startswith("$") and not is_below(value, limits.NEXTFLOW_SCRATCH):
            yield Found(
                attribute.place,
                f"the scratch folder `{value}` does not lie below `{limits.NEXTFLOW_SCRATCH}` ({tasks})",
                subject=value,
            )


@rule(
    "NXF038",
    "disk-beyond-largest",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="ask for at most 3,072 GB, and split the work where that is not enough",
    source="ephemeral storage page",
    bad=_process("disk '4 TB'"),
    good=_process("disk '3 TB'"),
)
def disk_beyond_largest(facts: Facts) -> Iterator[Found]:
    """A process asks for more temporary disk than a task can have.

    The most is 3,072 GiB. What is above is cut, or the task fails: the pages disagree.
    """
    tasks = facts.workflow.tasks if facts.workflow else ()
    for names, attribute in by_cause((task, task.resources.disk) for task in tasks if task.resources.disk is not None):
        size = attribute.number
        if size is not None and size > limits.MAX_TASK_DISK_GIB:
            yield Found(
                attribute.place,
                f"{size:,.0f} GiB of disk are asked for, the most is {limits.MAX_TASK_DISK_GIB:,} ({names})",
                subject=attribute.text,
            )


@rule(
    "NXF039",
    "time-too-short",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="give at least `1m`; it counts in whole minutes",
    source=GUIDE + ": time",
    bad=_process("time '30s'"),
    good=_process("time '2m'"),
)
def time_too_short(facts: Facts) -> Iterator[Found]:
    """A process has a time limit of less than a minute.

    The service takes limits of 60 seconds and more, in whole minutes.
    """
    for tasks, attribute in by_cause(facts.attributes("time")):
        seconds = attribute.value
        if isinstance(seconds, int | float) and 0 < seconds < limits.NEXTFLOW_MIN_TIME_SECONDS:
            message = f"a time limit of {seconds:g} s is below the least, 60 s ({tasks})"
            yield Found(attribute.place, message, subject=attribute.text)


@rule(
    "NXF040",
    "retries-without-strategy",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="add `errorStrategy 'retry'`, or take `maxRetries` out",
    source=GUIDE + ": errorStrategy and maxRetries",
    bad=_process("maxRetries 3"),
    good=_process("maxRetries 3\n          errorStrategy 'retry'"),
)
def retries_without_strategy(facts: Facts) -> Iterator[Found]:
    """A process has `maxRetries`, but no error strategy that retries.

    A failed task then ends the run at the first failure; memory that grows with each attempt never grows.
    """
    lacking: list[tuple[Task, Attribute]] = []
    for task, attribute in facts.attributes("maxRetries"):
        if not isinstance(attribute.value, int) or attribute.value <= 0:
            continue
        strategy = next((one for one in task.attributes if one.name == "errorStrategy"), None)
        # A strategy that one process sets against retries that all have is meant so.
        own = attribute.place.path == task.place.path
        if strategy is None or (
            own and strategy.place.path == task.place.path and strategy.value in ("terminate", "finish")
        ):
            lacking.append((task, attribute))
    found = _together(lacking)
    if found is not None:
        yield Found(found[1].place, f"`maxRetries` has no effect without `errorStrategy 'retry'` ({found[0]})")
