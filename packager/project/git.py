"""Root, tags and ignore patterns of a Git repository, read from the files of its work tree. Git itself is never run."""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from packager.confinement import may_use
from packager.files import exists, is_file, read_regular, read_start
from packager.patterns.globs import matches_repository_glob

_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_LINE = re.compile(r"[^\r\n]+")
_MAX_BYTES = 64 * 1024 * 1024  # of packed references, far more than any repository has
_MAX_OBJECT_BYTES = 1024 * 1024
_MAX_TAGS = 100_000  # that are files of their own
_MAX_LINKS = 5


def repository_root(place: Path) -> Path | None:
    """The work tree that a file or folder is in, or None."""
    start = place.resolve()
    root = next((folder for folder in (start, *start.parents) if exists(folder / ".git")), None)
    return root if root is not None and may_use(root) else None


@dataclass(frozen=True, slots=True)
class Head:
    """The commit that a work tree has checked out, and the Git folder that has its objects."""

    commit: str
    common: Path


def head(root: Path) -> Head | None:
    """The commit that the work tree at `root` has checked out; None if it is unknown."""
    folders = _folders(root)
    commit = _resolved(*folders, "HEAD") if folders is not None else None
    return Head(commit, folders[1]) if folders is not None and commit is not None else None


def tags_at_head(root: Path) -> list[str]:
    """The tags of the commit that is checked out, the highest version first.

    An annotated tag is known if its object is loose or its reference is packed. `changes.py` compares the files with the commit.
    """
    current = head(root)
    if current is None:
        return []
    names = {name for name, commit in _tags(current.common) if commit == current.commit}
    return sorted(names, key=_version_order, reverse=True)


def _folders(root: Path) -> tuple[Path, Path] | None:
    """The work tree's own Git folder, and the one that all work trees share, both without links.

    The `.git` of a submodule or of a linked work tree is a file that names a folder elsewhere.
    """
    try:
        own = root / ".git"
        if is_file(own):
            text = _read(own, root.resolve())
            if not text.startswith("gitdir:"):
                return None
            own = root / text.removeprefix("gitdir:").strip()
        own = own.resolve()
        return own, (own / (_read(own / "commondir", own) or ".")).resolve()
    except (OSError, ValueError, RuntimeError):  # a name that is too long, a NUL character, links that loop
        return None


def _read(path: Path, folder: Path) -> str:
    """The text of a file in a folder, "" where it cannot be read or is elsewhere."""
    try:
        return read_regular(path, _MAX_BYTES, root=folder).decode(errors="replace").strip()
    except OSError:
        return ""


def _resolved(own: Path, common: Path, name: str) -> str | None:
    for _ in range(_MAX_LINKS):
        text = _read(own / name, own) or _read(common / name, common) or _packed_commit(common, name)
        if not text.startswith("ref:"):
            return text if _SHA.fullmatch(text) else None
        name = text.removeprefix("ref:").strip()
        if ".." in name.split("/") or name.startswith("/"):
            return None
    return None


def _packed_commit(common: Path, name: str) -> str:
    """The commit of a packed reference, "" if it does not exist; for an annotated tag the commit, which is the last entry."""
    commit = ""
    for other, names in _packed(common):
        commit = names if other == name else commit
    return commit


def _packed(common: Path) -> Iterator[tuple[str, str]]:
    """The references in `packed-refs` with their objects; an annotated tag also with its commit."""
    name = ""
    for match in _LINE.finditer(_read(common / "packed-refs", common)):  # line by line: there may be millions
        line = match[0]
        if line.startswith("^"):
            yield name, line[1:].strip()
        elif not line.startswith("#"):
            commit, _, name = line.partition(" ")
            yield name, commit


def _tags(common: Path) -> Iterator[tuple[str, str]]:
    """Each tag with its commit; an annotated tag may occur twice, once with its own object."""
    for name, commit in _packed(common):
        if name.startswith("refs/tags/"):
            yield name.removeprefix("refs/tags/"), commit
    folder = common / "refs" / "tags"
    for path in sorted(islice(_files(folder), _MAX_TAGS)):
        text = _read(path, common)
        if _SHA.fullmatch(text):
            yield path.relative_to(folder).as_posix(), _peeled(common, text)


def _files(folder: Path) -> Iterator[Path]:
    """The files below a folder; links to folders are not followed, and a folder that cannot be listed is empty."""
    if os.path.realpath(folder) == str(folder):  # no folder above it is a link either
        for place, _, names in os.walk(folder):
            yield from (Path(place, name) for name in names)


def _peeled(common: Path, sha: str) -> str:
    """The commit that a tag object names, if the object is loose; else the object itself."""
    for _ in range(_MAX_LINKS):  # a tag may name another tag
        try:
            content = read_start(common / "objects" / sha[:2] / sha[2:], _MAX_OBJECT_BYTES, root=common)
            content = zlib.decompressobj().decompress(content, _MAX_OBJECT_BYTES)
        except (OSError, zlib.error):
            return sha
        match = re.match(rb"tag \d+\0object ([0-9a-f]{40,64})\n", content)
        if match is None:
            return sha
        sha = match[1].decode()
    return sha


def _version_order(name: str) -> list[tuple[int, int, str]]:
    """A key that puts `v1.10` after `v1.9`, and `v1.0` after `v1.0-rc1`."""
    parts = re.findall(r"[0-9]{1,18}|[^0-9]+", name)
    return [
        (1, int(part), "") if part.isdecimal() and part.isascii() else (0 if part.startswith("-") else 2, 0, part)
        for part in parts
    ] + [(1, -1, "")]


def matches_any(path: str, patterns: tuple[str, ...]) -> bool:
    """Whether patterns exclude a path; `*` in them also matches `/` (Api.OMICS: ExcludeFilePatternList)."""
    return any(matches_repository_glob(pattern, path) for pattern in patterns)
