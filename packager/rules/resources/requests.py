"""Rules about what tasks ask for: CPUs, memory, accelerators."""

from __future__ import annotations

from collections.abc import Iterator

from packager.findings.diagnostic import Severity
from packager.healthomics import limits
from packager.model.facts import Engine, Task
from packager.rules.facts import Facts
from packager.rules.rule import Found, Subject, rule

_COMPUTE = "compute and memory of tasks page; advanced resource configuration page"
_GPU = "task accelerators page; compute and memory of tasks page"
_IMAGE = 'docker: "111122223333.dkr.ecr.us-east-1.amazonaws.com/fit:1.0"'


def _wdl(runtime: str) -> str:
    return f"""
    main.wdl
        version 1.0
        workflow fitting {{ call fit  output {{ File model = fit.model }} }}
        task fit {{
          command <<< touch model >>>
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
    hint="say `cpu` and `memory`",
    source=_COMPUTE,
    bad=_wdl("maxRetries: 1"),
    good=_wdl('cpu: 4\n            memory: "16 GiB"'),
)
def resources_not_given(facts: Facts) -> Iterator[Found]:
    """A task says neither how many CPUs nor how much memory it needs, or only one of the two.

    What is not given becomes 1 vCPU and 1 GiB, hard limits: a task that needs more memory is killed.
    """
    for task in _tasks(facts):
        if any(attribute.name == limits.FALLBACK_ATTRIBUTE for attribute in task.attributes):
            continue  # its profiles say what the task needs
        cpu, memory = task.resources.cpu is not None, task.resources.memory is not None
        if not cpu and not memory:
            message = f"`{task.name}` gives neither CPUs nor memory and gets 1 vCPU and 1 GiB"
            yield Found(task.place, message, subject=task.name)
        elif not memory:
            message = f"`{task.name}` gives no memory and may get as little as 1 GiB"
            yield Found(task.place, message, subject=task.name)
        elif not cpu:
            message = f"`{task.name}` gives no CPUs and gets 1 vCPU"
            yield Found(task.place, message, severity=Severity.INFO, subject=task.name)


@rule(
    "RES002",
    "resources-out-of-range",
    Severity.ERROR,
    subject=Subject.WORKFLOW,
    hint="stay within 192 vCPUs, 1,536 GiB and 4 accelerators",
    source=_COMPUTE + "; run errors page (INVALID_TASK_RESOURCE_VALUE)",
    bad=_wdl('cpu: 256\n            memory: "16 GiB"'),
    good=_wdl('cpu: 192\n            memory: "1536 GiB"'),
)
def resources_out_of_range(facts: Facts) -> Iterator[Found]:
    """A task asks for more than the largest machine has, or for nothing.

    The service finds no machine, and the run fails when it reaches the task.
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
                yield Found(
                    attribute.place,
                    f"`{task.name}` asks for {_plain(value)} {unit}, the largest machine has {most}",
                    subject=f"{task.name}.{attribute.name}",
                )
            elif value <= 0 and unit != "accelerators":
                message = f"`{task.name}` asks for {_plain(value)} {unit}"
                yield Found(attribute.place, message, subject=f"{task.name}.{attribute.name}")


@rule(
    "RES003",
    "resources-beyond-region",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    needs=("region",),
    hint="stay within 96 vCPUs and 768 GiB, or run in a Region that has the large machines",
    source=_COMPUTE,
    bad="$ packager lint . --region eu-west-2\n" + _wdl('cpu: 128\n            memory: "256 GiB"'),
    good="$ packager lint . --region us-east-1\n" + _wdl('cpu: 128\n            memory: "256 GiB"'),
)
def resources_beyond_region(facts: Facts) -> Iterator[Found]:
    """A task asks for a machine that only some Regions have.

    Machines with 128 and 192 vCPUs exist in us-west-2, us-east-1, us-east-2, ap-northeast-1 and ap-northeast-2.
    """
    if facts.region in limits.LARGE_INSTANCE_REGIONS:
        return
    for task in _tasks(facts):
        for attribute, most, beyond, unit in (
            (task.resources.cpu, limits.MAX_VCPUS_ELSEWHERE, limits.MAX_VCPUS, "vCPUs"),
            (task.resources.memory, limits.MAX_MEMORY_GIB_ELSEWHERE, limits.MAX_MEMORY_GIB, "GiB"),
        ):
            value = attribute.number if attribute is not None else None
            if attribute is not None and value is not None and most < value <= beyond:
                yield Found(
                    attribute.place,
                    f"`{task.name}` asks for {_plain(value)} {unit}, the largest machine in `{facts.region}` has {most}",
                    subject=f"{task.name}.{attribute.name}",
                )


def _type(task: Task) -> str | None:
    attribute = task.resources.accelerator_type
    return attribute.value if attribute is not None and isinstance(attribute.value, str) else None


@rule(
    "RES004",
    "accelerator-misdeclared",
    Severity.ERROR,
    subject=Subject.WORKFLOW,
    engines=("WDL", "NEXTFLOW"),
    hint="give a type that the service has, such as `nvidia-l4`, together with a count of 1 to 4",
    source=_GPU,
    bad=_wdl(
        'cpu: 4\n            memory: "16 GiB"\n            acceleratorType: "nvidia-tesla-v100"\n            acceleratorCount: 1'
    ),
    good=_wdl(
        'cpu: 4\n            memory: "16 GiB"\n            acceleratorType: "nvidia-l4"\n            acceleratorCount: 1'
    ),
)
def accelerator_misdeclared(facts: Facts) -> Iterator[Found]:
    """A task's accelerator has a type that the service lacks, or a type without a count, or a count without a type.

    The service finds no machine, and the run fails when it reaches the task. In a Nextflow pipeline it is a warning: processes for
    GPUs often stand beside others that run unless a parameter says otherwise.
    """
    engine = facts.workflow.engine if facts.workflow else None
    severity = Severity.WARNING if engine is Engine.NEXTFLOW else None
    for task in _tasks(facts):
        kind, count = task.resources.accelerator_type, task.resources.accelerator_count
        name = _type(task)
        if kind is not None and name is not None and name not in limits.ACCELERATOR_TYPES:
            yield Found(
                kind.place,
                f"`{task.name}` asks for the accelerator `{name}`, which the service does not have",
                severity=severity,
                subject=f"{task.name}.{name}",
            )
        amount = count.number if count is not None else None
        if count is not None and kind is None and (amount is None or amount > 0):
            message = f"`{task.name}` gives a number of accelerators, but no type"
            yield Found(count.place, message, severity=severity, subject=task.name)
        elif kind is not None and count is None:
            message = f"`{task.name}` gives an accelerator type, but no number"
            yield Found(kind.place, message, severity=severity, subject=task.name)


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
    hint="ask for fewer CPUs or less memory beside the accelerator, or for several accelerators",
    source=_GPU,
    bad=_wdl(
        'cpu: 96\n            memory: "64 GiB"\n            acceleratorType: "nvidia-l4"\n            acceleratorCount: 1'
    ),
    good=_wdl(
        'cpu: 96\n            memory: "64 GiB"\n            acceleratorType: "nvidia-l4"\n            acceleratorCount: 4'
    ),
)
def accelerator_shape_impossible(facts: Facts) -> Iterator[Found]:
    """No machine has that accelerator together with so many CPUs or so much memory.

    With one accelerator the largest machine has 64 vCPUs and 256 GiB (512 with `nvidia-l40s`); with two to four it has 96 vCPUs and
    384 GiB (`nvidia-tesla-t4` 48 and 192, `nvidia-l40s` 96 and 768).
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
                yield Found(
                    attribute.place,
                    f"`{task.name}` asks for {_plain(value)} {unit} with {_plain(count)} `{name}`, the largest such machine has {most}",
                    subject=f"{task.name}.{attribute.name}",
                )


@rule(
    "RES006",
    "accelerator-not-in-region",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    needs=("region",),
    hint="choose a type that the Region has, or another Region",
    source=_GPU,
    bad="$ packager lint . --region eu-west-1\n"
    + _wdl(
        'cpu: 4\n            memory: "16 GiB"\n            acceleratorType: "nvidia-l4"\n            acceleratorCount: 1'
    ),
    good="$ packager lint . --region eu-west-1\n"
    + _wdl(
        'cpu: 4\n            memory: "16 GiB"\n            acceleratorType: "nvidia-tesla-a10g"\n            acceleratorCount: 1'
    ),
)
def accelerator_not_in_region(facts: Facts) -> Iterator[Found]:
    """The Region has no machine with that accelerator.

    The tables of machines by Region change; a run fails with UNSUPPORTED_GPU_INSTANCE_TYPE where it is still so.
    """
    if facts.region is None or facts.region not in limits.REGIONS:
        return
    for task in _tasks(facts):
        kind, name = task.resources.accelerator_type, _type(task)
        families = limits.ACCELERATOR_FAMILIES.get(name or "", ())
        if kind is None or not families:
            continue
        if all(facts.region not in limits.accelerator_regions(family) for family in families):
            yield Found(
                kind.place,
                f"`{task.name}` asks for `{name}`, which `{facts.region}` is not known to have",
                subject=task.name,
            )


@rule(
    "CWL034",
    "cuda-capability-not-accelerator",
    Severity.ERROR,
    subject=Subject.WORKFLOW,
    engines=("CWL",),
    hint="set `cudaComputeCapability` to an accelerator's name, such as `nvidia-l4`",
    source=_GPU,
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
def cuda_capability_not_accelerator(facts: Facts) -> Iterator[Found]:
    """`cudaComputeCapability` is not the name of an accelerator that the service has.

    The service takes the accelerator's name there, not a capability number, and chooses the machine by it.
    """
    if facts.workflow is None or facts.workflow.engine is not Engine.CWL:
        return
    for task in _tasks(facts):
        attribute = task.resources.accelerator_type
        name = None if attribute is None else attribute.value
        if attribute is not None and name is not None and name not in limits.ACCELERATOR_TYPES:
            yield Found(
                attribute.place,
                f"`{task.name}` has `cudaComputeCapability` `{name}`, which is no accelerator of the service",
                subject=task.name,
            )
