"""The workflows that no other file imports, and the choice between them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass

from packager.detect.service import MAIN_NAMES
from packager.engines.adapter import SUFFIXES, scanner
from packager.engines.references import ReferenceKind, import_candidates, resolve
from packager.errors import PackagerError
from packager.model.facts import Engine, Scan
from packager.shell import quoted
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
# A test or an example by the name of its file: `testrun.wdl`, `align_test.wdl`, `exampleInputs.cwl`; not `testis.wdl`.
_SIDE_FILE = re.compile(
    r"(?:tests?|testing|testruns?|examples?)(?![a-z])"
    r"|.*?[_.-](?:tests?|testing|testruns?|examples?)(?![a-z])"
    r"|.*[a-z\d](?:Tests?|Examples?)(?![a-z])",
)
MAX_SCANNED = 50_000
# The kind of a definition that cannot be read. It can be the main: to choose another one would hide that.
UNREAD = "definition"
_MAX_LISTED = 3
_SHEBANG_BYTES = 100
_MOST_SCRIPT_BYTES = 1024 * 1024
_MOST_SCRIPTS = 200  # of files that are read to find scripts
_REPAIR = {
    "zip": "rebuild the zip with `packager package`",
    "directory": "make the files readable",
    "file": "make the file readable",
}


class NoWorkflowError(PackagerError):
    """A path can be read, but has no workflow."""


class SeveralWorkflowsError(PackagerError):
    """A source has more than one workflow; `mains` are their main files, relative to its root."""

    def __init__(self, message: str, hint: str, mains: tuple[str, ...]) -> None:
        super().__init__(message, hint)
        self.mains = mains


@dataclass(frozen=True, slots=True)
class MainCandidate:
    """A file that can be a main; `kind` is `workflow`, `tool`, or UNREAD."""

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
        scan = scanner(kind).scan(path, content) if content is not None else Scan(kind, entry=UNREAD)
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


def imported(scans: dict[str, Scan]) -> frozenset[str]:
    """The files that others import, except those that only tests or examples import: such a workflow can be the main."""
    return frozenset(
        target
        for path, scan in scans.items()
        for target in _targets(path, scan)
        if not is_side(path) or is_side(target)
    )


def main_candidates(tree: SourceTree, scans: dict[str, Scan]) -> list[MainCandidate]:
    """The files that can be the main: those that no other file imports, workflows before tools, and only the main script of a pipeline."""
    referenced = imported(scans)
    mains = _manifest_mains(tree, scans)
    entries = [
        MainCandidate(path, scan.engine, scan.entry)
        for path, scan in scans.items()
        if scan.entry and (path not in referenced or path in mains)
    ]
    if not any_readable(entries):  # every workflow is imported by another one: a circle, which the adapter reports
        entries = [MainCandidate(path, scan.engine, scan.entry) for path, scan in scans.items() if scan.entry]
    for kind in Engine:
        if any(entry.engine is kind and entry.kind == "workflow" for entry in entries):
            entries = [entry for entry in entries if entry.engine is not kind or entry.kind != "tool"]
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


def any_readable(entries: list[MainCandidate]) -> bool:
    """Whether any of the files is certainly a workflow or a tool."""
    return any(entry.kind != UNREAD for entry in entries)


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
        return pool[0], named_by or f"{_only_reason(pool[0])}, apart from tests, examples and documentation"
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
    """The entries that are not tests, examples or the like; all entries if all of them are."""
    return [entry for entry in entries if not is_side(entry.path)] or entries


def is_side(path: str) -> bool:
    """Whether a file is a test, an example or the like, by its name or that of a folder."""
    *folders, name = path.split("/")
    stem = posixpath.splitext(name)[0]
    return bool(_SIDE_FOLDERS.intersection(map(str.lower, folders)) or _SIDE_FILE.match(stem))


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


def _ambiguous(tree: SourceTree, entries: list[MainCandidate]) -> SeveralWorkflowsError:
    mains = tuple(sorted(entry.path for entry in entries))
    place = "" if tree.name == "." else f" {quoted(tree.name)}"
    hint = f"pass the main file of one, or its name where you are in the folder: `packager list{place}` shows them"
    if tree.kind == "zip":
        hint = "choose one with `--main`"
    elif len({entry.engine for entry in entries}) == len(entries):
        hint = "choose one with `--engine` or `--main`"
    return SeveralWorkflowsError(
        f"`{tree.name}` has {count(len(mains), 'workflow')}: {listed(mains, _MAX_LISTED)}", hint, mains
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


def _scripts_without_extension(tree: SourceTree) -> list[str]:
    """The files without an extension whose first line names Nextflow as their interpreter."""
    named = [
        path
        for path in sorted(tree.files)
        if "." not in posixpath.basename(path)
        and not never_counts(path)
        and tree.files[path].size <= _MOST_SCRIPT_BYTES
    ]
    starts = {path: (content_of(tree, path) or b"")[:_SHEBANG_BYTES] for path in named[:_MOST_SCRIPTS]}
    return [path for path, start in starts.items() if start.startswith(b"#!") and b"nextflow" in start.split(b"\n")[0]]


def nothing_found(tree: SourceTree, scans: dict[str, Scan], engine: Engine | None) -> PackagerError:
    """The error for a tree without a workflow."""
    language = f" {engine}" if engine else ""
    if unread := _unread(tree, engine):
        names = [f"`{path}` ({reason})" for path, reason in unread]
        return PackagerError(
            f"cannot read the{language} definition files of `{tree.name}`: {listed(names, quote=False)}",
            _REPAIR[tree.kind],
        )
    if scripts := _scripts_without_extension(tree) if engine in (None, Engine.NEXTFLOW) else []:
        verb = "is a Nextflow script" if len(scripts) == 1 else "are Nextflow scripts"
        return NoWorkflowError(
            f"`{tree.name}` has no workflow, but {listed(scripts, _MAX_LISTED)} {verb} without an extension",
            "give the main file the extension `.nf`",
        )
    if scans:
        return NoWorkflowError(
            f"`{tree.name}` has {count(len(scans), f'{language} definition file'.strip())}, but no workflow",
            "pass the folder of the workflow's main file",
        )
    return NoWorkflowError(
        f"nothing to check: `{tree.name}` has no{language} workflow definition",
        "a definition is a `.wdl`, `.nf` or `.cwl` file, or a YAML or JSON file with `cwlVersion`",
    )
