"""Rules about the values of a run's parameters, held against the types of the workflow's inputs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from packager.findings.diagnostic import Severity, Skipped
from packager.healthomics import limits
from packager.model.features import FeatureName
from packager.model.value_types import ANY
from packager.parameters.value_check import Trouble, faults, unevaluated_patterns
from packager.rules.facts import Facts
from packager.rules.parameters.run_parameters import bare_name, example
from packager.rules.rule import Found, Subject, rule
from packager.text import listed

_TYPES = "WDL language page; run inputs page (2026-10)"
_FILES = "WDL language page, primitive types; run inputs page; VPC networking page"
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


def _faults(facts: Facts, *troubles: Trouble) -> Iterator[tuple[str, Found]]:
    """The findings that faults of some kinds make, each with its parameter's name."""
    assert facts.run_parameters is not None  # the subject of every rule here
    types = {one.name: one.value_type for one in facts.workflow.inputs} if facts.workflow is not None else {}
    for one in facts.run_parameters.parameters:
        name = bare_name(facts, one.name) or one.name
        for fault in faults(one.value, types.get(name, ANY), at=(one.name,)):
            if fault.trouble in troubles:
                place = facts.run_parameters.place_of(fault.pointer)
                where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in fault.pointer[1:])
                member = ".".join((one.name, *(part for part in fault.pointer[1:] if isinstance(part, str))))
                message = f"`{one.name}{where}`: {fault.message}"
                yield one.name, Found(place, message, hint=fault.hint or None, subject=member)


def unmatched_parameters(facts: Facts) -> tuple[Skipped, ...]:
    """What to say of parameters whose values a pattern of the schema allows or not, where that cannot be told."""
    if facts.workflow is None or facts.run_parameters is None:
        return ()
    types = {declared.name: declared.value_type for declared in facts.workflow.inputs}
    names = [
        parameter.name
        for parameter in facts.run_parameters.parameters
        if unevaluated_patterns(types.get(parameter.name, ANY), parameter.value)
    ]
    return (Skipped("TPL024", f"the patterns of {listed(names)} cannot be evaluated"),) if names else ()


def _is_wdl(facts: Facts) -> bool:
    return facts.workflow is not None and facts.workflow.engine.value == "WDL"


@rule(
    "TPL024",
    "run-parameter-type",
    Severity.ERROR,
    subject=Subject.RUN_PARAMETERS,
    hint="give a value of the input's type",
    source=_TYPES,
    bad=example('{"reads": "s3://lab-data/reads.fastq", "threads": [4]}'),
    good=_GOOD,
)
def run_parameter_type(facts: Facts) -> Iterator[Found]:
    """A run gives a value of another type than the input's.

    The run fails before its first task, or does something else than was meant.
    """
    for _, found in _faults(facts, Trouble.TYPE):
        yield found


@rule(
    "TPL025",
    "run-parameter-converted",
    Severity.WARNING,
    subject=Subject.RUN_PARAMETERS,
    hint="write the value as its type is written in JSON",
    source=_TYPES,
    bad=example('{"reads": "s3://lab-data/reads.fastq", "threads": "4"}'),
    good=_GOOD,
)
def run_parameter_converted(facts: Facts) -> Iterator[Found]:
    """A run gives a value that is of its type only after a conversion, such as a number in quotes.

    Whether an engine converts it depends on the engine and its version.
    """
    for _, found in _faults(facts, Trouble.CONVERTED):
        yield found


@rule(
    "TPL026",
    "run-parameter-members",
    Severity.ERROR,
    subject=Subject.RUN_PARAMETERS,
    hint="give an object with exactly the members of the struct",
    source="WDL language page: names of a struct's members must match exactly",
    bad=_struct_example('{"sample": "{\\"id\\": \\"s1\\"}"}'),
    good=_struct_example('{"sample": {"id": "s1", "reads": "s3://lab-data/s1.fastq"}}'),
)
def run_parameter_members(facts: Facts) -> Iterator[Found]:
    """A struct or record is given as something else, lacks a member, or has one too many.

    The run fails before its first task.
    """
    for _, found in _faults(facts, Trouble.MEMBER):
        yield found


@rule(
    "TPL027",
    "file-not-on-s3",
    Severity.ERROR,
    subject=Subject.RUN_PARAMETERS,
    hint="put the file on S3, and give its URI",
    source=_FILES,
    bad=example('{"reads": "/data/reads.fastq", "threads": 4}'),
    good=_GOOD,
)
def file_not_on_s3(facts: Facts) -> Iterator[Found]:
    """A run names a file where it cannot be read from: on a machine, on the web, or a folder instead of an object.

    A run reads from S3 and HealthOmics storage. For Nextflow and CWL it is a warning: a path may be inside of an image, and a run in a
    VPC may reach the web.
    """
    severity = Severity.ERROR if _is_wdl(facts) else Severity.WARNING
    published = _published(facts)
    for name, found in _faults(facts, Trouble.PLACE, Trouble.REMOTE):
        if name not in published:  # TPL030 has a word on these
            yield replace(found, severity=severity)


def _published(facts: Facts) -> set[str]:
    """The parameters that say where a Nextflow pipeline writes its results: by the pipeline itself, and by their names."""
    if facts.workflow is None or facts.workflow.engine.value != "NEXTFLOW":
        return set()
    named = {one.text for one in facts.features(FeatureName.PUBLISH_PARAM, FeatureName.OUTPUT_DIRECTORY_PARAM)}
    return named | set(limits.NEXTFLOW_OUTPUT_PARAMETERS)


@rule(
    "TPL030",
    "results-not-exported",
    Severity.WARNING,
    subject=Subject.RUN_PARAMETERS,
    engines=("NEXTFLOW",),
    hint=f"give `{limits.NEXTFLOW_PUBLISH_DIR}`, or a folder below it; the run's `outputUri` says where on S3 that goes",
    source="Nextflow workflow definition page; task outputs page",
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
def results_not_exported(facts: Facts) -> Iterator[Found]:
    """A run says that results go to a folder that the service does not export.

    Only what a Nextflow pipeline writes below `/mnt/workflow/pubdir`, or from 25.10 on below `/mnt/workflow/output`, is in the run's
    output; an address on S3 here is not where it goes.
    """
    assert facts.run_parameters is not None  # the subject of the rule
    published = _published(facts)
    for one in facts.run_parameters.parameters:
        exported = (limits.NEXTFLOW_PUBLISH_DIR, limits.NEXTFLOW_OUTPUT_DIR)
        if one.name in published and one.text is not None and not one.text.startswith(exported):
            yield Found(
                facts.run_parameters.place_of((one.name,)),
                f"`{one.name}` is `{one.text[:80]}`, which is not exported",
                subject=one.name,
            )


@rule(
    "TPL028",
    "stray-space",
    Severity.WARNING,
    subject=Subject.RUN_PARAMETERS,
    hint="remove the spaces",
    source="run inputs page: a URI names one object to the letter",
    bad=example('{"reads": "s3://lab-data/reads.fastq ", "threads": 4}'),
    good=_GOOD,
)
def stray_space(facts: Facts) -> Iterator[Found]:
    """A URI or path has spaces around it.

    They are taken for a part of the object's name, which then does not exist.
    """
    for _, found in _faults(facts, Trouble.SPACE):
        yield found


@rule(
    "TPL029",
    "placeholder-value",
    Severity.ERROR,
    subject=Subject.RUN_PARAMETERS,
    hint="fill it in",
    source="the skeleton of `packager inputs`",
    bad=example('{"reads": "s3://BUCKET/PATH/TO/reads", "threads": 4}'),
    good=_GOOD,
)
def placeholder_value(facts: Facts) -> Iterator[Found]:
    """A value is still a placeholder.

    A skeleton has them where only you know what belongs there; the run would look for exactly that.
    """
    for _, found in _faults(facts, Trouble.PLACEHOLDER):
        yield found
