"""What it takes to open the same source again in another process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from packager.source.directory import DirectoryTree
from packager.source.tree import SourceTree
from packager.source.zipped import ZipTree


@dataclass(frozen=True, slots=True)
class SourceAddress:
    """Where a source is: `kind` as the tree's, an absolute path, the user's name for it, and the main file it surrounds."""

    kind: str
    path: str
    name: str
    focus: str | None


def address_of(tree: SourceTree) -> SourceAddress | None:
    """The address of a directory or zip on disk; None for any other tree."""
    if type(tree) is DirectoryTree:
        return SourceAddress(tree.kind, str(tree.root.absolute()), tree.name, tree.focus)
    if type(tree) is ZipTree:
        return SourceAddress(tree.kind, str(tree.path.absolute()), tree.name, None)
    return None


def open_address(address: SourceAddress) -> SourceTree:
    """The source at an address.

    Raises:
        PackagerError: it is not readable any more.
    """
    if address.kind == ZipTree.kind:
        return ZipTree(Path(address.path), address.name)
    return DirectoryTree(Path(address.path), address.name, focus=address.focus)
