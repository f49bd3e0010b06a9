"""Rules about the names and the size of a run's parameters, compared with the workflow's inputs."""

from __future__ import annotations

from collections.abc import Iterator

from packager.findings.diagnostic import Severity
from packager.findings.sources import Api, Aws, Guide, cite
from packager.healthomics import limits
from packager.model.features import FeatureName
from packager.parameters.run_parameters import RunParameters
from packager.parameters.template import bare_name
from packager.rules.facts import Facts
from packager.rules.rule import RuleFinding, Subject, rule
from packager.text import joined, nearest_name

_COMMAND = "$ packager lint main.wdl --run-parameters run.json\n"
_WDL = """
main.wdl
    version 1.0
    workflow count {
      input { File reads  Int threads = 2 }
      call lines { input: reads = reads, threads = threads }
      output { Int n = lines.n }
    }
    task lines {
      input { File reads  Int threads }
      command <<< wc -l < ~{reads} >>>
      output { Int n = read_int(stdout()) }
      runtime { docker: "111122223333.dkr.ecr.us-east-1.amazonaws.com/wc:1.0"  cpu: threads  memory: "2 GiB" }
    }
run.json
"""
_GOOD = _COMMAND + _WDL + '    {"reads": "s3://bucket/reads.fastq", "threads": 4}\n'


def example(content: str) -> str:
    """An example of a run's parameters for a small workflow."""
    return f"{_COMMAND}{_WDL}    {content}\n"


@rule(
    "TPL010",
    "namespaced-run-parameter",
    Severity.WARNING,
    subject=Subject.RUN_PARAMETERS,
    engines=("WDL",),
    hint="use only the input's name, without the prefix",
    source=cite(Guide.WDL, "names", Aws.POWER_WDL, "names"),
    bad=example('{"count.reads": "s3://bucket/reads.fastq"}'),
    good=_GOOD,
)
def namespaced_run_parameter(facts: Facts) -> Iterator[RuleFinding]:
    """A run sets a parameter with a workflow prefix, such as `workflow.input`.

    One page of the guide uses `workflow.input`; according to a newer note such a name may be ignored without an error, so that the
    default is used.
    """
    assert facts.run_parameters is not None  # the subject of the rule
    for parameter in facts.run_parameters.parameters:
        bare = bare_name_of(facts, parameter.name)
        if bare is not None:
            message = f"`{parameter.name}` is the input `{bare}` with a workflow prefix"
            yield RuleFinding(parameter.place, message, subject=parameter.name)


@rule(
    "TPL011",
    "unknown-run-parameter",
    Severity.ERROR,
    subject=Subject.RUN_PARAMETERS,
    hint="remove it, or declare it as an input",
    source=cite(Api.OMICS, "known parameters"),
    bad=example('{"reads": "s3://bucket/reads.fastq", "thread": 4}'),
    good=_GOOD,
)
def unknown_run_parameter(facts: Facts) -> Iterator[RuleFinding]:
    """A run sets a parameter that the workflow does not have.

    The service accepts only parameters of the template, and rejects the run.
    """
    assert facts.run_parameters is not None  # the subject of the rule
    names = _names(facts)
    if names is None:
        return
    candidates = sorted(names)
    unknown = [each for each in facts.run_parameters.parameters if each.name not in names]
    for parameter in unknown:
        if bare_name_of(facts, parameter.name) is None:
            near = nearest_name(parameter.name, candidates, names=len(unknown))
            hint = f"did you mean `{near}`?" if near else None
            message = f"`{parameter.name}` is not a parameter of the workflow"
            yield RuleFinding(parameter.place, message, hint=hint, subject=parameter.name)


@rule(
    "TPL012",
    "run-parameter-missing",
    Severity.ERROR,
    subject=Subject.RUN_PARAMETERS,
    hint="set a value",
    source=cite(Api.OMICS, "StartRun", Guide.PARAMETER_TEMPLATES, "required"),
    bad=example('{"threads": 4}'),
    good=_GOOD,
)
def run_parameter_missing(facts: Facts) -> Iterator[RuleFinding]:
    """A run does not set a parameter that has no default.

    The run fails before its first task.
    """
    assert facts.run_parameters is not None  # the subject of the rule
    if facts.template is None or _names(facts) is None:
        return
    names = {parameter.name for parameter in facts.run_parameters.parameters}
    names |= {bare for name in names if (bare := bare_name_of(facts, name)) is not None}
    for name, parameter in facts.template.parameters:
        if not parameter.optional and name not in names:
            message = f"the required parameter `{name}` has no value"
            yield RuleFinding(facts.run_parameters.place, message, subject=name)
    yield from _unmet_alternatives(facts, facts.run_parameters, names)


def _unmet_alternatives(facts: Facts, run: RunParameters, names: set[str]) -> Iterator[RuleFinding]:
    """The lists of parameters of which the schema requires one, if neither the run nor defaults set all of any list."""
    inputs = facts.workflow.inputs if facts.workflow is not None else ()
    filled = names | {declared.name for declared in inputs if declared.default not in (None, '""')}
    for feature in facts.features(FeatureName.SCHEMA_ALTERNATIVES):
        if any(filled.issuperset(required) for required in feature.alternatives):
            continue
        shown = " or ".join(joined(required) for required in dict.fromkeys(feature.alternatives))
        severity = Severity.WARNING if feature.conditional else None
        message = f"the schema requires {shown}, but none has a value"
        yield RuleFinding(run.place, message, severity=severity, subject=shown.replace("`", ""))


@rule(
    "TPL013",
    "run-parameters-too-large",
    Severity.WARNING,
    subject=Subject.RUN_PARAMETERS,
    hint="put the file on S3, and start the run with `parametersUri` (`aws omics start-run --parameters-uri s3://BUCKET/KEY`)",
    source=cite(Guide.FIXED_QUOTAS, "run parameters", Guide.RUN_INPUTS, "size", Api.OMICS, "parameters file"),
    bad="a file of run parameters of 300 kB",
    good="the same run with its list of samples in a file on S3",
)
def run_parameters_too_large(facts: Facts) -> Iterator[RuleFinding]:
    """The parameters of a run exceed 256,000 bytes, and do not fit into a request.

    StartRun accepts them as a file on S3 instead. The service reads that file after the run has started, so an error in it fails the run.
    """
    assert facts.run_parameters is not None  # the subject of the rule
    run, most = facts.run_parameters, limits.RUN_PARAMETERS_MAX_BYTES
    if run.size > most:
        what = "the parameters have" if run.sent else "the file has"
        message = f"{what} {run.size:,} bytes, at most {most:,} fit into `parameters` of StartRun"
        yield RuleFinding(run.place, message, _BATCH_HINT if run.batch else None)


_BATCH_HINT = (
    "put long lists into a file on S3 that the workflow reads, or start this run with StartRun and `parametersUri`"
)


def _names(facts: Facts) -> set[str] | None:
    """The parameters that a run may set; None if they are not all known."""
    if facts.workflow is None or not facts.workflow.complete or facts.template is None:
        return None
    written = facts.written_template.as_template() if facts.written_template is not None else ()
    return {name for name, _ in (written or facts.template.parameters)}


def bare_name_of(facts: Facts, name: str) -> str | None:
    """The input that a name with the workflow's before it means."""
    return None if facts.workflow is None else bare_name(name, facts.workflow)
