"""The workflows that no other file imports, and the choice between them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass

from packager.detect.service import MAIN_NAMES
from packager.engines.adapter import SUFFIXES, scanner
from packager.engines.references import ReferenceKind, import_candidates, resolve
from packager.errors import PackagerError
from packager.model.facts import Engine, Scan
from packager.source import SourceTree, UnreadableError, ZipTree, never_counts, normalise
from packager.text import count, listed

_CWL_ALSO = (".yml", ".yaml", ".json")
_CWL_ALSO_MAX_BYTES = 4 * 1024 * 1024
# Folders of tests, examples and archives: a workflow outside of them is the main one.
_SIDE_FOLDERS = frozenset(
    {
        "test", "tests", "testing", "doc", "docs", "example", "examples", "demo", "demos", "sample", "samples", "legacy",
        "deprecated", "archive", "archived", "old", "template", "templates", "scratch", "ci", "dev", "benchmark",
        "benchmarks", "subworkflows", "sub-workflows",
    }
)  # fmt: skip
MAX_SCANNED = 50_000
_MAX_LISTED = 6
_REPAIR = {
    "zip": "rebuild the zip with `packager package`",
    "directory": "make the files readable",
    "file": "make the file readable",
}


@dataclass(frozen=True, slots=True)
class MainCandidate:
    """A file that can be a main; `kind` is `workflow` or `tool`."""

    path: str
    engine: Engine
    kind: str


def scan_all(tree: SourceTree, engine: Engine | None) -> dict[str, Scan]:
    """The scans of a tree's definition files, by path; only those of `engine`, if it is not None.

    Raises:
        PackagerError: there are too many.
    """
    scans: dict[str, Scan] = {}
    for path, file in tree.files.items():
        suffix = posixpath.splitext(path)[1].lower()
        kind = SUFFIXES.get(suffix)
        if kind is None and suffix in _CWL_ALSO and file.size <= _CWL_ALSO_MAX_BYTES:
            kind = Engine.CWL
            content = content_of(tree, path)
            if content is None or b"cwlVersion" not in content:
                continue
        if kind is None or (engine is not None and kind is not engine):
            continue
        content = content_of(tree, path)
        scan = scanner(kind).scan(path, content) if content is not None else None
        if scan is not None:
            scans[path] = scan
        if len(scans) > MAX_SCANNED:
            raise PackagerError(f"`{tree.name}` has more than {MAX_SCANNED:,} definition files", "add `--main FILE`")
    return scans


def content_of(tree: SourceTree, path: str) -> bytes | None:
    """A file's bytes, or None if it cannot be read."""
    try:
        return tree.read(path)
    except UnreadableError:
        return None  # the adapter reports it, if the file is needed


def _targets(importer: str, scan: Scan) -> Iterable[str]:
    for reference in scan.references:
        resolved = resolve(
            importer,
            reference.text.partition("#")[0] if scan.engine is Engine.CWL else reference.text,
        )
        if resolved.kind is not ReferenceKind.LOCAL or resolved.path == importer:
            continue
        yield from import_candidates(scan.engine, resolved.path)


def main_candidates(tree: SourceTree, scans: dict[str, Scan]) -> list[MainCandidate]:
    """The files that can be the main: those that no other file imports, workflows before tools, and only the main script of a pipeline."""
    # A workflow that only tests or examples import can still be the main.
    referenced = {
        target
        for path, scan in scans.items()
        for target in _targets(path, scan)
        if not _in_side_folder(path) or _in_side_folder(target)
    }
    mains = _manifest_mains(tree, scans)
    entries = [
        MainCandidate(path, scan.engine, scan.entry)
        for path, scan in scans.items()
        if scan.entry and (path not in referenced or path in mains)
    ]
    if not entries:  # every workflow is imported by another one: a circle, which the adapter reports
        entries = [MainCandidate(path, scan.engine, scan.entry) for path, scan in scans.items() if scan.entry]
    for kind in Engine:
        if any(entry.engine is kind and entry.kind == "workflow" for entry in entries):
            entries = [entry for entry in entries if entry.engine is not kind or entry.kind == "workflow"]
    beside_config = [entry for entry in entries if entry.path in mains]
    if beside_config:  # a pipeline's own main; the other scripts in its folder are parts of it
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
    """The main scripts of the Nextflow configs: `manifest.mainScript`, else `main.nf` next to the config."""
    if not any(scan.engine is Engine.NEXTFLOW for scan in scans.values()):
        return frozenset()
    from packager.engines.nextflow.scan import main_script  # noqa: PLC0415 - only for Nextflow

    mains = set()
    for path in tree.files:
        if posixpath.basename(path) == "nextflow.config":
            script = main_script(content_of(tree, path) or b"") or "main.nf"
            target = normalise(posixpath.join(posixpath.dirname(path), script))
            if target in scans:
                mains.add(target)
    return frozenset(mains)


def _below(path: str, folder: str) -> bool:
    return not folder or path.startswith(f"{folder}/")


def choose_main(tree: SourceTree, entries: list[MainCandidate]) -> tuple[MainCandidate, str]:
    """The main, and why it was chosen.

    Raises:
        PackagerError: more than one file can be the main; the error lists them and names the flag.
    """
    if len(entries) == 1:
        return entries[0], _config_reason(tree, entries[0]) or _only_reason(entries[0])
    pool = foremost(entries)
    if len(pool) == 1:
        named_by = _config_reason(tree, pool[0])
        return pool[0], named_by or f"{_only_reason(pool[0])} outside of folders for tests, examples and documentation"
    depth = min(entry.path.count("/") for entry in pool)
    nearest = [entry for entry in pool if entry.path.count("/") == depth]
    folder = posixpath.dirname(nearest[0].path)
    if all(_below(entry.path, folder) for entry in pool):
        if len(nearest) == 1:
            return (
                nearest[0],
                f"the only {_kind(nearest[0])} at the top that no other file imports; the others are in folders below",
            )
        named = [entry for entry in nearest if posixpath.basename(entry.path) == MAIN_NAMES[entry.engine]]
        if len(named) == 1:
            return (
                named[0],
                f"named `{posixpath.basename(named[0].path)}`, among {len(nearest)} that no other file imports",
            )
    raise _ambiguous(tree, pool)


def foremost(entries: list[MainCandidate]) -> list[MainCandidate]:
    """The entries outside folders of tests, examples and the like; all entries if all are in such folders."""
    return [entry for entry in entries if not _in_side_folder(entry.path)] or entries


def _in_side_folder(path: str) -> bool:
    """Whether a file is in a folder of tests, examples or the like."""
    return bool(_SIDE_FOLDERS.intersection(path.lower().split("/")[:-1]))


def _kind(entry: MainCandidate) -> str:
    return f"{entry.engine} {entry.kind}"


def _only_reason(entry: MainCandidate) -> str:
    return f"the only {_kind(entry)} that no other file imports"


def _config_reason(tree: SourceTree, entry: MainCandidate) -> str:
    """The reason for a main script that a config names as such; empty if none does."""
    if entry.engine is not Engine.NEXTFLOW:
        return ""
    from packager.engines.nextflow.scan import naming_config  # noqa: PLC0415 - only for Nextflow

    config = naming_config(entry.path, lambda path: content_of(tree, path) if path in tree.files else None)
    return f"`manifest.mainScript` of `{config}`" if config else ""


def _ambiguous(tree: SourceTree, entries: list[MainCandidate]) -> PackagerError:
    names = [f"`{entry.path}` ({entry.engine})" for entry in sorted(entries, key=lambda entry: entry.path)]
    engines = sorted({entry.engine for entry in entries})
    flag = "`--engine` or `--main`" if len(engines) > 1 else "`--main`"
    return PackagerError(
        f"`{tree.name}` has {len(names)} possible main files: {listed(names, _MAX_LISTED, quote=False)}",
        f"choose with {flag}, pass the path of a main file, or list the workflows in `packager.toml` (`packager init`)",
    )


def _unread(tree: SourceTree, engine: Engine | None) -> list[tuple[str, str]]:
    """The definition files that cannot be read, with reasons; only those of `engine`, if it is not None."""
    refused = [(entry.path, str(entry.reason)) for entry in tree.refused] if isinstance(tree, ZipTree) else []
    for path in tree.files:
        if _is_definition(path, engine):
            try:
                tree.read(path)
            except UnreadableError as error:
                refused.append((path, str(error)))
    return sorted({entry for entry in refused if _is_definition(entry[0], engine) and not never_counts(entry[0])})


def _is_definition(path: str, engine: Engine | None) -> bool:
    kind = SUFFIXES.get(posixpath.splitext(path)[1].lower())
    return kind is not None and (engine is None or kind is engine)


def nothing_found(tree: SourceTree, scans: dict[str, Scan], engine: Engine | None) -> PackagerError:
    """The error for a tree without a workflow."""
    language = f" {engine}" if engine else ""
    if unread := _unread(tree, engine):
        names = [f"`{path}` ({reason})" for path, reason in unread]
        return PackagerError(
            f"cannot read the{language} definition files of `{tree.name}`: {listed(names, quote=False)}",
            _REPAIR[tree.kind],
        )
    if scans:
        return PackagerError(
            f"`{tree.name}` has {count(len(scans), f'{language} definition file'.strip())}, but no workflow",
            "pass the folder of the workflow's main file",
        )
    return PackagerError(
        f"nothing to check: `{tree.name}` has no{language} workflow definition",
        "a definition is a `.wdl`, `.nf` or `.cwl` file, or a YAML or JSON file with `cwlVersion`",
    )
