"""A directory on disk as a tree; nothing outside its root is ever read."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from packager.codes import finding
from packager.diagnostics import Diagnostic, PackagerError
from packager.source.ignoring import IgnoreRules, never_counts
from packager.source.tree import MAX_TREE_FILES, SourceTree, TreeFile, normalise, reason_of


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
            # What a walk has found was looked at there, links included.
            walked = self.files.get(path) if "_walked" in self.__dict__ else None
            self._looked_up[path] = walked or self._look_up(path)
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
                message = f"cannot list the folder: {reason_of(error)}"
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
        self, walk: _Walk, entry: os.DirEntry[str], path: str, rules: IgnoreRules, ancestors: frozenset[tuple[int, int]]
    ) -> None:
        try:
            status = entry.stat()
        except (OSError, ValueError) as error:
            if not never_counts(path) and not rules.ignore(path, directory=False):
                link = entry.is_symlink()
                message = "the link is broken or loops" if link else reason_of(error)
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

    def _inherited_rules(self) -> IgnoreRules:
        """The `.gitignore` files between the repository's root and ours."""
        rules = IgnoreRules(())
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
                IgnoreRules(())
                .above(parent, os.path.relpath(self._real_root, parent).replace(os.sep, "/"))
                .joined(rules)
            )
        return rules


@dataclass(slots=True)
class _Walk:
    """What a walk has found, and the folders it has still to list: path, rules, and the folders above (for loops)."""

    pending: list[tuple[str, IgnoreRules, frozenset[tuple[int, int]]]]
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


def open_directory(path: Path, name: str) -> DirectoryTree:
    """A directory as a tree.

    Raises:
        PackagerError: it cannot be listed.
    """
    try:
        os.scandir(path).close()
    except OSError as error:
        raise PackagerError(f"cannot read the directory `{name}`: {reason_of(error)}") from error
    return DirectoryTree(path, name)
