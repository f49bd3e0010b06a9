"""Small WDL trees on disk, written for one test."""

from __future__ import annotations

from pathlib import Path

from packager.cache import NO_CACHE, Cache
from packager.engines import wdl
from packager.model.facts import Verdict, Workflow
from packager.source import SourceTree, open_directory


def write_tree(root: Path, files: dict[str, str | bytes]) -> SourceTree:
    """Write files below a folder and open it."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return open_directory(root, "tree")


def read_tree(root: Path, files: dict[str, str | bytes], main: str = "main.wdl", cache: Cache = NO_CACHE) -> Workflow:
    """The facts of a tree written for the purpose."""
    return wdl.read(write_tree(root, files), main, cache)


def check_tree(root: Path, files: dict[str, str | bytes], main: str = "main.wdl", cache: Cache = NO_CACHE) -> Verdict:
    """The verdict on a tree written for the purpose."""
    tree = write_tree(root, files)
    return wdl.check(tree, wdl.read(tree, main, cache), cache)
