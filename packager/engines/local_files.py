"""The local file that a reference most likely means, if what it names is remote or missing, and submodules that are not checked out."""

from __future__ import annotations

import os
import posixpath
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from packager.files import IMPOSSIBLE, is_file, is_folder, read_start, real_path, relative_path
from packager.findings.causes import Cause
from packager.findings.diagnostic import Diagnostic, Severity, in_order
from packager.source import SourceTree, normalise
from packager.source.boundaries import enclosing_folders, is_too_high
from packager.text import count

_RAW_HOSTS = {"raw.githubusercontent.com": 3, "github.com": 4, "gitlab.com": 5, "bitbucket.org": 4}
# How many path segments precede the file's own path in a raw URL: owner, repository, ref (and `raw`, `-`).
_MODULES = ".gitmodules"
_MAX_MODULES_BYTES = 64 * 1024
_MODULE_PATH = re.compile(r"^[ \t]*+path[ \t]*+=[ \t]*+(\S[^\n]*+)$", re.MULTILINE)


def local_file(tree: SourceTree, importer: str, text: str, *, remote: bool) -> str | None:
    """The relative path from `importer` to the file that a remote or missing reference most likely means, if it exists."""
    if remote:
        return same_repository_file(tree, importer, text)
    return file_from_root(tree, importer, text) or other_spelling(tree, importer, text)


def other_spelling(tree: SourceTree, importer: str, text: str) -> str | None:
    """The relative path from `importer` to the only file that a path names if capital letters are not distinguished.

    Some file systems open that file, the service does not. The path may lead above the source's root, but not out of the project.
    """
    home = _folder(tree, importer)
    if home is None or "\0" in text:
        return None
    place, target = enclosing_folders(home)[-1], Path(os.path.normpath(home / text))
    if not target.is_relative_to(place):
        return None
    for part in target.relative_to(place).parts:
        alike = [name for name in _names(place) if _folded(name) == _folded(part)]
        exact = [name for name in alike if name == part] or alike
        if len(exact) != 1:
            return None
        place /= exact[0]
    return relative_path(place, home) if place != target and is_file(place) else None


def _names(folder: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in folder.iterdir())
    except IMPOSSIBLE:
        return []


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name.casefold())


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
    written = Path(os.path.normpath(home / text))
    # The path may lead into the submodule through a link.
    return _module_of(written) or _module_of(real_path(written) or written)


def _module_of(target: Path) -> str | None:
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
            return relative_path(folder / path, home)
        if os.path.lexists(folder / ".git"):
            return None
    return None


_CHECK_OUT = "run `git submodule update --init`"
_MISSING = frozenset({"WDL050", "CWL005", "CWL010"})
_REMOTE = frozenset({"WDL051", "CWL006"})
_MISSING_FROM_ROOT = frozenset({"NXF004", "NXF009"})  # whose subject is a path from the root of the source


def with_local_files(diagnostics: tuple[Diagnostic, ...], tree: SourceTree) -> tuple[Diagnostic, ...]:
    """The findings; those about missing and remote files have the cure as their hint if it is at hand.

    Of the missing files of a Git submodule that is not checked out, only the first is reported, an error if there is any, with the number
    of the others.
    """
    modules: dict[str, list[Diagnostic]] = {}
    others = []
    for finding in diagnostics:
        module = _submodule_of(finding, tree)
        if module is None:
            others.append(_with_hint(finding, tree))
        else:
            modules.setdefault(module, []).append(finding)
    return in_order([*others, *(_of_submodule(module, missing) for module, missing in modules.items())])


def _of_submodule(module: str, missing: list[Diagnostic]) -> Diagnostic:
    errors = [finding for finding in missing if finding.severity is Severity.ERROR]
    first, more = min(errors or missing), len(missing) - 1
    number = f" (and {count(more, 'other file')})" if more else ""
    message = f"{first.message}{number}: the Git submodule `{module}` is not checked out"
    return replace(first, message=message, hint=_CHECK_OUT, subject=module, cause=Cause.SUBMODULES)


def _submodule_of(finding: Diagnostic, tree: SourceTree) -> str | None:
    text = _reference_of(finding)
    if text and finding.code in _MISSING_FROM_ROOT:
        return unfetched_submodule(tree, finding.path, posixpath.relpath(text, posixpath.dirname(finding.path) or "."))
    if not text or finding.code not in _MISSING or file_from_root(tree, finding.path, text) is not None:
        return None
    return unfetched_submodule(tree, finding.path, text)


def _reference_of(finding: Diagnostic) -> str:
    return finding.subject.partition("#")[0] if finding.code.startswith("CWL") else finding.subject


def _with_hint(finding: Diagnostic, tree: SourceTree) -> Diagnostic:
    text = _reference_of(finding)
    if not text or finding.code not in _MISSING | _REMOTE:
        return finding
    local = local_file(tree, finding.path, text, remote=finding.code in _REMOTE)
    if local is None:
        return finding
    is_wdl = finding.code.startswith("WDL")
    hint = f'import the local file: `import "{local}"`' if is_wdl else f"refer to the local file `{local}`"
    return replace(finding, hint=hint)
