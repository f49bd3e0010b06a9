"""The content digest, which identifies a package by its files, regardless of the compression of its zip."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from packager.model.facts import Entry
from packager.source import SourceTree


def content_digest(entries: Iterable[Entry]) -> str:
    """The identity of a package: SHA-256, in hex, over `mode sha256 path` of each entry, sorted by path."""
    lines = sorted((entry.path, f"{entry.mode:04o} {entry.sha256} {entry.path}\n") for entry in entries)
    return hashlib.sha256("".join(line for _, line in lines).encode("utf-8", "surrogatepass")).hexdigest()


def same_content(tree: SourceTree, entries: Iterable[Entry]) -> bool:
    """Whether a tree has exactly these files. Modes count only if the tree has at least one executable file.

    Raises:
        UnreadableError: a file of the tree cannot be read.
    """
    expected = {entry.path: entry for entry in entries}
    if expected.keys() != tree.files.keys():
        return False
    if any(tree.sha256(path) != entry.sha256 for path, entry in expected.items()):
        return False
    executable = {path for path, file in tree.files.items() if file.executable}
    return not executable or executable == {path for path, entry in expected.items() if entry.mode & 0o100}
