"""The workflows of a folder, each with the name, path and main file that a configuration gives it."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from dataclasses import dataclass, replace

from packager.detect.candidates import Entry, choose, entries_of, foremost, nothing_found, scan_all
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
class Found:
    """A workflow: `path` is a folder, in which `main` is, or the main file itself, and `main` is then empty.

    `template` and `registry_map` are files beside the main file that are found by themselves. All paths are relative to the folder that
    was searched.
    """

    name: str
    path: str
    main: str
    engine: Engine
    template: str = ""
    registry_map: str = ""


def find(tree: SourceTree, *, name: str) -> list[Found]:
    """The workflows that may be meant, by path; a single one if it is clear which. `name` is for one at the top of the folder.

    Raises:
        PackagerError: there is none, or there are more than anybody would configure one by one.
    """
    scans = scan_all(tree, None)
    entries = entries_of(tree, scans)
    if not entries:
        raise nothing_found(tree, scans, None)
    meant = _meant(tree, entries)
    if len(meant) > MAX_WORKFLOWS:
        raise PackagerError(
            f"`{tree.name}` has {len(meant):,} workflows that nothing imports", "name the folder of those that you mean"
        )
    alone = Counter(posixpath.dirname(entry.path) for entry in meant)
    found = [_found(tree, scans, entry, several=len(meant) > 1, alone=alone) for entry in meant]
    return _named(found, meant, name)


def _meant(tree: SourceTree, entries: list[Entry]) -> list[Entry]:
    try:
        return [choose(tree, entries)[0]]
    except PackagerError:  # several may be
        return sorted(foremost(entries), key=lambda entry: entry.path)


def _found(tree: SourceTree, scans: dict[str, Scan], entry: Entry, *, several: bool, alone: Counter[str]) -> Found:
    folder = posixpath.dirname(entry.path)
    path, main = entry.path, ""
    root = _root(scans, entry)
    if alone[folder] == 1 and (root == folder or not several):
        path, main = root or ".", posixpath.relpath(entry.path, root or ".")
    beside = {name: posixpath.join(folder, name) for name in (TEMPLATE, REGISTRY_MAP)}
    there = {name: one if tree.lookup(one) is not None else "" for name, one in beside.items()}
    return Found("", path, main, entry.engine, there[TEMPLATE], there[REGISTRY_MAP])


def _root(scans: dict[str, Scan], entry: Entry) -> str:
    """The folder that holds a workflow and all that it imports."""
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
    found: list[str] = []
    if scan is None:
        return found
    for reference in scan.references:
        resolved = resolve(importer, reference.text.partition("#")[0])
        if resolved.kind is ReferenceKind.LOCAL:
            found += [path for path in import_candidates(scan.engine, resolved.path) if path in scans][:1]
    return found


def _named(found: list[Found], entries: list[Entry], name: str) -> list[Found]:
    """Workflows with names of their own: the file's, the folder's where many are called so, with more folders until they differ."""
    names = [_words(entry.path, name) for entry in entries]
    chosen = [_name(words[:1]) for words in names]
    for length in range(2, max(len(words) for words in names) + 1):
        taken = Counter(chosen)
        chosen = [_name(words[:length]) if taken[one] > 1 else one for words, one in zip(names, chosen, strict=True)]
    return [replace(one, name=unique) for one, unique in zip(found, _unique(chosen), strict=True)]


def _words(path: str, name: str) -> list[str]:
    """What a workflow can be called after: its file, then the folders above, the nearest first."""
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
        number, one = 2, name
        while one in seen or (one != name and one in taken):
            one, number = f"{name}-{number}", number + 1
        seen.add(one)
        unique.append(one)
    return unique
