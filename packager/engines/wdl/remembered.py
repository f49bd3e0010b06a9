"""What the memory of this process keeps of single documents, for the next check of a workflow of which one file changed.

Parsed documents: to copy a tree takes a twentieth of the time that it takes to parse it. They are pickled because `check` changes a tree.
The bytes never leave the process, so no other program can have made them. Checked documents, as they are, for as long as their imports
are the same. And the lints of a document.
"""

from __future__ import annotations

import contextlib
import json
import pickle
from dataclasses import dataclass
from typing import cast

from WDL import Tree

from packager.cache import Cache, from_plain, to_plain
from packager.engines.wdl.kept import versions_key
from packager.model.facts import Verdict

_KIND = "wdl-tree"
_CHECKED = "wdl-checked"
_LINTS = "wdl-lints"


@dataclass(frozen=True, slots=True)
class CheckedTree:
    """A document without errors whose types were checked, with what `Expansion` counted in it."""

    document: Tree.Document
    bindings: int
    structs: dict[str, int]


def remember_tree(cache: Cache, digest: str, name: str, document: Tree.Document) -> None:
    """Keep a document that was parsed and not checked, by its hash and by the name that it has for miniwdl."""
    if cache.remembers:
        with contextlib.suppress(RecursionError, pickle.PicklingError, TypeError, AttributeError):
            cache.remember(_KIND, _key(digest, name), pickle.dumps(document, pickle.HIGHEST_PROTOCOL))


def recall_tree(cache: Cache, digest: str, name: str) -> Tree.Document | None:
    """A new copy of a document that was kept, or None."""
    content = cache.recall(_KIND, _key(digest, name))
    if content is None:
        return None
    with contextlib.suppress(RecursionError):
        return cast("Tree.Document", pickle.loads(content))  # noqa: S301 - as above
    return None


def checked_key(digest: str, name: str, *, lenient: bool) -> str:
    """The key of a checked document: its hash, the name that it has for miniwdl, and how its types were checked."""
    return Cache.key(*versions_key(), digest, name, str(lenient))


def remember_checked(cache: Cache, key: str, checked: CheckedTree) -> None:
    """Keep a checked document; the next check may change its marks and its parent, not its types."""
    cache.keep_object(_CHECKED, key, checked, sum(map(len, checked.document.source_lines)))


def recall_checked(cache: Cache, key: str) -> CheckedTree | None:
    """The checked document that was kept, itself, or None."""
    return cast("CheckedTree | None", cache.kept_object(_CHECKED, key))


def remember_lints(cache: Cache, key: str, verdict: Verdict) -> None:
    """Keep the lints of a document."""
    cache.remember(_LINTS, Cache.key(*versions_key(), key), json.dumps(to_plain(verdict)).encode())


def recall_lints(cache: Cache, key: str) -> Verdict | None:
    """The lints of a document that were kept, or None."""
    content = cache.recall(_LINTS, Cache.key(*versions_key(), key))
    return from_plain(Verdict, json.loads(content)) if content is not None else None


def _key(digest: str, name: str) -> str:
    return Cache.key(*versions_key(), digest, name)
