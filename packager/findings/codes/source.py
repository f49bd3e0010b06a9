"""What opening and reading a source reports."""

from __future__ import annotations

from packager.findings.codes.registry import row
from packager.findings.diagnostic import Severity
from packager.findings.sources import Guide, Own, Standard, cite

_ERROR, _WARNING, _INFO = Severity.ERROR, Severity.WARNING, Severity.INFO

row(
    "ZIP010",
    "unreadable-file",
    _ERROR,
    "A file of the definition cannot be read.",
    why="A package without it would be incomplete.",
    hint="make the file readable, or exclude it",
    source=cite(Own.PACKAGER, "unreadable"),
)
row(
    "ZIP011",
    "unsafe-link",
    _WARNING,
    "A symbolic link is broken, loops, leads outside the source folder, or leads into `.git`.",
    why="Following it could add files of this machine to the package; how the service handles links is not documented.",
    hint="replace the link with the file, or exclude it",
    source=cite(Guide.PACKAGING, "names"),
)
row(
    "ZIP012",
    "unusual-archive-entry",
    _WARNING,
    "A zip has an entry that an unpacker may reject or misread.",
    why="How the service handles absolute and `..` names, links, encrypted or duplicate entries and names that are not UTF-8 is not "
    "documented, and packager does not check their content. A zip with such an entry is not sent (error). A zip with leftovers of "
    "other tools (`__MACOSX`, `.git`: warning) or files of caches and editors (info) is rebuilt without them before it is sent.",
    hint="rebuild the zip with `packager package PATH -o FILE.zip`",
    source=cite(Guide.PACKAGING, "names"),
)
row(
    "ZIP013",
    "special-file",
    _WARNING,
    "The source contains a socket, FIFO or device.",
    why="Only regular files can be packaged.",
    hint="exclude it",
    source=cite(Own.PACKAGER, "unreadable"),
)
row(
    "ZIP014",
    "file-too-large-to-parse",
    _ERROR,
    "A file is too large for a workflow definition.",
    why="The size is limited, so that no file can exhaust memory or time.",
    hint="check that the file is a workflow definition",
    source=cite(Own.PACKAGER, "unreadable"),
)
row(
    "ZIP015",
    "not-utf8",
    _ERROR,
    "A definition file is not UTF-8 text.",
    why="Engines read definitions as UTF-8; another encoding is rejected or misread.",
    hint="save the file as UTF-8",
    source=cite(Standard.WDL, Standard.NEXTFLOW, Standard.CWL),
)
row(
    "ZIP016",
    "closure-outside-directory",
    _INFO,
    "Imports lead above the folder that you pass.",
    why="The package then has files from outside of that folder. Its root is the folder that contains all its definitions, so `main` is a "
    "nested path. That folder is never above the repository or, without one, the folder of `packager.toml`; without either the root is "
    "the main file's folder. Data files never change the root. A main file that you pass has no such note.",
    hint="no change is needed; `packager package PATH --list` prints the files",
    source=cite(Guide.PACKAGING, "imports"),
)
row(
    "ZIP017",
    "case-collision",
    _WARNING,
    "Two packaged files differ only in the case of their names, or in their Unicode normalization.",
    why="On a file system that ignores case or Unicode normalization, one file replaces the other. The service's file "
    "system is not documented.",
    hint="rename one of them",
    source=cite(Guide.PACKAGING, "names"),
)
row(
    "ZIP018",
    "package-description-absent",
    _INFO,
    "The zip has no description, which `packager package` writes next to it.",
    why="The description contains the engine, main file and parameter template that were checked; without it they are "
    "detected again from the zip.",
    hint="keep `FILE.zip.json` next to `FILE.zip`",
    source=cite(Own.PACKAGER, "description"),
)
row(
    "ZIP022",
    "vendored-file-changed",
    _WARNING,
    "A copy of a remote document differs from `packager.lock`, or the lock cannot be read.",
    why="The package has other content than the document that was reviewed when it was copied, or the copy was edited by hand.",
    hint="restore the file from version control, or fetch it again with `packager vendor PATH --update URL`",
    source=cite(Own.PACKAGER, "lock"),
)
