"""A directory, one file's surroundings, or a zip as one read-only tree of regular files.

Paths inside a tree are POSIX and relative to its root. Ignore rules decide what a walk lists; a file that the definition itself
names can be read even if a `.gitignore` hides it. Nothing is ever extracted, and nothing outside the root is ever read.
An `Overlay` has unsaved texts, which are read instead of the files on disk.
"""

from packager.source.directory import DirectoryTree
from packager.source.ignore_files import IGNORE_FILES, never_counts
from packager.source.opening import is_zip, open_directory
from packager.source.overlay import NO_OVERLAY, Overlay, RecordingOverlay
from packager.source.problems import Problems, unreadable_file
from packager.source.texts import TextTree
from packager.source.tree import (
    MAX_DEFINITION_BYTES,
    MAX_FILE_BYTES,
    NotTextError,
    OversizedError,
    SourceTree,
    TreeFile,
    UnreadableError,
    normalise,
)
from packager.source.zipped import Refused, ZipTree

__all__ = [
    "IGNORE_FILES",
    "MAX_DEFINITION_BYTES",
    "MAX_FILE_BYTES",
    "NO_OVERLAY",
    "DirectoryTree",
    "NotTextError",
    "Overlay",
    "OversizedError",
    "Problems",
    "RecordingOverlay",
    "Refused",
    "SourceTree",
    "TextTree",
    "TreeFile",
    "UnreadableError",
    "ZipTree",
    "is_zip",
    "never_counts",
    "normalise",
    "open_directory",
    "unreadable_file",
]
