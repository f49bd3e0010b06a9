"""A path opened as a source, with its engine and main."""

from __future__ import annotations

import os
import posixpath
from dataclasses import dataclass, replace
from pathlib import Path

from packager.detect.broken import REASON, broken_main
from packager.detect.candidates import (
    NoWorkflowError,
    any_readable,
    choose_main,
    content_of,
    main_candidates,
    scan_all,
)
from packager.detect.package_root import Reach, may_leave, reach
from packager.detect.service import service_choice
from packager.engines.adapter import SUFFIXES, scanner
from packager.errors import PackagerError
from packager.files import is_folder
from packager.findings.codes import finding
from packager.findings.diagnostic import Diagnostic
from packager.model.facts import Detection, Engine, Scan, ServiceChoice
from packager.source import (
    NO_OVERLAY,
    DirectoryTree,
    Overlay,
    SourceTree,
    ZipTree,
    is_zip,
    normalise,
    open_directory,
)
from packager.text import count


@dataclass(frozen=True, slots=True)
class Located:
    """An opened source with its engine and main."""

    tree: SourceTree
    detection: Detection
    diagnostics: tuple[Diagnostic, ...] = ()


def locate(
    path: str,
    *,
    engine: Engine | None = None,
    main: str | None = None,
    described_main: str | None = None,
    overlay: Overlay = NO_OVERLAY,
) -> Located:
    """The source at the path of a directory, a main file or a zip, with its engine and main.

    `described_main` is the main in the description next to a package; `main`, the user's own choice, overrides it. Files with unsaved
    content in the `overlay` are read from there; a zip has none.

    Raises:
        PackagerError: the path does not exist, contains no workflow, or has more than one candidate.
    """
    if not path:
        raise PackagerError("the path is empty", "pass a folder, a main file or a zip")
    place = Path(path)
    if is_folder(place):
        tree = open_directory(place, path, overlay)
        return _with_parents(place, tree, *_detect(tree, engine, main))
    if not overlay.exists(place):
        raise PackagerError(f"no such file or directory: `{path}`")
    if not overlay.is_file(place):
        raise PackagerError(f"`{path}` is neither a file nor a folder")
    if is_zip(place):
        package = ZipTree(place, path)
        if main is None and described_main is not None:
            return Located(package, _described(package, engine, described_main))
        return Located(package, detect(package, engine=engine, main=main))
    if main is not None:
        raise PackagerError("`--main` is for a folder or a zip; this path is already a main file")
    return _locate_file(place, path, engine, overlay)


def detect(tree: SourceTree, *, engine: Engine | None = None, main: str | None = None) -> Detection:
    """The engine and main of a directory or zip.

    Raises:
        PackagerError: no candidate, more than one candidate, or a `main` that does not exist.
    """
    return _detect(tree, engine, main)[0]


def _detect(tree: SourceTree, engine: Engine | None, main: str | None) -> tuple[Detection, dict[str, Scan]]:
    """The engine and main, and the scans that told them, by path; none if the user named the main."""
    service = service_choice(tree.files)
    if main is not None:
        return _chosen_by_user(tree, engine, main, service), {}
    scans = scan_all(tree, engine)
    entries = main_candidates(tree, scans)
    if any_readable(entries):
        entry, reason = choose_main(tree, entries)
    else:
        entry, reason = broken_main(tree, scans, engine), REASON
    return Detection(entry.engine, entry.path, reason, service), scans


def _described(tree: SourceTree, engine: Engine | None, main: str) -> Detection:
    """The main of a package's description; its content gives the reason, if it leads to the same main."""
    try:
        detected = detect(tree, engine=engine)
    except PackagerError:
        detected = None
    if detected is not None and detected.main == main:
        return detected
    return replace(detect(tree, engine=engine, main=main), reason="named in the description next to the zip")


def _chosen_by_user(tree: SourceTree, engine: Engine | None, main: str, service: ServiceChoice) -> Detection:
    path = normalise(main)
    if path is None or tree.lookup(path) is None:
        raise PackagerError(
            f"`{main}` is not a file in `{tree.name}`",
            "pass its path relative to the folder or the zip's root",
        )
    kind = engine or SUFFIXES.get(posixpath.splitext(path)[1]) or _engine_of_content(tree, path)
    if kind is None:
        raise PackagerError(f"cannot detect the engine of `{main}` from its name or content", "add `--engine NAME`")
    return Detection(kind, path, "set by `--main`", service)


def _engine_of_content(tree: SourceTree, path: str) -> Engine | None:
    content = content_of(tree, path)
    if content is None:
        return None
    for kind in (Engine.CWL, Engine.WDL, Engine.NEXTFLOW):
        scan = scanner(kind).scan(path, content)
        if scan is not None and (scan.entry or scan.version):
            return kind
    return None


def _locate_file(place: Path, name: str, engine: Engine | None, overlay: Overlay) -> Located:
    """A main file, with the folder as its root that all its definitions have in common, within its boundary."""
    folder = DirectoryTree(place.parent, name, focus=place.name, overlay=overlay)
    kind = engine or SUFFIXES.get(place.suffix.lower()) or _engine_of_content(folder, place.name)
    if kind is None:
        raise NoWorkflowError(
            f"`{name}` is not a known workflow definition",
            "a definition is a `.wdl`, `.nf` or `.cwl` file, or a YAML or JSON file with `cwlVersion`; for other names add `--engine NAME`",
        )
    start = Path(os.path.abspath(place))  # noqa: PTH100 - links in the user's path are kept as they are
    reached = reach(start, kind, overlay=overlay)
    root, home = reached.root, start.parent
    main = start.relative_to(root).as_posix()
    tree = DirectoryTree(root, name, focus=main, within=reached.within, overlay=overlay)
    service = _service_choice(tree, kind, reached)
    return Located(tree, Detection(kind, main, "the file that you passed", service, climbs=root != home))


def _raised(main: str, levels: int) -> Diagnostic:
    message = (
        f"imports lead above the folder: the package's root is {count(levels, 'level')} higher, `main` is `{main}`"
    )
    return finding("ZIP016", message, path=main)


def _with_parents(place: Path, tree: DirectoryTree, detection: Detection, scans: dict[str, Scan]) -> Located:
    """A folder; its root is raised if imports lead out of it, within its boundary, or climb out of it by name and return to it."""
    if scans and not may_leave(tree, detection.engine, scans):
        return Located(tree, detection)
    source = Path(os.path.abspath(place))  # noqa: PTH100 - links in the user's path are kept as they are
    known = {source / path: scan for path, scan in scans.items() if scan.engine is detection.engine}
    reached = reach(source / detection.main, detection.engine, source, known, overlay=tree.overlay)
    root = reached.root
    if root == source:
        return Located(tree, detection)
    main = (source / detection.main).relative_to(root).as_posix()
    if reached.within == source:
        raised = DirectoryTree(root, tree.name, within=source, overlay=tree.overlay)
        service = service_choice(raised.files)
    else:
        raised = DirectoryTree(root, tree.name, focus=main, within=reached.within, overlay=tree.overlay)
        service = _service_choice(raised, detection.engine, reached)
    levels = len(source.relative_to(root).parts)
    return Located(
        raised,
        replace(detection, main=main, service=service, climbs=True),
        (_raised(main, levels),),
    )


def _service_choice(tree: DirectoryTree, engine: Engine, reached: Reach) -> ServiceChoice:
    """What the service would choose of a package with the files that a main file reaches."""
    if engine is Engine.NEXTFLOW:
        return service_choice(tree.files)
    return service_choice(sorted(file.relative_to(reached.root).as_posix() for file in reached.definitions))
