"""The local file that a reference most likely means, if what it names is remote or missing, and submodules that are not checked out."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from packager.files import is_file, is_folder, read_start
from packager.findings.causes import Cause
from packager.findings.diagnostic import Diagnostic
from packager.source import SourceTree, normalise
from packager.source.boundaries import enclosing_folders, is_too_high

_RAW_HOSTS = {"raw.githubusercontent.com": 3, "github.com": 4, "gitlab.com": 5, "bitbucket.org": 4}
# How many path segments precede the file's own path in a raw URL: owner, repository, ref (and `raw`, `-`).
_MODULES = ".gitmodules"
_MAX_MODULES_BYTES = 64 * 1024
_MODULE_PATH = re.compile(r"^[ \t]*+path[ \t]*+=[ \t]*+(\S[^\n]*+)$", re.MULTILINE)


def same_repository_file(tree: SourceTree, importer: str, url: str) -> str | None:
    """The relative path from `importer` to the local file that a raw repository URL seems to name, if it exists.

    Seven of ten remote imports in public workflows point at the importer's own repository. The file may be above the source's root.
    """
    try:
        parts = urlsplit(url)
    except ValueError:  # not an address, such as one with `[`
        return None
    skip = _RAW_HOSTS.get(parts.hostname or "")
    segments = [unquote(segment) for segment in parts.path.split("/") if segment]
    if skip is None:
        return None
    # A ref may hold slashes (`refs/heads/main`) and the tree may be rooted below the repository's root.
    for start in range(skip, len(segments)):
        text = normalise("/".join(segments[start:]))
        if text and text != importer and tree.lookup(text):
            return posixpath.relpath(text, posixpath.dirname(importer) or ".")
        if text and "/" in text and (found := _above(tree, importer, text)):
            return found
    return None


def file_from_root(tree: SourceTree, importer: str, text: str) -> str | None:
    """The relative path from `importer` to the file that a relative path names from a folder above, if it exists.

    Some engines resolve imports from the root of an archive of imports.
    """
    path = normalise(text)
    if path is None or path != text:
        return None
    folder = posixpath.dirname(importer)
    while folder:
        folder = posixpath.dirname(folder)
        if tree.lookup(posixpath.join(folder, path)):
            return posixpath.relpath(posixpath.join(folder, path), posixpath.dirname(importer))
    return _above(tree, importer, path)


def is_in_reach(tree: SourceTree, importer: str, relative: str) -> bool:
    """Whether a relative path leads to a file of the source, or of the same project above it."""
    inside = normalise(posixpath.join(posixpath.dirname(importer), relative))
    if inside is not None:
        return tree.lookup(inside) is not None
    home = _folder(tree, importer)
    if home is None:
        return False
    target = Path(os.path.normpath(home / relative))
    return target.is_relative_to(enclosing_folders(home)[-1])


def unfetched_submodule(tree: SourceTree, importer: str, text: str) -> str | None:
    """The path of the Git submodule without files that a missing file belongs to, or None."""
    home = _folder(tree, importer)
    if home is None or "\0" in text:
        return None
    target = Path(os.path.normpath(home / text))
    for folder in target.parents:
        if not is_folder(folder):
            continue
        if is_too_high(folder):
            return None
        if is_file(folder / _MODULES):
            return next((path for path in _modules(folder) if _is_empty_parent(folder / path, target)), None)
    return None


def _modules(folder: Path) -> Iterator[str]:
    try:
        text = read_start(folder / _MODULES, _MAX_MODULES_BYTES, root=folder).decode("utf-8", "replace")
    except OSError:
        return
    for path in _MODULE_PATH.findall(text):
        if normal := normalise(path.strip().strip('"')):
            yield normal


def _is_empty_parent(folder: Path, target: Path) -> bool:
    if not target.is_relative_to(folder) or is_file(folder):
        return False
    if not is_folder(folder):
        return True
    try:
        with os.scandir(folder) as entries:
            return not any(entries)
    except OSError:
        return False


def _folder(tree: SourceTree, importer: str) -> Path | None:
    """The folder of a file of the source on disk, links in the user's path kept; None in a zip."""
    place = tree.real_path(importer)
    return None if place is None else Path(os.path.abspath(place)).parent  # noqa: PTH100 - as above


def _above(tree: SourceTree, importer: str, path: str) -> str | None:
    """The relative path from `importer` to the file at a path from a folder above the source's root, if it exists."""
    home, root = _folder(tree, importer), tree.real_path(".")
    if home is None or root is None:
        return None
    for folder in Path(os.path.abspath(root)).parents:  # noqa: PTH100 - as above
        if is_too_high(folder):
            return None
        if is_file(folder / path):
            return Path(os.path.relpath(folder / path, home)).as_posix()
        if os.path.lexists(folder / ".git"):
            return None
    return None


_MISSING = frozenset({"WDL050", "CWL005", "CWL010"})
_REMOTE = frozenset({"WDL051", "CWL006"})


def with_local_files(diagnostics: tuple[Diagnostic, ...], tree: SourceTree) -> tuple[Diagnostic, ...]:
    """The findings; those about missing and remote files have the cure as their hint if it is at hand."""
    return tuple(_with_hint(finding, tree) for finding in diagnostics)


def _with_hint(finding: Diagnostic, tree: SourceTree) -> Diagnostic:
    text = finding.subject.partition("#")[0] if finding.code.startswith("CWL") else finding.subject
    if not text or finding.code not in _MISSING | _REMOTE:
        return finding
    hint, cause, module = None, Cause.NONE, None
    if finding.code in _REMOTE:
        local = same_repository_file(tree, finding.path, text)
    else:
        local = file_from_root(tree, finding.path, text)
        module = unfetched_submodule(tree, finding.path, text)
        if module is not None:
            hint = "a Git submodule is not checked out: run `git submodule update --init`"
            cause = Cause.MISSING_IMPORTS
    if local is not None:
        cause = Cause.NONE
        hint = (
            f'import the local file: `import "{local}"`'
            if finding.code.startswith("WDL")
            else f"refer to the local file `{local}`"
        )
    return finding if hint is None else replace(finding, hint=hint, cause=cause, part=module or "")
