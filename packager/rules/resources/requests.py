"""Rules about the CPUs, memory and accelerators that tasks request."""

from __future__ import annotations

from collections.abc import Iterator

from packager.findings.causes import Cause
from packager.findings.diagnostic import Place, Severity
from packager.findings.sources import Guide, cite
from packager.healthomics import limits
from packager.model.facts import Attribute, Engine, Task
from packager.rules.facts import Facts
from packager.rules.rule import RuleFinding, Subject, deciding, rule, unsure

_IMAGE = 'docker: "111122223333.dkr.ecr.us-east-1.amazonaws.com/fit:1.0"'


def _wdl(runtime: str) -> str:
    return f"""
    main.wdl
        version 1.0
        workflow fitting {{ call fit  output {{ File model = fit.model }} }}
        task fit {{
          command <<< fit --out model >>>
          output {{ File model = "model" }}
          runtime {{
            {_IMAGE}
            {runtime}
          }}
        }}
    """


def _tasks(facts: Facts) -> Iterator[Task]:
    for task in facts.workflow.tasks if facts.workflow else ():
        if task.runs_container:
            yield task


def _plain(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


@rule(
    "RES001",
    "resources-not-given",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    needs=("configured_workflow",),
    hint="set `cpu` and `memory`",
    source=cite(Guide.COMPUTE, "default", Guide.ADVANCED_RESOURCES),
    bad=_wdl("maxRetries: 1"),
    good=_wdl('cpu: 4\n            memory: "16 GiB"'),
)
def resources_not_given(facts: Facts) -> Iterator[RuleFinding]:
    """A task requests no CPUs, no memory, or neither.

    The default is 1 vCPU and 1 GiB, and these are hard limits: a task that needs more memory is killed. It is a note for a task whose
    command only handles files, such as `cp`, `echo`, `tar` or `curl`.
    """
    is_nextflow = facts.workflow is not None and facts.workflow.engine is Engine.NEXTFLOW
    hint = "set `cpus` and `memory`" if is_nextflow else None
    cause = Cause.TASKS_WITH_MINIMUM
    for task in _tasks(facts):
        if any(attribute.name == limits.FALLBACK_ATTRIBUTE for attribute in task.attributes):
            continue  # the profiles request the resources
        cpu, memory = task.resources.cpu is not None, task.resources.memory is not None
        severity = Severity.INFO if task.light or memory else None
        if not cpu and not memory:
            message = f"`{task.name}` requests neither CPUs nor memory and gets 1 vCPU and 1 GiB"
        elif not memory:
            message = f"`{task.name}` requests no memory and may get as little as 1 GiB"
        elif not cpu:
            message = f"`{task.name}` requests no CPUs and gets 1 vCPU"
        else:
            continue
        yield RuleFinding(task.place, message, hint=hint, severity=severity, subject=task.name, cause=cause)


@rule(
    "RES002",
    "resources-out-of-range",
    Severity.ERROR,
    subject=Subject.WORKFLOW,
    hint="stay within 192 vCPUs, 1,536 GiB and 4 accelerators",
    source=cite(Guide.COMPUTE, "machines", Guide.ADVANCED_RESOURCES, "maximum", Guide.RUN_ERRORS, "resources"),
    bad=_wdl('cpu: 256\n            memory: "16 GiB"'),
    good=_wdl('cpu: 192\n            memory: "1536 GiB"'),
)
def resources_out_of_range(facts: Facts) -> Iterator[RuleFinding]:
    """A task requests more than the largest machine has, or zero.

    The service finds no machine, and a run fails at the task. It is a warning where an input or a condition decides, and in a Nextflow
    pipeline, where profiles and the configuration of a run can change every request. A zero is not reported for a task that a run
    may leave out: workflows pass it where they do not use the task.
    """
    for task in _tasks(facts):
        resources = task.resources
        for attribute, most, unit in (
            (resources.cpu, limits.MAX_VCPUS, "vCPUs"),
            (resources.memory, limits.MAX_MEMORY_GIB, "GiB"),
            (resources.accelerator_count, limits.MAX_ACCELERATORS, "accelerators"),
        ):
            value = attribute.number if attribute is not None else None
            if attribute is None or value is None:
                continue
            if value > most:
                message = f"`{task.name}` requests {_plain(value)} {unit}, but the largest machine has {most}"
            elif value <= 0 and unit != "accelerators" and not task.conditional:
                message = f"`{task.name}` requests {_plain(value)} {unit}"
            else:
                continue
            subject = f"{task.name}.{attribute.name}"
            yield _finding(facts, task, attribute.place, message, subject, attribute)


@rule(
    "RES003",
    "resources-beyond-region",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    needs=("region",),
    hint="stay within 96 vCPUs and 768 GiB, or run in a Region that has the large machines",
    source=cite(Guide.COMPUTE, "regions", Guide.ADVANCED_RESOURCES),
    bad="$ packager lint . --region eu-west-2\n" + _wdl('cpu: 128\n            memory: "256 GiB"'),
    good="$ packager lint . --region us-east-1\n" + _wdl('cpu: 128\n            memory: "256 GiB"'),
)
def resources_beyond_region(facts: Facts) -> Iterator[RuleFinding]:
    """A task requests a machine that only some Regions have.

    Machines with 128 and 192 vCPUs exist in us-west-2, us-east-1, us-east-2, ap-northeast-1 and ap-northeast-2.
    """
    if facts.region is None or facts.region in limits.LARGE_INSTANCE_REGIONS:
        return
    for task in _tasks(facts):
        for attribute, most, beyond, unit in (
            (task.resources.cpu, limits.MAX_VCPUS_ELSEWHERE, limits.MAX_VCPUS, "vCPUs"),
            (task.resources.memory, limits.MAX_MEMORY_GIB_ELSEWHERE, limits.MAX_MEMORY_GIB, "GiB"),
        ):
            value = attribute.number if attribute is not None else None
            if attribute is not None and value is not None and most < value <= beyond:
                message = f"`{task.name}` requests {_plain(value)} {unit}, but the largest machine in `{facts.region}` has {most}"
                subject = f"{task.name}.{attribute.name}"
                yield _finding(facts, task, attribute.place, message, subject, attribute)


def _finding(
    facts: Facts, task: Task, place: Place, message: str, subject: str, *attributes: Attribute | None
) -> RuleFinding:
    """A finding about what a task requests: a warning that names the inputs that decide, unless the request is certain."""
    names = deciding(task, *attributes)
    engine = facts.workflow.engine if facts.workflow else None
    is_sure = not names and not task.conditional and engine is not Engine.NEXTFLOW
    severity = None if is_sure else Severity.WARNING
    return RuleFinding(place, message + unsure(task, names), severity=severity, subject=subject)


def _type(task: Task) -> str | None:
    attribute = task.resources.accelerator_type
    return attribute.value if attribute is not None and isinstance(attribute.value, str) else None


@rule(
    "RES004",
    "accelerator-misdeclared",
    Severity.ERROR,
    subject=Subject.WORKFLOW,
    engines=("WDL", "NEXTFLOW"),
    hint="use a supported type, such as `nvidia-l4`, together with a count of 1 to 4",
    source=cite(Guide.TASK_ACCELERATORS, "types", "pair", Guide.COMPUTE),
    bad=_wdl(
        'cpu: 4\n            memory: "16 GiB"\n            acceleratorType: "nvidia-tesla-v100"\n            acceleratorCount: 1'
    ),
    good=_wdl(
        'cpu: 4\n            memory: "16 GiB"\n            acceleratorType: "nvidia-l4"\n            acceleratorCount: 1'
    ),
)
def accelerator_misdeclared(facts: Facts) -> Iterator[RuleFinding]:
    """A task's accelerator has an unsupported type, a type without a count, or a count without a type.

    The service finds no machine, and a run fails at the task. It is a warning where an input or a condition decides, and in a Nextflow
    pipeline, because often a parameter decides whether the GPU process runs.
    """
    for task in _tasks(facts):
        kind, count = task.resources.accelerator_type, task.resources.accelerator_count
        name = _type(task)
        if kind is not None and name is not None and name not in limits.ACCELERATOR_TYPES:
            message = f"`{task.name}` requests the accelerator `{name}`, which the service does not support"
            if not name:
                message = f"the accelerator type of `{task.name}` is empty"
            yield _finding(facts, task, kind.place, message, f"{task.name}.{name}", kind)
        amount = count.number if count is not None else None
        if count is not None and kind is None and (amount is None or amount > 0):
            message = f"`{task.name}` sets an accelerator count, but no type"
            yield _finding(facts, task, count.place, message, task.name, count)
        elif kind is not None and count is None:
            message = f"`{task.name}` sets an accelerator type, but no count"
            yield _finding(facts, task, kind.place, message, task.name)


def _largest(kind: str, count: float) -> tuple[int, int]:
    """The vCPUs and GiB of the largest machine with that accelerator."""
    if count <= 1:
        return limits.ONE_ACCELERATOR_MAX_L40S if kind == "nvidia-l40s" else limits.ONE_ACCELERATOR_MAX
    if kind == "nvidia-l40s":
        return limits.FOUR_ACCELERATORS_MAX_L40S
    return limits.FOUR_ACCELERATORS_MAX_T4 if kind == "nvidia-tesla-t4" else limits.FOUR_ACCELERATORS_MAX


@rule(
    "RES005",
    "accelerator-shape-impossible",
    Severity.ERROR,
    subject=Subject.WORKFLOW,
    hint="request fewer CPUs or less memory with the accelerator, or more accelerators",
    source=cite(Guide.TASK_ACCELERATORS, Guide.COMPUTE, "machines"),
    bad=_wdl(
        'cpu: 96\n            memory: "64 GiB"\n            acceleratorType: "nvidia-l4"\n            acceleratorCount: 1'
    ),
    good=_wdl(
        'cpu: 96\n            memory: "64 GiB"\n            acceleratorType: "nvidia-l4"\n            acceleratorCount: 4'
    ),
)
def accelerator_shape_impossible(facts: Facts) -> Iterator[RuleFinding]:
    """No machine has the accelerator together with that many CPUs or that much memory.

    With one accelerator the largest machine has 64 vCPUs and 256 GiB (512 with `nvidia-l40s`); with two to four it has 96 vCPUs and
    384 GiB (`nvidia-tesla-t4` 48 and 192, `nvidia-l40s` 96 and 768). It is a warning where an input or a condition decides, and in a
    Nextflow pipeline, as in RES002.
    """
    for task in _tasks(facts):
        name, asked = _type(task), task.resources.accelerator_count
        count = asked.number if asked is not None else None
        if name is None or name not in limits.ACCELERATOR_TYPES or count is None:
            continue
        if not 0 < count <= limits.MAX_ACCELERATORS:
            continue
        for attribute, most, unit in zip(
            (task.resources.cpu, task.resources.memory),
            _largest(name, count),
            ("vCPUs", "GiB"),
            strict=True,
        ):
            value = attribute.number if attribute is not None else None
            if attribute is not None and value is not None and value > most:
                request = f"{_plain(value)} {unit} with {_plain(count)} `{name}`"
                message = f"`{task.name}` requests {request}, but the largest such machine has {most}"
                subject = f"{task.name}.{attribute.name}"
                kind = task.resources.accelerator_type
                yield _finding(facts, task, attribute.place, message, subject, attribute, kind, asked)


@rule(
    "RES006",
    "accelerator-not-in-region",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    needs=("region",),
    hint="choose a type that is available in the Region, or another Region",
    source=cite(Guide.TASK_ACCELERATORS, "types", Guide.COMPUTE, "regions"),
    bad="$ packager lint . --region eu-west-1\n"
    + _wdl(
        'cpu: 4\n            memory: "16 GiB"\n            acceleratorType: "nvidia-l4"\n            acceleratorCount: 1'
    ),
    good="$ packager lint . --region eu-west-1\n"
    + _wdl(
        'cpu: 4\n            memory: "16 GiB"\n            acceleratorType: "nvidia-tesla-a10g"\n            acceleratorCount: 1'
    ),
)
def accelerator_not_in_region(facts: Facts) -> Iterator[RuleFinding]:
    """The Region has no machine with the accelerator.

    The tables of machines per Region change over time. If it is still true, a run fails with UNSUPPORTED_GPU_INSTANCE_TYPE.
    """
    if facts.region is None or facts.region not in limits.REGIONS:
        return
    for task in _tasks(facts):
        kind, name = task.resources.accelerator_type, _type(task)
        families = limits.ACCELERATOR_FAMILIES.get(name or "", ())
        if kind is None or not families:
            continue
        if all(facts.region not in limits.accelerator_regions(family) for family in families):
            message = f"`{task.name}` requests `{name}`, which is not known to be available in `{facts.region}`"
            yield _finding(facts, task, kind.place, message, task.name, kind)


@rule(
    "CWL034",
    "cuda-capability-not-accelerator",
    Severity.ERROR,
    subject=Subject.WORKFLOW,
    engines=("CWL",),
    hint="set `cudaComputeCapability` to the name of an accelerator, such as `nvidia-l4`",
    source=cite(Guide.TASK_ACCELERATORS, "CWL", Guide.COMPUTE),
    bad="""
    main.cwl
        cwlVersion: v1.2
        class: CommandLineTool
        $namespaces: {cwltool: "http://commonwl.org/cwltool#"}
        requirements:
          cwltool:CUDARequirement: {cudaVersionMin: "11.4", cudaComputeCapability: "8.0", cudaDeviceCountMin: 1}
        baseCommand: nvidia-smi
        inputs: []
        outputs: []
    """,
    good="""
    main.cwl
        cwlVersion: v1.2
        class: CommandLineTool
        $namespaces: {cwltool: "http://commonwl.org/cwltool#"}
        requirements:
          cwltool:CUDARequirement: {cudaVersionMin: "11.4", cudaComputeCapability: nvidia-l4, cudaDeviceCountMin: 1}
        baseCommand: nvidia-smi
        inputs: []
        outputs: []
    """,
)
def cuda_capability_not_accelerator(facts: Facts) -> Iterator[RuleFinding]:
    """`cudaComputeCapability` is not the name of a supported accelerator.

    The service expects the name of an accelerator there, not a capability number, and uses it to choose the machine. It is a warning
    for a step with a condition (`when`).
    """
    if facts.workflow is None or facts.workflow.engine is not Engine.CWL:
        return
    for task in _tasks(facts):
        attribute = task.resources.accelerator_type
        name = None if attribute is None else attribute.value
        if attribute is not None and name is not None and name not in limits.ACCELERATOR_TYPES:
            message = (
                f"`{task.name}` has the `cudaComputeCapability` `{name}`, which is not an accelerator of the service"
            )
            yield _finding(facts, task, attribute.place, message, task.name, attribute)
