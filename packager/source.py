"""A directory, one file's surroundings, or a zip as one read-only tree of regular files.

Paths inside a tree are POSIX and relative to its root. Ignore rules decide what a walk lists; a file that
the definition itself names can be read even if a `.gitignore` hides it. Nothing is ever extracted,
and nothing outside the root is ever read.
"""

from __future__ import annotations

import hashlib
import os
import posixpath
import stat
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING

from packager.codes import finding
from packager.diagnostics import Diagnostic, PackagerError

if TYPE_CHECKING:
    import pathspec

# Never part of a workflow: version control, caches, tools' folders, run-time leftovers.
NEVER_DIRECTORIES = frozenset(
    {
        ".git", ".hg", ".svn", ".bzr", "CVS", ".nextflow", "work", ".venv", "venv", "node_modules", "__MACOSX",
        "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".tox", ".nox", ".idea", ".vscode",
        ".ipynb_checkpoints", ".nf-test", ".snakemake", ".cache",
    }
)  # fmt: skip
NEVER_FILES = frozenset({".DS_Store", "Thumbs.db", "desktop.ini", ".git"})
_NEVER_PREFIXES = (".nextflow", "._", ".#", "#")
_NEVER_SUFFIXES = (".swp", ".swo", "~", ".pyc")

# Our own bounds, so that no input can exhaust memory or time.
MAX_TREE_FILES = 200_000
MAX_DEFINITION_BYTES = 32 * 1024 * 1024
MAX_ZIP_UNCOMPRESSED_BYTES = 2 * 1024**3
_CHUNK = 1024 * 1024
# What reading a file or a zip entry may raise: a zip's damage, encryption and unknown methods have classes of their own.
_READING = (OSError, KeyError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError)
_KEEP_BYTES = 2 * 1024 * 1024  # files up to this size stay in memory once read


@dataclass(frozen=True, slots=True, order=True)
class TreeFile:
    """A regular file of a tree; `size` in bytes."""

    path: str
    size: int
    executable: bool


class UnreadableError(Exception):
    """A file of the tree could not be read; the message says why."""


def never_counts(path: str) -> bool:
    """Whether a relative path lies in a folder, or is a file, that is never part of a workflow."""
    *folders, name = path.split("/")
    return (
        any(folder in NEVER_DIRECTORIES or folder.startswith(".nextflow") for folder in folders)
        or name in NEVER_FILES
        or name.startswith(_NEVER_PREFIXES)
        or name.endswith(_NEVER_SUFFIXES)
    )


def normalise(path: str) -> str | None:
    """A relative POSIX path without `.` and `..`, or None when it leaves the root or is absolute."""
    if path.startswith("/") or "\0" in path:
        return None
    normal = posixpath.normpath(path)
    return None if normal == ".." or normal.startswith("../") else normal


class SourceTree(ABC):
    """The one read-only view of a source. `kind` is `directory`, `file` or `zip`; `name` is as the user gave it."""

    kind: str
    name: str

    def __init__(self) -> None:
        self._contents: dict[str, bytes] = {}
        self._hashes: dict[str, str] = {}

    @cached_property
    def _walked(self) -> tuple[dict[str, TreeFile], tuple[Diagnostic, ...]]:
        files, problems = self._walk()
        return {file.path: file for file in sorted(files)}, tuple(sorted(set(problems)))

    @property
    def files(self) -> dict[str, TreeFile]:
        """Every file that counts, by path, sorted."""
        return self._walked[0]

    @property
    def problems(self) -> tuple[Diagnostic, ...]:
        """What the walk met that cannot be part of a package."""
        return self._walked[1]

    @abstractmethod
    def _walk(self) -> tuple[list[TreeFile], list[Diagnostic]]: ...

    @abstractmethod
    def lookup(self, path: str) -> TreeFile | None:
        """The regular file at a path, listed by a walk or not; None when there is none inside the root."""

    @abstractmethod
    def _open(self, path: str) -> IO[bytes]: ...

    def real_path(self, path: str) -> Path | None:
        """The file's place on disk, or None for a file inside a zip."""
        return None

    def read(self, path: str, limit: int = MAX_DEFINITION_BYTES) -> bytes:
        """The bytes of a file, read and hashed once.

        Raises:
            UnreadableError: missing, unreadable, damaged, or longer than `limit` bytes.
        """
        if path in self._contents:
            return self._contents[path]
        try:
            with self._open(path) as file:
                content = file.read(limit + 1)
        except _READING as error:
            raise UnreadableError(_reason(error)) from error
        if len(content) > limit:
            raise UnreadableError(f"longer than {limit // 1024**2} MiB")
        self._hashes[path] = hashlib.sha256(content).hexdigest()
        if len(content) <= _KEEP_BYTES:
            self._contents[path] = content
        return content

    def text(self, path: str) -> str:
        """A file as UTF-8 text, without a byte order mark; line ends are kept.

        Raises:
            UnreadableError: as `read`, or the bytes are not UTF-8.
        """
        try:
            return self.read(path).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise UnreadableError(f"not UTF-8 at byte {error.start}") from error

    def chunks(self, path: str) -> Iterator[bytes]:
        """A file's bytes piece by piece, for files of any size.

        Raises:
            UnreadableError: missing, unreadable or damaged.
        """
        if path in self._contents:
            yield self._contents[path]
            return
        try:
            with self._open(path) as file:
                while chunk := file.read(_CHUNK):
                    yield chunk
        except _READING as error:
            raise UnreadableError(_reason(error)) from error

    def sha256(self, path: str) -> str:
        """The SHA-256 of a file in hex.

        Raises:
            UnreadableError: as `chunks`.
        """
        if path not in self._hashes:
            digest = hashlib.sha256()
            for chunk in self.chunks(path):
                digest.update(chunk)
            self._hashes[path] = digest.hexdigest()
        return self._hashes[path]


def _reason(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    if isinstance(error, KeyError):
        return "no such file"
    return str(error) or type(error).__name__


class DirectoryTree(SourceTree):
    """A directory on disk; with `focus`, the surroundings of one main file (`kind` is then `file`)."""

    def __init__(self, root: Path, name: str, *, focus: str | None = None) -> None:
        super().__init__()
        self.root = root
        self.name = name
        self.focus = focus
        self.kind = "directory" if focus is None else "file"
        self._real_root = Path(os.path.realpath(root))
        self._looked_up: dict[str, TreeFile | None] = {}

    def real_path(self, path: str) -> Path | None:
        """The file's place on disk."""
        return self.root / path

    def _open(self, path: str) -> IO[bytes]:
        if self.lookup(path) is None:
            raise FileNotFoundError(2, "no such file inside the source")
        return (self.root / path).open("rb")

    def lookup(self, path: str) -> TreeFile | None:
        """See `SourceTree.lookup`; links are followed only while they stay inside the root."""
        if path not in self._looked_up:
            self._looked_up[path] = self._look_up(path)
        return self._looked_up[path]

    def _look_up(self, path: str) -> TreeFile | None:
        normal = normalise(path)
        if normal is None:
            return None
        full = self.root / normal
        try:
            status = full.stat()
            inside = full.resolve().is_relative_to(self._real_root)
        except (OSError, RuntimeError, ValueError):
            return None
        if not stat.S_ISREG(status.st_mode) or not inside:
            return None
        return TreeFile(normal, status.st_size, bool(status.st_mode & stat.S_IXUSR))

    def _walk(self) -> tuple[list[TreeFile], list[Diagnostic]]:
        walk = _Walk(pending=[("", self._inherited_rules(), frozenset({self._identity(self.root)}))])
        while walk.pending:
            folder, rules, ancestors = walk.pending.pop()
            try:
                entries = sorted(os.scandir(self.root / folder), key=lambda entry: entry.name)
            except OSError as error:
                message = f"cannot list the folder: {_reason(error)}"
                walk.problems.append(finding("ZIP010", message, path=folder or "."))
                continue
            rules = rules.below(self.root / folder, folder, {entry.name for entry in entries})
            for entry in entries:
                path = f"{folder}/{entry.name}" if folder else entry.name
                if _undecodable(path):
                    walk.problems.append(finding("ZIP012", "the file's name is not UTF-8", path=_escaped(path)))
                    continue
                self._visit(walk, entry, path, rules, ancestors)
            if len(walk.files) > MAX_TREE_FILES:
                raise PackagerError(
                    f"`{self.name}` holds more than {MAX_TREE_FILES:,} files",
                    "name the workflow's own directory or its main file, or list the rest in `.packagerignore`",
                )
        return walk.files, walk.problems

    def _visit(
        self, walk: _Walk, entry: os.DirEntry[str], path: str, rules: _Rules, ancestors: frozenset[tuple[int, int]]
    ) -> None:
        try:
            status = entry.stat()
        except (OSError, ValueError) as error:
            if not never_counts(path) and not rules.ignore(path, directory=False):
                link = entry.is_symlink()
                message = "the link is broken or loops" if link else _reason(error)
                walk.problems.append(finding("ZIP011" if link else "ZIP010", message, path=path))
            return
        directory = stat.S_ISDIR(status.st_mode)
        if never_counts(f"{path}/x" if directory else path) or rules.ignore(path, directory=directory):
            return
        if entry.is_symlink() and not Path(os.path.realpath(entry.path)).is_relative_to(self._real_root):
            walk.problems.append(finding("ZIP011", "the link leaves the source's root", path=path))
        elif directory:
            identity = (status.st_dev, status.st_ino)
            if identity in ancestors:
                walk.problems.append(finding("ZIP011", "the link loops", path=path))
            else:
                walk.pending.append((path, rules, ancestors | {identity}))
        elif stat.S_ISREG(status.st_mode):
            walk.files.append(TreeFile(path, status.st_size, bool(status.st_mode & stat.S_IXUSR)))
        else:
            walk.problems.append(finding("ZIP013", "not a regular file", path=path))

    @staticmethod
    def _identity(path: Path) -> tuple[int, int]:
        status = path.stat()
        return status.st_dev, status.st_ino

    def _inherited_rules(self) -> _Rules:
        """The `.gitignore` files between the repository's root and ours."""
        rules = _Rules(())
        chain: list[Path] = []
        for parent in (self._real_root, *self._real_root.parents):
            if (parent / ".git").exists():
                for folder in reversed(chain):
                    prefix = os.path.relpath(self._real_root, folder).replace(os.sep, "/")
                    rules = rules.above(folder, prefix)
                break
            if parent != self._real_root:
                chain.append(parent)
        else:
            return rules
        if parent != self._real_root:
            rules = (
                _Rules(()).above(parent, os.path.relpath(self._real_root, parent).replace(os.sep, "/")).joined(rules)
            )
        return rules


@dataclass(slots=True)
class _Walk:
    """What a walk has found, and the folders it has still to list: path, rules, and the folders above (for loops)."""

    pending: list[tuple[str, _Rules, frozenset[tuple[int, int]]]]
    files: list[TreeFile] = field(default_factory=list)
    problems: list[Diagnostic] = field(default_factory=list)


def _undecodable(path: str) -> bool:
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def _escaped(path: str) -> str:
    return path.encode("utf-8", "backslashreplace").decode("utf-8")


@dataclass(frozen=True, slots=True)
class _Rules:
    """Ignore files that apply at a folder: each with its spec and how to name a tree path in its terms."""

    specs: tuple[tuple[pathspec.GitIgnoreSpec, str, str], ...]  # spec, prefix to remove, prefix to add

    def below(self, folder: Path, path: str, names: set[str]) -> _Rules:
        """These rules and those of a folder's own ignore files; the folder's names are known already."""
        found = self.specs
        for name in (".gitignore", ".packagerignore"):
            if name in names and (spec := _spec(folder / name)):
                found = (*found, (spec, f"{path}/" if path else "", ""))
        return _Rules(found)

    def above(self, folder: Path, prefix: str) -> _Rules:
        """These rules and those of a `.gitignore` above the root."""
        spec = _spec(folder / ".gitignore")
        return _Rules((*self.specs, (spec, "", f"{prefix}/"))) if spec else self

    def joined(self, other: _Rules) -> _Rules:
        """Both, the other's rules being nearer."""
        return _Rules((*self.specs, *other.specs))

    def ignore(self, path: str, *, directory: bool) -> bool:
        """Whether the nearest rule that speaks of the path ignores it."""
        name = f"{path}/" if directory else path
        for spec, remove, add in reversed(self.specs):
            result = spec.check_file(add + name.removeprefix(remove))
            if result.include is not None:
                return bool(result.include)
        return False


def _spec(path: Path) -> pathspec.GitIgnoreSpec | None:
    try:
        lines = path.read_bytes()[:_CHUNK].decode("utf-8", "replace").splitlines()
    except OSError:
        return None
    import pathspec  # noqa: PLC0415 - only where an ignore file exists

    kept = []
    for line in lines:
        try:
            pathspec.GitIgnoreSpec.from_lines([line])
        except ValueError:
            continue  # git too passes over a pattern that it cannot read
        kept.append(line)
    return pathspec.GitIgnoreSpec.from_lines(kept)


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
            raise PackagerError(f"`{name}` is not a readable zip: {_reason(error)}") from error
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
        if problem:
            self._entry_problems.append(finding("ZIP012", problem, path=_printable(path)))
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


def _printable(path: str) -> str:
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in path)


def open_directory(path: Path, name: str) -> DirectoryTree:
    """A directory as a tree.

    Raises:
        PackagerError: it cannot be listed.
    """
    try:
        os.scandir(path).close()
    except OSError as error:
        raise PackagerError(f"cannot read the directory `{name}`: {_reason(error)}") from error
    return DirectoryTree(path, name)


def is_zip(path: Path) -> bool:
    """Whether a file is a zip, by its name or by its first bytes."""
    if path.suffix.lower() == ".zip":
        return True
    try:
        with path.open("rb") as file:
            return file.read(4) == b"PK\x03\x04"
    except OSError:
        return False
