"""A zip archive as a tree, read in place and never extracted."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path
from typing import IO

from packager.codes import finding
from packager.diagnostics import Diagnostic, PackagerError, Severity
from packager.source.ignoring import never_counts
from packager.source.tree import MAX_TREE_FILES, SourceTree, TreeFile, normalise, reason_of

MAX_ZIP_UNCOMPRESSED_BYTES = 2 * 1024**3
_LOOK_BYTES = 512


class ZipTree(SourceTree):
    """A zip archive, read in place."""

    kind = "zip"

    def __init__(self, path: Path, name: str) -> None:
        super().__init__()
        self.path = path
        self.name = name
        try:
            self._zip = zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError, EOFError) as error:
            raise PackagerError(f"`{name}` is not a readable zip: {reason_of(error)}", _hint(path)) from error
        self._entries: dict[str, zipfile.ZipInfo] = {}
        self._entry_problems: list[Diagnostic] = []
        total = 0
        for info in self._zip.infolist():
            if info.is_dir():
                continue
            self._admit(info)
            total += info.file_size
        if total > MAX_ZIP_UNCOMPRESSED_BYTES:
            raise PackagerError(f"`{name}` unpacks to {total / 1024**3:.1f} GiB, more than is read")
        if len(self._entries) > MAX_TREE_FILES:
            raise PackagerError(f"`{name}` holds more than {MAX_TREE_FILES:,} files")

    def _admit(self, info: zipfile.ZipInfo) -> None:
        path = info.filename
        problem = None
        severity = Severity.ERROR  # a zip is sent as it is, with this entry
        kind = (info.external_attr >> 16) & 0o170000
        if path.startswith("/") or "\\" in path or (len(path) > 1 and path[1] == ":"):
            problem = "the entry's path is absolute or not POSIX"
        elif ".." in path.split("/"):
            problem = "the entry's path has `..`"
        elif kind not in (0, stat.S_IFREG):
            problem = "the entry is a link or another special file"
        elif info.flag_bits & 0x1:
            problem = "the entry is encrypted"
        elif "\ufffd" in path or not path.isprintable() or (not info.flag_bits & 0x800 and not path.isascii()):
            problem = "the entry's name is not UTF-8 or holds control characters"
        elif path in self._entries:
            problem = "the entry occurs more than once; the first is used"
        elif path.split("/")[0] == "__MACOSX" or ".git" in path.split("/"):
            problem = "the entry is a leftover of another tool"
            severity = Severity.WARNING
        if problem:
            self._entry_problems.append(finding("ZIP012", problem, path=_printable(path), severity=severity))
        else:
            normal = normalise(path)
            if normal is not None and normal not in self._entries:
                self._entries[normal] = info

    def _walk(self) -> tuple[list[TreeFile], list[Diagnostic]]:
        files = [file for path in self._entries if not never_counts(path) and (file := self.lookup(path))]
        return files, self._entry_problems

    def lookup(self, path: str) -> TreeFile | None:
        """See `SourceTree.lookup`."""
        normal = normalise(path)
        info = self._entries.get(normal) if normal is not None else None
        if normal is None or info is None:
            return None
        return TreeFile(normal, info.file_size, bool((info.external_attr >> 16) & stat.S_IXUSR))

    def _open(self, path: str) -> IO[bytes]:
        return self._zip.open(self._entries[normalise(path) or path])


def _hint(path: Path) -> str:
    """What somebody may have meant by a file that is no zip."""
    try:
        with path.open("rb") as file:
            text = file.read(_LOOK_BYTES).decode("utf-8", errors="strict")
    except (OSError, UnicodeDecodeError):
        return ""
    if not text.strip() or any(not (char.isprintable() or char.isspace()) for char in text):
        return ""
    return "it is a text: give a main file its own extension (`.wdl`, `.nf`, `.cwl`), or make the zip with `packager package`"


def _printable(path: str) -> str:
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in path)


def is_zip(path: Path) -> bool:
    """Whether a file is a zip, by its name or by its first bytes."""
    if path.suffix.lower() == ".zip":
        return True
    try:
        with path.open("rb") as file:
            return file.read(4) == b"PK\x03\x04"
    except OSError:
        return False
