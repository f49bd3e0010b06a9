"""How a path that a definition names is resolved: shared by the engines."""

from __future__ import annotations

import os
import posixpath
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from packager.files import exists, real_path
from packager.model.facts import Engine
from packager.source import SourceTree, normalise

_REMOTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


class ReferenceKind(StrEnum):
    """The kind of place that a reference names."""

    LOCAL = "local"
    REMOTE = "remote"
    ABSOLUTE = "absolute"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Resolved:
    """Where a reference leads.

    `path` is the tree path of a LOCAL reference, existing or not, and the path from the root of one that is OUTSIDE (`../x`); else empty.
    """

    kind: ReferenceKind
    path: str = ""


def resolve(importer: str, text: str) -> Resolved:
    """Where `text`, written in the file `importer`, leads."""
    if text.startswith("file://"):
        return Resolved(ReferenceKind.ABSOLUTE)
    if _REMOTE.match(text):
        return Resolved(ReferenceKind.REMOTE)
    if text.startswith("/") or re.match(r"[A-Za-z]:[\\/]", text):
        return Resolved(ReferenceKind.ABSOLUTE)
    joined = posixpath.join(posixpath.dirname(importer), text)
    path = normalise(joined)
    if path is None:
        return Resolved(ReferenceKind.OUTSIDE, posixpath.normpath(joined))
    return Resolved(ReferenceKind.LOCAL, path)


def import_candidates(engine: Engine, path: str) -> tuple[str, ...]:
    """The files that an import of `path` may name, in the order in which the engine looks for them."""
    if engine is not Engine.NEXTFLOW:
        return (path,)
    return (path, f"{path}/main.nf") if path.endswith(".nf") else (f"{path}.nf", f"{path}/main.nf", path)


def leads_outside(tree: SourceTree, path: str) -> bool:
    """Whether a path leads, mostly by a link, out of the tree to something that exists, which is never read."""
    place, boundary = tree.real_path(path), tree.boundary
    if place is None or boundary is None or not exists(place):
        return False
    real = real_path(place)
    return real is None or not real.is_relative_to(boundary)


def exists_outside(tree: SourceTree, path: str) -> bool:
    """Whether something is at a path from the root that begins with `..`; True for a zip, whose surroundings are unknown."""
    root = tree.real_path(".")
    if root is None:
        return True
    if "\0" in path:
        return False
    return exists(Path(os.path.normpath(os.path.abspath(root) + "/" + path)))  # noqa: PTH100 - as the engines read `..`
