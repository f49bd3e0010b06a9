"""Rules about functions, outputs, and files in WDL documents."""

from __future__ import annotations

from collections.abc import Iterator

from packager.findings.diagnostic import Severity
from packager.findings.sources import Aws, Guide, cite
from packager.healthomics import limits
from packager.model.facts import Engine
from packager.model.features import FeatureName
from packager.rules.facts import Facts
from packager.rules.rule import RuleFinding, Subject, rule
from packager.text import count, listed

_TASK = """
        task say {
          input { File? table }
          command <<< echo hello >>>
          output { String text = read_string(stdout()) }
          runtime { docker: "111122223333.dkr.ecr.us-east-1.amazonaws.com/base:1.0"  cpu: 1  memory: "2 GiB" }
        }
"""
_MAX_LISTED = 5
# The features of files that literals name, and when a run does not use them.
_UNLESS = {
    FeatureName.FILE_FIXED: "",
    FeatureName.FILE_NESTED_DEFAULT: " (a run can set another one by the call's name, which is not documented)",
    FeatureName.FILE_DEFAULT: " (a run can set another one)",
}
_REMOTE = ("s3://", "gs://")
_DIVISION_DAY = "2026-11-30"
_ENGINE_DAY = "2026-09-22"  # Guide.WDL_CHANGES


def _workflow(text: str, task: str = _TASK) -> str:
    return f"\n    main.wdl\n        version 1.1\n        workflow hello {{ {text} }}{task}"


@rule(
    "WDL016",
    "collect-by-key-of-float",
    Severity.ERROR,
    subject=Subject.WORKFLOW,
    engines=("WDL",),
    hint="convert the keys to String or Int before they are collected",
    source=cite(Guide.WDL_CHANGES, "collect_by_key"),
    bad=_workflow("call say  Map[Float, Array[Int]] m = collect_by_key([(0.5, 1)])  output { String text = say.text }"),
    good=_workflow("call say  Map[Int, Array[Int]] m = collect_by_key([(5, 1)])  output { String text = say.text }"),
)
def collect_by_key_of_float(facts: Facts) -> Iterator[RuleFinding]:
    """`collect_by_key` is applied to pairs whose keys are Floats.

    Since 2026-09-22 the service rejects it when the workflow is created, as if the function did not exist. It is a warning if the check
    is for an earlier day (`--as-of`).
    """
    for feature in facts.features(FeatureName.COLLECT_BY_KEY_OF_FLOAT):
        message, severity = "`collect_by_key` does not accept pairs with Float keys", None
        if facts.is_before(_ENGINE_DAY):
            message, severity = f"{message} from {_ENGINE_DAY} on", Severity.WARNING
        yield RuleFinding(feature.place, message, severity=severity)


@rule(
    "WDL017",
    "float-division-changes",
    Severity.INFO,
    subject=Subject.WORKFLOW,
    engines=("WDL",),
    hint="for an integer result use `floor(x / y)`, which gives the same before and after",
    source=cite(Guide.WDL_CHANGES, "division"),
    bad=_workflow("call say  Float half = 5.0 / 2  output { String text = say.text  Float h = half }"),
    good=_workflow("call say  Int half = 5 / 2  output { String text = say.text  Int h = half }"),
)
def float_division_changes(facts: Facts) -> Iterator[RuleFinding]:
    """A Float is divided, and the result changes on 2026-11-30.

    Before that day the service drops the fraction, so that `5.0 / 2` is 2.0; from that day on it is 2.5. Divisions of two Ints do not
    change. Reported once for a workflow, at the first division.
    """
    divisions = list(facts.features(FeatureName.FLOAT_DIVISION))
    if divisions:
        verbs = ("loses", "keeps") if len(divisions) == 1 else ("lose", "keep")
        number = count(len(divisions), "division of Floats", "divisions of Floats")
        message = f"{number} {verbs[0]} the fraction before {_DIVISION_DAY} and {verbs[1]} it from then on"
        if facts.is_past(_DIVISION_DAY):
            message = f"{number} {verbs[1]} the fraction since {_DIVISION_DAY}; runs before that day lost it"
        yield RuleFinding(divisions[0].place, message)


@rule(
    "WDL018",
    "basename-with-empty-suffix",
    Severity.INFO,
    subject=Subject.WORKFLOW,
    engines=("WDL",),
    hint="write `basename(x)`",
    source=cite(Guide.WDL_CHANGES, "basename"),
    bad=_workflow(
        'call say  String name = basename("a/b.txt", "")  output { String text = say.text  String n = name }'
    ),
    good=_workflow('call say  String name = basename("a/b.txt")  output { String text = say.text  String n = name }'),
)
def basename_with_empty_suffix(facts: Facts) -> Iterator[RuleFinding]:
    """`basename` is called with an empty suffix.

    Since 2026-09-22 the service returns the file's name; earlier the result was different, and engines differ.
    """
    for feature in facts.features(FeatureName.BASENAME_EMPTY_SUFFIX):
        verb = "changes" if facts.is_before(_ENGINE_DAY) else "changed"
        yield RuleFinding(feature.place, f"the result of `basename` with an empty suffix {verb} on {_ENGINE_DAY}")


@rule(
    "WDL019",
    "workflow-without-outputs",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("WDL",),
    hint="add `output { }` to the workflow, with the outputs of its calls that you want to keep",
    source=cite(Guide.TASK_OUTPUTS, "WDL"),
    bad=_workflow("call say"),
    good=_workflow("call say  output { String text = say.text }"),
)
def workflow_without_outputs(facts: Facts) -> Iterator[RuleFinding]:
    """The main workflow has no `output` section.

    A run exports only what the main workflow's `output` section names; other outputs of tasks are lost.
    """
    workflow = facts.workflow
    if workflow is not None and workflow.tasks:
        for feature in facts.features(FeatureName.NO_OUTPUT_SECTION):
            yield RuleFinding(
                feature.place, f"the workflow `{feature.text}` has no `output` section: nothing is exported"
            )


@rule(
    "WDL020",
    "output-outside-task-folder",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("WDL",),
    hint="write the file below the task's working folder, and use a relative path",
    source=cite(Guide.EPHEMERAL_STORAGE, "outputs", Aws.POWER_WDL, "outputs"),
    bad=_workflow(
        "call say  output { File text = say.text }",
        _TASK.replace("String text = read_string(stdout())", 'File text = "/data/a.txt"'),
    ),
    good=_workflow(
        "call say  output { File text = say.text }",
        _TASK.replace("String text = read_string(stdout())", 'File text = "data/a.txt"'),
    ),
)
def output_outside_task_folder(facts: Facts) -> Iterator[RuleFinding]:
    """A task's output has an absolute path.

    Outputs are collected from the task's working folder. A file elsewhere is lost without an error, and a file in `/tmp` fails the run
    where `/tmp` is the task's own disk.
    """
    for feature in facts.features(FeatureName.ABSOLUTE_OUTPUT):
        where = "is in `/tmp`" if feature.text.split("/")[1] == "tmp" else "is an absolute path"
        message = f"the output `{feature.text}` {where}, outside of the task's working folder"
        yield RuleFinding(feature.place, message, subject=feature.text)


@rule(
    "WDL021",
    "file-not-readable",
    Severity.ERROR,
    subject=Subject.WORKFLOW,
    engines=("WDL",),
    hint="use an object in S3 or HealthOmics storage, or remove the default so that every run sets its own file",
    source=cite(Guide.WDL, "File"),
    bad=_workflow('call say { input: table = "gs://public/table.tsv" }  output { String text = say.text }'),
    good=_workflow('call say { input: table = "s3://bucket/table.tsv" }  output { String text = say.text }'),
)
def file_not_readable(facts: Facts) -> Iterator[RuleFinding]:
    """A literal File is in a place that the service cannot read.

    A File is an object in S3 (`s3://`) or HealthOmics storage (`omics://`); local paths, `http(s)://`, `ftp://` and `gs://` are not
    supported, and a folder (`/` at the end) is not a File. It is a warning where a run may set another value, or may never start the task.
    """
    for feature in facts.features(*_UNLESS):
        name, text = feature.key, feature.text
        in_storage = text.startswith(limits.WDL_FILE_SCHEMES)
        if not text.strip() or (in_storage and not text.endswith("/")):
            continue
        kind = "which is a folder" if in_storage else "which the service cannot read"
        unless = _UNLESS[feature.name]
        certain = feature.name is FeatureName.FILE_FIXED and not feature.conditional
        message = f"the File `{name}` is `{text}`, {kind}{unless}"
        yield RuleFinding(
            feature.place, message, severity=None if certain else Severity.WARNING, subject=f"{name} {text}"
        )


@rule(
    "WDL026",
    "uri-in-string",
    Severity.INFO,
    subject=Subject.WORKFLOW,
    engines=("WDL",),
    hint="declare what tasks read as File",
    source=cite(Guide.WDL),
    bad=_workflow(
        'input { String table = "s3://bucket/table.tsv" }  call say  output { String text = say.text  String t = table }'
    ),
    good=_workflow(
        'input { File table = "s3://bucket/table.tsv" }  call say { input: table = table }  output { String text = say.text }'
    ),
)
def uri_in_string(facts: Facts) -> Iterator[RuleFinding]:
    """An input of type String names an object or folder of a bucket.

    Only Files are copied to a task; a String stays a string. Reported once for a workflow, at the first such input.
    """
    if facts.workflow is None or facts.workflow.engine is not Engine.WDL:
        return
    inputs = [each for each in facts.workflow.inputs if _is_string(each.type) and _names_bucket(each.default)]
    if inputs:
        names = [each.name for each in inputs]
        verb = "is" if len(names) == 1 else "are"
        yield RuleFinding(
            inputs[0].place,
            f"{listed(names, _MAX_LISTED)} {verb} String with a bucket URI: the files are not copied to tasks",
        )


def _is_string(kind: str) -> bool:
    return kind.rstrip("?") == "String"


def _names_bucket(default: str | None) -> bool:
    return default is not None and default[1:].startswith(_REMOTE)
