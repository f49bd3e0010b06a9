"""The workflows of a folder, each with a name, path and main file for a configuration."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from dataclasses import dataclass, replace

from packager.detect.candidates import MainCandidate, choose_main, foremost, main_candidates, nothing_found, scan_all
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


def find(tree: SourceTree, *, name: str) -> list[DiscoveredWorkflow]:
    """The workflows that nothing imports, by path; a single one if one is clearly the main one. `name` is for one at the top level.

    Raises:
        PackagerError: there are none, or too many for a configuration.
    """
    scans = scan_all(tree, None)
    entries = main_candidates(tree, scans)
    if not entries:
        raise nothing_found(tree, scans, None)
    mains = _mains(tree, entries)
    if len(mains) > MAX_WORKFLOWS:
        raise PackagerError(
            f"`{tree.name}` has {len(mains):,} workflows that nothing imports",
            "pass a folder with fewer workflows as PATH",
        )
    alone = Counter(posixpath.dirname(entry.path) for entry in mains)
    workflows = [_workflow(tree, scans, entry, single=len(mains) == 1, alone=alone) for entry in mains]
    return _with_names(workflows, mains, name)


def _mains(tree: SourceTree, entries: list[MainCandidate]) -> list[MainCandidate]:
    try:
        return [choose_main(tree, entries)[0]]
    except PackagerError:  # there is more than one
        return sorted(foremost(entries), key=lambda entry: entry.path)


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


def _with_names(
    workflows: list[DiscoveredWorkflow], entries: list[MainCandidate], name: str
) -> list[DiscoveredWorkflow]:
    """The workflows with unique names: the file's, or the folder's if the file has a usual name, with more folders until they differ."""
    names = [_words(entry.path, name) for entry in entries]
    chosen = [_name(words[:1]) for words in names]
    for length in range(2, max(len(words) for words in names) + 1):
        taken = Counter(chosen)
        chosen = [
            _name(words[:length]) if taken[short] > 1 else short for words, short in zip(names, chosen, strict=True)
        ]
    return [replace(workflow, name=unique) for workflow, unique in zip(workflows, _unique(chosen), strict=True)]


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
