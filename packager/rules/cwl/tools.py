"""Rules about the images and resources of CWL tools: images that cannot be pulled, and resources that are out of range."""

from __future__ import annotations

from collections.abc import Iterator

from packager.findings.diagnostic import Severity
from packager.findings.sources import Guide, Standard, cite
from packager.healthomics import limits
from packager.model.facts import Attribute, Engine, ImageStatus, Task
from packager.model.features import FeatureName
from packager.model.image_reference import as_reference
from packager.rules.cwl.references import attributes
from packager.rules.facts import Facts
from packager.rules.rule import RuleFinding, Subject, deciding, rule, severity_of, unsure
from packager.text import count, listed

_MIB_PER_GIB = 1024
_KINDS = ("cores", "ram", "tmpdir", "outdir")
_UNLIKELY_MIB = 64  # our own advice: no bioinformatics tool needs so little memory, and 64 GiB is common
_LEAST_CPUS = 2  # a tool with one CPU may be small
_GIB_PER_CPU = (1, 8)  # what instances for computing have, and what workflows ask for
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
    name = f"ResourceRequirement.{field}"
    return next((attribute for attribute in task.attributes if attribute.name == name), None)


@rule(
    "CWL050",
    "minimum-above-maximum",
    Severity.ERROR,
    subject=Subject.WORKFLOW,
    engines=("CWL",),
    hint="raise the maximum, or remove it",
    source=cite(Standard.CWL, "ResourceRequirement"),
    bad=_tool("coresMin: 4, coresMax: 2, ramMin: 4096"),
    good=_tool("coresMin: 4, coresMax: 8, ramMin: 4096"),
)
def minimum_above_maximum(facts: Facts) -> Iterator[RuleFinding]:
    """A tool's minimum of a resource is above its maximum.

    The specification makes it an error: the run fails at the tool. A warning if a run may leave the tool out.
    """
    for task in _tools(facts):
        for kind in _KINDS:
            least, most = _needs(task, f"{kind}Min"), _needs(task, f"{kind}Max")
            if least is None or most is None or least.number is None or most.number is None:
                continue
            if least.number > most.number:
                names = deciding(task, least, most)
                message = f"`{task.name}` has `{kind}Min` {least.text}, but `{kind}Max` {most.text}"
                yield RuleFinding(
                    least.place,
                    message + unsure(task, names),
                    severity=severity_of(task, names),
                    subject=f"{task.name}.{kind}",
                )


@rule(
    "CWL051",
    "scratch-space-out-of-range",
    Severity.INFO,
    subject=Subject.WORKFLOW,
    engines=("CWL",),
    hint="stay within 3,072 GiB; `tmpdirMin` is in MiB",
    source=cite(Guide.EPHEMERAL_STORAGE, "maximum", Guide.CWL, "tmpdirMin"),
    bad=_tool("coresMin: 1, ramMin: 4096, tmpdirMin: 4194304"),
    good=_tool("coresMin: 1, ramMin: 4096, tmpdirMin: 102400"),
)
def scratch_space_out_of_range(facts: Facts) -> Iterator[RuleFinding]:
    """A tool requests more temporary space than a task can have.

    `/tmp` of a task has at most 3,072 GiB, in runs with LOCAL scratch storage; a larger request gets that, or fails.
    """
    for task in _tools(facts):
        attribute = _needs(task, "tmpdirMin")
        size = attribute.number if attribute is not None else None
        if attribute is not None and size is not None and size > limits.MAX_TASK_DISK_GIB * _MIB_PER_GIB:
            request = f"`{task.name}` requests {size / _MIB_PER_GIB:,.0f} GiB in `/tmp`"
            message = f"{request}; with LOCAL scratch storage the maximum is {limits.MAX_TASK_DISK_GIB:,}"
            yield RuleFinding(attribute.place, message, subject=task.name)


@rule(
    "CWL052",
    "memory-probably-not-mebibytes",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("CWL",),
    hint="write mebibytes: 8 GiB is `ramMin: 8192`",
    source=cite(Standard.CWL, "ResourceRequirement", Guide.COMPUTE, "minimum"),
    bad=_tool("coresMin: 4, ramMin: 16"),
    good=_tool("coresMin: 4, ramMin: 16384"),
)
def memory_probably_not_mebibytes(facts: Facts) -> Iterator[RuleFinding]:
    """A tool requests so little memory that the unit is probably wrong.

    `ramMin` and `ramMax` are in MiB. The service gives at least 1 GiB, and kills a task that needs more than it has. Reported for tools
    with multiple CPUs, if the amount in GiB would fit them.
    """
    for task in _tools(facts):
        attribute = _needs(task, "ramMin") or _needs(task, "ramMax")
        cores = _needs(task, "coresMin") or _needs(task, "coresMax")
        size = attribute.number if attribute is not None else None
        cpus = cores.number if cores is not None else None
        if attribute is None or size is None or cpus is None or cpus < _LEAST_CPUS or size > _UNLIKELY_MIB:
            continue
        if _GIB_PER_CPU[0] <= size / cpus <= _GIB_PER_CPU[1]:
            yield RuleFinding(
                attribute.place,
                f"`{task.name}` requests {attribute.text} MiB of memory; is {attribute.text} GiB intended?",
                subject=task.name,
            )


@rule(
    "CWL055",
    "command-with-blanks",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("CWL",),
    hint="write `baseCommand` as a list: `[samtools, sort]`",
    source=cite(Standard.CWL, "baseCommand"),
    bad=_tool("coresMin: 1, ramMin: 4096").replace('"true"', "samtools sort"),
    good=_tool("coresMin: 1, ramMin: 4096").replace('"true"', "[samtools, sort]"),
)
def command_with_blanks(facts: Facts) -> Iterator[RuleFinding]:
    """A tool's `baseCommand` is one string with blanks.

    It is run as the name of one program, blanks included, which is unlikely to exist: the task fails.
    """
    for feature in facts.features(FeatureName.COMMAND_WITH_BLANKS):
        yield RuleFinding(
            feature.place, f"`baseCommand` is one string with blanks: `{feature.text}`", subject=feature.text
        )


@rule(
    "CWL053",
    "image-to-be-built",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("CWL",),
    hint="build the image, push it to private ECR and name it with `dockerPull`",
    source=cite(Guide.CONTAINERS, "private"),
    bad=_tool("coresMin: 1, ramMin: 4096", 'dockerFile: "FROM debian", dockerImageId: tool'),
    good=_tool("coresMin: 1, ramMin: 4096"),
)
def image_to_be_built(facts: Facts) -> Iterator[RuleFinding]:
    """A tool's image has to be built, loaded or imported, and cannot be pulled.

    The service only pulls images from private ECR.
    """
    for field in _BUILDING:
        for task, attribute in attributes(facts, f"DockerRequirement.{field}"):
            if task.runs_container and task.image.status is ImageStatus.NONE:
                yield RuleFinding(
                    attribute.place,
                    f"the image of `{task.name}` is set by `{field}`, so it cannot be pulled",
                    subject=f"{task.name}.{field}",
                )


@rule(
    "CWL054",
    "hard-coded-private-image",
    Severity.INFO,
    subject=Subject.WORKFLOW,
    engines=("CWL",),
    hint="make the images inputs of the workflow, so that access to them is checked before a run starts",
    source=cite(Guide.CWL, "literal images", Guide.CONTAINERS),
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
def hard_coded_private_image(facts: Facts) -> Iterator[RuleFinding]:
    """Tools have literal names of images in private ECR.

    The guide discourages it: account and Region are fixed in the definition, and missing access shows only
    when a run reaches the tool.
    """
    named = []
    for task in _tools(facts):
        reference = as_reference(task.image.reference) if task.image.status is ImageStatus.LITERAL else None
        if reference is not None and reference.region is not None:
            named.append(task)
    if named:
        names = list(dict.fromkeys(task.name for task in named))
        message = f"{count(len(names), 'tool')} with a literal image in private ECR: {listed(names)}"
        yield RuleFinding(named[0].image.place, message)
