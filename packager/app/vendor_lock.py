"""The lock of a repository's copies of remote documents: reading it, and comparing the copies with it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from packager.errors import PackagerError, cannot
from packager.files import read_regular, real_path, relative_path
from packager.findings.codes import finding
from packager.findings.diagnostic import Diagnostic
from packager.source import SourceTree
from packager.source.boundaries import boundary
from packager.vendor.lock import FILE_NAME, MAX_BYTES, Lock, LockError, drift, read_lock


def lock_at(root: Path) -> Lock:
    """The lock in a folder; empty if the folder has no lock.

    Raises:
        PackagerError: it cannot be read.
    """
    place = root / FILE_NAME
    if not os.path.lexists(place):
        return Lock()
    try:
        return read_lock(read_regular(place, MAX_BYTES, root=root))
    except OSError as error:
        raise cannot("read", f"`{FILE_NAME}`", error) from error
    except LockError as error:
        raise PackagerError(f"`{FILE_NAME}` cannot be used: {error}", "restore it from version control") from error


def lock_findings(tree: SourceTree, paths: frozenset[str]) -> Iterator[Diagnostic]:
    """The findings about copies of remote documents that differ from the lock of the repository."""
    place = tree.real_path(".")
    real = real_path(place) if place is not None else None
    if real is None:
        return
    root = boundary(real)
    if not os.path.lexists(root / FILE_NAME):
        return
    prefix = relative_path(root, real)
    try:
        lock = lock_at(root)
    except PackagerError as error:
        yield finding("ZIP022", error.message, path=FILE_NAME)
        return
    yield from drift(tree, lock, "" if prefix == "." else prefix, paths)
