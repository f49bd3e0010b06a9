"""The boundary of a project: nothing above it becomes part of a package unless the user names it.

The boundary is the nearest repository (a folder with `.git`); outside of a repository the nearest folder with a `packager.toml`;
without either, the folder itself. Anything called `.git` counts: a `.git` that was put there to mislead only narrows the boundary.

A home folder and all folders above it, and a folder that everyone can write to (`/tmp`), are never a boundary, even if they are
repositories: some people keep their settings in a repository in their home folder, and anyone can create `/tmp/.git`.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from packager.confinement import may_use
from packager.files import IMPOSSIBLE, is_file, real_path, relative_path

CONFIGURATION = "packager.toml"
_SHARED = stat.S_ISVTX | stat.S_IWOTH


def enclosing_folders(folder: Path) -> tuple[Path, ...]:
    """A folder and its parents up to the boundary, the lowest first. `folder` is absolute; links in it are kept.

    Links cannot widen the boundary: each folder really contains the first one, and is within the boundary of the real path.
    """
    folders = [folder]
    real, top = real_path(folder), boundary(folder)
    if real is None or folder == top:
        return (folder,)
    real_top = boundary(real)
    for parent in folder.parents:
        real_parent = real_path(parent)
        if real_parent is None or not (real.is_relative_to(real_parent) and real_parent.is_relative_to(real_top)):
            break
        folders.append(parent)
        if parent == top:
            break
    return tuple(folders)


def boundary(folder: Path) -> Path:
    """The highest folder that belongs to the project of a folder, which is absolute."""
    configured = None
    for candidate in (folder, *folder.parents):
        if is_too_high(candidate):
            break
        if os.path.lexists(candidate / ".git"):
            return candidate
        if configured is None and is_file(candidate / CONFIGURATION):
            configured = candidate
    return configured or folder


def is_too_high(folder: Path) -> bool:
    """Whether a folder is the root of a disk, the home folder or above it, shared by everyone, or closed to this process."""
    if folder == folder.parent or not may_use(folder):
        return True
    try:
        status = folder.stat()
    except IMPOSSIBLE:
        return True
    return status.st_mode & _SHARED == _SHARED or (status.st_dev, status.st_ino) in _home_folders()


def is_inside(file: Path, folder: Path) -> bool:
    """Whether a file is in a folder, links followed; also true for an impossible path, which is not elsewhere."""
    real = real_path(file)
    return real is None or real.is_relative_to(real_path(folder) or folder)


def is_gits_own(path: str) -> bool:
    """Whether a relative path is in `.git`: `.git/config` can hold a token, and no workflow needs anything there."""
    return ".git" in path.lower().split("/")


def is_in_git_folder(file: Path, folder: Path) -> bool:
    """Whether a file in a folder is Git's own, links followed."""
    real = real_path(file)
    return real is not None and is_gits_own(relative_path(real, real_path(folder) or folder))


def is_above(folder: Path, inner: Path) -> bool:
    """Whether a folder is a parent of another folder, by identity and not by name: a file system may ignore case."""
    return bool(_identities([folder]) & _identities(inner.parents))


def _home_folders() -> set[tuple[int, int]]:
    """The identities of the home folder and of its parents."""
    try:
        home = Path.home()
    except RuntimeError:  # a user without a home
        return set()
    return _identities([home, *home.parents, *(real_path(home) or home).parents])


def _identities(folders: Iterable[Path]) -> set[tuple[int, int]]:
    identities = set()
    for folder in folders:
        with suppress(*IMPOSSIBLE):
            status = folder.stat()
            identities.add((status.st_dev, status.st_ino))
    return identities
