"""What opening and reading a source reports, and our own failures."""

from __future__ import annotations

from packager.findings.codes.registry import row
from packager.findings.diagnostic import Severity

_ERROR, _WARNING, _INFO = Severity.ERROR, Severity.WARNING, Severity.INFO
_PACKAGING = "HealthOmics user guide, workflow definition packaging (2026-10-16)"
_OWN = "packager: what cannot be read cannot be judged"

row(
    "ZIP010",
    "unreadable-file",
    _ERROR,
    "A file of the definition cannot be read.",
    why="A package without it would be incomplete.",
    hint="make the file readable, or exclude it",
    source=_OWN,
)
row(
    "ZIP011",
    "unsafe-link",
    _WARNING,
    "A symbolic link is broken, loops, leaves the source's root, or leads into Git's own folder.",
    why="Following it could put files of this machine into the package; the service's own handling of links is not documented.",
    hint="replace the link by the file, or exclude it",
    source=_PACKAGING,
)
row(
    "ZIP012",
    "unusual-archive-entry",
    _WARNING,
    "A zip has an entry that an unpacker may refuse or misread.",
    why="Absolute and `..` names, links, encrypted or duplicate entries and names that are not UTF-8 are "
    "undocumented for the service, and are not checked here. A zip with such an entry is not sent: that is an error. Leftovers of "
    "other tools (`__MACOSX`, `.git`) are a warning: a zip with them is built again without them before it is sent; "
    "so is one with files of caches and editors (info).",
    hint="build the zip again with `packager package`",
    source=_PACKAGING,
)
row(
    "ZIP013",
    "special-file",
    _WARNING,
    "A socket, FIFO or device lies in the source.",
    why="Only regular files can be packaged.",
    hint="exclude it",
    source=_OWN,
)
row(
    "ZIP014",
    "file-too-large-to-parse",
    _ERROR,
    "A definition file is too large to be one.",
    why="Parsing is bounded so that no input can exhaust memory or time.",
    hint="check that the file is a workflow definition",
    source=_OWN,
)
row(
    "ZIP015",
    "not-utf8",
    _ERROR,
    "A definition file is not UTF-8 text.",
    why="Engines read definitions as UTF-8; another encoding is rejected or misread.",
    hint="save the file as UTF-8",
    source="WDL, Nextflow and CWL specifications",
)
row(
    "ZIP016",
    "closure-outside-directory",
    _INFO,
    "Imports climb above the main file's directory.",
    why="The package is rooted at the folder that all its definitions share, so `main` is a nested path. That folder is never above "
    "the repository or, without one, the folder of `packager.toml`; without either the root is the main file's folder. Data never "
    "changes the root.",
    hint="nothing to do; pass the directory itself to choose another root",
    source=_PACKAGING,
)
row(
    "ZIP017",
    "case-collision",
    _WARNING,
    "Two packaged files differ only in the case of their names, or in how their characters are encoded.",
    why="On a file system that ignores case, or how a letter with an accent is encoded, one would replace the other; the service's is "
    "not documented.",
    hint="rename one of them",
    source=_PACKAGING,
)
row(
    "INT001",
    "rule-failed",
    _ERROR,
    "A rule of this tool crashed.",
    why="What the rule would have said is not known; the other rules ran.",
    hint="please report it, with the file if you can share it",
    source=_OWN,
)
row(
    "ZIP018",
    "package-description-absent",
    _INFO,
    "A zip was given without the description that `packager package` writes beside it.",
    why="The description carries the engine, the main file and the parameter template that were checked; without it they are "
    "worked out anew from the zip.",
    hint="keep `FILE.zip.json` beside `FILE.zip`",
    source="packager: the description beside a package",
)
