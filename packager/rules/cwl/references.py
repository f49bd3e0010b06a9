"""Rules about what CWL documents refer to and assume: files, schemas, JavaScript, the network."""

from __future__ import annotations

from collections.abc import Iterator

from packager.findings.diagnostic import Place, Severity
from packager.model.facts import Attribute, Task
from packager.model.features import Feature, FeatureName
from packager.rules.facts import Facts
from packager.rules.rule import Found, Subject, rule
from packager.text import listed

_PAGE = "CWL language page"
_INPUTS = "run inputs page; VPC networking page"


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


def attributes(facts: Facts, name: str) -> Iterator[tuple[Task, Attribute]]:
    """A field of a requirement or hint, wherever it holds; of tasks that share it the first."""
    seen: set[Place] = set()
    for task, attribute in facts.attributes(name):
        if attribute.place not in seen:
            seen.add(attribute.place)
            yield task, attribute


@rule(
    "CWL035",
    "remote-schema",
    Severity.INFO,
    subject=Subject.WORKFLOW,
    engines=("CWL",),
    hint="nothing to do if it only describes metadata; else copy the schema beside the document",
    source=f"{_PAGE}; workflow definition requirements page; VPC networking page",
    bad=_tool('        $schemas: ["https://schema.org/version/latest/schemaorg-current-http.rdf"]'),
    good=_tool(),
)
def remote_schema(facts: Facts) -> Iterator[Found]:
    """`$schemas` names documents on the network.

    A definition is read without a network, so what the schemas say of formats and metadata is not known there. Formats of files
    are then compared by name alone.
    """
    found = list(facts.features(FeatureName.REMOTE_SCHEMA))
    if found:
        names = list(dict.fromkeys(feature.text for feature in found))
        files = len({feature.place.path for feature in found})
        where = "" if files == 1 else f" in {files} documents"
        yield Found(found[0].place, f"`$schemas`{where} names {listed(names)}, which is not read from the network")


@rule(
    "CWL036",
    "undeclared-secondary-files",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("CWL",),
    hint="declare the same `secondaryFiles` on the input of the main workflow, or list them with the file in every run",
    source=_PAGE,
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
def undeclared_secondary_files(facts: Facts) -> Iterator[Found]:
    """A step needs files beside an input that the main workflow does not declare there.

    Only what the main workflow's own input declares is brought along with the file: the step fails for want of its index, unless the
    run's parameters list the `secondaryFiles` of each file themselves.
    """
    needs: dict[tuple[Place, str], dict[str, dict[str, None]]] = {}
    for feature in facts.features(FeatureName.UNDECLARED_SECONDARY_FILE):
        needs.setdefault((feature.place, feature.key), {}).setdefault(feature.reason, {})[feature.text] = None
    for (place, name), processes in needs.items():
        patterns = list(dict.fromkeys(pattern for found in processes.values() for pattern in found))
        message = f"`{name}` declares no {listed(patterns)} beside it, required by {listed(list(processes))}"
        yield Found(place, message, subject=name)


@rule(
    "CWL037",
    "javascript-not-strict",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("CWL",),
    hint="declare the name with `var`, and keep to what strict mode allows",
    source=_PAGE,
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
def javascript_not_strict(facts: Facts) -> Iterator[Found]:
    """An expression does what JavaScript's strict mode refuses.

    The service runs expressions in strict mode: an assignment (`x =`) to a name that nothing declares, a `with` statement or a number
    with a leading zero stops the run when the expression is reached.
    """
    refusals: dict[tuple[str, str], list[Feature]] = {}
    for feature in facts.features(FeatureName.SLOPPY_JAVASCRIPT):
        refusals.setdefault((feature.place.path, feature.key), []).append(feature)
    for features in refusals.values():
        names = [feature.text for feature in features]
        yield Found(features[0].place, f"strict mode refuses {listed(names)} in this expression")


@rule(
    "CWL038",
    "remote-default-file",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("CWL",),
    hint="copy the file to S3 and name it there, or make it an input without a default",
    source=_INPUTS,
    bad=_tool(inputs='{genes: {type: File, default: {class: File, location: "https://example.com/genes.gtf"}}}'),
    good=_tool(inputs='{genes: {type: File, default: {class: File, location: "s3://amzn-s3-demo-bucket/genes.gtf"}}}'),
)
def remote_default_file(facts: Facts) -> Iterator[Found]:
    """A default File or Directory lies where a run cannot read it.

    Files come from S3 (`s3://`) or HealthOmics storage (`omics://`). Other addresses need a run with access to the internet, and the
    engine's own support for them is not documented.
    """
    for feature in facts.features(FeatureName.REMOTE_FILE):
        yield Found(feature.place, f"the file `{feature.text}` is not on S3", subject=feature.text)


@rule(
    "CWL039",
    "undocumented-requirement",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("CWL",),
    hint="make it a hint if the workflow runs without it, else do without it",
    source=_PAGE,
    bad=_tool("          cwltool:MPIRequirement: {processes: 4}"),
    good=_tool(),
)
def undocumented_requirement(facts: Facts) -> Iterator[Found]:
    """A requirement is an extension that the service's guide does not name.

    The guide names `Loop` and `CUDARequirement` of cwltool's extensions. An engine must refuse a workflow whose requirement it does
    not know, while it passes over a hint.
    """
    for feature in facts.features(FeatureName.UNDOCUMENTED_REQUIREMENT):
        message = f"the extension `{feature.text}` is required, and the service does not document it"
        yield Found(feature.place, message, subject=feature.text)


@rule(
    "CWL040",
    "absolute-entry-name",
    Severity.ERROR,
    subject=Subject.WORKFLOW,
    engines=("CWL",),
    hint="use a relative name, or `cwlVersion: v1.2` with `DockerRequirement` among the requirements",
    source="CWL v1.2 specification, InitialWorkDirRequirement",
    bad=_tool('          InitialWorkDirRequirement: {listing: [{entryname: /opt/x.cfg, entry: "a=1"}]}').replace(
        "v1.2", "v1.1"
    ),
    good=_tool('          InitialWorkDirRequirement: {listing: [{entryname: x.cfg, entry: "a=1"}]}'),
)
def absolute_entry_name(facts: Facts) -> Iterator[Found]:
    """A file is to be staged at an absolute path where CWL does not allow it.

    Only v1.2 allows it, and only where a container is a requirement, not a hint. The run fails when it comes to the task.
    """
    for feature in facts.features(FeatureName.ABSOLUTE_ENTRY_NAME):
        yield Found(feature.place, f"`entryname` is the absolute path `{feature.text}`", subject=feature.text)


@rule(
    "CWL041",
    "network-access-required",
    Severity.INFO,
    subject=Subject.WORKFLOW,
    engines=("CWL",),
    hint="start runs with networking mode VPC, or do without the network",
    source="VPC networking page; API StartRun (networkingMode)",
    bad=_tool("          NetworkAccess: {networkAccess: true}"),
    good=_tool("          NetworkAccess: {networkAccess: false}"),
)
def network_access_required(facts: Facts) -> Iterator[Found]:
    """A tool asks for access to the network.

    Unless a run is started with networking mode VPC, its tasks reach only S3 and ECR of the same Region.
    """
    for task, attribute in attributes(facts, "NetworkAccess.networkAccess"):
        if attribute.value is True:
            message = "access to the network is asked for, which a run has only in VPC mode"
            yield Found(attribute.place, message, subject=task.name)


@rule(
    "CWL042",
    "inplace-update",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("CWL",),
    hint="let the tool write a new file and declare it as an output",
    source="run inputs page (inputs are staged read-only)",
    bad=_tool("          InplaceUpdateRequirement: {inplaceUpdate: true}"),
    good=_tool("          InplaceUpdateRequirement: {inplaceUpdate: false}"),
)
def inplace_update(facts: Facts) -> Iterator[Found]:
    """A tool is to change its input files in place.

    The service stages a run's inputs read-only and does not document in-place updates.
    """
    for task, attribute in attributes(facts, "InplaceUpdateRequirement.inplaceUpdate"):
        if attribute.value is True:
            message = f"`{task.name}` changes its inputs in place, but inputs are read-only"
            yield Found(attribute.place, message, subject=task.name)
