"""Rules about the `output` block of a Nextflow pipeline, and the outputs of its processes."""

from __future__ import annotations

from collections.abc import Iterator

from packager.findings.diagnostic import Severity
from packager.findings.sources import Aws, Guide, cite
from packager.healthomics import limits
from packager.model.features import FeatureName
from packager.rules.facts import Facts
from packager.rules.nextflow.features import engine_version, has_outputs, parts, ways_out
from packager.rules.rule import RuleFinding, Subject, rule


def _block(path: str, version: str) -> str:
    return f"""
    main.nf
        workflow {{
          main:
          ids = channel.of(1, 2)
          publish:
          ids = ids
        }}
        output {{
          ids {{ path '{path}' }}
        }}
    nextflow.config
        manifest.nextflowVersion = '{version}'
    """


def _process(output: str) -> str:
    return f"""
    main.nf
        process split {{
          publishDir '/mnt/workflow/pubdir'
          output:
          path '{output}'
          script:
          '''
          mkdir parts
          '''
        }}
        workflow {{ split() }}
    """


@rule(
    "NXF030",
    "output-block-too-early",
    Severity.ERROR,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="set `manifest.nextflowVersion = '!>=25.10.0'`, or use `publishDir`",
    source=cite(Guide.NEXTFLOW, "outputs", Guide.NEXTFLOW_RETENTION, "previews"),
    bad=_block("ids", "!>=24.10.0"),
    good=_block("ids", "!>=25.10.0"),
)
def output_block_too_early(facts: Facts) -> Iterator[RuleFinding]:
    """The pipeline has an `output` block, but the chosen version does not support it.

    Nextflow supports it from 25.10 on. Earlier it is at most a preview feature, which the service does not support. A
    warning if a run can request 25.10 or later within the range of the pipeline.
    """
    version = engine_version(facts)
    if version is None or version.number is None or has_outputs(facts):
        return
    for feature in facts.features(FeatureName.OUTPUT_BLOCK):
        way_out = ways_out(facts, lambda number: parts(number) >= parts(limits.NEXTFLOW_OUTPUTS))
        message = f"the `output` block needs Nextflow 25.10, but the service chooses {version.number}{way_out}"
        yield RuleFinding(feature.place, message, severity=Severity.WARNING if way_out else None)
        return


@rule(
    "NXF031",
    "output-path-absolute",
    Severity.ERROR,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="write the path relative to the output folder, such as `path 'reports'`",
    source=cite(Aws.POWER_NEXTFLOW, "paths", Guide.NEXTFLOW),
    bad=_block("/mnt/workflow/pubdir/ids", "!>=25.10.0"),
    good=_block("ids", "!>=25.10.0"),
)
def output_path_absolute(facts: Facts) -> Iterator[RuleFinding]:
    """The path of a target in the `output` block is absolute.

    The service puts outputs below its own folder, and accepts only relative paths.
    """
    if not has_outputs(facts):
        return
    for feature in facts.features(FeatureName.OUTPUT_TARGET):
        if feature.text.startswith("/"):
            message = f"the output `{feature.key}` has the absolute path `{feature.text}`"
            yield RuleFinding(feature.place, message, subject=feature.key)


@rule(
    "NXF045",
    "deep-output",
    Severity.INFO,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="if there may be many files, emit their folder instead",
    source=cite(Guide.TASK_OUTPUTS, "folders"),
    bad=_process("parts/**"),
    good=_process("parts"),
)
def deep_output(facts: Facts) -> Iterator[RuleFinding]:
    """A process emits every file below a folder (`**`).

    Thousands of single files slow down a run; a folder is one output. A pattern that selects files by their names, such as
    `**/*.bam`, is not reported.
    """
    outputs = [feature for feature in facts.features(FeatureName.DEEP_OUTPUT) if _is_everything(feature.text)]
    if outputs:
        more = f" ({len(outputs) - 1} more)" if len(outputs) > 1 else ""
        pattern = outputs[0].text.replace("${}", "…")
        yield RuleFinding(outputs[0].place, f"the output `{pattern}` matches every file below a folder{more}")


def _is_everything(pattern: str) -> bool:
    """Whether a pattern with `**` selects files of any name."""
    return not pattern.rpartition("/")[2].strip("*.")
