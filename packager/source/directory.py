"""A directory on disk as a tree; nothing outside its root is ever read."""

from __future__ import annotations

import contextlib
import functools
import io
import os
import posixpath
import stat
import unicodedata
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from packager.confinement import may_use
from packager.errors import PackagerError
from packager.files import (
    NotRegularError,
    exists,
    ignores_case,
    is_executable,
    open_regular,
    relative_path,
    size_text,
)
from packager.findings.diagnostic import Diagnostic, Severity
from packager.source.boundaries import is_gits_own
from packager.source.ignore_files import IGNORE_FILES, MAX_IGNORE_BYTES, IgnoreRules, never_counts
from packager.source.overlay import NO_OVERLAY, Overlay
from packager.source.problems import Problems
from packager.source.tree import (
    MAX_TREE_FILES,
    Reader,
    SourceTree,
    TreeFile,
    UnreadableError,
    normalise,
    reason_of,
)

# Folders that link to each other can be reached by an endless number of paths. Real trees have links to folders, and
# sometimes a link in such a folder; beyond that only this many folders are listed again.
_MAX_DETOURS = 1000
_SEPARATE_PROBLEMS = 100
_DEEP = 100
# Comparisons of patterns with names: about ten seconds; reading a pattern takes as long as `_LOADING_EFFORT` comparisons.
_MAX_EFFORT = 50_000_000
_LOADING_EFFORT = 250


class DirectoryTree(SourceTree):
    """A directory on disk; with `focus`, the surroundings of one main file (`kind` is then `file`).

    With `within`, a folder below the root, nothing outside of that folder is part of the source: the folders between the
    two only lengthen the paths. Files with unsaved content in the `overlay` are read from there.
    """

    def __init__(
        self,
        root: Path,
        name: str,
        *,
        focus: str | None = None,
        within: Path | None = None,
        overlay: Overlay = NO_OVERLAY,
    ) -> None:
        super().__init__()
        self.root = root
        self.name = name
        self.focus = focus
        self.kind = "directory" if focus is None else "file"
        self.within = within
        self.overlay = overlay
        self.listed_folders: tuple[str, ...] = ()  # once the files were listed
        self._start = "" if within is None else within.relative_to(root).as_posix()
        self._real_root = Path(os.path.realpath(within or root))
        self._real_folders = {"": os.path.realpath(root)}
        self._looked_up: dict[str, TreeFile | None] = {}
        self._names: dict[str, set[str]] = {}  # of the files in a folder, if the file system ignores case

    def real_path(self, path: str) -> Path | None:
        """The file's place on disk."""
        return self.root / path

    @property
    def boundary(self) -> Path:
        """The folder that contains everything that can be read, without links."""
        return self._real_root

    def path_inside(self, path: str) -> str | None:
        """The path below the root."""
        inside = relative_path(path, self.root)
        return None if inside == ".." or inside.startswith("../") or Path(inside).is_absolute() else inside

    @contextlib.contextmanager
    def _open(self, path: str) -> Iterator[Reader]:
        if self.lookup(path) is None:
            fault = self.link_fault(self.root / path) if exists(self.root / path) else ""
            raise UnreadableError(fault or "no such file inside the source")
        unsaved = self.overlay.content(self.root / path)
        if unsaved is not None:
            yield io.BytesIO(unsaved).read
            return
        try:
            with self._opened(path) as file:
                yield file.read
        except OSError as error:
            raise UnreadableError(reason_of(error)) from error

    def _opened(self, path: str) -> io.BufferedReader:
        """A file. To resolve each path takes longer than to read most files, so folders are resolved once."""
        folder, _, name = path.rpartition("/")
        real = self._real_folder(folder)
        if name not in ("", ".", "..") and f"{real}{os.sep}".startswith(f"{self._real_root}{os.sep}"):
            with contextlib.suppress(NotRegularError):  # probably a link
                return open_regular(f"{real}{os.sep}{name}", root=self._real_root, follow=False)
        if fault := self.link_fault(self.root / path):
            raise UnreadableError(fault)
        return open_regular(os.path.realpath(self.root / path), root=self._real_root, follow=False)

    def link_fault(self, place: Path) -> str:
        """Why the target of a path is not part of the source, "" if it is."""
        real = Path(os.path.realpath(place))
        if not real.is_relative_to(self._real_root):
            return "the link leaves the source's root"
        if is_gits_own(real.relative_to(self._real_root).as_posix()):
            return "the link leads into `.git`"
        return ""

    def _real_folder(self, folder: str) -> str:
        """A folder's path on disk without links."""
        real = self._real_folders.get(folder)
        if real is None:
            above, _, name = folder.rpartition("/")
            real = f"{self._real_folder(above)}{os.sep}{name}" if folder.count("/") < _DEEP else ""
            if not real or name in ("", ".", "..") or os.path.islink(real):  # noqa: PTH114 - `Path` is slow
                real = os.path.realpath(self.root / folder)
            self._real_folders[folder] = real
        return real

    def lookup(self, path: str) -> TreeFile | None:
        """See `SourceTree.lookup`; links are followed only while they stay inside the root."""
        if path not in self._looked_up:
            # The walk has checked its files, links included.
            walked = self.files.get(path) if "_walked" in self.__dict__ else None
            self._looked_up[path] = walked or self._look_up(path)
        return self._looked_up[path]

    def _look_up(self, path: str) -> TreeFile | None:
        normal = normalise(path)
        if normal is None:
            return None
        full = self.root / normal
        unsaved = self.overlay.content(full)
        if unsaved is not None and not exists(full):
            return None if is_gits_own(normal) or self.link_fault(full) else TreeFile(normal, len(unsaved), False)
        try:
            status = full.stat()
            fault = self.link_fault(full)
        except (OSError, RuntimeError, ValueError):
            return None
        if not stat.S_ISREG(status.st_mode) or is_gits_own(normal) or fault:
            return None
        if self._ignores_case and not self._is_listed(normal):
            return None
        size = status.st_size if unsaved is None else len(unsaved)
        return TreeFile(normal, size, is_executable(full, status))

    @functools.cached_property
    def _ignores_case(self) -> bool:
        return ignores_case(self._real_root)

    def _is_listed(self, path: str) -> bool:
        """Whether each part of a path is written as its folder lists it. The service compares names exactly.

        Two forms of one accented letter are the same name: some systems return another form than the one that Git stores.
        """
        folder = ""
        for part in path.split("/"):
            if folder not in self._names:
                with contextlib.suppress(OSError):
                    self._names[folder] = {_composed(name) for name in os.listdir(self.root / folder)}  # noqa: PTH208 - names only
            if _composed(part) not in self._names.get(folder, ()):
                return False
            folder = f"{folder}/{part}" if folder else part
        return True

    def _walk(self) -> tuple[list[TreeFile], list[Diagnostic]]:
        top = self.root / self._start
        start = _Folder(self._start, self._inherited_rules(), frozenset({self._identity(top)}))
        walk = _Walk(pending=deque([start]))
        while walk.pending:
            folder = walk.pending.popleft()  # short paths first: paths with many links come last
            try:
                entries = sorted(os.scandir(self.root / folder.path), key=lambda entry: entry.name)
            except OSError as error:
                message = f"cannot list the folder: {reason_of(error)}"
                walk.problems.add("ZIP010", message, folder.path or ".")
                continue
            names = {entry.name for entry in entries} | self._unsaved_ignore_files(folder.path)
            place = self.root / folder.path
            rules = folder.rules.below(place, folder.path, names, self._real_root, self.overlay)
            walk.rules[folder.path] = rules
            self.overlay.record(place)
            walk.effort += len(entries) * rules.size + _LOADING_EFFORT * (rules.size - folder.rules.size)
            if walk.effort > _MAX_EFFORT:
                raise PackagerError(
                    f"the ignore files of `{self.name}` have too many patterns for the number of files",
                    "pass the workflow's own folder or its main file, or shorten its `.gitignore` files",
                )
            for entry in entries:
                path = f"{folder.path}/{entry.name}" if folder.path else entry.name
                if _undecodable(path):
                    walk.problems.add("ZIP012", "the file's name is not UTF-8", _escaped(path))
                    continue
                self._visit(walk, entry, _Folder(path, rules, folder.ancestors, folder.links))
            if len(walk.files) + walk.folders + walk.problems.count > MAX_TREE_FILES:
                raise PackagerError(
                    f"`{self.name}` has more than {MAX_TREE_FILES:,} files",
                    "pass the workflow's own folder or its main file, or list the rest in `.packagerignore`",
                )
        self.listed_folders = tuple(walk.rules)
        walk.files += self._only_unsaved(walk)
        return walk.files, walk.problems.findings()

    def _unsaved_ignore_files(self, folder: str) -> set[str]:
        """The names of the ignore files in a folder that may exist in the overlay alone."""
        return {name for name in IGNORE_FILES if self.overlay.content(self.root / folder / name) is not None}

    def _only_unsaved(self, walk: _Walk) -> Iterator[TreeFile]:
        """The files that exist in the overlay alone, without those that ignore rules hide."""
        for below in self.overlay.below(str(self._real_root)):
            path = f"{self._start}/{below}" if self._start else below
            if not exists(self.root / path) and not self._is_hidden(path, walk) and (file := self.lookup(path)):
                yield file

    def _is_hidden(self, path: str, walk: _Walk) -> bool:
        """Whether the walk would not list a file that does not exist on disk."""
        missing = []
        folder = posixpath.dirname(path)
        while folder not in walk.rules:
            if exists(self.root / folder):
                return True  # the folder itself is not listed
            missing.append(folder)
            folder = posixpath.dirname(folder)
        rules = walk.rules[folder]
        if never_counts(path) or any(rules.ignore(above, directory=True) for above in missing):
            return True
        return rules.ignore(path, directory=False)

    def _size(self, entry: os.DirEntry[str], path: str, status: os.stat_result) -> int:
        """The size of a file that a folder lists, of its unsaved content if it has any."""
        if not self.overlay.contents:
            return status.st_size
        folder, _, name = path.rpartition("/")
        real = os.path.realpath(entry.path) if entry.is_symlink() else f"{self._real_folder(folder)}{os.sep}{name}"
        unsaved = self.overlay.contents.get(real)
        return status.st_size if unsaved is None else len(unsaved)

    def _visit(self, walk: _Walk, entry: os.DirEntry[str], place: _Folder) -> None:
        """Add an entry of a folder to the walk; `place` is its own state if it is a folder too."""
        path, rules = place.path, place.rules
        try:
            status = entry.stat()
        except (OSError, ValueError) as error:
            if not never_counts(path) and not rules.ignore(path, directory=False):
                link = entry.is_symlink()
                message = "the link is broken or loops" if link else reason_of(error)
                walk.problems.add("ZIP011" if link else "ZIP010", message, path)
            return
        directory = stat.S_ISDIR(status.st_mode)
        if never_counts(f"{path}/x" if directory else path) or rules.ignore(path, directory=directory):
            return
        link = entry.is_symlink()
        if link and (fault := self.link_fault(Path(entry.path))):
            walk.problems.add("ZIP011", fault, path)
        elif directory:
            # Windows returns a folder's identity only to a second `stat`.
            identity = (status.st_dev, status.st_ino) if status.st_ino else self._identity(Path(entry.path))
            self._enter(walk, place, identity, link=link)
        elif stat.S_ISREG(status.st_mode):
            walk.files.append(TreeFile(path, self._size(entry, path, status), is_executable(entry.path, status)))
            if entry.name in IGNORE_FILES and (ignored := self._ignore_file_fault(entry.path, status.st_size)):
                walk.problems.add("ZIP010", ignored, path, Severity.WARNING)
        else:
            walk.problems.add("ZIP013", "not a regular file", path)

    def _ignore_file_fault(self, place: str, size: int) -> str | None:
        """Why the rules of an ignore file are not or not all known, so that the package may have files that it hides; None if they are."""
        try:
            open_regular(place, root=self._real_root).close()
        except OSError as error:
            return f"cannot read the ignore file: {reason_of(error)}"
        return (
            f"only the first {size_text(MAX_IGNORE_BYTES)} of the ignore file are read"
            if size > MAX_IGNORE_BYTES
            else None
        )

    @staticmethod
    def _enter(walk: _Walk, place: _Folder, identity: tuple[int, int], *, link: bool) -> None:
        """Add a folder to those to list, unless it is its own parent by a link."""
        links = place.links + link
        if identity in place.ancestors:
            # The package has all that such a link leads to, at its own place.
            message = "the link loops: it leads to a folder that contains it"
            walk.problems.add("ZIP011", message, place.path, Severity.INFO)
            return
        if links > 1 and identity in walk.visited:
            if walk.detours >= _MAX_DETOURS:
                walk.problems.add("ZIP011", "the folder is not included: too many links lead to it", place.path)
                return
            walk.detours += 1
        walk.visited.add(identity)
        walk.folders += 1
        walk.pending.append(_Folder(place.path, place.rules, place.ancestors | {identity}, links))

    @staticmethod
    def _identity(path: Path) -> tuple[int, int]:
        status = path.stat()
        return status.st_dev, status.st_ino

    def _inherited_rules(self) -> IgnoreRules:
        """The rules of the `.gitignore` files between the repository's root and this one."""
        rules = IgnoreRules()
        places = (self._real_root, *self._real_root.parents)
        repository = next((place for place in places if exists(place / ".git")), self._real_root)
        repository = repository if may_use(repository) else self._real_root
        folder = self._real_root
        above: list[Path] = []
        while folder != repository:
            folder = folder.parent
            above.append(folder)
        for folder in reversed(above):  # the nearest last
            prefix = relative_path(self._real_root, folder)
            rules = rules.above(folder, prefix, repository, self._start, self.overlay)
        return rules


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder to list: the rules that apply there, the folders above (to detect loops), and how many links its path has."""

    path: str
    rules: IgnoreRules
    ancestors: frozenset[tuple[int, int]]
    links: int = 0


@dataclass(slots=True)
class _Walk:
    """The files and problems of a walk so far, and the folders that it still has to list.

    `rules` are those of each listed folder; `detours` counts the folders that are listed again by a path with more than one link.
    """

    pending: deque[_Folder]
    files: list[TreeFile] = field(default_factory=list)
    problems: Problems = field(default_factory=lambda: Problems(_SEPARATE_PROBLEMS))
    rules: dict[str, IgnoreRules] = field(default_factory=dict)
    visited: set[tuple[int, int]] = field(default_factory=set)
    folders: int = 0
    effort: int = 0
    detours: int = 0


def _composed(name: str) -> str:
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def _undecodable(path: str) -> bool:
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def _escaped(path: str) -> str:
    return path.encode("utf-8", "backslashreplace").decode("utf-8")
