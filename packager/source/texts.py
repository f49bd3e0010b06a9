"""Texts in memory as a tree, without any folder on disk."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator, Mapping

from packager.errors import PackagerError
from packager.findings.diagnostic import Diagnostic
from packager.source.ignore_files import never_counts
from packager.source.tree import MAX_TREE_FILES, Reader, SourceTree, TreeFile, UnreadableError, normalise


class TextTree(SourceTree):
    """A folder whose files are strings in memory, by relative POSIX path; one that begins with `#!` is a program."""

    kind = "directory"

    def __init__(self, texts: Mapping[str, str], name: str) -> None:
        super().__init__()
        self.name = name
        self._texts: dict[str, bytes] = {}
        if len(texts) > MAX_TREE_FILES:
            raise PackagerError(f"`{name}` has more than {MAX_TREE_FILES:,} files")
        for path, text in texts.items():
            normal = normalise(path)
            if normal in (None, "."):
                raise PackagerError(f"`{path}` is not a relative path inside of the source", "pass paths without `..`")
            self._texts[str(normal)] = text.encode("utf-8", "replace")

    def path_inside(self, path: str) -> str | None:
        """The path itself, if it is a file."""
        return path if path in self._texts else None

    def _walk(self) -> tuple[list[TreeFile], list[Diagnostic]]:
        return [file for path in self._texts if not never_counts(path) and (file := self.lookup(path))], []

    def lookup(self, path: str) -> TreeFile | None:
        """See `SourceTree.lookup`."""
        normal = normalise(path)
        if normal is None or normal not in self._texts:
            return None
        content = self._texts[normal]
        return TreeFile(normal, len(content), executable=content.startswith(b"#!"))

    @contextlib.contextmanager
    def _open(self, path: str) -> Iterator[Reader]:
        content = self._texts.get(normalise(path) or path)
        if content is None:
            raise UnreadableError("no such file")
        yield io.BytesIO(content).read
