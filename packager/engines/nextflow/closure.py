"""Which files of a Nextflow pipeline a package needs: all but what only people, tests and CI use."""

from __future__ import annotations

import posixpath

from packager.model import ClosureFile, Role
from packager.source import SourceTree

_SIDE_FOLDERS = frozenset({"test", "tests", "docs", "doc", ".github", ".gitlab", ".circleci", ".devcontainer"})
_SIDE_FILES = frozenset(
    {
        "README.md", "CHANGELOG.md", "CITATIONS.md", "CITATION.cff", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "LICENSE",
        "LICENSE.md", "LICENSE.txt", "nf-test.config", "tower.yml", "ro-crate-metadata.json", "modules.json",
        "container-registry-map.json", "parameter-template.json", "packager.toml", "Dockerfile", "Makefile",
    }
)  # fmt: skip
_SIDE_SUFFIXES = (".nf.test", ".nf.test.snap", ".ipynb")


def left_out(path: str) -> str:
    """Why a pipeline's file is not needed to run it, or "" when it may be."""
    *folders, name = path.split("/")
    if side := next((folder for folder in folders if folder in _SIDE_FOLDERS), None):
        return f"`{side}/` holds what only people, tests or CI need"
    if folders and any(folder.startswith(".") for folder in folders):
        return "hidden folders are not part of a pipeline"
    if name.startswith("."):
        return "hidden files are not part of a pipeline"
    if not folders and name in _SIDE_FILES:
        return "not needed to run the pipeline"
    if name.endswith(_SIDE_SUFFIXES):
        return "only tests or notebooks"
    return ""


def closure(tree: SourceTree, main: str) -> tuple[ClosureFile, ...]:
    """The files of the pipeline, sorted: all in main's folder and below that are not left out.

    When main lies below the tree's root, files above its folder are kept too: modules may be shared.
    """
    home = posixpath.dirname(main)
    files = []
    for path in tree.files:
        inside = path.removeprefix(f"{home}/") if home and path.startswith(f"{home}/") else path
        if path != main and left_out(inside):
            continue
        files.append(ClosureFile(path, _role(path, main), _reason(path, main)))
    return tuple(files)


def _role(path: str, main: str) -> Role:
    if path == main:
        return Role.MAIN
    if path.endswith(".nf"):
        return Role.DEFINITION
    if path.endswith(".config"):
        return Role.CONFIG
    return Role.DATA


def _reason(path: str, main: str) -> str:
    return "the main file" if path == main else "part of the pipeline's tree"
