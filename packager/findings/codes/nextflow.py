"""What the Nextflow adapter reports."""

from __future__ import annotations

from packager.findings.codes.registry import row
from packager.findings.diagnostic import Severity
from packager.findings.sources import Guide, Own, Standard, cite

_ERROR, _WARNING, _INFO = Severity.ERROR, Severity.WARNING, Severity.INFO

row(
    "NXF001",
    "nextflow-syntax-error",
    _ERROR,
    "A script or config has a syntax error in every version of the language.",
    why="The run fails when Nextflow reads the file, before the first task.",
    hint="correct the line; the error may start above it, with an unclosed bracket or quote",
    source=cite(Standard.NEXTFLOW, "syntax"),
    engines=("NEXTFLOW",),
)
row(
    "NXF002",
    "nextflow-strict-syntax",
    _ERROR,
    "The code is not valid in the strict syntax, which the chosen engine version requires.",
    why="The engine version that the service chooses for this pipeline uses the strict parser, and the run fails when it reads the file.",
    hint="rewrite the code in the strict syntax, or select an older version with `manifest.nextflowVersion`",
    source=cite(Guide.NEXTFLOW, "strict"),
    engines=("NEXTFLOW",),
)
row(
    "NXF003",
    "nextflow-undefined-name",
    _ERROR,
    "A name is not defined, or is defined twice.",
    why="The strict parser resolves all names before the first task, and the run fails.",
    hint="declare the variable with `def`, or include the process, workflow or function",
    source=cite(Guide.NEXTFLOW, "strict"),
    engines=("NEXTFLOW",),
)
row(
    "NXF004",
    "nextflow-missing-include",
    _ERROR,
    "An included script does not exist.",
    why="The run fails when Nextflow reads the script.",
    hint="add the file, or correct the path; it is relative to the including script",
    source=cite(Guide.NEXTFLOW_RELEASES, "modules", Guide.PACKAGING, "imports"),
    engines=("NEXTFLOW",),
)
row(
    "NXF005",
    "nextflow-remote-include",
    _ERROR,
    "An included module is remote.",
    why="HealthOmics does not fetch modules; only files in the archive can be included.",
    hint="add the module to the repository, and include it by a path that starts with `./` or `../`",
    source=cite(Guide.NEXTFLOW_RELEASES, "modules", Guide.PACKAGING, "imports"),
    engines=("NEXTFLOW",),
)
row(
    "NXF006",
    "nextflow-include-outside",
    _ERROR,
    "An included script or config is outside the source folder.",
    why="Only files in the archive can be read.",
    hint="pass the folder that contains all files, and the main script with `--main`; or move the file below the main script's folder",
    source=cite(Guide.NEXTFLOW_RELEASES, "modules", Guide.PACKAGING, "imports"),
    engines=("NEXTFLOW",),
)
row(
    "NXF007",
    "nextflow-unknown-include",
    _ERROR,
    "An included name is not defined in the script.",
    why="The run fails when Nextflow reads the script.",
    hint="correct the name; a script exports its own processes, workflows and functions",
    source=cite(Standard.NEXTFLOW, "include"),
    engines=("NEXTFLOW",),
)
row(
    "NXF063",
    "nextflow-call-arity",
    _ERROR,
    "A process or workflow is called with too few or too many channels.",
    why="Nextflow stops the run at the call, when tasks before it may have run. It is a warning where a condition decides on the call.",
    hint="pass one channel or value for each input; all outputs of a process (`NAME.out`) count one by one",
    source=cite(Standard.NEXTFLOW, "call"),
    engines=("NEXTFLOW",),
)
row(
    "NXF008",
    "nextflow-unreadable-file",
    _ERROR,
    "A script or config of the pipeline cannot be read.",
    why="The service cannot read it either, or reads something different from what was checked.",
    hint="save the file as UTF-8 text smaller than 2 MiB",
    source=cite(Own.PACKAGER, "unreadable"),
    engines=("NEXTFLOW",),
)
row(
    "NXF009",
    "nextflow-missing-config",
    _ERROR,
    "An included config does not exist.",
    why="The run fails when Nextflow reads the config; inside a profile, when the profile is used.",
    hint="add the file, or correct the path; it is relative to the including config",
    source=cite(Guide.PACKAGING, "imports"),
    engines=("NEXTFLOW",),
)
row(
    "NXF019",
    "nextflow-not-strict",
    _INFO,
    "The pipeline is not valid in the strict syntax of Nextflow 26.04.",
    why="The version that runs it accepts it. The service's advisory lint reports it, and 26.04 requires the change.",
    hint="before you use 26.04, set `manifest.nextflowVersion = '!>=26.04.0'` to list every place",
    source=cite(Guide.NEXTFLOW, "strict"),
    engines=("NEXTFLOW",),
)
row(
    "NXF020",
    "nextflow-template-gap",
    _INFO,
    "The service would not detect some parameters.",
    why="It reads the schema next to the main script, or else only that script and its config. A run cannot set other parameters.",
    hint="no change is needed: the parameter template that packager sends has every parameter",
    source=cite(Guide.PARAMETER_TEMPLATES, "Nextflow"),
    engines=("NEXTFLOW",),
)
row(
    "NXF021",
    "nextflow-unknown-profile",
    _ERROR,
    "A requested profile is not defined in the config.",
    why="The service rejects a run with it.",
    hint="use a profile of the config",
    source=cite(Guide.NEXTFLOW, "profiles"),
    engines=("NEXTFLOW",),
)
row(
    "NXF047",
    "nextflow-unknown-selector",
    _INFO,
    "A selector of the config has a pattern that packager does not evaluate.",
    why="Images and resources that the selector sets are not checked, because it is unknown which processes it matches.",
    hint="list the process names (`'A|B'`), or write the pattern without look-around, backreferences and nested optional repeats",
    source=cite(Standard.NEXTFLOW, "selectors"),
    engines=("NEXTFLOW",),
)
row(
    "NXF060",
    "nextflow-computed-include",
    _WARNING,
    "Only a run knows which script or config an include names.",
    why="packager cannot read the file. What it defines is not checked, and the package contains every file of the pipeline as a guess.",
    hint="include a plain path, or a path with parameters that have defaults; `packager package --list` shows the files of the package",
    source=cite(Guide.PACKAGING, "imports"),
    engines=("NEXTFLOW",),
)
row(
    "NXF061",
    "nextflow-unused-config",
    _WARNING,
    "The config that names the main script is in a higher folder, where the service does not read it.",
    why="The service reads the `nextflow.config` next to the main script. What another config sets has no effect.",
    hint="add a `main.nf` next to the config, or move the config to the folder of the main script",
    source=cite(Guide.NEXTFLOW, "config"),
    engines=("NEXTFLOW",),
)
row(
    "NXF050",
    "nextflow-needs-strict-syntax",
    _ERROR,
    "The parser of the chosen engine version does not read the code; the strict parser of 26.04 does.",
    why="Versions before 26.04 read scripts with the older parser (v1), and the run fails when it reads the file. A warning if a run can "
    "request 26.04 within the range of the pipeline.",
    hint="set `manifest.nextflowVersion = '!>=26.04.0'`, or write it as the older syntax requires",
    source=cite(Guide.NEXTFLOW, "strict"),
    engines=("NEXTFLOW",),
)
