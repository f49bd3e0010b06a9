"""Rules about the folders that the processes of a Nextflow pipeline publish their results to."""

from __future__ import annotations

from collections.abc import Iterator

from packager.findings.diagnostic import Severity
from packager.findings.sources import Guide, cite
from packager.healthomics import limits
from packager.model.features import Feature, FeatureName
from packager.rules.facts import Facts
from packager.rules.nextflow.features import default_of, has_outputs, is_below, parameter
from packager.rules.rule import RuleFinding, Subject, rule
from packager.text import joined


def _process(publish: str, more: str = "") -> str:
    return f"""
    main.nf
        process hello {{
          {publish}
          output:
          path 'a.txt'
          script:
          '''
          echo hello > a.txt
          '''
        }}
        workflow {{ hello() }}
    nextflow.config
        manifest.nextflowVersion = '!>=25.10.0'
        {more}
    """


def _is_exported(path: str, facts: Facts) -> bool:
    if is_below(path, limits.NEXTFLOW_PUBLISH_DIR):
        return True
    return is_below(path, limits.NEXTFLOW_OUTPUT_DIR) and has_outputs(facts)


@rule(
    "NXF027",
    "published-outside",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="publish below `/mnt/workflow/pubdir`",
    source=cite(Guide.NEXTFLOW, "published", Guide.TASK_OUTPUTS, "Nextflow"),
    bad=_process("publishDir 'results', mode: 'copy'"),
    good=_process("publishDir '/mnt/workflow/pubdir/hello', mode: 'copy'"),
)
def published_outside(facts: Facts) -> Iterator[RuleFinding]:
    """A process publishes to a folder that the service does not export.

    Only files below `/mnt/workflow/pubdir` are in the output of a run; all other files are lost when the run ends. It is a warning because
    profiles and parameters of a run can change where a process publishes, and whether it runs.
    """
    uses: dict[str, list[Feature]] = {}
    for feature in facts.features(FeatureName.PUBLISH_PATH):
        if not _is_exported(feature.text, facts):
            uses.setdefault(feature.text, []).append(feature)
    for path, features in uses.items():
        more = f", in {len(features)} places" if len(features) > 1 else ""
        # One that depends on nothing publishes whatever decides the others.
        names = sorted({name for feature in features for name in feature.depends_on})
        depends = f" (depends on {joined(names)})" if all(feature.depends_on for feature in features) else ""
        message = f"results are published to `{path}`, which is not exported{more}{depends}"
        yield RuleFinding(features[0].place, message, subject=path)


@rule(
    "NXF028",
    "output-parameter-outside",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="set the parameter to `/mnt/workflow/pubdir`, as its default or in every run",
    source=cite(Guide.NEXTFLOW, "published", Guide.TASK_OUTPUTS, "Nextflow"),
    bad=_process("publishDir params.outdir, mode: 'copy'", "params.outdir = './results'"),
    good=_process("publishDir params.outdir, mode: 'copy'", "params.outdir = '/mnt/workflow/pubdir'"),
)
def output_parameter_outside(facts: Facts) -> Iterator[RuleFinding]:
    """Results are published to a folder that a parameter sets, and the service does not export its default.

    Only files below `/mnt/workflow/pubdir` are in the output of a run. A run that omits the parameter loses its results. If the parameter
    has no default, the severity is info: anyone who starts a run must know the value.
    """
    seen: set[str] = set()
    configured = {setting.text: setting.place for setting in facts.features(FeatureName.OUTPUT_DEFAULT)}
    for feature in facts.features(FeatureName.PUBLISH_PARAM, FeatureName.OUTPUT_DIRECTORY_PARAM):
        if feature.text in seen:
            continue
        seen.add(feature.text)
        declared = parameter(facts, feature.text)
        default, is_null = default_of(facts, feature.text)
        place = declared.place if declared is not None and declared.place.path else feature.place
        place = configured.get(feature.text, place)
        if is_null or default == "":
            yield RuleFinding(
                place,
                f"results are published to `params.{feature.text}`, but only `{limits.NEXTFLOW_PUBLISH_DIR}` is exported",
                hint=f"set `{feature.text}` to `{limits.NEXTFLOW_PUBLISH_DIR}` in every run, or make that its default",
                severity=Severity.INFO,
                subject=feature.text,
            )
        elif default is not None and not _is_exported(default, facts):
            yield RuleFinding(
                place,
                f"results are published to `params.{feature.text}`, but its default `{default}` is not exported",
                subject=feature.text,
            )


@rule(
    "NXF029",
    "nothing-published",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    needs=("complete_workflow",),
    hint="add a `publishDir` below `/mnt/workflow/pubdir` to the processes with results, or an `output` block",
    source=cite(Guide.NEXTFLOW, "published", Guide.TASK_OUTPUTS, "Nextflow"),
    bad=_process("cpus 1"),
    good=_process("publishDir '/mnt/workflow/pubdir'"),
)
def nothing_published(facts: Facts) -> Iterator[RuleFinding]:
    """No process has a `publishDir`, and the pipeline has no `output` block.

    A run only exports what is published, so its results are lost when it ends.
    """
    workflow = facts.workflow
    if workflow is None or not workflow.tasks:
        return
    if any(
        facts.features(
            FeatureName.PUBLISH_PATH,
            FeatureName.PUBLISH_PARAM,
            FeatureName.PUBLISH_UNKNOWN,
            FeatureName.OUTPUT_BLOCK,
            FeatureName.STORE_CALL,
        )
    ):
        return
    yield RuleFinding(workflow.place, "no process has a `publishDir`, and the pipeline has no `output` block")
