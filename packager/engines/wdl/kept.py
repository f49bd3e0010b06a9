"""What kept results depend on, and the trees that one step of a process leaves to the next."""

from __future__ import annotations

from typing import Any, cast

from packager._version import __version__
from packager.engines.installed import version
from packager.source import SourceTree, UnreadableError

_FORMAT = "8"  # raised when the facts of the same document change

_PARSED = "wdl-parsed"


def parsed(tree: SourceTree) -> dict[str, Any]:
    """The documents of a source that `read` parsed and `check`, in the same process, need not parse again, by path."""
    return cast(dict[str, Any], tree.kept.setdefault(_PARSED, {}))


def take_parsed(tree: SourceTree) -> dict[str, Any]:
    """The parsed documents of a source, which are then kept no longer: `check` changes them."""
    return cast(dict[str, Any], tree.kept.pop(_PARSED, {}))


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
