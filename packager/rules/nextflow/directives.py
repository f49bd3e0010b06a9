"""Rules about the directives of Nextflow processes, with the selectors of the config applied."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from packager.findings.diagnostic import Severity
from packager.findings.sources import Aws, Guide, cite
from packager.healthomics import limits
from packager.model.facts import Attribute, Task
from packager.rules.facts import Facts
from packager.rules.nextflow.features import by_cause, is_below
from packager.rules.rule import RuleFinding, Subject, rule
from packager.text import joined, listed

# Directives that change what a task does or has.
_NEEDED = ("afterScript", "beforeScript", "containerOptions", "storeDir")
# Directives about how other platforms run tasks: without them, a task does the same.
_ELSEWHERE = (
    "arch",
    "clusterOptions",
    "executor",
    "machineType",
    "maxForks",
    "module",
    "penv",
    "pod",
    "queue",
    "stageInMode",
    "stageOutMode",
)
# Options of container tools that the service sets itself or does not need, with the beginnings of their values ("": any).
_OPTIONS_ELSEWHERE = {
    **dict.fromkeys(("--cleanenv", "--contain", "--containall", "--nv", "--rm", "--rocm", "--writable-tmpfs"), None),
    **dict.fromkeys(("--gpus", "--platform"), ("",)),
    **dict.fromkeys(("--user", "-u"), ("id",)),  # of the one who runs the workflow; a user such as root may be needed
    **dict.fromkeys(
        ("--bind", "--volume", "-B", "-v"), (limits.NEXTFLOW_SCRATCH, "/etc/group:", "/etc/passwd:", "/etc/shadow:")
    ),
}
_COMMAND_END = re.compile(r"[;\n]|&&")
_USER = re.compile(r"\$\(id -[gu]n?\)")


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


def _together(attributes: Iterable[tuple[Task, Attribute]]) -> tuple[str, Attribute] | None:
    """The names of all tasks with a directive, and the first directive; None if no task has it."""
    in_order = sorted(attributes, key=lambda pair: pair[1].place)
    if not in_order:
        return None
    return listed(list(dict.fromkeys(task.name for task, _ in in_order)), 1), in_order[0][1]


def _is_set(attribute: Attribute) -> bool:
    """Whether a directive has a known value that is set; a closure that only a run evaluates has none."""
    if attribute.value is None:
        return attribute.text.startswith(('"', "'")) and len(attribute.text) > 2
    return attribute.value not in ("", False, 0, "local")


def _is_dispensable(attribute: Attribute) -> bool:
    """Whether a task on the service does the same without a directive."""
    text = attribute.value if isinstance(attribute.value, str) else attribute.text.strip("\"'")
    if attribute.name == "afterScript":
        commands = [command.split() for command in _COMMAND_END.split(text)]
        return all(command[0] == "rm" for command in commands if command)
    if attribute.name == "containerOptions":
        return _are_elsewhere(_USER.sub("id", text).split())
    return attribute.name in _ELSEWHERE


def _are_elsewhere(words: list[str]) -> bool:
    """Whether the words of `containerOptions` are only options that the service sets itself or does not need."""
    remaining = iter(words)
    for word in remaining:
        name, equals, value = word.partition("=")
        if name not in _OPTIONS_ELSEWHERE:
            return False
        beginnings = _OPTIONS_ELSEWHERE[name]
        if beginnings is not None and not (value if equals else next(remaining, "")).startswith(beginnings):
            return False
    return True


@rule(
    "NXF034",
    "directive-not-supported",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="move it into the script or the image, or remove it",
    source=cite(Aws.LINTER_RULES, "directives"),
    bad=_process("beforeScript 'source /opt/setup.sh'"),
    good=_process("cpus 2"),
)
def directive_not_supported(facts: Facts) -> Iterator[RuleFinding]:
    """Processes use directives that the service does not support.

    According to the service's linter for Nextflow, they may be ignored or make a run fail. Each directive that changes what a task does
    (`beforeScript`, `afterScript`, `containerOptions`, `storeDir`) is a warning. Those about how and where tasks run (`executor`,
    `queue`, `maxForks`, `stageInMode` and so on) are one finding of severity info, and so are those that a task on the service does not
    need: `module`, an `afterScript` that only removes files, and `containerOptions` about your user, GPUs or the platform. `conda`,
    `spack`, `debug` and `shell` are in most pipelines and harmless in a container.
    """
    used = [(task, attribute) for task, attribute in facts.attributes(*_NEEDED, *_ELSEWHERE) if _is_set(attribute)]
    others = [(task, attribute) for task, attribute in used if _is_dispensable(attribute)]
    for name in _NEEDED:
        together = _together(
            (task, attribute) for task, attribute in used if attribute.name == name and not _is_dispensable(attribute)
        )
        if together is not None:
            yield RuleFinding(together[1].place, f"`{name}` is not supported ({together[0]})", subject=name)
    together = _together(others)
    if together is not None:
        names = sorted({attribute.name for _, attribute in others})
        yield RuleFinding(
            together[1].place,
            f"{joined(names)} {'are' if len(names) > 1 else 'is'} not supported ({together[0]})",
            hint="move them into a profile for other platforms, or ignore this if the tasks do not need them",
            severity=Severity.INFO,
        )


@rule(
    "NXF036",
    "cache-deep",
    Severity.INFO,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="remove `cache`, or use `cache 'lenient'`, which is what the service does",
    source=cite(Guide.RUN_CACHE_ENGINES, "deep"),
    bad=_process("cache 'deep'"),
    good=_process("cache 'lenient'"),
)
def cache_deep(facts: Facts) -> Iterator[RuleFinding]:
    """A process uses deep caching.

    The service does not support it: the run cache compares inputs by path, size and time, not by content. The severity is info because
    that only matters to runs that use the run cache, and their results are the same.
    """
    together = _together(
        (task, attribute) for task, attribute in facts.attributes("cache") if attribute.value == "deep"
    )
    if together is not None:
        yield RuleFinding(together[1].place, f"`cache 'deep'` is not supported ({together[0]})")


@rule(
    "NXF037",
    "scratch-elsewhere",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="use `scratch true`",
    source=cite(Guide.NEXTFLOW, "scratch"),
    bad=_process("scratch '/data/scratch'"),
    good=_process("scratch true"),
)
def scratch_elsewhere(facts: Facts) -> Iterator[RuleFinding]:
    """A process requests a scratch folder outside `/tmp`, or in memory.

    On the service, only `/tmp` is the disk of the task; `ram-disk` uses the memory that the task requests.
    """
    for tasks, attribute in by_cause(facts.attributes("scratch")):
        value = attribute.value
        if not isinstance(value, str) or value in ("true", "false"):
            continue
        if value == "ram-disk":
            message = f"`scratch 'ram-disk'` uses the memory of the task ({tasks})"
            yield RuleFinding(attribute.place, message, subject=value)
        elif not value.startswith("$") and not is_below(value, limits.NEXTFLOW_SCRATCH):
            yield RuleFinding(
                attribute.place,
                f"the scratch folder `{value}` is not below `{limits.NEXTFLOW_SCRATCH}` ({tasks})",
                subject=value,
            )


@rule(
    "NXF038",
    "disk-beyond-largest",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="request at most 3,072 GB, and split the work if that is not enough",
    source=cite(Guide.EPHEMERAL_STORAGE, "maximum"),
    bad=_process("disk '4 TB'"),
    good=_process("disk '3 TB'"),
)
def disk_beyond_largest(facts: Facts) -> Iterator[RuleFinding]:
    """A process requests more temporary disk than a task can have.

    The maximum is 3,072 GiB. A larger request is reduced to it or makes the task fail: pages of the user guide disagree.
    """
    tasks = facts.workflow.tasks if facts.workflow else ()
    for names, attribute in by_cause((task, task.resources.disk) for task in tasks if task.resources.disk is not None):
        size = attribute.number
        if size is not None and size > limits.MAX_TASK_DISK_GIB:
            yield RuleFinding(
                attribute.place,
                f"the process requests {size:,.0f} GiB of disk, the maximum is {limits.MAX_TASK_DISK_GIB:,} ({names})",
                subject=attribute.text,
            )


@rule(
    "NXF039",
    "time-too-short",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="use at least `1m`; the service counts whole minutes",
    source=cite(Guide.NEXTFLOW, "time"),
    bad=_process("time '30s'"),
    good=_process("time '2m'"),
)
def time_too_short(facts: Facts) -> Iterator[RuleFinding]:
    """A process has a time limit of less than a minute.

    The service accepts limits of at least 60 seconds, in whole minutes.
    """
    for tasks, attribute in by_cause(facts.attributes("time")):
        seconds = attribute.value
        if isinstance(seconds, int | float) and 0 < seconds < limits.NEXTFLOW_MIN_TIME_SECONDS:
            message = f"the time limit of {seconds:g} s is below the minimum of 60 s ({tasks})"
            yield RuleFinding(attribute.place, message, subject=attribute.text)


@rule(
    "NXF040",
    "retries-without-strategy",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="add `errorStrategy 'retry'`, or remove `maxRetries`",
    source=cite(Guide.NEXTFLOW, "retries"),
    bad=_process("maxRetries 3"),
    good=_process("maxRetries 3\n          errorStrategy 'retry'"),
)
def retries_without_strategy(facts: Facts) -> Iterator[RuleFinding]:
    """A process has `maxRetries`, but no error strategy that retries.

    The first failure of a task then ends the run; memory that grows with each attempt never grows.
    """
    lacking: list[tuple[Task, Attribute]] = []
    for task, attribute in facts.attributes("maxRetries"):
        if not isinstance(attribute.value, int) or attribute.value <= 0:
            continue
        strategy = next((other for other in task.attributes if other.name == "errorStrategy"), None)
        # A strategy that a process sets itself, against retries of the config for all processes, is intended.
        own = attribute.place.path == task.place.path
        if strategy is None or (
            own and strategy.place.path == task.place.path and strategy.value in ("terminate", "finish")
        ):
            lacking.append((task, attribute))
    together = _together(lacking)
    if together is not None:
        yield RuleFinding(
            together[1].place, f"`maxRetries` has no effect without `errorStrategy 'retry'` ({together[0]})"
        )
