"""Rules about the parameter template, hand-written or derived."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from packager.findings.diagnostic import Severity
from packager.findings.sources import Api, Aws, Guide, cite
from packager.healthomics import limits
from packager.model.facts import Engine, Input, Workflow
from packager.parameters.template import WrittenParameter, WrittenTemplate
from packager.rules.facts import Facts
from packager.rules.rule import RuleFinding, Subject, rule
from packager.text import listed, nearest_name

_HOW_TO_DESCRIBE = {
    "WDL": "describe the inputs in the `parameter_meta` section of the workflow",
    "CWL": "add a `label` to the inputs",
    "NEXTFLOW": "add a `description` to the parameters in `nextflow_schema.json`",
}
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
    parameter-template.json
"""
_GOOD = _WDL + '        {"reads": {"description": "FASTQ"}, "threads": {"description": "CPUs", "optional": true}}\n'
_MAX_LISTED = 8
_NO_VALUES = frozenset({"", "null", "none"})  # what the default of a Nextflow parameter is without a value
# The engines whose inputs are known; scripts may set or use further Nextflow parameters.
_KNOWN_INPUTS = ("WDL", "NEXTFLOW", "CWL")


@rule(
    "TPL003",
    "undescribed-parameters",
    Severity.INFO,
    subject=Subject.TEMPLATE,
    hint="describe the inputs in the definition (`parameter_meta` in WDL, `label` in CWL, `description` in the schema)",
    source=cite(Guide.PARAMETER_TEMPLATES, "entry", Api.OMICS, "WorkflowParameterTemplate"),
    bad="""
    main.wdl
        version 1.0
        workflow count { input { Int n }  output { Int m = n } }
    """,
    good="""
    main.wdl
        version 1.0
        workflow count {
          input { Int n }
          parameter_meta { n: "how many" }
          output { Int m = n }
        }
    """,
)
def undescribed_parameters(facts: Facts) -> Iterator[RuleFinding]:
    """Parameters have no description.

    People who start a run see only the names. The derived template uses the type as the description.
    """
    if facts.written_template is not None:
        total = len(facts.written_template.parameters)
        names = [entry.name for entry in facts.written_template.parameters if not entry.description]
        place = facts.written_template.place
        hint = "add a `description` to these entries"
    elif facts.template is not None and facts.workflow is not None:
        total = len(facts.template.parameters)
        names = list(facts.template.undescribed)
        place = facts.workflow.place
        hint = _HOW_TO_DESCRIBE[facts.workflow.engine]
    else:
        return
    if names:
        shown = listed(names, _MAX_LISTED)
        verb = "has" if len(names) == 1 else "have"
        yield RuleFinding(place, f"{len(names)} of {total} parameters {verb} no description: {shown}", hint)


@rule(
    "TPL004",
    "required-input-missing",
    Severity.ERROR,
    subject=Subject.TEMPLATE,
    engines=_KNOWN_INPUTS,
    hint="add it, or update the file with `packager template PATH --update FILE`",
    source=cite(Guide.PARAMETER_TEMPLATES, "names", Api.OMICS, "known parameters"),
    bad=_WDL + '        {"threads": {"description": "CPUs", "optional": true}}\n',
    good=_GOOD,
)
def required_input_missing(facts: Facts) -> Iterator[RuleFinding]:
    """The parameter template lacks an input that has no default.

    A run may set only parameters of the template, so the workflow cannot run.
    """
    if facts.written_template is None or facts.workflow is None:
        return
    named = {entry.name.removeprefix(f"{facts.workflow.name}.") for entry in facts.written_template.parameters}
    for declared in facts.workflow.inputs:
        if not declared.optional and declared.name not in named:
            where = f"`{declared.place.path}` line {declared.place.line}"
            yield RuleFinding(
                facts.written_template.place,
                f"the required input `{declared.name}` ({where}) is not in the parameter template",
                hint="add it" if facts.written_template.is_part else None,
                subject=declared.name,
                paths=(declared.place.path,),
            )


@rule(
    "TPL005",
    "unknown-parameter",
    Severity.WARNING,
    subject=Subject.TEMPLATE,
    engines=_KNOWN_INPUTS,
    hint="correct its name, or remove it with `packager lint PATH --fix --unsafe-fixes`",
    source=cite(Guide.PARAMETER_TEMPLATES, "names", Api.OMICS, "known parameters"),
    bad=_WDL + '        {"reads": {"description": "FASTQ"}, "thread": {"description": "CPUs", "optional": true}}\n',
    good=_GOOD,
)
def unknown_parameter(facts: Facts) -> Iterator[RuleFinding]:
    """The parameter template has an entry that is not an input of the workflow.

    A value for it has no effect, and some engines reject it.
    """
    if facts.written_template is None or facts.workflow is None or not facts.workflow.inputs:
        return
    for entry, near in _unknown_entries(facts.written_template, facts.workflow):
        hint = f"did you mean `{near}`?" if near else None
        if hint is None and facts.written_template.is_part:
            hint = "correct its name, or remove it"
        message = f"`{entry.name}` is not an input of the workflow"
        yield RuleFinding(entry.place, message, hint=hint, subject=entry.name)


def _unknown_entries(template: WrittenTemplate, workflow: Workflow) -> Iterator[tuple[WrittenParameter, str]]:
    """The entries that are not inputs, each with the input that is probably intended, preferably one that the template lacks."""
    names = dict.fromkeys(declared.name for declared in workflow.inputs)
    written = {entry.name for entry in template.parameters}
    absent = [name for name in names if name not in written]
    unknown = [entry for entry in template.parameters if entry.name not in names]
    for entry in unknown:
        if not _nested(entry.name, workflow.name, names):
            near = nearest_name(entry.name, absent, names=len(unknown))
            yield entry, near or nearest_name(entry.name, names, names=len(unknown)) or ""


@rule(
    "TPL032",
    "input-not-settable",
    Severity.INFO,
    subject=Subject.TEMPLATE,
    engines=_KNOWN_INPUTS,
    hint="add them with `packager template PATH --update FILE`; leave them out if no run should set them",
    source=cite(Guide.PARAMETER_TEMPLATES, "names", Api.OMICS, "known parameters"),
    bad=_WDL + '        {"reads": {"description": "FASTQ"}}\n',
    good=_GOOD,
)
def input_not_settable(facts: Facts) -> Iterator[RuleFinding]:
    """The written template lacks inputs that have a default or accept null.

    A run may set only parameters of the template, so these keep their defaults. That may be intended. Reported once for a template.
    """
    if facts.written_template is None or facts.workflow is None:
        return
    named = {entry.name.removeprefix(f"{facts.workflow.name}.") for entry in facts.written_template.parameters}
    named |= {near for _, near in _unknown_entries(facts.written_template, facts.workflow)}  # TPL005 reports these
    absent = [declared.name for declared in facts.workflow.inputs if declared.optional and declared.name not in named]
    if absent:
        number, them = ("1 input is", "it") if len(absent) == 1 else (f"{len(absent)} inputs are", "them")
        shown = listed(absent, _MAX_LISTED)
        message = f"{number} not in the template, so that no run can set {them}: {shown}"
        hint = f"add {them}, if runs should set {them}" if facts.written_template.is_part else None
        yield RuleFinding(facts.written_template.place, message, hint=hint)


def _nested(name: str, workflow: str, names: Collection[str]) -> bool:
    """Whether a name is written as `workflow.input`, which TPL009 reports."""
    return name.startswith(f"{workflow}.") and name.removeprefix(f"{workflow}.") in names


@rule(
    "TPL009",
    "namespaced-parameter",
    Severity.WARNING,
    subject=Subject.TEMPLATE,
    engines=("WDL",),
    hint="use only the input's name, without the prefix",
    source=cite(Guide.WDL, "names", Aws.POWER_WDL, "names"),
    bad=_WDL
    + '        {"count.reads": {"description": "FASTQ"}, "threads": {"description": "CPUs", "optional": true}}\n',
    good=_GOOD,
)
def namespaced_parameter(facts: Facts) -> Iterator[RuleFinding]:
    """The parameter template has a name with a workflow prefix, such as `workflow.input`.

    One page of the guide uses `workflow.input` in the inputs of a run; according to a newer note such a name may be ignored without
    an error, so that the default is used.
    """
    if facts.written_template is None or facts.workflow is None or facts.workflow.engine.value != "WDL":
        return
    names = {declared.name for declared in facts.workflow.inputs}
    for entry in facts.written_template.parameters:
        if _nested(entry.name, facts.workflow.name, names):
            bare = entry.name.partition(".")[2]
            message = f"`{entry.name}` is the input `{bare}` with a workflow prefix"
            yield RuleFinding(entry.place, message, subject=entry.name)


@rule(
    "TPL006",
    "optional-disagrees",
    Severity.WARNING,
    subject=Subject.TEMPLATE,
    engines=_KNOWN_INPUTS,
    hint="set `optional` as in the definition",
    source=cite(Guide.PARAMETER_TEMPLATES, "entry", Api.OMICS, "WorkflowParameterTemplate"),
    bad=_WDL
    + '        {"reads": {"description": "FASTQ", "optional": true}, "threads": {"description": "CPUs", "optional": true}}\n',
    good=_GOOD,
)
def optional_disagrees(facts: Facts) -> Iterator[RuleFinding]:
    """The parameter template and the definition disagree about whether an input is optional.

    If the template makes a required input optional, runs without it start and then fail. If it requires an optional input, every
    run has to set it; that is right for a Nextflow parameter without a default, or whose default is empty or a file of one machine.
    """
    if facts.written_template is None or facts.workflow is None:
        return
    inputs = {declared.name: declared for declared in facts.workflow.inputs}
    for entry in facts.written_template.parameters:
        declared = inputs.get(entry.name)
        if declared is None or declared.optional is entry.optional:
            continue
        if entry.optional:
            message = f"`{entry.name}` is optional in the template, but required in the workflow"
            yield RuleFinding(entry.place, message, subject=entry.name)
        elif facts.workflow.engine is not Engine.NEXTFLOW or _has_useful_default(declared):
            yield RuleFinding(
                entry.place,
                f"`{entry.name}` is required in the template, but optional in the workflow",
                severity=Severity.INFO,
                subject=entry.name,
            )


def _has_useful_default(declared: Input) -> bool:
    """Whether a Nextflow parameter has a default that a run on the service can use."""
    text = (declared.default or "").strip("\"'")
    return text.lower() not in _NO_VALUES and not text.startswith("/")


@rule(
    "TPL007",
    "template-very-long",
    Severity.WARNING,
    subject=Subject.TEMPLATE,
    hint="declare fewer inputs in the main workflow, for example by grouping them in structs or records",
    source=cite(Guide.FIXED_QUOTAS, "template entries", Api.OMICS, "2,000 entries"),
    bad="a template of 1,200 entries",
    good="a template of 40 entries",
)
def template_very_long(facts: Facts) -> Iterator[RuleFinding]:
    """The parameter template has more entries than the user guide allows.

    The guide allows 1,000 entries, the newer API model 2,000; a longer template is certainly rejected.
    """
    if facts.written_template is not None:
        count, place = (
            len(facts.written_template.parameters),
            facts.written_template.place,
        )
    elif facts.template is not None and facts.workflow is not None:
        count, place = len(facts.template.parameters), facts.workflow.place
    else:
        return
    if count > limits.TEMPLATE_ENTRIES[1]:
        yield RuleFinding(
            place,
            f"the template has {count} entries, at most {limits.TEMPLATE_ENTRIES[1]} are allowed by the API",
            severity=Severity.ERROR,
        )
    elif count > limits.TEMPLATE_ENTRIES_WARN:
        yield RuleFinding(
            place,
            f"the template has {count} entries, at most {limits.TEMPLATE_ENTRIES_WARN} are allowed by the user guide",
        )


@rule(
    "TPL008",
    "template-too-large",
    Severity.ERROR,
    subject=Subject.TEMPLATE,
    hint="shorten the descriptions",
    source=cite(Guide.FIXED_QUOTAS, "template size"),
    bad="a template file of 500 KB",
    good="a template file of 20 KB",
)
def template_too_large(facts: Facts) -> Iterator[RuleFinding]:
    """The parameter template exceeds 400 KB.

    The service rejects it.
    """
    written = facts.written_template
    if written is not None and written.size > limits.TEMPLATE_MAX_BYTES:
        yield RuleFinding(
            written.place,
            f"the template has {written.size // 1000} KB, at most {limits.TEMPLATE_MAX_BYTES // 1000} KB are allowed",
        )
