"""From a path to an opened source with its engine and main."""

from __future__ import annotations

import os
import posixpath
from dataclasses import dataclass, replace
from pathlib import Path

from packager.detect.candidates import choose, content_of, entries_of, nothing_found, scan_all
from packager.detect.rooting import reach
from packager.detect.service import service_choice
from packager.engines.adapter import SUFFIXES, scanner
from packager.errors import PackagerError
from packager.files import exists, is_file, is_folder
from packager.findings.codes import finding
from packager.findings.diagnostic import Diagnostic
from packager.model.facts import Detection, Engine, ServiceChoice
from packager.source import (
    DirectoryTree,
    SourceTree,
    ZipTree,
    is_zip,
    normalise,
    open_directory,
)


@dataclass(frozen=True, slots=True)
class Located:
    """A source that was opened, with its engine and main."""

    tree: SourceTree
    detection: Detection
    diagnostics: tuple[Diagnostic, ...] = ()


def locate(
    path: str, *, engine: Engine | None = None, main: str | None = None, described_main: str | None = None
) -> Located:
    """Open a directory, a main file or a zip, and find its engine and main.

    `described_main` is what the description beside a package says; `main`, the user's word, goes before it.

    Raises:
        PackagerError: no such path, nothing that is a workflow, or more than one candidate.
    """
    if not path:
        raise PackagerError("no path was given", "name a directory, a main file or a zip")
    place = Path(path)
    if is_folder(place):
        tree: SourceTree = open_directory(place, path)
        return Located(tree, detect(tree, engine=engine, main=main))
    if not exists(place):
        raise PackagerError(f"no such file or directory: `{path}`")
    if not is_file(place):
        raise PackagerError(f"`{path}` is neither a file nor a directory")
    if is_zip(place):
        tree = ZipTree(place, path)
        if main is None and described_main is not None:
            return Located(tree, _described(tree, engine, described_main))
        return Located(tree, detect(tree, engine=engine, main=main))
    if main is not None:
        raise PackagerError("`--main` goes with a directory or a zip; this path is a main file already")
    return _locate_file(place, path, engine)


def detect(tree: SourceTree, *, engine: Engine | None = None, main: str | None = None) -> Detection:
    """The engine and main of a directory or zip.

    Raises:
        PackagerError: no candidate, several, or a `main` that is not there.
    """
    service = service_choice(tree.files)
    if main is not None:
        return _chosen_by_user(tree, engine, main, service)
    scans = scan_all(tree, engine)
    entries = entries_of(tree, scans)
    if not entries:
        raise nothing_found(tree, scans, engine)
    entry, reason = choose(tree, entries)
    return Detection(entry.engine, entry.path, reason, service)


def _described(tree: SourceTree, engine: Engine | None, main: str) -> Detection:
    """What a package's description says, with the reason that its content gives, where it gives the same."""
    try:
        found = detect(tree, engine=engine)
    except PackagerError:
        found = None
    if found is not None and found.main == main:
        return found
    return replace(detect(tree, engine=engine, main=main), reason="named by the description beside the zip")


def _chosen_by_user(tree: SourceTree, engine: Engine | None, main: str, service: ServiceChoice) -> Detection:
    path = normalise(main)
    if path is None or tree.lookup(path) is None:
        raise PackagerError(
            f"`{main}` is not a file in `{tree.name}`",
            "name it relative to the directory or to the zip's root",
        )
    kind = engine or SUFFIXES.get(posixpath.splitext(path)[1]) or _engine_of_content(tree, path)
    if kind is None:
        raise PackagerError(f"the engine of `{main}` cannot be told from its name or content", "give `--engine`")
    return Detection(kind, path, "given by `--main`", service)


def _engine_of_content(tree: SourceTree, path: str) -> Engine | None:
    content = content_of(tree, path)
    if content is None:
        return None
    for kind in (Engine.CWL, Engine.WDL, Engine.NEXTFLOW):
        scan = scanner(kind).scan(path, content)
        if scan is not None and (scan.entry or scan.version):
            return kind
    return None


def _locate_file(place: Path, name: str, engine: Engine | None) -> Located:
    """A main file and its surroundings: rooted where all definitions that it reaches have a common folder, within its boundary."""
    folder = DirectoryTree(place.parent, name, focus=place.name)
    kind = engine or SUFFIXES.get(place.suffix.lower()) or _engine_of_content(folder, place.name)
    if kind is None:
        raise PackagerError(
            f"`{name}` is no workflow definition that can be recognised",
            "a definition is a `.wdl`, `.nf` or `.cwl` file, or a YAML or JSON file with `cwlVersion`; give `--engine` otherwise",
        )
    start = Path(os.path.abspath(place))  # noqa: PTH100 - links in the user's path are kept as they are
    reached = reach(start, kind)
    root, home = reached.root, start.parent
    main = start.relative_to(root).as_posix()
    tree = DirectoryTree(root, name, focus=main)
    if kind is Engine.NEXTFLOW:
        service = service_choice(tree.files)
    else:
        service = service_choice(sorted(file.relative_to(root).as_posix() for file in reached.definitions))
    diagnostics = []
    if root != home:
        depth = main.count("/")
        diagnostics.append(
            finding(
                "ZIP016",
                f"imports climb above the main file's folder, so the package is rooted {depth} "
                f"level{'s' if depth > 1 else ''} higher and `main` is `{main}`",
                path=main,
            )
        )
    return Located(
        tree, Detection(kind, main, "the file that was named", service, climbs=root != home), tuple(diagnostics)
    )
