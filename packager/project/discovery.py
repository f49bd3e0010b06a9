"""The workflows of a folder, each with a name, path and main file for a configuration."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from packager.detect.broken import broken_main
from packager.detect.candidates import (
    MainCandidate,
    SeveralWorkflowsError,
    any_readable,
    choose_main,
    foremost,
    imported,
    is_side,
    main_candidates,
    nothing_found,
    scan_all,
)
from packager.engines.references import ReferenceKind, import_candidates, resolve
from packager.errors import PackagerError
from packager.images.registry_map import FILE_NAME as REGISTRY_MAP
from packager.model.facts import Engine, Scan
from packager.parameters.template import FILE_NAME as TEMPLATE
from packager.source import SourceTree

MAX_WORKFLOWS = 500
_USUAL_NAMES = frozenset({"main", "workflow", "index", "wf"})
_NO_NAME = re.compile(r"[^\w-]+", re.ASCII)
_LONGEST_NAME = 64


class WorkflowKind(StrEnum):
    """What a folder's definition is: a workflow, a test or example of one, or tasks for others to import."""

    WORKFLOW = "workflow"
    TEST = "test"
    LIBRARY = "library"


@dataclass(frozen=True, slots=True)
class DiscoveredWorkflow:
    """A workflow: `path` is a folder that contains `main`, or the main file itself, and then `main` is empty.

    `template` and `registry_map` are files next to the main file that are used automatically. All paths are relative to the folder
    that was searched.
    """

    name: str
    path: str
    main: str
    engine: Engine
    template: str = ""
    registry_map: str = ""
    kind: WorkflowKind = WorkflowKind.WORKFLOW

    @property
    def main_path(self) -> str:
        """The main file, relative to the folder that was searched."""
        return posixpath.normpath(posixpath.join(self.path, self.main)) if self.main else self.path


def find(tree: SourceTree, *, name: str) -> list[DiscoveredWorkflow]:
    """The workflows that nothing imports, by path; a single one if one is clearly the main one. `name` is for one at the top level.

    Raises:
        PackagerError: there are none, or too many for a configuration.
    """
    scans = scan_all(tree, None)
    entries = main_candidates(tree, scans)
    mains = _mains(tree, entries) if any_readable(entries) else [broken_main(tree, scans, None)]
    if len(mains) > MAX_WORKFLOWS:
        raise PackagerError(
            f"`{tree.name}` has {len(mains):,} workflows that nothing imports",
            "pass a folder with fewer workflows as PATH",
        )
    return _with_names(_workflows(tree, scans, mains), name)


def find_all(tree: SourceTree, *, name: str) -> list[DiscoveredWorkflow]:
    """The workflows of `find`, any other workflow that nothing imports, tests and examples, and libraries; each kind by path.

    A workflow has the same name as in the answer of `find`. Without any workflow, there are only libraries, if anything.

    Raises:
        PackagerError: there are none.
    """
    scans = scan_all(tree, None)
    entries = main_candidates(tree, scans)
    libraries = _libraries(scans, entries)
    if not any_readable(entries) and not libraries:
        raise nothing_found(tree, scans, None)
    mains = _mains(tree, entries) if entries else []
    others = [entry for entry in entries if entry not in mains and not is_side(entry.path)]
    tests = [entry for entry in entries if entry not in mains and is_side(entry.path)]
    found = _with_names(_workflows(tree, scans, mains), name)
    for kind, more in ((WorkflowKind.WORKFLOW, others), (WorkflowKind.TEST, tests), (WorkflowKind.LIBRARY, libraries)):
        added = _workflows(tree, scans, sorted(more, key=lambda entry: entry.path))
        found += _with_names([replace(each, kind=kind) for each in added], name, taken=[each.name for each in found])
    return found


def _libraries(scans: dict[str, Scan], entries: list[MainCandidate]) -> list[MainCandidate]:
    """The WDL and CWL documents without a workflow that no other document imports, apart from tests."""
    known = {entry.path for entry in entries} | imported(scans)
    return [
        MainCandidate(path, scan.engine, "library")
        for path, scan in scans.items()
        if path not in known and scan.entry != "workflow" and scan.engine is not Engine.NEXTFLOW and not is_side(path)
    ]


def _mains(tree: SourceTree, entries: list[MainCandidate]) -> list[MainCandidate]:
    try:
        return [choose_main(tree, entries)[0]]
    except SeveralWorkflowsError:
        return sorted(foremost(entries), key=lambda entry: entry.path)


def _workflows(tree: SourceTree, scans: dict[str, Scan], entries: list[MainCandidate]) -> list[DiscoveredWorkflow]:
    alone = Counter(posixpath.dirname(entry.path) for entry in entries)
    return [_workflow(tree, scans, entry, single=len(entries) == 1, alone=alone) for entry in entries]


def _workflow(
    tree: SourceTree, scans: dict[str, Scan], entry: MainCandidate, *, single: bool, alone: Counter[str]
) -> DiscoveredWorkflow:
    folder = posixpath.dirname(entry.path)
    path, main = entry.path, ""
    root = _root(scans, entry)
    if alone[folder] == 1 and (root == folder or single):
        path, main = root or ".", posixpath.relpath(entry.path, root or ".")
    paths = {name: posixpath.join(folder, name) for name in (TEMPLATE, REGISTRY_MAP)}
    used = {name: file if tree.lookup(file) is not None else "" for name, file in paths.items()}
    return DiscoveredWorkflow("", path, main, entry.engine, used[TEMPLATE], used[REGISTRY_MAP])


def _root(scans: dict[str, Scan], entry: MainCandidate) -> str:
    """The folder that contains a workflow and everything that it imports."""
    pending, seen = [entry.path], {entry.path}
    while pending:
        importer = pending.pop()
        for path in _imports(scans, importer):
            if path not in seen:
                seen.add(path)
                pending.append(path)
    folders = [posixpath.dirname(path) for path in seen]
    return "" if "" in folders else posixpath.commonpath(folders)


def _imports(scans: dict[str, Scan], importer: str) -> list[str]:
    scan = scans.get(importer)
    imports: list[str] = []
    if scan is None:
        return imports
    for reference in scan.references:
        resolved = resolve(importer, reference.text.partition("#")[0])
        if resolved.kind is ReferenceKind.LOCAL:
            imports += [path for path in import_candidates(scan.engine, resolved.path) if path in scans][:1]
    return imports


def _with_names(workflows: list[DiscoveredWorkflow], name: str, taken: Sequence[str] = ()) -> list[DiscoveredWorkflow]:
    """The workflows with unique names: the file's, or the folder's if the file has a usual name, with more folders until they differ.

    `taken` are names that others have.
    """
    if not workflows:
        return []
    names = [_words(workflow.main_path, name) for workflow in workflows]
    chosen = [_name(words[:1]) for words in names]
    for length in range(2, max(len(words) for words in names) + 1):
        used = Counter([*chosen, *taken])
        chosen = [
            _name(words[:length]) if used[short] > 1 else short for words, short in zip(names, chosen, strict=True)
        ]
    unique = _unique([*taken, *chosen])[len(taken) :]
    return [replace(workflow, name=own) for workflow, own in zip(workflows, unique, strict=True)]


def _words(path: str, name: str) -> list[str]:
    """The words for a workflow's name: its file, then the folders above, the nearest first."""
    *folders, file = path.split("/")
    stem = file.rsplit(".", 1)[0] if "." in file[1:] else file
    above = folders[::-1]
    if stem.lower() not in _USUAL_NAMES:
        return [stem, *above]
    return above or [name]


def _name(words: list[str]) -> str:
    name = _NO_NAME.sub("-", "-".join(reversed(words))).strip("-")
    return name[:_LONGEST_NAME].rstrip("-") or "workflow"


def _unique(names: list[str]) -> list[str]:
    taken = set(names)
    seen: set[str] = set()
    unique = []
    for name in names:
        number, candidate = 2, name
        while candidate in seen or (candidate != name and candidate in taken):
            candidate, number = f"{name}-{number}", number + 1
        seen.add(candidate)
        unique.append(candidate)
    return unique
