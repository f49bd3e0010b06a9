"""What kept results depend on, and the trees that one step of a process leaves to the next."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from packager import __version__
from packager.installed import version
from packager.source import SourceTree, UnreadableError

_FORMAT = "6"  # raised when the facts of the same document change

# Trees that `read` parsed and `check`, in the same process, need not parse again: by source, then by path.
PARSED: WeakKeyDictionary[SourceTree, dict[str, Any]] = WeakKeyDictionary()


def versions_key() -> tuple[str, ...]:
    """What every kept result depends on besides the files."""
    return (__version__, _FORMAT, version("miniwdl", "WDL"))


def digest(tree: SourceTree, path: str) -> str:
    """A file's hash, or '' where there is no file that can be read."""
    if tree.lookup(path) is None:
        return ""
    try:
        return tree.sha256(path)
    except UnreadableError:
        return ""
