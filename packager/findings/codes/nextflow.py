"""What the Nextflow adapter reports."""

from __future__ import annotations

from packager.findings.codes.registry import row
from packager.findings.diagnostic import Severity

_ERROR, _WARNING, _INFO = Severity.ERROR, Severity.WARNING, Severity.INFO
_LANGUAGE = "Nextflow reference: syntax"
_STRICT = "HealthOmics user guide, Nextflow workflow definition page: from 26.04 on the strict parser reads unless a run asks for `v1`"
_MODULES = (
    "HealthOmics user guide, Nextflow version release notes: modules are never fetched; packaging page (2026-10-16)"
)
_TEMPLATE = "HealthOmics user guide, parameter templates page"

row(
    "NXF001",
    "nextflow-syntax-error",
    _ERROR,
    "A script or config has a syntax error in every version of the language.",
    why="Nextflow stops when it reads the file, before the first task.",
    hint="correct the line; the error may begin above it, with a bracket or a quote that is not closed",
    source=_LANGUAGE,
    engines=("NEXTFLOW",),
)
row(
    "NXF002",
    "nextflow-strict-syntax",
    _ERROR,
    "The code is not part of the strict syntax, which the chosen engine version reads with.",
    why="The engine version that the service takes for this pipeline parses strictly, and the run fails when it reads the file.",
    hint="rewrite the code as the strict syntax page says, or let `manifest.nextflowVersion` choose an older version",
    source=_STRICT,
    engines=("NEXTFLOW",),
)
row(
    "NXF003",
    "nextflow-undefined-name",
    _ERROR,
    "A name is used that nothing defines, or defined twice.",
    why="The strict parser resolves all names before anything runs, and the run fails.",
    hint="declare the variable with `def`, or include the process, workflow or function",
    source=_STRICT,
    engines=("NEXTFLOW",),
)
row(
    "NXF004",
    "nextflow-missing-include",
    _ERROR,
    "An include names a script that is not there.",
    why="The run stops when the script is read.",
    hint="add the file, or correct the path, which is relative to the script that includes",
    source=_MODULES,
    engines=("NEXTFLOW",),
)
row(
    "NXF005",
    "nextflow-remote-include",
    _ERROR,
    "An include names a module on the network.",
    why="HealthOmics fetches no modules; only files in the archive can be included.",
    hint="put the module into the archive, and include it by a path that begins with `./` or `../`",
    source=_MODULES,
    engines=("NEXTFLOW",),
)
row(
    "NXF006",
    "nextflow-include-outside",
    _ERROR,
    "An include names a file outside of the definition.",
    why="Only what is in the archive can be read.",
    hint="give the folder that holds all files, and the main script with `--main`; or move the file below the main script's folder",
    source=_MODULES,
    engines=("NEXTFLOW",),
)
row(
    "NXF007",
    "nextflow-unknown-include",
    _ERROR,
    "An include asks a script for a name that it does not define.",
    why="The run stops when the script is read.",
    hint="correct the name; processes, workflows and functions of the script itself can be included",
    source="Nextflow reference: include",
    engines=("NEXTFLOW",),
)
row(
    "NXF008",
    "nextflow-unreadable-file",
    _ERROR,
    "A script or config of the pipeline cannot be read.",
    why="What cannot be read here cannot be read by the service either, or is not what it seems.",
    hint="save the file as UTF-8 text below 2 MiB",
    source="packager: what cannot be read cannot be judged",
    engines=("NEXTFLOW",),
)
row(
    "NXF009",
    "nextflow-missing-config",
    _ERROR,
    "An `includeConfig` names a file that is not there.",
    why="The run stops when the config is read; inside of a profile, when that profile is used.",
    hint="add the file, or correct the path, which is relative to the config that includes",
    source="HealthOmics user guide, packaging page (2026-10-16): every file that the definition imports must be in the archive",
    engines=("NEXTFLOW",),
)
row(
    "NXF019",
    "nextflow-not-strict",
    _INFO,
    "The pipeline would not pass the strict syntax of Nextflow 26.04.",
    why="The version that will run does not mind; the service's advisory lint reports it, and a move to 26.04 needs it done.",
    hint="nothing needs to be done now; `manifest.nextflowVersion = '!>=26.04.0'` makes this tool list every place",
    source=_STRICT,
    engines=("NEXTFLOW",),
)
row(
    "NXF020",
    "nextflow-template-gap",
    _INFO,
    "The service would not find some parameters by itself.",
    why="It reads the schema beside the main script, or else that script and its config alone; a run cannot set what it does not find.",
    hint="nothing needs to be done with this tool: the template that it sends has them",
    source=_TEMPLATE,
    engines=("NEXTFLOW",),
)
row(
    "NXF021",
    "nextflow-unknown-profile",
    _ERROR,
    "A profile was asked for that the config does not define.",
    why="A run with it is refused.",
    hint="give the name of a profile of the config",
    source="HealthOmics user guide, Nextflow workflow definition page: profiles",
    engines=("NEXTFLOW",),
)
row(
    "NXF047",
    "nextflow-unknown-selector",
    _INFO,
    "A selector of the config has a pattern that this tool does not evaluate.",
    why="Images and resources that the selector sets are not checked: it is unknown which processes get them.",
    hint="list the process names (`'A|B'`), or write the pattern without look-around, backreferences and nested optional repeats",
    source="Nextflow reference: configuration, process selectors",
    engines=("NEXTFLOW",),
)
