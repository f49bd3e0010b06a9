"""How a source on disk is opened: a directory, a zip, or the same source again in another process."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from packager.confinement import may_use
from packager.errors import PackagerError
from packager.files import ForbiddenError, open_regular
from packager.source.directory import DirectoryTree
from packager.source.overlay import NO_OVERLAY, Overlay
from packager.source.tree import SourceTree, reason_of
from packager.source.zipped import ZipTree


def is_zip(path: Path) -> bool:
    """Whether a file is a zip, by its name or by its first bytes."""
    if path.suffix.lower() == ".zip":
        return True
    try:
        with open_regular(path) as file:
            return file.read(4) == b"PK\x03\x04"
    except OSError:
        return False


def open_directory(path: Path, name: str, overlay: Overlay = NO_OVERLAY) -> DirectoryTree:
    """A directory as a tree.

    Raises:
        PackagerError: it cannot be listed.
    """
    if not may_use(path):
        raise PackagerError(f"cannot read the folder `{name}`: {ForbiddenError().strerror}")
    try:
        os.scandir(path).close()
    except OSError as error:
        raise PackagerError(f"cannot read the folder `{name}`: {reason_of(error)}") from error
    return DirectoryTree(path, name, overlay=overlay)


@dataclass(frozen=True, slots=True)
class SourceAddress:
    """Where a source is: `kind` as the tree's, an absolute path, the user's name for it, and the main file it surrounds.

    `within` is the folder that contains all files of the source, if it is not the whole directory. `unsaved` are the texts over its files.
    """

    kind: str
    path: str
    name: str
    focus: str | None
    within: str | None = None
    unsaved: tuple[tuple[str, str], ...] = ()


def address_of(tree: SourceTree) -> SourceAddress | None:
    """The address of a directory or zip on disk; None for any other tree."""
    if type(tree) is DirectoryTree:
        within = None if tree.within is None else str(tree.within.absolute())
        unsaved = tuple((path, content.decode("utf-8")) for path, content in tree.overlay.contents.items())
        return SourceAddress(tree.kind, str(tree.root.absolute()), tree.name, tree.focus, within, unsaved)
    if type(tree) is ZipTree:
        return SourceAddress(tree.kind, str(tree.path.absolute()), tree.name, None)
    return None


def open_address(address: SourceAddress) -> SourceTree:
    """The source at an address.

    Raises:
        PackagerError: it can no longer be read.
    """
    if address.kind == ZipTree.kind:
        return ZipTree(Path(address.path), address.name)
    within = None if address.within is None else Path(address.within)
    overlay = Overlay({path: text.encode() for path, text in address.unsaved})
    return DirectoryTree(Path(address.path), address.name, focus=address.focus, within=within, overlay=overlay)
