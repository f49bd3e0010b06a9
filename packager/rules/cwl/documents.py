"""Rules about CWL documents that the language's own check does not have: versions and extensions."""

from __future__ import annotations

from collections.abc import Iterator

from packager.findings.diagnostic import Place, Severity
from packager.findings.sources import Guide, cite
from packager.model.facts import Engine, Workflow
from packager.model.features import FeatureName
from packager.rules.facts import Facts
from packager.rules.rule import RuleFinding, Subject, rule


def _tool(version: str, extra: str = "") -> str:
    return f"""
    main.cwl
        cwlVersion: {version}
        class: CommandLineTool
        $namespaces: {{cwltool: "http://commonwl.org/cwltool#", arv: "http://arvados.org/cwl#"}}
        requirements:
          DockerRequirement: {{dockerPull: "111122223333.dkr.ecr.us-east-1.amazonaws.com/base:1.0"}}
          ResourceRequirement: {{coresMin: 1, ramMin: 2048}}
        {extra}
        baseCommand: "true"
        inputs: []
        outputs: []
    """


def _workflow(facts: Facts) -> Workflow | None:
    return facts.workflow if facts.workflow is not None and facts.workflow.engine is Engine.CWL else None


@rule(
    "CWL030",
    "version-not-supported",
    Severity.ERROR,
    subject=Subject.WORKFLOW,
    engines=("CWL",),
    hint="use `cwlVersion: v1.0`, `v1.1` or `v1.2`",
    source=cite(Guide.LANGUAGE_VERSIONS, "CWL", Guide.CWL),
    bad=_tool("v1.3.0-dev1"),
    good=_tool("v1.2"),
)
def version_not_supported(facts: Facts) -> Iterator[RuleFinding]:
    """A document declares a CWL version that the service does not support.

    The service supports v1.0, v1.1 and v1.2.
    """
    if (workflow := _workflow(facts)) is None:
        return
    places: dict[str, list[Place]] = {}
    for feature in facts.features(FeatureName.UNSUPPORTED_VERSION):
        places.setdefault(feature.text, []).append(feature.place)
    for version, found in places.items():
        place = min(found, key=lambda place: (place.path != workflow.main, place))
        more = f" (in {len(found)} documents)" if len(found) > 1 else ""
        yield RuleFinding(place, f"CWL version `{version}` is not supported{more}", subject=version)


@rule(
    "CWL031",
    "operation-not-supported",
    Severity.ERROR,
    subject=Subject.WORKFLOW,
    engines=("CWL",),
    hint="replace the abstract `Operation` with a tool or a workflow",
    source=cite(Guide.CWL, "Operation", Guide.LANGUAGE_VERSIONS),
    bad="""
    main.cwl
        cwlVersion: v1.2
        class: Workflow
        inputs: []
        outputs: []
        steps:
          call:
            in: []
            out: []
            run: {class: Operation, inputs: [], outputs: []}
    """,
    good=_tool("v1.2"),
)
def operation_not_supported(facts: Facts) -> Iterator[RuleFinding]:
    """A process is of class `Operation`.

    An Operation is a placeholder for a step that is not written yet, and the service does not support it.
    """
    for feature in facts.features(FeatureName.OPERATION):
        yield RuleFinding(feature.place, "`class: Operation` is not supported", subject=feature.text)


@rule(
    "CWL032",
    "loop-needs-newer-version",
    Severity.ERROR,
    subject=Subject.WORKFLOW,
    engines=("CWL",),
    hint="use `cwlVersion: v1.2`",
    source=cite(Guide.CWL, "Loop", Guide.LANGUAGE_VERSIONS),
    bad="""
    main.cwl
        cwlVersion: v1.1
        class: Workflow
        $namespaces: {cwltool: "http://commonwl.org/cwltool#"}
        requirements: {InlineJavascriptRequirement: {}}
        inputs: {n: int}
        outputs: []
        steps:
          count:
            in: {n: n}
            out: [m]
            run: {class: ExpressionTool, inputs: {n: int}, outputs: {m: int}, expression: "${return {m: inputs.n + 1};}"}
            requirements:
              cwltool:Loop: {loopWhen: "$(inputs.n < 3)", loop: {n: m}, outputMethod: last}
    """,
    good=_tool("v1.2"),
)
def loop_needs_newer_version(facts: Facts) -> Iterator[RuleFinding]:
    """The loop extension is used in a document older than v1.2.

    The service supports `cwltool:Loop` only with v1.2.
    """
    workflow = _workflow(facts)
    versions = dict(workflow.versions) if workflow else {}
    for feature in facts.features(FeatureName.LOOP):
        version = versions.get(feature.place.path) or (workflow.language_version if workflow else "")
        if version in ("v1.0", "v1.1"):
            yield RuleFinding(feature.place, f"the loop extension needs CWL `v1.2`, but this document is `{version}`")


@rule(
    "CWL033",
    "memory-retry-multiplier",
    Severity.ERROR,
    subject=Subject.WORKFLOW,
    engines=("CWL",),
    hint="set `memoryRetryMultiplier` above 1; the default is 2",
    source=cite(Guide.CWL, "multiplier", Guide.LANGUAGE_VERSIONS),
    bad=_tool("v1.2", "hints: {arv:OutOfMemoryRetry: {memoryRetryMultiplier: 1}}"),
    good=_tool("v1.2", "hints: {arv:OutOfMemoryRetry: {memoryRetryMultiplier: 2}}"),
)
def memory_retry_multiplier(facts: Facts) -> Iterator[RuleFinding]:
    """`OutOfMemoryRetry` has a multiplier that is not above 1.

    The service rejects it.
    """
    for feature in facts.features(FeatureName.OUT_OF_MEMORY_RETRY):
        try:
            multiplier = float(feature.text)
        except ValueError:
            continue  # absent or an expression
        if multiplier <= 1:
            yield RuleFinding(feature.place, f"`memoryRetryMultiplier` is {feature.text}, expected more than 1")
