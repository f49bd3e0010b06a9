"""The root of a package whose main file was given: the main file's folder, or a higher one that contains everything it refers to.

Definitions raise the root (documents that main or another definition imports, includes or runs), and so do files that CWL includes as
text or names as a default. The root is never above the boundary of the main file's folder, and nothing above that is read.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import unquote

from packager.detect.candidates import MAX_SCANNED, content_of
from packager.engines.adapter import scanner
from packager.engines.references import ReferenceKind, import_candidates, resolve
from packager.files import IMPOSSIBLE, is_folder, real_path, relative_path
from packager.findings.diagnostic import Diagnostic
from packager.model.facts import Detection, Engine, Scan, ScannedReference
from packager.shell import quoted
from packager.source import (
    MAX_DEFINITION_BYTES,
    NO_OVERLAY,
    DirectoryTree,
    Overlay,
    SourceTree,
    never_counts,
    normalise,
)
from packager.source.boundaries import enclosing_folders, is_too_high

# The findings about a reference that leaves the root.
_OUTSIDE = frozenset({"WDL054", "CWL009", "NXF006"})
_AS_ABOVE = "pass the folder that contains all files, as above"
_SUFFIXES = {
    Engine.WDL: (".wdl",),
    Engine.NEXTFLOW: (".nf", ".config"),
    Engine.CWL: (".cwl", ".yml", ".yaml", ".json"),
}
_TEXT, _FILE = (
    "$include",
    "location",
)  # files that CWL includes as text, or names as data: they are not searched for references
_CLIMBING_FILE = re.compile(rb"""(?:location|path)["']?:\s*+["']?((?:\.\./)++[^\s"',}]++)""")


@dataclass(frozen=True, slots=True)
class Reach:
    """The root of a main file's package, and the definitions that the file reaches, itself included, by absolute path.

    `within` is the folder that contains all files of the package if paths climb above it and return: the root is then
    the highest folder that they pass.
    """

    root: Path
    definitions: tuple[Path, ...]
    within: Path | None = None


@dataclass(frozen=True, slots=True)
class _Named:
    """A file that a reference names: its path without `..`, and the highest folder on the path."""

    file: Path
    top: Path


def reach(
    main: Path,
    engine: Engine,
    source: Path | None = None,
    scans: Mapping[Path, Scan] | None = None,
    *,
    overlay: Overlay = NO_OVERLAY,
) -> Reach:
    """The root and the definitions of a main file, which is absolute, within its boundary. Never raises.

    The root is not below `source`, a folder that the user named. `scans` are those of files that were scanned before.
    """
    levels = _Levels(main.parent, () if source is None else enclosing_folders(source))
    height = levels.of(_Named(main, main.parent))
    if height is None:  # a link that leaves the project: it is not read
        return Reach(main.parent, (main,))
    seen, pending = {main}, [main, *_read_with(main, engine)]
    tops: list[Path] = []
    while pending and len(seen) < MAX_SCANNED:
        current = pending.pop()
        for reference in _references_of(current, engine, scans or {}, overlay):
            for named in _existing(current, reference, engine, overlay):
                level = levels.of(named)
                is_data = reference.kind in (_TEXT, _FILE)
                if level is None or not (is_data or _is_definition(named.file, engine, overlay)):
                    continue
                height = max(height, level)
                tops.append(named.top)
                if named.file not in seen and not is_data:
                    seen.add(named.file)
                    pending.append(named.file)
                break
    root = levels.folders[height]
    definitions = tuple(sorted(file for file in seen if file.is_relative_to(root)))
    top = min((top for top in tops if root.is_relative_to(top)), default=root)
    return Reach(root, definitions) if top == root else Reach(top, definitions, within=root)


def may_leave(tree: DirectoryTree, engine: Engine, scans: Mapping[str, Scan]) -> bool:
    """Whether a definition of a tree refers to a file by a path above the root, as far as the scans show without a look at the disk.

    Also true if one refers to an existing file that was not scanned.
    """
    if engine is Engine.CWL:  # its scans do not have the references to data
        return True
    for path, scan in scans.items():
        if scan.engine is engine and any(
            _leads_away(tree, path, reference, engine, scans) for reference in scan.references
        ):
            return True
    if engine is not Engine.NEXTFLOW:
        return False
    configs = [path for path in tree.files if path.endswith(".config")]
    return any(
        _leads_away(tree, path, reference, engine, tree.files)
        for path in configs
        for reference in _references(engine, content_of(tree, path) or b"", ".config")
    )


def _leads_away(
    tree: DirectoryTree, path: str, reference: ScannedReference, engine: Engine, known: Mapping[str, object]
) -> bool:
    """Whether a reference of a file leads above the root of its tree, or to an existing file that is not known."""
    if resolve("x", reference.text).kind in (ReferenceKind.REMOTE, ReferenceKind.ABSOLUTE):
        return False
    level = path.count("/")
    for part in reference.text.split("/"):
        level += -1 if part == ".." else part not in ("", ".")
        if level < 0:
            return True
    target = normalise(posixpath.join(posixpath.dirname(path), reference.text))
    candidates = import_candidates(engine, target) if target else ()
    if any(candidate in known for candidate in candidates):
        return False
    return any(
        tree.overlay.exists(tree.root / candidate) for candidate in candidates
    )  # ignored, or a link out of the tree


@dataclass(slots=True)
class _Levels:
    """The folders that can become the root of a main file in `folder`, the lowest first."""

    folder: Path
    folders: tuple[Path, ...] = ()
    _real: dict[Path, Path | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folders = self.folders or enclosing_folders(self.folder)

    def of(self, named: _Named) -> int | None:
        """The position of the lowest folder that really contains a file, and its whole path if any does; None if none contains it.

        A path that only returns from above the highest folder counts, unless it climbs to the root of the disk.
        """
        containing = [position for position, folder in enumerate(self.folders) if self._holds(folder, named.file)]
        whole = [position for position in containing if named.top.is_relative_to(self.folders[position])]
        if named.top == named.top.parent and not whole:
            return None
        return next(iter(whole or containing), None)

    def _holds(self, folder: Path, file: Path) -> bool:
        """Whether a folder contains a file, links followed."""
        if not file.is_relative_to(folder):
            return False
        real, real_folder = self._real_file(file), self._real_path(folder)
        return real is not None and real_folder is not None and real.is_relative_to(real_folder)

    def _real_file(self, file: Path) -> Path | None:
        if file.is_symlink():
            return real_path(file)
        folder = self._real_path(file.parent)
        return folder / file.name if folder is not None else None

    def _real_path(self, folder: Path) -> Path | None:
        if folder not in self._real:
            self._real[folder] = real_path(folder)
        return self._real[folder]


def _read_with(main: Path, engine: Engine) -> list[Path]:
    """The files that an engine reads with a main file, although nothing names them."""
    return [main.with_name("nextflow.config")] if engine is Engine.NEXTFLOW else []


def _references_of(
    file: Path, engine: Engine, scans: Mapping[Path, Scan], overlay: Overlay
) -> tuple[ScannedReference, ...]:
    """The references of a file; those of a CWL document include files, which its scan lacks."""
    scan = scans.get(file) if engine is not Engine.CWL else None
    return scan.references if scan is not None else _references(engine, _small_content(file, overlay), file.suffix)


def _references(engine: Engine, content: bytes, suffix: str = "") -> tuple[ScannedReference, ...]:
    """The references of a definition, regardless of the name of its file; a suffix distinguishes configs from scripts."""
    if suffix == ".config" and engine is Engine.NEXTFLOW:
        from packager.engines.nextflow.scan import config_references  # noqa: PLC0415 - only for Nextflow

        return config_references(content)
    scan = scanner(engine).scan(f"definition{_SUFFIXES[engine][0]}", content)
    references = scan.references if scan is not None else ()
    if engine is not Engine.CWL:
        return references
    return (*references, *_climbing_files(content))


def _climbing_files(content: bytes) -> Iterator[ScannedReference]:
    """The files that a CWL document names as data and that are not below its folder."""
    line, counted = 1, 0
    for match in _CLIMBING_FILE.finditer(content):
        line += content.count(b"\n", counted, match.start())
        counted = match.start()
        yield ScannedReference(_FILE, match.group(1).decode("utf-8", "replace"), line, 0)


def _small_content(path: Path, overlay: Overlay) -> bytes:
    """A file's bytes; empty if it is unreadable or too large to be a definition (the adapter reports it)."""
    try:
        return overlay.read(path, MAX_DEFINITION_BYTES)
    except OSError:
        return b""


def _is_definition(file: Path, engine: Engine, overlay: Overlay) -> bool:
    """Whether a file is a definition; any other file that an import names does not raise the root."""
    if file.suffix.lower() in _SUFFIXES[engine]:
        return True
    if engine is Engine.NEXTFLOW:
        return False
    return scanner(engine).scan(file.name, _small_content(file, overlay)) is not None


def _existing(importer: Path, reference: ScannedReference, engine: Engine, overlay: Overlay) -> Iterator[_Named]:
    """The existing files that a reference may name, the likeliest first."""
    for text in _spellings(reference.text, engine):
        if text and resolve("x", text).kind not in (ReferenceKind.REMOTE, ReferenceKind.ABSOLUTE):
            for candidate in import_candidates(engine, text):
                named = _named(importer.parent, candidate)
                if named is None or never_counts(named.file.name):
                    continue
                if overlay.is_file(named.file) or (reference.kind == _FILE and is_folder(named.file)):
                    yield named


def _spellings(text: str, engine: Engine) -> Iterable[str]:
    if engine is not Engine.CWL:
        return (text,)
    text = text.partition("#")[0]
    return dict.fromkeys((text, unquote(text)))


def _named(folder: Path, text: str) -> _Named | None:
    """The file that a relative path names, as the engines read it: `..` removes the name before it, link or not."""
    top = current = folder
    try:
        for part in text.split("/"):
            current = current.parent if part == ".." else current / part
            top = current if len(current.parts) < len(top.parts) else top
        file = Path(os.path.normpath(current))
    except IMPOSSIBLE:
        return None
    return _Named(file, top)


def with_way_out(diagnostics: tuple[Diagnostic, ...], tree: SourceTree, detection: Detection) -> tuple[Diagnostic, ...]:
    """The findings, where those about references that leave the root have the folder to give instead as their hint, if there is one.

    So has the finding about a main file that is a link which leaves it.
    """
    if isinstance(tree, DirectoryTree):
        diagnostics = tuple(_about_main(finding, tree, detection) for finding in diagnostics)
    leaving = sorted(finding for finding in diagnostics if finding.code in _OUTSIDE)
    if not leaving or not isinstance(tree, DirectoryTree):
        return diagnostics
    root = Path(os.path.abspath(tree.root))  # noqa: PTH100 - links in the user's path are kept as they are
    bounds = Path(os.path.abspath(tree.within or tree.root))  # noqa: PTH100 - as above
    folders: dict[tuple[str, int], list[Path]] = {}
    for path in dict.fromkeys(finding.path for finding in leaving):
        for reference in _references(detection.engine, content_of(tree, path) or b"", posixpath.splitext(path)[1]):
            for named in _existing(root / path, reference, detection.engine, tree.overlay):
                if place := _needed_place(named, bounds, tree):
                    folders.setdefault((path, reference.line), []).append(Path(os.path.commonpath([bounds, place])))
                break
    needed = [folder for finding in leaving for folder in folders.get((finding.path, finding.line), ())]
    if not needed:
        return diagnostics
    common = min(needed, key=lambda folder: len(folder.parts))  # all of them contain the root
    if is_too_high(common):
        return diagnostics
    first = next(finding for finding in leaving if (finding.path, finding.line) in folders)
    hints = {first: _way_out(common, root / detection.main)}
    return tuple(
        replace(finding, hint=hints.get(finding, _AS_ABOVE))
        if finding.code in _OUTSIDE and (finding.path, finding.line) in folders
        else finding
        for finding in diagnostics
    )


def _about_main(finding: Diagnostic, tree: DirectoryTree, detection: Detection) -> Diagnostic:
    if finding.code != "ZIP010" or finding.path != detection.main:
        return finding
    root = Path(os.path.abspath(tree.root))  # noqa: PTH100 - as above
    main = root / detection.main
    place = _needed_place(_Named(main, main.parent), root, tree) if main.is_symlink() else None
    common = Path(os.path.commonpath([root, place])) if place is not None else None
    return finding if common is None or is_too_high(common) else replace(finding, hint=_way_out(common, main))


def _needed_place(named: _Named, bounds: Path, tree: DirectoryTree) -> Path | None:
    """The highest place outside of a source that a reference needs: on its path, or the target of a link; None if it does not exist."""
    if not named.top.is_relative_to(bounds):
        return named.top
    real = real_path(named.file)
    if real is None or real.is_relative_to(tree.boundary) or bounds != tree.boundary:
        return None
    return real.parent


def _way_out(common: Path, main: Path) -> str:
    try:
        shown = relative_path(common)
    except OSError:  # the current folder is gone
        shown = common.as_posix()
    inside = main.relative_to(common).as_posix()
    command = f"packager lint {quoted(shown)} --main {quoted(inside)}"
    return f"to include it, pass the folder that contains all files: `{command}`"
