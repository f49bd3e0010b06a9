"""What the steps of the WDL engine leave for later: parsed documents of a source, and the versions in the keys of kept answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from packager.engines.caching import code_digest, version
from packager.source import SourceTree

if TYPE_CHECKING:
    from WDL import Tree

_PARSED = "wdl-parsed"


def parsed(tree: SourceTree) -> dict[str, Tree.Document]:
    """The documents of a source that `read` parsed and `check`, in the same process, need not parse again, by path."""
    return cast("dict[str, Tree.Document]", tree.kept.setdefault(_PARSED, {}))


def take_parsed(tree: SourceTree) -> dict[str, Tree.Document]:
    """The parsed documents of a source, which the tree then drops: `check` changes them."""
    return cast("dict[str, Tree.Document]", tree.kept.pop(_PARSED, {}))


def versions_key() -> tuple[str, ...]:
    """What every kept answer depends on besides the files."""
    return (code_digest("engines/wdl"), version("miniwdl", "WDL"))
