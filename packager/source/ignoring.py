"""What never counts as part of a workflow, and what ignore files leave out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from packager.files import read_start
from packager.source.tree import CHUNK_BYTES

if TYPE_CHECKING:
    import pathspec

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


def never_counts(path: str) -> bool:
    """Whether a relative path lies in a folder, or is a file, that is never part of a workflow."""
    *folders, name = path.split("/")
    return (
        any(folder in NEVER_DIRECTORIES or folder.startswith(".nextflow") for folder in folders)
        or name in NEVER_FILES
        or name.startswith(_NEVER_PREFIXES)
        or name.endswith(_NEVER_SUFFIXES)
    )


@dataclass(frozen=True, slots=True)
class IgnoreRules:
    """Ignore files that apply at a folder: each with its spec and how to name a tree path in its terms."""

    specs: tuple[tuple[pathspec.GitIgnoreSpec, str, str], ...]  # spec, prefix to remove, prefix to add

    def below(self, folder: Path, path: str, names: set[str], root: Path) -> IgnoreRules:
        """These rules and those of a folder's own ignore files, which must be inside of `root`; the folder's names are known already."""
        found = self.specs
        for name in (".gitignore", ".packagerignore"):
            if name in names and (spec := _spec(folder / name, root)):
                found = (*found, (spec, f"{path}/" if path else "", ""))
        return IgnoreRules(found)

    def above(self, folder: Path, prefix: str, root: Path) -> IgnoreRules:
        """These rules and those of a `.gitignore` above the source, in the repository at `root`."""
        spec = _spec(folder / ".gitignore", root)
        return IgnoreRules((*self.specs, (spec, "", f"{prefix}/"))) if spec else self

    def ignore(self, path: str, *, directory: bool) -> bool:
        """Whether the nearest rule that speaks of the path ignores it."""
        name = f"{path}/" if directory else path
        for spec, remove, add in reversed(self.specs):
            result = spec.check_file(add + name.removeprefix(remove))
            if result.include is not None:
                return bool(result.include)
        return False


def _spec(path: Path, root: Path) -> pathspec.GitIgnoreSpec | None:
    try:
        lines = read_start(path, CHUNK_BYTES, root=root).decode("utf-8", "replace").splitlines()
    except OSError:
        return None
    import pathspec  # noqa: PLC0415 - only where an ignore file exists

    kept = []
    for line in lines:
        try:
            pathspec.GitIgnoreSpec.from_lines([line])
        except ValueError:
            continue  # git too passes over a pattern that it cannot read
        kept.append(line)
    return pathspec.GitIgnoreSpec.from_lines(kept)
