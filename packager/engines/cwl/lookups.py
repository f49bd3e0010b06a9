"""What a reading asked of the tree, so that a kept answer can be proven still right."""

from __future__ import annotations

import hashlib
import json

from packager.engines.references import leads_outside
from packager.source import SourceTree, UnreadableError

MISSING = ""
LINKED_OUT = "a link that leaves the source"


class Lookups:
    """A tree whose answers are noted: each path with its hash (`MISSING`: no such file), each folder with its names."""

    def __init__(self, tree: SourceTree) -> None:
        self.tree = tree
        self.files: dict[str, str] = {}
        self.folders: dict[str, str] = {}

    def exists(self, path: str) -> bool:
        """Whether a regular file is there."""
        if path not in self.files:
            self.files[path] = digest(self.tree, path)
        return self.files[path] not in (MISSING, LINKED_OUT)

    def leads_outside(self, path: str) -> bool:
        """Whether something is there that a link takes out of the tree."""
        return not self.exists(path) and self.files[path] == LINKED_OUT

    def text(self, path: str) -> str:
        """A file's text.

        Raises:
            UnreadableError: as `SourceTree.text`.
        """
        self.exists(path)
        return self.tree.text(path)

    def below(self, folder: str) -> tuple[str, ...]:
        """Every listed file below a folder, sorted."""
        found = files_below(self.tree, folder)
        self.folders[folder] = _names_digest(found)
        return found

    def hold(self, files: dict[str, str], folders: dict[str, str]) -> bool:
        """Whether a kept reading's answers are this tree's answers too."""
        return all(digest(self.tree, path) == known for path, known in files.items()) and all(
            _names_digest(files_below(self.tree, folder)) == known for folder, known in folders.items()
        )


def digest(tree: SourceTree, path: str) -> str:
    """A file's hash, `MISSING` or `LINKED_OUT`; a file that is there but unreadable has none of these."""
    if tree.lookup(path) is None:
        return LINKED_OUT if leads_outside(tree, path) else MISSING
    try:
        return tree.sha256(path)
    except UnreadableError:
        return "unreadable"


def files_below(tree: SourceTree, folder: str) -> tuple[str, ...]:
    """The paths of the files that a walk lists below a folder ('.' is the root)."""
    prefix = "" if folder == "." else f"{folder}/"
    return tuple(path for path in tree.files if path.startswith(prefix))


def _names_digest(paths: tuple[str, ...]) -> str:
    return hashlib.sha256(json.dumps(paths).encode("utf-8", "surrogatepass")).hexdigest()
