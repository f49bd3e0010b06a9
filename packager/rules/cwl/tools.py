"""Rules about what CWL tools ask for: images to build, and resources that cannot be had or cannot be meant."""

from __future__ import annotations

from collections.abc import Iterator

from packager.findings.diagnostic import Severity
from packager.healthomics import limits
from packager.images import reference as images
from packager.model.facts import Attribute, Engine, ImageStatus, Task
from packager.rules.cwl.references import attributes
from packager.rules.facts import Facts
from packager.rules.rule import Found, Subject, rule
from packager.text import listed

_MIB_PER_GIB = 1024
_KINDS = ("cores", "ram", "tmpdir", "outdir")
_UNMEANT_MIB = 64  # our own advice: no tool of bioinformatics has so little memory, while 64 GiB is common
_BUILDING = ("dockerFile", "dockerLoad", "dockerImport")


def _tool(resources: str, docker: str = 'dockerPull: "quay.io/biocontainers/samtools:1.17--h00cdaf9_0"') -> str:
    return f"""
    main.cwl
        cwlVersion: v1.2
        class: CommandLineTool
        requirements:
          DockerRequirement: {{{docker}}}
          ResourceRequirement: {{{resources}}}
        baseCommand: "true"
        inputs: []
        outputs: []
    """


def _tools(facts: Facts) -> Iterator[Task]:
    if facts.workflow is not None and facts.workflow.engine is Engine.CWL:
        yield from (task for task in facts.workflow.tasks if task.runs_container)


def _needs(task: Task, field: str) -> Attribute | None:
    wanted = f"ResourceRequirement.{field}"
    return next((attribute for attribute in task.attributes if attribute.name == wanted), None)


@rule(
    "CWL050",
    "minimum-above-maximum",
    Severity.ERROR,
    subject=Subject.WORKFLOW,
    engines=("CWL",),
    hint="raise the maximum, or leave it out",
    source="CWL v1.2 specification, ResourceRequirement",
    bad=_tool("coresMin: 4, coresMax: 2, ramMin: 4096"),
    good=_tool("coresMin: 4, coresMax: 8, ramMin: 4096"),
)
def minimum_above_maximum(facts: Facts) -> Iterator[Found]:
    """A tool's minimum of a resource is above its maximum.

    The specification makes it an error: the run fails when it comes to the tool.
    """
    for task in _tools(facts):
        for kind in _KINDS:
            least, most = _needs(task, f"{kind}Min"), _needs(task, f"{kind}Max")
            if least is None or most is None or least.number is None or most.number is None:
                continue
            if least.number > most.number:
                yield Found(
                    least.place,
                    f"`{task.name}` has `{kind}Min` {least.text} above its `{kind}Max` {most.text}",
                    subject=f"{task.name}.{kind}",
                )


@rule(
    "CWL051",
    "scratch-space-out-of-range",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("CWL",),
    hint="stay within 3,072 GiB; `tmpdirMin` is in MiB",
    source="ephemeral storage page; CWL language page",
    bad=_tool("coresMin: 1, ramMin: 4096, tmpdirMin: 4194304"),
    good=_tool("coresMin: 1, ramMin: 4096, tmpdirMin: 102400"),
)
def scratch_space_out_of_range(facts: Facts) -> Iterator[Found]:
    """A tool asks for more temporary space than a task can have.

    `/tmp` of a task has at most 3,072 GiB, in runs with local scratch storage; what is above is cut off or fails.
    """
    for task in _tools(facts):
        attribute = _needs(task, "tmpdirMin")
        size = attribute.number if attribute is not None else None
        if attribute is not None and size is not None and size > limits.MAX_TASK_DISK_GIB * _MIB_PER_GIB:
            yield Found(
                attribute.place,
                f"`{task.name}` asks for {size / _MIB_PER_GIB:,.0f} GiB in `/tmp`, a task has {limits.MAX_TASK_DISK_GIB:,} at most",
                subject=task.name,
            )


@rule(
    "CWL052",
    "memory-probably-not-mebibytes",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("CWL",),
    hint="write mebibytes: 8 GiB is `ramMin: 8192`",
    source="CWL v1.2 specification, ResourceRequirement; compute and memory of tasks page",
    bad=_tool("coresMin: 1, ramMin: 16"),
    good=_tool("coresMin: 1, ramMin: 16384"),
)
def memory_probably_not_mebibytes(facts: Facts) -> Iterator[Found]:
    """A tool asks for so little memory that another unit is probably meant.

    `ramMin` and `ramMax` are in MiB. The service gives 1 GiB at least and kills what needs more than it has.
    """
    for task in _tools(facts):
        attribute = _needs(task, "ramMin") or _needs(task, "ramMax")
        size = attribute.number if attribute is not None else None
        if attribute is not None and size is not None and 1 < size <= _UNMEANT_MIB:
            yield Found(
                attribute.place,
                f"`{task.name}` asks for {attribute.text} MiB of memory, {attribute.text} GiB may be meant",
                subject=task.name,
            )


@rule(
    "CWL053",
    "image-to-be-built",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("CWL",),
    hint="build the image, push it to private ECR and name it with `dockerPull`",
    source="container images page",
    bad=_tool("coresMin: 1, ramMin: 4096", 'dockerFile: "FROM debian", dockerImageId: tool'),
    good=_tool("coresMin: 1, ramMin: 4096"),
)
def image_to_be_built(facts: Facts) -> Iterator[Found]:
    """A tool's image is to be built, loaded or imported, and cannot be pulled.

    The service pulls images from private ECR and does nothing else to get one.
    """
    for field in _BUILDING:
        for task, attribute in attributes(facts, f"DockerRequirement.{field}"):
            if task.runs_container and task.image.status is ImageStatus.NONE:
                yield Found(
                    attribute.place,
                    f"the image of `{task.name}` comes from `{field}`: there is nothing to pull",
                    subject=f"{task.name}.{field}",
                )


@rule(
    "CWL054",
    "hard-coded-private-image",
    Severity.INFO,
    subject=Subject.WORKFLOW,
    engines=("CWL",),
    hint="make the images inputs of the workflow: then access to them is verified before a run starts",
    source="CWL language page; container images page",
    bad=_tool("coresMin: 1, ramMin: 4096", 'dockerPull: "111122223333.dkr.ecr.us-east-1.amazonaws.com/samtools:1.17"'),
    good="""
    main.cwl
        cwlVersion: v1.2
        class: CommandLineTool
        requirements:
          DockerRequirement: {dockerPull: $(inputs.image)}
          ResourceRequirement: {coresMin: 1, ramMin: 4096}
        baseCommand: "true"
        inputs: {image: {type: string, label: "image with samtools"}}
        outputs: []
    """,
)
def hard_coded_private_image(facts: Facts) -> Iterator[Found]:
    """Tools name images in private ECR literally.

    The guide discourages it: an account and a Region are fixed in the definition, and a lack of access shows only when a run comes
    to the tool.
    """
    named = []
    for task in _tools(facts):
        reference = images.parse(task.image.reference or "") if task.image.status is ImageStatus.LITERAL else None
        if reference is not None and reference.region is not None:
            named.append(task)
    if named:
        names = list(dict.fromkeys(task.name for task in named))
        many = "tool names its image" if len(names) == 1 else "tools name their images"
        yield Found(named[0].image.place, f"{len(names)} {many} in private ECR literally: {listed(names)}")
