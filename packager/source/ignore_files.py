"""Which files are left out of a source: those that are never part of a workflow, and those that ignore files name."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path

from packager.source.boundaries import is_gits_own
from packager.source.overlay import NO_OVERLAY, Overlay
from packager.source.tree import CHUNK_BYTES

# Never part of a workflow: version control, caches, tools' folders, run-time leftovers.
NEVER_DIRECTORIES = frozenset(
    {
        ".git", ".hg", ".svn", ".bzr", "CVS", ".nextflow", "work", ".venv", "venv", "node_modules", "__MACOSX",
        "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".tox", ".nox", ".idea", ".vscode",
        ".ipynb_checkpoints", ".nf-test", ".snakemake", ".cache",
    }
)  # fmt: skip
NEVER_FILES = frozenset({".DS_Store", "Thumbs.db", "desktop.ini", ".git"})
_NEVER_PREFIXES = (".nextflow", "._", ".#", "#")
_NEVER_SUFFIXES = (".swp", ".swo", "~", ".pyc")
# The parts of pathspec's regular expressions: `*`, an inner `**`, and the group of a folder that matches.
_STAR = "[^/]*"
_FOLDERS = "(?:/.+)?"
_FOLDER_GROUP = "ps_d"
_LONGEST_LINE = 4096  # as paths are


def never_counts(path: str) -> bool:
    """Whether a relative path is a file, or is in a folder, that is never part of a workflow."""
    *folders, name = path.split("/")
    return (
        not NEVER_DIRECTORIES.isdisjoint(folders)
        or "/.nextflow" in f"/{path}"
        or is_gits_own(path)
        or name in NEVER_FILES
        or name.startswith(_NEVER_PREFIXES)
        or name.endswith(_NEVER_SUFFIXES)
    )


IGNORE_FILES = frozenset({".gitignore", ".packagerignore"})
MAX_IGNORE_BYTES = CHUNK_BYTES  # of one ignore file; the rest is not read

# The rules of one ignore file, each with whether it ignores its matches; the last is first, because it wins.
_Patterns = tuple[tuple[re.Pattern[str], bool], ...]


@dataclass(frozen=True, slots=True)
class IgnoreRules:
    """Ignore files that apply to a folder: each with its patterns and how to make a tree path relative to it."""

    files: tuple[tuple[_Patterns, str, str], ...] = ()  # patterns, prefix to remove, prefix to add

    @property
    def size(self) -> int:
        """How many patterns there are."""
        return sum(len(patterns) for patterns, _, _ in self.files)

    def below(self, folder: Path, path: str, names: set[str], root: Path, overlay: Overlay = NO_OVERLAY) -> IgnoreRules:
        """These rules and those of a folder's own ignore files, which must be inside of `root`; `names` are the folder's entries."""
        files = self.files
        for name in sorted(IGNORE_FILES):
            if name in names and (patterns := _patterns(folder / name, root, overlay)):
                files = (*files, (patterns, f"{path}/" if path else "", ""))
        return IgnoreRules(files)

    def above(
        self, folder: Path, prefix: str, root: Path, start: str = "", overlay: Overlay = NO_OVERLAY
    ) -> IgnoreRules:
        """These rules and those of a `.gitignore` above the source, in the repository at `root`; paths begin with `start`."""
        patterns = _patterns(folder / ".gitignore", root, overlay)
        return IgnoreRules((*self.files, (patterns, f"{start}/" if start else "", f"{prefix}/"))) if patterns else self

    def ignore(self, path: str, *, directory: bool) -> bool:
        """Whether the nearest rule that matches the path ignores it."""
        name = f"{path}/" if directory else path
        for patterns, remove, add in reversed(self.files):
            result = _verdict(patterns, add + name.removeprefix(remove))
            if result is not None:
                return result
        return False


def _verdict(patterns: _Patterns, path: str) -> bool | None:
    """What the patterns of one file decide: those that match the path itself win over those that match a folder above it."""
    above = None
    for pattern, ignores in patterns:
        match = pattern.search(path)
        if match is None:
            continue
        if not match.groupdict().get(_FOLDER_GROUP):
            return ignores
        above = ignores if above is None else above
    return above


def _patterns(path: Path, root: Path, overlay: Overlay) -> _Patterns:
    try:
        lines = overlay.read_start(path, MAX_IGNORE_BYTES, root=root).decode("utf-8", "replace").splitlines()
    except OSError:
        return ()  # the walk reports a special file, and a link that leaves the root
    return tuple(pattern for line in reversed(lines) for pattern in _compiled(line))


@functools.lru_cache(maxsize=10_000)
def _compiled(line: str) -> _Patterns:
    """The pattern of a line; none for a comment, for a line that Git cannot read either, and for one that no path can match."""
    if len(line) > _LONGEST_LINE or not line.strip() or line.startswith("#"):
        return ()
    import pathspec  # noqa: PLC0415 - only where an ignore file exists

    try:
        patterns = pathspec.GitIgnoreSpec.from_lines([line]).patterns
        return tuple(
            (re.compile(_steady(pattern.regex.pattern)), bool(pattern.include))
            for pattern in patterns
            if pattern.regex is not None
        )
    except (ValueError, re.error, RecursionError, OverflowError):
        return ()


def _steady(regex: str) -> str:
    """A pattern's regular expression without the backtracking that grows with a power of the path's length.

    Before a later `*` or `**`, the earliest match of a part leaves the most text for the rest, so no other match has to be tried.
    """
    *blocks, last = (_steady_stars(block) for block in regex.split(_FOLDERS))
    if not blocks:
        return last
    first = blocks[0].replace("^(?:.+/)?", "^(?:[^/]+/)*?")
    middle = [f"(?>(?:/[^/]+)*?{block}(?=/))" for block in blocks[1:]]
    return "".join([f"(?>{first}(?=/))", *middle, _FOLDERS, last])


def _steady_stars(regex: str) -> str:
    first, *pieces = regex.split(_STAR)
    if len(pieces) < 2:  # a single star takes as many steps as there are characters
        return regex
    steady = [
        f"(?>[^/]*?{piece})" if "/" not in piece.replace("[^/]", "") else f"{_STAR}{piece}" for piece in pieces[:-1]
    ]
    return "".join([first, *steady, _STAR, pieces[-1]])
