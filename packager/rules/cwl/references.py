"""Rules about what CWL documents use: files, schemas, JavaScript, the network."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packager.findings.diagnostic import Place, Severity
from packager.findings.sources import Api, Guide, Standard, cite
from packager.model.facts import Attribute, Task
from packager.model.features import Feature, FeatureName
from packager.rules.facts import Facts
from packager.rules.rule import RuleFinding, Subject, deciding, rule, severity_of, unsure
from packager.text import listed


def _tool(extra: str = "", inputs: str = "[]") -> str:
    return f"""
    main.cwl
        cwlVersion: v1.2
        class: CommandLineTool
        $namespaces: {{cwltool: "http://commonwl.org/cwltool#"}}
        requirements:
          DockerRequirement: {{dockerPull: "quay.io/biocontainers/samtools:1.17--h00cdaf9_0"}}
          ResourceRequirement: {{coresMin: 1, ramMin: 2048}}
{extra}
        baseCommand: "true"
        inputs: {inputs}
        outputs: []
    """


_READS = '{reads: {type: File, format: "http://edamontology.org/format_2572"}}'
# Vocabularies without formats of files.
_DESCRIBES = re.compile(
    r"\bschema\.org\b|\bschemaorg\b|\bdublincore\.org\b|\bxmlns\.com/foaf\b|\busefulinc\.com/ns/doap\b"
)


def attributes(facts: Facts, name: str, *, containers: bool = False) -> Iterator[tuple[Task, Attribute]]:
    """Each place of a requirement's or hint's field, with the first task that it applies to; or the first that runs a container."""
    seen: set[Place] = set()
    for task, attribute in facts.attributes(name):
        if attribute.place not in seen and (task.runs_container or not containers):
            seen.add(attribute.place)
            yield task, attribute


@rule(
    "CWL035",
    "remote-schema",
    Severity.INFO,
    subject=Subject.WORKFLOW,
    engines=("CWL",),
    hint="copy the schema into the repository with `packager vendor PATH`",
    source=cite(Guide.CWL, Guide.REQUIREMENTS, "complete", Guide.VPC, "network"),
    bad=_tool('        $schemas: ["https://edamontology.org/EDAM_1.25.owl"]', _READS),
    good=_tool('        $schemas: ["https://schema.org/version/latest/schemaorg-current-http.rdf"]', _READS),
)
def remote_schema(facts: Facts) -> Iterator[RuleFinding]:
    """`$schemas` refers to a schema of file formats on the network.

    A definition is read without a network, so what the schema defines is unknown. Formats of files are then compared by name only: a file
    of a more specific format than the tool names may be rejected. Documents without a `format` are not reported, nor are vocabularies
    that describe only people, licenses and software, such as schema.org.
    """
    schemas = [each for each in facts.features(FeatureName.REMOTE_SCHEMA) if not _DESCRIBES.search(each.text)]
    if schemas:
        names = list(dict.fromkeys(feature.text for feature in schemas))
        files = len({feature.place.path for feature in schemas})
        where = "" if files == 1 else f" in {files} documents"
        yield RuleFinding(
            schemas[0].place,
            f"`$schemas`{where} refers to {listed(names)}, which the service does not download: formats are compared by name",
        )


@rule(
    "CWL036",
    "undeclared-secondary-files",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("CWL",),
    hint="declare the same `secondaryFiles` at the input of the main workflow, or list them with the file in every run",
    source=cite(Guide.CWL, "secondary files"),
    bad="""
    main.cwl
        cwlVersion: v1.2
        class: Workflow
        inputs: {reads: File}
        outputs: []
        steps:
          count: {run: count.cwl, in: {bam: reads}, out: []}
    count.cwl
        cwlVersion: v1.2
        class: CommandLineTool
        requirements:
          DockerRequirement: {dockerPull: "quay.io/biocontainers/samtools:1.17--h00cdaf9_0"}
          ResourceRequirement: {coresMin: 1, ramMin: 2048}
        baseCommand: [samtools, idxstats]
        inputs:
          bam: {type: File, secondaryFiles: [.bai], inputBinding: {}}
        outputs: []
    """,
    good="""
    main.cwl
        cwlVersion: v1.2
        class: Workflow
        inputs: {reads: {type: File, secondaryFiles: [.bai]}}
        outputs: []
        steps:
          count: {run: count.cwl, in: {bam: reads}, out: []}
    count.cwl
        cwlVersion: v1.2
        class: CommandLineTool
        requirements:
          DockerRequirement: {dockerPull: "quay.io/biocontainers/samtools:1.17--h00cdaf9_0"}
          ResourceRequirement: {coresMin: 1, ramMin: 2048}
        baseCommand: [samtools, idxstats]
        inputs:
          bam: {type: File, secondaryFiles: [.bai], inputBinding: {}}
        outputs: []
    """,
)
def undeclared_secondary_files(facts: Facts) -> Iterator[RuleFinding]:
    """A step needs secondary files of an input that the main workflow does not declare.

    Only the secondary files that the main workflow's input declares are copied with the file: the step fails because its index is
    missing, unless the run's parameters list the `secondaryFiles` of each file.
    """
    needs: dict[tuple[Place, str], dict[str, dict[str, None]]] = {}
    for feature in facts.features(FeatureName.UNDECLARED_SECONDARY_FILE):
        needs.setdefault((feature.place, feature.key), {}).setdefault(feature.reason, {})[feature.text] = None
    for (place, name), processes in needs.items():
        patterns = list(dict.fromkeys(pattern for needed in processes.values() for pattern in needed))
        message = (
            f"`{name}` does not declare {listed(patterns)} in `secondaryFiles`, required by {listed(list(processes))}"
        )
        yield RuleFinding(place, message, subject=name)


@rule(
    "CWL037",
    "javascript-not-strict",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("CWL",),
    hint="declare the name with `var`, and use only what strict mode allows",
    source=cite(Guide.CWL, "strict mode"),
    bad="""
    main.cwl
        cwlVersion: v1.2
        class: ExpressionTool
        requirements: {InlineJavascriptRequirement: {}}
        inputs: {n: int}
        outputs: {m: int}
        expression: |
          ${
            total = inputs.n + 1;
            return {m: total};
          }
    """,
    good="""
    main.cwl
        cwlVersion: v1.2
        class: ExpressionTool
        requirements: {InlineJavascriptRequirement: {}}
        inputs: {n: int}
        outputs: {m: int}
        expression: |
          ${
            var total = inputs.n + 1;
            return {m: total};
          }
    """,
)
def javascript_not_strict(facts: Facts) -> Iterator[RuleFinding]:
    """An expression contains code that JavaScript's strict mode rejects.

    The service runs expressions in strict mode: an assignment (`x =`) to an undeclared name, a `with` statement or a number with a
    leading zero fails the run at the expression.
    """
    refusals: dict[tuple[str, str], list[Feature]] = {}
    for feature in facts.features(FeatureName.SLOPPY_JAVASCRIPT):
        refusals.setdefault((feature.place.path, feature.key), []).append(feature)
    for features in refusals.values():
        names = [feature.text for feature in features]
        yield RuleFinding(features[0].place, f"JavaScript's strict mode rejects {listed(names)} in this expression")


@rule(
    "CWL038",
    "remote-default-file",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("CWL",),
    hint="copy the file to S3 and use its S3 URI, or make it an input without a default",
    source=cite(Guide.RUN_INPUTS, "places", Guide.VPC, "network"),
    bad=_tool(inputs='{genes: {type: File, default: {class: File, location: "https://example.com/genes.gtf"}}}'),
    good=_tool(inputs='{genes: {type: File, default: {class: File, location: "s3://amzn-s3-demo-bucket/genes.gtf"}}}'),
)
def remote_default_file(facts: Facts) -> Iterator[RuleFinding]:
    """A default File or Directory is in a place that a run cannot read.

    Files come from S3 (`s3://`) or HealthOmics storage (`omics://`). Other addresses need a run with access to the internet, and the
    engine's support for them is not documented.
    """
    for feature in facts.features(FeatureName.REMOTE_FILE):
        yield RuleFinding(feature.place, f"the file `{feature.text}` is not on S3", subject=feature.text)


@rule(
    "CWL039",
    "undocumented-requirement",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("CWL",),
    hint="make it a hint if the workflow runs without it, else remove it",
    source=cite(Guide.CWL, "extensions"),
    bad=_tool("          cwltool:MPIRequirement: {processes: 4}"),
    good=_tool(),
)
def undocumented_requirement(facts: Facts) -> Iterator[RuleFinding]:
    """A requirement is an extension that the service does not document.

    Of cwltool's extensions the guide documents `Loop` and `CUDARequirement`. An engine must refuse a workflow with an unknown
    requirement, but ignores an unknown hint.
    """
    for feature in facts.features(FeatureName.UNDOCUMENTED_REQUIREMENT):
        message = f"the required extension `{feature.text}` is not documented by the service"
        yield RuleFinding(feature.place, message, subject=feature.text)


@rule(
    "CWL040",
    "absolute-entry-name",
    Severity.ERROR,
    subject=Subject.WORKFLOW,
    engines=("CWL",),
    hint="use a relative name, or `cwlVersion: v1.2` with `DockerRequirement` in `requirements`",
    source=cite(Standard.CWL, "InitialWorkDirRequirement"),
    bad=_tool('          InitialWorkDirRequirement: {listing: [{entryname: /opt/x.cfg, entry: "a=1"}]}').replace(
        "v1.2", "v1.1"
    ),
    good=_tool('          InitialWorkDirRequirement: {listing: [{entryname: x.cfg, entry: "a=1"}]}'),
)
def absolute_entry_name(facts: Facts) -> Iterator[RuleFinding]:
    """A file is staged at an absolute path where CWL does not allow it.

    Only v1.2 allows it, and only if a container is a requirement, not a hint. The run fails at the task. A warning if a run may leave the
    task out.
    """
    for feature in facts.features(FeatureName.ABSOLUTE_ENTRY_NAME):
        names = deciding(feature)
        message = f"`entryname` is the absolute path `{feature.text}`{unsure(feature, names)}"
        yield RuleFinding(feature.place, message, severity=severity_of(feature, names), subject=feature.text)


@rule(
    "CWL041",
    "network-access-required",
    Severity.INFO,
    subject=Subject.WORKFLOW,
    engines=("CWL",),
    hint="start runs with networking mode VPC, or change the tool so that it needs no network",
    source=cite(Guide.VPC, "network", Api.OMICS, "StartRunRequest.networkingMode"),
    bad=_tool("          NetworkAccess: {networkAccess: true}"),
    good=_tool("          NetworkAccess: {networkAccess: false}"),
)
def network_access_required(facts: Facts) -> Iterator[RuleFinding]:
    """A tool requires access to the network.

    Tasks can reach only S3 and ECR of the same Region, unless the run is started with networking mode VPC. An `ExpressionTool` runs no
    program and needs no network.
    """
    for task, attribute in attributes(facts, "NetworkAccess.networkAccess", containers=True):
        if attribute.value is True:
            message = "the tool requires network access, which a run has only with networking mode VPC"
            yield RuleFinding(attribute.place, message, subject=task.name)


@rule(
    "CWL042",
    "inplace-update",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("CWL",),
    hint="let the tool write a new file and declare it as an output",
    source=cite(Guide.RUN_INPUTS, "read-only"),
    bad=_tool("          InplaceUpdateRequirement: {inplaceUpdate: true}"),
    good=_tool("          InplaceUpdateRequirement: {inplaceUpdate: false}"),
)
def inplace_update(facts: Facts) -> Iterator[RuleFinding]:
    """A tool changes its input files in place.

    The service stages a run's inputs read-only and does not document in-place updates.
    """
    for task, attribute in attributes(facts, "InplaceUpdateRequirement.inplaceUpdate"):
        if attribute.value is True:
            message = f"`{task.name}` changes its inputs in place, but inputs are read-only"
            yield RuleFinding(attribute.place, message, subject=task.name)


_CALL = """
    main.cwl
        cwlVersion: v1.2
        class: Workflow
        inputs: {{reads: File}}
        outputs: []
        steps:
          sort: {{run: sort.cwl, in: {{{sorting}}}, out: [sorted]}}
          count: {{run: count.cwl, in: {{bam: sort/sorted}}, out: []}}
    sort.cwl
        cwlVersion: v1.2
        class: CommandLineTool
        requirements:
          DockerRequirement: {{dockerPull: "quay.io/biocontainers/samtools:1.17--h00cdaf9_0"}}
          ResourceRequirement: {{coresMin: 1, ramMin: 2048}}
        baseCommand: [samtools, sort, --write-index, -o, sorted.bam]
        inputs: {{bam: File, level: int?}}
        outputs:
          sorted: {{type: File, outputBinding: {{glob: sorted.bam}}{secondary}}}
    count.cwl
        cwlVersion: v1.2
        class: CommandLineTool
        requirements:
          DockerRequirement: {{dockerPull: "quay.io/biocontainers/samtools:1.17--h00cdaf9_0"}}
          ResourceRequirement: {{coresMin: 1, ramMin: 2048}}
        baseCommand: [samtools, idxstats]
        inputs:
          bam: {{type: File, secondaryFiles: [.csi], inputBinding: {{}}}}
        outputs: []
"""
_INDEXED = ", secondaryFiles: [.csi]"


@rule(
    "CWL043",
    "missing-secondary-files",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("CWL",),
    hint="declare them at the output of the tool that writes them, or mark them as optional where they are not needed (`.csi?`)",
    source=cite(Standard.CWL, "secondaryFiles"),
    bad=_CALL.format(sorting="bam: reads", secondary=""),
    good=_CALL.format(sorting="bam: reads", secondary=_INDEXED),
)
def missing_secondary_files(facts: Facts) -> Iterator[RuleFinding]:
    """A step needs secondary files of a file that another step makes, but the output does not declare them.

    Only the secondary files that an output declares are collected with its file. The run fails at the step that needs them.
    """
    needs: dict[tuple[Place, str], dict[str, dict[str, None]]] = {}
    for feature in facts.features(FeatureName.MISSING_SECONDARY_FILE):
        needs.setdefault((feature.place, feature.key), {}).setdefault(feature.reason, {})[feature.text] = None
    for (place, name), processes in needs.items():
        patterns = list(dict.fromkeys(pattern for needed in processes.values() for pattern in needed))
        message = f"the output `{name}` does not declare {listed(patterns)} in `secondaryFiles`, required by {listed(list(processes))}"
        yield RuleFinding(place, message, subject=name)


@rule(
    "CWL044",
    "unknown-step-input",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("CWL",),
    hint="correct the name, or remove it from the step",
    source=cite(Standard.CWL, "WorkflowStep"),
    bad=_CALL.format(sorting="bam: reads, levle: {default: 5}", secondary=_INDEXED),
    good=_CALL.format(sorting="bam: reads, level: {default: 5}", secondary=_INDEXED),
)
def unknown_step_input(facts: Facts) -> Iterator[RuleFinding]:
    """A step sets an input that its tool or workflow does not have.

    The value is ignored, unless an expression of the step uses it: the tool runs without it. A step still waits for the source of such an
    input.
    """
    for feature in facts.features(FeatureName.UNKNOWN_STEP_INPUT):
        instead = f"; did you mean `{feature.reason}`?" if feature.reason else ""
        yield RuleFinding(
            feature.place, f"`{feature.key}` has no input `{feature.text}`{instead}", subject=feature.text
        )
