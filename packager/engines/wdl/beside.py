"""What lies beside the documents of a closure, and what of it a verdict has asked for."""

from __future__ import annotations

from packager.files import is_folder
from packager.source import SourceTree


class Beside:
    """What lies beside the documents, which miniwdl's lint asks for literal paths in WDL 1.2 and later."""

    def __init__(self, tree: SourceTree) -> None:
        self._tree = tree
        self.asked: dict[str, str] = {}

    def kind(self, path: str) -> str:
        """`file`, `folder`, or '' for neither, at a path of the tree."""
        if path not in self.asked:
            self.asked[path] = self._look(path)
        return self.asked[path]

    def _look(self, path: str) -> str:
        if self._tree.lookup(path) is not None:
            return "file"
        real = self._tree.real_path(path)
        if real is not None:
            return "folder" if is_folder(real) else ""
        prefix = f"{path}/"
        return "folder" if any(one.startswith(prefix) for one in self._tree.files) else ""
