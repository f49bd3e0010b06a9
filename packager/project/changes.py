"""Whether files are as in the commit that is checked out, by Git's objects and without running Git."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from packager.files import MIB
from packager.project import git
from packager.project.git_objects import Objects, TreeEntry, UnknownObjectError
from packager.source.lfs import read_pointer

_MAX_TEXT_BYTES = 16 * MIB  # of a file whose line ends may be the only difference


@dataclass(frozen=True, slots=True)
class WorkFile:
    """A file of a work tree: its place, its size in bytes, and a function that reads it."""

    place: Path
    size: int
    chunks: Callable[[], Iterable[bytes]]


def changed_since_head(root: Path, files: Sequence[WorkFile]) -> tuple[str, ...] | None:
    """The files that differ from the commit that is checked out, relative to the repository; None if that is unknown.

    A file that the commit has and the folder of one of these files lacks counts too. Line ends that Git converts do not count, and
    neither does Git LFS; a file of a submodule is compared with the commit of the submodule.
    """
    top = root.resolve()
    with suppress(OSError, UnknownObjectError, RuntimeError, RecursionError):
        commit = _Commit.of(top)
        changed: set[str] = set()
        folders = set()
        for file in files:
            place = file.place.parent.resolve() / file.place.name
            if place.is_symlink() and _path_in(place, top) is not None and not commit.has_link(place):
                changed.add(_shown(place, top))
            place = place.resolve()
            if not commit.has(place, file):
                changed.add(_shown(place, top))
            folders.add(place.parent)
        for folder in folders:
            changed |= {_shown(place, top) for place in commit.removed_from(folder)}
        return tuple(sorted(changed))
    return None


def _path_in(place: Path, top: Path) -> str | None:
    """A path relative to a folder, in Git's form; None if it is elsewhere."""
    return place.relative_to(top).as_posix() if place.is_relative_to(top) else None


def _shown(place: Path, top: Path) -> str:
    return _path_in(place, top) or place.as_posix()


@dataclass(slots=True)
class _Commit:
    """The files of the commit that a work tree has checked out."""

    top: Path
    objects: Objects
    tree: str
    _folders: dict[str, dict[str, TreeEntry]] = field(default_factory=dict)
    _submodules: dict[str, _Commit | None] = field(default_factory=dict)

    @classmethod
    def of(cls, top: Path, commit: str | None = None) -> _Commit:
        """The commit of the work tree at `top`, which must be `commit`, if that is set.

        Raises:
            UnknownObjectError: it cannot be read.
        """
        head = git.head(top)
        if head is None or (commit is not None and head.commit != commit):
            raise UnknownObjectError(str(top))
        objects = Objects(head.common)
        return cls(top, objects, objects.tree_of(head.commit))

    def has(self, place: Path, file: WorkFile) -> bool:
        """Whether the commit has a file with this content at a place, which has no links."""
        path = _path_in(place, self.top)
        if path is None:
            return False
        entry, rest = self._entry(path)
        if entry is not None and entry.is_submodule:
            below = self._submodule(path.removesuffix(rest).rstrip("/"), entry)
            return below is not None and bool(rest) and below.has(place, file)
        return entry is not None and not entry.is_folder and not rest and self._is_same(entry, file)

    def has_link(self, place: Path) -> bool:
        """Whether the commit has a link with this target at a place, whose last part alone is a link."""
        folder = place.parent.resolve()
        path = _path_in(folder / place.name, self.top)
        entry, rest = self._entry(path) if path is not None else (None, "")
        if entry is not None and entry.is_submodule and path is not None:
            below = self._submodule(path.removesuffix(rest).rstrip("/"), entry)
            return below is not None and below.has_link(place)
        content = os.fsencode(os.readlink(place))  # noqa: PTH115 - bytes as Git keeps them
        return entry is not None and not rest and entry.sha == _name(content)

    def removed_from(self, folder: Path) -> list[Path]:
        """The files of the commit in a folder that exist there no longer."""
        path = _path_in(folder, self.top)
        if path is None:
            return []
        if path not in ("", "."):
            entry, rest = self._entry(path)
            if entry is not None and entry.is_submodule:
                below = self._submodule(path.removesuffix(rest).rstrip("/"), entry)
                return below.removed_from(folder) if below is not None else []
            if entry is None or rest or not entry.is_folder:
                return []
            tree = entry.sha
        else:
            tree = self.tree
        return [
            folder / name
            for name, entry in self._entries(tree).items()
            if not entry.is_folder and not entry.is_submodule and not os.path.lexists(folder / name)
        ]

    def _entry(self, path: str) -> tuple[TreeEntry | None, str]:
        """The entry at a path; for a path below a submodule that of the submodule, with the rest of the path."""
        tree, parts = self.tree, path.split("/")
        for number, part in enumerate(parts, 1):
            entry = self._entries(tree).get(part)
            if entry is None or number == len(parts) or not entry.is_folder:
                return entry, "/".join(parts[number:])
            tree = entry.sha
        return None, ""

    def _entries(self, tree: str) -> dict[str, TreeEntry]:
        if tree not in self._folders:
            self._folders[tree] = self.objects.entries(tree)
        return self._folders[tree]

    def _submodule(self, path: str, entry: TreeEntry) -> _Commit | None:
        """The commit of a submodule; None if another one is checked out.

        Raises:
            UnknownObjectError: it cannot be read.
        """
        if path not in self._submodules:
            top = self.top / path
            head = git.head(top)
            is_other = head is not None and head.commit != entry.sha
            self._submodules[path] = None if is_other else _Commit.of(top, entry.sha)
        return self._submodules[path]

    def _is_same(self, entry: TreeEntry, file: WorkFile) -> bool:
        digest = hashlib.sha1(f"blob {file.size}\0".encode(), usedforsecurity=False)
        sha256 = hashlib.sha256()
        for piece in file.chunks():
            digest.update(piece)
            sha256.update(piece)
        if digest.hexdigest() == entry.sha:
            return True
        if file.size <= _MAX_TEXT_BYTES:
            content = b"".join(file.chunks())
            if b"\r\n" in content and _name(content.replace(b"\r\n", b"\n")) == entry.sha:
                return True
        try:
            pointer = read_pointer(self.objects.read(entry.sha, "blob"))
        except UnknownObjectError:
            return False  # the name of the content is another one, whatever the content is
        return pointer is not None and pointer.sha256 == sha256.hexdigest()


def _name(content: bytes) -> str:
    """The name that Git gives to the content of a file."""
    return hashlib.sha1(f"blob {len(content)}\0".encode() + content, usedforsecurity=False).hexdigest()
