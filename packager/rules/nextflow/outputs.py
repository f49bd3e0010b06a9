"""Rules about the `output` block of a Nextflow pipeline, and the outputs of its processes."""

from __future__ import annotations

from collections.abc import Iterator

from packager.findings.diagnostic import Severity
from packager.model.features import FeatureName
from packager.rules.facts import Facts
from packager.rules.nextflow.features import GUIDE, engine_version, has_outputs
from packager.rules.rule import Found, Subject, rule


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
    hint="let `manifest.nextflowVersion` choose 25.10 (`!>=25.10.0`), or use `publishDir`",
    source=GUIDE + ": output block from 25.10 on; Nextflow version retention policy page: no preview features",
    bad=_block("ids", "!>=24.10.0"),
    good=_block("ids", "!>=25.10.0"),
)
def output_block_too_early(facts: Facts) -> Iterator[Found]:
    """There is an `output` block, and the chosen version does not have it.

    Nextflow has it from 25.10 on; before, it is a preview feature at best, which the service does not support.
    """
    version = engine_version(facts)
    if version is None or version.number is None or has_outputs(facts):
        return
    for feature in facts.features(FeatureName.OUTPUT_BLOCK):
        yield Found(feature.place, f"the `output` block needs Nextflow 25.10, and the service takes {version.number}")
        return


@rule(
    "NXF031",
    "output-path-absolute",
    Severity.ERROR,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="write the path relative to the output folder, such as `path 'reports'`",
    source="AWS HealthOmics power, Nextflow notes (2026-08-21); " + GUIDE,
    bad=_block("/mnt/workflow/pubdir/ids", "!>=25.10.0"),
    good=_block("ids", "!>=25.10.0"),
)
def output_path_absolute(facts: Facts) -> Iterator[Found]:
    """The path of a target in the `output` block is absolute.

    The service puts outputs below a folder of its own, and takes relative paths only.
    """
    if not has_outputs(facts):
        return
    for feature in facts.features(FeatureName.OUTPUT_TARGET):
        name, _, path = feature.text.partition("=")
        if path.startswith("/"):
            yield Found(feature.place, f"the output `{name}` has the absolute path `{path}`", subject=name)


@rule(
    "NXF045",
    "deep-output",
    Severity.INFO,
    subject=Subject.WORKFLOW,
    engines=("NEXTFLOW",),
    hint="emit the folder that holds the files, where they may be many",
    source="task outputs page",
    bad=_process("parts/**"),
    good=_process("parts"),
)
def deep_output(facts: Facts) -> Iterator[Found]:
    """A process emits every file below a folder (`**`).

    Thousands of single files slow a run down; a folder is one output.
    """
    found = list(facts.features(FeatureName.DEEP_OUTPUT))
    if found:
        more = f", as {len(found) - 1} other{'s do' if len(found) > 2 else ' does'}" if len(found) > 1 else ""
        yield Found(
            found[0].place, f"the output `{found[0].text.replace('${}', '…')}` takes every file below a folder{more}"
        )
