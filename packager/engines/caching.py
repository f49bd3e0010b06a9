"""Kept answers of the engines: what they depend on, and whether it is unchanged.

An answer depends on our own code (`code_digest`), on the versions of an engine's libraries (`version`), and on what a step asked of
the source tree (`Lookups`). `kept_or_fresh` is the one way to use a kept answer.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import hashlib
import importlib.util
import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from packager._version import __version__
from packager.cache import Cache, from_plain, to_plain
from packager.engines.references import exists_outside, leads_outside
from packager.files import is_folder
from packager.source import SourceTree, UnreadableError

T = TypeVar("T")

MISSING = ""
LINKED_OUT = "a link that leaves the source"
_UNREADABLE = "unreadable"

_PACKAGE = Path(__file__).parent.parent
# The folders of the package that decide what any kept answer is; a test compares them with the imports.
SHARED_CODE = (".", "engines", "findings", "findings/codes", "healthomics", "jsondoc", "model", "patterns", "source")


@functools.cache
def code_digest(*folders: str) -> str:
    """A digest of the code that makes an answer, so that a change of the code never uses an older answer.

    `folders` of the package are covered in addition to `SHARED_CODE`. An installed wheel lists the hashes of its files; a checkout is
    hashed here, in 2 ms.
    """
    record = _PACKAGE.parent / f"omics_packager-{__version__}.dist-info" / "RECORD"
    with contextlib.suppress(OSError):
        return hashlib.sha256(record.read_bytes()).hexdigest()
    digest = hashlib.sha256(__version__.encode())
    for folder in (*SHARED_CODE, *folders):
        for path in sorted((_PACKAGE / folder).glob("*.py")):
            with contextlib.suppress(OSError):  # a module that is being replaced
                digest.update(path.read_bytes())
    return digest.hexdigest()


@functools.cache
def version(distribution: str, module: str) -> str:
    """The version of the distribution that provides a top-level module, or `unknown`.

    It is read from the name of the `.dist-info` folder next to the module. `importlib.metadata`, which takes 25 ms to import, is used
    only where that folder is missing, such as in an editable install.
    """
    spec = importlib.util.find_spec(module)
    for location in (spec.submodule_search_locations if spec else None) or ():
        name = re.sub(r"[-_.]+", "_", distribution)
        for folder in Path(location).parent.glob(f"{name}-*.dist-info"):
            return folder.name.removeprefix(f"{name}-").removesuffix(".dist-info")
    from importlib import metadata  # noqa: PLC0415 - the slow way

    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "unknown"


def file_digest(tree: SourceTree, path: str) -> str:
    """A file's hash, `MISSING` or `LINKED_OUT`; the hash of a file that exists but cannot be read is a fixed word."""
    if tree.lookup(path) is None:
        return LINKED_OUT if leads_outside(tree, path) else MISSING
    try:
        return tree.sha256(path)
    except UnreadableError:
        return _UNREADABLE


class Lookups:
    """A source tree that records its answers: hashes of files, names below folders, and what is at a path."""

    def __init__(self, tree: SourceTree) -> None:
        self.tree = tree
        self.files: dict[str, str] = {}
        self.folders: dict[str, str] = {}
        self.kinds: dict[str, str] = {}

    @property
    def count(self) -> int:
        """How many answers are recorded."""
        return len(self.files) + len(self.folders) + len(self.kinds)

    def digest(self, path: str) -> str:
        """A file's hash; see `file_digest`."""
        if path not in self.files:
            self.files[path] = file_digest(self.tree, path)
        return self.files[path]

    def add(self, paths: Iterable[str]) -> None:
        """Record the hashes of files that were read without `Lookups`."""
        for path in paths:
            self.digest(path)

    def exists(self, path: str) -> bool:
        """Whether a regular file is at this path."""
        return self.digest(path) not in (MISSING, LINKED_OUT)

    def leads_outside(self, path: str) -> bool:
        """Whether a link at this path leaves the tree."""
        return self.digest(path) == LINKED_OUT

    def text(self, path: str) -> str:
        """A file's text.

        Raises:
            UnreadableError: as `SourceTree.text`.
        """
        self.digest(path)
        return self.tree.text(path)

    def below(self, folder: str) -> tuple[str, ...]:
        """Every listed file below a folder ('.' is the root), sorted."""
        prefix = "" if folder == "." else f"{folder}/"
        paths = tuple(path for path in self.tree.files if path.startswith(prefix))
        self.folders[folder] = hashlib.sha256(json.dumps(paths).encode("utf-8", "surrogatepass")).hexdigest()
        return paths

    def kind(self, path: str) -> str:
        """`file`, `folder`, or '' for neither, at a path of the tree; `outside` for what exists at a path that leaves it."""
        if path not in self.kinds:
            self.kinds[path] = _kind(self.tree, path)
        return self.kinds[path]

    def recorded(self) -> dict[str, dict[str, str]]:
        """Every answer so far, as plain data."""
        return {"files": self.files, "folders": self.folders, "kinds": self.kinds}

    def match(self, recorded: object) -> bool:
        """Whether the tree gives the recorded answers; False for anything that is not a record."""
        if not isinstance(recorded, dict):
            return False
        files, folders, kinds = (recorded.get(name) for name in ("files", "folders", "kinds"))
        if not isinstance(files, dict) or not isinstance(folders, dict) or not isinstance(kinds, dict):
            return False
        for folder in folders:
            self.below(folder)
        return (
            all(self.digest(path) == answer for path, answer in files.items())
            and self.folders == folders
            and all(self.kind(path) == answer for path, answer in kinds.items())
        )


def _kind(tree: SourceTree, path: str) -> str:
    if path == ".." or path.startswith("../"):
        return "outside" if exists_outside(tree, path) else ""
    if tree.lookup(path) is not None:
        return "file"
    real = tree.real_path(path)
    if real is not None:
        return "folder" if is_folder(real) else ""
    prefix = f"{path}/"
    return "folder" if any(file.startswith(prefix) for file in tree.files) else ""


@dataclasses.dataclass(frozen=True, slots=True)
class Slot:
    """Where an answer is kept: a cache, the kind of answer, and everything known that it depends on."""

    cache: Cache
    kind: str
    key: str


def kept_or_fresh(slot: Slot, tree: SourceTree, shape: type[T], compute: Callable[[Lookups], tuple[T, bool]]) -> T:
    """The kept answer where the tree still gives the recorded answers to its lookups, else a fresh one.

    `compute` returns the answer, and whether it depends on nothing but the slot's key and the lookups, so that it can be kept.
    """
    stored = slot.cache.get(slot.kind, slot.key)
    if isinstance(stored, dict) and Lookups(tree).match(stored.get("lookups")):
        with contextlib.suppress(ValueError):
            return from_plain(shape, stored.get("value"))
    lookups = Lookups(tree)
    answer, lasting = compute(lookups)
    if lasting and slot.cache.keeps(slot.kind):
        with contextlib.suppress(RecursionError):  # nested too deeply for the caller's stack
            slot.cache.put(slot.kind, slot.key, {"value": to_plain(answer), "lookups": lookups.recorded()})
    return answer
