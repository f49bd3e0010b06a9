"""Engine and main: which file is the workflow, why, and what the service would pick if told nothing.

Candidates come from the import graph: an entry is a workflow that no other file imports. Files are looked at
by the engines' import scanners alone; nothing is parsed here.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from packager.codes import finding
from packager.diagnostics import Diagnostic, PackagerError
from packager.engines import SUFFIXES, scanner
from packager.engines.references import Target, resolve
from packager.model import Detection, Engine, Scan, ServiceChoice
from packager.source import (
    MAX_DEFINITION_BYTES,
    DirectoryTree,
    SourceTree,
    UnreadableError,
    ZipTree,
    is_zip,
    never_counts,
    normalise,
    open_directory,
)

_MAIN_NAMES = {Engine.WDL: "main.wdl", Engine.NEXTFLOW: "main.nf", Engine.CWL: "main.cwl"}
_CWL_ALSO = (".yml", ".yaml", ".json")
_CWL_ALSO_MAX_BYTES = 4 * 1024 * 1024
# Folders whose workflows test, show or keep something; a workflow beside them is the one that is meant.
_SIDE_FOLDERS = frozenset(
    {
        "test", "tests", "testing", "doc", "docs", "example", "examples", "demo", "demos", "sample", "samples", "legacy",
        "deprecated", "archive", "archived", "old", "template", "templates", "scratch", "ci", "dev", "benchmark",
        "benchmarks", "subworkflows", "sub-workflows",
    }
)  # fmt: skip
_MAX_SCANNED = 50_000
_MAX_LISTED = 12
_CLIMBING_FILE = re.compile(rb"""(?:location|path)["']?:\s*["']?((?:\.\./)+[^\s"',}]+)""")


@dataclass(frozen=True, slots=True)
class Located:
    """A source that was opened, with its engine and main."""

    tree: SourceTree
    detection: Detection
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class _Entry:
    path: str
    engine: Engine
    kind: str


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
    if place.is_dir():
        tree: SourceTree = open_directory(place, path)
        return Located(tree, detect(tree, engine=engine, main=main))
    if not place.exists():
        raise PackagerError(f"no such file or directory: `{path}`")
    if not place.is_file():
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
    scans = _scan_all(tree, engine)
    entries = _entries(tree, scans)
    if not entries:
        raise _nothing_found(tree, scans, engine)
    entry, reason = _choose(tree, entries)
    return Detection(entry.engine, entry.path, reason, service)


def service_choice(paths: Iterable[str], engine: Engine | None = None) -> ServiceChoice:
    """What the service would pick from an archive's paths if `main` (and `engine`, unless given) were not sent.

    Source: packaging page (2026-10-16): among the definition files nearest to the archive's root, hidden files and folders
    apart, the only one or the one called `main.<extension>`; and only when the archive holds one engine's files, or the
    engine was named.
    """
    found: dict[Engine, list[str]] = {}
    for path in paths:
        kind = SUFFIXES.get(posixpath.splitext(path)[1])
        if kind is not None and not any(part.startswith(".") for part in path.split("/")):
            found.setdefault(kind, []).append(path)
    if engine is not None:
        found = {engine: found[engine]} if engine in found else {}
    if not found:
        what = f"no {engine} definition file" if engine else "no definition file (`.wdl`, `.nf`, `.cwl`)"
        return ServiceChoice(engine, None, f"the archive holds {what} that is not hidden")
    if len(found) > 1:
        *others, last = sorted(found)
        names = f"{', '.join(others)} and {last}"
        return ServiceChoice(None, None, f"the archive holds definition files of {names}, so `engine` must be sent")
    ((kind, candidates),) = found.items()
    depth = min(path.count("/") for path in candidates)
    nearest = sorted(path for path in candidates if path.count("/") == depth)
    if len(nearest) == 1:
        return ServiceChoice(kind, nearest[0], "the only definition file nearest to the archive's root")
    named = [path for path in nearest if posixpath.basename(path) == _MAIN_NAMES[kind]]
    if len(named) == 1:
        return ServiceChoice(
            kind,
            named[0],
            f"`{_MAIN_NAMES[kind]}` among {len(nearest)} nearest to the archive's root",
        )
    if named:
        return ServiceChoice(
            kind,
            None,
            f"{len(named)} files called `{_MAIN_NAMES[kind]}` are equally near to the root",
        )
    return ServiceChoice(
        kind,
        None,
        f"{len(nearest)} definition files are nearest to the root and none is called `{_MAIN_NAMES[kind]}`",
    )


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
    content = _content(tree, path)
    if content is None:
        return None
    for kind in (Engine.CWL, Engine.WDL, Engine.NEXTFLOW):
        scan = scanner(kind).scan(path, content)
        if scan is not None and (scan.entry or scan.version):
            return kind
    return None


def _content(tree: SourceTree, path: str) -> bytes | None:
    try:
        return tree.read(path)
    except UnreadableError:
        return None  # the adapter says so, with its reason, if the file turns out to be needed


def _scan_all(tree: SourceTree, engine: Engine | None) -> dict[str, Scan]:
    scans: dict[str, Scan] = {}
    for path, file in tree.files.items():
        suffix = posixpath.splitext(path)[1].lower()
        kind = SUFFIXES.get(suffix)
        if kind is None and suffix in _CWL_ALSO and file.size <= _CWL_ALSO_MAX_BYTES:
            kind = Engine.CWL
            content = _content(tree, path)
            if content is None or b"cwlVersion" not in content:
                continue
        if kind is None or (engine is not None and kind is not engine):
            continue
        content = _content(tree, path)
        scan = scanner(kind).scan(path, content) if content is not None else None
        if scan is not None:
            scans[path] = scan
        if len(scans) > _MAX_SCANNED:
            raise PackagerError(f"`{tree.name}` holds more than {_MAX_SCANNED:,} definition files", "give `--main`")
    return scans


def _targets(importer: str, scan: Scan) -> Iterable[str]:
    for reference in scan.references:
        resolved = resolve(
            importer,
            reference.text.partition("#")[0] if scan.engine is Engine.CWL else reference.text,
        )
        if resolved.target is not Target.LOCAL or resolved.path == importer:
            continue
        yield resolved.path
        if scan.engine is Engine.NEXTFLOW:
            yield from (f"{resolved.path}.nf", f"{resolved.path}/main.nf")


def _entries(tree: SourceTree, scans: dict[str, Scan]) -> list[_Entry]:
    # A test or an example that imports the workflow does not make it a part of something.
    referenced = {
        target
        for path, scan in scans.items()
        for target in _targets(path, scan)
        if not _beside_the_work(path) or _beside_the_work(target)
    }
    mains = _manifest_mains(tree, scans)
    entries = [
        _Entry(path, scan.engine, scan.entry)
        for path, scan in scans.items()
        if scan.entry and (path not in referenced or path in mains)
    ]
    if not entries:  # every workflow is imported by another: a circle, which the adapter will report
        entries = [_Entry(path, scan.engine, scan.entry) for path, scan in scans.items() if scan.entry]
    for kind in Engine:
        if any(entry.engine is kind and entry.kind == "workflow" for entry in entries):
            entries = [entry for entry in entries if entry.engine is not kind or entry.kind == "workflow"]
    beside_config = [entry for entry in entries if entry.path in mains]
    if beside_config:  # a pipeline's own main; other scripts in its folder are not entries of their own
        homes = [posixpath.dirname(entry.path) for entry in beside_config]
        entries = [
            entry
            for entry in entries
            if entry.path in mains
            or entry.engine is not Engine.NEXTFLOW
            or not any(_below(entry.path, home) for home in homes)
        ]
    return entries


def _manifest_mains(tree: SourceTree, scans: dict[str, Scan]) -> frozenset[str]:
    """The main scripts of the Nextflow configs: `manifest.mainScript`, else `main.nf` beside the config."""
    if not any(scan.engine is Engine.NEXTFLOW for scan in scans.values()):
        return frozenset()
    from packager.engines.nextflow.scan import main_script  # noqa: PLC0415 - only for Nextflow

    mains = set()
    for path in tree.files:
        if posixpath.basename(path) == "nextflow.config":
            script = main_script(_content(tree, path) or b"") or "main.nf"
            target = normalise(posixpath.join(posixpath.dirname(path), script))
            if target in scans:
                mains.add(target)
    return frozenset(mains)


def _below(path: str, folder: str) -> bool:
    return not folder or path.startswith(f"{folder}/")


def _choose(tree: SourceTree, entries: list[_Entry]) -> tuple[_Entry, str]:
    if len(entries) == 1:
        return entries[0], _only_reason(entries[0])
    front = [entry for entry in entries if not _beside_the_work(entry.path)]
    if len(front) == 1:
        return front[0], f"{_only_reason(front[0])} outside folders of tests, examples and documentation"
    pool = front or entries
    depth = min(entry.path.count("/") for entry in pool)
    nearest = [entry for entry in pool if entry.path.count("/") == depth]
    folder = posixpath.dirname(nearest[0].path)
    if all(_below(entry.path, folder) for entry in pool):
        if len(nearest) == 1:
            return (
                nearest[0],
                f"the only {_kind(nearest[0])} that nothing imports at the top; the others lie below it",
            )
        named = [entry for entry in nearest if posixpath.basename(entry.path) == _MAIN_NAMES[entry.engine]]
        if len(named) == 1:
            return (
                named[0],
                f"called `{posixpath.basename(named[0].path)}`, among {len(nearest)} that nothing imports",
            )
    raise _ambiguous(tree, pool)


def _beside_the_work(path: str) -> bool:
    """Whether a file lies in a folder of tests, examples or the like."""
    return bool(_SIDE_FOLDERS.intersection(path.lower().split("/")[:-1]))


def _kind(entry: _Entry) -> str:
    return f"{entry.engine} {entry.kind}"


def _only_reason(entry: _Entry) -> str:
    return f"the only {_kind(entry)} that nothing imports"


def _ambiguous(tree: SourceTree, entries: list[_Entry]) -> PackagerError:
    listed = [f"`{entry.path}` ({entry.engine})" for entry in sorted(entries, key=lambda one: one.path)]
    more = f" and {len(listed) - _MAX_LISTED} more" if len(listed) > _MAX_LISTED else ""
    engines = sorted({entry.engine for entry in entries})
    flag = "`--engine` or `--main`" if len(engines) > 1 else "`--main`"
    return PackagerError(
        f"`{tree.name}` has {len(listed)} workflows that nothing imports: {', '.join(listed[:_MAX_LISTED])}{more}",
        f"say which with {flag}, or name the main file itself",
    )


def _nothing_found(tree: SourceTree, scans: dict[str, Scan], engine: Engine | None) -> PackagerError:
    wanted = f" {engine}" if engine else ""
    if scans:
        return PackagerError(
            f"`{tree.name}` has {len(scans)}{wanted} definition file(s), but none of them is a workflow",
            "name a directory that holds the workflow's main file",
        )
    return PackagerError(
        f"nothing to check: `{tree.name}` holds no{wanted} workflow definition",
        "a definition is a `.wdl`, `.nf` or `.cwl` file, or a YAML or JSON file with `cwlVersion`",
    )


def _locate_file(place: Path, name: str, engine: Engine | None) -> Located:
    """A main file and its surroundings: rooted where all that it imports has a common folder."""
    folder = DirectoryTree(place.parent, name, focus=place.name)
    kind = engine or SUFFIXES.get(place.suffix.lower()) or _engine_of_content(folder, place.name)
    if kind is None:
        raise PackagerError(
            f"`{name}` is no workflow definition that can be recognised",
            "a definition is a `.wdl`, `.nf` or `.cwl` file, or a YAML or JSON file with `cwlVersion`; give `--engine` otherwise",
        )
    closure = _climb(place, kind)
    root = Path(os.path.commonpath([file.parent for file in closure]))
    home = Path(os.path.abspath(place.parent))  # noqa: PTH100 - links in the user's path are kept as they are
    if root != home and (root == Path(root.anchor) or root in (Path.home(), Path.home().parent)):
        root = home  # never package a home directory or a whole disk: what climbs so far is reported as outside
    main = Path(os.path.abspath(place)).relative_to(root).as_posix()  # noqa: PTH100
    tree = DirectoryTree(root, name, focus=main)
    if kind is Engine.NEXTFLOW:
        service = service_choice(tree.files)
    else:
        service = service_choice(
            sorted(file.relative_to(root).as_posix() for file in closure if file.is_relative_to(root))
        )
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
    return Located(tree, Detection(kind, main, "the file that was named", service), tuple(diagnostics))


def _climb(place: Path, kind: Engine) -> list[Path]:
    """The files that a main file reaches through relative imports, by absolute path without following links."""
    start = Path(os.path.abspath(place))  # noqa: PTH100
    seen = {start}
    pending = [start]
    while pending and len(seen) < _MAX_SCANNED:
        current = pending.pop()
        content = _small_content(current)
        scan = scanner(kind).scan(current.name, content)
        texts = [reference.text for reference in scan.references] if scan else []
        if kind is Engine.CWL:
            texts = [text.partition("#")[0] for text in texts]
            for data in _CLIMBING_FILE.findall(content):
                seen.update(_beside(current, data.decode("utf-8", "replace"), kind))
        for text in texts:
            for target in _beside(current, text, kind):
                if target not in seen:
                    seen.add(target)
                    pending.append(target)
    return sorted(seen)


def _small_content(path: Path) -> bytes:
    """A file's bytes; none of what is unreadable or too large to be a definition (the adapter says so)."""
    try:
        return path.read_bytes() if path.stat().st_size <= MAX_DEFINITION_BYTES else b""
    except OSError:
        return b""


def _beside(importer: Path, text: str, kind: Engine) -> list[Path]:
    if not text or resolve("x", text).target in (Target.REMOTE, Target.ABSOLUTE):
        return []
    target = Path(os.path.normpath(importer.parent / text))
    tries = [target]
    if kind is Engine.NEXTFLOW:
        tries = [target.with_name(f"{target.name}.nf"), target / "main.nf", target]
    return [found for found in tries if found.is_file() and not never_counts(found.name)][:1]
