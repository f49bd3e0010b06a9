"""What no document settles about definitions: archives, languages and their versions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from contract.account import Session
from contract.case import Observation, Probe
from contract.definitions import CWL, NEXTFLOW, WDL, zip_of_entries, zip_with_link, zipped
from contract.probes import ending

RETENTION: Final = ("Guide.NEXTFLOW_RETENTION", "Guide.LANGUAGE_VERSIONS")
ARCHIVE: Final = ("Guide.PACKAGING",)
FIRST: Final = WDL.replace("String x", "String first").replace("= x", "= first")
LAST: Final = WDL.replace("String x", "String last").replace("= x", "= last")
IMPORTS: Final = (
    'version 1.0\nimport "lib.wdl" as lib\nworkflow w {\n  input { String x }\n'
    "  call lib.s { input: x = x }\n  output { String y = s.y }\n}\n"
)
IMPORTED: Final = WDL.replace("workflow w", "workflow s")
NULLABLE: Final = "version 1.0\nworkflow w {\n  input { Int? x }\n  output { Int? y = x }\n}\n"
DSL1: Final = "nextflow.enable.dsl = 1\n\nprocess hello {\n  script:\n  'echo hello'\n}\n"
CWL_OPERATION: Final = "cwlVersion: v1.2\nclass: Operation\ninputs: {x: string}\noutputs: []\n"
CWL_RETRY: Final = (
    "cwlVersion: v1.2\nclass: CommandLineTool\nbaseCommand: 'true'\ninputs: []\noutputs: []\n"
    "$namespaces: {arv: 'http://arvados.org/cwl#'}\n"
    "hints:\n  arv:OutOfMemoryRetry: {memoryRetryMultiplier: 1}\n"
)
DIRECTORY: Final = "version 1.0\nworkflow w {\n  input { Directory x }\n  output { Directory y = x }\n}\n"


def _runtime(attributes: str) -> bytes:
    """A WDL workflow of one task with runtime attributes."""
    task = f"task t {{\n  command <<< echo >>>\n  runtime {{\n    {attributes}\n  }}\n}}\n"
    return zipped({"main.wdl": f"version 1.0\nworkflow w {{ call t }}\n{task}"})


PROFILES: Final = _runtime('omicsResourceFallbackOrder: [{"acceleratorType": "nvidia-none", "acceleratorCount": 1}]')


def _nextflow(constant: str, version: str) -> Callable[[Session], Observation]:
    config = f"manifest {{ nextflowVersion = '!{version}' }}\n"
    return ending(
        constant, f"a pipeline that needs {version}", zipped({"main.nf": NEXTFLOW, "nextflow.config": config})
    )


def duplicate_names(session: Session) -> Observation:
    """Which of two entries with one name is used: the inputs of the two differ."""
    outcome = session.outcome(zip_of_entries([("main.wdl", FIRST), ("main.wdl", LAST)]), main="main.wdl")
    names = sorted(outcome.answer.get("parameterTemplate") or {})
    if outcome.status != "ACTIVE":
        return Observation(f"the archive {outcome.sentence}.", "ZIP_DUPLICATE_NAMES", outcome.ending)
    used = ", ".join(names) or "neither"
    return Observation(f"the archive becomes ACTIVE with the entry that is {used}.", "ZIP_DUPLICATE_NAMES", used)


def nullable_input(session: Session) -> Observation:
    """Whether `Int? x` is optional in the generated template."""
    outcome = session.outcome(zipped({"main.wdl": NULLABLE}))
    entry = (outcome.answer.get("parameterTemplate") or {}).get("x", {})
    optional = bool(entry.get("optional"))
    sentence = f"the generated template has x as {'optional' if optional else 'required'}."
    return Observation(sentence, "WDL_NULLABLE_IS_OPTIONAL", optional)


PROBES: tuple[Probe, ...] = (
    Probe(
        "nextflow-22-04",
        "Can a workflow be created that needs Nextflow 22.04?",
        RETENTION,
        _nextflow("NEXTFLOW_22_04_CREATION", "22.04.0"),
    ),
    Probe(
        "nextflow-23-10",
        "Can a workflow be created that needs Nextflow 23.10 (closed from 2026-11-30)?",
        RETENTION,
        _nextflow("NEXTFLOW_23_10_CREATION", "23.10.0"),
    ),
    Probe(
        "nextflow-default",
        "Can a workflow be created that names no version of Nextflow (23.10 by default, closed from 2026-11-30)?",
        RETENTION,
        ending("NEXTFLOW_DEFAULT_CREATION", "a pipeline without a version", zipped({"main.nf": NEXTFLOW})),
    ),
    Probe(
        "nextflow-unsatisfiable",
        "Can a workflow be created that needs a version of Nextflow that is not available?",
        ("Guide.LANGUAGE_VERSIONS",),
        _nextflow("NEXTFLOW_UNSATISFIABLE_CREATION", "20.10.0"),
    ),
    Probe(
        "nextflow-dsl1",
        "Can a workflow be created in Nextflow's first DSL?",
        RETENTION,
        ending("NEXTFLOW_DSL1_CREATION", "a pipeline in DSL1", zipped({"main.nf": DSL1})),
    ),
    Probe(
        "wdl-1-2",
        "Can a workflow be created in WDL 1.2, which the list of versions does not have?",
        ("Guide.LANGUAGE_VERSIONS",),
        ending("WDL_1_2_CREATION", "a workflow in WDL 1.2", zipped({"main.wdl": WDL.replace("1.0", "1.2")})),
    ),
    Probe(
        "cwl-1-3",
        "Can a workflow be created in CWL v1.3.0-dev1, which the list of versions does not have?",
        ("Guide.LANGUAGE_VERSIONS",),
        ending(
            "CWL_1_3_CREATION", "a tool in CWL v1.3.0-dev1", zipped({"main.cwl": CWL.replace("v1.2", "v1.3.0-dev1")})
        ),
    ),
    Probe(
        "wdl-nullable",
        "Is `Int? x` without a default optional in the generated template (the page has both)?",
        ("Guide.PARAMETER_TEMPLATES",),
        nullable_input,
    ),
    Probe(
        "wdl-fallback",
        "Is an unknown accelerator in a list of resource profiles found when the workflow is created?",
        ("Guide.ADVANCED_RESOURCES",),
        ending("FALLBACK_CHECKED_AT_CREATION", "the workflow", PROFILES),
    ),
    Probe(
        "wdl-cpu",
        "Is a literal `cpu` that no machine has found when the workflow is created?",
        ("Guide.COMPUTE", "Guide.RUN_ERRORS"),
        ending("CPU_CHECKED_AT_CREATION", "a workflow with a task of 193 vCPUs", _runtime("cpu: 193")),
    ),
    Probe(
        "wdl-disk",
        "Is a literal size above the maximum of `/tmp` found when the workflow is created, or reduced to it?",
        ("Guide.EPHEMERAL_STORAGE",),
        ending(
            "DISK_CHECKED_AT_CREATION",
            "a workflow with a task of 4,000 GiB",
            _runtime('disks: "local-disk 4000 SSD"'),
        ),
    ),
    Probe(
        "wdl-directory",
        "Is an input of type Directory refused in WDL 1.0 when the workflow is created?",
        ("Guide.WDL",),
        ending("DIRECTORY_CHECKED_AT_CREATION", "the workflow", zipped({"main.wdl": DIRECTORY})),
    ),
    Probe(
        "cwl-operation",
        "Is `class: Operation` refused when the workflow is created?",
        ("Guide.CWL",),
        ending("CWL_OPERATION_CHECKED_AT_CREATION", "the workflow", zipped({"main.cwl": CWL_OPERATION})),
    ),
    Probe(
        "cwl-multiplier",
        "Is a `memoryRetryMultiplier` of 1 refused when the workflow is created?",
        ("Guide.CWL",),
        ending("CWL_MULTIPLIER_CHECKED_AT_CREATION", "the workflow", zipped({"main.cwl": CWL_RETRY})),
    ),
    Probe("zip-duplicates", "Which of two entries of an archive with one name is used?", ARCHIVE, duplicate_names),
    Probe(
        "zip-link",
        "Is a symbolic link in an archive followed?",
        ARCHIVE,
        ending(
            "ZIP_LINK",
            "a workflow that imports through a link",
            zip_with_link({"main.wdl": IMPORTS, "real.wdl": IMPORTED}, "lib.wdl", "real.wdl"),
        ),
    ),
    Probe(
        "zip-climbs",
        "Is an archive accepted that has an entry `../x`?",
        ARCHIVE,
        ending("ZIP_CLIMBING_NAME", "the archive", zipped({"main.wdl": WDL, "../x.txt": "x"})),
    ),
    Probe(
        "zip-absolute",
        "Is an archive accepted that has an entry `/x`?",
        ARCHIVE,
        ending("ZIP_ABSOLUTE_NAME", "the archive", zipped({"main.wdl": WDL, "/x.txt": "x"})),
    ),
    Probe(
        "zip-case",
        "Is an archive accepted that has names that differ in case alone?",
        ARCHIVE,
        ending("ZIP_NAMES_DIFFER_IN_CASE", "the archive", zipped({"main.wdl": WDL, "a.txt": "1", "A.txt": "2"})),
    ),
    Probe(
        "zip-prefix",
        "Is an archive accepted that has other bytes before it?",
        ARCHIVE,
        ending("ZIP_WITH_PREFIX", "the archive", b"#!/bin/sh\n" + zipped({"main.wdl": WDL})),
    ),
)
