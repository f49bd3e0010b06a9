"""The workflows that nothing else imports, and which of them is meant."""

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
MAX_SCANNED = 50_000
_MAX_LISTED = 12
_MAX_UNREAD = 3
_REPAIR = {
    "zip": "build the zip again with `packager package`",
    "directory": "make the files readable",
    "file": "make the file readable",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A file that can be a main; `kind` is `workflow` or `tool`."""

    path: str
    engine: Engine
    kind: str


def scan_all(tree: SourceTree, engine: Engine | None) -> dict[str, Scan]:
    """What every definition file of a tree is, by path; those of one engine, if one is given.

    Raises:
        PackagerError: there are more than can be looked at.
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
            raise PackagerError(f"`{tree.name}` holds more than {MAX_SCANNED:,} definition files", "give `--main`")
    return scans


def content_of(tree: SourceTree, path: str) -> bytes | None:
    """A file's bytes, or None when it cannot be read."""
    try:
        return tree.read(path)
    except UnreadableError:
        return None  # the adapter says so, with its reason, if the file turns out to be needed


def _targets(importer: str, scan: Scan) -> Iterable[str]:
    for reference in scan.references:
        resolved = resolve(
            importer,
            reference.text.partition("#")[0] if scan.engine is Engine.CWL else reference.text,
        )
        if resolved.kind is not ReferenceKind.LOCAL or resolved.path == importer:
            continue
        yield from import_candidates(scan.engine, resolved.path)


def entries_of(tree: SourceTree, scans: dict[str, Scan]) -> list[Entry]:
    """The files that can be the main: what no other file imports, workflows before tools, a pipeline's main script alone."""
    # A test or an example that imports the workflow does not make it a part of something.
    referenced = {
        target
        for path, scan in scans.items()
        for target in _targets(path, scan)
        if not _beside_the_work(path) or _beside_the_work(target)
    }
    mains = _manifest_mains(tree, scans)
    entries = [
        Entry(path, scan.engine, scan.entry)
        for path, scan in scans.items()
        if scan.entry and (path not in referenced or path in mains)
    ]
    if not entries:  # every workflow is imported by another: a circle, which the adapter will report
        entries = [Entry(path, scan.engine, scan.entry) for path, scan in scans.items() if scan.entry]
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
            script = main_script(content_of(tree, path) or b"") or "main.nf"
            target = normalise(posixpath.join(posixpath.dirname(path), script))
            if target in scans:
                mains.add(target)
    return frozenset(mains)


def _below(path: str, folder: str) -> bool:
    return not folder or path.startswith(f"{folder}/")


def choose(tree: SourceTree, entries: list[Entry]) -> tuple[Entry, str]:
    """The entry that is meant, and why.

    Raises:
        PackagerError: several may be; it lists them and names the flag.
    """
    if len(entries) == 1:
        return entries[0], _only_reason(entries[0])
    pool = foremost(entries)
    if len(pool) == 1:
        return pool[0], f"{_only_reason(pool[0])} outside folders of tests, examples and documentation"
    depth = min(entry.path.count("/") for entry in pool)
    nearest = [entry for entry in pool if entry.path.count("/") == depth]
    folder = posixpath.dirname(nearest[0].path)
    if all(_below(entry.path, folder) for entry in pool):
        if len(nearest) == 1:
            return (
                nearest[0],
                f"the only {_kind(nearest[0])} that nothing imports at the top; the others lie below it",
            )
        named = [entry for entry in nearest if posixpath.basename(entry.path) == MAIN_NAMES[entry.engine]]
        if len(named) == 1:
            return (
                named[0],
                f"called `{posixpath.basename(named[0].path)}`, among {len(nearest)} that nothing imports",
            )
    raise _ambiguous(tree, pool)


def foremost(entries: list[Entry]) -> list[Entry]:
    """The entries outside folders of tests, examples and the like; all of them if there are no others."""
    return [entry for entry in entries if not _beside_the_work(entry.path)] or entries


def _beside_the_work(path: str) -> bool:
    """Whether a file lies in a folder of tests, examples or the like."""
    return bool(_SIDE_FOLDERS.intersection(path.lower().split("/")[:-1]))


def _kind(entry: Entry) -> str:
    return f"{entry.engine} {entry.kind}"


def _only_reason(entry: Entry) -> str:
    return f"the only {_kind(entry)} that nothing imports"


def _ambiguous(tree: SourceTree, entries: list[Entry]) -> PackagerError:
    listed = [f"`{entry.path}` ({entry.engine})" for entry in sorted(entries, key=lambda one: one.path)]
    more = f" and {len(listed) - _MAX_LISTED} more" if len(listed) > _MAX_LISTED else ""
    engines = sorted({entry.engine for entry in entries})
    flag = "`--engine` or `--main`" if len(engines) > 1 else "`--main`"
    return PackagerError(
        f"`{tree.name}` has {len(listed)} workflows that nothing imports: {', '.join(listed[:_MAX_LISTED])}{more}",
        f"say which with {flag}, name the main file itself, or name all of them in `packager.toml` (`[workflow.NAME]`)",
    )


def _unread(tree: SourceTree, engine: Engine | None) -> list[tuple[str, str]]:
    """The definition files that cannot be read, each with the reason; those of one engine, if one is given."""
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
    wanted = f" {engine}" if engine else ""
    if unread := _unread(tree, engine):
        listed = ", ".join(f"`{path}` ({reason})" for path, reason in unread[:_MAX_UNREAD])
        more = f" and {len(unread) - _MAX_UNREAD} more" if len(unread) > _MAX_UNREAD else ""
        return PackagerError(
            f"cannot read the{wanted} definition files of `{tree.name}`: {listed}{more}", _REPAIR[tree.kind]
        )
    if scans:
        return PackagerError(
            f"`{tree.name}` has {len(scans)}{wanted} definition file(s), but none of them is a workflow",
            "name a directory that holds the workflow's main file",
        )
    return PackagerError(
        f"nothing to check: `{tree.name}` holds no{wanted} workflow definition",
        "a definition is a `.wdl`, `.nf` or `.cwl` file, or a YAML or JSON file with `cwlVersion`",
    )
