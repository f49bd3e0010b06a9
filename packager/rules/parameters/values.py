"""Rules about the values of a run's parameters, compared with the types of the workflow's inputs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from packager.findings.diagnostic import Severity, Skipped
from packager.findings.sources import Guide, Own, cite
from packager.healthomics import limits
from packager.model.features import FeatureName
from packager.model.value_types import ANY, ValueType
from packager.parameters.value_check import FaultKind, check_value, unevaluated_patterns
from packager.rules.facts import Facts
from packager.rules.parameters.run_parameters import bare_name_of, example
from packager.rules.rule import RuleFinding, Subject, rule
from packager.text import listed

_GOOD = example('{"reads": "s3://lab-data/reads.fastq", "threads": 4}')


def _struct_example(content: str) -> str:
    return f"""$ packager lint main.wdl --run-parameters run.json
main.wdl
    version 1.0
    struct Sample {{ String id  File reads }}
    workflow w {{ input {{ Sample sample }}  output {{ String id = sample.id }} }}
run.json
    {content}
"""


def _faults(facts: Facts, *kinds: FaultKind) -> Iterator[tuple[str, RuleFinding]]:
    """The findings for faults of these kinds, each with its parameter's name."""
    assert facts.run_parameters is not None  # the subject of every rule here
    types = _types(facts)
    for parameter in facts.run_parameters.parameters:
        name = bare_name_of(facts, parameter.name) or parameter.name
        for fault in check_value(parameter.value, types.get(name, ANY), at=(parameter.name,)):
            if fault.kind in kinds:
                place = facts.run_parameters.place_of(fault.parts)
                where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in fault.parts[1:])
                member = ".".join((parameter.name, *(part for part in fault.parts[1:] if isinstance(part, str))))
                message = f"`{parameter.name}{where}`: {fault.message}"
                yield parameter.name, RuleFinding(place, message, hint=fault.hint or None, subject=member)


def unmatched_parameters(facts: Facts) -> tuple[Skipped, ...]:
    """The parameters that are not checked because a pattern of the schema cannot be evaluated."""
    if facts.workflow is None or facts.run_parameters is None:
        return ()
    types = _types(facts)
    names = [
        parameter.name
        for parameter in facts.run_parameters.parameters
        if unevaluated_patterns(types.get(parameter.name, ANY), parameter.value)
    ]
    return (Skipped("TPL024", f"the patterns of {listed(names)} cannot be evaluated"),) if names else ()


def _types(facts: Facts) -> dict[str, ValueType]:
    return {declared.name: declared.value_type for declared in facts.workflow.inputs} if facts.workflow else {}


def _is_wdl(facts: Facts) -> bool:
    return facts.workflow is not None and facts.workflow.engine.value == "WDL"


@rule(
    "TPL024",
    "run-parameter-type",
    Severity.ERROR,
    subject=Subject.RUN_PARAMETERS,
    hint="set a value of the input's type",
    source=cite(Guide.WDL, "types", Guide.RUN_INPUTS),
    bad=example('{"reads": "s3://lab-data/reads.fastq", "threads": [4]}'),
    good=_GOOD,
)
def run_parameter_type(facts: Facts) -> Iterator[RuleFinding]:
    """A run sets a value of a different type than the input's.

    The run fails before its first task, or its result is not the intended one.
    """
    for _, finding in _faults(facts, FaultKind.TYPE):
        yield finding


@rule(
    "TPL025",
    "run-parameter-converted",
    Severity.WARNING,
    subject=Subject.RUN_PARAMETERS,
    hint="write the value as its type is written in JSON",
    source=cite(Guide.WDL, "types", Guide.RUN_INPUTS),
    bad=example('{"reads": "s3://lab-data/reads.fastq", "threads": "4"}'),
    good=_GOOD,
)
def run_parameter_converted(facts: Facts) -> Iterator[RuleFinding]:
    """A run sets a value that has the input's type only after a conversion, such as a number in quotes.

    Whether an engine converts it depends on the engine and its version.
    """
    for _, finding in _faults(facts, FaultKind.CONVERTED):
        yield finding


@rule(
    "TPL026",
    "run-parameter-members",
    Severity.ERROR,
    subject=Subject.RUN_PARAMETERS,
    hint="write an object with exactly the members of the struct",
    source=cite(Guide.WDL, "members"),
    bad=_struct_example('{"sample": "{\\"id\\": \\"s1\\"}"}'),
    good=_struct_example('{"sample": {"id": "s1", "reads": "s3://lab-data/s1.fastq"}}'),
)
def run_parameter_members(facts: Facts) -> Iterator[RuleFinding]:
    """The value for a struct or record is not an object, or does not have exactly its members.

    The run fails before its first task.
    """
    for _, finding in _faults(facts, FaultKind.MEMBER):
        yield finding


@rule(
    "TPL027",
    "file-not-on-s3",
    Severity.ERROR,
    subject=Subject.RUN_PARAMETERS,
    hint="upload the file to S3, and use its URI",
    source=cite(Guide.WDL, "File", Guide.RUN_INPUTS, "places", Guide.VPC, "network"),
    bad=example('{"reads": "/data/reads.fastq", "threads": 4}'),
    good=_GOOD,
)
def file_not_on_s3(facts: Facts) -> Iterator[RuleFinding]:
    """A run names a file that it cannot read: on a local machine, on the web, or a folder instead of an object.

    A run reads from S3 and HealthOmics storage. For Nextflow and CWL it is a warning: a path may be inside an image, and a run in a
    VPC may have access to the web.
    """
    severity = Severity.ERROR if _is_wdl(facts) else Severity.WARNING
    published = _published(facts)
    for name, finding in _faults(facts, FaultKind.PLACE, FaultKind.REMOTE):
        if name not in published:  # TPL030 reports these
            yield replace(finding, severity=severity)


def _published(facts: Facts) -> set[str]:
    """The parameters that name the folder for a Nextflow pipeline's results: those that it publishes to, and those with a usual name."""
    if facts.workflow is None or facts.workflow.engine.value != "NEXTFLOW":
        return set()
    named = {feature.text for feature in facts.features(FeatureName.PUBLISH_PARAM, FeatureName.OUTPUT_DIRECTORY_PARAM)}
    return named | set(limits.NEXTFLOW_OUTPUT_PARAMETERS)


@rule(
    "TPL030",
    "results-not-exported",
    Severity.WARNING,
    subject=Subject.RUN_PARAMETERS,
    engines=("NEXTFLOW",),
    hint=f"use `{limits.NEXTFLOW_PUBLISH_DIR}` or a folder below it, and set the place on S3 with the run's `outputUri`",
    source=cite(Guide.NEXTFLOW, "published", "reports", Guide.TASK_OUTPUTS, "Nextflow"),
    bad="""
        $ packager lint main.nf --run-parameters run.json
        main.nf
          workflow { println params.outdir }
        run.json
          {"outdir": "s3://lab-data/results"}
    """,
    good="""
        $ packager lint main.nf --run-parameters run.json
        main.nf
          workflow { println params.outdir }
        run.json
          {"outdir": "/mnt/workflow/pubdir"}
    """,
)
def results_not_exported(facts: Facts) -> Iterator[RuleFinding]:
    """A run names a folder for results that the service does not export.

    Only what a Nextflow pipeline writes below `/mnt/workflow/pubdir`, or from 25.10 on below `/mnt/workflow/output`, is in the run's
    output. A URI on S3 here has no effect on that.
    """
    assert facts.run_parameters is not None  # the subject of the rule
    published = _published(facts)
    for parameter in facts.run_parameters.parameters:
        exported = (limits.NEXTFLOW_PUBLISH_DIR, limits.NEXTFLOW_OUTPUT_DIR)
        if parameter.name in published and parameter.text is not None and not parameter.text.startswith(exported):
            yield RuleFinding(
                facts.run_parameters.place_of((parameter.name,)),
                f"`{parameter.name}` is `{parameter.text[:80]}`, which is not exported",
                subject=parameter.name,
            )


@rule(
    "TPL028",
    "stray-space",
    Severity.WARNING,
    subject=Subject.RUN_PARAMETERS,
    hint="remove the spaces",
    source=cite(Guide.RUN_INPUTS, "object"),
    bad=example('{"reads": "s3://lab-data/reads.fastq ", "threads": 4}'),
    good=_GOOD,
)
def stray_space(facts: Facts) -> Iterator[RuleFinding]:
    """A URI or path starts or ends with a space.

    The space becomes a part of the object's name, and no such object exists.
    """
    for _, finding in _faults(facts, FaultKind.SPACE):
        yield finding


@rule(
    "TPL029",
    "placeholder-value",
    Severity.ERROR,
    subject=Subject.RUN_PARAMETERS,
    hint="fill it in",
    source=cite(Own.PACKAGER, "skeleton"),
    bad=example('{"reads": "s3://BUCKET/PATH/TO/reads", "threads": 4}'),
    good=_GOOD,
)
def placeholder_value(facts: Facts) -> Iterator[RuleFinding]:
    """A value is still a placeholder.

    The skeleton of `packager inputs` has placeholders for values that only you know. The run would use the placeholder itself.
    """
    for _, finding in _faults(facts, FaultKind.PLACEHOLDER):
        yield finding
