"""Defects that are put into correct workflows one at a time, each with the code that must find it.

A row is a name, the file, what is replaced, by what, and the code. An empty `old` appends to the file, or makes it; `new` is None for a
file that is taken away. Beside a row, `arguments` are more words of the command line.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Defect:
    """One change of one file."""

    name: str
    file: str
    old: str
    new: str | None
    code: str
    arguments: tuple[str, ...] = ()


def _rows(
    *rows: tuple[str, str, str, str | None, str] | tuple[str, str, str, str | None, str, tuple[str, ...]],
) -> list[Defect]:
    return [Defect(*row) for row in rows]


_MAP = "container-registry-map.json"
_TEMPLATE = "parameter-template.json"
_ALIGNER = "quay.io/biocontainers/aligner:2.1.0"
_REPORTER = "111122223333.dkr.ecr.us-east-1.amazonaws.com/reporter:1.4.2"


def _of_every_engine(align: str, report: str) -> list[Defect]:
    """What can go wrong in the same way in all three languages."""
    return _rows(
        ("image without a mapping", align, _ALIGNER, "ghcr.io/org/aligner:2.1.0", "IMG001"),
        ("image of another Region", report, "us-east-1", "eu-west-1", "IMG002", ("--region", "us-east-1")),
        ("image with a mutable tag", align, "aligner:2.1.0", "aligner:latest", "IMG004"),
        ("image without a tag", report, "reporter:1.4.2", "reporter", "IMG004"),
        ("image with a scheme", align, _ALIGNER, f"docker://{_ALIGNER}", "IMG005"),
        ("image in upper case", align, _ALIGNER, "quay.io/Org/Aligner:2.1.0", "IMG005"),
        ("map that is no JSON", _MAP, "{", "", "MAP002"),
        ("map with an unknown member", _MAP, "ecrAccountId", "accountId", "MAP001"),
        ("map with a short account", _MAP, "111122223333", "1111", "MAP001"),
        ("map without a prefix", _MAP, '"ecrRepositoryPrefix": "quay",', "", "MAP001"),
        ("map with a key twice", _MAP, '"ecrRepositoryPrefix": "quay",', '"ecrRepositoryPrefix": "a", "ecrRepositoryPrefix": "b",', "MAP002"),
        ("map with a URL", _MAP, '"quay.io"', '"https://quay.io"', "MAP004"),
        ("map with a trailing slash", _MAP, '"quay.io"', '"quay.io/"', "MAP004"),
        ("map with an alias of Docker Hub", _MAP, '"quay.io"', '"docker.io"', "MAP005"),
        ("map with a registry that cannot be cached", _MAP, '"quay.io"', '"registry.example.com"', "MAP006"),
        ("copied registry without a credential", _MAP, '"quay.io"', '"nvcr.io"', "MAP007"),
        ("upstream in private ECR", _MAP, '"quay.io"', '"111122223333.dkr.ecr.us-east-1.amazonaws.com"', "MAP016"),
        ("mapping that serves no image", _MAP, '"quay.io"', '"ghcr.io"', "MAP010"),
        ("destination that is not in ECR", _MAP, "  ]\n}", f'  ], "imageMappings": [{{"sourceImage": "{_ALIGNER}", "destinationImage": "docker.io/a/b:2.1.0"}}]\n}}', "MAP012"),
        ("destination of another version", _MAP, "  ]\n}", f'  ], "imageMappings": [{{"sourceImage": "{_ALIGNER}", "destinationImage": "{_REPORTER}"}}]\n}}', "MAP015"),
    )  # fmt: skip


WDL = [
    *_of_every_engine("tasks/align.wdl", "tasks/report.wdl"),
    *_rows(
        ("main that cannot be decoded", "main.wdl", "", "\udcff\udcfe", "ZIP015"),
        ("keyword where none may be", "main.wdl", "workflow cohort", "workflow call", "WDL001"),
        (
            "brace that is not closed",
            "main.wdl",
            "    File summary = report.summary\n  }\n}",
            "    File summary = report.summary\n",
            "WDL001",
        ),
        ("task that is not there", "main.wdl", "alignment.align {", "alignment.alignn {", "WDL001"),
        ("output that is not there", "main.wdl", "report.summary", "report.sumary", "WDL001"),
        ("type that does not fit", "main.wdl", "min_quality = min_quality\n", "min_quality = [1, 2]\n", "WDL001"),
        ("name that is not declared", "tasks/align.wdl", "~{platform}", "~{plattform}", "WDL001"),
        ("optional where a value is needed", "main.wdl", 'String platform = "ILLUMINA"', "String? platform", "WDL001"),
        ("import that is not there", "main.wdl", "tasks/report.wdl", "tasks/reports.wdl", "WDL050"),
        ("file of an import taken away", "tasks/report.wdl", "", None, "WDL050"),
        ("import from the network", "main.wdl", '"tasks/report.wdl"', '"https://example.com/report.wdl"', "WDL051"),
        ("import by an absolute path", "main.wdl", '"tasks/report.wdl"', '"/home/me/report.wdl"', "WDL052"),
        ("import of itself", "main.wdl", '"tasks/report.wdl"', '"main.wdl"', "WDL053"),
        (
            "import that leaves the source",
            "main.wdl",
            '"tasks/report.wdl"',
            '"../../../../../../../../../report.wdl"',
            "WDL054",
        ),
        ("no workflow", "main.wdl", "workflow cohort {", "task cohort {", "WDL001"),
        ("no version", "main.wdl", "version 1.1\n", "", "WDL010"),
        ("version that is not supported", "tasks/align.wdl", "version 1.1", "version 1.2", "WDL011"),
        ("documents of two versions", "tasks/align.wdl", "version 1.1", "version 1.0", "WDL013"),
        ("directory in an old version", "main.wdl", "File reference\n", "Directory reference\n", "WDL014"),
        ("object", "tasks/report.wdl", "    String title\n", "    String title\n    Object? row\n", "WDL015"),
        ("too many CPUs", "tasks/align.wdl", "Int threads = 16", "Int threads = 256", "RES002"),
        ("too much memory", "tasks/align.wdl", "64 GiB", "2000 GiB", "RES002"),
        ("too many accelerators", "tasks/report.wdl", "acceleratorCount: 1", "acceleratorCount: 8", "RES002"),
        ("no resources", "tasks/report.wdl", '    cpu: 4\n    memory: "16 GiB"\n', "", "RES001"),
        ("no memory", "tasks/report.wdl", '    memory: "16 GiB"\n', "", "RES001"),
        ("machine that the Region lacks", "tasks/align.wdl", "64 GiB", "1024 GiB", "RES003", ("--region", "eu-west-1")),
        ("accelerator that the service lacks", "tasks/report.wdl", "nvidia-l4", "nvidia-tesla-v100", "RES004"),
        ("accelerator without a count", "tasks/report.wdl", "    acceleratorCount: 1\n", "", "RES004"),
        ("count without an accelerator", "tasks/report.wdl", '    acceleratorType: "nvidia-l4"\n', "", "RES004"),
        ("accelerator beside too many CPUs", "tasks/report.wdl", "cpu: 4", "cpu: 96", "RES005"),
        (
            "accelerator that the Region lacks",
            "tasks/report.wdl",
            "nvidia-l4",
            "nvidia-l4",
            "RES006",
            ("--region", "eu-west-1"),
        ),
        ("task without an image", "tasks/align.wdl", f'    docker: "{_ALIGNER}"\n', "", "IMG003"),
        ("template that is no JSON", _TEMPLATE, "{", "[", "TPL001"),
        ("template with an unknown attribute", _TEMPLATE, '"optional": false', '"required": true', "TPL002"),
        ("template with a line end", _TEMPLATE, "the reference genome, FASTA", "the reference\\ngenome", "TPL002"),
        ("template with a long description", _TEMPLATE, "the reference genome, FASTA", "x" * 257, "TPL002"),
        ("template without a required input", _TEMPLATE, '"reference"', '"referense"', "TPL004"),
        ("template with a name that is no input", _TEMPLATE, '"label"', '"title"', "TPL005"),
        ("template that makes a required input optional", _TEMPLATE, '"optional": false', '"optional": true', "TPL006"),
    ),
]

NEXTFLOW = [
    *_of_every_engine("modules/align.nf", "modules/report.nf"),
    *_rows(
        ("main that cannot be decoded", "main.nf", "", "\udcff\udcfe", "NXF008"),
        (
            "brace that is not closed",
            "main.nf",
            "    REPORT(ALIGN.out.bam.collect())\n}",
            "    REPORT(ALIGN.out.bam.collect())\n",
            "NXF001",
        ),
        ("text that is not closed", "modules/align.nf", "label 'heavy'", "label 'heavy", "NXF001"),
        ("bracket that is not closed", "main.nf", "collect())", "collect()", "NXF001"),
        (
            "config with a syntax error",
            "nextflow.config",
            "name = 'example/cohort'",
            "name = = 'example/cohort'",
            "NXF001",
        ),
        ("script that is not there", "main.nf", "./modules/report", "./modules/reports", "NXF004"),
        ("file of an include taken away", "modules/report.nf", "", None, "NXF004"),
        ("module of a registry", "main.nf", "'./modules/report'", "'nf-core/report'", "NXF005"),
        ("module by an absolute path", "main.nf", "'./modules/report'", "'/home/me/report.nf'", "NXF006"),
        (
            "module that leaves the source",
            "main.nf",
            "'./modules/report'",
            "'../../../../../../../../../../report.nf'",
            "NXF006",
        ),
        ("process that the module does not define", "main.nf", "{ REPORT }", "{ REPORTS }", "NXF007"),
        ("config that is not there", "nextflow.config", "conf/resources.config", "conf/resource.config", "NXF009"),
        ("file of a config taken away", "conf/resources.config", "", None, "NXF009"),
        ("no schema", "nextflow_schema.json", "", None, "NXF010"),
        ("schema that is no JSON", "nextflow_schema.json", "{", "", "NXF011"),
        (
            "schema of an unknown draft",
            "nextflow_schema.json",
            "https://json-schema.org/draft/2020-12/schema",
            "https://json-schema.org/draft-03/schema",
            "NXF011",
        ),
        (
            "schema with nested parameters",
            "nextflow_schema.json",
            '{"type": "integer", "default": 20,',
            '{"type": "object", "properties": {"a": {"type": "integer"}},',
            "NXF012",
        ),
        (
            "profile that is not there",
            "nextflow.config",
            "debug {",
            "test {",
            "NXF021",
            ("--nextflow-profile", "debug"),
        ),
        ("undefined name under the strict syntax", "main.nf", "ALIGN(reads,", "ALIGN(readz,", "NXF003", ("--strict",)),
        (
            "process that is not included, under the strict syntax",
            "main.nf",
            "    REPORT(",
            "    REPORTS(",
            "NXF003",
            ("--strict",),
        ),
        (
            "loop under the strict syntax",
            "main.nf",
            "    reads = Channel",
            "    for (x in [1]) { println x }\n    reads = Channel",
            "NXF002",
            ("--strict",),
        ),
        (
            "condition in a config under the strict syntax",
            "nextflow.config",
            "profiles {",
            "if (params.input) { process.cpus = 3 }\nprofiles {",
            "NXF002",
            ("--strict",),
        ),
        ("too many CPUs", "conf/resources.config", "cpus = 16", "cpus = 256", "RES002"),
        ("too much memory", "conf/resources.config", "memory = 64.GB", "memory = 2000.GB", "RES002"),
        (
            "no memory",
            "conf/resources.config",
            "    memory = 4.GB\n\n    withLabel: heavy {\n        cpus = 16\n        memory = 64.GB\n",
            "\n    withLabel: heavy {\n        cpus = 16\n",
            "RES001",
        ),
        (
            "machine that the Region lacks",
            "conf/resources.config",
            "memory = 64.GB",
            "memory = 1024.GB",
            "RES003",
            ("--region", "eu-west-1"),
        ),
        (
            "accelerator that the service lacks",
            "modules/report.nf",
            "cpus 4",
            "cpus 4\n    accelerator 1, type: 'nvidia-tesla-v100'",
            "RES004",
        ),
        ("accelerator without a type", "modules/report.nf", "cpus 4", "cpus 4\n    accelerator 1", "RES004"),
        (
            "too many accelerators",
            "modules/report.nf",
            "cpus 4",
            "cpus 4\n    accelerator 8, type: 'nvidia-l4'",
            "RES002",
        ),
        (
            "accelerator beside too many CPUs",
            "modules/report.nf",
            "cpus 4",
            "cpus 96\n    accelerator 1, type: 'nvidia-l4'",
            "RES005",
        ),
        ("process without an image", "modules/align.nf", f"    container '{_ALIGNER}'\n", "", "IMG003"),
    ),
]

CWL = [
    *_of_every_engine("tools/align.cwl", "tools/report.cwl"),
    *_rows(
        ("main that cannot be decoded", "main.cwl", "", "\udcff\udcfe", "ZIP015"),
        ("no YAML", "main.cwl", "class: Workflow", "class: [Workflow", "CWL003"),
        ("key twice", "main.cwl", "class: Workflow\n", "class: Workflow\nclass: Workflow\n", "CWL004"),
        ("no class", "tools/align.cwl", "class: CommandLineTool\n", "", "CWL001"),
        ("unknown class", "tools/align.cwl", "class: CommandLineTool\n", "class: CommandTool\n", "CWL001"),
        ("input that is not there", "main.cwl", "reference: reference\n", "reference: referense\n", "CWL001"),
        (
            "output that is not there",
            "main.cwl",
            "outputSource: report/summary",
            "outputSource: report/summery",
            "CWL001",
        ),
        ("type that does not fit", "main.cwl", "    type: int\n", "    type: string\n", "CWL001"),
        ("step without a tool", "main.cwl", "    run: tools/report.cwl\n", "", "CWL001"),
        ("tool that is not there", "main.cwl", "tools/report.cwl", "tools/reports.cwl", "CWL005"),
        ("file of a tool taken away", "tools/report.cwl", "", None, "CWL005"),
        ("tool on the network", "main.cwl", "tools/report.cwl", "https://example.com/report.cwl", "CWL006"),
        ("tool by an absolute path", "main.cwl", "tools/report.cwl", "/home/me/report.cwl", "CWL007"),
        ("workflow that runs itself", "main.cwl", "tools/report.cwl", "main.cwl", "CWL008"),
        (
            "tool that leaves the source",
            "main.cwl",
            "tools/report.cwl",
            "../../../../../../../../../../report.cwl",
            "CWL009",
        ),
        ("version that is not supported", "main.cwl", "cwlVersion: v1.2", "cwlVersion: v1.3.0-dev1", "CWL030"),
        (
            "step that is not written yet",
            "main.cwl",
            "    run: tools/report.cwl\n",
            "    run: {class: Operation, inputs: {alignments: 'File[]'}, outputs: {summary: File}}\n",
            "CWL031",
        ),
        (
            "retry without more memory",
            "tools/align.cwl",
            "requirements:\n",
            '$namespaces: {arv: "http://arvados.org/cwl#"}\nhints:\n  arv:OutOfMemoryRetry: {memoryRetryMultiplier: 1}\nrequirements:\n',
            "CWL033",
        ),
        (
            "capability instead of an accelerator",
            "tools/report.cwl",
            "cudaComputeCapability: nvidia-l4",
            'cudaComputeCapability: "8.0"',
            "CWL034",
        ),
        ("too many CPUs", "tools/align.cwl", "coresMin: 16", "coresMin: 256", "RES002"),
        ("too much memory", "tools/align.cwl", "ramMin: 65536", "ramMin: 2000000", "RES002"),
        (
            "no resources",
            "tools/align.cwl",
            "  ResourceRequirement:\n    coresMin: 16\n    ramMin: 65536\n",
            "",
            "RES001",
        ),
        (
            "tool without an image",
            "tools/align.cwl",
            f"  DockerRequirement:\n    dockerPull: {_ALIGNER}\n",
            "",
            "IMG003",
        ),
    ),
]

DEFECTS = {"wdl": WDL, "nextflow": NEXTFLOW, "cwl": CWL}
